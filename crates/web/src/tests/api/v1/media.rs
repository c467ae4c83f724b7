//! /api/v1/media and /api/v2/media, and /media, where the files are

use std::future::IntoFuture;

use app::stories;
use app::testing::{broken_png, png};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::tests::site::{Site, is_closed_without, keys};

stories! {
    async fn a_picture_is_uploaded_described_shown_and_fetched(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let words = [("description", "a blue field"), ("focus", "0.5,-0.5")];
        for path in ["/api/v2/media", "/api/v1/media"] {
            let ask = site.post(path).by(&alice).multipart(&words, Some(("file", png(64, 48))));
            let shown = site.world.with_media_worker(ask.into_future()).await.ok();
            assert_eq!(keys(&shown), ["blurhash", "description", "id", "meta", "preview_remote_url", "preview_url", "remote_url", "text_url", "type", "url"]);
            assert_eq!((shown["type"].clone(), shown["description"].clone()), (json!("image"), json!("a blue field")));
            assert_eq!(shown["meta"]["focus"], json!({ "x": 0.5, "y": -0.5 }));
            assert_eq!(shown["meta"]["original"], json!({ "width": 64, "height": 48, "size": "64x48", "aspect": 64.0 / 48.0 }));
            let own = format!("/api/v1/media/{}", shown["id"].as_str().unwrap());
            assert_eq!(site.get(&own).by(&alice).await.ok(), shown);
            assert_eq!(site.get(&own).by(&bob).await.error(), (404, "Record not found".into()));
            let file = site.get(shown["url"].as_str().unwrap().strip_prefix("https://here.test").unwrap()).await;
            assert_eq!((file.status, file.header("content-type"), file.header("x-content-type-options")), (200, "image/png", "nosniff"));
            assert!(file.body.starts_with(b"\x89PNG"));
            let changed = site.put(&own).by(&alice).json(json!({ "description": "new", "focus": "0,0" })).await.ok();
            assert_eq!((changed["description"].clone(), changed["meta"]["focus"].clone()), (json!("new"), json!({ "x": 0.0, "y": 0.0 })));
            assert_eq!(site.put(&own).by(&bob).json(json!({ "description": "x" })).await.status, 404);
            assert_eq!(site.put(&own).by(&alice).json(json!({ "description": "x".repeat(1501) })).await.status, 422);
            let posted = site.post("/api/v1/statuses").by(&alice).json(json!({ "media_ids": [shown["id"]] })).await.ok();
            assert_eq!(posted["media_attachments"][0]["id"], shown["id"]);
            assert_eq!(site.get(&own).by(&alice).await.status, 404, "part of a status now");
        }
    }

    async fn what_is_no_picture_is_refused(site: Site) {
        let alice = site.user("alice");
        let upload = |file: bytes::Bytes| site.post("/api/v2/media").by(&alice).multipart(&[], Some(("file", file)));
        assert_eq!(upload("hello".into()).await.error(), (422, "File type of uploaded media could not be verified".into()));
        assert_eq!(site.post("/api/v2/media").by(&alice).multipart(&[], None).await.error(), (422, "Validation failed: File can't be blank".into()));
        assert_eq!(upload(vec![0; 3 * 1024 * 1024].into()).await.status, 413);
        assert_eq!(site.world.with_media_worker(upload(broken_png()).into_future()).await.status, 422);
        is_closed_without(&site, site.post("/api/v2/media").multipart(&[], Some(("file", png(8, 8)))), "write:media").await;
        is_closed_without(&site, site.get("/api/v1/media/5"), "write:media").await;
        is_closed_without(&site, site.put("/api/v1/media/5"), "write:media").await;
    }

    async fn a_thumbnail_becomes_the_preview_of_an_upload(site: Site) {
        let alice = site.user("alice");
        let small = |shown: &serde_json::Value| (shown["meta"]["small"]["size"].clone(), shown["meta"]["original"]["size"].clone());
        for path in ["/api/v1/media", "/api/v2/media"] {
            let ask = site.post(path).by(&alice).files(&[("description", "a field")], [("file", png(64, 48)), ("thumbnail", png(1280, 720))]);
            let shown = site.world.with_media_worker(ask.into_future()).await.ok();
            assert_eq!((small(&shown), &shown["description"]), ((json!("640x360"), json!("64x48")), &json!("a field")));
            assert!(shown["blurhash"].is_string() && shown["preview_url"] != shown["url"]);
            let file = site.get(shown["preview_url"].as_str().unwrap().strip_prefix("https://here.test").unwrap()).await;
            assert_eq!((file.status, file.header("content-type")), (200, "image/png"));
            let own = format!("/api/v1/media/{}", shown["id"].as_str().unwrap());
            let data = format!("data:image/png;base64,{}", STANDARD.encode(png(30, 40)));
            for (ask, size) in [
                (site.put(&own).by(&alice).multipart(&[], Some(("thumbnail", png(20, 10)))), "20x10"),
                (site.put(&own).by(&alice).json(json!({ "thumbnail": data })), "30x40"),
                (site.put(&own).by(&alice).json(json!({ "thumbnail": null, "description": "new" })), "30x40"),
                (site.put(&own).by(&alice).multipart(&[("thumbnail", "")], None), "30x40"),
            ] {
                let changed = ask.await.ok();
                assert_eq!((small(&changed), &changed["url"]), ((json!(size), json!("64x48")), &shown["url"]));
            }
            let posted = site.post("/api/v1/statuses").by(&alice).json(json!({ "media_ids": [shown["id"]] })).await.ok();
            assert_eq!(small(&posted["media_attachments"][0]).0, "30x40");
            let note = site.get(posted["uri"].as_str().unwrap().strip_prefix("https://here.test").unwrap()).header("accept", "application/activity+json").await;
            let note: serde_json::Value = serde_json::from_slice(&note.body).unwrap();
            let icon = json!({ "type": "Image", "mediaType": "image/png", "url": posted["media_attachments"][0]["preview_url"] });
            assert_eq!(note["attachment"][0]["icon"], icon, "other servers show it, too");
        }
    }

    async fn what_is_no_thumbnail_is_refused(site: Site) {
        let alice = site.user("alice");
        let id = alice.uploads(&site.world).await;
        let own = format!("/api/v1/media/{id}");
        let before = site.get(&own).by(&alice).await.ok();
        let wrong: [(bytes::Bytes, &str); 4] = [
            ("hello".into(), "Validation failed: Thumbnail content type is invalid"),
            ("ID3 a song".into(), "Validation failed: Thumbnail content type is invalid"),
            (vec![0; 1024 * 1024 + 1].into(), "Validation failed: Thumbnail file size must be less than 1 MB"),
            (broken_png(), "Error processing thumbnail for uploaded media"),
        ];
        for (file, error) in wrong {
            for path in ["/api/v1/media", "/api/v2/media"] {
                let made = site.post(path).by(&alice).files(&[], [("file", png(64, 48)), ("thumbnail", file.clone())]).await;
                assert_eq!(made.error(), (422, error.into()));
            }
            let changed = site.put(&own).by(&alice).multipart(&[("description", "new")], Some(("thumbnail", file))).await;
            assert_eq!(changed.error(), (422, error.into()));
        }
        assert_eq!(site.put(&own).by(&alice).json(json!({ "thumbnail": "a word" })).await.status, 422);
        assert_eq!(site.post("/api/v2/media").by(&alice).multipart(&[], Some(("thumbnail", png(8, 8)))).await.error(), (422, "Validation failed: File can't be blank".into()));
        assert_eq!(site.get(&own).by(&alice).await.ok(), before);
    }

    async fn an_upload_that_no_status_has_is_deleted_by_its_owner(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let (loose, used) = (alice.uploads(&site.world).await, alice.uploads(&site.world).await);
        let path = format!("/api/v1/media/{loose}");
        assert_eq!(site.delete(&path).by(&bob).await.error(), (404, "Record not found".into()));
        assert_eq!(site.delete(&path).by(&alice).await.ok(), json!({}));
        assert_eq!(site.get(&path).by(&alice).await.status, 404);
        alice.posts_with("hello", |draft| draft.media_ids = vec![used]).await;
        let refused = site.delete(&format!("/api/v1/media/{used}")).by(&alice).await.error();
        assert_eq!(refused, (422, "Media attachment is currently used by a status".into()));
        is_closed_without(&site, site.delete("/api/v1/media/5"), "write:media").await;
    }

    async fn only_pictures_are_served_and_only_from_their_directory(site: Site) {
        for path in ["/media/none.png", "/media/../test.db", "/media/..%2Ftest.db", "/media/a.bin", "/media/%00.png"] {
            let answer = site.get(path).await;
            assert_eq!(answer.status, 404, "{path}: {}", answer.text());
        }
    }
}
