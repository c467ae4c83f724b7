//! What activities of others do. To add a kind: its file here, its line in [`receive`].

mod accept;
mod activity;
mod add;
mod announce;
mod block;
mod create;
mod delete;
mod follow;
mod like;
mod reject;
mod remove;
mod undo;
mod update;

pub use activity::{Inbound, Verdict};
pub(crate) use add::{PINS_MAX, pin};

use serde_json::Value;
use wire::activity::{address, document};

use super::same_origin;
use crate::measure::label;
use crate::urls::domain_of;
use crate::{App, Result};

/// The kinds there are; others are counted and dropped.
const KINDS: &[&str] =
    &["Create", "Update", "Delete", "Undo", "Follow", "Accept", "Reject", "Like", "EmojiReact", "Announce", "Block", "Add", "Remove"];
/// What a suspended actor may still say: that something ends.
const OF_SUSPENDED: &[&str] = &["Update", "Delete", "Undo", "Reject"];
/// What does without an id of its own: it is not kept, or what is kept of it has one made here.
const WITHOUT_ID: &[&str] = &["Undo", "Follow", "Accept", "Reject", "Delete", "Add", "Remove"];
/// Bytes of an activity's id.
const ID_MAX: usize = store::withdrawn::URI_MAX;

/// Whether another server may have to be asked before it can be done.
pub(crate) async fn asks_others(app: &App, activity: &Value) -> Result<bool> {
    match document::kind_among(activity, KINDS) {
        Some("Create") => Ok(document::many(activity, "object").any(|object| !object.is_object())),
        Some("Update" | "Add") => Ok(true),
        Some("Announce") => match document::id_of(activity, "object") {
            Some(uri) => Ok(!matches!(super::statuses::find(app, uri).await, Ok(Some(_)))),
            None => Ok(true),
        },
        _ => Ok(false),
    }
}

/// Does what an activity says, at most once and as often as it comes.
pub async fn receive(app: &App, inbound: Inbound) -> Result<Verdict> {
    let kind = document::kind_among(&inbound.activity, KINDS);
    let verdict = match (kind, refusal(app, &inbound, kind)) {
        (_, Some(reason)) => Verdict::Dropped(reason),
        (Some("Create"), _) => create::receive(app, inbound).await?,
        (Some("Update"), _) => update::receive(app, inbound).await?,
        (Some("Delete"), _) => delete::receive(app, inbound).await?,
        (Some("Undo"), _) => undo::receive(app, inbound).await?,
        (Some("Follow"), _) => follow::receive(app, inbound).await?,
        (Some("Accept"), _) => accept::receive(app, inbound).await?,
        (Some("Reject"), _) => reject::receive(app, inbound).await?,
        (Some("Like" | "EmojiReact"), _) => like::receive(app, inbound).await?,
        (Some("Announce"), _) => announce::receive(app, inbound).await?,
        (Some("Block"), _) => block::receive(app, inbound).await?,
        (Some("Add"), _) => add::receive(app, inbound).await?,
        (Some("Remove"), _) => remove::receive(app, inbound).await?,
        _ => Verdict::Dropped("its type is not known here"),
    };
    let outcome = match &verdict {
        Verdict::Done => "done",
        Verdict::Dropped(_) => "dropped",
        Verdict::Later(_) => "later",
    };
    metrics::counter!("ferrodon_activities_received_total", "type" => label(kind.unwrap_or("other")), "outcome" => label(outcome)).increment(1);
    Ok(verdict)
}

/// Why nobody need look at what the activity says. All trust is by origin: an actor speaks for itself, about what
/// its own server names.
fn refusal(app: &App, inbound: &Inbound, kind: Option<&'static str>) -> Option<&'static str> {
    let (kind, actor) = (kind?, &inbound.actor);
    if actor.is_local() {
        return Some("its actor lives here");
    }
    if document::id_of(&inbound.activity, "actor") != Some(actor.uri.as_str()) {
        return Some("its actor is not who sent it");
    }
    if actor.suspended_at.is_some() && !OF_SUSPENDED.contains(&kind) {
        return Some("its actor is suspended");
    }
    if app.context().rule(&actor.domain).suspended || domain_of(&actor.uri).is_none_or(|domain| app.context().rule(&domain).suspended) {
        return Some("its actor's server is blocked");
    }
    match inbound.id() {
        None if WITHOUT_ID.contains(&kind) => None,
        None => Some("it has no id"),
        Some(id) if id.len() > ID_MAX => Some("its id is too long"),
        Some(id) if !address::is_address(id) => Some("its id is no address"),
        Some(id) if !same_origin(id, &actor.uri) => Some("its id belongs to another server"),
        Some(_) => None,
    }
}
