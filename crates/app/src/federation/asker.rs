//! On whose behalf another server is asked: for the key of a sender, by a job, or by a person who waits. Each has a pool
//! of places of its own ([`crate::pools`]), so that none takes the places of another.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task_local;

use super::failure::Failure;
use crate::App;
use crate::net::{Place, Refused, Site};

/// The host that was asked last and has not answered, as domains are written.
type Silent = Arc<Mutex<Option<String>>>;
/// Why a job was refused a place, if it was.
type HeldUp = Arc<Mutex<Option<Refused>>>;

#[derive(Clone)]
enum Asker {
    /// The signer of a delivery has a place already, for all that its key takes.
    Key(Silent),
    Job(HeldUp),
}

task_local! {
    static ASKER: Asker;
}

/// Runs the search for a key. Also gives the host that was asked last, if it did not answer.
pub(super) async fn for_key<F: Future>(work: F) -> (F::Output, Option<String>) {
    let silent = Silent::default();
    let output = ASKER.scope(Asker::Key(silent.clone()), work).await;
    let silent = silent.lock().unwrap_or_else(PoisonError::into_inner).take();
    (output, silent)
}

/// Runs a job. Also gives why it was refused a place to ask others from, if it was.
pub(crate) async fn for_job<F: Future>(work: F) -> (F::Output, Option<Refused>) {
    let held_up = HeldUp::default();
    let output = ASKER.scope(Asker::Job(held_up.clone()), work).await;
    let held_up = held_up.lock().unwrap_or_else(PoisonError::into_inner).take();
    (output, held_up)
}

fn asker() -> Option<Asker> {
    ASKER.try_with(Clone::clone).ok()
}

/// A place to ask `site` from; `None` where it is had already.
///
/// Errors: `Unreachable` if there is none for now.
pub(crate) async fn place(app: &App, site: &Site) -> Result<Option<Place>, Failure> {
    let now = app.now_ms();
    match asker() {
        Some(Asker::Key(_)) => Ok(None),
        Some(Asker::Job(held_up)) => app.pools.jobs.place(site, now).await.map(Some).map_err(|refused| note(&held_up, refused)),
        None => app.pools.people.place(site, now).await.map(Some).map_err(|refused| Failure::Unreachable(refused.to_string())),
    }
}

/// A place to wait from until another has fetched something of `site`; `None` for who holds up no job by waiting.
///
/// Errors: `Unreachable` if there is none for now.
pub(super) async fn turn(app: &App, site: &Site) -> Result<Option<Place>, Failure> {
    match asker() {
        Some(Asker::Job(held_up)) => app.pools.turns.place(site, app.now_ms()).await.map(Some).map_err(|refused| note(&held_up, refused)),
        _ => Ok(None),
    }
}

fn note(held_up: &HeldUp, refused: Refused) -> Failure {
    *held_up.lock().unwrap_or_else(PoisonError::into_inner) = Some(refused);
    Failure::Unreachable(refused.to_string())
}

/// Notes that `domain` is being asked.
pub(super) fn asks(domain: &str) {
    note_silent(Some(domain.to_owned()));
}

/// Notes that what was asked has answered.
pub(super) fn is_answered() {
    note_silent(None);
}

fn note_silent(domain: Option<String>) {
    if let Some(Asker::Key(silent)) = asker() {
        *silent.lock().unwrap_or_else(PoisonError::into_inner) = domain;
    }
}
