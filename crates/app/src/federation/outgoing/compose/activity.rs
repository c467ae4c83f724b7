//! The activities that carry a document.

use serde_json::{Value, json};
use store::statuses::Visibility;
use store::{AccountId, Reader, StatusId};
use wire::DateTime;
use wire::activity::PUBLIC;

use super::note::{Audience, Notes, load};
use crate::Result;
use crate::cache::context::Context;
use crate::urls::Urls;

/// `Create` of a local status; `None` for a reblog and what is not there.
pub async fn create(r: &Reader, urls: &Urls, id: StatusId, now_ms: i64) -> Result<Option<Value>> {
    Ok(load(r, &[id], now_ms).await?.create(urls, id))
}

/// `Update` of a local status that was edited, or whose tallies have changed.
pub async fn update(r: &Reader, urls: &Urls, id: StatusId, now_ms: i64) -> Result<Option<Value>> {
    Ok(load(r, &[id], now_ms).await?.update(urls, id))
}

/// `Announce` of a local reblog; `None` for any other status.
pub async fn announce(r: &Reader, urls: &Urls, id: StatusId, now_ms: i64) -> Result<Option<Value>> {
    Ok(load(r, &[id], now_ms).await?.announce(urls, id))
}

/// What made a local status: `Create` or `Announce`.
pub async fn activity(r: &Reader, urls: &Urls, id: StatusId, now_ms: i64) -> Result<Option<Value>> {
    Ok(load(r, &[id], now_ms).await?.activity(urls, id))
}

/// `Update` of a local actor. Errors: none of its own; `None` if there is no such actor.
pub async fn update_actor(r: &Reader, context: &Context, account: AccountId, now_ms: i64) -> Result<Option<Value>> {
    let Some(actor) = super::actor::actor(r, context, account).await? else { return Ok(None) };
    let uri = actor["id"].as_str().unwrap_or_default();
    Ok(Some(json!({ "id": format!("{uri}#updates/{now_ms}"), "type": "Update", "actor": uri, "to": [PUBLIC], "object": actor })))
}

impl Notes {
    pub fn activity(&self, urls: &Urls, id: StatusId) -> Option<Value> {
        self.create(urls, id).or_else(|| self.announce(urls, id))
    }

    pub fn create(&self, urls: &Urls, id: StatusId) -> Option<Value> {
        let status = self.statuses.get(&id)?;
        let note = self.note(urls, id)?;
        Some(addressed(&format!("{}/activity", status.uri), "Create", &note["attributedTo"], status.created_at, self.audience(id)?, note.clone()))
    }

    /// An edit has an id of its own for each time; so have tallies.
    pub fn update(&self, urls: &Urls, id: StatusId) -> Option<Value> {
        let status = self.statuses.get(&id)?;
        let note = self.note(urls, id)?;
        let at = if status.poll_id.is_some() { self.now_ms } else { status.edited_at.unwrap_or(self.now_ms) };
        Some(addressed(&format!("{}#updates/{at}", status.uri), "Update", &note["attributedTo"], at, self.audience(id)?, note.clone()))
    }

    /// A reblog names its original. Only what the author passes on of their own private statuses is in it whole, since
    /// nobody else could read it.
    pub fn announce(&self, urls: &Urls, id: StatusId) -> Option<Value> {
        let status = self.statuses.get(&id).filter(|s| s.local)?;
        let original = self.statuses.get(&status.reblog_of_id?)?;
        let actor: Value = self.authors.get(&status.account_id)?.uri.clone().into();
        let own_private = original.account_id == status.account_id && original.visibility() == Visibility::Private;
        let object = if own_private { self.note(urls, original.id)? } else { original.uri.clone().into() };
        Some(addressed(&status.uri, "Announce", &actor, status.created_at, self.audience(id)?, object))
    }
}

fn addressed(id: &str, kind: &str, actor: &Value, at_ms: i64, audience: Audience, object: Value) -> Value {
    json!({
        "id": id,
        "type": kind,
        "actor": actor,
        "published": DateTime(at_ms).to_string(),
        "to": audience.to,
        "cc": audience.cc,
        "object": object,
    })
}
