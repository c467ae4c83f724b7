//! Statuses: rows, timelines, threads, and who may see them.

use crate::hidden::{blocked_by_viewer, blocks_viewer, hidden_from_viewer, host_blocked_by_viewer, muted_by_viewer, shunned_by_viewer};
use crate::page::{Page, paged};
use crate::{AccountId, ApplicationId, ConversationId, Error, PollId, Reader, Result, StatusId, TagId, Tx, Value, args, markup, polls, record, sql};

/// `statuses.visibility`, numbered as in Mastodon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    Public = 0,
    Unlisted = 1,
    Private = 2,
    Direct = 3,
    Limited = 4,
}

impl Visibility {
    /// The word of the API; `limited` is shown as private.
    pub fn word(self) -> &'static str {
        match self {
            Visibility::Public => "public",
            Visibility::Unlisted => "unlisted",
            Visibility::Private | Visibility::Limited => "private",
            Visibility::Direct => "direct",
        }
    }

    /// Whether the status is in its author's number of statuses: direct messages are not.
    pub fn counts_as_status(self) -> bool {
        !matches!(self, Visibility::Direct | Visibility::Limited)
    }

    /// Whether an answer is in the number of answers, which everybody sees: secret ones are not.
    pub fn counts_as_reply(self) -> bool {
        matches!(self, Visibility::Public | Visibility::Unlisted)
    }

    pub fn from_word(word: &str) -> Option<Visibility> {
        [Visibility::Public, Visibility::Unlisted, Visibility::Private, Visibility::Direct].into_iter().find(|v| v.word() == word)
    }

    pub fn from_number(number: i64) -> Visibility {
        match number {
            0 => Visibility::Public,
            1 => Visibility::Unlisted,
            2 => Visibility::Private,
            4 => Visibility::Limited,
            _ => Visibility::Direct,
        }
    }
}

record! {
    /// A status with its counters and the application that made it.
    pub struct Status {
        pub id: StatusId,
        pub account_id: AccountId,
        pub uri: String,
        pub url: Option<String>,
        pub local: bool,
        pub text: String,
        /// HTML; empty for reblogs.
        pub content: String,
        pub spoiler_text: String,
        pub sensitive: bool,
        pub visibility: i64,
        pub language: Option<String>,
        pub in_reply_to_id: Option<StatusId>,
        pub in_reply_to_account_id: Option<AccountId>,
        pub reblog_of_id: Option<StatusId>,
        pub conversation_id: Option<ConversationId>,
        pub created_at: i64,
        pub edited_at: Option<i64>,
        pub poll_id: Option<PollId>,
        /// Who may quote it: automatic bits above the lowest 16, manual bits in them.
        pub quote_approval_policy: i64,
        pub replies_count: i64,
        /// As its own server counts, if that says; likewise the favourites.
        pub reblogs_count: i64,
        pub favourites_count: i64,
        /// JSON: the custom emojis of another server's status.
        pub emojis: String,
        pub application_name: Option<String>,
        pub application_website: Option<String>,
    }
}

impl Status {
    pub fn visibility(&self) -> Visibility {
        Visibility::from_number(self.visibility)
    }
}

