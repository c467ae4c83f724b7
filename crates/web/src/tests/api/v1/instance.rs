//! /api/v1/instance and /api/v1/custom_emojis

use app::stories;
use serde_json::json;

use crate::tests::site::{Site, keys};

stories! {
    async fn the_first_version_of_the_instance_is_still_told(site: Site) {
        let shown = site.get("/api/v1/instance").await.ok();
        assert_eq!(
            keys(&shown),
            [
                "approval_required", "configuration", "contact_account", "description", "email", "invites_enabled", "languages", "registrations",
                "rules", "short_description", "stats", "thumbnail", "title", "uri", "urls", "version"
            ]
        );
        assert_eq!(shown["uri"], "here.test");
        assert_eq!(shown["urls"], json!({ "streaming_api": "wss://here.test" }));
        assert_eq!(shown["stats"], json!({ "user_count": 2, "status_count": 0, "domain_count": 0 }));
        assert!(shown["version"].as_str().unwrap().starts_with("4.5.0 (compatible; "));
        assert_eq!(site.get("/api/v1/custom_emojis").await.ok(), json!([]));
    }
}
