//! What streams ask of those who listen.

use super::world::{sorted, stories};
use crate::statuses::Visibility;
use crate::streams::{self, Mark};
use crate::testing::{insert_block, insert_domain_block, insert_into_list_feed, insert_list, insert_mute, mute_thread, silence};
use crate::{AccountId, ApplicationId, ListId, StatusId, TokenId, accounts, bookmarks, favourites, feeds, oauth, statuses, users};

stories! {
    async fn feeds_say_who_of_those_listening_has_a_status(db) {
        let (author, a, b, c) = (db.user().await, db.user().await, db.user().await, db.user().await);
        let (one, other) = (db.posts(author).await, db.posts(author).await);
        for (account, status) in [(a, one), (b, one), (b, other), (c, other)] {
            db.write(move |tx| async move {
                let entry = feeds::find_entry(&tx, status).await?.unwrap();
                feeds::insert(&tx, account, &entry).await
            }).await;
        }
        let homes = |accounts: Vec<AccountId>, ids: Vec<StatusId>| {
            db.read(move |r| async move { streams::in_homes(&r, &accounts, &ids).await })
        };
        assert_eq!(sorted(homes(vec![a, b, author], vec![one]).await), [(a, one), (b, one)]);
        assert_eq!(sorted(homes(vec![b, c], vec![one, other]).await), [(b, one), (b, other), (c, other)]);
        assert_eq!(homes(vec![], vec![one]).await, []);
        let (first, second) = (insert_list(&db.db, a).await.unwrap(), insert_list(&db.db, a).await.unwrap());
        for list in [first, second] {
            insert_into_list_feed(&db.db, list, one).await.unwrap();
        }
        let lists = |lists: Vec<ListId>, status| db.read(move |r| async move { streams::in_lists(&r, &lists, &[status]).await });
        assert_eq!(lists(vec![first], one).await, [(first, one)]);
        assert_eq!((lists(vec![first], other).await, lists(vec![], one).await), (vec![], vec![]));
        let owns = |list, account| db.read(move |r| async move { streams::owns_list(&r, list, account).await });
        assert!(owns(first, a).await && !owns(first, b).await && !owns(ListId(-1), a).await);
    }

    async fn a_status_is_placed_even_when_it_was_just_hidden(db) {
        let (author, other) = (db.user().await, db.account_on("there.test").await);
        let parent = db.posts(other).await;
        let reply = db.replies(author, parent, other).await;
        let private = db.posts_with(author, |status| status.visibility = Visibility::Private).await;
        let reblog = db.reblogs(author, parent).await;
        let placing = |status| db.read(move |r| async move { streams::find_placing(&r, status).await });
        let found = placing(parent).await.unwrap();
        assert_eq!((found.account_id, &*found.domain, found.visibility, found.unwanted, found.has_media), (other, "there.test", 0, false, false));
        assert_eq!((found.reblog_of_id, found.in_reply_to_account_id, found.language.as_deref()), (None, None, Some("en")));
        assert_eq!(placing(reply).await.unwrap().in_reply_to_account_id, Some(other));
        assert_eq!(placing(private).await.unwrap().visibility, Visibility::Private as i64);
        assert_eq!(placing(reblog).await.unwrap().reblog_of_id, Some(parent));
        db.write(move |tx| async move { statuses::mark_deleted(&tx, parent).await }).await;
        assert!(placing(parent).await.is_some());
        assert!(placing(StatusId(1)).await.is_none());
        silence(&db.db, other).await.unwrap();
        assert!(placing(parent).await.unwrap().unwanted);
    }

    async fn the_unwilling_are_those_who_block_mute_or_are_blocked(db) {
        let (author, named) = (db.account_on("there.test").await, db.user().await);
        let mut viewers = Vec::new();
        for _ in 0..8 {
            viewers.push(db.user().await);
        }
        let [plain, blocks, blocked, mutes, blocks_named, mutes_named, blocks_host, blocked_by_named] = viewers[..] else { unreachable!() };
        for (account, target) in [(blocks, author), (author, blocked), (blocks_named, named), (named, blocked_by_named), (author, named)] {
            insert_block(&db.db, account, target).await.unwrap();
        }
        insert_mute(&db.db, mutes, author, false).await.unwrap();
        insert_mute(&db.db, mutes_named, named, true).await.unwrap();
        insert_domain_block(&db.db, blocks_host, "there.test").await.unwrap();
        insert_domain_block(&db.db, plain, "elsewhere.test").await.unwrap();
        let ask = |viewers: Vec<AccountId>| {
            db.read(move |r| async move { streams::list_unwilling(&r, &viewers, author, "there.test", &[author, named]).await })
        };
        assert_eq!(sorted(ask(viewers.clone()).await), sorted(vec![blocks, blocked, mutes, blocks_named, mutes_named, blocks_host]));
        assert_eq!(ask(vec![plain, blocked_by_named]).await, []);
        assert_eq!(ask(vec![]).await, []);
    }

    async fn marks_are_each_viewers_own(db) {
        let (author, a, b) = (db.user().await, db.user().await, db.user().await);
        let thread = db.write(|tx| async move { statuses::insert_conversation(&tx).await }).await;
        let status = db.posts_with(author, |status| status.conversation_id = Some(thread)).await;
        let other = db.posts(author).await;
        db.write(move |tx| async move {
            favourites::insert(&tx, a, status).await?;
            bookmarks::insert(&tx, b, status).await?;
            favourites::insert(&tx, b, other).await.map(drop)
        }).await;
        db.reblogs(a, status).await;
        mute_thread(&db.db, b, status).await.unwrap();
        let marks = |viewers: Vec<AccountId>| db.read(move |r| async move { streams::list_marks(&r, &viewers, &[status]).await });
        let mut both = marks(vec![a, b, author]).await;
        both.sort();
        assert_eq!(both, [(a, status, Mark::Favourited), (a, status, Mark::Reblogged), (b, status, Mark::Bookmarked), (b, status, Mark::Muted)]);
        assert_eq!(marks(vec![b]).await.len(), 2);
    }

    async fn a_token_opens_until_it_is_revoked_or_its_user_is_shut_out(db) {
        let (account, user) = db.login().await;
        let token = |hash: u8| {
            db.write(move |tx| async move {
                let id = TokenId(tx.next_id());
                oauth::insert_token(&tx, id, ApplicationId(1), Some(user), &[hash], "read").await?;
                Ok(id)
            })
        };
        let opens = |token| db.read(move |r| async move { streams::token_opens(&r, token).await });
        let (one, other) = (token(1).await, token(2).await);
        assert!(opens(one).await && opens(other).await && !opens(TokenId(1)).await);
        db.write(move |tx| async move { oauth::revoke_token(&tx, one).await }).await;
        assert!(!opens(one).await && opens(other).await);
        let disable = |disabled| db.write(move |tx| async move { users::set_disabled(&tx, user, disabled).await });
        disable(true).await;
        assert!(!opens(other).await);
        disable(false).await;
        assert!(opens(other).await);
        db.write(move |tx| async move { accounts::suspend(&tx, account).await }).await;
        assert!(!opens(other).await);
    }
}