/// The address of the row `$s`. That of a local status follows from its author's and is not kept.
macro_rules! status_uri {
    ($s:literal) => {
        concat!(
            "CASE WHEN ",
            $s,
            ".uri <> '' THEN ",
            $s,
            ".uri
                  ELSE (SELECT o.uri FROM accounts o WHERE o.id = ",
            $s,
            ".account_id) || '/statuses/' || CAST(",
            $s,
            ".id AS TEXT)
                       || CASE WHEN ",
            $s,
            ".reblog_of_id IS NULL THEN '' ELSE '/activity' END END"
        )
    };
}
pub(crate) use status_uri;

/// The page of the row `$s`, if it has one; as [`status_uri`].
macro_rules! status_url {
    ($s:literal) => {
        concat!(
            "CASE WHEN ",
            $s,
            ".url IS NOT NULL OR ",
            $s,
            ".local = FALSE THEN ",
            $s,
            ".url
                  WHEN ",
            $s,
            ".reblog_of_id IS NULL THEN (SELECT o.url FROM accounts o WHERE o.id = ",
            $s,
            ".account_id) || '/' || CAST(",
            $s,
            ".id AS TEXT)
                  ELSE (SELECT o.uri FROM accounts o WHERE o.id = ",
            $s,
            ".account_id) || '/statuses/' || CAST(",
            $s,
            ".id AS TEXT) || '/activity' END"
        )
    };
}

macro_rules! status_select {
    () => {
        concat!(
            "SELECT s.id, s.account_id, COALESCE(",
            status_uri!("s"),
            ", ''), ",
            status_url!("s"),
            ", s.local, s.text, s.content, s.spoiler_text, s.sensitive, s.visibility, s.language,
                s.in_reply_to_id, s.in_reply_to_account_id, s.reblog_of_id, s.conversation_id, s.created_at, s.edited_at,
                s.poll_id, s.quote_approval_policy,
                COALESCE(st.replies_count, 0), COALESCE(st.untrusted_reblogs_count, st.reblogs_count, 0),
                COALESCE(st.untrusted_favourites_count, st.favourites_count, 0), s.emojis, ap.name, ap.website
           FROM statuses s
           LEFT JOIN status_stats st ON st.status_id = s.id
           LEFT JOIN oauth_applications ap ON ap.id = s.application_id"
        )
    };
}

/// As [`FromRow`] gives it, with its HTML as it is shown.
fn unpacked(status: Status) -> Status {
    Status { content: markup::unpack(status.content, &status.text), ..status }
}

/// Whether the viewer `$4` (0: nobody) may see the row `s`. Whoever was addressed may see it, also by a
/// silent mention; a block takes away only what everybody may see (follows end with it).
macro_rules! visible_to_viewer {
    () => {
        concat!(
            "((s.visibility <= 1 AND NOT ",
            blocks_viewer!("s.account_id", "$4"),
            ") OR s.account_id = $4
          OR (s.visibility >= 2 AND EXISTS (SELECT 1 FROM mentions m WHERE m.status_id = s.id AND m.account_id = $4))
          OR (s.visibility = 2 AND EXISTS (SELECT 1 FROM follows f WHERE f.account_id = $4 AND f.target_account_id = s.account_id)))"
        )
    };
}

/// A status to be made; `id` comes from `Tx::next_id`.
#[derive(Clone, Debug)]
pub struct NewStatus {
    pub id: StatusId,
    pub account_id: AccountId,
    pub uri: String,
    pub url: Option<String>,
    /// Whether its author is of this server.
    pub local: bool,
    pub text: String,
    pub content: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub visibility: Visibility,
    pub language: Option<String>,
    pub in_reply_to: Option<(StatusId, AccountId)>,
    /// It answers something that is not known here (yet).
    pub orphan: bool,
    pub reblog_of_id: Option<StatusId>,
    pub conversation_id: Option<ConversationId>,
    pub application_id: Option<ApplicationId>,
    pub quote_approval_policy: i64,
    /// JSON: the custom emojis of another server's status; empty for a local one.
    pub emojis: String,
    pub created_at: i64,
}

/// Draws of an id among those of one millisecond. Each meets another status' with a chance of n in 65,536 where n were
/// made then, as happens when a crowd's statuses arrive together.
const ID_DRAWS_MAX: usize = 16;

/// An id for a status that was made at `ms` on another server, which no status has.
///
/// Errors: `Conflict` when that millisecond is crowded.
pub async fn free_id_at(tx: &Tx, ms: i64) -> Result<StatusId> {
    for _ in 0..ID_DRAWS_MAX {
        let id = tx.id_at(ms);
        let taken: Option<i64> = tx.value(sql!("SELECT 1 FROM statuses WHERE id = $1"), args![id]).await?;
        if taken.is_none() {
            return Ok(StatusId(id));
        }
    }
    Err(Error::Conflict(format!("{ID_DRAWS_MAX} ids of one millisecond are all taken")))
}

/// Inserts a status; false if it is a second reblog of the same status, or another server's that is known already.
pub async fn insert(tx: &Tx, s: &NewStatus) -> Result<bool> {
    let (reply_to, reply_to_account) = s.in_reply_to.unzip();
    let added = tx
        .exec(
            sql!(
                "INSERT INTO statuses (id, account_id, uri, url, text, content, spoiler_text, sensitive, visibility, language,
                    in_reply_to_id, in_reply_to_account_id, reblog_of_id, conversation_id, application_id,
                    quote_approval_policy, created_at, local, reply, emojis)
                 VALUES ($1, $2,
                    CASE WHEN $18 = TRUE AND $3 = (SELECT o.uri || '/statuses/' || CAST(CAST($1 AS BIGINT) AS TEXT)
                           || CASE WHEN CAST($13 AS BIGINT) IS NULL THEN '' ELSE '/activity' END FROM accounts o WHERE o.id = $2) THEN '' ELSE $3 END,
                    CASE WHEN $18 = TRUE AND CAST($4 AS TEXT) = (
                           SELECT CASE WHEN CAST($13 AS BIGINT) IS NULL THEN o.url || '/' || CAST(CAST($1 AS BIGINT) AS TEXT)
                                       ELSE o.uri || '/statuses/' || CAST(CAST($1 AS BIGINT) AS TEXT) || '/activity' END
                             FROM accounts o WHERE o.id = $2) THEN NULL ELSE $4 END,
                    $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
                 ON CONFLICT DO NOTHING"
            ),
            args![
                s.id,
                s.account_id,
                &s.uri,
                s.url.clone(),
                &s.text,
                markup::pack(&s.content, &s.text),
                &s.spoiler_text,
                s.sensitive,
                s.visibility as i64,
                s.language.clone(),
                reply_to,
                reply_to_account,
                s.reblog_of_id,
                s.conversation_id,
                s.application_id,
                s.quote_approval_policy,
                s.created_at,
                s.local,
                s.orphan || reply_to.is_some(),
                if s.emojis.is_empty() { "[]" } else { s.emojis.as_str() }
            ],
        )
        .await?;
    Ok(added > 0)
}

/// Begins a conversation.
pub async fn insert_conversation(tx: &Tx) -> Result<ConversationId> {
    let id = tx.next_id();
    tx.exec(sql!("INSERT INTO conversations (id, created_at) VALUES ($1, $2)"), args![id, tx.now()]).await?;
    Ok(ConversationId(id))
}

pub async fn find(r: &Reader, id: StatusId) -> Result<Option<Status>> {
    Ok(r.maybe(sql!(concat!(status_select!(), " WHERE s.id = $1 AND s.deleted_at IS NULL")), args![id]).await?.map(unpacked))
}

/// The statuses with these ids that are not deleted, in no order.
pub async fn list(r: &Reader, ids: &[StatusId]) -> Result<Vec<Status>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Status> = r.all(sql!(concat!(status_select!(), " WHERE s.id = ANY($1) AND s.deleted_at IS NULL")), args![ids]).await?;
    Ok(rows.into_iter().map(unpacked).collect())
}

