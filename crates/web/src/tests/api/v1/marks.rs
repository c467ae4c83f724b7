//! /api/v1/favourites and /api/v1/bookmarks

use app::stories;

use crate::tests::site::{Site, is_closed_without, pages_both_ways};

stories! {
    async fn a_mark_is_removed_after_the_author_blocked(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let status = alice.posts("hello").await;
        bob.bookmarks(status).await;
        bob.favourites(status).await;
        alice.blocks(&bob).await;
        for (verb, mark) in [("unbookmark", "bookmarked"), ("unfavourite", "favourited")] {
            let path = format!("/api/v1/statuses/{status}/{verb}");
            assert_eq!(site.post(&path).by(&bob).await.ok()[mark], false, "{verb}");
            assert_eq!(site.post(&path).by(&bob).await.status, 404, "{verb} twice: neither marked nor visible");
        }
    }

    async fn marked_statuses_are_listed_by_when_they_were_marked(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let mut statuses = Vec::new();
        for _ in 0..5 {
            statuses.push(alice.posts("hello").await);
        }
        // Oldest status last marked, so that order of marks is not order of statuses.
        for status in statuses.iter().rev() {
            bob.favourites(*status).await;
            bob.bookmarks(*status).await;
        }
        let by_mark: Vec<String> = statuses.iter().map(ToString::to_string).collect();
        for (path, scope) in [("/api/v1/favourites", "read:favourites"), ("/api/v1/bookmarks", "read:bookmarks")] {
            assert_eq!(site.get(path).by(&bob).await.ids(), by_mark);
            assert!(site.get(path).by(&alice).await.ids().is_empty());
            pages_both_ways(&site, path, &bob, &by_mark).await;
            is_closed_without(&site, site.get(path), scope).await;
        }
    }
    async fn what_one_may_no_longer_see_keeps_its_mark_but_is_not_shown(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        bob.follows(&alice).await;
        let secret = alice.posts_as("for followers", "private").await;
        bob.favourites(secret).await;
        bob.bookmarks(secret).await;
        let lists = ["/api/v1/favourites", "/api/v1/bookmarks"];
        for path in lists {
            assert_eq!(site.get(path).by(&bob).await.ids(), [secret.to_string()]);
        }
        site.post(&format!("/api/v1/accounts/{}/block", bob.account)).by(&alice).await.ok();
        for path in lists {
            assert!(site.get(path).by(&bob).await.ids().is_empty(), "{path}");
        }
    }
}
