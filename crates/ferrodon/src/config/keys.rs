//! Every section and key there is.

use std::collections::BTreeMap;

use super::section::{Key, Secret, section};

section! {
    /// Who this server is and where its data lies.
    pub struct Server = "server" {
        /// The domain of handles, as in `@alice@example.org`. Required; it can never change.
        account_domain: String = String::new(),
        /// The domain of addresses, when it differs from `account_domain`. It can never change.
        web_domain: String = String::new(),
        /// The address people and servers reach this server at: scheme and host, without a path. Default: `https://` and `web_domain`.
        public_url: String = String::new(),
        /// The directory of the database, the media and the master key.
        data_dir: String = "./data".to_owned(),
        /// What this process does: `web` (pages, the API and what other servers ask), `streaming`, `worker` (jobs and sending to other servers), `scheduler`. With SQLite one process does all; with PostgreSQL others may do the rest.
        roles: Vec<String> = ["web", "streaming", "worker", "scheduler"].map(str::to_owned).to_vec(),
        /// The language of pages and messages for people who did not choose one.
        default_locale: String = "en".to_owned(),
        /// The version of Mastodon that clients are told.
        mastodon_compat_version: String = "4.5.0".to_owned(),
        /// Where you offer the source of the program that runs here, as `"https://git.example.org/ferrodon"`: the licence (AGPL-3.0, section 13) wants everybody who uses the server to find it. The page `/source` leads there. Required for a public domain.
        source_url: String = String::new(),
    }
}

section! {
    /// Where the server listens.
    pub struct Listen = "listen" {
        /// Addresses for HTTP, as `"ip:port"`.
        http: Vec<String> = vec!["127.0.0.1:3000".to_owned()],
        /// Addresses for HTTPS, as `"0.0.0.0:443"`; needs `[tls]`. Empty: a proxy has the certificate.
        https: Vec<String> = Vec::new(),
        /// Address of the Prometheus metrics, or `"off"`. Keep it private.
        metrics: String = "off".to_owned(),
        /// Connections served at once, streams apart. A further one takes the place of the idlest, and is refused with 503 when all are at work.
        max_connections: u64 = 4096,
        /// Of these, connections of one address (IPv6: one /64). The networks in `proxy.trusted` have no such limit.
        max_connections_per_address: u64 = 256,
        /// Streams at once (server-sent events and WebSockets). A further one takes the place of one of the account that has the most.
        max_streams: u64 = 8192,
    }
}

section! {
    /// TLS of the server's own, on the addresses of `listen.https`.
    pub struct Tls = "tls" {
        /// Where the certificate is from: `off` (there is none), `files`.
        mode: String = "off".to_owned(),
        /// The server's certificate and after it those that lead to its authority, in one PEM file. A changed file is read within half a minute, or at SIGHUP.
        cert_file: String = String::new(),
        /// The private key that belongs to it, in a PEM file that not everybody can read.
        key_file: String = String::new(),
    }
}

section! {
    /// Proxies in front of the server.
    pub struct Proxy = "proxy" {
        /// Networks whose word about the client's address is believed: `X-Forwarded-For`, or `Forwarded` where there is none.
        trusted: Vec<String> = vec!["127.0.0.0/8".to_owned(), "::1".to_owned()],
    }
}

section! {
    /// Requests this server makes.
    pub struct Outgoing = "outgoing" {
        /// Allows plain http to other servers. Only for domains that are not public (tests, private networks).
        allow_http: bool = false,
        /// Private networks that may be reached all the same, as `"10.0.0.0/8"`.
        allow_private: Vec<String> = Vec::new(),
        /// A file of further certificate authorities (PEM).
        ca_file: String = String::new(),
    }
}

section! {
    /// Which servers this one speaks with.
    pub struct Federation = "federation" {
        /// `open`: with all that are not blocked. `limited`: only with those that `ferrodon domains allow` names.
        mode: String = "open".to_owned(),
    }
}

