//! Announce: reblogs, and what groups pass on.

use serde_json::Value;
use store::statuses::{self, NewStatus, Status, Visibility};
use store::{StatusId, accounts, remote_statuses, withdrawn};
use wire::activity::note::{self, Audience};
use wire::activity::{document, moment};

use super::activity::{Inbound, Verdict};
use super::create::{create, verdict};
use super::delete::delete;
use crate::federation::fetch::Failure;
use crate::federation::resolve;
use crate::federation::statuses as statuses_of_others;
use crate::policy::quotes;
use crate::statuses::reblog;
use crate::{App, Error, Result};

/// Of `accounts.actor_type`.
const GROUP: i64 = 3;
/// What a group passes on of others' activities.
const PASSED_ON: &[&str] = &["Create", "Update", "Delete"];

pub(super) async fn receive(app: &App, inbound: Inbound) -> Result<Verdict> {
    verdict(announce(app, &inbound).await)
}

async fn announce(app: &App, inbound: &Inbound) -> Result<Verdict, Failure> {
    let Some(object) = document::one(&inbound.activity, "object") else { return Ok(Verdict::Dropped("it has no object")) };
    let Some(id) = inbound.id().map(str::to_owned) else { return Ok(Verdict::Dropped("it has no id")) };
    if let Some(kind) = document::kind_among(object, PASSED_ON) {
        return passed_on(app, inbound, &id, kind, object).await;
    }
    let Some(uri) = document::id(object) else { return Ok(Verdict::Dropped("its object has no id")) };
    let original = match statuses_of_others::find(app, uri).await? {
        Some(known) => known,
        None if !is_wanted(app, inbound).await? => return Ok(Verdict::Dropped("nobody here follows its actor")),
        None => match own(inbound, object) {
            // A status of their own, which only some may see, comes along.
            Some(note) => {
                if let dropped @ Verdict::Dropped(_) = create(app, inbound, note).await? {
                    return Ok(dropped);
                }
                match statuses_of_others::find(app, uri).await? {
                    Some(known) => known,
                    None => return Ok(Verdict::Dropped("its object is not kept")),
                }
            }
            None => statuses_of_others::resolve(app, uri, &inbound.budget).await?,
        },
    };
    pass_on(app, inbound, id, original).await
}

/// The object, if it is a whole status of the actor's own.
fn own(inbound: &Inbound, object: &Value) -> Option<note::Note> {
    let note = note::read(object)?;
    let is_own = note.attributed_to.contains(&inbound.actor.uri) && crate::federation::same_origin(&note.id, &inbound.actor.uri);
    is_own.then_some(note)
}

async fn is_wanted(app: &App, inbound: &Inbound) -> Result<bool> {
    let actor = inbound.actor.id;
    app.read(move |r| async move { Ok(remote_statuses::has_followers(&r, &[actor]).await?) }).await
}

/// What a group passes on is never believed: the object is asked for where it lives.
async fn passed_on(app: &App, inbound: &Inbound, id: &str, kind: &str, activity: &Value) -> Result<Verdict, Failure> {
    if inbound.actor.actor_type != GROUP {
        return Ok(Verdict::Dropped("only groups pass activities on"));
    }
    if !is_wanted(app, inbound).await? {
        return Ok(Verdict::Dropped("nobody here follows its actor"));
    }
    let Some(uri) = document::id_of(activity, "object") else { return Ok(Verdict::Dropped("what it passes on has no object")) };
    match kind {
        "Create" => {
            let original = statuses_of_others::resolve(app, uri, &inbound.budget).await?;
            let answers =
                app.read(move |r| async move { Ok(statuses::find(&r, original).await?.is_some_and(|status| status.in_reply_to_id.is_some())) });
            let is_reply = answers.await? || document::one(activity, "object").and_then(note::read).is_some_and(|note| note.is_reply);
            if is_reply {
                // An answer belongs to its thread, not into everybody's feed.
                return Ok(Verdict::Done);
            }
            pass_on(app, inbound, id.to_owned(), original).await
        }
        "Update" => {
            if let Some(known) = known(app, uri).await? {
                statuses_of_others::refresh(app, known.id, &inbound.budget).await?;
            }
            Ok(Verdict::Done)
        }
        _ => {
            let Some(known) = known(app, uri).await? else { return Ok(Verdict::Dropped("what it deletes is not known")) };
            let status = app.read(move |r| async move { Ok(statuses::find(&r, known.id).await?) }).await?;
            // What is not for everybody is not there for us, either.
            if !status.is_some_and(|status| status.visibility().counts_as_reply()) {
                return Ok(Verdict::Dropped("what it deletes is not public"));
            }
            match statuses_of_others::exists(app, uri, &inbound.budget).await {
                Ok(()) => Ok(Verdict::Dropped("what it deletes is there at its origin")),
                Err(Failure::Gone | Failure::Missing(404)) => {
                    let uris = vec![uri.to_owned()];
                    Ok(app
                        .write(move |tx| async move {
                            let author = accounts::find(&tx, known.account_id).await?.ok_or_else(Error::not_found)?;
                            delete(&tx, &author, &uris).await
                        })
                        .await?)
                }
                Err(failure) => Err(failure),
            }
        }
    }
}

