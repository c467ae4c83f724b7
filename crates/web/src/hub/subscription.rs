//! Streams by name, what they need, and the topics they are made of.
//!
//! Source: docs.joinmastodon.org/methods/streaming/#streams and Mastodon's streaming server.

use std::sync::Arc;

use app::ids::{AccountId, ListId};
use app::streams::{self, FeedAccess};
use app::timelines::access;
use app::tokens::Access;
use app::{App, Error, Words};

use crate::error::{Fail, Result};

/// A longer name of a hashtag or list is none.
const PARAM_CHARS_MAX: usize = 500;

/// Whose statuses a public stream tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    All,
    Local,
    Remote,
}

/// A stream as clients name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    User,
    UserNotification,
    Public { reach: Reach, only_media: bool },
    Hashtag { only_local: bool },
    List,
    Direct,
}

const NAMES: [(&str, Stream); 12] = [
    ("user", Stream::User),
    ("user:notification", Stream::UserNotification),
    ("public", Stream::Public { reach: Reach::All, only_media: false }),
    ("public:media", Stream::Public { reach: Reach::All, only_media: true }),
    ("public:local", Stream::Public { reach: Reach::Local, only_media: false }),
    ("public:local:media", Stream::Public { reach: Reach::Local, only_media: true }),
    ("public:remote", Stream::Public { reach: Reach::Remote, only_media: false }),
    ("public:remote:media", Stream::Public { reach: Reach::Remote, only_media: true }),
    ("hashtag", Stream::Hashtag { only_local: false }),
    ("hashtag:local", Stream::Hashtag { only_local: true }),
    ("list", Stream::List),
    ("direct", Stream::Direct),
];

impl Stream {
    pub fn from_name(name: &str) -> Option<Stream> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, stream)| *stream)
    }

    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, stream)| *stream == self).map_or("", |(name, _)| name)
    }
}

/// What an event is told on. One stream may have several topics.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    User(AccountId),
    Notifications(AccountId),
    Direct(AccountId),
    List(ListId),
    Public {
        reach: Reach,
        only_media: bool,
    },
    /// The name is normalised.
    Hashtag {
        name: Arc<str>,
        only_local: bool,
    },
}

impl Topic {
    /// Whether it is told of what everybody may see.
    pub fn is_public(&self) -> bool {
        matches!(self, Topic::Public { .. } | Topic::Hashtag { .. })
    }
}

/// A stream with its parameters, as somebody may listen to it.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub stream: Stream,
    pub topics: Vec<Topic>,
    /// The JSON list that names the stream in messages: `["hashtag","cats"]`.
    pub name: Arc<str>,
    pub access: FeedAccess,
}

/// What a client says beside the stream's name.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub stream: String,
    pub tag: Option<String>,
    pub list: Option<String>,
}

/// What `access` gets when it wants this.
///
/// Errors, in Mastodon's order: 401 for a scope (400 for an unknown stream whose scope would do), 400 for a
/// missing parameter, 401 for a list that is not the viewer's.
pub async fn resolve(app: &App, access: &Access, wanted: &Wanted) -> Result<Subscription> {
    let stream = Stream::from_name(&wanted.stream);
    let scope = if stream == Some(Stream::UserNotification) { "read:notifications" } else { "read:statuses" };
    if !access.scopes.opens(scope) {
        return Err(Error::Unauthorized(Words::new("error-stream-scopes")).into());
    }
    let stream = stream.ok_or_else(|| Fail::from(Error::Malformed(Words::new("error-stream-unknown"))))?;
    let viewer = access.viewer()?;
    let (topics, shown) = match stream {
        Stream::List => {
            let shown = param("list", wanted.list.as_deref())?;
            let list = shown.trim().parse::<ListId>().ok();
            let own = match list {
                Some(list) if streams::owns_list(app, viewer, list).await? => list,
                _ => return Err(Error::Unauthorized(Words::new("error-stream-list")).into()),
            };
            (vec![Topic::List(own)], Some(shown))
        }
        _ => topics(stream, access, viewer.account_id, wanted)?,
    };
    let feed = match stream {
        Stream::Public { .. } => streams::feed_access(app, viewer, access::Topic::Live)?,
        Stream::Hashtag { .. } => streams::feed_access(app, viewer, access::Topic::Hashtag)?,
        _ => FeedAccess { local: true, remote: true },
    };
    let parts: Vec<&str> = [Some(stream.name()), shown].into_iter().flatten().collect();
    Ok(Subscription { stream, topics, name: serde_json::json!(parts).to_string().into(), access: feed })
}

/// The topics that need no look into the database, and the parameter shown in messages.
fn topics<'a>(stream: Stream, access: &Access, account: AccountId, wanted: &'a Wanted) -> Result<(Vec<Topic>, Option<&'a str>)> {
    Ok(match stream {
        Stream::User => {
            let notifications = access.scopes.opens("read:notifications").then_some(Topic::Notifications(account));
            ([Topic::User(account)].into_iter().chain(notifications).collect(), None)
        }
        Stream::UserNotification => (vec![Topic::Notifications(account)], None),
        Stream::Direct => (vec![Topic::Direct(account)], None),
        Stream::Public { reach, only_media } => (vec![Topic::Public { reach, only_media }], None),
        Stream::Hashtag { only_local } => {
            let shown = param("tag", wanted.tag.as_deref())?;
            let name = text::tags::normalize(shown).into();
            (vec![Topic::Hashtag { name, only_local }], Some(shown))
        }
        Stream::List => (Vec::new(), None),
    })
}

/// What unsubscribing ends: a stream's topics, whether or not the viewer may listen to them.
pub fn named(access: &Access, wanted: &Wanted) -> Option<(Stream, Vec<Topic>)> {
    let stream = Stream::from_name(&wanted.stream)?;
    let account = access.viewer().ok()?.account_id;
    if stream == Stream::List {
        return Some((stream, vec![Topic::List(wanted.list.as_deref()?.trim().parse().ok()?)]));
    }
    Some((stream, topics(stream, access, account, wanted).ok()?.0))
}

fn param<'a>(name: &'static str, value: Option<&'a str>) -> Result<&'a str> {
    let missing = || Fail::from(Error::Malformed(Words::new("error-stream-param-missing").with("name", name)));
    value.filter(|value| !value.is_empty() && value.chars().count() <= PARAM_CHARS_MAX).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stream_has_one_name() {
        for (name, stream) in NAMES {
            assert_eq!((Stream::from_name(name), stream.name()), (Some(stream), name));
        }
        assert_eq!(Stream::from_name("public:allow_local_only"), None);
    }
}
