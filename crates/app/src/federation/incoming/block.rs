//! Block: somebody elsewhere wants nothing to do with somebody here.

use store::{accounts, blocks, withdrawn};
use wire::activity::document;

use super::activity::{Inbound, Verdict};
use crate::accounts::block::shut_out;
use crate::federation::ours;
use crate::{App, Result};

/// Does what a block among ours does, and keeps its address for its undoing.
pub(super) async fn receive(app: &App, inbound: Inbound) -> Result<Verdict> {
    let urls = app.urls().clone();
    app.write(move |tx| async move {
        let actor = &inbound.actor;
        let Some((object, uri)) = document::id_of(&inbound.activity, "object").zip(inbound.id()) else {
            return Ok(Verdict::Dropped("it names nobody"));
        };
        let Some(target) = ours::account(&tx, &urls, object).await?.filter(|target| target.id.0 > 0) else {
            return Ok(Verdict::Dropped("it is about nobody here"));
        };
        accounts::lock(&tx, actor.id).await?;
        if withdrawn::is_withdrawn(&tx, &actor.uri, uri, tx.now()).await? {
            return Ok(Verdict::Dropped("it was undone before it came"));
        }
        if !blocks::exists(&tx, actor.id, target.id).await? {
            shut_out(&tx, actor.id, target.id).await?;
        }
        blocks::set_uri(&tx, actor.id, target.id, uri).await?;
        Ok(Verdict::Done)
    })
    .await
}
