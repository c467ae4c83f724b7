//! Bodies of requests: how many bytes are taken, from whom, and how much memory all bodies together may hold.
//!
//! A body that is there in one piece costs nothing here: its memory is the connection's read buffer. Every other body
//! takes its bytes from one budget before they are kept, and gives them back when its memory goes: with the last `Bytes`
//! that refers to it, even if a handler still works on it. A sender who has taken their share waits, without being read,
//! and is refused after [`WAIT`]; so is everybody when the budget is used up.

use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use app::ids::AccountId;
use app::measure::label;
use app::net::Network;
use app::tokens::Access;
use app::{App, Error, Words};
use axum::body::{Body, HttpBody};
use axum::http::request::Parts;
use axum::http::{Extensions, StatusCode};
use bytes::Bytes;
use futures_util::Stream;
use http_body_util::BodyExt;
use tokio::sync::Notify;

use crate::client::address;
use crate::error::Fail;

/// Bytes of a body whose sender has not shown a person's token: OAuth, registrations, forms of pages. The longest
/// legitimate one is a registration with its reasons.
pub const STRANGER_BYTES: usize = 64 * 1024;
/// Bytes of a person's body, without files: the longest texts, and avatars that some apps send within JSON.
pub const PERSON_BYTES: usize = 1024 * 1024;

/// Bytes of all bodies at once, if no single file may be larger than half of it.
const ALL_BYTES: usize = 64 * 1024 * 1024;
/// The smallest step in which a body of unknown length takes from the budget.
const STEP_BYTES: usize = 64 * 1024;
/// How long a body waits for its share. Less than clients wait for an answer, and long enough for files before it to be
/// stored.
const WAIT: Duration = Duration::from_secs(10);

/// The budget of all bodies.
pub struct Bodies {
    limits: Limits,
    trusted_proxies: Vec<Network>,
    held: Mutex<Held>,
    freed: Notify,
    /// Whether bytes were taken since [`Bodies::rest`] was last true.
    used: AtomicBool,
    wait: Duration,
}

/// How many bytes may be held.
#[derive(Clone, Copy, Debug)]
struct Limits {
    all: usize,
    /// By those who have not shown a person's token: the rest is for people.
    strangers: usize,
    /// By people: the rest is for registrations and other servers.
    people: usize,
    /// By one address, without a person's token.
    stranger: usize,
    /// By one person.
    person: usize,
    /// By the people of one address.
    household: usize,
}

/// Who holds bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Holder {
    Person(AccountId),
    Household(IpAddr),
    Stranger(IpAddr),
}

/// Who sends a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender {
    person: Option<AccountId>,
    address: IpAddr,
}

#[derive(Default)]
struct Held {
    all: usize,
    strangers: usize,
    by: HashMap<Holder, usize>,
}

impl Bodies {
    /// One file of the largest kind always fits into a person's share. Senders without a token are known by the address
    /// that the `trusted_proxies` name.
    pub fn new(app: &App, trusted_proxies: Vec<Network>) -> Bodies {
        let file_bytes = file_bytes(app);
        let all = ALL_BYTES.max(file_bytes.saturating_mul(2));
        let limits = Limits { all, strangers: all / 2, people: all / 8 * 7, stranger: all / 8, person: all / 2, household: all / 4 * 3 };
        Bodies { trusted_proxies, ..Bodies::with(limits, WAIT) }
    }

    fn with(limits: Limits, wait: Duration) -> Bodies {
        Bodies { limits, trusted_proxies: Vec::new(), held: Mutex::default(), freed: Notify::new(), used: AtomicBool::new(false), wait }
    }

