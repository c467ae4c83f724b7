//! What an address or a handle names: known here, or fetched from where it lives.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use store::{AccountId, StatusId};

use super::fetch::Failure;
use crate::App;

/// Documents that one activity, one request or one thread may have fetched.
pub const FETCHES_MAX: usize = 100;

/// What is left of the documents that one cause may have fetched; its clones share it.
#[derive(Clone, Debug)]
pub struct Budget(Arc<AtomicUsize>);

impl Budget {
    pub fn new(fetches: usize) -> Budget {
        Budget(Arc::new(AtomicUsize::new(fetches)))
    }

    /// Takes one. Errors: `Budget` if none is left.
    pub fn spend(&self) -> Result<(), Failure> {
        let spend = |left: usize| left.checked_sub(1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).map(drop).map_err(|_| Failure::Budget)
    }
}

impl Default for Budget {
    fn default() -> Budget {
        Budget::new(FETCHES_MAX)
    }
}

/// The account whose actor is `uri`: known, or fetched and verified by WebFinger.
pub async fn account(app: &App, uri: &str, budget: &Budget) -> Result<AccountId, Failure> {
    let _ = (app, uri, budget);
    Err(Failure::Internal("accounts are not resolved yet".into()))
}

/// The account with this handle: known, or found by WebFinger. `domain` is not ours.
pub async fn account_by_handle(app: &App, username: &str, domain: &str, budget: &Budget) -> Result<AccountId, Failure> {
    let _ = (app, username, domain, budget);
    Err(Failure::Internal("accounts are not resolved yet".into()))
}

/// The status whose object is `uri`: known, or fetched from its origin and kept.
pub async fn status(app: &App, uri: &str, budget: &Budget) -> Result<StatusId, Failure> {
    super::note::resolve(app, uri, budget).await
}

/// What an address typed by a person leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Account(AccountId),
    Status(StatusId),
}

/// What is at `address`: an actor's or an object's id, or a page that names one.
pub async fn address(app: &App, address: &str, budget: &Budget) -> Result<Found, Failure> {
    let _ = (app, address, budget);
    Err(Failure::Internal("addresses are not resolved yet".into()))
}
