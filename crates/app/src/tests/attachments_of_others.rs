//! Attachments of other servers: what they are, how large and how long, before and after their files were looked at.

use serde_json::{Value, json};
use store::{MediaId, StatusId};
use wire::mastodon as m;

use super::statuses_of_others::Neighbours;
use crate::media::remote::{self, Missing, Variant, Wanted, What};
use crate::stories;
use crate::testing::{Answer, HOUR_MS, png};

const TIFF: &[u8] = b"II*\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

impl Neighbours {
    /// Bob posts a note with this attachment.
    async fn attaches(&self, path: &str, attachment: Value) -> (StatusId, m::MediaAttachment) {
        let id = self.posts(path, json!({ "attachment": [attachment] })).await;
        (id, self.attached(id).await)
    }

    async fn attached(&self, id: StatusId) -> m::MediaAttachment {
        self.shown(id).await.carried.media_attachments[0].clone()
    }

    /// Somebody looks at it.
    async fn looks(&self, attachment: &m::MediaAttachment, variant: Variant) -> Result<(), Missing> {
        let wanted = Wanted { what: What::Attachment, id: attachment.id.0, variant, tag: None };
        remote::open(&self.world.app, &wanted).await.unwrap().map(drop)
    }
}

fn size(width: u32, height: u32) -> Option<m::MediaSize> {
    Some(m::MediaSize::of_image(width, height))
}

/// A film of a second and a half, without pictures.
fn film() -> Vec<u8> {
    let boxed = |name: &[u8], body: &[u8]| [&u32::try_from(body.len() + 8).unwrap().to_be_bytes()[..], name, body].concat();
    let mvhd = [&[0; 12][..], &1000_u32.to_be_bytes(), &1500_u32.to_be_bytes(), &[0; 80]].concat();
    [boxed(b"ftyp", b"isom\0\0\x02\0"), boxed(b"moov", &boxed(b"mvhd", &mvhd))].concat()
}