    /// To be called every few seconds: whether bodies took memory since this was last true, and none does now.
    pub fn rest(&self) -> bool {
        self.held().all == 0 && self.used.swap(false, Ordering::Relaxed)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes `more` bytes if they are left.
    fn try_take(&self, sender: Sender, more: usize) -> bool {
        let (limits, mut held) = (self.limits, self.held());
        let fits = |used: usize, most: usize| used.saturating_add(more) <= most;
        let shares = sender.shares(&limits);
        let enough = fits(held.all, limits.all)
            && match sender.person {
                Some(_) => fits(held.all - held.strangers, limits.people),
                None => fits(held.strangers, limits.strangers),
            }
            && shares.iter().flatten().all(|(holder, most)| fits(held.by.get(holder).copied().unwrap_or(0), *most));
        if enough {
            held.all += more;
            held.strangers += if sender.person.is_none() { more } else { 0 };
            for (holder, _) in shares.into_iter().flatten() {
                *held.by.entry(holder).or_default() += more;
            }
            measure(&held);
            self.used.store(true, Ordering::Relaxed);
        }
        enough
    }

    fn give_back(&self, sender: Sender, bytes: usize) {
        let mut held = self.held();
        held.all -= bytes;
        held.strangers -= if sender.person.is_none() { bytes } else { 0 };
        for (holder, _) in sender.shares(&self.limits).into_iter().flatten() {
            if let Some(count) = held.by.get_mut(&holder) {
                *count -= bytes;
                if *count == 0 {
                    held.by.remove(&holder);
                }
            }
        }
        measure(&held);
        drop(held);
        self.freed.notify_waiters();
    }
}

fn measure(held: &Held) {
    metrics::gauge!("ferrodon_request_bodies_bytes").set(held.all as f64);
}

impl Sender {
    /// Who sends a request: a person once their token is known, else an address. IPv6 counts by its /64.
    pub fn of(bodies: &Bodies, parts: &Parts) -> Sender {
        let address = match address(&parts.extensions, &parts.headers, &bodies.trusted_proxies) {
            IpAddr::V4(ip) => ip.into(),
            IpAddr::V6(ip) => IpAddr::V6((u128::from(ip) >> 64 << 64).into()),
        };
        Sender { person: person(&parts.extensions), address }
    }

    fn shares(self, limits: &Limits) -> [Option<(Holder, usize)>; 2] {
        match self.person {
            Some(id) => [Some((Holder::Person(id), limits.person)), Some((Holder::Household(self.address), limits.household))],
            None => [Some((Holder::Stranger(self.address), limits.stranger)), None],
        }
    }
}

/// The person whose token has been looked up.
fn person(extensions: &Extensions) -> Option<AccountId> {
    Some(extensions.get::<Arc<Access>>()?.user.as_ref()?.viewer.account_id)
}

/// Bytes that one body has taken from the budget; dropping it gives them back.
pub struct Grant {
    bodies: Arc<Bodies>,
    sender: Sender,
    bytes: usize,
}

impl Grant {
    fn new(bodies: &Arc<Bodies>, sender: Sender) -> Grant {
        Grant { bodies: bodies.clone(), sender, bytes: 0 }
    }

    /// Takes as many bytes more as make `bytes`, and waits for them if it must.
    async fn grow(&mut self, bytes: usize) -> Result<(), Stopped> {
        let Some(more) = bytes.checked_sub(self.bytes).filter(|more| *more > 0) else { return Ok(()) };
        if !self.bodies.try_take(self.sender, more) {
            let wait = async {
                loop {
                    let freed = self.bodies.freed.notified();
                    tokio::pin!(freed);
                    freed.as_mut().enable();
                    if self.bodies.try_take(self.sender, more) {
                        return;
                    }
                    freed.await;
                }
            };
            tokio::time::timeout(self.bodies.wait, wait).await.map_err(|_| Stopped::Busy)?;
        }
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.bodies.give_back(self.sender, self.bytes);
        }
    }
}

/// Memory with what accounts for it.
struct Covered<G> {
    bytes: Vec<u8>,
    _by: G,
}

impl<G> AsRef<[u8]> for Covered<G> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Bytes that keep `by` until the last of them is dropped.
pub fn covered<G: Send + 'static>(bytes: Vec<u8>, by: G) -> Bytes {
    Bytes::from_owner(Covered { bytes, _by: by })
}

/// Why a body is not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// It is longer than so many bytes.
    TooLarge(usize),
    /// The budget, or the sender's share of it, is used up.
    Busy,
    /// The connection broke off.
    Broken,
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Stopped {}

impl From<Stopped> for Fail {
    fn from(stopped: Stopped) -> Fail {
        let reason = match stopped {
            Stopped::TooLarge(_) => "too_large",
            Stopped::Busy => "busy",
            Stopped::Broken => "broken",
        };
        metrics::counter!("ferrodon_request_bodies_refused_total", "reason" => label(reason)).increment(1);
        match stopped {
            Stopped::TooLarge(max) => {
                let words = Words::new("error-payload-too-large").with("max", size(max));
                Fail { status: StatusCode::PAYLOAD_TOO_LARGE, ..Fail::from(Error::Refused(words)) }
            }
            Stopped::Busy => Fail::new(StatusCode::SERVICE_UNAVAILABLE, "error-temporary"),
            Stopped::Broken => Error::malformed("the body broke off").into(),
        }
    }
}

