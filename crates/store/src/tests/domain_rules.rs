//! Blocks and allows of hosts, and the accounts they concern.

use super::world::{Database, stories};
use crate::domain_rules::{self, DomainBlock, SILENCE, SUSPEND};
use crate::media::{self, NewBlob};
use crate::{AccountId, MediaId, accounts, args, custom_emojis, hosts, sql};

fn block(domain: &str, severity: i64, created_at: i64) -> DomainBlock {
    DomainBlock {
        domain: domain.into(),
        severity,
        reject_media: false,
        reject_reports: true,
        private_comment: "private".into(),
        public_comment: "public".into(),
        obfuscate: false,
        created_at,
    }
}

async fn file(db: &Database, media: MediaId, remote: bool) {
    db.write(move |tx| async move {
        let key = format!("{media}-{remote}");
        let blob = media::ensure_blob(&tx, &NewBlob { size: 10, backend: "local".into(), key, mime: "image/png".into() }).await?;
        media::set_file(&tx, media, "original", blob, None).await?;
        if remote {
            tx.exec(sql!("UPDATE media_files SET last_used_at = 1 WHERE media_id = $1"), args![media]).await?;
        }
        Ok(())
    })
    .await;
}

async fn states(db: &Database, id: AccountId) -> (Option<i64>, Option<i64>) {
    let account = db.read(move |r| async move { accounts::find(&r, id).await }).await.unwrap();
    (account.suspended_at, account.silenced_at)
}

stories! {
    async fn a_block_is_changed_in_place_and_keeps_its_time(db) {
        db.write(|tx| async move {
            domain_rules::put_block(&tx, &block("b.test", SUSPEND, 5)).await?;
            domain_rules::put_block(&tx, &block("a.test", SILENCE, 6)).await?;
            domain_rules::put_block(&tx, &block("b.test", SILENCE, 7)).await
        }).await;
        let all = db.read(|r| async move { domain_rules::list_blocks(&r, 10).await }).await;
        let seen: Vec<_> = all.iter().map(|b| (b.domain.as_str(), b.severity, b.created_at)).collect();
        assert_eq!(seen, [("a.test", SILENCE, 6), ("b.test", SILENCE, 5)]);
        let of = db.read(|r| async move { domain_rules::list_blocks_of(&r, &["b.test".into(), "c.test".into()]).await }).await;
        assert_eq!(of.len(), 1);
        let delete = || db.write(|tx| async move { domain_rules::delete_block(&tx, "b.test").await });
        assert_eq!((delete().await, delete().await), (Some(5), None));
    }

    async fn an_allowance_is_taken_back_and_given_again(db) {
        let allow = || db.write(|tx| async move { domain_rules::put_allow(&tx, "a.test").await });
        let withdraw = || db.write(|tx| async move { domain_rules::withdraw_allow(&tx, "a.test").await });
        assert!(!withdraw().await);
        allow().await;
        assert!(withdraw().await && !withdraw().await);
        let find = || db.read(|r| async move { domain_rules::find_allow(&r, "a.test").await });
        assert_eq!(find().await.unwrap().withdrawn_at, Some(db.now()));
        allow().await;
        assert_eq!(find().await.unwrap().withdrawn_at, None);
        assert_eq!(db.read(|r| async move { domain_rules::list_allows(&r, 10).await }).await.len(), 1);
    }

    async fn only_what_a_rule_did_is_taken_back(db) {
        let (free, other) = (db.account_on("a.test").await, db.account_on("a.test").await);
        db.write(move |tx| async move { accounts::suspend(&tx, other).await }).await;
        let by_hand = states(db, other).await.0;
        let set = |since, lifted| db.write(move |tx| async move {
            domain_rules::set_suspended(&tx, &[free, other], since, lifted).await?;
            domain_rules::set_silenced(&tx, &[free, other], since, lifted).await
        });
        set(Some(5), None).await;
        assert_eq!((states(db, free).await, states(db, other).await), ((Some(5), Some(5)), (by_hand, Some(5))));
        set(Some(6), Some(5)).await;
        assert_eq!(states(db, free).await, (Some(6), Some(6)));
        set(None, Some(5)).await;
        assert_eq!(states(db, free).await, (Some(6), Some(6)), "of another rule");
        set(None, Some(6)).await;
        assert_eq!((states(db, free).await, states(db, other).await), ((None, None), (by_hand, None)));
    }

    async fn hosts_and_their_accounts_are_walked_in_order(db) {
        let (first, second) = (db.account_on("a.test").await, db.account_on("a.test").await);
        db.account_on("b.test").await;
        db.account().await;
        let hosts_after = |after: &'static str| db.read(move |r| async move { domain_rules::list_hosts_after(&r, after, 10).await });
        assert_eq!((hosts_after("").await, hosts_after("a.test").await, hosts_after("b.test").await), (vec!["a.test".into(), "b.test".into()], vec!["b.test".to_owned()], vec![]));
        let accounts = |after| db.read(move |r| async move { domain_rules::list_accounts(&r, "a.test", after, 1).await });
        assert_eq!((accounts(AccountId(0)).await, accounts(first).await, accounts(second).await), (vec![first], vec![second], vec![]));
        let count = |limit| db.read(move |r| async move { domain_rules::count_accounts(&r, "a.test", limit).await });
        assert_eq!((count(10).await, count(1).await), (2, 1));
        let (host, waiting) = db.read(|r| async move { Ok((hosts::find_shown(&r, "a.test").await?.is_some(), hosts::count_waiting(&r, "a.test").await?)) }).await;
        assert_eq!((host, waiting), (false, 0));
    }

    async fn the_files_of_a_rejected_host_go(db) {
        let account = db.account_on("a.test").await;
        let attachment = db.write(move |tx| async move { media::insert(&tx, account, media::KIND_IMAGE, &media::Words::default()).await }).await;
        let (avatar, emoji) = (MediaId(77), MediaId(78));
        for (id, remote) in [(attachment, true), (avatar, true), (emoji, true)] {
            file(db, id, remote).await;
        }
        db.write(move |tx| async move {
            accounts::set_pictures(&tx, account, Some(avatar), None).await?;
            tx.exec(
                sql!("INSERT INTO custom_emojis (id, shortcode, domain, media_id, updated_at) VALUES ($1, 'cat', 'a.test', $1, 0)"),
                args![emoji],
            ).await?;
            assert_eq!(custom_emojis::count_local(&tx).await?, 0);
            Ok(())
        }).await;
        let removed = db.write(move |tx| async move {
            Ok((domain_rules::remove_media(&tx, account, 10).await?, domain_rules::remove_emoji_files(&tx, "a.test").await?))
        }).await;
        assert_eq!(removed, (2, 1));
        assert_eq!(db.count("media_files").await, 0);
    }
}
