//! Add: statuses that their authors pin.

use store::{AccountId, StatusId, accounts, pins, remote_statuses, statuses};
use wire::activity::document;

use super::activity::{Inbound, Verdict};
use super::create::verdict;
use crate::federation::fetch::Failure;
use crate::federation::{same_origin, statuses as statuses_of_others};
use crate::{App, Result};

/// Statuses that one account may have pinned here.
pub(crate) const PINS_MAX: i64 = 20;

pub(super) async fn receive(app: &App, inbound: Inbound) -> Result<Verdict> {
    verdict(add(app, &inbound).await)
}

async fn add(app: &App, inbound: &Inbound) -> Result<Verdict, Failure> {
    if !is_featured(app, inbound).await? {
        return Ok(Verdict::Dropped("its target is not what its actor features"));
    }
    let Some(object) = document::one(&inbound.activity, "object").filter(|object| !document::is_a(object, "Hashtag")) else {
        return Ok(Verdict::Dropped("it features no status"));
    };
    let Some(uri) = document::id(object) else { return Ok(Verdict::Dropped("its object has no id")) };
    if !same_origin(uri, &inbound.actor.uri) {
        return Ok(Verdict::Dropped("its object is another's"));
    }
    if statuses_of_others::find(app, uri).await?.is_none() && !has_room(app, inbound.actor.id).await? {
        return Ok(Verdict::Dropped("its actor has pinned enough"));
    }
    let status = statuses_of_others::resolve(app, uri, &inbound.budget).await?;
    Ok(if pin(app, inbound.actor.id, status).await? { Verdict::Done } else { Verdict::Dropped("its object is another's") })
}

async fn has_room(app: &App, account: AccountId) -> Result<bool> {
    app.read(move |r| async move { Ok(pins::count(&r, account).await? < PINS_MAX) }).await
}

/// Whether the target is the actor's own collection of pinned statuses.
pub(super) async fn is_featured(app: &App, inbound: &Inbound) -> Result<bool> {
    let actor = inbound.actor.id;
    let featured = app.read(move |r| async move { Ok(remote_statuses::featured_url(&r, actor).await?) }).await?;
    Ok(!featured.is_empty() && document::id_of(&inbound.activity, "target") == Some(featured.as_str()))
}

/// Pins a status of the account's own, as far as there is room; false if it is another's.
pub(crate) async fn pin(app: &App, account: AccountId, status: StatusId) -> Result<bool> {
    app.write(move |tx| async move {
        accounts::lock(&tx, account).await?;
        let own = statuses::find(&tx, status).await?.filter(|status| status.account_id == account && status.reblog_of_id.is_none());
        if own.is_none() {
            return Ok(false);
        }
        if pins::count(&tx, account).await? < PINS_MAX {
            pins::insert(&tx, account, status).await?;
        }
        Ok(true)
    })
    .await
}
