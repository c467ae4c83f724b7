//! What another server is told of follows, blocks, marks and votes between one of ours and one of its own. Each
//! function does nothing where both live here, or where the one who acts lives elsewhere.

use serde_json::{Value, json};
use store::accounts::{self, Account};
use store::statuses::Status;
use store::{AccountId, BlockId, FollowRequestId, Tx, follow_requests, polls};
use wire::activity::write::activity;

use super::deliver;
use crate::Result;

/// Tells `target` that somebody of ours asks to follow it. The request keeps the activity's address, by which the answer
/// names it.
pub(crate) async fn asked(tx: &Tx, follower: AccountId, target: AccountId, request: FollowRequestId) -> Result<()> {
    let Some((follower, target)) = outward(tx, follower, target).await? else { return Ok(()) };
    let uri = follow_uri(&follower, request.0, None);
    follow_requests::set_uri(tx, follower.id, target.id, &uri).await?;
    deliver::to_account(tx, follower.id, &follow(&uri, &follower, &target), target.id).await
}

/// Tells `follower` that one of ours lets it follow. `id` is the row's, `uri` the address of the Follow if it had one.
pub(crate) async fn accepted(tx: &Tx, target: AccountId, follower: AccountId, id: i64, uri: Option<&str>) -> Result<()> {
    answered(tx, Answer::Accept, target, follower, id, uri).await
}

/// Tells `follower` that one of ours does not let it follow, or no longer.
pub(crate) async fn rejected(tx: &Tx, target: AccountId, follower: AccountId, id: i64, uri: Option<&str>) -> Result<()> {
    answered(tx, Answer::Reject, target, follower, id, uri).await
}

/// Tells the other side that a follow, or the wish for one, has been ended here: by the follower or by the followed.
pub(crate) async fn parted(tx: &Tx, follower: AccountId, target: AccountId, id: i64, uri: Option<&str>) -> Result<()> {
    if let Some((follower, target)) = outward(tx, follower, target).await? {
        let undone = follow(&follow_uri(&follower, id, uri), &follower, &target);
        let undo = activity("Undo", &format!("{}#follows/{id}/undo", follower.uri), &follower.uri, undone);
        return deliver::to_account(tx, follower.id, &undo, target.id).await;
    }
    rejected(tx, target, follower, id, uri).await
}

/// Tells `target` that one of ours blocks it.
pub(crate) async fn blocked(tx: &Tx, account: AccountId, target: AccountId, block: BlockId) -> Result<()> {
    let Some((account, target)) = outward(tx, account, target).await? else { return Ok(()) };
    deliver::to_account(tx, account.id, &the_block(&account, &target, block), target.id).await
}

/// Tells `target` that one of ours blocks it no longer.
pub(crate) async fn unblocked(tx: &Tx, account: AccountId, target: AccountId, block: BlockId) -> Result<()> {
    let Some((account, target)) = outward(tx, account, target).await? else { return Ok(()) };
    let undo = activity("Undo", &format!("{}#blocks/{}/undo", account.uri, block.0), &account.uri, the_block(&account, &target, block));
    deliver::to_account(tx, account.id, &undo, target.id).await
}

/// Tells the author of a status that one of ours likes it.
pub(crate) async fn liked(tx: &Tx, account: AccountId, status: &Status, favourite: i64) -> Result<()> {
    let Some((account, author)) = outward(tx, account, status.account_id).await? else { return Ok(()) };
    deliver::to_account(tx, account.id, &like(&account, status, favourite), author.id).await
}

/// Tells the author of a status that one of ours likes it no longer.
pub(crate) async fn unliked(tx: &Tx, account: AccountId, status: &Status, favourite: i64) -> Result<()> {
    let Some((account, author)) = outward(tx, account, status.account_id).await? else { return Ok(()) };
    let undo = activity("Undo", &format!("{}#likes/{favourite}/undo", account.uri), &account.uri, like(&account, status, favourite));
    deliver::to_account(tx, account.id, &undo, author.id).await
}

/// Tells the author of a poll what one of ours chose: a note without content for each choice, named as its option.
///
/// Source: docs.joinmastodon.org/spec/activitypub/#Question
pub(crate) async fn voted(tx: &Tx, account: AccountId, status: &Status, poll: store::PollId, choices: &[i64]) -> Result<()> {
    let Some((account, author)) = outward(tx, account, status.account_id).await? else { return Ok(()) };
    let options = polls::list_options(tx, &[poll]).await?;
    for (vote, choice) in polls::list_vote_ids(tx, poll, account.id).await?.into_iter().filter(|(_, choice)| choices.contains(choice)) {
        let Some(option) = usize::try_from(choice).ok().and_then(|choice| options.get(choice)) else { continue };
        let uri = format!("{}#votes/{vote}", account.uri);
        let note = json!({
            "id": uri,
            "type": "Note",
            "name": option.title,
            "attributedTo": account.uri,
            "inReplyTo": status.uri,
            "to": author.uri,
        });
        let mut create = activity("Create", &format!("{uri}/activity"), &account.uri, note);
        create["to"] = author.uri.as_str().into();
        deliver::to_account(tx, account.id, &create, author.id).await?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Answer {
    Accept,
    Reject,
}

async fn answered(tx: &Tx, answer: Answer, target: AccountId, follower: AccountId, id: i64, uri: Option<&str>) -> Result<()> {
    let Some((target, follower)) = outward(tx, target, follower).await? else { return Ok(()) };
    let (kind, word) = match answer {
        Answer::Accept => ("Accept", "accepts"),
        Answer::Reject => ("Reject", "rejects"),
    };
    let object = follow(&follow_uri(&follower, id, uri), &follower, &target);
    let activity = activity(kind, &format!("{}#{word}/follows/{id}", target.uri), &target.uri, object);
    deliver::to_account(tx, target.id, &activity, follower.id).await
}

/// Both accounts, if the first is one of ours that may speak and the other lives elsewhere.
async fn outward(tx: &Tx, from: AccountId, to: AccountId) -> Result<Option<(Account, Account)>> {
    let mut known = accounts::list(tx, &[from, to]).await?;
    let mut take = |id| known.iter().position(|account| account.id == id).map(|at| known.swap_remove(at));
    let (Some(from), Some(to)) = (take(from), take(to)) else { return Ok(None) };
    Ok((from.is_local() && from.suspended_at.is_none() && !to.is_local()).then_some((from, to)))
}

/// The address of a follow's activity: its own, or that which its follower would have given it.
fn follow_uri(follower: &Account, id: i64, uri: Option<&str>) -> String {
    uri.map_or_else(|| format!("{}#follows/{id}", follower.uri), str::to_owned)
}

fn follow(uri: &str, follower: &Account, target: &Account) -> Value {
    activity("Follow", uri, &follower.uri, target.uri.as_str())
}

fn the_block(account: &Account, target: &Account, block: BlockId) -> Value {
    activity("Block", &format!("{}#blocks/{}", account.uri, block.0), &account.uri, target.uri.as_str())
}

fn like(account: &Account, status: &Status, favourite: i64) -> Value {
    activity("Like", &format!("{}#likes/{favourite}", account.uri), &account.uri, status.uri.as_str())
}
