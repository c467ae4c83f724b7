//! Rules, custom emojis, known hosts and the instance's activity.

use super::world::{Database, new_user, stories};
use crate::custom_emojis::{self, CustomEmoji, NewEmoji};
use crate::instance_activity::{self, DAY_MS, REGISTRATIONS, STATUSES, people_of_week, week_of};
use crate::media::{self, NewBlob};
use crate::rules::{self, Translation};
use crate::statuses::Visibility;
use crate::users::NewUser;
use crate::{EmojiId, MediaId, RuleId, UserId, hosts, settings, statuses, users};

async fn emoji(db: &Database, shortcode: &'static str, category: Option<&'static str>) -> EmojiId {
    db.write(move |tx| async move {
        let category_id = match category {
            Some(name) => Some(custom_emojis::ensure_category(&tx, name).await?),
            None => None,
        };
        let new = NewEmoji { shortcode: shortcode.into(), visible_in_picker: true, category_id };
        let id = custom_emojis::put(&tx, &new).await?;
        for variant in ["original", "static"] {
            let key = format!("{shortcode}-{variant}.png");
            let blob = media::ensure_blob(&tx, &NewBlob { size: 1, backend: "local".into(), key, mime: "image/png".into() }).await?;
            media::set_file(&tx, MediaId(id.0), variant, blob, None).await?;
        }
        Ok(id)
    })
    .await
}

async fn emojis(db: &Database) -> Vec<CustomEmoji> {
    db.read(|r| async move { custom_emojis::list_local(&r, 10).await }).await
}

async fn today(db: &Database) -> i64 {
    db.now().div_euclid(DAY_MS)
}

