//! Custom emojis of this server: a map in memory, read whenever a text is shown, and the verbs that
//! change them. Those of other servers are not here.

pub mod import;
pub mod remove;
pub mod switch;

use store::custom_emojis;
use store::{Change, Tx};

use crate::bus::{self, Event};
pub use crate::cache::emojis::EMOJIS_MAX;
use crate::{App, Result};

pub use store::custom_emojis::CustomEmoji;

/// Reads the map anew, after a change here or on another node.
pub async fn reload(app: &App) -> Result<()> {
    app.context().emojis.reload(&app.db, |key| app.urls().media_url(key)).await?;
    app.cards.forget(&[Change::Everything]);
    Ok(())
}

/// All emojis of this server, those switched off too.
pub async fn list(app: &App) -> Result<Vec<CustomEmoji>> {
    app.read(|r| async move { Ok(custom_emojis::list_local(&r, EMOJIS_MAX).await?) }).await
}

/// To be called in the transaction of each change.
fn changed(tx: &Tx) {
    bus::publish(tx, &Event::EmojisChanged);
}
