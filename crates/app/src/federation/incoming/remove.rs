//! Remove: statuses that their authors pin no longer.

use store::{pins, remote_statuses};
use wire::activity::document;

use super::activity::{Inbound, Verdict};
use super::add::is_featured;
use crate::{App, Result};

pub(super) async fn receive(app: &App, inbound: Inbound) -> Result<Verdict> {
    if !is_featured(app, &inbound).await? {
        return Ok(Verdict::Dropped("its target is not what its actor features"));
    }
    let Some(uri) = document::id_of(&inbound.activity, "object").map(str::to_owned) else { return Ok(Verdict::Dropped("its object has no id")) };
    let actor = inbound.actor.id;
    app.write(move |tx| async move {
        match remote_statuses::find_by_uri(&tx, &uri).await? {
            Some(known) if known.account_id == actor => {
                pins::delete(&tx, actor, known.id).await?;
                Ok(Verdict::Done)
            }
            _ => Ok(Verdict::Dropped("its object is not known, or another's")),
        }
    })
    .await
}
