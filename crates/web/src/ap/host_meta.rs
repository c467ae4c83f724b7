//! GET /.well-known/host-meta and /.well-known/host-meta.json: where WebFinger is.

use app::App;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

const XRD: HeaderValue = HeaderValue::from_static("application/xrd+xml; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// XML, unless JSON is asked for. Source: RFC 6415
pub async fn handler(State(app): State<App>, headers: HeaderMap) -> Response {
    let wants_json = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accept| {
        let accept = accept.to_ascii_lowercase();
        accept.contains("json") && !accept.contains("xml")
    });
    let mut response = if wants_json { as_json(&app) } else { as_xml(&app) };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept"));
    response
}

pub async fn json(State(app): State<App>) -> Response {
    as_json(&app)
}

fn template(app: &App) -> String {
    format!("{}/.well-known/webfinger?resource={{uri}}", app.urls().base)
}

fn as_xml(app: &App) -> Response {
    let template = text::compose::escape(&template(app));
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\n  <Link rel=\"lrdd\" template=\"{template}\"/>\n</XRD>\n"
    );
    ([(header::CONTENT_TYPE, XRD)], xml).into_response()
}

fn as_json(app: &App) -> Response {
    let body = json!({ "links": [{ "rel": "lrdd", "template": template(app) }] });
    ([(header::CONTENT_TYPE, JSON)], body.to_string()).into_response()
}
