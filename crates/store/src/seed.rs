//! Bulk filling for benchmarks and tests: many accounts and statuses in few, large transactions.
//!
//! What it makes is the same at every run but for ids and times. It is smaller than life: no keys, no
//! conversations, no notifications, no media.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::sql::Sql;
use crate::stats::{self, AccountDelta};
use crate::{AccountId, Db, Error, Result, StatusId, Tx, UserId, Value, args, feeds, first_id_at, sql};

/// Accounts or readers in one transaction.
const ACCOUNTS_A_BATCH: usize = 200;
/// Statuses in one transaction.
const STATUSES_A_BATCH: usize = 2_000;
/// A home feed holds no more.
pub const FEED_KEEP: usize = 800;
/// Follows of one account.
pub const FOLLOWS_MAX: usize = 5_000;
/// Bytes of the longest statement here.
const STATEMENT_MAX: usize = 16 * 1024;
/// Statuses repeat their pattern of kinds after so many.
const PATTERN: usize = 10;
/// In the pattern: what is answered and reblogged, the answer to it, the reblog of it.
const ORIGINAL: usize = 2;
const REPLY: usize = 3;
const REBLOG: usize = 7;
/// Favourites of a status at most; their ids lie between those of the statuses.
const FAVOURITES_MAX: usize = 3;
const ID_STEP: i64 = 16;

/// Inserts rows given one after the other in `$values`, many to a statement and the rest one by one.
macro_rules! insert_many {
    ($tx:expr, $columns:literal, $head:literal, $values:expr, $tail:literal) => {{
        const ROWS: usize = 384 / $columns;
        const MANY: &Statement = &Statement::new($head, $columns, ROWS, $tail);
        const ONE: &Statement = &Statement::new($head, $columns, 1, $tail);
        insert_rows($tx, sql!(MANY.text()), ROWS * $columns, sql!(ONE.text()), $columns, $values).await?;
    }};
}

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
#[derive(Clone, Debug)]
pub struct Posts {
    pub count: usize,
    /// As in [`Crowd`].
    pub base_url: String,
    /// When the newest was posted, milliseconds UTC.
    pub until_ms: i64,
    /// Milliseconds between one status and the next, at least 1.
    pub apart_ms: i64,
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
        accounts,
        ""
    );
    insert_many!(tx, 8, "INSERT INTO users (id, account_id, email, password_hash, confirmed_at, last_active_at, created_at, updated_at)", users, "");
    insert_many!(tx, 3, "INSERT INTO account_stats (account_id, following_count, followers_count)", counters, "");
    Ok(people)
}

async fn insert_follows(tx: &Tx, pairs: &[(AccountId, AccountId)]) -> Result<()> {
    let now = tx.now();
    let rows = pairs.iter().flat_map(|(from, to)| args![tx.next_id(), *from, *to, now]).collect();
    insert_many!(tx, 4, "INSERT INTO follows (id, account_id, target_account_id, created_at)", rows, "");
    Ok(())
}

/// Makes public local statuses of these accounts, the oldest first, with what hangs on them: of ten,
/// one is a reply with its mention and one a reblog; they have up to three favourites each; counters are
/// right; the feeds of the authors' followers hold the newest [`FEED_KEEP`].
///
/// Texts are 20 to 500 characters. Authors take turns in a scattered order. Errors: `Conflict` if statuses
/// of these times were made before.
pub async fn statuses(db: &Db, authors: &[AccountId], posts: &Posts) -> Result<Vec<StatusId>> {
    if authors.is_empty() || posts.count == 0 {
        return Ok(Vec::new());
    }
    let ids = authors.to_vec();
    let names = db.read(move |r| async move { r.all(sql!("SELECT id, username FROM accounts WHERE id = ANY($1)"), args![&ids]).await }).await?;
    let plan = Arc::new(Plan { authors: authors.to_vec(), names: names.into_iter().collect(), posts: posts.clone() });
    for first in (0..posts.count).step_by(STATUSES_A_BATCH) {
        let numbers = first..posts.count.min(first + STATUSES_A_BATCH);
        let plan = plan.clone();
        db.write(move |tx| async move { insert_statuses(&tx, &plan, numbers).await }).await?;
    }
    count_statuses(db, &plan).await?;
    fill_feeds(db, &plan).await?;
    let ids: Vec<StatusId> = (0..posts.count).map(|n| plan.id(n)).collect();
    db.ids().raise_floor(plan.id(posts.count - 1).0);
    Ok(ids)
}

/// Says what the status of each number is.
struct Plan {
    authors: Vec<AccountId>,
    names: HashMap<AccountId, String>,
    posts: Posts,
}

impl Plan {
    fn created_at(&self, n: usize) -> i64 {
        self.posts.until_ms - to_i64(self.posts.count - 1 - n) * self.posts.apart_ms.max(1)
    }

