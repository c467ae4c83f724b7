//! Keys of actors: our own with their sealed private half, and those of others to verify with.

use crate::{AccountId, Reader, Result, Tx, args, record, sql};

/// What a key is for: its algorithm. The numbers are those of the column `kind`.
pub const RSA: i64 = 0;
pub const ED25519: i64 = 1;

record! {
    /// A key of ours.
    pub struct Own {
        /// Where others find it: the actor's URI and the fragment.
        pub uri: String,
        /// PEM.
        pub public_key: String,
        pub sealed_private_key: Vec<u8>,
    }
}

/// The RSA key pair of a local account, if it has been made.
pub async fn find_own(r: &Reader, account: AccountId) -> Result<Option<Own>> {
    r.maybe(
        sql!(
            "SELECT a.uri || k.fragment, k.public_key, k.sealed_private_key FROM keypairs k JOIN accounts a ON a.id = k.account_id
              WHERE k.account_id = $1 AND k.kind = 0 AND k.sealed_private_key IS NOT NULL ORDER BY k.id LIMIT 1"
        ),
        args![account],
    )
    .await
}

/// Keeps a key pair of ours, the private half sealed with the master key; false if there is one with this fragment.
pub async fn insert_own(tx: &Tx, account: AccountId, kind: i64, fragment: &str, public_key: &str, sealed: Vec<u8>) -> Result<bool> {
    let added = tx
        .exec(
            sql!(
                "INSERT INTO keypairs (id, account_id, kind, fragment, public_key, sealed_private_key, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, fragment) DO NOTHING"
            ),
            args![tx.next_id(), account, kind, fragment, public_key, sealed, tx.now()],
        )
        .await?;
    Ok(added > 0)
}

record! {
    /// A key of an actor elsewhere.
    pub struct Remote {
        pub account_id: AccountId,
        pub actor_uri: String,
        pub domain: String,
        /// PEM, or multibase.
        pub public_key: String,
    }
}

/// The key of an actor elsewhere by its address.
pub async fn find_by_uri(r: &Reader, uri: &str) -> Result<Option<Remote>> {
    r.maybe(
        sql!(
            "SELECT k.account_id, a.uri, a.domain, k.public_key FROM keypairs k JOIN accounts a ON a.id = k.account_id
              WHERE k.uri = $1 AND k.sealed_private_key IS NULL"
        ),
        args![uri],
    )
    .await
}
