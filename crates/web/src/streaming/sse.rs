//! GET /api/v1/streaming/…: one stream as server-sent events.
//!
//! Source: docs.joinmastodon.org/methods/streaming/#streams

use std::time::Duration;

use app::App;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::{OpenStream, listener, seat};
use crate::error::{Fail, Result};
use crate::extract::Params;
use crate::hub::Seat;
use crate::hub::subscription::{Wanted, resolve};
use crate::web::Web;

const THUMP_EVERY: Duration = Duration::from_secs(15);

pub async fn user(State(web): State<Web>, request: Request) -> Result<Response> {
    open(web, request, "user").await
}

pub async fn user_notification(State(web): State<Web>, request: Request) -> Result<Response> {
    open(web, request, "user:notification").await
}

/// With `only_media`, only statuses with attachments; so for the next two.
pub async fn public(State(web): State<Web>, request: Request) -> Result<Response> {
    open(web, request, "public").await
}

pub async fn public_local(State(web): State<Web>, request: Request) -> Result<Response> {
    open(web, request, "public:local").await
}

pub async fn public_remote(State(web): State<Web>, request: Request) -> Result<Response> {
    open(web, request, "public:remote").await
}

pub async fn hashtag(State(web): State<Web>, request: Request) -> Result<Response> {
    open(web, request, "hashtag").await
}

pub async fn hashtag_local(State(web): State<Web>, request: Request) -> Result<Response> {
    open(web, request, "hashtag:local").await
}

pub async fn list(State(web): State<Web>, request: Request) -> Result<Response> {
    open(web, request, "list").await
}

pub async fn direct(State(web): State<Web>, request: Request) -> Result<Response> {
    open(web, request, "direct").await
}

async fn open(web: Web, request: Request, name: &str) -> Result<Response> {
    let (mut parts, _) = request.into_parts();
    let access = listener(&mut parts, &web).await?;
    let params = Params::from_query(parts.uri.query().unwrap_or_default())?;
    let only_media = name.starts_with("public") && params.flag("only_media")?.unwrap_or(false);
    let wanted = Wanted { stream: format!("{name}{}", if only_media { ":media" } else { "" }), tag: params.text("tag")?, list: params.text("list")? };
    let subscription = resolve(&web.app, &access, &wanted).await?;
    let seat = seat(&web, &parts, &access).await?;
    if !seat.subscribe(subscription) {
        return Err(Fail::new(StatusCode::TOO_MANY_REQUESTS, "error-stream-too-many"));
    }
    let mut thump = interval(THUMP_EVERY);
    thump.set_missed_tick_behavior(MissedTickBehavior::Delay);
    thump.reset();
    let telling = Telling { app: web.app.clone(), seat, thump, begun: false };
    let body = stream::unfold(telling, |mut telling| async move {
        let chunk = telling.next().await?;
        Some((Ok::<_, std::convert::Infallible>(chunk), telling))
    });
    let mut response = Body::from_stream(body).into_response();
    response.extensions_mut().insert(OpenStream);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

struct Telling {
    app: App,
    seat: Seat,
    thump: Interval,
    begun: bool,
}

impl Telling {
    /// The next lines, or the end.
    async fn next(&mut self) -> Option<Bytes> {
        if !self.begun {
            self.begun = true;
            return Some(Bytes::from_static(b":)\n"));
        }
        tokio::select! {
            told = self.seat.messages.recv() => told.map(|told| told.lines()),
            _ = self.thump.tick() => Some(Bytes::from_static(b":thump\n\n")),
            () = self.app.stopping.cancelled() => None,
        }
    }
}
