//! Actors, statuses and activities, word for word.

use app::federation::outgoing::compose;
use app::statuses::poll::PollDraft;
use app::stories;
use app::testing::MINUTE_MS;
use serde_json::{Value, json};
use wire::activity::{with_context, write};

use super::{actor, defines_all, document, fetch, read, status};
use crate::tests::site::Site;

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

fn empty(id: &str, of: &str) -> Value {
    json!({ "id": format!("{id}/{of}"), "type": "Collection", "totalItems": 0 })
}

fn no_replies(id: &str) -> Value {
    let all = format!("{id}/replies");
    let next = format!("{all}?only_other_accounts=true&page=true");
    json!({ "id": all, "type": "Collection", "first": { "type": "CollectionPage", "partOf": all, "next": next, "items": [] } })
}

stories! {
    async fn an_actor_says_who_somebody_is(site: Site) {
        let alice = site.user("alice");
        let change = json!({
            "display_name": "Alice :cat:", "note": "I like #Cats", "locked": true, "discoverable": true,
            "fields_attributes": [{ "name": "Home", "value": "https://alice.test" }],
        });
        site.ask(axum::http::Method::PATCH, "/api/v1/accounts/update_credentials").by(&alice).json(change).await.ok();
        let uri = actor(&alice);
        let shown = document(&site, &uri).await;
        let pem = shown["publicKey"]["publicKeyPem"].as_str().unwrap().to_owned();
        assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n") && pem.ends_with("-----END PUBLIC KEY-----\n"), "{pem}");
        let expected = json!({
            "id": uri,
            "type": "Person",
            "webfinger": "alice@here.test",
            "following": format!("{uri}/following"),
            "followers": format!("{uri}/followers"),
            "inbox": format!("{uri}/inbox"),
            "outbox": format!("{uri}/outbox"),
            "featured": format!("{uri}/collections/featured"),
            "featuredTags": format!("{uri}/collections/tags"),
            "preferredUsername": "alice",
            "name": "Alice :cat:",
            "summary": "<p>I like <a href=\"https://here.test/tags/Cats\" class=\"mention hashtag\" rel=\"tag\">#<span>Cats</span></a></p>",
            "url": "https://here.test/@alice",
            "manuallyApprovesFollowers": true,
            "discoverable": true,
            "indexable": false,
            "published": "2026-01-01T00:00:00.000Z",
            "memorial": false,
            "showFeatured": true,
            "showMedia": true,
            "showRepliesInMedia": true,
            "interactionPolicy": { "canFeature": { "automaticApproval": [uri] } },
            "publicKey": { "id": format!("{uri}#main-key"), "owner": uri, "publicKeyPem": pem },
            "tag": [{ "type": "Hashtag", "href": "https://here.test/tags/cats", "name": "#cats" }],
            "attachment": [{
                "type": "PropertyValue",
                "name": "Home",
                "value": "<a href=\"https://alice.test\" target=\"_blank\" rel=\"nofollow noopener me\" translate=\"no\"><span class=\"invisible\">https://</span><span class=\"\">alice.test</span><span class=\"invisible\"></span></a>",
            }],
            "endpoints": { "sharedInbox": "https://here.test/inbox" },
        });
        assert_eq!(shown, expected);
    }

    async fn the_instance_actor_has_a_shared_inbox_and_a_key(site: Site) {
        let shown = document(&site, "https://here.test/actor").await;
        assert_eq!((&shown["type"], &shown["preferredUsername"]), (&json!("Application"), &json!("mastodon.internal")));
        assert_eq!(shown["endpoints"]["sharedInbox"], "https://here.test/inbox");
        assert_eq!((&shown["inbox"], &shown["publicKey"]["owner"]), (&json!("https://here.test/actor/inbox"), &json!("https://here.test/actor")));
        assert_eq!(shown["url"], "https://here.test/about/more?instance_actor=true");
        let page = site.get("/about/more?instance_actor=true").await;
        assert_eq!((page.status, page.header("location")), (302, "/about"));
        assert_eq!(document(&site, "https://here.test/actor/outbox").await["totalItems"], 0);
    }

    async fn a_public_status_is_a_note_with_all_that_is_in_it(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        site.world.stranger("carol", "far.test").await;
        let far_uri = "https://far.test/users/carol";
        let parent = bob.posts("hello").await;
        let picture = alice.uploads(&site.world).await;
        let id = alice.posts_with("@bob @carol@far.test #Cats are here", |draft| {
            (draft.in_reply_to_id, draft.media_ids, draft.language) = (Some(parent), vec![picture], Some("en".into()));
            draft.spoiler_text = "animals".into();
        }).await;
        let uri = status(&alice, id);
        let shown = document(&site, &uri).await;
        let (content, attached) = (shown["content"].clone(), shown["attachment"][0].clone());
        assert!(content.as_str().unwrap().contains("mention hashtag"), "{content}");
        let conversation = shown["conversation"].clone();
        let expected = json!({
            "id": uri,
            "type": "Note",
            "summary": "animals",
            "inReplyTo": status(&bob, parent),
            "published": "2026-01-01T12:00:00.000Z",
            "url": format!("https://here.test/@alice/{id}"),
            "attributedTo": actor(&alice),
            "to": [PUBLIC],
            "cc": [format!("{}/followers", actor(&alice)), actor(&bob), far_uri],
            "sensitive": true,
            "context": conversation,
            "conversation": conversation,
            "content": content,
            "contentMap": { "en": content },
            "interactionPolicy": { "canQuote": { "automaticApproval": [actor(&alice)] } },
            "attachment": [{
                "type": "Document", "mediaType": "image/png", "url": attached["url"], "name": null, "blurhash": attached["blurhash"],
                "width": 32, "height": 24,
            }],
            "tag": [
                { "type": "Mention", "href": actor(&bob), "name": "@bob@here.test" },
                { "type": "Mention", "href": far_uri, "name": "@carol@far.test" },
                { "type": "Hashtag", "href": "https://here.test/tags/cats", "name": "#cats" },
            ],
            "replies": no_replies(&uri),
            "likes": empty(&uri, "likes"),
            "shares": empty(&uri, "shares"),
        });
        assert_eq!(shown, expected);
        assert!(attached["url"].as_str().unwrap().starts_with("https://here.test/media/") && attached["blurhash"].is_string());
        assert_eq!(document(&site, &status(&bob, parent)).await["conversation"], conversation, "an answer is in the same conversation");
    }

    async fn whom_a_status_reaches_is_in_its_addresses(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let (followers, bob_uri) = (format!("{}/followers", actor(&alice)), actor(&bob));
        let cases = [
            ("public", json!([PUBLIC]), json!([followers, bob_uri]), json!(null)),
            ("unlisted", json!([followers]), json!([PUBLIC, bob_uri]), json!(null)),
            ("private", json!([followers]), json!([bob_uri]), json!(false)),
            ("direct", json!([bob_uri]), json!([]), json!(true)),
        ];
        for (visibility, to, cc, direct) in cases {
            let id = alice.posts_as("hi @bob", visibility).await;
            let (urls, now) = (site.world.app.urls().clone(), site.world.now());
            let create = site.world.read(move |r| async move { compose::create(&r, &urls, id, now).await }).await.unwrap();
            let note = &create["object"];
            assert_eq!((&create["to"], &create["cc"], &note["to"], &note["cc"]), (&to, &cc, &to, &cc), "{visibility}");
            let approved = &note["interactionPolicy"]["canQuote"]["automaticApproval"];
            assert_eq!((note.get("directMessage").unwrap_or(&Value::Null), approved), (&direct, &json!([actor(&alice)])), "{visibility}");
            defines_all(&serde_json::from_str(&with_context(&create)).unwrap());
        }
    }

    async fn a_poll_is_a_question_that_hides_what_its_author_hides(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let poll = |multiple, hide_totals| PollDraft { options: vec!["tea".into(), "milk".into()], expires_in: Some(600), multiple, hide_totals };
        let open = alice.posts_with("?", |draft| draft.poll = Some(poll(false, false))).await;
        let hidden = alice.posts_with("?", |draft| draft.poll = Some(poll(true, true))).await;
        for id in [open, hidden] {
            let poll = bob.sees(id).await.poll.unwrap().id;
            site.post(&format!("/api/v1/polls/{poll}/votes")).by(&bob).json(json!({ "choices": [1] })).await.ok();
        }
        let option = |name: &str, votes: Option<i64>| {
            let mut replies = json!({ "type": "Collection" });
            if let Some(votes) = votes {
                replies["totalItems"] = votes.into();
            }
            json!({ "type": "Note", "name": name, "replies": replies })
        };
        let shown = document(&site, &status(&alice, open)).await;
        assert_eq!((&shown["type"], &shown["oneOf"]), (&json!("Question"), &json!([option("tea", Some(0)), option("milk", Some(1))])));
        assert_eq!((&shown["endTime"], &shown["votersCount"]), (&json!("2026-01-01T12:10:00.000Z"), &json!(1)));
        assert!(shown.get("closed").is_none() && shown.get("anyOf").is_none());
        let shown = document(&site, &status(&alice, hidden)).await;
        assert_eq!(shown["anyOf"], json!([option("tea", None), option("milk", None)]));
        site.world.advance(11 * MINUTE_MS);
        let shown = document(&site, &status(&alice, hidden)).await;
        assert_eq!((&shown["anyOf"][1], &shown["closed"]), (&option("milk", Some(1)), &json!("2026-01-01T12:10:00.000Z")));
    }

    async fn an_activity_carries_its_object_and_its_audience(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let id = alice.posts("hello").await;
        let reblog = bob.reblogs(id).await;
        let note = document(&site, &status(&alice, id)).await;
        let create = document(&site, &format!("{}/activity", status(&alice, id))).await;
        let audience = (json!([PUBLIC]), json!([format!("{}/followers", actor(&alice))]));
        let expected = json!({
            "id": format!("{}/activity", note["id"].as_str().unwrap()), "type": "Create", "actor": actor(&alice),
            "published": "2026-01-01T12:00:00.000Z", "to": audience.0, "cc": audience.1, "object": note,
        });
        assert_eq!(create, expected);
        let announce = document(&site, &format!("{}/activity", status(&bob, reblog))).await;
        let expected = json!({
            "id": format!("{}/activity", status(&bob, reblog)), "type": "Announce", "actor": actor(&bob), "published": "2026-01-01T12:00:00.000Z",
            "to": [PUBLIC], "cc": [format!("{}/followers", actor(&bob)), actor(&alice)], "object": status(&alice, id),
        });
        assert_eq!(announce, expected);
        let undo = write::undo(announce.clone());
        assert_eq!((&undo["type"], &undo["object"], &undo["cc"]), (&json!("Undo"), &announce, &announce["cc"]));
        let elsewhere = fetch(&site, &status(&bob, reblog)).await;
        assert_eq!((elsewhere.status, elsewhere.header("location")), (302, announce["id"].as_str().unwrap()), "a reblog is no object");
        for (part, count) in [("likes", 0), ("shares", 1)] {
            let counted = document(&site, &format!("{}/{part}", status(&alice, id))).await;
            assert_eq!((&counted["totalItems"], counted.get("items")), (&json!(count), None));
        }
    }

    async fn an_edit_is_an_update_with_an_id_of_its_own(site: Site) {
        let alice = site.user("alice");
        let id = alice.posts("hello").await;
        site.world.advance(MINUTE_MS);
        let edited = json!({ "status": "hello again" });
        site.put(&format!("/api/v1/statuses/{id}")).by(&alice).json(edited).await.ok();
        let (urls, now) = (site.world.app.urls().clone(), site.world.now());
        let update = site.world.read(move |r| async move { compose::update(&r, &urls, id, now).await }).await.unwrap();
        let uri = status(&alice, id);
        assert_eq!((&update["id"], &update["type"]), (&json!(format!("{uri}#updates/{now}")), &json!("Update")));
        assert_eq!((&update["object"]["updated"], &update["object"]["content"]), (&json!("2026-01-01T12:01:00.000Z"), &json!("<p>hello again</p>")));
        defines_all(&serde_json::from_str(&with_context(&update)).unwrap());
        let (context, account) = (site.world.app.context().clone(), alice.account);
        let update = site.world.read(move |r| async move { compose::update_actor(&r, &context, account, now).await }).await.unwrap();
        assert_eq!((&update["id"], &update["object"]["id"]), (&json!(format!("{}#updates/{now}", actor(&alice))), &json!(actor(&alice))));
        defines_all(&serde_json::from_str(&with_context(&update)).unwrap());
    }

    async fn only_an_own_private_status_is_announced_whole(site: Site) {
        let alice = site.user("alice");
        let id = alice.posts_as("for you", "private").await;
        let reblog = alice.reblogs(id).await;
        let (urls, now) = (site.world.app.urls().clone(), site.world.now());
        let announce = site.world.read(move |r| async move { compose::announce(&r, &urls, reblog, now).await }).await.unwrap();
        assert_eq!((&announce["object"]["id"], &announce["object"]["type"]), (&json!(status(&alice, id)), &json!("Note")));
        assert_eq!(announce["to"], json!([format!("{}/followers", actor(&alice))]));
    }

    async fn what_is_not_public_is_not_there_for_anybody(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let public = alice.posts("hello").await;
        let mut secret = Vec::new();
        for visibility in ["private", "direct"] {
            let id = alice.posts_with("@bob secret", |draft| (draft.visibility, draft.in_reply_to_id) = (Some(visibility.into()), Some(public))).await;
            secret.push(id);
        }
        site.post(&format!("/api/v1/statuses/{}/pin", secret[0])).by(&alice).await.ok();
        secret.push(alice.reblogs(secret[0]).await);
        let missing = fetch(&site, &status(&alice, app::ids::StatusId(1))).await;
        assert_eq!(missing.status, 404);
        for id in &secret {
            for part in ["", "/activity", "/replies", "/replies?page=true", "/likes", "/shares"] {
                let answer = fetch(&site, &format!("{}{part}", status(&alice, *id))).await;
                assert_eq!((answer.status, answer.text()), (missing.status, missing.text()), "{part}");
                assert_eq!((answer.header("cache-control"), answer.header("content-type")), (missing.header("cache-control"), missing.header("content-type")));
            }
            assert_eq!(fetch(&site, &format!("/@alice/{id}")).await.status, 404);
            assert_eq!(fetch(&site, &status(&bob, *id)).await.status, 404, "and not at another's address");
        }
        assert_eq!(fetch(&site, &status(&bob, public)).await.status, 404, "a status is at its author's address only");
        let places = ["outbox?page=true", "collections/featured"].map(|place| format!("{}/{place}", actor(&alice)));
        let replies = ["replies", "replies?page=true", "replies?only_other_accounts=true&page=true"].map(|part| format!("{}/{part}", status(&alice, public)));
        for place in places.iter().chain(&replies).chain([&status(&alice, public)]) {
            let answer = fetch(&site, place).await;
            read(&answer, place);
            assert!(!answer.text().contains("secret"), "{place}: {}", answer.text());
            // Of a pin everybody learns the address.
            let hidden = if place.ends_with("/featured") { &secret[1..] } else { &secret };
            assert!(hidden.iter().all(|id| !answer.text().contains(&id.to_string())), "{place}: {}", answer.text());
        }
    }

    async fn what_is_gone_says_so_unless_it_was_a_secret(site: Site) {
        let alice = site.user("alice");
        let (open, secret) = (alice.posts("hello").await, alice.posts_as("hush", "private").await);
        alice.deletes(open).await;
        alice.deletes(secret).await;
        assert_eq!(fetch(&site, &status(&alice, open)).await.status, 410);
        assert_eq!(fetch(&site, &status(&alice, secret)).await.status, 404);
        let id = alice.posts("hello").await;
        document(&site, &actor(&alice)).await;
        site.world.suspend(&alice).await;
        let shown = document(&site, &actor(&alice)).await;
        assert_eq!((&shown["suspended"], &shown["name"], &shown["summary"], &shown["attachment"]), (&json!(true), &json!("alice"), &json!(""), &json!([])));
        for place in [status(&alice, id), format!("{}/outbox", actor(&alice)), format!("{}/followers", actor(&alice)), format!("/@alice/{id}")] {
            assert_eq!(fetch(&site, &place).await.status, 403, "{place}");
        }
        app::accounts::delete::delete(&site.world.app, app::Origin::Cli, alice.account).await.unwrap();
        site.world.drain_removal().await;
        for place in [actor(&alice), status(&alice, id), format!("{}/outbox", actor(&alice))] {
            assert_eq!(fetch(&site, &place).await.status, 410, "{place}");
        }
    }

    async fn a_deleted_account_is_gone_at_all_its_addresses(site: Site) {
        let alice = site.user("alice");
        let posted = alice.posts("hello").await;
        app::accounts::delete::delete(&site.world.app, app::Origin::Cli, alice.account).await.unwrap();
        let id = alice.account;
        let documents = ["", "/outbox", "/followers", "/following", "/collections/featured", "/collections/tags"]
            .into_iter()
            .flat_map(|rest| [format!("/users/alice{rest}"), format!("/users/ALICE{rest}"), format!("/ap/users/{id}{rest}")])
            .chain([format!("/ap/users/{id}/statuses/{posted}"), "/@alice".into(), format!("/@alice/{posted}")]);
        let documents: Vec<String> = documents.collect();
        let named = ["acct:alice@here.test", "acct:Alice@here.test", "https://here.test/@alice", "https://here.test/users/alice"];
        for after_removal in [false, true] {
            if after_removal {
                site.world.drain_removal().await;
            }
            for path in &documents {
                let answer = site.get(path).header("accept", "application/activity+json").await;
                assert_eq!(answer.status, 410, "{path} {after_removal}");
            }
            for path in ["/@alice", "/@Alice", &format!("/@alice/{posted}")] {
                let page = site.get(path).header("accept", "text/html").await;
                assert_eq!((page.status, page.header("content-type")), (410, "text/html; charset=utf-8"), "{path} {after_removal}");
                assert!(!page.text().contains("hello"));
            }
            for resource in named.iter().map(|name| (*name).to_owned()).chain([format!("https://here.test/ap/users/{id}")]) {
                assert_eq!(site.get(&format!("/.well-known/webfinger?resource={resource}")).await.status, 410, "{resource} {after_removal}");
            }
        }
        for never in ["/@nobody", "/users/nobody", "/.well-known/webfinger?resource=acct:nobody@here.test"] {
            assert_eq!(site.get(never).await.status, 404, "{never}");
        }
    }

    async fn accounts_of_others_have_no_address_here(site: Site) {
        let far = site.world.stranger("carol", "far.test").await;
        let heard = site.world.hears(far, None).await;
        for place in [format!("/ap/users/{far}"), "/users/carol".into(), "/users/carol@far.test".into(), format!("/ap/users/{far}/statuses/{heard}"), "/ap/users/x".into(), "/ap/users/-99".into(), "/users/mastodon.internal".into()] {
            assert_eq!(fetch(&site, &place).await.status, 404, "{place}");
        }
    }
}
