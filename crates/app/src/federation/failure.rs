//! Why nothing can be had from another server.

use wire::activity;

use crate::net;

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
    /// It answered that it cannot now (429, 5xx): another time, perhaps.
    #[error("its server answered {0}")]
    Unwell(u16),
    /// What one request may fetch is used up.
    #[error("too much had to be fetched")]
    Budget,
    /// Ours.
    #[error("{0}")]
    Internal(String),
}

impl Failure {
    pub(crate) fn refused(why: impl Into<String>) -> Failure {
        Failure::Refused(why.into())
    }
}

impl From<net::Error> for Failure {
    fn from(error: net::Error) -> Failure {
        match error {
            net::Error::Timeout | net::Error::Slow(_) | net::Error::Connection(_) => Failure::Unreachable(error.to_string()),
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

impl From<activity::Unreadable> for Failure {
    fn from(error: activity::Unreadable) -> Failure {
        Failure::Refused(error.to_string())
    }
}
