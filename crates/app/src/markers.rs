//! Markers: how far a person has read their home timeline and their notifications, for all their clients.

use store::UserId;
use store::markers::{self, Marker};

use crate::{App, Error, Result, Viewer, Words};

pub const HOME: &str = "home";
pub const NOTIFICATIONS: &str = "notifications";
/// The timelines that have one.
pub const TIMELINES: &[&str] = &[HOME, NOTIFICATIONS];

/// The viewer's markers of these timelines, where there are any.
///
/// Source: docs.joinmastodon.org/methods/markers/#get
pub async fn list(app: &App, viewer: &Viewer, timelines: Vec<String>) -> Result<Vec<Marker>> {
    let user = viewer.user_id;
    app.read(move |r| async move { Ok(markers::list(&r, user, &timelines).await?) }).await
}

/// Moves markers of the viewer, back as well as forth. One that stays where it is keeps its version.
///
/// Errors: `Conflict` if another client has moved one at the same moment; then none is moved.
/// Source: docs.joinmastodon.org/methods/markers/#create
pub async fn move_to(app: &App, viewer: &Viewer, places: Vec<(&'static str, i64)>) -> Result<Vec<Marker>> {
    let user = viewer.user_id;
    app.write(move |tx| async move {
        let timelines: Vec<String> = places.iter().map(|(timeline, _)| (*timeline).to_owned()).collect();
        for (timeline, last_read) in &places {
            if !move_one(&tx, user, timeline, *last_read).await? {
                return Err(Error::Outdated(Words::new("error-conflict")));
            }
        }
        Ok(markers::list(&tx, user, &timelines).await?)
    })
    .await
}

/// False if somebody else has moved it since it was read.
async fn move_one(tx: &store::Tx, user: UserId, timeline: &str, last_read: i64) -> Result<bool> {
    markers::insert(tx, user, timeline).await?;
    let now = markers::list(tx, user, &[timeline.to_owned()]).await?;
    let Some(marker) = now.first() else { return Ok(false) };
    Ok(marker.last_read_id == last_read || markers::update(tx, user, timeline, marker.version, last_read).await?)
}
