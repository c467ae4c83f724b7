//! Which hosts the instance speaks with: its domain blocks and allows, and the accounts they concern. What single
//! accounts block for themselves is in `domain_blocks.rs`.

use crate::{AccountId, MediaId, Reader, Result, Tx, args, record, sql};

/// `domain_blocks.severity`, numbered as in Mastodon.
pub const SILENCE: i64 = 0;
pub const SUSPEND: i64 = 1;
pub const NOOP: i64 = 2;
/// `accounts.suspension_origin`: decided here, not by the account's own server.
pub const ORIGIN_HERE: i64 = 0;

record! {
    /// A block of a host and of what is below it.
    pub struct DomainBlock {
        /// Lowercase, A-labels, perhaps with a port.
        pub domain: String,
        pub severity: i64,
        pub reject_media: bool,
        pub reject_reports: bool,
        pub private_comment: String,
        pub public_comment: String,
        pub obfuscate: bool,
        /// Also when it suspended or silenced its accounts: by that they are known again when it is lifted.
        pub created_at: i64,
    }
}

record! {
    /// A host that may be spoken with where only such may.
    pub struct DomainAllow {
        pub domain: String,
        pub created_at: i64,
        /// When it was taken back, milliseconds UTC; the accounts suspended by that have it as their time.
        pub withdrawn_at: Option<i64>,
    }
}

macro_rules! block_select {
    () => {
        "SELECT domain, severity, reject_media, reject_reports, private_comment, public_comment, obfuscate, created_at FROM domain_blocks"
    };
}

/// All blocks by domain, at most `limit`.
pub async fn list_blocks(r: &Reader, limit: i64) -> Result<Vec<DomainBlock>> {
    r.all(sql!(concat!(block_select!(), " ORDER BY domain LIMIT $1")), args![limit]).await
}

/// The blocks of these very domains.
pub async fn list_blocks_of(r: &Reader, domains: &[String]) -> Result<Vec<DomainBlock>> {
    r.all(sql!(concat!(block_select!(), " WHERE domain = ANY($1)")), args![domains]).await
}

/// Makes a block, or changes the one there is, which keeps its time.
pub async fn put_block(tx: &Tx, block: &DomainBlock) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO domain_blocks (id, domain, severity, reject_media, reject_reports, private_comment, public_comment, obfuscate, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (domain) DO UPDATE SET severity = excluded.severity, reject_media = excluded.reject_media,
                reject_reports = excluded.reject_reports, private_comment = excluded.private_comment,
                public_comment = excluded.public_comment, obfuscate = excluded.obfuscate"
        ),
        args![
            tx.next_id(),
            &block.domain,
            block.severity,
            block.reject_media,
            block.reject_reports,
            &block.private_comment,
            &block.public_comment,
            block.obfuscate,
            block.created_at
        ],
    )
    .await
    .map(drop)
}

/// Removes a block; tells when it was made, `None` if there was none.
pub async fn delete_block(tx: &Tx, domain: &str) -> Result<Option<i64>> {
    tx.value(sql!("DELETE FROM domain_blocks WHERE domain = $1 RETURNING created_at"), args![domain]).await
}

/// Allowed hosts and those that were, by domain, at most `limit`.
pub async fn list_allows(r: &Reader, limit: i64) -> Result<Vec<DomainAllow>> {
    r.all(sql!("SELECT domain, created_at, withdrawn_at FROM domain_allows ORDER BY domain LIMIT $1"), args![limit]).await
}

pub async fn find_allow(r: &Reader, domain: &str) -> Result<Option<DomainAllow>> {
    r.maybe(sql!("SELECT domain, created_at, withdrawn_at FROM domain_allows WHERE domain = $1"), args![domain]).await
}

/// Allows a host.
pub async fn put_allow(tx: &Tx, domain: &str) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO domain_allows (id, domain, created_at) VALUES ($1, $2, $3)
             ON CONFLICT (domain) DO UPDATE SET withdrawn_at = NULL"
        ),
        args![tx.next_id(), domain, tx.now()],
    )
    .await
    .map(drop)
}

/// Takes an allowance back; false if there was none.
pub async fn withdraw_allow(tx: &Tx, domain: &str) -> Result<bool> {
    let withdrawn =
        tx.exec(sql!("UPDATE domain_allows SET withdrawn_at = $1 WHERE domain = $2 AND withdrawn_at IS NULL"), args![tx.now(), domain]).await?;
    Ok(withdrawn > 0)
}

