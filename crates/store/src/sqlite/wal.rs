//! The write-ahead log: how long it is, and a thread that writes it back into the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rusqlite::Connection;

/// Of a page, as SQLite makes them unless it is told otherwise.
const PAGE_BYTES: i64 = 4096;
/// It is written back every so many pages…
const CHECKPOINT_PAGES: i32 = 1000;
/// … and emptied when it has grown past this.
pub const TRUNCATE_BYTES: i64 = 64 * 1024 * 1024;

/// How long the WAL is, as the writer's commits leave it.
pub struct Wal {
    pages: Arc<AtomicI32>,
    /// At which length it was last written back, or that was last asked for.
    written_back_at: i32,
    checkpoint: SyncSender<i32>,
}

impl Wal {
    /// That of the writer's connection, and what asks for checkpoints: the pages there are.
    pub fn of(writer: &mut Connection) -> rusqlite::Result<(Wal, Receiver<i32>)> {
        let pages = Arc::new(AtomicI32::new(0));
        let told = pages.clone();
        writer.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            told.store(pages, Ordering::Relaxed);
            Ok(())
        }))?;
        let (checkpoint, asked) = sync_channel(1);
        Ok((Wal { pages, written_back_at: 0, checkpoint }, asked))
    }

    /// To be called after a commit: asks for a checkpoint when enough has come.
    pub fn grew(&mut self) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.written_back_at {
            // All of it was written back, and it began anew.
            self.written_back_at = 0;
        }
        if pages - self.written_back_at >= CHECKPOINT_PAGES && self.checkpoint.try_send(pages).is_ok() {
            self.written_back_at = pages;
        }
    }
}

/// Writes back until the writer is gone.
pub fn checkpoint_loop(connection: &Connection, asked: &Receiver<i32>) {
    while let Ok(pages) = asked.recv() {
        let is_long = i64::from(pages) * PAGE_BYTES > TRUNCATE_BYTES;
        let checkpoint = if is_long { "PRAGMA wal_checkpoint(TRUNCATE)" } else { "PRAGMA wal_checkpoint(PASSIVE)" };
        if let Err(error) = connection.query_row(checkpoint, [], |_| Ok(())) {
            tracing::warn!(%error, "the write-ahead log cannot be written back into the database");
        }
    }
}
