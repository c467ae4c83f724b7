//! POST, GET, PUT and DELETE /api/v1/push/subscription

use std::collections::BTreeMap;

use app::push::subscribe::{self, Place, Wishes};
use app::push::unsubscribe;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use wire::mastodon::{NotificationType, WebPushSubscription};

use crate::error::{Fail, Result};
use crate::extract::viewer::Push;
use crate::extract::{Params, Scoped};

/// Source: docs.joinmastodon.org/methods/push/#create
pub async fn create(State(app): State<App>, viewer: Scoped<Push>, params: Params) -> Result<Json<WebPushSubscription>> {
    let place = place(&params.inside("subscription").ok_or_else(|| Fail::missing_param("subscription"))?)?;
    let row = subscribe::subscribe(&app, &viewer, place, wishes(&params)?).await?;
    Ok(Json(present::push::subscription(&app, &row)))
}

/// Source: docs.joinmastodon.org/methods/push/#get
pub async fn show(State(app): State<App>, viewer: Scoped<Push>) -> Result<Json<WebPushSubscription>> {
    let row = subscribe::show(&app, &viewer).await?;
    Ok(Json(present::push::subscription(&app, &row)))
}

/// Source: docs.joinmastodon.org/methods/push/#update
pub async fn update(State(app): State<App>, viewer: Scoped<Push>, params: Params) -> Result<Json<WebPushSubscription>> {
    let row = subscribe::update(&app, &viewer, wishes(&params)?).await?;
    Ok(Json(present::push::subscription(&app, &row)))
}

/// Source: docs.joinmastodon.org/methods/push/#delete
pub async fn remove(State(app): State<App>, viewer: Scoped<Push>) -> Result<Json<Value>> {
    unsubscribe::unsubscribe(&app, &viewer).await?;
    Ok(Json(json!({})))
}

fn place(subscription: &Params) -> Result<Place> {
    let keys = subscription.inside("keys").unwrap_or_default();
    Ok(Place {
        endpoint: subscription.text("endpoint")?.unwrap_or_default(),
        p256dh: keys.text("p256dh")?.unwrap_or_default(),
        auth: keys.text("auth")?.unwrap_or_default(),
        standard: subscription.flag("standard")?.unwrap_or(false),
    })
}

/// The alerts named that are kinds of notification; others are passed over.
fn wishes(params: &Params) -> Result<Wishes> {
    let data = params.inside("data").unwrap_or_default();
    if params.has("data") && data.is_empty() {
        return Err(Fail::missing_param("data"));
    }
    let named = data.inside("alerts").unwrap_or_default();
    let mut alerts = BTreeMap::new();
    for name in named.names() {
        if serde_json::from_value::<NotificationType>(json!(name)).is_ok() {
            alerts.insert(name.to_owned(), named.flag(name)?.unwrap_or(false));
        }
    }
    Ok(Wishes { policy: data.filled("policy")?, alerts })
}
