//! Notifications.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use store::notifications::Notification;
use store::{AccountId, StatusId};
use wire::mastodon as m;
use wire::{DateTime, Id, Shared};

use super::{account, status};
use crate::notifications::groups::Group;
use crate::{App, Result, Viewer};

/// These notifications with their accounts and statuses.
pub async fn notifications(app: &App, viewer: &Viewer, rows: Vec<Notification>) -> Result<Vec<m::Notification>> {
    let ids: Vec<StatusId> = rows.iter().filter_map(|n| n.status_id).collect();
    let statuses = status::statuses(app, Some(viewer), ids).await?;
    let statuses: HashMap<i64, m::Status> = statuses.into_iter().map(|s| (s.id.0, s)).collect();
    let from: Vec<AccountId> = rows.iter().map(|n| n.from_account_id).collect();
    let accounts = account::shared(app, from).await?;
    let accounts: HashMap<i64, Shared<m::Account>> = accounts.into_iter().map(|a| (a.id.0, a)).collect();
    let shown = rows.into_iter().filter_map(|n| {
        let kind = kind(&n.kind)?;
        let status = n.status_id.and_then(|id| statuses.get(&id.0).cloned()).map(Box::new);
        if kind.has_status() && status.is_none() {
            // Deleted a moment ago: the notification is about to go, too.
            return None;
        }
        Some(m::Notification {
            id: Id(n.id.0),
            kind,
            group_key: n.group_key.unwrap_or_else(|| format!("ungrouped-{}", n.id)),
            created_at: DateTime(n.created_at),
            account: accounts.get(&n.from_account_id.0).filter(|from| !from.suspended)?.clone(),
            status: kind.has_status().then_some(status),
            filtered: n.filtered,
            ..m::Notification::default()
        })
    });
    Ok(shown.collect())
}

/// How much is told of the accounts of groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accounts {
    Full,
    /// In full only the newest of each group.
    PartialAvatars,
}

/// These groups, with each of their accounts and statuses once.
pub async fn groups(app: &App, viewer: &Viewer, groups: Vec<Group>, detail: Accounts) -> Result<m::GroupedNotificationsResults> {
    let of_groups = distinct(groups.iter().filter_map(|group| group.head.status_id));
    let statuses = status::statuses(app, Some(viewer), of_groups).await?;
    let there: HashSet<i64> = statuses.iter().map(|status| status.id.0).collect();
    let shown: Vec<m::NotificationGroup> = groups.iter().filter_map(|group| one_group(group, &there)).collect();
    let groups_shown = || shown.iter().map(|group| group.sample_account_ids.as_slice());
    let firsts: HashSet<Id> = groups_shown().filter_map(|ids| ids.first().copied()).collect();
    let wanted = distinct(groups_shown().flatten().map(|id| AccountId(id.0)));
    let accounts = account::shared(app, wanted).await?;
    let (accounts, partial_accounts) = match detail {
        Accounts::Full => (accounts, None),
        Accounts::PartialAvatars => {
            let (full, partial): (Vec<_>, Vec<_>) = accounts.into_iter().partition(|account| firsts.contains(&account.id));
            (full, Some(partial.iter().map(|account| m::PartialAccountWithAvatar::from(&**account)).collect()))
        }
    };
    Ok(m::GroupedNotificationsResults { accounts, partial_accounts, statuses, notification_groups: shown })
}

/// `None` if its status was deleted a moment ago, or no entity knows its kind.
fn one_group(group: &Group, statuses: &HashSet<i64>) -> Option<m::NotificationGroup> {
    let kind = kind(&group.head.kind)?;
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
        page_max_id: group.on_page.map(|page| Id(page.max.0)),
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

/// The type of that name.
pub(super) fn kind(word: &str) -> Option<m::NotificationType> {
    serde_json::from_value(serde_json::Value::from(word)).ok()
}
