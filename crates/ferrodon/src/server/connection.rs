//! What is known of one connection: what it waits for, and by when.
//!
//! The socket (`socket.rs`) reports bytes, the service (`exchange.rs`) requests and answers; the task of the connection
//! runs under `Connection::watched`, which ends it when a deadline has passed or the registry asks for it.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use app::measure::label;
use tokio::time::{Instant, Sleep, sleep_until};

use super::exchange::Exchange;
use super::noise::Noise;
use super::pace::Pace;

/// How long a client may take for its TLS handshake.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);
/// How long a client may take for the head of a request, from its first byte; of the first request, from the connection.
const HEAD_LIMIT: Duration = Duration::from_secs(10);
/// How long a connection may be open without a request. More than the minute after which common proxies close theirs, so
/// that the server does not close one that a proxy is about to use.
const IDLE_LIMIT: Duration = Duration::from_secs(75);
/// How long a connection without a request that is being closed may take to say goodbye.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);
/// How long a new connection is not yet silent.
const YOUNG_FOR: Duration = Duration::from_secs(1);
/// Requests on HTTP/2 that a client may give up unanswered, beyond those it waited for: all that it may have at once,
/// twice. A proxy or a browser gives up few of many; who asks only to give up makes work for nothing (CVE-2023-44487).
pub const CANCELS_MAX: u32 = 200;
/// How often a connection without a deadline is looked at all the same.
const CHECK_EVERY: Duration = Duration::from_secs(60);

/// Why the server ends a connection that the client did not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Handshake,
    Head,
    Idle,
    Write,
    /// The client gave up too many requests.
    Cancels,
    /// Too much came that was neither a request nor a body.
    Noise,
    /// The place is needed for another client.
    Shed,
    /// The server stops.
    Stop,
}

impl End {
    /// The value of the metric's label.
    fn label(self) -> &'static str {
        match self {
            End::Handshake => "handshake",
            End::Head => "head",
            End::Idle => "idle",
            End::Write => "write",
            End::Cancels => "cancels",
            End::Noise => "noise",
            End::Shed => "shed",
            End::Stop => "stop",
        }
    }

    pub fn count(self) {
        count_closed(self.label());
    }
}

/// A connection or an HTTP/2 stream that the server closed, by the reason.
pub fn count_closed(reason: &'static str) {
    metrics::counter!("ferrodon_connections_closed_total", "reason" => label(reason)).increment(1);
}

/// What a connection does that could be closed in favour of another; the first kinds go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Idleness {
    /// It never sent a request.
    Silent,
    /// It has no request.
    Idle,
    /// All its requests wait for the client: for their bodies, or for their answers to be read.
    Slow,
    /// It has just been opened, and its first request is probably on the way.
    Young,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Handshake,
    /// Before the first request.
    Opening,
    Idle,
    /// The head of a further request has begun. HTTP/1 only: on HTTP/2, other frames come without a request.
    Head,
    Busy,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// When the phase began.
    since: Instant,
    is_http2: bool,
    /// Requests whose answers are not done.
    exchanges: u32,
    /// Those of them that wait for the client.
    waiting: u32,
    /// Those of them that are streams.
    streams: u32,
    /// A WebSocket now, to its end.
    is_upgraded: bool,
    write: Pace,
    noise: Noise,
    /// Requests on HTTP/2 that were given up unanswered, less those that were answered.
    cancels: u32,
    /// Since when it is being closed.
    closing_since: Option<Instant>,
    order: Option<End>,
    waker: Option<Waker>,
    /// The latest request on HTTP/2, until its stream's task has taken it.
    latest: Weak<Exchange>,
}

#[derive(Debug)]
pub struct Connection {
    pub id: u64,
    /// The client's address, or its network.
    pub peer: IpAddr,
    /// Whether the client is one of the operator's proxies.
    pub is_proxy: bool,
    state: Mutex<State>,
}