    fn id(&self, n: usize) -> StatusId {
        StatusId(first_id_at(self.created_at(n)) | ((to_i64(n) * ID_STEP) & 0xfff0))
    }

    fn author_index(&self, n: usize) -> usize {
        // Each round goes through all authors with another step, so that neighbours differ.
        (n * 7919 + n / self.authors.len()) % self.authors.len()
    }

    fn author(&self, n: usize) -> AccountId {
        self.authors[self.author_index(n)]
    }

    fn reply_to(&self, n: usize) -> Option<usize> {
        (n % PATTERN == REPLY).then(|| n - (REPLY - ORIGINAL))
    }

    fn reblog_of(&self, n: usize) -> Option<usize> {
        (n % PATTERN == REBLOG).then(|| n - (REBLOG - ORIGINAL))
    }

    /// The indexes of those who favourite it.
    fn fans(&self, n: usize) -> impl Iterator<Item = AccountId> + '_ {
        let wanted = if self.reblog_of(n).is_some() { 0 } else { n % (FAVOURITES_MAX + 1) };
        (1..=wanted.min(self.authors.len() - 1)).map(move |step| self.authors[(self.author_index(n) + step) % self.authors.len()])
    }

    fn uri(&self, n: usize) -> String {
        let activity = if self.reblog_of(n).is_some() { "/activity" } else { "" };
        format!("{}/ap/users/{}/statuses/{}{activity}", self.posts.base_url, self.author(n), self.id(n))
    }

    fn url(&self, n: usize) -> String {
        match self.names.get(&self.author(n)) {
            Some(name) if self.reblog_of(n).is_none() => format!("{}/@{name}/{}", self.posts.base_url, self.id(n)),
            _ => self.uri(n),
        }
    }
}

async fn insert_statuses(tx: &Tx, plan: &Plan, numbers: std::ops::Range<usize>) -> Result<()> {
    let (mut rows, mut counters, mut mentions, mut favourites) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for n in numbers {
        let (id, created_at) = (plan.id(n), plan.created_at(n));
        let (answered, original) = (plan.reply_to(n), plan.reblog_of(n));
        let text = if original.is_some() { String::new() } else { words(n) };
        let content = if original.is_some() { String::new() } else { format!("<p>{text}</p>") };
        let (parent, parent_author) = (answered.map(|m| plan.id(m)), answered.map(|m| plan.author(m)));
        rows.extend(args![
            id,
            plan.author(n),
            plan.uri(n),
            plan.url(n),
            true,
            text,
            content,
            0,
            "en",
            parent,
            parent_author,
            answered.is_some(),
            original.map(|m| plan.id(m)),
            created_at
        ]);
        if let Some(named) = parent_author.filter(|named| *named != plan.author(n)) {
            mentions.extend(args![id, named, false]);
        }
        for (place, fan) in plan.fans(n).enumerate() {
            favourites.extend(args![id.0 + to_i64(place), fan, id, created_at]);
        }
        let is_original = n % PATTERN == ORIGINAL;
        let replies = i64::from(is_original && n + (REPLY - ORIGINAL) < plan.posts.count);
        let reblogs = i64::from(is_original && n + (REBLOG - ORIGINAL) < plan.posts.count);
        counters.extend(args![id, replies, reblogs, to_i64(plan.fans(n).count())]);
    }
    insert_many!(
        tx,
        14,
        "INSERT INTO statuses (id, account_id, uri, url, local, text, content, visibility, language, in_reply_to_id, in_reply_to_account_id,
            reply, reblog_of_id, created_at)",
        rows,
        ""
    );
    insert_many!(tx, 3, "INSERT INTO mentions (status_id, account_id, silent)", mentions, "");
    insert_many!(tx, 4, "INSERT INTO favourites (id, account_id, status_id, created_at)", favourites, "");
    insert_many!(tx, 4, "INSERT INTO status_stats (status_id, replies_count, reblogs_count, favourites_count)", counters, "");
    Ok(())
}

async fn count_statuses(db: &Db, plan: &Plan) -> Result<()> {
    let mut counted: HashMap<AccountId, AccountDelta> = HashMap::new();
    for n in 0..plan.posts.count {
        let delta = counted.entry(plan.author(n)).or_default();
        delta.statuses += 1;
        delta.last_status_at = Some(plan.created_at(n));
    }
    let deltas: Vec<_> = counted.into_iter().collect();
    for batch in deltas.chunks(ACCOUNTS_A_BATCH) {
        let batch = batch.to_vec();
        db.write(move |tx| async move { stats::add_to_accounts(&tx, batch).await }).await?;
    }
    Ok(())
}

