//! OAuth applications, grants and tokens.

use super::world::{Database, sorted, stories};
use crate::oauth::{self, NewApplication, NewGrant};
use crate::{ApplicationId, TokenId, UserId, accounts, users};

fn application(client_id: &str) -> NewApplication {
    NewApplication {
        name: "Client".into(),
        website: None,
        redirect_uris: "urn:ietf:wg:oauth:2.0:oob\nhttps://client.test/back".into(),
        scopes: "read write".into(),
        client_id: client_id.into(),
        secret_hash: vec![0, 255, 7],
        superapp: true,
    }
}

async fn app(db: &Database, client_id: &'static str) -> ApplicationId {
    db.write(move |tx| async move { oauth::insert_application(&tx, &application(client_id)).await }).await
}

async fn token(db: &Database, app: ApplicationId, user: Option<UserId>, hash: u8) -> TokenId {
    db.write(move |tx| async move {
        let id = TokenId(tx.next_id());
        assert_eq!(oauth::insert_token(&tx, id, app, user, &[hash], "read").await?, tx.now());
        Ok(id)
    })
    .await
}

async fn find(db: &Database, hash: u8) -> Option<oauth::Token> {
    db.read(move |r| async move { oauth::find_token(&r, &[hash]).await }).await
}

fn grant(application_id: ApplicationId, user_id: UserId, code: u8) -> NewGrant {
    NewGrant {
        application_id,
        user_id,
        code_hash: vec![code],
        redirect_uri: "https://client.test/back".into(),
        scopes: "read".into(),
        code_challenge: Some("challenge".into()),
        lifetime_ms: 600,
    }
}

