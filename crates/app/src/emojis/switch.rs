//! Switching a custom emoji off, so that texts show its shortcode again, and on.

use store::audit_log::{self, Origin};
use store::custom_emojis;

use super::{changed, reload};
use crate::{App, Error, Result, Words};

/// Errors: `NotFound` if there is none of that name.
pub async fn switch(app: &App, origin: Origin, shortcode: &str, on: bool) -> Result<()> {
    let shortcode = shortcode.to_owned();
    app.write(move |tx| async move {
        if !custom_emojis::set_disabled(&tx, &shortcode, !on).await? {
            return Err(Error::NotFound(Words::new("error-no-emoji").with("name", shortcode)));
        }
        audit_log::record(&tx, origin, if on { "emoji.enable" } else { "emoji.disable" }, &shortcode, "{}").await?;
        changed(&tx);
        Ok(())
    })
    .await?;
    reload(app).await
}
