//! The client against real listeners.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use super::{Error, Net, Network, Options};
use crate::testing::{Engine, World};

/// A server that says the same to everybody, and what it was asked.
struct Listener {
    port: u16,
    asked: Arc<std::sync::Mutex<Vec<String>>>,
}

impl Listener {
    /// `answer` is written as it is; with `hang`, the connection then stays open.
    async fn says(answer: impl Into<Vec<u8>>, hang: bool) -> Listener {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, asked, answer) = (listener.local_addr().unwrap().port(), Arc::default(), answer.into());
        let log: Arc<std::sync::Mutex<Vec<String>>> = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 16 * 1024];
                let length = stream.read(&mut request).await.unwrap_or(0);
                log.lock().unwrap().push(String::from_utf8_lossy(&request[..length]).into_owned());
                let _ = stream.write_all(&answer).await;
                if hang {
                    open.push(stream);
                }
            }
        });
        Listener { port, asked }
    }

    fn url(&self) -> Url {
        Url::parse(&format!("http://127.0.0.1:{}/path?query#fragment", self.port)).unwrap()
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

/// May ask this machine over plain http.
fn lenient() -> Net {
    net(&["127.0.0.0/8", "::1"])
}

fn net(private: &[&str]) -> Net {
    let allow_private = private.iter().map(|network| Network::read(network).unwrap()).collect();
    Net::new(&Options { allow_http: true, allow_private, ca_file: None }, "Test/1.0".into())
}

#[tokio::test]
async fn an_answer_comes_with_its_status_headers_and_body() {
    let listener = Listener::says(ok("{}"), false).await;
    let answer = lenient().get(listener.url()).header("x-own", "1").types(&["application/json"]).send().await.unwrap();
    assert_eq!((answer.status, answer.is_success(), &answer.body[..], answer.url.query()), (200, true, &b"{}"[..], Some("query")));
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    let asked = listener.asked().join("");
    assert!(asked.starts_with("GET /path?query HTTP/1.1\r\n"), "{asked}");
    for line in ["user-agent: Test/1.0", "x-own: 1", "accept: application/json"] {
        assert!(asked.to_lowercase().contains(&line.to_lowercase()), "{line}: {asked}");
    }
    lenient().post(listener.url(), "body").send().await.unwrap();
    let asked = listener.asked()[1].clone();
    assert!(asked.starts_with("POST /path?query") && asked.contains("content-length: 4"), "{asked}");
}

#[tokio::test]
async fn what_is_not_public_is_not_even_connected_to() {
    let listener = Listener::says(ok("secret"), false).await;
    let by_name = Url::parse(&format!("http://localhost:{}/", listener.port)).unwrap();
    for url in [listener.url(), by_name.clone()] {
        assert!(matches!(net(&[]).get(url.clone()).send().await, Err(Error::Refused(_))), "{url}");
    }
    assert!(matches!(net(&["10.0.0.0/8"]).get(by_name.clone()).send().await, Err(Error::Refused(_))));
    assert!(listener.asked().is_empty());
    assert!(lenient().get(by_name).send().await.unwrap().is_success(), "unless the operator allows it");
    let strict = Net::new(&Options { allow_private: vec![Network::read("127.0.0.1").unwrap()], ..Options::default() }, String::new());
    assert!(matches!(strict.get(listener.url()).send().await, Err(Error::Refused(_))), "plain http");
}

#[tokio::test]
async fn a_redirect_is_checked_as_its_beginning_was() {
    let secret = Listener::says(ok("secret"), false).await;
    let to_secret = Listener::says(redirect(&format!("http://127.0.0.2:{}/", secret.port)), false).await;
    assert!(matches!(net(&["127.0.0.1"]).get(to_secret.url()).send().await, Err(Error::Refused(_))));
    let by_name = Listener::says(redirect("http://[::1]:1/"), false).await;
    assert!(matches!(net(&["127.0.0.1"]).get(by_name.url()).send().await, Err(Error::Refused(_))));
    let to_file = Listener::says(redirect("file:///etc/passwd"), false).await;
    assert!(matches!(lenient().get(to_file.url()).send().await, Err(Error::Refused(_))));
    assert!(secret.asked().is_empty());
}

#[tokio::test]
async fn a_redirect_takes_no_credentials_to_another_host() {
    let end = Listener::says(ok("here"), false).await;
    let begin = Listener::says(redirect(&format!("http://127.0.0.1:{}/", end.port)), false).await;
    let request = lenient().get(begin.url()).header("Authorization", "Bearer secret").header("Signature", "keyId").header("x-own", "1");
    let answer = request.send().await.unwrap();
    assert_eq!((&answer.body[..], answer.url.port()), (&b"here"[..], Some(end.port)));
    let (first, second) = (begin.asked().join("").to_lowercase(), end.asked().join("").to_lowercase());
    assert!(first.contains("bearer secret") && first.contains("keyid") && second.contains("x-own: 1"));
    assert!(!second.contains("secret") && !second.contains("keyid"), "{second}");
}

#[tokio::test]
async fn redirects_end() {
    let round = Listener::says(redirect("/again"), false).await;
    assert_eq!(lenient().get(round.url()).send().await.unwrap_err(), Error::Redirects(3));
    assert_eq!(round.asked().len(), 4);
    assert_eq!(lenient().get(round.url()).without_redirects().send().await.unwrap().status, 302);
    assert_eq!(lenient().post(round.url(), "x").send().await.unwrap().status, 302, "a POST follows none");
    assert_eq!(round.asked().len(), 6);
}

#[tokio::test]
async fn a_body_too_large_is_given_up() {
    let named = Listener::says(ok(&"x".repeat(101)), false).await;
    assert_eq!(lenient().get(named.url()).body_max(100).send().await.unwrap_err(), Error::TooLarge(100));
    assert_eq!(lenient().get(named.url()).body_max(101).send().await.unwrap().body.len(), 101);
    let endless = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", "x".repeat(5000));
    let endless = Listener::says(endless, true).await;
    assert_eq!(lenient().get(endless.url()).body_max(4000).send().await.unwrap_err(), Error::TooLarge(4000), "without its length, too");
}

#[tokio::test]
async fn a_packed_body_is_measured_unpacked() {
    let listener = Listener::says(packed_zeros(), false).await;
    assert_eq!(lenient().get(listener.url()).body_max(1000).send().await.unwrap_err(), Error::TooLarge(1000));
    assert_eq!(lenient().get(listener.url()).send().await.unwrap().body.len(), 2_000);
}

/// An answer whose body is gzip of 2,000 zeros, in one stored block.
fn packed_zeros() -> Vec<u8> {
    let zeros = [0_u8; 2_000];
    let mut body = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    body.extend([1, 0xd0, 0x07, 0x2f, 0xf8]);
    body.extend(zeros);
    let crc = zeros
        .iter()
        .fold(!0_u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }));
    body.extend((!crc).to_le_bytes());
    body.extend(2_000_u32.to_le_bytes());
    let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len()).into_bytes();
    answer.extend(body);
    answer
}

