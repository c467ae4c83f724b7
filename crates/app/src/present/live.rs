//! Statuses for streams: JSON that is written once and told to many.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use store::streams::{self, Mark};
use store::{AccountId, StatusId};
use wire::WriteJson;
use wire::mastodon as m;

use super::status;
use super::view::view;
use crate::{App, Error, Result};

/// A viewer who has done nothing to any status.
const NOBODY: AccountId = AccountId(0);

/// The JSON of a status as each of `viewers` sees it; all who have done the same to it share one text.
/// It takes the same number of statements for any number of viewers. Empty when the status is deleted.
pub async fn for_viewers(app: &App, id: StatusId, viewers: Vec<AccountId>) -> Result<HashMap<AccountId, Arc<str>>> {
    if viewers.is_empty() {
        return Ok(HashMap::new());
    }
    let of_all = viewers.clone();
    let (plain, authors, marks) = view(app, Some(NOBODY), move |r, view| async move {
        let Some(plain) = status::load(&r, &view, &[id]).await?.status(id) else { return Ok((None, HashMap::new(), Vec::new())) };
        let inner = plain.reblog.as_deref();
        let ids: Vec<StatusId> = [Some(&plain), inner].into_iter().flatten().map(|status| StatusId(status.id.0)).collect();
        let marks = streams::list_marks(&r, &viewers, &ids).await?;
        // An author sees more than others: at most two of them, so at most two more loads.
        let mut authors = HashMap::new();
        for author in [Some(&plain), inner].into_iter().flatten().map(|status| AccountId(status.account.id.0)) {
            if viewers.contains(&author) && !authors.contains_key(&author) {
                let own = status::load(&r, &view.of(author), &[id]).await?.status(id);
                authors.insert(author, own.ok_or_else(Error::not_found)?);
            }
        }
        Ok((Some(plain), authors, marks))
    })
    .await?;
    let Some(plain) = plain else { return Ok(HashMap::new()) };
    let mut of_viewer: HashMap<AccountId, Vec<(StatusId, Mark)>> = HashMap::new();
    for (viewer, status, mark) in marks {
        of_viewer.entry(viewer).or_default().push((status, mark));
    }
    let mut texts: HashMap<Vec<(StatusId, Mark)>, Arc<str>> = HashMap::new();
    let mut shown = HashMap::new();
    for viewer in of_all {
        if let Some(own) = authors.get(&viewer) {
            shown.insert(viewer, json(own)?);
            continue;
        }
        let mut marks = of_viewer.remove(&viewer).unwrap_or_default();
        marks.sort();
        let text = match texts.entry(marks) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => {
                let text = json(&marked(plain.clone(), new.key()))?;
                new.insert(text).clone()
            }
        };
        shown.insert(viewer, text);
    }
    Ok(shown)
}

/// The JSON of a status as public streams tell it: without a viewer, and filtered by nothing.
///
/// Errors: `NotFound` when it is deleted.
pub async fn for_everybody(app: &App, id: StatusId) -> Result<Arc<str>> {
    let mut shown = status::status(app, None, id).await?;
    shown.filtered = Some(Vec::new());
    json(&shown)
}

fn marked(mut shown: m::Status, marks: &[(StatusId, Mark)]) -> m::Status {
    let own = shown.id;
    // A reblog's marks are those of what it shows.
    let original = shown.reblog.as_ref().map_or(own, |inner| inner.id);
    let marks: Vec<Mark> = marks.iter().filter(|(status, _)| status.0 == original.0).map(|(_, mark)| *mark).collect();
    mark(&mut shown, &marks);
    if let Some(inner) = shown.reblog.as_deref_mut() {
        mark(inner, &marks);
    }
    shown
}

fn mark(shown: &mut m::Status, marks: &[Mark]) {
    shown.favourited = Some(marks.contains(&Mark::Favourited));
    shown.reblogged = Some(marks.contains(&Mark::Reblogged));
    shown.bookmarked = Some(marks.contains(&Mark::Bookmarked));
    shown.muted = Some(marks.contains(&Mark::Muted));
    if let Some(poll) = &mut shown.poll {
        let own: Vec<i64> = marks.iter().filter_map(|mark| if let Mark::Voted(choice) = mark { Some(*choice) } else { None }).collect();
        poll.voted = Some(!own.is_empty());
        poll.own_votes = Some(own);
    }
}

fn json(status: &m::Status) -> Result<Arc<str>> {
    let mut json = Vec::new();
    status.write_json(&mut json).map_err(Error::internal)?;
    String::from_utf8(json).map(Into::into).map_err(Error::internal)
}
