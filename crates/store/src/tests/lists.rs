//! Lists, their members and their feeds.

use super::world::{Database, pages_both_ways, plain_follow, sorted, stories};
use crate::feeds::{self, fill, withdraw};
use crate::follows::Options;
use crate::lists::{self, List};
use crate::page::Page;
use crate::statuses::Visibility;
use crate::{AccountId, ListId, StatusId, follows, statuses};

const LISTS_MAX: i64 = 3;
/// Numbers of `lists.replies_policy`.
const TO_MEMBERS: i64 = 0;
const TO_FOLLOWED: i64 = 1;
const NO_REPLIES: i64 = 2;

async fn list_of(db: &Database, owner: AccountId, replies: i64, members: &[AccountId]) -> ListId {
    let members = members.to_vec();
    db.write(move |tx| async move {
        let list = lists::insert(&tx, owner, "friends", replies, false, i64::MAX).await?.unwrap();
        assert!(lists::insert_members(&tx, list, &members).await?);
        Ok(list)
    })
    .await
}

async fn feed(db: &Database, list: ListId) -> Vec<StatusId> {
    db.read(move |r| async move { feeds::list_page(&r, list, &Page::first(1000)).await }).await
}

/// Fans a status out to all lists; returns those that got it.
async fn fan_out(db: &Database, status: StatusId) -> Vec<ListId> {
    let since = db.now() - 1000;
    let batch = db.write(move |tx| async move {
        let entry = feeds::find_entry(&tx, status).await?.unwrap();
        feeds::fan_out_to_lists(&tx, &entry, since, ListId(0), 1000).await
    });
    sorted(batch.await.got_it)
}

async fn rebuild(db: &Database, list: ListId) -> usize {
    let (mut next, mut steps) = (Some(AccountId(0)), 0);
    while let Some(after) = next {
        next = db.write(move |tx| async move { fill::rebuild_list(&tx, list, after, 1, 100).await }).await;
        steps += 1;
    }
    db.write(move |tx| async move { fill::show_once_in_list(&tx, list).await }).await;
    steps
}

async fn clear(db: &Database, list: ListId) {
    db.write(move |tx| async move { feeds::trim_list(&tx, list, 0).await }).await;
}

