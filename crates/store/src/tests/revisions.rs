//! What edits change and leave: revisions, mentions, tags, attachments; pins and muted threads.

use super::world::{Database, sorted, stories};
use crate::edits::{self, Edit};
use crate::statuses::{self, AccountFilter, Marked, Revised, Visibility};
use crate::{AccountId, ConversationId, MediaId, StatusId, accounts, conversation_mutes, media, pins, polls, tags};

async fn uploads(db: &Database, author: AccountId) -> MediaId {
    db.write(move |tx| async move {
        let id = media::insert(&tx, author, media::KIND_IMAGE, &media::Words::default()).await?;
        media::complete(&tx, id, "blur").await?;
        Ok(id)
    })
    .await
}

async fn attached(db: &Database, status: StatusId) -> (Vec<MediaId>, Vec<MediaId>) {
    let (now, before) =
        db.read(move |r| async move { Ok((media::list_of_statuses(&r, &[status]).await?, media::list_former(&r, status).await?)) }).await;
    (now.iter().map(|m| m.id).collect(), sorted(before.iter().map(|m| m.id).collect()))
}

async fn replaces(db: &Database, author: AccountId, status: StatusId, ids: &[MediaId]) -> bool {
    let ids = ids.to_vec();
    db.write(move |tx| async move { media::replace(&tx, author, status, &ids).await }).await
}

fn edit(text: &str, at: i64) -> Edit {
    Edit {
        account_id: None,
        text: text.into(),
        content: format!("<p>{text}</p>"),
        spoiler_text: "cw".into(),
        sensitive: Some(true),
        media: Some("[]".into()),
        poll_options: None,
        created_at: at,
    }
}

