//! Other servers, as far as a load needs them: real HTTP on one loopback socket, each host a name under
//! `localhost` with that socket's port. What they serve follows from the address alone, so that any number of
//! people exists without being kept. They answer at once; a Follow they accept.

use std::cell::RefCell;
use std::collections::HashSet;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, bail};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, server::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use url::Url;
use wire::signature::{self, Dialect, Outgoing, SigningKey};

use crate::http::{Ask, Connection};

pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
/// Key pairs, shared by everybody: making one takes its time, and a server keeps one for each actor anyway.
const KEYS: usize = 4;
/// Connections that the server under load may have open to all hosts together.
const CONNECTIONS_MAX: usize = 2_000;
/// Arrivals that are kept; what comes after them is answered all the same.
const ARRIVALS_MAX: usize = 100_000;
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(5);

/// Somebody on one of the hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub uri: String,
    pub handle: String,
    number: usize,
}

/// An activity that a host was sent.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub at: Instant,
    pub host: String,
    pub kind: String,
}

/// All the other servers. Dropping the last handle ends them with their connections.
#[derive(Clone)]
pub struct Remotes {
    shared: Rc<Shared>,
    _tasks: Rc<JoinSet<()>>,
}

struct Shared {
    port: u16,
    keys: Vec<Key>,
    /// Where the server under load listens: who follows is answered there.
    server: SocketAddr,
    seen: RefCell<Seen>,
}

#[derive(Default)]
struct Seen {
    arrivals: Vec<Arrival>,
    fetches: usize,
    /// What went wrong in an answer to a Follow.
    failed: Option<String>,
}

struct Key {
    signing: SigningKey,
    public_pem: String,
}

impl Remotes {
    /// Opens the hosts for a server at `server`. Needs a `LocalSet` around it.
    pub async fn open(server: SocketAddr) -> Result<Remotes> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let keys = (0..KEYS).map(|_| Key::generate()).collect::<Result<_>>()?;
        let shared = Rc::new(Shared { port: listener.local_addr()?.port(), keys, server, seen: RefCell::default() });
        let mut tasks = JoinSet::new();
        tasks.spawn_local(accept(listener, shared.clone()));
        Ok(Remotes { shared, _tasks: Rc::new(tasks) })
    }

    /// Where all of them listen.
    #[cfg(test)]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.shared.port))
    }

    /// The person `number`, who lives on one of `hosts` hosts.
    pub fn person(&self, number: usize, hosts: usize) -> Person {
        self.shared.person(&format!("r{}.localhost:{}", number % hosts, self.shared.port), number)
    }

    /// The request that brings `activity` of this person to the shared inbox.
    pub fn signed(&self, person: &Person, activity: &Value) -> Result<Ask> {
        self.shared.signed(person, activity)
    }

    /// Activities of this kind that came so far.
    pub fn arrived(&self, kind: &str) -> Vec<Arrival> {
        self.shared.seen.borrow().arrivals.iter().filter(|arrival| arrival.kind == kind).cloned().collect()
    }

    /// Waits until as many hosts have been sent an activity of this kind.
    ///
    /// Errors: when they have not within `limit`, or a Follow could not be answered.
    pub async fn until_arrived(&self, kind: &str, hosts: usize, limit: Duration) -> Result<()> {
        let asked = Instant::now();
        loop {
            if let Some(failed) = self.shared.seen.borrow().failed.clone() {
                bail!("a Follow was not answered: {failed}");
            }
            let seen = self.arrived(kind).into_iter().map(|arrival| arrival.host).collect::<HashSet<_>>().len();
            if seen >= hosts {
                return Ok(());
            }
            if asked.elapsed() > limit {
                bail!("only {seen} of {hosts} hosts got a {kind} within {limit:?}");
            }
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        }
    }

    /// Documents that were asked for so far.
    pub fn fetches(&self) -> usize {
        self.shared.seen.borrow().fetches
    }

    pub fn forget(&self) {
        *self.shared.seen.borrow_mut() = Seen::default();
    }
}

