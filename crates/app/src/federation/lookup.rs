//! What an address leads to that a person typed: an actor, an object, or a page that names one.

use serde_json::Value;
use store::remote_accounts as rows;
use wire::activity::{actor as reader, address};

use super::budget::Budget;
use super::failure::Failure;
use super::resolve::{Found, discover, known_account, local};
use super::{actor, page, statuses};
use crate::App;
use crate::urls::domain_of;

/// What is at `address`: an actor's or an object's id, or a page that names one.
///
/// Errors: as [`Failure`] says.
pub async fn address(app: &App, address: &str, budget: &Budget) -> Result<Found, Failure> {
    let url = address::read(address).ok_or_else(|| Failure::refused("not an address that may be asked"))?;
    if let Some(found) = local(app, address).await? {
        return Ok(found);
    }
    if let Some(id) = known_account(app, address).await? {
        return Ok(Found::Account(id));
    }
    if let Some(id) = statuses::find(app, address).await? {
        return Ok(Found::Status(id));
    }
    discover(app, &domain_of(address).unwrap_or_default()).await?;
    budget.spend()?;
    let document = match page::document(app, url, budget).await {
        Ok(document) => document,
        Err(failure) => return otherwise(app, address, failure).await,
    };
    let id = document.get("id").and_then(Value::as_str).unwrap_or_default();
    if reader::read(&document).is_ok() {
        return actor::keep(app, &document, budget).await.map(Found::Account);
    }
    statuses::resolve(app, id, budget).await.map(Found::Status)
}

/// What is known of an address that cannot be had: an account by its page.
async fn otherwise(app: &App, address: &str, failure: Failure) -> Result<Found, Failure> {
    let page = address.to_owned();
    let found = app.read(move |r| async move { Ok(rows::list_by_url(&r, &page).await?) }).await?;
    match &found[..] {
        [known] if failure != Failure::Gone => Ok(Found::Account(known.id)),
        _ => Err(failure),
    }
}
