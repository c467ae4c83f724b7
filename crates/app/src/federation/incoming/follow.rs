//! Follow: somebody elsewhere wants to follow somebody here.

use store::follows::Options;
use store::{AccountId, Tx, accounts, blocks, domain_blocks, follow_requests, follows, withdrawn};
use wire::activity::document;

use super::activity::{Inbound, Verdict};
use crate::accounts::follow::{ask, begin, count, tell};
use crate::federation::{ours, outgoing};
use crate::urls::Urls;
use crate::{App, Result};

/// Accepts at once, or lets the one followed decide if it is locked or the follower limited. Whoever may not follow is
/// told so. The same again is answered again, under its new address: the first answer may not have arrived.
pub(super) async fn receive(app: &App, inbound: Inbound) -> Result<Verdict> {
    let (urls, rule) = (app.urls().clone(), app.context().rule(&inbound.actor.domain));
    app.write(move |tx| async move { write(&tx, &urls, &inbound, rule.silenced).await }).await
}

async fn write(tx: &Tx, urls: &Urls, inbound: &Inbound, silenced: bool) -> Result<Verdict> {
    let actor = &inbound.actor;
    let Some(object) = document::id_of(&inbound.activity, "object") else { return Ok(Verdict::Dropped("it names nobody")) };
    let Some(target) = ours::account(tx, urls, object).await?.filter(|target| target.suspended_at.is_none()) else {
        return Ok(Verdict::Dropped("it is about nobody here"));
    };
    accounts::lock(tx, actor.id).await?;
    let uri = inbound.id();
    if let Some(uri) = uri
        && withdrawn::is_withdrawn(tx, &actor.uri, uri, tx.now()).await?
    {
        return Ok(Verdict::Dropped("it was undone before it came"));
    }
    if follow_requests::find_id(tx, actor.id, target.id).await?.is_some() {
        if let Some(uri) = uri {
            follow_requests::set_uri(tx, actor.id, target.id, uri).await?;
        }
        return Ok(Verdict::Done);
    }
    if target.id.0 <= 0 || refuses(tx, target.id, actor.id, &actor.domain).await? {
        outgoing::reject::deliver(tx, target.id, actor.id, tx.next_id(), uri).await?;
        return Ok(Verdict::Done);
    }
    if !target.usable {
        return Ok(Verdict::Dropped("it is about nobody here"));
    }
    let is_new = match follows::find(tx, actor.id, target.id).await? {
        Some(follow) => {
            outgoing::accept::deliver(tx, target.id, actor.id, follow.id.0, uri).await?;
            false
        }
        None if target.locked || silenced || actor.silenced_at.is_some() => {
            ask(tx, actor.id, target.id, true, &plain()).await?;
            if let Some(uri) = uri {
                follow_requests::set_uri(tx, actor.id, target.id, uri).await?;
            }
            return Ok(Verdict::Done);
        }
        None => {
            let Some(follow) = begin(tx, actor.id, target.id, &plain()).await? else { return Ok(Verdict::Done) };
            outgoing::accept::deliver(tx, target.id, actor.id, follow.0, uri).await?;
            tell(tx, actor.id, target.id, follow).await?;
            true
        }
    };
    if let Some(uri) = uri {
        follows::set_uri(tx, actor.id, target.id, uri).await?;
    }
    if is_new {
        count(tx, actor.id, target.id, 1).await?;
    }
    Ok(Verdict::Done)
}

/// Whether `target` takes no follow of this actor.
async fn refuses(tx: &Tx, target: AccountId, actor: AccountId, domain: &str) -> Result<bool> {
    Ok(blocks::exists(tx, target, actor).await? || domain_blocks::exists(tx, target, domain).await? || follows::has_moved(tx, target).await?)
}

/// How followers elsewhere follow: what they want to see of it, their own server decides.
fn plain() -> Options {
    Options { show_reblogs: true, notify: false, languages: None }
}