stories! {
    async fn revisions_come_back_oldest_first(db) {
        let author = db.user().await;
        let (status, other) = (db.posts(author).await, db.posts(author).await);
        for (text, at) in [("one", 5), ("two", 3)] {
            db.write(move |tx| async move { edits::insert(&tx, status, &edit(text, at)).await }).await;
        }
        let list = |id, limit| db.read(move |r| async move { edits::list(&r, id, limit).await });
        let all = list(status, 10).await;
        assert_eq!(all.iter().map(|edit| (edit.text.as_str(), edit.created_at)).collect::<Vec<_>>(), [("one", 5), ("two", 3)]);
        assert_eq!((all[0].content.as_str(), all[0].spoiler_text.as_str(), all[0].sensitive), ("<p>one</p>", "cw", Some(true)));
        assert_eq!((all[0].media.as_deref(), all[0].poll_options.clone(), all[0].account_id), (Some("[]"), None, None));
        assert_eq!((list(status, 1).await.len(), list(other, 10).await.len()), (1, 0));
    }

    async fn an_edited_status_says_so(db) {
        let author = db.user().await;
        let id = db.posts(author).await;
        db.advance(10);
        let now = db.now();
        db.write(move |tx| async move {
            statuses::lock(&tx, id).await?;
            let new = Revised { text: "new".into(), content: "<p>new</p>".into(), spoiler_text: "cw".into(), sensitive: true, language: Some("ja".into()), emojis: String::new(), edited_at: None };
            statuses::revise(&tx, id, &new).await?;
            statuses::set_quote_policy(&tx, id, 131_072).await
        }).await;
        let found = db.read(move |r| async move { statuses::find(&r, id).await }).await.unwrap();
        assert_eq!((found.text.as_str(), found.content.as_str(), found.spoiler_text.as_str()), ("new", "<p>new</p>", "cw"));
        assert_eq!((found.sensitive, found.language.as_deref(), found.edited_at, found.quote_approval_policy), (true, Some("ja"), Some(now), 131_072));
    }

    async fn who_is_named_no_longer_is_addressed_silently(db) {
        let (author, a, b, c) = (db.user().await, db.user().await, db.user().await, db.user().await);
        let id = db.posts(author).await;
        db.mentions(id, a, false).await;
        db.mentions(id, b, false).await;
        let names = |accounts: Vec<AccountId>| db.write(move |tx| async move { statuses::replace_mentions(&tx, id, &accounts).await });
        let named = || async { sorted(db.read(move |r| async move { statuses::list_mentions(&r, &[id]).await }).await.iter().map(|m| m.account_id).collect()) };
        assert_eq!(names(vec![b, c]).await, [c]);
        assert_eq!((named().await, db.count("mentions").await), (sorted(vec![b, c]), 3));
        assert_eq!(names(vec![a]).await, [a], "named again");
        assert_eq!(named().await, [a]);
        assert!(names(vec![]).await.is_empty() && named().await.is_empty());
    }

    async fn tags_that_are_written_no_longer_go(db) {
        let author = db.user().await;
        let id = db.posts(author).await;
        db.write(move |tx| async move {
            let mut kept = Vec::new();
            for name in ["cats", "dogs"] {
                let tag = tags::ensure(&tx, name, name).await?;
                tags::attach(&tx, id, tag).await?;
                kept.push(tag);
            }
            tags::detach_others(&tx, id, &kept[..1]).await
        }).await;
        let left = db.read(move |r| async move { tags::list(&r, &[id]).await }).await;
        assert_eq!(left.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["cats"]);
    }

    async fn attachments_that_an_edit_takes_out_are_kept_for_the_history(db) {
        let (author, other) = (db.user().await, db.user().await);
        let (status, elsewhere) = (db.posts(author).await, db.posts(author).await);
        let (a, b, c, foreign) = (uploads(db, author).await, uploads(db, author).await, uploads(db, author).await, uploads(db, other).await);
        assert!(replaces(db, author, status, &[a, b]).await);
        assert!(replaces(db, author, status, &[c, a]).await);
        assert_eq!(attached(db, status).await, (vec![c, a], vec![b]));
        assert!(!replaces(db, author, elsewhere, &[b]).await, "it belongs to the other's history");
        assert!(!replaces(db, author, status, &[foreign]).await, "it is another's");
        assert!(replaces(db, author, status, &[b]).await, "it may come back");
        assert_eq!(attached(db, status).await, (vec![b], sorted(vec![a, c])));
        let attach = db.write(move |tx| async move { media::attach(&tx, a, author, elsewhere, 0).await }).await;
        assert!(!attach, "what a history needs is not free");
        db.advance(1000);
        let loose = || db.write(|tx| async move { media::delete_loose(&tx, tx.now(), 100).await });
        assert_eq!(loose().await, [foreign], "a history does not expire");
        db.write(move |tx| async move { media::detach(&tx, &[status]).await }).await;
        db.advance(1000);
        assert_eq!(sorted(loose().await), sorted(vec![a, b, c]));
    }

    async fn a_status_is_pinned_once_and_the_newest_pin_comes_first(db) {
        let (author, stranger) = (db.user().await, db.user().await);
        let one = db.posts(author).await;
        let two = db.posts_with(author, |s| s.visibility = Visibility::Private).await;
        let gone = db.posts(author).await;
        let pin = |id| db.write(move |tx| async move { accounts::lock(&tx, author).await?; pins::insert(&tx, author, id).await });
        for id in [two, one, gone] {
            assert!(pin(id).await && !pin(id).await);
        }
        db.write(move |tx| async move { statuses::mark_deleted(&tx, gone).await }).await;
        let count = || db.read(move |r| async move { pins::count(&r, author).await });
        let list = |viewer, filter, limit| db.read(move |r| async move { statuses::list_pinned(&r, author, viewer, filter, limit).await });
        let all = AccountFilter::default();
        assert_eq!(count().await, 2);
        assert_eq!(list(Some(author), all, 10).await, [one, two]);
        assert_eq!((list(None, all, 10).await, list(Some(stranger), all, 10).await), (vec![one], vec![one]));
        assert_eq!(list(Some(author), all, 1).await, [one]);
        assert!(list(Some(author), AccountFilter { only_media: true, ..all }, 10).await.is_empty());
        db.write(move |tx| async move { pins::delete(&tx, author, one).await }).await;
        assert_eq!((count().await, list(Some(author), all, 10).await), (1, vec![two]));
        db.write(move |tx| async move { pins::delete_of_account(&tx, author).await }).await;
        assert_eq!(db.count("status_pins").await, 0);
    }

    async fn an_accounts_page_can_be_narrowed_to_a_tag_and_to_what_is_not_direct(db) {
        let author = db.user().await;
        let (plain, tagged) = (db.posts(author).await, db.posts(author).await);
        let direct = db.posts_with(author, |s| s.visibility = Visibility::Direct).await;
        let tag = db.write(move |tx| async move {
            let tag = tags::ensure(&tx, "cats", "cats").await?;
            tags::attach(&tx, tagged, tag).await?;
            Ok(tag)
        }).await;
        let list = |filter| db.read(move |r| async move { statuses::account_page(&r, author, Some(author), filter, &crate::page::Page::first(10)).await });
        assert_eq!(list(AccountFilter::default()).await, [direct, tagged, plain]);
        assert_eq!(list(AccountFilter { exclude_direct: true, ..Default::default() }).await, [tagged, plain]);
        assert_eq!(list(AccountFilter { tag: Some(tag), ..Default::default() }).await, [tagged]);
    }

    async fn a_thread_is_muted_for_one_account(db) {
        let (author, other) = (db.user().await, db.user().await);
        let status = db.posts_with(author, |s| s.conversation_id = Some(ConversationId(7))).await;
        let alone = db.posts(author).await;
        let muted = |account| db.read(move |r| async move { conversation_mutes::mutes_thread_of(&r, account, status).await });
        for _ in 0..2 {
            db.write(move |tx| async move { conversation_mutes::insert(&tx, other, ConversationId(7)).await }).await;
        }
        assert!(muted(other).await && !muted(author).await);
        let of = Marked { statuses: vec![status, alone], conversations: vec![ConversationId(7), ConversationId(8)], ..Marked::default() };
        let marks = |viewer| {
            let of = of.clone();
            db.read(move |r| async move { statuses::list_marks(&r, viewer, &of).await })
        };
        assert_eq!((marks(other).await, marks(author).await), (vec![(statuses::MUTED, 7)], vec![]));
        db.write(move |tx| async move { conversation_mutes::delete(&tx, other, ConversationId(7)).await }).await;
        assert!(!muted(other).await);
        db.write(move |tx| async move { conversation_mutes::insert(&tx, other, ConversationId(7)).await }).await;
        db.write(move |tx| async move { conversation_mutes::delete_of_account(&tx, other).await }).await;
        assert!(!muted(other).await);
    }

    async fn a_viewer_knows_what_they_pinned(db) {
        let (author, viewer) = (db.user().await, db.user().await);
        let (open, closed) = (db.posts(author).await, db.posts(author).await);
        let of = Marked { statuses: vec![open, closed], own: vec![open, closed], ..Marked::default() };
        let marks = |viewer| {
            let of = of.clone();
            db.read(move |r| async move { statuses::list_marks(&r, viewer, &of).await })
        };
        assert!(marks(viewer).await.is_empty());
        db.write(move |tx| async move { pins::insert(&tx, author, open).await }).await;
        assert_eq!((marks(author).await, marks(viewer).await), (vec![(statuses::PINNED, open.0)], vec![]));
    }

    async fn local_rebloggers_are_listed_in_order(db) {
        let (author, one, far, two) = (db.user().await, db.user().await, db.account_on("far.test").await, db.user().await);
        let status = db.posts(author).await;
        for fan in [two, far, one] {
            db.reblogs(fan, status).await;
        }
        let list = |after: AccountId, limit| db.read(move |r| async move { statuses::list_local_rebloggers(&r, status, after, limit).await });
        assert_eq!(list(AccountId(0), 10).await, [one, two]);
        assert_eq!((list(AccountId(0), 1).await, list(one, 10).await), (vec![one], vec![two]));
    }

    async fn purging_takes_polls_revisions_and_pins_along(db) {
        let author = db.user().await;
        let status = db.posts(author).await;
        db.write(move |tx| async move {
            let shape = polls::Shape { options: vec!["a".into(), "b".into()], multiple: false, hide_totals: false, expires_at: 9 };
            let poll = polls::insert(&tx, status, author, &shape).await?;
            polls::insert_vote(&tx, poll, author, 0).await?;
            edits::insert(&tx, status, &edit("one", 1)).await?;
            pins::insert(&tx, author, status).await?;
            statuses::mark_deleted(&tx, status).await?;
            statuses::purge(&tx, &[status]).await
        }).await;
        for table in ["statuses", "polls", "poll_options", "poll_votes", "status_edits", "status_pins"] {
            assert_eq!(db.count(table).await, 0, "{table}");
        }
    }
}
