//! All connections: how many there may be, in total and of one address, and which one has to go for another.
//!
//! Streams (server-sent events, WebSockets) leave this count once they are authorised; `web::hub` limits them.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::measure::label;
use app::net::Network;
use tokio::time::Instant;
use web::client::{household, is_trusted};

use super::connection::{Connection, End, Idleness};

/// Of the total, so much is made room for at once: looking for the idlest costs as much for many as for one.
const SHED_SHARE: usize = 64;

/// Why a connection is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// All connections are at work.
    Total,
    /// All connections of this address are at work.
    Address,
}

impl Full {
    pub fn count(self) {
        let reason = match self {
            Full::Total => "total",
            Full::Address => "address",
        };
        metrics::counter!("ferrodon_connections_refused_total", "reason" => label(reason)).increment(1);
    }
}

#[derive(Debug)]
pub struct Connections {
    max: usize,
    per_address: usize,
    trusted: Vec<Network>,
    all: Mutex<All>,
}

#[derive(Debug, Default)]
struct All {
    next: u64,
    /// Those that are open, streams among them.
    open: HashMap<u64, Arc<Connection>>,
    /// How many count, in total and by peer.
    counted: usize,
    by_peer: HashMap<IpAddr, usize>,
}

/// A connection's place among the others, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    pub connection: Arc<Connection>,
    connections: Arc<Connections>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.connections.all();
        if all.open.remove(&self.connection.id).is_some() && !self.connection.is_stream() {
            all.leaves(self.connection.peer);
        }
        all.report();
    }
}

impl Place {
    pub fn stream_begins(&self, is_upgrade: bool) {
        let mut all = self.connections.all();
        if self.connection.stream_begins(is_upgrade) && all.open.contains_key(&self.connection.id) {
            all.leaves(self.connection.peer);
            all.report();
        }
    }

    pub fn stream_ends(&self) {
        let mut all = self.connections.all();
        if self.connection.stream_ends() && all.open.contains_key(&self.connection.id) {
            all.enters(self.connection.peer);
            all.report();
        }
    }
}

impl Connections {
    pub fn new(max: usize, per_address: usize, trusted: Vec<Network>) -> Arc<Connections> {
        Arc::new(Connections { max, per_address, trusted, all: Mutex::default() })
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a connection, if need be in place of the idlest.
    ///
    /// Errors: every connection that could go is at work.
    pub fn admit(self: &Arc<Self>, address: IpAddr, is_tls: bool) -> Result<Arc<Place>, Full> {
        let (peer, is_proxy) = (household(address), is_trusted(address, &self.trusted));
        let mut all = self.all();
        let mut shed = Vec::new();
        if !is_proxy && all.by_peer.get(&peer).is_some_and(|count| *count >= self.per_address) {
            shed = all.shed(1, Some(peer));
            if shed.is_empty() {
                return Err(Full::Address);
            }
        }
        if all.counted >= self.max {
            shed = all.shed(self.max.div_ceil(SHED_SHARE), None);
            if shed.is_empty() {
                return Err(Full::Total);
            }
        }
        let id = all.next;
        all.next += 1;
        let connection = Arc::new(Connection::new(id, peer, is_proxy, is_tls));
        all.open.insert(id, connection.clone());
        all.enters(peer);
        all.report();
        drop(all);
        close(&shed);
        Ok(Arc::new(Place { connection, connections: self.clone() }))
    }

    /// How many are open, streams among them.
    #[cfg(test)]
    pub fn open(&self) -> usize {
        self.all().open.len()
    }

    /// Closes the idlest, since the system has no more sockets to give.
    pub fn shed(&self) {
        let shed = self.all().shed(self.max.div_ceil(SHED_SHARE), None);
        close(&shed);
    }

    /// Ends all, each when its requests are answered.
    pub fn stop(&self) {
        let open: Vec<Arc<Connection>> = self.all().open.values().cloned().collect();
        for connection in open {
            connection.order(End::Stop);
        }
    }
}

/// Outside of the lock: what a task drops when it is woken may want it.
fn close(shed: &[Arc<Connection>]) {
    for connection in shed {
        connection.order(End::Shed);
    }
}

impl All {
    fn enters(&mut self, peer: IpAddr) {
        self.counted += 1;
        *self.by_peer.entry(peer).or_default() += 1;
    }

