//! Media of other servers: fetched when somebody looks, kept within a budget, and never more than they may be.

use std::time::Duration;

use store::media::{KIND_IMAGE, KIND_VIDEO, Words};
use store::{AccountId, MediaId, args, media, remote_media, sql};
use tokio::io::AsyncReadExt;

use crate::Origin;
use crate::federation::domains::{Block, Severity, block, unblock};
use crate::media::remote::{self, Missing, Variant, Wanted, What, open, usage};
use crate::present;
use crate::testing::{Answer, DAY_MS, Engine, Fediverse, HOUR_MS, MINUTE_MS, World, png};

/// A world and the other servers it can reach.
struct Net {
    world: World,
    far: Fediverse,
    account: AccountId,
}

/// A picture that is no smaller when it is packed: about `width` × `height` × 3 bytes.
fn noise(seed: u32, width: u32, height: u32) -> bytes::Bytes {
    let mut state = seed.wrapping_mul(2_654_435_761).max(1);
    let picture = image::RgbImage::from_fn(width, height, |_, _| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        image::Rgb([state as u8, (state >> 8) as u8, (state >> 16) as u8])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner().into()
}

impl Net {
    async fn new(engine: Engine) -> Net {
        Net::with_budget(engine, 10 * 1024 * 1024).await
    }

    async fn with_budget(engine: Engine, budget: i64) -> Net {
        let far = Fediverse::open().await;
        let world = World::with(engine, |options| {
            options.outgoing = far.outgoing();
            options.media.remote_cache_bytes = budget;
        })
        .await;
        let account = world.stranger("somebody", "far.test").await;
        Net { world, far, account }
    }

    /// An attachment of the stranger at this address.
    async fn attachment(&self, kind: i64, url: &str, thumbnail: &str) -> MediaId {
        let (account, url, thumbnail) = (self.account, url.to_owned(), thumbnail.to_owned());
        self.world
            .write(move |tx| async move {
                let id = media::insert(&tx, account, kind, &Words::default()).await?;
                tx.exec(
                    sql!("UPDATE media_attachments SET remote_url = $2, thumbnail_remote_url = $3, processing = 2 WHERE id = $1"),
                    args![id, url, thumbnail],
                )
                .await?;
                Ok(id)
            })
            .await
    }

    /// An attachment whose server serves these bytes.
    async fn picture(&self, name: &str, bytes: impl Into<bytes::Bytes>) -> (MediaId, String) {
        let url = self.far.url("a", name);
        self.far.serves(&url, Answer::of("image/png", bytes));
        (self.attachment(KIND_IMAGE, &url, "").await, url)
    }

    fn wanted(id: MediaId, url: &str, variant: Variant) -> Wanted {
        Wanted { what: What::Attachment, id: id.0, variant, tag: Some(remote::tag(url)) }
    }

    /// What somebody who looks gets: type and bytes.
    async fn looks(&self, wanted: &Wanted) -> Result<(&'static str, Vec<u8>), Missing> {
        let mut opened = open(&self.world.app, wanted).await.unwrap()?;
        let mut bytes = Vec::new();
        opened.file.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes.len() as u64, opened.size);
        Ok((opened.mime, bytes))
    }

    fn fetches(&self, url: &str) -> usize {
        self.far.fetched().iter().filter(|fetched| *fetched == url).count()
    }

    async fn remote_files(&self) -> usize {
        fn any(_: &str) -> bool {
            true
        }
        self.world.app.files.list_idle(any, Duration::ZERO, 1_000).await.unwrap().len()
    }
}