/// Which of `ids` the viewer may see.
pub async fn visible_ids(r: &Reader, ids: &[StatusId], viewer: Option<AccountId>) -> Result<Vec<StatusId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // $2 and $3 are unused here; the fragment's viewer is always $4.
    r.column(
        sql!(concat!(
            "SELECT s.id FROM statuses s JOIN accounts a ON a.id = s.account_id
              WHERE s.id = ANY($1) AND s.deleted_at IS NULL AND a.suspended_at IS NULL AND s.id > $2 AND s.id < $3 AND ",
            visible_to_viewer!()
        )),
        args![ids, i64::MIN, i64::MAX, viewer.unwrap_or_default()],
    )
    .await
}

/// The reblog of `status` by `account`, if there is one.
pub async fn find_reblog(r: &Reader, account: AccountId, status: StatusId) -> Result<Option<StatusId>> {
    r.value(sql!("SELECT id FROM statuses WHERE reblog_of_id = $1 AND account_id = $2 AND deleted_at IS NULL"), args![status, account]).await
}

/// What narrows an account's timeline.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccountFilter {
    pub exclude_replies: bool,
    pub exclude_reblogs: bool,
    pub only_media: bool,
    pub exclude_direct: bool,
    /// Only those with this tag.
    pub tag: Option<TagId>,
}

