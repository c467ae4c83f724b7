//! DELETE /api/web/push_subscriptions/:token

use app::App;
use app::push::unsubscribe;
use axum::extract::State;

use crate::error::Result;
use crate::extract::Name;

/// Where the header `Unsubscribe-URL` of a push leads. Source: mastodon/mastodon config/routes/web_app.rb
pub async fn handler(State(app): State<App>, Name(last_part): Name) -> Result<()> {
    Ok(unsubscribe::by_address(&app, &last_part).await?)
}
