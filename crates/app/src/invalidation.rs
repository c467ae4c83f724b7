//! What is kept in memory, forgotten or read again when something has changed it, here or on another node.
//!
//! What opens something (tokens, keys of others) is forgotten before anybody hears of the event: see [`forget_at_once`].
//! The rest is read again by a task of its own, so that nothing waits behind what streams render.

use std::time::Duration;

use store::Change;
use tokio::sync::broadcast::error::RecvError;

use crate::bus::Event;
use crate::cache::signers::Signers;
use crate::cache::tokens::Tokens;
use crate::federation::domains;
use crate::{App, Result, emojis};

/// Between attempts to read again what may have been missed.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Follows the bus until the server stops: everything that is published from now on.
pub fn run(app: App) -> impl Future<Output = ()> + Send {
    let mut events = app.bus.listen();
    async move {
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                () = app.stopping.cancelled() => return,
            };
            let done = match event {
                Ok(event) => apply(&app, &event).await,
                Err(RecvError::Lagged(_)) => Err(crate::Error::internal("events were missed")),
                Err(RecvError::Closed) => return,
            };
            // Among what was missed, or could not be read, may be anything.
            if let Err(error) = done {
                tracing::warn!(%error, "what is kept in memory is read again");
                reload_until_done(&app).await;
            }
        }
    }
}

/// Until it has worked: nothing may be shown for longer than the database is away that is older than what was missed.
async fn reload_until_done(app: &App) {
    while let Err(error) = reload_all(app).await {
        tracing::warn!(%error, "what is kept in memory cannot be read again; trying once more");
        tokio::select! {
            () = tokio::time::sleep(RETRY_PAUSE) => {}
            () = app.stopping.cancelled() => return,
        }
    }
}

/// What may be used no more once an event is heard: whoever closes a stream for it can be sure that no new one is opened
/// with what was remembered.
pub(crate) fn forget_at_once(tokens: &Tokens, signers: &Signers, event: &Event) {
    match event {
        Event::Revoked { tokens: revoked } => tokens.forget(revoked),
        Event::UserChanged { account } => tokens.forget_account(*account),
        Event::KeysChanged { account } => signers.forget(*account),
        Event::Missed => {
            tokens.forget_all();
            signers.forget_all();
        }
        _ => {}
    }
}

/// Reads again what one event has made stale.
async fn apply(app: &App, event: &Event) -> Result<()> {
    match event {
        Event::SettingsChanged => {
            app.forget_facts();
            app.settings.reload(&app.db).await?;
        }
        Event::EmojisChanged => emojis::reload(app).await?,
        Event::DomainsChanged => domains::reload(app).await?,
        Event::Missed => reload_all(app).await?,
        Event::Revoked { .. }
        | Event::UserChanged { .. }
        | Event::KeysChanged { .. }
        | Event::Feed { .. }
        | Event::Lists { .. }
        | Event::Posted { .. }
        | Event::Edited { .. }
        | Event::Conversation { .. }
        | Event::Deleted { .. }
        | Event::Withdrawn { .. }
        | Event::Notification { .. }
        | Event::MediaDone { .. } => {}
    }
    Ok(())
}

/// Reads everything again that is kept of the instance and of others, because a change of it may have been missed.
pub async fn reload_all(app: &App) -> Result<()> {
    app.tokens.forget_all();
    app.signers.forget_all();
    app.forget_facts();
    app.cards.forget(&[Change::Everything]);
    app.settings.reload(&app.db).await?;
    emojis::reload(app).await?;
    domains::reload(app).await
}
