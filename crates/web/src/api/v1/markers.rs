//! GET and POST /api/v1/markers

use std::collections::BTreeMap;

use app::{App, markers, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Marker;

use crate::error::Result;
use crate::extract::viewer::{ReadStatuses, WriteStatuses};
use crate::extract::{Params, Scoped};

type Markers = Json<BTreeMap<String, Marker>>;

/// Those of the timelines asked for: a list, or one. Source: docs.joinmastodon.org/methods/markers/#get
pub async fn index(State(app): State<App>, viewer: Scoped<ReadStatuses>, params: Params) -> Result<Markers> {
    let mut timelines = params.texts("timeline", true)?;
    timelines.retain(|timeline| markers::TIMELINES.contains(&timeline.as_str()));
    Ok(Json(present::marker::markers(markers::list(&app, &viewer, timelines).await?)))
}

/// Moves those that are named. Errors: 409 when another client does at the same moment.
/// Source: docs.joinmastodon.org/methods/markers/#create
pub async fn create(State(app): State<App>, viewer: Scoped<WriteStatuses>, params: Params) -> Result<Markers> {
    let mut places = Vec::new();
    for timeline in markers::TIMELINES {
        let Some(marker) = params.inside(timeline) else { continue };
        let last_read = marker.text("last_read_id")?.and_then(|id| id.trim().parse().ok()).unwrap_or(0);
        places.push((*timeline, last_read));
    }
    Ok(Json(present::marker::markers(markers::move_to(&app, &viewer, places).await?)))
}
