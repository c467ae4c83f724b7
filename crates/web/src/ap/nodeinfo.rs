//! GET /.well-known/nodeinfo and the documents it names.

use app::{App, instance, present};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use wire::nodeinfo::{Discovery, NodeInfo};

use crate::error::Result;

const VERSIONS: &[&str] = &["2.0", "2.1"];

/// Source: nodeinfo.diaspora.software/protocol
pub async fn discovery(State(app): State<App>) -> Json<Discovery> {
    Json(Discovery::of(&app.urls().base, VERSIONS))
}

/// GET /nodeinfo/2.0
pub async fn version_2_0(State(app): State<App>) -> Result<Response> {
    answer(&app, VERSIONS[0], "application/json; profile=\"http://nodeinfo.diaspora.software/ns/schema/2.0#\"").await
}

/// GET /nodeinfo/2.1
pub async fn version_2_1(State(app): State<App>) -> Result<Response> {
    answer(&app, VERSIONS[1], "application/json; profile=\"http://nodeinfo.diaspora.software/ns/schema/2.1#\"").await
}

async fn answer(app: &App, version: &'static str, kind: &'static str) -> Result<Response> {
    let facts = instance::facts(app).await?;
    let info: NodeInfo = present::instance::nodeinfo(app, &facts, version);
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], Json(info)).into_response())
}