stories! {
    async fn a_list_is_its_owners(db) {
        let (owner, other) = (db.user().await, db.user().await);
        let made = db.write(move |tx| async move { lists::insert(&tx, owner, "friends", TO_FOLLOWED, true, LISTS_MAX).await }).await.unwrap();
        let find = |owner| db.read(move |r| async move { lists::find(&r, owner, made).await });
        let found = find(owner).await.unwrap();
        assert_eq!((found.title.as_str(), found.replies_policy, found.exclusive), ("friends", TO_FOLLOWED, true));
        assert!(find(other).await.is_none());
        db.write(move |tx| async move { lists::update(&tx, &List { id: made, title: "work".into(), replies_policy: NO_REPLIES, exclusive: false }).await }).await;
        let changed = find(owner).await.unwrap();
        assert_eq!((changed.title.as_str(), changed.replies_policy, changed.exclusive), ("work", NO_REPLIES, false));
        for more in [true, true, false] {
            let made = db.write(move |tx| async move { lists::insert(&tx, owner, "more", TO_MEMBERS, false, LISTS_MAX).await });
            assert_eq!(made.await.is_some(), more);
        }
        let all = db.read(move |r| async move { lists::list(&r, owner).await }).await;
        assert_eq!((all.len(), all[0].id), (3, made));
        let next = db.read(move |r| async move { lists::find_next(&r, owner, made).await }).await;
        assert_eq!(next, Some(all[1].id));
        db.write(move |tx| async move { lists::delete(&tx, made).await }).await;
        assert!(find(owner).await.is_none());
    }

    async fn members_are_paged_by_their_accounts(db) {
        let owner = db.user().await;
        let mut members = Vec::new();
        for _ in 0..6 {
            members.insert(0, db.account().await.0);
        }
        let list = list_of(db, owner, TO_MEMBERS, &members.iter().map(|id| AccountId(*id)).collect::<Vec<_>>()).await;
        pages_both_ways(&members, async |page| {
            let ids = db.read(move |r| async move { lists::members_page(&r, list, &page).await }).await;
            ids.into_iter().map(|id| id.0).collect()
        }).await;
        let first = AccountId(members[0]);
        assert!(!db.write(move |tx| async move { lists::insert_members(&tx, list, &[first]).await }).await, "in it already");
        let with = |member| db.read(move |r| async move { lists::list_with_member(&r, owner, member).await });
        assert_eq!(with(first).await.len(), 1);
        assert_eq!(db.write(move |tx| async move { lists::delete_members(&tx, list, &[first]).await }).await, 1);
        assert!(with(first).await.is_empty());
    }

    async fn whoever_is_followed_or_asked_may_be_a_member_until_that_ends(db) {
        let (owner, followed, asked, stranger) = (db.user().await, db.user().await, db.user().await, db.user().await);
        db.follows(owner, followed).await;
        db.asks_to_follow(owner, asked).await;
        let may = db.read(move |r| async move { lists::list_followed(&r, owner, &[followed, asked, stranger]).await }).await;
        assert_eq!(sorted(may), [followed, asked]);
        let list = list_of(db, owner, TO_MEMBERS, &[followed, asked]).await;
        let of_another = list_of(db, stranger, TO_MEMBERS, &[followed]).await;
        db.write(move |tx| async move { follows::delete(&tx, owner, followed).await }).await;
        let members = |list| db.read(move |r| async move { lists::members_page(&r, list, &Page::first(9)).await });
        assert_eq!((members(list).await, members(of_another).await), (vec![asked], vec![followed]));
        db.write(move |tx| async move { lists::delete_of_account(&tx, owner).await }).await;
        db.write(move |tx| async move { lists::delete_of_account(&tx, followed).await }).await;
        assert_eq!((db.count("lists").await, db.count("list_accounts").await), (1, 0));
    }

    async fn a_list_gets_what_its_members_post(db) {
        let (author, owner, fan, away) = (db.user().await, db.user().await, db.user().await, db.user().await);
        db.advance(10_000);
        for account in [owner, fan, author] {
            db.is_here(account).await;
        }
        for reader in [owner, away] {
            db.follows(reader, author).await;
        }
        let list = list_of(db, owner, TO_MEMBERS, &[author]).await;
        let own = list_of(db, author, TO_MEMBERS, &[author]).await;
        list_of(db, fan, TO_MEMBERS, &[author]).await; // does not follow
        list_of(db, away, TO_MEMBERS, &[author]).await;
        let status = db.posts(author).await;
        assert_eq!(fan_out(db, status).await, [list, own]);
        assert!(fan_out(db, status).await.is_empty(), "once only");
        let direct = db.posts_with(author, |s| s.visibility = Visibility::Direct).await;
        db.mentions(direct, owner, false).await;
        assert!(fan_out(db, direct).await.is_empty(), "direct messages stay out");
        let stranger = db.posts(fan).await;
        assert!(fan_out(db, stranger).await.is_empty());
        assert_eq!(feed(db, list).await, [status]);
    }

    async fn lists_are_reached_in_batches(db) {
        let (author, owner) = (db.user().await, db.user().await);
        db.follows(owner, author).await;
        let mut all = Vec::new();
        for _ in 0..5 {
            all.push(list_of(db, owner, TO_MEMBERS, &[author]).await);
        }
        let original = db.posts(author).await;
        for status in [original, db.reblogs(author, original).await] {
            for list in &all {
                clear(db, *list).await;
            }
            let (mut next, mut batches) = (Some(ListId(0)), Vec::new());
            while let Some(after) = next {
                let batch = db.write(move |tx| async move {
                    let entry = feeds::find_entry(&tx, status).await?.unwrap();
                    feeds::fan_out_to_lists(&tx, &entry, 0, after, 2).await
                }).await;
                batches.push(sorted(batch.got_it));
                next = batch.next;
            }
            assert_eq!(batches, [&all[..2], &all[2..4], &all[4..]]);
        }
    }

    async fn each_list_says_which_replies_it_shows(db) {
        let (author, member, followed, stranger, owner) = (db.user().await, db.user().await, db.user().await, db.user().await, db.user().await);
        for target in [author, member, followed] {
            db.follows(owner, target).await;
        }
        let members = [author, member];
        let [to_members, to_followed, none] = [
            list_of(db, owner, TO_MEMBERS, &members).await,
            list_of(db, owner, TO_FOLLOWED, &members).await,
            list_of(db, owner, NO_REPLIES, &members).await,
        ];
        let mut replies = Vec::new();
        for (to, expected) in [
            (member, vec![to_members, to_followed]),
            (followed, vec![to_followed]),
            (stranger, vec![]),
            (owner, vec![to_members, to_followed, none]),
            (author, vec![to_members, to_followed, none]),
        ] {
            let first = db.posts(to).await;
            let reply = db.replies(author, first, to).await;
            assert_eq!(fan_out(db, reply).await, expected);
            replies.push(reply);
        }
        for list in [to_members, to_followed, none] {
            let before: Vec<_> = feed(db, list).await.into_iter().filter(|id| replies.contains(id)).collect();
            clear(db, list).await;
            rebuild(db, list).await;
            let after: Vec<_> = feed(db, list).await.into_iter().filter(|id| replies.contains(id)).collect();
            assert_eq!(after, before, "rebuilt by the same rules");
        }
    }

    async fn a_list_keeps_the_owners_other_rules(db) {
        let (author, other, owner) = (db.user().await, db.user().await, db.user().await);
        db.follows(owner, author).await;
        let list = list_of(db, owner, TO_MEMBERS, &[author]).await;
        db.write(move |tx| async move { lists::update(&tx, &List { id: list, title: "apart".into(), replies_policy: TO_MEMBERS, exclusive: true }).await }).await;
        let status = db.posts(author).await;
        assert_eq!(fan_out(db, status).await, [list], "an exclusive one too");
        db.mutes(owner, other).await;
        let naming = db.posts(author).await;
        db.mentions(naming, other, false).await;
        assert!(fan_out(db, naming).await.is_empty(), "what names somebody muted");
        let theirs = db.posts(other).await;
        let reblog = db.reblogs(author, theirs).await;
        assert!(fan_out(db, reblog).await.is_empty(), "nor what they wrote");
        let narrow = Options { show_reblogs: false, languages: Some(",de,".into()), ..plain_follow() };
        db.write(move |tx| async move { follows::insert(&tx, owner, author, &narrow).await }).await;
        let english = db.posts(author).await;
        assert!(fan_out(db, english).await.is_empty());
        let stranger = db.user().await;
        let reblog = db.reblogs(author, db.posts(stranger).await).await;
        assert!(fan_out(db, reblog).await.is_empty());
        rebuild(db, list).await;
        assert_eq!(feed(db, list).await, [status], "what is there stays");
        db.mutes(owner, author).await;
        let german = db.posts_with(author, |s| s.language = Some("de".into())).await;
        assert!(fan_out(db, german).await.is_empty());
        db.write(move |tx| async move { feeds::forget(&tx, owner, author).await }).await;
        assert!(feed(db, list).await.is_empty());
    }

    async fn a_reblog_comes_into_a_list_once_and_gives_way_to_the_next(db) {
        let (author, first, second, owner) = (db.user().await, db.user().await, db.user().await, db.user().await);
        for fan in [first, second] {
            db.follows(owner, fan).await;
        }
        let list = list_of(db, owner, TO_MEMBERS, &[first, second]).await;
        let status = db.posts(author).await;
        let (one, two) = (db.reblogs(first, status).await, db.reblogs(second, status).await);
        assert_eq!((fan_out(db, one).await, fan_out(db, two).await), (vec![list], vec![]));
        let take_back = db.write(move |tx| async move {
            statuses::mark_deleted(&tx, one).await?;
            withdraw::withdraw_from_lists(&tx, one, Some(status), first, 10).await
        });
        take_back.await;
        assert_eq!(feed(db, list).await, [two]);
        let three = db.reblogs(first, status).await;
        clear(db, list).await;
        assert_eq!(rebuild(db, list).await, 3);
        assert_eq!(feed(db, list).await, [two], "not {three}, the later one");
    }

    async fn a_new_member_brings_its_newest_statuses_and_takes_them_along(db) {
        let (author, other, owner) = (db.user().await, db.user().await, db.user().await);
        let list = list_of(db, owner, TO_MEMBERS, &[author, other]).await;
        let (old, newer) = (db.posts(author).await, db.posts(author).await);
        let theirs = db.posts(other).await;
        for target in [author, other] {
            db.follows(owner, target).await;
        }
        db.write(move |tx| async move { feeds::merge_into_list(&tx, list, author, 1).await }).await;
        assert_eq!(feed(db, list).await, [newer]);
        db.write(move |tx| async move { feeds::merge(&tx, owner, author, 100).await }).await;
        db.write(move |tx| async move { feeds::merge_into_list(&tx, list, other, 100).await }).await;
        assert_eq!(feed(db, list).await, [theirs, newer, old], "following brings them into the lists as well");
        db.write(move |tx| async move { feeds::unmerge_from_list(&tx, list, &[other]).await }).await;
        assert_eq!(feed(db, list).await, [newer, old]);
        db.write(move |tx| async move { feeds::unmerge(&tx, owner, author).await }).await;
        assert!(feed(db, list).await.is_empty());
    }

    async fn a_lists_feed_is_paged_cut_and_dropped(db) {
        let (author, owner) = (db.user().await, db.user().await);
        db.follows(owner, author).await;
        let list = list_of(db, owner, TO_MEMBERS, &[author]).await;
        let mut ids = Vec::new();
        for _ in 0..7 {
            let (kept, gone) = (db.posts(author).await, db.posts(author).await);
            fan_out(db, kept).await;
            fan_out(db, gone).await;
            db.write(move |tx| async move { statuses::mark_deleted(&tx, gone).await }).await;
            ids.insert(0, kept.0);
        }
        pages_both_ways(&ids, async |page| {
            let rows = db.read(move |r| async move { feeds::list_page(&r, list, &page).await }).await;
            rows.into_iter().map(|id| id.0).collect()
        }).await;
        let overlong = |keep| db.read(move |r| async move { feeds::list_overlong_lists(&r, keep, 10).await });
        assert_eq!((overlong(13).await, overlong(14).await), (vec![list], vec![]));
        assert_eq!(db.write(move |tx| async move { feeds::trim_list(&tx, list, 4).await }).await, 10);
        assert_eq!(feed(db, list).await.len(), 2, "of four, two are deleted");
        db.advance(10_000);
        let since = db.now() - 1000;
        db.write(move |tx| async move { feeds::drop_inactive(&tx, since).await }).await;
        assert_eq!(db.count("list_feed").await, 0);
    }
}
