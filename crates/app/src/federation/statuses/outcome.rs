//! How a status came here, and what became of it.

use store::{AccountId, StatusId};
use wire::activity::note;

/// How a status comes here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Its author sent it.
    Pushed {
        /// The activity's addresses, for a status that has none.
        audience: note::Audience,
        /// Whose inbox it came to; `None` for the shared one.
        to: Option<AccountId>,
    },
    /// Somebody here asked for it, or for what answers it, so many answers below.
    Pulled { depth: usize },
}

/// What became of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is here now.
    New(StatusId),
    /// It was here.
    Known(StatusId),
    /// It is not kept, for this reason.
    Dropped(&'static str),
}

/// What became of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revision {
    /// There is a new version, or new counts.
    Done,
    Unknown,
    Dropped(&'static str),
}
