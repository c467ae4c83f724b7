//! GET, POST and DELETE /api/v1/domain_blocks, GET /api/v1/domain_blocks/preview

use app::accounts::domain_block;
use app::{App, Page};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};
use wire::mastodon::DomainBlockPreview;

use crate::error::Result;
use crate::extract::viewer::{ReadBlocks, WriteBlocks};
use crate::extract::{Params, Scoped};
use crate::paging::{self, Style};

const DEFAULT_LIMIT: i64 = 100;

/// Source: docs.joinmastodon.org/methods/domain_blocks/#get
pub async fn index(State(app): State<App>, viewer: Scoped<ReadBlocks>, uri: Uri, params: Params) -> Result<(HeaderMap, Json<Vec<String>>)> {
    let page = Page { min_id: None, ..params.page(DEFAULT_LIMIT)? };
    let (keys, hosts): (Vec<i64>, Vec<String>) = domain_block::list(&app, &viewer, page).await?.into_iter().map(|(key, host)| (key.0, host)).unzip();
    Ok((paging::link(&app.urls().base, &uri, Style::Accounts, &page, &keys), Json(hosts)))
}

/// Source: docs.joinmastodon.org/methods/domain_blocks/#block
pub async fn create(State(app): State<App>, viewer: Scoped<WriteBlocks>, params: Params) -> Result<Json<Value>> {
    domain_block::block(&app, &viewer, &params.text("domain")?.unwrap_or_default()).await?;
    Ok(Json(json!({})))
}

/// Source: docs.joinmastodon.org/methods/domain_blocks/#unblock
pub async fn remove(State(app): State<App>, viewer: Scoped<WriteBlocks>, params: Params) -> Result<Json<Value>> {
    domain_block::unblock(&app, &viewer, &params.text("domain")?.unwrap_or_default()).await?;
    Ok(Json(json!({})))
}

/// What a block of the host would end. Not in Mastodon's documentation.
pub async fn preview(State(app): State<App>, viewer: Scoped<WriteBlocks>, params: Params) -> Result<Json<DomainBlockPreview>> {
    let (following_count, followers_count) = domain_block::preview(&app, &viewer, &params.text("domain")?.unwrap_or_default()).await?;
    Ok(Json(DomainBlockPreview { following_count, followers_count }))
}
