//! Accounts.

use super::world::{new_account, new_user, stories};
use crate::accounts::{self, INSTANCE_ACTOR, NewAccount, Profile};
use crate::media::{self, NewBlob};
use crate::stats::{self, AccountDelta};
use crate::{AccountId, MediaId, RoleId, UserId, args, keypairs, sql, users};

stories! {
    async fn a_handle_is_taken_once_in_any_case_and_for_each_server(db) {
        let insert = |id: i64, name: &'static str, domain: &'static str| {
            db.write(move |tx| async move { accounts::insert(&tx, &new_account(AccountId(id), name, domain)).await })
        };
        assert!(insert(1, "Alice", "").await);
        assert!(!insert(2, "aLICE", "").await);
        assert!(insert(3, "alice", "there.test").await);
        assert!(!insert(4, "Alice", "there.test").await);
        let same_uri = NewAccount { uri: "https://here.test/users/1".into(), ..new_account(AccountId(5), "bob", "") };
        assert!(!db.write(move |tx| async move { accounts::insert(&tx, &same_uri).await }).await);
        assert_eq!(db.count("accounts").await, 2);
    }

    async fn an_account_is_found_by_its_id_and_by_its_handle_in_any_case(db) {
        let new = NewAccount { locked: true, actor_type: 1, ..new_account(AccountId(7), "Alice", "there.test") };
        db.write(move |tx| async move { accounts::insert(&tx, &new).await }).await;
        let (by_id, by_handle, local, nobody) = db.read(|r| async move {
            Ok((
                accounts::find(&r, AccountId(7)).await?.unwrap(),
                accounts::find_by_handle(&r, "ALICE", "there.test").await?.unwrap(),
                accounts::find_by_handle(&r, "alice", "").await?,
                accounts::find(&r, AccountId(8)).await?,
            ))
        }).await;
        assert!(local.is_none() && nobody.is_none());
        assert_eq!((by_id.id, by_handle.id), (AccountId(7), AccountId(7)));
        assert_eq!((by_id.username.as_str(), by_id.domain.as_str(), by_id.uri.as_str()), ("Alice", "there.test", "https://there.test/users/7"));
        assert_eq!((by_id.url.as_deref(), by_id.display_name.as_str()), (Some("https://there.test/@Alice"), "Alice from there.test"));
        assert_eq!((by_id.id_scheme, by_id.actor_type, by_id.locked, by_id.fields.as_str(), by_id.note.as_str()), (1, 1, true, "[]", ""));
        assert_eq!((by_id.discoverable, by_id.indexable, by_id.hide_collections, by_id.memorial), (None, false, None, false));
        assert_eq!((by_id.suspended_at, by_id.silenced_at, by_id.sensitized_at, by_id.created_at), (None, None, None, db.now()));
        assert!(!by_id.is_local() && by_id.usable);
    }

    async fn a_profile_is_kept_as_it_was_written(db) {
        let (id, other) = (db.account().await, db.account().await);
        let profile = Profile {
            display_name: "Alice".into(),
            note: "hi @bob".into(),
            fields: r#"[{"name":"a","value":"b","verified_at":null}]"#.into(),
            mentions: r#"[{"username":"bob"}]"#.into(),
            attribution_domains: r#"["a.test"]"#.into(),
            actor_type: 1,
            locked: true,
            discoverable: Some(true),
            indexable: true,
            hide_collections: Some(false),
            show_media: false,
            show_media_replies: false,
            show_featured: false,
            avatar_description: "me".into(),
            header_description: "a hill".into(),
        };
        let kept = profile.clone();
        db.write(move |tx| async move { accounts::set_profile(&tx, id, &kept).await }).await;
        let (found, untouched, domains) = db.read(move |r| async move {
            Ok((accounts::find(&r, id).await?.unwrap(), accounts::find(&r, other).await?.unwrap(), accounts::attribution_domains(&r, id).await?))
        }).await;
        let read = Profile {
            display_name: found.display_name,
            note: found.note,
            fields: found.fields,
            mentions: found.mentions,
            attribution_domains: domains,
            actor_type: found.actor_type,
            locked: found.locked,
            discoverable: found.discoverable,
            indexable: found.indexable,
            hide_collections: found.hide_collections,
            show_media: found.show_media,
            show_media_replies: found.show_media_replies,
            show_featured: found.show_featured,
            avatar_description: found.avatar_description,
            header_description: found.header_description,
        };
        assert_eq!(read, profile);
        assert_eq!((untouched.mentions.as_str(), untouched.show_media, untouched.show_media_replies, untouched.show_featured), ("[]", true, true, true));
    }

    async fn pictures_are_found_with_their_account(db) {
        let id = db.account().await;
        let (avatar, header) = (MediaId(1), MediaId(2));
        db.write(move |tx| async move {
            for (media, variant, key) in [(avatar, "original", "a.gif"), (avatar, "static", "a.png"), (header, "original", "h.png")] {
                let blob = NewBlob { size: 1, backend: "local".into(), key: key.into(), mime: "image/png".into() };
                let blob = media::ensure_blob(&tx, &blob).await?;
                media::set_file(&tx, media, variant, blob, Some((400, 400))).await?;
            }
            accounts::set_pictures(&tx, id, Some(avatar), Some(header)).await
        }).await;
        let keys = || db.read(move |r| async move {
            let found = accounts::find(&r, id).await?.unwrap();
            Ok([found.avatar, found.avatar_static, found.header, found.header_static])
        });
        assert_eq!(keys().await, [Some("a.gif".into()), Some("a.png".into()), Some("h.png".into()), None]);
        assert_eq!(db.read(move |r| async move { accounts::find_pictures(&r, id).await }).await, (Some(avatar), Some(header)));
        assert_eq!(db.read(|r| async move { accounts::find_pictures(&r, AccountId(1)).await }).await, (None, None));
        db.write(move |tx| async move { media::remove_files(&tx, avatar).await }).await;
        assert_eq!(keys().await, [None, None, Some("h.png".into()), None]);
    }

    async fn people_are_found_by_their_names(db) {
        let person = db.user().await;
        let (nobody, remote) = (db.account().await, db.account_on("there.test").await);
        let found = db.read(move |r| async move {
            let mut names = Vec::new();
            for id in [person, nobody, remote] {
                names.push(accounts::find(&r, id).await?.unwrap().username.to_lowercase());
            }
            assert!(accounts::list_local_by_names(&r, &[]).await?.is_empty());
            accounts::list_local_by_names(&r, &names).await
        }).await;
        assert_eq!(found.iter().map(|account| account.id).collect::<Vec<_>>(), [person], "only who can be shown");
    }

    async fn accounts_are_listed_by_their_ids(db) {
        let (a, b, _) = (db.account().await, db.account().await, db.account().await);
        let listed = db.read(move |r| async move { accounts::list(&r, &[b, a, AccountId(1)]).await }).await;
        let mut ids: Vec<AccountId> = listed.iter().map(|account| account.id).collect();
        ids.sort();
        assert_eq!(ids, [a, b]);
        assert!(db.read(|r| async move { accounts::list(&r, &[]).await }).await.is_empty());
    }

    async fn an_account_comes_with_its_counters_and_its_highlighted_role(db) {
        let (id, user) = db.login().await;
        let find = || async { db.read(move |r| async move { accounts::find(&r, id).await }).await.unwrap() };
        let before = find().await;
        assert_eq!((before.statuses_count, before.following_count, before.followers_count, before.last_status_at), (0, 0, 0, None));
        assert_eq!((before.role_id, before.role_name), (None, None));
        db.write(move |tx| async move {
            let delta = AccountDelta { statuses: 3, following: 2, followers: 1, last_status_at: Some(9) };
            stats::add_to_accounts(&tx, vec![(id, delta)]).await?;
            users::set_role(&tx, user, Some(RoleId(3))).await
        }).await;
        let after = find().await;
        assert_eq!((after.statuses_count, after.following_count, after.followers_count, after.last_status_at), (3, 2, 1, Some(9)));
        assert_eq!((after.role_id, after.role_name.as_deref(), after.role_color.as_deref()), (Some(3), Some("Owner"), Some("")));
        db.write(move |tx| async move { users::set_role(&tx, user, Some(users::EVERYONE)).await }).await;
        assert_eq!(find().await.role_id, None, "a role that is not highlighted is not shown");
    }

    async fn an_account_is_usable_when_its_person_is_confirmed_and_let_in(db) {
        for (confirmed, approved, usable) in [(false, true, false), (true, false, false), (true, true, true)] {
            let id = db.account().await;
            let found = db.write(move |tx| async move {
                let user = users::NewUser { confirmed, approved, ..new_user(UserId(tx.next_id()), id) };
                users::insert(&tx, &user).await?;
                accounts::find(&tx, id).await
            }).await.unwrap();
            assert_eq!(found.usable, usable, "confirmed {confirmed}, approved {approved}");
        }
        let nobody = db.account().await;
        assert!(!db.read(move |r| async move { accounts::find(&r, nobody).await }).await.unwrap().usable);
    }

    async fn local_accounts_are_listed_by_name_without_the_instance_actor(db) {
        db.write(|tx| async move {
            for (id, name, domain) in [(1, "Carol", ""), (2, "alice", ""), (3, "Bob", ""), (4, "aaron", "there.test"), (INSTANCE_ACTOR.0, "here.test", "")] {
                accounts::insert(&tx, &new_account(AccountId(id), name, domain)).await?;
            }
            Ok(())
        }).await;
        let list = |after: &'static str, limit| async move {
            let listed = db.read(move |r| async move { accounts::list_local(&r, after, limit).await }).await;
            listed.into_iter().map(|account| account.username).collect::<Vec<_>>()
        };
        assert_eq!(list("", 10).await, ["alice", "Bob", "Carol"]);
        assert_eq!(list("", 2).await, ["alice", "Bob"]);
        assert_eq!(list("bob", 2).await, ["Carol"]);
    }

    async fn a_suspended_account_says_since_when(db) {
        let id = db.account().await;
        db.advance(5);
        db.write(move |tx| async move { accounts::suspend(&tx, id).await }).await;
        let found = db.read(move |r| async move { accounts::find(&r, id).await }).await.unwrap();
        assert_eq!(found.suspended_at, Some(db.now()));
    }

    async fn a_blank_account_has_its_address_and_nothing_else(db) {
        let id = db.account().await;
        let find = || db.read(move |r| async move { accounts::find(&r, id).await });
        let uri = find().await.unwrap().uri;
        db.write(move |tx| async move {
            tx.exec(sql!("UPDATE accounts SET display_name = 'Al', note = 'me', avatar_media_id = 7 WHERE id = $1"), args![id]).await?;
            accounts::blank(&tx, id).await
        })
        .await;
        let found = find().await.unwrap();
        assert_eq!((found.uri, found.display_name.as_str(), found.note.as_str()), (uri, "", ""));
        assert_eq!(db.read(move |r| async move { accounts::find_pictures(&r, id).await }).await, (None, None));
    }

    async fn a_deleted_account_leaves_no_counters_and_keys(db) {
        let (id, other) = (db.account().await, db.account().await);
        db.write(move |tx| async move {
            for account in [id, other] {
                stats::add_to_accounts(&tx, vec![(account, AccountDelta { statuses: 1, ..AccountDelta::default() })]).await?;
                keypairs::insert_own(&tx, account, keypairs::RSA, "#main-key", "PEM", vec![1, 2]).await?;
            }
            accounts::delete(&tx, id).await
        }).await;
        assert!(db.read(move |r| async move { accounts::find(&r, id).await }).await.is_none());
        for table in ["accounts", "account_stats", "keypairs"] {
            assert_eq!(db.count(table).await, 1, "{table}");
        }
    }
}
