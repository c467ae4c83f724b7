//! How many documents one cause may have fetched.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::failure::Failure;

/// Documents that one activity, one request or one thread may have fetched.
pub const FETCHES_MAX: usize = 100;

/// What is left of the documents that one cause may have fetched; its clones share it.
#[derive(Clone, Debug)]
pub struct Budget {
    left: Arc<AtomicUsize>,
    by_the_way: bool,
}

impl Budget {
    pub fn new(fetches: usize) -> Budget {
        Budget { left: Arc::new(AtomicUsize::new(fetches)), by_the_way: false }
    }

    /// For a job that looks for what hangs on something else. What is met there has nothing more fetched for it: else
    /// one server, naming ever more people who pin ever more, would have us ask without end.
    pub fn by_the_way(fetches: usize) -> Budget {
        Budget { by_the_way: true, ..Budget::new(fetches) }
    }

    pub(super) fn is_by_the_way(&self) -> bool {
        self.by_the_way
    }

    /// Takes one. Errors: `Budget` if none is left.
    pub fn spend(&self) -> Result<(), Failure> {
        let spend = |left: usize| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).map(drop).map_err(|_| Failure::Budget)
    }
}

impl Default for Budget {
    fn default() -> Budget {
        Budget::new(FETCHES_MAX)
    }
}
