//! What a client makes up never becomes a label of a metric: series and memory stay as they are.

use futures_util::{StreamExt, stream};
use reqwest::Method;

use crate::database::Database;
use crate::memory::{falls_to, mb, resident};
use crate::server::{Engine, Server};

/// Requests that differ in all that a client can choose.
const ODD: usize = 10_000;
const AT_ONCE: usize = 16;
/// Made once of each kind, every series that can be made is there.
const FIRST: usize = 60;
/// What a server may take more afterwards: caches and buffers, but nothing for each request.
const GROWTH_MAX: u64 = 10 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_requests_make_no_series() {
    let server = Server::start(Engine::Sqlite).await;
    send(&server, 0..FIRST).await;
    let (before, resident_before) = (series(&server).await, resident(&server));
    send(&server, FIRST..FIRST + ODD).await;
    let after = series(&server).await;
    let of_requests = |series: &[String]| series.iter().filter(|name| name.starts_with("ferrodon_http_")).count();
    println!(
        "{ODD} odd requests: {} series before, {} after; {} MB before, {} MB after",
        before.len(),
        after.len(),
        mb(resident_before),
        mb(resident(&server))
    );
    let new: Vec<&String> = after.iter().filter(|name| !before.contains(name)).collect();
    assert_eq!(of_requests(&before), of_requests(&after), "{new:.800?}");
    // What happens by the clock may be measured for the first time meanwhile.
    assert!(new.len() < 100 && new.iter().all(|name| !name.contains("odd") && !name.contains("ODD")), "{new:.800?}");
    falls_to(&server, resident_before + GROWTH_MAX).await;
    server.assert_never_panicked();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_leave_nothing_behind_without_metrics() {
    let mut server = Server::prepare(Database::fresh(Engine::Sqlite).await);
    let metrics = server.metrics_url.trim_start_matches("http://").to_owned();
    server.configure(&server.config().replace(&metrics, "off"));
    server.serve().await;
    send(&server, 0..FIRST * 20).await;
    let before = resident(&server);
    send(&server, FIRST * 20..FIRST * 20 + ODD).await;
    println!("{ODD} odd requests without metrics: {} KB before, {} KB after", before / 1024, resident(&server) / 1024);
    falls_to(&server, before + GROWTH_MAX / 2).await;
}

/// Requests with made-up methods, paths, hosts, agents, languages and types.
async fn send(server: &Server, numbers: std::ops::Range<usize>) {
    let sent = stream::iter(numbers).map(|number| async move {
        let (method, path) = match number % 6 {
            0 => (format!("ODD{number}"), "/api/v1/instance".to_owned()),
            1 => ("GET".to_owned(), format!("/odd/{number}/x")),
            2 => (format!("odd-{number}"), format!("/odd{number}")),
            3 => ("GET".to_owned(), format!("/api/v1/statuses/{number}")),
            4 => ("POST".to_owned(), format!("/users/odd{number}/inbox")),
            _ => ("GET".to_owned(), format!("/api/v1/odd{number}?odd{number}=1")),
        };
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = server.http.request(method, format!("{}{path}", server.url)).header("host", format!("odd{number}.test"));
        let request = request.header("user-agent", format!("odd/{number}")).header("accept-language", format!("odd-{number}"));
        let answer = request.header("content-type", format!("odd/{number}")).send().await?;
        let status = answer.status().as_u16();
        answer.bytes().await.map(|_| status)
    });
    let answers: Vec<_> = sent.buffer_unordered(AT_ONCE).collect().await;
    let failed = answers.iter().filter(|answer| !answer.as_ref().is_ok_and(|status| (200..500).contains(status))).count();
    assert_eq!(failed, 0, "{:?}", answers.iter().find(|answer| answer.is_err()));
}

/// The names and labels of all series.
async fn series(server: &Server) -> Vec<String> {
    let answer = server.http.get(format!("{}/metrics", server.metrics_url)).send().await.expect("the metrics");
    let text = answer.text().await.expect("the metrics are text");
    let names = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).filter_map(|line| line.rsplit_once(' '));
    names.map(|(name, _)| name.to_owned()).collect()
}
