//! What pages load, compiled in; the address holds the content's hash, so it can be kept for ever.

use std::sync::LazyLock;

use app::Error;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::views::Assets;
use crate::error::Result;

const FOREVER: &str = "public, max-age=31536000, immutable";
const A_DAY: &str = "public, max-age=86400";
const HASH_CHARS: usize = 8;

struct File {
    stem: &'static str,
    ext: &'static str,
    mime: &'static str,
    bytes: &'static [u8],
}

const FILES: &[File] = &[
    File { stem: "style", ext: "css", mime: "text/css; charset=utf-8", bytes: include_bytes!("../../assets/style.css") },
    File { stem: "logo", ext: "svg", mime: "image/svg+xml", bytes: include_bytes!("../../assets/logo.svg") },
    File { stem: "favicon", ext: "svg", mime: "image/svg+xml", bytes: include_bytes!("../../assets/favicon.svg") },
    File { stem: "icon-192", ext: "png", mime: "image/png", bytes: include_bytes!("../../assets/icon-192.png") },
    File { stem: "icon-512", ext: "png", mime: "image/png", bytes: ICON },
];
const ICON: &[u8] = include_bytes!("../../assets/icon-512.png");
const TOUCH_ICON: &[u8] = include_bytes!("../../assets/icon-180.png");
const FAVICON: &[u8] = include_bytes!("../../assets/favicon.ico");
const ROBOTS: &[u8] = include_bytes!("../../assets/robots.txt");
const AVATAR: &[u8] = include_bytes!("../../assets/avatar-missing.png");
const HEADER: &[u8] = include_bytes!("../../assets/header-missing.png");

/// The addresses of the assets.
pub static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
    style: format!("/assets/{}", NAMES[0]),
    logo: format!("/assets/{}", NAMES[1]),
    favicon: format!("/assets/{}", NAMES[2]),
    icon_192: format!("/assets/{}", NAMES[3]),
    icon_512: format!("/assets/{}", NAMES[4]),
});

static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|file| {
            let hash = hex::encode(app::secrets::hash(&String::from_utf8_lossy(file.bytes)));
            format!("{}.{}.{}", file.stem, &hash[..HASH_CHARS], file.ext)
        })
        .collect()
});

/// GET /assets/:name
pub async fn asset(Path(name): Path<String>) -> Result<Response> {
    let at = NAMES.iter().position(|known| *known == name).ok_or_else(Error::not_found)?;
    Ok(answer(FILES[at].bytes, FILES[at].mime, FOREVER))
}

/// GET /avatars/original/missing.png
pub async fn missing_avatar() -> Response {
    answer(AVATAR, "image/png", A_DAY)
}

/// GET /headers/original/missing.png, /thumbnail.png
pub async fn missing_header() -> Response {
    answer(HEADER, "image/png", A_DAY)
}

/// GET /icon.png
pub async fn icon() -> Response {
    answer(ICON, "image/png", A_DAY)
}

/// GET /apple-touch-icon.png
pub async fn touch_icon() -> Response {
    answer(TOUCH_ICON, "image/png", A_DAY)
}

/// GET /favicon.ico
pub async fn favicon() -> Response {
    answer(FAVICON, "image/x-icon", A_DAY)
}

/// GET /robots.txt. Source: RFC 9309
pub async fn robots() -> Response {
    answer(ROBOTS, "text/plain; charset=utf-8", A_DAY)
}

fn answer(bytes: &'static [u8], mime: &'static str, cache: &'static str) -> Response {
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
