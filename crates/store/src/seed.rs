//! Bulk filling for benchmarks and tests: many accounts and statuses in few, large transactions, of the shape
//! that life gives them.
//!
//! What is made is the same at every run with the same seed but for ids and times, and agrees with itself as
//! if the server had made it: counters, feeds, notifications, conversations, hashtags' use and, if its caller
//! composes it, the search index. However much is made, only the newest few thousand statuses and what belongs
//! to authors and readers are in memory.

use std::collections::{HashMap, HashSet};

use tokio::task::JoinHandle;

mod chance;
mod feeds;
mod insert;
mod people;
mod rows;
mod shape;
mod words;

pub use rows::Compose;

use insert::insert_many;
use rows::{Ledger, Rows};
use shape::{Shape, Size};

use crate::dialect::Engine;
use crate::instance_activity::DAY_MS;
use crate::oauth::{self, NewApplication};
use crate::stats::{self, AccountDelta};
use crate::{AccountId, ApplicationId, Db, Error, Result, StatusId, Tx, UserId, args, sql, users};

/// Accounts or readers in one transaction.
const ACCOUNTS_A_BATCH: usize = 200;
/// Names looked up in one statement.
const NAMES_A_BATCH: usize = 5_000;
/// Statuses in one transaction.
const STATUSES_A_BATCH: usize = 2_000;
/// A home feed holds no more.
pub const FEED_KEEP: usize = 800;
/// Follows of one account of a [`Crowd`].
pub const FOLLOWS_MAX: usize = 5_000;
/// Who was not here for so long has no feed.
const ACTIVE_MS: i64 = 7 * DAY_MS;
/// What seeded statuses of this server were posted with.
const CLIENT: &str = "seed";

/// Local accounts to be made.
#[derive(Clone, Debug)]
pub struct Crowd {
    pub count: usize,
    /// They are called `{prefix}0`, `{prefix}1`, …
    pub prefix: String,
    /// Such as `http://localhost:3000`, without a slash at the end.
    pub base_url: String,
    /// All of them sign in with the same password; e-mail addresses are `{name}@seed.test`.
    pub password_hash: String,
    /// Each follows this many that come after it, round in a ring; capped at `count - 1` and [`FOLLOWS_MAX`].
    pub follows_each: usize,
}

/// Statuses to be made.
#[derive(Clone)]
pub struct Posts {
    pub count: usize,
    /// As in [`Crowd`].
    pub base_url: String,
    /// When the newest was posted, milliseconds UTC.
    pub until_ms: i64,
    /// Milliseconds between one status and the next, at least 1.
    pub apart_ms: i64,
    /// The same number makes the same statuses for as many authors with as many statuses before.
    pub seed: u64,
    /// What they are found by; without it they are not in the search index.
    pub compose: Option<Compose>,
}

/// What was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub originals: usize,
    pub replies: usize,
    pub reblogs: usize,
    /// The newest status.
    pub newest: StatusId,
}

/// Makes confirmed and approved local accounts with logins, follows and counters; the order is that of their numbers.
///
/// Errors: `Conflict` if one of the names is taken; those of earlier batches then stay.
pub async fn accounts(db: &Db, crowd: &Crowd) -> Result<Vec<(AccountId, UserId)>> {
    let mut people = Vec::with_capacity(crowd.count);
    for first in (0..crowd.count).step_by(ACCOUNTS_A_BATCH) {
        let numbers = first..crowd.count.min(first + ACCOUNTS_A_BATCH);
        let crowd = crowd.clone();
        people.extend(db.write(move |tx| async move { insert_people(&tx, &crowd, numbers).await }).await?);
    }
    let ids: Vec<AccountId> = people.iter().map(|person| person.0).collect();
    let each = follows_each(crowd);
    for (batch, chunk) in ids.chunks(ACCOUNTS_A_BATCH).enumerate() {
        let first = batch * ACCOUNTS_A_BATCH;
        let pairs: Vec<_> = (first..first + chunk.len()).flat_map(|n| (1..=each).map(move |step| (n, n + step))).collect();
        let pairs: Vec<_> = pairs.into_iter().map(|(from, to)| (ids[from], ids[to % ids.len()])).collect();
        db.write(move |tx| async move { insert_follows(&tx, &pairs).await }).await?;
    }
    Ok(people)
}

