//! What every job has.

use std::future::Future;

use crate::queue::{Outcome, Payload};
use crate::{App, Result};

/// What a job does. It runs at least once: its body may run twice without harm.
pub trait Job: Payload {
    fn run(self, app: &App) -> impl Future<Output = Result<Outcome>> + Send;
}
