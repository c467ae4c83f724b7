//! GET /api/v1/streaming: a WebSocket with any number of streams.
//!
//! Source: docs.joinmastodon.org/methods/streaming/#websocket

use std::sync::Arc;
use std::time::Duration;

use app::tokens::Access;
use app::{App, Error, Words};
use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use text::Locale;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};

use super::{listener, seat};
use crate::error::{Fail, Result};
use crate::extract::Params;
use crate::hub::Seat;
use crate::hub::subscription::{Wanted, named, resolve};
use crate::web::Web;

/// A client that has said nothing since the last ping, not even its pong, is gone.
const PING_EVERY: Duration = Duration::from_secs(30);
/// A client that takes nothing for so long is gone.
const SEND_LIMIT: Duration = Duration::from_secs(30);
/// A frame from a client.
const FRAME_MAX: usize = 4 * 1024;
/// Clients say little, and each socket has such a buffer from the start; it grows with what comes.
const READ_BUFFER: usize = 128;
/// What a client may leave unread in our buffer.
const WRITE_BUFFER: usize = 4 * 1024;
const WRITE_BUFFER_MAX: usize = 512 * 1024;
/// RFC 6455, 7.4.1: data of a kind that is not taken.
const UNSUPPORTED: u16 = 1003;

/// Upgrades; `stream` in the query subscribes at once.
///
/// Errors: 404 without an upgrade; 401 without a good token, said in `X-Error-Message` too, since browsers
/// show nothing else of a failed upgrade. A stream that cannot be had is told on the socket.
pub async fn handler(State(web): State<Web>, request: Request) -> Result<Response> {
    let (mut parts, _) = request.into_parts();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &web).await.map_err(|_| Fail::from(Error::not_found()))?;
    let protocol = parts.headers.get(header::SEC_WEBSOCKET_PROTOCOL).cloned();
    let (access, seat, first) = match admit(&web, &mut parts).await {
        Ok(admitted) => admitted,
        Err(fail) => return Ok(refused(fail)),
    };
    let app = web.app.clone();
    let upgrade = upgrade
        .max_message_size(FRAME_MAX)
        .max_frame_size(FRAME_MAX)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(WRITE_BUFFER_MAX);
    let mut response = upgrade.on_upgrade(move |socket| serve(app, socket, seat, access, first)).into_response();
    if let Some(protocol) = protocol {
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    Ok(response)
}

/// Who listens, and what is to be said first. The stream of the query is subscribed to before the upgrade is
/// answered, so that a client misses nothing once it is connected.
async fn admit(web: &Web, parts: &mut Parts) -> Result<(Arc<Access>, Seat, Option<Frame>)> {
    let protocol = parts.headers.get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok());
    if let Some(token) = protocol.filter(|_| !parts.headers.contains_key(header::AUTHORIZATION)) {
        // Browsers can send a token in this header only.
        if let Ok(bearer) = HeaderValue::from_str(&format!("Bearer {}", token.split(',').next().unwrap_or_default().trim())) {
            parts.headers.insert(header::AUTHORIZATION, bearer);
        }
    }
    let access = listener(parts, web).await?;
    let params = Params::from_query(parts.uri.query().unwrap_or_default())?;
    let wanted = params.filled("stream")?.map(|stream| Ok::<_, Fail>(Wanted { stream, tag: params.text("tag")?, list: params.text("list")? }));
    let wanted = wanted.transpose()?;
    let seat = seat(web, parts, &access).await?;
    let first = match wanted {
        Some(wanted) => subscribe(&web.app, &seat, &access, &wanted).await,
        None => None,
    };
    Ok((access, seat, first))
}

fn refused(fail: Fail) -> Response {
    let message = HeaderValue::from_str(&error(&fail)).ok();
    let mut response = fail.into_response();
    if let Some(message) = message {
        response.headers_mut().insert("x-error-message", message);
    }
    response
}

/// Mastodon's streaming server speaks English only, and clients compare what it says.
fn error(fail: &Fail) -> String {
    fail.body(Locale::ENGLISH)["error"].as_str().unwrap_or_default().to_owned()
}

