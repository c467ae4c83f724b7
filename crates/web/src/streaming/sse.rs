//! GET /api/v1/streaming/user and /user/notification: server-sent events.
//!
//! Source: docs.joinmastodon.org/methods/streaming/#streams

use std::sync::Arc;
use std::time::Duration;

use app::App;
use app::tokens::Access;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::hub::{Message, Seat};
use super::{Stream, listener};
use crate::error::{Fail, Result};
use crate::web::Web;

const THUMP_EVERY: Duration = Duration::from_secs(15);

pub async fn user(State(web): State<Web>, request: Request) -> Result<Response> {
    open(web, request, Stream::User).await
}

pub async fn user_notification(State(web): State<Web>, request: Request) -> Result<Response> {
    open(web, request, Stream::UserNotification).await
}

async fn open(web: Web, request: Request, stream: Stream) -> Result<Response> {
    let (mut parts, _) = request.into_parts();
    let access = listener(&mut parts, &web).await?;
    stream.check(&access)?;
    let seat = web.hub.join(&access, access.viewer()?).ok_or_else(|| Fail::new(StatusCode::TOO_MANY_REQUESTS, "error-rate-limited"))?;
    let state = Telling { app: web.app.clone(), seat, access, stream, begun: false };
    let body = stream::unfold(state, |mut state| async move {
        let chunk = state.next().await?;
        Some((Ok::<_, std::convert::Infallible>(chunk), state))
    });
    let mut response = Body::from_stream(body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

struct Telling {
    app: App,
    seat: Seat,
    access: Arc<Access>,
    stream: Stream,
    begun: bool,
}

impl Telling {
    /// The next lines, or the end.
    async fn next(&mut self) -> Option<Bytes> {
        if !self.begun {
            self.begun = true;
            return Some(Bytes::from_static(b":)\n"));
        }
        loop {
            tokio::select! {
                message = self.seat.messages.recv() => {
                    let message = message?;
                    if self.wants(&message) {
                        return Some(Bytes::from(format!("event: {}\ndata: {}\n\n", message.event, message.payload)));
                    }
                }
                () = tokio::time::sleep(THUMP_EVERY) => return Some(Bytes::from_static(b":thump\n")),
                () = self.app.stopping.cancelled() => return None,
            }
        }
    }

    fn wants(&self, message: &Message) -> bool {
        message.streams.contains(&self.stream) && (message.event != "notification" || self.access.scopes.opens("read:notifications"))
    }
}
