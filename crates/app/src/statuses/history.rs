//! How a status came to be as it is.

use store::edits::{self, Edit};
use store::media::Media;
use store::polls;
use store::statuses::Status;
use store::{AccountId, Reader, StatusId, media};
use wire::Id;
use wire::mastodon::StatusSource;

use crate::{App, Error, Result, policy};

/// Revisions shown of one status.
const REVISIONS_MAX: i64 = 1000;

/// What its author wrote.
///
/// Errors: `NotFound` if the viewer may not see it.
/// Source: docs.joinmastodon.org/methods/statuses/#source
pub async fn source(app: &App, viewer: Option<AccountId>, id: StatusId) -> Result<StatusSource> {
    app.read(move |r| async move {
        let status = policy::visible_status(&r, viewer, id).await?;
        Ok(StatusSource { id: Id(status.id.0), text: status.text, spoiler_text: status.spoiler_text })
    })
    .await
}

/// The revisions of a status and the attachments that they name.
pub struct History {
    pub author: AccountId,
    pub revisions: Vec<Edit>,
    pub media: Vec<Media>,
}

/// The revisions of `id`, the original first; what was never edited has one.
///
/// Errors: `NotFound` if the viewer may not see it.
/// Source: docs.joinmastodon.org/methods/statuses/#history
pub async fn history(app: &App, viewer: Option<AccountId>, id: StatusId) -> Result<History> {
    app.read(move |r| async move {
        let status = policy::visible_status(&r, viewer, id).await?;
        let mut attached = media::list_of_statuses(&r, &[id]).await?;
        let mut revisions = edits::list(&r, id, REVISIONS_MAX).await?;
        if revisions.is_empty() {
            revisions.push(revision(&r, &status, &attached).await?);
        }
        attached.extend(media::list_former(&r, id).await?);
        Ok(History { author: status.account_id, revisions, media: attached })
    })
    .await
}

/// A status as it is now, as a revision. `media` is what is attached to it.
pub(crate) async fn revision(r: &Reader, status: &Status, media: &[Media]) -> Result<Edit> {
    let options = match status.poll_id {
        Some(poll) => Some(polls::list_options(r, &[poll]).await?.into_iter().map(|option| option.title).collect::<Vec<_>>()),
        None => None,
    };
    let media: Vec<Shown> = media.iter().map(|m| Shown { id: Id(m.id.0), description: m.description.clone() }).collect();
    Ok(Edit {
        account_id: Some(status.account_id),
        text: status.text.clone(),
        content: status.content.clone(),
        spoiler_text: status.spoiler_text.clone(),
        sensitive: Some(status.sensitive),
        media: Some(serde_json::to_string(&media).map_err(Error::internal)?),
        poll_options: options.map(|titles| serde_json::to_string(&titles)).transpose().map_err(Error::internal)?,
        created_at: status.edited_at.unwrap_or(status.created_at),
    })
}

/// An attachment of a revision.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Shown {
    pub id: Id,
    pub description: Option<String>,
}
