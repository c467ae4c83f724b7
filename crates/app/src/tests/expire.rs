//! Expire: each kind of thing goes when its time has come, and not before.

use store::{feeds, oauth, sessions, statuses};

use crate::accounts::sign_in;
use crate::jobs::{Expire, enqueue};
use crate::oauth::applications;
use crate::oauth::tokens as given;
use crate::secrets;
use crate::stories;
use crate::testing::{DAY_MS, HOUR_MS, MINUTE_MS, PASSWORD, World};

async fn expire(world: &World) {
    world.write(|tx| async move { enqueue(&tx, &Expire {}).await }).await;
    world.drain_jobs().await;
}

stories! {
    async fn an_idempotency_key_is_forgotten_after_an_hour(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let with_key = |draft: &mut crate::statuses::post::Draft| draft.idempotency_key = Some("once".into());
        let first = alice.posts_with("hello", with_key).await;
        world.advance(HOUR_MS);
        expire(&world).await;
        assert_eq!(alice.posts_with("hello", with_key).await, first);
        world.advance(1);
        expire(&world).await;
        assert_ne!(alice.posts_with("hello", with_key).await, first);
    }

    async fn a_session_goes_after_its_life(world: World) {
        let world = world.with_user("alice").await;
        let token = sign_in::sign_in(&world.app, "alice", PASSWORD.into(), String::new(), String::new()).await.unwrap().unwrap();
        let is_kept = || {
            let hash = secrets::hash(&token);
            world.read(move |r| async move { Ok(sessions::find(&r, &hash, 0).await?.is_some()) })
        };
        expire(&world).await;
        assert!(is_kept().await);
        world.advance(sign_in::SESSION_LIFE_MS + 1);
        expire(&world).await;
        assert!(!is_kept().await);
    }

    async fn a_revoked_token_is_known_as_revoked_for_thirty_days(world: World) {
        let world = world.with_user("alice").await;
        let own = applications::own(&world.app).await.unwrap();
        let token = world.user("alice").token_with("read").await;
        given::revoke(&world.app, &own, &token).await.unwrap();
        let is_kept = || {
            let hash = secrets::hash(&token);
            world.read(move |r| async move { Ok(oauth::find_token(&r, &hash).await?.is_some()) })
        };
        world.advance(30 * DAY_MS);
        expire(&world).await;
        assert!(is_kept().await);
        world.advance(MINUTE_MS);
        expire(&world).await;
        assert!(!is_kept().await);
    }

    async fn a_picture_that_nobody_posted_goes_after_a_day_with_its_files(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let (loose, posted) = (alice.uploads(&world).await, {
            // Of another size, since equal files are stored once.
            let viewer = alice.viewer().await;
            world.with_media_worker(crate::media::upload::upload(&world.app, &viewer, crate::testing::png(50, 20), Default::default())).await.unwrap().id
        });
        let status = alice.posts_with("", |draft| draft.media_ids = vec![posted]).await;
        let find = |id| world.read(move |r| async move { Ok(store::media::find(&r, id).await?) });
        let key = find(loose).await.unwrap().original_key.unwrap();
        world.advance(DAY_MS);
        expire(&world).await;
        assert!(find(loose).await.is_some());
        world.advance(1);
        // Files are idle by the machine's clock.
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        std::fs::File::options().write(true).open(world.media_dir().join(&key)).unwrap().set_modified(long_ago).unwrap();
        expire(&world).await;
        assert!(find(loose).await.is_none());
        assert!(world.app.files.open(&key).await.unwrap().is_none());
        let kept = alice.sees(status).await.carried.media_attachments[0].url.clone().unwrap();
        let kept = kept.strip_prefix("https://here.test/media/").unwrap();
        assert!(world.app.files.open(kept).await.unwrap().is_some());
    }

    async fn a_hidden_status_is_purged_after_an_hour_even_if_its_job_was_lost(world: World) {
        let world = world.with_user("alice").await;
        let status = world.user("alice").posts("hello").await;
        world.write(move |tx| async move { Ok(statuses::mark_deleted(&tx, status).await?) }).await;
        let hidden = || world.read(|r| async move { Ok(statuses::list_deleted(&r, i64::MAX, 9).await?) });
        world.advance(HOUR_MS);
        expire(&world).await;
        assert_eq!(hidden().await, [status]);
        world.advance(1);
        expire(&world).await;
        assert!(hidden().await.is_empty());
    }

    async fn feeds_are_cut_to_their_length_and_dropped_when_their_owner_is_away(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        bob.follows(&alice).await;
        let mut newest = Vec::new();
        for number in 0..23 {
            newest.insert(0, alice.posts(&number.to_string()).await);
        }
        expire(&world).await;
        let feed = |account| world.read(move |r| async move { Ok(feeds::home_page(&r, account, &crate::Page::first(100)).await?) });
        assert_eq!(feed(alice.account).await, newest[..20]);
        assert_eq!(feed(bob.account).await.len(), 20);
        world.advance(7 * DAY_MS - 1);
        expire(&world).await;
        assert_eq!(feed(bob.account).await.len(), 20);
        world.advance(1);
        expire(&world).await;
        assert!(feed(bob.account).await.is_empty());
    }
}
