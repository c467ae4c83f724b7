//! What somebody does not want to see or hear of, or may not: fragments of SQL used inside the
//! statements of other files, so that the rule has one text, and the questions before a notification.

use crate::{AccountId, Reader, Result, StatusId, args, sql};

/// Whether viewer `$viewer` has a row of `$table` that names account `$author`. Whether there are any rows is asked
/// first, and where the viewer is bound only once: most people block and mute nobody, and pay nothing for each status.
/// All are literals of SQL, such as `"s.account_id"` and `"$4"`; a viewer of 0 is nobody.
macro_rules! any_row {
    ($table:literal, $mine:literal = $viewer:literal, $other:literal = $author:literal) => {
        concat!(
            "(EXISTS (SELECT 1 FROM ",
            $table,
            " hg WHERE hg.",
            $mine,
            " = ",
            $viewer,
            ") AND EXISTS (SELECT 1 FROM ",
            $table,
            " hb WHERE hb.",
            $mine,
            " = ",
            $viewer,
            " AND hb.",
            $other,
            " = ",
            $author,
            "))"
        )
    };
}
pub(crate) use any_row;

/// Whether `$viewer` blocks `$author`.
macro_rules! blocked_by_viewer {
    ($author:literal, $viewer:literal) => {
        $crate::hidden::any_row!("blocks", "account_id" = $viewer, "target_account_id" = $author)
    };
}
pub(crate) use blocked_by_viewer;

/// Whether `$author` blocks `$viewer`.
macro_rules! blocks_viewer {
    ($author:literal, $viewer:literal) => {
        $crate::hidden::any_row!("blocks", "target_account_id" = $viewer, "account_id" = $author)
    };
}
pub(crate) use blocks_viewer;

/// Whether `$viewer` mutes `$author`. Mutes that have run out are removed by a job, so that their row decides.
macro_rules! muted_by_viewer {
    ($author:literal, $viewer:literal) => {
        $crate::hidden::any_row!("mutes", "account_id" = $viewer, "target_account_id" = $author)
    };
}
pub(crate) use muted_by_viewer;

/// Whether `$viewer` blocks the host of `$author`; local accounts have none.
macro_rules! host_blocked_by_viewer {
    ($author:literal, $viewer:literal) => {
        concat!(
            "(EXISTS (SELECT 1 FROM account_domain_blocks hg WHERE hg.account_id = ",
            $viewer,
            ") AND EXISTS (SELECT 1 FROM accounts ha JOIN account_domain_blocks hd ON hd.account_id = ",
            $viewer,
            " AND hd.domain = ha.domain WHERE ha.domain <> '' AND ha.id = ",
            $author,
            "))"
        )
    };
}
pub(crate) use host_blocked_by_viewer;

/// Whether account `$author` is hidden from viewer `$viewer`: one of them blocks the other, the viewer mutes it, or
/// blocks its host.
macro_rules! hidden_from_viewer {
    ($author:literal, $viewer:literal) => {
        concat!("(", $crate::hidden::shunned_by_viewer!($author, $viewer), " OR ", $crate::hidden::host_blocked_by_viewer!($author, $viewer), ")")
    };
}
pub(crate) use hidden_from_viewer;

/// Whether one of `$author` and `$viewer` blocks the other, or the viewer mutes it: as
/// `hidden_from_viewer`, but without hosts. Lists of accounts leave out these.
macro_rules! shunned_by_viewer {
    ($author:literal, $viewer:literal) => {
        concat!(
            "(",
            $crate::hidden::blocked_by_viewer!($author, $viewer),
            " OR ",
            $crate::hidden::blocks_viewer!($author, $viewer),
            " OR ",
            $crate::hidden::muted_by_viewer!($author, $viewer),
            ")"
        )
    };
}
pub(crate) use shunned_by_viewer;

/// Whether status `$status` names somebody whom viewer `$viewer` blocks or mutes.
macro_rules! names_hidden {
    ($status:literal, $viewer:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM mentions hn WHERE hn.status_id = ",
            $status,
            " AND hn.silent = FALSE AND (",
            $crate::hidden::blocked_by_viewer!("hn.account_id", $viewer),
            " OR ",
            $crate::hidden::muted_by_viewer!("hn.account_id", $viewer),
            "))"
        )
    };
}
pub(crate) use names_hidden;

