//! HTTP/2 clients that make work and want no answers: each way to flood a connection ends it after a bounded number of
//! frames, takes a bounded share of memory, and delays nobody else.
//!
//! Exact limits are tested beside the listener; here are the whole server, its memory, and an honest client beside them.
//! What the database is makes no difference, so SQLite alone is used.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::frames::{self, frame};
use crate::honest::measure;
use crate::memory::{falls_to, forget_peak, mb, peak, resident};
use crate::server::{Engine, Server};
use crate::wait::{PATIENCE, until, within};

/// Connections that flood at once; each opens the next when it is closed.
const ATTACKERS: usize = 4;
/// Requests of the honest client beside each flood, half of them on connections of their own.
const REQUESTS: usize = 40;
/// What a flood may take of memory.
const OF_FLOODS: u64 = 32 * 1024 * 1024;
/// Unread answers of a hundred streams on each connection.
const OF_UNREAD: u64 = 100 * 1024 * 1024;
/// Connections of a client that reads nothing.
const UNREAD_CONNECTIONS: usize = 10;
/// Requests at once on one connection.
const STREAMS_MAX: u32 = 100;
/// How long a client may keep the server waiting, and what that may take longer on a busy machine.
const UNREAD_LIMIT: Duration = Duration::from_secs(60);
/// Requests that one connection may give up, before it is asked to go and once more.
const CANCELS_MAX: u32 = 2 * 200;
/// What the log may grow by, whatever comes.
const LOG_MAX: usize = 64 * 1024;
/// What may stay afterwards.
const LEFT: u64 = 16 * 1024 * 1024;
/// How long the slowest tenth of honest requests may take beside a flood: attackers, client and server share two cores.
const LATENCY_MAX: Duration = Duration::from_secs(1);
const REQUEST_LIMIT: Duration = Duration::from_secs(5);
/// What a connection that only floods may bring: the server's allowance, twice, and the buffers of both systems.
const BYTES_MAX: usize = 24 * 1024 * 1024;
/// Bytes of frames that are sent at once.
const PIECE_BYTES: usize = 16 * 1024;

/// A way to flood a connection.
struct Flood {
    name: &'static str,
    /// What is sent after the preface.
    opening: Vec<u8>,
    /// What is sent then, again and again, for the next number.
    unit: fn(u32) -> Vec<u8>,
    reads: bool,
}

/// A client's stream by its number; the first few belong to the opening.
fn stream(number: u32) -> u32 {
    2 * number + 101
}

fn floods() -> Vec<Flood> {
    let flood = |name, opening, unit| Flood { name, opening, unit, reads: true };
    let asked = || frames::request(1, "/health");
    let open = || frames::upload(1, "/oauth/token");
    vec![
        flood("requests reset at once", vec![], |number| {
            [frames::request(stream(number), "/api/v2/instance"), frames::reset(stream(number))].concat()
        }),
        flood("requests reset while their bodies are awaited", vec![], |number| {
            let earlier = number.checked_sub(50).map(|earlier| frames::reset(stream(earlier))).unwrap_or_default();
            [frames::upload(stream(number), "/oauth/token"), earlier].concat()
        }),
        flood("requests that the server has to reset", vec![], |number| {
            [frames::upload(stream(number), "/oauth/token"), frame(frames::WINDOW_UPDATE, 0, stream(number), &[0; 4])].concat()
        }),
        flood("headers without an end", [asked(), frame(frames::HEADERS, 0, 3, &frames::get("/"))].concat(), |_| {
            frame(frames::CONTINUATION, 0, 3, &[0, 1, b'a', 1, b'b'])
        }),
        flood("empty continuations", [asked(), frame(frames::HEADERS, 0, 3, &frames::get("/"))].concat(), |_| frame(frames::CONTINUATION, 0, 3, &[])),
        flood("headers that are too large", asked(), |number| {
            let large = [&[0, 1, b'a', 0x7f, 0xc1, 0x7d], vec![b'x'; 16_192].as_slice()].concat();
            let more = |flags| frame(frames::CONTINUATION, flags, stream(number), &large);
            [
                frame(frames::HEADERS, frames::END_STREAM, stream(number), &frames::get("/")),
                more(0),
                more(0),
                more(0),
                more(0),
                more(frames::END_HEADERS),
            ]
            .concat()
        }),
        flood(
            "headers that unfold",
            [asked(), frame(frames::HEADERS, frames::END_STREAM | frames::END_HEADERS, 3, &remembered())].concat(),
            |number| {
                let block = [frames::get("/"), vec![0xbe; 12_000]].concat();
                frame(frames::HEADERS, frames::END_STREAM | frames::END_HEADERS, stream(number), &block)
            },
        ),
        flood("empty data", open(), |_| frame(frames::DATA, 0, 1, &[])),
        flood("padding", open(), |_| frame(frames::DATA, frames::PADDED, 1, &[3, 0, 0, 0])),
        flood("pings", asked(), |_| frame(frames::PING, 0, 0, &[0; 8])),
        flood("answers to no ping", asked(), |_| frame(frames::PING, frames::ACK, 0, &[0; 8])),
        Flood { name: "pings whose answers are not read", opening: asked(), unit: |_| frame(frames::PING, 0, 0, &[0; 8]), reads: false },
        flood("settings", asked(), |_| frame(frames::SETTINGS, 0, 0, &[])),
        flood("settings that change", open(), |number| frame(frames::SETTINGS, 0, 0, &[&[0, 4, 0, 0], &(number as u16).to_be_bytes()[..]].concat())),
        Flood { name: "settings whose answers are not read", opening: asked(), unit: |_| frame(frames::SETTINGS, 0, 0, &[]), reads: false },
        flood("priorities", asked(), |number| frame(frames::PRIORITY, 0, stream(number), &[0, 0, 0, 0, 1])),
        flood("windows", open(), |_| frame(frames::WINDOW_UPDATE, 0, 0, &1_u32.to_be_bytes())),
        flood("resets of ended streams", asked(), |_| frames::reset(1)),
        flood("unknown frames", asked(), |_| frame(frames::UNKNOWN, 0, 0, &[0; 64])),
    ]
}

