//! Other servers by the hundred, of the simplest kind: every name under one suffix is a host, every person on it
//! has an actor, all share one key. They sign what they send and record what they are sent. Some can fall silent.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::server::{Server, client};
use crate::wait::{PATIENCE, within};

/// The end of every name.
const SUFFIX: &str = "remote.localhost";
const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
/// Connections that wait to be accepted; few, so that they can be used up.
const BACKLOG: u32 = 8;
/// Connections beyond the backlog of a listener that accepts no more: one that is not even answered must come.
const FILLING_MAX: u32 = 4 * BACKLOG;

/// What a host was sent.
#[derive(Clone)]
pub struct Received {
    pub at: Instant,
    pub host: String,
    pub activity: Value,
}

#[derive(Clone)]
pub struct Remote(Arc<Inner>);

struct Inner {
    key: KeyPair,
    public_pem: String,
    http: reqwest::Client,
    received: Mutex<Vec<Received>>,
    /// Hosts that take requests and never answer.
    mute: AtomicBool,
    open: Door,
    mutes: Door,
    closed: Door,
}

/// How a host behaves once `falls_silent` was called.
#[derive(Clone, Copy, PartialEq)]
pub enum Manner {
    /// Answers as ever.
    Lively,
    /// Takes what it is sent and never answers.
    Mute,
    /// Takes no connection: what asks for one is not answered.
    Closed,
}

/// A listener; its port is part of the names of its hosts.
struct Door {
    port: u16,
    closing: Arc<Notify>,
}

impl Remote {
    pub async fn open() -> Self {
        let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        let public: PublicKeyX509Der<'_> = key.public_key().as_der().expect("a public key");
        let public_pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(public.as_ref()));
        let (listeners, doors): (Vec<_>, Vec<_>) = (0..3).map(|_| listen()).unzip();
        let Ok([open, mutes, closed]) = <[Door; 3]>::try_from(doors) else { unreachable!("three doors") };
        let (received, mute) = (Mutex::default(), AtomicBool::new(false));
        let remote = Self(Arc::new(Inner { key, public_pem, http: client(), received, mute, open, mutes, closed }));
        for (listener, door) in listeners.into_iter().zip([&remote.0.open, &remote.0.mutes, &remote.0.closed]) {
            tokio::spawn(remote.clone().accept(listener, door.port, door.closing.clone()));
        }
        remote
    }

    /// The domain of a host.
    pub fn host(&self, name: &str, manner: Manner) -> String {
        let door = match manner {
            Manner::Lively => &self.0.open,
            Manner::Mute => &self.0.mutes,
            Manner::Closed => &self.0.closed,
        };
        format!("{name}.{SUFFIX}:{}", door.port)
    }

    /// From now on hosts that are not lively are as their manner says.
    pub async fn falls_silent(&self) -> Vec<TcpStream> {
        self.0.mute.store(true, Ordering::Relaxed);
        self.0.closed.closing.notify_one();
        // The connections that wait to be accepted are as many as there may be when one is not answered.
        let mut waiting = Vec::new();
        for _ in 0..FILLING_MAX {
            let connecting = TcpStream::connect(("127.0.0.1", self.0.closed.port));
            match tokio::time::timeout(std::time::Duration::from_millis(200), connecting).await {
                Ok(stream) => waiting.push(stream.expect("a connection")),
                Err(_) => return waiting,
            }
        }
        panic!("a listener that accepts nothing has taken {FILLING_MAX} connections");
    }

    /// All that was sent so far.
    pub fn received(&self) -> Vec<Received> {
        self.0.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When each host was first sent something about this object.
    pub fn arrivals(&self, object: &str) -> HashMap<String, Instant> {
        let mut arrivals = HashMap::new();
        for received in self.0.received.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if received.activity["object"]["id"] == object {
                arrivals.entry(received.host.clone()).or_insert(received.at);
            }
        }
        arrivals
    }

    /// Posts an activity to the server's shared inbox, signed by its actor; the answer's status, and None
    /// when the connection broke.
    pub async fn sends(&self, server: &str, authority: &str, activity: &Value) -> Option<u16> {
        let body = activity.to_string();
        let digest = format!("SHA-256={}", STANDARD.encode(digest::digest(&digest::SHA256, body.as_bytes())));
        let date = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let signed = format!("(request-target): post /inbox\nhost: {authority}\ndate: {date}\ndigest: {digest}");
        let actor = activity["actor"].as_str().expect("an actor");
        let signature = format!(
            "keyId=\"{actor}#main-key\",algorithm=\"rsa-sha256\",headers=\"(request-target) host date digest\",signature=\"{}\"",
            STANDARD.encode(self.sign(signed.as_bytes()))
        );
        let request = self.0.http.post(format!("{server}/inbox")).header("host", authority).header("date", date).header("digest", digest);
        let request = request.header("signature", signature).header("content-type", "application/activity+json").body(body);
        Some(request.send().await.ok()?.status().as_u16())
    }

    /// As `sends`, to a server that must take it.
    pub async fn tells(&self, server: &Server, activity: &Value) {
        let status = self.sends(&server.url, &server.domain(), activity).await;
        assert_eq!(status, Some(202), "{activity}");
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.0.key.public_modulus_len()];
        self.0.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).expect("a signature");
        signature
    }

    async fn accept(self, listener: TcpListener, port: u16, closing: Arc<Notify>) {
        let mut connections = JoinSet::new();
        loop {
            let stream = tokio::select! {
                accepted = listener.accept() => accepted.expect("a connection").0,
                () = closing.notified() => break,
            };
            let remote = self.clone();
            connections.spawn(async move {
                let service = service_fn(move |request| remote.clone().answer(port, request));
                // A connection that breaks is the other side's matter.
                let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            });
        }
        connections.shutdown().await;
        // Listening on, and never accepting.
        std::future::pending::<()>().await;
        drop(listener);
    }

    async fn answer(self, port: u16, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        if port == self.0.mutes.port && self.0.mute.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        let host = request.headers().get("host").and_then(|host| host.to_str().ok()).map(str::to_owned);
        let host = host.or_else(|| request.uri().authority().map(ToString::to_string)).unwrap_or_default();
        let (path, query) = (request.uri().path().to_owned(), request.uri().query().unwrap_or_default().to_owned());
        if request.method() == "POST" {
            let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            let activity = serde_json::from_slice(&body).unwrap_or_default();
            let received = Received { at: Instant::now(), host, activity };
            self.0.received.lock().unwrap_or_else(PoisonError::into_inner).push(received);
            return Ok(status(202));
        }
        let document = match path.strip_prefix("/users/") {
            Some(name) if !name.contains('/') => self.actor(&host, name),
            _ if path == "/.well-known/webfinger" => {
                let parameters: HashMap<_, _> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
                let resource = parameters.get("resource").cloned().unwrap_or_default();
                let name = resource.trim_start_matches("acct:").split('@').next().unwrap_or_default();
                let link = json!({ "rel": "self", "type": "application/activity+json", "href": actor_of(&host, name) });
                json!({ "subject": format!("acct:{name}@{host}"), "links": [link] })
            }
            _ => return Ok(status(404)),
        };
        let mut response = Response::new(Full::new(Bytes::from(document.to_string())));
        let kind = if path.starts_with("/users/") { "application/activity+json" } else { "application/jrd+json" };
        response.headers_mut().insert("content-type", kind.parse().expect("a media type"));
        Ok(response)
    }

    fn actor(&self, host: &str, name: &str) -> Value {
        let uri = actor_of(host, name);
        json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": uri,
            "type": "Person",
            "preferredUsername": name,
            "inbox": format!("{uri}/inbox"),
            "outbox": format!("{uri}/outbox"),
            "followers": format!("{uri}/followers"),
            "endpoints": { "sharedInbox": format!("http://{host}/inbox") },
            "publicKey": { "id": format!("{uri}#main-key"), "owner": uri, "publicKeyPem": self.0.public_pem },
        })
    }
}

