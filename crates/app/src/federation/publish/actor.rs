//! Actors and what hangs on them.

use serde_json::{Value, json};
use store::accounts::{Account, INSTANCE_ACTOR};
use store::statuses::{self, AccountFilter};
use store::{AccountId, EmojiId, documents};

use crate::federation::{compose, keys};
use crate::{App, Error, Result};

/// Statuses on top of a profile that are shown; more cannot be pinned.
const FEATURED_MAX: i64 = 20;

/// The actor of a local account, with its key, which is made if it has none yet.
///
/// Errors: `NotFound`.
pub async fn actor(app: &App, id: AccountId) -> Result<Value> {
    keys::own(app, id).await?;
    let urls = app.urls().clone();
    app.read(move |r| async move { compose::actor(&r, &urls, id).await?.ok_or_else(Error::not_found) }).await
}

/// The actor that speaks for this server.
pub async fn instance(app: &App) -> Result<Value> {
    actor(app, INSTANCE_ACTOR).await
}

/// What an account has pinned, as far as everybody may see it: whole notes, the newest pin first.
pub async fn featured(app: &App, account: &Account) -> Result<Value> {
    let (id, urls, now) = (account.id, app.urls().clone(), app.now_ms());
    let notes: Vec<Value> = app
        .read(move |r| async move {
            let pinned = statuses::list_pinned(&r, id, None, AccountFilter::default(), FEATURED_MAX).await?;
            let notes = compose::load(&r, &urls, &pinned, now).await?;
            Ok(pinned.iter().filter_map(|id| notes.note(&urls, *id)).collect())
        })
        .await?;
    Ok(json!({
        "id": compose::of_actor(&account.uri, "collections/featured"),
        "type": "OrderedCollection",
        "totalItems": notes.len(),
        "orderedItems": notes,
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