/// A page of what `viewer` may see of an account's statuses, without reblogs of accounts hidden from them.
/// (Whether the account blocks the viewer is for the caller to ask.)
pub async fn account_page(r: &Reader, account: AccountId, viewer: Option<AccountId>, filter: AccountFilter, page: &Page) -> Result<Vec<StatusId>> {
    Ok(paged!(
        r,
        page,
        column,
        concat!(
            "SELECT s.id FROM statuses s WHERE s.account_id = $5 AND s.deleted_at IS NULL AND ",
            visible_to_viewer!(),
            " AND ($6 = FALSE OR s.in_reply_to_account_id IS NULL OR s.in_reply_to_account_id = s.account_id)
              AND ($7 = FALSE OR s.reblog_of_id IS NULL)
              AND ($4 = 0 OR s.reblog_of_id IS NULL OR s.account_id = $4 OR NOT EXISTS (
                    SELECT 1 FROM statuses o WHERE o.id = s.reblog_of_id AND ",
            hidden_from_viewer!("o.account_id", "$4"),
            "))
              AND ($8 = FALSE OR EXISTS (SELECT 1 FROM media_attachments ma WHERE ma.status_id = s.id))
              AND ($9 = FALSE OR s.visibility <> 3)
              AND (CAST($10 AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM status_tags stg WHERE stg.status_id = s.id AND stg.tag_id = $10))"
        ),
        "s.id",
        [viewer.unwrap_or_default(), account, filter.exclude_replies, filter.exclude_reblogs, filter.only_media, filter.exclude_direct, filter.tag]
    ))
}

/// Whether the author `a` of the row `s` is one that the viewer `$4` chose not to see (own blocks, mutes and
/// hosts), or one limited by a moderator that they do not follow. Nobody is hidden from themselves.
macro_rules! kept_from_viewer {
    () => {
        concat!(
            "(s.account_id <> $4 AND (",
            blocked_by_viewer!("s.account_id", "$4"),
            " OR ",
            muted_by_viewer!("s.account_id", "$4"),
            " OR ",
            host_blocked_by_viewer!("s.account_id", "$4"),
            " OR (a.silenced_at IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM follows kf WHERE kf.account_id = $4 AND kf.target_account_id = s.account_id)
                AND NOT EXISTS (SELECT 1 FROM accounts ka WHERE ka.id = $4 AND ka.silenced_at IS NOT NULL))))"
        )
    };
}

/// What `viewer` may see of an account's pinned statuses, the newest pin first. `$2` is unused.
pub async fn list_pinned(r: &Reader, account: AccountId, viewer: Option<AccountId>, filter: AccountFilter, limit: i64) -> Result<Vec<StatusId>> {
    r.column(
        sql!(concat!(
            "SELECT s.id FROM status_pins p CROSS JOIN statuses s
              WHERE p.account_id = $1 AND s.id = p.status_id AND s.deleted_at IS NULL AND CAST($2 AS BIGINT) IS NULL AND ",
            visible_to_viewer!(),
            " AND ($5 = FALSE OR s.in_reply_to_account_id IS NULL OR s.in_reply_to_account_id = s.account_id)
              AND ($6 = FALSE OR EXISTS (SELECT 1 FROM media_attachments ma WHERE ma.status_id = s.id))
              AND (CAST($7 AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM status_tags stg WHERE stg.status_id = s.id AND stg.tag_id = $7))
              ORDER BY p.id DESC LIMIT $3"
        )),
        args![account, Value::Null, limit, viewer.unwrap_or_default(), filter.exclude_replies, filter.only_media, filter.tag],
    )
    .await
}

/// The statuses that `id` answers, the oldest first, at most `limit`.
pub async fn ancestors(r: &Reader, id: StatusId, viewer: Option<AccountId>, limit: i64) -> Result<Vec<StatusId>> {
    r.column(
        sql!(concat!(
            "WITH RECURSIVE up (id, parent, depth) AS (
                SELECT id, in_reply_to_id, CAST(0 AS BIGINT) FROM statuses WHERE id = $1
                UNION ALL
                SELECT p.id, p.in_reply_to_id, up.depth + 1 FROM up JOIN statuses p ON p.id = up.parent WHERE up.depth < $2
             )
             SELECT s.id FROM up CROSS JOIN statuses s CROSS JOIN accounts a
              WHERE s.id = up.id AND up.depth > 0 AND s.deleted_at IS NULL AND up.depth <= $3
                AND a.id = s.account_id AND a.suspended_at IS NULL AND ",
            visible_to_viewer!(),
            " AND NOT ",
            kept_from_viewer!(),
            " ORDER BY up.depth DESC"
        )),
        args![id, limit, limit, viewer.unwrap_or_default()],
    )
    .await
}

