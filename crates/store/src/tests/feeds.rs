//! Home feeds.

use super::world::{Database, pages_both_ways, plain_follow, sorted, stories};
use crate::feeds::{self, Entry};
use crate::follows::Options;
use crate::page::Page;
use crate::statuses::Visibility;
use crate::{AccountId, StatusId, follows, statuses, users};

const KEEP: i64 = 800;

async fn home(db: &Database, account: AccountId) -> Vec<StatusId> {
    db.read(move |r| async move { feeds::home_page(&r, account, &Page::first(1000)).await }).await
}

async fn entry(db: &Database, status: StatusId) -> Entry {
    db.read(move |r| async move { feeds::find_entry(&r, status).await }).await.unwrap()
}

/// Fans a status out to all followers that were here in the last second; returns who got it.
async fn fan_out(db: &Database, status: StatusId) -> Vec<AccountId> {
    let (entry, since) = (entry(db, status).await, db.now() - 1000);
    let (_, got_it) = db.write(move |tx| async move { feeds::fan_out(&tx, &entry, since, AccountId(0), 1000).await }).await;
    sorted(got_it)
}

async fn put(db: &Database, account: AccountId, status: StatusId) {
    let entry = entry(db, status).await;
    db.write(move |tx| async move { feeds::insert(&tx, account, &entry).await }).await;
}

