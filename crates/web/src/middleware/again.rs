//! A request that lost against another transaction is run again, whole and once: nothing of it was written.

use app::Error;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};

use crate::error::{Fail, Unworded};

/// Longer bodies are not kept for a second time.
const BODY_MAX: u64 = 1024 * 1024;

/// Runs the request, and once more after a conflict. Reading requests need no second time; what says no length,
/// or a great one, gets none.
pub async fn again(request: Request, next: Next) -> Response {
    if request.method() == Method::GET || request.body().size_hint().exact().is_none_or(|length| length > BODY_MAX) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_MAX as usize).collect().await else {
        return Fail::from(Error::malformed("the body broke off")).into_response();
    };
    let body = body.to_bytes();
    let first = next.clone().run(Request::from_parts(parts.clone(), Body::from(body.clone()))).await;
    if !is_conflict(&first) {
        return first;
    }
    tracing::info!("a request lost against another transaction and is run again");
    next.run(Request::from_parts(parts, Body::from(body))).await
}

fn is_conflict(response: &Response) -> bool {
    response.extensions().get::<Unworded>().is_some_and(|Unworded(fail)| matches!(fail.error, Error::Conflict(_)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use axum::Router;
    use axum::extract::State;
    use axum::middleware::from_fn;
    use axum::routing::post;
    use tower::ServiceExt;

    use super::*;
    use crate::error::Result;

    /// Loses as often as it is told to, then answers with the body.
    async fn loser(State(left): State<Arc<AtomicU32>>, body: String) -> Result<String> {
        let loses = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        if loses { Err(Error::Conflict("deadlock".into()).into()) } else { Ok(body) }
    }

    async fn ask(conflicts: u32, body: Body) -> (u16, String, u32) {
        let left = Arc::new(AtomicU32::new(conflicts));
        let router = Router::new().route("/", post(loser)).layer(from_fn(again)).with_state(left.clone());
        let response = router.oneshot(Request::builder().method("POST").uri("/").body(body).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let text = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(text.to_vec()).unwrap(), left.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn a_request_that_lost_is_run_again_with_its_body_and_only_once() {
        assert_eq!(ask(0, "hello".into()).await, (200, "hello".into(), 0));
        assert_eq!(ask(1, "hello".into()).await, (200, "hello".into(), 0));
        assert_eq!(ask(1, Body::empty()).await, (200, String::new(), 0));
        let (status, _, left) = ask(5, "hello".into()).await;
        assert_eq!((status, left), (503, 3), "twice in all");
    }

    #[tokio::test]
    async fn what_is_too_long_to_be_kept_or_of_unknown_length_is_run_once() {
        let unknown = futures_util::stream::once(async { Ok::<_, std::convert::Infallible>("hello") });
        for body in [Body::from("a".repeat(BODY_MAX as usize + 1)), Body::from_stream(unknown)] {
            let (status, _, left) = ask(1, body).await;
            assert_eq!((status, left), (503, 0));
        }
    }
}
