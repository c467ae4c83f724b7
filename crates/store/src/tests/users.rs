//! Users and roles.

use super::world::{new_user, sorted, stories};
use crate::users::{self, EVERYONE, NewUser};
use crate::{AccountId, ApplicationId, RoleId, UserId, accounts};

stories! {
    async fn an_address_and_an_account_have_one_user(db) {
        let (first, second) = (db.account().await, db.account().await);
        let insert = |id: i64, account, email: &'static str| {
            db.write(move |tx| async move { users::insert(&tx, &NewUser { email: email.into(), ..new_user(UserId(id), account) }).await })
        };
        assert!(insert(1, first, "a@mail.test").await);
        assert!(!insert(2, second, "a@mail.test").await, "the address is taken");
        assert!(!insert(3, first, "b@mail.test").await, "the account has a user");
        assert!(insert(4, second, "b@mail.test").await);
    }

    async fn a_user_is_found_in_every_way_a_person_signs_in(db) {
        let account = db.account().await;
        let new = NewUser { email: "alice@mail.test".into(), role_id: Some(RoleId(1)), locale: Some("ar".into()), ..new_user(UserId(9), account) };
        db.write(move |tx| async move { users::insert(&tx, &new).await }).await;
        let remote = db.account_on("there.test").await;
        let (name, remote_name) = db.read(move |r| async move {
            Ok((accounts::find(&r, account).await?.unwrap().username, accounts::find(&r, remote).await?.unwrap().username))
        }).await;
        for login in ["alice@mail.test".to_owned(), "ALICE@Mail.test".into(), name.clone(), name.to_uppercase()] {
            let found = db.read(move |r| async move { users::find_by_login(&r, &login).await }).await.unwrap();
            assert_eq!(found.id, UserId(9));
        }
        for login in ["nobody@mail.test".to_owned(), "nobody".into(), remote_name] {
            assert!(db.read(move |r| async move { users::find_by_login(&r, &login).await }).await.is_none());
        }
        let (by_id, by_account) =
            db.read(move |r| async move { Ok((users::find(&r, UserId(9)).await?.unwrap(), users::find_by_account(&r, account).await?.unwrap())) }).await;
        assert_eq!((by_id.id, by_account.id, by_id.account_id, &by_id.username), (UserId(9), UserId(9), account, &name));
        assert_eq!((by_id.role_id, by_id.role_name.as_deref(), by_id.locale.as_deref()), (Some(RoleId(1)), Some("Moderator"), Some("ar")));
        assert_eq!((by_id.settings.as_str(), by_id.last_active_at, by_id.created_at), ("{}", Some(db.now()), db.now()));
        assert_eq!((by_id.password_hash.as_str(), by_id.disabled, by_id.suspended), ("hash", false, false));
    }

    async fn a_login_that_is_not_there_can_be_locked_too(db) {
        let (_, user) = db.login().await;
        for id in [user, UserId(5)] {
            db.write(move |tx| async move { users::lock(&tx, id).await }).await;
        }
    }

    async fn how_somebody_came_is_kept(db) {
        let account = db.account().await;
        let new = NewUser {
            confirmed: false,
            time_zone: Some("Asia/Tokyo".into()),
            invite_request: Some("to talk".into()),
            created_by_application_id: Some(ApplicationId(4)),
            sign_up_ip: Some("10.0.0.1".into()),
            ..new_user(UserId(9), account)
        };
        let email = new.email.clone();
        db.write(move |tx| async move { users::insert(&tx, &new).await }).await;
        db.login().await;
        let (found, later) = (db.read(|r| async move { users::find(&r, UserId(9)).await }).await.unwrap(), db.now() + 1);
        assert_eq!((found.invite_request.as_deref(), found.created_by_application_id), (Some("to talk"), Some(ApplicationId(4))));
        let unconfirmed = |before| db.read(move |r| async move { users::list_unconfirmed(&r, before, 10).await });
        assert_eq!((unconfirmed(later).await, unconfirmed(later - 1).await), (vec![account], vec![]));
        assert!(db.read(move |r| async move { users::has_email(&r, &email).await }).await);
        assert!(!db.read(|r| async move { users::has_email(&r, "nobody@mail.test").await }).await);
        db.write(|tx| async move { users::set_settings(&tx, UserId(9), r#"{"default_privacy":"private"}"#).await }).await;
        assert_eq!(db.read(|r| async move { users::find(&r, UserId(9)).await }).await.unwrap().settings, r#"{"default_privacy":"private"}"#);
    }

    async fn users_are_listed_by_their_accounts(db) {
        let (a, b, _) = (db.user().await, db.user().await, db.user().await);
        let listed = db.read(move |r| async move { users::list_by_accounts(&r, &[a, b, AccountId(1)]).await }).await;
        assert_eq!(sorted(listed.into_iter().map(|user| user.account_id).collect()), [a, b]);
    }

    async fn what_is_changed_of_a_user_is_changed_of_that_one_only(db) {
        let ((_, id), (_, other)) = (db.login().await, db.login().await);
        db.advance(10);
        let later = db.now();
        db.write(move |tx| async move {
            users::set_password(&tx, id, "new hash").await?;
            users::set_disabled(&tx, id, true).await?;
            users::set_role(&tx, id, Some(RoleId(2))).await?;
            users::touch(&tx, &[id]).await
        }).await;
        let find = |id| db.read(move |r| async move { users::find(&r, id).await });
        let (changed, untouched) = (find(id).await.unwrap(), find(other).await.unwrap());
        assert_eq!((changed.password_hash.as_str(), changed.disabled, changed.role_id, changed.last_active_at), ("new hash", true, Some(RoleId(2)), Some(later)));
        assert_eq!((untouched.password_hash.as_str(), untouched.disabled, untouched.role_id, untouched.last_active_at), ("hash", false, None, Some(later - 10)));
        db.write(move |tx| async move { users::set_role(&tx, id, None).await }).await;
        assert_eq!(find(id).await.unwrap().role_id, None);
        db.write(move |tx| async move { users::delete(&tx, id).await }).await;
        assert!(find(id).await.is_none() && find(other).await.is_some());
    }

    async fn an_address_is_changed_unless_another_has_it(db) {
        let ((account, id), (_, other)) = (db.login().await, db.login().await);
        let set = |id, email: String| db.write(move |tx| async move { users::set_email(&tx, id, &email).await });
        assert!(!set(other, format!("{account}@mail.test")).await);
        assert!(set(other, "free@mail.test".into()).await);
        assert!(set(other, "free@mail.test".into()).await, "one's own address is free");
        assert!(set(id, "also-free@mail.test".into()).await);
        assert!(!set(UserId(1), "nobody@mail.test".into()).await);
    }

    async fn confirming_twice_keeps_the_first_time(db) {
        let account = db.account().await;
        db.write(move |tx| async move { users::insert(&tx, &NewUser { confirmed: false, approved: false, ..new_user(UserId(1), account) }).await }).await;
        let find = || db.read(|r| async move { users::find(&r, UserId(1)).await });
        let before = find().await.unwrap();
        assert_eq!((before.confirmed_at, before.approved), (None, false));
        let first = db.now();
        db.write(|tx| async move { users::confirm(&tx, UserId(1)).await }).await;
        db.advance(10);
        db.write(|tx| async move {
            users::confirm(&tx, UserId(1)).await?;
            users::approve(&tx, UserId(1)).await
        }).await;
        let after = find().await.unwrap();
        assert_eq!((after.confirmed_at, after.approved), (Some(first), true));
    }

    async fn a_users_account_may_be_suspended(db) {
        let (account, id) = db.login().await;
        db.write(move |tx| async move { accounts::suspend(&tx, account).await }).await;
        assert!(db.read(move |r| async move { users::find(&r, id).await }).await.unwrap().suspended);
    }

    async fn those_who_can_sign_in_are_counted(db) {
        let count = |since| db.read(move |r| async move { users::count(&r, since).await });
        assert_eq!(count(0).await, (0, 0));
        db.login().await;
        db.advance(1000);
        let (_, disabled) = db.login().await;
        db.login().await;
        let unconfirmed = db.account().await;
        db.write(move |tx| async move {
            users::set_disabled(&tx, disabled, true).await?;
            users::insert(&tx, &NewUser { confirmed: false, ..new_user(UserId(tx.next_id()), unconfirmed) }).await
        }).await;
        assert_eq!(count(0).await, (2, 2));
        assert_eq!(count(db.now() - 1000).await, (2, 1));
        assert_eq!(count(db.now()).await, (2, 0));
    }

    async fn roles_are_found_by_name_in_any_case_and_by_id(db) {
        let find = |name: &'static str| db.read(move |r| async move { users::find_role_by_name(&r, name).await });
        let owner = find("oWNER").await.unwrap();
        assert_eq!((owner.id, owner.name.as_str(), owner.permissions, owner.highlighted), (RoleId(3), "Owner", 1, true));
        assert!(find("").await.is_none(), "the role of everybody has no name to be given by");
        assert!(find("Nobody").await.is_none());
        let listed = db.read(|r| async move { users::list_roles(&r, &[EVERYONE, RoleId(2), RoleId(77)]).await }).await;
        assert_eq!(sorted(listed.into_iter().map(|role| (role.id, role.permissions)).collect()), [(EVERYONE, 65_536), (RoleId(2), 2_097_148)]);
    }

    async fn the_contact_is_the_first_owner_who_can_sign_in(db) {
        let contact = || db.read(|r| async move { users::contact_account(&r).await });
        let ((_, admin), (first, first_id), (second, second_id)) = (db.login().await, db.login().await, db.login().await);
        db.write(move |tx| async move { users::set_role(&tx, admin, Some(RoleId(2))).await }).await;
        assert_eq!(contact().await, None);
        db.write(move |tx| async move {
            users::set_role(&tx, second_id, Some(RoleId(3))).await?;
            users::set_role(&tx, first_id, Some(RoleId(3))).await
        }).await;
        assert_eq!(contact().await, Some(first));
        db.write(move |tx| async move { users::set_disabled(&tx, first_id, true).await }).await;
        assert_eq!(contact().await, Some(second));
    }
}
