//! GET /manifest.json: what a phone shows of this server on its home screen.

use app::App;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::assets::ASSETS;

/// As long as Mastodon says.
const KEPT: &str = "max-age=180, public";
/// The colours of the pages in the dark.
const COLOUR: &str = "#161311";

/// Mastodon's, but for `share_target` and `shortcuts`: there is no page to write or to read notifications on.
///
/// Source: w3.org/TR/appmanifest and Mastodon's `ManifestSerializer`
pub async fn handler(State(app): State<App>) -> Response {
    let title = app.settings.get("site_title");
    let icon = |path: &str, size: u32| json!({ "src": format!("{}{path}", app.urls().base), "sizes": format!("{size}x{size}"), "type": "image/png", "purpose": "any maskable" });
    let manifest = json!({
        "id": "/home",
        "name": title,
        "short_name": title,
        "icons": [icon(&ASSETS.icon_192, 192), icon(&ASSETS.icon_512, 512)],
        "theme_color": COLOUR,
        "background_color": COLOUR,
        "display": "standalone",
        "start_url": "/",
        "scope": "/",
        "prefer_related_applications": true,
        "related_applications": applications(),
    });
    ([(header::CACHE_CONTROL, KEPT)], Json(manifest)).into_response()
}

fn applications() -> Value {
    let play = "https://play.google.com/store/apps/details?id=org.joinmastodon.android";
    let apple = "https://apps.apple.com/us/app/mastodon-for-iphone/id1571998974";
    let f_droid = "https://f-droid.org/en/packages/org.joinmastodon.android/";
    json!([
        { "platform": "play", "url": play, "id": "org.joinmastodon.android" },
        { "platform": "itunes", "url": apple, "id": "id1571998974" },
        { "platform": "f-droid", "url": f_droid, "id": "org.joinmastodon.android" },
    ])
}
