//! GET /api/v1/accounts/:id

use app::ids::AccountId;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::Shared;
use wire::mastodon::Account;

use crate::error::Result;
use crate::extract::viewer::ReadAccounts;
use crate::extract::{Id, MaybeViewer};

/// Source: docs.joinmastodon.org/methods/accounts/#get
pub async fn handler(State(app): State<App>, _viewer: MaybeViewer<ReadAccounts>, Id(id): Id<AccountId>) -> Result<Json<Shared<Account>>> {
    Ok(Json(present::account::one(&app, id).await?))
}
