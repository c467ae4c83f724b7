//! What every job has, and what the registry keeps of it.

use std::future::Future;
use std::pin::Pin;

use store::jobs::Lane;

use crate::queue::{Outcome, Payload};
use crate::{App, Result};

/// What a job does. It runs at least once: its body may run twice without harm.
pub trait Job: Payload {
    fn run(self, app: &App) -> impl Future<Output = Result<Outcome>> + Send;
}

/// A job on its way.
type Running = Pin<Box<dyn Future<Output = Result<Outcome>> + Send>>;

/// A line of the registry.
pub(crate) struct Kind {
    pub name: &'static str,
    pub lane: Lane,
    pub tries: i64,
    pub run: fn(App, String) -> Running,
}

pub(crate) const fn kind<J: Job>() -> Kind {
    Kind { name: J::KIND, lane: J::LANE, tries: J::TRIES, run: |app, payload| Box::pin(run::<J>(app, payload)) }
}

async fn run<J: Job>(app: App, payload: String) -> Result<Outcome> {
    match serde_json::from_str::<J>(&payload) {
        Ok(job) => job.run(&app).await,
        Err(error) => Ok(Outcome::Retry(format!("the payload cannot be read by this version: {error}"))),
    }
}
