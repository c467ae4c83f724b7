//! The id of the request that is being served, which follows what it causes into its jobs.

use std::future::Future;

tokio::task_local! {
    static REQUEST_ID: Option<String>;
}

/// Runs `future` as part of the request `id`, if there is one.
pub fn within<F: Future>(id: Option<String>, future: F) -> impl Future<Output = F::Output> {
    REQUEST_ID.scope(id, future)
}

/// The current request's id.
pub fn id() -> Option<String> {
    REQUEST_ID.try_with(Clone::clone).ok().flatten()
}