impl Connection {
    pub fn new(id: u64, peer: IpAddr, is_proxy: bool, is_tls: bool) -> Connection {
        let now = Instant::now();
        let state = State {
            phase: if is_tls { Phase::Handshake } else { Phase::Opening },
            since: now,
            is_http2: false,
            exchanges: 0,
            waiting: 0,
            streams: 0,
            is_upgraded: false,
            write: Pace::default(),
            noise: Noise::new(now),
            cancels: 0,
            closing_since: None,
            order: None,
            waker: None,
            latest: Weak::new(),
        };
        Connection { id, peer, is_proxy, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The TLS handshake is done.
    pub fn opened(&self) {
        self.state().enter(Phase::Opening);
    }

    /// Bytes came.
    pub fn read(&self, bytes: usize) {
        let mut state = self.state();
        // A WebSocket has limits of its own.
        if !state.is_upgraded && !state.noise.came(bytes, Instant::now) {
            // This is the task of the connection, which looks for orders next.
            state.order.get_or_insert(End::Noise);
        }
        if state.phase == Phase::Idle && !state.is_http2 {
            state.enter(Phase::Head);
        }
    }

    /// Bytes went.
    pub fn wrote(&self, bytes: usize) {
        let mut state = self.state();
        let was_waiting = state.write.is_waiting();
        state.write.progress(bytes, Instant::now);
        if was_waiting && state.phase == Phase::Idle {
            state.since = Instant::now();
        }
    }

    /// The client does not take what is to be sent.
    pub fn write_blocked(&self) {
        let mut state = self.state();
        if !state.write.is_waiting() {
            state.write.wait(Instant::now());
        }
    }

    /// A request begins.
    pub fn begins(&self, exchange: &Arc<Exchange>, is_http2: bool) {
        let mut state = self.state();
        state.exchanges += 1;
        state.noise.request();
        state.is_http2 |= is_http2;
        if is_http2 {
            state.latest = Arc::downgrade(exchange);
        }
        if state.phase != Phase::Busy {
            state.enter(Phase::Busy);
        }
    }

    /// A request's answer is done; the reverse of `begins`.
    pub fn ends(&self) {
        let mut state = self.state();
        state.exchanges = state.exchanges.saturating_sub(1);
        if state.exchanges == 0 {
            state.enter(Phase::Idle);
        }
    }

    /// Bytes of a request's body were read, or bytes of an answer taken.
    pub fn carried(&self, bytes: usize) {
        self.state().noise.useful(bytes);
    }

    /// A request on HTTP/2 has its answer, or was given up before.
    pub fn answered(&self, is_answered: bool) {
        let mut state = self.state();
        if is_answered {
            state.cancels = state.cancels.saturating_sub(1);
            return;
        }
        state.cancels += 1;
        if state.cancels > CANCELS_MAX {
            state.cancels = 0;
            drop(state);
            self.order(End::Cancels);
        }
    }

    /// A request begins or ceases to wait for the client.
    pub fn waits(&self, begins: bool) {
        let mut state = self.state();
        state.waiting = if begins { state.waiting + 1 } else { state.waiting.saturating_sub(1) };
    }

    /// A request has become a stream; true if it is the connection's first.
    pub fn stream_begins(&self, is_upgrade: bool) -> bool {
        let mut state = self.state();
        let is_first = !state.is_stream();
        state.is_upgraded |= is_upgrade;
        state.streams += u32::from(!is_upgrade);
        is_first
    }

    /// A stream has ended; true if it was the connection's last.
    pub fn stream_ends(&self) -> bool {
        let mut state = self.state();
        state.streams = state.streams.saturating_sub(1);
        !state.is_stream()
    }

    /// Whether it carries a stream.
    pub fn is_stream(&self) -> bool {
        self.state().is_stream()
    }

    /// The latest request on HTTP/2, for the task of its stream.
    pub fn take_latest(&self) -> Option<Arc<Exchange>> {
        std::mem::take(&mut self.state().latest).upgrade()
    }

    /// Ends the connection, as soon as its task is there.
    pub fn order(&self, end: End) {
        let waker = {
            let mut state = self.state();
            state.order.get_or_insert(end);
            state.waker.take()
        };
        // Outside of the lock: what a task drops when it is woken may want it.
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// How idle it is and since when; `None` if it must not be closed in favour of another.
    pub fn idleness(&self) -> Option<(Idleness, Instant)> {
        let state = self.state();
        if state.is_stream() || state.order.is_some() {
            return None;
        }
        match state.phase {
            Phase::Handshake | Phase::Opening if state.since.elapsed() < YOUNG_FOR => Some((Idleness::Young, state.since)),
            Phase::Handshake | Phase::Opening => Some((Idleness::Silent, state.since)),
            Phase::Idle | Phase::Head => Some((Idleness::Idle, state.since)),
            Phase::Busy if state.waiting >= state.exchanges || state.write.is_waiting() => Some((Idleness::Slow, state.since)),
            Phase::Busy => None,
        }
    }

    /// Runs `work` until it is done, or the connection has to end.
    pub async fn watched<F: Future>(&self, mut work: Pin<&mut F>) -> Result<F::Output, End> {
        let mut timer = std::pin::pin!(sleep_until(self.check_at()));
        std::future::poll_fn(|context| {
            if let Poll::Ready(output) = work.as_mut().poll(context) {
                return Poll::Ready(Ok(output));
            }
            self.poll_end(timer.as_mut(), context).map(Err)
        })
        .await
    }

    fn poll_end(&self, mut timer: Pin<&mut Sleep>, context: &mut Context<'_>) -> Poll<End> {
        let mut state = self.state();
        if let Some(end) = state.order.take() {
            return Poll::Ready(end);
        }
        if !state.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            state.waker = Some(context.waker().clone());
        }
        // Deadlines mostly move away; the timer is only set to an earlier one.
        let deadline = state.deadline();
        if let Some((at, _)) = deadline.filter(|(at, _)| *at < timer.deadline()) {
            timer.as_mut().reset(at);
        }
        while timer.as_mut().poll(context).is_ready() {
            let now = Instant::now();
            match deadline {
                Some((at, end)) if at <= now => return Poll::Ready(end),
                Some((at, _)) => timer.as_mut().reset(at),
                None => timer.as_mut().reset(now + CHECK_EVERY),
            }
        }
        Poll::Pending
    }

    fn check_at(&self) -> Instant {
        self.state().deadline().map_or_else(|| Instant::now() + CHECK_EVERY, |(at, _)| at)
    }

    /// It is being closed, and without a request may take `CLOSE_LIMIT` for that; false if it was being closed already.
    pub fn closes(&self) -> bool {
        self.state().closing_since.replace(Instant::now()).is_none()
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = Instant::now();
    }

    fn is_stream(&self) -> bool {
        self.is_upgraded || self.streams > 0
    }

    /// By when something has to happen, and what it means if it does not.
    fn deadline(&self) -> Option<(Instant, End)> {
        let of_phase = match (self.phase, self.closing_since) {
            (Phase::Busy, _) => None,
            (_, Some(since)) => Some((since + CLOSE_LIMIT, End::Idle)),
            (Phase::Handshake, _) => Some((self.since + HANDSHAKE_LIMIT, End::Handshake)),
            (Phase::Opening | Phase::Head, _) => Some((self.since + HEAD_LIMIT, End::Head)),
            (Phase::Idle, _) => Some((self.since + IDLE_LIMIT, End::Idle)),
        };
        let of_write = self.write.deadline().map(|at| (at, End::Write));
        of_phase.into_iter().chain(of_write).min_by_key(|(at, _)| *at)
    }
}
