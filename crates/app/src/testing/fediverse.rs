//! Other servers: real HTTP on a loopback socket. Each host is a name under `localhost`, with the port of the
//! listener, so that every one has an origin of its own. What they serve is scripted; what they are asked is kept.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use wire::signature::{self, Dialect, Outgoing, SigningKey};

use crate::net::{self, Network};

/// What a host answers to one address.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// How long the answer takes.
    pub delay: Duration,
    pub pace: Pace,
}

/// How the body of an answer comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    AtOnce,
    /// Byte by byte, without end.
    Drips,
    /// The head, and then nothing.
    Stalls,
}

/// Between two bytes of a body that drips.
const DRIP_EVERY: Duration = Duration::from_millis(100);

impl Answer {
    pub fn status(status: u16) -> Answer {
        Answer { status, headers: Vec::new(), body: Bytes::new(), delay: Duration::ZERO, pace: Pace::AtOnce }
    }

    /// An ActivityPub document.
    pub fn activity(document: &Value) -> Answer {
        Answer::of("application/activity+json; charset=utf-8", document.to_string())
    }

    /// 200 with a body of this type.
    pub fn of(kind: &str, body: impl Into<Bytes>) -> Answer {
        Answer { headers: vec![("content-type".into(), kind.into())], body: body.into(), ..Answer::status(200) }
    }

    /// It comes long after everybody has given up.
    pub fn never() -> Answer {
        Answer { delay: Duration::from_secs(24 * 60 * 60), ..Answer::status(200) }
    }

    /// A picture of which next to nothing comes.
    pub fn slow_picture(pace: Pace) -> Answer {
        Answer { pace, ..Answer::of("image/png", "") }
    }

    pub fn with(mut self, name: &str, value: &str) -> Answer {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn redirect(to: &str) -> Answer {
        Answer { headers: vec![("location".into(), to.into())], ..Answer::status(302) }
    }
}

/// A request that a host was sent.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// With scheme, host and query.
    pub url: String,
    pub headers: HashMap<String, String>,
    pub body: Bytes,
}

impl Asked {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[derive(Default)]
struct State {
    answers: HashMap<String, Answer>,
    /// What comes before those, each once.
    first: HashMap<String, VecDeque<Answer>>,
    asked: Vec<Asked>,
}

/// The other servers; they go with the runtime of the test.
#[derive(Clone)]
pub struct Fediverse {
    port: u16,
    state: Arc<Mutex<State>>,
    arrived: Arc<Notify>,
}

impl Fediverse {
    pub async fn open() -> Fediverse {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let fediverse = Fediverse { port, state: Arc::default(), arrived: Arc::default() };
        let served = fediverse.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let served = served.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| served.clone().answer(request));
                    // A connection that breaks is the client's matter.
                    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        fediverse
    }

    /// How the server under test reaches them.
    pub fn outgoing(&self) -> net::Options {
        net::Options { allow_http: true, allow_private: vec![Network::read("127.0.0.0/8").unwrap()], ..net::Options::default() }
    }

    /// The domain of the host `name`, as handles have it.
    pub fn domain(&self, name: &str) -> String {
        format!("{name}.localhost:{}", self.port)
    }

    /// An address on the host `name`; `path` begins with a slash.
    pub fn url(&self, name: &str, path: &str) -> String {
        format!("http://{}{path}", self.domain(name))
    }

    /// From now on this is the answer to GET `url`. Every other GET is answered with 404, every POST that has no answer
    /// of its own with 202.
    pub fn serves(&self, url: &str, answer: Answer) {
        self.state.lock().unwrap().answers.insert(format!("GET {url}"), answer);
    }

    /// From now on this is the answer to POST `url`.
    pub fn takes(&self, url: &str, answer: Answer) {
        self.state.lock().unwrap().answers.insert(format!("POST {url}"), answer);
    }

    /// These are the next answers to POST `url`, each once; then come those that it has otherwise.
    pub fn takes_first(&self, url: &str, answers: impl IntoIterator<Item = Answer>) {
        self.state.lock().unwrap().first.entry(format!("POST {url}")).or_default().extend(answers);
    }

    /// Everything the hosts were asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    /// The addresses of all GETs so far.
    pub fn fetched(&self) -> Vec<String> {
        self.asked().into_iter().filter(|asked| asked.method == "GET").map(|asked| asked.url).collect()
    }

