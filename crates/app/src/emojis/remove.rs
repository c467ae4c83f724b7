//! Removing a custom emoji for good. Its files go an hour later, when nothing names them.

use store::audit_log::{self, Origin};
use store::custom_emojis;

use super::{changed, reload};
use crate::{App, Error, Result, Words};

/// Errors: `NotFound` if there is none of that name.
pub async fn remove(app: &App, origin: Origin, shortcode: &str) -> Result<()> {
    let shortcode = shortcode.to_owned();
    app.write(move |tx| async move {
        if !custom_emojis::remove(&tx, &shortcode).await? {
            return Err(Error::NotFound(Words::new("error-no-emoji").with("name", shortcode)));
        }
        audit_log::record(&tx, origin, "emoji.remove", &shortcode, "{}").await?;
        changed(&tx);
        Ok(())
    })
    .await?;
    reload(app).await
}
