//! Delete: statuses and actors that are gone.

use store::accounts::Account;
use store::{Tx, accounts, remote_statuses, statuses, tombstones, withdrawn};
use wire::activity::{address, document};

use super::activity::{Inbound, Verdict};
use crate::federation::{actor, same_origin};
use crate::statuses::delete::hide;
use crate::{App, Result};

pub(super) async fn receive(app: &App, inbound: Inbound) -> Result<Verdict> {
    let Some(object) = document::one(&inbound.activity, "object") else { return Ok(Verdict::Dropped("it has no object")) };
    let atom_uri = document::text(object, "atomUri").filter(|uri| address::is_address(uri)).map(str::to_owned);
    let Some(uri) = document::id(object).map(str::to_owned).or_else(|| atom_uri.clone()) else {
        return Ok(Verdict::Dropped("its object has no id"));
    };
    let sender = inbound.actor;
    if uri == sender.uri {
        actor::remove(app, sender.id).await?;
        return Ok(Verdict::Done);
    }
    if !same_origin(&uri, &sender.uri) {
        return Ok(Verdict::Dropped("its object belongs to another server"));
    }
    let uris: Vec<String> = [uri].into_iter().chain(atom_uri.filter(|uri| same_origin(uri, &sender.uri))).collect();
    app.write(move |tx| async move { delete(&tx, &sender, &uris).await }).await
}

/// Hides what was the actor's, and keeps what comes late from coming back. What is another's of the same server stays.
pub(super) async fn delete(tx: &Tx, actor: &Account, uris: &[String]) -> Result<Verdict> {
    // The status that comes at the same time waits, or is seen.
    accounts::lock(tx, actor.id).await?;
    for uri in uris {
        let known = remote_statuses::find_by_uri(tx, uri).await?;
        if known.as_ref().is_some_and(|known| known.account_id != actor.id) {
            return Ok(Verdict::Dropped("its object is another's"));
        }
        withdrawn::insert(tx, &actor.uri, uri).await?;
        if uri.len() <= withdrawn::URI_MAX {
            tombstones::insert(tx, uri, Some(actor.id), false).await?;
        }
        if let Some(known) = known.filter(|known| known.deleted_at.is_none())
            && let Some(status) = statuses::find(tx, known.id).await?
        {
            hide(tx, &status, true).await?;
        }
    }
    Ok(Verdict::Done)
}