stories! {
    async fn rules_are_kept_in_order_and_leave_the_list_for_good(db) {
        let (second, first) = db.write(|tx| async move {
            Ok((rules::insert(&tx, 2, "Be kind", "").await?, rules::insert(&tx, 1, "No spam", "At all").await?))
        }).await;
        let list = || db.read(|r| async move { rules::list(&r).await });
        let shown: Vec<_> = list().await.into_iter().map(|rule| (rule.id, rule.priority, rule.text, rule.hint)).collect();
        assert_eq!(shown, [(first, 1, "No spam".into(), "At all".into()), (second, 2, "Be kind".into(), String::new())]);
        db.write(move |tx| async move {
            let mut rule = rules::find(&tx, second).await?.unwrap();
            (rule.priority, rule.text) = (0, "Be very kind".into());
            rules::update(&tx, &rule).await
        }).await;
        assert_eq!(list().await[0].text, "Be very kind");
        let remove = |id| db.write(move |tx| async move { rules::remove(&tx, id).await });
        assert!(remove(second).await && !remove(second).await && !remove(RuleId(1)).await);
        assert!(db.read(move |r| async move { rules::find(&r, second).await }).await.is_none());
        assert_eq!((list().await.len(), db.count("rules").await), (1, 2), "the row stays");
    }

    async fn a_rule_has_one_translation_for_each_language(db) {
        let (rule, gone) = db.write(|tx| async move { Ok((rules::insert(&tx, 0, "Be kind", "").await?, rules::insert(&tx, 0, "Gone", "").await?)) }).await;
        for (rule_id, language, text) in [(rule, "de", "Nett"), (rule, "ar", "كن لطيفا"), (rule, "de", "Sei nett"), (gone, "de", "Weg")] {
            let said = Translation { rule_id, language: language.into(), text: text.into(), hint: String::new() };
            db.write(move |tx| async move { rules::translate(&tx, &said).await }).await;
        }
        db.write(move |tx| async move { rules::remove(&tx, gone).await }).await;
        let list = || db.read(|r| async move { rules::list_translations(&r).await });
        let shown: Vec<_> = list().await.into_iter().map(|t| (t.rule_id, t.language, t.text)).collect();
        assert_eq!(shown, [(rule, "ar".to_owned(), "كن لطيفا".to_owned()), (rule, "de".into(), "Sei nett".into())]);
        let remove = || db.write(move |tx| async move { rules::remove_translation(&tx, rule, "ar").await });
        assert!(remove().await && !remove().await);
        assert_eq!(list().await.len(), 1);
    }

    async fn an_emoji_has_two_files_and_perhaps_a_category(db) {
        let (cat, dog) = (emoji(db, "cat", Some("Animals")).await, emoji(db, "Dog", None).await);
        let shown: Vec<_> = emojis(db).await.into_iter().map(|e| (e.id, e.shortcode, e.category, e.original_key, e.static_key, e.featured)).collect();
        assert_eq!(
            shown,
            [
                (dog, "Dog".to_owned(), None, "Dog-original.png".to_owned(), "Dog-static.png".to_owned(), false),
                (cat, "cat".into(), Some("Animals".into()), "cat-original.png".into(), "cat-static.png".into(), false),
            ]
        );
        assert_eq!(db.read(|r| async move { custom_emojis::list_local(&r, 1).await }).await.len(), 1);
        assert_eq!(db.read(|r| async move { custom_emojis::count_local(&r).await }).await, 2);
        let find = |name: &'static str| db.read(move |r| async move { custom_emojis::find_local(&r, name).await });
        assert_eq!((find("cat").await, find("Cat").await), (Some(cat), None));
        assert_eq!(emoji(db, "cat", Some("Pets")).await, cat, "made anew it is the same");
        db.write(move |tx| async move {
            let category = custom_emojis::ensure_category(&tx, "Pets").await?;
            custom_emojis::feature(&tx, category, cat).await
        }).await;
        let pet = emojis(db).await.pop().unwrap();
        assert_eq!((pet.category.as_deref(), pet.featured), (Some("Pets"), true));
    }

    async fn an_emoji_is_switched_off_and_removed_with_its_files(db) {
        emoji(db, "cat", Some("Animals")).await;
        emoji(db, "dog", Some("Pets")).await;
        let switch = |name: &'static str, off| db.write(move |tx| async move { custom_emojis::set_disabled(&tx, name, off).await });
        assert!(switch("cat", true).await && !switch("bird", true).await);
        assert!(emojis(db).await[0].disabled && !emojis(db).await[1].disabled);
        assert!(switch("cat", false).await && !emojis(db).await[0].disabled);
        let remove = || db.write(|tx| async move { custom_emojis::remove(&tx, "cat").await });
        assert!(remove().await && !remove().await);
        assert_eq!((db.count("custom_emojis").await, db.count("media_files").await, db.count("custom_emoji_categories").await), (1, 2, 1));
    }

    async fn each_host_that_has_accounts_is_known_once(db) {
        for domain in ["b.test", "", "a.test", "b.test", "c.test"] {
            db.account_on(domain).await;
        }
        let list = |prefix: &'static str, limit| db.read(move |r| async move { hosts::list_known(&r, prefix, limit).await });
        assert_eq!(list("", 9).await, ["a.test", "b.test", "c.test"]);
        assert_eq!(list("", 2).await, ["a.test", "b.test"]);
        assert_eq!((list("b", 9).await, list("b.test", 9).await), (vec!["b.test".to_owned()], vec!["b.test".into()]));
        assert!(list("d", 9).await.is_empty() && list("b.test.", 9).await.is_empty());
    }

    async fn a_setting_tells_when_it_was_changed(db) {
        let changed = || db.read(|r| async move { settings::changed_at(&r, "name").await });
        assert_eq!(changed().await, None);
        db.write(|tx| async move { settings::set(&tx, "name", "1").await }).await;
        assert_eq!(changed().await, Some(db.now()));
    }

    async fn days_add_up_and_are_forgotten(db) {
        for (measure, day, by) in [("statuses", 10, 2), ("statuses", 10, 3), ("statuses", 16, 1), ("statuses", 17, 7), ("registrations", 10, 1)] {
            db.write(move |tx| async move { instance_activity::add(&tx, measure, day, by).await }).await;
        }
        let list = |day| db.read(move |r| async move { instance_activity::list_since(&r, day).await });
        let all = list(0).await;
        assert_eq!(all, [("registrations".to_owned(), 10, 1), ("statuses".into(), 10, 5), ("statuses".into(), 16, 1), ("statuses".into(), 17, 7)]);
        assert_eq!([week_of(&all, STATUSES, 10), week_of(&all, STATUSES, 11), week_of(&all, REGISTRATIONS, 4), week_of(&all, REGISTRATIONS, 11)], [6, 8, 1, 0]);
        db.write(|tx| async move { instance_activity::delete_before(&tx, 17).await }).await;
        assert_eq!(list(0).await.len(), 1);
    }

    async fn a_person_counts_once_in_a_week_however_often_they_come(db) {
        let first_day = today(db).await;
        let ((_, often), (_, rarely)) = (db.login().await, db.login().await);
        let comes = |user: UserId| db.write(move |tx| async move { users::touch(&tx, &[user]).await });
        db.advance(1);
        comes(often).await;
        comes(often).await;
        db.advance(DAY_MS);
        comes(often).await;
        db.advance(DAY_MS);
        comes(often).await;
        comes(rarely).await;
        db.advance(7 * DAY_MS);
        comes(often).await;
        let rows = db.read(|r| async move { instance_activity::list_since(&r, 0).await }).await;
        let people = |day| people_of_week(&rows, first_day + day);
        // Often came on days 0, 1, 2 and 9; rarely on day 2.
        assert_eq!([people(-7), people(-6), people(-5), people(-4), people(0), people(1), people(2), people(3), people(9), people(10)], [0, 1, 1, 2, 2, 2, 2, 1, 1, 0]);
    }

    async fn who_becomes_able_to_sign_in_counts_as_registered_once(db) {
        db.login().await;
        let waits = |id, confirmed, approved| async move {
            let account = db.account().await;
            db.write(move |tx| async move { users::insert(&tx, &NewUser { confirmed, approved, ..new_user(UserId(id), account) }).await }).await;
        };
        waits(1, false, false).await;
        waits(2, false, true).await;
        let registered = || async {
            let rows = db.read(|r| async move { instance_activity::list_since(&r, 0).await }).await;
            week_of(&rows, REGISTRATIONS, today(db).await)
        };
        assert_eq!(registered().await, 1);
        let confirm = |id| db.write(move |tx| async move { users::confirm(&tx, UserId(id)).await });
        let approve = |id| db.write(move |tx| async move { users::approve(&tx, UserId(id)).await });
        confirm(1).await;
        assert_eq!(registered().await, 1);
        approve(1).await;
        assert_eq!(registered().await, 2);
        confirm(2).await;
        assert_eq!(registered().await, 3);
        for id in [1, 2] {
            confirm(id).await;
            approve(id).await;
        }
        assert_eq!(registered().await, 3, "once only");
    }

    async fn statuses_are_counted_by_the_day_they_were_made(db) {
        let me = db.user().await;
        let (from, day) = (db.now(), today(db).await);
        db.posts(me).await;
        db.posts_with(me, |status| status.visibility = Visibility::Unlisted).await;
        db.posts_with(me, |status| status.visibility = Visibility::Private).await;
        let deleted = db.posts(me).await;
        db.write(move |tx| async move { statuses::mark_deleted(&tx, deleted).await }).await;
        db.advance(DAY_MS);
        db.posts(me).await;
        let count = |from, until| db.read(move |r| async move { instance_activity::count_statuses(&r, from, until).await });
        assert_eq!(count(from, db.now() + 1).await, [(day, 2), (day + 1, 1)]);
        assert!(count(db.now() + 1, db.now() + 2).await.is_empty() && count(from - 10, from).await.is_empty());
        let until = || db.read(|r| async move { instance_activity::counted_until(&r).await });
        assert_eq!(until().await, None);
        for ms in [5, 7] {
            db.write(move |tx| async move { instance_activity::set_counted_until(&tx, ms).await }).await;
        }
        assert_eq!(until().await, Some(7));
    }
}
