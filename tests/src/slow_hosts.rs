//! Slow hosts: while some keep the server waiting in each way there is, media and keys of others come as soon as without
//! them.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::pictures;
use crate::remote::{Manner, Remote, activity, actor_of, answer};
use crate::server::{Engine, Server, Site, client};
use crate::wait::{PATIENCE, until, within};

/// Files of slow hosts that are looked at, on as many hosts as there are domains below which they lie.
const SLOW_FILES: usize = 80;
const SLOW_DOMAINS: usize = 4;
/// Senders whose keys are on slow hosts: as many as the slow domains may have asked for at once.
const SLOW_SENDERS: usize = 16 * SLOW_DOMAINS;
/// Files of others that are looked at before, and during it.
const HONEST_FILES: usize = 20;
const ATTACHMENTS: usize = 4;
/// How much longer others may wait because of slow hosts, beside what the machine does to all.
const SLOWER_MAX: u32 = 3;
const GRAIN: Duration = Duration::from_millis(500);

mod sqlite {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn slow_hosts_keep_nobody_waiting_for_others() {
        super::slow_hosts_keep_nobody_waiting_for_others(super::Engine::Sqlite).await;
    }
}

mod postgres {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn slow_hosts_keep_nobody_waiting_for_others() {
        super::slow_hosts_keep_nobody_waiting_for_others(super::Engine::Postgres).await;
    }
}

async fn slow_hosts_keep_nobody_waiting_for_others(engine: Engine) {
    let (remote, files) = (Remote::open().await, Files::open().await);
    let server = Server::start_at(engine, Site::plain("patient.localhost")).await;
    let alice = server.user("alice").await;
    let own = alice.posts("hello").await["uri"].as_str().expect("an address").to_owned();
    let uri = alice.reads(&format!("/api/v1/accounts/{}", alice.id)).await["uri"].as_str().expect("an address").to_owned();
    let bob = actor_of(&remote.host("bob", Manner::Lively), "bob");
    let names = |prefix: &str, count: usize| -> Vec<String> {
        (0..count).map(|number| format!("http://{prefix}{}.localhost:{}/{number}.png", number % SLOW_DOMAINS, files.port)).collect()
    };
    let wanted = [names("honest", 2 * HONEST_FILES), names("h.slow", SLOW_FILES)].concat();
    for (number, urls) in wanted.chunks(ATTACHMENTS).enumerate() {
        let mut note = answer(&bob, &format!("/{number}"), &format!("pictures {number}"), &own, &uri);
        note["object"]["attachment"] =
            urls.iter().map(|url| json!({ "type": "Document", "mediaType": "image/png", "url": url, "name": url })).collect();
        remote.tells(&server, &note).await;
    }
    let addresses = until("all pictures are known", PATIENCE, async || {
        let statuses = alice.reads_all("/api/v1/notifications?limit=40").await;
        let attachments =
            statuses.iter().flat_map(|notification| notification["status"]["media_attachments"].as_array().cloned().unwrap_or_default());
        let addresses: Vec<(String, String)> = attachments.map(|attachment| (word(&attachment["description"]), word(&attachment["url"]))).collect();
        (addresses.len() == wanted.len()).then_some(addresses)
    })
    .await;
    let of = |part: &str| -> Vec<String> {
        let found = addresses.iter().filter(|(name, _)| name.contains(part));
        found.map(|(_, url)| format!("{}{}", server.url, path_of(url))).collect()
    };
    let (honest, slow, http) = (of("//honest"), of("//h.slow"), client());
    let look = async |urls: &[String]| {
        let mut times = Vec::new();
        for url in urls {
            let begun = Instant::now();
            let shown = http.get(url).send().await.expect("an answer");
            assert_eq!(shown.status(), 200, "{url}");
            times.push(begun.elapsed());
        }
        percentile(times, 95)
    };

    let before = look(&honest[..HONEST_FILES]).await;
    let waiting: Vec<_> = slow.iter().map(|url| tokio::spawn(http.get(url).send())).collect();
    within("slow hosts are asked for files", PATIENCE, files.are_asked(2 * SLOW_DOMAINS)).await;
    let during = within("others' files", PATIENCE, look(&honest[HONEST_FILES..])).await;
    println!("p95 of a file of another host: {before:?}, and {during:?} while {SLOW_FILES} of {SLOW_DOMAINS} slow domains are wanted");
    assert!(during <= before * SLOWER_MAX + GRAIN, "{before:?}, {during:?}");

    let asked = files.asked();
    let senders: Vec<String> = (0..SLOW_SENDERS)
        .map(|number| format!("http://h{}.slow{}.localhost:{}/users/{number}", number % 8, number % SLOW_DOMAINS, files.port))
        .collect();
    let deliveries = join_all(senders.iter().map(|actor| {
        let (remote, url, domain, activity) = (remote.clone(), server.url.clone(), server.domain(), activity("Like", actor, "/like", own.clone()));
        async move { remote.sends(&url, &domain, &activity).await }
    }));
    let stranger = async {
        within("slow hosts are asked for keys", PATIENCE, files.are_asked(asked + SLOW_SENDERS / 2)).await;
        let carol = actor_of(&remote.host("carol", Manner::Lively), "carol");
        let begun = Instant::now();
        let status = remote.sends(&server.url, &server.domain(), &activity("Like", &carol, "/like", own.clone())).await;
        (status, begun.elapsed())
    };
    let ((status, took), refused) = tokio::join!(stranger, deliveries);
    println!("an unknown sender is answered {status:?} in {took:?} while {SLOW_SENDERS} keys of slow hosts are looked for");
    assert_eq!(status, Some(202));
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert!(refused.iter().all(|status| *status == Some(503)), "{refused:?}");
    for shown in waiting {
        let status =
            within("what is slow is refused in the end", PATIENCE, shown).await.expect("a task").map_or(0, |answer| answer.status().as_u16());
        assert!([502, 503].contains(&status), "{status}");
    }
    server.assert_never_panicked();
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn path_of(url: &str) -> &str {
    url.find("/media/").map_or(url, |at| &url[at..])
}

fn percentile(mut times: Vec<Duration>, percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent).div_ceil(100) - 1]
}

