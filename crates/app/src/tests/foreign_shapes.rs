//! Documents in the shapes that other servers really write: Mastodon, GoToSocial, Pleroma, Misskey, Lemmy, PeerTube,
//! Friendica, WordPress, Threads, and two servers of this kind.

use serde_json::{Value, json};
use store::StatusId;
use store::accounts::Account;
use wire::activity::PUBLIC;
use wire::mastodon as m;

use super::statuses_of_others::Neighbours;
use crate::emojis::import::{Import, import};
use crate::federation::budget::Budget;
use crate::federation::incoming::Verdict;
use crate::federation::outgoing::compose;
use crate::federation::resolve;
use crate::federation::statuses as statuses_of_others;
use crate::testing::{Answer, HOUR_MS, MINUTE_MS, RemotePerson, png};
use crate::{Origin, present, statuses, stories};

/// When the world of the tests begins, and when notes of others are made.
const NOON: &str = "2026-01-01T12:00:00Z";

/// The document without any context, at any depth.
fn bare(mut document: Value) -> Value {
    match &mut document {
        Value::Object(map) => {
            map.remove("@context");
            map.values_mut().for_each(|value| *value = bare(value.take()));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| *value = bare(value.take())),
        _ => {}
    }
    document
}

/// `document` with these properties besides its own.
fn with(mut document: Value, properties: Value) -> Value {
    document.as_object_mut().unwrap().extend(properties.as_object().unwrap().clone());
    document
}

fn names(tags: &[m::StatusTag]) -> Vec<&str> {
    tags.iter().map(|tag| tag.name.as_str()).collect()
}

fn shortcodes(emojis: &[m::CustomEmoji]) -> Vec<&str> {
    emojis.iter().map(|emoji| emoji.shortcode.as_str()).collect()
}

impl Neighbours {
    /// Bob sends his note at `path` as it is now.
    async fn edits(&self, path: &str, properties: Value) -> Verdict {
        self.arrives(&self.bob, self.bob.activity("Update", "/update", self.note(path, properties))).await
    }

    async fn text(&self, id: StatusId) -> String {
        self.shown(id).await.content.clone().unwrap()
    }

    async fn profile(&self, person: &RemotePerson) -> Account {
        self.knows(person).await
    }

    /// Favourites and reblogs, as they are shown.
    async fn counts(&self, id: StatusId) -> (i64, i64) {
        let shown = self.shown(id).await;
        (shown.favourites_count, shown.reblogs_count)
    }

    async fn has_emoji(&self, shortcode: &str) {
        let shortcode = shortcode.to_owned();
        let new = Import { shortcode, file: png(32, 32), category: None, visible_in_picker: true, featured: false, overwrite: false };
        import(&self.world.app, Origin::Cli, new).await.unwrap();
    }
}

