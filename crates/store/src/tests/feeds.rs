//! Home feeds. Those of lists are in `lists`.

use super::world::{Database, pages_both_ways, plain_follow, sorted, stories};
use crate::feeds::{self, Entry, fill, withdraw};
use crate::follows::Options;
use crate::page::Page;
use crate::statuses::Visibility;
use crate::{AccountId, StatusId, TagId, follows, lists, statuses, tags, users};

const KEEP: i64 = 800;

/// Rebuilds a home feed, one author a step; returns the steps.
async fn rebuild(db: &Database, reader: AccountId) -> usize {
    let (mut next, mut steps) = (Some(AccountId(0)), 0);
    while let Some(after) = next {
        next = db.write(move |tx| async move { fill::rebuild_home(&tx, reader, after, 1, KEEP).await }).await;
        steps += 1;
    }
    db.write(move |tx| async move {
        fill::rebuild_own(&tx, reader, KEEP).await?;
        fill::show_once(&tx, reader).await
    })
    .await;
    steps
}

async fn exclusive(db: &Database, owner: AccountId, member: AccountId) {
    db.write(move |tx| async move {
        let list = lists::insert(&tx, owner, "apart", 0, true, 9).await?.unwrap();
        lists::insert_members(&tx, list, &[member]).await
    })
    .await;
}

async fn home(db: &Database, account: AccountId) -> Vec<StatusId> {
    db.read(move |r| async move { feeds::home_page(&r, account, &Page::first(1000)).await }).await
}

async fn entry(db: &Database, status: StatusId) -> Entry {
    db.read(move |r| async move { feeds::find_entry(&r, status).await }).await.unwrap()
}