/// The answers below `id` with their parents, down to `depth`. At most `limit` answers are looked at, the
/// nearest first, however large the thread is: both engines stop the recursion with the inner LIMIT.
/// (CROSS JOIN fixes the order on SQLite, which would else look at every status.)
pub async fn descendants(r: &Reader, id: StatusId, viewer: Option<AccountId>, limit: i64, depth: i64) -> Result<Vec<(StatusId, StatusId)>> {
    r.all(
        sql!(concat!(
            "WITH RECURSIVE down (id, parent, depth) AS (
                SELECT id, in_reply_to_id, CAST(1 AS BIGINT) FROM statuses WHERE in_reply_to_id = $1
                UNION ALL
                SELECT c.id, c.in_reply_to_id, down.depth + 1 FROM down JOIN statuses c ON c.in_reply_to_id = down.id WHERE down.depth < $2
             )
             SELECT s.id, s.in_reply_to_id FROM (SELECT down.id FROM down LIMIT $3) AS near CROSS JOIN statuses s CROSS JOIN accounts a
              WHERE s.id = near.id AND s.deleted_at IS NULL AND a.id = s.account_id AND a.suspended_at IS NULL AND ",
            visible_to_viewer!(),
            " AND NOT ",
            kept_from_viewer!(),
            " ORDER BY s.id"
        )),
        args![id, depth, limit, viewer.unwrap_or_default()],
    )
    .await
}

/// Hides a status and its reblogs at once. Returns the rows hidden: id and account.
pub async fn mark_deleted(tx: &Tx, id: StatusId) -> Result<Vec<(StatusId, AccountId)>> {
    tx.all(
        // SQLite reads every status for "id = … OR reblog_of_id = …".
        sql!(
            "UPDATE statuses SET deleted_at = $1
              WHERE id IN (SELECT CAST($2 AS BIGINT) UNION ALL SELECT r.id FROM statuses r WHERE r.reblog_of_id = $2 AND r.deleted_at IS NULL)
                AND deleted_at IS NULL RETURNING id, account_id"
        ),
        args![tx.now(), id],
    )
    .await
}

/// Takes hidden statuses from what answers them, `limit` rows at most; answers how many there were. Whom they answer stays
/// known, and that they are answers, as in Mastodon.
pub async fn orphan(tx: &Tx, parents: &[StatusId], limit: i64) -> Result<u64> {
    tx.exec(
        sql!("UPDATE statuses SET in_reply_to_id = NULL WHERE id IN (SELECT s.id FROM statuses s WHERE s.in_reply_to_id = ANY($1) LIMIT $2)"),
        args![parents, limit],
    )
    .await
}

/// Removes what hangs on hidden statuses, then the rows. Nothing answers them any more: see [`orphan`].
pub async fn purge(tx: &Tx, ids: &[StatusId]) -> Result<()> {
    crate::search::statuses::delete(tx, ids).await?;
    tx.exec(sql!("DELETE FROM notifications WHERE status_id = ANY($1)"), args![ids]).await?;
    tx.exec(sql!("DELETE FROM favourites WHERE status_id = ANY($1)"), args![ids]).await?;
    tx.exec(sql!("DELETE FROM bookmarks WHERE status_id = ANY($1)"), args![ids]).await?;
    tx.exec(sql!("DELETE FROM mentions WHERE status_id = ANY($1)"), args![ids]).await?;
    tx.exec(sql!("DELETE FROM status_tags WHERE status_id = ANY($1)"), args![ids]).await?;
    tx.exec(sql!("DELETE FROM status_stats WHERE status_id = ANY($1)"), args![ids]).await?;
    tx.exec(sql!("DELETE FROM status_edits WHERE status_id = ANY($1)"), args![ids]).await?;
    tx.exec(sql!("DELETE FROM status_pins WHERE status_id = ANY($1)"), args![ids]).await?;
    polls::delete_of_statuses(tx, ids).await?;
    tx.exec(sql!("DELETE FROM statuses WHERE id = ANY($1) AND deleted_at IS NOT NULL"), args![ids]).await.map(drop)
}

/// Hidden statuses that wait to be purged, the longest hidden first.
pub async fn list_deleted(r: &Reader, before: i64, limit: i64) -> Result<Vec<StatusId>> {
    r.column(sql!("SELECT id FROM statuses WHERE deleted_at IS NOT NULL AND deleted_at < $1 ORDER BY deleted_at LIMIT $2"), args![before, limit])
        .await
}

/// Whether an account has any status, hidden ones included.
pub async fn has_any(r: &Reader, account: AccountId) -> Result<bool> {
    Ok(r.value(sql!("SELECT EXISTS (SELECT 1 FROM statuses WHERE account_id = $1)"), args![account]).await?.unwrap_or(false))
}