/// Hosts with files, of which those with `slow` in their name never get to the end of an answer.
struct Files {
    port: u16,
    asked: watch::Receiver<usize>,
}

impl Files {
    async fn open() -> Files {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let port = listener.local_addr().expect("its address").port();
        let (count, asked) = watch::channel(0);
        let picture = pictures::png(1, 16, 16);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (count, picture) = (count.clone(), picture.clone());
                tokio::spawn(async move {
                    // A connection that breaks is the other side's matter.
                    let _ = serve(stream, &picture, &count).await;
                });
            }
        });
        Files { port, asked }
    }

    /// How often a slow host was asked.
    fn asked(&self) -> usize {
        *self.asked.borrow()
    }

    async fn are_asked(&self, count: usize) {
        self.asked.clone().wait_for(|asked| *asked >= count).await.expect("the hosts go on");
    }
}

async fn serve(mut stream: TcpStream, picture: &[u8], asked: &watch::Sender<usize>) -> std::io::Result<()> {
    loop {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut chunk = [0; 4096];
            let length = stream.read(&mut chunk).await?;
            if length == 0 {
                return Ok(());
            }
            request.extend_from_slice(&chunk[..length]);
        }
        let text = String::from_utf8_lossy(&request).to_lowercase();
        if !text.contains("slow") {
            stream.write_all(format!("HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: {}\r\n\r\n", picture.len()).as_bytes()).await?;
            stream.write_all(picture).await?;
            continue;
        }
        let mut number = 0;
        asked.send_modify(|count| {
            number = *count;
            *count += 1;
        });
        // In turn: no answer, a head and nothing more, a picture byte by byte.
        if number % 3 > 0 {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 1000000\r\n\r\n").await?;
        }
        if number % 3 == 2 {
            stream.write_all(&picture[..24]).await?;
        }
        if number % 3 == 2 {
            loop {
                stream.write_all(b"x").await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        // Until the other side leaves.
        return stream.read(&mut [0; 1]).await.map(drop);
    }
}
