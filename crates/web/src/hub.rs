//! Who listens on this node, and to what. `streaming/teller.rs` decides what they are told.
//!
//! A socket that does not keep up is closed: its client reconnects and reads what it missed. A message to
//! many is written once; each socket holds a pointer to it.

pub mod subscription;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use app::Viewer;
use app::ids::{AccountId, ListId, TokenId};
use app::measure::label;
use app::streams::FeedAccess;
use app::tokens::Access;
use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;
use tokio::sync::mpsc;

use subscription::{Stream, Subscription, Topic};

/// Messages that may wait for one socket.
const WAITING_MAX: usize = 64;
/// Sockets of one account; more are refused.
const SOCKETS_PER_ACCOUNT: usize = 2_000;
/// Sockets from one address, which a school or a company may share. Trusted proxies have no limit.
const SOCKETS_PER_ADDRESS: usize = 1_000;
/// Streams of one socket; more are refused.
const SUBSCRIPTIONS_MAX: usize = 100;

/// Something to be told on one stream. Written at most once for each kind of socket.
#[derive(Debug)]
pub struct Told {
    stream: Arc<str>,
    event: &'static str,
    payload: Arc<str>,
    frame: OnceLock<Utf8Bytes>,
    lines: OnceLock<Bytes>,
}

impl Told {
    fn new(stream: Arc<str>, event: &'static str, payload: Arc<str>) -> Told {
        Told { stream, event, payload, frame: OnceLock::new(), lines: OnceLock::new() }
    }

    /// The text of a WebSocket message; the payload is JSON within JSON.
    pub fn frame(&self) -> Utf8Bytes {
        let text = || {
            let payload = serde_json::Value::from(&*self.payload);
            Utf8Bytes::from(format!("{{\"stream\":{},\"event\":\"{}\",\"payload\":{payload}}}", self.stream, self.event))
        };
        self.frame.get_or_init(text).clone()
    }

    /// The lines of a server-sent event.
    pub fn lines(&self) -> Bytes {
        self.lines.get_or_init(|| Bytes::from(format!("event: {}\ndata: {}\n\n", self.event, self.payload))).clone()
    }
}

/// The listeners of this node.
#[derive(Clone, Default)]
pub struct Hub {
    seats: Arc<Mutex<Seats>>,
    next: Arc<AtomicU64>,
    max: Option<usize>,
}

/// Why there is no seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The account, or the address, has as many as it may.
    Own,
    /// All are taken, by accounts that have no more than this one.
    All,
}

#[derive(Default)]
struct Seats {
    listeners: HashMap<u64, Listener>,
    topics: HashMap<Topic, HashMap<(u64, Stream), Ear>>,
    /// How many of the ears are at public or hashtag topics.
    public_ears: usize,
    /// Sockets of each account.
    accounts: HashMap<AccountId, usize>,
    /// Sockets from each address that has a limit.
    addresses: HashMap<IpAddr, usize>,
}

struct Listener {
    account: AccountId,
    address: Option<IpAddr>,
    access: Arc<Access>,
    sender: mpsc::Sender<Arc<Told>>,
    subscriptions: Vec<(Stream, Vec<Topic>)>,
}

/// A socket's place at a topic, with all that decides whether it is told.
pub struct Ear {
    pub account: AccountId,
    access: Arc<Access>,
    feeds: FeedAccess,
    name: Arc<str>,
    sender: mpsc::Sender<Arc<Told>>,
}

impl Ear {
    /// Whether the feeds that the viewer may see and the languages they chose admit a status.
    pub fn admits(&self, local: bool, language: Option<&str>) -> bool {
        let is_open = if local { self.feeds.local } else { self.feeds.remote };
        let chosen = self.access.user.as_ref().and_then(|user| user.viewer.preferences.chosen_languages.as_ref());
        is_open && chosen.is_none_or(|chosen| language.is_some_and(|language| chosen.contains(&format!(",{language},"))))
    }
}

/// A place among the listeners; dropping it gives it up.
pub struct Seat {
    hub: Hub,
    id: u64,
    /// Ends when the listener is to be closed.
    pub messages: mpsc::Receiver<Arc<Told>>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.lock().remove(self.id);
        metrics::gauge!("ferrodon_streaming_connections").decrement(1.0);
    }
}

