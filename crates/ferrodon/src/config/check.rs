//! What a configuration must keep to beyond the types of its values.

use std::net::{IpAddr, SocketAddr};

use url::Url;

use super::ConfigError;
use super::keys::Config;

/// Something legal that the operator should know.
#[derive(Debug)]
pub struct Warning(pub String);

const ROLES: [&str; 4] = ["web", "streaming", "worker", "scheduler"];
/// Ends of domains that are never public. Source: RFC 6761, RFC 8375 and ICANN's reservation of .internal
const PRIVATE_ENDS: [&str; 3] = [".test", ".localhost", ".internal"];

/// Fills in what follows from other values and checks the whole.
///
/// Errors: all that must be mended, one a line.
pub fn check(config: &mut Config) -> Result<Vec<Warning>, ConfigError> {
    fill_in(config);
    let mut problems = Vec::new();
    let mut warnings = Vec::new();
    check_domains(config, &mut problems, &mut warnings);
    check_source(config, &mut problems);
    check_addresses(config, &mut problems);
    check_tls(config, &mut problems);
    for role in &config.server.roles {
        if !ROLES.contains(&role.as_str()) {
            problems.push(format!("server.roles: there is no role {role:?}; known are {}", ROLES.join(", ")));
        }
    }
    let is_sqlite = config.database.url.starts_with("sqlite:");
    if !is_sqlite && !config.database.url.starts_with("postgres://") && !config.database.url.starts_with("postgresql://") {
        problems.push("database.url must begin with sqlite: or postgres://".to_owned());
    }
    if is_sqlite && ROLES.iter().any(|role| !config.server.roles.iter().any(|own| own == role)) {
        problems.push(format!(
            "server.roles must name all of {}: with SQLite one process does all the work; several processes need PostgreSQL (database.url)",
            ROLES.join(", ")
        ));
    }
    if config.server.roles.is_empty() {
        problems.push(format!("server.roles names nothing to do: use some of {}", ROLES.join(", ")));
    }
    let listen_url = &config.database.listen_url;
    if !listen_url.is_empty() && (is_sqlite || !(listen_url.starts_with("postgres://") || listen_url.starts_with("postgresql://"))) {
        problems.push("database.listen_url must begin with postgres://, as database.url does; leave it out with SQLite".to_owned());
    }
    for (name, value) in &config.pins {
        if let Err(wanted) = app::settings::checked(name, value) {
            problems.push(format!("settings.pin.{name} = {value:?}: use {wanted}"));
        }
    }
    if text::Locale::find(&config.server.default_locale).is_none() {
        problems.push(format!("server.default_locale = {:?} is not a language this server speaks", config.server.default_locale));
    }
    if !matches!(config.log.format.as_str(), "text" | "json") {
        problems.push(format!("log.format = {:?}: use text or json", config.log.format));
    }
    check_smtp(config, &mut problems, &mut warnings);
    check_ranges(config, &mut problems);
    if problems.is_empty() { Ok(warnings) } else { Err(ConfigError(problems.join("\n"))) }
}

fn fill_in(config: &mut Config) {
    let server = &mut config.server;
    if server.web_domain.is_empty() {
        server.web_domain = server.account_domain.clone();
    }
    if server.public_url.is_empty() {
        server.public_url = format!("https://{}", server.web_domain);
    }
    server.public_url = server.public_url.trim_end_matches('/').to_owned();
    if config.database.url.is_empty() {
        config.database.url = format!("sqlite:{}/ferrodon.db", server.data_dir.trim_end_matches('/'));
    }
}

