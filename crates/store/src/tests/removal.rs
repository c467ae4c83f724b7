//! What goes from feeds, lists and notifications, and who is not to be told or shown.

use super::world::{Database, sorted, stories};
use crate::feeds::{self, Entry};
use crate::notifications::{self, Cause, NewNotification};
use crate::page::Page;
use crate::{AccountId, RoleId, StatusId, args, blocks, domain_blocks, favourites, follows, hidden, mutes, removal, sql, statuses, users};

impl Database {
    /// A list of `owner` with these members.
    async fn list_of(&self, owner: AccountId, members: Vec<AccountId>) -> i64 {
        self.write(move |tx| async move {
            let list = tx.next_id();
            tx.exec(sql!("INSERT INTO lists (id, account_id, title) VALUES ($1, $2, 'list')"), args![list, owner]).await?;
            for member in members {
                tx.exec(sql!("INSERT INTO list_accounts (id, list_id, account_id) VALUES ($1, $2, $3)"), args![tx.next_id(), list, member]).await?;
            }
            Ok(list)
        })
        .await
    }

    async fn in_home(&self, owner: AccountId, status_id: StatusId, reblog_of_id: Option<StatusId>) {
        let entry = Entry { status_id, account_id: owner, reblog_of_id, in_reply_to_account_id: None, visibility: 0, language: None };
        self.write(move |tx| async move { feeds::insert(&tx, owner, &entry).await }).await;
    }

    async fn in_list(&self, list: i64, status: StatusId, reblog_of: Option<StatusId>) {
        self.write(move |tx| async move {
            tx.exec(sql!("INSERT INTO list_feed (list_id, status_id, reblog_of) VALUES ($1, $2, $3)"), args![list, status, reblog_of]).await
        })
        .await;
    }

    async fn home_of(&self, owner: AccountId) -> Vec<StatusId> {
        sorted(self.read(move |r| async move { r.column(sql!("SELECT status_id FROM home_feed WHERE account_id = $1"), args![owner]).await }).await)
    }

    async fn entries_of(&self, list: i64) -> Vec<StatusId> {
        sorted(self.read(move |r| async move { r.column(sql!("SELECT status_id FROM list_feed WHERE list_id = $1"), args![list]).await }).await)
    }

    async fn is_silent(&self, account: AccountId, from: AccountId, status: Option<StatusId>) -> bool {
        self.read(move |r| async move { hidden::is_silent(&r, account, from, status).await }).await
    }
}

async fn notified(db: &Database, account_id: AccountId, from_account_id: AccountId, number: i64) {
    let new = NewNotification { account_id, from_account_id, cause: Cause::Favourite { status: StatusId(1), favourite: number } };
    db.write(move |tx| async move { notifications::insert(&tx, &new, None).await }).await.unwrap();
}

