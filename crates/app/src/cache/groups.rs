//! Notifications in groups, as they are kept and shown.

use store::notifications::{Filter, Kind, Notification};
use store::{AccountId, NotificationId};

/// Begins the key of what stands alone; its id follows.
pub(crate) const ALONE: &str = "ungrouped-";

/// A group, or one that stands alone.
#[derive(Clone, Debug)]
pub struct Group {
    pub key: String,
    /// The notification that stands for it: the newest of the page.
    pub head: Notification,
    /// Up to the end of the page, as are the newest and the samples, so that a group on several pages tells of each
    /// notification where it belongs.
    pub count: i64,
    pub newest: NotificationId,
    /// Newest first.
    pub samples: Vec<AccountId>,
    pub on_page: Option<OnPage>,
}

/// The part of a group that a page shows.
#[derive(Clone, Copy, Debug)]
pub struct OnPage {
    pub min: NotificationId,
    /// Milliseconds UTC.
    pub newest_at: i64,
}

/// Which groups are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub filter: Filter,
    /// The kinds that are grouped; all that can be when empty.
    pub kinds: Vec<Kind>,
}

/// The key of a notification without a group.
pub fn alone(id: NotificationId) -> String {
    format!("{ALONE}{id}")
}
