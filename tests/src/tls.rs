//! HTTPS without a proxy: the certificate, its renewal, and clients that never finish their handshake.
//! What the database is makes no difference here, so SQLite alone is used.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use reqwest::tls::TlsInfo;
use reqwest::{Client, ClientBuilder, Version};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpSocket, TcpStream};

use crate::authority::{Authority, Certificate};
use crate::lifecycle::{EXIT_CONFIG, refused_start};
use crate::server::{Engine, Server, Site};
use crate::wait::{PATIENCE, until, within};

/// What the server gives a client for its handshake, and what a busy machine adds.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5 + 10);
/// Handshakes of one address at once.
const HANDSHAKES_PER_ADDRESS: usize = 128;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_speaks_https_with_a_certificate_from_files() {
    let server = Server::start_at(Engine::Sqlite, Site::new("alone.localhost")).await;
    let url = server.public_url();

    let answer = client(|builder| builder).get(format!("{url}/health")).send().await.expect("an answer over HTTP/2");
    assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_2));
    let answer = client(ClientBuilder::http1_only).get(format!("{url}/api/v2/instance")).send().await.expect("an answer over HTTP/1.1");
    assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_11));
    let instance: serde_json::Value = answer.json().await.expect("the instance");
    assert_eq!(instance["domain"], url.trim_start_matches("https://"), "a domain may have a port");

    let stranger = Client::builder().no_proxy().build().expect("a client").get(format!("{url}/health")).send().await;
    assert!(stranger.is_err(), "who does not know the authority refuses the certificate");
    let metrics = server.http.get(format!("{}/metrics", server.metrics_url)).send().await.expect("metrics").text().await.expect("a text");
    let expiry = metrics.lines().find_map(|line| line.strip_prefix("ferrodon_tls_certificate_expiry_timestamp_seconds "));
    assert!(expiry.is_some_and(|value| value.parse::<f64>().is_ok_and(|seconds| seconds > 1.7e9)), "{expiry:?}");
    assert!(metrics.contains("ferrodon_tls_handshakes_total{result=\"success\"} 2"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_certificate_is_used_without_a_restart() {
    let site = Site::new("renewed.localhost");
    let used = site.certificate().clone();
    let server = Server::start_at(Engine::Sqlite, site).await;
    let shown = async || certificate_of(&server).await;
    let first = shown().await;

    fs::write(&used.cert_file, "-----BEGIN CERTIFICATE-----\n").expect("the certificate is damaged");
    server.signal(rustix::process::Signal::HUP);
    until("the server says that the certificate cannot be used", PATIENCE, async || server.log().contains("tls.cert_file").then_some(())).await;
    assert_eq!(shown().await, first, "a damaged file leaves the certificate in use");

    let next = Authority::get().certifies(&["renewed.localhost"]);
    fs::copy(&next.key_file, &used.key_file).expect("the key is renewed");
    fs::copy(&next.cert_file, &used.cert_file).expect("the certificate is renewed");
    server.signal(rustix::process::Signal::HUP);
    until("the new certificate is shown", PATIENCE, async || (shown().await != first).then_some(())).await;
    server.assert_never_panicked();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_cannot_be_used_keeps_the_server_from_starting_and_is_named() {
    let server = Server::prepare_at(Engine::Sqlite, Site::new("broken.localhost")).await;
    let used = server.site().expect("a site").certificate().clone();
    let Certificate { cert_file, key_file, .. } = Authority::get().certifies(&["broken.localhost"]);

    fs::copy(&key_file, &used.key_file).expect("another key");
    assert_refused(&server, &["tls.key_file", "is not the key of the first certificate in tls.cert_file"]).await;
    let certificate = fs::read(&cert_file).expect("a certificate");
    fs::write(&used.key_file, certificate).expect("a certificate for a key");
    assert_refused(&server, &["tls.key_file", "holds no private key"]).await;
    fs::set_permissions(&used.key_file, fs::Permissions::from_mode(0o644)).expect("everybody's key");
    assert_refused(&server, &["tls.key_file", "chmod 600"]).await;
    fs::remove_file(&used.key_file).expect("no key");
    assert_refused(&server, &["tls.key_file", "cannot be read"]).await;
    fs::write(&used.cert_file, "nothing").expect("no certificate");
    assert_refused(&server, &["tls.cert_file", "holds no certificate"]).await;
}

async fn assert_refused(server: &Server, words: &[&str]) {
    let (code, said) = refused_start(server).await;
    assert_eq!(code, EXIT_CONFIG, "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} in: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_never_finish_their_handshake_are_few_and_short() {
    let server = Server::start_at(Engine::Sqlite, Site::new("patient.localhost")).await;
    let address = server.site().expect("a site").address();
    let mut silent = Vec::new();
    for _ in 0..HANDSHAKES_PER_ADDRESS {
        silent.push(TcpStream::connect(address).await.expect("a connection"));
    }

    // One more is turned away at once, long before those are: none of them has been closed yet.
    within("a client too many is turned away", HANDSHAKE_LIMIT, async {
        closes(TcpStream::connect(address).await.expect("a connection")).await;
    })
    .await;
    // Somebody else does not wait for them.
    let other = TcpSocket::new_v4().expect("a socket");
    other.bind("127.0.0.2:0".parse().expect("an address")).expect("another address");
    let elsewhere = client(|builder| builder.local_address("127.0.0.2".parse::<IpAddr>().ok()));
    let answer = elsewhere.get(format!("{}/health", server.public_url())).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);

    within("the server closes on clients that say nothing", HANDSHAKE_LIMIT, async {
        for stream in silent {
            closes(stream).await;
        }
    })
    .await;
    let answer = client(|builder| builder).get(format!("{}/health", server.public_url())).send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "there is room again");
    let metrics = server.http.get(format!("{}/metrics", server.metrics_url)).send().await.expect("metrics").text().await.expect("a text");
    assert!(metrics.contains(&format!("ferrodon_tls_handshakes_total{{result=\"timeout\"}} {HANDSHAKES_PER_ADDRESS}")), "{metrics}");
}

/// Reads until the other side closes, however it does.
async fn closes(mut stream: TcpStream) {
    let mut byte = [0];
    while matches!(stream.read(&mut byte).await, Ok(1)) {}
}

/// One that trusts the tests' authority and no other, and finds every name on this machine.
pub fn client(change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
    let authority = fs::read(Authority::get().ca_file()).expect("the authority's certificate");
    let authority = reqwest::Certificate::from_pem(&authority).expect("a certificate");
    let builder = Client::builder().no_proxy().tls_info(true).tls_certs_only([authority]).dns_resolver(std::sync::Arc::new(Loopback));
    change(builder.redirect(reqwest::redirect::Policy::none())).build().expect("a client")
}

/// Not every system's resolver knows names under `localhost`.
struct Loopback;

impl reqwest::dns::Resolve for Loopback {
    fn resolve(&self, _name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async { Ok(Box::new(std::iter::once(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))) as reqwest::dns::Addrs) })
    }
}

async fn certificate_of(server: &Server) -> Vec<u8> {
    // A new client each time: a connection keeps its certificate.
    let answer = client(|builder| builder).get(format!("{}/health", server.public_url())).send().await.expect("an answer");
    answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate).expect("a certificate").to_vec()
}
