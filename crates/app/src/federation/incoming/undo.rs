//! Undo: what was done before is taken back.
//!
//! What is undone is found by the address of its activity, which only its own actor may name; or, if that leads to
//! nothing, by what the Undo says of it: some servers make a new address each time. An Undo of something that is not
//! here leaves a mark, so that the original, should it come late, is dropped.

use serde_json::Value;
use store::follows::Options;
use store::notifications::Cause;
use store::{AccountId, Tx, accounts, blocks, favourites, follow_requests, follows, notifications, statuses, uris, withdrawn};
use wire::activity::document;

use super::accept::follower;
use super::activity::{Inbound, Verdict};
use super::like::reaction;
use crate::accounts::follow::{count, end, take_request};
use crate::federation::{ours, same_origin};
use crate::statuses::delete::hide;
use crate::statuses::favourite::unmark;
use crate::urls::Urls;
use crate::{App, Result};

const KINDS: &[&str] = &["Follow", "Like", "EmojiReact", "Announce", "Block", "Accept"];

pub(super) async fn receive(app: &App, inbound: Inbound) -> Result<Verdict> {
    let urls = app.urls().clone();
    app.write(move |tx| async move {
        let actor = &inbound.actor;
        let Some(object) = document::one(&inbound.activity, "object") else { return Ok(Verdict::Dropped("it undoes nothing")) };
        if document::id_of(object, "actor").is_some_and(|doer| doer != actor.uri) {
            return Ok(Verdict::Dropped("it undoes what somebody else did"));
        }
        accounts::lock(&tx, actor.id).await?;
        let undoing = Undoing {
            tx: &tx,
            urls: &urls,
            actor: actor.id,
            actor_uri: &actor.uri,
            uri: document::id(object).filter(|uri| same_origin(uri, &actor.uri)),
            object,
        };
        let undone = match document::kind_among(object, KINDS) {
            Some("Follow") => undoing.follow().await?,
            Some("Like" | "EmojiReact") => undoing.like().await?,
            Some("Announce") => undoing.announce().await?,
            Some("Block") => undoing.block().await?,
            Some("Accept") => undoing.accept().await?,
            // Of another kind: nothing that is kept here.
            None if object.get("type").is_some_and(|kind| !kind.is_null()) => false,
            // Its address alone.
            _ => undoing.announce().await? || undoing.follow().await? || undoing.block().await? || undoing.like().await?,
        };
        match undoing.uri {
            _ if undone => Ok(Verdict::Done),
            Some(uri) => {
                withdrawn::insert(&tx, &actor.uri, uri).await?;
                Ok(Verdict::Done)
            }
            None => Ok(Verdict::Dropped("it undoes nothing that is here")),
        }
    })
    .await
}

struct Undoing<'a> {
    tx: &'a Tx,
    urls: &'a Urls,
    actor: AccountId,
    actor_uri: &'a str,
    /// The address of what is undone, if it is one that the actor may name.
    uri: Option<&'a str>,
    /// What is undone, or its address.
    object: &'a Value,
}

