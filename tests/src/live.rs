//! A person's stream over a WebSocket, and what came out of it.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::wait::within;

const EVENT_LIMIT: Duration = Duration::from_secs(20);

pub struct Live {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Live {
    /// Connects with the stream in the query, so that it is subscribed once connected.
    pub async fn open(url: &str, token: &str, stream: &str) -> Self {
        let address = format!("{}/api/v1/streaming?stream={stream}&access_token={token}", url.replacen("http", "ws", 1));
        match connect_async(&address).await {
            Ok((socket, _)) => Self { socket },
            Err(error) => panic!("the stream does not open: {error}"),
        }
    }

    /// The payload of the next event of this name; others before it are passed over.
    pub async fn next(&mut self, event: &str) -> Value {
        within(&format!("the stream brings {event}"), EVENT_LIMIT, async {
            loop {
                let Some(message) = self.message().await else { panic!("the stream closed before {event}") };
                if message["event"] == event {
                    return payload_of(&message);
                }
            }
        })
        .await
    }

    /// Reads until the server closes the stream.
    pub async fn closes(&mut self) {
        within("the server closes the stream", EVENT_LIMIT, async { while self.message().await.is_some() {} }).await;
    }

    async fn message(&mut self) -> Option<Value> {
        loop {
            match self.socket.next().await? {
                Ok(Message::Text(text)) => {
                    return Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")));
                }
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}

/// Payloads are JSON in a string, except that of `delete`, which is an id.
fn payload_of(message: &Value) -> Value {
    let text = message["payload"].as_str().unwrap_or_else(|| panic!("the payload is not a string: {message}"));
    if message["event"] == "delete" {
        return Value::String(text.to_owned());
    }
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
