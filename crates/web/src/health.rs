//! Health endpoints for load balancers and service managers.

use std::time::Duration;

use app::App;
use axum::extract::State;
use axum::http::StatusCode;

const PATIENCE: Duration = Duration::from_secs(2);

/// GET /health, as Mastodon's, and /livez: the process answers.
pub async fn alive() -> &'static str {
    "OK"
}

/// GET /readyz: the database answers too.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    if app.stopping.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    match tokio::time::timeout(PATIENCE, app.is_reachable()).await {
        Ok(true) => (StatusCode::OK, "OK"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
    }
}
