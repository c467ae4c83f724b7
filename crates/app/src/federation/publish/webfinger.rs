//! WebFinger: from a handle or an address to the actor.

use serde_json::{Value, json};
use store::AccountId;
use store::accounts::{self, Account, INSTANCE_ACTOR};
use store::documents;
use url::Url;
use wire::webfinger::Handle;

use super::{Found, Named, owner};
use crate::urls::Urls;
use crate::{App, Error, Result};

/// Bytes of a resource that are looked at.
const RESOURCE_MAX: usize = 2_048;

/// Whom a resource names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Resource {
    Account(Named),
    Instance,
}

/// The answer about a resource; `None` if it is gone for good.
///
/// Errors: `Malformed` for what names nothing at all, `NotFound`. Source: RFC 7033,
/// docs.joinmastodon.org/spec/webfinger
pub async fn webfinger(app: &App, resource: &str) -> Result<Option<Value>> {
    match read(app.urls(), resource)? {
        Resource::Instance => {
            let row = app.read(|r| async move { accounts::find(&r, INSTANCE_ACTOR).await?.ok_or_else(Error::not_found) }).await?;
            Ok(Some(answer(app.urls(), &row, &app.urls().instance_actor_url(), None)))
        }
        Resource::Account(named) => match owner(app, &named).await? {
            Found::Gone => Ok(None),
            Found::Here(row) | Found::Suspended(row) => {
                let page = row.url.clone().unwrap_or_else(|| row.uri.clone());
                let avatar = avatar(app, &row).await?;
                Ok(Some(answer(app.urls(), &row, &page, avatar)))
            }
        },
    }
}

fn read(urls: &Urls, resource: &str) -> Result<Resource> {
    let malformed = || Error::malformed("the resource names no account");
    if resource.len() > RESOURCE_MAX {
        return Err(malformed());
    }
    let scheme = resource.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if scheme.is_some_and(|scheme| scheme == "https" || scheme == "http") {
        return address(urls, resource).ok_or_else(Error::not_found);
    }
    if !resource.contains('@') {
        let domain = resource.strip_suffix('/').unwrap_or(resource);
        return if !domain.is_empty() && urls.is_local_domain(domain) { Ok(Resource::Instance) } else { Err(malformed()) };
    }
    let bare = resource.strip_prefix("acct:").unwrap_or(resource);
    // The server itself answers to its domain.
    if let Some((name, domain)) = bare.split_once('@')
        && urls.is_local_domain(domain)
        && !domain.is_empty()
        && (urls.is_local_domain(name) || name == crate::setup::INSTANCE_ACTOR_NAME)
        && !name.is_empty()
    {
        return Ok(Resource::Instance);
    }
    let handle = Handle::read(resource).ok_or_else(malformed)?;
    if urls.is_local_domain(&handle.domain) { Ok(Resource::Account(Named::Username(handle.username))) } else { Err(Error::not_found()) }
}

/// What an address of ours stands for: a profile, an actor, the server itself.
fn address(urls: &Urls, text: &str) -> Option<Resource> {
    let (url, base) = (Url::parse(text).ok()?, Url::parse(&urls.base).ok()?);
    let is_ours =
        url.origin() == base.origin() || crate::urls::domain_of(text).is_some_and(|domain| domain.eq_ignore_ascii_case(&urls.account_domain));
    if !is_ours || !url.username().is_empty() {
        return None;
    }
    let path: Vec<&str> = url.path().trim_matches('/').split('/').collect();
    match path.as_slice() {
        [""] | ["actor"] => Some(Resource::Instance),
        ["ap", "users", id] => Some(Resource::Account(Named::Id(AccountId(id.parse().ok()?)))),
        ["users", name] => Some(Resource::Account(Named::Username((*name).to_owned()))),
        [name] => name.strip_prefix('@').map(|name| Resource::Account(Named::Username(name.to_owned()))),
        _ => None,
    }
}

/// Address and type of the avatar.
async fn avatar(app: &App, row: &Account) -> Result<Option<(String, String)>> {
    let Some(key) = row.avatar.clone().filter(|_| row.suspended_at.is_none()) else { return Ok(None) };
    let id = row.id;
    let parts = app.read(move |r| async move { Ok(documents::actor_parts(&r, id).await?) }).await?;
    Ok(parts.and_then(|parts| parts.avatar_mime).map(|mime| (app.urls().media_url(&key), mime)))
}

fn answer(urls: &Urls, row: &Account, page: &str, avatar: Option<(String, String)>) -> Value {
    let mut links = vec![
        json!({ "rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": page }),
        json!({ "rel": "self", "type": "application/activity+json", "href": row.uri }),
        json!({ "rel": "http://ostatus.org/schema/1.0/subscribe", "template": format!("{}/authorize_interaction?uri={{uri}}", urls.base) }),
        // FEP-3b86; there is no page to write on yet, so `Create` is not there.
        json!({ "rel": "https://w3id.org/fep/3b86/Object", "template": format!("{}/authorize_interaction?uri={{object}}", urls.base) }),
    ];
    if let Some((href, kind)) = avatar {
        links.push(json!({ "rel": "http://webfinger.net/rel/avatar", "type": kind, "href": href }));
    }
    let aliases = if row.id == INSTANCE_ACTOR { vec![row.uri.as_str()] } else { vec![page, row.uri.as_str()] };
    json!({ "subject": format!("acct:{}@{}", row.username, urls.account_domain), "aliases": aliases, "links": links })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_have_one_domain_and_addresses_the_other() {
        let urls = Urls { base: "https://social.here.test".into(), account_domain: "here.test".into(), web_domain: "social.here.test".into() };
        let alice = || Some(Resource::Account(Named::Username("alice".into())));
        for text in [
            "acct:alice@here.test",
            "alice@social.here.test",
            "https://social.here.test/@alice",
            "https://here.test/@alice",
            "https://social.here.test/users/alice",
            "HTTPS://SOCIAL.here.test/users/alice",
        ] {
            assert_eq!(read(&urls, text).ok(), alice(), "{text}");
        }
        for text in [
            "here.test",
            "social.here.test/",
            "HTTPS://here.test",
            "acct:here.test@here.test",
            "acct:social.here.test@social.here.test",
            "https://social.here.test/actor",
        ] {
            assert_eq!(read(&urls, text).ok(), Some(Resource::Instance), "{text}");
        }
        for text in ["acct:alice@else.here.test", "https://here.test:8443/@alice", "https://else.test/@alice", "alice", "else.test", "", "/"] {
            let found = read(&urls, text);
            assert!(found.is_err(), "{text} {found:?}");
        }
    }
}