impl Undoing<'_> {
    async fn follow(&self) -> Result<bool> {
        let Some(target) = self.followed().await? else { return Ok(false) };
        let asked = take_request(self.tx, self.actor, target).await?.is_some();
        if end(self.tx, self.actor, target).await?.is_some() {
            count(self.tx, self.actor, target, -1).await?;
            return Ok(true);
        }
        Ok(asked)
    }

    /// Whom the actor follows, or asks, by what is undone.
    async fn followed(&self) -> Result<Option<AccountId>> {
        if let Some(uri) = self.uri {
            let found = match follows::find_by_uri(self.tx, uri, self.actor).await? {
                Some(found) => Some(found),
                None => follow_requests::find_by_uri(self.tx, uri, self.actor).await?,
            };
            if let Some((_, target)) = found.filter(|(account, _)| *account == self.actor) {
                return Ok(Some(target));
            }
        }
        self.named_account().await
    }

    async fn like(&self) -> Result<bool> {
        if let Some(uri) = self.uri
            && let Some(status) = favourites::find_by_uri(self.tx, uri, self.actor).await?
        {
            return unmark(self.tx, self.actor, status).await;
        }
        let Some(named) = document::id_of(self.object, "object") else { return Ok(false) };
        let Some(status) = ours::status(self.tx, self.urls, named).await? else { return Ok(false) };
        let Some(kept) = favourites::find_reaction(self.tx, self.actor, status.id).await? else { return Ok(false) };
        // Another mark than the one that is kept may be what is undone.
        let other = reaction(self.object).is_some_and(|undone| kept.as_ref() != Some(&undone));
        if other { Ok(false) } else { unmark(self.tx, self.actor, status.id).await }
    }

    async fn announce(&self) -> Result<bool> {
        let wrapper = match self.uri {
            Some(uri) => uris::find_status(self.tx, uri).await?.filter(|(_, author)| *author == self.actor).map(|(id, _)| id),
            None => None,
        };
        let wrapper = match (wrapper, document::id_of(self.object, "object")) {
            (Some(wrapper), _) => Some(wrapper),
            (None, Some(named)) => {
                let original = match ours::status(self.tx, self.urls, named).await? {
                    Some(status) => Some(status.id),
                    None => uris::find_status(self.tx, named).await?.map(|(id, _)| id),
                };
                match original {
                    Some(original) => statuses::find_reblog(self.tx, self.actor, original).await?,
                    None => None,
                }
            }
            (None, None) => None,
        };
        let Some(wrapper) = wrapper else { return Ok(false) };
        let Some(status) = statuses::find(self.tx, wrapper).await? else { return Ok(false) };
        let Some(original) = status.reblog_of_id else { return Ok(false) };
        if let Some(original) = statuses::find(self.tx, original).await? {
            notifications::retract(self.tx, self.actor, Cause::Reblog { original: original.id, reblog: wrapper }, original.account_id).await?;
        }
        hide(self.tx, &status, true).await?;
        Ok(true)
    }

    async fn block(&self) -> Result<bool> {
        let by_uri = match self.uri {
            Some(uri) => blocks::find_by_uri(self.tx, uri, self.actor).await?,
            None => None,
        };
        let target = match by_uri {
            Some(target) => Some(target),
            None => self.named_account().await?,
        };
        match target {
            Some(target) => Ok(blocks::delete(self.tx, self.actor, target).await?),
            None => Ok(false),
        }
    }

    /// The follow becomes a wish again.
    async fn accept(&self) -> Result<bool> {
        let Some(granted) = document::one(self.object, "object") else { return Ok(false) };
        let by_uri = match document::id(granted) {
            Some(uri) => follows::find_by_uri(self.tx, uri, self.actor).await?.filter(|(_, target)| *target == self.actor),
            None => None,
        };
        let account = match by_uri {
            Some((account, _)) => Some(account),
            None => follower(self.tx, self.urls, granted, self.actor_uri).await?,
        };
        let Some(account) = account else { return Ok(false) };
        let Some(follow) = end(self.tx, account, self.actor).await? else { return Ok(false) };
        let options = Options { show_reblogs: follow.show_reblogs, notify: follow.notify, languages: follow.languages };
        follow_requests::insert(self.tx, account, self.actor, &options).await?;
        if let Some(uri) = follow.uri {
            follow_requests::set_uri(self.tx, account, self.actor, &uri).await?;
        }
        count(self.tx, account, self.actor, -1).await?;
        Ok(true)
    }

    /// The account of ours that is the object of what is undone.
    async fn named_account(&self) -> Result<Option<AccountId>> {
        match document::id_of(self.object, "object") {
            Some(named) => Ok(ours::account(self.tx, self.urls, named).await?.map(|account| account.id)),
            None => Ok(None),
        }
    }
}
