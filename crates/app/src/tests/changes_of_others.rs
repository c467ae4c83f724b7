//! What other servers change, take back, pass on and pin.

use serde_json::{Value, json};
use store::accounts;
use store::statuses::Visibility;
use store::{AccountId, StatusId, args, edits, polls, sql};
use wire::activity::PUBLIC;

use super::statuses_of_others::Neighbours;
use crate::federation::budget::Budget;
use crate::federation::incoming::Verdict;
use crate::stories;
use crate::testing::{Answer, DAY_MS, HOUR_MS, RemotePerson};

impl Neighbours {
    /// Bob says what is so now.
    async fn updates(&self, path: &str, properties: Value) -> Verdict {
        let note = self.note(path, properties);
        self.arrives(&self.bob, self.bob.activity("Update", "/update", note)).await
    }

    async fn revisions(&self, id: StatusId) -> Vec<String> {
        let all = self.world.read(move |r| async move { Ok(edits::list(&r, id, 100).await?) }).await;
        all.into_iter().map(|edit| edit.content).collect()
    }

    async fn pinned(&self, account: AccountId) -> Vec<StatusId> {
        self.world
            .read(move |r| async move { Ok(r.column(sql!("SELECT status_id FROM status_pins WHERE account_id = $1 ORDER BY id"), args![account]).await?) })
            .await
    }

    /// Somebody on another host who is a group that alice follows.
    async fn group(&self) -> RemotePerson {
        let group = self.others.person("l", "rust");
        let mut actor = group.actor();
        actor["type"] = "Group".into();
        self.others.serves(&group.uri, Answer::activity(&actor));
        self.follows(&self.alice(), &group).await;
        group
    }
}

