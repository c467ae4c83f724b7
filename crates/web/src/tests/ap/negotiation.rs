//! Which of document and page is answered, at both families of addresses.

use app::stories;
use axum::http::Method;
use serde_json::json;

use super::{actor, document, fetch, status};
use crate::tests::site::Site;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const PEER: &str = "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\", application/activity+json";
const TYPED: &str = "application/activity+json, application/ld+json, text/html;q=0.1";

stories! {
    async fn documents_and_pages_have_each_other_s_address(site: Site) {
        let alice = site.user("alice");
        let id = alice.posts("hello").await;
        let places = [(actor(&alice), "/@alice".to_owned()), (status(&alice, id), format!("/@alice/{id}"))];
        for (uri, page) in &places {
            let path = uri.strip_prefix("https://here.test").unwrap();
            for accept in [PEER, TYPED, "application/activity+json", "application/ld+json"] {
                for place in [path, page] {
                    let answer = site.get(place).header("accept", accept).await;
                    assert_eq!(answer.header("content-type"), "application/activity+json; charset=utf-8", "{place} {accept}");
                    assert!(answer.headers.get_all("vary").iter().any(|vary| vary == "Accept"), "{place}");
                    assert_eq!((answer.status, answer.header("cache-control")), (200, "max-age=180, public"));
                    assert_eq!(serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap()["id"], **uri);
                }
            }
            let sent = site.get(path).header("accept", BROWSER).await;
            assert_eq!((sent.status, sent.header("location")), (302, format!("https://here.test{page}").as_str()), "a browser");
            for accept in [BROWSER, "*/*"] {
                let shown = site.get(page).header("accept", accept).await;
                assert_eq!((shown.status, shown.header("content-type")), (200, "text/html; charset=utf-8"), "{accept}");
                assert_eq!(shown.header("link"), format!("<{uri}>; rel=\"alternate\"; type=\"application/activity+json\""));
                assert!(shown.headers.get_all("vary").iter().any(|vary| vary == "Accept"));
                let link = format!("<link rel=\"alternate\" type=\"application/activity+json\" href=\"{uri}\"");
                assert!(shown.text().contains(&link), "{}", shown.text());
            }
            let plain = site.get(path).await;
            assert_eq!(plain.header("content-type"), "application/activity+json; charset=utf-8", "who does not say");
            let head = site.ask(Method::HEAD, path).header("accept", PEER).await;
            assert_eq!((head.status, head.body.len(), head.header("content-type")), (200, 0, "application/activity+json; charset=utf-8"));
        }
        assert_eq!(site.get("/@nobody").header("accept", PEER).await.status, 404);
    }

    async fn a_document_that_is_known_is_not_sent_again(site: Site) {
        let alice = site.user("alice");
        let note = status(&alice, alice.posts("hello").await);
        for address in [actor(&alice), note.clone(), format!("{}/outbox", actor(&alice))] {
            let first = fetch(&site, &address).await;
            let tag = first.header("etag").to_owned();
            assert!(tag.starts_with("W/\"") && tag.ends_with('"'), "{address}: {tag}");
            for known in [tag.as_str(), &tag[2..], "*", &format!("\"x\", {tag}")] {
                let again = fetch(&site, &address).header("if-none-match", known).await;
                assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, tag.as_str()), "{known}");
                assert_eq!(again.header("cache-control"), "max-age=180, public");
                assert!(again.headers.get_all("vary").iter().any(|vary| vary == "Accept"), "{address}");
            }
            assert_eq!(fetch(&site, &address).header("if-none-match", "W/\"x\"").await.status, 200);
        }
        // What has changed is.
        let tag = fetch(&site, &note).await.header("etag").to_owned();
        alice.posts_with("hi", |_| {}).await;
        assert_eq!(fetch(&site, &note).header("if-none-match", &tag).await.status, 304);
        let counted = format!("{}/outbox", actor(&alice));
        let before = fetch(&site, &counted).await.header("etag").to_owned();
        alice.posts("another").await;
        assert_eq!(fetch(&site, &counted).header("if-none-match", &before).await.status, 200);
    }

    async fn the_other_family_of_addresses_leads_to_the_right_one(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let (here, there) = (alice.posts("hello").await, bob.posts("hello").await);
        site.world.is_named_by_username(&bob).await;
        assert_eq!(document(&site, "https://here.test/users/bob").await["inbox"], "https://here.test/users/bob/inbox");
        document(&site, "https://here.test/users/bob/outbox?page=true").await;
        let cases = [
            ("/users/alice".to_owned(), actor(&alice)),
            ("/users/ALICE/outbox?max_id=7&page=true".to_owned(), format!("{}/outbox?max_id=7&page=true", actor(&alice))),
            (format!("/users/alice/statuses/{here}/activity"), format!("{}/activity", status(&alice, here))),
            (format!("/ap/users/{}", bob.account), "https://here.test/users/bob".to_owned()),
            (format!("/ap/users/{}/statuses/{there}/replies?page=true", bob.account), format!("https://here.test/users/bob/statuses/{there}/replies?page=true")),
            ("/users/BOB/collections/featured".to_owned(), "https://here.test/users/bob/collections/featured".to_owned()),
        ];
        for (asked, right) in cases {
            let answer = fetch(&site, &asked).await;
            assert_eq!((answer.status, answer.header("location")), (301, right.as_str()), "{asked}");
        }
    }

    async fn documents_may_be_read_by_any_page_and_pages_of_lists_are_limited(site: Site) {
        let alice = site.user("alice");
        let uri = actor(&alice);
        assert_eq!(fetch(&site, &uri).header("origin", "https://else.test").await.header("access-control-allow-origin"), "*");
        let site = site.with_rate_limits();
        let answer = fetch(&site, &format!("{uri}/outbox?page=true")).await;
        assert_eq!((answer.header("x-ratelimit-limit"), answer.header("x-ratelimit-remaining")), ("300", "299"));
        assert_eq!(fetch(&site, &uri).await.header("x-ratelimit-limit"), "", "an actor can always be read");
    }

    async fn an_emoji_has_an_address(site: Site) {
        let alice = site.user("alice");
        let new = app::emojis::import::Import { shortcode: "cat".into(), file: app::testing::png(32, 32), category: None, visible_in_picker: true, featured: false, overwrite: false };
        app::emojis::import::import(&site.world.app, app::Origin::Cli, new).await.unwrap();
        app::emojis::reload(&site.world.app).await.unwrap();
        let id = alice.posts("look :cat:").await;
        let tag = document(&site, &status(&alice, id)).await["tag"][0].clone();
        assert_eq!((&tag["type"], &tag["name"], &tag["icon"]["mediaType"]), (&json!("Emoji"), &json!(":cat:"), &json!("image/png")));
        assert_eq!(document(&site, tag["id"].as_str().unwrap()).await, tag);
        assert_eq!(fetch(&site, "/emojis/1").await.status, 404);
    }
}
