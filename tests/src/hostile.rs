//! What nobody should send, sent to every route: the answer is a clear refusal, never a 500, and nothing
//! is written.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::person::{Person, text_of};
use crate::server::{Server, on_both_engines};
use crate::wait::within;

/// An answer has its headers by then, whatever was sent. A stream has no end, and is not read to it.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
const HUGE_BYTES: usize = 10 * 1024 * 1024;
const DEPTH: usize = 20_000;

on_both_engines![
    no_body_breaks_a_route,
    no_id_breaks_a_route,
    no_query_breaks_a_route,
    no_header_breaks_a_route,
    no_bytes_break_the_listener,
    what_cannot_be_read_is_refused,
];

async fn no_body_breaks_a_route(server: Server) {
    let mallory = server.user("mallory").await;
    let mut posted = 0;
    for (method, path) in writing_routes(&server) {
        for attack in bodies() {
            for token in [Some(mallory.token.as_str()), None] {
                let mut request = server.http.request(method.clone(), format!("{}{}", server.url, filled(&path, "1")));
                if let Some(token) = token {
                    request = request.bearer_auth(token);
                }
                let request = request.header(CONTENT_TYPE, attack.content_type).body(attack.body.clone());
                let what = format!("{method} {path} with {}", attack.name);
                let seen = answer_to(request, &what, attack.body.len() >= HUGE_BYTES).await;
                seen.assert_sane(&path, &what);
                let posts = path == "/api/v1/statuses" && token.is_some() && seen.status == 200;
                posted += usize::from(posts);
            }
        }
    }
    assert_nothing_written(&server, &mallory, posted).await;
}

async fn no_id_breaks_a_route(server: Server) {
    let mallory = server.user("mallory").await;
    let ids = [
        "0",
        "-1",
        "99999999999999999999",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "1e9",
        "abc",
        "%00",
        "1%00",
        "..%2F..%2Fmaster_key",
        "%2e%2e%2fferrodon.toml",
        "%FF%FE",
        "1%20OR%201=1",
        "%F0%9F%92%A9",
        "%0d%0aX-Evil:%201",
        " ",
        "٣",
    ];
    let long = "9".repeat(4_000);
    for (method, path) in routes(&server).into_iter().filter(|(_, path)| path.contains('{')) {
        for id in ids.iter().copied().chain([long.as_str()]) {
            let what = format!("{method} {path} with {id:.40}");
            let url = format!("{}{}", server.url, filled(&path, id));
            let seen = answer_to(server.http.request(method.clone(), url).bearer_auth(&mallory.token), &what, false).await;
            seen.assert_sane(&path, &what);
            assert!(!seen.body.contains("account_domain"), "{what} leaks a file: {}", seen.body);
        }
    }
    assert_nothing_written(&server, &mallory, 0).await;
}

async fn no_query_breaks_a_route(server: Server) {
    let mallory = server.user("mallory").await;
    let many_ids = format!("?{}", "id[]=1&".repeat(2_000));
    let queries = [
        "?limit=-1&max_id=abc&since_id=99999999999999999999&min_id=%00",
        "?limit=99999999999999999999",
        "?limit=NaN&offset=-5",
        "?max_id[]=1&max_id[a]=2&limit[][]=3",
        "?max_id=%FF%FE",
        "?a[b][c][d][e][f][g][h][i][j][k][l][m][n][o][p][q][r][s][t]=1",
        "?=&&&=;&[]=&[[[=1",
        "?access_token=%FF",
        "?access_token[]=x",
        "?lang=%00&lang=xx-invalid-locale-that-is-none",
        "?types[]=nonsense&exclude_types=nonsense",
        many_ids.as_str(),
    ];
    for (method, path) in routes(&server).into_iter().filter(|(method, _)| *method == Method::GET) {
        for query in queries {
            let what = format!("{method} {path}{query:.60}");
            let url = format!("{}{}{query}", server.url, filled(&path, "1"));
            let seen = answer_to(server.http.request(method.clone(), url).bearer_auth(&mallory.token), &what, false).await;
            seen.assert_sane(&path, &what);
        }
    }
    assert_nothing_written(&server, &mallory, 0).await;
}

