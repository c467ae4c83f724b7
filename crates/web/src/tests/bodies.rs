//! How much of a body is read, and of whom.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use app::stories;
use app::testing::png;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Version};
use http_body::{Frame, SizeHint};
use tower::ServiceExt;

use crate::bodies::{PERSON_BYTES, STRANGER_BYTES};
use crate::routes;
use crate::tests::site::Site;

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=b";
const LARGE: usize = 17 * 1024 * 1024;
const PIECE: usize = 16 * 1024;
/// What takes files: these alone may be sent large bodies.
const UPLOADS: [&str; 5] = ["/api/v1/media", "/api/v2/media", "/api/v1/accounts/update_credentials", "/api/v1/profile", "/api/v1/media/{id}"];

/// A body that comes in pieces and counts what is read of it.
struct Watched {
    left: usize,
    says_length: bool,
    read: Arc<AtomicUsize>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let piece = self.left.min(PIECE);
        self.left -= piece;
        self.read.fetch_add(piece, Ordering::Relaxed);
        Poll::Ready((piece > 0).then(|| Ok(Frame::data(Bytes::from(vec![b'x'; piece])))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        if self.says_length { SizeHint::with_exact(self.left as u64) } else { SizeHint::default() }
    }
}

/// The status, and how many bytes were read before it was answered.
async fn answered(site: &Site, method: &str, path: &str, headers: &[(&str, &str)], length: usize, says_length: bool) -> (u16, usize) {
    let read = Arc::new(AtomicUsize::new(0));
    let body = Watched { left: length, says_length, read: read.clone() };
    // Of an HTTP/2 stream nothing is read after the answer.
    let mut request = Request::builder().method(method).uri(path).version(Version::HTTP_2);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = site.router().oneshot(request.body(Body::new(body)).unwrap()).await.unwrap();
    (response.status().as_u16(), read.load(Ordering::Relaxed))
}

stories! {
    async fn files_are_read_after_token_and_scope(site: Site) {
        let alice = site.user("alice");
        let own = app::oauth::applications::own(&site.world.app).await.unwrap();
        let machine = app::oauth::tokens::from_credentials(&site.world.app, &own, Some("write")).await.unwrap().access_token;
        let (narrow, revoked) = (alice.token_with("read write:statuses").await, alice.token_with("write").await);
        app::oauth::tokens::revoke(&site.world.app, &own, &revoked).await.unwrap();
        for (method, path) in [("POST", UPLOADS[0]), ("POST", UPLOADS[1]), ("PATCH", UPLOADS[2]), ("PUT", UPLOADS[2]), ("PATCH", UPLOADS[3]), ("PUT", UPLOADS[3])] {
            for says_length in [true, false] {
                for (token, status) in [("", 401), ("nonsense", 401), (revoked.as_str(), 401), (narrow.as_str(), 403), (machine.as_str(), 422)] {
                    let bearer = format!("Bearer {token}");
                    let headers = [("content-type", MULTIPART), ("authorization", bearer.as_str())];
                    let headers = if token.is_empty() { &headers[..1] } else { &headers[..] };
                    assert_eq!(answered(&site, method, path, headers, 1024 * 1024, says_length).await, (status, 0), "{method} {path} {token}");
                }
            }
        }
    }

    async fn strangers_are_not_read_past_their_limit(site: Site) {
        for (method, path, _) in routes().into_iter().filter(|(method, path, _)| *method != "GET" && !path.ends_with("/inbox")) {
            let path = path.replace("{id}", "1").replace("{key}", "1").replace("{name}", "x").replace("{token}", "x");
            for kind in [MULTIPART, "application/json", FORM, "application/octet-stream", ""] {
                let (_, read) = answered(&site, method, &path, &[("content-type", kind)], LARGE, true).await;
                assert_eq!(read, 0, "{method} {path} {kind}");
                let (_, read) = answered(&site, method, &path, &[("content-type", kind)], LARGE, false).await;
                assert!(read <= STRANGER_BYTES + PIECE, "{method} {path} {kind}, of unknown length: {read}");
            }
        }
    }

    async fn only_uploads_take_large_bodies_of_people(site: Site) {
        let bearer = format!("Bearer {}", site.user("alice").token);
        let largest = site.world.app.options.limits.image_bytes * 2 + PERSON_BYTES;
        for (method, path, _) in routes().into_iter().filter(|(method, path, _)| *method != "GET" && !path.ends_with("/inbox")) {
            let most = if UPLOADS.contains(&path) { largest } else { PERSON_BYTES };
            let path = path.replace("{id}", "1").replace("{key}", "1").replace("{name}", "x").replace("{token}", "x");
            for kind in [MULTIPART, "application/json", FORM] {
                let headers = [("content-type", kind), ("authorization", bearer.as_str())];
                let (_, read) = answered(&site, method, &path, &headers, LARGE, true).await;
                assert_eq!(read, 0, "{method} {path} {kind}");
                let (_, read) = answered(&site, method, &path, &headers, LARGE, false).await;
                assert!(read <= most + PIECE, "{method} {path} {kind}, of unknown length: {read}");
            }
        }
    }

    async fn limits_hold_to_the_byte(site: Site) {
        let filled = |start: &str, end: &str, length: usize| format!("{start}{}{end}", "x".repeat(length - start.len() - end.len()));
        let form = |length| filled("client_name=a&redirect_uris=https://a.test/&x=", "", length);
        site.post("/api/v1/apps").form(&form(STRANGER_BYTES)).await.ok();
        let refused = site.post("/api/v1/apps").form(&form(STRANGER_BYTES + 1)).await;
        assert_eq!(refused.error(), (413, "The request is too large; the most is 64 KiB".into()));
        let alice = site.user("alice");
        let json = |length| filled("{\"status\":\"hello\",\"x\":\"", "\"}", length);
        site.post("/api/v1/statuses").by(&alice).raw("application/json", json(PERSON_BYTES)).await.ok();
        let refused = site.post("/api/v1/statuses").by(&alice).raw("application/json", json(PERSON_BYTES + 1)).await;
        assert_eq!(refused.error(), (413, "The request is too large; the most is 1 MiB".into()));
        let texts = async |length: usize| site.post("/api/v2/media").by(&alice).multipart(&[("x", &"x".repeat(length))], None).await.status;
        assert_eq!(texts(PERSON_BYTES).await, 422, "there is no file");
        assert_eq!(texts(PERSON_BYTES + 1).await, 413);
    }

    async fn files_sent_where_none_are_taken_are_passed_over(site: Site) {
        let posted = site.post("/api/v1/statuses").by(&site.user("alice")).multipart(&[("status", "hello")], Some(("file", png(4, 4)))).await.ok();
        assert_eq!(posted["content"], "<p>hello</p>");
        let odd = site.post("/api/v1/statuses").by(&site.user("alice")).multipart(&[], Some(("status", png(4, 4)))).await;
        assert_eq!(odd.status, 422, "a file is no text");
    }

    async fn json_of_very_many_values_is_refused(site: Site) {
        let alice = site.user("alice");
        for inner in ["0,".repeat(20_000), "[],".repeat(20_000), "{},".repeat(20_000), "\"\",".repeat(20_000)] {
            let body = format!("{{\"status\":\"x\",\"x\":[{inner}0]}}");
            assert_eq!(site.post("/api/v1/statuses").by(&alice).raw("application/json", body).await.status, 400);
        }
        let commas = format!("{{\"status\":\"x\",\"x\":\"{}\"}}", "[,{".repeat(20_000));
        site.post("/api/v1/statuses").by(&alice).raw("application/json", commas).await.ok();
    }
}
