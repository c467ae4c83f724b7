//! How a status came to be as it is.

use store::edits::{self, Edit};
use store::media::Media;
use store::polls;
use store::statuses::Status;
use store::{AccountId, Reader, StatusId, accounts, media, remote_emojis};
use wire::Id;
use wire::mastodon::StatusSource;

use crate::present::status_edit::{History, Shown};
use crate::{App, Error, Result, policy};

/// Revisions shown of one status.
const REVISIONS_MAX: i64 = 1000;
/// Words between colons that are looked up for them: several times those that one status brings along.
const EMOJIS_MAX: usize = 1000;

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
        let emojis = if status.local { None } else { Some(emojis(&r, &status, &revisions).await?) };
        Ok(History { author: status.account_id, revisions, media: attached, emojis })
    })
    .await
}

/// The emojis of its author's server that are in the revisions of a status. An earlier one may show some that the newest
/// does not have.
async fn emojis(r: &Reader, status: &Status, revisions: &[Edit]) -> Result<String> {
    let author = accounts::find(r, status.account_id).await?.ok_or_else(Error::not_found)?;
    let texts = revisions.iter().flat_map(|edit| [Some(&edit.spoiler_text), Some(&edit.content), edit.poll_options.as_ref()]).flatten();
    // Other servers have shortcodes of any letters, so whatever stands between colons may be one.
    let names = texts.flat_map(|text| text.split(':').skip(1)).filter(|name| !name.is_empty() && !name.contains(char::is_whitespace));
    let mut shortcodes: Vec<String> = names.take(EMOJIS_MAX).map(str::to_owned).collect();
    shortcodes.sort();
    shortcodes.dedup();
    let known = remote_emojis::list(r, &author.domain, &shortcodes).await?;
    let mut shown: Vec<(i64, String)> = known.into_iter().filter(|emoji| !emoji.disabled).map(|emoji| (emoji.id.0, emoji.shortcode)).collect();
    shown.sort();
    serde_json::to_string(&shown).map_err(Error::internal)
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
