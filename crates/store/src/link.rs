//! The connection to PostgreSQL that hears what other processes commit.
//!
//! Whoever commits says what comes of it with `NOTIFY`, in the same transaction: so it is heard after the commit, in
//! the order of commits, and only if there was one. A process is told as long as its row in `leases` is alive; where
//! there is no other, nothing is said, because commits that say something wait for each other.
//!
//! What is kept in memory may be shown while [`Trust`] holds: from when all that was under way as the process began to
//! listen has ended, until the connection is lost or has not been heard for a while.

use std::collections::HashSet;
use std::future::poll_fn;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio_postgres::{AsyncMessage, Client, NoTls};

use crate::changes::{self, Change, OnChange};
use crate::transaction::{Committed, OnCommit, lock};
use crate::{Error, Result};

/// What is said on this channel is for all processes of the database.
const CHANNEL: &str = "ferrodon";
/// Bytes of a payload without its sender's name; PostgreSQL takes 7,999.
const PAYLOAD_MAX: usize = 7_500;
/// Payloads of one transaction; what takes more is told as "you have missed something".
const PAYLOADS_MAX: usize = 64;
/// How often a process says that it lives, and hears itself say it.
const BEAT_EVERY: Duration = Duration::from_secs(2);
/// A process is told for so long after its last beat, and trusts what it keeps for no longer.
const LEASE: Duration = Duration::from_secs(15);
/// Beats that may be on their way before the connection counts as lost.
const BEATS_UNHEARD_MAX: u64 = 3;
/// The longest that one statement of this connection may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between looks at whether what was under way has ended.
const SETTLE_EVERY: Duration = Duration::from_millis(20);
/// Between attempts to connect again: doubled after each failure, up to the second.
const PAUSE_MIN: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// Rows of processes that ended are removed after this.
const DEAD_AFTER_MS: i64 = 3_600_000;

const SESSION: &str = "SET application_name = 'ferrodon listener'; SET statement_timeout = '5s'; SET synchronous_commit = off;
    SET client_min_messages = 'warning'; LISTEN ferrodon";
/// Milliseconds since 1970 by the clock that all processes share.
const NOW: &str = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/// Says, past [`TELL`], that all may have missed something.
pub(crate) const MISSED: &str = "SELECT pg_notify('ferrodon', E'migration\\nm');";

/// The function that says in a transaction what comes of it. `$1`: who; `$2`: payloads. Returns what has changed.
pub(crate) const TELL: &str = "SELECT tell($1, $2)";

/// Whether what is kept in memory is all told of: always, not now, or up to a moment. Cheap to clone.
#[derive(Clone)]
pub struct Trust(Arc<AtomicU64>);

impl Default for Trust {
    /// It does not hold yet.
    fn default() -> Trust {
        Trust(Arc::new(AtomicU64::new(0)))
    }
}

impl Trust {
    pub fn holds(&self) -> bool {
        match self.0.load(Ordering::SeqCst) {
            0 => false,
            u64::MAX => true,
            until => ticks(Instant::now()) < until,
        }
    }

    /// From now on, whatever comes: for what only this process can change.
    pub fn always(&self) {
        self.0.store(u64::MAX, Ordering::SeqCst);
    }

    fn until(&self, moment: Instant) {
        self.0.store(ticks(moment), Ordering::SeqCst);
    }

    fn lose(&self) {
        self.0.store(0, Ordering::SeqCst);
    }
}

/// Milliseconds of the process's own steady clock.
fn ticks(moment: Instant) -> u64 {
    static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    // Never 0, which means something else.
    u64::try_from(moment.saturating_duration_since(*BEGIN).as_millis()).unwrap_or(u64::MAX - 1) + 1
}

/// What to do with what is heard.
pub(crate) struct Ears {
    pub on_commit: OnCommit,
    pub on_change: OnChange,
    pub trust: Trust,
}

/// The process's own side of the channel.
pub(crate) struct Link {
    config: tokio_postgres::Config,
    /// Who says something. No two links share a name.
    pub name: String,
    ears: Ears,
    /// Rung when it is not known whether a transaction has been committed.
    doubt: Notify,
    beats: Beats,
}

#[derive(Default)]
struct Beats {
    sent: AtomicU64,
    heard: AtomicU64,
    /// When the last one was sent.
    at: Mutex<Option<Instant>>,
}

