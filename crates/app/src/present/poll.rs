//! Polls.

use std::collections::HashMap;

use store::polls::{self, Poll, PollOption};
use store::{AccountId, PollId, Reader};
use wire::mastodon as m;
use wire::{DateTime, Id};

use super::account::remote_emojis;
use crate::cache::context::Context;
use crate::{App, Error, Result};

/// Everything needed to show some polls: two queries, three for a viewer, none without polls.
#[derive(Default)]
pub struct Loaded {
    polls: HashMap<PollId, Poll>,
    options: HashMap<PollId, Vec<PollOption>>,
    votes: HashMap<PollId, Vec<i64>>,
}

/// One poll. The caller has decided that the viewer may see it. Errors: `NotFound`.
pub async fn poll(app: &App, viewer: Option<AccountId>, id: PollId) -> Result<m::Poll> {
    let loaded = app.read(move |r| async move { load(&r, viewer, &[id]).await }).await?;
    loaded.poll(app.context(), viewer, app.now_ms(), id).ok_or_else(Error::not_found)
}

pub async fn load(r: &Reader, viewer: Option<AccountId>, ids: &[PollId]) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    if ids.is_empty() {
        return Ok(loaded);
    }
    loaded.polls = polls::list(r, ids).await?.into_iter().map(|poll| (poll.id, poll)).collect();
    for option in polls::list_options(r, ids).await? {
        loaded.options.entry(option.poll_id).or_default().push(option);
    }
    if let Some(viewer) = viewer {
        for (poll, choice) in polls::list_votes(r, viewer, ids).await? {
            loaded.votes.entry(poll).or_default().push(choice);
        }
    }
    Ok(loaded)
}

impl Loaded {
    pub fn poll(&self, context: &Context, viewer: Option<AccountId>, now_ms: i64, id: PollId) -> Option<m::Poll> {
        let poll = self.polls.get(&id)?;
        let expired = poll.expired(now_ms);
        let hidden = poll.hide_totals && !expired;
        let options = self.options.get(&id).map(Vec::as_slice).unwrap_or_default();
        let own = self.votes.get(&id).cloned().unwrap_or_default();
        Some(m::Poll {
            id: Id(id.0),
            expires_at: poll.expires_at.map(DateTime),
            expired,
            multiple: poll.multiple,
            votes_count: poll.votes_count,
            voters_count: poll.voters_count,
            options: options
                .iter()
                .map(|option| m::PollOption { title: option.title.clone(), votes_count: (!hidden).then_some(option.votes_count) })
                .collect(),
            emojis: emojis(context, poll, options),
            voted: viewer.map(|viewer| viewer == poll.account_id || !own.is_empty()),
            own_votes: viewer.map(|_| own),
        })
    }
}

/// The custom emojis of its options: those of its own server.
fn emojis(context: &Context, poll: &Poll, options: &[PollOption]) -> Vec<m::CustomEmoji> {
    let titles: Vec<&str> = options.iter().map(|option| option.title.as_str()).collect();
    match &poll.emojis {
        Some(theirs) => remote_emojis(context, theirs, &titles),
        None => context.emojis.in_texts(titles),
    }
}
