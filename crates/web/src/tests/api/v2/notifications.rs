//! /api/v2/notifications

use app::stories;
use app::testing::{HOUR_MS, Person, START_MS};
use serde_json::{Value, json};

use crate::tests::shapes::NOW;
use crate::tests::site::{Site, is_closed_without};

/// The hour in which a world begins, in hours since 1970.
const HOUR: i64 = START_MS / HOUR_MS;
const PATH: &str = "/api/v2/notifications";

async fn page(site: &Site, by: &Person, query: &str) -> Value {
    site.get(&format!("{PATH}{query}")).by(by).await.ok()
}

fn keys(page: &Value) -> Vec<&str> {
    page["notification_groups"].as_array().unwrap().iter().map(|group| group["group_key"].as_str().unwrap()).collect()
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

/// People besides alice and bob.
async fn fans(site: &mut Site, count: usize) -> Vec<Person> {
    let mut fans = Vec::new();
    for number in 0..count {
        fans.push(site.world.add_user(&format!("fan{number}")).await);
    }
    fans
}

async fn happens(site: &Site) {
    site.world.drain_jobs().await;
    site.world.advance(60_000);
}

stories! {
    async fn favourites_of_a_status_are_one_group(site: Site) {
        let mut site = site;
        let fans = fans(&mut site, 10).await;
        let [alice, bob] = site.users(["alice", "bob"]);
        let status = alice.posts("hello").await;
        for fan in &fans {
            fan.favourites(status).await;
            happens(&site).await;
        }
        bob.posts("@alice hi").await;
        site.world.drain_jobs().await;
        let rows = site.get("/api/v1/notifications").by(&alice).await.ok();
        let id = |at: usize| rows[at]["id"].as_str().unwrap();
        let shown = page(&site, &alice, "").await;
        let newest_eight: Vec<String> = fans.iter().rev().take(8).map(|fan| fan.account.to_string()).collect();
        let favourites = json!({
            "group_key": format!("favourite-{status}-{HOUR}"),
            "notifications_count": 10,
            "type": "favourite",
            "most_recent_notification_id": id(1).parse::<i64>().unwrap(),
            "page_min_id": id(10),
            "page_max_id": id(1),
            "latest_page_notification_at": rows[1]["created_at"],
            "sample_account_ids": newest_eight,
            "status_id": status.to_string(),
        });
        assert_eq!(
            shown["notification_groups"],
            json!([
                {
                    "group_key": format!("ungrouped-{}", id(0)),
                    "notifications_count": 1,
                    "type": "mention",
                    "most_recent_notification_id": id(0).parse::<i64>().unwrap(),
                    "page_min_id": id(0),
                    "page_max_id": id(0),
                    "latest_page_notification_at": rows[0]["created_at"],
                    "sample_account_ids": [bob.account.to_string()],
                    "status_id": rows[0]["status"]["id"],
                },
                favourites,
            ])
        );
        let mut accounts = vec![bob.account.to_string()];
        accounts.extend(newest_eight.clone());
        assert_eq!(ids(&shown["accounts"]), accounts);
        assert_eq!(ids(&shown["statuses"]), [rows[0]["status"]["id"].as_str().unwrap(), &status.to_string()]);
        assert_eq!(shown["statuses"][0], rows[0]["status"]);
        assert_eq!(shown["accounts"][1], rows[1]["account"]);
        assert!(shown.get("partial_accounts").is_none());

        let one = page(&site, &alice, &format!("/favourite-{status}-{HOUR}")).await;
        let mut alone = favourites.clone();
        for key in ["page_min_id", "page_max_id", "latest_page_notification_at"] {
            alone.as_object_mut().unwrap().remove(key);
        }
        assert_eq!((&one["notification_groups"], ids(&one["accounts"]).len(), ids(&one["statuses"]).len()), (&json!([alone]), 8, 1));
        let mention = page(&site, &alice, &format!("/ungrouped-{}", id(0))).await;
        assert_eq!((keys(&mention), &mention["notification_groups"][0]["type"]), (vec![&*format!("ungrouped-{}", id(0))], &json!("mention")));
    }

    async fn accounts_can_come_as_little_more_than_their_pictures(site: Site) {
        let mut site = site;
        let fans = fans(&mut site, 3).await;
        let alice = site.user("alice");
        for fan in &fans {
            fan.follows(&alice).await;
            happens(&site).await;
        }
        let shown = page(&site, &alice, "?expand_accounts=partial_avatars").await;
        let (name, id) = (&fans[1].name, fans[1].account.to_string());
        assert_eq!(ids(&shown["accounts"]), [fans[2].account.to_string()]);
        assert_eq!(
            shown["partial_accounts"][0],
            json!({
                "id": id,
                "acct": name,
                "locked": false,
                "bot": false,
                "url": format!("https://here.test/@{name}"),
                "avatar": "https://here.test/avatars/original/missing.png",
                "avatar_static": "https://here.test/avatars/original/missing.png",
                "avatar_description": "",
            })
        );
        assert_eq!(ids(&shown["partial_accounts"]), [id, fans[0].account.to_string()]);
        assert!(shown["notification_groups"][0].get("status_id").is_none());
        assert_eq!(page(&site, &alice, "?expand_accounts=full").await, page(&site, &alice, "").await);
        let wrong = "Invalid value for 'expand_accounts': 'all', allowed values are 'full' and 'partial_avatars'";
        assert_eq!(site.get(&format!("{PATH}?expand_accounts=all")).by(&alice).await.error(), (400, wrong.into()));
    }

    async fn a_group_spans_half_a_day_at_most(site: Site) {
        let mut site = site;
        let fans = fans(&mut site, 4).await;
        let alice = site.user("alice");
        for fan in &fans {
            fan.follows(&alice).await;
            site.world.drain_jobs().await;
            site.world.advance(5 * HOUR_MS);
        }
        let shown = page(&site, &alice, "").await;
        assert_eq!(keys(&shown), [format!("follow-{}", HOUR + 15), format!("follow-{HOUR}")]);
        assert_eq!(shown["notification_groups"][1]["notifications_count"], 3);
    }

    async fn a_group_on_both_sides_of_a_pages_end_comes_on_both(site: Site) {
        let mut site = site;
        let fans = fans(&mut site, 3).await;
        let [alice, bob] = site.users(["alice", "bob"]);
        let status = alice.posts("hello").await;
        let group = format!("favourite-{status}-{HOUR}");
        fans[0].favourites(status).await;
        happens(&site).await;
        bob.posts("@alice one").await;
        happens(&site).await;
        bob.posts("@alice two").await;
        happens(&site).await;
        for fan in &fans[1..] {
            fan.favourites(status).await;
            happens(&site).await;
        }
        let rows = site.get("/api/v1/notifications").by(&alice).await.ids();
        let alone = |at: usize| format!("ungrouped-{}", rows[at]);
        let answer = site.get(&format!("{PATH}?limit=2")).by(&alice).await;
        let first = answer.ok();
        assert_eq!(keys(&first), [group.clone(), alone(2)]);
        let on_page = |page: &Value, at: usize| {
            let group = &page["notification_groups"][at];
            (group["notifications_count"].clone(), group["page_min_id"].clone(), group["page_max_id"].clone())
        };
        assert_eq!(on_page(&first, 0), (json!(3), json!(rows[1]), json!(rows[0])));
        let next = answer.link("next").unwrap();
        assert!(next.contains(&format!("max_id={}", rows[2])) && next.contains("limit=2"), "{next}");
        let answer = site.get(&next).by(&alice).await;
        let second = answer.ok();
        assert_eq!(keys(&second), [alone(3), group.clone()]);
        assert_eq!(on_page(&second, 1), (json!(1), json!(rows[4]), json!(rows[4])), "what is newer was on the first page");
        let (newer, older) = (&first["notification_groups"][0], &second["notification_groups"][1]);
        assert_eq!((&older["sample_account_ids"], &older["most_recent_notification_id"]), (&json!([fans[0].account.to_string()]), &json!(rows[4].parse::<i64>().unwrap())));
        let all: Vec<String> = fans.iter().rev().map(|fan| fan.account.to_string()).collect();
        assert_eq!((&newer["sample_account_ids"], &newer["most_recent_notification_id"]), (&json!(all), &json!(rows[0].parse::<i64>().unwrap())));
        assert_eq!(ids(&second["accounts"]), [bob.account.to_string(), fans[0].account.to_string()]);
        assert!(older["latest_page_notification_at"].as_str() < newer["latest_page_notification_at"].as_str());
        let next = answer.link("next").unwrap();
        let end = site.get(&next).by(&alice).await;
        assert_eq!((keys(&end.ok()), end.link("next")), (vec![], None));
        let up = site.get(&answer.link("prev").unwrap()).by(&alice).await.ok();
        assert_eq!(keys(&up), [group.clone(), alone(2)]);
        assert_eq!(on_page(&up, 0), (json!(2), json!(rows[1]), json!(rows[1])), "upwards, the oldest leads");
        let since = page(&site, &alice, &format!("?since_id={}", rows[4])).await;
        assert_eq!(on_page(&since, 0), (json!(3), json!(rows[1]), json!(rows[0])), "a page that is not full reaches to its bound");
        let all = page(&site, &alice, "").await;
        assert_eq!((keys(&all), on_page(&all, 0)), (vec![&*group, &alone(2), &alone(3)], (json!(3), json!(rows[4]), json!(rows[0]))));
    }

    async fn kinds_can_be_left_out_or_ungrouped(site: Site) {
        let mut site = site;
        let fans = fans(&mut site, 2).await;
        let alice = site.user("alice");
        let status = alice.posts("hello").await;
        for fan in &fans {
            fan.favourites(status).await;
            fan.reblogs(status).await;
            happens(&site).await;
        }
        let (favourites, reblogs) = (format!("favourite-{status}-{HOUR}"), format!("reblog-{status}-{HOUR}"));
        let sorted = |page: &Value| -> Vec<String> { std::collections::BTreeSet::from_iter(keys(page)).into_iter().map(str::to_owned).collect() };
        assert_eq!(sorted(&page(&site, &alice, "").await), [favourites.clone(), reblogs.clone()]);
        assert_eq!(keys(&page(&site, &alice, "?types[]=reblog").await), [&*reblogs]);
        assert_eq!(keys(&page(&site, &alice, "?exclude_types[]=reblog").await), [&*favourites]);
        let apart = page(&site, &alice, "?grouped_types[]=reblog&exclude_types[]=reblog").await;
        assert_eq!(keys(&apart).len(), 2);
        assert!(keys(&apart).iter().all(|key| key.starts_with("ungrouped-")));
        let count = async |query: &str| site.get(&format!("{PATH}/unread_count{query}")).by(&alice).await.ok();
        assert_eq!((count("").await, count("?limit=1").await), (json!({ "count": 2 }), json!({ "count": 1 })));
        assert_eq!(count("?grouped_types[]=reblog").await, json!({ "count": 3 }));
        let newest = site.get("/api/v1/notifications?limit=1").by(&alice).await.ids()[0].clone();
        site.post("/api/v1/markers").by(&alice).json(json!({ "notifications": { "last_read_id": newest } })).await.ok();
        assert_eq!(count("").await, json!({ "count": 0 }));
    }

    async fn a_groups_accounts_are_paged_by_notification(site: Site) {
        let mut site = site;
        let fans = fans(&mut site, 5).await;
        let alice = site.user("alice");
        for fan in &fans {
            fan.follows(&alice).await;
            happens(&site).await;
        }
        let newest_first: Vec<String> = fans.iter().rev().map(|fan| fan.account.to_string()).collect();
        let path = format!("{PATH}/follow-{HOUR}/accounts");
        crate::tests::site::pages_both_ways(&site, &path, &alice, &newest_first).await;
        let full = site.get(&format!("{path}?limit=5")).by(&alice).await;
        let rows = site.get("/api/v1/notifications").by(&alice).await.ids();
        assert!(full.link("next").unwrap().contains(&format!("max_id={}", rows[4])));
        assert_eq!(site.get(&path).by(&alice).await.link("next"), None, "the page is not full");
        let [bob] = site.users(["bob"]);
        assert_eq!(site.get(&path).by(&bob).await.ok(), json!([]), "bob has no such group");
        bob.posts("@alice hi").await;
        site.world.drain_jobs().await;
        let alone = format!("{PATH}/ungrouped-{}/accounts", site.get("/api/v1/notifications").by(&alice).await.ids()[0]);
        assert_eq!(site.get(&alone).by(&alice).await.ids(), [bob.account.to_string()]);
        assert_eq!(site.get(&alone).by(&bob).await.ok(), json!([]));
        assert_eq!(site.get(&format!("{PATH}/ungrouped-nonsense/accounts")).by(&alice).await.ok(), json!([]));
    }

    async fn groups_are_dismissed_by_their_owner(site: Site) {
        let mut site = site;
        let fans = fans(&mut site, 3).await;
        let [alice, bob] = site.users(["alice", "bob"]);
        for fan in &fans {
            fan.follows(&alice).await;
        }
        bob.posts("@alice hi").await;
        site.world.drain_jobs().await;
        let mention = site.get("/api/v1/notifications?types[]=mention").by(&alice).await.ids()[0].clone();
        let (group, alone) = (format!("{PATH}/follow-{HOUR}"), format!("{PATH}/ungrouped-{mention}"));
        for path in [&group, &alone] {
            assert_eq!(site.get(path).by(&bob).await.error(), (404, "Record not found".into()));
            assert_eq!(site.post(&format!("{path}/dismiss")).by(&bob).await.ok(), json!({}), "nothing of bob's is there");
            site.get(path).by(&alice).await.ok();
            assert_eq!(site.post(&format!("{path}/dismiss")).by(&alice).await.ok(), json!({}));
            assert_eq!(site.get(path).by(&alice).await.error(), (404, "Record not found".into()));
        }
        assert_eq!(site.get("/api/v1/notifications").by(&alice).await.ok(), json!([]));
        for nonsense in ["ungrouped-x", "x", "%00", "ungrouped-99999999999999999999999"] {
            assert_eq!(site.get(&format!("{PATH}/{nonsense}")).by(&alice).await.error(), (404, "Record not found".into()), "{nonsense}");
        }
        bob.posts("@alice hi").await;
        site.world.drain_jobs().await;
        assert_eq!(site.post(&format!("{PATH}/clear")).by(&alice).await.ok(), json!({}));
        assert_eq!(page(&site, &alice, "").await["notification_groups"], json!([]));
    }

    async fn groups_are_closed_to_others(site: Site) {
        for path in ["", "/unread_count", "/follow-1", "/follow-1/accounts"] {
            is_closed_without(&site, site.get(&format!("{PATH}{path}")), "read:notifications").await;
        }
        for path in ["/clear", "/follow-1/dismiss"] {
            is_closed_without(&site, site.post(&format!("{PATH}{path}")), "write:notifications").await;
        }
    }

    async fn what_a_group_tells_is_as_of_its_time(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        bob.follows(&alice).await;
        site.world.drain_jobs().await;
        assert_eq!(page(&site, &alice, "").await["notification_groups"][0]["latest_page_notification_at"], NOW);
    }
}
