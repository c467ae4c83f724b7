//! Who may see the public and the hashtag timelines: instance settings, apart for what is from here
//! and what is from elsewhere.

use store::users::{self, EVERYONE};
use store::{Reader, RoleId, UserId};

use crate::settings::{FeedAccess, Settings};
use crate::{Error, Result, Viewer};
use store::timelines::Origin;

/// Bits of `roles.permissions`.
const ADMINISTRATOR: i64 = 1;
const VIEW_FEEDS: i64 = 1 << 20;

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
        Ok(Access { local, remote, sides })
    }

    /// Whose statuses are shown; `None` when it is nobody's.
    pub async fn origin(self, r: &Reader, user: Option<UserId>) -> Result<Option<Origin>> {
        let is_special = self.local == FeedAccess::Disabled || self.remote == FeedAccess::Disabled;
        let sees_all = match user {
            Some(user) if is_special => may_view_feeds(r, user).await?,
            _ => false,
        };
        let sees = |access: FeedAccess| match access {
            FeedAccess::Public => true,
            FeedAccess::Authenticated => user.is_some(),
            FeedAccess::Disabled => sees_all,
        };
        let local_only = (self.sides.local && !self.sides.remote) || !sees(self.remote);
        let remote_only = (self.sides.remote && !self.sides.local) || !sees(self.local);
        Ok(match (local_only, remote_only) {
            (false, false) => Some(Origin::Everywhere),
            (true, false) => Some(Origin::Local),
            (false, true) => Some(Origin::Remote),
            (true, true) => None,
        })
    }
}

async fn may_view_feeds(r: &Reader, user: UserId) -> Result<bool> {
    let role = users::find(r, user).await?.and_then(|user| user.role_id);
    let wanted: Vec<RoleId> = [Some(EVERYONE), role].into_iter().flatten().collect();
    Ok(users::list_roles(r, &wanted).await?.iter().any(|role| role.permissions & (ADMINISTRATOR | VIEW_FEEDS) != 0))
}
