//! Who may see the public and the hashtag timelines: instance settings, apart for what is from here
//! and what is from elsewhere.

use store::timelines::Origin;

use crate::permissions::Permission;
use crate::settings::{FeedAccess, Settings};
use crate::{Error, Result, Viewer};

/// A kind of timeline with settings of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    Live,
    Hashtag,
}

/// Which of the two sides the caller asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    pub local: bool,
    pub remote: bool,
}

/// What the settings say of one timeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access {
    local: FeedAccess,
    remote: FeedAccess,
    sides: Sides,
    is_signed_in: bool,
    /// Their role shows them what is switched off.
    sees_all: bool,
}

impl Access {
    /// Errors: `Refused` for nobody, where the settings want somebody.
    pub fn of(settings: &Settings, topic: Topic, sides: Sides, viewer: Option<&Viewer>) -> Result<Access> {
        let (local, remote) = match topic {
            Topic::Live => (settings.feed_access("local_live_feed_access"), settings.feed_access("remote_live_feed_access")),
            Topic::Hashtag => (settings.feed_access("local_topic_feed_access"), settings.feed_access("remote_topic_feed_access")),
        };
        let open = match sides {
            Sides { local: true, .. } => local == FeedAccess::Public,
            Sides { remote: true, .. } => remote == FeedAccess::Public,
            _ => local == FeedAccess::Public && remote == FeedAccess::Public,
        };
        if !open && viewer.is_none() {
            return Err(Error::refused("error-user-required"));
        }
        let sees_all = viewer.is_some_and(|viewer| viewer.permissions.allow(Permission::ViewFeeds));
        Ok(Access { local, remote, sides, is_signed_in: viewer.is_some(), sees_all })
    }

    /// Whose statuses are shown; `None` when it is nobody's.
    pub fn origin(self) -> Option<Origin> {
        let sees = |access: FeedAccess| match access {
            FeedAccess::Public => true,
            FeedAccess::Authenticated => self.is_signed_in,
            FeedAccess::Disabled => self.sees_all,
        };
        let local_only = (self.sides.local && !self.sides.remote) || !sees(self.remote);
        let remote_only = (self.sides.remote && !self.sides.local) || !sees(self.local);
        match (local_only, remote_only) {
            (false, false) => Some(Origin::Everywhere),
            (true, false) => Some(Origin::Local),
            (false, true) => Some(Origin::Remote),
            (true, true) => None,
        }
    }
}
