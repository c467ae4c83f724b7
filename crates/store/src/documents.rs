//! What documents for other servers are made of, beside the rows that everybody reads.

use crate::page::{Page, paged};
use crate::statuses::status_uri;
use crate::{AccountId, ConversationId, EmojiId, FollowId, Reader, Result, StatusId, args, record, sql};

record! {
    /// What an actor says beside [`crate::accounts::Account`].
    pub struct ActorParts {
        /// JSON list of addresses.
        pub also_known_as: String,
        /// JSON list of domains.
        pub attribution_domains: String,
        /// The address of the actor it moved to.
        pub moved_to: Option<String>,
        /// Types of the pictures.
        pub avatar_mime: Option<String>,
        pub header_mime: Option<String>,
        /// Whether a person is behind it; what is being removed has none.
        pub owned: bool,
    }
}

/// What the actor of a local account says beside its row.
pub async fn actor_parts(r: &Reader, id: AccountId) -> Result<Option<ActorParts>> {
    r.maybe(
        sql!(
            "SELECT a.also_known_as, a.attribution_domains, m.uri,
                    (SELECT b.mime FROM media_files f JOIN blobs b ON b.id = f.blob_id WHERE f.media_id = a.avatar_media_id AND f.variant = 'original'),
                    (SELECT b.mime FROM media_files f JOIN blobs b ON b.id = f.blob_id WHERE f.media_id = a.header_media_id AND f.variant = 'original'),
                    EXISTS (SELECT 1 FROM users u WHERE u.account_id = a.id)
               FROM accounts a LEFT JOIN accounts m ON m.id = a.moved_to_account_id WHERE a.id = $1 AND a.domain = ''"
        ),
        args![id],
    )
    .await
}

record! {
    /// The public half of a key pair of our own.
    pub struct PublicKey {
        pub kind: i64,
        pub fragment: String,
        pub public_key: String,
    }
}

/// The keys that a local actor signs with, the oldest first.
pub async fn list_public_keys(r: &Reader, account: AccountId) -> Result<Vec<PublicKey>> {
    r.all(
        sql!("SELECT kind, fragment, public_key FROM keypairs WHERE account_id = $1 AND sealed_private_key IS NOT NULL ORDER BY id"),
        args![account],
    )
    .await
}

record! {
    /// An emoji of this server.
    pub struct Emoji {
        pub id: EmojiId,
        pub shortcode: String,
        pub updated_at: i64,
        pub mime: String,
        pub key: String,
    }
}

/// The emojis with these shortcodes that are switched on.
pub async fn list_emojis(r: &Reader, shortcodes: &[String]) -> Result<Vec<Emoji>> {
    if shortcodes.is_empty() {
        return Ok(Vec::new());
    }
    r.all(
        sql!(
            "SELECT e.id, e.shortcode, e.updated_at, b.mime, b.key FROM custom_emojis e
               JOIN media_files f ON f.media_id = e.media_id AND f.variant = 'original' JOIN blobs b ON b.id = f.blob_id
              WHERE e.domain = '' AND e.disabled = FALSE AND e.shortcode = ANY($1)"
        ),
        args![shortcodes],
    )
    .await
}

/// The emoji of this server with this id.
pub async fn find_emoji(r: &Reader, id: EmojiId) -> Result<Option<Emoji>> {
    r.maybe(
        sql!(
            "SELECT e.id, e.shortcode, e.updated_at, b.mime, b.key FROM custom_emojis e
               JOIN media_files f ON f.media_id = e.media_id AND f.variant = 'original' JOIN blobs b ON b.id = f.blob_id
              WHERE e.id = $1 AND e.domain = '' AND e.disabled = FALSE"
        ),
        args![id],
    )
    .await
}

record! {
    /// What a status belongs to.
    pub struct Thread {
        pub status_id: StatusId,
        /// The address of the status that it answers.
        pub in_reply_to: Option<String>,
        pub conversation_id: Option<ConversationId>,
        /// The address of a conversation that began elsewhere.
        pub conversation: Option<String>,
    }
}

pub async fn list_threads(r: &Reader, ids: &[StatusId]) -> Result<Vec<Thread>> {
    r.all(
        sql!(concat!(
            "SELECT s.id, ",
            status_uri!("p"),
            ", s.conversation_id, c.uri FROM statuses s
               LEFT JOIN statuses p ON p.id = s.in_reply_to_id AND p.deleted_at IS NULL
               LEFT JOIN conversations c ON c.id = s.conversation_id WHERE s.id = ANY($1)"
        )),
        args![ids],
    )
    .await
}

record! {
    /// Somebody named in a status.
    pub struct Mentioned {
        pub status_id: StatusId,
        pub account_id: AccountId,
        pub username: String,
        /// Empty for local accounts.
        pub domain: String,
        pub uri: String,
        /// Whether they follow the author.
        pub follows: bool,
    }
}

/// Who is named in these statuses, in the order they were.
pub async fn list_mentioned(r: &Reader, ids: &[StatusId]) -> Result<Vec<Mentioned>> {
    r.all(
        sql!(
            "SELECT m.status_id, a.id, a.username, a.domain, a.uri,
                    EXISTS (SELECT 1 FROM follows f JOIN statuses s ON s.account_id = f.target_account_id WHERE s.id = m.status_id AND f.account_id = a.id)
               FROM mentions m JOIN accounts a ON a.id = m.account_id
              WHERE m.status_id = ANY($1) AND m.silent = FALSE ORDER BY m.status_id, m.account_id"
        ),
        args![ids],
    )
    .await
}

