//! What ends a connection, and when: each test runs in paused time, over a pipe in place of a socket.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::{Instant, interval, timeout};
use web::Router;

mod floods;

use super::connections::Connections;
use super::http::serve;
use super::socket::Socket;

/// What a pipe holds, as the buffers of a socket do.
const PIPE_BYTES: usize = 4 * 1024;
const LARGE_BYTES: usize = 1024 * 1024;
/// Longer than any limit.
const LONG: Duration = Duration::from_secs(3_600);
const CLIENT: &str = "192.0.2.1:1";

/// Answers with the size of the body, after an hour, or with much.
fn router() -> Router {
    Router::new().fallback(async |uri: hyper::Uri, body: Bytes| match uri.path() {
        "/late" => {
            tokio::time::sleep(LONG).await;
            "late".to_owned()
        }
        "/large" => "x".repeat(LARGE_BYTES),
        _ => format!("[{}]", body.len()),
    })
}

struct Client {
    stream: DuplexStream,
    connections: Arc<Connections>,
}

impl Client {
    fn connects() -> Client {
        let (stream, other) = duplex(PIPE_BYTES);
        let peer: SocketAddr = CLIENT.parse().unwrap();
        let connections = Connections::new(1, 1, Vec::new());
        let place = connections.admit(peer.ip(), false).unwrap();
        tokio::spawn(serve(Socket::over(other, place.clone()), peer, place, router()));
        Client { stream, connections }
    }

    async fn says(mut self, bytes: impl AsRef<[u8]>) -> Client {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
        self
    }

    /// Reads until `end` has come.
    async fn hears(mut self, end: &str) -> Client {
        let mut heard = Vec::new();
        while !String::from_utf8_lossy(&heard).ends_with(end) {
            heard.push(self.stream.read_u8().await.unwrap());
        }
        self
    }

    /// All that comes until the server closes, and the seconds until then.
    async fn ends(mut self) -> (u64, Vec<u8>) {
        let start = Instant::now();
        let mut heard = Vec::new();
        let _ = timeout(2 * LONG, self.stream.read_to_end(&mut heard)).await.unwrap();
        self.forgotten(start.elapsed(), heard)
    }

    fn forgotten(self, after: Duration, heard: Vec<u8>) -> (u64, Vec<u8>) {
        let stranger: IpAddr = "192.0.2.2".parse().unwrap();
        assert!(self.connections.admit(stranger, false).is_ok(), "its place is free again");
        (after.as_secs(), heard)
    }

