//! /api/v1/custom_emojis, and emojis wherever texts are shown

use app::emojis::import::{Import, import};
use app::emojis::remove::remove;
use app::emojis::switch::switch;
use app::testing::png;
use app::{Origin, stories};
use serde_json::{Value, json};

use crate::tests::site::Site;

fn picture(shortcode: &str) -> Import {
    let shortcode = shortcode.to_owned();
    Import { shortcode, file: png(32, 32), category: None, visible_in_picker: true, featured: false, overwrite: false }
}

async fn add(site: &Site, emoji: Import) {
    import(&site.world.app, Origin::Cli, emoji).await.unwrap();
}

fn shortcodes(emojis: &Value) -> Vec<&str> {
    emojis.as_array().unwrap().iter().map(|emoji| emoji["shortcode"].as_str().unwrap()).collect()
}

stories! {
    async fn the_picker_gets_all_emojis_it_may_offer_at_once(site: Site) {
        let nothing = site.get("/api/v1/custom_emojis").await;
        assert_eq!(nothing.header("cache-control"), "max-age=300, public, stale-while-revalidate=30, stale-if-error=86400");
        assert_eq!(nothing.ok(), json!([]));
        add(&site, picture("plain")).await;
        add(&site, Import { category: Some(" Cats ".into()), featured: true, file: png(20, 10), ..picture("cat") }).await;
        add(&site, Import { visible_in_picker: false, ..picture("hidden") }).await;
        let shown = site.get("/api/v1/custom_emojis").await.ok();
        assert_eq!(shortcodes(&shown), ["cat", "plain"]);
        let (cat, plain) = (&shown[0], &shown[1]);
        let url = cat["url"].as_str().unwrap();
        assert!(url.starts_with("https://here.test/media/") && url.ends_with(".png"), "{url}");
        let expected = json!({
            "shortcode": "cat", "url": url, "static_url": cat["static_url"], "visible_in_picker": true, "category": "Cats", "featured": true
        });
        assert_eq!(*cat, expected);
        assert_eq!(*plain, json!({ "shortcode": "plain", "url": plain["url"], "static_url": plain["static_url"], "visible_in_picker": true }));
        let file = site.get(url.strip_prefix("https://here.test").unwrap()).await;
        assert_eq!((file.status, file.header("content-type")), (200, "image/png"));
        switch(&site.world.app, Origin::Cli, "cat", false).await.unwrap();
        assert_eq!(shortcodes(&site.get("/api/v1/custom_emojis").await.ok()), ["plain"]);
        switch(&site.world.app, Origin::Cli, "cat", true).await.unwrap();
        remove(&site.world.app, Origin::Cli, "plain").await.unwrap();
        assert_eq!(shortcodes(&site.get("/api/v1/custom_emojis").await.ok()), ["cat"]);
    }

    async fn a_status_carries_the_emojis_of_its_texts(site: Site) {
        for name in ["cat", "dog", "unused"] {
            add(&site, Import { category: Some("Animals".into()), ..picture(name) }).await;
        }
        let alice = site.user("alice");
        let post = json!({ "status": "a :cat: and :cat: but no:dog: or :Cat: or :bird:", "spoiler_text": ":dog: inside" });
        let shown = site.post("/api/v1/statuses").by(&alice).json(post).await.ok();
        assert_eq!(shortcodes(&shown["emojis"]), ["dog", "cat"]);
        let dog = &shown["emojis"][0];
        let bare = json!({ "shortcode": "dog", "url": dog["url"], "static_url": dog["static_url"], "visible_in_picker": true });
        assert_eq!(*dog, bare, "without category");
        assert!(shown["content"].as_str().unwrap().contains(":cat:"), "clients put the picture in");
        let path = format!("/api/v1/statuses/{}", shown["id"].as_str().unwrap());
        let reblog = site.post(&format!("{path}/reblog")).by(&site.user("bob")).await.ok();
        assert_eq!((reblog["emojis"].clone(), reblog["reblog"]["emojis"].clone()), (shown["emojis"].clone(), shown["emojis"].clone()));
        remove(&site.world.app, Origin::Cli, "dog").await.unwrap();
        assert_eq!(shortcodes(&site.get(&path).await.ok()["emojis"]), ["cat"], "an emoji that is gone is gone everywhere");
    }

    async fn emojis_cost_no_statements_when_they_are_shown(site: Site) {
        let alice = site.user("alice");
        let id = alice.posts("hello :cat:").await;
        let ask = || site.get(&format!("/api/v1/statuses/{id}"));
        ask().await.ok();
        let (before, _) = site.world.statements_of(async { ask().await }).await;
        add(&site, picture("cat")).await;
        let (after, shown) = site.world.statements_of(async { ask().await }).await;
        assert_eq!((after, shortcodes(&shown.ok()["emojis"])), (before, vec!["cat"]));
        assert_eq!(site.world.statements_of(async { site.get("/api/v1/custom_emojis").await }).await.0, 0);
    }
}