record! {
    /// A picture of a status.
    pub struct Attachment {
        pub status_id: StatusId,
        pub mime: String,
        pub key: String,
        pub width: Option<i64>,
        pub height: Option<i64>,
        pub description: Option<String>,
        pub blurhash: Option<String>,
        /// Millionths.
        pub focus_x: Option<i64>,
        pub focus_y: Option<i64>,
        /// The picture that its author gave it as its preview.
        pub thumbnail_mime: Option<String>,
        pub thumbnail_key: Option<String>,
    }
}

/// The attachments of these local statuses in their order.
pub async fn list_attachments(r: &Reader, ids: &[StatusId]) -> Result<Vec<Attachment>> {
    r.all(
        sql!(
            "SELECT m.status_id, b.mime, b.key, f.width, f.height, m.description, m.blurhash, m.focus_x, m.focus_y, tb.mime, tb.key
               FROM media_attachments m JOIN media_files f ON f.media_id = m.id AND f.variant = 'original' JOIN blobs b ON b.id = f.blob_id
               LEFT JOIN media_files t ON t.media_id = m.id AND t.variant = 'thumbnail' LEFT JOIN blobs tb ON tb.id = t.blob_id
              WHERE m.status_id = ANY($1) ORDER BY m.status_id, m.position"
        ),
        args![ids],
    )
    .await
}

record! {
    /// An author's own answer.
    pub struct SelfReply {
        pub parent: StatusId,
        pub id: StatusId,
        pub uri: String,
    }
}

/// The first `limit` public answers that the authors of these statuses gave themselves, for each of them.
pub async fn list_self_replies(r: &Reader, ids: &[StatusId], limit: i64) -> Result<Vec<SelfReply>> {
    r.all(
        sql!(concat!(
            "SELECT near.parent, near.id, near.uri FROM (
                SELECT s.in_reply_to_id AS parent, s.id, ",
            status_uri!("s"),
            " AS uri, ROW_NUMBER() OVER (PARTITION BY s.in_reply_to_id ORDER BY s.id) AS place
                  FROM statuses s
                 WHERE s.in_reply_to_id = ANY($1) AND s.account_id = s.in_reply_to_account_id AND s.visibility <= 1 AND s.deleted_at IS NULL
             ) AS near WHERE near.place <= $2 ORDER BY near.parent, near.id"
        )),
        args![ids, limit],
    )
    .await
}

/// A page of an account's followers as addresses, keyed by the follow's id.
pub async fn follower_addresses(r: &Reader, account: AccountId, page: &Page) -> Result<Vec<(FollowId, String)>> {
    Ok(paged!(
        r,
        page,
        all,
        "SELECT f.id, a.uri FROM follows f JOIN accounts a ON a.id = f.account_id WHERE f.target_account_id = $4 AND a.suspended_at IS NULL",
        "f.id",
        [account]
    ))
}

/// A page of whom an account follows as addresses, keyed by the follow's id.
pub async fn following_addresses(r: &Reader, account: AccountId, page: &Page) -> Result<Vec<(FollowId, String)>> {
    Ok(paged!(
        r,
        page,
        all,
        "SELECT f.id, a.uri FROM follows f JOIN accounts a ON a.id = f.target_account_id WHERE f.account_id = $4 AND a.suspended_at IS NULL",
        "f.id",
        [account]
    ))
}

record! {
    /// An answer that everybody may see.
    pub struct Reply {
        pub id: StatusId,
        pub uri: String,
        pub local: bool,
    }
}

/// The public answers to a status above `after`, the oldest first: those of its `author`, or those of all others.
pub async fn list_replies(r: &Reader, status: StatusId, author: AccountId, own: bool, after: StatusId, limit: i64) -> Result<Vec<Reply>> {
    r.all(
        sql!(concat!(
            "SELECT s.id, ",
            status_uri!("s"),
            ", s.local FROM statuses s JOIN accounts a ON a.id = s.account_id
              WHERE s.in_reply_to_id = $1 AND s.id > $2 AND (s.account_id = $3) = $4 AND s.visibility <= 1 AND s.deleted_at IS NULL
                AND a.suspended_at IS NULL ORDER BY s.id LIMIT $5"
        )),
        args![status, after, author, own, limit],
    )
    .await
}

record! {
    /// What everybody may read of a conversation.
    pub struct Said {
        pub id: StatusId,
        pub uri: String,
        /// The author of what began the conversation; of others nobody.
        pub began_by: Option<String>,
    }
}

/// What everybody may read of a conversation that began here, above `after`, the oldest first. None for one that began
/// elsewhere.
pub async fn list_conversation(r: &Reader, conversation: ConversationId, after: StatusId, limit: i64) -> Result<Vec<Said>> {
    r.all(
        sql!(concat!(
            "SELECT s.id, ",
            status_uri!("s"),
            ", CASE WHEN s.local = TRUE AND s.reply = FALSE THEN a.uri END FROM statuses s JOIN conversations c ON c.id = s.conversation_id JOIN accounts a ON a.id = s.account_id
              WHERE s.conversation_id = $1 AND s.id > $2 AND c.uri IS NULL AND s.visibility <= 1 AND s.deleted_at IS NULL
                AND a.suspended_at IS NULL ORDER BY s.id LIMIT $3"
        )),
        args![conversation, after, limit],
    )
    .await
}