fn check_domains(config: &Config, problems: &mut Vec<String>, warnings: &mut Vec<Warning>) {
    let server = &config.server;
    if !matches!(config.federation.mode.as_str(), "open" | "limited") {
        problems.push(format!("federation.mode = {:?}: use open or limited", config.federation.mode));
    }
    if server.account_domain.is_empty() {
        problems.push("server.account_domain is missing: the domain of handles, as in account_domain = \"example.org\"".to_owned());
        return;
    }
    for (key, domain) in [("account_domain", &server.account_domain), ("web_domain", &server.web_domain)] {
        if !is_domain(domain) {
            problems.push(format!("server.{key} = {domain:?} is not a domain; write it without scheme or path, as \"example.org\""));
        }
    }
    let url =
        Url::parse(&server.public_url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none());
    let Some(url) = url else {
        problems.push(format!("server.public_url = {:?} is not an address; write scheme and host, as \"https://example.org\"", server.public_url));
        return;
    };
    let authority = server.public_url.split_once("://").map_or("", |(_, rest)| rest);
    if !authority.eq_ignore_ascii_case(&server.web_domain) {
        problems.push(format!("server.public_url = {:?} does not lead to server.web_domain = {:?}", server.public_url, server.web_domain));
    }
    let private = !is_public(config);
    if url.scheme() == "http" {
        if private {
            warnings.push(Warning(
                "server.public_url is plain http: passwords and tokens travel unencrypted; only for tests and private networks".to_owned(),
            ));
        } else {
            problems.push("server.public_url is plain http, which is only for addresses, localhost and domains under .test, .localhost and .internal; use https".to_owned());
        }
    }
    if config.outgoing.allow_http {
        if private {
            warnings.push(Warning("outgoing.allow_http lets other servers be reached without encryption".to_owned()));
        } else {
            problems.push("outgoing.allow_http is only for addresses, localhost and domains under .test, .localhost and .internal".to_owned());
        }
    }
    if !config.outgoing.allow_private.is_empty() {
        warnings.push(Warning("outgoing.allow_private lets strangers' links lead this server into private networks".to_owned()));
    }
}

/// Without it nobody who uses the server could exercise the right that the licence gives them.
fn check_source(config: &Config, problems: &mut Vec<String>) {
    let source = &config.server.source_url;
    if source.is_empty() {
        if !config.server.account_domain.is_empty() && is_public(config) {
            problems.push(
                "server.source_url is missing: the licence (AGPL-3.0, section 13) wants everybody who uses this server to find the source of the \
                 program that runs here; write the address where you offer it, as source_url = \"https://git.example.org/ferrodon\""
                    .to_owned(),
            );
        }
    } else if !Url::parse(source).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
        problems.push(format!("server.source_url = {source:?} is not an address of the web, as \"https://git.example.org/ferrodon\""));
    }
}

/// Whether anybody may come: only addresses, localhost and the names reserved for private use are not public.
pub fn is_public(config: &Config) -> bool {
    !is_private(&config.server.web_domain) || !is_private(&config.server.account_domain)
}

/// Letters, digits, dots and hyphens, or an address; a port may follow.
fn is_domain(domain: &str) -> bool {
    let host = without_port(domain);
    !host.is_empty()
        && host.len() <= 253
        && (host.parse::<IpAddr>().is_ok() || host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-'))
}

fn is_private(domain: &str) -> bool {
    let host = without_port(domain).to_lowercase();
    host.parse::<IpAddr>().is_ok() || host == "localhost" || PRIVATE_ENDS.iter().any(|end| host.ends_with(end))
}

fn without_port(domain: &str) -> &str {
    if let Some(rest) = domain.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    match domain.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') && port.parse::<u16>().is_ok() => host,
        _ => domain,
    }
}

fn check_addresses(config: &Config, problems: &mut Vec<String>) {
    if config.listen.http.is_empty() {
        problems.push("listen.http is empty: name at least one address, as [\"127.0.0.1:3000\"]".to_owned());
    }
    let listened =
        config.listen.http.iter().map(|a| ("http", "127.0.0.1:3000", a)).chain(config.listen.https.iter().map(|a| ("https", "0.0.0.0:443", a)));
    for (key, example, address) in listened {
        if address.parse::<SocketAddr>().is_err() {
            problems.push(format!("listen.{key}: {address:?} is not an address with a port, as \"{example}\""));
        }
    }
    if config.listen.metrics != "off" && config.listen.metrics.parse::<SocketAddr>().is_err() {
        problems.push(format!("listen.metrics = {:?}: use an address with a port, as \"127.0.0.1:9394\", or \"off\"", config.listen.metrics));
    }
    let networks =
        config.proxy.trusted.iter().map(|n| ("proxy.trusted", n)).chain(config.outgoing.allow_private.iter().map(|n| ("outgoing.allow_private", n)));
    for (key, network) in networks {
        if app::net::Network::read(network).is_none() {
            problems.push(format!("{key}: {network:?} is not a network, as \"10.0.0.0/8\""));
        }
    }
    if !config.outgoing.ca_file.is_empty() && !std::path::Path::new(&config.outgoing.ca_file).is_file() {
        problems.push(format!("outgoing.ca_file: there is no file {:?}", config.outgoing.ca_file));
    }
}

