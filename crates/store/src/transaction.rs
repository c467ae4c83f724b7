//! What the two engines and [`crate::db`] share of a transaction: its closure without types, the mark that it runs, and
//! what a commit wants known. Not here: connections (`sqlite.rs`, `postgres.rs`) and what a closure may do (`db.rs`).

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use crate::{Error, Result, Value};

tokio::task_local! {
    static IN_TRANSACTION: ();
}

/// Whether the caller runs inside a transaction, where no network call may be made.
pub fn in_transaction() -> bool {
    IN_TRANSACTION.try_with(|()| ()).is_ok()
}

pub(crate) fn mark_transaction<F: Future>(future: F) -> impl Future<Output = F::Output> {
    IN_TRANSACTION.scope((), future)
}

/// A caller's closure without its types: it keeps its result itself and says whether to commit. So
/// the engines' machinery is compiled once, not once for each closure of the program.
pub(crate) type Run<H> = Box<dyn FnOnce(H) -> Pin<Box<dyn Future<Output = bool> + Send>> + Send>;

/// Called after each commit that published an event or enqueued a job. Must not block.
pub type OnCommit = Arc<dyn Fn(Committed) + Send + Sync>;

/// What a committed transaction wants known.
#[derive(Debug, Default)]
pub struct Committed {
    /// Events in the order they were published; their text is the publisher's.
    pub events: Vec<String>,
    /// A bit for each lane with a new job due now, by the lane's number.
    pub lanes: u32,
    /// Others have said more than was heard: whatever is kept may be wrong.
    pub missed: bool,
}

impl Committed {
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.lanes == 0 && !self.missed
    }
}

/// What a transaction collects while it runs, to be published once it is durable.
#[derive(Clone)]
pub(crate) struct After {
    pub collected: Arc<Mutex<Committed>>,
    pub on_commit: OnCommit,
}

impl After {
    pub fn new(on_commit: OnCommit) -> After {
        After { collected: Arc::default(), on_commit }
    }

    pub fn take(&self) -> Committed {
        std::mem::take(&mut *lock(&self.collected))
    }

    pub fn publish(&self, committed: Committed) {
        if !committed.is_empty() {
            (self.on_commit)(committed);
        }
    }
}

/// A lock that a panic elsewhere does not poison: the data behind it is only ever replaced whole.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Refuses what no engine can store before anything is sent.
pub(crate) fn check_args(args: &[Value]) -> Result<()> {
    if args.iter().any(Value::has_nul) { Err(Error::Nul) } else { Ok(()) }
}

pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no text)")
}
