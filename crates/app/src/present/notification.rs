//! Notifications.

use std::collections::HashMap;

use store::notifications::Notification;
use store::{AccountId, StatusId};
use wire::mastodon as m;
use wire::{DateTime, Id};

use super::{account, status};
use crate::{App, Result, Viewer};

/// These notifications with their accounts and statuses.
pub async fn notifications(app: &App, viewer: &Viewer, rows: Vec<Notification>) -> Result<Vec<m::Notification>> {
    let ids: Vec<StatusId> = rows.iter().filter_map(|n| n.status_id).collect();
    let statuses = status::statuses(app, Some(viewer), ids).await?;
    let statuses: HashMap<i64, m::Status> = statuses.into_iter().map(|s| (s.id.0, s)).collect();
    let from: Vec<AccountId> = rows.iter().map(|n| n.from_account_id).collect();
    let accounts = account::accounts(app, from).await?;
    let accounts: HashMap<i64, m::Account> = accounts.into_iter().map(|a| (a.id.0, a)).collect();
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
            ..m::Notification::default()
        })
    });
    Ok(shown.collect())
}

fn kind(word: &str) -> Option<m::NotificationType> {
    serde_json::from_value(serde_json::Value::from(word)).ok()
}
