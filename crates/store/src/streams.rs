//! What streams ask: who of those listening is concerned by an event. Each question is one statement,
//! however many listen.

use crate::{AccountId, ListId, Reader, Result, StatusId, TokenId, args, record, sql};

/// Whether a token still opens anything: not revoked, and its user neither disabled nor suspended.
pub async fn token_opens(r: &Reader, token: TokenId) -> Result<bool> {
    Ok(r.value(
        sql!(
            "SELECT EXISTS (SELECT 1 FROM oauth_tokens t JOIN users u ON u.id = t.user_id JOIN accounts a ON a.id = u.account_id
                             WHERE t.id = $1 AND t.revoked_at IS NULL AND u.disabled = FALSE AND a.suspended_at IS NULL)"
        ),
        args![token],
    )
    .await?
    .unwrap_or(false))
}

/// Whether the list is the account's.
pub async fn owns_list(r: &Reader, list: ListId, account: AccountId) -> Result<bool> {
    Ok(r.value(sql!("SELECT EXISTS (SELECT 1 FROM lists WHERE id = $1 AND account_id = $2)"), args![list, account]).await?.unwrap_or(false))
}

/// Which of `accounts` have which of `statuses` in their home feed.
pub async fn in_homes(r: &Reader, accounts: &[AccountId], statuses: &[StatusId]) -> Result<Vec<(AccountId, StatusId)>> {
    if accounts.is_empty() || statuses.is_empty() {
        return Ok(Vec::new());
    }
    r.all(sql!("SELECT h.account_id, h.status_id FROM home_feed h WHERE h.account_id = ANY($1) AND h.status_id = ANY($2)"), args![accounts, statuses])
        .await
}

/// Which of `lists` have which of `statuses` in their feed.
pub async fn in_lists(r: &Reader, lists: &[ListId], statuses: &[StatusId]) -> Result<Vec<(ListId, StatusId)>> {
    if lists.is_empty() || statuses.is_empty() {
        return Ok(Vec::new());
    }
    r.all(sql!("SELECT l.list_id, l.status_id FROM list_feed l WHERE l.list_id = ANY($1) AND l.status_id = ANY($2)"), args![lists, statuses]).await
}

record! {
    /// What decides which public streams a status belongs to.
    pub struct Placing {
        pub account_id: AccountId,
        /// Empty for local authors.
        pub domain: String,
        pub local: bool,
        pub visibility: i64,
        pub reblog_of_id: Option<StatusId>,
        pub in_reply_to_account_id: Option<AccountId>,
        pub language: Option<String>,
        /// The author is limited or suspended.
        pub unwanted: bool,
        pub has_media: bool,
    }
}

/// Where a status belongs, even if it was hidden just now.
pub async fn find_placing(r: &Reader, status: StatusId) -> Result<Option<Placing>> {
    r.maybe(
        sql!(
            "SELECT s.account_id, a.domain, s.local, s.visibility, s.reblog_of_id, s.in_reply_to_account_id, s.language,
                    (a.silenced_at IS NOT NULL OR a.suspended_at IS NOT NULL),
                    EXISTS (SELECT 1 FROM media_attachments ma WHERE ma.status_id = s.id)
               FROM statuses s JOIN accounts a ON a.id = s.account_id WHERE s.id = $1"
        ),
        args![status],
    )
    .await
}

/// Which of `viewers` do not want a status on a public stream, or may not have it: they block or mute
/// anyone of `about` (the author and who is mentioned), are blocked by the author, or block its host.
pub async fn list_unwilling(r: &Reader, viewers: &[AccountId], author: AccountId, domain: &str, about: &[AccountId]) -> Result<Vec<AccountId>> {
    if viewers.is_empty() {
        return Ok(Vec::new());
    }
    r.column(
        sql!(
            "SELECT account_id FROM blocks WHERE target_account_id = ANY($2) AND account_id = ANY($1)
             UNION SELECT target_account_id FROM blocks WHERE account_id = $3 AND target_account_id = ANY($1)
             UNION SELECT account_id FROM mutes WHERE target_account_id = ANY($2) AND account_id = ANY($1)
             UNION SELECT account_id FROM account_domain_blocks WHERE domain = $4 AND account_id = ANY($1)"
        ),
        args![viewers, about, author, domain],
    )
    .await
}

/// What a viewer has done to a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    Favourited,
    Reblogged,
    Bookmarked,
    /// Its thread is muted.
    Muted,
    /// Voted for this choice of its poll.
    Voted(i64),
}

/// Above this number a mark is a vote for the choice that remains.
const VOTES_FROM: i64 = 100;

impl Mark {
    fn from_number(number: i64) -> Mark {
        match number {
            0 => Mark::Favourited,
            1 => Mark::Reblogged,
            2 => Mark::Bookmarked,
            3 => Mark::Muted,
            vote => Mark::Voted(vote - VOTES_FROM),
        }
    }
}

/// What each of `viewers` has done to each of `statuses`; votes are in the order they were given. (CROSS JOIN keeps SQLite
/// from beginning at all statuses; it is told the index where it would read all who like a status.)
pub async fn list_marks(r: &Reader, viewers: &[AccountId], statuses: &[StatusId]) -> Result<Vec<(AccountId, StatusId, Mark)>> {
    let rows: Vec<(i64, AccountId, StatusId, i64)> = r
        .all(
            sql!(
                "SELECT 0, account_id, status_id, CAST(0 AS BIGINT) FROM favourites /* INDEXED BY favourites_pair */ WHERE account_id = ANY($1) AND status_id = ANY($2)
                 UNION ALL SELECT 1, account_id, reblog_of_id, 0 FROM statuses
                            WHERE account_id = ANY($1) AND reblog_of_id = ANY($2) AND reblog_of_id IS NOT NULL AND deleted_at IS NULL
                 UNION ALL SELECT 2, account_id, status_id, 0 FROM bookmarks /* INDEXED BY bookmarks_pair */ WHERE account_id = ANY($1) AND status_id = ANY($2)
                 UNION ALL SELECT 3, cm.account_id, s.id, 0 FROM conversation_mutes cm CROSS JOIN statuses s
                            WHERE cm.account_id = ANY($1) AND s.conversation_id = cm.conversation_id AND s.id = ANY($2)
                 UNION ALL SELECT 100 + v.choice, v.account_id, p.status_id, v.id FROM polls p JOIN poll_votes v ON v.poll_id = p.id
                            WHERE p.status_id = ANY($2) AND v.account_id = ANY($1)
                 ORDER BY 4"
            ),
            args![viewers, statuses],
        )
        .await?;
    Ok(rows.into_iter().map(|(kind, account, status, _)| (account, status, Mark::from_number(kind))).collect())
}
