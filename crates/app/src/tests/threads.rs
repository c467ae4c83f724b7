//! Threads and timelines: who sees what of them, and page by page.

use store::{AccountId, StatusId};

use super::problems;
use super::thread;
use crate::stories;
use crate::testing::World;
use crate::timelines::{self, AccountFilter, PublicFilter};
use crate::{App, Page};

async fn around(app: &App, viewer: Option<AccountId>, id: StatusId) -> (Vec<StatusId>, Vec<StatusId>) {
    let found = thread(app, viewer, id).await.unwrap();
    (found.ancestors, found.descendants)
}

stories! {
    async fn a_thread_shows_to_each_what_they_may_see(world: World) {
        let world = world.with_users(["alice", "bob", "carol"]).await;
        let [alice, bob, carol] = world.users(["alice", "bob", "carol"]);
        let root = alice.posts("root").await;
        let middle = bob.replies(root, "middle").await;
        let private = bob.posts_with("hidden", |draft| (draft.in_reply_to_id, draft.visibility) = (Some(middle), Some("private".into()))).await;
        let below = carol.replies(middle, "below").await;
        let direct = alice.posts_with("@carol psst", |draft| (draft.in_reply_to_id, draft.visibility) = (Some(below), Some("direct".into()))).await;
        let app = &world.app;
        assert_eq!(around(app, None, middle).await, (vec![root], vec![below]));
        assert_eq!(around(app, Some(bob.account), middle).await, (vec![root], vec![private, below]));
        assert_eq!(around(app, Some(carol.account), middle).await, (vec![root], vec![below, direct]));
        assert_eq!(around(app, Some(carol.account), direct).await, (vec![root, middle, below], vec![]));
        assert_eq!(problems(thread(app, None, private).await.err().unwrap()), ["error-not-found"]);
    }

    async fn anybody_sees_forty_above_and_sixty_below_and_the_signed_in_all(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let root = alice.posts("0").await;
        let mut last = root;
        for number in 1..=45 {
            last = alice.replies(last, &number.to_string()).await;
        }
        let app = &world.app;
        let (above, _) = around(app, None, last).await;
        assert_eq!((above.len(), around(app, Some(alice.account), last).await.0.len()), (40, 45));
        let (_, below) = around(app, None, root).await;
        assert_eq!((below.len(), around(app, Some(alice.account), root).await.1.len()), (20, 45), "twenty deep");
        for number in 0..65 {
            alice.replies(root, &number.to_string()).await;
        }
        assert_eq!(around(app, None, root).await.1.len(), 60);
    }

    async fn an_account_shows_strangers_followers_and_its_owner_different_things(world: World) {
        let world = world.with_users(["alice", "bob", "carol"]).await;
        let [alice, bob, carol] = world.users(["alice", "bob", "carol"]);
        bob.follows(&alice).await;
        let (public, unlisted, private, direct) = (
            alice.posts("a").await,
            alice.posts_as("b", "unlisted").await,
            alice.posts_as("c", "private").await,
            alice.posts_as("@carol d", "direct").await,
        );
        let seen_by = |viewer: Option<AccountId>| timelines::account(&world.app, viewer, alice.account, AccountFilter::default(), Page::first(20));
        assert_eq!(seen_by(None).await.unwrap(), [unlisted, public]);
        assert_eq!(seen_by(Some(bob.account)).await.unwrap(), [private, unlisted, public]);
        assert_eq!(seen_by(Some(carol.account)).await.unwrap(), [direct, unlisted, public]);
        assert_eq!(seen_by(Some(alice.account)).await.unwrap(), [direct, private, unlisted, public]);
        let nobody = timelines::account(&world.app, None, AccountId(5), AccountFilter::default(), Page::first(20)).await;
        assert_eq!(problems(nobody.unwrap_err()), ["error-not-found"]);
    }

    async fn an_accounts_timeline_can_leave_out_answers_reblogs_and_words(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let bobs = bob.posts("bob").await;
        let plain = alice.posts("a").await;
        let to_self = alice.replies(plain, "and").await;
        let answer = alice.replies(bobs, "@bob b").await;
        let reblog = alice.reblogs(bobs).await;
        let picture = alice.uploads(&world).await;
        let pictured = alice.posts_with("", |draft| draft.media_ids = vec![picture]).await;
        let with = |filter| timelines::account(&world.app, None, alice.account, filter, Page::first(20));
        assert_eq!(with(AccountFilter::default()).await.unwrap(), [pictured, reblog, answer, to_self, plain]);
        assert_eq!(with(AccountFilter { exclude_replies: true, ..Default::default() }).await.unwrap(), [pictured, reblog, to_self, plain]);
        assert_eq!(with(AccountFilter { exclude_reblogs: true, ..Default::default() }).await.unwrap(), [pictured, answer, to_self, plain]);
        assert_eq!(with(AccountFilter { only_media: true, ..Default::default() }).await.unwrap(), [pictured]);
    }

    async fn the_public_timeline_holds_public_statuses_without_reblogs_and_answers_to_others(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let public = alice.posts("a").await;
        let to_self = alice.replies(public, "b").await;
        bob.replies(public, "@alice c").await;
        bob.reblogs(public).await;
        for word in ["unlisted", "private", "direct"] {
            alice.posts_as("d", word).await;
        }
        let page = |filter| crate::timelines::public(&world.app, None, filter, Page::first(20));
        assert_eq!(page(PublicFilter::default()).await.unwrap().0, [to_self, public]);
        assert_eq!(page(PublicFilter { local: true, ..Default::default() }).await.unwrap().0, [to_self, public]);
        assert!(page(PublicFilter { remote: true, ..Default::default() }).await.unwrap().0.is_empty());
        assert!(page(PublicFilter { only_media: true, ..Default::default() }).await.unwrap().0.is_empty());
    }

    async fn home_is_walked_both_ways(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let mut all = Vec::new();
        for number in 0..5 {
            world.advance(1);
            all.insert(0, alice.posts(&number.to_string()).await);
        }
        let viewer = alice.viewer().await;
        let two = Page::first(2);
        let page = |page| crate::timelines::home(&world.app, &viewer, page);
        assert_eq!(page(two).await.unwrap().0.ids, all[..2]);
        assert_eq!(page(Page { max_id: Some(all[1].0), ..two }).await.unwrap().0.ids, all[2..4]);
        assert_eq!(page(Page { since_id: Some(all[3].0), ..two }).await.unwrap().0.ids, all[..2]);
        assert_eq!(page(Page { min_id: Some(all[3].0), ..two }).await.unwrap().0.ids, all[1..3]);
        assert!(page(Page::first(0)).await.unwrap().0.ids.is_empty());
    }
}