impl Seat {
    /// Listens to a stream, too; a second time is the same as once. False if there are too many.
    pub fn subscribe(&self, subscription: Subscription) -> bool {
        self.hub.lock().subscribe(self.id, subscription)
    }

    /// Listens no more to the stream with these topics.
    pub fn unsubscribe(&self, stream: Stream, topics: &[Topic]) {
        self.hub.lock().unsubscribe(self.id, stream, topics);
    }
}

impl Seats {
    fn subscribe(&mut self, id: u64, subscription: Subscription) -> bool {
        let Some(listener) = self.listeners.get_mut(&id) else { return true };
        let Subscription { stream, topics, name, access } = subscription;
        if listener.subscriptions.iter().any(|(own, its)| *own == stream && *its == topics) {
            return true;
        }
        if listener.subscriptions.len() >= SUBSCRIPTIONS_MAX {
            return false;
        }
        for topic in &topics {
            let ear = Ear {
                account: listener.account,
                access: listener.access.clone(),
                feeds: access,
                name: name.clone(),
                sender: listener.sender.clone(),
            };
            self.topics.entry(topic.clone()).or_default().insert((id, stream), ear);
            self.public_ears += usize::from(topic.is_public());
        }
        listener.subscriptions.push((stream, topics));
        true
    }

    fn unsubscribe(&mut self, id: u64, stream: Stream, topics: &[Topic]) {
        let Some(listener) = self.listeners.get_mut(&id) else { return };
        let Some(at) = listener.subscriptions.iter().position(|(own, its)| *own == stream && its == topics) else { return };
        let (stream, topics) = listener.subscriptions.swap_remove(at);
        self.leave(id, stream, &topics);
    }

    fn leave(&mut self, id: u64, stream: Stream, topics: &[Topic]) {
        for topic in topics {
            if let Entry::Occupied(mut ears) = self.topics.entry(topic.clone()) {
                if ears.get_mut().remove(&(id, stream)).is_some() {
                    self.public_ears -= usize::from(topic.is_public());
                }
                if ears.get().is_empty() {
                    ears.remove();
                }
            }
        }
    }

    /// Ends a listener: its channel has no sender left, so its socket closes.
    fn remove(&mut self, id: u64) {
        let Some(listener) = self.listeners.remove(&id) else { return };
        for (stream, topics) in &listener.subscriptions {
            self.leave(id, *stream, topics);
        }
        leave(&mut self.accounts, listener.account);
        if let Some(address) = listener.address {
            leave(&mut self.addresses, address);
        }
    }

    /// Makes room for a socket of `account`: ends the eldest of the account that has the most. False if no account has
    /// more than this one would.
    fn make_room(&mut self, account: AccountId) -> bool {
        let own = self.accounts.get(&account).copied().unwrap_or(0);
        let Some((crowded, most)) = self.accounts.iter().max_by_key(|(_, count)| **count).map(|(account, count)| (*account, *count)) else {
            return false;
        };
        let eldest = self.listeners.iter().filter(|(_, listener)| listener.account == crowded).map(|(id, _)| *id).min();
        let Some(eldest) = eldest.filter(|_| most > own + 1) else { return false };
        self.remove(eldest);
        true
    }
}

/// Counts one less.
fn leave<K: Eq + std::hash::Hash>(counts: &mut HashMap<K, usize>, key: K) {
    if let Entry::Occupied(mut count) = counts.entry(key) {
        *count.get_mut() -= 1;
        if *count.get() == 0 {
            count.remove();
        }
    }
}

impl Hub {
    /// With room for `max` listeners; `None` is no limit.
    pub fn new(max: Option<usize>) -> Hub {
        Hub { max, ..Hub::default() }
    }

