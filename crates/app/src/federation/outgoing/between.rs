//! Two accounts between which something is said: one of ours that may speak, and one elsewhere.

use store::accounts::{self, Account};
use store::{AccountId, Tx};

use crate::Result;

/// Both accounts, if the first is one of ours that may speak and the other lives elsewhere.
pub(super) async fn outward(tx: &Tx, from: AccountId, to: AccountId) -> Result<Option<(Account, Account)>> {
    let mut known = accounts::list(tx, &[from, to]).await?;
    let mut take = |id| known.iter().position(|account| account.id == id).map(|at| known.swap_remove(at));
    let (Some(from), Some(to)) = (take(from), take(to)) else { return Ok(None) };
    Ok((from.is_local() && from.suspended_at.is_none() && !to.is_local()).then_some((from, to)))
}
