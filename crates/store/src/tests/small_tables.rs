//! Settings, secrets, leases, idempotency keys and the audit log.

use super::world::stories;
use crate::audit_log::{self, Origin};
use crate::{AccountId, StatusId, idempotency, leases, secrets, settings};

stories! {
    async fn a_setting_is_changed_in_place(db) {
        let set = |name: &'static str, value: &'static str| db.write(move |tx| async move { settings::set(&tx, name, value).await });
        for (name, value) in [("b", "1"), ("a", "true"), ("b", "2")] {
            set(name, value).await;
        }
        let all = db.read(|r| async move { settings::all(&r).await }).await;
        assert_eq!(all, [("a".to_owned(), "true".to_owned()), ("b".into(), "2".into())]);
    }

    async fn the_instances_identity_is_set_once(db) {
        let set = |value: &'static str| db.write(move |tx| async move { settings::set_identity(&tx, "web_domain", value).await });
        let get = || db.read(|r| async move { settings::identity(&r, "web_domain").await });
        assert_eq!(get().await, None);
        set("here.test").await;
        set("there.test").await;
        assert_eq!(get().await.as_deref(), Some("here.test"));
    }

    async fn a_secret_is_kept_once(db) {
        let insert = |sealed: Vec<u8>| db.write(move |tx| async move { secrets::insert(&tx, "vapid", sealed).await });
        assert!(insert(vec![1, 0, 255]).await);
        assert!(!insert(vec![2]).await);
        let (there, absent) = db.read(|r| async move { Ok((secrets::find(&r, "vapid").await?, secrets::find(&r, "cookie").await?)) }).await;
        assert_eq!((there, absent), (Some(vec![1, 0, 255]), None));
    }

    async fn a_lease_is_held_by_one_owner_until_it_runs_out_or_is_released(db) {
        let take = |owner: &'static str| db.write(move |tx| async move { leases::take(&tx, "tidy", owner, 100).await });
        let release = |owner: &'static str| db.write(move |tx| async move { leases::release(&tx, "tidy", owner).await });
        assert!(take("a").await);
        assert!(!take("b").await);
        db.advance(60);
        assert!(take("a").await, "renewed");
        db.advance(100);
        assert!(!take("b").await, "held to the last millisecond");
        db.advance(1);
        assert!(take("b").await && !take("a").await);
        release("a").await;
        assert!(!take("a").await, "another's lease cannot be released");
        release("b").await;
        assert!(take("a").await);
        assert!(db.write(|tx| async move { leases::take(&tx, "other", "b", 100).await }).await);
    }

    async fn the_same_request_makes_one_status(db) {
        let insert = |account, key: &'static str, status| {
            db.write(move |tx| async move { idempotency::insert(&tx, AccountId(account), key, StatusId(status)).await })
        };
        assert!(insert(1, "key", 10).await);
        assert!(!insert(1, "key", 11).await);
        assert!(insert(2, "key", 12).await && insert(1, "other", 13).await);
        let find = |account, key: &'static str| db.read(move |r| async move { idempotency::find(&r, AccountId(account), key).await });
        assert_eq!((find(1, "key").await, find(2, "key").await, find(3, "key").await), (Some(StatusId(10)), Some(StatusId(12)), None));
    }

    async fn old_idempotency_keys_are_deleted_a_few_at_a_time(db) {
        for key in ["a", "b", "c"] {
            db.write(move |tx| async move { idempotency::insert(&tx, AccountId(1), key, StatusId(1)).await }).await;
        }
        db.advance(1);
        db.write(|tx| async move { idempotency::insert(&tx, AccountId(1), "d", StatusId(1)).await }).await;
        let before = db.now();
        let delete = |limit| db.write(move |tx| async move { idempotency::delete_older(&tx, before, limit).await });
        assert_eq!((delete(2).await, delete(2).await, delete(2).await), (2, 1, 0));
        assert_eq!(db.count("idempotency_keys").await, 1);
    }

    async fn the_audit_log_says_who_did_what_newest_first(db) {
        db.write(|tx| async move {
            audit_log::record(&tx, Origin::Cli, "create", "account 1", "{}").await?;
            audit_log::record(&tx, Origin::User(AccountId(5)), "suspend", "account 2", r#"{"why":"spam"}"#).await?;
            audit_log::record(&tx, Origin::System, "expire", "media 3", "{}").await
        }).await;
        let list = |limit| db.read(move |r| async move { audit_log::list(&r, limit).await });
        let entries = list(10).await;
        let lines: Vec<_> = entries.iter().map(|e| (e.actor_kind.as_str(), e.actor_account_id, e.action.as_str(), e.target.as_str())).collect();
        assert_eq!(lines, [
            ("system", None, "expire", "media 3"),
            ("user", Some(AccountId(5)), "suspend", "account 2"),
            ("cli", None, "create", "account 1"),
        ]);
        assert_eq!((entries[1].detail.as_str(), entries[1].created_at), (r#"{"why":"spam"}"#, db.now()));
        assert!(entries[0].id > entries[2].id);
        assert_eq!(list(1).await.len(), 1);
    }
}