    /// Activities that were posted to `inbox`, in their order.
    pub fn delivered(&self, inbox: &str) -> Vec<Value> {
        self.asked().iter().filter(|asked| asked.method == "POST" && asked.url == inbox).map(Asked::json).collect()
    }

    /// Forgets what was asked.
    pub fn forgets(&self) {
        self.state.lock().unwrap().asked.clear();
    }

    /// Ends when the hosts have been asked something that `wanted` accepts.
    pub async fn waits_for(&self, wanted: impl Fn(&Asked) -> bool) -> Asked {
        loop {
            let arrived = self.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();
            if let Some(found) = self.asked().into_iter().find(&wanted) {
                return found;
            }
            arrived.await;
        }
    }

    /// A person on the host `name`, whose actor and WebFinger are served.
    pub fn person(&self, host: &str, username: &str) -> RemotePerson {
        let uri = self.url(host, &format!("/users/{username}"));
        let person = RemotePerson { domain: self.domain(host), username: username.to_owned(), uri };
        self.serves(&person.uri, Answer::activity(&person.actor()));
        self.serves(&person.webfinger_url(), Answer::of("application/jrd+json", person.webfinger().to_string()));
        person
    }

    async fn answer(self, request: hyper::Request<Incoming>) -> Result<hyper::Response<Body>, Infallible> {
        let headers: HashMap<String, String> =
            request.headers().iter().map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())).collect();
        let host = request.uri().authority().map(ToString::to_string).or_else(|| headers.get("host").cloned()).unwrap_or_default();
        let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
        let (method, url) = (request.method().to_string(), format!("http://{host}{path}"));
        let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let found = {
            let mut state = self.state.lock().unwrap();
            let place = format!("{method} {url}");
            let first = state.first.get_mut(&place).and_then(VecDeque::pop_front);
            let found = first.or_else(|| state.answers.get(&place).cloned());
            state.asked.push(Asked { method: method.clone(), url, headers, body });
            found
        };
        self.arrived.notify_waiters();
        let answer = found.unwrap_or_else(|| Answer::status(if method == "POST" { 202 } else { 404 }));
        tokio::time::sleep(answer.delay).await;
        let mut response = hyper::Response::builder().status(answer.status);
        for (name, value) in &answer.headers {
            response = response.header(name, value);
        }
        Ok(response.body(body_of(answer)).unwrap())
    }
}

type Body = UnsyncBoxBody<Bytes, Infallible>;

fn body_of(answer: Answer) -> Body {
    match answer.pace {
        Pace::AtOnce => Full::new(answer.body).boxed_unsync(),
        Pace::Stalls => StreamBody::new(futures_util::stream::pending()).boxed_unsync(),
        Pace::Drips => {
            let byte = |()| async move {
                tokio::time::sleep(DRIP_EVERY).await;
                Some((Ok(Frame::data(Bytes::from_static(b"x"))), ()))
            };
            StreamBody::new(futures_util::stream::unfold((), byte)).boxed_unsync()
        }
    }
}

/// Somebody on another server. All of them have the same key pair: making one takes its time.
#[derive(Clone, Debug)]
pub struct RemotePerson {
    pub domain: String,
    pub username: String,
    pub uri: String,
}

impl RemotePerson {
    pub fn key_id(&self) -> String {
        format!("{}#main-key", self.uri)
    }

    pub fn inbox(&self) -> String {
        format!("{}/inbox", self.uri)
    }

    pub fn followers(&self) -> String {
        format!("{}/followers", self.uri)
    }

    pub fn shared_inbox(&self) -> String {
        format!("http://{}/inbox", self.domain)
    }