stories! {
    async fn sizes_and_durations_that_documents_say_are_shown(near: Neighbours) {
        let url = |name: &str| near.others.url("a", name);
        let (_, picture) = near.attaches("/n/1", json!({ "type": "Document", "mediaType": "image/png", "url": url("/1.png"), "width": 300, "height": 200, "focalPoint": [0.5, -0.5] })).await;
        let meta = picture.meta.unwrap();
        assert_eq!((meta.original, meta.duration, meta.focus), (size(300, 200), None, Some(m::MediaFocus { x: 0.5, y: -0.5 })));
        let (_, film) = near.attaches("/n/2", json!({ "type": "Video", "mediaType": "video/mp4", "url": url("/1.mp4"), "width": 640, "height": 360, "duration": "PT1M5.5S" })).await;
        let meta = film.meta.unwrap();
        let original = meta.original.unwrap();
        assert_eq!((original.size.as_deref(), original.width, original.height, original.duration), (Some("640x360"), Some(640), Some(360), Some(65.5)));
        assert_eq!(meta.duration, Some(65.5));
        let (_, sound) = near.attaches("/n/3", json!({ "type": "Audio", "mediaType": "audio/mpeg", "url": url("/1.mp3"), "duration": "PT2H" })).await;
        assert_eq!(sound.meta.unwrap().original, Some(m::MediaSize { duration: Some(7200.0), ..m::MediaSize::default() }));
        let (_, silent) = near.attaches("/n/4", json!({ "type": "Document", "mediaType": "image/png", "url": url("/2.png") })).await;
        assert_eq!(silent.meta.unwrap().original, None);
    }

    async fn what_a_file_says_is_shown_once_it_was_fetched_and_stays(near: Neighbours) {
        let url = near.others.url("a", "/1.png");
        near.others.serves(&url, Answer::of("image/png", png(800, 600)));
        let attachment = json!({ "type": "Document", "mediaType": "image/png", "url": url, "width": 10, "height": 10 });
        let (id, before) = near.attaches("/n/1", attachment.clone()).await;
        assert_eq!(before.meta.clone().unwrap().original, size(10, 10));
        near.looks(&before, Variant::Small).await.unwrap();
        let meta = near.attached(id).await.meta.unwrap();
        let small = meta.small.unwrap();
        assert_eq!(meta.original, size(800, 600));
        assert!(small.width.is_some_and(|width| width > 500 && width < 800), "{small:?}");
        near.world.advance(3 * HOUR_MS);
        let mut edited = near.note("/n/1", json!({ "attachment": [attachment], "updated": "2026-01-01T13:00:00Z" }));
        near.does(&near.bob, near.bob.activity("Update", "/n/1/edit", edited.clone())).await;
        let after = near.attached(id).await;
        assert_eq!((after.id, after.meta.unwrap().original), (before.id, size(800, 600)));
        assert_eq!(near.shown(id).await.edited_at, None, "the same file is no edit");
        edited["attachment"][0]["name"] = json!("words");
        edited["updated"] = json!("2026-01-01T14:00:00Z");
        near.does(&near.bob, near.bob.activity("Update", "/n/1/edit/2", edited)).await;
        let after = near.attached(id).await;
        assert_eq!((after.description.as_deref(), after.meta.unwrap().original), (Some("words"), size(800, 600)));
        remote::remove(&near.world.app, crate::Origin::Cli, 0).await.unwrap();
        assert_eq!(near.attached(id).await.meta.unwrap().original, size(800, 600), "though its file has made room");
    }

    async fn films_are_measured_when_they_are_fetched(near: Neighbours) {
        let url = near.others.url("a", "/1.mp4");
        near.others.serves(&url, Answer::of("video/mp4", film()));
        let (id, before) = near.attaches("/n/1", json!({ "type": "Document", "mediaType": "video/mp4", "url": url })).await;
        assert_eq!(before.meta.clone().unwrap().duration, None);
        near.looks(&before, Variant::Original).await.unwrap();
        assert_eq!(near.attached(id).await.meta.unwrap().duration, Some(1.5));
    }

    async fn types_are_told_by_name_then_ending_then_first_bytes(near: Neighbours) {
        let serves = |path: &str, bytes: bytes::Bytes| {
            let url = near.others.url("a", path);
            near.others.serves(&url, Answer::of("application/octet-stream", bytes));
            url
        };
        let urls = [
            serves("/48.png", png(48, 48)), serves("/media/123", png(48, 48)), serves("/media/film", film().into()), serves("/media/tiff", TIFF.into()),
            serves("/media/page", "<!doctype html><html></html>".into()), near.others.url("a", "/media/gone"),
        ];
        let id = near.posts("/n/1", json!({ "attachment": [
            { "type": "Document", "mediaType": "", "url": urls[0] },
            { "type": "Document", "mediaType": null, "url": urls[1] },
            { "type": "Document", "url": urls[2] },
            { "type": "Document", "mediaType": "application/octet-stream", "url": urls[3] },
            { "type": "Document", "url": urls[4] },
            { "type": "Document", "url": urls[5] },
        ] })).await;
        let shown = near.shown(id).await.carried.media_attachments.clone();
        let kinds: Vec<m::MediaType> = shown.iter().map(|file| file.kind).collect();
        let (image, unknown) = (m::MediaType::Image, m::MediaType::Unknown);
        assert_eq!(kinds, [image, image, m::MediaType::Video, unknown, unknown, unknown]);
        assert_eq!(shown[1].meta.as_ref().unwrap().original, size(48, 48), "its first bytes say that, too");
        assert!(shown[3..].iter().all(|file| file.url == file.remote_url && file.preview_url.is_none()));
        assert!(!near.others.fetched().contains(&urls[0]), "nobody needs to look at what is told");
        near.looks(&shown[1], Variant::Original).await.unwrap();
    }

    async fn what_is_never_shown_is_a_link_to_where_it_is(near: Neighbours) {
        let types = ["image/tiff", "image/bmp", "image/svg+xml", "image/x-eps", "image/vnd.adobe.photoshop", "image/heic", "video/x-matroska", "audio/x-ms-wma"];
        for (number, media_type) in types.iter().enumerate() {
            let url = near.others.url("a", &format!("/{number}"));
            let (_, shown) = near.attaches(&format!("/n/{number}"), json!({ "type": "Image", "mediaType": media_type, "url": url })).await;
            assert_eq!((shown.kind, shown.url.as_deref(), shown.remote_url.as_deref()), (m::MediaType::Unknown, Some(url.as_str()), Some(url.as_str())), "{media_type}");
        }
    }

    async fn a_file_that_is_not_what_its_server_says_is_shown_as_what_it_is(near: Neighbours) {
        let serves = |path: &str, bytes: bytes::Bytes| {
            let url = near.others.url("a", path);
            near.others.serves(&url, Answer::of("image/png", bytes));
            json!({ "type": "Document", "mediaType": "image/png", "url": url })
        };
        for (path, bytes, kind, is_there) in [
            ("/1", bytes::Bytes::from_static(TIFF), m::MediaType::Unknown, false),
            ("/2", bytes::Bytes::from_static(b"<svg xmlns='http://www.w3.org/2000/svg'></svg>"), m::MediaType::Unknown, false),
            ("/3", film().into(), m::MediaType::Video, true),
            ("/4", bytes::Bytes::from_static(b"<!doctype html><html>later</html>"), m::MediaType::Image, false),
        ] {
            let (id, before) = near.attaches(&format!("/n{path}"), serves(path, bytes)).await;
            assert_eq!(before.kind, m::MediaType::Image);
            assert_eq!(near.looks(&before, Variant::Original).await.is_ok(), is_there, "{path}");
            assert_eq!(near.attached(id).await.kind, kind, "{path}");
        }
    }

    async fn addresses_with_spaces_and_letters_are_fetched_encoded(near: Neighbours) {
        for (number, (written, asked)) in [("/m/a b.png", "/m/a%20b.png"), ("/ü/日.png", "/%C3%BC/%E6%97%A5.png"), ("/a\"b'.png", "/a%22b'.png")].iter().enumerate() {
            let url = near.others.url("a", asked);
            near.others.serves(&url, Answer::of("image/png", png(8, 8)));
            let written = near.others.url("a", written);
            let (_, shown) = near.attaches(&format!("/n/{number}"), json!({ "type": "Document", "mediaType": "image/png", "url": written, "icon": written })).await;
            assert_eq!((shown.remote_url.as_deref(), shown.preview_remote_url.as_deref()), (Some(url.as_str()), Some(url.as_str())));
            near.looks(&shown, Variant::Original).await.unwrap();
        }
        assert!(remote::look(&near.world.app, MediaId(1)).await.unwrap().is_err());
    }
}
