//! Actors and what hangs on them.

use serde_json::{Value, json};
use store::accounts::{Account, INSTANCE_ACTOR};
use store::statuses::{self, AccountFilter};
use store::{AccountId, EmojiId, documents};

use super::Requester;
use crate::federation::keys;
use crate::federation::outgoing::compose;
use crate::{App, Error, Result};

/// Statuses on top of a profile that are shown; more cannot be pinned.
const FEATURED_MAX: i64 = 20;

/// The actor of a local account, with its key, which is made if it has none yet.
///
/// Errors: `NotFound`.
pub async fn actor(app: &App, id: AccountId) -> Result<Value> {
    keys::own(app, id).await?;
    let context = app.context().clone();
    app.read(move |r| async move { compose::actor(&r, &context, id).await?.ok_or_else(Error::not_found) }).await
}

/// The actor that speaks for this server.
pub async fn instance(app: &App) -> Result<Value> {
    actor(app, INSTANCE_ACTOR).await
}

/// What an account has pinned, the newest pin first: whole notes, of what only followers may read the address. Nothing is
/// shown to whom the account blocks.
///
/// Source: Mastodon's ActivityPub::CollectionsController
pub async fn featured(app: &App, account: &Account, requester: &Requester) -> Result<Value> {
    let (id, urls, now, requester) = (account.id, app.urls().clone(), app.now_ms(), requester.clone());
    let items: Vec<Value> = app
        .read(move |r| async move {
            if requester.is_blocked_by(&r, id).await? {
                return Ok(Vec::new());
            }
            let pinned = statuses::list_pinned(&r, id, Some(id), AccountFilter::default(), FEATURED_MAX).await?;
            let notes = compose::load(&r, &pinned, now).await?;
            Ok(pinned.iter().filter_map(|id| notes.note_or_address(&urls, *id)).collect())
        })
        .await?;
    Ok(json!({
        "id": compose::of_actor(&account.uri, "collections/featured"),
        "type": "OrderedCollection",
        "totalItems": items.len(),
        "orderedItems": items,
    }))
}

/// Hashtags on a profile: none can be featured yet.
pub fn featured_tags(account: &Account) -> Value {
    json!({ "id": compose::of_actor(&account.uri, "collections/tags"), "type": "Collection", "totalItems": 0, "items": [] })
}

/// A custom emoji of this server. Errors: `NotFound`.
pub async fn emoji(app: &App, id: EmojiId) -> Result<Value> {
    let found = app.read(move |r| async move { documents::find_emoji(&r, id).await?.ok_or_else(Error::not_found) }).await?;
    Ok(compose::emoji(app.urls(), &found))
}
