//! A host's turn: what is due for it is sent, in order.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use store::hosts::Claimed;
use store::{AccountId, DeliveryId};
use tokio::sync::Semaphore;
use url::Url;

use super::answer::{self, Health, Verdict};
use super::{Engine, Hold, Outgoing, Piece};
use crate::federation::keys::{self, Dialect};
use crate::measure::label;
use crate::net::Response;

/// Requests to one host at once.
const PER_HOST: usize = 2;
/// A request with its answer.
const SEND_TIMEOUT: Duration = Duration::from_secs(15);
/// After this long a turn ends; what is left comes in another.
const TURN_MAX: Duration = Duration::from_secs(30);
/// So many failures in a row end a turn.
pub(super) const FAILURES_MAX: i64 = 10;
const CAVAGE: i64 = 1;
const RFC9421: i64 = 2;

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nothing is left to be done.
    Done,
    /// These inboxes have not been tried yet.
    Left { inboxes: Vec<String> },
    /// These inboxes are left for another time.
    Retry { inboxes: Vec<String>, why: String, at_ms: i64 },
    /// These inboxes were tried often enough.
    Dead { inboxes: Vec<String>, why: String },
}

/// What came of a host's turn.
pub(super) struct Turn {
    pub host: Claimed,
    pub endings: Vec<(DeliveryId, Ending)>,
    /// Inboxes that are no more.
    pub gone: Vec<String>,
    /// Failures in a row, with those before the turn.
    pub failures: i64,
    /// Whether the host failed, and did not answer well after that.
    pub failed: bool,
    pub answered: bool,
    pub rests_until: Option<i64>,
    /// The signatures that it was seen to take, if that is news.
    pub dialect: Option<i64>,
    /// Nothing may be sent to it.
    pub suspended: bool,
}

/// The state of a turn that its requests share.
struct Progress {
    turn: Mutex<Turn>,
    permits: Semaphore,
    begun: Instant,
}

pub(super) async fn have(hold: Hold, host: Claimed, pieces: Vec<Piece>) -> Turn {
    let engine = &*hold.engine;
    let suspended = engine.app.context().rule(&host.domain).suspended;
    let failures = host.failures;
    let turn =
        Turn { host, endings: Vec::new(), gone: Vec::new(), failures, failed: false, answered: false, rests_until: None, dialect: None, suspended };
    let progress = Progress { turn: Mutex::new(turn), permits: Semaphore::new(PER_HOST), begun: Instant::now() };
    if !suspended {
        let mut actors = by_actor(pieces);
        if actors.len() == 1 {
            in_order(engine, &progress, actors.remove(0)).await;
        } else {
            stream::iter(actors).for_each_concurrent(PER_HOST, |pieces| in_order(engine, &progress, pieces)).await;
        }
    }
    progress.turn.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// What one actor says arrives in the order it was said.
async fn in_order(engine: &Engine, progress: &Progress, pieces: Vec<Piece>) {
    let mut put_off = HashSet::new();
    for piece in pieces {
        if progress.is_over(engine) {
            break;
        }
        // What comes later about the same thing does not overtake what is to be tried again.
        let outgoing = piece.outgoing.clone();
        if !put_off.contains(&outgoing.subject) && !deliver(engine, progress, piece).await && !outgoing.subject.is_empty() {
            put_off.insert(outgoing.subject.clone());
        }
    }
}

/// The deliveries of each actor, in order; the actors in the order of their first.
fn by_actor(pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let mut actors: Vec<(AccountId, Vec<Piece>)> = Vec::new();
    for piece in pieces {
        let actor = piece.outgoing.actor;
        match actors.iter_mut().find(|(known, _)| *known == actor) {
            Some((_, pieces)) => pieces.push(piece),
            None => actors.push((actor, vec![piece])),
        }
    }
    actors.into_iter().map(|(_, pieces)| pieces).collect()
}

impl Progress {
    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self, engine: &Engine) -> bool {
        let turn = self.turn();
        engine.stop.is_cancelled() || turn.rests_until.is_some() || (turn.failed && turn.failures >= FAILURES_MAX) || self.begun.elapsed() > TURN_MAX
    }
}

