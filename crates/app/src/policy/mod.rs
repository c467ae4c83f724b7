//! Who may see what, and what a status may be like.

pub mod polls;
pub mod quotes;

use store::accounts::Account;
use store::statuses::{self, Status, Visibility};
use store::{AccountId, Reader, StatusId, blocks, domain_blocks};

use crate::{Error, Result};

/// The status, if the viewer may see it. What they may not see does not exist for them.
pub async fn visible_status(r: &Reader, viewer: Option<AccountId>, id: StatusId) -> Result<Status> {
    let status = statuses::find(r, id).await?.ok_or_else(Error::not_found)?;
    // A reblog shows its original: both must be visible.
    let ids: Vec<StatusId> = [Some(id), status.reblog_of_id].into_iter().flatten().collect();
    let visible = statuses::visible_ids(r, &ids, viewer).await?;
    if visible.len() == ids.len() { Ok(status) } else { Err(Error::not_found()) }
}

/// As [`visible_status`], but a reblog leads to its original.
pub async fn visible_original(r: &Reader, viewer: AccountId, id: StatusId) -> Result<Status> {
    let status = visible_status(r, Some(viewer), id).await?;
    match status.reblog_of_id {
        Some(original) => statuses::find(r, original).await?.ok_or_else(Error::not_found),
        None => Ok(status),
    }
}

/// Refuses what one does to a status of somebody one blocks oneself (favourites, reblogs).
///
/// Errors: `Forbidden`.
pub async fn check_not_blocking(r: &Reader, viewer: AccountId, author: AccountId) -> Result<()> {
    if blocks::exists(r, viewer, author).await? { Err(Error::forbidden()) } else { Ok(()) }
}

/// Whether `author` may mention the account: nobody mentions whom they block, themselves or with their host.
pub async fn may_mention(r: &Reader, author: AccountId, account: &Account) -> Result<bool> {
    Ok(!blocks::exists(r, author, account.id).await? && (account.is_local() || !domain_blocks::exists(r, author, &account.domain).await?))
}

/// Whether `viewer` may reblog: public and unlisted ones, and their own private ones.
pub fn may_reblog(viewer: AccountId, status: &Status) -> bool {
    match status.visibility() {
        Visibility::Public | Visibility::Unlisted => true,
        Visibility::Private => status.account_id == viewer,
        Visibility::Direct | Visibility::Limited => false,
    }
}
