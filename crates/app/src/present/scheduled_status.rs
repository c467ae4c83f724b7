//! Statuses of tomorrow.

use std::collections::HashMap;

use store::scheduled::Scheduled;
use store::{ScheduledStatusId, media};
use wire::mastodon as m;
use wire::{DateTime, Id};

use super::media::media as attachment;
use crate::{App, Error, Result};

/// These with their attachments: one query, however many they are.
pub async fn scheduled_statuses(app: &App, rows: Vec<Scheduled>) -> Result<Vec<m::ScheduledStatus>> {
    let ids: Vec<ScheduledStatusId> = rows.iter().map(|row| row.id).collect();
    let held = app.read(move |r| async move { Ok(media::list_of_scheduled(&r, &ids).await?) }).await?;
    let mut attachments: HashMap<Option<ScheduledStatusId>, Vec<m::MediaAttachment>> = HashMap::new();
    for media in &held {
        attachments.entry(media.scheduled_status_id).or_default().push(attachment(app.context(), media));
    }
    rows.into_iter()
        .map(|row| {
            Ok(m::ScheduledStatus {
                id: Id(row.id.0),
                scheduled_at: DateTime(row.scheduled_at),
                params: serde_json::from_str(&row.params).map_err(Error::internal)?,
                media_attachments: attachments.remove(&Some(row.id)).unwrap_or_default(),
            })
        })
        .collect()
}

pub async fn scheduled_status(app: &App, row: Scheduled) -> Result<m::ScheduledStatus> {
    scheduled_statuses(app, vec![row]).await?.pop().ok_or_else(Error::not_found)
}
