//! The inbox: a delivery is verified, recorded and answered; what it says is done by a job.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;
use store::{AccountId, accounts, hosts, received, remote_accounts};
use wire::activity::{self, address, document};
use wire::signature::Incoming;

use super::same_origin;
use super::signer::{self, Named, Refusal};
use crate::measure::label;
use crate::queue::{self, ReceiveActivity};
use crate::urls::domain_of;
use crate::{App, Error, Result};

/// Bytes of a delivery.
pub const BODY_MAX: usize = 1024 * 1024;
/// Bytes of an activity's id.
const ID_MAX: usize = address::ADDRESS_MAX;
/// A longer id is known by its hash: it is in an index together with its actor's.
const NAME_MAX: usize = 256;
/// Activities that do without an id: they are not kept, and old servers send them so.
const WITHOUT_ID: [&str; 4] = ["Accept", "Follow", "Reject", "Undo"];

/// Whose inbox something is sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbox {
    /// Everybody's.
    Shared,
    InstanceActor,
    Username(String),
    Account(AccountId),
}

/// What became of a delivery that is answered with 202.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// Recorded; a job does what it says.
    Accepted,
    /// It was here before.
    Repeated,
    /// Nothing of ours is concerned: an actor that nobody here knows says that it changed or is gone.
    Ignored,
    /// Nothing is done: it speaks for others than its sender.
    Dropped(&'static str),
}

/// Why a delivery is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// There is no such inbox.
    NoInbox,
    /// The body is no activity.
    Malformed(String),
    Sender(Refusal),
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Rejection {
        Rejection::Sender(refusal)
    }
}

impl From<Error> for Rejection {
    fn from(error: Error) -> Rejection {
        match error {
            Error::Malformed(words) => Rejection::Malformed(words.in_locale(text::Locale::ENGLISH)),
            other => Rejection::Sender(other.into()),
        }
    }
}

/// A delivery whose headers are right; its body has not been read yet.
#[derive(Debug)]
pub struct Delivery {
    /// The account it is for; `None` for the shared inbox, and for the instance actor's: nobody reads there.
    to: Option<AccountId>,
    from: Named,
}

/// Looks at a delivery's headers, before anything of its body is read: whether the inbox exists, and whether a signature is
/// present and well-formed, of now, and covers what it must.
pub async fn announced(app: &App, request: &Incoming<'_>, inbox: Inbox) -> Result<Delivery, Rejection> {
    let checked = async {
        let to = owner(app, inbox).await?;
        Ok(Delivery { to, from: signer::named(app, request)? })
    };
    checked.await.inspect_err(|rejection: &Rejection| {
        count(refused_as(rejection));
        tracing::debug!(?rejection, "a delivery is refused by its headers");
    })
}

/// Takes a delivery. Once this is `Accepted`, the activity is recorded durably, and done once, however often it comes.
///
/// Nothing is fetched but the sender's key.
pub async fn receive(app: &App, delivery: Delivery, body: &[u8]) -> Result<Receipt, Rejection> {
    let outcome = decide(app, delivery, body).await;
    count(result_of(&outcome));
    match &outcome {
        Ok(receipt) => tracing::debug!(?receipt, "a delivery"),
        Err(rejection) => tracing::debug!(?rejection, "a delivery is refused"),
    }
    outcome
}

async fn decide(app: &App, Delivery { to, from }: Delivery, body: &[u8]) -> Result<Receipt, Rejection> {
    from.check_body(body)?;
    // The activity itself is read once its sender is known: nothing of it waits in memory for a key to be fetched.
    if !signer::is_known(app, &from).await? && is_strangers_own_end(app, body).await? {
        return Ok(Receipt::Ignored);
    }
    let signer = signer::verify(app, &from).await?;
    let activity = activity::read(body).map_err(|error| Rejection::Malformed(error.to_string()))?;
    if document::text(&activity, "type").is_none() || document::id_of(&activity, "actor").is_none() {
        return Err(Rejection::Malformed("an activity has a type and an actor".into()));
    }
    let host = domain_of(&signer.uri).unwrap_or_default();
    let name = match name(&activity, &signer.uri, body) {
        Ok(name) => name,
        Err(why) => return Ok(Receipt::Dropped(why)),
    };
    let (actor_uri, job) = (signer.uri.clone(), ReceiveActivity { actor: signer.account, to, activity });
    let is_new = app
        .write(move |tx| async move {
            let is_new = received::insert(&tx, &actor_uri, &name).await?;
            if is_new {
                queue::enqueue(&tx, &job).await?;
            }
            // Who speaks also listens: what waits for this server is tried again.
            hosts::alive(&tx, &host).await?;
            Ok(is_new)
        })
        .await?;
    Ok(if is_new { Receipt::Accepted } else { Receipt::Repeated })
}

/// The account that an inbox belongs to; `None` for the shared one, and for the instance actor's: nobody reads there.
async fn owner(app: &App, inbox: Inbox) -> Result<Option<AccountId>, Rejection> {
    let found = match inbox {
        Inbox::Shared | Inbox::InstanceActor => return Ok(None),
        Inbox::Username(name) => app.read(move |r| async move { Ok(accounts::find_by_handle(&r, &name, "").await?) }).await?.map(|found| found.id),
        Inbox::Account(id) => {
            let found = app.read(move |r| async move { Ok(remote_accounts::find(&r, id).await?) }).await?;
            found.filter(|found| found.domain.is_empty()).map(|found| found.id)
        }
    };
    found.map(Some).ok_or(Rejection::NoInbox)
}

