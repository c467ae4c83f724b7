//! /api/v1/scheduled_statuses

use app::stories;
use app::testing::{HOUR_MS, MINUTE_MS, Person};
use axum::http::Method;
use serde_json::{Value, json};

use crate::tests::site::{Ask, Site, is_closed_without, pages_both_ways};

const NOT_FOUND: &str = "Record not found";
const AT: &str = "2026-01-01T13:00:00.000Z";

fn schedules(site: &Site, person: &Person, at: &str) -> Ask {
    site.post("/api/v1/statuses").by(person).json(json!({ "status": "hello", "scheduled_at": at }))
}

async fn id(ask: Ask) -> String {
    ask.await.ok()["id"].as_str().unwrap().to_owned()
}

stories! {
    async fn a_status_is_scheduled_as_it_was_asked_for_and_posted_in_time(site: Site) {
        let alice = site.user("alice");
        let (question, picture) = (alice.posts("?").await, alice.uploads(&site.world).await.to_string());
        let body = json!({
            "status": "@bob hello", "scheduled_at": "2026-01-01T14:00:00+01:00", "media_ids": [picture], "visibility": "unlisted", "language": "en",
            "spoiler_text": "cw", "in_reply_to_id": question.to_string(), "poll": { "options": ["a", "b"], "expires_in": "600" }, "allowed_mentions": [site.user("bob").account.to_string()],
        });
        let kept = site.post("/api/v1/statuses").by(&alice).json(body).await.ok();
        let application = kept["params"]["application_id"].as_i64().unwrap();
        assert_eq!(kept["params"], json!({
            "text": "@bob hello",
            "poll": { "options": ["a", "b"], "expires_in": 600, "multiple": false, "hide_totals": false },
            "media_ids": [picture],
            "sensitive": null,
            "spoiler_text": "cw",
            "visibility": "unlisted",
            "in_reply_to_id": question.0,
            "language": "en",
            "application_id": application,
            "scheduled_at": null,
            "idempotency": null,
            "with_rate_limit": false,
            "allowed_mentions": [site.user("bob").account.to_string()],
            "quoted_status_id": null,
            "quote_approval_policy": "public",
        }));
        assert_eq!((kept["scheduled_at"].clone(), kept["media_attachments"][0]["id"].clone()), (json!(AT), json!(picture)));
        let path = format!("/api/v1/scheduled_statuses/{}", kept["id"].as_str().unwrap());
        assert_eq!(site.get(&path).by(&alice).await.ok(), kept);
        assert_eq!(site.get("/api/v1/scheduled_statuses").by(&alice).await.ok(), json!([kept]));
        let again = site.post("/api/v1/statuses").by(&alice).json(json!({ "status": "x", "media_ids": [picture] })).await;
        assert_eq!(again.error().0, 422, "what it holds is not free");
        site.world.advance(59 * MINUTE_MS);
        site.world.drain_jobs().await;
        assert_eq!(alice.home().await, [question]);
        site.world.advance(MINUTE_MS);
        site.world.drain_jobs().await;
        let posted = alice.home().await[0].to_string();
        let shown = site.get(&format!("/api/v1/statuses/{posted}")).by(&alice).await.ok();
        assert_eq!((shown["created_at"].clone(), shown["visibility"].clone(), shown["spoiler_text"].clone()), (json!(AT), json!("unlisted"), json!("cw")));
        assert_eq!((shown["media_attachments"][0]["id"].clone(), shown["poll"]["expires_at"].clone()), (json!(picture), json!("2026-01-01T13:10:00.000Z")));
        assert_eq!((shown["in_reply_to_id"].clone(), shown["application"]["name"].clone()), (json!(question.to_string()), json!("Ferrodon")));
        assert_eq!(site.get(&path).by(&alice).await.error(), (404, NOT_FOUND.into()));
        assert_eq!(site.user("bob").notifications().await, ["mention from alice"]);
    }

    async fn it_is_posted_once_though_its_job_runs_twice(site: Site) {
        let alice = site.user("alice");
        let kept = id(schedules(&site, &alice, AT)).await;
        let scheduled = kept.parse().unwrap();
        let again = move |tx| async move { app::queue::enqueue_in(&tx, &app::queue::PostScheduled { scheduled }, HOUR_MS).await };
        site.world.write(again).await;
        site.world.advance(HOUR_MS);
        site.world.drain_jobs().await;
        assert_eq!(alice.home().await.len(), 1);
    }

    async fn a_time_that_has_passed_is_now_and_one_that_is_near_is_refused(site: Site) {
        let alice = site.user("alice");
        let now = schedules(&site, &alice, "2026-01-01T11:59:59Z").await.ok();
        assert_eq!(now["content"], json!("<p>hello</p>"));
        let soon = (422, "Validation failed: Scheduled at The scheduled date must be in the future".to_owned());
        for near in ["2026-01-01T12:00:01Z", "2026-01-01T12:05:00Z"] {
            assert_eq!(schedules(&site, &alice, near).await.error(), soon, "{near}");
        }
        schedules(&site, &alice, "2026-01-01T12:05:00.001Z").await.ok();
        schedules(&site, &alice, "2026-01-02 10:00").await.ok();
        for none in ["banana", "tomorrow", "2026-02-30T10:00:00Z", "2026-01-02T25:00:00Z"] {
            assert_eq!(schedules(&site, &alice, none).await.error(), (422, "Record invalid".into()), "{none}");
        }
        let blank = site.post("/api/v1/statuses").by(&alice).json(json!({ "status": " ", "scheduled_at": AT })).await;
        assert_eq!(blank.error(), (422, "Validation failed: Text can't be blank".into()), "what could not be posted is not scheduled");
        assert_eq!(site.get("/api/v1/scheduled_statuses").by(&alice).await.ids().len(), 2);
    }

    async fn a_time_is_read_in_every_form_that_clients_write(site: Site) {
        let alice = site.user("alice");
        let forms = ["2026-01-02T10:00:00", "2026-01-02 10:00:00 UTC", "2026-01-02T11:00+01:00", "Fri, 02 Jan 2026 10:00:00 GMT", "2026-01-02T10:00:00.0000000000Z"];
        for form in forms {
            assert_eq!(schedules(&site, &alice, form).await.ok()["scheduled_at"], json!("2026-01-02T10:00:00.000Z"), "{form}");
        }
        let kept = id(schedules(&site, &alice, "2026-01-03")).await;
        let moved = site.put(&format!("/api/v1/scheduled_statuses/{kept}")).by(&alice);
        assert_eq!(moved.json(json!({ "scheduled_at": "banana" })).await.error(), (422, "Record invalid".into()));
        let shown = site.get(&format!("/api/v1/scheduled_statuses/{kept}")).by(&alice).await.ok();
        assert_eq!(shown["scheduled_at"], json!("2026-01-03T00:00:00.000Z"), "it stays where it was");
    }

    async fn a_day_holds_twenty_five(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        for _ in 0..25 {
            schedules(&site, &alice, AT).await.ok();
        }
        let full = (422, "Validation failed: You have exceeded the limit of 25 scheduled posts for today".to_owned());
        assert_eq!(schedules(&site, &alice, "2026-01-01T23:59:59.999Z").await.error(), full);
        let tomorrow = id(schedules(&site, &alice, "2026-01-02T00:00:00Z")).await;
        let moved = site.put(&format!("/api/v1/scheduled_statuses/{tomorrow}")).by(&alice).form(&format!("scheduled_at={AT}")).await;
        assert_eq!(moved.error(), full);
        schedules(&site, &bob, AT).await.ok();
    }

    async fn the_same_key_answers_with_the_same_scheduled_status(site: Site) {
        let alice = site.user("alice");
        let ask = schedules(&site, &alice, AT).header("idempotency-key", "one");
        assert_eq!(ask.clone().await.ok(), ask.await.ok());
        assert_eq!(site.get("/api/v1/scheduled_statuses").by(&alice).await.ids().len(), 1);
    }

    async fn it_is_moved_and_called_off_by_its_author_alone(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let picture = alice.uploads(&site.world).await.to_string();
        let body = json!({ "status": "hello", "scheduled_at": AT, "media_ids": [picture] });
        let kept = site.post("/api/v1/statuses").by(&alice).json(body).await.ok();
        let path = format!("/api/v1/scheduled_statuses/{}", kept["id"].as_str().unwrap());
        for ask in [site.get(&path), site.put(&path).form("scheduled_at=2026-01-03T00:00:00Z"), site.delete(&path)] {
            assert_eq!(ask.by(&bob).await.error(), (404, NOT_FOUND.into()));
        }
        let moved = site.put(&path).by(&alice).form("scheduled_at=2026-01-01T15:00:00Z").await.ok();
        let mut expected: Value = kept.clone();
        expected["scheduled_at"] = json!("2026-01-01T15:00:00.000Z");
        assert_eq!(moved, expected);
        let soon = site.ask(Method::PATCH, &path).by(&alice).form("scheduled_at=2026-01-01T12:04:00Z").await;
        assert_eq!(soon.error(), (422, "Validation failed: Scheduled at The scheduled date must be in the future".into()));
        assert_eq!(site.put(&path).by(&alice).form("scheduled_at=never").await.error(), (422, "Record invalid".into()));
        assert_eq!(site.put(&path).by(&alice).form("x=1").await.ok(), expected);
        site.world.advance(HOUR_MS);
        site.world.drain_jobs().await;
        assert!(alice.home().await.is_empty(), "put off");
        assert_eq!(site.delete(&path).by(&alice).await.ok(), json!({}));
        assert_eq!(site.delete(&path).by(&alice).await.error(), (404, NOT_FOUND.into()));
        site.world.advance(3 * HOUR_MS);
        site.world.drain_jobs().await;
        assert!(alice.home().await.is_empty(), "called off");
        site.post("/api/v1/statuses").by(&alice).json(json!({ "status": "x", "media_ids": [picture] })).await.ok();
    }

    async fn they_are_listed_by_pages_and_closed_to_others(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let mut ids = Vec::new();
        for hour in [20, 14, 18, 16, 22] {
            ids.push(id(schedules(&site, &alice, &format!("2026-01-01T{hour}:00:00Z"))).await);
        }
        ids.reverse();
        pages_both_ways(&site, "/api/v1/scheduled_statuses", &alice, &ids).await;
        assert_eq!(site.get("/api/v1/scheduled_statuses").by(&bob).await.ok(), json!([]));
        let path = format!("/api/v1/scheduled_statuses/{}", ids[0]);
        is_closed_without(&site, site.get("/api/v1/scheduled_statuses"), "read:statuses").await;
        is_closed_without(&site, site.get(&path), "read:statuses").await;
        is_closed_without(&site, site.put(&path), "write:statuses").await;
        is_closed_without(&site, site.delete(&path), "write:statuses").await;
    }
}