#[tokio::test]
async fn who_answers_slowly_is_left() {
    let patience = Duration::from_millis(300);
    let silent = Listener::says("", true).await;
    assert_eq!(lenient().get(silent.url()).timeout(patience).send().await.unwrap_err(), Error::Timeout);
    let half = Listener::says("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", true).await;
    assert_eq!(lenient().get(half.url()).timeout(patience).send().await.unwrap_err(), Error::Timeout);
    let broken = Listener::says("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", false).await;
    assert!(matches!(lenient().get(broken.url()).send().await, Err(Error::Connection(_))));
}

#[tokio::test]
async fn a_body_that_drips_is_given_up_after_the_grace_period() {
    for interval in [Duration::from_millis(10), Duration::from_millis(200)] {
        let dripping = drips(interval).await;
        let answer = lenient().get(dripping.clone()).send().await.unwrap_err();
        assert_eq!(answer, Error::Slow(super::LEAST_BYTES_PER_S), "{interval:?}");
        let mut stream = lenient().get(dripping).least_rate(100_000).stream().await.unwrap();
        let error = loop {
            if let Err(error) = stream.chunk().await {
                break error;
            }
        };
        assert_eq!(error, Error::Slow(100_000));
    }
    let stalled = Listener::says("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n", true).await;
    assert_eq!(lenient().get(stalled.url()).send().await.unwrap_err(), Error::Slow(super::LEAST_BYTES_PER_S), "what stops after its head");
    let slow_enough = drips(Duration::from_millis(1)).await;
    let answer = lenient().get(slow_enough).least_rate(10).body_max(100).send().await;
    assert_eq!(answer.unwrap_err(), Error::TooLarge(100), "what is fast enough is read to its limit");
}

/// A server that sends a byte of its body at each interval, without end.
async fn drips(interval: Duration) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = vec![0; 16 * 1024];
                let _ = stream.read(&mut request).await;
                let mut text: &[u8] = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
                while stream.write_all(text).await.is_ok() {
                    text = b"x";
                    tokio::time::sleep(interval).await;
                }
            });
        }
    });
    Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap()
}

#[tokio::test]
async fn another_type_than_asked_for_is_refused() {
    let listener = Listener::says(ok("{}"), false).await;
    let wanted = lenient().get(listener.url()).types(&["application/activity+json", "application/ld+json"]);
    assert_eq!(wanted.send().await.unwrap_err(), Error::WrongType("application/json; charset=utf-8".into()));
    let missing = Listener::says("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", false).await;
    assert_eq!(lenient().get(missing.url()).types(&["application/json"]).send().await.unwrap().status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_from_within_a_transaction() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = World::with(engine, |options| options.outgoing = Options { allow_http: true, ..Options::default() }).await;
        let (net, tried) = (world.app.net.clone(), Arc::new(AtomicUsize::new(0)));
        let count = tried.clone();
        world
            .write(move |_| async move {
                assert_eq!(net.get(Url::parse("http://127.0.0.1:1/").unwrap()).send().await.unwrap_err(), Error::InTransaction);
                count.fetch_add(1, Ordering::Relaxed);
                Ok(())
            })
            .await;
        assert_eq!(tried.load(Ordering::Relaxed), 1);
    }
}
