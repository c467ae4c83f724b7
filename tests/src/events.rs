//! Server-sent events over HTTP/2: many streams on one connection, beside ordinary requests, each with a life of its own.

use futures_util::future::join_all;
use hyper::Method;
use reqwest::Response;
use serde_json::json;

use crate::app::{App, OOB};
use crate::database::Database;
use crate::http2::{Events, Http2, STREAMS_MAX};
use crate::person::{Person, text_of};
use crate::server::{Engine, Server, on_both_engines};
use crate::wait::{PATIENCE, until};

/// Streams from one address, and of one account.
const OF_ADDRESS: usize = 1_000;
const OF_ACCOUNT: usize = 2_000;
/// Of these, streams over HTTP/1.1, each on a connection of its own.
const OVER_HTTP1: usize = 100;

on_both_engines! {
    each_stream_of_a_connection_is_told_what_is_for_it,
    a_stream_that_is_reset_ends_alone,
    a_revoked_token_ends_its_streams_alone,
}

async fn each_stream_of_a_connection_is_told_what_is_for_it(server: Server) {
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    alice.follows(&bob).await;
    let http = Http2::connects(&server).await;
    let listens = async |path, person: &Person| http.listens(path, &person.token).await.expect("a stream");
    let (mut home, mut notifications) = (listens("user", &alice).await, listens("user/notification", &alice).await);
    let (mut public, mut local) = (listens("public", &alice).await, listens("public/local", &bob).await);
    let (mut tagged, mut silent) = (listens("hashtag?tag=cats", &alice).await, listens("hashtag?tag=dogs", &alice).await);
    assert_eq!(open_streams(&server).await, 6);

    let posts = http.asks(Method::POST, "/api/v1/statuses", &bob.token, Some(json!({ "status": "hello @alice #cats" })));
    let ((status, answer), ()) = tokio::join!(posts, http.reads_at_once(20, "/api/v1/timelines/home", &alice.token));
    assert_eq!(status, 200);
    let id = text_of(&serde_json::from_slice::<serde_json::Value>(&answer).expect("a status")["id"]);
    for (name, events) in [("home", &mut home), ("public", &mut public), ("local", &mut local), ("tagged", &mut tagged)] {
        assert_eq!(events.id("update").await, id, "{name}");
    }
    let notification = home.id("notification").await;
    assert_eq!(notifications.id("notification").await, notification);

    let path = format!("/api/v1/statuses/{id}");
    let deletes = http.asks(Method::DELETE, &path, &bob.token, None);
    let ((status, _), ()) = tokio::join!(deletes, http.reads_at_once(20, "/api/v2/instance", &alice.token));
    assert_eq!(status, 200);
    for (name, events) in [("home", &mut home), ("public", &mut public), ("local", &mut local), ("tagged", &mut tagged)] {
        assert_eq!(events.id("delete").await, id, "{name}");
    }
    silent.beats().await;
    assert_eq!(open_streams(&server).await, 6);
    server.assert_never_panicked();
}

async fn a_stream_that_is_reset_ends_alone(server: Server) {
    let alice = server.user("alice").await;
    let http = Http2::connects(&server).await;
    let mut streams = Vec::new();
    for _ in 0..8 {
        streams.push(http.listens("user", &alice.token).await.expect("a stream"));
    }
    assert_eq!(open_streams(&server).await, 8);
    for left in (1..8).rev() {
        drop(streams.remove(0));
        streams_fall_to(&server, left).await;
        let id = text_of(&alice.posts("hello").await["id"]);
        for events in &mut streams {
            assert_eq!(events.id("update").await, id);
        }
    }
    drop(streams);
    streams_fall_to(&server, 0).await;
    http.reads_at_once(10, "/api/v2/instance", &alice.token).await;
    let mut again = http.listens("user", &alice.token).await.expect("a stream");
    let id = text_of(&alice.posts("again").await["id"]);
    assert_eq!(again.id("update").await, id);
    drop((again, http));
    streams_fall_to(&server, 0).await;

    // The connection goes with all that is on it.
    let http = Http2::connects(&server).await;
    let held = [http.listens("user", &alice.token).await.expect("a stream"), http.listens("direct", &alice.token).await.expect("a stream")];
    assert_eq!(open_streams(&server).await, 2);
    drop((http, held));
    streams_fall_to(&server, 0).await;
    server.assert_never_panicked();
}