/// Writes the feeds from memory, since the statuses are known: own ones and those of the followed,
/// without replies to people not followed and without reblogs of what the feed has anyway.
async fn fill_feeds(db: &Db, plan: &Plan) -> Result<()> {
    let authors = plan.authors.clone();
    let pairs: Vec<(AccountId, AccountId)> = db
        .read(move |r| async move {
            r.all(sql!("SELECT f.account_id, f.target_account_id FROM follows f JOIN users u ON u.account_id = f.account_id WHERE f.target_account_id = ANY($1)"), args![
                &authors
            ])
            .await
        })
        .await?;
    let mut followed: HashMap<AccountId, HashSet<AccountId>> = plan.authors.iter().map(|author| (*author, HashSet::from([*author]))).collect();
    for (reader, target) in pairs {
        followed.entry(reader).or_default().insert(target);
    }
    let mut written: HashMap<AccountId, Vec<usize>> = HashMap::new();
    for n in 0..plan.posts.count {
        written.entry(plan.author(n)).or_default().push(n);
    }
    let readers: Vec<_> = followed.into_iter().collect();
    for batch in readers.chunks(ACCOUNTS_A_BATCH) {
        let mut rows = Vec::new();
        for (reader, theirs) in batch {
            for n in feed_of(plan, *reader, theirs, &written) {
                rows.extend(args![*reader, plan.id(n), plan.reblog_of(n).map(|m| plan.id(m))]);
            }
        }
        let readers: Vec<AccountId> = batch.iter().map(|reader| reader.0).collect();
        db.write(move |tx| async move {
            insert_many!(&tx, 3, "INSERT INTO home_feed (account_id, status_id, reblog_of)", rows, " ON CONFLICT (account_id, status_id) DO NOTHING");
            for reader in readers {
                feeds::trim(&tx, reader, to_i64(FEED_KEEP)).await?;
            }
            Ok::<_, Error>(())
        })
        .await?;
    }
    Ok(())
}

/// The numbers of the statuses in a feed, ascending.
fn feed_of(plan: &Plan, reader: AccountId, followed: &HashSet<AccountId>, written: &HashMap<AccountId, Vec<usize>>) -> Vec<usize> {
    let wanted = |n: &usize| {
        let mine = plan.author(*n) == reader;
        let answers_stranger = plan.reply_to(*n).is_some_and(|m| !followed.contains(&plan.author(m)) && plan.author(m) != reader);
        let known_reblog = plan.reblog_of(*n).is_some_and(|m| followed.contains(&plan.author(m)));
        mine || !(answers_stranger || known_reblog)
    };
    let newest_of = |author: &AccountId| written.get(author).into_iter().flatten().rev().copied().filter(wanted).take(FEED_KEEP);
    let mut feed: Vec<usize> = followed.iter().flat_map(newest_of).collect();
    feed.sort_unstable();
    feed.split_off(feed.len().saturating_sub(FEED_KEEP))
}

/// A text of 20 to 500 characters that is the same for the same number; most are short.
fn words(n: usize) -> String {
    const WORDS: [&str; 24] = [
        "today", "the", "garden", "was", "full", "of", "small", "birds", "and", "somebody", "left", "a", "letter", "on", "our", "table", "which",
        "nobody", "has", "read", "yet", "because", "rain", "came",
    ];
    let mut state = n as u64;
    let mut draw = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let longest = [60, 120, 240, 480][draw(4)];
    let length = 20 + draw(longest);
    let mut text = String::with_capacity(length + 16);
    while text.len() < length {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(WORDS[draw(WORDS.len())]);
    }
    text.truncate(500);
    text
}

fn to_i64(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

async fn insert_rows(tx: &Tx, many: &'static Sql, many_values: usize, one: &'static Sql, one_values: usize, values: Vec<Value>) -> Result<()> {
    let chunks = values.chunks_exact(many_values);
    let rest = chunks.remainder();
    for chunk in chunks {
        tx.exec(many, chunk).await?;
    }
    for row in rest.chunks(one_values) {
        tx.exec(one, row).await?;
    }
    Ok(())
}

/// The text of an insert of several rows, put together by the compiler: statements are literals.
struct Statement {
    bytes: [u8; STATEMENT_MAX],
    len: usize,
}

impl Statement {
    const fn new(head: &str, columns: usize, rows: usize, tail: &str) -> Statement {
        let mut statement = Statement { bytes: [0; STATEMENT_MAX], len: 0 }.with(head).with(" VALUES ");
        let mut n = 0;
        while n < columns * rows {
            let before = match n {
                0 => "($",
                n if n % columns == 0 => "), ($",
                _ => ", $",
            };
            n += 1;
            statement = statement.with(before).with_number(n);
        }
        statement.with(")").with(tail)
    }

    const fn with(mut self, text: &str) -> Statement {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            self.bytes[self.len] = bytes[at];
            self.len += 1;
            at += 1;
        }
        self
    }

    const fn with_number(self, n: usize) -> Statement {
        const DIGITS: &str = "0123456789";
        let before = if n >= 10 { self.with_number(n / 10) } else { self };
        before.with(DIGITS.split_at(n % 10).1.split_at(1).0)
    }

    const fn text(&'static self) -> &'static str {
        match std::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => panic!("statements are made of strings"),
        }
    }
}