stories! {
    async fn an_application_is_found_by_id_and_by_client_id(db) {
        let id = app(db, "client").await;
        let (by_id, by_client, nobody) = db.read(move |r| async move {
            Ok((
                oauth::find_application(&r, id).await?.unwrap(),
                oauth::find_application_by_client_id(&r, "client").await?.unwrap(),
                oauth::find_application_by_client_id(&r, "Client").await?,
            ))
        }).await;
        assert!(nobody.is_none());
        assert_eq!((by_id.id, by_client.id, by_id.client_id.as_str(), by_id.website), (id, id, "client", None));
        assert_eq!((by_id.name.as_str(), by_id.scopes.as_str(), by_id.superapp, by_id.secret_hash), ("Client", "read write", true, vec![0, 255, 7]));
        assert_eq!(by_id.redirect_uris.lines().count(), 2);
        let again = db.db.write(|tx| async move { oauth::insert_application(&tx, &application("client")).await }).await;
        assert!(again.unwrap_err().is_conflict());
    }

    async fn a_code_is_taken_once_and_by_its_application_only(db) {
        let ((_, user), mine, other) = (db.login().await, app(db, "mine").await, app(db, "other").await);
        db.write(move |tx| async move { oauth::insert_grant(&tx, &grant(mine, user, 1)).await }).await;
        let take = |app, code: u8| db.write(move |tx| async move { oauth::take_grant(&tx, app, &[code]).await });
        assert!(take(other, 1).await.is_none());
        assert!(take(mine, 2).await.is_none());
        let taken = take(mine, 1).await.unwrap();
        assert_eq!((taken.application_id, taken.user_id, taken.expires_at), (mine, user, db.now() + 600));
        assert_eq!((taken.redirect_uri.as_str(), taken.scopes.as_str(), taken.code_challenge.as_deref()), ("https://client.test/back", "read", Some("challenge")));
        assert_eq!(taken.token_id, None);
        assert!(take(mine, 1).await.is_none());
    }

    async fn a_used_code_remembers_its_token(db) {
        let ((_, user), mine, other) = (db.login().await, app(db, "mine").await, app(db, "other").await);
        db.write(move |tx| async move {
            oauth::insert_grant(&tx, &grant(mine, user, 1)).await?;
            oauth::insert_grant(&tx, &grant(mine, user, 2)).await
        }).await;
        let used = |app, code: u8| db.read(move |r| async move { oauth::find_used_grant(&r, app, &[code]).await });
        assert!(used(mine, 1).await.is_none(), "nobody has used it");
        let given = token(db, mine, Some(user), 1).await;
        db.write(move |tx| async move {
            let taken = oauth::take_grant(&tx, mine, &[1]).await?.unwrap();
            oauth::set_grant_token(&tx, taken.id, given).await
        }).await;
        let found = used(mine, 1).await.unwrap();
        assert_eq!((found.user_id, found.token_id, found.code_challenge.as_deref()), (user, Some(given), Some("challenge")));
        assert_eq!((found.application_id, found.redirect_uri.as_str(), found.scopes.as_str(), found.expires_at), (mine, "https://client.test/back", "read", db.now() + 600));
        assert!(used(other, 1).await.is_none() && used(mine, 2).await.is_none());
    }

    async fn a_token_opens_its_users_account(db) {
        let ((account, user), app) = (db.login().await, app(db, "client").await);
        let id = token(db, app, Some(user), 1).await;
        let found = find(db, 1).await.unwrap();
        assert_eq!((found.id, found.application_id, found.user_id, found.account_id), (id, app, Some(user), Some(account)));
        assert_eq!((found.scopes.as_str(), found.created_at, found.last_used_at, found.revoked_at), ("read", db.now(), None, None));
        assert_eq!((found.confirmed, found.approved, found.disabled, found.suspended, found.silenced), (Some(true), Some(true), Some(false), Some(false), Some(false)));
        assert_eq!((found.settings.as_deref(), found.last_active_at), (Some("{}"), Some(db.now())));
        db.write(move |tx| async move {
            accounts::suspend(&tx, account).await?;
            users::set_disabled(&tx, user, true).await
        }).await;
        let found = find(db, 1).await.unwrap();
        assert_eq!((found.disabled, found.suspended), (Some(true), Some(true)));
        assert!(find(db, 2).await.is_none());
    }

    async fn an_applications_own_token_has_no_user(db) {
        let app = app(db, "client").await;
        token(db, app, None, 1).await;
        let found = find(db, 1).await.unwrap();
        assert_eq!((found.user_id, found.account_id, found.username, found.approved), (None, None, None, None));
    }

    async fn the_newest_equal_token_is_found_again_until_revoked(db) {
        let ((_, user), app) = (db.login().await, app(db, "client").await);
        token(db, app, Some(user), 1).await;
        let newest = token(db, app, Some(user), 2).await;
        let own = token(db, app, None, 3).await;
        let same = |user, scopes: &'static str| db.read(move |r| async move { oauth::find_same_token(&r, app, user, scopes).await });
        assert_eq!(same(Some(user), "read").await, Some((newest, db.now())));
        assert_eq!(same(None, "read").await, Some((own, db.now())));
        assert_eq!((same(Some(user), "write").await, same(None, "write").await), (None, None));
        db.write(move |tx| async move { oauth::revoke_token(&tx, own).await }).await;
        assert_eq!(same(None, "read").await, None);
    }

    async fn a_revoked_token_keeps_the_time_it_was_revoked_first(db) {
        let ((_, user), (_, other), app) = (db.login().await, db.login().await, app(db, "client").await);
        let (a, b, _) = (token(db, app, Some(user), 1).await, token(db, app, Some(user), 2).await, token(db, app, Some(other), 3).await);
        let first = db.now();
        db.write(move |tx| async move { oauth::revoke_token(&tx, a).await }).await;
        db.advance(10);
        assert_eq!(db.write(move |tx| async move { oauth::revoke_tokens_of_user(&tx, user).await }).await, [b]);
        db.write(move |tx| async move { oauth::revoke_token(&tx, a).await }).await;
        let at = |hash| async move { find(db, hash).await.unwrap().revoked_at };
        assert_eq!((at(1).await, at(2).await, at(3).await), (Some(first), Some(first + 10), None));
    }

    async fn tokens_in_use_are_noted_together(db) {
        let app = app(db, "client").await;
        let (a, b, _) = (token(db, app, None, 1).await, token(db, app, None, 2).await, token(db, app, None, 3).await);
        db.advance(5);
        db.write(move |tx| async move { oauth::touch_tokens(&tx, &[a, b]).await }).await;
        let used = |hash| async move { find(db, hash).await.unwrap().last_used_at };
        assert_eq!((used(1).await, used(2).await, used(3).await), (Some(db.now()), Some(db.now()), None));
    }

    async fn expired_grants_and_long_revoked_tokens_are_deleted(db) {
        let ((_, user), app) = (db.login().await, app(db, "client").await);
        let (old, _) = (token(db, app, None, 1).await, token(db, app, None, 2).await);
        db.write(move |tx| async move {
            oauth::insert_grant(&tx, &grant(app, user, 1)).await?;
            oauth::insert_grant(&tx, &NewGrant { lifetime_ms: 9_000, ..grant(app, user, 2) }).await?;
            oauth::revoke_token(&tx, old).await
        }).await;
        let revoked = db.now();
        let delete = |before| db.write(move |tx| async move { oauth::delete_expired(&tx, before, 10).await });
        db.advance(600 + oauth::CODE_MEMORY_MS);
        assert_eq!(delete(revoked).await, 0, "a code is remembered for a day");
        db.advance(1);
        assert_eq!(delete(revoked).await, 1, "the grant");
        assert_eq!(delete(revoked + 1).await, 1, "the token");
        assert_eq!(delete(db.now()).await, 0);
        assert_eq!((db.count("oauth_grants").await, db.count("oauth_tokens").await), (1, 1));
    }

    async fn an_application_goes_when_its_time_is_over_unless_it_is_kept_or_holds_a_token(db) {
        let (stays, unused, extended, kept, holds) = (app(db, "stays").await, app(db, "unused").await, app(db, "extended").await, app(db, "kept").await, app(db, "holds").await);
        token(db, holds, None, 1).await;
        let at = db.now() + 100;
        db.write(move |tx| async move {
            for id in [unused, extended, kept, holds] {
                oauth::set_application_expiry(&tx, id, at).await?;
            }
            oauth::extend_application(&tx, extended, at + 100).await?;
            oauth::extend_application(&tx, extended, at + 50).await?;
            oauth::extend_application(&tx, stays, at).await?;
            oauth::keep_application(&tx, kept).await
        }).await;
        let sweep = || db.write(|tx| async move { oauth::delete_unused_applications(&tx, 10).await });
        let there = |id| db.read(move |r| async move { Ok(oauth::find_application(&r, id).await?.is_some()) });
        db.advance(100);
        assert_eq!(sweep().await, 0, "at its last moment it stays");
        db.advance(1);
        assert_eq!(sweep().await, 1);
        assert!(!there(unused).await);
        db.advance(100);
        assert_eq!(sweep().await, 1);
        assert!(!there(extended).await && there(stays).await && there(kept).await && there(holds).await);
        db.write(move |tx| async move { oauth::delete_unused_tokens(&tx, tx.now() + 1, 10).await }).await;
        assert_eq!(sweep().await, 1, "once its token is gone");
    }

    async fn the_tokens_used_last_are_kept(db) {
        let ((_, user), app, other) = (db.login().await, app(db, "client").await, app(db, "other").await);
        token(db, other, None, 9).await;
        for owner in [None, Some(user)] {
            let (a, b, c, d) = (token(db, app, owner, 1).await, token(db, app, owner, 2).await, token(db, app, owner, 3).await, token(db, app, owner, 4).await);
            db.advance(1);
            db.write(move |tx| async move {
                oauth::touch_tokens(&tx, &[a, c]).await?;
                oauth::revoke_token(&tx, c).await
            }).await;
            let keep = |keep| db.write(move |tx| async move { oauth::delete_oldest_tokens(&tx, app, owner, keep).await });
            assert_eq!(keep(4).await, []);
            assert_eq!(keep(3).await, [c], "a revoked one goes first");
            assert_eq!(keep(2).await, [b]);
            assert_eq!(keep(1).await, [d], "the other was used");
            assert_eq!(keep(0).await, [a]);
        }
        assert_eq!(db.count("oauth_tokens").await, 1, "that of another application");
    }

    async fn an_applications_own_token_goes_when_it_is_not_used(db) {
        let ((_, user), app) = (db.login().await, app(db, "client").await);
        let (used, _, _) = (token(db, app, None, 1).await, token(db, app, None, 2).await, token(db, app, Some(user), 3).await);
        let made = db.now();
        db.advance(10);
        db.write(move |tx| async move { oauth::touch_tokens(&tx, &[used]).await }).await;
        let sweep = |before| db.write(move |tx| async move { oauth::delete_unused_tokens(&tx, before, 10).await });
        assert_eq!((sweep(made).await, sweep(made + 1).await, sweep(made + 10).await), (0, 1, 0));
        assert!(find(db, 1).await.is_some() && find(db, 2).await.is_none());
        assert_eq!(sweep(made + 11).await, 1);
        assert!(find(db, 3).await.is_some(), "a person's stays");
    }

    async fn a_user_takes_all_grants_and_tokens_along(db) {
        let ((_, user), (_, other), app) = (db.login().await, db.login().await, app(db, "client").await);
        let theirs = token(db, app, Some(other), 1).await;
        token(db, app, Some(user), 2).await;
        db.write(move |tx| async move {
            oauth::insert_grant(&tx, &grant(app, user, 1)).await?;
            oauth::insert_grant(&tx, &grant(app, other, 2)).await?;
            oauth::delete_of_user(&tx, user).await
        }).await;
        assert_eq!(sorted(vec![find(db, 1).await.unwrap().id]), [theirs]);
        assert!(find(db, 2).await.is_none());
        assert_eq!(db.count("oauth_grants").await, 1);
    }
}
