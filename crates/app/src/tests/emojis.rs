//! Custom emojis: what may be one, and where its name is found.

use store::{accounts, audit_log, media};

use super::problems;
use crate::emojis::import::{FILE_MAX, Import, import};
use crate::emojis::remove::remove;
use crate::emojis::switch::switch;
use crate::emojis::{self, reload};
use crate::present::account::account;
use crate::testing::{World, broken_png, png};
use crate::{Error, Origin, stories};

fn picture(shortcode: &str) -> Import {
    let shortcode = shortcode.to_owned();
    Import { shortcode, file: png(32, 32), category: None, visible_in_picker: true, featured: false, overwrite: false }
}

fn in_text(world: &World, text: &str) -> Vec<String> {
    world.app.context().emojis.in_texts([text]).into_iter().map(|emoji| emoji.shortcode).collect()
}

/// Two frames of one colour each.
fn animation() -> bytes::Bytes {
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, 8, 8, &[200, 0, 0, 0, 0, 200]).unwrap();
    for colour in [0, 1] {
        encoder.write_frame(&gif::Frame { width: 8, height: 8, buffer: vec![colour; 64].into(), ..gif::Frame::default() }).unwrap();
    }
    drop(encoder);
    bytes.into()
}

stories! {
    async fn an_animation_has_a_still_picture_beside_it(world: World) {
        import(&world.app, Origin::Cli, Import { file: animation(), ..picture("party") }).await.unwrap();
        let party = &emojis::list(&world.app).await.unwrap()[0];
        assert!(party.original_key.ends_with(".gif") && party.static_key.ends_with(".png"), "{party:?}");
        for key in [&party.original_key, &party.static_key] {
            assert!(world.app.files.open(key).await.unwrap().is_some(), "{key}");
        }
        let gif = world.read({ let key = party.original_key.clone(); move |r| async move { Ok(media::find_blob(&r, &key).await?) } }).await;
        assert_eq!(gif.unwrap().0, "image/gif");
    }

    async fn what_cannot_be_an_emoji_is_refused_with_all_that_is_wrong(world: World) {
        let tried = async |change: fn(&mut Import)| {
            let mut wanted = picture("cat");
            change(&mut wanted);
            problems(import(&world.app, Origin::Cli, wanted).await.unwrap_err())
        };
        assert_eq!(tried(|import| import.shortcode = "a b".into()).await, ["invalid-shortcode"]);
        assert_eq!(tried(|import| (import.shortcode, import.file) = ("".into(), vec![0; FILE_MAX + 1].into())).await, ["invalid-shortcode", "invalid-file-size"]);
        assert_eq!(tried(|import| import.category = Some("x".repeat(61))).await, ["invalid-emoji-category"]);
        assert_eq!(tried(|import| import.file = "words".into()).await, ["error-media-type"]);
        assert_eq!(tried(|import| import.file = broken_png()).await, ["error-media-failed"]);
        assert_eq!(tried(|import| import.file = jpeg()).await, ["invalid-file-type"]);
        assert!(emojis::list(&world.app).await.unwrap().is_empty());
    }

    async fn a_taken_name_is_kept_unless_it_is_to_be_overwritten(world: World) {
        let first = import(&world.app, Origin::Cli, picture("cat")).await.unwrap();
        assert_eq!(problems(import(&world.app, Origin::Cli, picture("cat")).await.unwrap_err()), ["error-emoji-taken"]);
        let before = emojis::list(&world.app).await.unwrap()[0].original_key.clone();
        let other = Import { file: png(10, 10), overwrite: true, ..picture("cat") };
        assert_eq!(import(&world.app, Origin::Cli, other).await.unwrap(), first);
        let after = emojis::list(&world.app).await.unwrap();
        assert!(after.len() == 1 && after[0].original_key != before);
    }

    async fn a_switch_and_a_removal_are_seen_at_once_and_by_the_next_process(world: World) {
        import(&world.app, Origin::Cli, picture("cat")).await.unwrap();
        assert_eq!(in_text(&world, "a :cat:"), ["cat"]);
        switch(&world.app, Origin::Cli, "cat", false).await.unwrap();
        assert!(in_text(&world, "a :cat:").is_empty() && emojis::list(&world.app).await.unwrap()[0].disabled);
        switch(&world.app, Origin::Cli, "cat", true).await.unwrap();
        let next = world.opened_again().await;
        assert_eq!(next.context().emojis.in_texts([":cat:"]).len(), 1);
        remove(&world.app, Origin::Cli, "cat").await.unwrap();
        assert!(in_text(&world, "a :cat:").is_empty());
        assert_eq!(next.context().emojis.in_texts([":cat:"]).len(), 1, "another process has to be told");
        reload(&next).await.unwrap();
        assert!(next.context().emojis.in_texts([":cat:"]).is_empty());
        for tried in [remove(&world.app, Origin::Cli, "cat").await, switch(&world.app, Origin::Cli, "cat", true).await] {
            assert!(matches!(tried, Err(Error::NotFound(words)) if words.id == "error-no-emoji"));
        }
        let log = world.read(|r| async move { Ok(audit_log::list(&r, 9).await?) }).await;
        assert_eq!(log.iter().map(|entry| entry.action.as_str()).filter(|action| action.starts_with("emoji")).collect::<Vec<_>>(), ["emoji.remove", "emoji.enable", "emoji.disable", "emoji.import"]);
    }

    async fn a_profile_has_the_emojis_of_name_bio_and_fields(world: World) {
        let world = world.with_user("alice").await;
        for name in ["cat", "dog", "bird", "other"] {
            import(&world.app, Origin::Cli, picture(name)).await.unwrap();
        }
        let id = world.user("alice").account;
        let mut row = world.read(move |r| async move { Ok(accounts::find(&r, id).await?.unwrap()) }).await;
        (row.display_name, row.note) = ("Alice :cat:".into(), "Likes :dog:".into());
        row.fields = r#"[{"name":"Pet","value":":bird:","verified_at":null}]"#.into();
        let shown = |row: &accounts::Account| account(world.app.context(), row).emojis.into_iter().map(|emoji| emoji.shortcode).collect::<Vec<_>>();
        assert_eq!(shown(&row), ["cat", "dog", "bird"]);
        row.domain = "there.test".into();
        assert!(shown(&row).is_empty(), "another server's names are its own");
        (row.domain, row.suspended_at) = (String::new(), Some(1));
        assert!(shown(&row).is_empty(), "a suspended profile shows nothing");
    }
}

fn jpeg() -> bytes::Bytes {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(8, 8).write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    bytes.into_inner().into()
}