fn size(bytes: usize) -> String {
    const MIB: usize = 1024 * 1024;
    if bytes < MIB { format!("{} KiB", bytes / 1024) } else { format!("{} MiB", bytes / MIB) }
}

/// The body of a request that may be run a second time, once it has been read in one piece.
#[derive(Clone, Default)]
pub struct Kept(Arc<OnceLock<Bytes>>);

impl Kept {
    pub fn body(&self) -> Option<Body> {
        self.0.get().cloned().map(Body::from)
    }

    pub fn keep(&self, bytes: &Bytes) {
        let _ = self.0.set(bytes.clone());
    }
}

/// Bytes of the largest body there is: a file and its thumbnail, with what comes beside them.
pub fn file_bytes(app: &App) -> usize {
    app.options.limits.image_bytes.saturating_mul(2).saturating_add(PERSON_BYTES)
}

/// The most that a request may bring beside files.
pub fn most(parts: &Parts) -> usize {
    if person(&parts.extensions).is_some() { PERSON_BYTES } else { STRANGER_BYTES }
}

/// Reads a body of at most `max` bytes. What says itself that it is longer is refused unread.
pub async fn read(bodies: &Arc<Bodies>, parts: &Parts, body: Body, max: usize) -> Result<Bytes, Fail> {
    let bytes = whole(bodies, parts, body, max).await?;
    if let Some(kept) = parts.extensions.get::<Kept>() {
        kept.keep(&bytes);
    }
    Ok(bytes)
}

