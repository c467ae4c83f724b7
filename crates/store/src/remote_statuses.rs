//! Statuses of other servers: by their addresses, with their attachments, and whether anybody here cares.

use crate::polls::Poll;
use crate::{AccountId, ConversationId, MediaId, PollId, Reader, Result, StatusId, Tx, args, media, record, sql};

record! {
    /// A status of another server by its address, hidden or not.
    pub struct Known {
        pub id: StatusId,
        pub account_id: AccountId,
        pub deleted_at: Option<i64>,
    }
}

/// The status or reblog of another server with this address.
pub async fn find_by_uri(r: &Reader, uri: &str) -> Result<Option<Known>> {
    r.maybe(sql!("SELECT id, account_id, deleted_at FROM statuses WHERE uri = $1 AND local = FALSE"), args![uri]).await
}

/// Whether one of `accounts` has a follower here.
pub async fn has_followers(r: &Reader, accounts: &[AccountId]) -> Result<bool> {
    Ok(r.value(sql!("SELECT EXISTS (SELECT 1 FROM follows WHERE target_account_id = ANY($1))"), args![accounts]).await?.unwrap_or(false))
}

/// Which of the local accounts with these addresses there are: id and address.
pub async fn list_accounts_by_uri(r: &Reader, uris: &[String]) -> Result<Vec<(AccountId, String)>> {
    if uris.is_empty() {
        return Ok(Vec::new());
    }
    r.all(sql!("SELECT id, uri FROM accounts WHERE uri = ANY($1) AND suspended_at IS NULL"), args![uris]).await
}

/// The collection of an account's followers; empty if it has none.
pub async fn followers_url(r: &Reader, account: AccountId) -> Result<String> {
    Ok(r.value(sql!("SELECT followers_url FROM accounts WHERE id = $1"), args![account]).await?.unwrap_or_default())
}

/// The collection of an account's pinned statuses; empty if it has none.
pub async fn featured_url(r: &Reader, account: AccountId) -> Result<String> {
    Ok(r.value(sql!("SELECT featured_url FROM accounts WHERE id = $1"), args![account]).await?.unwrap_or_default())
}

/// The conversation with this address, which begins if there is none.
pub async fn ensure_conversation(tx: &Tx, uri: &str) -> Result<ConversationId> {
    tx.exec(
        sql!("INSERT INTO conversations (id, uri, created_at) VALUES ($1, $2, $3) ON CONFLICT (uri) WHERE uri IS NOT NULL DO NOTHING"),
        args![tx.next_id(), uri, tx.now()],
    )
    .await?;
    Ok(tx.value(sql!("SELECT id FROM conversations WHERE uri = $1"), args![uri]).await?.unwrap_or_default())
}

/// The lock of whoever joins two threads, on PostgreSQL; SQLite has one writer anyway.
const JOINING_LOCK: i64 = 4979;

/// Says what a status answers, whose parent was not known before; false if it has one, or if the parent answers it in turn.
/// Threads are joined one after the other: two at once could make a circle, and neither would see it.
pub async fn set_parent(tx: &Tx, id: StatusId, parent: StatusId, author: AccountId) -> Result<bool> {
    let lock = sql!("SELECT CAST(1 AS BIGINT) FROM (SELECT pg_advisory_xact_lock($1)) AS locked", sqlite: "SELECT $1");
    tx.value::<i64>(lock, args![JOINING_LOCK]).await?;
    let set = tx
        .exec(
            sql!(
                "UPDATE statuses SET in_reply_to_id = $1, in_reply_to_account_id = $2, reply = TRUE
                  WHERE id = $3 AND in_reply_to_id IS NULL AND deleted_at IS NULL AND NOT EXISTS (
                    WITH RECURSIVE above (id) AS (
                      SELECT CAST($1 AS BIGINT)
                       UNION
                      SELECT p.in_reply_to_id FROM above JOIN statuses p ON p.id = above.id WHERE p.in_reply_to_id IS NOT NULL
                    )
                    SELECT 1 FROM above WHERE above.id = $3)"
            ),
            args![parent, author, id],
        )
        .await?;
    Ok(set > 0)
}

/// Says when a status was last changed before it came here.
pub async fn set_edited(tx: &Tx, id: StatusId, at: i64) -> Result<()> {
    tx.exec(sql!("UPDATE statuses SET edited_at = $1 WHERE id = $2"), args![at, id]).await.map(drop)
}

record! {
    #[derive(PartialEq)]
    /// An attachment as its server describes it.
    pub struct Attachment {
        pub kind: i64,
        pub remote_url: String,
        pub thumbnail_remote_url: String,
        pub description: Option<String>,
        pub blurhash: Option<String>,
        /// Millionths.
        pub focus_x: Option<i64>,
        pub focus_y: Option<i64>,
        /// JSON.
        pub meta: String,
    }
}

/// Attaches a file of another server; its bytes are fetched when somebody looks.
pub async fn insert_attachment(tx: &Tx, account: AccountId, status: StatusId, position: i64, a: &Attachment) -> Result<MediaId> {
    let id = tx.next_id();
    tx.exec(
        sql!(
            "INSERT INTO media_attachments (id, account_id, status_id, position, kind, processing, description, blurhash, focus_x, focus_y,
                remote_url, thumbnail_remote_url, meta, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        ),
        args![
            id,
            account,
            status,
            position,
            a.kind,
            media::COMPLETE,
            a.description.clone(),
            a.blurhash.clone(),
            a.focus_x,
            a.focus_y,
            &a.remote_url,
            &a.thumbnail_remote_url,
            &a.meta,
            tx.now()
        ],
    )
    .await?;
    Ok(MediaId(id))
}

