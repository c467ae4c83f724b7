//! Fetching documents of other servers.

use std::time::Duration;

use serde_json::Value;
use store::AccountId;
use store::accounts::INSTANCE_ACTOR;
use url::Url;
use wire::activity::{self, address};
use wire::webfinger::is_activity_type;

pub use super::failure::Failure;
use super::{asker, keys, same_origin};
use crate::net::{Place, Site};
use crate::urls::domain_of;
use crate::{App, net};

/// Redirects of one document, each to be signed for its own host.
const REDIRECTS_MAX: usize = 3;
/// A document with all its redirects.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Who signs the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum As {
    /// The instance actor.
    Instance,
    /// A local account, for what only it may see.
    Account(AccountId),
}

/// The ActivityPub document at `uri`, whose `id` is `uri`: it is of an ActivityPub type, and if its `id` is another
/// address, that one was asked instead, once, and says so of itself.
///
/// Errors: as [`Failure`] says. An address of ours is `Refused`: what is here is looked up, never fetched.
pub async fn document(app: &App, uri: &str, signer: As) -> Result<Value, Failure> {
    let url = address::read(uri).ok_or_else(|| Failure::refused(format!("not an address that may be asked: {uri:?}")))?;
    let page = get(app, url, activity::ACCEPT, Some(signer)).await?;
    own(app, uri, page, signer).await
}

/// As [`document`], for whoever brings the token. It is shown to the server of `uri` alone: no redirect is followed.
pub(super) async fn document_with_token(app: &App, uri: &str, token: &str) -> Result<Value, Failure> {
    let url = address::read(uri).ok_or_else(|| Failure::refused(format!("not an address that may be asked: {uri:?}")))?;
    let domain = domain(&url);
    if app.urls().is_local_domain(&domain) || app.context().rule(&domain).suspended {
        return Err(Failure::refused(format!("{domain} is not asked")));
    }
    let place = asker::place(app, &Site::of(&url)).await?;
    let request = app.net.get(url).without_redirects().timeout(TIMEOUT);
    let answer = request.header("accept", activity::ACCEPT).header("authorization", format!("Bearer {token}")).send().await;
    let answer = answer.map_err(Failure::from);
    note(app, place, answer.is_ok(), &answer);
    let answer = answer?;
    match answer.status {
        200 => {
            let (id, document) = read(&answer)?;
            if id == uri { Ok(document) } else { Err(Failure::refused(format!("the document at {uri} has the id {id}"))) }
        }
        410 => Err(Failure::Gone),
        401 | 403 | 404 => Err(Failure::Missing(answer.status)),
        other => Err(Failure::Unwell(other)),
    }
}

/// The document on `page`, which was asked for as `uri`, once it is known to speak for itself.
pub(super) async fn own(app: &App, uri: &str, page: net::Response, signer: As) -> Result<Value, Failure> {
    let (id, document) = read(&page)?;
    if speaks_for_itself(uri, &id, page.url.as_str()) {
        return Ok(document);
    }
    let url = address::read(&id).ok_or_else(|| Failure::refused("the document's id is not an address"))?;
    let page = get(app, url, activity::ACCEPT, Some(signer)).await?;
    let (own_id, document) = read(&page)?;
    if own_id == id && speaks_for_itself(&id, &own_id, page.url.as_str()) {
        return Ok(document);
    }
    Err(Failure::refused(format!("the document at {uri} has the id {id}, which does not say so of itself")))
}

/// Whether a document with this id may be believed: it was asked for by its id (or a part of it was), and came from its
/// own origin in the end.
fn speaks_for_itself(asked: &str, id: &str, came_from: &str) -> bool {
    (asked == id || asked.split('#').next() == Some(id)) && same_origin(id, came_from)
}

/// The document of an answer, with its id.
fn read(page: &net::Response) -> Result<(String, Value), Failure> {
    let kind = page.header("content-type").unwrap_or_default();
    if !is_activity_type(kind) {
        return Err(Failure::refused(format!("the answer is of the type {kind:?}, which is not one of ActivityPub")));
    }
    let document = activity::read(&page.body)?;
    let id = document.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Failure::refused("the document has no id"))?.to_owned();
    Ok((id, document))
}

