//! Create: statuses of others, and votes in polls of ours.

use serde_json::Value;
use store::accounts::Account;
use store::{AccountId, PollId, polls, statuses};
use url::Url;
use wire::activity::document;
use wire::activity::note::{self, Audience, Note};

use super::activity::{Inbound, Verdict};
use crate::federation::fetch::{self, As, Failure};
use crate::federation::statuses::{self as statuses_of_others, Past, Taken, Way};
use crate::federation::{resolve, same_origin};
use crate::statuses::poll;
use crate::{App, Error, Result};

/// Objects of one activity: some servers send all votes at once.
const OBJECTS_MAX: usize = 50;
/// The scheme of addresses that bring a token along.
const BEARCAP: &str = "bear:?";

pub(super) async fn receive(app: &App, inbound: Inbound) -> Result<Verdict> {
    let objects: Vec<&Value> = document::many(&inbound.activity, "object").take(OBJECTS_MAX).collect();
    match objects[..] {
        [] => Ok(Verdict::Dropped("it has no object")),
        [object] => verdict(one(app, &inbound, object).await),
        _ => many(app, &inbound, &objects).await,
    }
}

/// What comes of a failure to fetch.
pub(super) fn verdict(result: Result<Verdict, Failure>) -> Result<Verdict> {
    match result {
        Ok(verdict) => Ok(verdict),
        Err(Failure::Unreachable(reason)) => Ok(Verdict::Later(reason)),
        Err(failure @ Failure::Unwell(_)) => Ok(Verdict::Later(failure.to_string())),
        Err(Failure::Internal(reason)) => Err(Error::internal(reason)),
        Err(Failure::Gone | Failure::Missing(_)) => Ok(Verdict::Dropped("its object is not there")),
        Err(Failure::Refused(reason)) => {
            tracing::debug!(reason, "an activity's object is refused");
            Ok(Verdict::Dropped("its object is refused"))
        }
        Err(Failure::Budget) => Ok(Verdict::Dropped("too much had to be fetched for it")),
    }
}

/// Several votes in one poll; nothing else comes in lists.
async fn many(app: &App, inbound: &Inbound, objects: &[&Value]) -> Result<Verdict> {
    let mut votes = Vec::new();
    for object in objects {
        let Some(note) = note::read(object) else { return Ok(Verdict::Dropped("its list has more in it than votes")) };
        match target(app, &note).await {
            Ok(Some(target)) => votes.push((target, note)),
            _ => return Ok(Verdict::Dropped("its list has more in it than votes")),
        }
    }
    let Some((first, _)) = votes.first() else { return Ok(Verdict::Dropped("it has no object")) };
    let poll = first.poll;
    let titles: Vec<String> = votes.iter().filter(|(target, _)| target.poll == poll).filter_map(|(_, note)| note.name.clone()).collect();
    let options = first.titles.clone();
    vote(app, inbound.actor.id, poll, &options, &titles).await
}

async fn one(app: &App, inbound: &Inbound, object: &Value) -> Result<Verdict, Failure> {
    let actor = &inbound.actor;
    let fetched;
    let object = match object.as_str() {
        None => object,
        Some(uri) => {
            fetched = dereferenced(app, actor, uri, inbound).await?;
            &fetched
        }
    };
    let Some(note) = note::read(object) else { return Ok(Verdict::Dropped("its object is no status")) };
    if !same_origin(&note.id, &actor.uri) {
        return Ok(Verdict::Dropped("its object belongs to another server"));
    }
    if !statuses_of_others::is_by(&note, actor) {
        return Ok(Verdict::Dropped("its object is another's"));
    }
    if let Some(target) = target(app, &note).await? {
        return Ok(vote(app, actor.id, target.poll, &target.titles, note.name.as_slice()).await?);
    }
    create(app, inbound, note).await
}

/// The object at its address, which is of the actor's server.
async fn dereferenced(app: &App, actor: &Account, uri: &str, inbound: &Inbound) -> Result<Value, Failure> {
    let (uri, token) = match bearcap(uri) {
        Some((uri, token)) => (uri, Some(token)),
        None => (uri.to_owned(), None),
    };
    if !same_origin(&uri, &actor.uri) {
        return Err(Failure::Refused("its object belongs to another server".into()));
    }
    inbound.budget.spend()?;
    match token {
        Some(token) => fetch::document_with_token(app, &uri, &token).await,
        None => fetch::document(app, &uri, As::Instance).await,
    }
}

/// Address and token of a `bear:` address. Source: the draft "Bearer Capability URIs" of ActivityPub's community
fn bearcap(address: &str) -> Option<(String, String)> {
    let query = address.strip_prefix(BEARCAP)?;
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let value = |key: &str| pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
    let (uri, token) = (value("u")?, value("t")?);
    let is_plain = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    (is_plain && Url::parse(&uri).is_ok()).then_some((uri, token))
}

