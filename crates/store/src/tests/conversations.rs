//! Conversations: who gets a message, where it goes, and what is left when it goes.

use super::world::{Database, pages_both_ways, stories};
use crate::conversations::{self, AccountConversation};
use crate::page::Page;
use crate::testing::{insert_block, insert_domain_block, insert_mute, mute_thread, silence};
use crate::{AccountConversationId, AccountId, ConversationId, StatusId, statuses};

const THREAD: ConversationId = ConversationId(7);

async fn add(db: &Database, owner: AccountId, others: &[AccountId], status: i64, unread: bool) -> Option<AccountConversationId> {
    add_to(db, THREAD, owner, others, status, unread).await
}

async fn add_to(
    db: &Database,
    thread: ConversationId,
    owner: AccountId,
    others: &[AccountId],
    status: i64,
    unread: bool,
) -> Option<AccountConversationId> {
    let others = others.to_vec();
    db.write(move |tx| async move { conversations::add(&tx, owner, thread, &others, StatusId(status), unread).await }).await
}

async fn of(db: &Database, owner: AccountId) -> Vec<AccountConversation> {
    db.read(move |r| async move { conversations::page(&r, owner, &Page::first(100)).await }).await
}

/// Last message and whether it is unread, of each.
async fn shown(db: &Database, owner: AccountId) -> Vec<(i64, bool)> {
    of(db, owner).await.iter().map(|c| (c.last_status_id.unwrap().0, c.unread)).collect()
}

stories! {
    async fn a_message_goes_where_the_same_people_talked_before(db) {
        let (alice, bob, carol) = (AccountId(1), AccountId(2), AccountId(30));
        let first = add(db, alice, &[carol, bob], 10, true).await;
        assert_eq!(add(db, alice, &[bob, carol], 12, false).await, first);
        assert_eq!(add(db, alice, &[bob, carol], 11, true).await, first);
        assert_eq!(add(db, alice, &[bob, carol], 12, true).await, None, "the second time is nothing");
        assert_eq!(shown(db, alice).await, [(12, true)]);
        assert_eq!(of(db, alice).await[0].participants(), [bob, carol]);
        assert_ne!(add(db, alice, &[bob], 13, false).await, first);
        assert_ne!(add_to(db, ConversationId(8), alice, &[bob, carol], 14, false).await, first);
        assert_ne!(add(db, bob, &[alice, carol], 12, true).await, first);
        assert_eq!(shown(db, alice).await, [(14, false), (13, false), (12, true)]);
        let note = add(db, alice, &[], 20, false).await.unwrap();
        let found = db.read(move |r| async move { conversations::find(&r, alice, note).await }).await.unwrap();
        assert_eq!(found.participants(), []);
        assert!(db.read(move |r| async move { conversations::find(&r, bob, note).await }).await.is_none());
    }

    async fn conversations_with_somebody_are_forgotten(db) {
        let (alice, bob, carol) = (AccountId(1), AccountId(2), AccountId(20));
        add(db, alice, &[bob], 10, true).await;
        add(db, alice, &[carol, bob], 11, true).await;
        add(db, alice, &[carol], 12, true).await;
        add(db, carol, &[bob], 13, true).await;
        db.write(move |tx| async move { conversations::forget_with(&tx, alice, bob).await }).await;
        assert_eq!((shown(db, alice).await, shown(db, carol).await), (vec![(12, true)], vec![(13, true)]));
    }

    async fn a_message_that_goes_brings_back_the_one_before(db) {
        let (alice, bob) = (AccountId(1), AccountId(2));
        let hers = add(db, alice, &[bob], 10, false).await.unwrap();
        add(db, bob, &[alice], 10, true).await;
        add(db, alice, &[bob], 11, true).await;
        let remove = |status| db.write(move |tx| async move { conversations::remove(&tx, StatusId(status)).await });
        assert_eq!(remove(11).await, [(hers, alice)]);
        assert_eq!(shown(db, alice).await, [(10, true)]);
        assert_eq!(remove(11).await, []);
        assert_eq!(remove(10).await, []);
        assert_eq!((shown(db, alice).await, shown(db, bob).await), (vec![], vec![]));
        assert_eq!((db.count("account_conversations").await, db.count("account_conversation_statuses").await), (0, 0));
    }

    async fn only_the_owner_changes_a_conversation(db) {
        let (alice, bob) = (AccountId(1), AccountId(2));
        let id = add(db, alice, &[bob], 10, true).await.unwrap();
        let mark = |owner, unread| db.write(move |tx| async move { conversations::set_unread(&tx, owner, id, unread).await });
        let delete = |owner| db.write(move |tx| async move { conversations::delete(&tx, owner, id).await });
        assert!(!mark(bob, false).await && !delete(bob).await);
        assert_eq!(shown(db, alice).await, [(10, true)]);
        assert!(mark(alice, false).await);
        assert_eq!(shown(db, alice).await, [(10, false)]);
        assert!(delete(alice).await && !delete(alice).await && !mark(alice, true).await);
        assert_eq!(db.count("account_conversation_statuses").await, 0);
    }

    async fn conversations_are_paged_by_their_last_message(db) {
        let owner = AccountId(1);
        let mut last = Vec::new();
        for n in 1..=6 {
            add(db, owner, &[AccountId(n + 1)], n, true).await;
            add(db, AccountId(n + 1), &[owner], n, true).await;
            last.insert(0, n);
        }
        pages_both_ways(&last, async |page| {
            let rows = db.read(move |r| async move { conversations::page(&r, owner, &page).await }).await;
            rows.into_iter().map(|row| row.last_status_id.unwrap().0).collect()
        }).await;
        let ids = db.read(move |r| async move { conversations::list_ids_of_account(&r, owner, 4).await }).await;
        assert_eq!(ids.len(), 4);
    }

    async fn a_message_reaches_those_who_let_it(db) {
        let (author, plain, follower) = (db.account_on("there.test").await, db.user().await, db.user().await);
        let (blocks, blocks_other, mutes, mutes_softly, muted_thread, blocks_host) =
            (db.user().await, db.user().await, db.user().await, db.user().await, db.user().await, db.user().await);
        let remote = db.account_on("elsewhere.test").await;
        db.follows(follower, author).await;
        insert_block(&db.db, blocks, author).await.unwrap();
        insert_block(&db.db, blocks_other, plain).await.unwrap();
        insert_mute(&db.db, mutes, author, true).await.unwrap();
        insert_mute(&db.db, mutes_softly, author, false).await.unwrap();
        for account in [blocks_host, follower] {
            insert_domain_block(&db.db, account, "there.test").await.unwrap();
        }
        let thread = db.write(|tx| async move { statuses::insert_conversation(&tx).await }).await;
        let status = db.posts_with(author, |status| status.conversation_id = Some(thread)).await;
        mute_thread(&db.db, muted_thread, status).await.unwrap();
        let mentioned = [author, plain, follower, blocks, blocks_other, mutes, mutes_softly, muted_thread, blocks_host, remote];
        let reached = || db.read(move |r| async move { conversations::list_reached(&r, author, thread, &mentioned, &[author, plain]).await });
        assert_eq!(reached().await, [plain, follower, mutes_softly]);
        silence(&db.db, author).await.unwrap();
        assert_eq!(reached().await, [follower], "a limited author reaches followers");
    }
}
