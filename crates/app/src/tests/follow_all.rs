//! Following by everybody at once, as the command line does.

use store::audit_log;

use super::problems;
use crate::accounts::block;
use crate::accounts::follow_all::{Act, Tally, everybody, target};
use crate::testing::World;
use crate::{Origin, stories};

stories! {
    async fn everybody_follows_and_unfollows_at_once(world: World) {
        let world = world.with_users(["alice", "bob", "carol", "dave"]).await;
        let [alice, bob, carol, dave] = world.users(["alice", "bob", "carol", "dave"]);
        block::block(&world.app, &dave.viewer().await, alice.account).await.unwrap();
        let found = target(&world.app, "@Alice@here.test").await.unwrap();
        assert_eq!((found, target(&world.app, "alice").await.unwrap()), (alice.account, alice.account));
        for _ in 0..2 {
            let tally = everybody(&world.app, Origin::Cli, Act::Follow, found, None).await.unwrap();
            assert_eq!(tally, Tally { done: 2, refused: 1, refused_names: vec!["dave".into()] });
            assert_eq!(alice.profile().await.followers_count, 2);
        }
        assert!(bob.ties_with(&alice).await.following && carol.ties_with(&alice).await.following && !dave.ties_with(&alice).await.following);
        let tally = everybody(&world.app, Origin::Cli, Act::Unfollow, found, Some(bob.account)).await.unwrap();
        assert_eq!(tally.done, 1);
        assert!(!bob.ties_with(&alice).await.following && carol.ties_with(&alice).await.following);
        everybody(&world.app, Origin::Cli, Act::Unfollow, found, None).await.unwrap();
        assert_eq!(alice.profile().await.followers_count, 0);
        let entries = world.read(|r| async move { Ok(audit_log::list(&r, 9).await?) }).await;
        let lines: Vec<_> = entries.iter().map(|entry| (entry.action.as_str(), entry.target.as_str())).take(4).collect();
        let (follow, unfollow) = (("account.follow", "alice"), ("account.unfollow", "alice"));
        assert_eq!(lines, [unfollow, unfollow, follow, follow]);
    }

    async fn nobody_follows_who_is_not_there(world: World) {
        for handle in ["nobody", "@nobody@here.test"] {
            assert_eq!(problems(target(&world.app, handle).await.unwrap_err()), ["error-no-account"], "{handle}");
        }
    }
}
