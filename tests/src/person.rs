//! A person with a client in hand: verbs over the API, each of which must succeed, and `asks` for the
//! tests of what must not.

use reqwest::multipart::{Form, Part};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::live::Live;
use crate::server::Server;

#[derive(Clone)]
pub struct Person {
    pub name: String,
    pub email: String,
    pub password: String,
    pub id: String,
    pub token: String,
    pub url: String,
    http: Client,
}

impl Server {
    /// A new local user, confirmed and approved, with a token for `read write follow push`.
    pub async fn user(&self, name: &str) -> Person {
        let (email, password) = (format!("{name}@mail.test"), format!("a long password of {name}"));
        self.cli_with_input(
            &["accounts", "create", name, "--email", &email, "--confirmed", "--approve", "--password-stdin"],
            &format!("{password}\n"),
        );
        let token = self.token(name, "read write follow push");
        Person::sign_in(self, name, email, password, token).await
    }
}

impl Person {
    pub async fn sign_in(server: &Server, name: &str, email: String, password: String, token: String) -> Self {
        let mut person =
            Self { name: name.to_owned(), email, password, id: String::new(), token, url: server.url.clone(), http: server.http.clone() };
        person.id = text_of(&person.reads("/api/v1/accounts/verify_credentials").await["id"]);
        person
    }

    pub async fn posts(&self, text: &str) -> Value {
        self.posts_with(json!({ "status": text })).await
    }

    pub async fn posts_with(&self, params: Value) -> Value {
        self.asks(Method::POST, "/api/v1/statuses", Some(params)).await.expect(200)
    }

    pub async fn uploads(&self, file: Vec<u8>, description: &str) -> Value {
        self.tries_to_upload(file, description).await.expect("an answer to the upload").expect(200)
    }

    /// None when the connection broke, as it does when the server is killed.
    pub async fn tries_to_upload(&self, file: Vec<u8>, description: &str) -> Option<Answer> {
        let part = Part::bytes(file).file_name("picture.png").mime_str("image/png").expect("a media type");
        let form = Form::new().part("file", part).text("description", description.to_owned());
        let request = self.http.post(format!("{}/api/v2/media", self.url)).bearer_auth(&self.token);
        Answer::of(request.multipart(form)).await.ok()
    }

    pub async fn replies(&self, status: &Value, text: &str) -> Value {
        self.posts_with(json!({ "status": text, "in_reply_to_id": status["id"] })).await
    }

    pub async fn follows(&self, other: &Person) -> Value {
        self.does(&format!("/api/v1/accounts/{}/follow", other.id)).await
    }

    pub async fn favourites(&self, status: &Value) -> Value {
        self.does(&format!("/api/v1/statuses/{}/favourite", text_of(&status["id"]))).await
    }

    pub async fn deletes(&self, status: &Value) -> Value {
        let path = format!("/api/v1/statuses/{}", text_of(&status["id"]));
        self.asks(Method::DELETE, &path, None).await.expect(200)
    }

    /// A POST without a body that must succeed.
    pub async fn does(&self, path: &str) -> Value {
        self.asks(Method::POST, path, None).await.expect(200)
    }

    /// A GET that must succeed.
    pub async fn reads(&self, path: &str) -> Value {
        self.asks(Method::GET, path, None).await.expect(200)
    }

    /// All that a list endpoint has, page after page. Panics after 200 pages.
    pub async fn reads_all(&self, path: &str) -> Vec<Value> {
        const PAGES_MAX: usize = 200;
        let mut items = Vec::new();
        let mut next = Some(path.to_owned());
        for _ in 0..PAGES_MAX {
            let Some(path) = next else { return items };
            let answer = self.asks(Method::GET, &path, None).await;
            // Links begin with the server's public address, which need not be the one it is asked at.
            next = answer.next_page().and_then(|url| url::Url::parse(&url).ok()).map(|url| url[url::Position::BeforePath..].to_owned());
            match answer.expect(200) {
                Value::Array(page) => items.extend(page),
                other => panic!("{path} is not a list: {other}"),
            }
        }
        panic!("{path} has no end after {PAGES_MAX} pages");
    }

    /// Any request as this person; panics when there is no answer at all.
    pub async fn asks(&self, method: Method, path: &str, params: Option<Value>) -> Answer {
        self.tries(method.clone(), path, params).await.unwrap_or_else(|| panic!("{method} {path}: no answer"))
    }

    /// None when the connection broke, as it does when the server is killed.
    pub async fn tries(&self, method: Method, path: &str, params: Option<Value>) -> Option<Answer> {
        let mut request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        if let Some(params) = params {
            request = request.json(&params);
        }
        Answer::of(request).await.ok()
    }

    /// The user's stream, open and listening when this returns.
    pub async fn listens(&self) -> Live {
        Live::open(&self.url, &self.token, "user").await
    }
}

pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Vec<u8>,
    request: String,
}

impl Answer {
    pub async fn of(request: reqwest::RequestBuilder) -> reqwest::Result<Self> {
        let (client, request) = request.build_split();
        let request = request?;
        let line = format!("{} {}", request.method(), request.url());
        let response = client.execute(request).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self { status, headers, body: response.bytes().await?.to_vec(), request: line })
    }

    /// The JSON of an answer that must have this status.
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.request, self.text());
        self.json()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{}: {} {error}: {}", self.request, self.status, self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn next_page(&self) -> Option<String> {
        let link = self.header("link").split(',').find(|link| link.contains("rel=\"next\""))?;
        Some(link.split_once('<')?.1.split_once('>')?.0.to_owned())
    }
}

/// The string in a JSON value; panics when it is something else.
pub fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a string: {value}")).to_owned()
}