/// Statuses of an account, for its removal.
pub async fn list_ids_of_account(r: &Reader, account: AccountId, limit: i64) -> Result<Vec<StatusId>> {
    r.column(sql!("SELECT id FROM statuses WHERE account_id = $1 AND deleted_at IS NULL ORDER BY id LIMIT $2"), args![account, limit]).await
}

record! {
    /// Somebody mentioned in a status.
    pub struct Mention {
        pub status_id: StatusId,
        pub account_id: AccountId,
        pub username: String,
        pub domain: String,
        pub url: Option<String>,
        pub uri: String,
    }
}

/// The mentions of these statuses, in the order they were made.
pub async fn list_mentions(r: &Reader, ids: &[StatusId]) -> Result<Vec<Mention>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    r.all(
        sql!(
            "SELECT m.status_id, m.account_id, a.username, a.domain, a.url, a.uri
               FROM mentions m JOIN accounts a ON a.id = m.account_id
              WHERE m.status_id = ANY($1) AND m.silent = FALSE ORDER BY m.status_id, m.account_id"
        ),
        args![ids],
    )
    .await
}

/// Addresses a status to an account; false if it is already.
pub async fn insert_mention(tx: &Tx, status: StatusId, account: AccountId, silent: bool) -> Result<bool> {
    let added = tx
        .exec(
            sql!("INSERT INTO mentions (status_id, account_id, silent) VALUES ($1, $2, $3) ON CONFLICT (status_id, account_id) DO NOTHING"),
            args![status, account, silent],
        )
        .await?;
    Ok(added > 0)
}

/// `list_marks`: the viewer favourited the status.
pub const FAVOURITED: i64 = 0;
/// `list_marks`: the viewer reblogged the status.
pub const REBLOGGED: i64 = 1;
/// `list_marks`: the viewer bookmarked the status.
pub const BOOKMARKED: i64 = 2;
/// `list_marks`: the viewer pinned the status.
pub const PINNED: i64 = 3;
/// `list_marks`: the viewer muted the conversation.
pub const MUTED: i64 = 4;

/// What marks are asked for; what nobody needs to know is not looked up.
#[derive(Clone, Debug, Default)]
pub struct Marked {
    /// Favourited, reblogged or bookmarked?
    pub statuses: Vec<StatusId>,
    /// Pinned? Only one's own can be.
    pub own: Vec<StatusId>,
    /// Muted?
    pub conversations: Vec<ConversationId>,
}

/// What the viewer has done with these: one of the numbers above, and the id of what it says.
pub async fn list_marks(r: &Reader, viewer: AccountId, of: &Marked) -> Result<Vec<(i64, i64)>> {
    if of.statuses.is_empty() && of.own.is_empty() && of.conversations.is_empty() {
        return Ok(Vec::new());
    }
    r.all(
        sql!(
            "SELECT 0, status_id FROM favourites WHERE account_id = $1 AND status_id = ANY($2)
             UNION ALL SELECT 1, reblog_of_id FROM statuses WHERE account_id = $1 AND reblog_of_id = ANY($2) AND deleted_at IS NULL
             UNION ALL SELECT 2, status_id FROM bookmarks WHERE account_id = $1 AND status_id = ANY($2)
             UNION ALL SELECT 3, status_id FROM status_pins WHERE account_id = $1 AND status_id = ANY($3)
             UNION ALL SELECT 4, conversation_id FROM conversation_mutes WHERE account_id = $1 AND conversation_id = ANY($4)"
        ),
        args![viewer, &of.statuses, &of.own, &of.conversations],
    )
    .await
}

/// Local accounts above `after` that have reblogged a status, in order of their ids.
pub async fn list_local_rebloggers(r: &Reader, status: StatusId, after: AccountId, limit: i64) -> Result<Vec<AccountId>> {
    r.column(
        sql!(
            "SELECT s.account_id FROM statuses s JOIN accounts a ON a.id = s.account_id
              WHERE s.reblog_of_id = $1 AND s.deleted_at IS NULL AND s.account_id > $2 AND a.domain = '' ORDER BY s.account_id LIMIT $3"
        ),
        args![status, after, limit],
    )
    .await
}

/// What an edit changes in a status's own row.
#[derive(Clone, Debug)]
pub struct Revised {
    pub text: String,
    pub content: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub language: Option<String>,
    /// As in [`NewStatus`].
    pub emojis: String,
    /// Milliseconds UTC; `None` is now.
    pub edited_at: Option<i64>,
}

