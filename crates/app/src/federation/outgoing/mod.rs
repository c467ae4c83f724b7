//! What other servers are sent. Each function does nothing where it concerns nobody elsewhere, or where the one who acts
//! lives elsewhere. What comes in of the same type is in `incoming`, under the same name.
//!
//! What the verbs do in their transaction is here. What somebody says about a status is composed there and then, so that
//! it is in every queue in the order in which it was said; tallies and a changed profile are gathered for a while and
//! composed by a job. What reaches many is handed out by a job, and what the same actor says after that waits for it.

pub(crate) mod accept;
pub(crate) mod add;
pub(crate) mod announce;
mod between;
pub(crate) mod block;
pub mod compose;
pub(crate) mod create;
pub(crate) mod delete;
pub mod deliver;
pub(crate) mod follow;
pub(crate) mod like;
mod pins;
pub(crate) mod reach;
pub(crate) mod reject;
pub(crate) mod remove;
pub(crate) mod undo;
pub(crate) mod update;