async fn whole(bodies: &Arc<Bodies>, parts: &Parts, mut body: Body, max: usize) -> Result<Bytes, Stopped> {
    let least = least(&body);
    if least > max {
        return Err(Stopped::TooLarge(max));
    }
    let Some(first) = next(&mut body).await? else { return Ok(Bytes::new()) };
    if first.len() > max {
        return Err(Stopped::TooLarge(max));
    }
    if body.is_end_stream() {
        return Ok(first);
    }
    let mut grant = Grant::new(bodies, Sender::of(bodies, parts));
    let mut room = least.max(first.len());
    grant.grow(room).await?;
    let mut bytes = Vec::with_capacity(room);
    bytes.extend_from_slice(&first);
    drop(first);
    while let Some(data) = next(&mut body).await? {
        let length = bytes.len() + data.len();
        if length > max {
            return Err(Stopped::TooLarge(max));
        }
        if length > room {
            room = length.max(room * 2).max(STEP_BYTES).min(max);
            grant.grow(room).await?;
            bytes.reserve_exact(room - bytes.len());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(covered(bytes, grant))
}

/// The pieces of a body as they arrive.
pub type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, Stopped>> + Send>>;

/// A body's pieces, of at most `max` bytes together, and what accounts for them: it must be kept as long as they are.
pub async fn stream(bodies: &Arc<Bodies>, parts: &Parts, body: Body, max: usize) -> Result<(Arc<Grant>, Pieces), Fail> {
    let least = least(&body);
    if least > max {
        return Err(Stopped::TooLarge(max).into());
    }
    // What does not say how long it is may become as long as it can.
    let room = if body.size_hint().exact().is_some() { least } else { max };
    let mut grant = Grant::new(bodies, Sender::of(bodies, parts));
    grant.grow(room).await?;
    let pieces = futures_util::stream::unfold((body, 0, false), move |(mut body, taken, ended)| async move {
        if ended {
            return None;
        }
        let data = match next(&mut body).await {
            Ok(data) => data?,
            Err(stopped) => return Some((Err(stopped), (body, taken, true))),
        };
        let taken = taken + data.len();
        if taken > room { Some((Err(Stopped::TooLarge(max)), (body, taken, true))) } else { Some((Ok(data), (body, taken, false))) }
    });
    Ok((Arc::new(grant), Box::pin(pieces)))
}

/// The least that a body can have, which is its length if it says so.
fn least(body: &Body) -> usize {
    usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX)
}

/// The next piece of a body; `None` at its end.
async fn next(body: &mut Body) -> Result<Option<Bytes>, Stopped> {
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Stopped::Broken)?.into_data() else { continue };
        if !data.is_empty() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn bodies() -> Arc<Bodies> {
        let limits = Limits { all: 1000, strangers: 500, people: 900, stranger: 200, person: 300, household: 500 };
        Arc::new(Bodies::with(limits, Duration::from_millis(1)))
    }

    fn stranger(number: u8) -> Sender {
        Sender { person: None, address: Ipv4Addr::new(10, 0, 0, number).into() }
    }

    fn person(id: i64, number: u8) -> Sender {
        Sender { person: Some(AccountId(id)), ..stranger(number) }
    }

    async fn grant(bodies: &Arc<Bodies>, sender: Sender, bytes: usize) -> Result<Grant, Stopped> {
        let mut grant = Grant::new(bodies, sender);
        grant.grow(bytes).await.map(|()| grant)
    }

    #[tokio::test]
    async fn nobody_takes_more_than_their_share() {
        for (sender, share) in [(stranger(1), 200), (person(1, 1), 300)] {
            let bodies = bodies();
            assert!(grant(&bodies, sender, share + 1).await.is_err(), "one byte past the share");
            let first = grant(&bodies, sender, share).await.unwrap();
            assert_eq!(grant(&bodies, sender, 1).await.err(), Some(Stopped::Busy));
            for other in [stranger(2), person(2, 2)] {
                assert!(grant(&bodies, other, 200).await.is_ok(), "others have theirs");
            }
            drop(first);
            assert!(grant(&bodies, sender, share).await.is_ok(), "it was given back");
        }
    }

    #[tokio::test]
    async fn strangers_never_take_what_people_need() {
        let bodies = bodies();
        let mut held = Vec::new();
        for number in 0..10 {
            held.extend(grant(&bodies, stranger(number), 100).await);
        }
        assert_eq!((held.len(), bodies.held().all), (5, 500), "half of all");
        assert!(grant(&bodies, person(1, 1), 300).await.is_ok());
    }

    #[tokio::test]
    async fn people_never_take_what_strangers_need() {
        let bodies = bodies();
        let mut held = Vec::new();
        for number in 0..10 {
            held.extend(grant(&bodies, person(i64::from(number), number), 300).await);
        }
        assert_eq!((held.len(), bodies.held().all), (3, 900));
        assert!(grant(&bodies, stranger(1), 100).await.is_ok());
        assert!(grant(&bodies, stranger(1), 101).await.is_err(), "there is no more");
    }

    #[tokio::test]
    async fn many_accounts_of_one_address_share() {
        let bodies = bodies();
        let one = grant(&bodies, person(1, 1), 300).await.unwrap();
        assert!(grant(&bodies, person(2, 1), 201).await.is_err());
        let two = grant(&bodies, person(2, 1), 200).await.unwrap();
        assert!(grant(&bodies, person(3, 2), 300).await.is_ok());
        drop((one, two));
        assert!(bodies.held().by.is_empty(), "nobody is remembered who holds nothing");
    }

    #[tokio::test]
    async fn who_waits_goes_on_when_bytes_come_back() {
        let bodies = Arc::new(Bodies::with(bodies().limits, WAIT));
        let first = grant(&bodies, person(1, 1), 300).await.unwrap();
        let waiting = tokio::spawn({
            let bodies = bodies.clone();
            async move { grant(&bodies, person(1, 1), 300).await.is_ok() }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(first);
        assert!(waiting.await.unwrap());
    }

    #[tokio::test]
    async fn memory_counts_until_the_last_reference_goes() {
        let bodies = bodies();
        let bytes = covered(vec![0; 100], grant(&bodies, stranger(1), 100).await.unwrap());
        let slice = bytes.slice(10..20);
        // One lock at a time.
        let held = || bodies.held().all;
        drop(bytes);
        assert_eq!([held(), usize::from(bodies.rest())], [100, 0]);
        drop(slice);
        assert_eq!([held(), usize::from(bodies.rest()), usize::from(bodies.rest())], [0, 1, 0], "quiet once");
    }

    #[test]
    fn sizes_are_told_in_the_unit_that_fits() {
        assert_eq!([size(STRANGER_BYTES), size(PERSON_BYTES), size(17 * 1024 * 1024)], ["64 KiB", "1 MiB", "17 MiB"]);
    }
}