/// Asks for `url` and follows its redirects. Each hop is a server we speak with, and none of them is this one.
///
/// Errors: `Unreachable` at once if too much waits for this server, or if it rests because it failed several times.
pub(super) async fn get(app: &App, url: Url, accept: &str, signer: Option<As>) -> Result<net::Response, Failure> {
    let place = asker::place(app, &Site::of(&url)).await?;
    let mut has_answered = false;
    let answer = tokio::time::timeout(TIMEOUT, follow(app, url, accept, signer, &mut has_answered)).await;
    let answer = answer.unwrap_or_else(|_| Err(net::Error::Timeout.into()));
    note(app, place, has_answered, &answer);
    answer
}

/// Notes whether a host answered, and gives its place back. Where a redirect leads says nothing of the host that redirects.
fn note(app: &App, place: Option<Place>, has_answered: bool, answer: &Result<net::Response, Failure>) {
    match (place, answer) {
        (Some(place), _) if has_answered => place.answered(),
        (Some(place), Err(Failure::Unreachable(_))) => place.failed(app.now_ms()),
        _ => {}
    }
}

async fn follow(app: &App, mut url: Url, accept: &str, signer: Option<As>, has_answered: &mut bool) -> Result<net::Response, Failure> {
    for _ in 0..=REDIRECTS_MAX {
        let answer = hop(app, &url, accept, signer).await?;
        *has_answered = true;
        if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
            return match answer.status {
                200 => Ok(answer),
                410 => Err(Failure::Gone),
                401 | 403 | 404 => Err(Failure::Missing(answer.status)),
                408 | 429 | 500.. => Err(Failure::Unwell(answer.status)),
                other => Err(Failure::refused(format!("{} answered {other}", domain(&url)))),
            };
        }
        url = next(&url, answer.header("location"))?;
    }
    Err(net::Error::Redirects(REDIRECTS_MAX).into())
}

/// One request, without following.
pub(super) async fn hop(app: &App, url: &Url, accept: &str, signer: Option<As>) -> Result<net::Response, Failure> {
    let domain = domain(url);
    if app.urls().is_local_domain(&domain) {
        return Err(Failure::refused("an address of this server is not fetched"));
    }
    if app.context().rule(&domain).suspended {
        return Err(Failure::refused(format!("{domain} is blocked here")));
    }
    let mut request = app.net.get(url.clone()).without_redirects().header("accept", accept);
    if let Some(signer) = signer {
        for (name, value) in signature(app, url, signer).await {
            request = request.header(name, value);
        }
    }
    asker::asks(&domain);
    let answer = request.send().await;
    if !matches!(answer, Err(net::Error::Timeout | net::Error::Slow(_) | net::Error::Connection(_) | net::Error::Refused(_))) {
        asker::is_answered();
    }
    Ok(answer?)
}

/// Without a signature many servers answer all the same.
async fn signature(app: &App, url: &Url, signer: As) -> Vec<keys::Header> {
    let account = match signer {
        As::Instance => INSTANCE_ACTOR,
        As::Account(account) => account,
    };
    match keys::sign(app, account, "GET", url, None).await {
        Ok(headers) => headers,
        Err(error) => {
            tracing::warn!(%error, account = account.0, "a request could not be signed");
            Vec::new()
        }
    }
}

/// Where a redirect leads.
pub(super) fn next(url: &Url, location: Option<&str>) -> Result<Url, Failure> {
    let next = location.and_then(|location| url.join(location).ok()).filter(|next| address::is_address(next.as_str()));
    let mut next = next.ok_or_else(|| Failure::refused(format!("a redirect from {url} that leads nowhere")))?;
    next.set_fragment(None);
    Ok(next)
}

/// The domain of an address that has one.
pub(super) fn domain(url: &Url) -> String {
    domain_of(url.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_speaks_for_itself_from_its_own_origin_alone() {
        assert!(speaks_for_itself("https://a.test/x", "https://a.test/x", "https://a.test/x.json"));
        assert!(speaks_for_itself("https://a.test/x#key", "https://a.test/x", "https://a.test/x"));
        assert!(speaks_for_itself("https://a.test/x#key", "https://a.test/x#key", "https://a.test/x"));
        assert!(!speaks_for_itself("https://a.test/x", "https://a.test/y", "https://a.test/x"));
        assert!(!speaks_for_itself("https://a.test/x", "https://a.test/x", "https://b.test/x"));
        assert!(!speaks_for_itself("https://a.test/x", "https://b.test/x", "https://b.test/x"));
        assert!(!speaks_for_itself("https://a.test/x", "https://a.test:8443/x", "https://a.test:8443/x"));
    }
}
