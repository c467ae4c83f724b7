//! The client's side of a connection: HTTP/1.1, kept alive, to this machine only.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const ANSWER_LIMIT: Duration = Duration::from_secs(60);
/// How much of an unexpected answer is shown.
const SHOWN_BYTES: usize = 500;

/// A connection that sends one request after another.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    address: SocketAddr,
}

/// What is asked.
#[derive(Clone, Default)]
pub struct Ask {
    pub path: String,
    pub token: Option<String>,
    /// Content type and body; with them it is a POST.
    pub body: Option<(String, Bytes)>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
}

impl Ask {
    pub fn get(path: impl Into<String>) -> Ask {
        Ask { path: path.into(), ..Ask::default() }
    }

    pub fn post(path: impl Into<String>, json: &Value) -> Ask {
        Ask { path: path.into(), body: Some(("application/json".into(), json.to_string().into())), ..Ask::default() }
    }

    pub fn with_token(self, token: &str) -> Ask {
        Ask { token: Some(token.to_owned()), ..self }
    }
}

/// An answer read to its end.
pub struct Answer {
    pub status: u16,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("not JSON: {}", self.shown()))
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.body[..self.body.len().min(SHOWN_BYTES)]).into_owned()
    }
}

/// Connects, to a loopback address only: a load must never reach somebody else's server.
pub async fn connect(address: SocketAddr) -> Result<TcpStream> {
    ensure!(address.ip().is_loopback(), "{address} is not on this machine; only loopback addresses are measured");
    let stream = timeout(CONNECT_LIMIT, TcpStream::connect(address)).await.context("no connection in time")??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Connection> {
        let (sender, connection) = handshake(TokioIo::new(connect(address).await?)).await?;
        // Ends with the sender. What breaks the connection also fails the request that waits for its answer.
        tokio::spawn(connection);
        Ok(Connection { sender, address })
    }

    /// Any answer to `ask`.
    pub async fn try_ask(&mut self, ask: &Ask) -> Result<Answer> {
        let mut request =
            Request::builder().uri(&ask.path).header("host", self.address.to_string()).method(if ask.body.is_some() { "POST" } else { "GET" });
        if let Some(token) = &ask.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        let body = match &ask.body {
            Some((content_type, body)) => {
                request = request.header("content-type", content_type);
                body.clone()
            }
            None => Bytes::new(),
        };
        let exchange = async {
            self.sender.ready().await?;
            let response = self.sender.send_request(request.body(Full::new(body))?).await?;
            let status = response.status().as_u16();
            Ok(Answer { status, body: response.into_body().collect().await?.to_bytes() })
        };
        timeout(ANSWER_LIMIT, exchange).await.with_context(|| format!("no answer within {ANSWER_LIMIT:?}: {}", ask.path))?
    }

    /// The answer to `ask`, which must be a good one.
    pub async fn ask(&mut self, ask: &Ask) -> Result<Answer> {
        let answer = self.try_ask(ask).await.with_context(|| format!("asking {}", ask.path))?;
        if !(200..300).contains(&answer.status) {
            bail!("{} was answered with {}: {}", ask.path, answer.status, answer.shown());
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn other_machines_are_refused() {
        let error = connect("192.0.2.1:80".parse().unwrap()).await.unwrap_err();
        assert!(error.to_string().contains("only loopback"), "{error}");
    }
}