    /// An address below the actor's; `path` begins with a slash.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.uri)
    }

    pub fn webfinger_url(&self) -> String {
        let resource: String = url::form_urlencoded::byte_serialize(format!("acct:{}@{}", self.username, self.domain).as_bytes()).collect();
        format!("http://{}/.well-known/webfinger?resource={resource}", self.domain)
    }

    pub fn webfinger(&self) -> Value {
        json!({
            "subject": format!("acct:{}@{}", self.username, self.domain),
            "links": [{ "rel": "self", "type": "application/activity+json", "href": self.uri }],
        })
    }

    /// The actor as Mastodon would write it.
    pub fn actor(&self) -> Value {
        json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": self.uri,
            "type": "Person",
            "preferredUsername": self.username,
            "name": "",
            "summary": "",
            "url": format!("http://{}/@{}", self.domain, self.username),
            "inbox": self.inbox(),
            "outbox": format!("{}/outbox", self.uri),
            "followers": self.followers(),
            "following": format!("{}/following", self.uri),
            "endpoints": { "sharedInbox": self.shared_inbox() },
            "manuallyApprovesFollowers": false,
            "publicKey": { "id": self.key_id(), "owner": self.uri, "publicKeyPem": keys().public_pem },
        })
    }

    /// A public note of theirs.
    pub fn note(&self, path: &str, content: &str) -> Value {
        json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": self.at(path),
            "type": "Note",
            "attributedTo": self.uri,
            "to": ["https://www.w3.org/ns/activitystreams#Public"],
            "cc": [self.followers()],
            "published": "2026-01-01T12:00:00Z",
            "content": content,
        })
    }

    /// An activity of theirs. What is within has no context of its own, as most servers write it.
    pub fn activity(&self, kind: &str, path: &str, object: impl Into<Value>) -> Value {
        let mut object = object.into();
        if let Some(object) = object.as_object_mut() {
            object.remove("@context");
        }
        json!({ "@context": "https://www.w3.org/ns/activitystreams", "id": self.at(path), "type": kind, "actor": self.uri, "object": object })
    }

    /// The headers with which they send `method url` and this body, `host` included, as most servers would.
    pub fn signed(&self, method: &str, url: &str, body: Option<&[u8]>, now_ms: i64) -> Vec<(&'static str, String)> {
        self.signed_in(Dialect::Cavage, method, url, body, now_ms)
    }

    /// As [`RemotePerson::signed`], in either dialect.
    pub fn signed_in(&self, dialect: Dialect, method: &str, url: &str, body: Option<&[u8]>, now_ms: i64) -> Vec<(&'static str, String)> {
        let (url, key) = (url::Url::parse(url).unwrap(), SigningKey::rsa(self.private_key()).unwrap());
        let digest = body.map(signature::Sha256::of);
        let request = Outgoing { method, url: &url, body: digest.as_ref(), now_ms };
        let mut headers = signature::sign(&key, &self.key_id(), &request, dialect).unwrap();
        headers.push(("host", signature::host_of(&url)));
        headers
    }

    /// As [`RemotePerson::signed_in`], with a key of another, which others find at `key_id`.
    pub fn signed_with(&self, key: &TestKey, key_id: &str, dialect: Dialect, url: &str, body: &[u8], now_ms: i64) -> Vec<(&'static str, String)> {
        let url = url::Url::parse(url).unwrap();
        let request = Outgoing { method: "POST", url: &url, body: Some(&signature::Sha256::of(body)), now_ms };
        let mut headers = signature::sign(&key.signing, key_id, &request, dialect).unwrap();
        headers.push(("host", signature::host_of(&url)));
        headers
    }

    /// PKCS#8 of their RSA key.
    pub fn private_key(&self) -> &'static [u8] {
        &keys().private
    }
}

/// A key pair beside the one that everybody has.
pub struct TestKey {
    pub signing: SigningKey,
    pub public_pem: String,
    /// As a Multikey has it; empty for RSA.
    pub multibase: String,
}

impl TestKey {
    pub fn rsa() -> TestKey {
        let keys = generate();
        TestKey { signing: SigningKey::rsa(&keys.private).unwrap(), public_pem: keys.public_pem, multibase: String::new() }
    }

    pub fn ed25519() -> TestKey {
        let pair = Ed25519KeyPair::generate().unwrap();
        let signing = SigningKey::ed25519(pair.to_pkcs8v1().unwrap().as_ref()).unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let multibase = format!("z{}", base58(&[&[0xed, 0x01], pair.public_key().as_ref()].concat()));
        TestKey { signing, public_pem: pem(public.as_ref()), multibase }
    }
}

fn base58(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let (mut number, mut text) = (bytes.to_vec(), Vec::new());
    while number.iter().any(|byte| *byte != 0) {
        let mut rest = 0;
        for byte in &mut number {
            let value = rest * 256 + u32::from(*byte);
            (*byte, rest) = ((value / 58) as u8, value % 58);
        }
        text.push(char::from(ALPHABET[rest as usize]));
    }
    text.into_iter().rev().collect()
}

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

struct Keys {
    private: Vec<u8>,
    public_pem: String,
}

fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(generate)
}

fn generate() -> Keys {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    Keys { private: private.as_ref().to_vec(), public_pem: pem(public.as_ref()) }
}