fn follows_each(crowd: &Crowd) -> usize {
    crowd.follows_each.min(crowd.count.saturating_sub(1)).min(FOLLOWS_MAX)
}

async fn insert_people(tx: &Tx, crowd: &Crowd, numbers: std::ops::Range<usize>) -> Result<Vec<(AccountId, UserId)>> {
    let (now, each) = (tx.now(), to_i64(follows_each(crowd)));
    let (mut people, mut accounts, mut users, mut counters) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for number in numbers {
        let (account, user) = (AccountId(tx.next_id()), UserId(tx.next_id()));
        let name = format!("{}{number}", crowd.prefix);
        let (uri, url) = (format!("{}/ap/users/{account}", crowd.base_url), format!("{}/@{name}", crowd.base_url));
        accounts.extend(args![account, &name, name.to_lowercase(), uri, url, format!("Seed {name}"), true, true, now, now]);
        users.extend(args![user, account, format!("{}@seed.test", name.to_lowercase()), &crowd.password_hash, now, now, now, now]);
        counters.extend(args![account, each, each]);
        people.push((account, user));
    }
    insert_many!(
        tx,
        10,
        "INSERT INTO accounts (id, username, username_key, uri, url, display_name, discoverable, indexable, created_at, updated_at)",
        &accounts,
        ""
    );
    insert_many!(tx, 8, "INSERT INTO users (id, account_id, email, password_hash, confirmed_at, last_active_at, created_at, updated_at)", &users, "");
    insert_many!(tx, 3, "INSERT INTO account_stats (account_id, following_count, followers_count)", &counters, "");
    Ok(people)
}

async fn insert_follows(tx: &Tx, pairs: &[(AccountId, AccountId)]) -> Result<()> {
    let now = tx.now();
    let rows: Vec<_> = pairs.iter().flat_map(|(from, to)| args![tx.next_id(), *from, *to, now]).collect();
    insert_many!(tx, 4, "INSERT INTO follows (id, account_id, target_account_id, created_at)", &rows, "");
    Ok(())
}

/// Up to `count` accounts that are there already: those called `{prefix}0`, `{prefix}1`, … on any server, for
/// each name one of this server if there is one, and then others of other servers, the followed first.
pub async fn existing(db: &Db, prefix: &str, count: usize) -> Result<Vec<AccountId>> {
    let names: Vec<String> = (0..count).map(|number| format!("{}{number}", prefix.to_lowercase())).collect();
    let mut found = HashMap::new();
    for chunk in names.chunks(NAMES_A_BATCH) {
        let chunk = chunk.to_vec();
        for (name, id) in db.read(move |r| async move { people::named(&r, &chunk).await }).await? {
            found.entry(name).or_insert(id);
        }
    }
    let mut ids: Vec<AccountId> = names.iter().filter_map(|name| found.get(name).copied()).collect();
    if ids.len() < count {
        let known: HashSet<AccountId> = ids.iter().copied().collect();
        let limit = to_i64(count);
        let others = db.read(move |r| async move { people::remote(&r, limit).await }).await?;
        ids.extend(others.into_iter().filter(|id| !known.contains(id)).take(count - known.len()));
    }
    Ok(ids)
}

/// Lets `reader`, who has a login here and from now on was here just now, follow all of these accounts but itself.
/// Their statuses of before do not come into its feed.
pub async fn follow_all(db: &Db, reader: AccountId, targets: &[AccountId]) -> Result<()> {
    for batch in targets.chunks(ACCOUNTS_A_BATCH) {
        let batch: Vec<AccountId> = batch.iter().copied().filter(|target| *target != reader).collect();
        db.write(move |tx| async move {
            let mut deltas = Vec::new();
            for target in batch {
                let follow = sql!(
                    "INSERT INTO follows (id, account_id, target_account_id, created_at) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (account_id, target_account_id) DO NOTHING"
                );
                if tx.exec(follow, args![tx.next_id(), reader, target, tx.now()]).await? > 0 {
                    deltas.push((target, AccountDelta { followers: 1, ..Default::default() }));
                }
            }
            deltas.push((reader, AccountDelta { following: to_i64(deltas.len()), ..Default::default() }));
            stats::add_to_accounts(&tx, deltas).await?;
            let user = users::find_by_account(&tx, reader).await?.map(|user| user.id);
            users::touch(&tx, &user.into_iter().collect::<Vec<_>>()).await
        })
        .await?;
    }
    Ok(())
}

