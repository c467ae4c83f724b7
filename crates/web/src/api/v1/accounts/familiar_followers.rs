//! GET /api/v1/accounts/familiar_followers

use std::collections::HashMap;

use app::accounts::follow;
use app::ids::AccountId;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::Id;
use wire::mastodon::{Account, FamiliarFollowers};

use crate::error::Result;
use crate::extract::viewer::ReadFollows;
use crate::extract::{Params, Scoped};

/// Accounts asked about at once.
const IDS_MAX: usize = 200;

/// Source: docs.joinmastodon.org/methods/accounts/#familiar_followers
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadFollows>, params: Params) -> Result<Json<Vec<FamiliarFollowers>>> {
    let mut ids = params.ids("id", true)?;
    ids.truncate(IDS_MAX);
    let found = follow::familiar(&app, &viewer, ids).await?;
    let mut all: Vec<AccountId> = found.iter().flat_map(|(_, familiar)| familiar.clone()).collect();
    all.sort();
    all.dedup();
    let shown: HashMap<Id, Account> = present::account::accounts(&app, all).await?.into_iter().map(|account| (account.id, account)).collect();
    let of = |familiar: Vec<AccountId>| familiar.iter().filter_map(|id| shown.get(&Id(id.0)).cloned()).collect();
    Ok(Json(found.into_iter().map(|(id, familiar)| FamiliarFollowers { id: Id(id.0), accounts: of(familiar) }).collect()))
}
