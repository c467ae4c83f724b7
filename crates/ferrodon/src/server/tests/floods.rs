//! HTTP/2 clients that make work they do not want done, to the frame at which they are asked to go.

use std::ops::RangeInclusive;

use super::super::connection::CANCELS_MAX;
use super::super::noise::NOISE_MAX;
use super::*;

const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const SETTINGS: u8 = 4;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const CANCEL: [u8; 4] = [0, 0, 0, 8];
/// Requests at once; fewer than there may be.
const BATCH: u32 = 50;
/// A flood brings what is allowed at once in so many seconds.
const FLOOD_SECONDS: u64 = 8;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    [&(payload.len() as u32).to_be_bytes()[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The headers of a POST whose body does not come; its answer waits for that.
fn upload(stream: u32) -> Vec<u8> {
    frame(HEADERS, 4, stream, &[0x83, 0x86, 0x84, 0x41, 1, b'a'])
}

fn request(stream: u32) -> Vec<u8> {
    frame(HEADERS, 5, stream, &[0x82, 0x86, 0x84, 0x41, 1, b'a'])
}

/// A client that waits for the server to have read what it says.
struct Peer {
    client: Client,
    next: u32,
}

impl Peer {
    async fn connects() -> Peer {
        Peer { client: Client::connects().says(http2(65_535, &[])).await, next: 1 }
    }

    /// Says something; whether it is asked to go then.
    async fn is_told_to_go(&mut self, bytes: &[u8]) -> bool {
        let mut goes = false;
        // The answer to a second ping comes after what became of the first one's neighbours.
        for bytes in [bytes, &[]] {
            let mut heard = Vec::new();
            self.client.stream.write_all(&[bytes, &frame(PING, 0, 0, &[7; 8])].concat()).await.unwrap();
            while !heard.windows(17).any(|bytes| bytes[3..5] == [PING, 1] && bytes[9..] == [7; 8]) {
                let mut buffer = [0; 1024];
                let count = self.client.stream.read(&mut buffer).await.unwrap();
                assert!(count > 0, "the connection goes on");
                heard.extend(&buffer[..count]);
            }
            goes |= frames(&heard).iter().any(|(kind, _)| *kind == GOAWAY);
        }
        goes
    }

    /// Begins requests and gives them up, once the server has begun to serve them.
    async fn gives_up(&mut self, count: u32) -> bool {
        let streams: Vec<u32> = (0..count).map(|number| self.next + 2 * number).collect();
        self.next += 2 * count;
        self.is_told_to_go(&streams.iter().flat_map(|stream| upload(*stream)).collect::<Vec<_>>()).await;
        self.is_told_to_go(&streams.iter().flat_map(|stream| frame(RST_STREAM, 0, *stream, &CANCEL)).collect::<Vec<_>>()).await
    }

    async fn is_answered(&mut self) -> bool {
        let stream = self.next;
        self.next += 2;
        self.is_told_to_go(&request(stream)).await
    }
}

#[tokio::test(start_paused = true)]
async fn requests_that_are_given_up_are_few() {
    let mut peer = Peer::connects().await;
    for _ in 0..CANCELS_MAX / BATCH {
        assert!(!peer.gives_up(BATCH).await, "up to the limit");
    }
    assert!(peer.gives_up(1).await, "past the limit it is asked to go");
    for _ in 0..CANCELS_MAX / BATCH {
        peer.gives_up(BATCH).await;
    }
    // It did not go: the connection ends without a goodbye.
    let stream = peer.next;
    peer.client.stream.write_all(&[upload(stream), frame(PING, 0, 0, &[7; 8])].concat()).await.unwrap();
    let Peer { client, .. } = peer;
    let (seconds, _) = client.says(frame(RST_STREAM, 0, stream, &CANCEL)).await.ends().await;
    assert!(seconds <= 5, "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_some_answers_may_give_up_others() {
    let mut peer = Peer::connects().await;
    for round in 0..3 * CANCELS_MAX / BATCH {
        assert!(!peer.gives_up(BATCH).await, "round {round}");
        for _ in 0..BATCH {
            assert!(!peer.is_answered().await, "round {round}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn requests_that_are_reset_at_once_end_the_connection() {
    let bytes: Vec<u8> = (0..100).flat_map(|number| [request(2 * number + 1), frame(RST_STREAM, 0, 2 * number + 1, &CANCEL)].concat()).collect();
    ends_with_goaway("resets", &[], &bytes, 0..=1).await;
}

#[tokio::test(start_paused = true)]
async fn frames_of_no_use_end_the_connection() {
    let second = NOISE_MAX / FLOOD_SECONDS;
    for (what, unit) in [
        ("pings", frame(PING, 0, 0, &[0; 8])),
        ("answers to no ping", frame(PING, 1, 0, &[0; 8])),
        ("settings", frame(SETTINGS, 0, 0, &[])),
        ("settings that change", frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0xff, 0xff, 0, 4, 0, 0, 0, 1])),
        ("priorities", frame(PRIORITY, 0, 9, &[0, 0, 0, 0, 1])),
        ("windows", frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1])),
        ("resets of what has ended", frame(RST_STREAM, 0, 1, &CANCEL)),
        ("unknown frames", frame(0xbb, 0, 0, &[0; 100])),
    ] {
        let bytes = unit.repeat(second as usize / unit.len() + 1);
        // A request at work, after one that was answered: what is allowed comes twice, before and after the first GOAWAY.
        ends_with_goaway(what, &["/", "/late"], &bytes, 2 * FLOOD_SECONDS - 1..=2 * FLOOD_SECONDS + 1).await;
        // Without a request it has little time to go.
        ends_with_goaway(what, &["/"], &bytes, FLOOD_SECONDS - 1..=FLOOD_SECONDS + 6).await;
    }
}

#[tokio::test(start_paused = true)]
async fn headers_past_their_limit_end_the_connection() {
    let begun = frame(HEADERS, 1, 1, &[0x82, 0x86, 0x84, 0x41, 1, b'a']);
    for (what, more) in [("empty", vec![]), ("small", [&[0, 1, b'a', 1, b'b'][..]; 10].concat())] {
        let bytes = [begun.clone(), frame(CONTINUATION, 0, 1, &more).repeat(100)].concat();
        ends_with_goaway(what, &[], &bytes, 0..=1).await;
    }
}

/// A connection with these requests ends when `bytes` come every second, within so many seconds, and is told so.
async fn ends_with_goaway(what: &str, paths: &[&str], bytes: &[u8], within: RangeInclusive<u64>) {
    let (seconds, heard) = Client::connects().says(http2(65_535, paths)).await.ends_while_sending(bytes).await;
    assert!(frames(&heard).iter().any(|(kind, _)| *kind == GOAWAY), "{what}: it is told to go");
    assert!(within.contains(&seconds), "{what}: {seconds} s");
}
