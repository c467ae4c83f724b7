//! /.well-known/webfinger and /.well-known/host-meta

use app::stories;
use serde_json::{Value, json};

use super::actor;
use crate::tests::site::{Answer, Site};

async fn ask(site: &Site, resource: &str) -> Answer {
    let resource: String = url::form_urlencoded::byte_serialize(resource.as_bytes()).collect();
    site.get(&format!("/.well-known/webfinger?resource={resource}")).header("origin", "https://else.test").await
}

/// With nothing but a status, which may be kept for a while.
#[track_caller]
fn is_refused(answer: &Answer, status: u16, what: &str) {
    assert_eq!((answer.status, answer.text(), answer.header("cache-control")), (status, "", "max-age=180, public"), "{what}");
}

stories! {
    async fn a_handle_and_every_address_of_it_name_the_actor(site: Site) {
        let alice = site.user("alice");
        let uri = actor(&alice);
        let expected = json!({
            "subject": "acct:alice@here.test",
            "aliases": ["https://here.test/@alice", uri],
            "links": [
                { "rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": "https://here.test/@alice" },
                { "rel": "self", "type": "application/activity+json", "href": uri },
                { "rel": "http://ostatus.org/schema/1.0/subscribe", "template": "https://here.test/authorize_interaction?uri={uri}" },
                { "rel": "https://w3id.org/fep/3b86/Object", "template": "https://here.test/authorize_interaction?uri={object}" },
            ],
        });
        for resource in ["acct:alice@here.test", "acct:ALICE@HERE.test", "alice@here.test", "https://here.test/@alice", "https://here.test/users/alice", uri.as_str()] {
            let answer = ask(&site, resource).await;
            assert_eq!((answer.status, answer.header("content-type")), (200, "application/jrd+json; charset=utf-8"), "{resource}");
            assert_eq!((answer.header("cache-control"), answer.header("access-control-allow-origin")), ("max-age=259200, public", "*"));
            assert_eq!(answer.header("vary"), "Origin");
            assert_eq!(serde_json::from_slice::<Value>(&answer.body).unwrap(), expected, "{resource}");
        }
        let with_ending = site.get("/.well-known/webfinger.json?resource=acct:alice@here.test").await;
        assert_eq!((with_ending.header("content-type"), with_ending.header("vary")), ("application/jrd+json; charset=utf-8", "Origin"));
        assert_eq!(with_ending.header("cache-control"), "max-age=259200, public");
        assert_eq!(serde_json::from_slice::<Value>(&with_ending.body).unwrap(), expected);
        for (path, status) in [("?resource=acct:nobody@here.test", 404), ("", 400), ("?resource=acct:alice@far.test", 404)] {
            assert_eq!(site.get(&format!("/.well-known/webfinger.json{path}")).await.status, status, "{path}");
        }
    }

    async fn the_domain_itself_is_the_instance_actor(site: Site) {
        for resource in ["here.test", "https://here.test", "HTTPS://here.test/", "here.test@here.test", "acct:here.test@here.test", "acct:mastodon.internal@here.test", "https://here.test/", "https://here.test/actor"] {
            let found: Value = serde_json::from_slice(&ask(&site, resource).await.body).unwrap();
            assert_eq!((&found["subject"], &found["links"][1]["href"]), (&json!("acct:mastodon.internal@here.test"), &json!("https://here.test/actor")), "{resource}");
            assert_eq!((&found["aliases"], &found["links"][0]["href"]), (&json!(["https://here.test/actor"]), &json!("https://here.test/about/more?instance_actor=true")));
        }
    }

    async fn what_names_nobody_here_is_not_found_and_what_names_nothing_is_refused(site: Site) {
        site.world.stranger("carol", "far.test").await;
        for resource in ["acct:nobody@here.test", "acct:carol@far.test", "acct:alice@far.test", "https://far.test/@alice", "https://here.test/@alice/1", "https://x@here.test/@alice", "https://here.test/nothing"] {
            is_refused(&ask(&site, resource).await, 404, resource);
        }
        for resource in ["", "alice", "acct:alice@evil.test@here.test", "acct:@here.test", "acct:al ice@here.test", &"x".repeat(5_000)] {
            is_refused(&ask(&site, resource).await, 400, resource);
        }
        for query in ["", "?resource", "?resource=", "?resource[]=acct:alice@here.test", "?resource=%FF"] {
            is_refused(&site.get(&format!("/.well-known/webfinger{query}")).await, 400, query);
        }
    }

    async fn who_is_suspended_is_found_and_who_is_gone_is_gone(site: Site) {
        let alice = site.user("alice");
        site.world.suspend(&alice).await;
        assert_eq!(ask(&site, "acct:alice@here.test").await.status, 200);
        app::accounts::delete::delete(&site.world.app, app::Origin::Cli, alice.account).await.unwrap();
        site.world.drain_removal().await;
        is_refused(&ask(&site, &actor(&alice)).await, 410, "by its address");
    }

    async fn the_answer_is_the_same_however_it_is_asked_for(site: Site) {
        let expected = ask(&site, "acct:alice@here.test").await;
        let path = "resource=acct:alice@here.test";
        for (place, accept) in [("webfinger", "application/jrd+json"), ("webfinger", "application/json"), ("webfinger", "text/html")] {
            let answer = site.get(&format!("/.well-known/{place}?{path}")).header("accept", accept).await;
            assert_eq!((answer.status, answer.text(), answer.header("content-type")), (200, expected.text(), "application/jrd+json; charset=utf-8"), "{place} {accept}");
            assert_eq!(answer.header("cache-control"), "max-age=259200, public");
        }
    }

    async fn host_meta_says_where_webfinger_is(site: Site) {
        let answer = site.get("/.well-known/host-meta").await;
        assert_eq!(answer.header("content-type"), "application/xrd+xml; charset=utf-8");
        assert_eq!(wire::webfinger::host_meta(&answer.body).as_deref(), Some("https://here.test/.well-known/webfinger?resource={uri}"));
        let expected = json!({ "links": [{ "rel": "lrdd", "template": "https://here.test/.well-known/webfinger?resource={uri}" }] });
        for (path, accept) in [("/.well-known/host-meta.json", "*/*"), ("/.well-known/host-meta", "application/json")] {
            let answer = site.get(path).header("accept", accept).await;
            assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
            assert_eq!(serde_json::from_slice::<Value>(&answer.body).unwrap(), expected);
        }
    }
}
