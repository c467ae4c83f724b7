//! The HTTP and HTTPS listeners.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use hyper::body::Incoming;
use hyper::{Request, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use web::Router;

use super::tls::Tls;
use crate::config::Config;

/// How long a client may take to send a request's head.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// The read buffer of a connection, which bounds a request's head.
const BUFFER: usize = 64 * 1024;
/// Until the next try when the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

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
}

impl Http {
    pub fn start(listeners: Vec<Listener>, router: Router, config: &Config, stop: &CancellationToken) -> Http {
        let connections = Arc::new(Semaphore::new(usize::try_from(config.listen.max_connections).unwrap_or(Semaphore::MAX_PERMITS)));
        let mut loops = JoinSet::new();
        for listener in listeners {
            loops.spawn(accept(listener, router.clone(), connections.clone(), stop.clone()));
        }
        Http { loops }
    }

    /// Waits until the requests under way are answered.
    pub async fn stopped(mut self) {
        while self.loops.join_next().await.is_some() {}
    }
}

async fn accept(listener: Listener, router: Router, connections: Arc<Semaphore>, stop: CancellationToken) {
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.socket.accept() => accepted,
            () = stop.cancelled() => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let permit = tokio::select! {
            permit = connections.clone().acquire_owned() => permit,
            () = stop.cancelled() => break,
        };
        let Ok(permit) = permit else { break };
        let _ = stream.set_nodelay(true);
        let (router, watcher, stop) = (router.clone(), graceful.watcher(), stop.clone());
        let Some(tls) = listener.tls.clone() else {
            let connection = serve(stream, peer, router);
            tokio::spawn(async move {
                ended(watcher.watch(connection).await);
                drop(permit);
            });
            continue;
        };
        tokio::spawn(async move {
            let protected = tokio::select! {
                protected = tls.accept(stream, peer.ip()) => protected,
                () = stop.cancelled() => None,
            };
            if let Some(stream) = protected {
                ended(watcher.watch(serve(stream, peer, router)).await);
            }
            drop(permit);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

type Broken = Box<dyn std::error::Error + Send + Sync>;

fn ended(result: Result<(), Broken>) {
    if let Err(error) = result {
        tracing::debug!(%error, "a connection broke off");
    }
}

fn serve<S>(stream: S, peer: SocketAddr, router: Router) -> impl GracefulConnection<Error = Broken, Output = Result<(), Broken>> + Send
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(web::ConnectInfo(peer));
        without_trailing_slash(request.uri_mut());
        router.clone().oneshot(request)
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(BUFFER);
    builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned()
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