stories! {
    async fn a_profile_edit_is_taken_without_a_context_of_its_own(near: Neighbours) {
        let bob = near.bob.clone();
        let actor = |name: &str| with(bare(bob.actor()), json!({ "name": name, "summary": "<p>new bio</p>" }));
        let context = json!(["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1", { "toot": "http://joinmastodon.org/ns#" }]);
        let litepub = json!(["https://www.w3.org/ns/activitystreams", bob.at("/schemas/litepub-0.1.jsonld"), { "@language": "und" }]);
        let key_at_path = json!({ "id": bob.at("/main-key"), "owner": bob.uri, "publicKeyPem": bob.actor()["publicKey"]["publicKeyPem"] });
        near.others.serves(&bob.uri, Answer::activity(&with(bob.actor(), json!({ "publicKey": key_at_path }))));
        near.others.serves(&bob.at("/main-key"), Answer::activity(&json!({ "id": bob.uri, "type": "Person", "publicKey": key_at_path })));
        for (server, context, object) in [
            ("mastodon", context.clone(), with(actor("mastodon"), json!({ "featuredTags": bob.at("/tags"), "tag": [], "attachment": [] }))),
            ("gotosocial", json!("https://www.w3.org/ns/activitystreams"), with(actor("gotosocial"), json!({ "publicKey": key_at_path }))),
            ("pleroma", litepub, with(actor("pleroma"), json!({ "capabilities": {}, "alsoKnownAs": [] }))),
            ("misskey", context.clone(), with(actor("misskey"), json!({ "_misskey_summary": "x", "sharedInbox": bob.shared_inbox(), "isCat": true }))),
            ("pixelfed", context.clone(), with(actor("pixelfed"), json!({ "publicKey": [bob.actor()["publicKey"]] }))),
            ("own context", context.clone(), with(actor("own context"), json!({ "@context": context }))),
            ("no context", Value::Null, actor("no context")),
        ] {
            let mut update = bob.activity("Update", &format!("/updates/{}", server.replace(' ', "-")), Value::Null);
            (update["@context"], update["to"], update["object"]) = (context, json!([PUBLIC]), object);
            near.does(&bob, update).await;
            let kept = near.profile(&bob).await;
            assert_eq!((kept.display_name.as_str(), kept.note.as_str()), (server, "<p>new bio</p>"));
        }
        let sent_as_address = bob.activity("Update", "/updates/address", bob.uri.clone());
        near.others.serves(&bob.uri, Answer::activity(&with(bob.actor(), json!({ "name": "fetched" }))));
        near.does(&bob, sent_as_address).await;
        assert_eq!(near.profile(&bob).await.display_name, "fetched");
        // A fetched document still needs one.
        let dave = near.others.person("b", "dave");
        near.others.serves(&dave.uri, Answer::activity(&bare(dave.actor())));
        assert!(resolve::account(&near.world.app, &dave.uri, &Budget::default()).await.is_err());
    }

    async fn a_profile_edit_of_another_server_of_this_kind_is_taken(near: Neighbours) {
        let alice = near.alice();
        let (context, now) = (near.world.app.context().clone(), near.world.now());
        let (id, home) = (alice.account, near.uri(&alice));
        let sent = near.world.read(move |r| async move { compose::update_actor(&r, &context, id, now).await }).await.unwrap();
        assert!(sent["object"].get("@context").is_none());
        // As if it came from bob's server.
        let key = near.bob.actor()["publicKey"].clone();
        let moved: Value = serde_json::from_str(&sent.to_string().replace(&home, &near.bob.uri)).unwrap();
        let mut moved = serde_json::from_str::<Value>(&wire::activity::with_context(&moved)).unwrap();
        let handle = json!({ "preferredUsername": "bob", "webfinger": format!("bob@{}", near.bob.domain), "name": "renamed", "publicKey": key });
        moved["object"] = with(moved["object"].take(), handle);
        near.does(&near.bob, moved).await;
        assert_eq!(near.profile(&near.bob).await.display_name, "renamed");
    }

    async fn a_profile_is_edited_by_itself_alone(near: Neighbours) {
        let eve = near.others.person("a", "eve");
        let mallory = near.others.person("c", "mallory");
        near.knows(&eve).await;
        near.knows(&mallory).await;
        let before = near.profile(&near.bob).await.display_name;
        let edited = with(near.bob.actor(), json!({ "name": "stolen" }));
        near.drops(&eve, eve.activity("Update", "/u/1", edited.clone())).await;
        near.drops(&mallory, mallory.activity("Update", "/u/2", edited.clone())).await;
        // A key of another, or none, leaves nobody who could be believed.
        let keyless = with(bare(near.bob.actor()), json!({ "name": "keyless", "publicKey": null }));
        near.drops(&near.bob, near.bob.activity("Update", "/u/3", keyless)).await;
        let lacking = with(near.bob.actor(), json!({ "name": "lacking", "inbox": null }));
        near.drops(&near.bob, near.bob.activity("Update", "/u/4", lacking)).await;
        // The whole group is edited by a moderator: what it sends is its own.
        let group = with(near.others.person("a", "group").actor(), json!({ "type": "Group", "name": "stolen" }));
        near.drops(&near.bob, near.bob.activity("Update", "/u/5", group)).await;
        assert_eq!(near.profile(&near.bob).await.display_name, before);
    }

    async fn each_act_is_done_without_contexts_inside(near: Neighbours) {
        let (bob, alice) = (near.bob.clone(), near.alice());
        let outer = |act: Value| with(bare(act), json!({ "@context": "https://www.w3.org/ns/activitystreams" }));
        near.does(&bob, outer(bob.activity("Update", "/u", with(bob.actor(), json!({ "featured": bob.at("/featured") }))))).await;
        near.does(&bob, outer(bob.activity("Create", "/c/1", bob.note("/n/1", "<p>x</p>")))).await;
        let id = near.found(&bob.at("/n/1")).await.unwrap();
        let edited = with(bob.note("/n/1", "<p>y</p>"), json!({ "updated": NOON }));
        near.does(&bob, outer(bob.activity("Update", "/u/1", edited))).await;
        assert_eq!(near.text(id).await, "<p>y</p>");
        let private = with(bob.note("/n/2", "<p>z</p>"), json!({ "to": [bob.followers()], "cc": [] }));
        near.does(&bob, outer(with(bob.activity("Announce", "/a/1", private), json!({ "to": [bob.followers()] })))).await;
        assert!(near.found(&bob.at("/n/2")).await.is_some());
        near.others.serves(&bob.at("/n/1"), Answer::activity(&bob.note("/n/1", "<p>y</p>")));
        for kind in ["Add", "Remove"] {
            near.does(&bob, outer(with(bob.activity(kind, "/p", bob.note("/n/1", "<p>y</p>")), json!({ "target": bob.at("/featured") })))).await;
        }
        let own = alice.posts("mine").await;
        let uri = near.status_uri(&alice, own);
        for kind in ["Like", "EmojiReact"] {
            let like = with(bob.activity(kind, &format!("/{kind}"), uri.clone()), json!({ "content": "👍" }));
            near.does(&bob, like.clone()).await;
            assert_eq!(near.counts(own).await.0, 1);
            near.does(&bob, outer(bob.activity("Undo", &format!("/{kind}/undo"), like))).await;
            assert_eq!(near.counts(own).await.0, 0);
        }
        let follow = bob.activity("Follow", "/f/1", near.uri(&alice));
        near.does(&bob, follow.clone()).await;
        assert_eq!(alice.profile().await.followers_count, 1);
        near.does(&bob, outer(bob.activity("Undo", "/f/1/undo", follow))).await;
        assert_eq!(alice.profile().await.followers_count, 0);
        let tombstone = json!({ "type": "Tombstone", "id": bob.at("/n/1") });
        near.does(&bob, outer(bob.activity("Delete", "/d/1", tombstone))).await;
        assert!(near.found(&bob.at("/n/1")).await.is_none());
    }

    async fn the_first_edit_counts_whatever_its_date(near: Neighbours) {
        near.world.advance(HOUR_MS);
        let updates = [
            ("same second", NOON),
            ("a clock ahead", "2026-01-01T13:05:00Z"),
            ("a clock behind", "2026-01-01T11:59:58Z"),
            ("fractions", "2026-01-01T12:00:00.001Z"),
            ("no zone", "2026-01-01T12:00:01"),
            ("a space", "2026-01-01 12:00:01"),
            ("a date alone", "2026-01-01"),
            ("mail", "Thu, 01 Jan 2026 12:00:01 GMT"),
            ("many digits", "2026-01-01T12:00:00.12345678901234Z"),
            ("a lower-case zone", "2026-01-01t12:00:00z"),
            ("a leap second", "2026-01-01T12:00:60Z"),
            ("far ahead", "2999-01-01T00:00:00Z"),
        ];
        for (number, (what, updated)) in updates.into_iter().enumerate() {
            let path = format!("/n/{number}");
            let id = near.posts(&path, json!({})).await;
            assert_eq!(near.edits(&path, json!({ "content": format!("<p>{what}</p>"), "updated": updated })).await, Verdict::Done, "{what}");
            let shown = near.shown(id).await;
            assert_eq!((shown.content.as_deref(), shown.edited_at.is_some()), (Some(format!("<p>{what}</p>").as_str()), true), "{what}");
            let history = statuses::history::history(&near.world.app, None, id).await.unwrap();
            assert_eq!(history.revisions.len(), 2, "{what}");
        }
        // What says nothing of when it was edited has only new counts.
        for (number, updated) in [json!(null), json!("yesterday"), json!(7), json!("")].into_iter().enumerate() {
            let path = format!("/none/{number}");
            let id = near.posts(&path, json!({})).await;
            near.edits(&path, json!({ "content": "<p>new</p>", "updated": updated, "likes": { "totalItems": 2 } })).await;
            assert_eq!((near.text(id).await.as_str(), near.shown(id).await.edited_at, near.counts(id).await.0), ("<p>hello</p>", None, 2), "{updated}");
        }
    }

    async fn later_edits_are_compared_with_the_one_before(near: Neighbours) {
        near.world.advance(HOUR_MS);
        let id = near.posts("/n/1", json!({})).await;
        let cases = [
            // The clock of its server is five minutes ahead.
            ("2026-01-01T13:05:00Z", "first", "first"),
            ("2026-01-01T13:05:00Z", "same date", "first"),
            ("2026-01-01T13:04:59.999Z", "older", "first"),
            ("2026-01-01T13:05:00.001Z", "a little newer", "a little newer"),
            ("2026-01-01T13:05:30Z", "newer", "newer"),
            ("2026-01-01T13:05:00Z", "sent late", "newer"),
            ("2026-01-01 13:06:00", "without a zone", "without a zone"),
            ("never", "without a date", "without a zone"),
            ("2999-01-01T00:00:00Z", "no clock", "without a zone"),
        ];
        for (updated, content, expected) in cases {
            near.edits("/n/1", json!({ "content": format!("<p>{content}</p>"), "updated": updated })).await;
            assert_eq!(near.text(id).await, format!("<p>{expected}</p>"), "{content}");
        }
        near.world.advance(10 * MINUTE_MS);
        near.edits("/n/1", json!({ "content": "<p>later</p>", "updated": "2999-01-01T00:00:00Z" })).await;
        assert_eq!(near.text(id).await, "<p>later</p>");
        let shown = near.shown(id).await;
        assert_eq!(shown.edited_at.map(|at| at.0), Some(near.world.now()), "a date far ahead is now");
    }

    async fn a_status_that_was_edited_before_it_came_says_so(near: Neighbours) {
        near.world.advance(HOUR_MS);
        for (number, (published, updated, edited)) in [
            (NOON, json!(null), None),
            (NOON, json!(NOON), None),
            ("2026-01-01 12:00", json!("2026-01-01T13:00:00+01:00"), None),
            (NOON, json!("2026-01-01T12:30:00"), Some("2026-01-01T12:30:00.000Z")),
            ("2026-01-01T14:00:00Z", json!("2026-01-01T14:00:00Z"), None),
        ].into_iter().enumerate() {
            let id = near.posts(&format!("/n/{number}"), json!({ "published": published, "updated": updated })).await;
            assert_eq!(near.shown(id).await.edited_at.map(|at| at.to_string()).as_deref(), edited, "{published} {updated}");
        }
    }

    async fn unusual_dates_are_when_a_status_was_made(near: Neighbours) {
        for (number, (published, expected)) in [
            ("2024-02-15T17:15:00", "2024-02-15T17:15:00.000Z"),
            ("2024-02-15 17:15:00", "2024-02-15T17:15:00.000Z"),
            ("2024-02-15", "2024-02-15T00:00:00.000Z"),
            ("2024-02-15T24:00:00Z", "2024-02-16T00:00:00.000Z"),
            ("2024-02-15T17:15:00.1234567890Z", "2024-02-15T17:15:00.123Z"),
            ("Thu, 15 Feb 2024 17:15:00 GMT", "2024-02-15T17:15:00.000Z"),
            ("no date", "2026-01-01T12:00:00.000Z"),
        ].into_iter().enumerate() {
            let id = near.posts(&format!("/n/{number}"), json!({ "published": published })).await;
            assert_eq!(near.shown(id).await.created_at.to_string(), expected, "{published}");
            assert_eq!(near.alice().home().await.contains(&id), number == 6, "{published}");
        }
        // An unknown status without a date may be new; an old one with an unusual date is not.
        near.edits("/new", json!({ "published": null, "updated": NOON })).await;
        assert!(near.found(&near.bob.at("/new")).await.is_some());
        near.edits("/old", json!({ "published": "2024-02-15 17:15:00", "updated": NOON })).await;
        assert!(near.found(&near.bob.at("/old")).await.is_none());
    }

    async fn a_sensitive_article_is_shown_by_title_summary_and_link(near: Neighbours) {
        let page = near.others.url("a", "/p/1");
        let article = |kind: &str, properties: Value| {
            with(json!({ "type": kind, "name": "Title", "content": "<p>the spiders</p>", "url": page, "sensitive": true }), properties)
        };
        for (number, (properties, summary)) in [
            (article("Article", json!({ "summary": "Spiders inside" })), Some("Spiders inside")),
            (article("Page", json!({ "summary": "Spiders inside" })), Some("Spiders inside")),
            (article("Page", json!({})), None),
            (article("Article", json!({ "summaryMap": { "en": "Spiders inside" } })), Some("Spiders inside")),
            (article("Article", json!({ "summary": "\u{200b}", "sensitive": false })), None),
            (article("Video", json!({ "summary": "Spiders inside" })), Some("Spiders inside")),
            (article("Event", json!({ "summary": "Spiders inside", "sensitive": "true" })), Some("Spiders inside")),
        ].into_iter().enumerate() {
            let id = near.posts(&format!("/n/{number}"), properties.clone()).await;
            let (shown, text) = (near.shown(id).await, near.text(id).await);
            assert!(shown.sensitive && shown.carried.spoiler_text.is_empty(), "{properties}");
            assert!(text.contains("Title") && text.contains(&page) && !text.contains("the spiders"), "{text}");
            assert_eq!(text.contains("Spiders inside"), summary.is_some(), "{text}");
        }
        let open = near.posts("/open", article("Article", json!({ "sensitive": false, "summary": "About spiders" }))).await;
        assert!(near.text(open).await.contains("the spiders"), "what warns of nothing is read here");
        near.edits("/open", article("Article", json!({ "summary": "About spiders", "updated": NOON }))).await;
        assert!(!near.text(open).await.contains("the spiders"), "an edit adds a warning");
        let note = near.posts("/note", json!({ "sensitive": true, "summary": "Spiders", "content": "<p>the spiders</p>" })).await;
        let shown = near.shown(note).await;
        assert_eq!((shown.content.as_deref(), shown.carried.spoiler_text.as_str()), (Some("<p>the spiders</p>"), "Spiders"));
    }

    async fn hashtags_of_others_lose_what_cannot_be_in_them(near: Neighbours) {
        let tag = |name: &str| json!({ "type": "Hashtag", "name": name });
        for (number, (written, expected)) in [
            ("#with-dash", "withdash"), ("#two words", "twowords"), ("#C++", "c"), ("music", "music"), ("#Node.js", "nodejs"),
            ("#विज्ञान", "विज्ञान"), ("#தமிழ்", "தமிழ்"), ("#မြန်မာ", "မြန်မာ"), ("＃全角", "全角"), ("#AT&T", "att"),
        ].into_iter().enumerate() {
            let id = near.posts(&format!("/n/{number}"), json!({ "tag": [tag(written), tag(written)] })).await;
            assert_eq!(names(&near.shown(id).await.carried.tags), [expected], "{written}");
        }
        let id = near.posts("/both", json!({ "tag": (["#a-b", "#ab", "#A.B", "#", "#1", "#++"].map(tag)) })).await;
        assert_eq!(names(&near.shown(id).await.carried.tags), ["ab"]);
        near.edits("/both", json!({ "tag": [tag("#new-tag")], "updated": NOON })).await;
        assert_eq!(names(&near.shown(id).await.carried.tags), ["newtag"]);
    }

    async fn counts_of_others_are_shown_and_change_with_ours(near: Neighbours) {
        let totals = |likes: Value, shares: Value| json!({
            "likes": { "type": "Collection", "id": near.bob.at("/likes"), "totalItems": likes }, "shares": { "type": "Collection", "totalItems": shares },
        });
        let id = near.posts("/n/1", totals(json!(7), json!(3))).await;
        assert_eq!(near.counts(id).await, (7, 3));
        near.alice().favourites(id).await;
        near.carol().reblogs(id).await;
        assert_eq!(near.counts(id).await, (8, 4));
        near.edits("/n/1", totals(json!(20), json!(-5))).await;
        assert_eq!(near.counts(id).await, (20, 0));
        near.carol().unreblogs(id).await;
        assert_eq!(near.counts(id).await, (20, 0), "never below nothing");
        near.edits("/n/1", with(totals(json!(1), json!(null)), json!({ "content": "<p>y</p>", "updated": NOON }))).await;
        assert_eq!((near.counts(id).await, near.text(id).await.as_str()), ((1, 0), "<p>y</p>"));
        near.edits("/n/1", with(totals(json!(9), json!(9)), json!({ "updated": "2026-01-01T11:00:00Z" }))).await;
        assert_eq!(near.counts(id).await, (1, 0), "an older version says nothing");
        near.edits("/n/1", with(totals(json!(u64::MAX), json!(2)), json!({ "updated": NOON }))).await;
        assert_eq!(near.counts(id).await, (100_000_000, 2));
        // Fetched again, it says so, too; addresses alone are not asked for.
        near.others.serves(&near.bob.at("/n/1"), Answer::activity(&near.note("/n/1", with(totals(json!(0), json!(0)), json!({ "updated": NOON })))));
        statuses_of_others::refresh(&near.world.app, id, &Budget::default()).await.unwrap();
        assert_eq!(near.counts(id).await, (0, 0));
        let plain = near.posts("/n/2", json!({ "likes": near.bob.at("/likes"), "shares": null })).await;
        near.alice().favourites(plain).await;
        assert_eq!(near.counts(plain).await, (1, 0));
        // Nobody says what the statuses of this server count.
        let own = near.carol().posts("mine").await;
        let stolen = with(totals(json!(9), json!(9)), json!({ "id": near.status_uri(&near.carol(), own), "updated": NOON }));
        near.drops(&near.bob, near.bob.activity("Update", "/u", near.note("/x", stolen))).await;
        assert_eq!(near.counts(own).await, (0, 0));
        assert_eq!(near.shown(id).await.replies_count, 0);
    }

    async fn answers_are_found_where_their_collection_is(near: Neighbours) {
        let bob = near.bob.clone();
        let (at, first) = (bob.at("/replies"), bob.at("/replies?page=1"));
        let answer = |path: &str, to: &str| with(bob.note(path, "<p>answer</p>"), json!({ "inReplyTo": bob.at(to) }));
        let collection = |items: Value| json!({ "@context": "https://www.w3.org/ns/activitystreams", "id": at, "type": "Collection", "items": items });
        let paged = json!({ "id": at, "type": "Collection", "first": first });
        let page = |items: Value| json!({ "id": first, "type": "CollectionPage", "partOf": at, "items": items });
        for (number, (named, served)) in [
            (json!(at), vec![(&at, collection(json!([bob.at("/a/0")])))]),
            (json!(at), vec![(&at, with(paged.clone(), json!({ "first": page(json!(bob.at("/a/1"))) })))]),
            (json!(at), vec![(&at, paged.clone()), (&first, page(json!([{ "id": bob.at("/a/2"), "content": "forged" }])))]),
            (paged.clone(), vec![(&first, page(json!([bob.at("/a/3"), near.others.url("b", "/elsewhere"), near.uri(&near.alice())])))]),
        ].into_iter().enumerate() {
            let (path, to) = (format!("/a/{number}"), format!("/n/{number}"));
            near.others.serves(&bob.at(&path), Answer::activity(&answer(&path, &to)));
            for (url, document) in served {
                near.others.serves(url, Answer::activity(&document));
            }
            let id = near.posts(&to, json!({ "replies": named })).await;
            let found = near.found(&bob.at(&path)).await.unwrap();
            assert_eq!((near.text(found).await.as_str(), near.shown(id).await.replies_count), ("<p>answer</p>", 1), "{number}");
        }
        assert!(near.others.fetched().iter().all(|url| !url.contains("elsewhere")));
        near.others.forgets();
        near.posts("/foreign", json!({ "replies": near.others.url("b", "/replies") })).await;
        near.posts("/none", json!({ "replies": { "id": at, "type": "Collection", "totalItems": 0 } })).await;
        assert!(near.others.fetched().is_empty());
    }

    async fn a_text_in_one_language_is_that_of_its_map(near: Neighbours) {
        for (number, (properties, text, language)) in [
            (json!({ "content": "short", "contentMap": { "de": "<p>the whole text</p>" } }), "<p>the whole text</p>", Some("de")),
            (json!({ "content": "<p>same</p>", "contentMap": { "fr": "<p>same</p>" } }), "<p>same</p>", Some("fr")),
            (json!({ "content": "<p>hi</p>", "contentMap": { "de": "<p>hallo</p>", "en": "<p>hi</p>" } }), "<p>hi</p>", Some("en")),
            (json!({ "content": "<p>hi</p>", "contentMap": { "de": "<p>x<script>y</script></p>" } }), "<p>x</p>", Some("de")),
        ].into_iter().enumerate() {
            let id = near.posts(&format!("/n/{number}"), properties).await;
            assert_eq!((near.text(id).await.as_str(), near.shown(id).await.carried.language.as_deref()), (text, language));
        }
    }

    async fn a_page_on_another_host_is_a_link_and_no_proof(near: Neighbours) {
        let page = near.others.url("www-a", "/@bob/post/1");
        let id = near.posts("/n/1", json!({ "url": page })).await;
        assert_eq!(near.shown(id).await.url, Some(page.clone()));
        for (number, url) in ["javascript:alert(1)", "data:text/html,x", "https://here.test/@alice/1", "https://u:p@b.test/1"].into_iter().enumerate() {
            let path = format!("/odd/{number}");
            let id = near.posts(&path, json!({ "url": url })).await;
            assert_eq!(near.shown(id).await.url, Some(near.bob.at(&path)), "{url}");
        }
        // The other host gains nothing: it neither edits nor deletes the status, nor is it found by that address there.
        let owner = near.others.person("www-a", "bob");
        near.knows(&owner).await;
        let mut edited = near.note("/n/1", json!({ "content": "<p>stolen</p>", "updated": NOON }));
        near.drops(&owner, owner.activity("Update", "/u/1", edited.clone())).await;
        edited["attributedTo"] = owner.uri.clone().into();
        near.drops(&owner, owner.activity("Update", "/u/2", edited)).await;
        near.drops(&owner, owner.activity("Delete", "/d/1", near.bob.at("/n/1"))).await;
        near.does(&owner, owner.activity("Delete", "/d/2", page.clone())).await;
        assert_eq!(near.text(id).await, "<p>hello</p>");
        let video = json!({ "type": "Video", "name": "A film", "url": [
            { "type": "Link", "mediaType": "application/x-mpegURL", "href": near.others.url("cdn", "/1.m3u8") },
            { "type": "Link", "mediaType": "text/html", "href": near.others.url("www-a", "/w/1") },
        ] });
        let film = near.posts("/film", video).await;
        assert_eq!(near.shown(film).await.url, Some(near.others.url("www-a", "/w/1")));
        assert!(near.text(film).await.contains(&near.others.url("www-a", "/w/1")));
    }

    async fn emojis_of_others_are_never_ours_of_the_same_name(near: Neighbours) {
        for shortcode in ["opt", "theirs"] {
            near.has_emoji(shortcode).await;
        }
        let emoji = |name: &str| json!({ "type": "Emoji", "name": format!(":{name}:"), "icon": { "type": "Image", "url": near.others.url("a", "/e.png") } });
        let option = |name: &str| json!({ "type": "Note", "name": name, "replies": { "type": "Collection", "totalItems": 0 } });
        let question = |text: &str, tags: &[&str]| json!({
            "type": "Question", "content": text, "endTime": "2030-01-01T00:00:00Z", "oneOf": [option(":theirs: no"), option(":opt: yes")],
            "tag": tags.iter().map(|name| emoji(name)).collect::<Vec<_>>(),
        });
        let id = near.posts("/q/1", question("<p>:blob-cat: :opt:</p>", &["theirs", "blob-cat"])).await;
        let poll = near.shown(id).await.poll.unwrap();
        assert_eq!(shortcodes(&poll.emojis), ["theirs"]);
        let ours: Vec<String> = near.world.app.context().emojis.in_texts([":theirs:"]).into_iter().map(|emoji| emoji.url).collect();
        assert!(!ours.contains(&poll.emojis[0].url) && poll.emojis[0].url.contains("/media/"), "{:?}", poll.emojis);
        let alone = present::poll::poll(&near.world.app, None, store::PollId(poll.id.0)).await.unwrap();
        assert_eq!(alone.emojis, poll.emojis);
        near.edits("/q/1", with(question("<p>:opt: edited</p>", &["theirs"]), json!({ "updated": NOON, "summary": ":opt:" }))).await;
        let history = statuses::history::history(&near.world.app, None, id).await.unwrap();
        let shown = present::status_edit::history(&near.world.app, history).await.unwrap();
        let seen: Vec<Vec<&str>> = shown.iter().map(|edit| shortcodes(&edit.emojis)).collect();
        assert_eq!(seen, [vec!["theirs", "blob-cat"], vec!["theirs"]]);
        assert!(shown.iter().flat_map(|edit| &edit.emojis).all(|emoji| !ours.contains(&emoji.url)));
        // Ours stay ours.
        let own = near.carol().posts_with("which? :opt:", |draft| {
            draft.poll = Some(statuses::poll::PollDraft { options: vec![":opt: a".into(), "b".into()], expires_in: Some(3600), multiple: false, hide_totals: false });
        }).await;
        assert_eq!(shortcodes(&near.shown(own).await.poll.unwrap().emojis), ["opt"]);
    }

    async fn programs_are_bots_whatever_they_call_themselves(near: Neighbours) {
        for (number, (kind, is_bot)) in
            [("Person", false), ("Service", true), ("Application", true), ("Group", false), ("Organization", false)].into_iter().enumerate()
        {
            let person = near.others.person("b", &format!("p{number}"));
            near.others.serves(&person.uri, Answer::activity(&with(person.actor(), json!({ "type": kind }))));
            let id = near.knows(&person).await.id;
            let shown = present::account::one(&near.world.app, id).await.unwrap();
            assert_eq!((shown.bot, shown.group), (is_bot, kind == "Group"), "{kind}");
        }
    }

    async fn the_widest_of_several_icons_is_the_avatar(near: Neighbours) {
        let sized = |width: Value| json!({ "type": "Image", "mediaType": "image/png", "width": width, "height": width, "url": near.others.url("b", &format!("/{width}.png")) });
        for (number, (icon, expected)) in [
            (json!([sized(json!(48)), sized(json!(120)), sized(json!(60))]), Some("/120.png")),
            (json!([{ "type": "Image" }, sized(json!(120))]), Some("/120.png")),
            (json!([null, "", { "url": "javascript:x" }, sized(json!(1))]), Some("/1.png")),
            (json!([{ "type": "Image" }]), None),
        ].into_iter().enumerate() {
            let person = near.others.person("b", &format!("i{number}"));
            near.others.serves(&person.uri, Answer::activity(&with(person.actor(), json!({ "icon": icon, "image": icon }))));
            let id = near.knows(&person).await.id;
            let kept = near.world.read(move |r| async move {
                let row: Option<(String, String)> = r.maybe(store::sql!("SELECT avatar_remote_url, header_remote_url FROM accounts WHERE id = $1"), store::args![id]).await?;
                Ok(row.unwrap())
            }).await;
            let wanted = expected.map(|path| near.others.url("b", path)).unwrap_or_default();
            assert_eq!(kept, (wanted.clone(), wanted), "{icon}");
        }
    }
}