/// What is in the files is checked where they are read: whoever checks a configuration may not be allowed to.
fn check_tls(config: &Config, problems: &mut Vec<String>) {
    let tls = &config.tls;
    let files = [("cert_file", &tls.cert_file), ("key_file", &tls.key_file)];
    match tls.mode.as_str() {
        "off" => {
            if !config.listen.https.is_empty() {
                problems.push("listen.https needs a certificate: set tls.mode = \"files\", tls.cert_file and tls.key_file".to_owned());
            }
            for (key, _) in files.iter().filter(|(_, file)| !file.is_empty()) {
                problems.push(format!("tls.{key} is set, but tls.mode is \"off\"; set tls.mode = \"files\""));
            }
        }
        "files" => {
            for (key, _) in files.iter().filter(|(_, file)| file.is_empty()) {
                problems.push(format!("tls.{key} is missing: the path of a PEM file"));
            }
            if config.listen.https.is_empty() {
                problems.push("listen.https is empty, so nothing would use the certificate: name an address, as [\"0.0.0.0:443\"]".to_owned());
            }
        }
        other => problems.push(format!("tls.mode = {other:?}: use off or files")),
    }
}

fn check_smtp(config: &Config, problems: &mut Vec<String>, warnings: &mut Vec<Warning>) {
    let smtp = &config.smtp;
    if smtp.server.is_empty() {
        if !smtp.from_address.is_empty() || !smtp.login.is_empty() || smtp.password.0.is_some() {
            problems.push("smtp.server is missing: the mail server, as in server = \"mail.example.org\"".to_owned());
        } else if config.pins.get("registrations_mode").is_some_and(|mode| matches!(mode.as_str(), "open" | "approved"))
            && config.pins.get("registrations_without_mail").is_none_or(|value| value != "true")
        {
            warnings.push(Warning(
                "nobody can register: without [smtp] addresses cannot be confirmed; set it up, or settings.pin.registrations_without_mail = \"true\""
                    .to_owned(),
            ));
        }
        return;
    }
    let mode = app::mail::TlsMode::from_word(&smtp.tls);
    if mode.is_none() {
        let words: Vec<&str> = app::mail::TlsMode::WORDS.iter().map(|(word, _)| *word).collect();
        problems.push(format!("smtp.tls = {:?}: use {}", smtp.tls, words.join(", ")));
    }
    if smtp.port == 0 || smtp.port > u64::from(u16::MAX) {
        problems.push(format!("smtp.port = {} is out of range; use 1 to 65535", smtp.port));
    }
    if !app::mail::is_mailbox(&smtp.from_address) {
        problems.push(format!("smtp.from_address = {:?} is not an address, as \"notifications@example.org\"", smtp.from_address));
    }
    if !smtp.reply_to.is_empty() && !app::mail::is_mailbox(&smtp.reply_to) {
        problems.push(format!("smtp.reply_to = {:?} is not an address, as \"help@example.org\"", smtp.reply_to));
    }
    if smtp.login.is_empty() != smtp.password.0.is_none() {
        problems.push("smtp.login and smtp.password belong together: set both or neither".to_owned());
    }
    if !smtp.login.is_empty() && mode == Some(app::mail::TlsMode::None) && !is_private(&smtp.server) {
        problems.push("smtp.tls = \"none\" would send smtp.password in the clear; use starttls or tls".to_owned());
    }
    if !smtp.ca_file.is_empty() && !std::path::Path::new(&smtp.ca_file).is_file() {
        problems.push(format!("smtp.ca_file: there is no file {:?}", smtp.ca_file));
    }
}

