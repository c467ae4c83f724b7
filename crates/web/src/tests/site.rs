//! A server that is asked in process: requests are sentences, answers are looked at.

use std::collections::BTreeSet;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use app::App;
use app::testing::{Engine, Person, World, past_cards};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, header};
use bytes::Bytes;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::hub::Hub;
use crate::{Options, Web, service};

const BOUNDARY: &str = "the-boundary";

/// A world and its router.
pub struct Site {
    pub world: World,
    router: Router,
    pub hub: Hub,
    /// Whether asking twice is the same as asking once.
    compares: bool,
}

impl Site {
    pub async fn new(engine: Engine) -> Site {
        Site::of(World::new(engine).await.with_users(["alice", "bob"]).await, Options::default())
    }

    /// The same world behind a router with other options.
    pub fn of(world: World, options: Options) -> Site {
        let compares = !options.rate_limits;
        let web = Web::new(world.app.clone(), options);
        Site { hub: web.hub.clone(), router: service(web), world, compares }
    }

    pub fn with_rate_limits(self) -> Site {
        Site::of(self.world, Options { rate_limits: true, ..Options::default() })
    }

    /// The router, and what is told on streams from now on.
    pub fn with_streams(&self) -> Router {
        tokio::spawn(app::invalidation::run(self.world.app.clone()));
        tokio::spawn(self.hub.clone().run(self.world.app.clone()));
        self.router.clone()
    }

    pub fn router(&self) -> Router {
        self.router.clone()
    }

    pub fn user(&self, name: &str) -> Person {
        self.world.user(name)
    }

    pub fn users<const N: usize>(&self, names: [&str; N]) -> [Person; N] {
        self.world.users(names)
    }

    /// A token of the server's own application, without a person.
    pub async fn app_token(&self, scopes: &str) -> String {
        let own = app::oauth::applications::own(&self.world.app).await.unwrap();
        app::oauth::tokens::from_credentials(&self.world.app, &own, Some(scopes)).await.unwrap().access_token
    }

