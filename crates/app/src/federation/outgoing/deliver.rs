//! Deliveries: an activity is kept once, with the inboxes it goes to, in the transaction that causes it. Sending them is
//! the engine's work.

use std::collections::BTreeMap;

use serde_json::Value;
use store::deliveries::{self, Batch, NewBody};
use store::{AccountId, DeliveryBodyId, Tx, hosts};
use wire::activity::with_context;

use crate::urls::domain_of;
use crate::{Error, Result};

/// Inboxes of one host that share a row; more make further rows.
const BATCH: usize = 50;

/// Has `activity` sent to these inboxes, signed by the local account `actor`. Its `@context` is put before it here. An
/// inbox that is there twice gets it once; hosts that have not answered for days get nothing.
pub async fn to_inboxes(tx: &Tx, actor: AccountId, activity: &Value, inboxes: Vec<String>) -> Result<()> {
    let batches = wanted(tx, inboxes).await?;
    if batches.is_empty() {
        return Ok(());
    }
    let body = insert(tx, actor, activity, false).await?;
    Ok(deliveries::enqueue(tx, body, &batches).await?)
}

/// Has `activity` sent to the personal inbox of a remote account; a local one gets nothing.
pub async fn to_account(tx: &Tx, actor: AccountId, activity: &Value, target: AccountId) -> Result<()> {
    match deliveries::inbox_of(tx, target).await? {
        Some(inbox) => to_inboxes(tx, actor, activity, vec![inbox]).await,
        None => Ok(()),
    }
}

/// Keeps an activity that a job will hand out. What the actor says later waits until it has.
pub(super) async fn keep(tx: &Tx, actor: AccountId, activity: &Value) -> Result<DeliveryBodyId> {
    insert(tx, actor, activity, true).await
}

async fn insert(tx: &Tx, actor: AccountId, activity: &Value, distributing: bool) -> Result<DeliveryBodyId> {
    let uri = activity["id"].as_str().ok_or_else(|| Error::internal("an activity without id is sent"))?.to_owned();
    let body = with_context(activity);
    Ok(deliveries::insert_body(tx, NewBody { actor, uri: &uri, subject: subject(activity), body: &body, distributing }).await?)
}

/// The address of what an activity is about: the document it carries or names; of an answer, who gets it.
fn subject(activity: &Value) -> &str {
    let object = &activity["object"];
    match activity["type"].as_str() {
        Some("Undo") => subject(object),
        Some("Accept" | "Reject") => object["actor"].as_str().unwrap_or_default(),
        _ => object.as_str().or_else(|| object["id"].as_str()).unwrap_or_default(),
    }
}

/// Has a kept activity sent to these inboxes.
pub(super) async fn send_kept(tx: &Tx, body: DeliveryBodyId, inboxes: Vec<String>) -> Result<()> {
    let batches = wanted(tx, inboxes).await?;
    Ok(deliveries::enqueue(tx, body, &batches).await?)
}

/// The inboxes by host, without those of hosts that do not answer; the others are to be tried from now on.
async fn wanted(tx: &Tx, inboxes: Vec<String>) -> Result<Vec<Batch>> {
    let batches = batches(inboxes);
    if batches.is_empty() {
        return Ok(batches);
    }
    let mut domains: Vec<String> = batches.iter().map(|batch| batch.domain.clone()).collect();
    domains.dedup();
    let available = hosts::want(tx, &domains).await?;
    Ok(batches.into_iter().filter(|batch| available.contains(&batch.domain)).collect())
}

/// Each inbox once, by host, in order; what is no address goes.
fn batches(inboxes: Vec<String>) -> Vec<Batch> {
    let mut hosts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for inbox in inboxes {
        if let Some(domain) = domain_of(&inbox) {
            hosts.entry(domain).or_default().push(inbox);
        }
    }
    let mut batches = Vec::new();
    for (domain, mut inboxes) in hosts {
        inboxes.sort();
        inboxes.dedup();
        batches.extend(inboxes.chunks(BATCH).map(|inboxes| Batch { domain: domain.clone(), inboxes: inboxes.to_vec() }));
    }
    batches
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_takes_something_back_is_about_the_same_as_what_it_takes_back() {
        let follow = json!({ "id": "f", "type": "Follow", "actor": "a", "object": "b" });
        for (activity, expected) in [
            (json!({ "type": "Create", "object": { "id": "s" } }), "s"),
            (json!({ "type": "Delete", "object": { "id": "s", "type": "Tombstone" } }), "s"),
            (json!({ "type": "Undo", "object": { "type": "Announce", "object": "s" } }), "s"),
            (json!({ "type": "Undo", "object": &follow }), "b"),
            (json!({ "type": "Block", "object": "b" }), "b"),
            (json!({ "type": "Reject", "object": &follow }), "a"),
            (follow, "b"),
            (json!({ "type": "Like", "object": 1 }), ""),
        ] {
            assert_eq!(subject(&activity), expected, "{activity}");
        }
    }

    #[test]
    fn inboxes_are_grouped_by_host_each_once() {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let found =
            batches(list(&["https://b.test/inbox", "https://a.test/2", "nonsense", "https://a.test/1", "https://A.test/1", "https://a.test/2"]));
        assert_eq!(
            found,
            [
                Batch { domain: "a.test".into(), inboxes: list(&["https://A.test/1", "https://a.test/1", "https://a.test/2"]) },
                Batch { domain: "b.test".into(), inboxes: list(&["https://b.test/inbox"]) },
            ]
        );
        let many = batches((0..120).map(|n| format!("https://a.test/{n:03}")).collect());
        assert_eq!(many.iter().map(|batch| batch.inboxes.len()).collect::<Vec<_>>(), [50, 50, 20]);
    }
}
