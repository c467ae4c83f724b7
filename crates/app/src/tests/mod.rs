//! Tests of the rules and jobs: every story runs on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod attachments_of_others;
mod audience;
mod cards;
mod changes_of_others;
mod credentials;
mod deleting;
mod delivering;
mod domains;
mod emojis;
mod expire;
mod feeds;
mod follow_all;
mod foreign_shapes;
mod host_software;
mod hostile;
pub(crate) mod jobs;
mod lengths;
mod mail;
mod marks;
mod media;
mod nodes;
mod oauth;
mod own_domains;
mod parties;
mod posting;
mod push;
mod relations;
mod remote_accounts;
mod remote_media;
mod rules;
mod search;
mod settings;
mod sight;
mod slow_hosts;
mod statuses_of_others;
mod threads;
mod ties;
mod trust;

use crate::Error;

/// The message ids of what was wrong.
fn problems(error: Error) -> Vec<&'static str> {
    match error {
        Error::Invalid(problems) => problems.iter().map(|words| words.id).collect(),
        Error::NotFound(words)
        | Error::Unauthorized(words)
        | Error::Forbidden(words)
        | Error::Refused(words)
        | Error::Outdated(words)
        | Error::Malformed(words) => {
            vec![words.id]
        }
        Error::Limited(_) => vec!["limited"],
        Error::OAuth { code, .. } => vec![code],
        Error::Conflict(cause) | Error::Temporary(cause) | Error::Internal(cause) => panic!("{cause}"),
    }
}

/// The ids of the thread around a status, as far as `viewer` may see it.
pub(crate) async fn thread(
    app: &crate::App,
    viewer: Option<store::AccountId>,
    id: store::StatusId,
) -> crate::Result<crate::statuses::context::Thread> {
    app.read(move |r| async move { crate::statuses::context::read(&r, viewer, id).await }).await
}
