//! Mutes, and hosts blocked.

use super::world::{pages_both_ways, stories};
use crate::page::Page;
use crate::{AccountId, accounts, args, domain_blocks, mutes, sql};

stories! {
    async fn muting_again_changes_the_mute_and_keeps_its_id(db) {
        let (me, other) = (db.account().await, db.account().await);
        let put = |hide, until| db.write(move |tx| async move { mutes::put(&tx, me, other, hide, until).await });
        let first = put(true, None).await;
        assert_eq!(put(false, Some(9)).await, first);
        let listed = db.read(move |r| async move { mutes::list(&r, me, &[other, me]).await }).await;
        assert_eq!(listed.len(), 1);
        assert_eq!((listed[0].id, listed[0].target_account_id, listed[0].hide_notifications, listed[0].expires_at), (first, other, false, Some(9)));
        assert!(db.read(move |r| async move { mutes::list(&r, other, &[me]).await }).await.is_empty());
        let delete = || db.write(move |tx| async move { mutes::delete(&tx, me, other).await });
        assert!(delete().await && !delete().await);
    }

    async fn a_mute_ends_when_its_time_has_run_out_and_no_sooner(db) {
        let (me, timed, lasting) = (db.account().await, db.account().await, db.account().await);
        let until = db.now() + 10;
        let (short, long) = db.write(move |tx| async move {
            Ok((mutes::put(&tx, me, timed, true, Some(until)).await?, mutes::put(&tx, me, lasting, true, None).await?))
        }).await;
        let end = |id| db.write(move |tx| async move { mutes::end(&tx, id).await });
        let run_out = |now| db.read(move |r| async move { mutes::list_run_out(&r, now, 9).await });
        assert_eq!((end(short).await, end(long).await), (None, None));
        assert!(run_out(until - 1).await.is_empty());
        assert_eq!(run_out(until).await, [short]);
        db.advance(10);
        assert_eq!((end(short).await, end(short).await, end(long).await), (Some((me, timed)), None, None));
    }

    async fn muted_accounts_are_paged_by_the_mute_without_suspended_ones(db) {
        let (me, gone) = (db.account().await, db.account().await);
        let mute = |other: AccountId| db.write(move |tx| async move { mutes::put(&tx, me, other, true, None).await });
        mute(gone).await;
        let mut keys = Vec::new();
        for _ in 0..6 {
            let other = db.account().await;
            db.advance(1);
            keys.insert(0, mute(other).await.0);
        }
        db.write(move |tx| async move { accounts::suspend(&tx, gone).await }).await;
        pages_both_ways(&keys, async |page| {
            db.read(move |r| async move { mutes::page(&r, me, &page).await }).await.into_iter().map(|mute| mute.id.0).collect()
        }).await;
    }

    async fn a_host_is_blocked_once_and_covers_its_accounts(db) {
        let (me, far, near) = (db.account().await, db.account_on("far.test").await, db.account_on("near.test").await);
        let insert = || db.write(move |tx| async move { domain_blocks::insert(&tx, me, "far.test").await });
        let exists = |domain: &'static str| db.read(move |r| async move { domain_blocks::exists(&r, me, domain).await });
        assert!(insert().await && !insert().await);
        assert!(exists("far.test").await && !exists("near.test").await);
        let covered = db.read(move |r| async move { domain_blocks::list_covered(&r, me, &[me, far, near]).await }).await;
        assert_eq!(covered, [far]);
        db.write(move |tx| async move { domain_blocks::delete(&tx, me, "far.test").await }).await;
        assert!(!exists("far.test").await);
    }

    async fn blocked_hosts_are_paged(db) {
        let me = db.account().await;
        for n in 0..6 {
            db.advance(1);
            db.write(move |tx| async move { domain_blocks::insert(&tx, me, &format!("h{n}.test")).await }).await;
        }
        let rows = db.read(move |r| async move { domain_blocks::page(&r, me, &Page::first(9)).await }).await;
        assert_eq!(rows.first().unwrap().1, "h5.test");
        let keys: Vec<i64> = rows.iter().map(|row| row.0.0).collect();
        pages_both_ways(&keys, async |page| {
            db.read(move |r| async move { domain_blocks::page(&r, me, &page).await }).await.into_iter().map(|row| row.0.0).collect()
        }).await;
    }

    async fn the_ties_with_a_host_are_counted_and_listed(db) {
        let me = db.account().await;
        let (idol, fan, asked, asking) = (db.account_on("far.test").await, db.account_on("far.test").await, db.account_on("far.test").await, db.account_on("far.test").await);
        let near = db.account_on("near.test").await;
        for (from, to) in [(me, idol), (fan, me), (me, near), (near, me)] {
            db.follows(from, to).await;
        }
        for (from, to) in [(me, asked), (asking, me)] {
            db.asks(from, to).await;
        }
        assert_eq!(db.read(move |r| async move { domain_blocks::count_follows(&r, me, "far.test").await }).await, (1, 1));
        let tied = |limit| db.read(move |r| async move { domain_blocks::list_tied(&r, me, "far.test", limit).await });
        assert_eq!(tied(9).await, [idol, fan, asked, asking]);
        assert_eq!(tied(2).await, [idol, fan]);
    }

    async fn a_removed_account_leaves_no_mutes_and_hosts(db) {
        let (me, other) = (db.account().await, db.account().await);
        db.write(move |tx| async move {
            for (from, to) in [(me, other), (other, me)] {
                mutes::put(&tx, from, to, true, None).await?;
                domain_blocks::insert(&tx, from, "far.test").await?;
                tx.exec(sql!("INSERT INTO conversation_mutes (account_id, conversation_id) VALUES ($1, 1)"), args![from]).await?;
            }
            mutes::delete_of_account(&tx, me).await?;
            domain_blocks::delete_of_account(&tx, me).await
        }).await;
        assert_eq!((db.count("mutes").await, db.count("account_domain_blocks").await, db.count("conversation_mutes").await), (0, 1, 1));
    }
}