stories! {
    async fn a_status_reaches_the_followers_and_nobody_else(db) {
        let (author, a, b, stranger) = (db.user().await, db.user().await, db.user().await, db.user().await);
        db.follows(a, author).await;
        db.follows(b, author).await;
        db.follows(author, stranger).await;
        let status = db.posts(author).await;
        assert_eq!(fan_out(db, status).await, [a, b]);
        assert!(fan_out(db, status).await.is_empty(), "once only");
        assert_eq!((home(db, a).await, home(db, b).await), (vec![status], vec![status]));
        assert!(home(db, stranger).await.is_empty() && home(db, author).await.is_empty());
    }

    async fn the_followers_are_reached_in_batches_in_the_order_of_their_ids(db) {
        let author = db.user().await;
        let mut followers = Vec::new();
        for _ in 0..5 {
            let follower = db.user().await;
            db.follows(follower, author).await;
            followers.push(follower);
        }
        let entry = entry(db, db.posts(author).await).await;
        let (mut after, mut batches) = (AccountId(0), Vec::new());
        loop {
            let entry = entry.clone();
            let (looked_at, got_it) = db.write(move |tx| async move { feeds::fan_out(&tx, &entry, 0, after, 2).await }).await;
            let Some(last) = looked_at.last().copied() else { break };
            assert_eq!(looked_at, sorted(got_it));
            after = last;
            batches.push(looked_at.len());
        }
        assert_eq!((batches, after), (vec![2, 2, 1], followers[4]));
    }

    async fn people_who_are_away_do_not_get_it_but_are_looked_at(db) {
        let (author, away) = (db.user().await, db.user().await);
        db.advance(10_000);
        let here = db.user().await;
        let remote = db.account_on("there.test").await;
        for follower in [away, here, remote] {
            db.follows(follower, author).await;
        }
        let entry = entry(db, db.posts(author).await).await;
        let since = db.now() - 1000;
        let (looked_at, got_it) = db.write(move |tx| async move { feeds::fan_out(&tx, &entry, since, AccountId(0), 100).await }).await;
        assert_eq!((looked_at, got_it), (vec![away, here, remote], vec![here]));
    }

    async fn a_reply_reaches_those_who_follow_both_or_are_answered(db) {
        let (author, answered, fan, fan_of_both) = (db.user().await, db.user().await, db.user().await, db.user().await);
        for (follower, target) in [(answered, author), (fan, author), (fan_of_both, author), (fan_of_both, answered)] {
            db.follows(follower, target).await;
        }
        let first = db.posts(answered).await;
        let reply = db.replies(author, first, answered).await;
        assert_eq!(fan_out(db, reply).await, [answered, fan_of_both]);
        let to_self = db.replies(author, reply, author).await;
        assert_eq!(fan_out(db, to_self).await, [answered, fan, fan_of_both], "a thread of one's own reaches all");
    }

    async fn a_direct_message_reaches_only_those_it_names(db) {
        let (author, named, hinted, other) = (db.user().await, db.user().await, db.user().await, db.user().await);
        for follower in [named, hinted, other] {
            db.follows(follower, author).await;
        }
        for visibility in [Visibility::Direct, Visibility::Limited] {
            let status = db.posts_with(author, |s| s.visibility = visibility).await;
            db.mentions(status, named, false).await;
            db.mentions(status, hinted, true).await;
            assert_eq!(fan_out(db, status).await, [named], "{visibility:?}");
        }
        let private = db.posts_with(author, |s| s.visibility = Visibility::Private).await;
        assert_eq!(fan_out(db, private).await, [named, hinted, other]);
    }

    async fn a_reblog_reaches_those_who_want_reblogs(db) {
        let (author, fan, wants, wants_not) = (db.user().await, db.user().await, db.user().await, db.user().await);
        db.follows(wants, fan).await;
        db.write(move |tx| async move { follows::insert(&tx, wants_not, fan, &Options { show_reblogs: false, ..plain_follow() }).await }).await;
        let status = db.posts(author).await;
        let reblog = db.reblogs(fan, status).await;
        assert_eq!(fan_out(db, reblog).await, [wants]);
        assert_eq!(home(db, wants).await, [reblog]);
    }

    async fn a_reblog_is_left_out_while_its_original_is_among_the_newest_80(db) {
        let (author, fan, other_fan, reader) = (db.user().await, db.user().await, db.user().await, db.user().await);
        db.follows(reader, fan).await;
        db.follows(reader, other_fan).await;
        let status = db.posts(author).await;
        put(db, reader, status).await;
        let mut newer = Vec::new();
        for _ in 0..79 {
            newer.push(db.posts(author).await);
            put(db, reader, *newer.last().unwrap()).await;
        }
        let reblog = db.reblogs(fan, status).await;
        assert!(fan_out(db, reblog).await.is_empty(), "the original is the 80th");
        let one_more = db.posts(author).await;
        put(db, reader, one_more).await;
        assert_eq!(fan_out(db, reblog).await, [reader], "the original is the 81st");
        let second = db.reblogs(other_fan, status).await;
        assert!(fan_out(db, second).await.is_empty(), "another's reblog of it is there");
    }

    async fn a_home_page_is_paged_both_ways_and_passes_over_deleted_statuses(db) {
        let (author, reader) = (db.user().await, db.user().await);
        let mut ids = Vec::new();
        for _ in 0..7 {
            let (kept, gone) = (db.posts(author).await, db.posts(author).await);
            put(db, reader, kept).await;
            put(db, reader, gone).await;
            put(db, reader, kept).await;
            db.write(move |tx| async move { statuses::mark_deleted(&tx, gone).await }).await;
            ids.insert(0, kept.0);
        }
        pages_both_ways(&ids, async |page| {
            let rows = db.read(move |r| async move { feeds::home_page(&r, reader, &page).await }).await;
            rows.into_iter().map(|id| id.0).collect()
        }).await;
    }

    async fn a_deleted_status_has_no_entry(db) {
        let author = db.user().await;
        let status = db.posts(author).await;
        let reply = db.replies(author, status, author).await;
        let found = entry(db, reply).await;
        assert_eq!((found.status_id, found.account_id, found.in_reply_to_account_id, found.reblog_of_id), (reply, author, Some(author), None));
        db.write(move |tx| async move { statuses::mark_deleted(&tx, status).await }).await;
        assert!(db.read(move |r| async move { feeds::find_entry(&r, status).await }).await.is_none());
    }

    async fn a_new_follow_brings_the_newest_statuses_and_its_end_takes_them(db) {
        let (author, other, reader) = (db.user().await, db.user().await, db.user().await);
        let theirs = db.posts(other).await;
        put(db, reader, theirs).await;
        let old = db.posts(author).await;
        let direct = db.posts_with(author, |s| s.visibility = Visibility::Direct).await;
        db.mentions(direct, reader, false).await;
        db.replies(author, theirs, other).await;
        let mine = db.posts(reader).await;
        let to_me = db.replies(author, mine, reader).await;
        let private = db.posts_with(author, |s| s.visibility = Visibility::Private).await;
        let reblog = db.reblogs(author, theirs).await;
        let gone = db.posts(author).await;
        db.write(move |tx| async move { statuses::mark_deleted(&tx, gone).await }).await;
        let merge = |limit| db.write(move |tx| async move { feeds::merge(&tx, reader, author, limit).await });
        merge(2).await;
        assert_eq!(home(db, reader).await, [reblog, private, theirs], "the newest two");
        merge(100).await;
        assert_eq!(home(db, reader).await, [reblog, private, to_me, old, theirs]);
        db.write(move |tx| async move { feeds::unmerge(&tx, reader, author).await }).await;
        assert_eq!(home(db, reader).await, [theirs]);
    }

    async fn a_feed_is_rebuilt_as_it_would_have_been(db) {
        let (author, friend, stranger, reader) = (db.user().await, db.user().await, db.user().await, db.user().await);
        db.follows(reader, author).await;
        db.follows(reader, friend).await;
        let first = db.posts(author).await;
        let theirs = db.posts(stranger).await;
        db.replies(author, theirs, stranger).await;
        let to_friend = db.replies(author, first, friend).await;
        let mine = db.posts_with(reader, |s| s.visibility = Visibility::Direct).await;
        let to_me = db.replies(friend, mine, reader).await;
        db.posts_with(author, |s| s.visibility = Visibility::Direct).await;
        let reblog = db.reblogs(friend, theirs).await;
        let gone = db.posts(author).await;
        db.write(move |tx| async move { statuses::mark_deleted(&tx, gone).await }).await;
        let rebuild = |limit| db.write(move |tx| async move { feeds::rebuild(&tx, reader, limit).await });
        rebuild(2).await;
        assert_eq!(home(db, reader).await, [reblog, to_me]);
        rebuild(KEEP).await;
        rebuild(KEEP).await;
        assert_eq!(home(db, reader).await, [reblog, to_me, mine, to_friend, first]);
    }

    async fn a_feed_is_cut_to_its_newest_entries(db) {
        let (author, long, short) = (db.user().await, db.user().await, db.user().await);
        let mut ids = Vec::new();
        for _ in 0..6 {
            ids.insert(0, db.posts(author).await);
            put(db, long, ids[0]).await;
        }
        put(db, short, ids[0]).await;
        let overlong = |keep| db.read(move |r| async move { feeds::list_overlong(&r, keep, 10).await });
        let trim = |account, keep| db.write(move |tx| async move { feeds::trim(&tx, account, keep).await });
        assert_eq!(overlong(4).await, [long]);
        assert!(overlong(6).await.is_empty());
        assert_eq!(trim(long, 6).await, 0);
        assert_eq!(trim(long, 4).await, 2);
        assert_eq!(trim(short, 4).await, 0);
        assert_eq!(home(db, long).await, ids[..4]);
    }

    async fn feeds_of_people_who_left_are_dropped(db) {
        let (author, away, (here, here_user)) = (db.user().await, db.user().await, db.login().await);
        let status = db.posts(author).await;
        for reader in [away, here] {
            put(db, reader, status).await;
        }
        db.advance(10_000);
        let since = db.now() - 1000;
        let dropped = db.write(move |tx| async move {
            users::touch(&tx, &[here_user]).await?;
            feeds::drop_inactive(&tx, since).await
        }).await;
        assert_eq!((dropped, home(db, away).await, home(db, here).await), (1, vec![], vec![status]));
        db.write(move |tx| async move { feeds::clear(&tx, here).await }).await;
        assert!(home(db, here).await.is_empty());
    }
}