    /// Takes a seat for a person's socket, which listens to nothing yet. When all are taken, one of the account with the
    /// most sockets is given up for it.
    ///
    /// Errors: there is none, and why.
    pub fn join(&self, access: &Arc<Access>, account: AccountId, address: Option<IpAddr>) -> Result<Seat, Full> {
        let (sender, messages) = mpsc::channel(WAITING_MAX);
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut seats = self.lock();
        let of_address = address.and_then(|address| seats.addresses.get(&address)).copied().unwrap_or(0);
        if seats.accounts.get(&account).is_some_and(|count| *count >= SOCKETS_PER_ACCOUNT) || of_address >= SOCKETS_PER_ADDRESS {
            return Err(Full::Own);
        }
        if self.max.is_some_and(|max| seats.listeners.len() >= max) {
            let made = seats.make_room(account);
            let result = if made { "shed" } else { "refused" };
            metrics::counter!("ferrodon_streaming_full_total", "result" => label(result)).increment(1);
            if !made {
                return Err(Full::All);
            }
        }
        *seats.accounts.entry(account).or_default() += 1;
        if let Some(address) = address {
            *seats.addresses.entry(address).or_default() += 1;
        }
        seats.listeners.insert(id, Listener { account, address, access: access.clone(), sender, subscriptions: Vec::new() });
        metrics::gauge!("ferrodon_streaming_connections").increment(1.0);
        Ok(Seat { hub: self.clone(), id, messages })
    }

    /// Tells those at a topic whose ear is `wanted`.
    pub fn send(&self, topic: &Topic, event: &'static str, payload: &Arc<str>, wanted: impl Fn(&Ear) -> bool) {
        let mut seats = self.lock();
        let Some(ears) = seats.topics.get(topic) else { return };
        let mut told: HashMap<Arc<str>, Arc<Told>> = HashMap::new();
        let (mut sent, mut slow) = (0, Vec::new());
        for ((id, _), ear) in ears.iter().filter(|(_, ear)| wanted(ear)) {
            let told = told.entry(ear.name.clone()).or_insert_with(|| Arc::new(Told::new(ear.name.clone(), event, payload.clone())));
            match ear.sender.try_send(told.clone()) {
                Ok(()) => sent += 1,
                Err(_) => slow.push(*id),
            }
        }
        for id in &slow {
            seats.remove(*id);
        }
        drop(seats);
        metrics::counter!("ferrodon_streaming_messages_total").increment(sent);
        if !slow.is_empty() {
            metrics::counter!("ferrodon_streaming_slow_closed_total").increment(slow.len() as u64);
        }
    }

    /// Closes the sockets of these tokens.
    pub fn close_tokens(&self, tokens: &[TokenId]) {
        self.close(|listener| tokens.contains(&listener.access.token_id));
    }

    /// Closes the sockets of an account.
    pub fn close_account(&self, account: AccountId) {
        self.close(|listener| listener.account == account);
    }

    /// Closes all sockets.
    pub fn close_all(&self) {
        self.close(|_| true);
    }

    fn close(&self, is_meant: impl Fn(&Listener) -> bool) {
        let mut seats = self.lock();
        let meant: Vec<u64> = seats.listeners.iter().filter(|(_, listener)| is_meant(listener)).map(|(id, _)| *id).collect();
        for id in meant {
            seats.remove(id);
        }
    }

    /// Whom those at a topic are, if anybody is there: the topics of one account are heard by it alone.
    pub fn viewer(&self, topic: &Topic) -> Option<Viewer> {
        let seats = self.lock();
        let ear = seats.topics.get(topic)?.values().next()?;
        ear.access.user.as_ref().map(|user| user.viewer.clone())
    }

    /// Whether anybody listens to any public or hashtag stream.
    pub fn hears_the_public(&self) -> bool {
        self.lock().public_ears > 0
    }

    /// Those of `accounts` whose user stream somebody listens to.
    pub fn users_among(&self, accounts: &[AccountId]) -> Vec<AccountId> {
        let seats = self.lock();
        accounts.iter().copied().filter(|account| seats.topics.contains_key(&Topic::User(*account))).collect()
    }

    /// All accounts whose user stream somebody listens to.
    pub fn users(&self) -> Vec<AccountId> {
        self.lock().topics.keys().filter_map(|topic| if let Topic::User(account) = topic { Some(*account) } else { None }).collect()
    }

