//! A private note about somebody.

use store::{AccountId, account_notes};

use crate::accounts::block::known;
use crate::{App, Error, Result, Viewer, Words};

/// Characters of a note, as in Mastodon.
const COMMENT_MAX: usize = 2_000;

/// Writes the viewer's note about `target`; a blank one is taken away.
///
/// Errors: `NotFound`; `Invalid` for one that is too long.
/// Source: docs.joinmastodon.org/methods/accounts/#note
pub async fn note(app: &App, viewer: &Viewer, target: AccountId, comment: String) -> Result<()> {
    let me = viewer.account_id;
    app.write(move |tx| async move {
        known(&tx, target).await?;
        if comment.trim().is_empty() {
            return Ok(account_notes::delete(&tx, me, target).await?);
        }
        if comment.chars().count() > COMMENT_MAX {
            return Err(Error::Invalid(vec![Words::new("invalid-comment-too-long").with("max", COMMENT_MAX)]));
        }
        Ok(account_notes::put(&tx, me, target, &comment).await?)
    })
    .await
}
