//! Create: a new status of ours, and votes, which other servers take as statuses without text.

use serde_json::json;
use store::statuses::Status;
use store::{AccountId, StatusId, Tx, polls};
use wire::activity::write::activity;

use super::between::outward;
use super::reach::{is_addressed, of_addressed, ours, send, start};
use super::{compose, deliver};
use crate::Result;
use crate::urls::Urls;

/// Has a new status of a local account sent. To be called when all of it is there, and before anything is
/// counted.
pub(crate) async fn deliver(tx: &Tx, urls: &Urls, id: StatusId) -> Result<()> {
    let Some(status) = ours(tx, id).await? else { return Ok(()) };
    let Some(start) = start(tx, status.account_id, of_addressed(tx, &status).await?).await? else { return Ok(()) };
    match compose::create(tx, urls, id, tx.now()).await?.filter(is_addressed) {
        Some(activity) => send(tx, start, &activity).await,
        None => Ok(()),
    }
}

/// Has a status sent to people who were found after it was posted.
pub(crate) async fn deliver_late(tx: &Tx, urls: &Urls, status: &Status, new: &[AccountId]) -> Result<()> {
    let mut reach = of_addressed(tx, status).await?;
    reach.accounts.retain(|account| new.contains(account));
    let Some(create) = compose::create(tx, urls, status.id, tx.now()).await? else { return Ok(()) };
    for account in reach.accounts {
        deliver::to_account(tx, status.account_id, &create, account).await?;
    }
    Ok(())
}

/// Tells the author of a poll what one of ours chose: a note without content for each choice, named as its option.
///
/// Source: docs.joinmastodon.org/spec/activitypub/#Question
pub(crate) async fn votes(tx: &Tx, account: AccountId, status: &Status, poll: store::PollId, choices: &[i64]) -> Result<()> {
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
