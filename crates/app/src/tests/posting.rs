//! Posting: what is refused, what becomes of the rest, and whom it reaches.

use store::page::Page;
use store::{StatusId, accounts, args, scheduled, sql};
use wire::DateTime;
use wire::mastodon::Visibility;

use super::problems;
use crate::statuses::post::{Draft, Posted, post};
use crate::stories;
use crate::testing::World;

const HOUR_MS: i64 = 60 * 60 * 1_000;

fn status_of(posted: Posted) -> StatusId {
    match posted {
        Posted::Status(id) => id,
        other => panic!("not posted: {other:?}"),
    }
}

stories! {
    async fn a_status_is_seen_as_it_was_written(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let id = alice.posts("  Hello\n\nworld <b> #Cats  ").await;
        let status = alice.sees(id).await;
        let tag = r#"<a href="https://here.test/tags/Cats" class="mention hashtag" rel="tag">#<span>Cats</span></a>"#;
        assert_eq!(status.content.as_deref().unwrap(), format!("<p>Hello</p><p>world &lt;b&gt; {tag}</p>"));
        assert_eq!(status.carried.tags.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["cats"]);
        assert_eq!((status.visibility, status.sensitive, status.carried.spoiler_text.as_str()), (Visibility::Public, false, ""));
        assert_eq!(status.created_at.0, world.now());
        assert_eq!(alice.profile().await.statuses_count, 1);
    }

    async fn a_warning_alone_is_enough_and_makes_the_status_sensitive(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let id = alice.posts_with(" ", |draft| draft.spoiler_text = " spiders ".into()).await;
        let status = alice.sees(id).await;
        assert_eq!((status.carried.spoiler_text.as_str(), status.content.as_deref(), status.sensitive), ("spiders", Some("<p>.</p>"), true));
        let picture = alice.uploads(&world).await;
        let id = alice.posts_with("", |draft| (draft.spoiler_text, draft.media_ids) = ("spiders".into(), vec![picture])).await;
        assert_eq!(alice.sees(id).await.content.as_deref(), Some("<p>🖼</p>"));
    }

    async fn a_blank_status_is_refused_and_nothing_is_written(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        assert_eq!(problems(alice.tries_to_post(" \n ", |_| ()).await.unwrap_err()), ["invalid-text-blank"]);
        assert!(alice.home().await.is_empty());
        assert_eq!(alice.profile().await.statuses_count, 0);
    }

    async fn a_status_of_500_characters_is_posted_and_one_more_is_refused(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let family = "👩‍👩‍👧"; // one character to people
        alice.posts(&family.repeat(500)).await;
        let link = format!("{} https://a.test/{}", "x".repeat(476), "y".repeat(300));
        alice.posts(&link).await;
        assert_eq!(problems(alice.tries_to_post(&"x".repeat(501), |_| ()).await.unwrap_err()), ["invalid-text-too-long"]);
        let warned = alice.tries_to_post(&"x".repeat(499), |draft| draft.spoiler_text = "ab".into()).await;
        assert_eq!(problems(warned.unwrap_err()), ["invalid-text-too-long"]);
    }

    async fn the_visibility_is_the_wish_else_the_authors_default_else_public(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let mut seen = Vec::new();
        for word in ["public", "unlisted", "private", "direct"] {
            let id = alice.posts_as("hi", word).await;
            seen.push(alice.sees(id).await.visibility);
        }
        assert_eq!(seen, [Visibility::Public, Visibility::Unlisted, Visibility::Private, Visibility::Direct]);
        let wrong = alice.tries_to_post("hi", |draft| draft.visibility = Some("everyone".into())).await;
        assert_eq!(problems(wrong.unwrap_err()), ["invalid-visibility"]);

        let mut viewer = alice.viewer().await;
        viewer.preferences.default_privacy = Some("private".into());
        let draft = crate::statuses::post::Draft { text: "hi".into(), ..Default::default() };
        let id = status_of(crate::statuses::post::post(&world.app, &viewer, draft).await.unwrap());
        assert_eq!(alice.sees(id).await.visibility, Visibility::Private);
    }

    async fn a_limited_authors_public_status_becomes_unlisted(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let viewer = crate::Viewer { silenced: true, ..alice.viewer().await };
        let draft = |word: &str| crate::statuses::post::Draft { text: "hi".into(), visibility: Some(word.into()), ..Default::default() };
        let id = status_of(crate::statuses::post::post(&world.app, &viewer, draft("public")).await.unwrap());
        assert_eq!(alice.sees(id).await.visibility, Visibility::Unlisted);
        let id = status_of(crate::statuses::post::post(&world.app, &viewer, draft("private")).await.unwrap());
        assert_eq!(alice.sees(id).await.visibility, Visibility::Private);
    }

    async fn the_language_is_the_wish_if_it_is_one(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let id = alice.posts_with("hallo", |draft| draft.language = Some("de".into())).await;
        assert_eq!(alice.sees(id).await.carried.language.as_deref(), Some("de"));
        let id = alice.posts_with("hallo", |draft| draft.language = Some("nonsense".into())).await;
        assert_eq!(alice.sees(id).await.carried.language.as_deref(), Some("en"), "else the instance's");
    }

    async fn a_mention_links_to_the_person_and_tells_them_once(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let id = alice.posts("@bob and @BOB@here.test, not @nobody or @alice").await;
        world.drain_jobs().await;
        let status = alice.sees(id).await;
        assert!(status.content.as_deref().unwrap().contains(r#"<a href="https://here.test/@bob" class="u-url mention">@<span>bob</span></a>"#), "{status:?}");
        let mut mentioned: Vec<String> = status.carried.mentions.iter().map(|m| m.acct.clone()).collect();
        mentioned.sort();
        assert_eq!(mentioned, ["alice", "bob"]);
        assert_eq!(bob.notifications().await, ["mention from alice"]);
        assert!(alice.notifications().await.is_empty());
    }

    async fn what_cannot_be_seen_cannot_be_answered(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let secret = alice.posts_as("secret", "private").await;
        let answer = bob.tries_to_post("what?", |draft| draft.in_reply_to_id = Some(secret)).await;
        assert_eq!(problems(answer.unwrap_err()), ["error-in-reply-to-not-found"]);
        assert_eq!(alice.sees(secret).await.replies_count, 0);
        let answer = alice.replies(secret, "me").await;
        assert_eq!(alice.sees(secret).await.replies_count, 1);
        assert_eq!(alice.sees(answer).await.in_reply_to_account_id.unwrap().0, alice.account.0);
    }

    async fn an_answer_to_a_reblog_is_one_to_its_original(world: World) {
        let world = world.with_users(["alice", "bob", "carol"]).await;
        let [alice, bob, carol] = world.users(["alice", "bob", "carol"]);
        let original = alice.posts("hello").await;
        let reblog = bob.reblogs(original).await;
        let answer = carol.replies(reblog, "hi alice").await;
        let shown = carol.sees(answer).await;
        assert_eq!((shown.in_reply_to_id.unwrap().0, shown.in_reply_to_account_id.unwrap().0), (original.0, alice.account.0));
        assert_eq!(alice.sees(original).await.replies_count, 1);
    }

    async fn the_same_key_makes_one_status(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let with_key = |draft: &mut crate::statuses::post::Draft| draft.idempotency_key = Some("once".into());
        let first = alice.posts_with("hello", with_key).await;
        assert_eq!(alice.posts_with("hello again", with_key).await, first);
        assert_ne!(bob.posts_with("hello", with_key).await, first);
        assert_eq!(alice.home().await, [first]);
    }

    async fn the_same_key_at_the_same_time_makes_one_status(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let alice = alice.clone();
                tokio::spawn(async move { alice.posts_with("hello", |draft| draft.idempotency_key = Some("once".into())).await })
            })
            .collect();
        let mut ids = Vec::new();
        for task in tasks {
            ids.push(task.await.unwrap());
        }
        ids.dedup();
        assert_eq!(ids.len(), 1, "{ids:?}");
        assert_eq!(alice.home().await, ids);
        assert_eq!(alice.profile().await.statuses_count, 1);
    }

    async fn pictures_are_ones_own_whole_unused_and_at_most_four(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let (one, two, bobs) = (alice.uploads(&world).await, alice.uploads(&world).await, bob.uploads(&world).await);
        let post = |ids: Vec<store::MediaId>| {
            let alice = alice.clone();
            async move { alice.tries_to_post("", |draft| draft.media_ids = ids).await }
        };
        assert_eq!(problems(post(vec![one, bobs]).await.unwrap_err()), ["error-media-not-found"]);
        assert_eq!(problems(post(vec![store::MediaId(1)]).await.unwrap_err()), ["error-media-not-found"]);
        assert_eq!(problems(post((1..6).map(store::MediaId).collect()).await.unwrap_err()), ["error-media-too-many"]);
        let unready = world.write({
            let account = alice.account;
            move |tx| async move { Ok(store::media::insert(&tx, account, store::media::KIND_IMAGE, &store::media::Words { description: None, focus: None }).await?) }
        });
        assert_eq!(problems(post(vec![unready.await]).await.unwrap_err()), ["error-media-processing"]);

        let id = post(vec![two, one, two]).await.unwrap();
        let order: Vec<i64> = alice.sees(id).await.carried.media_attachments.iter().map(|m| m.id.0).collect();
        assert_eq!(order, [two.0, one.0]);
        assert_eq!(problems(post(vec![one]).await.unwrap_err()), ["error-media-not-found"], "it is part of a status already");
    }

    async fn the_same_picture_goes_into_one_of_two_statuses_posted_at_once(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let picture = alice.uploads(&world).await;
        let post = || alice.tries_to_post("look", |draft| draft.media_ids = vec![picture]);
        let (one, two) = tokio::join!(post(), post());
        assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|ok| **ok).count(), 1);
        assert_eq!(alice.profile().await.statuses_count, 1);
    }

    async fn what_was_scheduled_by_somebody_who_may_no_longer_post_is_not_posted(world: World) {
        let world = world.with_users(["suspended", "disabled", "unapproved", "allowed"]).await;
        for name in ["suspended", "disabled", "unapproved", "allowed"] {
            let person = world.user(name);
            let picture = person.uploads(&world).await;
            let at = DateTime(world.now() + HOUR_MS).to_string();
            let draft = Draft { text: "later".into(), scheduled_at: Some(at), media_ids: vec![picture], ..Draft::default() };
            assert!(matches!(post(&world.app, &person.viewer().await, draft).await.unwrap(), Posted::Scheduled(_)), "{name}");
        }
        world.suspend(&world.user("suspended")).await;
        let (disabled, unapproved) = (world.user("disabled").account, world.user("unapproved").account);
        world.write(move |tx| async move {
            tx.exec(sql!("UPDATE users SET disabled = TRUE WHERE account_id = $1"), args![disabled]).await?;
            Ok(tx.exec(sql!("UPDATE users SET approved = FALSE WHERE account_id = $1"), args![unapproved]).await.map(drop)?)
        }).await;
        world.advance(2 * HOUR_MS);
        world.drain_jobs().await;
        for (name, expected) in [("suspended", 0), ("disabled", 0), ("unapproved", 0), ("allowed", 1)] {
            let account = world.user(name).account;
            let (row, waiting) = world.read(move |r| async move {
                Ok((accounts::find(&r, account).await?.unwrap(), scheduled::page(&r, account, &Page::first(10)).await?.len()))
            }).await;
            assert_eq!((row.statuses_count, waiting), (expected, 0), "{name}");
        }
    }
}
