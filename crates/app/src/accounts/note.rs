//! A private note about somebody.

use store::{AccountId, account_notes};
use text::Limit;

use crate::accounts::block::known;
use crate::{App, Error, Result, Viewer, Words};

/// As in Mastodon.
const COMMENT: Limit = Limit::code_points(2_000);

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
        if let Some(problem) = Words::if_too_long("invalid-comment-too-long", &comment, COMMENT) {
            return Err(Error::Invalid(vec![problem]));
        }
        Ok(account_notes::put(&tx, me, target, &comment).await?)
    })
    .await
}
