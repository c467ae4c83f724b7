//! The HTTP and HTTPS listeners.
//!
//! Every accepted socket has a place in `connections.rs`, with deadlines of `connection.rs` for all that a client may
//! keep waiting for.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use hyper::body::Incoming;
use hyper::{Request, StatusCode, Uri, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use web::Router;
use web::streaming::OpenStream;

use super::connection::End;
use super::connections::{Connections, Place};
use super::exchange::{Answer, Exchange, Sent, Streams};
use super::socket::Socket;
use super::tls::Tls;
use crate::config::Config;

/// The read buffer of a connection, which bounds a request's head.
const BUFFER: usize = 64 * 1024;
/// Until the next try when the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Requests at once on one HTTP/2 connection. Browsers and proxies expect a hundred. Source: RFC 9113, section 6.5.2
const HTTP2_STREAMS_MAX: u32 = 100;
/// Names and values of the headers of one HTTP/2 request.
const HTTP2_HEADERS_MAX: u32 = 64 * 1024;
/// Streams that a client has reset before they were served; past it, the connection is closed (CVE-2023-44487).
/// Those that it had begun to serve: `connection::CANCELS_MAX`.
const HTTP2_RESETS_MAX: usize = 20;
/// Streams that the server had to reset for a client's mistakes; past it, the connection is closed (CVE-2025-8671).
const HTTP2_MISTAKES_MAX: usize = 256;
/// How often an HTTP/2 client is asked whether it is there.
const HTTP2_PING_EVERY: Duration = Duration::from_secs(30);
/// How long it may take to say so.
const HTTP2_PING_LIMIT: Duration = Duration::from_secs(20);
/// To a client for which there is no place.
const BUSY: &str = concat!(
    "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: 42\r\n",
    "retry-after: 5\r\nconnection: close\r\n\r\n{\"error\":\"There are too many connections\"}",
);

/// An address that is listened on.
pub struct Listener {
    socket: TcpListener,
    tls: Option<Arc<Tls>>,
}

/// Binds every address before anything is served.
pub async fn bind(config: &Config, tls: Option<&Arc<Tls>>) -> anyhow::Result<Vec<Listener>> {
    let plain = config.listen.http.iter().map(|address| ("http", address, None));
    // `check` has refused addresses for HTTPS without a certificate.
    let protected = config.listen.https.iter().map(|address| ("https", address, tls.cloned()));
    let mut listeners = Vec::new();
    for (key, address, tls) in plain.chain(protected) {
        let socket = TcpListener::bind(address).await;
        let socket = socket.with_context(|| format!("listen.{key}: {address} cannot be listened on; does another program use it?"))?;
        listeners.push(Listener { socket, tls });
    }
    Ok(listeners)
}

/// The accept loops.
pub struct Http {
    loops: JoinSet<()>,
    tasks: TaskTracker,
}

impl Http {
    pub fn start(listeners: Vec<Listener>, router: Router, config: &Config, stop: &CancellationToken) -> Http {
        let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let trusted = config.proxy.trusted.iter().filter_map(|network| app::net::Network::read(network)).collect();
        let connections = Connections::new(number(config.listen.max_connections), number(config.listen.max_connections_per_address), trusted);
        let (mut loops, tasks) = (JoinSet::new(), TaskTracker::new());
        for listener in listeners {
            loops.spawn(accept(listener, router.clone(), connections.clone(), tasks.clone(), stop.clone()));
        }
        Http { loops, tasks }
    }

    /// Waits until the requests under way are answered.
    pub async fn stopped(mut self) {
        while self.loops.join_next().await.is_some() {}
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn accept(listener: Listener, router: Router, connections: Arc<Connections>, tasks: TaskTracker, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.socket.accept() => accepted,
            () = stop.cancelled() => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                connections.shed();
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        match connections.admit(peer.ip(), listener.tls.is_some()) {
            Ok(place) => {
                tasks.spawn(connection(stream, peer, place, listener.tls.clone(), router.clone()));
            }
            Err(full) => {
                full.count();
                if listener.tls.is_none() {
                    refuse(stream);
                }
            }
        }
    }
    drop(listener);
    connections.stop();
}

/// Says that there is no place, as far as that takes no time.
fn refuse(stream: TcpStream) {
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write(BUSY.as_bytes());
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, place: Arc<Place>, tls: Option<Arc<Tls>>, router: Router) {
    let socket = Socket::new(stream, place.clone());
    let Some(tls) = tls else {
        return serve(socket, peer, place, router).await;
    };
    let handshake = std::pin::pin!(tls.accept(socket, place.connection.peer));
    match place.connection.watched(handshake).await {
        Ok(Some(stream)) => {
            place.connection.opened();
            serve(stream, peer, place, router).await;
        }
        Ok(None) => {}
        Err(end) => {
            Tls::cut_short(end);
            end.count();
        }
    }
}

/// Serves HTTP until the client leaves, or a deadline or an order ends it.
pub(super) async fn serve<S>(stream: S, peer: SocketAddr, place: Arc<Place>, router: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = place.connection.clone();
    let service = hyper::service::service_fn(move |request| answer(request, peer, &place, &router));
    let mut builder = auto::Builder::new(Streams(connection.clone()));
    // Deadlines are the connection's own.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(BUFFER);
    let mut http2 = builder.http2();
    http2.timer(TokioTimer::new()).keep_alive_interval(HTTP2_PING_EVERY).keep_alive_timeout(HTTP2_PING_LIMIT);
    http2.max_concurrent_streams(HTTP2_STREAMS_MAX).max_header_list_size(HTTP2_HEADERS_MAX);
    http2.max_pending_accept_reset_streams(HTTP2_RESETS_MAX).max_local_error_reset_streams(HTTP2_MISTAKES_MAX);
    let mut served = std::pin::pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    loop {
        match connection.watched(served.as_mut()).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => {
                tracing::debug!(%error, "a connection broke off");
                return;
            }
            Err(End::Stop) => served.as_mut().graceful_shutdown(),
            Err(end @ (End::Idle | End::Cancels | End::Noise)) if connection.closes() => {
                end.count();
                served.as_mut().graceful_shutdown();
            }
            // It has been asked to go.
            Err(End::Idle | End::Cancels | End::Noise) => return,
            Err(end) => return end.count(),
        }
    }
}

type Answered = Result<hyper::Response<Answer<web::Body>>, std::convert::Infallible>;

fn answer(mut request: Request<Incoming>, peer: SocketAddr, place: &Arc<Place>, router: &Router) -> impl Future<Output = Answered> + Send + use<> {
    let exchange = Exchange::begin(place, request.version() == Version::HTTP_2);
    request.extensions_mut().insert(web::ConnectInfo(peer));
    without_trailing_slash(request.uri_mut());
    let response = router.clone().oneshot(request.map(|body| Sent::new(body, exchange.clone())));
    async move {
        let response = response.await?;
        let is_upgrade = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        if is_upgrade || response.extensions().get::<OpenStream>().is_some() {
            exchange.becomes_stream(is_upgrade);
        }
        Ok(response.map(|body| Answer::new(body, exchange)))
    }
}

/// `/oauth/authorize/` is `/oauth/authorize`, as in Mastodon.
fn without_trailing_slash(uri: &mut Uri) {
    if uri.path().len() < 2 || !uri.path().ends_with('/') {
        return;
    }
    let path = uri.path().trim_end_matches('/');
    let path = if path.is_empty() { "/" } else { path };
    let path = uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    if let Ok(path) = path.parse() {
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(path);
        if let Ok(new) = Uri::from_parts(parts) {
            *uri = new;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailing_slash_makes_no_difference() {
        let path = |given: &str| {
            let mut uri: Uri = given.parse().unwrap();
            without_trailing_slash(&mut uri);
            uri.to_string()
        };
        assert_eq!(path("/oauth/authorize/?a=b/"), "/oauth/authorize?a=b/");
        assert_eq!(path("/"), "/");
        assert_eq!(path("//"), "/");
        assert_eq!(path("/api/v1/x"), "/api/v1/x");
    }
}