section! {
    /// The database: SQLite in the data directory, or PostgreSQL.
    pub struct Database = "database" {
        /// `sqlite:PATH` or `postgres://user@host/name`. Default: `sqlite:` in the data directory.
        url: String = String::new(),
        /// Where PostgreSQL itself is reached, when `url` leads to a pooler: one connection of each process listens there. Default: `url`.
        listen_url: String = String::new(),
        /// The password for PostgreSQL, when it is not part of the URL.
        password: Secret = Secret::default(),
        /// Connections to PostgreSQL at most; 0 is four more than twice the cores.
        pool_max: u64 = 0,
        /// Connections that read SQLite; 0 is the number of cores, at least 2.
        sqlite_readers: u64 = 0,
        /// Applies pending migrations at start. An SQLite database that holds data is copied first, to `ferrodon.db.before-NUMBER` beside it.
        auto_migrate: bool = true,
        /// Bytes of statuses, accounts and the last pages of home feeds and notifications kept in memory; 0 keeps none.
        cache_bytes: u64 = 8 * 1024 * 1024,
    }
}

section! {
    /// Secrets outside the database.
    pub struct Secrets = "secrets" {
        /// The key that seals every secret in the database: 64 hexadecimal digits. Default: the file `master_key` in the data directory, made at the first start.
        master_key: Secret = Secret::default(),
    }
}

section! {
    /// Sending mail. Without `server` none is sent, and nobody can register unless `settings.pin.registrations_without_mail` is `"true"`.
    pub struct Smtp = "smtp" {
        /// The mail server that takes outgoing mail. Empty: no mail is sent.
        server: String = String::new(),
        /// Its port: 587 for `starttls`, 465 for `tls`.
        port: u64 = 587,
        /// How the way there is protected: `starttls` (must change over), `tls` (from the first byte), `opportunistic` (if offered), `none`.
        tls: String = "starttls".to_owned(),
        /// The name to log in with, if the mail server wants one.
        login: String = String::new(),
        /// The password that belongs to it.
        password: Secret = Secret::default(),
        /// Who mails come from, as `"notifications@example.org"` or `"Example <notifications@example.org>"`. Required with `server`.
        from_address: String = String::new(),
        /// Where answers go, if not to `from_address`.
        reply_to: String = String::new(),
        /// A file of further certificate authorities (PEM) for the mail server.
        ca_file: String = String::new(),
    }
}

section! {
    /// What people may send.
    pub struct Limits = "limits" {
        /// Characters of a status, warning included.
        post_chars: u64 = 500,
        /// Attachments of a status.
        attachments: u64 = 4,
        /// Characters of an attachment's description.
        description_chars: u64 = 1500,
        /// Characters of a display name.
        display_name_chars: u64 = 30,
        /// Characters of the text on a profile.
        bio_chars: u64 = 500,
        /// Rows of the table on a profile.
        profile_fields: u64 = 4,
        /// Bytes of an uploaded picture.
        image_bytes: u64 = 16 * 1024 * 1024,
        /// Pixels of an uploaded picture.
        image_pixels: u64 = 33_177_600,
        /// Entries kept in a home feed.
        home_feed: u64 = 800,
        /// Days after which somebody who was not here gets no home feed; it is rebuilt on their return.
        active_days: u64 = 7,
        /// Browsers one person may be signed in with.
        sessions: u64 = 10,
        /// Accounts one person may follow.
        follows: u64 = 7500,
    }
}

section! {
    /// Media of other servers. They are fetched when somebody first looks at them, and kept while there is room.
    pub struct Media = "media" {
        /// The directory of the files. Processes on one database must share it. Default: `media` in the data directory.
        dir: String = String::new(),
        /// Bytes of all that is kept. What was looked at longest ago goes first; it comes back when somebody looks.
        remote_cache_bytes: u64 = 10 * 1024 * 1024 * 1024,
        /// Bytes of one picture of a status. Uploads are stored with no more either: larger ones are shrunk until they fit.
        remote_image_bytes: u64 = 16 * 1024 * 1024,
        /// Bytes of one video or sound.
        remote_video_bytes: u64 = 40 * 1024 * 1024,
        /// Bytes of one avatar or header.
        remote_portrait_bytes: u64 = 2 * 1024 * 1024,
        /// Bytes of one custom emoji.
        remote_emoji_bytes: u64 = 1024 * 1024,
    }
}

section! {
    /// Rate limits, as Mastodon's.
    pub struct Rate = "limits.rate" {
        /// Whether requests are limited.
        enabled: bool = true,
    }
}

