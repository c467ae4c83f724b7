//! /.well-known/nodeinfo and /nodeinfo

use app::stories;
use serde_json::json;

use crate::tests::site::Site;

stories! {
    async fn crawlers_find_what_the_server_is(site: Site) {
        site.user("alice").posts("hello").await;
        let found = site.get("/.well-known/nodeinfo").header("origin", "https://anywhere.test").await;
        assert_eq!((found.header("access-control-allow-origin"), found.header("cache-control")), ("*", "max-age=259200, public"));
        let link = |version: &str| json!({ "rel": format!("http://nodeinfo.diaspora.software/ns/schema/{version}"), "href": format!("https://here.test/nodeinfo/{version}") });
        assert_eq!(found.ok(), json!({ "links": [link("2.0"), link("2.1")] }));
        let answer = site.get("/nodeinfo/2.0").await;
        assert_eq!(answer.header("content-type"), "application/json; profile=\"http://nodeinfo.diaspora.software/ns/schema/2.0#\"");
        assert_eq!(answer.header("cache-control"), "max-age=1800, public");
        let old: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(
            old,
            json!({
                "version": "2.0",
                "software": { "name": "ferrodon", "version": "0.0.0" },
                "protocols": ["activitypub"],
                "services": { "outbound": [], "inbound": [] },
                "usage": { "users": { "total": 2, "activeMonth": 2, "activeHalfyear": 2 }, "localPosts": 1 },
                "openRegistrations": false,
                "metadata": { "nodeName": "Ferrodon", "nodeDescription": "" },
            })
        );
        let new: serde_json::Value = serde_json::from_slice(&site.get("/nodeinfo/2.1").await.body).unwrap();
        assert_eq!((new["version"].clone(), new["software"]["repository"].clone()), (json!("2.1"), json!("https://source.test")));
    }
}
