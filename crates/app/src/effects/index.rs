//! What of statuses and accounts goes into the search index, and when.
//!
//! A status's row is written in the transaction that makes or changes it, and anew when somebody here
//! takes it into their library by an act, or out of it: their marks are in the row, so that a search of
//! one's own library is one walk of the index. Where a status has many readers, a job does that a
//! little later, once for all acts of the meantime.

use store::search::statuses::{self, Source};
use store::search::{self};
use store::statuses::Visibility;
use store::{AccountId, StatusId, Tx, media, polls, tags};

use crate::Result;
use crate::queue::{self, IndexAccount, IndexStatus};

/// Raised when tokens or marks are made otherwise: the index is then built anew.
pub(crate) const VERSION: i64 = 1;
/// Readers of one status that are marked in its row; the others do not find it in their library.
const READERS_MAX: i64 = 5_000;
/// With more readers, a row is written by a job.
const READERS_AT_ONCE: i64 = 100;
const LATER_MS: i64 = 10_000;

// Kinds of marks. No word begins with an underscore.
pub(crate) const PUBLIC: &str = "_public";
pub(crate) const READER: &str = "_u";
pub(crate) const AUTHOR: &str = "_a";
pub(crate) const PROPERTY: &str = "_h";
pub(crate) const LANGUAGE: &str = "_l";
pub(crate) const TAG: &str = "_t";

const IMAGE: i64 = 0;
const VIDEO: i64 = 2;
const AUDIO: i64 = 4;

/// A mark of one kind: one token, whatever the name.
pub(crate) fn mark(kind: &str, name: &str) -> String {
    let name = name.chars().map(|c| if c.is_alphanumeric() || !c.is_ascii() && !c.is_whitespace() { c } else { '_' });
    format!("{kind}{}", name.flat_map(char::to_lowercase).collect::<String>())
}

/// Writes the row of a status, or removes it if nobody here may find it. Called in the transaction that
/// makes or changes the status.
pub(crate) async fn index(tx: &Tx, id: StatusId) -> Result<()> {
    statuses::lock(tx, id).await?;
    let Some(source) = statuses::find_source(tx, id).await? else { return Ok(statuses::delete(tx, &[id]).await?) };
    let mut readers = statuses::readers(tx, id, READERS_MAX).await?;
    if source.author_is_local && !readers.contains(&source.account_id) {
        readers.push(source.account_id);
    }
    let is_public = source.indexable && Visibility::from_number(source.visibility) == Visibility::Public;
    if readers.is_empty() && !is_public {
        return Ok(statuses::delete(tx, &[id]).await?);
    }
    let pictures = media::list_of_statuses(tx, &[id]).await?;
    let options = match source.poll_id {
        Some(poll) => polls::list_options(tx, &[poll]).await?,
        None => Vec::new(),
    };
    let body = if source.local { source.text.clone() } else { text::plain::from_html(&source.content) };
    let mut parts = vec![source.spoiler_text.as_str(), body.as_str()];
    parts.extend(pictures.iter().filter_map(|picture| picture.description.as_deref()));
    parts.extend(options.iter().map(|option| option.title.as_str()));
    // Without a language, as if it were English: most such texts are.
    let document = text::tokens::document(&parts, source.language.as_deref().or(Some("en")));
    let mut marks = document.extras;
    if is_public {
        marks.push(PUBLIC.to_owned());
    }
    marks.push(format!("{AUTHOR}{}", source.account_id));
    marks.extend(readers.iter().map(|reader| format!("{READER}{reader}")));
    marks.extend(source.language.as_deref().map(|language| mark(LANGUAGE, language)));
    marks.extend(tags::list(tx, &[id]).await?.iter().map(|tag| mark(TAG, &text::tags::normalize(&tag.name))));
    let kinds: Vec<i64> = pictures.iter().map(|picture| picture.kind).collect();
    marks.extend(properties(&source, &kinds, &body).into_iter().map(|property| mark(PROPERTY, property)));
    Ok(statuses::put(tx, id, &document.words, &marks).await?)
}

/// What `has:` and `is:` ask for.
fn properties(source: &Source, kinds: &[i64], body: &str) -> Vec<&'static str> {
    let has_link = || text::links::scan(body).iter().any(|entity| entity.kind == text::EntityKind::Url);
    let all = [
        ("media", !kinds.is_empty()),
        ("image", kinds.contains(&IMAGE)),
        ("video", kinds.contains(&VIDEO)),
        ("audio", kinds.contains(&AUDIO)),
        ("sensitive", source.sensitive),
        ("reply", source.reply),
        ("poll", source.poll_id.is_some()),
        ("link", has_link()),
    ];
    all.into_iter().filter(|(_, holds)| *holds).map(|(name, _)| name).collect()
}

/// Writes the row anew after somebody took the status into their library or out of it.
pub(crate) async fn refresh(tx: &Tx, id: StatusId) -> Result<()> {
    if statuses::readers(tx, id, READERS_AT_ONCE + 1).await?.len() as i64 > READERS_AT_ONCE {
        return queue::enqueue_in(tx, &IndexStatus { status: id }, LATER_MS).await;
    }
    index(tx, id).await
}

/// Writes the row of an account after it was made or its profile changed, or removes it.
pub(crate) async fn index_account(tx: &Tx, id: AccountId) -> Result<()> {
    let Some(source) = search::accounts::find_source(tx, id).await? else { return Ok(search::accounts::delete(tx, id).await?) };
    let joined = source.username.replace('_', "");
    let names = text::tokens::document(&[&source.username, &source.display_name, &source.domain, &joined], None).words;
    let bio = if source.domain.is_empty() { source.note.clone() } else { text::plain::from_html(&source.note) };
    let bio = if source.discoverable == Some(true) { text::tokens::document(&[&bio], None).words } else { Vec::new() };
    Ok(search::accounts::put(tx, id, &names, &bio).await?)
}

/// To be called when a profile changed: its row is written, and if the account's wish about searching
/// its statuses changed, those of its statuses, by a job.
pub async fn profile_changed(tx: &Tx, id: AccountId, indexable_changed: bool) -> Result<()> {
    index_account(tx, id).await?;
    if indexable_changed {
        queue::enqueue(tx, &IndexAccount { account: id, before: StatusId(i64::MAX) }).await?;
    }
    Ok(())
}
