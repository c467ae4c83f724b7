//! Other people's things: with another user's token, every route answers for a private id just as it does
//! for one that does not exist, and nothing changes.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::App;
use crate::person::{Answer, Person, text_of};
use crate::pictures;
use crate::server::{Server, on_both_engines};

on_both_engines![
    every_route_treats_a_foreign_id_as_one_that_does_not_exist,
    foreign_ids_in_parameters_are_refused,
    an_expired_or_invented_token_is_nobody,
];

/// As many digits as a real id has, and nobody's.
const NOBODYS_ID: &str = "109999999999999999";

async fn every_route_treats_a_foreign_id_as_one_that_does_not_exist(server: Server) {
    let (alice, bob, carol) = (server.user("alice").await, server.user("bob").await, server.user("carol").await);
    carol.follows(&alice).await;
    let picture = alice.uploads(pictures::png(1, 40, 40), "private").await;
    let private = alice.posts_with(json!({ "status": "among us", "visibility": "private", "media_ids": [picture["id"]] })).await;
    let direct = alice.posts_with(json!({ "status": "@carol just you", "visibility": "direct" })).await;
    let unattached = alice.uploads(pictures::png(2, 40, 40), "not yet posted").await;
    let notification = follow_notification(&alice).await;
    let before = snapshot(&alice, &private, &direct).await;

    let routes = routes_with_ids(&server);
    assert!(routes.len() >= 10, "the table has routes with ids: {routes:?}");
    for (method, path) in &routes {
        for thing in [&private, &direct, &picture, &unattached, &notification] {
            let id = text_of(&thing["id"]);
            let foreign = bob.asks(method.clone(), &filled(path, &id), None).await;
            let nobodys = bob.asks(method.clone(), &filled(path, NOBODYS_ID), None).await;

            assert_eq!(foreign.status, nobodys.status, "{method} {path} tells {id} from no id: {}", foreign.text());
            let refused = (400..500).contains(&foreign.status);
            let empty = foreign.status == 200 && matches!(foreign.text().trim(), "[]" | "{}");
            // An address of the other form leads on to the canonical one, whether or not there is anything there.
            let unnamed = |answer: &Answer, id: &str| answer.header("location").replace(id, "ID");
            let leads_on = foreign.status == 301 && unnamed(&foreign, &id) == unnamed(&nobodys, NOBODYS_ID);
            assert!(refused || empty || leads_on, "{method} {path} of {id}: {} {}", foreign.status, foreign.text());
            if foreign.header("content-type").starts_with("application/json") {
                let unnamed = |answer: &Answer, id: &str| answer.text().replace(id, "ID");
                assert_eq!(unnamed(&foreign, &id), unnamed(&nobodys, NOBODYS_ID), "{method} {path}");
            }
            assert!(!foreign.text().contains("among us") && !foreign.text().contains("just you"), "{method} {path} leaks");
        }
    }

    assert_eq!(snapshot(&alice, &private, &direct).await, before, "nothing of alice's has changed");
    alice.posts_with(json!({ "status": "now posted", "media_ids": [unattached["id"]] })).await;
    server.assert_never_panicked();
}

/// All of alice's that the requests of others could have touched.
async fn snapshot(alice: &Person, private: &Value, direct: &Value) -> Vec<Value> {
    let mut seen = vec![alice.reads("/api/v1/notifications").await];
    for status in [private, direct] {
        seen.push(alice.reads(&format!("/api/v1/statuses/{}", text_of(&status["id"]))).await);
    }
    seen
}

async fn follow_notification(person: &Person) -> Value {
    crate::wait::until("the follow is told", crate::wait::PATIENCE, async || {
        let all = person.reads("/api/v1/notifications").await;
        all.as_array()?.iter().find(|one| one["type"] == "follow").cloned()
    })
    .await
}

/// The routes of the table that name a thing by its id.
fn routes_with_ids(server: &Server) -> Vec<(Method, String)> {
    let routes = server.routes().into_iter().filter(|(_, path)| filled(path, NOBODYS_ID) != filled(path, "1"));
    routes.map(|(method, path)| (method.parse().expect("a method"), path)).collect()
}

/// The path with `id` for every parameter but those that name an account by its name.
fn filled(path: &str, id: &str) -> String {
    let fill = |segment: &str| match segment.split_once('{') {
        Some((before, rest)) => {
            let (name, after) = rest.split_once('}').unwrap_or((rest, ""));
            let value = if name.contains("user") || name.contains("acct") { "alice" } else { id };
            format!("{before}{value}{after}")
        }
        None => segment.to_owned(),
    };
    path.split('/').map(fill).collect::<Vec<_>>().join("/")
}

async fn foreign_ids_in_parameters_are_refused(server: Server) {
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let private = alice.posts_with(json!({ "status": "among us", "visibility": "private" })).await;
    let media = alice.uploads(pictures::png(2, 40, 40), "mine").await;

    let reply = json!({ "status": "I reply", "in_reply_to_id": private["id"] });
    let reply = bob.asks(Method::POST, "/api/v1/statuses", Some(reply)).await;
    assert_eq!(reply.status, 404, "{}", reply.text());
    let borrowed = json!({ "status": "my picture", "media_ids": [media["id"]] });
    let borrowed = bob.asks(Method::POST, "/api/v1/statuses", Some(borrowed)).await;
    assert_eq!(borrowed.status, 422, "{}", borrowed.text());

    assert_eq!(bob.reads("/api/v1/accounts/verify_credentials").await["statuses_count"], 0);
    let shown = alice.reads(&format!("/api/v1/statuses/{}", text_of(&private["id"]))).await;
    assert_eq!(shown["replies_count"], 0);
    alice.posts_with(json!({ "status": "my picture", "media_ids": [media["id"]] })).await;
}

async fn an_expired_or_invented_token_is_nobody(server: Server) {
    let alice = server.user("alice").await;
    let app = App::register(&server, "https://app.test/", "read write").await;
    let revoked = text_of(&app.token_for(&server, &alice, "read write").await["access_token"]);
    app.asks(&server, "/oauth/revoke", &[("token", &revoked)]).await.expect(200);

    for token in [revoked.as_str(), "invented", "", "%00", "' OR 1=1 --", &"x".repeat(5_000)] {
        for (method, path) in [(Method::GET, "/api/v1/timelines/home"), (Method::POST, "/api/v1/statuses")] {
            let request = server.http.request(method.clone(), format!("{}{path}", server.url)).bearer_auth(token);
            let answer = Answer::of(request.json(&json!({ "status": "not me" }))).await.expect("an answer");
            assert_eq!(answer.status, 401, "{method} {path} with {token:.20}: {}", answer.text());
            assert!(answer.json()["error"].is_string());
        }
    }
    assert_eq!(alice.reads("/api/v1/accounts/verify_credentials").await["statuses_count"], 0);
}
