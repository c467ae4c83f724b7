//! A request that lost against another transaction is run again, whole and once: nothing of it was written.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use app::Error;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Frame, SizeHint};

use crate::bodies::Kept;
use crate::error::Unworded;

/// Runs the request, and once more after a conflict. Requests that only read need no second time; one whose body was
/// not read in one piece, such as a file, gets none.
pub async fn again(request: Request, next: Next) -> Response {
    if request.method() == Method::GET {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let repeated = parts.clone();
    if body.is_end_stream() {
        let first = next.clone().run(Request::from_parts(parts, body)).await;
        return if is_conflict(&first) { run_again(Request::from_parts(repeated, Body::empty()), next).await } else { first };
    }
    let (kept, touched) = (Kept::default(), Arc::new(AtomicBool::new(false)));
    parts.extensions.insert(kept.clone());
    let body = Body::new(Watched { body, touched: touched.clone() });
    let first = next.clone().run(Request::from_parts(parts, body)).await;
    if !is_conflict(&first) {
        return first;
    }
    match kept.body() {
        Some(body) => run_again(Request::from_parts(repeated, body), next).await,
        // Who does not look at the body does not miss it.
        None if !touched.load(Ordering::Relaxed) => run_again(Request::from_parts(repeated, Body::empty()), next).await,
        None => first,
    }
}

async fn run_again(request: Request, next: Next) -> Response {
    tracing::info!("a request lost against another transaction and is run again");
    next.run(request).await
}

fn is_conflict(response: &Response) -> bool {
    response.extensions().get::<Unworded>().is_some_and(|Unworded(fail)| matches!(fail.error, Error::Conflict(_)))
}

/// A body that notes whether anybody read it.
struct Watched {
    body: Body,
    touched: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.touched.store(true, Ordering::Relaxed);
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use axum::Router;
    use axum::extract::State;
    use axum::middleware::from_fn;
    use axum::routing::post;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;
    use crate::error::Result;

    /// Loses as often as it is told to, then answers with the body.
    fn answer(left: &AtomicU32, body: Bytes) -> Result<Bytes> {
        let loses = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        if loses { Err(Error::Conflict("deadlock".into()).into()) } else { Ok(body) }
    }

    /// Reads the body as the extractors of parameters do.
    async fn whole(State(left): State<Arc<AtomicU32>>, request: Request) -> Result<Bytes> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        if let Some(kept) = parts.extensions.get::<Kept>() {
            kept.keep(&body);
        }
        answer(&left, body)
    }

    async fn in_pieces(State(left): State<Arc<AtomicU32>>, body: Body) -> Result<Bytes> {
        answer(&left, body.collect().await.unwrap().to_bytes())
    }

    async fn unread(State(left): State<Arc<AtomicU32>>) -> Result<Bytes> {
        answer(&left, "done".into())
    }

    async fn ask(path: &str, conflicts: u32, body: Body) -> (u16, String, u32) {
        let left = Arc::new(AtomicU32::new(conflicts));
        let routes = Router::new().route("/whole", post(whole)).route("/pieces", post(in_pieces)).route("/unread", post(unread));
        let router = routes.layer(from_fn(again)).with_state(left.clone());
        let response = router.oneshot(Request::builder().method("POST").uri(path).body(body).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let text = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(text.to_vec()).unwrap(), left.load(Ordering::Relaxed))
    }

    fn of_unknown_length() -> Body {
        Body::from_stream(futures_util::stream::once(async { Ok::<_, std::convert::Infallible>("hello") }))
    }

    #[tokio::test]
    async fn a_request_that_lost_runs_again_with_its_body_once() {
        assert_eq!(ask("/whole", 0, "hello".into()).await, (200, "hello".into(), 0));
        assert_eq!(ask("/whole", 1, "hello".into()).await, (200, "hello".into(), 0));
        assert_eq!(ask("/whole", 1, of_unknown_length()).await, (200, "hello".into(), 0));
        assert_eq!(ask("/whole", 1, Body::empty()).await, (200, String::new(), 0));
        let (status, _, left) = ask("/whole", 5, "hello".into()).await;
        assert_eq!((status, left), (503, 3), "twice in all");
    }

    #[tokio::test]
    async fn a_body_that_is_not_kept_is_never_repeated() {
        let (status, _, left) = ask("/pieces", 1, "hello".into()).await;
        assert_eq!((status, left), (503, 0));
        assert_eq!(ask("/pieces", 1, Body::empty()).await, (200, String::new(), 0));
        assert_eq!(ask("/unread", 1, "hello".into()).await, (200, "done".into(), 0), "nobody wanted it");
    }
}
