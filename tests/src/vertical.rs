//! The one journey everything else grows on, by hand: a picture, a post, a reader, live.

use reqwest::Method;
use serde_json::{Value, json};

use crate::person::{Answer, text_of};
use crate::pictures;
use crate::server::{Server, on_both_engines};
use crate::wait::{PATIENCE, until};

on_both_engines![
    a_post_with_a_picture_reaches_a_follower_live,
    what_a_follower_does_reaches_the_author_live,
    a_deleted_post_is_gone_everywhere,
    the_same_request_twice_posts_once,
    a_private_post_is_for_followers,
    a_post_has_a_page,
    an_odd_accept_header_still_gets_json,
];

async fn a_post_with_a_picture_reaches_a_follower_live(server: Server) {
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    bob.follows(&alice).await;
    let mut live = bob.listens().await;

    let media = alice.uploads(pictures::png(1, 320, 200), "a gradient").await;
    let status = alice.posts_with(json!({ "status": "look #here", "media_ids": [media["id"]] })).await;

    let seen = live.next("update").await;
    assert_eq!(seen["id"], status["id"]);
    let attachment = &seen["media_attachments"][0];
    assert_eq!(attachment["description"], "a gradient");
    assert_eq!((&attachment["meta"]["original"]["width"], &attachment["meta"]["original"]["height"]), (&json!(320), &json!(200)));
    assert!(attachment["blurhash"].is_string(), "{attachment}");
    assert_eq!(pictures::size_of(&download(&server, &attachment["url"]).await), (320, 200));
    pictures::size_of(&download(&server, &attachment["preview_url"]).await);
    assert_eq!(bob.reads("/api/v1/timelines/home").await[0]["id"], status["id"]);
}

async fn what_a_follower_does_reaches_the_author_live(server: Server) {
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let mut live = alice.listens().await;
    let status = alice.posts("hello").await;

    bob.follows(&alice).await;
    assert_eq!(live.next("notification").await["type"], "follow");
    bob.favourites(&status).await;
    assert_eq!(live.next("notification").await["type"], "favourite");
    bob.does(&format!("/api/v1/statuses/{}/reblog", text_of(&status["id"]))).await;
    assert_eq!(live.next("notification").await["type"], "reblog");
    let reply = bob.replies(&status, "@alice hello yourself").await;
    let mention = live.next("notification").await;
    assert_eq!((&mention["type"], &mention["status"]["id"]), (&json!("mention"), &reply["id"]));

    let types: Vec<_> = alice.reads_all("/api/v1/notifications").await.iter().map(|n| n["type"].clone()).collect();
    assert_eq!(types, ["mention", "reblog", "favourite", "follow"]);
    let shown = alice.reads(&format!("/api/v1/statuses/{}", text_of(&status["id"]))).await;
    assert_eq!((&shown["favourites_count"], &shown["reblogs_count"], &shown["replies_count"]), (&json!(1), &json!(1), &json!(1)));
}

async fn a_deleted_post_is_gone_everywhere(server: Server) {
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    bob.follows(&alice).await;
    let mut live = bob.listens().await;
    let status = alice.posts("a mistake").await;
    live.next("update").await;

    alice.deletes(&status).await;

    assert_eq!(live.next("delete").await, status["id"]);
    let path = format!("/api/v1/statuses/{}", text_of(&status["id"]));
    assert_eq!(bob.asks(Method::GET, &path, None).await.expect(404)["error"], "Record not found");
    assert_eq!(bob.reads("/api/v1/timelines/home").await, json!([]));
    assert_eq!(alice.reads("/api/v1/accounts/verify_credentials").await["statuses_count"], 0);
}

async fn the_same_request_twice_posts_once(server: Server) {
    let alice = server.user("alice").await;
    let post = async |text: &str| {
        let request = server.http.post(format!("{}/api/v1/statuses", server.url)).bearer_auth(&alice.token);
        Answer::of(request.header("idempotency-key", "one").json(&json!({ "status": text }))).await.expect("an answer")
    };

    let (first, second) = tokio::join!(post("once"), post("once"));
    let third = post("once").await.expect(200);

    assert_eq!(first.expect(200)["id"], third["id"]);
    assert_eq!(second.expect(200)["id"], third["id"]);
    assert_eq!(alice.reads("/api/v1/accounts/verify_credentials").await["statuses_count"], 1);
}

async fn a_private_post_is_for_followers(server: Server) {
    let (alice, bob, carol) = (server.user("alice").await, server.user("bob").await, server.user("carol").await);
    bob.follows(&alice).await;

    let status = alice.posts_with(json!({ "status": "among us", "visibility": "private" })).await;

    let path = format!("/api/v1/statuses/{}", text_of(&status["id"]));
    bob.reads(&path).await;
    carol.asks(Method::GET, &path, None).await.expect(404);
    assert_eq!(server.status_of(&path).await, 404);
    assert_eq!(carol.reads("/api/v1/timelines/public").await, json!([]));
    until("it is in bob's home", PATIENCE, async || (bob.reads("/api/v1/timelines/home").await[0]["id"] == status["id"]).then_some(())).await;
}

async fn a_post_has_a_page(server: Server) {
    let alice = server.user("alice").await;
    let status = alice.posts("to be read <b>anywhere</b>").await;

    let page = server.http.get(text_of(&status["url"])).header("accept", "text/html").send().await.expect("an answer");

    assert_eq!(page.status(), 200);
    assert!(page.headers()["content-type"].to_str().expect("ASCII").starts_with("text/html"));
    let html = page.text().await.expect("a page");
    assert!(html.contains("to be read &lt;b&gt;anywhere&lt;/b&gt;"), "{html}");
}

async fn an_odd_accept_header_still_gets_json(server: Server) {
    for accept in ["text/html", "image/png", "*/*;q=0", "nonsense", "application/xml, text/csv"] {
        let request = server.http.get(format!("{}/api/v1/instance", server.url)).header("accept", accept);
        let answer = Answer::of(request).await.expect("an answer");
        assert!(answer.header("content-type").starts_with("application/json"), "{accept}: {}", answer.header("content-type"));
        answer.expect(200);
    }
}

async fn download(server: &Server, url: &Value) -> Vec<u8> {
    let answer = Answer::of(server.http.get(text_of(url))).await.expect("the whole file");
    assert_eq!(answer.status, 200, "{url}");
    answer.body
}