/// The address of a person on a host.
pub fn actor_of(host: &str, name: &str) -> String {
    format!("http://{host}/users/{name}")
}

/// An activity; `path` begins with a slash and makes its id, below the actor's.
pub fn activity(kind: &str, actor: &str, path: &str, object: impl Into<Value>) -> Value {
    json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": format!("{actor}{path}"),
        "type": kind,
        "actor": actor,
        "object": object.into(),
    })
}

/// A public answer to a status, which names its author.
pub fn answer(actor: &str, path: &str, text: &str, status: &str, author: &str) -> Value {
    let note = json!({
        "id": format!("{actor}{path}/note"),
        "type": "Note",
        "attributedTo": actor,
        "inReplyTo": status,
        "content": format!("<p>{text}</p>"),
        "published": jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "to": [PUBLIC],
        "cc": [format!("{actor}/followers"), author],
        "tag": [{ "type": "Mention", "href": author, "name": "@author" }],
    });
    let mut create = activity("Create", actor, path, note);
    create["to"] = json!([PUBLIC]);
    create["cc"] = json!([format!("{actor}/followers"), author]);
    create
}

fn listen() -> (TcpListener, Door) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let listener = socket.listen(BACKLOG).expect("a listener");
    let port = listener.local_addr().expect("its address").port();
    (listener, Door { port, closing: Arc::default() })
}

fn status(code: u16) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = code.try_into().expect("a status code");
    response
}

/// What tests of silence rely on.
#[tokio::test]
async fn hosts_answer_until_they_fall_silent() {
    let remote = Remote::open().await;
    let manners = [Manner::Lively, Manner::Mute, Manner::Closed];
    let ask = async |manner: Manner| {
        let port = remote.host("a", manner).rsplit(':').next().and_then(|port| port.parse::<u16>().ok()).expect("a port");
        let request = remote.0.http.get(format!("http://127.0.0.1:{port}/users/bob")).timeout(std::time::Duration::from_millis(500));
        request.send().await.is_ok()
    };
    for manner in manners {
        assert!(ask(manner).await);
    }
    let _waiting = within("they fall silent", PATIENCE, remote.falls_silent()).await;
    for manner in manners {
        assert_eq!(ask(manner).await, manner == Manner::Lively);
    }
}
