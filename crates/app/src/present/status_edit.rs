//! Revisions of a status.

use store::AccountId;
use store::edits::Edit;
use store::media::Media;
use wire::mastodon as m;
use wire::{DateTime, Id};

use super::{account, media};
use crate::cache::context::Context;
use crate::{App, Error, Result};

/// The revisions of a status and the attachments that they name.
pub struct History {
    pub author: AccountId,
    pub revisions: Vec<Edit>,
    pub media: Vec<Media>,
    /// JSON, as `statuses.emojis`: those of the author's server that the revisions show, if that is another server.
    pub emojis: Option<String>,
}

/// An attachment of a revision.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Shown {
    pub id: Id,
    pub description: Option<String>,
}

/// The revisions with their author and attachments.
pub async fn history(app: &App, history: History) -> Result<Vec<m::StatusEdit>> {
    let author = account::accounts(app, vec![history.author]).await?.pop().ok_or_else(Error::not_found)?;
    let attachments: Vec<m::MediaAttachment> = history.media.iter().map(|m| media::media(app.context(), m)).collect();
    let emojis = history.emojis;
    Ok(history.revisions.into_iter().map(|edit| revision(app.context(), edit, &author, &attachments, emojis.as_deref())).collect())
}

/// `theirs` are the emojis of the author's server, if that is another.
fn revision(context: &Context, edit: Edit, author: &m::Account, attachments: &[m::MediaAttachment], theirs: Option<&str>) -> m::StatusEdit {
    let shown: Vec<Shown> = edit.media.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
    let attachment = |shown: Shown| {
        let found = attachments.iter().find(|m| m.id == Id(shown.id.0))?;
        Some(m::MediaAttachment { description: shown.description.filter(|d| !d.is_empty()), ..found.clone() })
    };
    let titles: Option<Vec<String>> = edit.poll_options.and_then(|json| serde_json::from_str(&json).ok());
    let emojis = {
        let words = if theirs.is_some() { &edit.content } else { &edit.text };
        let texts: Vec<&str> = [edit.spoiler_text.as_str(), words].into_iter().chain(titles.iter().flatten().map(String::as_str)).collect();
        match theirs {
            Some(theirs) => account::remote_emojis(context, theirs, &texts),
            None => context.emojis.in_texts(texts),
        }
    };
    m::StatusEdit {
        content: edit.content,
        spoiler_text: edit.spoiler_text,
        sensitive: edit.sensitive.unwrap_or(false),
        created_at: DateTime(edit.created_at),
        account: author.clone(),
        poll: titles.map(|titles| m::StatusEditPoll { options: titles.into_iter().map(|title| m::StatusEditOption { title }).collect() }),
        media_attachments: shown.into_iter().filter_map(attachment).collect(),
        emojis,
        quote: None,
    }
}
