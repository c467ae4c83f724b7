//! `ferrodon-bench seed`: fills the database of a server that does not run, past its rules but through
//! its store.

use std::fs::{self, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde::Deserialize;
use store::db::Target;
use store::seed::{Crowd, Posts, Summary};
use store::{Db, accounts, migrate, seed, settings};

/// Seeded accounts are called `u0`, `u1`, …
pub const PREFIX: &str = "u";
/// How many of the others each of them follows.
pub const FOLLOWS_EACH: usize = 200;
/// What no password matches: tokens for these accounts are made on the command line.
const NO_PASSWORD: &str = "!";
/// A status a minute, or so many that all are of the last two years.
const APART_MS: i64 = 60_000;
const SPAN_MS: i64 = 2 * 365 * 86_400_000;
const CONNECTIONS: usize = 4;
/// Held by whoever has the data directory open.
const LOCK_FILE: &str = "lock";
const DATABASE_FILE: &str = "ferrodon.db";

/// How much of what.
#[derive(Clone, Copy)]
pub struct Amount {
    pub statuses: usize,
    pub accounts: usize,
    /// The accounts are there already.
    pub by_existing: bool,
}

/// The number that statuses are made from, unless another is wished for.
pub const SEED: u64 = 1;

/// What else can be wished for.
pub struct Wishes<'a> {
    /// The same number makes the same statuses.
    pub seed: u64,
    /// A local account that follows all authors before they post.
    pub home_of: Option<&'a str>,
}

/// Fills the database that the configuration `config` names.
///
/// Errors: as [`fill_as`].
pub async fn fill(config: &Path, amount: Amount) -> Result<Summary> {
    fill_as(config, amount, Wishes { seed: SEED, home_of: None }).await
}

/// As [`fill`], with wishes.
///
/// Errors: when a server holds the data directory, and when names or times are taken.
pub async fn fill_as(config: &Path, amount: Amount, wishes: Wishes<'_>) -> Result<Summary> {
    let config = read(config)?;
    let _lock = hold(&config.server.data_dir)?;
    let db = open(&config).await?;
    let filled = insert(&db, &config, amount, &wishes).await;
    db.close().await;
    filled
}

/// As much of the server's configuration as is needed here.
#[derive(Deserialize)]
struct Config {
    server: ServerSection,
    #[serde(default)]
    database: DatabaseSection,
}

#[derive(Deserialize)]
struct ServerSection {
    data_dir: PathBuf,
    account_domain: String,
    web_domain: Option<String>,
    public_url: Option<String>,
}

#[derive(Default, Deserialize)]
struct DatabaseSection {
    url: Option<String>,
}

impl Config {
    fn base_url(&self) -> String {
        let web_domain = self.server.web_domain.as_ref().unwrap_or(&self.server.account_domain);
        self.server.public_url.clone().unwrap_or_else(|| format!("https://{web_domain}")).trim_end_matches('/').to_owned()
    }

    fn target(&self) -> Target {
        match self.database.url.as_deref() {
            Some(url) if url.starts_with("postgres") => Target::Postgres { url: url.to_owned(), listen_url: url.to_owned(), pool: CONNECTIONS },
            Some(url) => Target::Sqlite { path: url.trim_start_matches("sqlite:").into(), readers: CONNECTIONS },
            None => Target::Sqlite { path: self.server.data_dir.join(DATABASE_FILE), readers: CONNECTIONS },
        }
    }
}

fn read(path: &Path) -> Result<Config> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not a configuration of Ferrodon", path.display()))
}