    pub fn get(&self, path: &str) -> Ask {
        self.ask(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Ask {
        self.ask(Method::POST, path)
    }

    pub fn put(&self, path: &str) -> Ask {
        self.ask(Method::PUT, path)
    }

    pub fn delete(&self, path: &str) -> Ask {
        self.ask(Method::DELETE, path)
    }

    pub fn ask(&self, method: Method, path: &str) -> Ask {
        let compared = self.compares && method == Method::GET && path.starts_with("/api/");
        Ask {
            router: self.router.clone(),
            app: compared.then(|| self.world.app.clone()),
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }
}

/// A request; awaiting it sends it.
#[derive(Clone)]
pub struct Ask {
    router: Router,
    /// Whose answer is compared with the one that shows nothing from memory.
    app: Option<App>,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Ask {
    pub fn by(self, person: &Person) -> Ask {
        let token = person.token.clone();
        self.with_token(&token)
    }

    /// Asked once only: others may write meanwhile.
    pub fn uncompared(self) -> Ask {
        Ask { app: None, ..self }
    }

    pub fn with_token(self, token: &str) -> Ask {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn header(mut self, name: &str, value: &str) -> Ask {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn json(mut self, body: Value) -> Ask {
        self.body = body.to_string().into();
        self.header("content-type", "application/json")
    }

    pub fn form(mut self, body: &str) -> Ask {
        self.body = body.to_owned().into();
        self.header("content-type", "application/x-www-form-urlencoded")
    }

    /// A body without a type.
    pub fn bytes(mut self, body: &[u8]) -> Ask {
        self.body = Bytes::copy_from_slice(body);
        self
    }

    pub fn raw(mut self, kind: &str, body: impl Into<Bytes>) -> Ask {
        self.body = body.into();
        self.header("content-type", kind)
    }

    /// Texts, and a file by its field.
    pub fn multipart(self, texts: &[(&str, &str)], file: Option<(&str, Bytes)>) -> Ask {
        self.files(texts, file)
    }

    /// A multipart body with several files.
    pub fn files<'a>(mut self, texts: &[(&str, &str)], files: impl IntoIterator<Item = (&'a str, Bytes)>) -> Ask {
        let mut body = Vec::new();
        for (name, value) in texts {
            body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        for (name, bytes) in files {
            body.extend(
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f.png\"\r\nContent-Type: image/png\r\n\r\n")
                    .bytes(),
            );
            body.extend(&bytes);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{BOUNDARY}--\r\n").bytes());
        self.body = body.into();
        self.header("content-type", &format!("multipart/form-data; boundary={BOUNDARY}"))
    }

    async fn send(self) -> Answer {
        let Some(app) = &self.app else { return self.send_once().await };
        let answer = self.clone().send_once().await;
        if let Some(fresh) = past_cards(app, self.clone().send_once()).await
            && (answer.status, fresh.status) == (200, 200)
        {
            assert_eq!(answer.text(), fresh.text(), "what is kept in memory of {} is not what the database holds", self.path);
        }
        answer
    }

    async fn send_once(self) -> Answer {
        let mut request = Request::builder().method(self.method).uri(self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = self.router.oneshot(request.body(Body::from(self.body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body: body.collect().await.unwrap().to_bytes() }
    }
}

impl IntoFuture for Ask {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body of a request that went well.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json", "{}", self.text());
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Status and words of a request that failed; the body holds nothing else.
    #[track_caller]
    pub fn error(&self) -> (u16, String) {
        let body = self.json();
        assert_eq!(keys(&body), ["error"], "{body}");
        (self.status, body["error"].as_str().unwrap().to_owned())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The `id`s of a list.
    #[track_caller]
    pub fn ids(&self) -> Vec<String> {
        self.ok().as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }

    /// The path of a page that the Link header names.
    pub fn link(&self, rel: &str) -> Option<String> {
        let end = format!(">; rel=\"{rel}\"");
        let link = self.header("link").split(", ").find_map(|link| link.strip_suffix(&end))?;
        Some(link.strip_prefix("<https://here.test").unwrap().to_owned())
    }

    /// The value of a cookie that is set.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let set = self.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap());
        set.filter_map(|cookie| cookie.split(';').next()?.split_once('=')).find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    }
}

/// The keys of a map, sorted.
pub fn keys(value: &Value) -> Vec<&str> {
    let keys: BTreeSet<&str> = value.as_object().unwrap_or_else(|| panic!("{value} is no map")).keys().map(String::as_str).collect();
    keys.into_iter().collect()
}

/// What an endpoint for people says to everybody who may not use it.
pub async fn is_closed_without(site: &Site, ask: Ask, scope: &str) {
    let nobody = ask.clone().with_token(&site.app_token(scope).await).await;
    assert_eq!(nobody.error(), (422, "This method requires an authenticated user".into()), "with an application's own token");
    is_closed_to_wrong_tokens(site, ask, scope).await;
}

/// What an endpoint for any token of the scope says to all others.
pub async fn is_closed_to_wrong_tokens(site: &Site, ask: Ask, scope: &str) {
    let alice = site.user("alice");
    let missing = ask.clone().await;
    assert_eq!(missing.error(), (401, "The access token is invalid".into()), "without a token");
    assert!(missing.header("www-authenticate").starts_with("Bearer"));
    assert_eq!(ask.clone().with_token("nonsense").await.error(), (401, "The access token is invalid".into()), "with a bad token");
    let other = if scope.starts_with("read") { "write" } else { "read" };
    let wrong = ask.clone().with_token(&alice.token_with(other).await).await;
    assert_eq!(wrong.error(), (403, "This action is outside the authorized scopes".into()), "with {other} instead of {scope}");
    let own = app::oauth::applications::own(&site.world.app).await.unwrap();
    let revoked = alice.token_with("read:blocks").await;
    app::oauth::tokens::revoke(&site.world.app, &own, &revoked).await.unwrap();
    assert_eq!(ask.with_token(&revoked).await.error(), (401, "The access token was revoked".into()), "with a revoked token");
}

/// Walks a list both ways by its links, two at a time, and compares it with the whole, newest first.
pub async fn pages_both_ways(site: &Site, path: &str, person: &Person, whole: &[String]) {
    assert!(whole.len() >= 4, "too few to page through");
    let joint = if path.contains('?') { '&' } else { '?' };
    let mut next = Some(format!("{path}{joint}limit=2"));
    let (mut walked, mut last) = (Vec::new(), None);
    while let Some(path) = next {
        let answer = site.get(&path).by(person).await;
        let ids = answer.ids();
        assert!(ids.len() <= 2, "{path}");
        next = answer.link("next");
        if !ids.is_empty() {
            walked.extend(ids);
            last = Some(answer);
        }
        assert!(walked.len() <= whole.len(), "{path} repeats");
    }
    assert_eq!(walked, whole, "downwards");
    let newer = last.unwrap().link("prev").unwrap();
    assert!(newer.contains("limit=2"), "{newer}");
    let up = site.get(&newer).by(person).await.ids();
    assert!(!up.is_empty() && whole.windows(up.len()).any(|window| window == up), "{newer}: {up:?}");
    let first = site.get(&format!("{path}{joint}limit=2")).by(person).await;
    assert!(site.get(&first.link("prev").unwrap()).by(person).await.ids().is_empty(), "nothing is newer than the newest");
}
