//! Markers: how far a user has read a timeline.

use crate::{Reader, Result, Tx, UserId, args, record, sql};

record! {
    /// How far somebody has read.
    pub struct Marker {
        /// `home` or `notifications`.
        pub timeline: String,
        /// As the client gave it.
        pub last_read_id: i64,
        /// Grows with each change.
        pub version: i64,
        pub updated_at: i64,
    }
}

/// A user's markers of these timelines.
pub async fn list(r: &Reader, user: UserId, timelines: &[String]) -> Result<Vec<Marker>> {
    r.all(
        sql!("SELECT timeline, last_read_id, version, updated_at FROM markers WHERE user_id = $1 AND timeline = ANY($2) ORDER BY timeline"),
        args![user, timelines.to_vec()],
    )
    .await
}

/// The id a user has read up to; 0 without a marker.
pub async fn last_read(r: &Reader, user: UserId, timeline: &str) -> Result<i64> {
    Ok(r.value(sql!("SELECT last_read_id FROM markers WHERE user_id = $1 AND timeline = $2"), args![user, timeline]).await?.unwrap_or(0))
}

/// Makes a marker at the very beginning, unless there is one.
pub async fn insert(tx: &Tx, user: UserId, timeline: &str) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO markers (user_id, timeline, last_read_id, version, updated_at) VALUES ($1, $2, 0, 0, $3)
             ON CONFLICT (user_id, timeline) DO NOTHING"
        ),
        args![user, timeline, tx.now()],
    )
    .await
    .map(drop)
}

/// Moves a marker that is still at `version`; false if somebody else has moved it meanwhile.
pub async fn update(tx: &Tx, user: UserId, timeline: &str, version: i64, last_read_id: i64) -> Result<bool> {
    let moved = tx
        .exec(
            sql!(
                "UPDATE markers SET last_read_id = $4, version = version + 1, updated_at = $5
                  WHERE user_id = $1 AND timeline = $2 AND version = $3"
            ),
            args![user, timeline, version, last_read_id, tx.now()],
        )
        .await?;
    Ok(moved > 0)
}

/// Deletes a user's markers.
pub async fn delete_of_user(tx: &Tx, user: UserId) -> Result<()> {
    tx.exec(sql!("DELETE FROM markers WHERE user_id = $1"), args![user]).await.map(drop)
}