/// The headers of a request with one that the server has to remember, which is the size of its whole table.
fn remembered() -> Vec<u8> {
    [frames::get("/").as_slice(), &[0x40, 1, b'a', 0x7f, 0xa1, 0x1e], &[b'x'; 4_000]].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn floods_end_and_delay_nobody() {
    let server = Server::start(Engine::Sqlite).await;
    let before = resident(&server);
    println!("{:<46} {}", "alone", measure(&server, REQUESTS, REQUEST_LIMIT).await);
    let mut wrong = Vec::new();
    for flood in floods() {
        forget_peak(&server);
        let name = flood.name;
        let attack = Arc::new(Attack { flood, connections: AtomicUsize::new(0), largest: AtomicUsize::new(0), calmed: AtomicUsize::new(0) });
        let attackers = attack.clone().begins(&server);
        let measured = measure(&server, REQUESTS, REQUEST_LIMIT).await;
        let ends = async || (attack.connections.load(Ordering::Relaxed) > 0).then_some(());
        until(&format!("a connection with {name} ends"), PATIENCE, ends).await;
        drop(attackers);
        let highest = peak(&server);
        let largest = attack.largest.load(Ordering::Relaxed);
        let taken = mb(highest.saturating_sub(before));
        println!(
            "{name:<46} {measured}, +{taken} MB, {} connections with at most {} KiB, {} calmed",
            attack.connections.load(Ordering::Relaxed),
            largest / 1024,
            attack.calmed.load(Ordering::Relaxed)
        );
        if measured.failed > 0 || measured.at(90) > LATENCY_MAX || highest > before + OF_FLOODS || largest > BYTES_MAX {
            wrong.push(format!("{name}: {measured}, +{taken} MB, {largest} bytes"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("{} MB afterwards", mb(falls_to(&server, before + LEFT).await));
    assert!(server.log().len() < LOG_MAX, "clients write the log: {} bytes", server.log().len());
    server.assert_never_panicked();
}

/// Each request is reset once the server works on it, which no limit of pending requests sees.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_given_up_in_time_end_their_connection() {
    let server = Server::start(Engine::Sqlite).await;
    let address = server.url.trim_start_matches("http://");
    let before = resident(&server);
    let given_up = async {
        let mut socket = connection(address).await;
        socket.write_all(&frames::preface(&[])).await.expect("the preface is sent");
        for number in 0..2 * CANCELS_MAX {
            let begun = [frames::upload(stream(number), "/oauth/token"), frame(frames::PING, 0, 0, &number.to_be_bytes().repeat(2))].concat();
            if socket.write_all(&begun).await.is_err() || !answers_ping(&mut socket, number).await {
                return number;
            }
            if socket.write_all(&frames::reset(stream(number))).await.is_err() {
                return number;
            }
        }
        2 * CANCELS_MAX
    };
    let (given_up, measured) = tokio::join!(given_up, measure(&server, REQUESTS, REQUEST_LIMIT));
    let taken = resident(&server).saturating_sub(before);
    println!("{given_up} requests given up, +{} MB; beside them {measured}", mb(taken));
    assert!(given_up <= CANCELS_MAX + 2, "{given_up}");
    assert!(taken <= OF_FLOODS && measured.failed == 0 && measured.at(90) <= LATENCY_MAX, "{measured}, {} MB", mb(taken));
    server.assert_never_panicked();
}

/// Reads up to the answer to a ping; false if the connection ends before.
async fn answers_ping(socket: &mut TcpStream, number: u32) -> bool {
    let (mut heard, mut buffer) = (Vec::new(), vec![0; PIECE_BYTES]);
    loop {
        match socket.read(&mut buffer).await {
            Ok(0) | Err(_) => return false,
            Ok(length) => heard.extend(&buffer[..length]),
        }
        let answers = |(kind, flags, _, payload): (u8, u8, u32, Vec<u8>)| {
            (kind, flags) == (frames::PING, frames::ACK) && payload == number.to_be_bytes().repeat(2)
        };
        if frames::take_frames(&mut heard).into_iter().any(answers) {
            return true;
        }
    }
}

/// A window of 0, or one of a byte, on each of a hundred streams: answers and events alike.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_that_nobody_reads_end_and_take_no_memory() {
    let server = Server::start(Engine::Sqlite).await;
    let alice = server.user("alice").await;
    for number in 0..40 {
        alice.posts(&format!("{number} {}", "x".repeat(400))).await;
    }
    let address = server.url.trim_start_matches("http://").to_owned();
    println!("{:<30} {}", "alone", measure(&server, REQUESTS, REQUEST_LIMIT).await);
    let (before, mut tasks) = (resident(&server), JoinSet::new());
    forget_peak(&server);
    for number in 0..UNREAD_CONNECTIONS {
        let (address, token) = (address.clone(), alice.token.clone());
        let window = (number % 2) as u32;
        tasks.spawn(async move {
            let mut socket = connection(&address).await;
            let mut bytes = frames::preface(&[(frames::INITIAL_WINDOW_SIZE, window)]);
            for number in 0..STREAMS_MAX {
                let path = if number % 2 == 0 { "/api/v1/timelines/public?limit=40" } else { "/api/v1/streaming/user" };
                bytes.extend(frames::authorized(stream(number), path, &token));
            }
            socket.write_all(&bytes).await.expect("the requests are sent");
            let (mut reset, mut heard, mut buffer) = (0, Vec::new(), vec![0; PIECE_BYTES]);
            while reset < STREAMS_MAX {
                let length = socket.read(&mut buffer).await.expect("the connection goes on");
                assert!(length > 0, "the connection goes on");
                heard.extend(&buffer[..length]);
                reset += frames::take_frames(&mut heard).iter().filter(|(kind, ..)| *kind == frames::RST_STREAM).count() as u32;
            }
        });
    }
    let measured = measure(&server, REQUESTS, REQUEST_LIMIT).await;
    within("all streams are reset", UNREAD_LIMIT, tasks.join_all()).await;
    let taken = peak(&server).saturating_sub(before);
    println!("{:<30} {measured}, +{} MB", format!("{} unread streams", UNREAD_CONNECTIONS as u32 * STREAMS_MAX), mb(taken));
    assert!(taken <= OF_UNREAD && measured.failed == 0 && measured.at(90) <= LATENCY_MAX, "{measured}, {} MB", mb(taken));
    server.assert_never_panicked();
}

struct Attack {
    flood: Flood,
    /// How many the server has closed.
    connections: AtomicUsize,
    /// The most bytes that one of them has sent.
    largest: AtomicUsize,
    /// Those that were told to be calm.
    calmed: AtomicUsize,
}

impl Attack {
    fn begins(self: Arc<Self>, server: &Server) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        for _ in 0..ATTACKERS {
            let (attack, address) = (self.clone(), server.url.trim_start_matches("http://").to_owned());
            tasks.spawn(async move {
                loop {
                    attack.floods(&address).await;
                }
            });
        }
        tasks
    }

    /// Floods a connection until the server closes it.
    async fn floods(&self, address: &str) {
        let mut socket = connection(address).await;
        let (mut reader, mut writer) = socket.split();
        let sends = async {
            let mut sent = 0;
            let (mut number, mut bytes) = (0, [frames::preface(&[]), self.flood.opening.clone()].concat());
            loop {
                while bytes.len() < PIECE_BYTES {
                    bytes.extend((self.flood.unit)(number));
                    number += 1;
                }
                sent += bytes.len();
                if writer.write_all(&bytes).await.is_err() {
                    return sent;
                }
                bytes.clear();
            }
        };
        let reads = async {
            let (mut heard, mut buffer) = (Vec::new(), vec![0; PIECE_BYTES]);
            if !self.flood.reads {
                return;
            }
            while let Ok(length @ 1..) = reader.read(&mut buffer).await {
                heard.extend(&buffer[..length]);
                for (kind, _, _, payload) in frames::take_frames(&mut heard) {
                    if kind == frames::GOAWAY && payload.get(4..8) == Some(&frames::ENHANCE_YOUR_CALM.to_be_bytes()) {
                        self.calmed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        };
        let (sent, ()) = tokio::join!(sends, reads);
        self.largest.fetch_max(sent, Ordering::Relaxed);
        self.connections.fetch_add(1, Ordering::Relaxed);
    }
}

async fn connection(address: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    // Little is kept by the system: what is sent is what the server has read.
    socket.set_send_buffer_size(16 * 1024).expect("a small buffer");
    socket.connect(address.parse().expect("an address")).await.expect("a connection")
}
