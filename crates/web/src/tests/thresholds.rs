//! Limits as a client meets them: at the last request that passes and the first that does not, and what counts.

use std::future::IntoFuture;

use app::instance::change_setting;

use app::accounts::modify::{self, Change};
use app::testing::{HOUR_MS, MINUTE_MS, png};
use app::{Origin, stories};
use serde_json::json;

use crate::tests::api::v1::registration::MailSite;
use crate::tests::pages::{Visitor, field};
use crate::tests::site::{Answer, Site};

/// Limit, what is left of it, and the moment at which it begins again.
fn limits(answer: &Answer) -> (&str, &str, &str) {
    (answer.header("x-ratelimit-limit"), answer.header("x-ratelimit-remaining"), answer.header("x-ratelimit-reset"))
}

stories! {
    async fn uploads_have_a_limit_of_their_own(site: Site) {
        let site = site.with_rate_limits();
        let alice = site.user("alice");
        let picture = site.post("/api/v2/media").by(&alice).multipart(&[], Some(("file", png(4, 4))));
        let picture = site.world.with_media_worker(picture.into_future()).await;
        assert_eq!(limits(&picture), ("30", "29", "2026-01-01T12:30:00.000000Z"));
    }

    async fn posts_count_when_they_succeed_whatever_token_they_come_with(site: Site) {
        let site = site.with_rate_limits();
        let alice = site.user("alice");
        let tokens = [alice.token_with("write").await, alice.token_with("write:statuses").await, alice.token_with("read write").await, alice.token_with("write read").await];
        let posts = async |token: &str, text: &str| site.post("/api/v1/statuses").with_token(token).json(json!({ "status": text })).await;
        let first = posts(&tokens[0], "one").await;
        assert_eq!((first.status, limits(&first).1), (200, "299"));
        let second = posts(&tokens[1], "two").await;
        assert_eq!((second.status, limits(&second)), (200, ("300", "298", "2026-01-01T15:00:00.000000Z")));
        assert_eq!(posts(&tokens[2], "").await.status, 422);
        let third = posts(&tokens[3], "three").await;
        assert_eq!((third.status, limits(&third).1), (200, "297"), "what was refused does not count");
        let page = async |token: &str| site.get("/api/v1/timelines/home?max_id=1").with_token(token).await;
        let readers = [alice.token_with("read").await, alice.token_with("read:statuses").await];
        page(&readers[0]).await;
        assert_eq!(limits(&page(&readers[1]).await), ("300", "298", "2026-01-01T12:15:00.000000Z"), "pages");
    }

    async fn five_mails_go_to_one_address_in_half_an_hour(m: MailSite) {
        let (site, post) = (m.site.with_rate_limits(), m.post);
        let mut visitor = Visitor::default();
        let page = visitor.get(&site, "/auth/password/new").await;
        let token = field(&page, "csrf_token");
        let mut asks = async |email: &str| {
            let form = format!("csrf_token={token}&email={email}");
            visitor.post(&site, "/auth/password", &form).await;
            site.world.drain_jobs().await;
            post.arrived().len()
        };
        for (number, email) in ["alice@mail.test", "Alice@mail.test", "+alice@mail.test+", "ALICE@MAIL.TEST", "alice@mail.test"].into_iter().enumerate() {
            assert_eq!(asks(email).await, number + 1, "{email}");
        }
        for email in ["alice@mail.test", "ALICE@mail.test", "+alice@mail.test"] {
            assert_eq!(asks(email).await, 5, "{email}");
        }
        assert_eq!(asks("bob@mail.test").await, 6, "the limit is the address's");
        site.world.advance(30 * MINUTE_MS);
        assert_eq!(asks("alice@mail.test").await, 7);
    }

    async fn who_is_closed_when_it_is_time_posts_nothing(site: Site) {
        let alice = site.user("alice");
        let schedule = json!({ "status": "hello", "scheduled_at": "2026-01-01T13:00:00.000Z" });
        site.post("/api/v1/statuses").by(&alice).json(schedule.clone()).await.ok();
        site.post("/api/v1/statuses").by(&site.user("bob")).json(schedule).await.ok();
        let closed = |disabled| modify::modify(&site.world.app, Origin::System, alice.account, Change { disabled: Some(disabled), ..Change::default() });
        closed(true).await.unwrap();
        site.world.advance(HOUR_MS);
        site.world.drain_jobs().await;
        closed(false).await.unwrap();
        site.world.drain_jobs().await;
        assert_eq!((alice.profile().await.statuses_count, site.user("bob").profile().await.statuses_count), (0, 1));
        assert_eq!(site.get("/api/v1/scheduled_statuses").by(&alice).await.ok(), json!([]), "it is gone");
    }

    async fn two_hundred_go_into_a_list_at_once(site: Site) {
        let alice = site.user("alice");
        let list = site.post("/api/v1/lists").by(&alice).json(json!({ "title": "x" })).await.ok();
        let path = format!("/api/v1/lists/{}/accounts", list["id"].as_str().unwrap());
        let adds = async |count: usize| {
            let ids: Vec<String> = (1..=count).map(|id| id.to_string()).collect();
            site.post(&path).by(&alice).json(json!({ "account_ids": ids })).await.error()
        };
        assert_eq!(adds(200).await.0, 404, "as many may be named, though they are nobody");
        assert_eq!(adds(201).await.0, 422);
    }

    async fn a_closed_login_learns_no_more_than_anybody(site: Site) {
        let alice = site.user("alice");
        change_setting::set(&site.world.app, Origin::Cli, "show_domain_blocks", "users".into()).await.unwrap();
        assert_eq!(site.get("/api/v1/instance/domain_blocks").by(&alice).await.status, 200);
        modify::modify(&site.world.app, Origin::System, alice.account, Change { disabled: Some(true), ..Change::default() }).await.unwrap();
        assert_eq!(site.get("/api/v1/instance/domain_blocks").by(&alice).await.status, 404);
        assert_eq!(site.get("/api/v1/instance/domain_blocks").await.status, 404);
    }
}
