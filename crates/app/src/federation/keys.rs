//! Keys: our own to sign with, those of others to verify with.

use bytes::Bytes;
use store::AccountId;
use url::Url;

use crate::{App, Error, Result};

/// A header to be sent.
pub type Header = (&'static str, String);

/// The headers that sign a request by a local account (or the instance actor): `date`, `signature`, and for a body
/// `digest`.
pub async fn sign(app: &App, account: AccountId, method: &str, url: &Url, body: Option<&Bytes>) -> Result<Vec<Header>> {
    let _ = (app, account, method, url, body);
    Err(Error::internal("requests are not signed yet"))
}
