//! Keys of actors.

use super::world::stories;
use crate::keypairs;

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
}