/// Whether `owner` shows nothing of its own to `account` (of another server; `None` if that is not known) or to its
/// domain: it blocks either.
pub async fn is_blocked(r: &Reader, owner: AccountId, account: Option<AccountId>, domain: &str) -> Result<bool> {
    Ok(r.value(
        sql!(
            "SELECT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = $1 AND b.target_account_id = $2)
                 OR EXISTS (SELECT 1 FROM account_domain_blocks d WHERE d.account_id = $1 AND d.domain = $3)"
        ),
        args![owner, account.unwrap_or_default(), domain],
    )
    .await?
    .unwrap_or(false))
}

/// Whether `account` must not be notified of what `from` does (with a status, if there is one): it blocks
/// them, mutes them with their notifications, blocks their host and does not follow them, or has muted
/// the status's conversation.
pub async fn is_silent(r: &Reader, account: AccountId, from: AccountId, status: Option<StatusId>) -> Result<bool> {
    Ok(r.value(
        sql!(concat!(
            "SELECT ",
            blocked_by_viewer!("$2", "$1"),
            " OR EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = $1 AND m.target_account_id = $2 AND m.hide_notifications = TRUE)
              OR (",
            host_blocked_by_viewer!("$2", "$1"),
            " AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.account_id = $1 AND f.target_account_id = $2))
              OR EXISTS (SELECT 1 FROM statuses s JOIN conversation_mutes c ON c.account_id = $1 AND c.conversation_id = s.conversation_id
                          WHERE s.id = CAST($3 AS BIGINT))"
        )),
        args![account, from, status],
    )
    .await?
    .unwrap_or(false))
}

/// Whether `account` must not be told that `status` mentions it: the status answers or mentions somebody
/// whom the account blocks or mutes with notifications, or its author is limited and not followed.
pub async fn is_unwelcome_mention(r: &Reader, account: AccountId, status: StatusId) -> Result<bool> {
    Ok(r.value(
        sql!(
            "SELECT EXISTS (SELECT 1 FROM statuses s JOIN blocks b ON b.account_id = $1 AND b.target_account_id = s.in_reply_to_account_id
                             WHERE s.id = $2)
                 OR EXISTS (SELECT 1 FROM statuses s JOIN mutes m ON m.account_id = $1 AND m.target_account_id = s.in_reply_to_account_id
                             WHERE s.id = $2 AND m.hide_notifications = TRUE)
                 OR EXISTS (SELECT 1 FROM mentions n JOIN blocks b ON b.account_id = $1 AND b.target_account_id = n.account_id
                             WHERE n.status_id = $2 AND n.silent = FALSE)
                 OR EXISTS (SELECT 1 FROM mentions n JOIN mutes m ON m.account_id = $1 AND m.target_account_id = n.account_id
                             WHERE n.status_id = $2 AND n.silent = FALSE AND m.hide_notifications = TRUE)
                 OR EXISTS (SELECT 1 FROM statuses s JOIN accounts a ON a.id = s.account_id
                             WHERE s.id = $2 AND a.silenced_at IS NOT NULL
                               AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.account_id = $1 AND f.target_account_id = a.id))"
        ),
        args![account, status],
    )
    .await?
    .unwrap_or(false))
}

/// Whether `account` is staff whom `other` must be able to hear: a highlighted role with any of these permissions, above
/// the other's role.
pub async fn is_staff_over(r: &Reader, account: AccountId, other: AccountId, permissions: i64) -> Result<bool> {
    Ok(r.value(
        sql!(
            "SELECT EXISTS (SELECT 1 FROM users u JOIN roles ro ON ro.id = u.role_id
                             WHERE u.account_id = $1 AND ro.highlighted = TRUE AND (ro.permissions & $3) <> 0
                               AND ro.position > COALESCE((SELECT o.position FROM users v JOIN roles o ON o.id = v.role_id
                                                            WHERE v.account_id = $2), -1))"
        ),
        args![account, other, permissions],
    )
    .await?
    .unwrap_or(false))
}
