//! Expire: each kind of thing goes when its time has come, and not before.

use store::{feeds, oauth, statuses};

use crate::oauth::applications::{self, Introduction};
use crate::oauth::{grants, tokens as given};
use crate::queue::{Expire, enqueue};
use crate::sessions;
use crate::testing::{DAY_MS, HOUR_MS, MINUTE_MS, PASSWORD, World};
use crate::{secrets, stories, tokens};

async fn registered(world: &World) -> applications::Application {
    let new = Introduction {
        name: "Client".into(),
        redirect_uris: vec![applications::OUT_OF_BAND.into()],
        scopes: Some("read write".into()),
        website: None,
    };
    applications::register(&world.app, new).await.unwrap().application
}

async fn is_open(world: &World, token: &str) -> bool {
    let hash = secrets::hash(token);
    world.read(move |r| async move { Ok(oauth::find_token(&r, &hash).await?.is_some()) }).await
}

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
        let token = sessions::sign_in(&world.app, "alice", PASSWORD.into(), String::new(), String::new()).await.unwrap().unwrap();
        let is_kept = || {
            let hash = secrets::hash(&token);
            world.read(move |r| async move { Ok(store::sessions::find(&r, &hash, 0).await?.is_some()) })
        };
        expire(&world).await;
        assert!(is_kept().await);
        world.advance(sessions::SESSION_LIFE_MS + 1);
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

    async fn an_applications_own_token_goes_thirty_days_after_its_last_use(world: World) {
        let world = world.with_user("alice").await;
        let client = registered(&world).await;
        let ask = async |scope| given::from_credentials(&world.app, &client, Some(scope)).await.unwrap().access_token;
        let (used, unused, personal) = (ask("read").await, ask("write").await, world.user("alice").token_with("read").await);
        world.advance(20 * DAY_MS);
        tokens::access(&world.app, &used).await.unwrap();
        world.advance(10 * DAY_MS);
        expire(&world).await;
        assert!(is_open(&world, &unused).await, "thirty days are not over");
        world.advance(MINUTE_MS);
        expire(&world).await;
        assert!(!is_open(&world, &unused).await && is_open(&world, &personal).await);
        assert_ne!(ask("write").await, unused, "the application asks for another");
        world.advance(20 * DAY_MS - MINUTE_MS);
        // Used just before, and not written down yet.
        world.app.tokens.forget_all();
        tokens::access(&world.app, &used).await.unwrap();
        world.advance(MINUTE_MS);
        expire(&world).await;
        assert!(is_open(&world, &used).await);
        world.advance(31 * DAY_MS);
        expire(&world).await;
        assert!(is_open(&world, &personal).await, "a person's stays");
    }

    async fn an_application_that_nobody_used_is_removed_and_one_a_person_used_never(world: World) {
        let world = world.with_user("alice").await;
        let (never, shown, own_token, personal, consented) =
            (registered(&world).await, registered(&world).await, registered(&world).await, registered(&world).await, registered(&world).await);
        let cli = applications::own(&world.app).await.unwrap();
        applications::extend(&world.app, &shown).await.unwrap();
        given::from_credentials(&world.app, &own_token, None).await.unwrap();
        let token = given::give(&world.app, &personal, Some(world.user("alice").user), "read").await.unwrap().access_token;
        given::revoke(&world.app, &personal, &token).await.unwrap();
        let asked = grants::Request { response_type: "code".into(), client_id: consented.client_id.clone(), redirect_uri: applications::OUT_OF_BAND.into(), ..grants::Request::default() };
        let checked = grants::check(&world.app, &asked).await.unwrap();
        let signed_in = sessions::sign_in(&world.app, "alice", PASSWORD.into(), "::1".into(), "test".into()).await.unwrap().unwrap();
        let session = sessions::session(&world.app, &signed_in).await.unwrap().unwrap();
        grants::authorize(&world.app, &session, &checked, None).await.unwrap().unwrap();
        let there = async || {
            expire(&world).await;
            let mut there = Vec::new();
            for one in [&never, &shown, &own_token, &personal, &consented, &cli] {
                there.push(applications::find_by_client_id(&world.app, &one.client_id).await.unwrap().is_some());
            }
            there
        };
        world.advance(30 * DAY_MS);
        assert_eq!(there().await, [true; 6]);
        world.advance(MINUTE_MS);
        assert_eq!(there().await, [false, true, true, true, true, true], "thirty days without any use");
        world.advance(335 * DAY_MS);
        assert_eq!(there().await, [false, false, false, true, true, true], "a year without a person");
    }

    async fn a_picture_that_nobody_posted_goes_after_a_day_with_its_files(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let (loose, posted) = (alice.uploads(&world).await, {
            // Of another size, since equal files are stored once.
            let viewer = alice.viewer().await;
            world.with_media_worker(crate::media::upload::upload(&world.app, &viewer, crate::testing::png(50, 20), None, Default::default())).await.unwrap().id
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

    async fn thumbnails_go_when_they_are_replaced_and_with_their_uploads(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let viewer = alice.viewer().await;
        let (forgotten, deleted) = (alice.uploads(&world).await, alice.uploads(&world).await);
        let mut keys = Vec::new();
        for (id, width) in [(forgotten, 10), (deleted, 11), (forgotten, 12), (deleted, 13)] {
            let given = Some(crate::testing::png(width, 9));
            keys.push(crate::media::upload::update(&world.app, &viewer, id, given, Default::default()).await.unwrap().small_key.unwrap());
        }
        let there = async || {
            for key in &keys {
                let file = std::fs::File::options().write(true).open(world.media_dir().join(key));
                // Files are idle by the machine's clock.
                let _ = file.map(|file| file.set_modified(std::time::SystemTime::UNIX_EPOCH));
            }
            expire(&world).await;
            let mut there = Vec::new();
            for key in &keys {
                there.push(world.app.files.open(key).await.unwrap().is_some());
            }
            there
        };
        world.advance(DAY_MS);
        assert_eq!(there().await, [false, false, true, true], "replaced");
        crate::media::upload::delete(&world.app, &viewer, deleted).await.unwrap();
        assert_eq!(there().await, [false, false, true, false], "deleted");
        world.advance(1);
        assert_eq!(there().await, [false; 4], "never posted");
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
