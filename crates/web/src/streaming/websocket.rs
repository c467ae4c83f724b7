//! GET /api/v1/streaming: a WebSocket with any number of streams.
//!
//! Source: docs.joinmastodon.org/methods/streaming/#websocket

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use app::tokens::Access;
use app::{App, Error, Words};
use axum::extract::ws::{Message as Frame, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use text::Locale;

use super::hub::{Message, Seat};
use super::{Stream, listener};
use crate::error::{Fail, Result};
use crate::web::Web;

const PING_EVERY: Duration = Duration::from_secs(30);
/// A frame from a client.
const FRAME_MAX: usize = 4 * 1024;
/// Clients say little: the default of 128 KiB a socket would be memory for nothing.
const READ_BUFFER: usize = 4 * 1024;
/// What a client may leave unread in our buffer.
const WRITE_BUFFER: usize = 4 * 1024;
const WRITE_BUFFER_MAX: usize = 512 * 1024;

/// Upgrades; `stream` in the query subscribes at once.
pub async fn handler(State(web): State<Web>, request: Request) -> Result<Response> {
    let (mut parts, _) = request.into_parts();
    let protocol = parts.headers.get(header::SEC_WEBSOCKET_PROTOCOL).cloned();
    if let Some(token) = protocol.as_ref().and_then(|value| value.to_str().ok()).filter(|_| !parts.headers.contains_key(header::AUTHORIZATION)) {
        // Browsers can send a token in this header only.
        if let Ok(bearer) = HeaderValue::from_str(&format!("Bearer {}", token.split(',').next().unwrap_or_default().trim())) {
            parts.headers.insert(header::AUTHORIZATION, bearer);
        }
    }
    let access = listener(&mut parts, &web).await?;
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &web).await.map_err(|_| Fail::from(Error::not_found()))?;
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let first = query.into_iter().find(|(name, _)| name == "stream").map(|(_, value)| value.into_owned());
    let streams = match first {
        None => HashSet::new(),
        Some(name) => {
            let stream = Stream::from_name(&name).ok_or_else(|| Fail::new(StatusCode::BAD_REQUEST, "error-stream-unknown"))?;
            stream.check(&access)?;
            HashSet::from([stream.name()])
        }
    };
    let viewer = access.viewer()?;
    let seat = web.hub.join(&access, viewer).ok_or_else(|| Fail::new(StatusCode::TOO_MANY_REQUESTS, "error-rate-limited"))?;
    let app = web.app.clone();
    let upgrade =
        upgrade.max_message_size(FRAME_MAX).read_buffer_size(READ_BUFFER).write_buffer_size(WRITE_BUFFER).max_write_buffer_size(WRITE_BUFFER_MAX);
    let mut response = upgrade.on_upgrade(move |socket| serve(app, socket, seat, access, streams)).into_response();
    if let Some(protocol) = protocol {
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    Ok(response)
}

/// What a client may say.
#[derive(Deserialize)]
struct Command {
    #[serde(rename = "type")]
    kind: String,
    stream: Option<String>,
}

async fn serve(app: App, mut socket: WebSocket, mut seat: Seat, access: Arc<Access>, mut streams: HashSet<&'static str>) {
    let mut ping = tokio::time::interval(PING_EVERY);
    ping.tick().await;
    loop {
        let answers = tokio::select! {
            message = seat.messages.recv() => match message {
                Some(message) => tell(&message, &access, &streams),
                None => break,
            },
            frame = socket.recv() => match frame {
                Some(Ok(Frame::Text(text))) => obey(&text, &access, &mut streams),
                Some(Ok(Frame::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => Vec::new(),
            },
            _ = ping.tick() => vec![Frame::Ping(bytes::Bytes::new())],
            () = app.stopping.cancelled() => break,
        };
        for answer in answers {
            if socket.send(answer).await.is_err() {
                return;
            }
        }
    }
    let _ = socket.send(Frame::Close(None)).await;
}

/// A message goes once to each stream of it that is subscribed to.
fn tell(message: &Message, access: &Access, streams: &HashSet<&'static str>) -> Vec<Frame> {
    if message.event == "notification" && !access.scopes.opens("read:notifications") {
        return Vec::new();
    }
    let wanted = message.streams.iter().filter(|stream| streams.contains(stream.name()));
    wanted
        .map(|stream| Frame::Text(json!({ "stream": [stream.name()], "event": message.event, "payload": &*message.payload }).to_string().into()))
        .collect()
}

fn obey(text: &str, access: &Access, streams: &mut HashSet<&'static str>) -> Vec<Frame> {
    let refuse = |id: &'static str| {
        let error = Words::new(id).in_locale(Locale::ENGLISH);
        vec![Frame::Text(json!({ "error": error, "status": 400 }).to_string().into())]
    };
    let Ok(command) = serde_json::from_str::<Command>(text) else { return refuse("error-stream-unknown") };
    let Some(stream) = command.stream.as_deref().and_then(Stream::from_name) else { return refuse("error-stream-unknown") };
    match command.kind.as_str() {
        "subscribe" if stream.check(access).is_ok() => {
            streams.insert(stream.name());
            Vec::new()
        }
        "subscribe" => refuse("error-scope"),
        "unsubscribe" => {
            streams.remove(stream.name());
            Vec::new()
        }
        _ => refuse("error-stream-unknown"),
    }
}