async fn a_revoked_token_ends_its_streams_alone(server: Server) {
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let app = App::register(&server, OOB, "read write").await;
    let revoked = text_of(&app.token_for(&server, &alice, "read write").await["access_token"]);
    let http = Http2::connects(&server).await;
    let mut ended = [http.listens("user", &revoked).await.expect("a stream"), http.listens("public", &revoked).await.expect("a stream")];
    let mut kept = [http.listens("user", &alice.token).await.expect("a stream"), http.listens("public", &bob.token).await.expect("a stream")];
    assert_eq!(open_streams(&server).await, 4);

    app.asks(&server, "/oauth/revoke", &[("token", &revoked)]).await.expect(200);

    for events in &mut ended {
        events.ends().await;
    }
    streams_fall_to(&server, 2).await;
    assert_eq!(http.listens("user", &revoked).await.err(), Some(401));
    let id = text_of(&alice.posts("hello").await["id"]);
    for events in &mut kept {
        assert_eq!(events.id("update").await, id);
    }
    server.assert_never_panicked();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_has_as_many_streams_over_either_protocol() {
    let mut server = Server::prepare(Database::fresh(Engine::Sqlite).await);
    // Otherwise every address of this machine is a trusted proxy, and has no limit.
    server.configure(&format!("{}[proxy]\ntrusted = []\n", server.config()));
    server.serve().await;
    let people = [server.user("alice").await, server.user("bob").await];
    up_to(&server, &people, OF_ADDRESS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_has_as_many_streams_over_either_protocol() {
    let server = Server::start(Engine::Sqlite).await;
    let alice = server.user("alice").await;
    up_to(&server, &[alice], OF_ACCOUNT).await;
}

/// Takes all the streams there may be; the next is refused until one has ended, whatever the protocol of either is.
async fn up_to(server: &Server, people: &[Person], most: usize) {
    let listens = async |number: usize| listens_over_http1(server, &people[number % people.len()]).await;
    let mut held: Vec<Response> = join_all((0..OVER_HTTP1).map(listens)).await.into_iter().map(|stream| stream.expect("a stream")).collect();
    let (mut connections, mut streams): (Vec<Http2>, Vec<Events>) = (Vec::new(), Vec::new());
    while held.len() + streams.len() < most {
        let http = Http2::connects(server).await;
        let count = STREAMS_MAX.min(most - held.len() - streams.len());
        let opened = join_all((0..count).map(|number| http.listens("user", &people[number % people.len()].token))).await;
        streams.extend(opened.into_iter().map(|stream| stream.expect("a stream")));
        connections.push(http);
    }
    assert_eq!(open_streams(server).await, most);
    let another = Http2::connects(server).await;
    let token = &people[0].token;
    assert_eq!(another.listens("user", token).await.err(), Some(429), "past the limit");
    assert_eq!(listens_over_http1(server, &people[0]).await.err(), Some(429), "past the limit");

    drop(streams.pop());
    streams_fall_to(server, most - 1).await;
    held.push(listens_over_http1(server, &people[0]).await.expect("the place of the one that was reset"));
    assert_eq!(another.listens("user", token).await.err(), Some(429), "past the limit again");
    held.truncate(1);
    streams_fall_to(server, most - OVER_HTTP1).await;
    streams.push(another.listens("user", token).await.expect("a place of those that were closed"));
    another.reads_at_once(10, "/api/v2/instance", token).await;
    server.assert_never_panicked();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_server_ends_a_stream_of_who_has_most_on_one_connection() {
    let mut server = Server::prepare(Database::fresh(Engine::Sqlite).await);
    server.configure(&server.config().replace("[listen]\n", "[listen]\nmax_streams = 4\n"));
    server.serve().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let http = Http2::connects(&server).await;
    let mut greedy = Vec::new();
    for _ in 0..4 {
        greedy.push(http.listens("user", &alice.token).await.expect("a stream"));
    }
    assert_eq!(http.listens("user", &alice.token).await.err(), Some(503), "past the limit");
    assert_eq!(listens_over_http1(&server, &alice).await.err(), Some(503), "past the limit");

    let mut modest = http.listens("public", &bob.token).await.expect("a place");
    greedy.remove(0).ends().await;
    let second = listens_over_http1(&server, &bob).await.expect("a place");
    greedy.remove(0).ends().await;
    assert_eq!(http.listens("user", &bob.token).await.err(), Some(503), "both have as many");

    let id = text_of(&alice.posts("hello").await["id"]);
    for events in greedy.iter_mut().chain([&mut modest]) {
        assert_eq!(events.id("update").await, id, "the others go on");
    }
    drop(second);
}

/// A stream over HTTP/1.1; the status if it is refused.
async fn listens_over_http1(server: &Server, person: &Person) -> Result<Response, u16> {
    let answer = server.http.get(format!("{}/api/v1/streaming/user", server.url)).bearer_auth(&person.token).send().await.expect("an answer");
    if answer.status() == 200 { Ok(answer) } else { Err(answer.status().as_u16()) }
}

async fn streams_fall_to(server: &Server, count: usize) {
    until(&format!("{count} streams are open"), PATIENCE, async || (open_streams(server).await == count).then_some(())).await;
}

/// How many streams the server has, by its metrics.
async fn open_streams(server: &Server) -> usize {
    let metrics = server.http.get(format!("{}/metrics", server.metrics_url)).send().await.expect("metrics").text().await.expect("a text");
    let figure = metrics.lines().find_map(|line| line.strip_prefix("ferrodon_streaming_connections "));
    figure.map_or(0, |figure| figure.parse().unwrap_or_else(|_| panic!("not a number: {figure}")))
}