/// Sends one activity to its inboxes on the host, and notes what is left of them. False if that is to be tried again.
async fn deliver(engine: &Engine, progress: &Progress, piece: Piece) -> bool {
    let mut inboxes: Vec<String> = serde_json::from_str(&piece.due.inboxes).unwrap_or_default();
    let outgoing = &*piece.outgoing;
    let send = |inbox: String| async move {
        let verdict = send(engine, progress, outgoing, &inbox).await;
        (inbox, verdict)
    };
    let verdicts = match inboxes.pop() {
        Some(only) if inboxes.is_empty() => vec![send(only).await],
        last => stream::iter(inboxes.into_iter().chain(last)).map(send).buffered(PER_HOST).collect().await,
    };
    let Some(ending) = ending(progress, piece.due.attempts, engine.app.now_ms(), verdicts) else { return false };
    let result = match &ending {
        Ending::Done | Ending::Left { .. } => None,
        Ending::Retry { why, .. } => Some(("retry", why)),
        Ending::Dead { why, .. } => Some(("dead", why)),
    };
    if let Some((result, why)) = result {
        metrics::counter!("ferrodon_deliveries_total", "result" => label(result)).increment(1);
        tracing::debug!(domain = piece.due.domain, id = piece.due.id.0, result, why, "a delivery did not go well");
    }
    let is_over = matches!(ending, Ending::Done | Ending::Dead { .. });
    progress.turn().endings.push((piece.due.id, ending));
    is_over
}

/// What becomes of a delivery; `None` if it was not tried and stays as it is.
fn ending(progress: &Progress, attempts: i64, now_ms: i64, verdicts: Vec<(String, Verdict)>) -> Option<Ending> {
    if verdicts.iter().all(|(_, verdict)| *verdict == Verdict::NotTried) && !verdicts.is_empty() {
        return None;
    }
    let mut left = Vec::new();
    let mut has_failed = false;
    let (mut reason, mut wait_ms) = (String::new(), None);
    let mut turn = progress.turn();
    for (inbox, verdict) in verdicts {
        match verdict {
            Verdict::Delivered => count("delivered"),
            Verdict::Dropped(why) => {
                count("dropped");
                tracing::debug!(inbox, why, "a delivery is not wanted");
            }
            Verdict::Gone => {
                count("dropped");
                turn.gone.push(inbox);
            }
            Verdict::NotTried => left.push(inbox),
            Verdict::Failed { why, retry_after_ms, .. } => {
                has_failed = true;
                wait_ms = wait_ms.max(retry_after_ms);
                reason = why;
                left.push(inbox);
            }
            // Not reached: whoever sends has knocked.
            Verdict::Knock(status) => {
                has_failed = true;
                reason = format!("the answer was {status}");
                left.push(inbox);
            }
        }
    }
    if left.is_empty() {
        return Some(Ending::Done);
    }
    if !has_failed {
        return Some(Ending::Left { inboxes: left });
    }
    if attempts + 1 >= answer::TRIES {
        return Some(Ending::Dead { inboxes: left, why: reason });
    }
    let at_ms = now_ms + wait_ms.unwrap_or_else(|| answer::back_off_ms(attempts));
    Some(Ending::Retry { inboxes: left, why: reason, at_ms })
}

fn count(result: &'static str) {
    metrics::counter!("ferrodon_deliveries_total", "result" => label(result)).increment(1);
}

/// Sends an activity to one inbox: once, and if its signature is not understood, once more in the other dialect.
async fn send(engine: &Engine, progress: &Progress, outgoing: &Outgoing, inbox: &str) -> Verdict {
    if progress.is_over(engine) {
        return Verdict::NotTried;
    }
    let Ok(url) = Url::parse(inbox) else { return Verdict::Dropped("the inbox is not an address".into()) };
    let known = {
        let turn = progress.turn();
        turn.dialect.unwrap_or(turn.host.signature_dialect)
    };
    let first = if known == RFC9421 { Dialect::Rfc9421 } else { Dialect::Cavage };
    let other = if first == Dialect::Cavage { Dialect::Rfc9421 } else { Dialect::Cavage };
    let mut used = first;
    let mut verdict = request(engine, progress, outgoing, &url, first).await;
    if let Verdict::Knock(status) = verdict {
        // A host that is known to take the dialect means something else by 400.
        verdict = if status == 400 && known != 0 { answer::after_knocking(status) } else { request(engine, progress, outgoing, &url, other).await };
        used = other;
    }
    if let Verdict::Knock(status) = verdict {
        verdict = answer::after_knocking(status);
    }
    note(engine, progress, &verdict, used);
    verdict
}

