//! Keys of actors.

use super::world::stories;
use crate::{keypairs, remote_accounts};

stories! {
    async fn a_key_pair_of_ours_is_made_once(db) {
        let (id, other) = (db.account().await, db.account().await);
        let find = |account| db.read(move |r| async move { keypairs::find_own(&r, account).await });
        let make = |sealed: u8| db.write(move |tx| async move { keypairs::insert_own(&tx, id, keypairs::RSA, "#main-key", "PEM", vec![sealed]).await });
        assert!(find(id).await.is_none());
        assert!(make(1).await);
        assert!(!make(2).await);
        let found = find(id).await.unwrap();
        assert!(found.uri.ends_with("#main-key") && found.uri.len() > "#main-key".len());
        assert_eq!((found.public_key.as_str(), found.sealed_private_key.as_slice()), ("PEM", [1_u8].as_slice()));
        assert!(find(other).await.is_none());
    }

    async fn a_key_elsewhere_is_found_by_its_address_with_its_actor(db) {
        let id = db.account().await;
        let key = remote_accounts::Key { uri: "https://a.test/u#main-key".into(), kind: keypairs::RSA, public_key: "PEM".into() };
        db.write(move |tx| async move { remote_accounts::replace_keys(&tx, id, &[key]).await }).await;
        let find = |uri: &'static str| db.read(move |r| async move { keypairs::find_by_uri(&r, uri).await });
        let found = find("https://a.test/u#main-key").await.unwrap();
        assert_eq!((found.account_id, found.public_key.as_str()), (id, "PEM"));
        assert!(!found.actor_uri.is_empty());
        assert!(find("https://a.test/u#other").await.is_none());
    }
}