/// Fans a status out to all followers that were here in the last second; returns who got it.
async fn fan_out(db: &Database, status: StatusId) -> Vec<AccountId> {
    let (entry, since) = (entry(db, status).await, db.now() - 1000);
    sorted(db.write(move |tx| async move { feeds::fan_out(&tx, &entry, since, AccountId(0), 1000).await }).await.got_it)
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
        let original = db.posts(author).await;
        for status in [original, db.reblogs(author, original).await] {
            let entry = entry(db, status).await;
            let (mut next, mut batches) = (Some(AccountId(0)), Vec::new());
            while let Some(after) = next {
                let entry = entry.clone();
                let batch = db.write(move |tx| async move { feeds::fan_out(&tx, &entry, 0, after, 2).await }).await;
                batches.push(sorted(batch.got_it));
                next = batch.next;
            }
            assert_eq!(batches, [&followers[..2], &followers[2..4], &followers[4..]]);
            for follower in &followers {
                let follower = *follower;
                db.write(move |tx| async move { feeds::clear(&tx, follower).await }).await;
            }
        }
    }

    async fn people_who_are_away_or_elsewhere_do_not_get_it(db) {
        let (author, away) = (db.user().await, db.user().await);
        db.advance(10_000);
        let here = db.user().await;
        let remote = db.account_on("there.test").await;
        for follower in [away, here, remote] {
            db.follows(follower, author).await;
        }
        let status = db.posts(author).await;
        assert_eq!(fan_out(db, status).await, [here]);
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
        db.reblogs(author, theirs).await;
        let gone = db.posts(author).await;
        db.write(move |tx| async move { statuses::mark_deleted(&tx, gone).await }).await;
        let merge = |limit| db.write(move |tx| async move { feeds::merge(&tx, reader, author, limit).await });
        merge(100).await;
        assert_eq!(home(db, reader).await, [theirs], "only of those who are followed");
        db.follows(reader, author).await;
        merge(2).await;
        assert_eq!(home(db, reader).await, [private, theirs], "the newest two; the original of one is there");
        merge(100).await;
        assert_eq!(home(db, reader).await, [private, to_me, old, theirs]);
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
        let again = db.reblogs(author, theirs).await;
        let own_again = db.reblogs(author, first).await;
        assert!(rebuild(db, reader).await > 1, "in more than one step");
        rebuild(db, reader).await;
        assert_eq!(home(db, reader).await, [reblog, to_me, mine, to_friend, first], "without {again} and {own_again}: originals come once");
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

    async fn what_somebody_hidden_takes_part_in_stays_out(db) {
        let (author, other) = (db.user().await, db.user().await);
        let mut readers = Vec::new();
        for _ in 0..6 {
            let reader = db.user().await;
            db.follows(reader, author).await;
            readers.push(reader);
        }
        let [blocks_author, mutes_author, blocked, blocks_other, mutes_other, plain] = readers[..] else { panic!() };
        db.blocks(blocks_author, author).await;
        db.mutes(mutes_author, author).await;
        db.blocks(author, blocked).await;
        db.blocks(blocks_other, other).await;
        db.mutes(mutes_other, other).await;
        let status = db.posts(author).await;
        assert_eq!(fan_out(db, status).await, [blocks_other, mutes_other, plain]);
        let naming = db.posts(author).await;
        db.mentions(naming, other, false).await;
        assert_eq!(fan_out(db, naming).await, [plain], "what names somebody hidden");
        let hinting = db.posts(author).await;
        db.mentions(hinting, other, true).await;
        assert_eq!(fan_out(db, hinting).await, [blocks_other, mutes_other, plain], "but not what names them silently");
        let theirs = db.posts(other).await;
        db.blocks(other, plain).await;
        let reblog = db.reblogs(author, theirs).await;
        assert!(fan_out(db, reblog).await.is_empty(), "nor what somebody hidden wrote, nor of somebody who blocks the reader");
        let direct = db.posts_with(author, |s| s.visibility = Visibility::Direct).await;
        for reader in [blocks_author, mutes_author, blocked, blocks_other, plain] {
            db.mentions(direct, reader, false).await;
        }
        assert_eq!(fan_out(db, direct).await, [blocks_other, plain]);
        for reader in &readers {
            let (reader, before) = (*reader, home(db, *reader).await);
            rebuild(db, reader).await;
            let after = home(db, reader).await;
            assert_eq!(after, before, "rebuilding brings nothing that was left out");
        }
    }

    async fn a_blocked_host_is_not_reblogged_to_those_who_block_it(db) {
        let (fan, reader, other) = (db.user().await, db.user().await, db.user().await);
        let far = db.account_on("far.test").await;
        for account in [reader, other] {
            db.follows(account, fan).await;
        }
        db.blocks_host(reader, "far.test").await;
        let theirs = db.posts(far).await;
        let reblog = db.reblogs(fan, theirs).await;
        assert_eq!(fan_out(db, reblog).await, [other]);
        rebuild(db, reader).await;
        assert!(home(db, reader).await.is_empty());
        rebuild(db, other).await;
        assert_eq!(home(db, other).await, [reblog]);
    }

    async fn a_follow_can_be_narrowed_to_languages(db) {
        let (author, german, any) = (db.user().await, db.user().await, db.user().await);
        db.follows(any, author).await;
        db.write(move |tx| async move { follows::insert(&tx, german, author, &Options { languages: Some(",de,nl,".into()), ..plain_follow() }).await }).await;
        let english = db.posts(author).await;
        let dutch = db.posts_with(author, |s| s.language = Some("nl".into())).await;
        let unknown = db.posts_with(author, |s| s.language = None).await;
        assert_eq!(fan_out(db, english).await, [any]);
        assert_eq!(fan_out(db, dutch).await, [german, any]);
        assert_eq!(fan_out(db, unknown).await, [german, any]);
        db.write(move |tx| async move { feeds::clear(&tx, german).await }).await;
        rebuild(db, german).await;
        assert_eq!(home(db, german).await, [unknown, dutch]);
    }

    async fn members_of_an_exclusive_list_stay_out_of_home(db) {
        let (author, reader, other) = (db.user().await, db.user().await, db.user().await);
        for account in [reader, other] {
            db.follows(account, author).await;
        }
        exclusive(db, reader, author).await;
        let status = db.posts(author).await;
        assert_eq!(fan_out(db, status).await, [other]);
        let reblog = db.reblogs(author, db.posts(other).await).await;
        assert!(!fan_out(db, reblog).await.contains(&reader));
        db.write(move |tx| async move { feeds::merge(&tx, reader, author, 100).await }).await;
        assert!(home(db, reader).await.is_empty());
    }

    async fn the_next_reblog_takes_the_place_of_one_that_is_gone(db) {
        let (author, first, second, third, reader, other) =
            (db.user().await, db.user().await, db.user().await, db.user().await, db.user().await, db.user().await);
        for fan in [first, second, third] {
            db.follows(reader, fan).await;
        }
        db.follows(other, first).await;
        db.mutes(reader, second).await;
        let status = db.posts(author).await;
        let mut reblogs = Vec::new();
        for fan in [first, second, third] {
            reblogs.push(db.reblogs(fan, status).await);
            fan_out(db, reblogs[reblogs.len() - 1]).await;
        }
        assert_eq!(home(db, reader).await, [reblogs[0]]);
        let gone = reblogs[0];
        let take_back = db.write(move |tx| async move {
            statuses::mark_deleted(&tx, gone).await?;
            let original = withdraw::find_reblogged(&tx, gone).await?;
            withdraw::withdraw(&tx, gone, original, &[reader, other, author]).await
        });
        take_back.await;
        assert_eq!((home(db, reader).await, home(db, other).await), (vec![reblogs[2]], vec![]), "not of somebody muted, nor of a stranger");
        let anew = db.reblogs(first, status).await;
        assert_eq!(fan_out(db, anew).await, [other], "a reblog that is gone hides none");
    }

    async fn what_concerns_somebody_can_be_taken_out(db) {
        let (author, whom, reader) = (db.user().await, db.user().await, db.user().await);
        let (theirs, kept) = (db.posts(whom).await, db.posts(author).await);
        let reblog = db.reblogs(author, theirs).await;
        let naming = db.posts(author).await;
        db.mentions(naming, whom, false).await;
        let reblog_naming = db.reblogs(author, naming).await;
        let own = db.posts(reader).await;
        db.mentions(own, whom, false).await;
        for status in [theirs, kept, reblog, naming, reblog_naming, own] {
            put(db, reader, status).await;
        }
        db.write(move |tx| async move { feeds::forget(&tx, reader, whom).await }).await;
        assert_eq!(home(db, reader).await, [own, kept]);
    }

    async fn followed_hashtags_bring_statuses_of_strangers(db) {
        let (author, plain, mutes, blocked, away) = (db.user().await, db.user().await, db.user().await, db.user().await, db.user().await);
        db.advance(10_000);
        for here in [author, plain, mutes, blocked] {
            db.is_here(here).await;
        }
        let cats = db.write(|tx| async move { tags::ensure(&tx, "cats", "Cats").await }).await;
        let dogs = db.write(|tx| async move { tags::ensure(&tx, "dogs", "dogs").await }).await;
        for reader in [author, plain, mutes, blocked, away] {
            db.write(move |tx| async move { tags::follow(&tx, reader, cats).await }).await;
        }
        db.write(move |tx| async move { tags::follow(&tx, plain, dogs).await }).await;
        db.mutes(mutes, author).await;
        db.blocks(author, blocked).await;
        let tagged = async |tags: &[TagId]| {
            let status = db.posts(author).await;
            for tag in tags {
                let tag = *tag;
                db.write(move |tx| async move { tags::attach(&tx, status, tag).await }).await;
            }
            status
        };
        let to_tags = async |status| {
            let (entry, since) = (entry(db, status).await, db.now() - 1000);
            db.write(move |tx| async move { feeds::fan_out_to_tag_followers(&tx, &entry, since, AccountId(0), 100).await }).await
        };
        let both = tagged(&[cats, dogs]).await;
        assert_eq!((to_tags(both).await.got_it, to_tags(both).await.got_it), (vec![plain], vec![]));
        let one = tagged(&[cats]).await;
        to_tags(one).await;
        assert_eq!(home(db, plain).await, [one, both]);
        let entry = entry(db, both).await;
        let audience = db.read(move |r| async move { feeds::find_audience(&r, &entry).await }).await;
        assert_eq!((audience.tagged, audience.listed), (true, false));
        // Rebuilding finds them, too.
        db.write(move |tx| async move { feeds::clear(&tx, plain).await }).await;
        for reader in [plain, mutes] {
            rebuild(db, reader).await;
        }
        assert_eq!((home(db, plain).await, home(db, mutes).await), (vec![one, both], vec![]));
        let withdrawn = db.write(move |tx| async move { withdraw::withdraw_from_tag_followers(&tx, one, 100).await }).await;
        assert_eq!((withdrawn, home(db, plain).await), (vec![plain], vec![both]));
        put(db, plain, one).await;
        let drop_cats = db.write(move |tx| async move {
            tags::unfollow(&tx, plain, cats).await?;
            withdraw::unmerge_tag(&tx, plain, cats).await
        });
        drop_cats.await;
        assert_eq!(home(db, plain).await, [both], "which has another followed hashtag");
    }

    async fn a_rebuilding_is_known_until_it_is_forgotten(db) {
        let reader = db.user().await;
        let found = || db.read(move |r| async move { feeds::find_rebuild(&r, reader).await });
        assert_eq!(found().await, None);
        let id = db.write(move |tx| async move { feeds::begin_rebuild(&tx, reader).await }).await;
        assert_eq!(found().await, Some((id, None)));
        let again = db.write(move |tx| async move { feeds::begin_rebuild(&tx, reader).await }).await;
        assert!(again > id);
        db.write(move |tx| async move { feeds::finish_rebuild(&tx, reader).await }).await;
        assert_eq!(found().await, Some((again, Some(db.now()))));
        let forget = |before| db.write(move |tx| async move { feeds::delete_old_rebuilds(&tx, before).await });
        assert_eq!((forget(db.now()).await, forget(db.now() + 1).await, found().await), (0, 1, None));
    }
}
