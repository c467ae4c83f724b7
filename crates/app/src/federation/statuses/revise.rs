//! Edits of statuses of other servers.

use store::remote_statuses::{self, Attachment};
use store::statuses::{self, Revised, Status};
use store::{MediaId, Tx, accounts, media, polls, stats};

use super::outcome::Revision;
use super::plan::Plan;
use super::write::{attach, close_in_time};
use crate::Result;
use crate::bus::{self, Event};
use crate::federation::emojis;
use crate::media::meta::Meta;
use crate::statuses::edit;
use crate::statuses::publish::Addressed;

/// Takes over a newer version; of the same version, its counts. Who may see a status never changes.
///
/// The first edit is newer whatever its date is: it may be of the same second as the status, and the two may have been
/// dated by different clocks. Once a status was edited, a version without a date is the one before.
/// Source: Mastodon's treatment of `updated`
pub(super) async fn write(tx: &Tx, plan: Plan) -> Result<Revision> {
    accounts::lock(tx, plan.author.id).await?;
    let Some(known) = remote_statuses::find_by_uri(tx, &plan.id).await? else { return Ok(Revision::Unknown) };
    statuses::lock(tx, known.id).await?;
    let Some(status) = statuses::find(tx, known.id).await?.filter(|status| status.account_id == plan.author.id) else {
        return Ok(Revision::Dropped("it is deleted, or another's"));
    };
    match (plan.updated_at, status.edited_at) {
        (Some(updated), None) => explicit(tx, &status, &plan, updated).await?,
        (Some(updated), Some(known)) if updated > known => explicit(tx, &status, &plan, updated).await?,
        (None, None) => implicit(tx, &status, &plan).await?,
        (Some(updated), Some(known)) if updated == known => implicit(tx, &status, &plan).await?,
        _ => return Ok(Revision::Dropped("it is an older version")),
    }
    stats::set_untrusted(tx, status.id, plan.reblogs, plan.favourites).await?;
    Ok(Revision::Done)
}

/// The counts of the poll, if its options are the same.
async fn implicit(tx: &Tx, status: &Status, plan: &Plan) -> Result<()> {
    let (Some(id), Some(new)) = (status.poll_id, &plan.poll) else { return Ok(()) };
    let Some(before) = polls::find_locked(tx, id).await? else { return Ok(()) };
    let titles: Vec<String> = polls::list_options(tx, &[id]).await?.into_iter().map(|option| option.title).collect();
    if before.multiple == new.multiple && titles.iter().eq(new.options.iter().map(|(title, _)| title)) {
        remote_statuses::update_poll(tx, &before, &titles, new).await?;
        if before.expires_at != new.expires_at {
            close_in_time(tx, id, new.expires_at).await?;
        }
        bus::publish(tx, &Event::Edited { status: status.id });
    }
    Ok(())
}

async fn explicit(tx: &Tx, status: &Status, plan: &Plan, updated: i64) -> Result<()> {
    let original = edit::original(tx, status).await?;
    let mut changed = status.content != plan.content || status.spoiler_text != plan.spoiler_text || status.sensitive != plan.sensitive;
    changed |= change_media(tx, status, plan).await?;
    changed |= change_poll(tx, status, plan).await?;
    // Whoever is addressed now without being named, was so before or is not.
    let named: Vec<Addressed> = plan.addressed.iter().filter(|account| !account.silent).copied().collect();
    let emojis = emojis::keep(tx, &plan.author.domain, &plan.emojis).await?;
    if !changed {
        statuses::set_details(tx, status.id, plan.language.as_deref(), &emojis).await?;
        return edit::readdress(tx, status, &named, &plan.tags).await;
    }
    let new = Revised {
        text: String::new(),
        content: plan.content.clone(),
        spoiler_text: plan.spoiler_text.clone(),
        sensitive: plan.sensitive,
        language: plan.language.clone(),
        emojis,
        edited_at: Some(updated),
    };
    edit::revise(tx, status, original, &new, &named, &plan.tags).await
}

/// Whether the attachments are others, or other things are said of them.
async fn change_media(tx: &Tx, status: &Status, plan: &Plan) -> Result<bool> {
    let before: Vec<(MediaId, Attachment)> =
        remote_statuses::list_attachment_ids(tx, status.id).await?.into_iter().zip(remote_statuses::list_attachments(tx, status.id).await?).collect();
    let new: Vec<Attachment> = plan.attachments.iter().map(|file| with_what_was_learnt(file, &before)).collect();
    if before.iter().map(|(_, file)| file).eq(&new) {
        return Ok(false);
    }
    let mut ids = Vec::with_capacity(new.len());
    for (position, file) in new.iter().enumerate() {
        match before.iter().find(|(id, old)| old.remote_url == file.remote_url && !ids.contains(id)) {
            Some((id, old)) => {
                if old != file {
                    remote_statuses::update_attachment(tx, *id, file).await?;
                }
                ids.push(*id);
            }
            None => ids.push(attach(tx, plan, status.id, position, file).await?),
        }
    }
    media::replace(tx, status.account_id, status.id, &ids).await?;
    Ok(true)
}

/// What a look at the same file told stays known.
fn with_what_was_learnt(new: &Attachment, before: &[(MediaId, Attachment)]) -> Attachment {
    let same = before.iter().find(|(_, old)| old.remote_url == new.remote_url);
    let Some(learnt) = same.and_then(|(_, old)| Meta::read(&old.meta).file) else { return new.clone() };
    let meta = Meta { file: Some(learnt), ..Meta::read(&new.meta) };
    Attachment { kind: learnt.kind.unwrap_or(new.kind), meta: meta.write(), ..new.clone() }
}

/// Whether the poll is another one.
async fn change_poll(tx: &Tx, status: &Status, plan: &Plan) -> Result<bool> {
    let before = match status.poll_id {
        Some(id) => polls::find_locked(tx, id).await?,
        None => None,
    };
    match (before, &plan.poll) {
        (None, None) => Ok(false),
        (Some(before), None) => {
            polls::delete(tx, &before).await?;
            Ok(true)
        }
        (None, Some(new)) => {
            let id = remote_statuses::insert_poll(tx, status.id, status.account_id, new).await?;
            close_in_time(tx, id, new.expires_at).await?;
            Ok(true)
        }
        (Some(before), Some(new)) => {
            let titles: Vec<String> = polls::list_options(tx, &[before.id]).await?.into_iter().map(|option| option.title).collect();
            remote_statuses::update_poll(tx, &before, &titles, new).await?;
            if before.expires_at != new.expires_at {
                close_in_time(tx, before.id, new.expires_at).await?;
            }
            Ok(before.multiple != new.multiple || !titles.iter().eq(new.options.iter().map(|(title, _)| title)))
        }
    }
}
