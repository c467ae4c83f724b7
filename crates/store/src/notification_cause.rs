//! Why somebody is notified, and what kind of notification that makes.

use serde::{Deserialize, Serialize};

use crate::row::{FromColumn, Row};
use crate::value::Value;
use crate::{FollowId, FollowRequestId, PollId, Result, StatusId};

/// The API's `type`, and `notifications.kind`.
///
/// Source: docs.joinmastodon.org/entities/Notification/#type
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Mention,
    Status,
    Reblog,
    Follow,
    FollowRequest,
    Favourite,
    Poll,
    Update,
    Quote,
    QuotedUpdate,
    AdminSignUp,
    AdminReport,
    /// Written by a newer program that shares the database: never shown.
    Unknown,
}

impl Kind {
    const KNOWN: [Kind; 12] = [
        Kind::Mention,
        Kind::Status,
        Kind::Reblog,
        Kind::Follow,
        Kind::FollowRequest,
        Kind::Favourite,
        Kind::Poll,
        Kind::Update,
        Kind::Quote,
        Kind::QuotedUpdate,
        Kind::AdminSignUp,
        Kind::AdminReport,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Kind::Mention => "mention",
            Kind::Status => "status",
            Kind::Reblog => "reblog",
            Kind::Follow => "follow",
            Kind::FollowRequest => "follow_request",
            Kind::Favourite => "favourite",
            Kind::Poll => "poll",
            Kind::Update => "update",
            Kind::Quote => "quote",
            Kind::QuotedUpdate => "quoted_update",
            Kind::AdminSignUp => "admin.sign_up",
            Kind::AdminReport => "admin.report",
            Kind::Unknown => "unknown",
        }
    }

    /// `Unknown` for a word that names no kind.
    pub fn from_word(word: &str) -> Kind {
        Kind::KNOWN.into_iter().find(|kind| kind.word() == word).unwrap_or(Kind::Unknown)
    }
}

impl FromColumn for Kind {
    fn from_column(row: &Row<'_>, column: usize) -> Result<Self> {
        Ok(Kind::from_word(&String::from_column(row, column)?))
    }
}

impl From<Kind> for Value {
    fn from(kind: Kind) -> Self {
        kind.word().into()
    }
}

impl From<&[Kind]> for Value {
    fn from(kinds: &[Kind]) -> Self {
        kinds.iter().map(|kind| kind.word().to_owned()).collect::<Vec<_>>().into()
    }
}

/// What somebody is notified of. The same cause notifies once, and what it has notified of is taken back by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub enum Cause {
    /// Somebody is mentioned in a status.
    Mention(StatusId),
    /// Somebody whose statuses are wanted has posted one.
    Status(StatusId),
    Reblog {
        original: StatusId,
        reblog: StatusId,
    },
    Follow(FollowId),
    FollowRequest(FollowRequestId),
    Favourite {
        status: StatusId,
        /// `favourites.id`
        favourite: i64,
    },
    /// A poll that somebody made or voted in has ended.
    Poll {
        status: StatusId,
        poll: PollId,
    },
    /// A status that somebody reblogged was edited.
    Update(StatusId),
}

impl Cause {
    pub fn kind(self) -> Kind {
        match self {
            Cause::Mention(_) => Kind::Mention,
            Cause::Status(_) => Kind::Status,
            Cause::Reblog { .. } => Kind::Reblog,
            Cause::Follow(_) => Kind::Follow,
            Cause::FollowRequest(_) => Kind::FollowRequest,
            Cause::Favourite { .. } => Kind::Favourite,
            Cause::Poll { .. } => Kind::Poll,
            Cause::Update(_) => Kind::Update,
        }
    }

    /// The status that the notification shows, and goes with.
    pub fn status(self) -> Option<StatusId> {
        match self {
            Cause::Mention(status)
            | Cause::Status(status)
            | Cause::Reblog { original: status, .. }
            | Cause::Favourite { status, .. }
            | Cause::Poll { status, .. }
            | Cause::Update(status) => Some(status),
            Cause::Follow(_) | Cause::FollowRequest(_) => None,
        }
    }

    /// `notifications.activity_id`: the row by which the cause is known again.
    pub(crate) fn activity(self) -> i64 {
        match self {
            Cause::Mention(status) | Cause::Status(status) | Cause::Update(status) => status.0,
            Cause::Reblog { reblog, .. } => reblog.0,
            Cause::Follow(follow) => follow.0,
            Cause::FollowRequest(request) => request.0,
            Cause::Favourite { favourite, .. } => favourite,
            Cause::Poll { poll, .. } => poll.0,
        }
    }
}

/// A cause as jobs keep it.
#[derive(Serialize, Deserialize)]
struct Stored {
    kind: String,
    status: Option<StatusId>,
    activity: i64,
}

impl From<Cause> for Stored {
    fn from(cause: Cause) -> Stored {
        Stored { kind: cause.kind().word().to_owned(), status: cause.status(), activity: cause.activity() }
    }
}

impl TryFrom<Stored> for Cause {
    type Error = String;

    fn try_from(stored: Stored) -> std::result::Result<Cause, String> {
        let Stored { kind, status, activity } = stored;
        Ok(match (Kind::from_word(&kind), status) {
            (Kind::Mention, Some(status)) => Cause::Mention(status),
            (Kind::Status, Some(status)) => Cause::Status(status),
            (Kind::Reblog, Some(original)) => Cause::Reblog { original, reblog: StatusId(activity) },
            (Kind::Follow, _) => Cause::Follow(FollowId(activity)),
            (Kind::FollowRequest, _) => Cause::FollowRequest(FollowRequestId(activity)),
            (Kind::Favourite, Some(status)) => Cause::Favourite { status, favourite: activity },
            (Kind::Poll, Some(status)) => Cause::Poll { status, poll: PollId(activity) },
            (Kind::Update, Some(status)) => Cause::Update(status),
            _ => return Err(format!("nothing causes a notification called {kind}")),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_cause_is_read_as_it_was_kept() {
        let causes = [
            (Cause::Mention(StatusId(1)), "mention", Some(1), 1),
            (Cause::Status(StatusId(1)), "status", Some(1), 1),
            (Cause::Reblog { original: StatusId(1), reblog: StatusId(2) }, "reblog", Some(1), 2),
            (Cause::Follow(FollowId(2)), "follow", None, 2),
            (Cause::FollowRequest(FollowRequestId(2)), "follow_request", None, 2),
            (Cause::Favourite { status: StatusId(1), favourite: 2 }, "favourite", Some(1), 2),
            (Cause::Poll { status: StatusId(1), poll: PollId(2) }, "poll", Some(1), 2),
            (Cause::Update(StatusId(1)), "update", Some(1), 1),
        ];
        for (cause, kind, status, activity) in causes {
            let kept = serde_json::to_value(cause).unwrap();
            assert_eq!(kept, json!({ "kind": kind, "status": status, "activity": activity }));
            assert_eq!(serde_json::from_value::<Cause>(kept).unwrap(), cause);
        }
        for wrong in [json!({ "kind": "mention", "status": null, "activity": 1 }), json!({ "kind": "quote", "status": 1, "activity": 1 })] {
            assert!(serde_json::from_value::<Cause>(wrong).is_err());
        }
    }

    #[test]
    fn each_kind_is_known_by_its_word() {
        for kind in Kind::KNOWN {
            assert_eq!(Kind::from_word(kind.word()), kind);
        }
        assert_eq!(Kind::from_word("of a newer program"), Kind::Unknown);
    }
}
