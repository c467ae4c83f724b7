//! The full-text index: tokens in, ids out. What a token is is decided above; here is how each engine
//! keeps and finds them.
//!
//! SQLite: contentless FTS5, whose rowid is the id. It walks the lists of a query's tokens together,
//! from the newest end, and skips in them, so that the newest twenty of a common word cost as little
//! as those of a rare one.
//! PostgreSQL: a `tsvector` under a GIN index, which gives all matches of a query at once and in no
//! order. So the newest rows are looked at first; only a word that is rare among them is asked of GIN.

pub mod accounts;
mod query;
pub mod statuses;

pub use query::{All, Query, Term};

use crate::dialect::Engine;
use crate::{Reader, Result, Tx, args, sql};

/// One document in the words of `engine`: its ordered tokens, and those without a place.
fn literals(engine: Engine, words: &[String], marks: &[String]) -> (String, String) {
    match engine {
        // An empty word is a gap: a token that is never looked for.
        Engine::Sqlite => (words.iter().map(|word| if word.is_empty() { "_" } else { word }).collect::<Vec<_>>().join(" "), marks.join(" ")),
        Engine::Postgres => {
            let placed = words.iter().enumerate().filter(|(_, word)| !word.is_empty());
            let placed: Vec<String> = placed.map(|(place, word)| format!("{}:{}", query::lexeme(word), place + 1)).collect();
            (placed.join(" "), marks.iter().map(|mark| query::lexeme(mark)).collect::<Vec<_>>().join(" "))
        }
    }
}

/// How far the building of the index has come, in its owner's words; `None` if it was never begun.
pub async fn progress(r: &Reader) -> Result<Option<String>> {
    r.value(sql!("SELECT value FROM meta WHERE name = 'search_index'"), args![]).await
}

pub async fn set_progress(tx: &Tx, value: &str) -> Result<()> {
    tx.exec(sql!("INSERT INTO meta (name, value) VALUES ('search_index', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value"), args![value])
        .await
        .map(drop)
}
