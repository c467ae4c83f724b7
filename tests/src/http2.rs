//! An HTTP/2 connection in the clear, as a proxy holds it: requests and server-sent events at once.

use std::time::Duration;

use futures_util::future::join_all;
use h2::RecvStream;
use h2::client::SendRequest;
use hyper::body::Bytes;
use hyper::{Method, Request};
use serde_json::Value;
use tokio::net::TcpStream;

use crate::server::Server;
use crate::wait::within;

const LIMIT: Duration = Duration::from_secs(20);
/// Requests at once on one connection.
pub const STREAMS_MAX: usize = 100;

pub struct Http2 {
    requests: SendRequest<Bytes>,
    url: String,
}

impl Http2 {
    pub async fn connects(server: &Server) -> Self {
        let socket = TcpStream::connect(server.url.trim_start_matches("http://")).await.expect("a connection");
        let (requests, connection) = h2::client::handshake(socket).await.expect("HTTP/2");
        tokio::spawn(async move {
            // What becomes of the connection is seen by its requests.
            let _ = connection.await;
        });
        Self { requests, url: server.url.clone() }
    }

    /// Status and body of an answer; parameters are sent as JSON.
    pub async fn asks(&self, method: Method, path: &str, token: &str, params: Option<Value>) -> (u16, Vec<u8>) {
        within(path, LIMIT, async {
            let (status, mut body) = self.begins(method, path, token, params).await;
            let mut whole = Vec::new();
            while let Some(data) = body.data().await {
                let data = data.unwrap_or_else(|error| panic!("{path}: {error}"));
                let _ = body.flow_control().release_capacity(data.len());
                whole.extend(data);
            }
            (status, whole)
        })
        .await
    }

    /// Many requests for one path at once, all of which have to succeed.
    pub async fn reads_at_once(&self, count: usize, path: &str, token: &str) {
        for (status, _) in join_all((0..count).map(|_| self.asks(Method::GET, path, token, None))).await {
            assert_eq!(status, 200, "{path}");
        }
    }

    /// A stream past its greeting; the status if it is refused.
    pub async fn listens(&self, path: &str, token: &str) -> Result<Events, u16> {
        within(path, LIMIT, async {
            let (status, body) = self.begins(Method::GET, &format!("/api/v1/streaming/{path}"), token, None).await;
            if status != 200 {
                return Err(status);
            }
            let mut events = Events { body, text: String::new() };
            assert_eq!(events.line().await.as_deref(), Some(":)"), "the greeting");
            Ok(events)
        })
        .await
    }

    async fn begins(&self, method: Method, path: &str, token: &str, params: Option<Value>) -> (u16, RecvStream) {
        let body = params.map(|params| Bytes::from(params.to_string()));
        let request = Request::builder().method(method).uri(format!("{}{path}", self.url)).header("authorization", format!("Bearer {token}"));
        let request = request.header("content-type", "application/json").body(()).expect("a request");
        let mut requests = self.requests.clone().ready().await.expect("the connection goes on");
        let (answer, mut sender) = requests.send_request(request, body.is_none()).expect("the connection goes on");
        if let Some(body) = body {
            sender.send_data(body, true).expect("the connection goes on");
        }
        let (head, body) = answer.await.unwrap_or_else(|error| panic!("{path}: {error}")).into_parts();
        (head.status.as_u16(), body)
    }
}

/// A stream of server-sent events; it is reset when this is dropped.
pub struct Events {
    body: RecvStream,
    text: String,
}

impl Events {
    /// The data of the next event of this name; others before it are passed over.
    pub async fn next(&mut self, event: &str) -> String {
        within(&format!("the stream brings {event}"), LIMIT, async {
            loop {
                let line = self.line().await.unwrap_or_else(|| panic!("the stream ended before {event}"));
                if line.strip_prefix("event: ") == Some(event) {
                    let data = self.line().await.expect("data");
                    return data.strip_prefix("data: ").unwrap_or_else(|| panic!("no data: {data}")).to_owned();
                }
            }
        })
        .await
    }

    /// The id in the next event of this name.
    pub async fn id(&mut self, event: &str) -> String {
        let data = self.next(event).await;
        if event == "delete" {
            return data;
        }
        let entity: Value = serde_json::from_str(&data).unwrap_or_else(|error| panic!("{error}: {data}"));
        crate::person::text_of(&entity["id"])
    }

    /// Waits for the comment that shows that the connection lives.
    pub async fn beats(&mut self) {
        within("the stream beats", LIMIT, async { while self.line().await.expect("the stream goes on") != ":thump" {} }).await;
    }

    /// Reads until the server ends the stream.
    pub async fn ends(&mut self) {
        within("the server ends the stream", LIMIT, async { while self.line().await.is_some() {} }).await;
    }

    async fn line(&mut self) -> Option<String> {
        loop {
            if let Some((line, rest)) = self.text.split_once('\n') {
                let line = line.to_owned();
                self.text = rest.to_owned();
                return Some(line);
            }
            let data = self.body.data().await?.unwrap_or_else(|error| panic!("the stream broke: {error}"));
            let _ = self.body.flow_control().release_capacity(data.len());
            self.text.push_str(std::str::from_utf8(&data).expect("events are sent in whole characters"));
        }
    }
}
