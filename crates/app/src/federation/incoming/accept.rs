//! Accept: a follow asked for here is granted.

use serde_json::Value;
use store::{AccountId, Tx, accounts, follow_requests};
use wire::activity::document;

use super::activity::{Inbound, Verdict};
use crate::accounts::follow_requests::accept;
use crate::federation::ours;
use crate::urls::Urls;
use crate::{App, Result};

/// Makes a follow of the request that is answered. Only who was asked may answer.
pub(super) async fn receive(app: &App, inbound: Inbound) -> Result<Verdict> {
    let urls = app.urls().clone();
    app.write(move |tx| async move {
        let actor = &inbound.actor;
        let Some(object) = document::one(&inbound.activity, "object") else { return Ok(Verdict::Dropped("it answers nothing")) };
        accounts::lock(&tx, actor.id).await?;
        if let Some(uri) = document::id(object)
            && let Some((account, target)) = follow_requests::find_by_uri(&tx, uri, actor.id).await?
            && target == actor.id
        {
            accept(&tx, account, target, false).await?;
            return Ok(Verdict::Done);
        }
        if let Some(account) = follower(&tx, &urls, object, &actor.uri).await?
            && accept(&tx, account, actor.id, false).await?
        {
            return Ok(Verdict::Done);
        }
        Ok(Verdict::Dropped("it answers nothing that was asked"))
    })
    .await
}

/// Who of ours follows by the Follow that an answer of `target` holds, under whatever address.
pub(super) async fn follower(tx: &Tx, urls: &Urls, object: &Value, target: &str) -> Result<Option<AccountId>> {
    if !document::is_a(object, "Follow") || document::id_of(object, "object") != Some(target) {
        return Ok(None);
    }
    match document::id_of(object, "actor") {
        Some(actor) => Ok(ours::account(tx, urls, actor).await?.map(|account| account.id)),
        None => Ok(None),
    }
}