crate::stories! {
    async fn a_picture_is_fetched_when_somebody_first_looks_and_once(net: Net) {
        let bytes = png(800, 600);
        let (id, url) = net.picture("/1.png", bytes.clone()).await;
        let wanted = Net::wanted(id, &url, Variant::Original);
        for _ in 0..3 {
            assert_eq!(net.looks(&wanted).await.unwrap(), ("image/png", bytes.to_vec()));
        }
        assert_eq!(net.fetches(&url), 1);
        let small = net.looks(&Net::wanted(id, &url, Variant::Small)).await.unwrap();
        let small = image::load_from_memory(&small.1).unwrap();
        assert!(small.width() * small.height() <= 640 * 360 && small.width() > 500, "{}", small.width());
        assert_eq!(net.fetches(&url), 1, "the preview is made of what is stored");
    }

    async fn a_preview_is_made_though_the_original_was_not_looked_at(net: Net) {
        let (id, url) = net.picture("/1.png", png(800, 600)).await;
        assert_eq!(net.looks(&Net::wanted(id, &url, Variant::Small)).await.unwrap().0, "image/png");
        assert_eq!(net.fetches(&url), 1);
    }

    async fn many_who_look_at_once_cause_one_fetch(net: Net) {
        let (id, url) = net.picture("/1.png", png(64, 64)).await;
        net.far.serves(&url, Answer { delay: Duration::from_millis(100), ..Answer::of("image/png", png(64, 64)) });
        let wanted = Net::wanted(id, &url, Variant::Original);
        let all = futures_util::future::join_all((0..20).map(|_| net.looks(&wanted))).await;
        assert!(all.iter().all(Result::is_ok));
        assert_eq!(net.fetches(&url), 1);
    }

    async fn an_address_is_good_for_what_the_row_says_now(net: Net) {
        let (id, url) = net.picture("/1.png", png(64, 64)).await;
        let guessed = Wanted { tag: Some(remote::tag("https://far.test/other.png")), ..Net::wanted(id, &url, Variant::Original) };
        assert_eq!(net.looks(&guessed).await, Err(Missing::Gone));
        assert!(net.far.fetched().is_empty());
        net.looks(&Net::wanted(id, &url, Variant::Original)).await.unwrap();
        let other = net.far.url("a", "/2.png");
        net.far.serves(&other, Answer::of("image/png", png(32, 32)));
        let moved = other.clone();
        net.world.write(move |tx| async move { Ok(tx.exec(sql!("UPDATE media_attachments SET remote_url = $2 WHERE id = $1"), args![id, moved]).await.map(drop)?) }).await;
        assert_eq!(net.looks(&Net::wanted(id, &url, Variant::Original)).await, Err(Missing::Gone));
        let (_, bytes) = net.looks(&Net::wanted(id, &other, Variant::Original)).await.unwrap();
        assert_eq!(image::load_from_memory(&bytes).unwrap().width(), 32);
        assert_eq!(net.remote_files().await, 1, "the file of the old address is gone");
    }

    async fn what_is_not_there_is_not_asked_for_again_soon(net: Net) {
        let url = net.far.url("a", "/gone.png");
        let wanted = Net::wanted(net.attachment(KIND_IMAGE, &url, "").await, &url, Variant::Original);
        assert_eq!((net.looks(&wanted).await, net.looks(&wanted).await), (Err(Missing::Gone), Err(Missing::Gone)));
        assert_eq!(net.fetches(&url), 1);
        net.far.serves(&url, Answer::of("image/png", png(8, 8)));
        net.world.advance(HOUR_MS);
        assert!(net.looks(&wanted).await.is_ok());
    }

    async fn a_server_that_does_not_answer_well_is_asked_again_after_a_minute(net: Net) {
        let (id, url) = net.picture("/1.png", png(8, 8)).await;
        net.far.serves(&url, Answer::status(503));
        let wanted = Net::wanted(id, &url, Variant::Original);
        assert_eq!((net.looks(&wanted).await, net.looks(&wanted).await), (Err(Missing::Unreachable), Err(Missing::Unreachable)));
        assert_eq!(net.fetches(&url), 1);
        net.far.serves(&url, Answer::of("image/png", png(8, 8)));
        net.world.advance(MINUTE_MS);
        assert!(net.looks(&wanted).await.is_ok());
    }

    async fn only_pictures_videos_and_sounds_of_bounded_size_are_taken_whatever_they_say_they_are(net: Net) {
        for (name, body) in [
            ("/page", bytes::Bytes::from_static(b"<!doctype html><script>alert(1)</script>")),
            ("/drawing", bytes::Bytes::from_static(b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>")),
            ("/empty", bytes::Bytes::new()),
            ("/large", bytes::Bytes::from([png(8, 8).to_vec(), vec![0; 1024 * 1024]].concat())),
        ] {
            let (id, url) = net.picture(name, body).await;
            assert_eq!(net.looks(&Net::wanted(id, &url, Variant::Original)).await, Err(Missing::Gone), "{name}");
            assert_eq!(net.looks(&Net::wanted(id, &url, Variant::Small)).await, Err(Missing::Gone), "{name}");
        }
        assert_eq!(net.remote_files().await, 0);
        assert_eq!(net.world.app.files.sweep_temporary(Duration::ZERO).await.unwrap(), 0, "nothing half is left");
        let (id, url) = net.picture("/said-to-be-text", png(8, 8)).await;
        net.far.serves(&url, Answer::of("text/html", png(8, 8)));
        assert_eq!(net.looks(&Net::wanted(id, &url, Variant::Original)).await.unwrap().0, "image/png", "the bytes decide");
    }

    async fn no_address_leads_into_this_machine(net: Net) {
        let world = World::with(Engine::Sqlite, |_| ()).await;
        let strict = Net { account: world.stranger("somebody", "far.test").await, world, far: net.far.clone() };
        for url in [net.far.url("a", "/1.png").as_str(), "https://here.test/media/1.png", "https://127.0.0.1/1.png", "https://[::1]/1.png", "https://169.254.169.254/1.png", "file:///etc/passwd"] {
            let id = strict.attachment(KIND_IMAGE, url, "").await;
            let looks = strict.looks(&Net::wanted(id, url, Variant::Original)).await;
            let expected = if url.contains("here.test") || url.starts_with("file") { Missing::Gone } else { Missing::Unreachable };
            assert_eq!(looks, Err(expected), "{url}");
        }
        assert!(net.far.fetched().is_empty());
    }

    async fn no_redirect_leads_to_this_server_or_to_a_blocked_one(net: Net) {
        let blocked = net.far.domain("blocked");
        block(&net.world.app, Origin::Cli, &blocked, Block { severity: Severity::Suspend, ..Block::default() }).await.unwrap();
        let target = net.far.url("blocked", "/x.png");
        net.far.serves(&target, Answer::of("image/png", png(8, 8)));
        // Nobody is there under our own name: had it been asked, it could not have been reached.
        for (from, to) in [("/1.png", "https://here.test/media/x.png"), ("/2.png", target.as_str())] {
            let url = net.far.url("a", from);
            net.far.serves(&url, Answer::redirect(to));
            let id = net.attachment(KIND_IMAGE, &url, "").await;
            assert_eq!(net.looks(&Net::wanted(id, &url, Variant::Original)).await, Err(Missing::Unreachable), "{to}");
            assert_eq!((net.fetches(&url), net.fetches(&target)), (1, 0), "{to}");
        }
    }

    async fn a_video_has_a_preview_only_if_its_server_has_one(net: Net) {
        let (video, still) = (net.far.url("a", "/1.mp4"), net.far.url("a", "/1.png"));
        net.far.serves(&video, Answer::of("video/mp4", &b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2mp41"[..]));
        net.far.serves(&still, Answer::of("image/png", png(16, 16)));
        let with = net.attachment(KIND_VIDEO, &video, &still).await;
        let without = net.attachment(KIND_VIDEO, &video, "").await;
        assert_eq!(net.looks(&Net::wanted(with, &video, Variant::Original)).await.unwrap().0, "video/mp4");
        assert_eq!(net.looks(&Net::wanted(with, &video, Variant::Small)).await.unwrap().0, "image/png");
        assert_eq!(net.looks(&Net::wanted(without, &video, Variant::Small)).await, Err(Missing::Gone));
    }

    async fn avatars_and_emojis_come_the_same_way_and_stand_still_where_that_is_wanted(net: Net) {
        let gif = {
            let mut bytes = Vec::new();
            let mut encoder = gif::Encoder::new(&mut bytes, 8, 8, &[200, 0, 0, 0, 0, 200]).unwrap();
            for colour in [0, 1] {
                encoder.write_frame(&gif::Frame { width: 8, height: 8, buffer: vec![colour; 64].into(), ..gif::Frame::default() }).unwrap();
            }
            drop(encoder);
            bytes
        };
        let url = net.far.url("a", "/avatar.gif");
        net.far.serves(&url, Answer::of("image/gif", gif));
        let (account, at) = (net.account, url.clone());
        net.world.write(move |tx| async move {
            tx.exec(sql!("UPDATE accounts SET avatar_remote_url = $2 WHERE id = $1"), args![account, &at]).await?;
            tx.exec(sql!("INSERT INTO custom_emojis (id, shortcode, domain, image_remote_url, updated_at) VALUES (9, 'cat', 'far.test', $1, 0)"), args![&at]).await?;
            Ok(())
        }).await;
        let shown = present::account::accounts(&net.world.app, vec![account]).await.unwrap().remove(0);
        let path = |address: &str| Wanted::read(address.strip_prefix("https://here.test/media/remote/").unwrap()).unwrap();
        assert_eq!(net.looks(&path(&shown.avatar)).await.unwrap().0, "image/gif");
        assert_eq!(net.looks(&path(&shown.avatar_static)).await.unwrap().0, "image/png");
        assert_eq!(shown.header, "https://here.test/headers/original/missing.png");
        let (emoji, still) = net.world.app.urls().remote_emoji(store::EmojiId(9));
        assert_eq!((net.looks(&path(&emoji)).await.unwrap().0, net.looks(&path(&still)).await.unwrap().0), ("image/gif", "image/png"));
        assert_eq!(net.fetches(&url), 2, "once for the avatar, once for the emoji");
    }

    async fn pictures_of_blocked_servers_are_neither_shown_nor_kept(net: Net) {
        let (id, url) = net.picture("/1.png", png(64, 64)).await;
        let wanted = Net::wanted(id, &url, Variant::Original);
        net.looks(&wanted).await.unwrap();
        let reject = Block { severity: Severity::Noop, reject_media: true, ..Block::default() };
        block(&net.world.app, Origin::Cli, "far.test", reject).await.unwrap();
        assert_eq!(net.looks(&wanted).await, Err(Missing::Gone));
        net.world.drain_jobs().await;
        assert_eq!(usage(&net.world.app).await.unwrap().remote, (0, 0));
        let row = net.world.read(move |r| async move { Ok(media::find(&r, id).await?.unwrap()) }).await;
        let shown = present::media::media(net.world.app.context(), &row);
        assert_eq!((shown.kind, shown.url.as_deref(), shown.preview_url), (wire::mastodon::MediaType::Unknown, Some(url.as_str()), None));
        unblock(&net.world.app, Origin::Cli, "far.test").await.unwrap();
        assert!(net.looks(&wanted).await.is_ok());
        assert_eq!(net.fetches(&url), 2);
    }

    async fn the_use_of_a_file_is_written_down_once_an_hour(net: Net) {
        let (id, url) = net.picture("/1.png", png(8, 8)).await;
        let wanted = Net::wanted(id, &url, Variant::Original);
        net.looks(&wanted).await.unwrap();
        let used = || net.world.read(move |r| async move { Ok(remote_media::find_attachment(&r, id.0, "original").await?.unwrap().last_used_at.unwrap()) });
        let first = used().await;
        net.world.advance(HOUR_MS - 1);
        net.looks(&wanted).await.unwrap();
        assert_eq!(used().await, first);
        net.world.advance(1);
        net.looks(&wanted).await.unwrap();
        assert_eq!(used().await, net.world.now());
    }

    async fn what_nobody_looked_at_for_days_can_be_removed(net: Net) {
        let (old, old_url) = net.picture("/old.png", png(8, 8)).await;
        let (new, new_url) = net.picture("/new.png", png(9, 9)).await;
        net.looks(&Net::wanted(old, &old_url, Variant::Original)).await.unwrap();
        net.world.advance(8 * DAY_MS);
        net.looks(&Net::wanted(new, &new_url, Variant::Original)).await.unwrap();
        assert!(remote::remove(&net.world.app, Origin::Cli, 7).await.unwrap() > 0);
        assert_eq!((usage(&net.world.app).await.unwrap().remote.0, net.remote_files().await), (1, 1));
        remote::remove(&net.world.app, Origin::Cli, 0).await.unwrap();
        assert_eq!(net.remote_files().await, 0);
        assert!(net.looks(&Net::wanted(old, &old_url, Variant::Original)).await.is_ok(), "it comes back");
    }

    async fn a_file_that_a_crash_left_without_a_row_is_swept_and_a_row_without_its_file_is_filled(net: Net) {
        let (id, url) = net.picture("/1.png", png(8, 8)).await;
        let wanted = Net::wanted(id, &url, Variant::Original);
        net.looks(&wanted).await.unwrap();
        let lost = net.world.app.files.put(png(10, 10), "rpng").await.unwrap();
        let upload = net.world.app.files.put(png(10, 10), "png").await.unwrap();
        let old = std::time::SystemTime::now() - Duration::from_secs(2 * 60 * 60);
        for entry in [&lost.key, &upload.key] {
            std::fs::File::options().write(true).open(net.world.media_dir().join(entry)).unwrap().set_modified(old).unwrap();
        }
        assert_eq!(remote::sweep(&net.world.app).await.unwrap(), 1);
        assert!(net.world.app.files.open(&upload.key).await.unwrap().is_some(), "uploads are not touched");
        let stored = net.world.read(move |r| async move { Ok(remote_media::find_attachment(&r, id.0, "original").await?.unwrap().key.unwrap()) }).await;
        net.world.app.files.remove(&stored).await.unwrap();
        assert!(net.looks(&wanted).await.is_ok());
        assert_eq!(net.fetches(&url), 2);
    }
}

/// A server with little room: three pictures of about 30 kB.
struct Narrow(Net);

impl Narrow {
    async fn new(engine: Engine) -> Narrow {
        Narrow(Net::with_budget(engine, 100_000).await)
    }
}

mod budget {
    use super::*;

    crate::stories! {
        async fn the_oldest_makes_room_for_the_new_and_comes_back_when_somebody_looks(narrow: Narrow) {
            let net = narrow.0;
            let mut pictures = Vec::new();
            for number in 1..=4_u32 {
                let (id, url) = net.picture(&format!("/{number}.png"), noise(number, 100, 100)).await;
                pictures.push((Net::wanted(id, &url, Variant::Original), url));
            }
            for (wanted, _) in &pictures[..3] {
                net.looks(wanted).await.unwrap();
                net.world.advance(HOUR_MS);
            }
            net.looks(&pictures[0].0).await.unwrap(); // so that the second is the oldest
            net.world.advance(1);
            net.looks(&pictures[3].0).await.unwrap();
            let stored = usage(&net.world.app).await.unwrap().remote;
            assert!(stored.0 == 3 && stored.1 <= 100_000, "{stored:?}");
            assert_eq!(net.remote_files().await, 3, "its file is gone, too");
            net.looks(&pictures[0].0).await.unwrap();
            assert_eq!((net.fetches(&pictures[0].1), net.fetches(&pictures[1].1)), (1, 1));
            net.looks(&pictures[1].0).await.unwrap();
            assert_eq!(net.fetches(&pictures[1].1), 2);
        }

        async fn the_budget_holds_however_many_come_at_once(narrow: Narrow) {
            let net = narrow.0;
            let mut wanted = Vec::new();
            for number in 1..=12_u32 {
                let (id, url) = net.picture(&format!("/{number}.png"), noise(number, 100, 100)).await;
                wanted.push(Net::wanted(id, &url, Variant::Original));
            }
            futures_util::future::join_all(wanted.iter().map(|wanted| net.looks(wanted))).await;
            let stored = usage(&net.world.app).await.unwrap().remote;
            assert!(stored.1 <= 100_000 && stored.0 > 0, "{stored:?}");
            assert_eq!(net.remote_files().await as i64, stored.0);
        }

        async fn what_is_larger_than_all_the_room_is_not_kept(narrow: Narrow) {
            let net = narrow.0;
            let (small, small_url) = net.picture("/small.png", png(8, 8)).await;
            net.looks(&Net::wanted(small, &small_url, Variant::Original)).await.unwrap();
            let (id, url) = net.picture("/large.png", noise(1, 300, 300)).await;
            assert_eq!(net.looks(&Net::wanted(id, &url, Variant::Original)).await, Err(Missing::Gone));
            assert_eq!(usage(&net.world.app).await.unwrap().remote.0, 1, "and nothing went for it");
        }
    }
}
