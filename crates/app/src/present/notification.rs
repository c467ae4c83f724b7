//! Notifications.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use store::notifications::{Kind, Notification};
use store::{AccountId, Reader, StatusId};
use wire::mastodon as m;
use wire::{DateTime, Id, Shared};

use super::view::{View, view};
use super::{account, status};
use crate::cache::cards::AccountCard;
use crate::cache::groups::{self, Group};
use crate::{App, Result, Viewer};

/// One notification as it is shown; `None` when what it is about was deleted a moment ago.
pub async fn notification(app: &App, viewer: &Viewer, row: Notification) -> Result<Option<m::Notification>> {
    view(app, Some(viewer.account_id), move |r, view| async move {
        let loaded = load(&r, &view, About::of(std::slice::from_ref(&row))).await?;
        Ok(loaded.notification(&row))
    })
    .await
}

/// What notifications are about.
pub(crate) struct Loaded {
    pub(crate) statuses: status::Loaded,
    from: HashMap<AccountId, Arc<AccountCard>>,
}

/// Which statuses they are about, and whom they come from.
pub(crate) struct About {
    statuses: Vec<StatusId>,
    from: Vec<AccountId>,
}

impl About {
    pub(crate) fn of(rows: &[Notification]) -> About {
        let statuses = distinct(rows.iter().filter_map(|row| row.status_id));
        About { statuses, from: distinct(rows.iter().map(|row| row.from_account_id)) }
    }

    pub(crate) fn of_groups(groups: &[Group]) -> About {
        let statuses = distinct(groups.iter().filter_map(|group| group.head.status_id));
        About { statuses, from: distinct(groups.iter().flat_map(|group| group.samples.iter().copied())) }
    }
}

pub(crate) async fn load(r: &Reader, view: &View, about: About) -> Result<Loaded> {
    Ok(Loaded { statuses: status::load(r, view, &about.statuses).await?, from: account::cards(r, view, &about.from).await? })
}

/// As [`load`], if all of it is in memory.
pub(crate) fn from_memory(view: &View, about: About, marks: &Arc<HashSet<(i64, i64)>>) -> Option<Loaded> {
    let from = view.look.accounts(&about.from);
    let statuses = status::from_memory(view, &about.statuses, marks)?;
    (from.len() == about.from.len()).then_some(Loaded { statuses, from })
}

impl Loaded {
    pub(crate) fn notification(&self, row: &Notification) -> Option<m::Notification> {
        let kind = shown_kind(row.kind)?;
        let status = row.status_id.and_then(|id| self.statuses.status(id)).map(Box::new);
        if kind.has_status() && status.is_none() {
            // Deleted a moment ago: the notification is about to go, too.
            return None;
        }
        Some(m::Notification {
            id: Id(row.id.0),
            kind,
            group_key: row.group_key.clone().unwrap_or_else(|| groups::alone(row.id)),
            created_at: DateTime(row.created_at),
            account: self.from.get(&row.from_account_id).filter(|from| !from.suspended)?.shown.clone(),
            status: kind.has_status().then_some(status),
            filtered: row.filtered,
            ..m::Notification::default()
        })
    }
}

/// How much is told of the accounts of groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accounts {
    Full,
    /// In full only the newest of each group.
    PartialAvatars,
}

/// One group as it is shown.
pub async fn group(app: &App, viewer: &Viewer, group: Group) -> Result<m::GroupedNotificationsResults> {
    view(app, Some(viewer.account_id), move |r, view| async move {
        let found = [group];
        Ok(load(&r, &view, About::of_groups(&found)).await?.groups(&found, Accounts::Full))
    })
    .await
}

impl Loaded {
    /// These groups, with each of their accounts and statuses once.
    pub(crate) fn groups(&self, groups: &[Group], detail: Accounts) -> m::GroupedNotificationsResults {
        let of_groups = distinct(groups.iter().filter_map(|group| group.head.status_id));
        let statuses = self.statuses.statuses(&of_groups);
        let there: HashSet<i64> = statuses.iter().map(|status| status.id.0).collect();
        let shown: Vec<m::NotificationGroup> = groups.iter().filter_map(|group| one_group(group, &there)).collect();
        let groups_shown = || shown.iter().map(|group| group.sample_account_ids.as_slice());
        let firsts: HashSet<Id> = groups_shown().filter_map(|ids| ids.first().copied()).collect();
        let wanted = distinct(groups_shown().flatten().map(|id| AccountId(id.0)));
        let accounts: Vec<Shared<m::Account>> = wanted.iter().filter_map(|id| self.from.get(id)).map(|card| card.shown.clone()).collect();
        let (accounts, partial_accounts) = match detail {
            Accounts::Full => (accounts, None),
            Accounts::PartialAvatars => {
                let (full, partial): (Vec<_>, Vec<_>) = accounts.into_iter().partition(|account| firsts.contains(&account.id));
                (full, Some(partial.iter().map(|account| m::PartialAccountWithAvatar::from(&**account)).collect()))
            }
        };
        m::GroupedNotificationsResults { accounts, partial_accounts, statuses, notification_groups: shown }
    }
}

/// `None` if its status was deleted a moment ago, or no entity knows its kind.
fn one_group(group: &Group, statuses: &HashSet<i64>) -> Option<m::NotificationGroup> {
    let kind = shown_kind(group.head.kind)?;
    let status = group.head.status_id.map(|id| Id(id.0)).filter(|id| statuses.contains(&id.0));
    if kind.has_status() && status.is_none() {
        return None;
    }
    Some(m::NotificationGroup {
        group_key: group.key.clone(),
        notifications_count: group.count,
        kind,
        most_recent_notification_id: group.newest.0,
        page_min_id: group.on_page.map(|page| Id(page.min.0)),
        page_max_id: group.on_page.map(|_| Id(group.newest.0)),
        latest_page_notification_at: group.on_page.map(|page| DateTime(page.newest_at)),
        sample_account_ids: group.samples.iter().map(|id| Id(id.0)).collect(),
        status_id: kind.has_status().then_some(status),
        ..m::NotificationGroup::default()
    })
}

fn distinct<T: Copy + Eq + Hash>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::new();
    items.filter(|item| seen.insert(*item)).collect()
}

/// `None` if it cannot be shown.
pub(super) fn shown_kind(kind: Kind) -> Option<m::NotificationType> {
    Some(match kind {
        Kind::Mention => m::NotificationType::Mention,
        Kind::Status => m::NotificationType::Status,
        Kind::Reblog => m::NotificationType::Reblog,
        Kind::Follow => m::NotificationType::Follow,
        Kind::FollowRequest => m::NotificationType::FollowRequest,
        Kind::Favourite => m::NotificationType::Favourite,
        Kind::Poll => m::NotificationType::Poll,
        Kind::Update => m::NotificationType::Update,
        Kind::Quote => m::NotificationType::Quote,
        Kind::QuotedUpdate => m::NotificationType::QuotedUpdate,
        Kind::AdminSignUp => m::NotificationType::AdminSignUp,
        Kind::AdminReport => m::NotificationType::AdminReport,
        Kind::Unknown => return None,
    })
}