/// A status, unless it was taken back, or is known.
pub(super) async fn create(app: &App, inbound: &Inbound, note: Note) -> Result<Verdict, Failure> {
    let actor = &inbound.actor;
    match statuses_of_others::past(app, actor, &note.id).await? {
        Past::Nothing => {}
        Past::Withdrawn => return Ok(Verdict::Dropped("its author took it back")),
        Past::Deleted => {
            if !is_followed(app, actor).await? {
                return Ok(Verdict::Dropped("it was deleted, and nobody here follows its author"));
            }
            // Restored, if its origin has it again.
            statuses_of_others::resolve(app, &note.id, &inbound.budget).await?;
            return Ok(Verdict::Done);
        }
    }
    let uri = note.id.clone();
    let known = app.read(move |r| async move { Ok(store::remote_statuses::find_by_uri(&r, &uri).await?) }).await?;
    if let Some(known) = known {
        if known.account_id != actor.id {
            return Ok(Verdict::Dropped("its object is another's"));
        }
        if let Some(owner) = inbound.to {
            statuses_of_others::admit(app, known.id, owner).await?;
        }
        return Ok(Verdict::Done);
    }
    let way = Way::Pushed { audience: Audience::read(&inbound.activity), to: inbound.to };
    Ok(match statuses_of_others::take(app, note, actor.clone(), way, &inbound.budget).await? {
        Taken::New(_) | Taken::Known(_) => Verdict::Done,
        Taken::Dropped(reason) => Verdict::Dropped(reason),
    })
}

async fn is_followed(app: &App, actor: &Account) -> Result<bool> {
    let actor = actor.id;
    app.read(move |r| async move { Ok(store::remote_statuses::has_followers(&r, &[actor]).await?) }).await
}

/// A poll of ours.
struct Target {
    poll: PollId,
    titles: Vec<String>,
}

/// The poll of ours that a note votes in: it has a name, answers the poll, and says nothing, or is named as an option.
async fn target(app: &App, note: &Note) -> Result<Option<Target>, Failure> {
    let (Some(name), Some(parent)) = (note.name.clone(), &note.in_reply_to) else { return Ok(None) };
    if note.kind != "Note" {
        return Ok(None);
    }
    let found = match resolve::local(app, parent).await {
        Ok(Some(resolve::Found::Status(id))) => id,
        Ok(_) | Err(Failure::Missing(_)) => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let is_mute = note.content.trim().is_empty();
    Ok(app
        .read(move |r| async move {
            let Some(poll) = statuses::find(&r, found).await?.and_then(|status| status.poll_id) else { return Ok(None) };
            let titles: Vec<String> = polls::list_options(&r, &[poll]).await?.into_iter().map(|option| option.title).collect();
            Ok((is_mute || titles.contains(&name)).then_some(Target { poll, titles }))
        })
        .await?)
}

/// Votes for the options with these titles. What is no option, comes late or again is no vote, and never an answer.
async fn vote(app: &App, voter: AccountId, poll: PollId, options: &[String], titles: &[String]) -> Result<Verdict> {
    let position = |title: &String| options.iter().position(|option| option == title).and_then(|at| i64::try_from(at).ok());
    let mut choices: Vec<i64> = titles.iter().filter_map(position).collect();
    choices.sort_unstable();
    choices.dedup();
    if choices.is_empty() {
        return Ok(Verdict::Dropped("it votes for no option"));
    }
    match app.write(move |tx| async move { poll::cast(&tx, voter, poll, &choices).await.map(drop) }).await {
        Ok(()) => Ok(Verdict::Done),
        Err(Error::Invalid(_) | Error::NotFound(_) | Error::Forbidden(_)) => Ok(Verdict::Dropped("its vote does not count")),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::bearcap;

    #[test]
    fn an_address_with_a_token_is_taken_apart() {
        let parts = |address: &str| bearcap(address);
        assert_eq!(parts("bear:?t=abc&u=https://a.test/n/1"), Some(("https://a.test/n/1".into(), "abc".into())));
        assert_eq!(parts("bear:?u=https%3A%2F%2Fa.test%2Fn%2F1&t=a"), Some(("https://a.test/n/1".into(), "a".into())));
        for none in ["https://a.test/n/1", "bear:?u=https://a.test/n/1", "bear:?t=a", "bear:?u=x&t=a", "bear:?u=https://a.test/&t=a%0d%0ab"] {
            assert_eq!(parts(none), None, "{none}");
        }
    }
}
