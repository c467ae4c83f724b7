//! Update: actors and statuses as they are now.

use wire::activity::note;
use wire::activity::{actor as actors, document};

use super::activity::{Inbound, Verdict};
use super::create::{create, verdict};
use crate::federation::fetch::{self, As, Failure};
use crate::federation::statuses::{self as statuses_of_others, Revision};
use crate::federation::{actor, same_origin};
use crate::{App, Result};

/// An unknown status that is older is not made for an edit.
const FORGET_AFTER_MS: i64 = crate::clock::DAY_MS;

pub(super) async fn receive(app: &App, inbound: Inbound) -> Result<Verdict> {
    verdict(update(app, &inbound).await)
}

async fn update(app: &App, inbound: &Inbound) -> Result<Verdict, Failure> {
    let sender = &inbound.actor;
    let Some(object) = document::one(&inbound.activity, "object") else { return Ok(Verdict::Dropped("it has no object")) };
    let Some(id) = document::id(object) else { return Ok(Verdict::Dropped("its object has no id")) };
    if !same_origin(id, &sender.uri) {
        return Ok(Verdict::Dropped("its object belongs to another server"));
    }
    let fetched;
    let object = if object.is_object() {
        object
    } else {
        inbound.budget.spend()?;
        fetched = fetch::document(app, id, As::Instance).await?;
        &fetched
    };
    if id == sender.uri {
        actor::keep_sent(app, object, &inbound.budget).await?;
        return Ok(Verdict::Done);
    }
    if actors::is_actor(object) {
        return Ok(Verdict::Dropped("it is another actor"));
    }
    let Some(note) = note::read(object) else { return Ok(Verdict::Dropped("its object is no status")) };
    if !statuses_of_others::is_by(&note, sender) {
        return Ok(Verdict::Dropped("its object is another's"));
    }
    if sender.suspended_at.is_some() {
        return Ok(Verdict::Dropped("its actor is suspended"));
    }
    match statuses_of_others::revise(app, note.clone(), sender.clone(), &inbound.budget).await? {
        Revision::Done => Ok(Verdict::Done),
        Revision::Dropped(reason) => Ok(Verdict::Dropped(reason)),
        Revision::Unknown if note.published.is_some_and(|at| app.now_ms() - at > FORGET_AFTER_MS) => Ok(Verdict::Dropped("it is old, and not known")),
        Revision::Unknown => create(app, inbound, note).await,
    }
}