/// Makes statuses of these accounts, wherever they live, the oldest first: of a hundred 45 originals, 35 answers
/// in threads and 20 reblogs, with all that hangs on them. The newest come into the feeds of those who follow
/// their authors and were here within a week, and people here have the newest notifications of them.
///
/// Errors: `Conflict` if statuses of these times were made before; what was written until then stays.
pub async fn statuses(db: &Db, authors: &[AccountId], posts: &Posts) -> Result<Summary> {
    let active_since = posts.until_ms - ACTIVE_MS;
    let (people, before) = people::load(db, authors, active_since).await?;
    if people.is_empty() || posts.count == 0 {
        return Ok(Summary::default());
    }
    let readers = feeds::Readers::load(db, &people, active_since).await?;
    let application = db.write(|tx| async move { application(&tx).await }).await?;
    // As many statuses before make other ones now: nobody says the same again.
    let seed = posts.seed.wrapping_add(chance::Chance::new(before.unsigned_abs()).number());
    let size = Size { count: posts.count, until_ms: posts.until_ms, apart_ms: posts.apart_ms.max(1) };
    let mut shape = Shape::new(size, people.len(), seed);
    let mut ledger = Ledger::new(people, readers, posts.base_url.clone(), application, posts.compose.clone(), posts.until_ms);
    let mut summary = Summary::default();
    let mut writing = None;
    for first in (0..posts.count).step_by(STATUSES_A_BATCH) {
        for _ in first..posts.count.min(first + STATUSES_A_BATCH) {
            let settled = shape.make(&ledger.people);
            if let Some(made) = shape.newest() {
                summary.count(made);
                ledger.add(made);
            }
            if let Some(settled) = settled {
                ledger.settle(&settled);
            }
        }
        let rows = ledger.take(db).await?;
        finish(writing.replace(begin(db, rows))).await?;
    }
    for settled in shape.rest() {
        ledger.settle(&settled);
    }
    let rows = ledger.take(db).await?;
    finish(writing.replace(begin(db, rows))).await?;
    finish(writing).await?;
    ledger.close(db).await?;
    if db.engine() == Engine::Postgres {
        // It would count the rows itself within a minute, and plan as if there were none until then.
        db.batch("ANALYZE".into()).await?;
    }
    db.ids().raise_floor(summary.newest.0);
    Ok(summary)
}

impl Summary {
    fn count(&mut self, made: &shape::Made) {
        match made.kind {
            shape::Kind::Original => self.originals += 1,
            shape::Kind::Reply(..) => self.replies += 1,
            shape::Kind::Reblog { .. } => self.reblogs += 1,
        }
        self.newest = made.id;
    }
}

/// Writes a batch beside the making of the next.
fn begin(db: &Db, rows: Rows) -> JoinHandle<Result<()>> {
    let db = db.clone();
    tokio::spawn(async move { db.write(move |tx| async move { rows.write(&tx).await }).await })
}

async fn finish(writing: Option<JoinHandle<Result<()>>>) -> Result<()> {
    // What was begun last gets to the database before the next batch is made.
    tokio::task::yield_now().await;
    match writing {
        Some(batch) => batch.await.map_err(|_| Error::Closed)?,
        None => Ok(()),
    }
}

/// The application that people here post with.
async fn application(tx: &Tx) -> Result<ApplicationId> {
    if let Some(known) = oauth::find_application_by_client_id(tx, CLIENT).await? {
        return Ok(known.id);
    }
    let new = NewApplication {
        name: "Seed".into(),
        website: None,
        redirect_uris: "urn:ietf:wg:oauth:2.0:oob".into(),
        scopes: "read write".into(),
        client_id: CLIENT.into(),
        // The hash of no secret.
        secret_hash: vec![0; 32],
        superapp: false,
    };
    oauth::insert_application(tx, &new).await
}

fn to_i64(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
