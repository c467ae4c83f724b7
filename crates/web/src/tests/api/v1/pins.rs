//! /api/v1/statuses/:id: pins, muted threads; an account's statuses by all their filters; who may be mentioned

use app::stories;
use serde_json::{Value, json};

use crate::tests::shapes::{author, marks, own_status, status, with};
use crate::tests::site::{Site, is_closed_without, keys};

const NOT_FOUND: &str = "Record not found";

fn failed(words: &str) -> (u16, String) {
    (422, format!("Validation failed: {words}"))
}

stories! {
    async fn ones_own_status_is_pinned_to_ones_profile(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let id = alice.posts("hello").await.to_string();
        let verb = |verb: &str| site.post(&format!("/api/v1/statuses/{id}/{verb}"));
        let list = format!("/api/v1/accounts/{}/statuses?pinned=true", alice.account);
        assert_eq!(site.get(&list).await.ok(), json!([]));
        assert_eq!(verb("pin").by(&alice).await.ok(), with(own_status(&id, &alice), json!({ "pinned": true })));
        assert_eq!(verb("pin").by(&alice).await.error(), (422, "Duplicate record".into()));
        assert_eq!(site.get(&list).await.ok(), json!([status(&id, &alice)]));
        assert_eq!(verb("pin").by(&bob).await.error(), failed("Someone else's post cannot be pinned"));
        assert_eq!(verb("unpin").by(&alice).await.ok(), own_status(&id, &alice));
        assert_eq!(verb("unpin").by(&alice).await.ok()["pinned"], json!(false), "twice is the same as once");
        assert_eq!(site.get(&list).await.ok(), json!([]));
        for name in ["pin", "unpin"] {
            assert_eq!(site.post(&format!("/api/v1/statuses/5/{name}")).by(&alice).await.error(), (404, NOT_FOUND.into()));
            is_closed_without(&site, verb(name), "write:accounts").await;
        }
    }

    async fn what_cannot_be_pinned_says_why(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let pin = |id: &str| site.post(&format!("/api/v1/statuses/{id}/pin")).by(&alice);
        let direct = alice.posts_as("hello", "direct").await.to_string();
        assert_eq!(pin(&direct).await.error(), failed("Posts that are only visible to mentioned users cannot be pinned"));
        let reblog = alice.reblogs(bob.posts("hello").await).await.to_string();
        assert_eq!(pin(&reblog).await.error(), failed("A boost cannot be pinned"));
        let secret = bob.posts_as("hello", "private").await.to_string();
        assert_eq!(pin(&secret).await.error(), (404, NOT_FOUND.into()));
        let mut pinned = Vec::new();
        for visibility in ["public", "unlisted", "private", "public", "public"] {
            let id = alice.posts_as("hello", visibility).await.to_string();
            pin(&id).await.ok();
            pinned.push(id);
        }
        let sixth = alice.posts("hello").await.to_string();
        assert_eq!(pin(&sixth).await.error(), failed("You have already pinned the maximum number of posts"));
        let list = format!("/api/v1/accounts/{}/statuses?pinned=1", alice.account);
        pinned.reverse();
        assert_eq!(site.get(&list).by(&alice).await.ids(), pinned, "the newest pin first");
        pinned.remove(2);
        assert_eq!(site.get(&list).by(&bob).await.ids(), pinned, "without the private one");
        let whole = site.get(&list).by(&bob).await;
        assert!(whole.link("next").is_none() && whole.link("prev").unwrap().contains("min_id="));
    }

    async fn a_muted_thread_is_marked_and_notifies_no_more(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let id = alice.posts("hello").await;
        let verb = |verb: &str| site.post(&format!("/api/v1/statuses/{id}/{verb}")).by(&bob);
        let seen = with(status(&id.to_string(), &alice), marks());
        assert_eq!(verb("mute").await.ok(), with(seen.clone(), json!({ "muted": true })));
        assert_eq!(verb("mute").await.ok()["muted"], json!(true));
        let reply = alice.replies(id, "@bob hey").await;
        assert_eq!(site.get(&format!("/api/v1/statuses/{reply}")).by(&bob).await.ok()["muted"], json!(true), "the whole thread");
        site.world.drain_jobs().await;
        assert!(bob.notifications().await.is_empty());
        assert_eq!(verb("unmute").await.ok()["muted"], json!(false));
        alice.replies(id, "@bob hey again").await;
        site.world.drain_jobs().await;
        assert_eq!(bob.notifications().await, ["mention from alice"]);
        let secret = alice.posts_as("no", "private").await;
        assert_eq!(site.post(&format!("/api/v1/statuses/{secret}/mute")).by(&bob).await.error(), (404, NOT_FOUND.into()));
        for name in ["mute", "unmute"] {
            is_closed_without(&site, site.post(&format!("/api/v1/statuses/{id}/{name}")), "write:mutes").await;
        }
    }

    async fn an_accounts_statuses_are_narrowed_by_each_filter(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let tagged = alice.posts("hello #Cats").await;
        let picture = alice.uploads(&site.world).await;
        let pictured = alice.posts_with("look", |draft| draft.media_ids = vec![picture]).await;
        let reply = alice.replies(bob.posts("?").await, "!").await;
        let reblog = alice.reblogs(bob.posts("again").await).await;
        let direct = alice.posts_as("@bob psst", "direct").await;
        let list = |query: &'static str| {
            let ask = site.get(&format!("/api/v1/accounts/{}/statuses?{query}", alice.account)).by(&bob);
            async move { ask.await.ids() }
        };
        let ids = |ids: &[app::ids::StatusId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(list("").await, ids(&[direct, reblog, reply, pictured, tagged]));
        assert_eq!(list("exclude_direct=true").await, ids(&[reblog, reply, pictured, tagged]));
        assert_eq!(list("exclude_replies=true").await, ids(&[direct, reblog, pictured, tagged]));
        assert_eq!(list("exclude_reblogs=true").await, ids(&[direct, reply, pictured, tagged]));
        assert_eq!(list("only_media=true").await, ids(&[pictured]));
        assert_eq!(list("tagged=cats").await, ids(&[tagged]));
        assert_eq!(list("tagged=%23CATS").await, ids(&[tagged]));
        assert!(list("tagged=unknown").await.is_empty() && list("tagged=cats&only_media=1").await.is_empty());
        assert_eq!(site.get("/api/v1/accounts/5/statuses?tagged=unknown").await.error(), (404, NOT_FOUND.into()));
        assert_eq!(site.get("/api/v1/accounts/5/statuses?pinned=true").await.error(), (404, NOT_FOUND.into()));
    }

    async fn only_those_allowed_are_mentioned(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let posts = |allowed: Value| site.post("/api/v1/statuses").by(&alice).json(json!({ "status": "@bob hello", "allowed_mentions": allowed }));
        let refused = posts(json!([])).await;
        assert_eq!((refused.status, keys(&refused.json())), (422, vec!["error", "unexpected_accounts"]));
        assert_eq!(refused.json()["error"], json!("Post would be sent to unexpected accounts"));
        assert_eq!(refused.json()["unexpected_accounts"], json!([with(author(&bob, 0), json!({ "last_status_at": null }))]));
        assert!(alice.home().await.is_empty());
        posts(json!([bob.account.to_string()])).await.ok();
        posts(json!(null)).await.ok();
    }

    async fn a_quote_is_refused_until_there_are_quotes(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let quoted = bob.posts("hello").await.to_string();
        let refused = site.post("/api/v1/statuses").by(&alice).json(json!({ "status": "x", "quoted_status_id": quoted })).await;
        assert_eq!(refused.error(), (422, "This server does not offer quoted_status_id yet".into()));
    }
}