async fn no_header_breaks_a_route(server: Server) {
    let mallory = server.user("mallory").await;
    let odd = HeaderValue::from_bytes(b"Bearer \xff\xfe").expect("bytes a header may have");
    let headers = [
        (AUTHORIZATION.as_str(), odd.clone()),
        (AUTHORIZATION.as_str(), HeaderValue::from_static("Bearer")),
        (AUTHORIZATION.as_str(), HeaderValue::from_static("Basic !!!")),
        ("accept", odd.clone()),
        ("accept-language", HeaderValue::from_static("xx;q=banana,*;q=99,,,;;,en-\t")),
        ("cookie", HeaderValue::from_static("=;;a=b=c; _session=%%%; x")),
        ("content-type", HeaderValue::from_static("application/json; charset=utf-99; boundary")),
        ("content-type", HeaderValue::from_static("multipart/form-data")),
        ("idempotency-key", odd.clone()),
        ("x-request-id", odd.clone()),
        ("x-forwarded-for", HeaderValue::from_static("1.2.3.4, nonsense, ::1, 999.1.1.1")),
        ("x-forwarded-proto", HeaderValue::from_static("gopher")),
        ("forwarded", odd),
        ("origin", HeaderValue::from_static("null")),
        ("upgrade", HeaderValue::from_static("websocket")),
        ("sec-websocket-protocol", HeaderValue::from_static(",,, ,")),
        ("range", HeaderValue::from_static("bytes=5-1,-,99999999999999999999-")),
        ("if-none-match", HeaderValue::from_static("W/\"")),
        ("if-modified-since", HeaderValue::from_static("Thu, 99 Foo 9999 99:99:99")),
    ];
    for (method, path) in routes(&server) {
        for (name, value) in &headers {
            let what = format!("{method} {path} with {name}: {value:?}");
            let mut request = server.http.request(method.clone(), format!("{}{}", server.url, filled(&path, "1")));
            if *name != AUTHORIZATION.as_str() {
                request = request.bearer_auth(&mallory.token);
            }
            let seen = answer_to(request.header(*name, value), &what, false).await;
            seen.assert_sane(&path, &what);
        }
    }
    assert_nothing_written(&server, &mallory, 0).await;
}

async fn no_bytes_break_the_listener(server: Server) {
    let address = server.url.trim_start_matches("http://");
    let long = "x".repeat(1024 * 1024);
    for bytes in [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"GET /../../../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET \xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"POST /api/v1/statuses HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello".to_vec(),
        b"POST /api/v1/statuses HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n".to_vec(),
        b"POST /api/v1/statuses HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\n\r\n").into_bytes(),
        format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes(),
        format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "A: b\r\n".repeat(5_000)).into_bytes(),
    ] {
        let said = raw_answer(address, &bytes).await;
        let first = said.lines().next().unwrap_or_default();
        assert!(!first.contains(" 500 ") && !said.contains("root:x:"), "{:?} got {first}", String::from_utf8_lossy(&bytes[..bytes.len().min(60)]));
        assert_eq!(server.status_of("/health").await, 200);
    }
    server.assert_never_panicked();
}

/// What the listener says to `bytes`; closing the connection is an answer too.
async fn raw_answer(address: &str, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(address).await.expect("the listener takes a connection");
    let _ = socket.write_all(bytes).await;
    let _ = socket.shutdown().await;
    let mut said = Vec::new();
    within("the listener answers or closes", ANSWER_LIMIT, async {
        let _ = socket.read_to_end(&mut said).await;
    })
    .await;
    String::from_utf8_lossy(&said).into_owned()
}

async fn what_cannot_be_read_is_refused(server: Server) {
    let mallory = server.user("mallory").await;
    let unreadable: Vec<_> = bodies().into_iter().filter(|attack| attack.unreadable).collect();
    assert!(unreadable.len() > 5);
    for path in ["/api/v1/statuses", "/api/v1/apps", "/api/v2/media", "/oauth/token"] {
        for attack in &unreadable {
            let what = format!("POST {path} with {}", attack.name);
            let request = server.http.post(format!("{}{path}", server.url)).bearer_auth(&mallory.token);
            let request = request.header(CONTENT_TYPE, attack.content_type).body(attack.body.clone());
            let seen = answer_to(request, &what, attack.body.len() >= HUGE_BYTES).await;
            assert!(seen.cut_off || (400..500).contains(&seen.status), "{what}: {} {}", seen.status, seen.body);
        }
    }
    assert_nothing_written(&server, &mallory, 0).await;
}