impl Shared {
    fn person(&self, host: &str, number: usize) -> Person {
        Person { uri: format!("http://{host}/users/a{number}"), handle: format!("a{number}@{host}"), number }
    }

    fn key(&self, number: usize) -> &Key {
        &self.keys[number % KEYS]
    }

    fn signed(&self, person: &Person, activity: &Value) -> Result<Ask> {
        let body = Bytes::from(activity.to_string());
        let url = Url::parse(&format!("http://{}/inbox", self.server))?;
        let now_ms = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
        let request = Outgoing { method: "POST", url: &url, body: Some(&signature::Sha256::of(&body)), now_ms };
        let key_id = format!("{}#main-key", person.uri);
        let mut headers =
            signature::sign(&self.key(person.number).signing, &key_id, &request, Dialect::Cavage).map_err(|error| anyhow!("{error}"))?;
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        Ok(Ask { path: "/inbox".into(), token: None, body: Some((signature::ACTIVITY_TYPE.into(), body)), headers })
    }

    async fn answer(self: Rc<Self>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let host = request.headers().get("host").and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
        let (path, query) = (request.uri().path().to_owned(), request.uri().query().unwrap_or_default().to_owned());
        if request.method() == "POST" {
            let at = Instant::now();
            let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            self.take(at, host, &body);
            return Ok(respond(202, "text/plain", String::new()));
        }
        self.seen.borrow_mut().fetches += 1;
        Ok(match self.document(&host, &path, &query) {
            Some((kind, document)) => respond(200, kind, document.to_string()),
            None => respond(404, "application/json", "{}".into()),
        })
    }

    fn take(self: &Rc<Self>, at: Instant, host: String, body: &[u8]) {
        let activity: Value = serde_json::from_slice(body).unwrap_or_default();
        let kind = activity["type"].as_str().unwrap_or_default().to_owned();
        if kind == "Follow" {
            let shared = self.clone();
            tokio::task::spawn_local(async move {
                if let Err(error) = shared.accept_follow(activity).await {
                    shared.seen.borrow_mut().failed = Some(format!("{error:#}"));
                }
            });
        }
        let mut seen = self.seen.borrow_mut();
        if seen.arrivals.len() < ARRIVALS_MAX {
            seen.arrivals.push(Arrival { at, host, kind });
        }
    }

    async fn accept_follow(&self, follow: Value) -> Result<()> {
        let followed = follow["object"].as_str().context("a Follow of nobody")?.to_owned();
        let (host, name) = followed.trim_start_matches("http://").split_once("/users/a").context("a Follow of somebody else")?;
        let person = self.person(host, name.parse()?);
        let accept = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "type": "Accept",
            "id": format!("{followed}#accepts/{}", follow["id"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default()),
            "actor": followed, "object": follow,
        });
        Connection::open(self.server).await?.ask(&self.signed(&person, &accept)?).await.map(drop)
    }

    /// What is served at an address: people, their handles and their empty collections.
    fn document(&self, host: &str, path: &str, query: &str) -> Option<(&'static str, Value)> {
        const ACTIVITY: &str = "application/activity+json; charset=utf-8";
        if path == "/.well-known/webfinger" {
            let resource = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "resource")?.1.into_owned();
            let number = resource.strip_prefix("acct:a")?.split('@').next()?.parse().ok()?;
            let person = self.person(host, number);
            let link = json!({ "rel": "self", "type": "application/activity+json", "href": person.uri });
            return Some(("application/jrd+json", json!({ "subject": format!("acct:{}", person.handle), "links": [link] })));
        }
        let (name, rest) = path.strip_prefix("/users/a").map(|rest| rest.split_once('/').unwrap_or((rest, "")))?;
        let person = self.person(host, name.parse().ok()?);
        if rest.is_empty() {
            return Some((ACTIVITY, self.actor(&person, host)));
        }
        let collection = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": format!("http://{host}{path}"),
            "type": "OrderedCollection", "totalItems": 0, "orderedItems": [],
        });
        ["outbox", "followers", "following", "collections/featured"].contains(&rest).then_some((ACTIVITY, collection))
    }

    fn actor(&self, person: &Person, host: &str) -> Value {
        let Person { uri, number, .. } = person;
        json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": uri, "type": "Person", "preferredUsername": format!("a{number}"), "name": format!("Person {number}"),
            "summary": "<p>Writes to measure.</p>", "url": format!("http://{host}/@a{number}"),
            "inbox": format!("{uri}/inbox"), "outbox": format!("{uri}/outbox"),
            "followers": format!("{uri}/followers"), "following": format!("{uri}/following"),
            "featured": format!("{uri}/collections/featured"), "endpoints": { "sharedInbox": format!("http://{host}/inbox") },
            "manuallyApprovesFollowers": false, "discoverable": true, "published": "2024-01-01T00:00:00Z",
            "publicKey": { "id": format!("{uri}#main-key"), "owner": uri, "publicKeyPem": self.key(*number).public_pem },
        })
    }
}

