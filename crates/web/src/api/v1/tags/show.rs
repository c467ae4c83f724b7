//! GET /api/v1/tags/:name, POST …/follow and …/unfollow

use app::{App, Viewer, present, tags};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Tag;

use crate::error::Result;
use crate::extract::viewer::{AnyScope, WriteFollows};
use crate::extract::{MaybeViewer, Name, Scoped};

/// Source: docs.joinmastodon.org/methods/tags/#get
pub async fn handler(State(app): State<App>, viewer: MaybeViewer<AnyScope>, Name(name): Name) -> Result<Json<Tag>> {
    shown(&app, viewer.viewer(), &name).await
}

/// Source: docs.joinmastodon.org/methods/tags/#follow
pub async fn follow(State(app): State<App>, viewer: Scoped<WriteFollows>, Name(name): Name) -> Result<Json<Tag>> {
    tags::follow(&app, &viewer, &name).await?;
    shown(&app, Some(&viewer), &name).await
}

/// Source: docs.joinmastodon.org/methods/tags/#unfollow
pub async fn unfollow(State(app): State<App>, viewer: Scoped<WriteFollows>, Name(name): Name) -> Result<Json<Tag>> {
    tags::unfollow(&app, &viewer, &name).await?;
    shown(&app, Some(&viewer), &name).await
}

async fn shown(app: &App, viewer: Option<&Viewer>, name: &str) -> Result<Json<Tag>> {
    let tag = tags::find(app, name).await?;
    Ok(Json(present::tag::tag(app, viewer, tag).await?))
}