/// Changes what is said of an attachment.
pub async fn update_attachment(tx: &Tx, id: MediaId, a: &Attachment) -> Result<()> {
    tx.exec(
        sql!(
            "UPDATE media_attachments SET kind = $1, description = $2, blurhash = $3, focus_x = $4, focus_y = $5, thumbnail_remote_url = $6, meta = $7
              WHERE id = $8"
        ),
        args![a.kind, a.description.clone(), a.blurhash.clone(), a.focus_x, a.focus_y, &a.thumbnail_remote_url, &a.meta, id],
    )
    .await
    .map(drop)
}

/// The ids of a status's attachments in their order.
pub async fn list_attachment_ids(r: &Reader, status: StatusId) -> Result<Vec<MediaId>> {
    r.column(sql!("SELECT id FROM media_attachments WHERE status_id = $1 ORDER BY position"), args![status]).await
}

/// What is said of a status's attachments, in their order.
pub async fn list_attachments(r: &Reader, status: StatusId) -> Result<Vec<Attachment>> {
    r.all(
        sql!(
            "SELECT kind, remote_url, thumbnail_remote_url, description, blurhash, focus_x, focus_y, meta
               FROM media_attachments WHERE status_id = $1 ORDER BY position"
        ),
        args![status],
    )
    .await
}

/// A poll as its server counts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemotePoll {
    /// Titles with their votes.
    pub options: Vec<(String, i64)>,
    pub multiple: bool,
    /// Milliseconds UTC.
    pub expires_at: Option<i64>,
    pub voters: Option<i64>,
}

impl RemotePoll {
    fn votes(&self) -> i64 {
        self.options.iter().fold(0, |sum, (_, votes)| sum.saturating_add(*votes))
    }
}

/// Makes the poll of another server's status.
pub async fn insert_poll(tx: &Tx, status: StatusId, account: AccountId, poll: &RemotePoll) -> Result<PollId> {
    let id = PollId(tx.next_id());
    tx.exec(
        sql!(
            "INSERT INTO polls (id, status_id, account_id, multiple, expires_at, votes_count, voters_count, last_fetched_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        args![id, status, account, poll.multiple, poll.expires_at, poll.votes(), poll.voters, tx.now()],
    )
    .await?;
    insert_options(tx, id, poll).await?;
    tx.exec(sql!("UPDATE statuses SET poll_id = $1 WHERE id = $2"), args![id, status]).await?;
    Ok(id)
}

async fn insert_options(tx: &Tx, id: PollId, poll: &RemotePoll) -> Result<()> {
    for (position, (title, votes)) in poll.options.iter().enumerate() {
        tx.exec(
            sql!("INSERT INTO poll_options (poll_id, position, title, votes_count) VALUES ($1, $2, $3, $4)"),
            args![id, i64::try_from(position).unwrap_or_default(), title, *votes],
        )
        .await?;
    }
    Ok(())
}

/// Takes over what its server counts now. Other options, or another number of choices, void the votes.
pub async fn update_poll(tx: &Tx, before: &Poll, titles: &[String], poll: &RemotePoll) -> Result<()> {
    let same = titles.len() == poll.options.len() && titles.iter().zip(&poll.options).all(|(title, (new, _))| title == new);
    if same && before.multiple == poll.multiple {
        for (position, (_, votes)) in poll.options.iter().enumerate() {
            tx.exec(
                sql!("UPDATE poll_options SET votes_count = $1 WHERE poll_id = $2 AND position = $3 AND votes_count <> $1"),
                args![*votes, before.id, i64::try_from(position).unwrap_or_default()],
            )
            .await?;
        }
    } else {
        tx.exec(sql!("DELETE FROM poll_votes WHERE poll_id = $1"), args![before.id]).await?;
        tx.exec(sql!("DELETE FROM poll_options WHERE poll_id = $1"), args![before.id]).await?;
        insert_options(tx, before.id, poll).await?;
    }
    tx.exec(
        sql!("UPDATE polls SET multiple = $1, expires_at = $2, votes_count = $3, voters_count = $4, last_fetched_at = $5 WHERE id = $6"),
        args![poll.multiple, poll.expires_at, poll.votes(), poll.voters, tx.now(), before.id],
    )
    .await
    .map(drop)
}

record! {
    /// A poll of another server that may have to be asked about again.
    pub struct Asked {
        pub status_id: StatusId,
        pub account_id: AccountId,
        pub expires_at: Option<i64>,
        /// Milliseconds UTC.
        pub last_fetched_at: Option<i64>,
    }
}

/// When this poll of another server was last asked about; `None` if it is one of ours.
pub async fn find_poll(r: &Reader, id: PollId) -> Result<Option<Asked>> {
    r.maybe(
        sql!(
            "SELECT p.status_id, p.account_id, p.expires_at, p.last_fetched_at FROM polls p JOIN statuses s ON s.id = p.status_id
              WHERE p.id = $1 AND s.local = FALSE AND s.deleted_at IS NULL"
        ),
        args![id],
    )
    .await
}

/// Notes that it is asked about now.
pub async fn touch_poll(tx: &Tx, id: PollId) -> Result<()> {
    tx.exec(sql!("UPDATE polls SET last_fetched_at = $1 WHERE id = $2"), args![tx.now(), id]).await.map(drop)
}
