//! Blocks and private notes.

use super::world::{Database, pages_both_ways, sorted, stories};
use crate::page::Page;
use crate::{AccountId, account_notes, accounts, blocks};

impl Database {
    pub async fn blocks(&self, account: AccountId, target: AccountId) {
        self.write(move |tx| async move { blocks::insert(&tx, account, target).await }).await;
    }
}

stories! {
    async fn a_block_is_found_by_its_activity_and_who_blocks(db) {
        let (a, b) = (db.account().await, db.account().await);
        db.blocks(a, b).await;
        let known = |x, y| db.read(move |r| async move { blocks::find(&r, x, y).await });
        assert_eq!((known(a, b).await.unwrap().1, known(b, a).await), (None, None));
        db.write(move |tx| async move { blocks::set_uri(&tx, a, b, "https://a.test/b/1").await }).await;
        let find = |party| db.read(move |r| async move { blocks::find_by_uri(&r, "https://a.test/b/1", party).await });
        assert_eq!((find(a).await, find(b).await), (Some(b), None));
        assert_eq!(known(a, b).await.unwrap().1.as_deref(), Some("https://a.test/b/1"));
    }

    async fn a_block_is_of_one_direction_and_made_once(db) {
        let (a, b) = (db.account().await, db.account().await);
        let insert = || db.write(move |tx| async move { blocks::insert(&tx, a, b).await });
        let exists = |x, y| db.read(move |r| async move { blocks::exists(&r, x, y).await });
        let delete = |x, y| db.write(move |tx| async move { blocks::delete(&tx, x, y).await });
        assert!(insert().await && !insert().await);
        assert!(exists(a, b).await && !exists(b, a).await);
        assert!(!delete(b, a).await);
        assert!(delete(a, b).await && !delete(a, b).await);
        assert!(!exists(a, b).await);
    }

    async fn the_blocks_between_a_viewer_and_others_are_listed_both_ways(db) {
        let (me, blocked, blocking, stranger) = (db.account().await, db.account().await, db.account().await, db.account().await);
        for (from, to) in [(me, blocked), (blocking, me), (blocked, stranger), (stranger, blocking)] {
            db.blocks(from, to).await;
        }
        let between = db.read(move |r| async move { blocks::list_between(&r, me, &[blocked, blocking, stranger]).await }).await;
        assert_eq!(sorted(between), sorted(vec![(me, blocked), (blocking, me)]));
    }

    async fn blocked_accounts_are_paged_by_the_block_without_suspended_ones(db) {
        let (me, gone) = (db.account().await, db.account().await);
        let mut newest_first = Vec::new();
        db.blocks(me, gone).await;
        for _ in 0..6 {
            let other = db.account().await;
            db.advance(1);
            db.blocks(me, other).await;
            db.blocks(other, me).await;
            newest_first.insert(0, other);
        }
        db.write(move |tx| async move { accounts::suspend(&tx, gone).await }).await;
        let rows = db.read(move |r| async move { blocks::page(&r, me, &Page::first(100)).await }).await;
        assert_eq!(rows.iter().map(|row| row.1).collect::<Vec<_>>(), newest_first);
        let keys: Vec<i64> = rows.iter().map(|row| row.0.0).collect();
        pages_both_ways(&keys, async |page| {
            db.read(move |r| async move { blocks::page(&r, me, &page).await }).await.into_iter().map(|row| row.0.0).collect()
        }).await;
    }

    async fn a_note_is_kept_for_its_writer_changed_and_taken_away(db) {
        let (me, other, third) = (db.account().await, db.account().await, db.account().await);
        let put = |from, to, text: &'static str| db.write(move |tx| async move { account_notes::put(&tx, from, to, text).await });
        let list = |of| db.read(move |r| async move { account_notes::list(&r, of, &[me, other, third]).await });
        put(me, other, "first").await;
        put(me, other, "second").await;
        put(other, me, "mine").await;
        assert_eq!(list(me).await, [(other, "second".to_owned())]);
        db.write(move |tx| async move { account_notes::delete(&tx, me, other).await }).await;
        assert!(list(me).await.is_empty());
        assert_eq!(list(other).await, [(me, "mine".to_owned())]);
    }

    async fn a_removed_account_leaves_no_blocks_and_notes(db) {
        let (me, other, third) = (db.account().await, db.account().await, db.account().await);
        for (from, to) in [(me, other), (other, me), (other, third)] {
            db.blocks(from, to).await;
            db.write(move |tx| async move { account_notes::put(&tx, from, to, "note").await }).await;
        }
        db.write(move |tx| async move {
            blocks::delete_of_account(&tx, me).await?;
            account_notes::delete_of_account(&tx, me).await
        }).await;
        assert_eq!((db.count("blocks").await, db.count("account_notes").await), (1, 1));
    }
}