fn check_ranges(config: &Config, problems: &mut Vec<String>) {
    let limits = &config.limits;
    let ranges = [
        ("limits.post_chars", limits.post_chars, 1, 100_000),
        ("limits.attachments", limits.attachments, 1, 16),
        ("limits.description_chars", limits.description_chars, 1, 10_000),
        ("limits.display_name_chars", limits.display_name_chars, 1, 1000),
        ("limits.bio_chars", limits.bio_chars, 1, 100_000),
        ("limits.profile_fields", limits.profile_fields, 0, 100),
        ("limits.image_bytes", limits.image_bytes, 64 * 1024, 256 * 1024 * 1024),
        ("limits.image_pixels", limits.image_pixels, 1_000_000, 200_000_000),
        ("limits.home_feed", limits.home_feed, 40, 10_000),
        ("limits.active_days", limits.active_days, 1, 3650),
        ("limits.sessions", limits.sessions, 1, 1000),
        ("limits.follows", limits.follows, 1, 10_000_000),
        ("media.remote_cache_bytes", config.media.remote_cache_bytes, 0, 1 << 50),
        ("media.remote_image_bytes", config.media.remote_image_bytes, 64 * 1024, 256 * 1024 * 1024),
        ("media.remote_video_bytes", config.media.remote_video_bytes, 64 * 1024, 4 * 1024 * 1024 * 1024),
        ("media.remote_portrait_bytes", config.media.remote_portrait_bytes, 64 * 1024, 64 * 1024 * 1024),
        ("media.remote_emoji_bytes", config.media.remote_emoji_bytes, 16 * 1024, 64 * 1024 * 1024),
        ("listen.max_connections", config.listen.max_connections, 1, 1_000_000),
        ("listen.max_connections_per_address", config.listen.max_connections_per_address, 1, 1_000_000),
        ("listen.max_streams", config.listen.max_streams, 1, 1_000_000),
        ("database.pool_max", config.database.pool_max, 0, 1000),
        ("database.sqlite_readers", config.database.sqlite_readers, 0, 64),
        ("database.cache_bytes", config.database.cache_bytes, 0, 1 << 36),
    ];
    for (key, value, min, max) in ranges {
        if value < min || value > max {
            problems.push(format!("{key} = {value} is out of range; use {min} to {max}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public() -> Config {
        let mut config = Config::default();
        config.server.account_domain = "example.org".to_owned();
        config.server.source_url = "https://git.example.org/ferrodon".to_owned();
        config
    }

    fn problems(change: impl FnOnce(&mut Config)) -> String {
        let mut config = public();
        change(&mut config);
        check(&mut config).err().map(|e| e.0).unwrap_or_default()
    }

    #[test]
    fn what_is_not_named_follows_from_the_domain() {
        let mut config = public();
        assert!(check(&mut config).unwrap().is_empty());
        assert_eq!((config.server.public_url.as_str(), config.server.web_domain.as_str()), ("https://example.org", "example.org"));
        assert_eq!(config.database.url, "sqlite:./data/ferrodon.db");
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        assert_eq!(problems(|_| ()), "");
        assert!(problems(|c| c.server.account_domain = String::new()).contains("account_domain is missing"));
        assert!(problems(|c| c.server.account_domain = "https://example.org".to_owned()).contains("without scheme"));
        assert!(problems(|c| c.server.public_url = "https://other.org".to_owned()).contains("does not lead to"));
        assert!(problems(|c| c.server.public_url = "http://example.org".to_owned()).contains("use https"));
        assert!(problems(|c| c.outgoing.allow_http = true).contains("allow_http"));
        assert!(problems(|c| c.federation.mode = "closed".to_owned()).contains("use open or limited"));
        assert!(problems(|c| c.server.roles = vec!["web".to_owned()]).contains("one process"));
        assert!(problems(|c| c.listen.http = vec!["3000".to_owned()]).contains("127.0.0.1:3000"));
        assert!(problems(|c| c.listen.https = vec!["0.0.0.0:443".to_owned()]).contains("tls.mode"));
        let tls = |change: fn(&mut Config)| {
            problems(move |c| {
                (c.tls.mode, c.tls.cert_file, c.tls.key_file) = ("files".to_owned(), "cert.pem".to_owned(), "key.pem".to_owned());
                c.listen.https = vec!["0.0.0.0:443".to_owned()];
                change(c);
            })
        };
        assert_eq!(tls(|_| ()), "");
        assert!(tls(|c| c.tls.mode = "acme".to_owned()).contains("off or files"));
        assert!(tls(|c| c.tls.mode = "off".to_owned()).contains("tls.cert_file is set"));
        assert!(tls(|c| c.tls.key_file = String::new()).contains("tls.key_file is missing"));
        assert!(tls(|c| c.listen.https = Vec::new()).contains("listen.https is empty"));
        assert!(tls(|c| c.listen.https = vec!["443".to_owned()]).contains("0.0.0.0:443"));
        let smtp = |change: fn(&mut Config)| {
            problems(move |c| {
                (c.smtp.server, c.smtp.from_address) = ("mail.example.org".to_owned(), "us@example.org".to_owned());
                change(c);
            })
        };
        assert_eq!(smtp(|_| ()), "");
        assert!(smtp(|c| c.smtp.from_address = "us".to_owned()).contains("smtp.from_address"));
        assert!(smtp(|c| c.smtp.tls = "ssl".to_owned()).contains("starttls, opportunistic, tls, none"));
        assert!(smtp(|c| c.smtp.port = 70_000).contains("1 to 65535"));
        assert!(smtp(|c| c.smtp.login = "us".to_owned()).contains("belong together"));
        assert!(smtp(|c| c.smtp.server = String::new()).contains("smtp.server is missing"));
        let in_the_clear = smtp(|c| {
            (c.smtp.login, c.smtp.tls) = ("us".to_owned(), "none".to_owned());
            c.smtp.password.0 = Some("secret".to_owned());
        });
        assert!(in_the_clear.contains("in the clear"));
        assert!(problems(|c| c.limits.post_chars = 0).contains("1 to 100000"));
        assert!(problems(|c| c.proxy.trusted = vec!["10.0.0.0/99".to_owned()]).contains("not a network"));
    }

    #[test]
    fn a_public_server_says_where_its_source_is() {
        let source = |web: &str, account: &str, source: &str| {
            problems(|c| {
                (c.server.web_domain, c.server.account_domain, c.server.source_url) = (web.to_owned(), account.to_owned(), source.to_owned());
            })
        };
        let missing = source("", "example.org", "");
        assert!(missing.contains("server.source_url is missing") && missing.contains("source_url = \"https://"), "{missing}");
        for (web, account) in [("social.example.org", "a.test"), ("a.test", "example.org"), ("example.org:8443", "example.org:8443")] {
            assert!(source(web, account, "").contains("server.source_url is missing"), "{web} {account}");
        }
        for domain in ["localhost", "localhost:3000", "127.0.0.1:80", "[::1]:3000", "a.test", "b.internal", "c.localhost:1"] {
            assert_eq!(source(domain, domain, ""), "", "{domain}");
        }
        for wrong in ["git.example.org/ferrodon", "/source", "ftp://example.org/", "javascript:alert(1)"] {
            assert!(source("", "example.org", wrong).contains("not an address of the web"), "{wrong}");
            assert!(source("a.test", "a.test", wrong).contains("not an address of the web"), "{wrong}");
        }
    }

    #[test]
    fn private_domains_are_told_from_public_ones() {
        for private in ["localhost", "localhost:3000", "127.0.0.1:80", "[::1]:3000", "a.test", "b.internal", "c.localhost:1"] {
            assert!(is_private(private) && is_domain(private), "{private}");
        }
        for public in ["example.org", "test.example.org", "nottest", "test", "internal.example.org"] {
            assert!(!is_private(public), "{public}");
        }
    }
}