    /// The lists somebody listens to, with their owners.
    pub fn lists(&self) -> HashMap<ListId, AccountId> {
        let seats = self.lock();
        let owner = |ears: &HashMap<(u64, Stream), Ear>| ears.values().next().map(|ear| ear.account);
        seats.topics.iter().filter_map(|(topic, ears)| if let Topic::List(list) = topic { Some((*list, owner(ears)?)) } else { None }).collect()
    }

    /// The accounts that listen to any of `topics`.
    pub fn accounts_at(&self, topics: &[Topic]) -> HashSet<AccountId> {
        let seats = self.lock();
        topics.iter().filter_map(|topic| seats.topics.get(topic)).flat_map(HashMap::values).map(|ear| ear.account).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use app::tokens::User;

    use super::*;

    fn access() -> Access {
        let viewer = Viewer {
            account_id: AccountId(1),
            user_id: app::ids::UserId(1),
            username: "alice".into(),
            token_id: None,
            application_id: None,
            scopes: app::scopes::Scopes::all(),
            locale: None,
            silenced: false,
            permissions: Default::default(),
            preferences: Default::default(),
        };
        let user = User { viewer, confirmed: true, approved: true, disabled: false };
        Access { token_id: TokenId(1), application_id: app::ids::ApplicationId(1), scopes: app::scopes::Scopes::all(), user: Some(user) }
    }

    fn listen(hub: &Hub, topics: Vec<Topic>) -> Seat {
        let seat = hub.join(&Arc::new(access()), AccountId(1), None).unwrap();
        let feeds = FeedAccess { local: true, remote: true };
        assert!(seat.subscribe(Subscription { stream: Stream::User, topics, name: r#"["user"]"#.into(), access: feeds }));
        seat
    }

    #[test]
    fn a_socket_that_does_not_keep_up_is_closed_and_leaves_nothing() {
        let hub = Hub::default();
        let topics = vec![Topic::User(AccountId(1)), Topic::Public { reach: super::subscription::Reach::All, only_media: false }];
        let (mut slow, mut quick) = (listen(&hub, topics.clone()), listen(&hub, topics.clone()));
        for n in 0..=WAITING_MAX {
            hub.send(&topics[0], "delete", &n.to_string().into(), |_| true);
            quick.messages.try_recv().unwrap();
        }
        let mut waited = 0;
        while slow.messages.try_recv().is_ok() {
            waited += 1;
        }
        assert!(matches!(slow.messages.try_recv(), Err(mpsc::error::TryRecvError::Disconnected)), "it is closed");
        assert_eq!(waited, WAITING_MAX);
        assert!(hub.hears_the_public());
        drop((slow, quick));
        let seats = hub.lock();
        assert!(
            seats.topics.is_empty()
                && seats.listeners.is_empty()
                && seats.accounts.is_empty()
                && seats.addresses.is_empty()
                && seats.public_ears == 0
        );
    }

    #[test]
    fn subscribing_twice_is_the_same_as_once_and_too_often_is_refused() {
        let hub = Hub::default();
        let mut seat = listen(&hub, vec![Topic::User(AccountId(1))]);
        let feeds = FeedAccess { local: true, remote: true };
        let subscribe = |stream, topic| seat.subscribe(Subscription { stream, topics: vec![topic], name: "[]".into(), access: feeds });
        assert!(subscribe(Stream::User, Topic::User(AccountId(1))));
        for list in 1..SUBSCRIPTIONS_MAX as i64 {
            assert!(subscribe(Stream::List, Topic::List(ListId(list))), "{list}");
        }
        assert!(!subscribe(Stream::Direct, Topic::Direct(AccountId(1))));
        seat.unsubscribe(Stream::List, &[Topic::List(ListId(1))]);
        assert!(seat.subscribe(Subscription { stream: Stream::Direct, topics: vec![Topic::Direct(AccountId(1))], name: "[]".into(), access: feeds }));
        hub.send(&Topic::User(AccountId(1)), "delete", &"1".into(), |_| true);
        hub.send(&Topic::List(ListId(1)), "delete", &"1".into(), |_| true);
        assert!(seat.messages.try_recv().is_ok());
        assert!(seat.messages.try_recv().is_err(), "once");
    }

    #[test]
    fn an_account_has_no_more_sockets_than_it_may() {
        let hub = Hub::default();
        let access = Arc::new(access());
        let seats: Vec<Seat> = (0..SOCKETS_PER_ACCOUNT).map(|_| hub.join(&access, AccountId(1), None).unwrap()).collect();
        assert_eq!(hub.join(&access, AccountId(1), None).err(), Some(Full::Own));
        assert!(hub.join(&access, AccountId(2), None).is_ok());
        drop(seats);
        assert!(hub.join(&access, AccountId(1), None).is_ok());
    }

    #[test]
    fn an_address_has_no_more_sockets_than_it_may() {
        let (hub, access) = (Hub::default(), Arc::new(access()));
        let [one, two] = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse().ok());
        let seats: Vec<Seat> = (0..SOCKETS_PER_ADDRESS).map(|number| hub.join(&access, AccountId(number as i64 % 9), one).unwrap()).collect();
        assert_eq!(hub.join(&access, AccountId(10), one).err(), Some(Full::Own));
        assert!(hub.join(&access, AccountId(10), two).is_ok() && hub.join(&access, AccountId(10), None).is_ok());
        drop(seats);
        assert!(hub.lock().addresses.is_empty() && hub.lock().accounts.is_empty());
    }

    #[test]
    fn a_full_hub_closes_a_socket_of_the_account_with_most() {
        let (hub, access) = (Hub::new(Some(4)), Arc::new(access()));
        let mut greedy: Vec<Seat> = (0..4).map(|_| hub.join(&access, AccountId(1), None).unwrap()).collect();
        let is_closed = |seat: &mut Seat| matches!(seat.messages.try_recv(), Err(mpsc::error::TryRecvError::Disconnected));
        assert_eq!(hub.join(&access, AccountId(1), None).err(), Some(Full::All), "its own gain nothing");
        let _first = hub.join(&access, AccountId(2), None).unwrap();
        let _second = hub.join(&access, AccountId(2), None).unwrap();
        assert_eq!(greedy.iter_mut().map(is_closed).collect::<Vec<_>>(), [true, true, false, false], "the eldest");
        assert_eq!(hub.join(&access, AccountId(2), None).err(), Some(Full::All), "both have two");
        let _third = hub.join(&access, AccountId(3), None).unwrap();
        let _fourth = hub.join(&access, AccountId(4), None).unwrap();
        assert_eq!(hub.join(&access, AccountId(5), None).err(), Some(Full::All), "everybody has one");
    }

    #[test]
    fn a_message_is_written_once_for_all_sockets() {
        let told = Told::new(r#"["hashtag","a\"b"]"#.into(), "update", r#"{"id":"1"}"#.into());
        let frame: serde_json::Value = serde_json::from_str(&told.frame()).unwrap();
        assert_eq!(frame, serde_json::json!({ "stream": ["hashtag", "a\"b"], "event": "update", "payload": "{\"id\":\"1\"}" }));
        assert_eq!(told.frame().as_ptr(), told.frame().as_ptr());
        assert_eq!(told.lines(), "event: update\ndata: {\"id\":\"1\"}\n\n");
        assert_eq!(told.lines().as_ptr(), told.lines().as_ptr());
    }

    #[test]
    fn an_ear_admits_open_feeds_and_chosen_languages() {
        let ear = |languages: Option<&str>, local, remote| {
            let mut access = access();
            access.user.as_mut().unwrap().viewer.preferences.chosen_languages = languages.map(str::to_owned);
            Ear { account: AccountId(1), access: access.into(), feeds: FeedAccess { local, remote }, name: "[]".into(), sender: mpsc::channel(1).0 }
        };
        let all = ear(None, true, true);
        assert!(all.admits(true, Some("de")) && all.admits(false, None));
        let closed = ear(None, true, false);
        assert!(closed.admits(true, None) && !closed.admits(false, None));
        let german = ear(Some(",de,ja,"), true, true);
        assert!(german.admits(true, Some("ja")) && !german.admits(true, Some("en")) && !german.admits(true, None));
    }
}
