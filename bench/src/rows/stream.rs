//! Stream: many WebSockets; how soon the last of them has a new status, and what one costs. A thousand are one person's
//! and at that person's own stream; more than a server gives to one person are shared out and at the local timeline.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::StreamExt;
use rustix::process::{Resource, getrlimit, setrlimit};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::http::{self, Ask, Connection};
use crate::line::Line;
use crate::numbers::{largest, median};
use crate::process::{self, Memory, Meter};
use crate::world::World;

const SOCKETS_EACH: usize = 1_000;
const OPEN_LIMIT: Duration = Duration::from_secs(10);
/// Files that a process has open beside sockets, generously.
const OTHER_FILES: u64 = 500;
const EVENT_LIMIT: Duration = Duration::from_secs(20);
/// How a new status begins on the wire.
const UPDATE: &str = "\"update\"";

/// With `sockets` of them, and as many posts after a first one.
pub async fn measure(world: &mut World, sockets: usize, posts: usize) -> Result<Line> {
    room_for(sockets)?;
    world.server.restart().await?;
    let (pid, roots) = (world.server.pid()?, world.server.roots()?);
    let post = Ask::post("/api/v1/statuses", &json!({ "status": "to everybody who listens" })).with_token(&world.writer);
    // What posting needs once is not the sockets'.
    let mut connection = world.connection().await?;
    for _ in 0..posts {
        connection.ask(&post).await?;
    }
    drop(connection);
    process::until_quiet(&roots).await?;
    let before = process::memory(pid)?;
    let (arrived, arrivals) = unbounded_channel();
    let mut listeners = Listeners { arrivals, count: sockets };
    let mut tasks = JoinSet::new();
    let everybody = [&world.writer, &world.reader, &world.other, &world.listener, &world.author];
    let people = everybody.get(..sockets.div_ceil(SOCKETS_EACH)).with_context(|| format!("there are not enough people for {sockets} sockets"))?;
    let (case, stream) = match people {
        [_] => ("WebSockets of one person", "user"),
        _ => ("WebSockets of several people", "public:local"),
    };
    for number in 0..sockets {
        let socket = open(world, people[number % people.len()], stream).await?;
        tasks.spawn(listen(socket, arrived.clone()));
    }
    drop(arrived);
    process::until_quiet(&roots).await?;
    let open = process::memory(pid)?;
    // The first round makes what is made once. A connection from before the sockets would have been idle for too long.
    let mut connection = world.connection().await?;
    listeners.round(&mut connection, &post).await?;
    process::until_quiet(&roots).await?;
    let (meter, mut last_ms) = (Meter::start(&roots)?, Vec::new());
    for _ in 0..posts {
        last_ms.push(listeners.round(&mut connection, &post).await?);
    }
    let spent = meter.stop()?;
    let after = process::memory(pid)?;
    let kib_each = |memory: &Memory| (memory.rss_mb - before.rss_mb) * 1e6 / 1024.0 / sockets as f64;
    Ok(Line::new("stream", case)
        .with("sockets", sockets)
        .value("last_ms", median(&last_ms))
        .value("last_slowest_ms", largest(&last_ms))
        .value("open_kib_per_socket", kib_each(&open))
        .value("used_kib_per_socket", kib_each(&after))
        .value("peak_mb", after.peak_mb)
        .value("cpu_ms_per_event", spent.server_cpu_ms / sockets as f64 / posts as f64)
        .value("client_share", spent.client_share)
        .value("others_share", spent.others_share))
}

/// Each socket is an open file, here and in the server, which gets the same limit.
fn room_for(sockets: usize) -> Result<()> {
    let (needed, mut limit) = (sockets as u64 + OTHER_FILES, getrlimit(Resource::Nofile));
    if limit.current.is_some_and(|files| files < needed) {
        limit.current = Some(limit.maximum.map_or(needed, |most| most.min(needed)));
        setrlimit(Resource::Nofile, limit)?;
    }
    ensure!(limit.current.is_none_or(|files| files >= needed), "{sockets} sockets need {needed} open files, more than `ulimit -Hn` allows");
    Ok(())
}

/// Open sockets, each reporting when a new status reached it.
struct Listeners {
    arrivals: UnboundedReceiver<Instant>,
    count: usize,
}

impl Listeners {
    /// Posts, and waits until every socket has it; milliseconds from sending the post to the last.
    async fn round(&mut self, connection: &mut Connection, post: &Ask) -> Result<f64> {
        let sent = Instant::now();
        connection.ask(post).await?;
        let mut last = sent;
        for got in 0..self.count {
            let arrival = timeout(EVENT_LIMIT, self.arrivals.recv()).await;
            let arrival = arrival.with_context(|| format!("only {got} of {} sockets got the status", self.count))?;
            last = last.max(arrival.context("all sockets closed")?);
        }
        Ok(last.duration_since(sent).as_secs_f64() * 1000.0)
    }
}

async fn open(world: &World, token: &str, stream: &str) -> Result<WebSocketStream<TcpStream>> {
    let address = world.server.address;
    let url = format!("ws://{address}/api/v1/streaming?stream={stream}&access_token={token}");
    let (socket, _) = timeout(OPEN_LIMIT, client_async(url, http::connect(address).await?)).await.context("the stream did not open in time")??;
    Ok(socket)
}

async fn listen(mut socket: WebSocketStream<TcpStream>, arrived: UnboundedSender<Instant>) {
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Text(text) = message
            && text.contains(UPDATE)
            && arrived.send(Instant::now()).is_err()
        {
            return;
        }
    }
}