struct Attack {
    name: &'static str,
    content_type: &'static str,
    body: Vec<u8>,
    /// Whether no reader could make a valid request of it.
    unreadable: bool,
}

fn bodies() -> Vec<Attack> {
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let multipart = "multipart/form-data; boundary=b";
    let attack = |name, content_type, body: Vec<u8>, unreadable| Attack { name, content_type, body, unreadable };
    let part = |headers: &str, body: &str| format!("--b\r\n{headers}\r\n\r\n{body}\r\n--b--\r\n").into_bytes();
    let strings = |value: Value| {
        let keys = [
            "status",
            "client_name",
            "redirect_uris",
            "scopes",
            "grant_type",
            "client_id",
            "client_secret",
            "code",
            "token",
            "media_ids",
            "in_reply_to_id",
            "visibility",
            "language",
            "sensitive",
            "spoiler_text",
            "file",
            "description",
            "focus",
            "id",
            "reblogs",
            "notify",
            "languages",
            "username",
            "email",
            "password",
        ];
        let map: serde_json::Map<_, _> = keys.iter().map(|key| ((*key).to_owned(), value.clone())).collect();
        serde_json::to_vec(&map).expect("JSON")
    };
    vec![
        attack("JSON cut short", json, b"{\"status\": \"hel".to_vec(), true),
        attack("JSON that is none", json, b"status=hello".to_vec(), true),
        attack("two JSON documents", json, b"{}{\"status\":\"x\"}".to_vec(), true),
        attack("invalid UTF-8 in JSON", json, b"{\"status\": \"\xff\xfe\"}".to_vec(), true),
        attack("a lone surrogate", json, b"{\"status\": \"\\ud800\"}".to_vec(), true),
        attack("NUL in JSON", json, b"{\"status\": \"a\\u0000b\", \"client_name\": \"a\\u0000b\", \"redirect_uris\": \"https://a.test/\\u0000\", \"grant_type\": \"\\u0000\"}".to_vec(), true),
        attack("deep JSON", json, ["{\"status\":", &"[".repeat(DEPTH), &"]".repeat(DEPTH), "}"].concat().into_bytes(), true),
        attack("deep JSON without an end", json, "{\"a\":".repeat(DEPTH).into_bytes(), true),
        attack("a huge string", json, serde_json::to_vec(&json!({ "status": "x".repeat(HUGE_BYTES) })).expect("JSON"), true),
        attack("numbers", json, strings(json!(0)), false),
        attack("huge numbers", json, b"{\"status\":1e999,\"id\":99999999999999999999,\"media_ids\":[1e400],\"in_reply_to_id\":-99999999999999999999}".to_vec(), false),
        attack("objects", json, strings(json!({ "a": { "b": 1 } })), false),
        attack("lists of lists", json, strings(json!([[[]], [null], {}])), false),
        attack("nulls", json, strings(Value::Null), false),
        attack("truth values", json, strings(json!(true)), false),
        attack("a JSON list", json, b"[1,2,3]".to_vec(), false),
        attack("a JSON string", json, b"\"status\"".to_vec(), false),
        attack("nothing", json, Vec::new(), false),
        attack("a huge form value", form, [b"status=".to_vec(), vec![b'x'; HUGE_BYTES]].concat(), true),
        attack("a form with NUL", form, b"status=a%00b&client_name=%00&redirect_uris=https://a.test/%00&grant_type=%00".to_vec(), true),
        attack("a form that is not UTF-8", form, b"status=%FF%FE&client_name=%FF&redirect_uris=%FF&grant_type=%FF".to_vec(), true),
        attack("a form with broken escapes", form, b"status[=%zz&%=%&[]=1&a[b=2&media_ids[][][]=3".to_vec(), false),
        attack("a form of many keys", form, "a[]=1&".repeat(50_000).into_bytes(), false),
        attack("a multipart without its boundary", multipart, b"hello".to_vec(), true),
        attack("a multipart cut short", multipart, b"--b\r\nContent-Disposition: form-data; name=\"status\"\r\n\r\nhel".to_vec(), true),
        attack("a multipart part without a name", multipart, part("Content-Type: text/plain", "x"), false),
        attack("a file that is none", multipart, part("Content-Disposition: form-data; name=\"file\"; filename=\"../../x.png\"\r\nContent-Type: image/png", "not a picture"), true),
        attack("a file with an evil name", multipart, part("Content-Disposition: form-data; name=\"file\"; filename=\"\\\"\0\r.png\"\r\nContent-Type: image/png", "\u{89}PNG\r\n"), true),
        attack("a type nobody knows", "application/x-nonsense", b"\x00\x01\x02".to_vec(), true),
        attack("a type that is none", ";;;=", b"{}".to_vec(), true),
    ]
}