async fn serve(app: App, mut socket: WebSocket, mut seat: Seat, access: Arc<Access>, mut answer: Option<Frame>) {
    let mut pulse = Pulse::begins();
    let mut close = None;
    loop {
        if let Some(frame) = answer.take()
            && !matches!(timeout(SEND_LIMIT, socket.send(frame)).await, Ok(Ok(())))
        {
            return;
        }
        answer = tokio::select! {
            told = seat.messages.recv() => match told {
                Some(told) => Some(Frame::Text(told.frame())),
                None => break,
            },
            frame = socket.recv() => {
                pulse.was_heard = true;
                match frame {
                    // In a box, so that a quiet socket does not hold the room that a subscription takes.
                    Some(Ok(Frame::Text(text))) => Box::pin(obey(&app, &seat, &access, &text)).await,
                    Some(Ok(Frame::Binary(_))) => {
                        close = Some(CloseFrame { code: UNSUPPORTED, reason: "binary messages are not supported".into() });
                        break;
                    }
                    Some(Ok(Frame::Close(_)) | Err(_)) | None => break,
                    Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => None,
                }
            },
            is_there = pulse.beats() => {
                if !is_there {
                    metrics::counter!("ferrodon_streaming_silent_closed_total").increment(1);
                    break;
                }
                Some(Frame::Ping(bytes::Bytes::new()))
            }
            () = app.stopping.cancelled() => break,
        };
    }
    drop(seat);
    let _ = timeout(SEND_LIMIT, socket.send(Frame::Close(close))).await;
}

/// When to ask a client whether it is there, and whether it still is.
struct Pulse {
    ping: Interval,
    /// Something came since the last ping.
    was_heard: bool,
}

impl Pulse {
    fn begins() -> Pulse {
        let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Pulse { ping, was_heard: true }
    }

    /// Waits until a ping is due. Whether the client has been heard since the last one.
    async fn beats(&mut self) -> bool {
        self.ping.tick().await;
        std::mem::take(&mut self.was_heard)
    }
}

/// Does what a client says; what is no command is passed over, as in Mastodon.
async fn obey(app: &App, seat: &Seat, access: &Access, text: &str) -> Option<Frame> {
    let command: Value = serde_json::from_str(text).ok()?;
    let wanted = Wanted { stream: word(&command, "stream").unwrap_or_default(), tag: word(&command, "tag"), list: word(&command, "list") };
    match command["type"].as_str()? {
        "subscribe" => subscribe(app, seat, access, &wanted).await,
        "unsubscribe" => {
            match named(access, &wanted) {
                Some((stream, topics)) => seat.unsubscribe(stream, &topics),
                None => return Some(says(json!({ "error": Words::new("error-stream-unsubscribe").in_locale(Locale::ENGLISH) }))),
            }
            None
        }
        _ => None,
    }
}

/// A parameter of a command. Numbers count as their digits; of a list, the first.
fn word(command: &Value, name: &str) -> Option<String> {
    let value = &command[name];
    match value.get(0).unwrap_or(value) {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Subscribes, or says why not.
async fn subscribe(app: &App, seat: &Seat, access: &Access, wanted: &Wanted) -> Option<Frame> {
    let fail = match resolve(app, access, wanted).await {
        Ok(subscription) => {
            if seat.subscribe(subscription) {
                return None;
            }
            Fail::new(StatusCode::TOO_MANY_REQUESTS, "error-stream-too-many")
        }
        Err(fail) => fail,
    };
    Some(says(json!({ "error": error(&fail), "status": fail.status.as_u16() })))
}

fn says(message: Value) -> Frame {
    Frame::Text(message.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_answer_a_ping_is_gone_with_the_next() {
        let start = Instant::now();
        let mut pulse = Pulse::begins();
        assert!(pulse.beats().await, "who has just come is there");
        assert_eq!(start.elapsed(), PING_EVERY);
        assert!(!pulse.beats().await, "no pong");
        assert_eq!(start.elapsed(), 2 * PING_EVERY);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_anything_between_pings_stays() {
        let mut pulse = Pulse::begins();
        for _ in 0..10 {
            assert!(pulse.beats().await);
            pulse.was_heard = true;
        }
        // Others are waited for beside it; the time goes on all the same.
        assert!(tokio::time::timeout(PING_EVERY / 2, pulse.beats()).await.is_err());
        assert!(pulse.beats().await);
        assert!(!pulse.beats().await);
    }
}
