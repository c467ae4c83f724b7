//! /api/v1/streaming: what is told, to whom, and in which words.

use app::instance::change_setting;

use app::accounts::delete::delete;
use app::accounts::modify::{Change, modify};
use app::bus::Event;
use app::{Origin, stories};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::live::Server;
use super::site::{Site, keys};
use crate::Options;

const SSE: [&str; 9] =
    ["user", "user/notification", "public", "public/local", "public/remote", "hashtag?tag=a", "hashtag/local?tag=a", "list?list=1", "direct"];

stories! {
    async fn the_user_stream_tells_what_comes_into_the_home_feed(site: Site) {
        let mut site = site;
        let carol = site.world.add_user("carol").await;
        let [alice, bob] = site.users(["alice", "bob"]);
        let server = Server::of(&site).await;
        bob.follows(&alice).await;
        let mut live = server.socket(&bob, "?stream=user").await;
        let status = alice.posts("@bob #cats hello").await;
        let (stream, shown) = live.next("update").await;
        assert_eq!((stream, &shown["id"]), (json!(["user"]), &json!(status.to_string())));
        assert_eq!(shown, site.get(&format!("/api/v1/statuses/{status}")).by(&bob).await.ok(), "as bob sees it");
        site.world.drain_jobs().await;
        let (stream, notification) = live.next("notification").await;
        assert_eq!((stream, &notification["type"], &notification["status"]["id"]), (json!(["user"]), &json!("mention"), &shown["id"]));
        let mine = bob.posts("mine").await;
        let (_, shown) = live.next("update").await;
        assert_eq!((&shown["id"], &shown["pinned"]), (&json!(mine.to_string()), &json!(false)), "one's own shows what only the author sees");
        let far = carol.posts("far from bob").await;
        for status in [status, far] {
            bob.favourites(status).await;
        }
        bob.reblogs(status).await;
        let reblog = bob.reblogs(far).await;
        let (_, shown) = live.next("update").await;
        // What is in his home already does not come into it again.
        assert_eq!((&shown["id"], &shown["reblog"]["favourited"], &shown["reblog"]["reblogged"]), (&json!(reblog.to_string()), &json!(true), &json!(true)));
        site.world.publishes(Event::Edited { status }).await;
        let (stream, shown) = live.next("status.update").await;
        assert_eq!((stream, &shown["id"], &shown["favourited"]), (json!(["user"]), &json!(status.to_string()), &json!(true)));
    }

    async fn each_viewer_is_told_what_they_did_themselves(site: Site) {
        let mut site = site;
        let carol = site.world.add_user("carol").await;
        let [alice, bob] = site.users(["alice", "bob"]);
        let server = Server::of(&site).await;
        for follower in [&bob, &carol] {
            follower.follows(&alice).await;
        }
        let status = alice.posts("hello").await;
        bob.favourites(status).await;
        carol.bookmarks(status).await;
        site.world.has_muted_thread(&carol, status).await;
        let (mut bobs, mut carols, mut own) =
            (server.socket(&bob, "?stream=user").await, server.socket(&carol, "?stream=user").await, server.socket(&alice, "?stream=user").await);
        site.world.publishes(Event::Edited { status }).await;
        for (live, expected) in [(&mut bobs, [true, false, false]), (&mut carols, [false, true, true]), (&mut own, [false, false, false])] {
            let (_, shown) = live.next("status.update").await;
            assert_eq!(json!([shown["favourited"], shown["bookmarked"], shown["muted"]]), json!(expected));
        }
    }

    async fn a_deletion_is_told_to_whoever_has_it(site: Site) {
        let mut site = site;
        let carol = site.world.add_user("carol").await;
        let [alice, bob] = site.users(["alice", "bob"]);
        let server = Server::of(&site).await;
        carol.follows(&bob).await;
        let status = alice.posts("a mistake #oops").await;
        let reblog = bob.reblogs(status).await;
        let private = alice.posts_as("@bob just you #oops", "direct").await;
        let made = site.post("/api/v1/lists").by(&carol).json(json!({ "title": "Friends" })).await.ok();
        let list = made["id"].as_str().unwrap();
        site.post(&format!("/api/v1/lists/{list}/accounts")).by(&carol).json(json!({ "account_ids": [bob.account.to_string()] })).await.ok();
        site.world.drain_jobs().await;
        let mut home = server.socket(&carol, "?stream=user").await;
        let mut named = server.socket(&bob, "?stream=user").await;
        let mut rest = server.socket(&carol, "?stream=public:local").await;
        rest.subscribes("hashtag", Some(("tag", "Oops"))).await;
        let mut listed = server.socket(&carol, &format!("?stream=list&list={list}")).await;

        alice.deletes(private).await;
        site.world.drain_jobs().await;
        assert_eq!(named.id("delete", json!(["user"])).await, private.to_string(), "who was mentioned is told");
        alice.deletes(status).await;
        site.world.drain_jobs().await;
        assert_eq!(home.id("delete", json!(["user"])).await, reblog.to_string(), "carol has the reblog only");
        assert_eq!(named.id("delete", json!(["user"])).await, reblog.to_string(), "bob's own feed has his reblog");
        assert_eq!(listed.id("delete", json!(["list", list])).await, reblog.to_string(), "the list has the reblog of its member");
        assert_eq!(rest.id("delete", json!(["public:local"])).await, status.to_string());
        assert_eq!(rest.id("delete", json!(["hashtag", "Oops"])).await, status.to_string());

        let other = alice.posts("hello").await;
        rest.id("update", json!(["public:local"])).await;
        let wrapper = bob.reblogs(other).await;
        home.id("update", json!(["user"])).await;
        bob.unreblogs(other).await;
        site.world.drain_jobs().await;
        assert_eq!(home.id("delete", json!(["user"])).await, wrapper.to_string());
        alice.deletes(other).await;
        assert_eq!(rest.id("delete", json!(["public:local"])).await, other.to_string(), "the reblog was never public");
    }

    async fn public_streams_tell_what_the_public_timelines_show(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let server = Server::of(&site).await;
        let picture = alice.uploads(&site.world).await;
        let mut streams = Vec::new();
        for stream in ["public", "public:local", "public:remote", "public:media", "public:local:media", "public:remote:media"] {
            streams.push((stream, server.socket(&bob, &format!("?stream={stream}")).await));
        }
        alice.posts_as("unlisted", "unlisted").await;
        alice.posts_as("private", "private").await;
        let theirs = bob.posts("question").await;
        let own = alice.posts("one").await;
        alice.replies(theirs, "@bob a reply").await;
        let thread = alice.replies(own, "two").await;
        bob.reblogs(own).await;
        let media = alice.posts_with("three", |draft| draft.media_ids = vec![picture]).await;
        let text = |ids: &[app::ids::StatusId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (all, with_media) = (text(&[theirs, own, thread, media]), text(&[media]));
        for (stream, live) in &mut streams {
            let expected: &[String] = if stream.contains("remote") { &[] } else if stream.contains("media") { &with_media } else { &all };
            for id in expected {
                assert_eq!(live.id("update", json!([*stream])).await, *id, "{stream}");
            }
        }
        site.world.publishes(Event::Edited { status: own }).await;
        assert_eq!(streams[0].1.id("status.update", json!(["public"])).await, own.to_string());
        // Events are told in turn: by now the others have had all they get, and the next they hear is their answer.
        for (_, live) in streams.iter_mut().filter(|(stream, _)| stream.contains("remote") || stream.contains("media")) {
            live.is_heard().await;
        }
    }

    async fn public_payloads_are_nobodys_view_and_not_filtered(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let server = Server::of(&site).await;
        let mut live = server.socket(&bob, "?stream=public").await;
        let status = alice.posts("hello").await;
        let (_, mut shown) = live.next("update").await;
        assert_eq!(shown["filtered"], json!([]));
        for key in ["favourited", "reblogged", "muted", "bookmarked", "pinned"] {
            assert!(!keys(&shown).contains(&key), "{key}");
        }
        shown.as_object_mut().unwrap().remove("filtered");
        assert_eq!(shown, site.get(&format!("/api/v1/statuses/{status}")).await.ok());
    }

    async fn hashtag_streams_tell_replies_too_and_know_a_tag_however_it_is_written(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let server = Server::of(&site).await;
        let mut live = server.socket(&bob, "?stream=hashtag&tag=CATS").await;
        live.subscribes("hashtag:local", Some(("tag", "cats"))).await;
        let theirs = bob.posts("no tag").await;
        alice.posts_as("#cats", "unlisted").await;
        let reply = alice.replies(theirs, "@bob #Cats and #dogs").await;
        assert_eq!(live.id("update", json!(["hashtag", "CATS"])).await, reply.to_string());
        assert_eq!(live.id("update", json!(["hashtag:local", "cats"])).await, reply.to_string());
        live.says(json!({ "type": "unsubscribe", "stream": "hashtag", "tag": "cats" })).await;
        live.is_heard().await;
        let next = alice.posts("#cats").await;
        assert_eq!(live.id("update", json!(["hashtag:local", "cats"])).await, next.to_string());
    }

    async fn public_streams_leave_out_whom_the_viewer_does_not_want(site: Site) {
        let mut site = site;
        let [carol, dave, erin] = [site.world.add_user("carol").await, site.world.add_user("dave").await, site.world.add_user("erin").await];
        let [alice, bob] = site.users(["alice", "bob"]);
        let server = Server::of(&site).await;
        site.world.has_blocked(&bob, &alice).await;
        site.world.has_blocked(&carol, &bob).await;
        site.world.has_muted(&bob, &dave, false).await;
        let mut live = server.socket(&bob, "?stream=public").await;
        alice.posts("blocked by bob").await;
        carol.posts("has blocked bob").await;
        dave.posts("muted").await;
        erin.posts("of somebody blocked: @alice").await;
        let seen = erin.posts("hello").await;
        assert_eq!(live.id("update", json!(["public"])).await, seen.to_string());
        site.world.has_silenced(&erin).await;
        erin.posts("from a limited account").await;
        let own = bob.posts("mine").await;
        assert_eq!(live.id("update", json!(["public"])).await, own.to_string());
    }

    async fn a_closed_feed_is_not_streamed(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        change_setting::set(&site.world.app, app::Origin::System, "local_live_feed_access", "disabled".into()).await.unwrap();
        let server = Server::of(&site).await;
        let mut live = server.socket(&bob, "?stream=public").await;
        live.subscribes("hashtag", Some(("tag", "cats"))).await;
        let status = alice.posts("#cats").await;
        assert_eq!(live.id("update", json!(["hashtag", "cats"])).await, status.to_string(), "topics are open");
        alice.deletes(status).await;
        assert_eq!(live.id("delete", json!(["public"])).await, status.to_string(), "deletions are told to all");
    }

    async fn lists_are_streamed_to_their_owner(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let server = Server::of(&site).await;
        let (own, foreign) = (site.world.list_of(&bob).await, site.world.list_of(&alice).await);
        let mut live = server.socket(&bob, &format!("?stream=list&list={own}")).await;
        let status = alice.posts("hello").await;
        bob.favourites(status).await;
        site.world.comes_into(foreign, status).await;
        site.world.comes_into(own, status).await;
        let (stream, shown) = live.next("update").await;
        assert_eq!((stream, &shown["id"], &shown["favourited"]), (json!(["list", own.to_string()]), &json!(status.to_string()), &json!(true)));
        site.world.publishes(Event::Edited { status }).await;
        assert_eq!(live.id("status.update", json!(["list", own.to_string()])).await, status.to_string());
        for list in [foreign.to_string(), "999".into(), "x".into()] {
            live.says(json!({ "type": "subscribe", "stream": "list", "list": list })).await;
            assert_eq!(live.message().await.unwrap(), json!({ "error": "Not authorized to stream this list", "status": 401 }));
            let refused = site.get(&format!("/api/v1/streaming/list?list={list}")).by(&bob).await;
            assert_eq!(refused.error(), (401, "Not authorized to stream this list".into()));
        }
    }

    async fn conversations_are_told_on_the_direct_stream(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let server = Server::of(&site).await;
        let mut live = server.socket(&bob, "?stream=direct").await;
        let first = alice.posts_as("@bob hello", "direct").await;
        let (stream, shown) = live.next("conversation").await;
        assert_eq!(stream, json!(["direct"]));
        assert_eq!(shown, site.get("/api/v1/conversations").by(&bob).await.ok()[0]);
        assert_eq!((&shown["unread"], &shown["last_status"]["id"]), (&json!(true), &json!(first.to_string())));
        site.post(&format!("/api/v1/conversations/{}/read", shown["id"].as_str().unwrap())).by(&bob).await.ok();
        assert_eq!(live.next("conversation").await.1["unread"], false);
        let second = alice.posts_with("@bob again", |draft| (draft.visibility, draft.in_reply_to_id) = (Some("direct".into()), Some(first))).await;
        assert_eq!(live.next("conversation").await.1["last_status"]["id"], json!(second.to_string()));
        alice.deletes(second).await;
        assert_eq!(live.next("conversation").await.1["last_status"]["id"], json!(first.to_string()));
    }

    async fn one_socket_listens_to_many_streams_and_to_each_once(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let server = Server::of(&site).await;
        let mut live = server.socket(&alice, "").await;
        for stream in ["user", "user", "public", "public:local", "user:notification"] {
            live.subscribes(stream, None).await;
        }
        let status = alice.posts("hello").await;
        let mut streams = Vec::new();
        for _ in 0..3 {
            streams.push(live.next("update").await.0);
        }
        streams.sort_by_key(|stream| stream.to_string());
        assert_eq!(streams, [json!(["public"]), json!(["public:local"]), json!(["user"])]);
        bob.favourites(status).await;
        site.world.drain_jobs().await;
        let mut streams = [live.next("notification").await.0, live.next("notification").await.0];
        streams.sort_by_key(|stream| stream.to_string());
        assert_eq!(streams, [json!(["user"]), json!(["user:notification"])]);
        live.says(json!({ "type": "unsubscribe", "stream": "public" })).await;
        live.says(json!({ "type": "unsubscribe", "stream": "public" })).await;
        live.says(json!({ "type": "unsubscribe", "stream": "user" })).await;
        live.is_heard().await;
        alice.posts("again").await;
        live.next("update").await;
        live.is_heard().await;
    }

    async fn what_cannot_be_subscribed_to_is_told_on_the_socket(site: Site) {
        let alice = site.user("alice");
        let server = Server::of(&site).await;
        let mut live = server.socket(&alice, "?stream=nonsense").await;
        let error = |text: &str, status: u16| json!({ "error": text, "status": status });
        assert_eq!(live.message().await.unwrap(), error("Unknown stream type", 400));
        let tag = "x".repeat(501);
        for (command, expected) in [
            (json!({ "stream": "hashtag" }), error("Missing tag name parameter", 400)),
            (json!({ "stream": "hashtag:local", "tag": "" }), error("Missing tag name parameter", 400)),
            (json!({ "stream": "hashtag", "tag": tag }), error("Missing tag name parameter", 400)),
            (json!({ "stream": "list" }), error("Missing list name parameter", 400)),
            (json!({ "stream": "list", "list": -1 }), error("Not authorized to stream this list", 401)),
            (json!({ "stream": { "a": 1 } }), error("Unknown stream type", 400)),
            (json!({}), error("Unknown stream type", 400)),
        ] {
            let mut command = command;
            command["type"] = json!("subscribe");
            live.says(command.clone()).await;
            assert_eq!(live.message().await.unwrap(), expected, "{command}");
        }
        for nonsense in ["", "{", "[]", "null", "1", "{\"type\":1}", "{\"type\":\"dance\",\"stream\":\"user\"}"] {
            live.sends(Message::text(nonsense)).await;
        }
        live.is_heard().await;
        live.subscribes("user", None).await;
        alice.posts("still there").await;
        live.next("update").await;
        live.sends(Message::binary(vec![1, 2, 3])).await;
        live.closes().await;
    }

    async fn frames_of_clients_are_short(site: Site) {
        let server = Server::of(&site).await;
        let mut live = server.socket(&site.user("alice"), "").await;
        live.sends(Message::text("x".repeat(4 * 1024))).await;
        live.is_heard().await;
        live.sends(Message::text("x".repeat(4 * 1024 + 1))).await;
        live.closes().await;
    }

    async fn scopes_decide_what_is_streamed(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let server = Server::of(&site).await;
        let wrong = "Access token does not have the required scopes";
        let (statuses, notifications) = (alice.token_with("read:statuses").await, alice.token_with("read:notifications").await);
        let mut live = server.socket_with(&statuses, "?stream=user:notification").await;
        assert_eq!(live.message().await.unwrap(), json!({ "error": wrong, "status": 401 }));
        live.subscribes("user", None).await;
        let status = alice.posts("hello").await;
        live.next("update").await;
        bob.favourites(status).await;
        site.world.drain_jobs().await;
        alice.posts("again").await;
        live.next("update").await;

        let mut live = server.socket_with(&notifications, "?stream=public").await;
        assert_eq!(live.message().await.unwrap(), json!({ "error": wrong, "status": 401 }));
        live.subscribes("user:notification", None).await;
        bob.reblogs(status).await;
        site.world.drain_jobs().await;
        assert_eq!(live.next("notification").await.1["type"], "reblog");
        for path in SSE {
            let token = if path == "user/notification" { &statuses } else { &notifications };
            let refused = site.get(&format!("/api/v1/streaming/{path}")).with_token(token).await;
            assert_eq!(refused.error(), (401, wrong.into()), "{path}");
        }
    }

    async fn nobody_listens_without_a_good_token(site: Site) {
        let alice = site.user("alice");
        let server = Server::of(&site).await;
        let own = app::oauth::applications::own(&site.world.app).await.unwrap();
        let nobody = app::oauth::tokens::from_credentials(&site.world.app, &own, Some("read")).await.unwrap().access_token;
        let revoked = alice.token_with("read:blocks").await;
        app::oauth::tokens::revoke(&site.world.app, &own, &revoked).await.unwrap();
        for path in SSE {
            let path = format!("/api/v1/streaming/{path}");
            assert_eq!(site.get(&path).await.error(), (401, "Missing access token".into()), "{path}");
            for bad in ["nonsense", &nobody, &revoked] {
                assert_eq!(site.get(&path).with_token(bad).await.error(), (401, "Invalid access token".into()), "{path}");
            }
        }
        let closed = |status, message: &str| (status, message.to_owned(), String::new());
        assert_eq!(server.upgrade("", &[]).await, closed(401, "Missing access token"));
        assert_eq!(server.upgrade("?access_token=nonsense", &[]).await, closed(401, "Invalid access token"));
        assert_eq!(server.upgrade("", &[("authorization", "Bearer nonsense")]).await, closed(401, "Invalid access token"));
        assert_eq!(server.upgrade(&format!("?access_token={}", alice.token), &[]).await, closed(101, ""));
        let protocol = server.upgrade("?stream=user", &[("sec-websocket-protocol", &alice.token)]).await;
        assert_eq!(protocol, (101, String::new(), alice.token.clone()), "the protocol is echoed");
        assert_eq!(site.get("/api/v1/streaming?stream=user").by(&alice).await.error().0, 404, "it is a socket or nothing");
    }

    async fn server_sent_events_have_every_stream(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let server = Server::of(&site).await;
        let list = site.world.list_of(&alice).await;
        let picture = bob.uploads(&site.world).await;
        let mut home = server.events(&alice, "/user").await;
        let mut notifications = server.events(&alice, "/user/notification").await;
        let mut public = server.events(&alice, "/public").await;
        let mut local = server.events(&alice, "/public/local?only_media=false").await;
        let mut media = server.events(&alice, "/public?only_media=true").await;
        let mut local_media = server.events(&alice, "/public/local?only_media=1").await;
        let mut tag = server.events(&alice, "/hashtag?tag=Cats").await;
        let mut local_tag = server.events(&alice, "/hashtag/local?tag=cats").await;
        let mut listed = server.events(&alice, &format!("/list?list={list}")).await;
        let mut direct = server.events(&alice, "/direct").await;
        server.events(&alice, "/public/remote?only_media=true").await;

        alice.follows(&bob).await;
        let text = bob.posts("@alice #cats").await;
        let picture = bob.posts_with("a picture", |draft| draft.media_ids = vec![picture]).await;
        site.world.comes_into(list, picture).await;
        site.world.drain_jobs().await;
        bob.posts_as("@alice psst", "direct").await;
        for stream in [&mut public, &mut local] {
            assert_eq!([stream.id("update").await, stream.id("update").await], [text.to_string(), picture.to_string()]);
        }
        assert_eq!(home.id("update").await, text.to_string());
        home.id("notification").await;
        assert_eq!(home.id("update").await, picture.to_string());
        for stream in [&mut media, &mut local_media, &mut listed] {
            assert_eq!(stream.id("update").await, picture.to_string());
        }
        for stream in [&mut tag, &mut local_tag] {
            assert_eq!(stream.id("update").await, text.to_string());
        }
        notifications.id("notification").await;
        direct.id("conversation").await;
        bob.deletes(text).await;
        for stream in [&mut public, &mut tag] {
            assert_eq!(stream.id("delete").await, text.to_string());
        }
        for (path, expected) in [
            ("hashtag", "Missing tag name parameter"),
            ("hashtag/local?tag=", "Missing tag name parameter"),
            ("list", "Missing list name parameter"),
        ] {
            assert_eq!(site.get(&format!("/api/v1/streaming/{path}")).by(&alice).await.error(), (400, expected.into()), "{path}");
        }
        assert_eq!(site.get("/api/v1/streaming/nonsense").by(&alice).await.error().0, 404);
    }

    async fn what_a_person_may_no_longer_do_closes_their_streams(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let server = Server::of(&site).await;
        let own = app::oauth::applications::own(&site.world.app).await.unwrap();
        let other = alice.token_with("read:statuses").await;
        let (mut revoked, mut kept) = (server.socket_with(&other, "?stream=user").await, server.socket(&alice, "?stream=user").await);
        let (mut events, mut bobs) = (server.events(&alice, "/user").await, server.socket(&bob, "?stream=user").await);
        app::oauth::tokens::revoke(&site.world.app, &own, &other).await.unwrap();
        revoked.closes().await;
        kept.is_heard().await;
        site.world.publishes(Event::UserChanged { account: alice.account }).await;
        kept.closes().await;
        assert_eq!(events.chunk().await, None);
        bobs.is_heard().await;
    }

    async fn every_change_of_a_login_closes_its_streams(site: Site) {
        let mut site = site;
        let app = site.world.app.clone();
        let server = Server::of(&site).await;
        let mut bobs = server.socket(&site.user("bob"), "?stream=user").await;
        let changes = [
            Change { email: Some("new@mail.test".into()), ..Change::default() },
            Change { password: Some("another good one".into()), ..Change::default() },
            Change { disabled: Some(true), ..Change::default() },
        ];
        for (number, change) in changes.into_iter().map(Some).chain([None]).enumerate() {
            let person = site.world.add_user(&format!("person{number}")).await;
            let (mut live, mut events) = (server.socket(&person, "?stream=user").await, server.events(&person, "/user").await);
            let outlives = change.as_ref().is_some_and(|change| change.email.is_some());
            match change {
                Some(change) => modify(&app, Origin::Cli, person.account, change).await.unwrap(),
                None => delete(&app, Origin::Cli, person.account).await.unwrap(),
            }
            live.closes().await;
            assert_eq!(events.chunk().await, None);
            let (status, ..) = server.upgrade("?stream=user", &[("authorization", &format!("Bearer {}", person.token))]).await;
            assert_eq!(status == 101, outlives, "{number}: only after a new address they open again: {status}");
        }
        bobs.is_heard().await;
    }

    async fn a_full_server_gives_everybody_a_share_of_its_streams(site: Site) {
        let site = Site::of(site.world, Options { max_streams: Some(2), ..Options::default() });
        let [alice, bob] = site.users(["alice", "bob"]);
        let server = Server::of(&site).await;
        let mut first = server.events(&alice, "/user").await;
        let mut second = server.events(&alice, "/user").await;
        let full = (503, "There are too many streams at the moment; try again later".to_owned());
        assert_eq!(site.get("/api/v1/streaming/user").by(&alice).await.error(), full, "hers alone");
        let mut bobs = server.socket(&bob, "?stream=user").await;
        assert_eq!(first.chunk().await, None, "the eldest of the account with most");
        for person in [&alice, &bob] {
            assert_eq!(site.get("/api/v1/streaming/user").by(person).await.error(), full, "both have one");
        }
        let status = alice.posts("to herself").await;
        assert_eq!(second.id("update").await, status.to_string());
        bobs.is_heard().await;
    }

    async fn whoever_may_have_missed_a_revocation_closes_every_stream(site: Site) {
        let alice = site.user("alice");
        let server = Server::of(&site).await;
        let mut live = server.socket(&alice, "?stream=user").await;
        live.is_heard().await;
        let late = site.hub.clone().run(site.world.app.clone());
        for _ in 0..5_000 {
            site.world.app.bus.send(Event::MediaDone { media: app::ids::MediaId(1) });
        }
        tokio::spawn(late);
        live.closes().await;
    }

    async fn an_event_takes_as_many_statements_for_one_listener_as_for_twenty(site: Site) {
        let mut site = site;
        let [alice, bob] = site.users(["alice", "bob"]);
        let server = Server::of(&site).await;
        let mut counts = Vec::new();
        let mut sockets = vec![(server.socket(&bob, "?stream=user").await, server.socket(&bob, "?stream=public").await)];
        bob.follows(&alice).await;
        for round in 0..2 {
            if round == 1 {
                for n in 0..20 {
                    let fan = site.world.add_user(&format!("fan{n}")).await;
                    fan.follows(&alice).await;
                    sockets.push((server.socket(&fan, "?stream=user").await, server.socket(&fan, "?stream=public").await));
                }
            }
            let status = alice.posts("hello").await;
            for (home, public) in &mut sockets {
                home.next("update").await;
                public.next("update").await;
            }
            bob.favourites(status).await;
            let (statements, ()) = site.world.statements_of(async {
                site.world.publishes(Event::Edited { status }).await;
                for (home, public) in &mut sockets {
                    home.next("status.update").await;
                    public.next("status.update").await;
                }
            }).await;
            counts.push(statements);
        }
        assert_eq!(counts[0], counts[1]);
    }
}

#[test]
fn a_stream_says_it_is_well() {
    assert_eq!(futures_util::FutureExt::now_or_never(crate::streaming::health()), Some("OK"));
}
