//! Uploads, from the file to the finished picture.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use store::MediaId;
use store::media;
use tokio::io::AsyncReadExt;

use super::problems;
use crate::jobs;
use crate::media::upload::{self, Description, upload};
use crate::queue::{self, ProcessMedia, enqueue};
use crate::stories;
use crate::testing::{Person, World, broken_png, png};

async fn find(world: &World, id: MediaId) -> media::Media {
    world.read(move |r| async move { Ok(media::find(&r, id).await?.unwrap()) }).await
}

/// The upload as it is when the server dies between storing it and working on it.
async fn stored_only(world: &World, person: &Person, file: bytes::Bytes) -> MediaId {
    let stored = world.app.files.put(file, upload::UPLOAD_EXT).await.unwrap();
    let account = person.account;
    world
        .write(move |tx| async move {
            let id = media::insert(&tx, account, media::KIND_IMAGE, &media::Words { description: None, focus: None }).await?;
            let blob = media::NewBlob {
                size: i64::try_from(stored.size).unwrap(),
                backend: "local".into(),
                key: stored.key,
                mime: "application/octet-stream".into(),
            };
            let blob = media::ensure_blob(&tx, &blob).await?;
            media::set_file(&tx, id, "upload", blob, None).await?;
            enqueue(&tx, &ProcessMedia { media: id }).await?;
            Ok(id)
        })
        .await
}

/// Stands where pictures keep their comments.
const SECRET: &[u8] = b"where she lives";

/// A picture with different colours than `png` has, and with a comment where its kind has some.
fn drawn(width: u32, height: u32, format: ImageFormat) -> bytes::Bytes {
    let mut file = Cursor::new(Vec::new());
    RgbImage::from_fn(width, height, |x, y| Rgb([(x % 200) as u8, (y % 200) as u8, 0])).write_to(&mut file, format).unwrap();
    let mut bytes = file.into_inner();
    if format == ImageFormat::Jpeg {
        let length = u16::try_from(SECRET.len() + 2).unwrap().to_be_bytes();
        bytes.splice(2..2, [&[0xff, 0xfe], &length, SECRET].concat());
    } else if format != ImageFormat::WebP {
        bytes.extend(SECRET);
    }
    bytes.into()
}

async fn shown(world: &World, key: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    world.app.files.open(key).await.unwrap().unwrap().0.read_to_end(&mut bytes).await.unwrap();
    bytes
}

