//! Statuses of other servers: what is kept of them, for whom, and what is not.

use serde_json::{Value, json};
use store::accounts::{self, Account};
use store::statuses::{self, Status, Visibility};
use store::{AccountId, StatusId, args, follows, polls, remote_statuses, sql};
use wire::activity::PUBLIC;
use wire::mastodon as m;

use crate::federation::budget::Budget;
use crate::federation::incoming::{Inbound, Verdict, receive};
use crate::federation::resolve;
use crate::statuses::poll::PollDraft;
use crate::stories;
use crate::testing::{Answer, DAY_MS, Engine, Fediverse, HOUR_MS, Person, RemotePerson, World};
use crate::timelines::{PublicFilter, TagNames};
use crate::{Page, present, timelines};

/// A world with alice and carol, and others around it. Alice follows bob on the host a.
pub(super) struct Neighbours {
    pub world: World,
    pub others: Fediverse,
    pub bob: RemotePerson,
}

impl Neighbours {
    pub async fn new(engine: Engine) -> Neighbours {
        let others = Fediverse::open().await;
        let world = World::with(engine, |options| options.outgoing = others.outgoing()).await.with_users(["alice", "carol"]).await;
        let bob = others.person("a", "bob");
        let neighbours = Neighbours { world, others, bob };
        let bob = neighbours.bob.clone();
        let alice = neighbours.alice();
        neighbours.follows(&alice, &bob).await;
        neighbours.others.forgets();
        neighbours
    }

    pub fn alice(&self) -> Person {
        self.world.user("alice")
    }

    pub fn carol(&self) -> Person {
        self.world.user("carol")
    }

    pub async fn knows(&self, person: &RemotePerson) -> Account {
        let id = resolve::account(&self.world.app, &person.uri, &Budget::default()).await.unwrap();
        self.world.drain_jobs().await;
        self.world.read(move |r| async move { Ok(accounts::find(&r, id).await?.unwrap()) }).await
    }

    pub async fn follows(&self, person: &Person, target: &RemotePerson) {
        let target = self.knows(target).await.id;
        self.world.joins(person.account, target).await;
    }

    /// The address of somebody here.
    pub fn uri(&self, person: &Person) -> String {
        self.world.app.urls().account_uri(person.account)
    }

    pub async fn arrives_for(&self, from: &RemotePerson, activity: Value, to: Option<&Person>) -> Verdict {
        let actor = self.knows(from).await;
        let inbound = Inbound { activity, actor, to: to.map(|person| person.account), budget: Budget::default() };
        let verdict = receive(&self.world.app, inbound).await.unwrap();
        self.world.drain_jobs().await;
        verdict
    }

    pub async fn arrives(&self, from: &RemotePerson, activity: Value) -> Verdict {
        self.arrives_for(from, activity, None).await
    }

    pub async fn drops(&self, from: &RemotePerson, activity: Value) {
        let verdict = self.arrives(from, activity.clone()).await;
        assert!(matches!(verdict, Verdict::Dropped(_)), "{activity}: {verdict:?}");
    }

    pub async fn does(&self, from: &RemotePerson, activity: Value) {
        assert_eq!(self.arrives(from, activity.clone()).await, Verdict::Done, "{activity}");
    }

    /// Bob posts a note with these properties besides the usual ones.
    pub async fn posts(&self, path: &str, properties: Value) -> StatusId {
        let note = self.note(path, properties);
        self.does(&self.bob, self.bob.activity("Create", &format!("{path}/activity"), note.clone())).await;
        self.found(note["id"].as_str().unwrap()).await.unwrap()
    }

    pub fn note(&self, path: &str, properties: Value) -> Value {
        let mut note = self.bob.note(path, "<p>hello</p>");
        note.as_object_mut().unwrap().extend(properties.as_object().unwrap().clone());
        note
    }

    pub async fn found(&self, uri: &str) -> Option<StatusId> {
        let uri = uri.to_owned();
        let known = self.world.read(move |r| async move { Ok(remote_statuses::find_by_uri(&r, &uri).await?) }).await;
        known.filter(|known| known.deleted_at.is_none()).map(|known| known.id)
    }

    pub async fn status(&self, id: StatusId) -> Status {
        self.world.read(move |r| async move { Ok(statuses::find(&r, id).await?.unwrap()) }).await
    }