stories! {
    async fn a_newer_version_is_an_edit_and_an_older_one_is_nothing(near: Neighbours) {
        let id = near.posts("/n/1", json!({ "attachment": { "type": "Image", "url": near.others.url("a", "/1.png") } })).await;
        near.carol().reblogs(id).await;
        let first = json!({ "content": "<p>second<script></script></p>", "updated": "2026-01-01T13:00:00Z", "summary": "cw" });
        near.world.advance(2 * HOUR_MS);
        assert_eq!(near.updates("/n/1", first.clone()).await, Verdict::Done);
        let shown = near.shown(id).await;
        assert_eq!((shown.content.as_deref(), shown.carried.spoiler_text.as_str()), (Some("<p>second</p>"), "cw"));
        assert_eq!(shown.edited_at.map(|at| at.0), Some(1_767_272_400_000));
        assert_eq!(near.revisions(id).await, ["<p>hello</p>", "<p>second</p>"]);
        assert!(shown.carried.media_attachments.is_empty());
        assert_eq!(near.carol().notifications().await, [format!("update from bob@{}", near.bob.domain)]);
        assert!(matches!(near.updates("/n/1", json!({ "content": "old", "updated": "2026-01-01T12:30:00Z" })).await, Verdict::Dropped(_)));
        assert_eq!(near.updates("/n/1", first).await, Verdict::Done);
        assert!(matches!(near.updates("/n/1", json!({ "content": "no date" })).await, Verdict::Dropped(_)));
        assert_eq!(near.shown(id).await.content.as_deref(), Some("<p>second</p>"));
        assert_eq!(near.revisions(id).await.len(), 2);
    }

    async fn new_names_hashtags_and_languages_alone_are_no_edit(near: Neighbours) {
        let id = near.posts("/n/1", json!({ "tag": [{ "type": "Hashtag", "name": "#cats" }], "contentMap": { "de": "<p>hello</p>" } })).await;
        let carol = near.uri(&near.carol());
        let changed = json!({
            "updated": "2026-01-01T13:00:00Z", "contentMap": { "fr": "<p>hello</p>" },
            "cc": [near.bob.followers(), carol],
            "tag": [{ "type": "Hashtag", "name": "#dogs" }, { "type": "Mention", "href": carol, "name": "@carol" }],
        });
        near.world.advance(2 * HOUR_MS);
        assert_eq!(near.updates("/n/1", changed).await, Verdict::Done);
        let shown = near.shown(id).await;
        assert_eq!((shown.carried.language.as_deref(), shown.edited_at, near.revisions(id).await.len()), (Some("fr"), None, 0));
        assert_eq!(shown.carried.tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["dogs"]);
        assert_eq!(shown.carried.mentions.iter().map(|mention| mention.username.as_str()).collect::<Vec<_>>(), ["carol"]);
        assert_eq!(near.carol().notifications().await, [format!("mention from bob@{}", near.bob.domain)]);
    }

    async fn an_edit_neither_widens_nor_revokes_who_may_see_a_status(near: Neighbours) {
        let carol = near.uri(&near.carol());
        let mention = json!({ "type": "Mention", "href": carol });
        let id = near.posts("/n/1", json!({ "to": [carol], "cc": [], "tag": mention })).await;
        near.world.advance(HOUR_MS);
        near.updates("/n/1", json!({ "to": [PUBLIC], "content": "<p>x</p>", "updated": "2026-01-01T12:30:00Z" })).await;
        assert_eq!(near.status(id).await.visibility(), Visibility::Direct);
        assert_eq!(near.mentions(id).await, [(near.carol().account, true)]);
        assert!(near.carol().can_see(id).await && !near.alice().can_see(id).await);
        assert!(near.shown(id).await.carried.mentions.is_empty());
        // Nobody else edits it, not on the same server either.
        let eve = near.others.person("a", "eve");
        let mut note = near.note("/n/1", json!({ "content": "mine", "updated": "2026-01-01T12:40:00Z" }));
        near.drops(&eve, eve.activity("Update", "/u", note.clone())).await;
        note["attributedTo"] = eve.uri.clone().into();
        near.drops(&eve, eve.activity("Update", "/u", note)).await;
        assert_eq!(near.status(id).await.content, "<p>x</p>");
    }

    async fn an_edit_of_what_is_not_known_makes_it_if_it_is_new(near: Neighbours) {
        near.world.advance(HOUR_MS);
        assert_eq!(near.updates("/n/1", json!({ "updated": "2026-01-01T12:30:00Z" })).await, Verdict::Done);
        let id = near.found(&near.bob.at("/n/1")).await.unwrap();
        assert!(near.shown(id).await.edited_at.is_some());
        assert!(matches!(near.updates("/n/2", json!({ "published": "2025-12-30T12:00:00Z", "updated": "2026-01-01T12:30:00Z" })).await, Verdict::Dropped(_)));
        assert_eq!(near.statuses().await, 1);
    }

    async fn new_counts_are_no_edit_and_new_options_void_the_votes(near: Neighbours) {
        let question = |options: [(&str, i64); 2], updated: Option<&str>| json!({
            "type": "Question", "endTime": "2026-01-03T12:00:00Z", "updated": updated,
            "oneOf": options.map(|(name, votes)| json!({ "name": name, "replies": { "totalItems": votes } })),
        });
        let id = near.posts("/q/1", question([("a", 0), ("b", 0)], None)).await;
        let poll = near.status(id).await.poll_id.unwrap();
        crate::statuses::poll::vote(&near.world.app, &near.alice().viewer().await, poll, vec![0]).await.unwrap();
        near.updates("/q/1", question([("a", 4), ("b", 1)], None)).await;
        let shown = near.shown(id).await;
        let counted = shown.poll.clone().unwrap();
        assert_eq!((counted.votes_count, counted.own_votes, shown.edited_at), (5, Some(vec![0]), None));
        near.updates("/q/1", question([("x", 9), ("y", 9)], None)).await;
        assert_eq!(near.shown(id).await.poll.unwrap().votes_count, 5, "other options are an edit, and that has a date");
        near.world.advance(HOUR_MS);
        near.updates("/q/1", question([("a", 1), ("c", 0)], Some("2026-01-01T12:30:00Z"))).await;
        let shown = near.shown(id).await;
        assert_eq!((shown.poll.clone().unwrap().own_votes, shown.edited_at.is_some()), (Some(vec![]), true));
        let votes = near.world.read(move |r| async move { Ok(polls::list_local_voters(&r, poll, AccountId(0), 9).await?) }).await;
        assert!(votes.is_empty());
    }

    async fn a_status_is_deleted_in_each_way_of_saying_so(near: Neighbours) {
        let forms: [fn(&str) -> Value; 4] = [
            |uri| json!(uri),
            |uri| json!({ "type": "Tombstone", "id": uri }),
            |uri| json!({ "type": "Note", "id": uri, "content": "x" }),
            |uri| json!({ "type": "Tombstone", "atomUri": uri }),
        ];
        for (number, form) in forms.into_iter().enumerate() {
            let path = format!("/n/{number}");
            let id = near.posts(&path, json!({})).await;
            let mut activity = near.bob.activity("Delete", "/d", form(&near.bob.at(&path)));
            if number % 2 == 0 {
                activity.as_object_mut().unwrap().remove("id");
            }
            near.does(&near.bob, activity).await;
            assert!(!near.alice().can_see(id).await && near.alice().home().await.is_empty());
            near.drops(&near.bob, near.bob.activity("Create", "/again", near.note(&path, json!({})))).await;
        }
        assert_eq!((near.statuses().await, near.knows(&near.bob).await.statuses_count), (0, 0));
        // Another actor of the same server takes nothing away.
        let id = near.posts("/n/9", json!({})).await;
        let eve = near.others.person("a", "eve");
        near.drops(&eve, eve.activity("Delete", "/d", near.bob.at("/n/9"))).await;
        assert!(near.alice().can_see(id).await);
        let mallory = near.others.person("c", "mallory");
        near.drops(&mallory, mallory.activity("Delete", "/d", near.bob.at("/n/9"))).await;
        assert!(near.alice().can_see(id).await);
    }

    async fn what_was_deleted_before_it_came_does_not_come(near: Neighbours) {
        near.does(&near.bob, near.bob.activity("Delete", "/d", near.bob.at("/n/1"))).await;
        near.others.forgets();
        near.drops(&near.bob, near.bob.activity("Create", "/c", near.note("/n/1", json!({})))).await;
        assert!(near.others.fetched().is_empty());
        // Much later it may be restored: its server has it.
        near.world.advance(7 * HOUR_MS);
        near.drops(&near.bob, near.bob.activity("Create", "/c", near.note("/n/1", json!({})))).await;
        near.others.serves(&near.bob.at("/n/1"), Answer::activity(&near.note("/n/1", json!({}))));
        near.does(&near.bob, near.bob.activity("Create", "/c", near.note("/n/1", json!({})))).await;
        assert!(near.found(&near.bob.at("/n/1")).await.is_some());
    }

    async fn a_status_and_its_deletion_at_once_leave_nothing(near: Neighbours) {
        for number in 0..100 {
            let path = format!("/n/{number}");
            let create = near.arrives(&near.bob, near.bob.activity("Create", "/c", near.note(&path, json!({}))));
            let delete = near.arrives(&near.bob, near.bob.activity("Delete", "/d", near.bob.at(&path)));
            tokio::join!(create, delete);
        }
        assert_eq!(near.statuses().await, 0);
    }

    async fn an_account_that_ends_goes_with_what_it_posted(near: Neighbours) {
        let id = near.posts("/n/1", json!({})).await;
        let bob = near.knows(&near.bob).await.id;
        near.does(&near.bob, near.bob.activity("Delete", "/d", near.bob.uri.clone())).await;
        assert!(!near.alice().can_see(id).await);
        near.world.drain_removal().await;
        assert!(near.world.read(move |r| async move { Ok(accounts::find(&r, bob).await?) }).await.is_none());
        assert_eq!(near.statuses().await, 0);
    }

    async fn nobody_ends_an_account_but_itself_in_each_way_of_saying_so(near: Neighbours) {
        let eve = near.others.person("a", "eve");
        let (bob, forms) = (near.knows(&near.bob).await.id, |uri: &str| [json!(uri), json!({ "type": "Person", "id": uri }), json!({ "type": "Tombstone", "id": uri, "formerType": "Person" })]);
        for form in forms(&near.bob.uri) {
            near.arrives(&eve, eve.activity("Delete", "/d", form)).await;
            near.world.drain_removal().await;
            assert!(near.world.read(move |r| async move { Ok(accounts::find(&r, bob).await?) }).await.is_some_and(|bob| bob.suspended_at.is_none()));
        }
        for (number, form) in forms("").into_iter().enumerate() {
            let person = near.others.person("b", &format!("p{number}"));
            let account = near.knows(&person).await.id;
            let form = if form.is_string() { json!(person.uri) } else { let mut form = form; form["id"] = json!(person.uri); form };
            near.does(&person, person.activity("Delete", "/d", form)).await;
            near.world.drain_removal().await;
            assert!(near.world.read(move |r| async move { Ok(accounts::find(&r, account).await?) }).await.is_none());
        }
    }

    async fn a_reblog_brings_its_original_along(near: Neighbours) {
        let dave = near.others.person("b", "dave");
        near.others.serves(&dave.at("/n/1"), Answer::activity(&dave.note("/n/1", "<p>x</p>")));
        let mut boost = near.bob.activity("Announce", "/b/1", dave.at("/n/1"));
        boost["to"] = PUBLIC.into();
        near.does(&near.bob, boost.clone()).await;
        near.does(&near.bob, boost).await;
        near.does(&near.bob, near.bob.activity("Announce", "/b/2", dave.at("/n/1"))).await;
        let original = near.found(&dave.at("/n/1")).await.unwrap();
        assert_eq!((near.statuses().await, near.status(original).await.reblogs_count), (2, 1));
        let home = near.alice().home().await;
        assert_eq!(near.shown(home[0]).await.reblog.unwrap().uri, dave.at("/n/1"));
        // Ours: its author hears of it. By somebody nobody follows, too.
        let own = near.carol().posts("mine").await;
        near.does(&dave, dave.activity("Announce", "/b/3", near.status_uri(&near.carol(), own))).await;
        assert_eq!(near.carol().notifications().await, [format!("reblog from dave@{}", dave.domain)]);
        near.others.serves(&dave.at("/n/2"), Answer::activity(&dave.note("/n/2", "<p>x</p>")));
        near.others.forgets();
        near.drops(&dave, dave.activity("Announce", "/b/4", dave.at("/n/2"))).await;
        assert!(near.others.fetched().is_empty(), "nobody follows dave");
    }

    async fn private_statuses_are_passed_on_by_their_authors_to_their_followers_alone(near: Neighbours) {
        let private = near.note("/n/1", json!({ "to": [near.bob.followers()], "cc": [] }));
        let mut boost = near.bob.activity("Announce", "/b/1", private.clone());
        boost["to"] = json!([near.bob.followers()]);
        near.does(&near.bob, boost).await;
        let wrapper = near.found(&near.bob.at("/b/1")).await.unwrap();
        assert_eq!(near.shown(wrapper).await.reblog.unwrap().uri, near.bob.at("/n/1"));
        assert!(near.alice().can_see(wrapper).await && !near.carol().can_see(wrapper).await);
        assert_eq!(near.status(wrapper).await.visibility(), Visibility::Private);
        let dave = near.others.person("b", "dave");
        near.follows(&near.alice(), &dave).await;
        near.drops(&dave, dave.activity("Announce", "/b/1", near.bob.at("/n/1"))).await;
        let own = near.carol().posts_as("secret", "private").await;
        near.drops(&dave, dave.activity("Announce", "/b/2", near.status_uri(&near.carol(), own))).await;
        // What is inline of another server is asked for there.
        let forged = json!({ "id": near.bob.at("/n/7"), "type": "Note", "attributedTo": near.bob.uri, "to": PUBLIC, "content": "forged" });
        near.drops(&dave, dave.activity("Announce", "/b/3", forged.clone())).await;
        near.others.serves(&near.bob.at("/n/7"), Answer::activity(&near.note("/n/7", json!({ "content": "<p>true</p>" }))));
        near.does(&dave, dave.activity("Announce", "/b/3", forged)).await;
        assert_eq!(near.status(near.found(&near.bob.at("/n/7")).await.unwrap()).await.content, "<p>true</p>");
        // Nothing of a suspended author, whoever passes it on.
        let bob = near.knows(&near.bob).await.id;
        near.world.write(move |tx| async move { Ok(accounts::suspend(&tx, bob).await?) }).await;
        near.drops(&dave, dave.activity("Announce", "/b/4", near.bob.at("/n/7"))).await;
    }

    async fn a_reblog_without_an_id_or_of_what_is_not_for_everybody_is_none(near: Neighbours) {
        let dave = near.others.person("b", "dave");
        near.knows(&dave).await;
        near.others.serves(&dave.at("/n/1"), Answer::activity(&dave.note("/n/1", "<p>x</p>")));
        near.others.forgets();
        let mut nameless = near.bob.activity("Announce", "/b/1", dave.at("/n/1"));
        nameless.as_object_mut().unwrap().remove("id");
        near.drops(&near.bob, nameless).await;
        assert!(near.others.fetched().is_empty(), "it is not asked for");
        let mut private = dave.note("/n/2", "<p>secret</p>");
        (private["to"], private["cc"]) = (json!([dave.followers()]), json!([]));
        near.others.serves(&dave.at("/n/2"), Answer::activity(&private));
        near.drops(&near.bob, near.bob.activity("Announce", "/b/2", dave.at("/n/2"))).await;
        near.drops(&near.bob, near.bob.activity("Announce", "/b/3", dave.at("/n/3"))).await;
        // Nor of a reblog.
        near.does(&near.bob, near.bob.activity("Announce", "/b/4", dave.at("/n/1"))).await;
        near.drops(&near.bob, near.bob.activity("Announce", "/b/5", near.bob.at("/b/4"))).await;
        assert_eq!(near.alice().home().await.len(), 1);
        let original = near.found(&dave.at("/n/1")).await.unwrap();
        assert_eq!(near.status(original).await.reblogs_count, 1);
        if let Some(kept) = near.found(&dave.at("/n/2")).await {
            assert!(!near.alice().can_see(kept).await && !near.carol().can_see(kept).await);
        }
    }

    async fn what_a_group_passes_on_is_asked_for_where_it_lives(near: Neighbours) {
        let (group, dave) = (near.group().await, near.others.person("x", "dave"));
        let page = json!({ "id": dave.at("/post/1"), "type": "Page", "attributedTo": dave.uri, "name": "Title", "to": PUBLIC, "content": "<p>real</p>", "published": "2026-01-01T12:00:00Z" });
        let passed = |path: &str, activity: Value| group.activity("Announce", path, activity);
        near.drops(&group, passed("/a/1", dave.activity("Create", "/c/1", page.clone()))).await;
        near.others.serves(&dave.at("/post/1"), Answer::activity(&page));
        let mut forged = page.clone();
        forged["content"] = "forged".into();
        near.does(&group, passed("/a/2", dave.activity("Create", "/c/1", forged))).await;
        let original = near.found(&dave.at("/post/1")).await.unwrap();
        assert!(near.status(original).await.content.contains("<p>real</p>"));
        assert_eq!(near.alice().home().await.len(), 1);
        let mut comment = dave.note("/comment/1", "<p>c</p>");
        comment["inReplyTo"] = dave.at("/post/1").into();
        near.others.serves(&dave.at("/comment/1"), Answer::activity(&comment));
        near.does(&group, passed("/a/3", dave.activity("Create", "/c/2", comment))).await;
        assert_eq!((near.alice().home().await.len(), near.status(original).await.replies_count), (1, 1));
        near.drops(&group, passed("/a/4", dave.activity("Delete", "/d/1", dave.at("/post/1")))).await;
        near.others.serves(&dave.at("/post/1"), Answer::status(410));
        near.does(&group, passed("/a/5", dave.activity("Delete", "/d/1", dave.at("/post/1")))).await;
        assert!(near.found(&dave.at("/post/1")).await.is_none());
        // Only groups do so.
        near.drops(&near.bob, near.bob.activity("Announce", "/a/6", dave.activity("Create", "/c/2", dave.at("/comment/1")))).await;
    }

    async fn pins_are_statuses_of_ones_own(near: Neighbours) {
        let featured = near.bob.at("/featured");
        let mut actor = near.bob.actor();
        actor["featured"] = featured.clone().into();
        near.does(&near.bob, near.bob.activity("Update", "/u", actor)).await;
        let bob = near.knows(&near.bob).await.id;
        let id = near.posts("/n/1", json!({})).await;
        let act = |kind: &str, object: Value, target: &str| json!({ "type": kind, "actor": near.bob.uri, "object": object, "target": target });
        near.does(&near.bob, act("Add", json!(near.bob.at("/n/1")), &featured)).await;
        near.does(&near.bob, act("Add", json!(near.bob.at("/n/1")), &featured)).await;
        assert_eq!(near.pinned(bob).await, [id]);
        near.others.serves(&near.bob.at("/n/2"), Answer::activity(&near.note("/n/2", json!({}))));
        near.does(&near.bob, act("Add", json!(near.bob.at("/n/2")), &featured)).await;
        assert_eq!(near.pinned(bob).await.len(), 2);
        let own = near.carol().posts("mine").await;
        near.drops(&near.bob, act("Add", json!(near.status_uri(&near.carol(), own)), &featured)).await;
        near.drops(&near.bob, act("Add", json!(near.bob.at("/n/1")), &near.bob.at("/other"))).await;
        near.drops(&near.bob, act("Add", json!({ "type": "Hashtag", "name": "#x" }), &featured)).await;
        near.does(&near.bob, act("Remove", json!(near.bob.at("/n/1")), &featured)).await;
        assert_eq!(near.pinned(bob).await.len(), 1);
    }

    async fn what_a_new_account_has_pinned_is_fetched(near: Neighbours) {
        let dave = near.others.person("b", "dave");
        let mut actor = dave.actor();
        actor["featured"] = dave.at("/featured").into();
        near.others.serves(&dave.uri, Answer::activity(&actor));
        near.others.serves(&dave.at("/n/1"), Answer::activity(&dave.note("/n/1", "<p>x</p>")));
        let collection = json!({ "id": dave.at("/featured"), "type": "OrderedCollection", "orderedItems": [dave.note("/n/1", "<p>forged</p>"), near.bob.at("/n/1"), 7] });
        near.others.serves(&dave.at("/featured"), Answer::activity(&collection));
        let dave = near.knows(&dave).await.id;
        let pinned = near.pinned(dave).await;
        assert_eq!(pinned.len(), 1);
        assert_eq!(near.status(pinned[0]).await.content, "<p>x</p>");
    }

    async fn a_status_that_is_gone_where_it_was_is_gone_here_too(near: Neighbours) {
        let dave = near.others.person("b", "dave");
        near.others.serves(&dave.at("/n/1"), Answer::activity(&dave.note("/n/1", "<p>x</p>")));
        let id = crate::federation::statuses::resolve(&near.world.app, &dave.at("/n/1"), &Budget::default()).await.unwrap();
        near.others.serves(&dave.at("/n/1"), Answer::status(404));
        assert!(crate::federation::statuses::refresh(&near.world.app, id, &Budget::default()).await.is_err());
        assert!(near.found(&dave.at("/n/1")).await.is_none());
        let kept = near.posts("/n/2", json!({})).await;
        assert!(crate::federation::statuses::refresh(&near.world.app, kept, &Budget::default()).await.is_err());
        assert!(near.found(&near.bob.at("/n/2")).await.is_some(), "its author is followed, and would say so");
        near.world.advance(DAY_MS);
    }
}