impl Key {
    fn generate() -> Result<Key> {
        let pair = KeyPair::generate(KeySize::Rsa2048)?;
        let (private, public): (Pkcs8V1Der<'_>, PublicKeyX509Der<'_>) = (pair.as_der()?, pair.public_key().as_der()?);
        let public_pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(public.as_ref()));
        Ok(Key { signing: SigningKey::rsa(private.as_ref())?, public_pem })
    }
}

async fn accept(listener: TcpListener, shared: Rc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        while connections.len() >= CONNECTIONS_MAX {
            connections.join_next().await;
        }
        while connections.try_join_next().is_some() {}
        let shared = shared.clone();
        connections.spawn_local(async move {
            // Small answers go out at once, not when there are more.
            let _ = socket.set_nodelay(true);
            let service = service_fn(move |request| shared.clone().answer(request));
            // A connection that breaks is the server's matter.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
        });
    }
}

fn respond(status: u16, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static(kind));
    response
}

#[cfg(test)]
mod tests {
    use tokio::task::LocalSet;

    use super::*;

    #[tokio::test]
    async fn people_are_where_their_handles_say() {
        LocalSet::new()
            .run_until(async {
                let remotes = Remotes::open("127.0.0.1:9".parse().unwrap()).await.unwrap();
                let person = remotes.person(7, 3);
                let host = format!("r1.localhost:{}", remotes.shared.port);
                assert_eq!(person.handle, format!("a7@{host}"));
                let resource = format!("resource=acct%3Aa7%40r1.localhost%3A{}", remotes.shared.port);
                let (_, found) = remotes.shared.document(&host, "/.well-known/webfinger", &resource).unwrap();
                assert_eq!(found["links"][0]["href"], person.uri);
                let (_, actor) = remotes.shared.document(&host, "/users/a7", "").unwrap();
                assert_eq!(actor["id"], person.uri);
                assert!(remotes.shared.document(&host, "/users/b7", "").is_none());
            })
            .await;
    }

    #[tokio::test]
    async fn what_arrives_is_counted_by_host() {
        LocalSet::new()
            .run_until(async {
                let remotes = Remotes::open("127.0.0.1:9".parse().unwrap()).await.unwrap();
                let mut connection = Connection::open(remotes.address()).await.unwrap();
                connection.ask(&Ask::post("/inbox", &json!({ "type": "Create" }))).await.unwrap();
                remotes.until_arrived("Create", 1, Duration::from_secs(5)).await.unwrap();
                let error = remotes.until_arrived("Create", 2, Duration::ZERO).await.unwrap_err();
                assert_eq!(error.to_string(), "only 1 of 2 hosts got a Create within 0ns");
            })
            .await;
    }
}