/// Ends the listening when it is dropped.
pub(crate) struct Listening(tokio::task::JoinHandle<()>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Link {
    pub fn new(mut config: tokio_postgres::Config, node: &str, ears: Ears) -> Link {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        config.connect_timeout(PATIENCE).application_name("ferrodon listener");
        let name = format!("{node}/{}/{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Link { config, name, ears, doubt: Notify::new(), beats: Beats::default() }
    }

    /// Connects and listens from now on. Errors: `Open` if it cannot.
    pub async fn start(self: &Arc<Self>) -> Result<Listening> {
        let heard = Heard::begin(self).await.map_err(|e| Error::Open(format!("cannot listen on PostgreSQL: {e}; check database.listen_url")))?;
        Ok(Listening(tokio::spawn(run(self.clone(), heard))))
    }

    /// To be called when nobody knows whether a transaction was committed: what is kept may be wrong.
    pub fn doubts(&self) {
        self.ears.trust.lose();
        (self.ears.on_change)(&[Change::Everything]);
        self.doubt.notify_one();
    }

    /// What this process's own transaction has changed, as `tell` has answered.
    pub fn changed(&self, told: &str) {
        let changes = read_changes(told);
        if !changes.is_empty() {
            (self.ears.on_change)(&changes);
        }
    }

    /// Takes in what somebody said.
    fn hear(&self, payload: &str) {
        let mut lines = payload.split('\n');
        let own = lines.next() == Some(self.name.as_str());
        let (mut committed, mut changes) = (Committed::default(), Vec::new());
        for line in lines {
            match (line.split_at_checked(1), own) {
                (Some(("b", number)), true) => self.beats.hear(number),
                (Some(("c", told)), false) => changes.extend(read_changes(told)),
                (Some(("l", lanes)), false) => committed.lanes |= lanes.parse().unwrap_or(u32::MAX),
                (Some(("e", event)), false) => committed.events.push(event.to_owned()),
                (Some(("m", _)), false) => committed.missed = true,
                _ => {}
            }
        }
        if own {
            return;
        }
        metrics::counter!("ferrodon_bus_heard_total").increment(1);
        if committed.missed {
            changes = vec![Change::Everything];
        }
        if !changes.is_empty() {
            (self.ears.on_change)(&changes);
        }
        if !committed.is_empty() {
            (self.ears.on_commit)(committed);
        }
    }
}

impl Beats {
    fn send(&self) -> u64 {
        *lock(&self.at) = Some(Instant::now());
        self.sent.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn hear(&self, number: &str) {
        let Ok(number) = number.parse::<u64>() else { return };
        self.heard.fetch_max(number, Ordering::SeqCst);
        if number == self.sent.load(Ordering::SeqCst)
            && let Some(at) = *lock(&self.at)
        {
            metrics::histogram!("ferrodon_bus_lag_seconds").record(at.elapsed().as_secs_f64());
        }
    }

    fn unheard(&self) -> u64 {
        self.sent.load(Ordering::SeqCst).saturating_sub(self.heard.load(Ordering::SeqCst))
    }
}

/// Packs what comes of a transaction into payloads without their sender.
pub(crate) fn pack(committed: &Committed) -> Vec<String> {
    let mut payloads: Vec<String> = Vec::new();
    let lanes = (committed.lanes != 0).then(|| format!("l{}", committed.lanes));
    for line in lanes.into_iter().chain(committed.events.iter().map(|event| format!("e{event}"))) {
        if line.len() > PAYLOAD_MAX || payloads.len() >= PAYLOADS_MAX {
            return vec![format!("m\nl{}", committed.lanes)];
        }
        match payloads.last_mut() {
            Some(last) if last.len() + line.len() < PAYLOAD_MAX => {
                last.push('\n');
                last.push_str(&line);
            }
            _ => payloads.push(line),
        }
    }
    payloads
}

/// Changes as `told` and `told_all` write them: `kind:id,`, or `*`.
fn read_changes(told: &str) -> Vec<Change> {
    if told.contains('*') {
        return vec![Change::Everything];
    }
    let changes: HashSet<Change> = told.split(',').filter_map(|item| item.split_once(':')).filter_map(|(kind, id)| Change::read(kind, id)).collect();
    changes.into_iter().collect()
}

/// The functions and triggers for PostgreSQL, to be run in one transaction.
pub(crate) fn schema() -> String {
    [functions(), changes::postgres()].join("\n")
}

/// A number that changes with what [`schema`] makes.
pub(crate) fn fingerprint() -> String {
    let mut hasher = DefaultHasher::new();
    schema().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// The functions that the triggers and [`TELL`] need.
fn functions() -> String {
    // A long list is looked through with each item, so it ends early.
    format!(
        "CREATE OR REPLACE FUNCTION told_all(items text) RETURNS void LANGUAGE plpgsql AS $body$
         DECLARE so_far text := coalesce(current_setting('ferrodon.told', true), '');
         BEGIN
           IF so_far = '*' OR items IS NULL THEN RETURN; END IF;
           IF octet_length(so_far) + octet_length(items) > 60000 THEN PERFORM set_config('ferrodon.told', '*', true);
           ELSE PERFORM set_config('ferrodon.told', so_far || items, true);
           END IF;
         END $body$;
         CREATE OR REPLACE FUNCTION told(kind bigint, id bigint) RETURNS void LANGUAGE plpgsql AS $body$
         DECLARE
           so_far text := coalesce(current_setting('ferrodon.told', true), '');
           item text := kind || ':' || id || ',';
         BEGIN
           IF item IS NULL OR so_far = '*' THEN RETURN; END IF;
           IF kind = 2 OR octet_length(so_far) > 20000 THEN PERFORM set_config('ferrodon.told', '*', true);
           ELSIF strpos(so_far, item) = 0 THEN PERFORM set_config('ferrodon.told', so_far || item, true);
           END IF;
         END $body$;
         CREATE OR REPLACE FUNCTION tell(node text, said text[]) RETURNS text LANGUAGE plpgsql AS $body$
         DECLARE
           changed text := coalesce(current_setting('ferrodon.told', true), '');
           changes text := changed;
           one text;
         BEGIN
           IF changes = '' AND cardinality(said) = 0 THEN RETURN changed; END IF;
           IF NOT EXISTS (SELECT 1 FROM leases WHERE name LIKE 'node/%' AND owner <> node AND held_until >= {NOW}) THEN RETURN changed; END IF;
           IF changes <> '' AND cardinality(said) > 0 AND octet_length(said[1]) + octet_length(changes) < {PAYLOAD_MAX} THEN
             said[1] := said[1] || E'\\nc' || changes;
             changes := '';
           END IF;
           WHILE changes <> '' LOOP
             one := substr(changes, 1, {PAYLOAD_MAX});
             IF octet_length(changes) > {PAYLOAD_MAX} THEN one := regexp_replace(one, '[^,]*$', ''); END IF;
             changes := substr(changes, length(one) + 1);
             PERFORM pg_notify('{CHANNEL}', node || E'\\nc' || one);
           END LOOP;
           FOREACH one IN ARRAY said LOOP PERFORM pg_notify('{CHANNEL}', node || E'\\n' || one); END LOOP;
           RETURN changed;
         END $body$;"
    )
}

/// A connection that listens, and the row that has others tell it.
struct Heard {
    client: Client,
    /// Reads what comes, until the connection ends.
    reading: tokio::task::JoinHandle<()>,
    /// Transactions before this one must have ended before anything is trusted.
    settles_at: Option<i64>,
}

impl Drop for Heard {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl Heard {
    async fn begin(link: &Arc<Link>) -> Result<Heard> {
        let (client, mut connection) = in_time(link.config.connect(NoTls)).await?;
        let ears = link.clone();
        let reading = tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
                if let AsyncMessage::Notification(said) = message {
                    ears.hear(said.payload());
                }
            }
        });
        let mut heard = Heard { client, reading, settles_at: None };
        link.beats.heard.store(link.beats.sent.load(Ordering::SeqCst), Ordering::SeqCst);
        in_time(heard.client.batch_execute(SESSION)).await?;
        let begin = format!(
            "WITH gone AS (DELETE FROM leases WHERE name LIKE 'node/%' AND held_until < {NOW} - $3)
             INSERT INTO leases (name, owner, held_until) VALUES ('node/' || $1, $1, {NOW} + $2)
               ON CONFLICT (name) DO UPDATE SET held_until = excluded.held_until"
        );
        in_time(heard.client.execute(&begin, &[&link.name, &lease_ms(), &DEAD_AFTER_MS])).await?;
        heard.waits().await?;
        Ok(heard)
    }

    /// From now on nothing is trusted until all transactions that are under way have ended: they may not know of us.
    async fn waits(&mut self) -> Result<()> {
        let row = in_time(self.client.query_one("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint", &[])).await?;
        self.settles_at = Some(row.get(0));
        Ok(())
    }

    async fn has_settled(&mut self) -> Result<bool> {
        let Some(at) = self.settles_at else { return Ok(false) };
        let row = in_time(self.client.query_one("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= $1", &[&at])).await?;
        if row.get(0) {
            self.settles_at = None;
        }
        Ok(self.settles_at.is_none())
    }

    /// Lives on for another [`LEASE`]. False if it had run out, so that something may not have been told.
    async fn beat(&self, link: &Link) -> Result<bool> {
        let text = format!(
            "WITH kept AS (UPDATE leases SET held_until = {NOW} + $2 WHERE owner = $1 AND name = 'node/' || $1 AND held_until > {NOW} RETURNING 1)
             SELECT pg_notify('{CHANNEL}', $1 || E'\\nb' || $3) FROM kept"
        );
        let number = link.beats.send().to_string();
        Ok(in_time(self.client.query_opt(&text, &[&link.name, &lease_ms(), &number])).await?.is_some())
    }

    /// Listens until the connection is lost. `is_new`: nothing was ever missed.
    async fn keep(&mut self, link: &Link, is_new: bool) -> Result<()> {
        let (mut is_new, mut trusted) = (is_new, false);
        let mut beats = tokio::time::interval(BEAT_EVERY);
        beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut doubt = pin!(link.doubt.notified());
        let mut until = Instant::now();
        loop {
            tokio::select! {
                _ = beats.tick() => {
                    let sent = Instant::now();
                    if link.beats.unheard() > BEATS_UNHEARD_MAX {
                        return Err(Error::Unavailable("the connection hears nothing any more".into()));
                    }
                    if !self.beat(link).await? {
                        return Err(Error::Unavailable("the process was away for too long".into()));
                    }
                    until = sent + LEASE;
                    if trusted {
                        link.ears.trust.until(until);
                    }
                }
                () = tokio::time::sleep(SETTLE_EVERY), if self.settles_at.is_some() => {
                    if self.has_settled().await? {
                        // At first nothing is kept yet.
                        if !is_new {
                            (link.ears.on_change)(&[Change::Everything]);
                            (link.ears.on_commit)(Committed { missed: true, lanes: u32::MAX, ..Committed::default() });
                        }
                        trusted = true;
                        link.ears.trust.until(until);
                    }
                }
                () = &mut doubt => {
                    doubt.set(link.doubt.notified());
                    (is_new, trusted) = (false, false);
                    link.ears.trust.lose();
                    self.waits().await?;
                }
                _ = &mut self.reading => return Err(Error::Unavailable("the connection has ended".into())),
            }
        }
    }
}

async fn run(link: Arc<Link>, mut heard: Heard) {
    let mut is_new = true;
    loop {
        metrics::gauge!("ferrodon_bus_connected").set(1.0);
        let ended = heard.keep(&link, is_new).await;
        is_new = false;
        metrics::gauge!("ferrodon_bus_connected").set(0.0);
        link.ears.trust.lose();
        (link.ears.on_change)(&[Change::Everything]);
        if let Err(error) = ended {
            tracing::warn!(%error, "PostgreSQL is not heard any more; nothing is shown from memory until it is");
        }
        let mut pause = PAUSE_MIN;
        heard = loop {
            tokio::time::sleep(pause).await;
            match Heard::begin(&link).await {
                Ok(heard) => break heard,
                Err(error) => tracing::warn!(%error, "cannot listen on PostgreSQL; trying again"),
            }
            pause = (pause * 2).min(PAUSE_MAX);
        };
        metrics::counter!("ferrodon_bus_reconnects_total").increment(1);
        tracing::info!("PostgreSQL is heard again");
    }
}

fn lease_ms() -> i64 {
    i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX)
}

async fn in_time<T>(work: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>) -> Result<T> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Error::Unavailable(format!("{error:?}"))),
        Err(_) => Err(Error::Unavailable("it does not answer".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AccountId, StatusId};

    #[test]
    fn what_is_said_fits_into_payloads_and_too_much_is_told_as_missed() {
        let of = |events: Vec<String>| pack(&Committed { events, lanes: 5, missed: false });
        assert_eq!(of(vec!["{}".into(), "[1]".into()]), ["l5\ne{}\ne[1]"]);
        let many = of((0..100).map(|n| format!("{n:0>1000}")).collect());
        assert!(many.len() > 10 && many.iter().all(|payload| payload.len() < PAYLOAD_MAX), "{}", many.len());
        assert_eq!(many.iter().flat_map(|payload| payload.lines()).filter(|line| line.starts_with('e')).count(), 100);
        assert_eq!(of(vec!["x".repeat(PAYLOAD_MAX)]), ["m\nl5"]);
        assert_eq!(of((0..1000).map(|n| format!("{n:0>1000}")).collect()), ["m\nl5"]);
        assert!(pack(&Committed::default()).is_empty());
    }

    #[test]
    fn changes_are_read_as_they_are_written() {
        let mut changes = read_changes("0:12,3:-4,1:12,0:12,");
        changes.sort_by_key(|change| format!("{change:?}"));
        assert_eq!(changes, [Change::Account(AccountId(12)), Change::Status(StatusId(12)), Change::Viewer(AccountId(-4))]);
        assert_eq!(read_changes("0:12,*"), [Change::Everything]);
        assert_eq!(read_changes("9:1,"), [Change::Everything], "what a newer version says");
        assert!(read_changes("").is_empty());
    }

    #[test]
    fn trust_ends_by_itself() {
        let trust = Trust::default();
        assert!(!trust.holds());
        trust.until(Instant::now() + Duration::from_secs(60));
        assert!(trust.holds());
        trust.until(Instant::now());
        assert!(!trust.holds());
        trust.always();
        assert!(trust.holds());
        trust.lose();
        assert!(!trust.holds());
    }
}
