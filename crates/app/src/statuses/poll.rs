//! Polls: what makes a good one, and voting.

use std::collections::HashSet;

use store::polls::{self, Poll, Shape};
use store::{AccountId, PollId, Tx, accounts, blocks, statuses};
use text::Limit;

use crate::effects::{index, refresh};
use crate::federation::outgoing;
use crate::policy::polls::{DURATION_MAX_S, DURATION_MIN_S, OPTION_CHARS, OPTIONS_MAX, OPTIONS_MIN};
use crate::queue::{self, ClosePoll};
use crate::{App, Error, Result, Viewer, Words, policy};

/// A poll as its author wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PollDraft {
    pub options: Vec<String>,
    /// Seconds from when it is posted.
    pub expires_in: Option<i64>,
    pub multiple: bool,
    pub hide_totals: bool,
}

/// Trims the options and adds what is wrong with the poll to `problems`.
///
/// Source: docs.joinmastodon.org/methods/statuses/#create and Mastodon's poll validators
pub(crate) fn check(mut draft: PollDraft, problems: &mut Vec<Words>) -> PollDraft {
    draft.options = draft.options.iter().map(|option| option.trim().to_owned()).filter(|option| !option.is_empty()).collect();
    let options = &draft.options;
    if options.is_empty() {
        problems.push(Words::new("invalid-poll-options-blank"));
    }
    if options.len() < OPTIONS_MIN {
        problems.push(Words::new("invalid-poll-options-few"));
    }
    if options.len() > OPTIONS_MAX {
        problems.push(Words::new("invalid-poll-options-many").with("max", OPTIONS_MAX));
    }
    problems.extend(options.iter().find_map(|option| Words::if_too_long("invalid-poll-options-long", option, Limit::graphemes(OPTION_CHARS))));
    if options.iter().collect::<HashSet<_>>().len() < options.len() {
        problems.push(Words::new("invalid-poll-options-duplicate"));
    }
    match draft.expires_in {
        None => problems.push(Words::new("invalid-poll-deadline-blank")),
        Some(seconds) if seconds > DURATION_MAX_S => problems.push(Words::new("invalid-poll-deadline-late")),
        Some(seconds) if seconds < DURATION_MIN_S => problems.push(Words::new("invalid-poll-deadline-soon")),
        Some(_) => {}
    }
    draft
}

/// The poll that a checked draft becomes when it is posted at `now_ms`.
pub(crate) fn shape(draft: &PollDraft, now_ms: i64) -> Shape {
    Shape {
        options: draft.options.clone(),
        multiple: draft.multiple,
        hide_totals: draft.hide_totals,
        expires_at: now_ms + draft.expires_in.unwrap_or(DURATION_MIN_S) * 1000,
    }
}

/// Has the poll's end told to those who took part.
pub(crate) async fn close_in_time(tx: &Tx, poll: PollId, shape: &Shape) -> Result<()> {
    queue::enqueue_in(tx, &ClosePoll { poll, after: AccountId(0) }, (shape.expires_at - tx.now()).max(0)).await
}

/// Whether the viewer may see the poll. The counts of another server are asked for again if they are old. Errors: `NotFound`.
/// Source: docs.joinmastodon.org/methods/polls/#get
pub async fn show(app: &App, viewer: Option<AccountId>, id: PollId) -> Result<()> {
    let is_of_another_server = app
        .read(move |r| async move {
            let poll = polls::find(&r, id).await?.ok_or_else(Error::not_found)?;
            Ok(!policy::visible_status(&r, viewer, poll.status_id).await?.local)
        })
        .await?;
    if is_of_another_server && viewer.is_some() {
        app.write(move |tx| async move { refresh::poll(&tx, id).await }).await?;
    }
    Ok(())
}

/// Votes for `choices`, positions of options; none is no vote.
///
/// In a poll of one choice one votes once; in another, once for each choice. Two votes at once are one after
/// the other. Errors: `NotFound`; `Invalid` when it has ended, is one's own, has no such choice, or was voted before.
/// Source: docs.joinmastodon.org/methods/polls/#vote
pub async fn vote(app: &App, viewer: &Viewer, id: PollId, choices: Vec<i64>) -> Result<()> {
    let me = viewer.account_id;
    app.write(move |tx| async move {
        let poll = cast(&tx, me, id, &choices).await?;
        if !choices.is_empty()
            && let Some(status) = statuses::find(&tx, poll.status_id).await?.filter(|status| !status.local)
        {
            outgoing::create::votes(&tx, me, &status, id, &choices).await?;
        }
        Ok(())
    })
    .await
}

/// A vote of `voter`, who may be of another server. Errors: as [`vote`].
pub(crate) async fn cast(tx: &Tx, voter: AccountId, id: PollId, choices: &[i64]) -> Result<Poll> {
    let poll = polls::find(tx, id).await?.ok_or_else(Error::not_found)?;
    policy::visible_status(tx, Some(voter), poll.status_id).await?;
    if blocks::exists(tx, voter, poll.account_id).await? || blocks::exists(tx, poll.account_id, voter).await? {
        return Err(Error::forbidden());
    }
    // The status first, as an edit does: two that wait for each other would never end.
    statuses::lock(tx, poll.status_id).await?;
    let poll = polls::find_locked(tx, id).await?.ok_or_else(Error::not_found)?;
    let before: Vec<i64> = polls::list_votes(tx, voter, &[id]).await?.into_iter().map(|(_, choice)| choice).collect();
    let options = polls::list_options(tx, &[id]).await?.len();
    if let Some(refusal) = refusal(&poll, voter, choices, &before, options, tx.now()) {
        return Err(Error::invalid(refusal));
    }
    for choice in choices {
        if !polls::insert_vote(tx, id, voter, *choice).await? {
            return Err(Error::invalid("invalid-vote-twice"));
        }
    }
    if !choices.is_empty() {
        polls::count(tx, id, choices, before.is_empty()).await?;
        index::refresh(tx, poll.status_id).await?;
        if accounts::find(tx, poll.account_id).await?.is_some_and(|author| author.is_local()) {
            outgoing::update::tallies_later(tx, poll.status_id).await?;
        }
    }
    Ok(poll)
}

fn refusal(poll: &Poll, me: AccountId, choices: &[i64], before: &[i64], options: usize, now_ms: i64) -> Option<&'static str> {
    let exists = |choice: &i64| usize::try_from(*choice).is_ok_and(|choice| choice < options);
    let again = |(at, choice): (usize, &i64)| choices[..at].contains(choice) || before.contains(choice);
    if choices.is_empty() {
        None
    } else if poll.expired(now_ms) {
        Some("invalid-vote-ended")
    } else if !choices.iter().all(exists) {
        Some("invalid-vote-choice")
    } else if poll.account_id == me {
        Some("invalid-vote-own")
    } else if (!poll.multiple && (choices.len() > 1 || !before.is_empty())) || choices.iter().enumerate().any(again) {
        Some("invalid-vote-twice")
    } else {
        None
    }
}
