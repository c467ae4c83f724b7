//! Every text that comes in, from people here, the operator and other servers, is limited in characters and in bytes.

use serde_json::{Value, json};
use store::{StatusId, args, sql};
use text::limit::BYTES_PER_CHAR;
use text::sanitize::INPUT_MAX_BYTES;

use super::statuses_of_others::Neighbours;
use crate::accounts::sign_up::{SignUp, sign_up};
use crate::accounts::update::{Change, Defaults, update};
use crate::accounts::{note, register};
use crate::emojis::import::{Import, import};
use crate::federation::actor;
use crate::federation::budget::Budget;
use crate::federation::domains::{Block, block};
use crate::instance::change_setting;
use crate::lists::edit as lists;
use crate::media::upload::{self, Description};
use crate::oauth::applications::{self, Introduction};
use crate::search::{self, Kind, Search};
use crate::statuses::edit::{self, Changes};
use crate::statuses::poll::PollDraft;
use crate::testing::{HOUR_MS, World, png};
use crate::{Error, Origin, Result, passwords, rules, settings, stories};

/// Bytes of a status's HTML: what is read of it, and the elements that are closed or put around it.
const CONTENT_MAX: usize = INPUT_MAX_BYTES + 1024;

/// Texts of few characters as people see them, or of very many.
fn endless() -> [(&'static str, String); 4] {
    [
        ("accents", format!("a{}", "\u{301}".repeat(450_000))),
        ("joined emojis", "🚫\u{200d}".repeat(140_000)),
        ("families", "👨‍👩‍👧‍👦".repeat(20_000)),
        ("plain letters", "a".repeat(500_000)),
    ]
}

fn poll(option: &str) -> PollDraft {
    PollDraft { options: vec![option.to_owned(), "b".into()], expires_in: Some(3600), ..PollDraft::default() }
}

/// Every verb that takes a text from somebody here, with that text.
async fn tries(world: &World, text: &str) -> Vec<(&'static str, Result<()>)> {
    let (app, alice, text) = (&world.app, world.user("alice"), text.to_owned());
    let viewer = alice.viewer().await;
    let posted = alice.posts("short").await;
    let picture = alice.uploads(world).await;
    let changes = async |change: Change| update(app, &viewer, change).await;
    let edits = async |changes: Changes| edit::edit(app, &viewer, posted, changes).await;
    let described = Description { description: Some(text.clone()), focus: None };
    let introduction = || Introduction { name: "Client".into(), redirect_uris: vec!["https://client.test/back".into()], ..Introduction::default() };
    let newcomer =
        || SignUp { username: "dave".into(), email: "dave@mail.test".into(), password: "correct horse".into(), agreement: true, ..SignUp::default() };
    let emoji = Import { category: Some(text.clone()), ..an_emoji() };
    let comment = |private: &str, public: &str| Block { private_comment: private.into(), public_comment: public.into(), ..Block::default() };
    let refused = |problems: Vec<crate::Words>| if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) };
    let setting = |name| settings::checked(name, &text).map(drop).map_err(|_| Error::invalid("invalid-text-too-long"));
    vec![
        ("status", alice.tries_to_post(&text, |_| ()).await.map(drop)),
        ("warning", alice.tries_to_post("x", |draft| draft.spoiler_text = text.clone()).await.map(drop)),
        ("poll option", alice.tries_to_post("x", |draft| draft.poll = Some(poll(&text))).await.map(drop)),
        ("scheduled status", alice.tries_to_post(&text, |draft| draft.scheduled_at = Some("2099-01-01T00:00:00Z".into())).await.map(drop)),
        ("edited status", edits(Changes { text: Some(text.clone()), ..Changes::default() }).await),
        ("edited warning", edits(Changes { spoiler_text: Some(text.clone()), ..Changes::default() }).await),
        ("edited poll option", edits(Changes { poll: Some(Some(poll(&text))), ..Changes::default() }).await),
        ("edited description", edits(Changes { media: vec![(picture, described.clone())], ..Changes::default() }).await),
        ("description", upload::update(app, &viewer, picture, None, described.clone()).await.map(drop)),
        ("description of an upload", upload::upload(app, &viewer, png(8, 8), None, described).await.map(drop)),
        ("display name", changes(Change { display_name: Some(text.clone()), ..Change::default() }).await),
        ("bio", changes(Change { note: Some(text.clone()), ..Change::default() }).await),
        ("name of a field", changes(Change { fields: Some(vec![(text.clone(), "x".into())]), ..Change::default() }).await),
        ("value of a field", changes(Change { fields: Some(vec![("x".into(), text.clone())]), ..Change::default() }).await),
        ("description of the avatar", changes(Change { avatar_description: Some(text.clone()), ..Change::default() }).await),
        ("description of the header", changes(Change { header_description: Some(text.clone()), ..Change::default() }).await),
        ("attribution domain", changes(Change { attribution_domains: Some(vec![format!("{text}.test")]), ..Change::default() }).await),
        (
            "default language",
            changes(Change { defaults: Defaults { language: Some(text.clone()), ..Defaults::default() }, ..Change::default() }).await,
        ),
        ("title of a list", lists::create(app, &viewer, lists::Wish { title: Some(text.clone()), ..lists::Wish::default() }).await.map(drop)),
        ("private note", note::note(app, &viewer, world.user("carol").account, text.clone()).await),
        ("reason", sign_up(app, SignUp { reason: Some(text.clone()), ..newcomer() }, None).await.map(drop)),
        ("username", sign_up(app, SignUp { username: text.clone(), ..newcomer() }, None).await.map(drop)),
        ("email", sign_up(app, SignUp { email: format!("{text}@mail.test"), ..newcomer() }, None).await.map(drop)),
        ("password", sign_up(app, SignUp { password: text.clone(), ..newcomer() }, None).await.map(drop)),
        ("email of a command", refused(register::email_problems(&format!("{text}@mail.test")))),
        ("password of a command", refused(passwords::problems(&text))),
        ("name of an application", applications::register(app, Introduction { name: text.clone(), ..introduction() }).await.map(drop)),
        (
            "website of an application",
            applications::register(app, Introduction { website: Some(format!("https://x.test/{text}")), ..introduction() }).await.map(drop),
        ),
        (
            "redirect URI",
            applications::register(app, Introduction { redirect_uris: vec![format!("https://x.test/{text}")], ..introduction() }).await.map(drop),
        ),
        ("rule", rules::add(app, Origin::Cli, &text, "", None).await.map(drop)),
        ("hint of a rule", rules::add(app, Origin::Cli, "x", &text, None).await.map(drop)),
        ("title of the site", setting("site_title")),
        ("description of the site", setting("site_short_description")),
        ("terms of the site", setting("site_terms")),
        ("category of an emoji", import(app, Origin::Cli, emoji).await.map(drop)),
        ("shortcode of an emoji", import(app, Origin::Cli, Import { shortcode: text.clone(), ..an_emoji() }).await.map(drop)),
        ("private comment", block(app, Origin::Cli, "bad.test", comment(&text, "")).await.map(drop)),
        ("public comment", block(app, Origin::Cli, "bad.test", comment("", &text)).await.map(drop)),
    ]
}