    fn leaves(&mut self, peer: IpAddr) {
        self.counted -= 1;
        if let Some(count) = self.by_peer.get_mut(&peer) {
            *count -= 1;
            if *count == 0 {
                self.by_peer.remove(&peer);
            }
        }
    }

    fn report(&self) {
        metrics::gauge!("ferrodon_connections", "kind" => "request").set(self.counted as f64);
        metrics::gauge!("ferrodon_connections", "kind" => "stream").set(self.open.len().saturating_sub(self.counted) as f64);
    }

    /// Takes out up to `count` that are idle, of one peer or of all, for the caller to close.
    fn shed(&mut self, count: usize, of: Option<IpAddr>) -> Vec<Arc<Connection>> {
        let mut idle: Vec<(Worth, Arc<Connection>)> = Vec::new();
        for connection in self.open.values().filter(|connection| of.is_none_or(|peer| connection.peer == peer)) {
            if let Some((idleness, since)) = connection.idleness() {
                let of_peer = self.by_peer.get(&connection.peer).copied().unwrap_or(0);
                idle.push((
                    Worth { is_proxy: connection.is_proxy, share: Reverse(of_peer.max(1).ilog2()), idleness, since, id: connection.id },
                    connection.clone(),
                ));
            }
        }
        idle.sort_unstable_by_key(|(worth, _)| *worth);
        idle.truncate(count);
        for (_, connection) in &idle {
            self.open.remove(&connection.id);
            self.leaves(connection.peer);
        }
        idle.into_iter().map(|(_, connection)| connection).collect()
    }
}

/// What a connection is worth; the least goes first. Fields in the order of their weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Worth {
    /// A proxy has many connections for good reason.
    is_proxy: bool,
    /// How many its address has, roughly: one or two more than others are no offence.
    share: Reverse<u32>,
    idleness: Idleness,
    since: Instant,
    id: u64,
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use super::super::exchange::Exchange;
    use super::*;

    const MAX: usize = 8;
    const PER_ADDRESS: usize = 4;

    fn connections() -> Arc<Connections> {
        Connections::new(MAX, PER_ADDRESS, vec![Network::read("10.0.0.0/8").unwrap()])
    }

