//! Fetching documents of other servers.

use serde_json::Value;
use store::AccountId;

use crate::{App, net};

/// Who signs the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum As {
    /// The instance actor.
    Instance,
    /// A local account, for what only it may see.
    Account(AccountId),
}

/// Why there is no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// 410: it was there and will not come back.
    #[error("it is gone")]
    Gone,
    /// 404, or 401 and 403: it is not for us.
    #[error("it is not there, or not for us ({0})")]
    Missing(u16),
    /// It must not be asked for, or its answer must not be believed. Trying again will not help.
    #[error("{0}")]
    Refused(String),
    /// Another time, perhaps.
    #[error("{0}")]
    Unreachable(String),
    /// What one request may fetch is used up.
    #[error("too much had to be fetched")]
    Budget,
    /// Ours.
    #[error("{0}")]
    Internal(String),
}

impl From<net::Error> for Failure {
    fn from(error: net::Error) -> Failure {
        match error {
            net::Error::Timeout | net::Error::Connection(_) => Failure::Unreachable(error.to_string()),
            net::Error::InTransaction | net::Error::Setup(_) => Failure::Internal(error.to_string()),
            other => Failure::Refused(other.to_string()),
        }
    }
}

impl From<crate::Error> for Failure {
    fn from(error: crate::Error) -> Failure {
        Failure::Internal(error.to_string())
    }
}

/// The ActivityPub document at `uri`, whose `id` is `uri`: it is of an ActivityPub type, and if its `id` is another
/// address, that one was asked instead, once, and says so of itself.
pub async fn document(app: &App, uri: &str, signer: As) -> Result<Value, Failure> {
    let _ = (app, uri, signer);
    Err(Failure::Internal("documents are not fetched yet".into()))
}
