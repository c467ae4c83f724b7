//! From the configuration to a running [`App`]: paths, the data directory's lock, the master key.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use app::app::{Limits, MediaLimits, Options, Target};
use app::clock::Clock;
use app::mail::{MailOptions, TlsMode};
use app::net::Network;
use app::secrets::{MASTER_KEY_BYTES, MasterKey};
use app::urls::Urls;
use rustix::fs::{FlockOperation, flock};

use crate::config::Config;

const MASTER_KEY_FILE: &str = "master_key";
const LOCK_FILE: &str = "lock";
/// Holds the data directory while it lives.
pub struct DataLock(#[expect(dead_code, reason = "the lock is held as long as the file is open")] File);

/// Makes the data directory if it is missing, for this user and group only. Each directory made is
/// synced into its parent, so that a power cut cannot take it with what is in it.
pub fn make_data_dir(config: &Config) -> anyhow::Result<PathBuf> {
    let dir = PathBuf::from(&config.server.data_dir);
    let missing: Vec<&Path> = dir.ancestors().take_while(|dir| !dir.as_os_str().is_empty() && !dir.is_dir()).collect();
    for new in missing.into_iter().rev() {
        std::fs::DirBuilder::new().mode(0o750).create(new).with_context(|| {
            format!("the directory {} cannot be made; make {} yourself and give it to the user that runs the server", new.display(), dir.display())
        })?;
        sync_dir(new.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
    }
    Ok(dir)
}

/// Takes the data directory for this process; `None` if another holds it.
pub fn lock(dir: &Path) -> anyhow::Result<Option<DataLock>> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o640)
        .open(dir.join(LOCK_FILE))
        .with_context(|| format!("the lock in {} cannot be opened; check that this user owns the directory", dir.display()))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(DataLock(file))),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(anyhow!(error).context(format!("{} cannot be locked; is it on a network file system?", dir.display()))),
    }
}

/// What the `App` is made from.
pub fn options(config: &Config) -> anyhow::Result<Options> {
    let dir = PathBuf::from(&config.server.data_dir);
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let limits = &config.limits;
    Ok(Options {
        urls: Urls {
            base: config.server.public_url.clone(),
            account_domain: config.server.account_domain.clone(),
            web_domain: config.server.web_domain.clone(),
        },
        software_name: "ferrodon".into(),
        software_version: env!("CARGO_PKG_VERSION").into(),
        commit: option_env!("FERRODON_COMMIT").map(str::to_owned),
        compat_version: config.server.mastodon_compat_version.clone(),
        source_url: config.server.source_url.clone(),
        default_locale: config.server.default_locale.clone(),
        database: database(config)?,
        cards_bytes: config.database.cache_bytes,
        media_dir: if config.media.dir.is_empty() { dir.join("media") } else { PathBuf::from(&config.media.dir) },
        master_key: master_key(config, &dir)?,
        limits: Limits {
            post_chars: size(limits.post_chars),
            attachments: size(limits.attachments),
            description_chars: size(limits.description_chars),
            display_name_chars: size(limits.display_name_chars),
            bio_chars: size(limits.bio_chars),
            profile_fields: size(limits.profile_fields),
            image_bytes: size(limits.image_bytes),
            image_pixels: limits.image_pixels,
            home_feed: number(limits.home_feed),
            active_days: number(limits.active_days),
            sessions: number(limits.sessions),
            follows: number(limits.follows),
        },
        media: MediaLimits {
            remote_cache_bytes: number(config.media.remote_cache_bytes),
            remote_image_bytes: size(config.media.remote_image_bytes),
            remote_video_bytes: size(config.media.remote_video_bytes),
            remote_portrait_bytes: size(config.media.remote_portrait_bytes),
            remote_emoji_bytes: size(config.media.remote_emoji_bytes),
        },
        mail: mail(config)?,
        outgoing: app::net::Options {
            allow_http: config.outgoing.allow_http,
            // `check` has refused what is no network.
            allow_private: config.outgoing.allow_private.iter().filter_map(|network| Network::read(network)).collect(),
            ca_file: Some(&config.outgoing.ca_file).filter(|file| !file.is_empty()).map(PathBuf::from),
        },
        limited_federation: config.federation.mode == "limited",
        pinned: config.pins.clone().into_iter().collect(),
        clock: Clock::System,
        node: format!("{}-{}", std::process::id(), hex(&app::clock::random::<4>().map_err(|e| anyhow!(e))?)),
    })
}

