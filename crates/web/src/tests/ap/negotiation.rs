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
                assert!(shown.header("link").ends_with(&format!("<{uri}>; rel=\"alternate\"; type=\"application/activity+json\"")));
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

    async fn both_families_of_addresses_answer_for_every_account_in_any_case(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let (here, there) = (alice.posts("hello").await, bob.posts("hello").await);
        site.world.is_named_by_username(&bob).await;
        bob.reblogs(here).await;
        let parts = ["", "/outbox", "/outbox?page=true", "/followers", "/followers?page=true", "/following", "/collections/featured", "/collections/tags"];
        let below = ["", "/activity", "/replies", "/replies?page=true", "/replies?only_other_accounts=true&page=true", "/likes", "/shares"];
        let accounts = [
            (actor(&alice), vec!["/users/alice".to_owned(), "/users/ALICE".into(), "/users/Alice".into()], here),
            ("https://here.test/users/bob".to_owned(), vec![format!("/ap/users/{}", bob.account), "/users/BOB".into()], there),
        ];
        for (own, others, id) in accounts {
            let places = parts.iter().map(|part| (*part).to_owned()).chain(below.iter().map(|part| format!("/statuses/{id}{part}")));
            for place in places {
                let expected = document(&site, &format!("{own}{place}")).await;
                for other in &others {
                    let answer = fetch(&site, &format!("{other}{place}")).await;
                    assert_eq!((answer.status, answer.header("cache-control")), (200, "max-age=180, public"), "{other}{place}");
                    let mut found: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
                    found.as_object_mut().unwrap().shift_remove("@context");
                    assert_eq!(found, expected, "{other}{place}: the same document, with the address it has");
                }
            }
        }
        assert_eq!(document(&site, "https://here.test/users/bob").await["inbox"], "https://here.test/users/bob/inbox");
        for missing in ["/users/nobody", "/users/nobody/outbox", "/users/alice@here.test", "/ap/users/1", &format!("/users/bob/statuses/{here}")] {
            assert_eq!(fetch(&site, missing).await.status, 404, "{missing}");
        }
    }

    async fn plain_json_is_the_document_too(site: Site) {
        let alice = site.user("alice");
        let id = alice.posts("hello").await;
        for place in ["/@alice".to_owned(), "/users/alice".into(), format!("/@alice/{id}"), format!("/users/alice/statuses/{id}")] {
            let answer = site.get(&place).header("accept", "application/json").await;
            assert_eq!((answer.status, answer.header("content-type")), (200, "application/activity+json; charset=utf-8"), "{place}");
            assert_eq!(answer.header("link").is_empty(), !place.contains(&id.to_string()), "{place}");
        }
    }

    async fn an_address_that_ends_in_json_is_the_document_too(site: Site) {
        let alice = site.user("alice");
        let id = alice.posts("hello #cats").await;
        let context = document(&site, &status(&alice, id)).await["context"].as_str().unwrap().replace("https://here.test", "");
        let places = [
            "/@alice".to_owned(), "/@ALICE".into(), "/users/alice".into(), format!("/ap/users/{}", alice.account), format!("/@alice/{id}"), "/tags/cats".into(),
            format!("/users/alice/statuses/{id}"), format!("/users/alice/statuses/{id}/replies"), "/users/alice/followers".into(), context,
        ];
        for place in places {
            let (plain, ended) = (fetch(&site, &place).await, site.get(&format!("{place}.json")).header("accept", BROWSER).await);
            assert_eq!((ended.status, ended.text(), ended.header("cache-control")), (200, plain.text(), "max-age=180, public"), "{place}");
        }
        let paged = site.get("/users/alice/outbox.json?page=true").await;
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&paged.body).unwrap()["type"], "OrderedCollectionPage");
        for missing in ["/@nobody.json", "/users/alice/statuses/1.json", "/tags/unused.json", "/x.json", "/@alice/.json"] {
            assert_eq!(site.get(missing).await.status, 404, "{missing}");
        }
    }

    async fn a_hashtag_that_was_used_is_a_collection(site: Site) {
        site.user("alice").posts("#Cats #বিড়াল #Łódź").await;
        for (place, id) in [
            ("/tags/cats", "/tags/cats"), ("/tags/CATS", "/tags/cats"), ("/tags/Łódź", "/tags/lodz"),
            ("/tags/%E0%A6%AC%E0%A6%BF%E0%A6%A1%E0%A6%BC%E0%A6%BE%E0%A6%B2", "/tags/%E0%A6%AC%E0%A6%BF%E0%A6%A1%E0%A6%BC%E0%A6%BE%E0%A6%B2"),
        ] {
            let place: String = place.chars().map(|c| if c.is_ascii() { c.to_string() } else { url::form_urlencoded::byte_serialize(c.to_string().as_bytes()).collect() }).collect();
            let answer = fetch(&site, &place).header("origin", "https://else.test").await;
            let found = super::read(&answer, &format!("https://here.test{id}"));
            assert_eq!((&found["type"], found.as_object().unwrap().len()), (&json!("OrderedCollection"), 3));
            assert_eq!((answer.header("cache-control"), answer.header("access-control-allow-origin")), ("max-age=180, public", "*"));
        }
        for missing in ["/tags/unused", "/tags/no%20tag", "/tags/%00", "/tags/%FF", "/tags/123"] {
            let status = fetch(&site, missing).await.status;
            assert!(status == 404 || status == 400, "{missing}: {status}");
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