/// Changes a status; it is shown as edited from now on.
pub async fn revise(tx: &Tx, id: StatusId, new: &Revised) -> Result<()> {
    tx.exec(
        sql!(
            "UPDATE statuses SET text = $1, content = $2, spoiler_text = $3, sensitive = $4, language = $5, edited_at = $6, emojis = $7 WHERE id = $8"
        ),
        args![
            &new.text,
            markup::pack(&new.content, &new.text),
            &new.spoiler_text,
            new.sensitive,
            new.language.clone(),
            new.edited_at.unwrap_or_else(|| tx.now()),
            if new.emojis.is_empty() { "[]" } else { new.emojis.as_str() },
            id
        ],
    )
    .await
    .map(drop)
}

/// Says in which language a status is, and which custom emojis are in it; that is no edit.
pub async fn set_details(tx: &Tx, id: StatusId, language: Option<&str>, emojis: &str) -> Result<()> {
    let emojis = if emojis.is_empty() { "[]" } else { emojis };
    tx.exec(sql!("UPDATE statuses SET language = $1, emojis = $2 WHERE id = $3"), args![language, emojis, id]).await.map(drop)
}

/// As [`find`]; until the transaction ends nobody else changes its row.
pub async fn lock(tx: &Tx, id: StatusId) -> Result<()> {
    tx.value::<i64>(sql!("SELECT 1 FROM statuses WHERE id = $1 FOR UPDATE"), args![id]).await.map(drop)
}

/// Gives a status other HTML for the same text: somebody it mentions is known now. That is no edit.
pub async fn set_content(tx: &Tx, id: StatusId, text: &str, content: &str) -> Result<()> {
    tx.exec(sql!("UPDATE statuses SET content = $1 WHERE id = $2"), args![markup::pack(content, text), id]).await.map(drop)
}

/// Says who may quote it.
pub async fn set_quote_policy(tx: &Tx, id: StatusId, policy: i64) -> Result<()> {
    tx.exec(sql!("UPDATE statuses SET quote_approval_policy = $1 WHERE id = $2"), args![policy, id]).await.map(drop)
}

/// Names these accounts in an edited status, and no others: who is named no longer stays addressed, silently.
/// Returns those that were not named before.
pub async fn replace_mentions(tx: &Tx, id: StatusId, accounts: &[AccountId]) -> Result<Vec<AccountId>> {
    let before: Vec<AccountId> = tx.column(sql!("SELECT account_id FROM mentions WHERE status_id = $1 AND silent = FALSE"), args![id]).await?;
    tx.exec(sql!("UPDATE mentions SET silent = TRUE WHERE status_id = $1 AND account_id <> ALL($2)"), args![id, accounts]).await?;
    for account in accounts.iter().filter(|account| !before.contains(account)) {
        tx.exec(
            sql!(
                "INSERT INTO mentions (status_id, account_id, silent) VALUES ($1, $2, FALSE)
                 ON CONFLICT (status_id, account_id) DO UPDATE SET silent = FALSE"
            ),
            args![id, *account],
        )
        .await?;
    }
    Ok(accounts.iter().copied().filter(|account| !before.contains(account)).collect())
}

/// The local statuses of all accounts together, from their counters.
pub async fn count_local(r: &Reader) -> Result<i64> {
    Ok(r.value(
        sql!(
            "SELECT CAST(COALESCE(SUM(st.statuses_count), 0) AS BIGINT)
               FROM users u JOIN account_stats st ON st.account_id = u.account_id"
        ),
        args![],
    )
    .await?
    .unwrap_or(0))
}

/// A page of who reblogged a status, keyed by the reblog; suspended accounts and those that the viewer
/// shuns are left out.
pub async fn reblogs_page(r: &Reader, status: StatusId, viewer: Option<AccountId>, page: &Page) -> Result<Vec<(i64, AccountId)>> {
    Ok(paged!(
        r,
        page,
        all,
        concat!(
            "SELECT s.id, s.account_id FROM statuses s JOIN accounts a ON a.id = s.account_id
              WHERE s.reblog_of_id = $4 AND s.deleted_at IS NULL AND s.visibility <= 1 AND a.suspended_at IS NULL AND NOT ",
            shunned_by_viewer!("s.account_id", "$5")
        ),
        "s.id",
        [status, viewer.unwrap_or_default()]
    ))
}