/// A status of another server.
async fn known(app: &App, uri: &str) -> Result<Option<remote_statuses::Known>, Failure> {
    if resolve::local(app, uri).await.map_or(true, |found| found.is_some()) {
        return Ok(None);
    }
    let uri = uri.to_owned();
    let known = app.read(move |r| async move { Ok(remote_statuses::find_by_uri(&r, &uri).await?) }).await?;
    Ok(known.filter(|known| known.deleted_at.is_none()))
}

/// Writes the reblog, if the original may be passed on by the actor, and anybody here cares.
async fn pass_on(app: &App, inbound: &Inbound, uri: String, original: StatusId) -> Result<Verdict, Failure> {
    let actor = inbound.actor.clone();
    let audience = Audience::read(&inbound.activity);
    let published = moment::of(&inbound.activity, "published");
    let (urls, active_since) = (app.urls().clone(), app.active_since());
    let write = app.write(move |tx| async move {
        accounts::lock(&tx, actor.id).await?;
        if withdrawn::is_withdrawn(&tx, &actor.uri, &uri, tx.now()).await? {
            return Ok(Verdict::Dropped("its actor took it back"));
        }
        let Some(original) = statuses::find(&tx, original).await?.filter(|status| status.reblog_of_id.is_none()) else {
            return Ok(Verdict::Dropped("its object is not there"));
        };
        if !may_pass_on(actor.id, &original) {
            return Ok(Verdict::Dropped("its object is not for passing on"));
        }
        let author = accounts::find(&tx, original.account_id).await?;
        if author.is_none_or(|author| author.suspended_at.is_some()) {
            return Ok(Verdict::Dropped("its object's author is suspended"));
        }
        if !original.local && !remote_statuses::has_followers(&tx, &[actor.id]).await? {
            return Ok(Verdict::Dropped("nobody here follows its actor"));
        }
        let now = tx.now();
        let created_at = published.unwrap_or(now).clamp(1, now);
        let followers = remote_statuses::followers_url(&tx, actor.id).await?;
        let status = NewStatus {
            id: statuses::free_id_at(&tx, created_at).await?,
            account_id: actor.id,
            uri: uri.clone(),
            url: None,
            local: false,
            text: String::new(),
            content: String::new(),
            spoiler_text: String::new(),
            sensitive: false,
            visibility: visibility(&original, &audience, &followers),
            language: None,
            in_reply_to: None,
            orphan: false,
            reblog_of_id: Some(original.id),
            conversation_id: None,
            application_id: None,
            quote_approval_policy: quotes::NOBODY,
            emojis: String::new(),
            created_at,
        };
        let is_new = reblog::record(&tx, &urls, &status, &original, active_since, statuses_of_others::is_recent(created_at, now)).await?;
        let is_known = !is_new
            && (statuses::find_reblog(&tx, actor.id, original.id).await?.is_some()
                || remote_statuses::find_by_uri(&tx, &status.uri).await?.is_some());
        if is_new || is_known { Ok(Verdict::Done) } else { Err(Error::Conflict(format!("the id {} was made twice", status.id))) }
    });
    Ok(write.await?)
}

/// What everybody may see, and one's own for one's followers.
fn may_pass_on(actor: store::AccountId, original: &Status) -> bool {
    crate::policy::may_reblog(actor, original)
}

fn visibility(original: &Status, audience: &Audience, followers: &str) -> Visibility {
    if original.visibility() == Visibility::Private {
        return Visibility::Private;
    }
    match audience.visibility(followers, |_| true) {
        note::Visibility::Public => Visibility::Public,
        note::Visibility::Unlisted => Visibility::Unlisted,
        note::Visibility::Private | note::Visibility::Direct | note::Visibility::Limited => Visibility::Private,
    }
}
