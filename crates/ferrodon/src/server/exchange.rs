//! A request and its answer, as far as they wait for the client: the body that it sends, the answer that it takes.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::connection::{Connection, count_closed};
use super::connections::Place;
use super::pace::Pace;

/// What is handed to an HTTP/2 stream at once. Small, so that an answer which the client does not take is noticed and
/// memory is not spent on it.
const CHUNK_BYTES: usize = 16 * 1024;

/// A request until its answer is sent or given up.
#[derive(Debug)]
pub struct Exchange {
    place: Arc<Place>,
    is_http2: bool,
    is_stream: AtomicBool,
    is_answered: AtomicBool,
    answer: Mutex<Pace>,
}

impl Exchange {
    pub fn begin(place: &Arc<Place>, is_http2: bool) -> Arc<Exchange> {
        let (is_stream, is_answered) = (AtomicBool::new(false), AtomicBool::new(false));
        let exchange = Arc::new(Exchange { place: place.clone(), is_http2, is_stream, is_answered, answer: Mutex::default() });
        place.connection.begins(&exchange, is_http2);
        exchange
    }

    /// From here on it is a stream, which does not count among the requests.
    pub fn becomes_stream(&self, is_upgrade: bool) {
        if !self.is_stream.swap(!is_upgrade, Ordering::Relaxed) {
            self.place.stream_begins(is_upgrade);
        }
    }

    /// The client hears its answer.
    fn answers(&self) {
        self.is_answered.store(true, Ordering::Relaxed);
    }

    fn answer(&self) -> MutexGuard<'_, Pace> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A part of the answer is handed over; until the next is asked for, the client has to take it.
    fn gives(&self) {
        self.answer().wait(Instant::now());
        self.place.connection.waits(true);
    }

    fn taken(&self, bytes: usize) {
        let mut answer = self.answer();
        if answer.is_waiting() {
            answer.progress(bytes, Instant::now);
            self.place.connection.waits(false);
            self.place.connection.carried(bytes);
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.taken(0);
        if self.is_http2 {
            self.place.connection.answered(*self.is_answered.get_mut());
        }
        if *self.is_stream.get_mut() {
            self.place.stream_ends();
        }
        self.place.connection.ends();
    }
}

/// The client sent its body too slowly.
#[derive(Debug)]
pub struct TooSlow;

impl fmt::Display for TooSlow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the body came too slowly")
    }
}

impl Error for TooSlow {}

/// The body of a request, which has to keep the least rate while somebody reads it.
pub struct Sent {
    body: Incoming,
    exchange: Arc<Exchange>,
    pace: Pace,
    timer: Option<Pin<Box<Sleep>>>,
    is_over: bool,
}

impl Sent {
    pub fn new(body: Incoming, exchange: Arc<Exchange>) -> Sent {
        Sent { body, exchange, pace: Pace::default(), timer: None, is_over: false }
    }

    fn waits(&mut self) {
        if !self.pace.is_waiting() {
            self.pace.wait(Instant::now());
            self.exchange.place.connection.waits(true);
        }
    }

    fn goes_on(&mut self, bytes: usize) {
        if self.pace.is_waiting() {
            self.exchange.place.connection.waits(false);
        }
        self.exchange.place.connection.carried(bytes);
        self.pace.progress(bytes, Instant::now);
    }

    /// Whether the client has used up its time.
    fn poll_over(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.pace.deadline() else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(context)
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        if this.is_over {
            return Poll::Ready(Some(Err(TooSlow.into())));
        }
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(frame) => {
                let bytes = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()).map_or(0, Bytes::len);
                this.goes_on(bytes);
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => {
                this.waits();
                ready!(this.poll_over(context));
                this.is_over = true;
                this.goes_on(0);
                count_closed("body");
                Poll::Ready(Some(Err(TooSlow.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.goes_on(0);
    }
}

/// The body of an answer.
pub struct Answer<B> {
    body: B,
    exchange: Arc<Exchange>,
    /// What is left of a part that is larger than `CHUNK_BYTES`.
    rest: Bytes,
    given: usize,
}

impl<B: Body> Answer<B> {
    pub fn new(body: B, exchange: Arc<Exchange>) -> Answer<B> {
        if body.is_end_stream() {
            exchange.answers();
        }
        Answer { body, exchange, rest: Bytes::new(), given: 0 }
    }

    fn give(&mut self, data: Bytes) -> Frame<Bytes> {
        self.given = data.len();
        self.exchange.gives();
        Frame::data(data)
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Answer<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = &mut *self;
        if !this.exchange.is_http2 {
            // The socket notices a client that does not read.
            return Pin::new(&mut this.body).poll_frame(context);
        }
        // Nothing is asked for once the client has reset the stream.
        this.exchange.answers();
        this.exchange.taken(this.given);
        if !this.rest.is_empty() {
            let data = this.rest.split_to(this.rest.len().min(CHUNK_BYTES));
            return Poll::Ready(Some(Ok(this.give(data))));
        }
        match ready!(Pin::new(&mut this.body).poll_frame(context)) {
            Some(Ok(frame)) => Poll::Ready(Some(Ok(match frame.into_data() {
                Ok(mut data) => {
                    this.rest = data.split_off(data.len().min(CHUNK_BYTES));
                    this.give(data)
                }
                Err(trailers) => trailers,
            }))),
            other => Poll::Ready(other),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, mut hint) = (self.rest.len() as u64, self.body.size_hint());
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(hint.lower() + rest);
        hint
    }
}

/// Runs the streams of an HTTP/2 connection, each until its client does not take the answer.
#[derive(Clone)]
pub struct Streams(pub Arc<Connection>);

impl<F> hyper::rt::Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, work: F) {
        // Hyper calls the service, and then runs what came of it, in one go.
        let exchange = self.0.take_latest();
        tokio::spawn(async move {
            let mut work = std::pin::pin!(work);
            let Some(exchange) = exchange else { return work.await };
            let mut timer = std::pin::pin!(None::<Sleep>);
            std::future::poll_fn(|context| {
                if work.as_mut().poll(context).is_ready() {
                    return Poll::Ready(());
                }
                let Some(deadline) = exchange.answer().deadline() else { return Poll::Pending };
                match timer.as_mut().as_pin_mut() {
                    Some(timer) if timer.deadline() == deadline => {}
                    Some(timer) => timer.reset(deadline),
                    None => timer.set(Some(sleep_until(deadline))),
                }
                let Some(timer) = timer.as_mut().as_pin_mut() else { return Poll::Pending };
                ready!(timer.poll(context));
                count_closed("answer");
                Poll::Ready(())
            })
            .await;
        });
    }
}
