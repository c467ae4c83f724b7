//! What happens when an address of another server is asked for, step by step, for whoever wonders why it does not work.
//! Nothing is kept.

use serde::Serialize;
use serde_json::Value;
use wire::activity::actor::{self, Actor, Key};
use wire::activity::{self, address, document};
use wire::webfinger::{Handle, is_activity_type};

use super::budget::Budget;
use super::fetch::{self, As, Failure};
use super::webfinger;
use crate::urls::domain_of;
use crate::{App, net};

/// Redirects that are shown, and documents that one trace may fetch.
const HOPS_MAX: usize = 4;
const FETCHES_MAX: usize = 10;

/// One step, and whether it went well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    pub step: &'static str,
    pub ok: bool,
    pub detail: String,
}

/// The steps so far; a step that fails ends them.
struct Steps(Vec<Step>);

impl Steps {
    fn well(&mut self, step: &'static str, detail: impl Into<String>) {
        self.0.push(Step { step, ok: true, detail: detail.into() });
    }

    fn badly(&mut self, step: &'static str, detail: impl ToString) {
        self.0.push(Step { step, ok: false, detail: detail.to_string() });
    }

    /// The value of what went well.
    fn pass<T, E: ToString>(&mut self, step: &'static str, done: Result<T, E>) -> Option<T> {
        done.map_err(|error| self.badly(step, error)).ok()
    }
}

/// Fetches `uri` as another server's document would be, and tells each step.
pub async fn trace(app: &App, uri: &str) -> Vec<Step> {
    let mut steps = Steps(Vec::new());
    follow(app, uri, &mut steps).await;
    steps.0
}

async fn follow(app: &App, uri: &str, steps: &mut Steps) -> Option<()> {
    let url = steps.pass("address", address::read(uri).ok_or("not an address that may be asked for"))?;
    let domain = fetch::domain(&url);
    if app.urls().is_local_domain(&domain) {
        steps.badly("address", "an address of this server: it is looked up, never fetched");
        return None;
    }
    steps.well("address", url.as_str());
    let rule = app.context().rule(&domain);
    match rule.suspended {
        true => return steps.pass("rule", Err::<(), _>(format!("{domain} is blocked here"))),
        false => steps.well("rule", if rule.silenced { format!("{domain} is limited here") } else { format!("nothing is decided against {domain}") }),
    }
    steps.pass("guard", app.net.check(&url))?;
    let page = hops(app, url, steps).await?;
    let kind = page.header("content-type").unwrap_or_default().to_owned();
    if !is_activity_type(&kind) {
        steps.badly("type", format!("{kind:?} is not a type of ActivityPub; a page for people may name the document's address"));
        return None;
    }
    steps.well("type", kind);
    let document = steps.pass("document", activity::read(&page.body))?;
    steps.well("document", format!("{} bytes, {}", page.body.len(), kinds(&document)));
    let own = fetch::own(app, uri, page, As::Instance).await;
    let own = steps.pass("id", own)?;
    let id = own.get("id").and_then(Value::as_str).unwrap_or_default();
    steps.well("id", if id == uri { format!("{id}: the address itself") } else { format!("{id}: asked for there, too") });
    let actor = match actor::read(&own) {
        Ok(actor) => actor,
        Err(error) => {
            steps.well("object", format!("not an actor ({error}); by {}", document::id_of(&own, "attributedTo").unwrap_or("nobody")));
            return Some(());
        }
    };
    steps.well("actor", format!("{}, inbox {}", actor.username.as_deref().unwrap_or("without a name"), actor.inbox));
    keys(&actor, steps);
    handle(app, &actor, steps).await
}

/// Follows redirects, each with a signature of its own.
async fn hops(app: &App, mut url: url::Url, steps: &mut Steps) -> Option<net::Response> {
    for _ in 0..HOPS_MAX {
        let answer = steps.pass("request", fetch::hop(app, &url, activity::ACCEPT, Some(As::Instance)).await)?;
        match answer.status {
            200 => {
                steps.well("request", format!("{url} answered 200"));
                return Some(answer);
            }
            301 | 302 | 303 | 307 | 308 => {
                let next = steps.pass("redirect", fetch::next(&url, answer.header("location")))?;
                steps.well("redirect", format!("{url} answered {}: {next}", answer.status));
                url = next;
            }
            status => return steps.pass("request", Err::<net::Response, _>(format!("{url} answered {status}"))),
        }
    }
    steps.badly("redirect", Failure::from(net::Error::Redirects(HOPS_MAX - 1)));
    None
}

fn kinds(document: &Value) -> String {
    let kinds: Vec<&str> = document::many(document, "type").filter_map(Value::as_str).collect();
    if kinds.is_empty() { "without a type".to_owned() } else { kinds.join(", ") }
}

fn keys(actor: &Actor, steps: &mut Steps) {
    for key in &actor.keys {
        match key {
            Key::Inline(key) if key.is_own(&actor.id) => steps.well("key", format!("{}: the actor's own", key.id)),
            Key::Inline(key) => steps.well("key", format!("{}: must say whose it is at its own address", key.id)),
            Key::At(id) => steps.well("key", format!("{id}: to be fetched")),
        }
    }
    if actor.keys.is_empty() {
        steps.badly("key", "none: nothing the actor sends can be verified");
    }
}

async fn handle(app: &App, actor: &Actor, steps: &mut Steps) -> Option<()> {
    let full = actor.webfinger.as_ref().and_then(|(name, domain)| Handle::of(name, domain));
    let by_host = || Handle::of(actor.username.as_deref()?, &domain_of(&actor.id)?);
    let claim = steps.pass("webfinger", full.or_else(by_host).ok_or("the actor claims no handle that can be one"))?;
    let answer = steps.pass("webfinger", webfinger::find(app, &claim, &Budget::new(FETCHES_MAX)).await)?;
    if answer.actor != actor.id {
        steps.badly("webfinger", format!("{} names {}", claim.resource(), answer.actor));
        return None;
    }
    steps.well("webfinger", format!("{} names the actor", answer.subject.resource()));
    steps.well("account", format!("would be kept as @{}@{}", answer.subject.username, answer.subject.domain));
    Some(())
}
