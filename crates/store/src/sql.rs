//! Statements: literals, registered, so that one test prepares each on both engines.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

use crate::dialect::{self, Engine};

tokio::task_local! {
    /// What counts the statements of the closure that is running.
    pub(crate) static COUNTER: Arc<AtomicU64>;
}

/// Statements that ran, on whichever engine. Held, so that counting is one addition.
static STATEMENTS: LazyLock<metrics::Counter> = LazyLock::new(|| metrics::counter!("ferrodon_db_statements_total"));
static COMMITS: LazyLock<metrics::Counter> = LazyLock::new(|| metrics::counter!("ferrodon_db_commits_total"));

/// Counts a commit: of one transaction, or of those that shared it.
pub(crate) fn count_commit() {
    COMMITS.increment(1);
}

/// One statement of the program, written once for both engines.
pub struct Sql {
    text: &'static str,
    /// SQLite's own text, where it cannot be made from PostgreSQL's.
    own_sqlite: Option<&'static str>,
    file: &'static str,
    line: u32,
    sqlite: OnceLock<String>,
    ran_on: AtomicU8,
}

/// An entry of the registry of all statements.
pub struct Registered(pub &'static Sql);

inventory::collect!(Registered);

/// Names a statement. The only way to do so: the text is a literal and part of the registry.
///
/// `sql!("…", sqlite: "…")` is one statement with a text for each engine and the same arguments, for
/// what the two say in altogether different words: full-text search.
#[macro_export]
macro_rules! sql {
    ($text:expr, sqlite: $sqlite:expr $(,)?) => {{
        static SQL: $crate::sql::Sql = $crate::sql::Sql::with_sqlite($text, $sqlite, file!(), line!());
        $crate::inventory::submit! { $crate::sql::Registered(&SQL) }
        &SQL
    }};
    ($text:expr) => {{
        static SQL: $crate::sql::Sql = $crate::sql::Sql::new($text, file!(), line!());
        $crate::inventory::submit! { $crate::sql::Registered(&SQL) }
        &SQL
    }};
}

impl Sql {
    pub const fn new(text: &'static str, file: &'static str, line: u32) -> Self {
        Sql { text, own_sqlite: None, file, line, sqlite: OnceLock::new(), ran_on: AtomicU8::new(0) }
    }

    pub const fn with_sqlite(text: &'static str, sqlite: &'static str, file: &'static str, line: u32) -> Self {
        Sql { text, own_sqlite: Some(sqlite), file, line, sqlite: OnceLock::new(), ran_on: AtomicU8::new(0) }
    }

    /// The statement in the words of `engine`.
    pub fn text(&'static self, engine: Engine) -> &'static str {
        match engine {
            Engine::Postgres => self.text,
            Engine::Sqlite => self.sqlite.get_or_init(|| dialect::to_sqlite(self.own_sqlite.unwrap_or(self.text))),
        }
    }

    /// File and line in the source.
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    /// Whether the statement has run on `engine` since the process began (for the coverage test).
    pub fn has_run_on(&self, engine: Engine) -> bool {
        self.ran_on.load(Ordering::Relaxed) & engine.bit() != 0
    }

    /// Counts a run. Debug builds also keep that it ran at all, and count for the closure that runs.
    pub(crate) fn mark_run(&self, engine: Engine) {
        STATEMENTS.increment(1);
        if cfg!(debug_assertions) {
            self.ran_on.fetch_or(engine.bit(), Ordering::Relaxed);
            let _ = COUNTER.try_with(|counter| counter.fetch_add(1, Ordering::Relaxed));
        }
    }
}

/// Every statement of the program.
pub fn registered() -> impl Iterator<Item = &'static Sql> {
    inventory::iter::<Registered>.into_iter().map(|entry| entry.0)
}