/// Domains of known accounts behind `after`, in order, at most `limit`. Jumps from one to the next, however many
/// accounts each has.
pub async fn list_hosts_after(r: &Reader, after: &str, limit: i64) -> Result<Vec<String>> {
    r.column(
        sql!(
            "WITH RECURSIVE known(domain) AS (
                SELECT MIN(domain) FROM accounts WHERE domain > $1 AND domain > ''
                 UNION ALL
                SELECT (SELECT MIN(a.domain) FROM accounts a WHERE a.domain > known.domain) FROM known WHERE known.domain IS NOT NULL)
             SELECT domain FROM known WHERE domain IS NOT NULL LIMIT $2"
        ),
        args![after, limit],
    )
    .await
}

/// Accounts of one host behind `after`, in order.
pub async fn list_accounts(r: &Reader, domain: &str, after: AccountId, limit: i64) -> Result<Vec<AccountId>> {
    r.column(sql!("SELECT id FROM accounts WHERE domain = $1 AND id > $2 ORDER BY id LIMIT $3"), args![domain, after, limit]).await
}

/// How many accounts of one host are known, at most `limit`.
pub async fn count_accounts(r: &Reader, domain: &str, limit: i64) -> Result<i64> {
    Ok(r.value(sql!("SELECT COUNT(*) FROM (SELECT 1 FROM accounts WHERE domain = $1 LIMIT $2) AS known"), args![domain, limit])
        .await?
        .unwrap_or_default())
}

/// Has these accounts be suspended since `since`, or not, as far as rules of domains decide it: those suspended for
/// another reason stay as they are. `lifted` is the time of a rule that is no more.
pub async fn set_suspended(tx: &Tx, accounts: &[AccountId], since: Option<i64>, lifted: Option<i64>) -> Result<()> {
    let origin = since.map(|_| ORIGIN_HERE);
    tx.exec(
        sql!(
            "UPDATE accounts SET suspended_at = $2, suspension_origin = $3 WHERE id = ANY($1)
                AND ((suspended_at IS NULL AND CAST($2 AS BIGINT) IS NOT NULL) OR (suspended_at = $4 AND suspension_origin = 0))"
        ),
        args![accounts, since, origin, lifted],
    )
    .await
    .map(drop)
}

/// As [`set_suspended`], for limiting.
pub async fn set_silenced(tx: &Tx, accounts: &[AccountId], since: Option<i64>, lifted: Option<i64>) -> Result<()> {
    tx.exec(
        sql!(
            "UPDATE accounts SET silenced_at = $2 WHERE id = ANY($1)
                AND ((silenced_at IS NULL AND CAST($2 AS BIGINT) IS NOT NULL) OR silenced_at = $3)"
        ),
        args![accounts, since, lifted],
    )
    .await
    .map(drop)
}

/// Removes the stored files of what one account showed: attachments, avatar, header. At most `limit` attachments;
/// tells how many files there were.
pub async fn remove_media(tx: &Tx, account: AccountId, limit: i64) -> Result<u64> {
    let attachments = tx
        .exec(
            sql!(
                "DELETE FROM media_files WHERE media_id IN (
                    SELECT m.id FROM media_attachments m WHERE m.account_id = $1
                       AND EXISTS (SELECT 1 FROM media_files f WHERE f.media_id = m.id) LIMIT $2)"
            ),
            args![account, limit],
        )
        .await?;
    let (avatar, header) = crate::accounts::find_pictures(tx, account).await?;
    let mut pictures = 0;
    for picture in avatar.into_iter().chain(header) {
        pictures += remove_files(tx, picture).await?;
    }
    Ok(attachments + pictures)
}

/// Removes the stored pictures of a host's custom emojis.
pub async fn remove_emoji_files(tx: &Tx, domain: &str) -> Result<u64> {
    tx.exec(
        sql!("DELETE FROM media_files WHERE media_id IN (SELECT e.media_id FROM custom_emojis e WHERE e.domain = $1 AND e.media_id IS NOT NULL)"),
        args![domain],
    )
    .await
}

async fn remove_files(tx: &Tx, media: MediaId) -> Result<u64> {
    tx.exec(sql!("DELETE FROM media_files WHERE media_id = $1 AND last_used_at IS NOT NULL"), args![media]).await
}
