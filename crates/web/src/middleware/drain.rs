//! Reads what a handler left of a request's body, so that the answer reaches a client that is still
//! sending. Without this the connection would break off before the client could read why.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{Version, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::sync::{Semaphore, oneshot};

/// What is read and thrown away of one body, at most: the files that apps send by mistake.
const REST_MAX: usize = 32 * 1024 * 1024;
const REST_TIME: Duration = Duration::from_secs(10);
/// Bodies that are thrown away at once; the connections of others are closed.
const AT_ONCE: usize = 64;

static PERMITS: Semaphore = Semaphore::const_new(AT_ONCE);

/// Runs the handler, then reads the rest of the body.
///
/// HTTP/2 needs none of this: a stream ends without its connection. Nor does a client that has not begun to send, because
/// it waits to be told to.
pub async fn drain(request: Request, next: Next) -> Response {
    let waits = request.headers().contains_key(header::EXPECT);
    if request.body().is_end_stream() || request.version() == Version::HTTP_2 {
        return next.run(request).await;
    }
    let (give_back, given_back) = oneshot::channel();
    let request = request.map(|body| Body::new(Lent { body, touched: false, give_back: Some(give_back) }));
    let response = next.run(request).await;
    if let Ok((rest, touched)) = given_back.await
        && is_worth_reading(&rest)
        && (touched || !waits)
        && let Ok(_permit) = PERMITS.try_acquire()
    {
        let _ = tokio::time::timeout(REST_TIME, throw_away(rest)).await;
    }
    response
}

/// Whether something is left, and its end can be reached.
fn is_worth_reading(rest: &Body) -> bool {
    !rest.is_end_stream() && rest.size_hint().lower() <= REST_MAX as u64
}

async fn throw_away(mut rest: Body) {
    let mut read = 0;
    while let Some(Ok(frame)) = rest.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > REST_MAX {
            return;
        }
    }
}

/// A body that goes back to its owner when the handler lets go of it.
struct Lent {
    body: Body,
    /// Whether any of it was asked for.
    touched: bool,
    give_back: Option<oneshot::Sender<(Body, bool)>>,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.touched = true;
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(give_back) = self.give_back.take() {
            let _ = give_back.send((std::mem::take(&mut self.body), self.touched));
        }
    }
}