/// Whether an actor that nobody here knows says that it is gone, or is another by now. Servers tell everybody; the key
/// of who is gone cannot be had, and looking for it would cost both sides.
async fn is_strangers_own_end(app: &App, body: &[u8]) -> Result<bool> {
    let Some(uri) = own_end(body) else { return Ok(false) };
    Ok(app.read(move |r| async move { Ok(remote_accounts::find_by_uri(&r, &uri).await?) }).await?.is_none())
}

/// The actor that says of itself that it is gone or changed.
fn own_end(body: &[u8]) -> Option<String> {
    let activity = activity::read(body).ok().filter(|activity| document::is_a(activity, "Delete") || document::is_a(activity, "Update"))?;
    let actor = document::id_of(&activity, "actor").filter(|actor| document::id_of(&activity, "object") == Some(*actor))?;
    Some(actor.to_owned())
}

/// What an activity is known by among those of its actor.
///
/// Errors: why it is nothing that this signer may say.
fn name(activity: &Value, signer: &str, body: &[u8]) -> Result<String, &'static str> {
    if document::id_of(activity, "actor") != Some(signer) {
        return Err("its actor is not who sent it");
    }
    match activity.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()) {
        Some(id) if id.len() > ID_MAX => Err("its id is too long"),
        Some(id) if !address::is_address(id) => Err("its id is no address"),
        Some(id) if !same_origin(id, signer) => Err("its id belongs to another server"),
        Some(id) if id.len() > NAME_MAX => Ok(hash(id.as_bytes())),
        Some(id) => Ok(id.to_owned()),
        None if document::kind_among(activity, &WITHOUT_ID).is_some() => Ok(hash(body)),
        None => Err("it has no id"),
    }
}

fn hash(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(digest(&SHA256, bytes)))
}

fn count(result: &'static str) {
    metrics::counter!("ferrodon_inbox_total", "result" => label(result)).increment(1);
}

fn result_of(outcome: &Result<Receipt, Rejection>) -> &'static str {
    match outcome {
        Ok(Receipt::Accepted) => "accepted",
        Ok(Receipt::Repeated) => "repeated",
        Ok(Receipt::Ignored) => "ignored",
        Ok(Receipt::Dropped(_)) => "dropped",
        Err(rejection) => refused_as(rejection),
    }
}

fn refused_as(rejection: &Rejection) -> &'static str {
    match rejection {
        Rejection::NoInbox => "no_inbox",
        Rejection::Malformed(_) | Rejection::Sender(Refusal::Malformed(_)) => "malformed",
        Rejection::Sender(Refusal::Unsigned) => "unsigned",
        Rejection::Sender(Refusal::Unproven(_)) => "unproven",
        Rejection::Sender(Refusal::Blocked) => "blocked",
        Rejection::Sender(Refusal::Unreachable) => "unreachable",
        Rejection::Sender(Refusal::Busy(_)) => "busy",
        Rejection::Sender(Refusal::Internal(_)) => "internal",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_activity_is_known_by_its_id_or_its_hash() {
        let by = |activity: Value| name(&activity, "https://a.test/bob", b"body");
        let actor = "https://a.test/bob";
        assert_eq!(by(json!({ "id": "https://a.test/1", "type": "Create", "actor": actor })), Ok("https://a.test/1".into()));
        assert_eq!(by(json!({ "id": "https://b.test/1", "type": "Create", "actor": actor })), Err("its id belongs to another server"));
        assert_eq!(by(json!({ "id": "https://a.test/1", "type": "Create", "actor": "https://a.test/eve" })), Err("its actor is not who sent it"));
        assert_eq!(by(json!({ "type": "Create", "actor": actor })), Err("it has no id"));
        assert_eq!(by(json!({ "id": format!("https://a.test/{}", "x".repeat(3_000)), "type": "Create", "actor": actor })), Err("its id is too long"));
        assert!(by(json!({ "type": "Undo", "actor": actor })).unwrap().starts_with("sha256:"));
        for odd in ["https://x@a.test/1", "https:\\\\a.test\\1", "https://a.test/\n1", "HTTPS:a.test/1 "] {
            assert!(by(json!({ "id": odd, "type": "Create", "actor": actor })).is_err(), "{odd}");
        }
        let long = |end: &str| by(json!({ "id": format!("https://a.test/{}{end}", "x".repeat(1_000)), "type": "Create", "actor": actor })).unwrap();
        assert!(long("1").starts_with("sha256:") && long("1") != long("2"));
        assert!(by(json!({ "id": "https://a.test/1", "type": "Create", "actor": [actor, "https://a.test/eve"] })).is_ok(), "the first is who acts");
        assert!(by(json!({ "id": "https://a.test/1", "type": "Create", "actor": ["https://a.test/eve", actor] })).is_err());
    }
}