stories! {
    async fn a_picture_is_stored_processed_and_described(world: World) {
        let world = world.with_user("alice").await;
        let viewer = world.user("alice").viewer().await;
        let words = Description { description: Some(" a blue field ".into()), focus: Some("0.5,-1".into()) };
        let done = world.with_media_worker(upload(&world.app, &viewer, png(64, 48), None, words)).await.unwrap();
        assert_eq!((done.processing, done.description.as_deref()), (media::COMPLETE, Some("a blue field")));
        assert_eq!((done.original_width, done.original_height), (Some(64), Some(48)));
        assert_eq!((done.focus_x, done.focus_y), (Some(500_000), Some(-1_000_000)));
        assert!(done.blurhash.is_some());
        for key in [done.original_key.unwrap(), done.small_key.unwrap()] {
            assert!(world.app.files.open(&key).await.unwrap().is_some(), "{key}");
        }
        let waiting = world.read(move |r| async move { Ok(media::file_key(&r, done.id, "upload").await?) }).await;
        assert_eq!(waiting, None);
    }

    async fn what_is_no_picture_is_refused_and_nothing_is_kept(world: World) {
        let world = world.with_user("alice").await;
        let viewer = world.user("alice").viewer().await;
        let try_with = |file: bytes::Bytes, words: Description| upload(&world.app, &viewer, file, None, words);
        assert_eq!(problems(try_with("hello".into(), Description::default()).await.unwrap_err()), ["error-media-type"]);
        assert_eq!(problems(try_with(vec![0; 1024 * 1024 + 1].into(), Description::default()).await.unwrap_err()), ["invalid-file-size"]);
        assert_eq!(problems(try_with(png(4001, 1000), Description::default()).await.unwrap_err()), ["error-media-dimensions"]);
        let long = Description { description: Some("x".repeat(1501)), focus: None };
        assert_eq!(problems(try_with(png(8, 8), long).await.unwrap_err()), ["invalid-description-too-long"]);
        let aside = Description { description: None, focus: Some("left".into()) };
        assert_eq!(problems(try_with(png(8, 8), aside).await.unwrap_err()), ["invalid-focus"]);
        let files = std::fs::read_dir(world.media_dir()).map_or(0, Iterator::count);
        assert_eq!(files, 0);
        assert_eq!(jobs::counts(&world.app).await.unwrap().0.iter().map(|(_, queued)| queued).sum::<i64>(), 0);
    }

    async fn a_broken_picture_fails_and_cannot_be_posted(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let viewer = alice.viewer().await;
        let tried = world.with_media_worker(upload(&world.app, &viewer, broken_png(), None, Description::default())).await;
        assert_eq!(problems(tried.unwrap_err()), ["error-media-failed"]);
        let id = stored_only(&world, &alice, broken_png()).await;
        world.drain_jobs().await;
        let failed = find(&world, id).await;
        assert!(upload::has_failed(&failed));
        assert_eq!(problems(alice.tries_to_post("", |draft| draft.media_ids = vec![id]).await.unwrap_err()), ["error-media-not-found"]);
        assert!(jobs::dead(&world.app).await.unwrap().is_empty(), "a broken picture is no dead letter");
    }

    async fn an_upload_survives_a_death_before_and_after_its_processing(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let id = stored_only(&world, &alice, png(40, 30)).await;
        let next_start = world.opened_again().await;
        jobs::drain(&next_start).await.unwrap();
        let done = find(&world, id).await;
        assert_eq!(done.processing, media::COMPLETE);
        // The job's end was not written down: it runs again.
        world.write(move |tx| async move { enqueue(&tx, &ProcessMedia { media: id }).await }).await;
        world.drain_jobs().await;
        let again = find(&world, id).await;
        assert_eq!((again.processing, again.original_key, again.small_key), (media::COMPLETE, done.original_key, done.small_key));
        alice.posts_with("", |draft| draft.media_ids = vec![id]).await;
    }

    async fn two_workers_on_one_upload_leave_one_finished_picture(world: World) {
        let world = world.with_user("alice").await;
        let id = stored_only(&world, &world.user("alice"), png(40, 30)).await;
        let (one, two) = tokio::join!(crate::media::process::process(&world.app, id), crate::media::process::process(&world.app, id));
        assert_eq!((one.unwrap(), two.unwrap()), (queue::Outcome::Done, queue::Outcome::Done));
        let done = find(&world, id).await;
        assert!(world.app.files.open(&done.original_key.unwrap()).await.unwrap().is_some());
        assert_eq!(done.processing, media::COMPLETE);
    }

    async fn an_attachment_is_its_owners_until_it_is_posted(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let id = alice.uploads(&world).await;
        let words = || Description { description: Some("new words".into()), focus: None };
        assert_eq!(problems(upload::update(&world.app, &bob.viewer().await, id, None, words()).await.unwrap_err()), ["error-not-found"]);
        assert_eq!(problems(upload::find(&world.app, &bob.viewer().await, id).await.unwrap_err()), ["error-not-found"]);
        let changed = upload::update(&world.app, &alice.viewer().await, id, None, words()).await.unwrap();
        assert_eq!(changed.description.as_deref(), Some("new words"));
        alice.posts_with("", |draft| draft.media_ids = vec![id]).await;
        assert_eq!(problems(upload::update(&world.app, &alice.viewer().await, id, None, words()).await.unwrap_err()), ["error-not-found"]);
    }

    async fn a_thumbnail_is_the_preview_in_place_of_the_files_own(world: World) {
        let world = world.with_user("alice").await;
        let viewer = world.user("alice").viewer().await;
        let plain = world.with_media_worker(upload(&world.app, &viewer, png(64, 48), None, Description::default())).await.unwrap();
        for (kind, format, ext) in
            [("PNG", ImageFormat::Png, "png"), ("JPEG", ImageFormat::Jpeg, "jpg"), ("WebP", ImageFormat::WebP, "webp"), ("GIF", ImageFormat::Gif, "png")]
        {
            let given = drawn(1280, 720, format);
            let done = world.with_media_worker(upload(&world.app, &viewer, png(64, 48), Some(given), Description::default())).await.unwrap();
            assert_eq!((done.original_width, done.original_height, &done.original_key), (Some(64), Some(48), &plain.original_key), "{kind}");
            assert_eq!((done.small_width, done.small_height), (Some(640), Some(360)), "{kind}: shrunk as every preview");
            assert!(done.blurhash.is_some() && done.blurhash != plain.blurhash, "{kind}: the blurhash is the thumbnail's");
            let key = done.small_key.unwrap();
            assert!(key.ends_with(&format!(".{ext}")), "{kind}: {key}");
            assert!(!shown(&world, &key).await.windows(SECRET.len()).any(|bytes| bytes == SECRET), "{kind}: without its metadata");
        }
    }

    async fn a_thumbnail_is_given_and_replaced_until_the_upload_is_posted(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let (viewer, other) = (alice.viewer().await, bob.viewer().await);
        let given = |width, height| Some(drawn(width, height, ImageFormat::Png));
        let give = async |id, thumbnail| upload::update(&world.app, &viewer, id, thumbnail, Description::default()).await;
        let done = alice.uploads(&world).await;
        let queued = stored_only(&world, &alice, png(40, 30)).await;
        for id in [queued, done] {
            for (width, height) in [(20, 10), (10, 20)] {
                let changed = give(id, given(width, height)).await.unwrap();
                assert_eq!((changed.small_width, changed.small_height), (Some(width.into()), Some(height.into())));
            }
        }
        let before = find(&world, queued).await;
        assert_eq!((before.processing, before.original_key), (media::QUEUED, None));
        world.drain_jobs().await;
        let after = find(&world, queued).await;
        assert_eq!((after.processing, after.original_width), (media::COMPLETE, Some(40)));
        assert_eq!((after.small_key, after.blurhash), (before.small_key, before.blurhash), "processing leaves it");
        let words = Description { description: Some("words".into()), focus: None };
        let described = upload::update(&world.app, &viewer, queued, None, words).await.unwrap();
        assert_eq!((described.small_width, described.description.as_deref()), (Some(10), Some("words")), "nothing given, nothing changed");
        let foreign = upload::update(&world.app, &other, done, given(5, 5), Description::default()).await;
        assert_eq!(problems(foreign.unwrap_err()), ["error-not-found"]);
        alice.posts_with("", |draft| draft.media_ids = vec![done]).await;
        assert_eq!(problems(give(done, given(5, 5)).await.unwrap_err()), ["error-not-found"]);
        assert_eq!(find(&world, done).await.small_width, Some(10));
    }

    async fn what_is_no_thumbnail_is_refused_and_changes_nothing(world: World) {
        let world = world.with_user("alice").await;
        let viewer = world.user("alice").viewer().await;
        let wrong: [(bytes::Bytes, &str); 7] = [
            ("hello".into(), "invalid-thumbnail-type"),
            (bytes::Bytes::new(), "invalid-thumbnail-type"),
            ("<svg xmlns='http://www.w3.org/2000/svg'/>".into(), "invalid-thumbnail-type"),
            (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec().into(), "invalid-thumbnail-type"),
            (vec![0; 1024 * 1024 + 1].into(), "invalid-thumbnail-size"),
            (png(4001, 1000), "error-media-dimensions"),
            (broken_png(), "error-media-failed"),
        ];
        for (file, problem) in wrong.clone() {
            let tried = upload(&world.app, &viewer, png(8, 8), Some(file), Description::default()).await;
            assert_eq!(problems(tried.unwrap_err()), [problem]);
        }
        let files = std::fs::read_dir(world.media_dir()).map_or(0, Iterator::count);
        assert_eq!(files, 0);
        assert_eq!(jobs::counts(&world.app).await.unwrap().0.iter().map(|(_, queued)| queued).sum::<i64>(), 0);
        let given = Some(drawn(20, 10, ImageFormat::Jpeg));
        let before = world.with_media_worker(upload(&world.app, &viewer, png(8, 8), given, Description::default())).await.unwrap();
        for (file, problem) in wrong {
            let words = Description { description: Some("new".into()), focus: Some("1,1".into()) };
            assert_eq!(problems(upload::update(&world.app, &viewer, before.id, Some(file), words).await.unwrap_err()), [problem]);
            assert_eq!(format!("{:?}", find(&world, before.id).await), format!("{before:?}"));
        }
    }
}
