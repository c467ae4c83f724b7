//! Asking other servers whom a handle names.

use url::Url;
use wire::webfinger::{self, Answer, Handle};

use super::budget::Budget;
use super::fetch::{self, Failure};
use crate::{App, net};

/// The actor that `handle` names, with the handle in the form its server prefers: `@bob@www.a.test` may be
/// `@bob@a.test`, if `a.test` says the same.
///
/// Errors: `Refused` for an answer that does not hold together, `Gone` for an account that was deleted.
/// Source: docs.joinmastodon.org/spec/webfinger
pub async fn find(app: &App, handle: &Handle, budget: &Budget) -> Result<Answer, Failure> {
    let first = ask(app, handle, budget).await?;
    if first.subject.is_same(handle) {
        return Ok(first);
    }
    let second = ask(app, &first.subject, budget).await?;
    if !second.subject.is_same(&first.subject) {
        return Err(Failure::refused(format!("{} is said to be {}, which says it is another", handle.resource(), first.subject.resource())));
    }
    if second.actor != first.actor {
        return Err(Failure::refused(format!("{} and {} do not name the same actor", handle.resource(), first.subject.resource())));
    }
    Ok(second)
}

/// What one server answers.
pub(super) async fn ask(app: &App, handle: &Handle, budget: &Budget) -> Result<Answer, Failure> {
    budget.spend()?;
    let mut url = address(&handle.domain, "/.well-known/webfinger")?;
    url.query_pairs_mut().append_pair("resource", &handle.resource());
    let page = match get(app, url, webfinger::ACCEPT).await {
        Err(Failure::Missing(404)) => elsewhere(app, handle, budget).await?,
        page => page?,
    };
    Ok(webfinger::read(&page.body)?)
}

/// Asks where the host's own description says that it is answered.
async fn elsewhere(app: &App, handle: &Handle, budget: &Budget) -> Result<net::Response, Failure> {
    budget.spend()?;
    let page = get(app, address(&handle.domain, "/.well-known/host-meta")?, webfinger::HOST_META_ACCEPT).await?;
    let template = webfinger::host_meta(&page.body).ok_or_else(|| Failure::refused("host-meta names no place to ask for accounts"))?;
    let resource: String = url::form_urlencoded::byte_serialize(handle.resource().as_bytes()).collect();
    let url = Url::parse(&template.replace("{uri}", &resource)).map_err(|_| Failure::refused("host-meta names no address"))?;
    budget.spend()?;
    fetch::get(app, url, webfinger::ACCEPT, None).await
}

/// By https; by http only where the operator allows it and https cannot be had, as on onion hosts. In private networks
/// http is then asked first.
async fn get(app: &App, url: Url, accept: &str) -> Result<net::Response, Failure> {
    let mut plain = url.clone();
    if !app.options.outgoing.allow_http || plain.set_scheme("http").is_err() {
        return fetch::get(app, url, accept, None).await;
    }
    let is_private = url.host_str().is_some_and(crate::urls::is_private_name);
    let (first, second) = if is_private { (plain, url) } else { (url, plain) };
    match fetch::get(app, first, accept, None).await {
        Err(Failure::Unreachable(_)) => fetch::get(app, second, accept, None).await,
        answer => answer,
    }
}

fn address(domain: &str, path: &str) -> Result<Url, Failure> {
    Url::parse(&format!("https://{domain}{path}")).map_err(|_| Failure::refused(format!("not a domain: {domain:?}")))
}
