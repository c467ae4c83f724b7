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
        let made = site.post("/api/v1/lists").by(&alice).json(serde_json::json!({ "title": "Friends" })).await.ok();
        let list = made["id"].as_str().unwrap();
        let members = serde_json::json!({ "account_ids": [bob.account.to_string()] });
        site.post(&format!("/api/v1/lists/{list}/accounts")).by(&alice).json(members).await.ok();
        let paths = [
            ("/api/v1/timelines/home?limit=40".to_owned(), 8),
            (format!("/api/v1/timelines/list/{list}?limit=40"), 8),
            ("/api/v1/timelines/public?limit=40".to_owned(), 7),
            ("/api/v1/timelines/tag/cats?limit=40".to_owned(), 8),
            ("/api/v1/timelines/tag/cats?any[]=dogs&limit=40".to_owned(), 8),
            (format!("/api/v1/accounts/{}/statuses?limit=40", bob.account), 9),
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

    async fn polls_cost_three_statements_more_however_many_they_are(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        alice.follows(&bob).await;
        for count in [1, MANY] {
            while bob.profile().await.statuses_count < count as i64 {
                let options = vec!["a".to_owned(), "b".to_owned()];
                let poll = app::statuses::poll::PollDraft { options, expires_in: Some(300), ..Default::default() };
                bob.posts_with("which?", |draft| draft.poll = Some(poll)).await;
            }
            assert_eq!(statements(&site, "/api/v1/timelines/home?limit=40", &alice, count, "").await, 11, "{count} polls");
        }
    }

    async fn scheduled_statuses_take_as_many_statements_for_one_as_for_many(site: Site) {
        let alice = site.user("alice");
        for count in [1, 20] {
            while site.get("/api/v1/scheduled_statuses").by(&alice).await.ids().len() < count {
                let body = serde_json::json!({ "status": "hello", "scheduled_at": "2026-01-02T12:00:00Z" });
                site.post("/api/v1/statuses").by(&alice).json(body).await.ok();
            }
            assert_eq!(statements(&site, "/api/v1/scheduled_statuses", &alice, count, "").await, 2, "{count}");
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
            assert_eq!(statements(&site, "/api/v1/timelines/home?limit=40", &alice, count, "").await, 9, "{count} reblogs");
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

    async fn lists_and_hashtags_take_as_many_statements_for_one_as_for_forty(site: Site) {
        let alice = site.user("alice");
        let make = async |number: usize| {
            site.post("/api/v1/lists").by(&alice).json(serde_json::json!({ "title": number.to_string() })).await.ok();
            site.post(&format!("/api/v1/tags/tag{number}/follow")).by(&alice).await.ok();
        };
        make(0).await;
        let paths = [("/api/v1/lists", 1), ("/api/v1/followed_tags", 4)];
        for (path, expected) in paths {
            assert_eq!(statements(&site, path, &alice, 1, "").await, expected, "one: {path}");
        }
        for number in 1..MANY {
            make(number).await;
        }
        for (path, expected) in paths {
            assert_eq!(statements(&site, path, &alice, MANY, "").await, expected, "many: {path}");
        }
    }

    async fn lists_of_people_take_as_many_statements_for_one_as_for_forty(site: Site) {
        let mut site = site;
        let alice = site.user("alice");
        site.world.locks(&alice, true).await;
        let mut asked = String::new();
        for count in [1, MANY] {
            while asked.matches("id[]").count() < count {
                let person = site.world.add_user(&format!("person{}", asked.len())).await;
                person.follows(&alice).await;
                alice.mutes(&person).await;
                site.world.joins(person.account, alice.account).await;
                asked = format!("{asked}&id[]={}", person.account);
            }
            let paths = [
                ("/api/v1/follow_requests?limit=40".to_owned(), 2),
                ("/api/v1/mutes?limit=40".to_owned(), 2),
                (format!("/api/v1/accounts/{}/followers?limit=40", alice.account), 4),
                (format!("/api/v1/accounts/relationships?{asked}"), 7),
            ];
            for (path, expected) in &paths {
                assert_eq!(statements(&site, path, &alice, count, "").await, *expected, "{count}: {path}");
            }
        }
    }

    async fn groups_take_as_many_statements_for_one_as_for_forty(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        bob.favourites(alice.posts("hello").await).await;
        site.world.drain_jobs().await;
        let one = statements(&site, "/api/v2/notifications", &alice, 1, "notification_groups").await;
        for _ in 1..MANY {
            bob.favourites(alice.posts("hello").await).await;
        }
        site.world.drain_jobs().await;
        assert_eq!((one, statements(&site, "/api/v2/notifications", &alice, MANY, "notification_groups").await), (10, 10));
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
