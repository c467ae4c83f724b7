//! What can go wrong with the database, by what the caller can do about it.

/// The result of every call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the database layer. `Debug` and `Display` never hold argument values.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A concurrent transaction won (deadlock, serialization, two equal ids): the whole
    /// transaction may be run again.
    #[error("conflict with a concurrent transaction: {0}")]
    Conflict(String),
    /// A statement of this transaction failed earlier and the closure went on: nothing was written.
    #[error("an earlier statement of this transaction failed; nothing was written")]
    Doomed,
    /// A `Tx` or `Reader` was used after its closure had ended.
    #[error("the transaction has ended; its handle must not leave the closure")]
    Ended,
    /// The closure awaited something that is not the database.
    #[error("a transaction must await nothing but its own database handle")]
    ForeignAwait,
    /// `db.read` or `db.write` was called inside a transaction.
    #[error("a transaction must not open another one")]
    Nested,
    /// The closure panicked; nothing was written.
    #[error("the transaction panicked; nothing was written")]
    Panicked,
    /// The database has been closed or its threads have ended.
    #[error("the database is closed")]
    Closed,
    /// No connection became free in time, or the server cannot be reached.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The disk is full or failing; nothing of the group was written.
    #[error("the database's storage failed: {0}")]
    Storage(String),
    /// A statement failed for a reason that a program error explains.
    #[error("statement at {place} failed: {message}")]
    Statement { place: String, message: String },
    /// A column did not hold what the row type expects.
    #[error("column {column} cannot be read: {message}")]
    Column { column: usize, message: String },
    /// A text argument holds NUL, which PostgreSQL cannot store.
    #[error("text must not contain the NUL character")]
    Nul,
    /// A row that must exist does not.
    #[error("no row where one must be ({0})")]
    Missing(String),
    /// The database file or URL cannot be used; the text says what to do.
    #[error("{0}")]
    Open(String),
}

impl Error {
    /// Whether running the whole transaction again may succeed.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Error::Conflict(_))
    }

    /// Whether the cause is outside the program (disk, network, load) and passes.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Error::Conflict(_) | Error::Unavailable(_) | Error::Storage(_) | Error::Closed)
    }
}
