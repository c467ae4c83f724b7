//! /api/v1/apps

use app::stories;
use serde_json::json;

use crate::tests::site::{Site, keys};

stories! {
    async fn an_application_is_registered_and_gets_its_secret_once(site: Site) {
        let made = site.post("/api/v1/apps").form("client_name=Client&redirect_uris=urn:ietf:wg:oauth:2.0:oob%0Ahttps://a.test/&scopes=read+write&website=https://a.test").await.ok();
        assert_eq!(
            keys(&made),
            ["client_id", "client_secret", "client_secret_expires_at", "id", "name", "redirect_uri", "redirect_uris", "scopes", "vapid_key", "website"]
        );
        assert_eq!(made["redirect_uris"], json!(["urn:ietf:wg:oauth:2.0:oob", "https://a.test/"]));
        assert_eq!((made["redirect_uri"].clone(), made["scopes"].clone()), (json!("urn:ietf:wg:oauth:2.0:oob\nhttps://a.test/"), json!(["read", "write"])));
        assert_eq!((made["website"].clone(), made["client_secret_expires_at"].clone()), (json!("https://a.test"), json!(0)));
        let listed = site.post("/api/v1/apps").json(json!({ "client_name": "Client", "redirect_uris": ["https://a.test/", "my://back"] })).await.ok();
        assert_eq!((listed["redirect_uris"].clone(), listed["scopes"].clone(), listed["website"].clone()), (json!(["https://a.test/", "my://back"]), json!(["read"]), json!(null)));
    }

    async fn a_list_of_scopes_means_the_default(site: Site) {
        let made = site.post("/api/v1/apps").json(json!({ "client_name": "C", "redirect_uris": "my://back", "scopes": ["write", "follow"] })).await.ok();
        assert_eq!(made["scopes"], json!(["read"]));
    }

    async fn a_wrong_registration_says_all_that_is_wrong(site: Site) {
        let wrong = site.post("/api/v1/apps").form("client_name=&scopes=nonsense").await;
        assert_eq!(wrong.status, 422);
        let (_, words) = wrong.error();
        assert!(words.starts_with("Validation failed: Name can't be blank, Redirect URI can't be blank, "), "{words}");
    }

    async fn an_address_that_no_header_can_hold_is_refused(site: Site) {
        for (uri, words) in [
            ("https://a.test/\u{7}", "Redirect URI must be a valid URI."),
            ("https://a.test/\r\rX:y", "Redirect URI must be a valid URI."),
            ("https://a.test/ b", "Redirect URI must be an absolute URI."),
            ("\tJavaScript:alert(1)", "Redirect URI is forbidden by the server."),
            ("https://a.test/#", "Redirect URI cannot contain a fragment."),
            ("app:back", "Redirect URI must specify a scheme."),
        ] {
            for uris in [json!(uri), json!(["https://a.test/", uri])] {
                let refused = site.post("/api/v1/apps").json(json!({ "client_name": "Client", "redirect_uris": uris })).await;
                assert_eq!(refused.error(), (422, format!("Validation failed: {words}")), "{uri:?}");
            }
        }
    }

    async fn addresses_have_two_thousand_characters_together(site: Site) {
        let long = |length: usize| format!("https://a.test/{}", "a".repeat(length - 15));
        let many = |count: usize| (0..count).map(|number| format!("https://a.test/{number:04}")).collect::<Vec<_>>();
        let refused = (422, "Validation failed: Redirect URI is too long (maximum is 2000 characters)".to_owned());
        // Twenty characters each, with the end of each line but the last.
        for (uris, fits) in [
            (json!(long(2000)), true),
            (json!(long(2001)), false),
            (json!([long(1000), long(999)]), true),
            (json!([long(1000), long(1000)]), false),
            (json!(many(100)), true),
            (json!(many(101).join("\n")), false),
        ] {
            let answer = site.post("/api/v1/apps").json(json!({ "client_name": "Client", "redirect_uris": uris })).await;
            if fits {
                assert_eq!(answer.status, 200, "{uris}");
            } else {
                assert_eq!(answer.error(), refused, "{uris}");
            }
        }
    }

    async fn an_application_is_shown_to_its_own_token(site: Site) {
        let shown = site.get("/api/v1/apps/verify_credentials").by(&site.user("alice")).await.ok();
        assert_eq!(keys(&shown), ["id", "name", "redirect_uri", "redirect_uris", "scopes", "vapid_key", "website"]);
        assert_eq!(shown["name"], "Ferrodon");
        assert_eq!(site.get("/api/v1/apps/verify_credentials").await.error(), (401, "The access token is invalid".into()));
    }
}
