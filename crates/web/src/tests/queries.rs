//! A request takes the same number of statements however much it shows.

use app::stories;
use app::testing::Person;

use crate::tests::site::Site;

const MANY: usize = 40;

/// Statements that a request takes once its token is remembered; it must show `items`.
async fn statements(site: &Site, path: &str, by: &Person, items: usize, list: &str) -> u64 {
    site.get("/api/v1/accounts/verify_credentials").by(by).await.ok();
    let (statements, answer) = site.world.statements_of(async { site.get(path).by(by).await }).await;
    let shown = answer.ok();
    let shown = if list.is_empty() { &shown } else { &shown[list] };
    assert_eq!(shown.as_array().unwrap().len(), items, "{path}");
    statements
}

/// Everything a status can carry.
async fn rich(alice: &Person, bob: &Person, site: &Site) {
    let picture = bob.uploads(&site.world).await;
    let id = bob.posts_with("@alice #cats hello", |draft| draft.media_ids = vec![picture]).await;
    alice.favourites(id).await;
}

stories! {
    async fn lists_take_as_many_statements_for_one_status_as_for_forty(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        alice.follows(&bob).await;
        rich(&alice, &bob, &site).await;
        let paths = [
            ("/api/v1/timelines/home?limit=40".to_owned(), 7),
            ("/api/v1/timelines/public?limit=40".to_owned(), 7),
            (format!("/api/v1/accounts/{}/statuses?limit=40", bob.account), 8),
        ];
        for (path, expected) in &paths {
            assert_eq!(statements(&site, path, &alice, 1, "").await, *expected, "one: {path}");
        }
        for _ in 1..MANY {
            rich(&alice, &bob, &site).await;
        }
        for (path, expected) in &paths {
            assert_eq!(statements(&site, path, &alice, MANY, "").await, *expected, "many: {path}");
        }
    }

    async fn reblogs_cost_one_statement_more_however_many_they_are(site: Site) {
        let mut site = site;
        let carol = site.world.add_user("carol").await;
        let [alice, bob] = site.users(["alice", "bob"]);
        alice.follows(&bob).await;
        for count in [1, MANY] {
            while bob.profile().await.statuses_count < count as i64 {
                bob.reblogs(carol.posts("hello").await).await;
            }
            assert_eq!(statements(&site, "/api/v1/timelines/home?limit=40", &alice, count, "").await, 8, "{count} reblogs");
        }
    }

    async fn a_thread_takes_as_many_statements_for_one_answer_as_for_forty(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let root = alice.posts("root").await;
        let path = format!("/api/v1/statuses/{root}/context");
        bob.replies(root, "@alice answer").await;
        let one = statements(&site, &path, &alice, 1, "descendants").await;
        for _ in 1..MANY {
            bob.replies(root, "@alice answer").await;
        }
        assert_eq!((one, statements(&site, &path, &alice, MANY, "descendants").await), (10, 10));
    }

    async fn notifications_take_as_many_statements_for_one_as_for_forty(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        bob.posts("@alice hello").await;
        site.world.drain_jobs().await;
        let one = statements(&site, "/api/v1/notifications", &alice, 1, "").await;
        for _ in 1..MANY {
            bob.posts("@alice hello").await;
        }
        site.world.drain_jobs().await;
        assert_eq!((one, statements(&site, "/api/v1/notifications", &alice, MANY, "").await), (8, 8));
    }

    async fn a_search_takes_as_many_statements_for_one_result_as_for_forty(site: Site) {
        let mut site = site;
        let [alice, bob] = site.users(["alice", "bob"]);
        rich(&alice, &bob, &site).await;
        site.world.add_user("name0").await;
        let statuses = "/api/v2/search?q=hello&type=statuses&limit=40";
        let accounts = "/api/v1/accounts/search?q=nam&limit=40";
        let one = (statements(&site, statuses, &alice, 1, "statuses").await, statements(&site, accounts, &alice, 1, "").await);
        for number in 1..MANY {
            rich(&alice, &bob, &site).await;
            if number < 5 {
                site.world.add_user(&format!("name{number}")).await;
            }
        }
        let many = (statements(&site, statuses, &alice, MANY, "statuses").await, statements(&site, accounts, &alice, 5, "").await);
        assert_eq!((one, many), ((9, 5), (9, 5)));
    }
}
