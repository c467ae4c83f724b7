//! GET /users/:username, /ap/users/:id, /actor, /emojis/:id, and the profile where a document is asked for.

use app::App;
use app::federation::publish::{self, Named};
use app::ids::EmojiId;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::answer::{Wanted, public, redirect, wanted};
use super::owner::{AnyOwner, find};
use crate::error::{Fail, Result};
use crate::extract::Id;

/// The actor; a browser is sent to the profile.
pub async fn handler(State(app): State<App>, AnyOwner(row): AnyOwner, headers: HeaderMap) -> Result<Response> {
    if wanted(&headers) == Wanted::Page {
        return Ok(redirect(StatusCode::FOUND, row.url.as_deref().unwrap_or(&row.uri)));
    }
    Ok(public(&publish::actor::actor(&app, row.id).await?))
}

/// The actor at the address of its profile.
pub async fn profile(app: &App, username: &str) -> Result<Response, Response> {
    let row = find(app, &Named::Username(username.to_owned())).await?;
    let actor = publish::actor::actor(app, row.id).await.map_err(|error| axum::response::IntoResponse::into_response(Fail::from(error)))?;
    Ok(public(&actor))
}

/// GET /actor: the server's own. Never asks for a signature, so that two servers that both do can begin.
pub async fn instance(State(app): State<App>) -> Result<Response> {
    Ok(public(&publish::actor::instance(&app).await?))
}

/// GET /actor/outbox
pub async fn instance_outbox(State(app): State<App>) -> Response {
    public(&publish::collections::silent_outbox(&app))
}

/// GET /emojis/:id
pub async fn emoji(State(app): State<App>, Id(id): Id<EmojiId>) -> Result<Response> {
    Ok(public(&publish::actor::emoji(&app, id).await?))
}