struct Seen {
    status: u16,
    content_type: String,
    body: String,
    /// The server closed the connection instead of reading on, which is its right with a body too large.
    cut_off: bool,
}

impl Seen {
    fn assert_sane(&self, path: &str, what: &str) {
        assert!(self.status < 500 || self.cut_off, "{what}: {} {}", self.status, self.body);
        if self.status >= 400 && path.starts_with("/api/") {
            let error = serde_json::from_str::<Value>(&self.body).ok().and_then(|body| body["error"].as_str().map(str::to_owned));
            assert!(error.is_some_and(|error| !error.is_empty()), "{what}: {} without an error in JSON: {:.200}", self.status, self.body);
            assert!(self.content_type.starts_with("application/json"), "{what}: {}", self.content_type);
        }
    }
}

/// The answer; its body is read only where it has an end.
async fn answer_to(request: RequestBuilder, what: &str, may_cut_off: bool) -> Seen {
    let cut_off = Seen { status: 0, content_type: String::new(), body: String::new(), cut_off: true };
    let answer = match within(what, ANSWER_LIMIT, request.send()).await {
        Ok(answer) => answer,
        Err(_) if may_cut_off => return cut_off,
        Err(error) => panic!("{what}: {error:?}"),
    };
    let status = answer.status().as_u16();
    let content_type = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    if content_type.starts_with("text/event-stream") || status == 101 {
        return Seen { status, content_type, body: String::new(), cut_off: false };
    }
    match within(what, ANSWER_LIMIT, answer.bytes()).await {
        Ok(body) => Seen { status, content_type, body: String::from_utf8_lossy(&body).into_owned(), cut_off: false },
        Err(_) if may_cut_off => Seen { cut_off: true, status, ..cut_off },
        Err(error) => panic!("{what}: {error:?}"),
    }
}

/// The server lives, and the author has as many statuses as were acknowledged.
async fn assert_nothing_written(server: &Server, author: &Person, acknowledged: usize) {
    assert_eq!(server.status_of("/health").await, 200);
    let account = author.reads("/api/v1/accounts/verify_credentials").await;
    assert_eq!(account["statuses_count"], acknowledged, "{account}");
    let statuses = author.reads_all(&format!("/api/v1/accounts/{}/statuses", author.id)).await;
    assert_eq!(statuses.len(), acknowledged, "{:?}", statuses.iter().map(|s| text_of(&s["content"])).collect::<Vec<_>>());
    server.assert_never_panicked();
}

fn routes(server: &Server) -> Vec<(Method, String)> {
    const FEWEST: usize = 20;
    let routes: Vec<_> = server.routes().into_iter().map(|(method, path)| (method.parse().expect("a method"), path)).collect();
    assert!(routes.len() >= FEWEST, "the table has all routes, not {}", routes.len());
    routes
}

fn writing_routes(server: &Server) -> Vec<(Method, String)> {
    routes(server).into_iter().filter(|(method, _)| *method != Method::GET && *method != Method::HEAD).collect()
}

/// The path with `id` in place of each of its parameters.
fn filled(path: &str, id: &str) -> String {
    let mut filled = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        filled.push_str(id);
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    filled + rest
}
