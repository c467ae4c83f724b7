//! Markers and Web Push subscriptions.

use super::world::{Database, stories};
use crate::push_subscriptions::{self as subscriptions, PushSubscription};
use crate::{AccountId, PushSubscriptionId, TokenId, UserId, markers, oauth};

async fn shown(db: &Database, user: UserId) -> Vec<(String, i64, i64, i64)> {
    let both = ["home".to_owned(), "notifications".to_owned()];
    let rows = db.read(move |r| async move { markers::list(&r, user, &both).await }).await;
    rows.into_iter().map(|m| (m.timeline, m.last_read_id, m.version, m.updated_at)).collect()
}

async fn token(db: &Database, user: UserId, hash: u8) -> TokenId {
    db.write(move |tx| async move {
        let id = TokenId(tx.next_id());
        oauth::insert_token(&tx, id, crate::ApplicationId(1), Some(user), &[hash], "push").await?;
        Ok(id)
    })
    .await
}

async fn subscribe(db: &Database, user_id: UserId, token_id: TokenId, endpoint: &'static str) -> PushSubscriptionId {
    db.write(move |tx| async move {
        let id = crate::push_subscriptions::next_id(&tx).await?;
        let new = PushSubscription {
            id,
            token_id,
            user_id,
            endpoint: endpoint.into(),
            key_p256dh: "key".into(),
            sealed_key_auth: vec![1, 2],
            standard: true,
            policy: "all".into(),
            alerts: "{}".into(),
            failed_at: None,
        };
        subscriptions::replace(&tx, &new).await?;
        Ok(id)
    })
    .await
}

async fn endpoints(db: &Database, account: AccountId) -> Vec<String> {
    let rows = db.read(move |r| async move { subscriptions::list_of_account(&r, account, 10).await }).await;
    rows.into_iter().map(|s| s.endpoint).collect()
}

stories! {
    async fn a_marker_is_moved_by_who_knows_its_version(db) {
        let ((_, user), (_, other)) = (db.login().await, db.login().await);
        db.write(move |tx| async move { markers::insert(&tx, user, "home").await }).await;
        assert_eq!(shown(db, user).await, [("home".into(), 0, 0, db.now())]);
        db.advance(5);
        let update = |version, to| db.write(move |tx| async move { markers::update(&tx, user, "home", version, to).await });
        assert!(update(0, 70).await);
        assert!(!update(0, 80).await, "somebody was faster");
        db.write(move |tx| async move { markers::insert(&tx, user, "home").await }).await;
        assert_eq!((shown(db, user).await, shown(db, other).await), (vec![("home".into(), 70, 1, db.now())], vec![]));
        let last = |timeline: &'static str| db.read(move |r| async move { markers::last_read(&r, user, timeline).await });
        assert_eq!((last("home").await, last("notifications").await), (70, 0));
        db.write(move |tx| async move { markers::delete_of_user(&tx, user).await }).await;
        assert!(shown(db, user).await.is_empty());
    }

    async fn nothing_is_pushed_while_a_login_is_disabled(db) {
        let (account, user) = db.login().await;
        let token = token(db, user, 1).await;
        let id = subscribe(db, user, token, "https://a.test").await;
        let set = |disabled| db.write(move |tx| async move { crate::users::set_disabled(&tx, user, disabled).await });
        let found = || db.read(move |r| async move { Ok(subscriptions::find(&r, id).await?.is_some()) });
        assert!(found().await);
        set(true).await;
        assert_eq!((found().await, endpoints(db, account).await.len()), (false, 0));
        set(false).await;
        assert_eq!((found().await, endpoints(db, account).await.len()), (true, 1));
        db.write(move |tx| async move { oauth::revoke_token(&tx, token).await }).await;
        assert!(!found().await);
    }

    async fn a_token_has_one_subscription(db) {
        let (account, user) = db.login().await;
        let (one, two) = (token(db, user, 1).await, token(db, user, 2).await);
        let first = subscribe(db, user, one, "https://a.test").await;
        db.write(move |tx| async move { subscriptions::set_failed_at(&tx, first, Some(9)).await }).await;
        let found = db.read(move |r| async move { subscriptions::find(&r, first).await }).await.unwrap();
        assert_eq!((found.token_id, found.user_id, found.sealed_key_auth, found.failed_at), (one, user, vec![1, 2], Some(9)));
        db.advance(1);
        let second = subscribe(db, user, one, "https://b.test").await;
        db.advance(1);
        subscribe(db, user, two, "https://c.test").await;
        assert_eq!(endpoints(db, account).await, ["https://c.test", "https://b.test"]);
        assert!(db.read(move |r| async move { subscriptions::find(&r, first).await }).await.is_none());
        db.write(move |tx| async move { subscriptions::update(&tx, one, "followed", "{\"mention\":true}").await }).await;
        let found = db.read(move |r| async move { subscriptions::find_of_token(&r, one).await }).await.unwrap();
        assert_eq!((found.id, found.policy.as_str(), found.alerts.as_str(), found.failed_at), (second, "followed", "{\"mention\":true}", None));
        db.write(move |tx| async move { subscriptions::delete(&tx, second).await }).await;
        assert_eq!(endpoints(db, account).await, ["https://c.test"]);
    }

    async fn a_subscription_goes_with_its_token(db) {
        let (account, user) = db.login().await;
        let (one, two, three) = (token(db, user, 1).await, token(db, user, 2).await, token(db, user, 3).await);
        for token in [one, two, three] {
            subscribe(db, user, token, "https://a.test").await;
        }
        db.write(move |tx| async move { oauth::revoke_token(&tx, one).await }).await;
        assert_eq!(endpoints(db, account).await.len(), 2);
        db.write(move |tx| async move { subscriptions::delete_of_tokens(&tx, &[two]).await }).await;
        assert_eq!(endpoints(db, account).await.len(), 1);
        db.write(move |tx| async move { oauth::revoke_tokens_of_user(&tx, user).await }).await;
        assert!(endpoints(db, account).await.is_empty());
        let again = token(db, user, 4).await;
        subscribe(db, user, again, "https://a.test").await;
        db.write(move |tx| async move { oauth::delete_of_user(&tx, user).await }).await;
        assert!(endpoints(db, account).await.is_empty());
    }
}
