//! /api/v1/accounts/update_credentials, /api/v1/profile, /api/v1/preferences, /api/v1/accounts

use app::stories;
use app::testing::png;
use axum::http::Method;
use base64::Engine as _;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::tests::shapes::{account, with};
use crate::tests::site::{Ask, Site, is_closed_without, keys};

const UPDATE: &str = "/api/v1/accounts/update_credentials";

fn update(site: &Site) -> Ask {
    site.ask(Method::PATCH, UPDATE)
}

/// Two frames of other colours.
fn moving_gif() -> Bytes {
    let mut bytes = b"GIF89a\x02\x00\x02\x00\x80\x00\x00\xff\x00\x00\x00\x00\xff".to_vec();
    bytes.extend(b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00");
    for pixels in [b"\x02\x03\x84\x51\x05\x00", b"\x02\x03\x04\x72\x05\x00"] {
        bytes.extend(b"!\xf9\x04\x00\x0a\x00\x00\x00,\x00\x00\x00\x00\x02\x00\x02\x00\x00");
        bytes.extend(pixels);
    }
    bytes.push(b';');
    bytes.into()
}

/// Width and height of a picture that is served.
async fn size(site: &Site, url: &Value) -> (u32, u32) {
    let path = url.as_str().unwrap().strip_prefix("https://here.test").unwrap();
    let answer = site.get(path).await;
    assert_eq!(answer.status, 200, "{path}");
    let number = |at: usize| u32::from_be_bytes(answer.body[at..at + 4].try_into().unwrap());
    assert_eq!(answer.header("content-type"), "image/png");
    (number(16), number(20))
}

stories! {
    async fn a_profile_is_changed_in_every_encoding(site: Site) {
        let alice = site.user("alice");
        let expected = json!([{ "name": "Site", "value": "https://a.test", "verified_at": null }, { "name": "Pronouns", "value": "she", "verified_at": null }]);
        let clear = || async { update(&site).by(&alice).json(json!({ "fields_attributes": [], "display_name": "" })).await.ok() };
        let json = json!({ "display_name": " Alice ", "fields_attributes": [{ "name": "Site", "value": "https://a.test" }, { "name": " Pronouns", "value": "she " }, { "name": "", "value": "" }] });
        let hash = json!({ "display_name": "Alice", "fields_attributes": { "0": { "name": "Site", "value": "https://a.test" }, "1": { "name": "Pronouns", "value": "she" } } });
        let indexed = "display_name=Alice&fields_attributes[0][name]=Site&fields_attributes[0][value]=https://a.test&fields_attributes[1][name]=Pronouns&fields_attributes[1][value]=she";
        let listed = "display_name=Alice&fields_attributes[][name]=Site&fields_attributes[][value]=https://a.test&fields_attributes[][name]=Pronouns&fields_attributes[][value]=she";
        let parts = [
            ("display_name", "Alice"),
            ("fields_attributes[0][name]", "Site"),
            ("fields_attributes[0][value]", "https://a.test"),
            ("fields_attributes[1][name]", "Pronouns"),
            ("fields_attributes[1][value]", "she"),
        ];
        let asks = [update(&site).json(json), update(&site).json(hash), update(&site).form(indexed), update(&site).form(listed), update(&site).multipart(&parts, None), site.put(UPDATE).form(indexed)];
        for (number, ask) in asks.into_iter().enumerate() {
            assert_eq!(clear().await["fields"], json!([]));
            let shown = ask.by(&alice).await.ok();
            assert_eq!((shown["display_name"].clone(), shown["source"]["fields"].clone()), (json!("Alice"), expected.clone()), "encoding {number}");
            assert!(shown["fields"][0]["value"].as_str().unwrap().starts_with("<a href=\"https://a.test\" target=\"_blank\" rel=\"nofollow noopener me\""));
        }
    }

    async fn everything_on_a_profile_is_shown_to_others(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let wish = json!({
            "display_name": "Alice", "note": "I know @bob and @nobody #cats", "locked": true, "bot": "1", "discoverable": true, "indexable": "true",
            "hide_collections": true, "avatar_description": "me", "header_description": "a hill", "attribution_domains": ["https://Blog.test/a", "news.test"],
            "source": { "privacy": "unlisted", "sensitive": true, "language": "de-DE", "quote_policy": "followers" },
        });
        let own = update(&site).by(&alice).json(wish).await.ok();
        let note = "<p>I know <span class=\"h-card\" translate=\"no\"><a href=\"https://here.test/@bob\" class=\"u-url mention\">@<span>bob</span></a></span> and @nobody <a href=\"https://here.test/tags/cats\" class=\"mention hashtag\" rel=\"tag\">#<span>cats</span></a></p>";
        let expected = with(account(&alice), json!({
            "display_name": "Alice", "note": note, "locked": true, "bot": true, "discoverable": true, "indexable": true, "hide_collections": true,
            "avatar_description": "me", "header_description": "a hill",
        }));
        assert_eq!(site.get(&format!("/api/v1/accounts/{}", alice.account)).by(&bob).await.ok(), expected);
        let source = json!({
            "attribution_domains": ["blog.test", "news.test"], "note": "I know @bob and @nobody #cats", "fields": [], "privacy": "unlisted", "sensitive": true,
            "language": "de", "follow_requests_count": 0, "hide_collections": true, "discoverable": true, "indexable": true, "quote_policy": "followers",
        });
        assert_eq!(own["source"], source);
        assert_eq!(site.get("/api/v1/accounts/verify_credentials").by(&alice).await.ok(), own);
        let status = alice.posts("hello").await;
        let posted = site.get(&format!("/api/v1/statuses/{status}")).by(&alice).await.ok();
        assert_eq!((posted["visibility"].clone(), posted["language"].clone(), posted["sensitive"].clone()), (json!("unlisted"), json!("de"), json!(true)));
        let untouched = update(&site).by(&alice).json(json!({ "source": { "language": "" } })).await.ok();
        assert_eq!(untouched["source"], with(source, json!({ "language": null })));
        assert_eq!(untouched["note"], note);
    }

    async fn a_refused_change_writes_nothing_and_says_what_was_wrong(site: Site) {
        let alice = site.user("alice");
        let before = site.get("/api/v1/accounts/verify_credentials").by(&alice).await.ok();
        let refused = |wish: Value| update(&site).by(&alice).json(wish);
        let answer = refused(json!({ "display_name": "x".repeat(31), "note": "ok" })).await;
        assert_eq!(answer.status, 422);
        assert_eq!(answer.json(), json!({
            "error": "Validation failed: Display name is too long (maximum is 30 characters)",
            "details": { "display_name": [{ "error": "ERR_TOO_LONG", "description": "is too long (maximum is 30 characters)" }] },
        }));
        let five: Vec<Value> = (0..5).map(|n| json!({ "name": n.to_string(), "value": "x" })).collect();
        let cases = [
            (json!({ "note": "x".repeat(501) }), "note", "ERR_TOO_LONG"),
            (json!({ "fields_attributes": five }), "fields", "ERR_TOO_LONG"),
            (json!({ "fields_attributes": [{ "name": "", "value": "x" }] }), "fields", "ERR_FIELDS_WITH_VALUES_MISSING_LABELS"),
            (json!({ "avatar_description": "x".repeat(151) }), "avatar_description", "ERR_TOO_LONG"),
            (json!({ "attribution_domains": ["no domain"] }), "attribution_domains", "ERR_INVALID"),
            (json!({ "source": { "privacy": "direct" } }), "default_privacy", "ERR_INCLUSION"),
            (json!({ "source": { "language": "klingon" } }), "default_language", "ERR_INCLUSION"),
            (json!({ "source": { "quote_policy": "some" } }), "default_quote_policy", "ERR_INCLUSION"),
            (json!({ "avatar": "data:image/png;base64,AAAA" }), "avatar", "ERR_INVALID"),
            (json!({ "header": "nonsense" }), "header", "ERR_INVALID"),
        ];
        for (wish, attribute, code) in cases {
            let answer = refused(with(wish, json!({ "locked": true }))).await;
            assert_eq!((answer.status, &answer.json()["details"][attribute][0]["error"]), (422, &json!(code)), "{attribute}");
        }
        let long = format!("{} https://a.test/{}", "x".repeat(476), "y".repeat(200));
        assert_eq!(site.get("/api/v1/accounts/verify_credentials").by(&alice).await.ok(), before);
        update(&site).by(&alice).json(json!({ "note": long })).await.ok();
        let japanese = site.ask(Method::PATCH, &format!("{UPDATE}?lang=ja")).by(&alice).json(json!({ "display_name": "x".repeat(31) })).await;
        assert_eq!(japanese.json()["details"]["display_name"][0]["description"], "が長すぎます（最大30文字）");
        is_closed_without(&site, update(&site).form("locked=true"), "write:accounts").await;
    }

    async fn pictures_are_cut_to_their_size_and_shown_everywhere(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let own = update(&site).by(&alice).multipart(&[("avatar_description", "blue")], Some(("avatar", png(900, 500)))).await.ok();
        assert_eq!(size(&site, &own["avatar"]).await, (400, 400));
        assert_eq!((own["avatar"].clone(), own["avatar_description"].clone()), (own["avatar_static"].clone(), json!("blue")));
        let data = format!("data:image/png;base64,{}", base64::engine::general_purpose::STANDARD.encode(png(60, 60)));
        let own = update(&site).by(&alice).json(json!({ "header": data })).await.ok();
        assert_eq!(size(&site, &own["header"]).await, (1500, 500));
        assert_eq!(size(&site, &own["avatar"]).await, (400, 400), "the other picture stays");
        let status = alice.posts("hello").await;
        let seen = site.get(&format!("/api/v1/statuses/{status}")).by(&bob).await.ok();
        assert_eq!((seen["account"]["avatar"].clone(), seen["account"]["header"].clone()), (own["avatar"].clone(), own["header"].clone()));
        let profile = site.get("/@alice").header("accept", "text/html").await;
        assert!(profile.text().contains(own["avatar"].as_str().unwrap()));

        let gone = site.delete("/api/v1/profile/avatar").by(&alice).await.ok();
        assert_eq!((gone["avatar"].clone(), gone["avatar_description"].clone()), (json!("https://here.test/avatars/original/missing.png"), json!("")));
        assert_eq!(gone["header"], own["header"]);
        let gone = site.delete("/api/v1/profile/header").by(&alice).await.ok();
        assert_eq!(gone["header"], "https://here.test/headers/original/missing.png");
        site.delete("/api/v1/profile/header").by(&alice).await.ok();
        for picture in ["avatar", "header"] {
            is_closed_without(&site, site.delete(&format!("/api/v1/profile/{picture}")), "write:accounts").await;
        }
    }

    async fn a_moving_avatar_has_a_still_form(site: Site) {
        let alice = site.user("alice");
        let own = update(&site).by(&alice).multipart(&[], Some(("avatar", moving_gif()))).await.ok();
        assert!(own["avatar"].as_str().unwrap().ends_with(".gif"), "{}", own["avatar"]);
        assert_eq!(size(&site, &own["avatar_static"]).await, (400, 400));
        let broken = update(&site).by(&alice).multipart(&[("display_name", "B")], Some(("header", app::testing::broken_png()))).await;
        assert_eq!(broken.error(), (422, "Error processing thumbnail for uploaded media".into()));
        let large = update(&site).by(&alice).multipart(&[], Some(("avatar", vec![0; 3 * 1024 * 1024 + 1].into()))).await;
        assert_eq!(large.status, 413);
        assert_eq!(site.get("/api/v1/accounts/verify_credentials").by(&alice).await.ok(), own, "nothing was written");
    }

    async fn the_profile_has_an_endpoint_of_its_own(site: Site) {
        let alice = site.user("alice");
        let shown = site.get("/api/v1/profile").by(&alice).await.ok();
        let expected = json!({
            "id": alice.account.to_string(), "display_name": "", "note": "", "fields": [], "formatted_note": "", "formatted_fields": [],
            "avatar": null, "avatar_static": null, "avatar_description": "", "header": null, "header_static": null, "header_description": "",
            "locked": false, "bot": false, "hide_collections": null, "discoverable": null, "indexable": false, "show_media": true,
            "show_media_replies": true, "show_featured": true, "attribution_domains": [], "featured_tags": [],
        });
        assert_eq!(shown, expected);
        let wish = json!({ "note": "hi", "show_media": false, "show_media_replies": false, "show_featured": false });
        let changed = site.ask(Method::PATCH, "/api/v1/profile").by(&alice).json(wish.clone()).await.ok();
        assert_eq!(changed, with(with(expected, wish), json!({ "formatted_note": "<p>hi</p>" })));
        assert_eq!(site.put("/api/v1/profile").by(&alice).form("note=").await.ok()["formatted_note"], "");
        let seen = site.get(&format!("/api/v1/accounts/{}", alice.account)).await.ok();
        assert_eq!([&seen["show_media"], &seen["show_media_replies"], &seen["show_featured"]], [&json!(false); 3]);
        is_closed_without(&site, site.get("/api/v1/profile"), "read:accounts").await;
        is_closed_without(&site, site.put("/api/v1/profile").form("note=x"), "write:accounts").await;
    }

    async fn preferences_follow_what_was_chosen(site: Site) {
        let alice = site.user("alice");
        let expected = json!({
            "posting:default:visibility": "public", "posting:default:sensitive": false, "posting:default:language": null,
            "posting:default:quote_policy": "public", "reading:expand:media": "default", "reading:expand:spoilers": false, "reading:autoplay:gifs": false,
        });
        assert_eq!(site.get("/api/v1/preferences").by(&alice).await.ok(), expected);
        update(&site).by(&alice).form("locked=true").await.ok();
        let locked = site.get("/api/v1/preferences").by(&alice).await.ok();
        assert_eq!(locked["posting:default:visibility"], "private", "a locked account posts to its followers unless it chose otherwise");
        update(&site).by(&alice).form("source[privacy]=public&source[language]=ja&source[sensitive]=true&source[quote_policy]=nobody").await.ok();
        let chosen = json!({
            "posting:default:sensitive": true, "posting:default:language": "ja", "posting:default:quote_policy": "nobody",
        });
        assert_eq!(site.get("/api/v1/preferences").by(&alice).await.ok(), with(expected, chosen));
        is_closed_without(&site, site.get("/api/v1/preferences"), "read:accounts").await;
    }

    async fn several_accounts_are_shown_at_once(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let path = format!("/api/v1/accounts?id[]={}&id[]=5&id[]={}&id[]=-99", bob.account, alice.account);
        assert_eq!(site.get(&path).await.ok(), json!([account(&bob), account(&alice)]));
        assert_eq!(site.get(&format!("/api/v1/accounts?id={}", bob.account)).await.ok(), json!([]), "a bare id is no list");
        let many = |count: i64| (1..=count).map(|id| format!("id[]={id}&")).collect::<String>();
        assert_eq!(site.get(&format!("/api/v1/accounts?{}", many(40))).await.ok(), json!([]));
        assert_eq!(site.get(&format!("/api/v1/accounts?{}", many(41))).await.status, 422);
        let narrow = bob.token_with("read:statuses").await;
        assert_eq!(site.get(&path).with_token(&narrow).await.status, 403);
        assert_eq!(keys(&site.get(&path).by(&bob).await.ok()[0]), keys(&account(&alice)));
    }
}