fn mail(config: &Config) -> anyhow::Result<Option<MailOptions>> {
    let smtp = &config.smtp;
    if smtp.server.is_empty() {
        return Ok(None);
    }
    let ca = match smtp.ca_file.as_str() {
        "" => None,
        file => Some(std::fs::read(file).with_context(|| format!("smtp.ca_file {file} cannot be read"))?),
    };
    Ok(Some(MailOptions {
        server: smtp.server.clone(),
        port: u16::try_from(smtp.port).context("smtp.port")?,
        tls: TlsMode::from_word(&smtp.tls).context("smtp.tls")?,
        credentials: smtp.password.0.clone().map(|password| (smtp.login.clone(), password)),
        from: smtp.from_address.clone(),
        reply_to: (!smtp.reply_to.is_empty()).then(|| smtp.reply_to.clone()),
        ca,
    }))
}

fn database(config: &Config) -> anyhow::Result<Target> {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let or = |value: u64, default: usize| if value == 0 { default } else { usize::try_from(value).unwrap_or(default) };
    if let Some(path) = config.database.url.strip_prefix("sqlite:") {
        return Ok(Target::Sqlite { path: path.into(), readers: or(config.database.sqlite_readers, cores.clamp(2, 8)) });
    }
    let with_password = |text: &str, key: &str| {
        let mut url = url::Url::parse(text).with_context(|| format!("{key} cannot be read"))?;
        if let Some(password) = &config.database.password.0 {
            url.set_password(Some(password)).map_err(|()| anyhow!("{key} takes no password"))?;
        }
        anyhow::Ok(String::from(url))
    };
    let url = with_password(&config.database.url, "database.url")?;
    let listen_url = match config.database.listen_url.as_str() {
        "" => url.clone(),
        text => with_password(text, "database.listen_url")?,
    };
    Ok(Target::Postgres { url, listen_url, pool: or(config.database.pool_max, 2 * cores + 4) })
}

/// The master key: configured, else the file in the data directory, else a new one in that file.
fn master_key(config: &Config, dir: &Path) -> anyhow::Result<MasterKey> {
    let text = match &config.secrets.master_key.0 {
        Some(text) => text.clone(),
        None => find_or_make_key(&dir.join(MASTER_KEY_FILE))?,
    };
    let bytes: [u8; MASTER_KEY_BYTES] = unhex(text.trim())
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| anyhow!("the master key must be {} hexadecimal digits", 2 * MASTER_KEY_BYTES))?;
    Ok(MasterKey::new(&bytes)?)
}

fn find_or_make_key(file: &Path) -> anyhow::Result<String> {
    if let Ok(mut open) = File::open(file) {
        crate::config::check_mode(&file.display().to_string(), &open.metadata()?)?;
        let mut text = String::new();
        open.read_to_string(&mut text)?;
        return Ok(text);
    }
    if file.exists() {
        bail!("the master key {} cannot be read by this user", file.display());
    }
    let text = hex(&app::clock::random::<MASTER_KEY_BYTES>()?);
    // Written whole before it gets its name: a crash leaves no half key.
    let new = file.with_extension("new");
    let mut open = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&new)?;
    open.write_all(format!("{text}\n").as_bytes())?;
    open.sync_all()?;
    std::fs::rename(&new, file)?;
    sync_dir(file.parent().unwrap_or(Path::new(".")))?;
    Ok(text)
}

/// Makes names in a directory survive a power cut.
pub fn sync_dir(dir: &Path) -> anyhow::Result<()> {
    File::open(dir).and_then(|dir| dir.sync_all()).with_context(|| format!("{} cannot be synced", dir.display()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || !digits.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}