fn an_emoji() -> Import {
    Import { shortcode: "cat".into(), file: png(8, 8), category: None, visible_in_picker: true, featured: false, overwrite: false }
}

/// The columns that other servers fill, each with the bytes of its longest text.
macro_rules! longest {
    ($world:expr, $($column:literal FROM $table:literal),+ $(,)?) => {
        [$((
            concat!($table, ".", $column),
            $world
                .read(|r| async move {
                    Ok(r.value::<i64>(sql!(concat!("SELECT CAST(COALESCE(MAX(OCTET_LENGTH(", $column, ")), 0) AS BIGINT) FROM ", $table)), args![]).await?.unwrap_or(0))
                })
                .await,
        )),+]
    };
}

stories! {
    async fn what_people_here_write_is_refused_past_its_limit_in_bytes(near: Neighbours) {
        for (name, value) in [("registrations_mode", "approved"), ("registrations_without_mail", "true")] {
            change_setting::set(&near.world.app, Origin::Cli, name, value.into()).await.unwrap();
        }
        for (kind, text) in endless() {
            for (what, result) in tries(&near.world, &text).await {
                assert!(matches!(result, Err(Error::Invalid(_))), "{what} of {kind}: {result:?}");
            }
        }
        let kept = near.world.read(|r| async move {
            Ok(r.value::<i64>(sql!("SELECT COUNT(*) FROM accounts WHERE note <> '' OR display_name <> ''"), args![]).await?.unwrap_or(0))
        }).await;
        assert!(kept <= 1, "only bob has a name");
    }

    async fn characters_of_many_code_points_fit_up_to_the_limit(near: Neighbours) {
        let (alice, accents) = (near.alice(), |bytes: usize| format!("a{}", "\u{301}".repeat((bytes - 1) / 2)));
        alice.tries_to_post(&accents(500 * BYTES_PER_CHAR), |_| ()).await.unwrap();
        assert!(alice.tries_to_post(&accents(500 * BYTES_PER_CHAR + 2), |_| ()).await.is_err());
        alice.tries_to_post(&"👨‍👩‍👧‍👦".repeat(500), |_| ()).await.unwrap();
        assert!(alice.tries_to_post(&"👨‍👩‍👧‍👦".repeat(501), |_| ()).await.is_err());
        let both = |text: usize| (accents(8_001), accents(text));
        let (warning, text) = both(500 * BYTES_PER_CHAR - 8_001);
        alice.tries_to_post(&text, |draft| draft.spoiler_text = warning.clone()).await.unwrap();
        assert!(alice.tries_to_post(&both(8_003).1, |draft| draft.spoiler_text = warning).await.is_err());
        let option = |bytes: usize| poll(&accents(bytes));
        alice.tries_to_post("x", |draft| draft.poll = Some(option(50 * BYTES_PER_CHAR))).await.unwrap();
        assert!(alice.tries_to_post("x", |draft| draft.poll = Some(option(50 * BYTES_PER_CHAR + 2))).await.is_err());
    }

    async fn fields_are_cut_to_their_characters(near: Neighbours) {
        let viewer = near.alice().viewer().await;
        let fields = Some(vec![("n".repeat(300), "👨‍👩‍👧‍👦".repeat(40))]);
        update(&near.world.app, &viewer, Change { fields, ..Change::default() }).await.unwrap();
        let field = near.alice().profile().await.fields.remove(0);
        assert_eq!((field.name.len(), field.value), (255, "👨‍👩‍👧‍👦".repeat(36)), "at the end of a whole character");
    }

    async fn endless_queries_are_cut(near: Neighbours) {
        for (_, text) in endless() {
            let search = Search {
                query: text, kind: Kind::Everything, resolve: false, following: false, account_id: None, exclude_unreviewed: false,
                max_id: None, min_id: None, limit: 5, offset: 0,
            };
            let found = search::search(&near.world.app, Some(&near.alice().viewer().await), search).await.unwrap();
            assert!(found.statuses.is_empty());
        }
    }

    async fn what_other_servers_say_is_cut_to_its_limit_in_bytes(near: Neighbours) {
        let dave = near.others.person("b", "dave");
        near.knows(&dave).await;
        near.world.advance(2 * HOUR_MS);
        for (number, (kind, text)) in endless().into_iter().enumerate() {
            let picture = json!({ "type": "Image", "url": near.others.url("b", "/1.png"), "name": text });
            let actors = [
                json!({ "name": text }), json!({ "nameMap": { "en": text } }), json!({ "summary": format!("<p>{text}</p>") }), json!({ "icon": picture, "image": picture }),
                json!({ "attachment": [{ "type": "PropertyValue", "name": text, "value": "x" }, { "type": "PropertyValue", "name": "x", "value": text }] }),
                json!({ "tag": [{ "type": "Emoji", "name": text, "icon": near.others.url("b", "/1.png") }] }),
            ];
            for change in actors {
                let mut document = dave.actor();
                document.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
                actor::keep(&near.world.app, &document, &Budget::default()).await.unwrap();
            }
            let option = json!({ "type": "Note", "name": text });
            let notes: [Value; 9] = [
                json!({ "content": format!("<p>{text}</p>") }), json!({ "content": text, "mediaType": "text/plain" }), json!({ "contentMap": { "en": text } }),
                json!({ "summary": text }), json!({ "summaryMap": { "en": text } }), json!({ "type": "Question", "oneOf": [option, option] }),
                json!({ "attachment": [{ "type": "Document", "url": near.others.url("a", "/1.png"), "name": text }] }),
                json!({ "tag": [{ "type": "Hashtag", "name": text }, { "type": "Emoji", "name": text, "icon": near.others.url("a", "/1.png") }, { "type": "Mention", "name": format!("@{text}@b.test") }] }),
                json!({ "type": "Article", "name": text, "content": "x" }),
            ];
            for (place, note) in notes.into_iter().enumerate() {
                let path = format!("/n/{number}/{place}");
                let id: StatusId = near.posts(&path, note.clone()).await;
                assert!(near.status(id).await.content.len() <= CONTENT_MAX, "{kind}");
                let mut edited = near.note(&path, note);
                edited["updated"] = json!("2026-01-01T13:00:00Z");
                edited["sensitive"] = json!(true);
                near.does(&near.bob, near.bob.activity("Update", &format!("{path}/edit"), edited)).await;
            }
        }
        let longest = longest![
            near.world,
            "display_name" FROM "accounts", "note" FROM "accounts", "fields" FROM "accounts", "avatar_description" FROM "accounts",
            "header_description" FROM "accounts", "content" FROM "statuses", "spoiler_text" FROM "statuses", "title" FROM "poll_options",
            "description" FROM "media_attachments", "name" FROM "tags", "display_name" FROM "tags", "shortcode" FROM "custom_emojis",
            "content" FROM "status_edits", "spoiler_text" FROM "status_edits",
        ];
        for (column, bytes) in longest {
            let limit = match column {
                "accounts.note" => 20 * 1024,
                "statuses.content" | "status_edits.content" => CONTENT_MAX,
                "accounts.fields" => 2 * 2047 * 8,
                "statuses.spoiler_text" | "status_edits.spoiler_text" => 5_000 * 4,
                "media_attachments.description" => 10_000 * 4,
                _ => 2048 * 4,
            };
            assert!(bytes <= i64::try_from(limit).unwrap(), "{column}: {bytes}");
        }
    }
}
