//! /api/v2/instance

use app::stories;
use serde_json::json;

use crate::tests::site::{Site, keys};

stories! {
    async fn the_instance_describes_itself(site: Site) {
        let shown = site.get("/api/v2/instance").await.ok();
        assert_eq!(
            keys(&shown),
            [
                "api_versions", "configuration", "contact", "description", "domain", "icon", "languages", "registrations", "rules", "source_url",
                "thumbnail", "title", "usage", "version", "wrapstodon"
            ]
        );
        assert_eq!(shown["domain"], "here.test");
        assert_eq!(shown["usage"], json!({ "users": { "active_month": 2 } }));
        assert_eq!(shown["configuration"]["statuses"], json!({ "max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23 }));
        assert_eq!(shown["configuration"]["urls"]["streaming"], "wss://here.test");
        assert!(!shown["registrations"]["enabled"].as_bool().unwrap());
    }
}
