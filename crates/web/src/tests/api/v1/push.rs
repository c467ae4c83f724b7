//! /api/v1/push/subscription and what ends one

use app::stories;
use serde_json::{Value, json};

use crate::tests::site::{Site, is_closed_without};

const PATH: &str = "/api/v1/push/subscription";
/// Of RFC 8291, Appendix A.
const POINT: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

fn body(changes: Value) -> Value {
    let mut body = json!({
        "subscription": { "endpoint": "https://push.example/1", "keys": { "p256dh": POINT, "auth": AUTH }, "standard": true },
        "data": { "alerts": { "mention": true, "admin.sign_up": "0", "nonsense": true }, "policy": "followed" },
    });
    for (path, value) in changes.as_object().unwrap() {
        *body.pointer_mut(path).unwrap() = value.clone();
    }
    body
}

stories! {
    async fn a_client_subscribes_changes_its_mind_and_leaves(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        assert_eq!(site.get(PATH).by(&alice).await.error(), (404, "Record not found".into()));
        assert_eq!(site.put(PATH).by(&alice).json(json!({})).await.error(), (404, "Record not found".into()));
        assert_eq!(site.delete(PATH).by(&alice).await.ok(), json!({}), "none is as good as ended");
        let made = site.post(PATH).by(&alice).json(body(json!({}))).await.ok();
        let key = site.get("/api/v2/instance").await.ok()["configuration"]["vapid"]["public_key"].clone();
        assert!(made["id"].is_i64());
        assert_eq!(
            made,
            json!({
                "id": made["id"],
                "endpoint": "https://push.example/1",
                "standard": true,
                "alerts": { "mention": true, "admin.sign_up": false },
                "server_key": key,
                "policy": "followed",
            })
        );
        assert_eq!(site.get(PATH).by(&alice).await.ok(), made);
        assert_eq!(site.get(PATH).by(&bob).await.status, 404);
        let other_client = alice.token_with("push").await;
        assert_eq!(site.get(PATH).with_token(&other_client).await.status, 404, "one for each token");

        let changed = site.put(PATH).by(&alice).form("data[alerts][follow]=true&data[policy]=all").await.ok();
        assert_eq!((&changed["alerts"], &changed["policy"], &changed["id"]), (&json!({ "follow": true }), &json!("all"), &made["id"]));
        let emptied = site.ask(axum::http::Method::PATCH, PATH).by(&alice).await.ok();
        assert_eq!((&emptied["alerts"], &emptied["policy"]), (&json!({}), &json!("all")));

        let form = format!("subscription[endpoint]=https://push.example/2&subscription[keys][p256dh]={POINT}&subscription[keys][auth]={AUTH}");
        let again = site.post(PATH).by(&alice).form(&form).await.ok();
        assert_eq!((&again["endpoint"], &again["standard"], &again["alerts"]), (&json!("https://push.example/2"), &json!(false), &json!({})));
        assert_ne!(again["id"], made["id"]);
        assert_eq!(site.get(PATH).by(&alice).await.ok(), again);

        assert_eq!(site.delete(PATH).by(&alice).await.ok(), json!({}));
        assert_eq!(site.get(PATH).by(&alice).await.status, 404);
    }

    async fn what_cannot_be_pushed_to_is_refused(site: Site) {
        let alice = site.user("alice");
        let refused = async |body: Value| site.post(PATH).by(&alice).json(body).await.error();
        let key = "Validation failed: is not a valid Ed25519 or Curve25519 key";
        let cases = [
            ("/subscription/keys/p256dh", json!("nonsense"), key),
            ("/subscription/keys/p256dh", json!(null), key),
            ("/subscription/keys/p256dh", json!(AUTH), key),
            ("/subscription/keys/auth", json!("short"), key),
            ("/subscription/keys", json!(null), key),
            ("/subscription/endpoint", json!(""), "Validation failed: Endpoint can't be blank"),
            ("/subscription/endpoint", json!("nonsense"), "Validation failed: Endpoint is not a valid URL"),
            ("/subscription/endpoint", json!("http://push.example/"), "Validation failed: Endpoint is not a valid URL"),
            ("/subscription/endpoint", json!(format!("https://push.example/{}", "x".repeat(3000))), "Validation failed: Endpoint is not a valid URL"),
        ];
        for (path, value, words) in cases {
            assert_eq!(refused(body(json!({ path: value.clone() }))).await, (422, words.into()), "{path}: {value}");
        }
        let missing = "param is missing or the value is empty or invalid: subscription";
        for body in [json!({}), json!({ "subscription": "x" }), json!({ "data": {} })] {
            assert_eq!(refused(body).await, (400, missing.into()));
        }
        assert_eq!(site.get(PATH).by(&alice).await.status, 404, "nothing was kept");
        site.post(PATH).by(&alice).json(body(json!({}))).await.ok();
        for data in [json!("nonsense"), json!([1]), json!(7)] {
            assert_eq!(site.put(PATH).by(&alice).json(json!({ "data": data })).await.status, 400, "{data}");
        }
    }

    async fn the_address_in_a_push_ends_the_subscription(site: Site) {
        let alice = site.user("alice");
        let made = site.post(PATH).by(&alice).json(body(json!({}))).await.ok();
        let id = app::ids::PushSubscriptionId(made["id"].as_i64().unwrap());
        let address = app::push::unsubscribe::address(&site.world.app, id);
        let path = address.strip_prefix("https://here.test").unwrap();
        assert_eq!(site.delete(&path[..path.len() - 1]).await.error(), (404, "Record not found".into()));
        site.get(PATH).by(&alice).await.ok();
        let ended = site.delete(path).await;
        assert_eq!((ended.status, ended.text()), (200, ""));
        assert_eq!(site.get(PATH).by(&alice).await.status, 404);
    }

    async fn pushes_are_closed_to_others(site: Site) {
        for ask in [site.get(PATH), site.post(PATH), site.put(PATH), site.delete(PATH)] {
            is_closed_without(&site, ask, "push").await;
        }
    }
}
