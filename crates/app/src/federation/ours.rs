//! What of ours an address names: it is looked up, never fetched.

use store::accounts::{self, Account, INSTANCE_ACTOR};
use store::statuses::{self, Status};
use store::{AccountId, Reader, StatusId};
use url::Url;

use super::same_origin;
use crate::Result;
use crate::urls::Urls;

/// The local account whose actor or profile `uri` is, in both families of addresses; the instance actor, too.
pub(crate) async fn account(r: &Reader, urls: &Urls, uri: &str) -> Result<Option<Account>> {
    let Some(path) = path(urls, uri) else { return Ok(None) };
    match path.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["actor"] => by_id(r, INSTANCE_ACTOR).await,
        ["ap", "users", id] => by_number(r, id).await,
        ["users", name] => by_name(r, name).await,
        [name] if name.starts_with('@') => by_name(r, &name[1..]).await,
        _ => Ok(None),
    }
}

/// The local status whose object or page `uri` is, if it is not deleted.
pub(crate) async fn status(r: &Reader, urls: &Urls, uri: &str) -> Result<Option<Status>> {
    let Some(path) = path(urls, uri) else { return Ok(None) };
    let (author, id) = match path.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ap", "users", author, "statuses", id] => (by_number(r, author).await?, id),
        ["users", name, "statuses", id] => (by_name(r, name).await?, id),
        [name, id] if name.starts_with('@') => (by_name(r, &name[1..]).await?, id),
        _ => return Ok(None),
    };
    let (Some(author), Some(id)) = (author, number(id)) else { return Ok(None) };
    Ok(statuses::find(r, StatusId(id)).await?.filter(|status| status.local && status.account_id == author.id))
}

/// The steps of an address of this server that names a thing: no query, no fragment.
fn path(urls: &Urls, uri: &str) -> Option<Vec<String>> {
    if !same_origin(uri, &urls.base) {
        return None;
    }
    let url = Url::parse(uri).ok().filter(|url| url.query().is_none() && url.fragment().is_none())?;
    Some(url.path_segments()?.map(str::to_owned).collect())
}

fn number(digits: &str) -> Option<i64> {
    digits.parse().ok().filter(|id: &i64| *id > 0 && id.to_string() == digits)
}

async fn by_number(r: &Reader, digits: &str) -> Result<Option<Account>> {
    match number(digits) {
        Some(id) => by_id(r, AccountId(id)).await,
        None => Ok(None),
    }
}

async fn by_id(r: &Reader, id: AccountId) -> Result<Option<Account>> {
    Ok(accounts::find(r, id).await?.filter(Account::is_local))
}

async fn by_name(r: &Reader, name: &str) -> Result<Option<Account>> {
    Ok(accounts::find_by_handle(r, name, "").await?.filter(|account| account.id.0 > 0))
}