    fn address(number: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, number).into()
    }

    /// Connections that never sent anything.
    fn silent(connections: &Arc<Connections>, from: &[u8]) -> Vec<Arc<Place>> {
        from.iter().map(|number| connections.admit(address(*number), false).unwrap()).collect()
    }

    fn is_open(connections: &Connections, place: &Place) -> bool {
        connections.all().open.contains_key(&place.connection.id)
    }

    fn counts(connections: &Connections) -> (usize, usize, usize) {
        let all = connections.all();
        (all.counted, all.open.len(), all.by_peer.len())
    }

    #[tokio::test(start_paused = true)]
    async fn the_largest_share_goes_first() {
        let connections = connections();
        let places = silent(&connections, &[1, 2, 2, 2, 2, 3, 4, 5]);
        assert_eq!(counts(&connections), (MAX, MAX, 5));
        let further = connections.admit(address(6), false).unwrap();
        assert!(!is_open(&connections, &places[1]), "the eldest of the address with the most");
        assert!(places.iter().filter(|place| is_open(&connections, place)).count() == MAX - 1 && is_open(&connections, &further));
        drop((places, further));
        assert_eq!(counts(&connections), (0, 0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn the_idlest_goes_first() {
        let connections = connections();
        let places = silent(&connections, &[1, 2, 3, 4, 5, 6, 7, 8]);
        // The first is at work, the second waits for its client, the third has been answered, the rest never asked.
        let _working = Exchange::begin(&places[0], false);
        let _slow = Exchange::begin(&places[1], false);
        places[1].connection.write_blocked();
        drop(Exchange::begin(&places[2], false));
        tokio::time::advance(Duration::from_secs(2)).await;
        let mut gone = Vec::new();
        let mut further = Vec::new();
        for number in 9..16 {
            further.push(connections.admit(address(number), false).unwrap());
            let at = places.iter().enumerate().position(|(at, place)| !gone.contains(&at) && !is_open(&connections, place));
            gone.push(at.unwrap());
        }
        assert_eq!(gone, [3, 4, 5, 6, 7, 2, 1]);
        let young = &further[0];
        connections.admit(address(20), false).unwrap();
        assert!(!is_open(&connections, young), "then one that has just come");
        assert!(is_open(&connections, &places[0]), "work is never given up");
    }

    #[tokio::test(start_paused = true)]
    async fn connections_at_work_are_kept_and_others_refused() {
        let connections = connections();
        let places = silent(&connections, &[1, 2, 3, 4, 5, 6, 7, 8]);
        let work: Vec<_> = places.iter().map(|place| Exchange::begin(place, true)).collect();
        assert_eq!(connections.admit(address(9), false).unwrap_err(), Full::Total);
        drop(work);
        assert!(connections.admit(address(9), false).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_has_a_share_of_its_own() {
        let connections = connections();
        let places = silent(&connections, &[1; PER_ADDRESS]);
        let fifth = connections.admit(address(1), false).unwrap();
        assert!(!is_open(&connections, &places[0]) && is_open(&connections, &fifth), "its own idlest makes room");
        let work: Vec<_> = places[1..].iter().chain([&fifth]).map(|place| Exchange::begin(place, false)).collect();
        assert_eq!(connections.admit(address(1), false).unwrap_err(), Full::Address);
        assert!(connections.admit(address(2), false).is_ok());
        drop(work);

        let v6 = |host: &str| connections.admit(format!("2001:db8::{host}").parse().unwrap(), false);
        let _network: Vec<_> = (1..=PER_ADDRESS).map(|host| v6(&host.to_string()).unwrap()).collect();
        assert_eq!(connections.all().by_peer[&"2001:db8::".parse::<IpAddr>().unwrap()], PER_ADDRESS, "a /64 is one client");
    }

    #[tokio::test(start_paused = true)]
    async fn proxies_have_no_share_and_go_last() {
        let connections = connections();
        let proxy = || connections.admit("::ffff:10.0.0.1".parse().unwrap(), false).unwrap();
        let places: Vec<_> = (1..MAX).map(|_| proxy()).collect();
        let other = connections.admit(address(1), false).unwrap();
        tokio::time::advance(Duration::from_secs(2)).await;
        let _further = proxy();
        assert!(!is_open(&connections, &other) && places.iter().all(|place| is_open(&connections, place)));
    }

    #[tokio::test(start_paused = true)]
    async fn streams_leave_the_count() {
        let connections = connections();
        let places = silent(&connections, &[1, 2, 2]);
        let (first, second) = (Exchange::begin(&places[0], true), Exchange::begin(&places[0], true));
        first.becomes_stream(false);
        first.becomes_stream(false);
        assert_eq!(counts(&connections), (2, 3, 1));
        second.becomes_stream(false);
        drop(first);
        assert_eq!(counts(&connections), (2, 3, 1), "the other stream is still there");
        drop(second);
        assert_eq!(counts(&connections), (3, 3, 2));

        let upgrade = Exchange::begin(&places[1], false);
        upgrade.becomes_stream(true);
        drop(upgrade);
        assert_eq!(counts(&connections), (2, 3, 2), "an upgraded connection never returns");
        drop(places);
        assert_eq!(counts(&connections), (0, 0, 0));
    }
}
