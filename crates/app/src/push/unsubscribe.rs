//! Ending a subscription: by its client, or by who holds the address that came with a push.

use store::{PushSubscriptionId, push_subscriptions};

use crate::{App, Error, Result, Viewer};

/// How long the address in a push ends the subscription.
const LIFE_MS: i64 = 48 * 60 * 60 * 1000;

/// Ends the subscription of the viewer's client, if there is one.
///
/// Source: docs.joinmastodon.org/methods/push/#delete
pub async fn unsubscribe(app: &App, viewer: &Viewer) -> Result<()> {
    let tokens = Vec::from_iter(viewer.token_id);
    app.write(move |tx| async move { Ok(push_subscriptions::delete_of_tokens(&tx, &tokens).await?) }).await
}

fn signed(id: PushSubscriptionId, until_ms: i64) -> String {
    format!("unsubscribe\n{id} until {until_ms}")
}

/// An address whose DELETE ends the subscription.
pub fn address(app: &App, id: PushSubscriptionId) -> String {
    let until_ms = app.now_ms() + LIFE_MS;
    format!("{}/api/web/push_subscriptions/{id}-{until_ms}-{}", app.urls().base, app.secrets.form_token(&signed(id, until_ms)))
}

/// Ends the subscription that the last part of an [`address`] names.
///
/// Errors: `NotFound` if it is none of ours or too old.
pub async fn by_address(app: &App, last_part: &str) -> Result<()> {
    let mut parts = last_part.splitn(3, '-');
    let mut number = || parts.next().and_then(|part| part.parse::<i64>().ok()).ok_or_else(Error::not_found);
    let (id, until_ms) = (PushSubscriptionId(number()?), number()?);
    let tag = parts.next().unwrap_or_default();
    if until_ms < app.now_ms() || !app.secrets.is_form_token(&signed(id, until_ms), tag) {
        return Err(Error::not_found());
    }
    app.write(move |tx| async move { Ok(push_subscriptions::delete(&tx, id).await?) }).await
}
