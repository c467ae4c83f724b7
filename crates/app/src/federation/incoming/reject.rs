//! Reject: a follow asked for here is refused, or one that was granted is ended.

use store::{AccountId, Tx, accounts, follow_requests, follows};
use wire::activity::document;

use super::accept::follower;
use super::activity::{Inbound, Verdict};
use crate::accounts::follow::{count, end, take_request};
use crate::{App, Result};

/// Takes the request away, or ends the follow. Only who was asked may answer, and is not told what it knows.
pub(super) async fn receive(app: &App, inbound: Inbound) -> Result<Verdict> {
    let urls = app.urls().clone();
    app.write(move |tx| async move {
        let actor = &inbound.actor;
        let Some(object) = document::one(&inbound.activity, "object") else { return Ok(Verdict::Dropped("it answers nothing")) };
        accounts::lock(&tx, actor.id).await?;
        let named = match document::id(object) {
            Some(uri) => by_uri(&tx, uri, actor.id).await?,
            None => None,
        };
        let account = match named {
            Some(account) => Some(account),
            None => follower(&tx, &urls, object, &actor.uri).await?,
        };
        let Some(account) = account else { return Ok(Verdict::Dropped("it answers nothing that was asked")) };
        let asked = take_request(&tx, account, actor.id).await?.is_some();
        if end(&tx, account, actor.id).await?.is_some() {
            count(&tx, account, actor.id, -1).await?;
        } else if !asked {
            return Ok(Verdict::Dropped("it answers nothing that was asked"));
        }
        Ok(Verdict::Done)
    })
    .await
}

/// Who asks `target`, or follows it, by this activity.
async fn by_uri(tx: &Tx, uri: &str, target: AccountId) -> Result<Option<AccountId>> {
    let found = match follow_requests::find_by_uri(tx, uri, target).await? {
        Some(found) => Some(found),
        None => follows::find_by_uri(tx, uri, target).await?,
    };
    Ok(found.filter(|(_, of)| *of == target).map(|(account, _)| account))
}