stories! {
    async fn a_member_leaves_all_lists_of_one_owner_with_what_it_posted(db) {
        let (me, member, friend, bystander) = (db.user().await, db.account().await, db.account().await, db.user().await);
        let (theirs, other) = (db.posts(member).await, db.posts(friend).await);
        let (one, two, foreign) = (db.list_of(me, vec![member, friend]).await, db.list_of(me, vec![member]).await, db.list_of(bystander, vec![member]).await);
        for list in [one, two, foreign] {
            db.in_list(list, theirs, None).await;
            db.in_list(list, other, None).await;
        }
        db.write(move |tx| async move { removal::leave_lists(&tx, me, member).await }).await;
        assert_eq!((db.entries_of(one).await, db.entries_of(two).await, db.entries_of(foreign).await), (vec![other], vec![other], vec![theirs, other]));
        assert_eq!(db.count("list_accounts").await, 2);
    }

    async fn what_came_from_a_host_leaves_home_and_lists(db) {
        let (me, far, near) = (db.user().await, db.account_on("far.test").await, db.account_on("near.test").await);
        let (theirs, kept) = (db.posts(far).await, db.posts(near).await);
        let reblog = db.reblogs(near, theirs).await;
        let list = db.list_of(me, vec![far, near]).await;
        for (status, original) in [(theirs, None), (kept, None), (reblog, Some(theirs))] {
            db.in_home(me, status, original).await;
            db.in_list(list, status, original).await;
        }
        db.write(move |tx| async move { removal::clear_feeds_of_host(&tx, me, "far.test").await }).await;
        assert_eq!((db.home_of(me).await, db.entries_of(list).await), (vec![kept], vec![kept]));
    }

    async fn notifications_of_somebody_or_a_host_go_a_few_at_a_time(db) {
        let (me, other, far) = (db.user().await, db.account().await, db.account_on("far.test").await);
        for n in 0..5 {
            notified(db, me, other, n).await;
            notified(db, me, far, n).await;
            notified(db, other, me, n).await;
        }
        let clear = |limit| db.write(move |tx| async move { removal::clear_notifications(&tx, me, other, limit).await });
        assert_eq!((clear(3).await, clear(3).await, clear(3).await), (3, 2, 0));
        let clear = |limit| db.write(move |tx| async move { removal::clear_notifications_of_host(&tx, me, "far.test", limit).await });
        assert_eq!((clear(3).await, clear(3).await, clear(3).await), (3, 2, 0));
        assert_eq!(db.count("notifications").await, 5);
    }

    async fn nobody_is_told_of_what_they_shut_out(db) {
        let (me, from, far) = (db.user().await, db.account().await, db.account_on("far.test").await);
        assert!(!db.is_silent(me, from, None).await);
        db.write(move |tx| async move { blocks::insert(&tx, from, me).await }).await;
        assert!(!db.is_silent(me, from, None).await, "being blocked changes nothing");
        db.write(move |tx| async move { blocks::insert(&tx, me, from).await }).await;
        assert!(db.is_silent(me, from, None).await);
        db.write(move |tx| async move { blocks::delete(&tx, me, from).await }).await;
        db.write(move |tx| async move { mutes::put(&tx, me, from, false, None).await }).await;
        assert!(!db.is_silent(me, from, None).await, "a mute may let notifications through");
        db.write(move |tx| async move { mutes::put(&tx, me, from, true, None).await }).await;
        assert!(db.is_silent(me, from, None).await);
        db.write(move |tx| async move { domain_blocks::insert(&tx, me, "far.test").await }).await;
        assert!(db.is_silent(me, far, None).await);
        db.follows(me, far).await;
        assert!(!db.is_silent(me, far, None).await, "whom one follows one hears, whatever the host");
        let conversation = db.write(|tx| async move { statuses::insert_conversation(&tx).await }).await;
        let status = db.posts_with(far, |s| s.conversation_id = Some(conversation)).await;
        assert!(!db.is_silent(me, far, Some(status)).await);
        db.write(move |tx| async move {
            tx.exec(sql!("INSERT INTO conversation_mutes (account_id, conversation_id) VALUES ($1, $2)"), args![me, conversation]).await
        }).await;
        assert!(db.is_silent(me, far, Some(status)).await);
    }

    async fn who_is_blocked_by_an_account_or_with_their_domain_is_told_apart(db) {
        let (me, near, far) = (db.user().await, db.account_on("near.test").await, db.account_on("far.test").await);
        let is_blocked = |account: Option<AccountId>, domain: &'static str| async move {
            db.read(move |r| async move { hidden::is_blocked(&r, me, account, domain).await }).await
        };
        db.write(move |tx| async move { blocks::insert(&tx, near, me).await }).await;
        assert!(!is_blocked(Some(near), "near.test").await, "the other way round");
        db.write(move |tx| async move { blocks::insert(&tx, me, near).await }).await;
        db.write(move |tx| async move { domain_blocks::insert(&tx, me, "far.test").await }).await;
        assert!(is_blocked(Some(near), "near.test").await && is_blocked(Some(far), "far.test").await && is_blocked(None, "far.test").await);
        assert!(!is_blocked(None, "near.test").await && !is_blocked(Some(far), "else.test").await && !is_blocked(None, "sub.far.test").await);
    }

    async fn a_mention_beside_somebody_shut_out_is_not_told_of(db) {
        let (me, from, shut_out) = (db.user().await, db.account().await, db.account().await);
        let theirs = db.posts(shut_out).await;
        let (answer, beside, plain) = (db.replies(from, theirs, shut_out).await, db.posts(from).await, db.posts(from).await);
        db.mentions(beside, shut_out, false).await;
        let unwelcome = || async move {
            db.read(move |r| async move {
                let mut all = Vec::new();
                for status in [answer, beside, plain] {
                    all.push(hidden::is_unwelcome_mention(&r, me, status).await?);
                }
                Ok(all)
            }).await
        };
        assert_eq!(unwelcome().await, [false, false, false]);
        db.write(move |tx| async move { mutes::put(&tx, me, shut_out, true, None).await }).await;
        assert_eq!(unwelcome().await, [true, true, false]);
        db.write(move |tx| async move { mutes::put(&tx, me, shut_out, false, None).await }).await;
        assert_eq!(unwelcome().await, [false, false, false]);
        db.write(move |tx| async move { blocks::insert(&tx, me, shut_out).await }).await;
        assert_eq!(unwelcome().await, [true, true, false]);
        db.write(move |tx| async move { tx.exec(sql!("UPDATE accounts SET silenced_at = 1 WHERE id = $1"), args![from]).await }).await;
        assert_eq!(unwelcome().await, [true, true, true], "a limited stranger");
        db.follows(me, from).await;
        assert_eq!(unwelcome().await, [true, true, false]);
    }

    async fn staff_is_over_those_with_a_lower_role(db) {
        let ((moderator, moderator_user), (owner, owner_user), (person, _)) = (db.login().await, db.login().await, db.login().await);
        db.write(move |tx| async move {
            users::set_role(&tx, moderator_user, Some(RoleId(1))).await?;
            users::set_role(&tx, owner_user, Some(RoleId(3))).await
        }).await;
        let over = |a, b| db.read(move |r| async move { hidden::is_staff_over(&r, a, b, 1 | 1 << 4).await });
        assert!(over(moderator, person).await && over(owner, moderator).await);
        assert!(!over(person, moderator).await && !over(moderator, owner).await && !over(moderator, moderator).await && !over(person, person).await);
    }

    async fn lists_of_people_leave_out_those_the_viewer_shuns(db) {
        let (viewer, author, seen) = (db.user().await, db.user().await, db.account().await);
        let (blocked, blocking, muted) = (db.account().await, db.account().await, db.account().await);
        let status = db.posts(author).await;
        for fan in [seen, blocked, blocking, muted] {
            db.follows(fan, author).await;
            db.follows(author, fan).await;
            db.reblogs(fan, status).await;
            db.write(move |tx| async move { favourites::insert(&tx, fan, status).await }).await;
        }
        db.write(move |tx| async move {
            blocks::insert(&tx, viewer, blocked).await?;
            blocks::insert(&tx, blocking, viewer).await?;
            mutes::put(&tx, viewer, muted, true, None).await
        }).await;
        for (viewer, expected) in [(None, vec![seen, blocked, blocking, muted]), (Some(viewer), vec![seen]), (Some(author), vec![seen, blocked, blocking, muted])] {
            let lists = db.read(move |r| async move {
                let page = Page::first(9);
                let accounts = |rows: Vec<(i64, AccountId)>| sorted(rows.into_iter().map(|row| row.1).collect());
                let follows = |rows: Vec<(crate::FollowId, AccountId)>| sorted(rows.into_iter().map(|row| row.1).collect());
                Ok([
                    accounts(favourites::page_of_status(&r, status, viewer, &page).await?),
                    accounts(statuses::reblogs_page(&r, status, viewer, &page).await?),
                    follows(follows::followers_page(&r, author, viewer, &page).await?),
                    follows(follows::following_page(&r, author, viewer, &page).await?),
                ])
            }).await;
            for list in lists {
                assert_eq!(list, expected, "as {viewer:?}");
            }
        }
    }

    async fn answers_of_hidden_statuses_answer_nothing_some_at_a_time(db) {
        let (author, other) = (db.user().await, db.user().await);
        let (parent, kept) = (db.posts(author).await, db.posts(author).await);
        let mut answers = Vec::new();
        for _ in 0..3 {
            answers.push(db.replies(other, parent, author).await);
        }
        let elsewhere = db.replies(other, kept, author).await;
        let orphan = || db.write(move |tx| async move { statuses::orphan(&tx, &[parent], 2).await });
        assert_eq!((orphan().await, orphan().await, orphan().await), (2, 1, 0));
        for id in answers {
            let status = db.read(move |r| async move { statuses::find(&r, id).await }).await.unwrap();
            assert_eq!((status.in_reply_to_id, status.in_reply_to_account_id), (None, Some(author)));
        }
        let status = db.read(move |r| async move { statuses::find(&r, elsewhere).await }).await.unwrap();
        assert_eq!(status.in_reply_to_id, Some(kept));
    }
}