    /// As `ends`, while sending `bytes` every second for as long as the server takes them.
    async fn ends_while_sending(self, bytes: &[u8]) -> (u64, Vec<u8>) {
        let Client { stream, connections } = self;
        let (mut reader, mut writer) = tokio::io::split(stream);
        let start = Instant::now();
        let sends = async {
            let mut second = interval(Duration::from_secs(1));
            loop {
                second.tick().await;
                if writer.write_all(bytes).await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        let mut heard = Vec::new();
        tokio::select! {
            _ = reader.read_to_end(&mut heard) => {}
            () = sends => {}
        }
        let after = start.elapsed();
        Client { stream: reader.unsplit(writer), connections }.forgotten(after, heard)
    }
}

const GET: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

fn post(length: usize) -> String {
    format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n")
}

#[tokio::test(start_paused = true)]
async fn a_request_has_to_begin_and_come_soon() {
    assert_eq!(Client::connects().ends().await, (10, Vec::new()));
    for half in ["G", "PRI * HT", "GET / HTTP/1.1\r\nhost: a\r\n", "\r\n"] {
        assert_eq!(Client::connects().says(half).await.ends().await.0, 10, "{half:?}");
    }
    assert_eq!(Client::connects().says("GET / HTTP/1.1\r\na: ").await.ends_while_sending(b"b").await.0, 10, "a byte every second");
}

#[tokio::test(start_paused = true)]
async fn a_kept_connection_is_closed_when_idle() {
    assert_eq!(Client::connects().says(GET).await.hears("[0]").await.ends().await, (75, Vec::new()));
    let second = Client::connects().says(GET).await.hears("[0]").await.says(GET).await.hears("[0]").await;
    assert_eq!(second.says("GET /").await.ends().await.0, 10, "half a further head");
    let trickling = Client::connects().says(GET).await.hears("[0]").await;
    assert_eq!(trickling.ends_while_sending(b"a").await.0, 10, "a further head, byte by byte");
}

#[tokio::test(start_paused = true)]
async fn a_body_has_to_keep_the_least_rate() {
    for (what, sent) in [("none", 0), ("half", 500), ("all but one", 999)] {
        let (seconds, heard) = Client::connects().says(post(1_000)).await.says("x".repeat(sent)).await.ends().await;
        assert_eq!(seconds, 30, "{what}");
        assert!(String::from_utf8_lossy(&heard).starts_with("HTTP/1.1 4"), "{what}: {}", String::from_utf8_lossy(&heard));
    }
    assert_eq!(Client::connects().says(post(1_000)).await.ends_while_sending(b"x").await.0, 30, "a byte every second");
    let chunked = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(Client::connects().says(chunked).await.ends_while_sending(b"1\r\nx\r\n").await.0, 30, "a chunk every second");
}

#[tokio::test(start_paused = true)]
async fn a_slow_upload_that_goes_on_is_taken() {
    let client = Client::connects().says(post(300 * 1_024)).await;
    let (seconds, heard) = client.ends_while_sending(&[b'x'; 1_024]).await;
    let heard = String::from_utf8_lossy(&heard).into_owned();
    assert!(heard.contains("[307200]"), "{heard}");
    assert!(seconds >= 300, "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn a_long_answer_is_waited_for() {
    let start = Instant::now();
    let client = Client::connects().says("GET /late HTTP/1.1\r\nhost: a\r\n\r\n").await.hears("late").await;
    assert!(start.elapsed() >= LONG);
    assert_eq!(client.ends().await.0, 75);
}

#[tokio::test(start_paused = true)]
async fn an_answer_has_to_be_read() {
    for (what, bytes) in [("nothing", 0), ("a byte every second", 1)] {
        let mut client = Client::connects().says("GET /large HTTP/1.1\r\nhost: a\r\n\r\n").await;
        let seconds = unread(&mut client, bytes, Duration::from_secs(1)).await;
        assert!((30..=31).contains(&seconds), "{what}: {seconds}");
    }
    let mut client = Client::connects().says("GET /large HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(unread(&mut client, 2_048, Duration::from_secs(1)).await >= (LARGE_BYTES / 2_048) as u64, "slow, but fast enough");
}

/// Reads `bytes` every `period`; the seconds until the connection has no place any more.
async fn unread(client: &mut Client, bytes: usize, period: Duration) -> u64 {
    let start = Instant::now();
    let mut tick = interval(period);
    let mut buffer = vec![0; bytes];
    while client.connections.open() > 0 {
        tick.tick().await;
        let _ = timeout(Duration::ZERO, client.stream.read_exact(&mut buffer)).await;
    }
    start.elapsed().as_secs()
}

/// An HTTP/2 client's preface, its settings, and requests for these paths.
fn http2(window: u32, paths: &[&str]) -> Vec<u8> {
    let frame = |kind: u8, flags: u8, stream: u32, payload: &[u8]| {
        [&(payload.len() as u32).to_be_bytes()[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    };
    let settings = [&[0, 4][..], &window.to_be_bytes()].concat();
    let mut bytes = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &frame(4, 0, 0, &settings)].concat();
    for (number, path) in paths.iter().enumerate() {
        let headers = [&[0x82, 0x86, 0x41, 1, b'a', 0x44, path.len() as u8], path.as_bytes()].concat();
        bytes.extend(frame(1, 5, 2 * number as u32 + 1, &headers));
    }
    bytes
}

/// The frames in `bytes`, as kind and stream.
fn frames(mut bytes: &[u8]) -> Vec<(u8, u32)> {
    let mut frames = Vec::new();
    while let Some((head, rest)) = bytes.split_at_checked(9) {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        frames.push((head[3], u32::from_be_bytes([head[5], head[6], head[7], head[8]])));
        bytes = rest.get(length..).unwrap_or_default();
    }
    frames
}

const RST_STREAM: u8 = 3;
const PING: u8 = 6;
const GOAWAY: u8 = 7;

#[tokio::test(start_paused = true)]
async fn an_http2_connection_needs_requests_and_a_living_client() {
    assert_eq!(Client::connects().says(http2(65_535, &[])).await.ends().await.0, 10, "without a request");
    // It answers no ping: they come after 30 seconds, and are waited for 20.
    let (seconds, heard) = Client::connects().says(http2(65_535, &["/"])).await.ends().await;
    assert_eq!(seconds, 50);
    assert!(frames(&heard).iter().any(|(kind, _)| *kind == PING) && frames(&heard).iter().any(|(kind, _)| *kind == GOAWAY));
    // It keeps sending settings, which are no request.
    let (seconds, _) = Client::connects().says(http2(65_535, &[])).await.ends_while_sending(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await;
    assert_eq!(seconds, 10);
}

#[tokio::test(start_paused = true)]
async fn an_http2_answer_that_is_not_taken_is_given_up() {
    let client = Client::connects().says(http2(0, &["/large", "/late"])).await;
    let Client { mut stream, .. } = client;
    let start = Instant::now();
    let mut heard = Vec::new();
    while !frames(&heard).contains(&(RST_STREAM, 1)) {
        let mut buffer = [0; 1024];
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the connection goes on");
        heard.extend(&buffer[..count]);
    }
    assert_eq!(start.elapsed().as_secs(), 30);
    assert!(!frames(&heard).contains(&(RST_STREAM, 3)), "the other stream goes on");
}
