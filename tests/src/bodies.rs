//! Storms of large bodies: they take a bounded share of memory, give it back, and nobody else is kept from posting.

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::memory::{falls_to, forget_peak, mb, peak, resident};
use crate::pictures::png;
use crate::server::{Engine, Server, client};

const CONNECTIONS: usize = 25;
const STREAMS: usize = 40;
const BODY: usize = 33 * 1024 * 1024;
const PIECE: usize = 64 * 1024;
/// How long a body is pushed at a server that may have stopped reading.
const PUSH: Duration = Duration::from_secs(5);
/// What bodies of strangers may take at once: read buffers of their connections.
const OF_STRANGERS: u64 = 40 * 1024 * 1024;
/// What bodies of people may take: the budget, and the work on what has arrived.
const OF_PEOPLE: u64 = 120 * 1024 * 1024;
/// What may stay afterwards.
const LEFT: u64 = 10 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_strangers_take_no_memory() {
    let server = Server::start(Engine::Sqlite).await;
    for path in ["/oauth/token", "/api/v2/media", "/api/v1/apps", "/auth/sign_in"] {
        storm(&server, &format!("{CONNECTIONS} connections to {path}"), OF_STRANGERS, connections(&server, path, "")).await;
    }
    server.assert_never_panicked();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_of_one_connection_take_no_memory() {
    let server = Server::start(Engine::Sqlite).await;
    for path in ["/oauth/token", "/api/v2/media"] {
        storm(&server, &format!("{STREAMS} HTTP/2 streams to {path}"), OF_STRANGERS, streams(&server, path)).await;
    }
    server.assert_never_panicked();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_one_person_share_a_budget() {
    let server = Server::start(Engine::Sqlite).await;
    let (mallory, alice) = (server.user("mallory").await, server.user("alice").await);
    let token = format!("Authorization: Bearer {}\r\n", mallory.token);
    let attack = connections(&server, "/api/v2/media", &token);
    let honest = async {
        alice.posts("hello").await;
        let part = reqwest::multipart::Part::bytes(png(1, 300, 200)).file_name("a.png").mime_str("image/png").expect("a type");
        let form = reqwest::multipart::Form::new().part("file", part);
        let sent = client().post(format!("{}/api/v2/media", server.url)).bearer_auth(&alice.token).multipart(form).send().await;
        assert!(sent.expect("an answer").status().is_success());
    };
    storm(&server, &format!("{CONNECTIONS} uploads of one person"), OF_PEOPLE, async { tokio::join!(attack, honest).0 }).await;
    server.assert_never_panicked();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_ask_first_are_refused_before_they_send() {
    let server = Server::start(Engine::Sqlite).await;
    let token = format!("Authorization: Bearer {}\r\n", server.user("alice").await.token);
    for (path, headers, expected) in [
        ("/api/v2/media", "", "HTTP/1.1 401 "),
        ("/api/v2/media", "Authorization: Bearer nonsense\r\n", "HTTP/1.1 401 "),
        ("/oauth/token", "", "HTTP/1.1 413 "),
        ("/api/v1/statuses", token.as_str(), "HTTP/1.1 413 "),
        ("/inbox", "", "HTTP/1.1 413 "),
        ("/api/v2/media", token.as_str(), "HTTP/1.1 100 "),
    ] {
        let address = server.url.trim_start_matches("http://");
        let mut socket = TcpStream::connect(address).await.expect("a connection");
        let head = head(address, path, &format!("{headers}Expect: 100-continue\r\n"));
        socket.write_all(head.as_bytes()).await.expect("the head is sent");
        let mut answer = [0; 1024];
        let length = timeout(PUSH, socket.read(&mut answer)).await.expect("an answer").expect("an answer");
        let answer = String::from_utf8_lossy(&answer[..length]);
        assert!(answer.starts_with(expected), "{path} {headers}: {answer}");
    }
}

fn head(address: &str, path: &str, headers: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: {address}\r\n{headers}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {BODY}\r\n\r\n")
}

/// Runs an attack that ends with all its bodies sent but for their ends; holds the server to its limits meanwhile and after.
async fn storm<T>(server: &Server, what: &str, most: u64, attack: impl Future<Output = T>) {
    assert_eq!(server.status_of("/api/v1/instance").await, 200);
    let before = resident(server);
    forget_peak(server);
    let held = attack.await;
    assert_eq!(server.status_of("/api/v1/instance").await, 200, "others are answered");
    let highest = peak(server);
    drop(held);
    println!("{what}: {} MB before, {} MB at most", mb(before), mb(highest));
    assert!(highest <= before + most, "{what}: {} MB before, {} MB at most", mb(before), mb(highest));
    let after = falls_to(server, before + LEFT).await;
    println!("{what}: {} MB afterwards", mb(after));
}

/// Connections that each send a file but for its last byte, as far as the server takes it.
async fn connections(server: &Server, path: &str, headers: &str) -> Vec<TcpStream> {
    let address = server.url.trim_start_matches("http://");
    let head = head(address, path, headers);
    let part = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n";
    let pushed = (0..CONNECTIONS).map(|_| async {
        let mut socket = TcpStream::connect(address).await.expect("a connection");
        let (mut reader, mut writer) = socket.split();
        let sends = async {
            writer.write_all(head.as_bytes()).await?;
            writer.write_all(part.as_bytes()).await?;
            let (piece, mut left) = (vec![b'x'; PIECE], BODY - part.len() - 1);
            while left > 0 {
                let length = left.min(PIECE);
                writer.write_all(&piece[..length]).await?;
                left -= length;
            }
            std::io::Result::Ok(())
        };
        let mut answer = [0; 1024];
        // It may be refused before it is sent.
        let _ = timeout(PUSH, async {
            let _ = tokio::join!(sends, reader.read(&mut answer));
        })
        .await;
        socket
    });
    join_all(pushed).await
}

/// Streams of one connection, each with a file whose end does not come before what is returned is dropped.
async fn streams(server: &Server, path: &str) -> (watch::Sender<bool>, Vec<tokio::task::JoinHandle<()>>) {
    let http = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().expect("a client");
    let (end, ended) = watch::channel(false);
    let asked = (0..STREAMS).map(|_| {
        let (http, url, mut ended) = (http.clone(), format!("{}{path}", server.url), ended.clone());
        let pieces = stream::iter(0..BODY / PIECE).map(|_| Ok::<_, std::io::Error>(vec![b'x'; PIECE]));
        let body = pieces.chain(stream::once(async move {
            let _ = ended.changed().await;
            Ok(Vec::new())
        }));
        tokio::spawn(async move {
            let request = http.post(url).header("content-type", "multipart/form-data; boundary=b").body(reqwest::Body::wrap_stream(body));
            let _ = timeout(PUSH * 2, request.send()).await;
        })
    });
    let mut asked: Vec<_> = asked.collect();
    // Those that are refused end by themselves; the others hold what they have sent.
    let _ = timeout(PUSH, join_all(asked.iter_mut())).await;
    (end, asked)
}
