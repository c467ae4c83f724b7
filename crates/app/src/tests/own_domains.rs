//! Handles on domains of ours: where handles and addresses have different domains, both mean the local account.

use store::accounts;
use wire::mastodon::Visibility;

use super::problems;
use crate::accounts::find;
use crate::accounts::update::{self, Change};
use crate::search::{self, Kind, Search};
use crate::statuses::edit::{self, Changes};
use crate::stories;
use crate::testing::{Engine, World};

/// A server at here.test, whose handles are on own.test.
struct TwoDomains(World);

impl TwoDomains {
    async fn new(engine: Engine) -> TwoDomains {
        TwoDomains(World::with_handles_on(engine, "own.test").await.with_users(["alice", "ben"]).await)
    }
}

/// Ways to write ben's handle.
const BEN: [&str; 6] = ["@ben@own.test", "@ben@here.test", "@Ben@OWN.TEST", "@ben@own.test:443", "@BEN@Here.Test:443", "@ben"];
/// Handles that only look like his.
const NOT_BEN: [&str; 4] = ["@ben@own.test:8443", "@ben@not.own.test", "@ben@own.test.evil.test", "@ben@ownxtest"];

stories! {
    async fn a_mention_on_our_domains_reaches_the_local_account(two: TwoDomains) {
        let TwoDomains(world) = two;
        let [alice, ben] = world.users(["alice", "ben"]);
        for handle in BEN {
            let posted = alice.posts_as(&format!("hi {handle}!"), "direct").await;
            let seen = ben.sees(posted).await;
            assert_eq!(seen.visibility, Visibility::Direct);
            assert_eq!(seen.carried.mentions.iter().map(|m| m.username.as_str()).collect::<Vec<_>>(), ["ben"], "{handle}");
            let content = seen.content.as_deref().unwrap();
            assert!(content.contains(r#"<a href="https://here.test/@ben" class="u-url mention">@<span>ben</span></a>"#), "{handle}: {content}");
        }
        world.drain_jobs().await;
        assert_eq!(ben.notifications().await, ["mention from alice"; BEN.len()]);
        for handle in NOT_BEN {
            let posted = alice.posts(&format!("hi {handle}")).await;
            assert!(alice.sees(posted).await.carried.mentions.is_empty(), "{handle}");
        }
    }

    async fn an_edit_mentions_the_local_account(two: TwoDomains) {
        let TwoDomains(world) = two;
        let [alice, ben] = world.users(["alice", "ben"]);
        let posted = alice.posts("hi").await;
        let changes = Changes { text: Some("hi @ben@OWN.test".into()), ..Changes::default() };
        edit::edit(&world.app, &alice.viewer().await, posted, changes).await.unwrap();
        world.drain_jobs().await;
        assert_eq!(alice.sees(posted).await.carried.mentions.len(), 1);
        assert_eq!(ben.notifications().await, ["mention from alice"]);
    }

    async fn the_local_account_is_found_by_a_handle_on_our_domains(two: TwoDomains) {
        let TwoDomains(world) = two;
        let ben = world.user("ben").account;
        for handle in BEN {
            assert_eq!(find::find_known(&world.app, handle).await.unwrap().id, ben, "{handle}");
            assert_eq!(find::local_id(&world.app, handle).await.unwrap(), ben, "{handle}");
            let viewer = world.user("alice").viewer().await;
            let search = Search { query: handle.into(), kind: Kind::Accounts, resolve: true, following: false, account_id: None,
                exclude_unreviewed: false, max_id: None, min_id: None, limit: 5, offset: 0 };
            assert_eq!(search::search(&world.app, Some(&viewer), search).await.unwrap().accounts, [ben], "{handle}");
        }
        for handle in NOT_BEN {
            assert_eq!(problems(find::find_known(&world.app, handle).await.unwrap_err()), ["error-not-found"], "{handle}");
            assert_eq!(problems(find::local_id(&world.app, handle).await.unwrap_err()), ["error-not-found"], "{handle}");
        }
    }

    async fn a_bio_links_the_local_account(two: TwoDomains) {
        let TwoDomains(world) = two;
        let alice = world.user("alice");
        let change = Change { note: Some("friend of @ben@own.test and @ben@HERE.test:443".into()), ..Change::default() };
        update::update(&world.app, &alice.viewer().await, change).await.unwrap();
        let id = alice.account;
        let row = world.read(move |r| async move { Ok(accounts::find(&r, id).await?) }).await.unwrap();
        let note = crate::present::account::account(world.app.context(), &row).note;
        assert_eq!(note.matches(r#"<a href="https://here.test/@ben""#).count(), 2, "{note}");
    }
}