async fn request(engine: &Engine, progress: &Progress, outgoing: &Outgoing, url: &Url, dialect: Dialect) -> Verdict {
    let shared = if progress.turn().host.failures > 0 { &engine.failing_sends } else { &engine.sends };
    // Neither is ever closed.
    let _permits = (progress.permits.acquire().await, shared.acquire().await);
    if progress.is_over(engine) {
        return Verdict::NotTried;
    }
    let headers = match keys::sign_with(&engine.app, dialect, outgoing.actor, "POST", url, Some(&outgoing.digest)).await {
        Ok(headers) => headers,
        Err(error) if is_gone(engine, outgoing.actor).await => return Verdict::Dropped(error.to_string()),
        Err(error) => return Verdict::Failed { why: error.to_string(), retry_after_ms: None, host: Health::Busy },
    };
    let post = engine.app.net.post(url.clone(), outgoing.body.clone()).timeout(SEND_TIMEOUT);
    let post = headers.into_iter().fold(post, |post, (name, value)| post.header(name, value));
    metrics::gauge!("ferrodon_deliveries_in_flight").increment(1);
    let begun = Instant::now();
    let answer: Result<Response, _> = post.send().await;
    metrics::histogram!("ferrodon_delivery_seconds").record(begun.elapsed().as_secs_f64());
    metrics::gauge!("ferrodon_deliveries_in_flight").decrement(1);
    answer::judge(answer, engine.app.now_ms())
}

/// Whether there is nobody any more who could sign.
async fn is_gone(engine: &Engine, actor: AccountId) -> bool {
    let found = engine.app.read(move |r| async move { Ok(store::accounts::find(&r, actor).await?) }).await;
    found.is_ok_and(|account| account.is_none())
}

/// What the verdict says of the host.
fn note(engine: &Engine, progress: &Progress, verdict: &Verdict, used: Dialect) {
    let mut turn = progress.turn();
    let health = match verdict {
        Verdict::NotTried => return,
        Verdict::Failed { host, retry_after_ms, .. } => {
            if let Some(wait_ms) = retry_after_ms {
                turn.rests_until = turn.rests_until.max(Some(engine.app.now_ms() + wait_ms));
            }
            Some(*host)
        }
        _ => None,
    };
    match health {
        None => {
            (turn.failures, turn.failed, turn.answered) = (0, false, true);
            let number = if used == Dialect::Rfc9421 { RFC9421 } else { CAVAGE };
            if *verdict == Verdict::Delivered && turn.host.signature_dialect != number {
                turn.dialect = Some(number);
            }
        }
        Some(Health::Busy) => {}
        Some(Health::Broken) => (turn.failures, turn.failed) = (turn.failures + 1, true),
        Some(Health::Silent) => {
            (turn.failures, turn.failed) = (turn.failures + 1, true);
            // Whatever else is due would wait as long for nothing.
            turn.rests_until = turn.rests_until.max(Some(engine.app.now_ms()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_tried_costs_no_try() {
        let host = Claimed { domain: "a.test".into(), signature_dialect: 0, failures: 0, failing_days: 0, last_failed_day: None };
        let turn = Turn {
            host,
            endings: Vec::new(),
            gone: Vec::new(),
            failures: 0,
            failed: false,
            answered: false,
            rests_until: None,
            dialect: None,
            suspended: false,
        };
        let progress = Progress { turn: Mutex::new(turn), permits: Semaphore::new(PER_HOST), begun: Instant::now() };
        let ends = |verdicts: &[Verdict]| {
            let named = verdicts.iter().enumerate().map(|(n, verdict)| (n.to_string(), verdict.clone())).collect();
            ending(&progress, answer::TRIES - 1, 7, named)
        };
        let failed = Verdict::Failed { why: "no".into(), retry_after_ms: None, host: Health::Busy };
        assert_eq!(ends(&[Verdict::NotTried, Verdict::NotTried]), None);
        assert_eq!(ends(&[Verdict::Delivered, Verdict::NotTried]), Some(Ending::Left { inboxes: vec!["1".into()] }));
        assert_eq!(ends(&[Verdict::NotTried, failed]), Some(Ending::Dead { inboxes: vec!["0".into(), "1".into()], why: "no".into() }));
        assert_eq!(ends(&[Verdict::Delivered, Verdict::Gone]), Some(Ending::Done));
        assert_eq!(ends(&[]), Some(Ending::Done));
    }
}
