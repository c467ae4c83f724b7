//! Accounts by handle, by the beginnings of their names, and by the words of the bios of those who
//! want to be found.

use std::collections::HashSet;

use store::search::{Query, Term, accounts as rows};
use store::{AccountId, Reader, accounts, follows};

use super::resolve;
use crate::{App, Result};

/// Longer queries are cut.
const QUERY_CHARS_MAX: usize = 200;
/// Words of a query that count.
const WORDS_MAX: usize = 10;
/// Matches that are put into order; of more, the newest accounts.
const CANDIDATES: i64 = 1_000;
/// Of the followed, so many are looked through, the newest follows first.
const FOLLOWS: i64 = 2_000;
/// Results further down are not reached.
const OFFSET_MAX: i64 = 1_000;
/// What strangers must type before they get more than the account of exactly that handle.
const STRANGERS_CHARS_MIN: usize = 3;

/// Accounts to be found.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub query: String,
    /// Only those the viewer follows.
    pub following: bool,
    /// Bios are looked through, too.
    pub bios: bool,
    /// An unknown handle of another server is asked for there.
    pub resolve: bool,
    pub limit: i64,
    pub offset: i64,
}

/// The account of exactly this handle first, even if the viewer blocks it (else it could not be found
/// to be unblocked); then the followed; then who has more followers. Suspended accounts, and those with
/// whom the viewer has a block or a mute, are not among the rest.
pub async fn search(app: &App, viewer: Option<AccountId>, wanted: Wanted) -> Result<Vec<AccountId>> {
    let typed = resolve::without_marks(&wanted.query);
    let query: String = typed.trim_start_matches('@').chars().take(QUERY_CHARS_MAX).collect();
    if query.is_empty() || wanted.limit < 1 || wanted.offset > OFFSET_MAX {
        return Ok(Vec::new());
    }
    let (username, domain) = query.split_once('@').unwrap_or((&query, ""));
    let is_local = app.urls().is_local_domain(domain);
    let handle = (username.to_owned(), app.urls().domain_key(Some(domain)));
    let is_short = viewer.is_none() && query.chars().count() < STRANGERS_CHARS_MIN;
    let words = if is_short { Query::default() } else { of_words(if is_local { username } else { &query }, wanted.bios) };
    let me = viewer.unwrap_or_default();
    let resolved = match viewer.filter(|_| wanted.resolve && wanted.offset == 0) {
        Some(viewer) => resolve::handle(app, viewer, &query).await?,
        None => None,
    };
    app.read(move |r| async move {
        let mut found = Vec::new();
        if let Some(exact) = exact(&r, resolved, &handle).await?
            && (!wanted.following || follows::exists(&r, me, exact).await?)
        {
            found.push(exact);
        }
        let up_to = wanted.limit + wanted.offset;
        let mut candidates = rows::followed_candidates(&r, &words, me, FOLLOWS).await?;
        if !wanted.following {
            candidates.extend(rows::candidates(&r, &words, CANDIDATES).await?);
        }
        found.extend(rows::ranked(&r, &candidates, me, up_to, 0).await?);
        let mut seen = HashSet::new();
        found.retain(|id| seen.insert(*id));
        let skip = usize::try_from(wanted.offset).unwrap_or_default();
        let take = usize::try_from(wanted.limit).unwrap_or_default();
        Ok(found.into_iter().skip(skip).take(take).collect())
    })
    .await
}

async fn exact(r: &Reader, resolved: Option<AccountId>, (username, domain): &(String, String)) -> Result<Option<AccountId>> {
    let found = match resolved {
        Some(id) => accounts::find(r, id).await?,
        None => accounts::find_by_handle(r, username, domain).await?,
    };
    Ok(found.filter(|a| a.usable && a.id.0 > 0 && a.suspended_at.is_none()).map(|a| a.id))
}

/// Every word may be the beginning of one.
fn of_words(query: &str, bios: bool) -> Query {
    let words = query.split_whitespace().flat_map(text::tokens::query).take(WORDS_MAX);
    Query { all: words.map(|sequence| vec![Term::Beginning(sequence, bios)]).collect(), none: Vec::new() }
}
