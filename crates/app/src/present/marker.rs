//! Markers.

use std::collections::BTreeMap;

use store::markers::Marker;
use wire::mastodon as m;
use wire::{DateTime, Id};

/// These markers by their timelines.
pub fn markers(rows: Vec<Marker>) -> BTreeMap<String, m::Marker> {
    let marker = |row: &Marker| m::Marker { last_read_id: Id(row.last_read_id), version: row.version, updated_at: DateTime(row.updated_at) };
    rows.into_iter().map(|row| (row.timeline.clone(), marker(&row))).collect()
}
