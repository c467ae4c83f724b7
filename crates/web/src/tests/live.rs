//! A bound server and the sockets of its clients. Everything waits for what is to come, up to a limit.

use std::net::SocketAddr;
use std::time::Duration;

use app::testing::Person;
use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tower::ServiceExt;

use super::site::Site;
use crate::streaming::OpenStream;

/// Longer than anything healthy takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

pub struct Server {
    router: axum::Router,
    address: SocketAddr,
}

impl Server {
    /// Binds a port for the site's router; its hub listens from now on.
    pub async fn of(site: &Site) -> Server {
        let router = site.with_streams();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(listener, router.clone()).into_future());
        Server { router, address }
    }

    /// A person's socket; `query` begins with `?` or is empty.
    pub async fn socket(&self, person: &Person, query: &str) -> Live {
        self.socket_with(&person.token, query).await
    }

    pub async fn socket_with(&self, token: &str, query: &str) -> Live {
        let (socket, _) =
            timeout(LIMIT, connect_async(self.request(query, &[("authorization", &format!("Bearer {token}"))]))).await.unwrap().unwrap();
        Live { socket }
    }

    fn request(&self, query: &str, headers: &[(&'static str, &str)]) -> Request<()> {
        let mut request = format!("ws://{}/api/v1/streaming{query}", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        request
    }

    /// Status, `X-Error-Message` and `Sec-WebSocket-Protocol` of what an upgrade is answered.
    pub async fn upgrade(&self, query: &str, headers: &[(&'static str, &str)]) -> (u16, String, String) {
        let answer = match timeout(LIMIT, connect_async(self.request(query, headers))).await.unwrap() {
            Ok((_, answer)) => answer.map(|_| ()),
            Err(Error::Http(answer)) => answer.map(|_| ()),
            Err(error) => panic!("{error}"),
        };
        let header = |name: &str| answer.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        (answer.status().as_u16(), header("x-error-message"), header("sec-websocket-protocol"))
    }

    /// A stream of server-sent events, past its greeting.
    pub async fn events(&self, person: &Person, path: &str) -> Events {
        let request = Request::get(format!("/api/v1/streaming{path}")).header("authorization", format!("Bearer {}", person.token));
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (200, &"text/event-stream".parse().unwrap()), "{path}");
        assert!(response.extensions().get::<OpenStream>().is_some(), "it counts as a stream");
        let mut events = Events { body: response.into_body().into_data_stream() };
        assert_eq!(events.chunk().await.as_deref(), Some(":)\n"));
        events
    }
}

/// A WebSocket.
pub struct Live {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Live {
    /// The next message; `None` when the server has closed.
    pub async fn message(&mut self) -> Option<Value> {
        timeout(LIMIT, async {
            loop {
                match self.socket.next().await? {
                    Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
                    Ok(Message::Close(_)) | Err(_) => return None,
                    Ok(_) => {}
                }
            }
        })
        .await
        .expect("a message in time")
    }

    /// Stream and payload of the next message, which is this event.
    pub async fn next(&mut self, event: &str) -> (Value, Value) {
        let message = self.message().await.unwrap_or_else(|| panic!("the socket closed before {event}"));
        assert_eq!(message["event"], event, "{message}");
        assert_eq!(super::site::keys(&message), ["event", "payload", "stream"]);
        let text = message["payload"].as_str().unwrap();
        let payload = if event == "delete" { json!(text) } else { serde_json::from_str(text).unwrap() };
        (message["stream"].clone(), payload)
    }

    /// The id in the next message, which is this event on this stream.
    pub async fn id(&mut self, event: &str, stream: Value) -> String {
        let (on, payload) = self.next(event).await;
        assert_eq!(on, stream);
        payload.get("id").unwrap_or(&payload).as_str().unwrap().to_owned()
    }

    pub async fn says(&mut self, command: Value) {
        self.socket.send(Message::text(command.to_string())).await.unwrap();
    }

    pub async fn sends(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// Has the server do all that was said before: commands are obeyed in turn.
    pub async fn is_heard(&mut self) {
        self.says(json!({ "type": "unsubscribe", "stream": "no such stream" })).await;
        assert_eq!(self.message().await.unwrap(), json!({ "error": "Error unsubscribing from channel" }));
    }

    /// Subscribes, and returns once that is done.
    pub async fn subscribes(&mut self, stream: &str, param: Option<(&str, &str)>) {
        let mut command = json!({ "type": "subscribe", "stream": stream });
        if let Some((name, value)) = param {
            command[name] = json!(value);
        }
        self.says(command).await;
        self.is_heard().await;
    }

    pub async fn closes(&mut self) {
        assert_eq!(self.message().await, None);
    }
}

/// Server-sent events.
pub struct Events {
    body: BodyDataStream,
}

impl Events {
    /// What comes next; `None` at the end.
    pub async fn chunk(&mut self) -> Option<String> {
        let chunk = timeout(LIMIT, self.body.next()).await.expect("an event in time")?;
        Some(String::from_utf8(chunk.unwrap().to_vec()).unwrap())
    }

    /// The id in the next event, which has this name.
    pub async fn id(&mut self, event: &str) -> String {
        let chunk = self.chunk().await.expect("an event");
        let data = chunk.strip_prefix(&format!("event: {event}\ndata: ")).and_then(|rest| rest.strip_suffix("\n\n"));
        let data = data.unwrap_or_else(|| panic!("{chunk:?} is no {event}"));
        if event == "delete" { data.to_owned() } else { serde_json::from_str::<Value>(data).unwrap()["id"].as_str().unwrap().to_owned() }
    }
}
