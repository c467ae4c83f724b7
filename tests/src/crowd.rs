//! Clients that open connections and do nothing with them: ten times as many as the server has room for, from several
//! addresses, in each way that holds one. Somebody who only wants an answer gets it as soon as without them.
//!
//! What the database is makes no difference here, so SQLite alone is used.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UnixStream};
use tokio::task::JoinSet;
use tokio::time::{interval, interval_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::authority::Authority;
use crate::frames;
use crate::honest::{Measured, measure};
use crate::person::text_of;
use crate::pictures;
use crate::server::{Engine, Server, Site, client};
use crate::wait::{PATIENCE, until};

/// What the server has room for.
const MAX_CONNECTIONS: usize = 30;
/// Ten times as many.
const CROWD: usize = 300;
/// The addresses that the crowd comes from, after the honest client's 127.0.0.1.
const ADDRESSES: u8 = 5;
/// A client of the crowd whose connection is closed opens another, so often.
const AGAIN_EVERY: Duration = Duration::from_secs(5);
/// When a slow client sends its next byte.
const DRIP_EVERY: Duration = Duration::from_secs(1);
/// Requests of the honest client, half of them on connections of their own.
const REQUESTS: usize = 120;
/// How often they are measured, of which the best counts: the machine may do something else meanwhile.
const ROUNDS: usize = 3;
/// How long the work that the crowd makes by coming may take.
const ARRIVAL_LIMIT: Duration = Duration::from_secs(15);
const REQUEST_LIMIT: Duration = Duration::from_secs(3);
/// How much longer an answer may take because of the crowd.
const SLOWER_MAX: u32 = 3;
/// The crowd's own work is done by the same two cores: this much may come on top of a fast answer.
const GRAIN: Duration = Duration::from_millis(50);

/// Width and height of a picture that no system buffers whole.
const NOISE_SIDE: u32 = 1_400;
const LARGE_BYTES_MIN: usize = 4_000_000;

/// A way to hold a connection.
#[derive(Clone, Copy, Debug)]
enum Way {
    Silent,
    HalfHead,
    /// A byte of the head every second.
    SlowHead,
    HalfBody,
    /// A byte of the body every second.
    SlowBody,
    IdleKeepAlive,
    /// Without a request.
    SilentHttp2,
    /// After a request.
    IdleHttp2,
    SilentBeforeTls,
    SilentAfterTls,
    /// A large answer.
    UnreadAnswer,
    UnreadStream,
}

const WAYS: [Way; 12] = [
    Way::Silent,
    Way::HalfHead,
    Way::SlowHead,
    Way::HalfBody,
    Way::SlowBody,
    Way::IdleKeepAlive,
    Way::SilentHttp2,
    Way::IdleHttp2,
    Way::SilentBeforeTls,
    Way::SilentAfterTls,
    Way::UnreadAnswer,
    Way::UnreadStream,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_do_nothing_delay_nobody() {
    let mut server = Server::prepare_at(Engine::Sqlite, Site::new("crowded.localhost")).await;
    // Otherwise every address of this machine is a trusted proxy.
    let config = server.config().replace("[listen]\n", &format!("[listen]\nmax_connections = {MAX_CONNECTIONS}\n"));
    server.configure(&format!("{config}[proxy]\ntrusted = []\n"));
    server.serve().await;
    let alice = server.user("alice").await;
    let picture = alice.uploads(pictures::noise(NOISE_SIDE, NOISE_SIDE), "noise").await;
    let large = text_of(&picture["url"]).replace(&server.public_url(), "");
    let bytes = server.http.get(format!("{}{large}", server.url)).send().await.expect("the picture").bytes().await.expect("all of it").len();
    assert!(bytes > LARGE_BYTES_MIN, "{bytes}");
    let crowd = Arc::new(Crowd::of(&server, alice.token, large));

    let alone = measure(&server, REQUESTS, REQUEST_LIMIT).await;
    println!("{:<16} {alone}, {} MB", "alone", server.rss_kib() / 1024);
    let limit = (alone.at(99) * SLOWER_MAX).max(alone.at(99) + GRAIN);
    let mut late = Vec::new();
    for way in WAYS {
        let held = crowd.clone().gathers(|_| way).await;
        late.extend(check(&format!("{way:?}"), &server, limit).await);
        drop(held);
    }
    let held = crowd.clone().gathers(|number| WAYS[number % WAYS.len()]).await;
    late.extend(check("all of them", &server, limit).await);
    assert!(late.is_empty(), "p99 above {limit:?}: {late:?}");

    let metrics = server.http.get(format!("{}/metrics", server.metrics_url)).send().await.expect("metrics").text().await.expect("a text");
    for name in
        ["ferrodon_connections{kind=\"request\"}", "ferrodon_connections{kind=\"stream\"}", "ferrodon_connections_closed_total{reason=\"shed\"}"]
    {
        assert!(metrics.contains(name), "{name} is missing in {metrics}");
    }
    server.stop().await;
    drop(held);
    server.assert_never_panicked();
}

/// Questions that the metrics listener answers at once.
const METRICS_AT_ONCE: usize = 32;
/// Bytes of a command on the admin socket.
const COMMAND_MAX: usize = 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_and_admin_sockets_serve_few_at_once_and_not_for_ever() {
    let server = Server::start(Engine::Sqlite).await;
    let metrics = server.metrics_url.trim_start_matches("http://").to_owned();
    let mut held = Vec::new();
    for _ in 0..METRICS_AT_ONCE {
        held.push(TcpStream::connect(&metrics).await.expect("a connection"));
    }
    let mut more = TcpStream::connect(&metrics).await.expect("a connection");
    let closed = tokio::time::timeout(PATIENCE, more.read(&mut [0; 1])).await.expect("it is closed, not kept");
    assert!(matches!(closed, Ok(0) | Err(_)), "nothing is said: {closed:?}");
    drop(held);
    let asks = async || client().get(format!("{}/metrics", server.metrics_url)).send().await.ok().filter(|answer| answer.status() == 200);
    until("metrics are answered again", PATIENCE, asks).await;

    let socket = server.data_dir().join("admin.sock");
    let mut silent = Vec::new();
    for _ in 0..CROWD {
        silent.push(UnixStream::connect(&socket).await.expect("a connection"));
    }
    assert!(server.cli(&["accounts", "list"]).is_ascii(), "a command is served beside them");
    let mut endless = UnixStream::connect(&socket).await.expect("a connection");
    let sent = endless.write_all(&vec![b'x'; 2 * COMMAND_MAX]).await;
    let mut said = String::new();
    let ended = tokio::time::timeout(PATIENCE, endless.read_to_string(&mut said)).await.expect("it ends");
    assert!(said.is_empty() && (sent.is_err() || ended.is_ok()), "{said:?}, {sent:?}, {ended:?}");
    let ends = silent.pop().expect("one of them");
    let (mut ends, mut rest) = (ends, Vec::new());
    tokio::time::timeout(PATIENCE, ends.read_to_end(&mut rest)).await.expect("who says nothing is let go").expect("an end");
    assert!(rest.is_empty());
    server.assert_never_panicked();
}

/// What is wrong with the honest client's answers, if anything.
async fn check(what: &str, server: &Server, limit: Duration) -> Option<String> {
    let arrived = Instant::now();
    while arrived.elapsed() < ARRIVAL_LIMIT {
        let answer = client().get(format!("{}/health", server.url)).timeout(REQUEST_LIMIT).send().await;
        if answer.is_ok_and(|answer| answer.status() == 200) {
            break;
        }
    }
    let mut best: Option<Measured> = None;
    for _ in 0..ROUNDS {
        let measured = measure(server, REQUESTS, REQUEST_LIMIT).await;
        let is_better = best.as_ref().is_none_or(|best| (measured.failed, measured.at(99)) < (best.failed, best.at(99)));
        best = if is_better { Some(measured) } else { best };
        if best.as_ref().is_some_and(|best| best.failed == 0 && best.at(99) <= limit) {
            break;
        }
    }
    let best = best.expect("a round");
    let line = format!("{what:<16} {best}, {} MB", server.rss_kib() / 1024);
    println!("{line}");
    (best.failed > 0 || best.at(99) > limit).then_some(line)
}

struct Crowd {
    http: SocketAddr,
    https: SocketAddr,
    tls: TlsConnector,
    token: String,
    /// The path of a large answer.
    large: String,
    opened: AtomicUsize,
}

impl Crowd {
    fn of(server: &Server, token: String, large: String) -> Crowd {
        let http = server.url.trim_start_matches("http://").parse().expect("an address");
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(Authority::get().ca_file()).expect("the authority")).expect("a root");
        let config = ClientConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider())).with_safe_default_protocol_versions();
        let config = config.expect("a configuration").with_root_certificates(roots).with_no_client_auth();
        Crowd {
            http,
            https: server.site().expect("a site").address(),
            tls: TlsConnector::from(Arc::new(config)),
            token,
            large,
            opened: AtomicUsize::new(0),
        }
    }

    /// All clients of the crowd, each with a connection and what belongs to its way; they go when this is dropped.
    async fn gathers(self: Arc<Self>, way: impl Fn(usize) -> Way) -> JoinSet<()> {
        self.opened.store(0, Ordering::Relaxed);
        let mut tasks = JoinSet::new();
        for number in 0..CROWD {
            let (crowd, way) = (self.clone(), way(number));
            let from = Ipv4Addr::new(127, 0, 0, 2 + (number % usize::from(ADDRESSES)) as u8);
            tasks.spawn(async move {
                // Not all at the same moment.
                let mut again = interval_at(tokio::time::Instant::now() + AGAIN_EVERY * number as u32 / CROWD as u32, AGAIN_EVERY);
                let _ = crowd.holds(way, from).await;
                loop {
                    again.tick().await;
                    let _ = crowd.holds(way, from).await;
                }
            });
        }
        // A server that takes no more connections leaves some of them waiting.
        let start = Instant::now();
        until("the crowd is there", PATIENCE, async || {
            (self.opened.load(Ordering::Relaxed) >= CROWD || start.elapsed() > ARRIVAL_LIMIT).then_some(())
        })
        .await;
        tasks
    }

    /// Opens a connection and holds it until the server closes it.
    async fn holds(&self, way: Way, from: Ipv4Addr) -> std::io::Result<()> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        if matches!(way, Way::UnreadAnswer | Way::UnreadStream) {
            // Little is taken by the system in place of the client.
            socket.set_recv_buffer_size(4096)?;
        }
        let to = if matches!(way, Way::SilentBeforeTls | Way::SilentAfterTls) { self.https } else { self.http };
        let mut stream = socket.connect(to).await?;
        self.opened.fetch_add(1, Ordering::Relaxed);
        let body = "POST /api/v1/apps HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{";
        match way {
            Way::Silent | Way::SilentBeforeTls => ends(stream).await,
            Way::HalfHead => said(stream, b"GET / HTTP/1.1\r\nhost: here\r\n").await,
            Way::SlowHead => trickles(stream, b"GET / HTTP/1.1\r\nx: ").await,
            Way::HalfBody => said(stream, body.as_bytes()).await,
            Way::SlowBody => trickles(stream, body.as_bytes()).await,
            Way::IdleKeepAlive => said(stream, b"GET /health HTTP/1.1\r\nhost: here\r\n\r\n").await,
            Way::SilentHttp2 => said(stream, &frames::preface(&[])).await,
            Way::IdleHttp2 => said(stream, &[frames::preface(&[]), frames::request(1, "/health")].concat()).await,
            Way::SilentAfterTls => {
                let name = ServerName::try_from("crowded.localhost").map_err(std::io::Error::other)?;
                ends(self.tls.connect(name, stream).await?).await
            }
            Way::UnreadAnswer => {
                stream.write_all(format!("GET {} HTTP/1.1\r\nhost: here\r\n\r\n", self.large).as_bytes()).await?;
                std::future::pending().await
            }
            Way::UnreadStream => {
                let request = format!("GET /api/v1/streaming/user HTTP/1.1\r\nhost: here\r\nauthorization: Bearer {}\r\n\r\n", self.token);
                stream.write_all(request.as_bytes()).await?;
                std::future::pending().await
            }
        }
    }
}

/// Reads until the server closes.
async fn ends(mut stream: impl AsyncRead + Unpin) -> std::io::Result<()> {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

/// Says something, and nothing after that.
async fn said(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes).await?;
    ends(stream).await
}

/// Says something, and a byte more every second.
async fn trickles(mut stream: TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes).await?;
    let (reader, mut writer) = stream.split();
    let drips = async {
        let mut drip = interval(DRIP_EVERY);
        loop {
            drip.tick().await;
            writer.write_all(b" ").await?;
        }
    };
    tokio::select! {
        ended = ends(reader) => ended,
        failed = drips => failed,
    }
}