section! {
    /// What the server writes to its standard error.
    pub struct Log = "log" {
        /// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,app=debug`. `h2` is silent and `rustls` tells errors alone unless
        /// it names them (`info,h2=debug`): what they warn of is what any client sends.
        level: String = "info".to_owned(),
        /// `text` or `json`.
        format: String = "text".to_owned(),
    }
}

/// The configuration in force.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub server: Server,
    pub listen: Listen,
    pub tls: Tls,
    pub proxy: Proxy,
    pub outgoing: Outgoing,
    pub federation: Federation,
    pub database: Database,
    pub secrets: Secrets,
    pub smtp: Smtp,
    pub limits: Limits,
    pub media: Media,
    pub rate: Rate,
    pub log: Log,
    /// Instance settings held fast, by name.
    pub pins: BTreeMap<String, String>,
}

/// The section whose keys are the names of settings.
pub const PINS: &str = "settings.pin";

impl Config {
    /// Every section in order: name, what it is about, keys.
    pub fn sections() -> Vec<(&'static str, &'static [&'static str], &'static [Key])> {
        vec![
            (Server::SECTION, Server::ABOUT, Server::KEYS),
            (Listen::SECTION, Listen::ABOUT, Listen::KEYS),
            (Tls::SECTION, Tls::ABOUT, Tls::KEYS),
            (Proxy::SECTION, Proxy::ABOUT, Proxy::KEYS),
            (Outgoing::SECTION, Outgoing::ABOUT, Outgoing::KEYS),
            (Federation::SECTION, Federation::ABOUT, Federation::KEYS),
            (Database::SECTION, Database::ABOUT, Database::KEYS),
            (Secrets::SECTION, Secrets::ABOUT, Secrets::KEYS),
            (Smtp::SECTION, Smtp::ABOUT, Smtp::KEYS),
            (Limits::SECTION, Limits::ABOUT, Limits::KEYS),
            (Media::SECTION, Media::ABOUT, Media::KEYS),
            (Rate::SECTION, Rate::ABOUT, Rate::KEYS),
            (Log::SECTION, Log::ABOUT, Log::KEYS),
        ]
    }

    /// Sets `section.key`; `Err` names the type that is wanted.
    pub fn set(&mut self, section: &str, key: &str, value: &toml::Value) -> Result<(), &'static str> {
        if section == PINS {
            let text = value.as_str().ok_or("text")?;
            self.pins.insert(key.to_owned(), text.to_owned());
            return Ok(());
        }
        match section {
            Server::SECTION => self.server.set(key, value),
            Listen::SECTION => self.listen.set(key, value),
            Tls::SECTION => self.tls.set(key, value),
            Proxy::SECTION => self.proxy.set(key, value),
            Outgoing::SECTION => self.outgoing.set(key, value),
            Federation::SECTION => self.federation.set(key, value),
            Database::SECTION => self.database.set(key, value),
            Secrets::SECTION => self.secrets.set(key, value),
            Smtp::SECTION => self.smtp.set(key, value),
            Limits::SECTION => self.limits.set(key, value),
            Media::SECTION => self.media.set(key, value),
            Rate::SECTION => self.rate.set(key, value),
            Log::SECTION => self.log.set(key, value),
            _ => Err("a known section"),
        }
    }

    /// Every key with its value as TOML: section, key, value.
    pub fn shown(&self) -> Vec<(&'static str, String, String)> {
        let sections = [
            (Server::SECTION, self.server.shown()),
            (Listen::SECTION, self.listen.shown()),
            (Tls::SECTION, self.tls.shown()),
            (Proxy::SECTION, self.proxy.shown()),
            (Outgoing::SECTION, self.outgoing.shown()),
            (Federation::SECTION, self.federation.shown()),
            (Database::SECTION, self.database.shown()),
            (Secrets::SECTION, self.secrets.shown()),
            (Smtp::SECTION, self.smtp.shown()),
            (Limits::SECTION, self.limits.shown()),
            (Media::SECTION, self.media.shown()),
            (Rate::SECTION, self.rate.shown()),
            (Log::SECTION, self.log.shown()),
        ];
        let mut all: Vec<_> =
            sections.into_iter().flat_map(|(section, keys)| keys.into_iter().map(move |(key, value)| (section, key.to_owned(), value))).collect();
        all.extend(self.pins.iter().map(|(name, value)| (PINS, name.clone(), toml::Value::from(value.as_str()).to_string())));
        all
    }
}