    pub async fn shown(&self, id: StatusId) -> m::Status {
        let viewer = self.alice().viewer().await;
        present::status::status(&self.world.app, Some(&viewer), id).await.unwrap()
    }

    pub async fn statuses(&self) -> i64 {
        self.world
            .read(|r| async move {
                Ok(r.value(sql!("SELECT COUNT(*) FROM statuses WHERE local = FALSE AND deleted_at IS NULL"), args![]).await?.unwrap_or(0))
            })
            .await
    }

    pub async fn mentions(&self, id: StatusId) -> Vec<(AccountId, bool)> {
        self.world
            .read(move |r| async move {
                Ok(r.all(sql!("SELECT account_id, silent FROM mentions WHERE status_id = $1 ORDER BY account_id"), args![id]).await?)
            })
            .await
    }

    pub async fn public(&self) -> Vec<StatusId> {
        timelines::public(&self.world.app, Some(&self.alice().viewer().await), timelines::PublicFilter::default(), Page::first(40)).await.unwrap().0
    }
}

stories! {
    async fn a_public_note_reaches_followers_here_by_the_way_local_ones_go(near: Neighbours) {
        let emoji = json!({ "type": "Emoji", "name": "cat", "id": null, "icon": { "url": near.others.url("a", "/cat.png") } });
        let id = near.posts("/n/1", json!({
            "content": "<p>hello :cat: <script>x</script><a href='javascript:x'>y</a></p>", "url": near.others.url("a", "/@bob/1"),
            "tag": [{ "type": "Hashtag", "name": "#Cats" }, { "type": "Hashtag", "name": "#two words" }, { "type": "Hashtag" }, emoji],
            "contentMap": { "de": "<p>hello :cat: <script>x</script><a href='javascript:x'>y</a></p>" }, "summary": "\u{200b}",
        })).await;
        let shown = near.shown(id).await;
        assert_eq!(shown.content.as_deref(), Some("<p>hello :cat: y</p>"));
        assert_eq!((shown.uri.as_str(), shown.url.clone()), (near.bob.at("/n/1").as_str(), Some(near.others.url("a", "/@bob/1"))));
        assert_eq!((shown.carried.language.as_deref(), shown.sensitive, shown.carried.spoiler_text.as_str()), (Some("de"), true, ""));
        assert_eq!(shown.carried.tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["cats", "twowords"]);
        assert_eq!(shown.carried.emojis.iter().map(|emoji| emoji.shortcode.as_str()).collect::<Vec<_>>(), ["cat"]);
        assert_eq!((near.alice().home().await, near.public().await), (vec![id], vec![id]));
        assert!(near.carol().home().await.is_empty());
        assert!(near.others.fetched().is_empty(), "nothing is fetched for it");
        // Again, whichever way, it is the same.
        near.does(&near.bob, near.bob.activity("Create", "/again", near.note("/n/1", json!({})))).await;
        assert_eq!((near.statuses().await, near.alice().home().await), (1, vec![id]));
        assert_eq!(near.knows(&near.bob).await.statuses_count, 1);
    }

    async fn what_nobody_here_cares_about_is_not_kept_unless_somebody_asks_for_it(near: Neighbours) {
        let dave = near.others.person("b", "dave");
        near.knows(&dave).await;
        near.others.forgets();
        let note = dave.note("/n/1", "<p>x</p>");
        near.drops(&dave, dave.activity("Create", "/n/1/activity", note.clone())).await;
        near.drops(&dave, dave.activity("Create", "/c", json!({ "id": dave.at("/x"), "type": "ChatMessage", "content": "x" }))).await;
        let mut elsewhere = dave.note("/n/1", "<p>x</p>");
        elsewhere["inReplyTo"] = near.others.url("c", "/unknown").into();
        elsewhere["tag"] = json!([{ "type": "Mention", "href": near.others.url("c", "/eve"), "name": "@eve" }]);
        near.drops(&dave, dave.activity("Create", "/n/1/activity", elsewhere)).await;
        assert_eq!(near.statuses().await, 0);
        assert!(near.others.fetched().is_empty(), "nothing is asked for its sake");
        near.others.serves(&dave.at("/n/1"), Answer::activity(&note));
        let id = crate::federation::statuses::resolve(&near.world.app, &dave.at("/n/1"), &Budget::default()).await.unwrap();
        assert_eq!((near.status(id).await.uri, near.statuses().await), (dave.at("/n/1"), 1));
        near.others.forgets();
        assert_eq!(crate::federation::statuses::resolve(&near.world.app, &dave.at("/n/1"), &Budget::default()).await.unwrap(), id);
        assert!(near.others.fetched().is_empty(), "what is known is not asked for");
        // An answer to somebody followed here is wanted, and one to somebody of here.
        let parent = near.posts("/n/2", json!({})).await;
        let mut answer = dave.note("/n/3", "<p>y</p>");
        answer["inReplyTo"] = near.bob.at("/n/2").into();
        near.does(&dave, dave.activity("Create", "/n/3/activity", answer)).await;
        assert_eq!(near.status(parent).await.replies_count, 1);
    }

    async fn addresses_decide_who_sees_a_status(near: Neighbours) {
        let (alice, carol) = (near.uri(&near.alice()), near.uri(&near.carol()));
        let mention = |uri: &str| json!({ "type": "Mention", "href": uri, "name": "@x" });
        let followers = near.bob.followers();
        let private = near.posts("/private", json!({ "to": [], "cc": [followers] })).await;
        let direct = near.posts("/direct", json!({ "to": [carol], "cc": [], "tag": mention(&carol) })).await;
        let limited = near.posts("/limited", json!({ "to": [carol, alice], "cc": [], "tag": mention(&carol) })).await;
        for (id, visibility, alice_sees, carol_sees) in [
            (private, Visibility::Private, true, false),
            (direct, Visibility::Direct, false, true),
            (limited, Visibility::Limited, true, true),
        ] {
            assert_eq!(near.status(id).await.visibility(), visibility);
            assert_eq!((near.alice().can_see(id).await, near.carol().can_see(id).await), (alice_sees, carol_sees), "{visibility:?}");
        }
        assert_eq!(near.carol().notifications().await.len(), 2);
        assert!(near.alice().notifications().await.is_empty(), "who is not named is not told");
        assert_eq!(near.alice().home().await, [private]);
        // Who asked to follow and was not let in sees nothing.
        let (other, bob) = (near.carol().account, near.knows(&near.bob).await.id);
        near.world.write(move |tx| async move {
            let options = follows::Options { show_reblogs: true, notify: false, languages: None };
            store::follow_requests::insert(&tx, other, bob, &options).await.map(drop)?;
            Ok(())
        }).await;
        assert!(!near.carol().can_see(private).await);
        let mut none = near.note("/none", json!({}));
        none.as_object_mut().unwrap().remove("to");
        none.as_object_mut().unwrap().remove("cc");
        near.drops(&near.bob, near.bob.activity("Create", "/none/activity", none.clone())).await;
        let mut activity = near.bob.activity("Create", "/none/activity", none);
        activity["to"] = PUBLIC.into();
        near.does(&near.bob, activity).await;
        assert_eq!(near.status(near.found(&near.bob.at("/none")).await.unwrap()).await.visibility(), Visibility::Public);
    }

    async fn hashtags_are_kept_once_each_whatever_their_case_and_lead_to_the_status(near: Neighbours) {
        let mut tag: Vec<Value> = ["#Cats", "#cats", "CATS", "#two words", "#", "#123", "#Katze\u{308}n"].iter().map(|name| json!({ "type": "Hashtag", "name": name })).collect();
        tag.push(json!({ "type": "Hashtag" }));
        tag.extend((0..500).map(|number| json!({ "type": "Hashtag", "name": format!("#many{number}") })));
        let id = near.posts("/n/1", json!({ "tag": tag })).await;
        let kept = near.world.read(move |r| async move { Ok(r.value::<i64>(sql!("SELECT COUNT(*) FROM status_tags WHERE status_id = $1"), args![id]).await?) }).await;
        assert!((90..=100).contains(&kept.unwrap()), "{kept:?}");
        let page = |name: &str| timelines::tag(&near.world.app, None, TagNames { name: name.into(), ..TagNames::default() }, PublicFilter::default(), Page::first(20));
        for name in ["cats", "CATS", "many0"] {
            assert_eq!(page(name).await.unwrap(), [id], "{name}");
        }
        assert!(page("123").await.unwrap().is_empty() && page("many499").await.unwrap().is_empty());
        let shown = near.shown(id).await;
        let cats: Vec<&str> = shown.carried.tags.iter().map(|tag| tag.name.as_str()).filter(|name| name.eq_ignore_ascii_case("cats")).collect();
        assert_eq!(cats.len(), 1);
    }

    async fn a_known_status_is_found_by_its_address_without_asking_its_server(near: Neighbours) {
        let id = near.posts("/n/1/", json!({})).await;
        let asked = near.others.asked().len();
        let found = crate::federation::lookup::address(&near.world.app, &near.bob.at("/n/1/"), &Budget::default()).await;
        assert_eq!((found, near.others.asked().len()), (Ok(resolve::Found::Status(id)), asked));
    }

    async fn a_status_sent_again_never_reaches_more_people(near: Neighbours) {
        let carol = near.uri(&near.carol());
        let id = near.posts("/n/1", json!({ "to": [near.bob.followers()], "cc": [] })).await;
        assert!(!near.carol().can_see(id).await);
        let wider = near.note("/n/1", json!({ "to": [PUBLIC, carol] }));
        near.does(&near.bob, near.bob.activity("Create", "/again", wider.clone())).await;
        assert!(!near.carol().can_see(id).await);
        assert_eq!(near.status(id).await.visibility(), Visibility::Private);
        // Its author sends it to another person's own inbox: that one sees it, silently.
        assert_eq!(near.arrives_for(&near.bob, near.bob.activity("Create", "/again", wider), Some(&near.carol())).await, Verdict::Done);
        assert!(near.carol().can_see(id).await && near.carol().notifications().await.is_empty());
        assert_eq!(near.mentions(id).await, [(near.carol().account, true)]);
        // Another actor cannot say what it is.
        let eve = near.others.person("a", "eve");
        let mut stolen = near.note("/n/1", json!({}));
        stolen["attributedTo"] = eve.uri.clone().into();
        near.drops(&eve, eve.activity("Create", "/steal", stolen)).await;
        let mallory = near.others.person("c", "mallory");
        near.drops(&mallory, mallory.activity("Create", "/forge", near.note("/n/9", json!({})))).await;
        assert_eq!(near.statuses().await, 1);
    }

    async fn mentions_are_found_where_they_live_and_later_if_their_server_is_down(near: Neighbours) {
        let dave = near.others.person("b", "dave");
        let (slow, page) = (near.others.url("d", "/users/eve"), near.others.url("a", "/@bob"));
        near.others.serves(&slow, Answer::status(503));
        let id = near.posts("/n/1", json!({ "tag": [
            { "type": "Mention", "href": dave.uri, "name": "@dave" },
            { "type": "Mention", "href": slow, "name": "@eve" },
            { "type": "Mention", "href": near.others.url("b", "/nobody"), "name": "@nobody" },
            { "type": "Mention", "name": format!("@alice@{}", near.world.app.urls().account_domain) },
            { "type": "Mention", "href": page },
            { "type": "Mention" },
        ] })).await;
        let dave = near.knows(&dave).await.id;
        let named: Vec<AccountId> = near.mentions(id).await.into_iter().map(|(account, _)| account).collect();
        assert!(named.contains(&dave) && named.contains(&near.alice().account), "{named:?}");
        assert_eq!(named.len(), 2);
        assert!(near.alice().notifications().await.is_empty(), "who is named and not addressed is not told");
        let eve = near.others.person("d", "eve");
        near.world.advance(HOUR_MS);
        near.world.drain_jobs().await;
        let eve = near.knows(&eve).await.id;
        assert!(near.mentions(id).await.contains(&(eve, false)));
    }

    async fn an_answer_to_what_is_not_known_waits_for_it_outside_of_feeds(near: Neighbours) {
        let dave = near.others.person("b", "dave");
        let carol = near.uri(&near.carol());
        let (top, parent) = (dave.note("/n/1", "<p>top</p>"), dave.at("/n/2"));
        let mut middle = dave.note("/n/2", "<p>middle</p>");
        middle["inReplyTo"] = dave.at("/n/1").into();
        near.others.serves(&parent, Answer::status(503));
        let id = near.posts("/n/3", json!({ "inReplyTo": parent, "cc": [carol], "tag": { "type": "Mention", "href": carol } })).await;
        assert!(near.alice().home().await.is_empty() && near.public().await.is_empty());
        assert_eq!(near.carol().notifications().await.len(), 1);
        near.others.serves(&parent, Answer::activity(&middle));
        near.others.serves(&dave.at("/n/1"), Answer::activity(&top));
        near.world.advance(HOUR_MS);
        near.world.drain_jobs().await;
        let (parent, top) = (near.found(&dave.at("/n/2")).await.unwrap(), near.found(&dave.at("/n/1")).await.unwrap());
        assert_eq!((near.status(id).await.in_reply_to_id, near.status(parent).await.in_reply_to_id), (Some(parent), Some(top)));
        assert_eq!((near.status(parent).await.replies_count, near.status(top).await.replies_count), (1, 1));
        assert_eq!(near.carol().notifications().await.len(), 1, "nobody is told twice");
    }

    async fn an_address_of_ours_in_their_documents_is_looked_up_and_never_fetched(near: Neighbours) {
        let own = near.carol().posts("mine").await;
        let uri = near.status_uri(&near.carol(), own);
        let id = near.posts("/n/1", json!({ "inReplyTo": uri.replace("here.test", "HERE.test:443") })).await;
        assert_eq!(near.status(id).await.in_reply_to_id, Some(own));
        let missing = near.posts("/n/2", json!({ "inReplyTo": near.status_uri(&near.carol(), StatusId(7)) })).await;
        assert_eq!(near.status(missing).await.in_reply_to_id, None);
        let mut forged = near.note("/n/3", json!({}));
        forged["attributedTo"] = near.uri(&near.carol()).into();
        near.drops(&near.bob, near.bob.activity("Create", "/f", forged.clone())).await;
        forged["id"] = uri.into();
        near.drops(&near.bob, near.bob.activity("Create", "/g", forged)).await;
        assert!(near.others.fetched().iter().all(|url| !url.contains("here.test")));
    }

    async fn an_object_that_is_only_named_is_fetched_from_the_actors_server_alone(near: Neighbours) {
        near.others.serves(&near.bob.at("/n/1"), Answer::activity(&near.note("/n/1", json!({}))));
        near.does(&near.bob, near.bob.activity("Create", "/c/1", near.bob.at("/n/1"))).await;
        assert!(near.found(&near.bob.at("/n/1")).await.is_some());
        near.others.serves(&near.bob.at("/n/2"), Answer::activity(&near.note("/n/2", json!({}))));
        near.does(&near.bob, near.bob.activity("Create", "/c/2", format!("bear:?t=secret&u={}", near.bob.at("/n/2")))).await;
        let asked = near.others.asked();
        let second = asked.iter().find(|asked| asked.url == near.bob.at("/n/2")).unwrap();
        assert_eq!(second.headers["authorization"], "Bearer secret");
        assert_eq!(near.status(near.found(&near.bob.at("/n/2")).await.unwrap()).await.uri, near.bob.at("/n/2"));
        near.others.forgets();
        near.drops(&near.bob, near.bob.activity("Create", "/c/3", near.others.url("b", "/n/3"))).await;
        assert!(near.others.fetched().is_empty());
    }

    async fn times_that_cannot_be_are_now_and_old_statuses_are_no_news(near: Neighbours) {
        let now = near.world.now();
        let never = near.posts("/n/1", json!({ "published": "10000-01-01T00:00:00Z" })).await;
        let future = near.posts("/n/2", json!({ "published": "2030-01-01T00:00:00Z" })).await;
        assert_eq!((near.status(never).await.created_at, near.status(future).await.created_at), (now, now));
        let carol = near.uri(&near.carol());
        let old = near.posts("/n/3", json!({ "published": "2025-12-01T00:00:00Z", "to": [PUBLIC, carol], "tag": { "type": "Mention", "href": carol } })).await;
        assert!(old.0 < never.0, "ids are in the order of time");
        assert!(!near.alice().home().await.contains(&old) && near.carol().notifications().await.is_empty());
        assert!(near.public().await.contains(&old));
    }

    async fn kinds_that_are_no_notes_are_shown_as_statuses(near: Neighbours) {
        let url = near.others.url("a", "/w/1");
        let video = near.posts("/v/1", json!({
            "type": "Video", "name": "A <film>", "mediaType": "text/markdown", "content": "**x** <b>", "url": [{ "mediaType": "text/html", "href": url }],
            "attributedTo": [{ "type": "Person", "id": near.bob.uri }, { "type": "Group", "id": near.others.url("a", "/c/1") }],
            "tag": { "type": "Hashtag", "name": "music" },
        })).await;
        let content = near.status(video).await.content;
        assert!(content.starts_with("<p><strong>A &lt;film&gt;</strong></p>") && content.contains(&format!("href=\"{url}\"")), "{content}");
        assert!(!content.contains("**x**"));
        let article = near.posts("/a/1", json!({ "type": "Article", "name": "Title", "content": "<h2>Part</h2><p>Body</p><script>x</script>", "summary": "short" })).await;
        let shown = near.status(article).await;
        assert!(shown.content.starts_with("<p><strong>Title</strong></p><p><strong>Part</strong></p><p>Body</p><p><a"), "{}", shown.content);
        assert_eq!(shown.spoiler_text, "");
        let page = near.posts("/p/1", json!({ "type": "Page", "name": "Story", "content": "<p>look</p>", "attachment": [{ "type": "Link", "href": "https://news.test/story" }] })).await;
        assert!(near.status(page).await.content.contains("https://news.test/story"));
        let event = near.posts("/e/1", json!({ "type": "Event", "name": "Party", "content": "<p>long</p>", "summary": "<p>at <b>eight</b></p>" })).await;
        assert!(near.status(event).await.content.contains("<p>at <b>eight</b></p>"));
        let markdown = near.posts("/m/1", json!({ "mediaType": "text/markdown", "content": "1 < 2 <b>" })).await;
        assert_eq!(near.status(markdown).await.content, "<p>1 &lt; 2 &lt;b&gt;</p>");
    }

    async fn sounds_and_films_are_shown_by_title_with_a_link_to_the_page_that_plays_them(near: Neighbours) {
        let page = near.others.url("a", "/listen/1");
        let id = near.posts("/s/1", json!({
            "type": "Audio", "name": "A song", "duration": "PT185S", "tag": [{ "type": "Hashtag", "name": "#music" }],
            "url": [{ "type": "Link", "mediaType": "audio/mpeg", "href": near.others.url("a", "/1.mp3") }, { "type": "Link", "mediaType": "text/html", "href": page }],
        })).await;
        let shown = near.shown(id).await;
        assert_eq!(shown.url.as_deref(), Some(page.as_str()));
        let content = shown.content.clone().unwrap();
        assert!(content.starts_with("<p><strong>A song</strong></p>") && content.contains(&format!("href=\"{page}\"")), "{content}");
        assert!(!content.contains(".mp3"), "{content}");
        assert_eq!(shown.carried.tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["music"]);
        // The page comes first, its files in many sizes below it; whoever uploaded it before the channel it is in.
        let page = near.others.url("a", "/w/2");
        let film = near.posts("/v/2", json!({
            "type": "Video", "name": "Film", "mediaType": "text/markdown", "content": "See [here](https://x.test)\n\n* one", "duration": "PT2S",
            "sensitive": true, "summary": "loud", "icon": [{ "type": "Image", "url": near.others.url("a", "/2.jpg"), "width": 280 }],
            "url": [
                { "type": "Link", "mediaType": "text/html", "href": page },
                { "type": "Link", "mediaType": "application/x-mpegURL", "href": near.others.url("a", "/2.m3u8"), "tag": [
                    { "type": "Link", "mediaType": "video/mp4", "href": near.others.url("a", "/2-1080.mp4"), "height": 1080 },
                ] },
            ],
            "attributedTo": [{ "type": "Person", "id": near.bob.uri }, { "type": "Group", "id": near.others.url("a", "/channel") }],
        })).await;
        let shown = near.shown(film).await;
        assert_eq!((shown.account.acct.clone(), shown.sensitive, shown.url.as_deref()), (format!("bob@{}", near.bob.domain), true, Some(page.as_str())));
        let content = shown.content.clone().unwrap();
        assert!(content.contains(&format!("href=\"{page}\"")) && !content.contains("x.test)") && !content.contains(".mp4"), "{content}");
    }

    async fn attachments_and_polls_are_rows(near: Neighbours) {
        let id = near.posts("/n/1", json!({ "attachment": [
            { "type": "Document", "mediaType": "image/png", "url": near.others.url("a", "/1.png"), "summary": "alt", "focalPoint": [0.5, -0.5], "icon": near.others.url("a", "/1s.png") },
            { "type": "Video", "mediaType": "video/mp4", "url": near.others.url("a", "/2.mp4") },
            { "type": "Document", "name": "none" },
        ] })).await;
        let rows = near.world.read(move |r| async move { Ok(remote_statuses::list_attachments(&r, id).await?) }).await;
        assert_eq!(rows.iter().map(|row| (row.kind, row.remote_url.clone())).collect::<Vec<_>>(), [(0, near.others.url("a", "/1.png")), (2, near.others.url("a", "/2.mp4"))]);
        assert_eq!((rows[0].description.as_deref(), rows[0].focus_x, rows[0].thumbnail_remote_url.clone()), (Some("alt"), Some(500_000), near.others.url("a", "/1s.png")));
        let question = near.posts("/q/1", json!({
            "type": "Question", "oneOf": [{ "name": "yes", "replies": { "totalItems": 2 } }, { "content": "no", "replies": { "totalItems": 1 } }],
            "votersCount": 3, "endTime": "2026-01-02T12:00:00Z",
        })).await;
        let poll = near.shown(question).await.poll.unwrap();
        assert_eq!((poll.votes_count, poll.voters_count, poll.expired), (3, Some(3), false));
        assert_eq!(poll.options.iter().map(|option| (option.title.as_str(), option.votes_count)).collect::<Vec<_>>(), [("yes", Some(2)), ("no", Some(1))]);
        let closed = near.posts("/q/2", json!({ "type": "Question", "anyOf": [{ "name": "x" }], "closed": true })).await;
        assert!(near.shown(closed).await.poll.unwrap().expired);
    }

    async fn votes_are_counted_and_never_shown_as_answers(near: Neighbours) {
        let many = |multiple| move |draft: &mut crate::statuses::post::Draft| {
            draft.poll = Some(PollDraft { options: vec!["a".into(), "b".into()], expires_in: Some(3600), multiple, hide_totals: false });
        };
        let (one, any) = (near.carol().posts_with("?", many(false)).await, near.carol().posts_with("?", many(true)).await);
        let (to_one, to_any) = (near.status_uri(&near.carol(), one), near.status_uri(&near.carol(), any));
        let carol = near.uri(&near.carol());
        let vote = |path: &str, to: &str, name: &str, content: Value| {
            json!({ "id": near.bob.at(path), "type": "Note", "attributedTo": near.bob.uri, "to": carol, "name": name, "inReplyTo": to, "content": content })
        };
        near.does(&near.bob, near.bob.activity("Create", "/c/1", vote("/v/1", &to_one, "a", json!("<p>a</p>")))).await;
        near.drops(&near.bob, near.bob.activity("Create", "/c/2", vote("/v/2", &to_one, "b", Value::Null))).await;
        near.drops(&near.bob, near.bob.activity("Create", "/c/3", vote("/v/3", &to_one, "neither", Value::Null))).await;
        near.does(&near.bob, near.bob.activity("Create", "/c/4", json!([vote("/v/4", &to_any, "a", Value::Null), vote("/v/5", &to_any, "b", Value::Null)]))).await;
        near.drops(&near.bob, near.bob.activity("Create", "/c/5", json!([vote("/v/6", &to_any, "a", Value::Null), near.note("/n/1", json!({}))]))).await;
        let dave = near.others.person("b", "dave");
        near.knows(&dave).await;
        near.world.advance(2 * HOUR_MS);
        let mut late = vote("/v/7", &to_any, "a", Value::Null);
        late["id"] = dave.at("/v/7").into();
        late["attributedTo"] = dave.uri.clone().into();
        near.drops(&dave, dave.activity("Create", "/c/7", late)).await;
        for (status, counts) in [(one, [1, 0]), (any, [1, 1])] {
            let poll = near.status(status).await.poll_id.unwrap();
            let options = near.world.read(move |r| async move { Ok(polls::list_options(&r, &[poll]).await?) }).await;
            assert_eq!(options.iter().map(|option| option.votes_count).collect::<Vec<_>>(), counts);
            assert_eq!(near.status(status).await.replies_count, 0);
        }
        assert_eq!(near.statuses().await, 0);
        assert!(near.carol().notifications().await.iter().all(|told| !told.contains("mention")));
    }

    async fn ids_are_kept_to_the_letter(near: Neighbours) {
        for path in ["/post/1/", "/?p=42", "/a%2Fb", "/UPPER"] {
            let id = near.posts(path, json!({ "url": null })).await;
            let shown = near.shown(id).await;
            assert_eq!((shown.uri.as_str(), shown.url.as_deref()), (near.bob.at(path).as_str(), Some(near.bob.at(path).as_str())));
        }
        assert_eq!(near.statuses().await, 4);
    }

    async fn what_is_done_later_with_an_id_reaches_its_status_to_the_letter(near: Neighbours) {
        let dave = near.others.person("b", "dave");
        near.follows(&near.alice(), &dave).await;
        for (number, path) in ["/post/1/", "/?p=42", "/a%2Fb", "/UPPER"].into_iter().enumerate() {
            let (id, uri) = (near.posts(path, json!({})).await, near.bob.at(path));
            near.others.forgets();
            near.carol().favourites(id).await;
            near.world.drain_jobs().await;
            let liked = near.others.delivered(&near.bob.inbox());
            assert_eq!(liked.iter().map(|liked| (&liked["type"], &liked["object"])).collect::<Vec<_>>(), [(&json!("Like"), &json!(uri))]);
            near.does(&dave, dave.activity("Announce", &format!("/boost/{number}"), uri.as_str())).await;
            let mut answer = dave.note(&format!("/answer/{number}"), "<p>y</p>");
            answer["inReplyTo"] = json!(uri);
            near.does(&dave, dave.activity("Create", &format!("/c/{number}"), answer)).await;
            assert!(!near.others.fetched().contains(&uri), "it is known by its id");
            let status = near.status(id).await;
            assert_eq!((status.favourites_count, status.reblogs_count, status.replies_count), (1, 1, 1), "{uri}");
        }
        // What is written otherwise is something else.
        for path in ["/post/1", "/?p=4", "/a/b", "/upper"] {
            near.arrives(&near.bob, near.bob.activity("Delete", "/d", near.bob.at(path))).await;
        }
        for path in ["/post/1/", "/?p=42", "/a%2Fb", "/UPPER"] {
            assert!(near.found(&near.bob.at(path)).await.is_some(), "{path}");
            near.does(&near.bob, near.bob.activity("Delete", "/d", near.bob.at(path))).await;
            assert!(near.found(&near.bob.at(path)).await.is_none(), "{path}");
        }
    }

    async fn long_threads_and_many_names_cost_a_bounded_number_of_requests(near: Neighbours) {
        // Each note answers another one.
        for number in 0..30 {
            let mut note = near.note(&format!("/t/{number}"), json!({}));
            note["inReplyTo"] = near.bob.at(&format!("/t/{}", number + 1)).into();
            near.others.serves(&near.bob.at(&format!("/t/{number}")), Answer::activity(&note));
        }
        let mentions: Vec<Value> = (0..500).map(|number| json!({ "type": "Mention", "href": near.others.url(&format!("h{number}.evil"), "/u") })).collect();
        near.others.forgets();
        let id = near.posts("/n/1", json!({ "tag": mentions, "inReplyTo": near.bob.at("/t/0") })).await;
        assert!(near.mentions(id).await.is_empty());
        let fetched = near.others.fetched();
        let of_mentions = fetched.iter().filter(|url| url.contains("evil")).count();
        assert!(of_mentions <= 20, "{of_mentions} servers were asked");
        assert!(fetched.len() - of_mentions <= 31 + 10, "{} documents were fetched", fetched.len());
        assert!(near.found(&near.bob.at("/t/29")).await.is_some());
    }

    async fn a_poll_of_theirs_is_asked_about_again_when_somebody_looks(near: Neighbours) {
        let question = |votes: i64| near.note("/q/1", json!({
            "type": "Question", "oneOf": [{ "name": "a", "replies": { "totalItems": votes } }, { "name": "b" }], "endTime": "2026-01-03T12:00:00Z",
        }));
        let id = near.posts("/q/1", question(1)).await;
        let poll = near.status(id).await.poll_id.unwrap();
        near.others.serves(&near.bob.at("/q/1"), Answer::activity(&question(5)));
        near.others.forgets();
        let look = async || {
            crate::statuses::poll::show(&near.world.app, Some(near.alice().account), poll).await.unwrap();
            near.world.drain_jobs().await;
        };
        look().await;
        assert!(near.others.fetched().is_empty(), "what is fresh is not asked for");
        near.world.advance(HOUR_MS);
        look().await;
        look().await;
        assert_eq!(near.others.fetched(), [near.bob.at("/q/1")]);
        assert_eq!(near.shown(id).await.poll.unwrap().votes_count, 5);
        assert_eq!(near.shown(id).await.edited_at, None);
        near.world.advance(DAY_MS);
    }
}

impl Neighbours {
    /// The address of a status of somebody here.
    pub fn status_uri(&self, author: &Person, id: StatusId) -> String {
        self.world.app.urls().status_uri(author.account, id)
    }
}
