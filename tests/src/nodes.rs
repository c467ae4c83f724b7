//! One instance in several processes on one PostgreSQL, each with roles of its own.

use std::fs;

use reqwest::Method;
use serde_json::json;

use crate::database::{Database, Engine};
use crate::live::Live;
use crate::person::Person;
use crate::pictures::png;
use crate::server::Server;
use crate::wait::{PATIENCE, until};

/// The same instance with other roles: shares database, media and master key with `first`.
async fn beside(first: &Server, roles: &str) -> Server {
    let url = first.database_url().expect("a database that others can reach");
    let mut server = Server::prepare(Database::Own { url });
    server.configure(&config(first, &server, roles));
    fs::create_dir_all(server.data_dir()).expect("a data directory");
    fs::copy(first.data_dir().join("master_key"), server.data_dir().join("master_key")).expect("the master key is copied");
    server.serve().await;
    server
}

/// What `first` is configured with, in the place of `server`.
fn config(first: &Server, server: &Server, roles: &str) -> String {
    let listens = |url: &str| url.trim_start_matches("http://").to_owned();
    let lines = first.config();
    let lines = lines.lines().map(|line| match line.split_once(" = ").map_or("", |(key, _)| key) {
        "data_dir" => format!("data_dir = \"{}\"\nroles = [{roles}]", server.data_dir().display()),
        "http" => format!("http = [\"{}\"]", listens(&server.url)),
        "metrics" => format!("metrics = \"{}\"", listens(&server.metrics_url)),
        _ => line.to_owned(),
    });
    let media = format!("[media]\ndir = \"{}\"", first.disk().join("media").display());
    lines.chain([media]).collect::<Vec<_>>().join("\n")
}

fn at(person: &Person, server: &Server) -> Person {
    let mut there = person.clone();
    there.url.clone_from(&server.url);
    there
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_in_processes_of_their_own_are_one_instance() {
    let mut web = Server::prepare(Database::fresh(Engine::Postgres).await);
    web.configure(&config(&web, &web, r#""web", "scheduler""#));
    web.serve().await;
    let streaming = beside(&web, r#""streaming""#).await;
    let mut worker = beside(&web, r#""worker""#).await;

    let (alice, bob) = (web.user("alice").await, web.user("bob").await);
    assert_eq!(web.status_of("/api/v1/streaming/health").await, 404, "somebody else's");
    assert_eq!(streaming.status_of("/api/v1/streaming/health").await, 200);
    assert_eq!(streaming.status_of("/api/v2/instance").await, 404, "somebody else's");
    assert_eq!((streaming.status_of("/health").await, worker.status_of("/readyz").await), (200, 200));

    // Done at one, told by the second, worked off by the third.
    bob.follows(&alice).await;
    let mut live = Live::open(&streaming.url, &bob.token, "user").await;
    let picture = alice.uploads(png(1, 64, 48), "a picture").await;
    assert!(picture["url"].is_string(), "processed elsewhere while the upload waited: {picture}");
    let status = alice.posts_with(json!({ "status": "hello @bob", "media_ids": [picture["id"]] })).await;
    let told = live.next("update").await;
    assert_eq!((&told["id"], &told["media_attachments"][0]["id"]), (&status["id"], &picture["id"]));
    assert_eq!(live.next("notification").await["type"], "mention");

    // A process that is killed leaves its work to the next.
    worker.kill9();
    let later = alice.posts("while nobody worked, @bob").await;
    assert_eq!(live.next("update").await["id"], later["id"]);
    worker.serve().await;
    assert_eq!(live.next("notification").await["status"]["id"], later["id"]);

    // A command at one process is seen by the others.
    let other = beside(&web, r#""web""#).await;
    let there = at(&alice, &other);
    assert_eq!(there.reads(&format!("/api/v1/statuses/{}", status["id"].as_str().expect("an id"))).await["favourites_count"], 0);
    bob.favourites(&status).await;
    until("the other web process shows what was done", PATIENCE, async || {
        let shown = there.reads(&format!("/api/v1/statuses/{}", status["id"].as_str()?)).await;
        (shown["favourites_count"] == 1).then_some(())
    })
    .await;
    web.cli(&["settings", "set", "site_title", "One of several"]);
    until("the other web process has the title", PATIENCE, async || {
        let answer = there.asks(Method::GET, "/api/v2/instance", None).await;
        (answer.expect(200)["title"] == "One of several").then_some(())
    })
    .await;
    for server in [&web, &streaming, &worker, &other] {
        server.assert_never_panicked();
    }
}