fn hold(data_dir: &Path) -> Result<File> {
    fs::DirBuilder::new().recursive(true).mode(0o750).create(data_dir).with_context(|| format!("cannot make {}", data_dir.display()))?;
    let path = data_dir.join(LOCK_FILE);
    let file = File::options().create(true).append(true).open(&path).with_context(|| path.display().to_string())?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(Errno::WOULDBLOCK) => bail!("a server holds {}: stop it first, it would not see what is written", data_dir.display()),
        Err(error) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

async fn open(config: &Config) -> Result<Db> {
    let state = std::sync::atomic::AtomicU64::new(u64::from(std::process::id()));
    let options = store::Options {
        target: config.target(),
        now_ms: Arc::new(now_ms),
        // Ids only have to differ: the upper bits of a linear congruential generator do.
        random: Arc::new(move || (state.fetch_add(0x9E37_79B9_7F4A_7C15, std::sync::atomic::Ordering::Relaxed) >> 48) as u16),
        on_commit: Arc::new(drop),
        on_change: Arc::new(|_| ()),
        trust: store::Trust::default(),
        node: "bench".into(),
    };
    let db = Db::open(options).await?;
    migrate::migrate(&db, now_ms()).await?;
    db.ids().raise_floor(migrate::id_floor(&db).await?);
    Ok(db)
}

async fn insert(db: &Db, config: &Config, amount: Amount, wishes: &Wishes<'_>) -> Result<Summary> {
    check_identity(db, &config.server.account_domain).await?;
    let base_url = config.base_url();
    let authors = if amount.by_existing {
        let found = seed::existing(db, PREFIX, amount.accounts).await?;
        ensure!(!found.is_empty(), "there is no account {PREFIX}0, and none of another server");
        found
    } else {
        let crowd = Crowd {
            count: amount.accounts,
            prefix: PREFIX.into(),
            base_url: base_url.clone(),
            password_hash: NO_PASSWORD.into(),
            follows_each: FOLLOWS_EACH,
        };
        let made = seed::accounts(db, &crowd).await.context("the accounts u0, u1, … cannot be made; --by-existing uses those that are there")?;
        made.into_iter().map(|(account, _)| account).collect()
    };
    if let Some(name) = wishes.home_of {
        let lookup = name.to_owned();
        let reader = db.read(move |r| async move { accounts::find_by_handle(&r, &lookup, "").await }).await?;
        let reader = reader.with_context(|| format!("there is no account {name} here"))?;
        seed::follow_all(db, reader.id, &authors).await?;
    }
    let count = i64::try_from(amount.statuses)?.max(1);
    let apart_ms = APART_MS.min(SPAN_MS / count);
    let posts = Posts { count: amount.statuses, base_url, until_ms: now_ms(), apart_ms, seed: wishes.seed, compose: None };
    let made = seed::statuses(db, &authors, &posts).await.context("the statuses cannot be made")?;
    migrate::keep_id_floor(db).await?;
    Ok(made)
}

/// URIs would be wrong for good if they were made for another server's database.
async fn check_identity(db: &Db, account_domain: &str) -> Result<()> {
    let kept = db.read(|r| async move { settings::identity(&r, "account_domain").await }).await?;
    ensure!(
        kept.as_deref().is_none_or(|kept| kept == account_domain),
        "this database belongs to {}, but the configuration says {account_domain}",
        kept.unwrap_or_default()
    );
    Ok(())
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("ferrodon.toml");
        let text = format!("[server]\naccount_domain = \"here.test\"\ndata_dir = \"{}\"\n[listen]\nhttp = []\n", dir.path().join("data").display());
        fs::write(&config, text).unwrap();
        (dir, config)
    }

    fn amount(statuses: usize, accounts: usize, by_existing: bool) -> Amount {
        Amount { statuses, accounts, by_existing }
    }

    #[tokio::test]
    async fn a_database_is_filled_and_then_filled_more() {
        let (_dir, config) = world();
        fill(&config, amount(50, 3, false)).await.unwrap();
        let made = fill(&config, amount(20, 2, true)).await.unwrap();
        assert_eq!(made.originals + made.replies + made.reblogs, 20);
        let db = open(&read(&config).unwrap()).await.unwrap();
        let people = seed::existing(&db, PREFIX, 3).await.unwrap();
        let people = db.read(move |r| async move { accounts::list(&r, &people).await }).await.unwrap();
        assert_eq!(people.iter().map(|account| account.statuses_count).sum::<i64>(), 70);
        assert!(people.iter().all(|account| account.usable && account.following_count == 2));
        assert!(people[0].uri.starts_with("https://here.test/"), "{}", people[0].uri);
        db.close().await;
    }

    #[tokio::test]
    async fn somebody_here_can_follow_all_who_are_seeded() {
        let (_dir, config) = world();
        fill(&config, amount(10, 1, false)).await.unwrap();
        fill_as(&config, amount(10, 1, true), Wishes { seed: 2, home_of: Some("u0") }).await.unwrap();
        let error = fill_as(&config, amount(10, 1, true), Wishes { seed: 2, home_of: Some("nobody") }).await.unwrap_err();
        assert!(error.to_string().contains("no account nobody"), "{error}");
    }

    #[tokio::test]
    async fn nothing_is_filled_beside_a_running_server() {
        let (_dir, config) = world();
        let _server = hold(&read(&config).unwrap().server.data_dir).unwrap();
        let error = fill(&config, amount(1, 1, false)).await.unwrap_err();
        assert!(error.to_string().contains("stop it first"), "{error}");
    }

    #[tokio::test]
    async fn missing_accounts_are_named() {
        let (_dir, config) = world();
        let error = fill(&config, amount(1, 1, true)).await.unwrap_err();
        assert!(error.to_string().contains("no account u0"), "{error}");
    }
}
