//! A closed loop: each connection asks, waits for the answer, asks again. Bounded in count and in time.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::task::JoinSet;

use crate::http::{Ask, Connection};

/// How large a load is; the bound reached first ends it.
#[derive(Clone, Copy)]
pub struct Size {
    pub connections: usize,
    pub requests_max: usize,
    pub time_max: Duration,
}

/// What came back: the milliseconds of each answer.
pub struct Load {
    pub answers_ms: Vec<f64>,
    pub wall_s: f64,
}

impl Load {
    pub fn per_s(&self) -> f64 {
        self.answers_ms.len() as f64 / self.wall_s
    }
}

/// Asks what `ask` makes of the numbers 0, 1, 2, … Every answer must be a good one.
/// Needs a `LocalSet` around it.
pub async fn run(address: SocketAddr, size: Size, ask: impl Fn(usize) -> Ask + 'static) -> Result<Load> {
    let mut connections = Vec::new();
    for _ in 0..size.connections {
        connections.push(Connection::open(address).await?);
    }
    let (ask, next) = (Rc::new(ask), Rc::new(Cell::new(0)));
    let started = Instant::now();
    // Dropping the set, as an interrupted run does, ends the tasks.
    let mut tasks = JoinSet::new();
    for connection in connections {
        tasks.spawn_local(one_connection(connection, size, started, next.clone(), ask.clone()));
    }
    let mut answers_ms = Vec::new();
    while let Some(task) = tasks.join_next().await {
        answers_ms.extend(task.context("a connection's task panicked")??);
    }
    Ok(Load { answers_ms, wall_s: started.elapsed().as_secs_f64() })
}

async fn one_connection(
    mut connection: Connection,
    size: Size,
    started: Instant,
    next: Rc<Cell<usize>>,
    ask: Rc<impl Fn(usize) -> Ask>,
) -> Result<Vec<f64>> {
    let mut answers_ms = Vec::new();
    loop {
        let number = next.replace(next.get() + 1);
        if number >= size.requests_max || started.elapsed() >= size.time_max {
            return Ok(answers_ms);
        }
        let request = ask(number);
        let asked = Instant::now();
        connection.ask(&request).await?;
        answers_ms.push(asked.elapsed().as_secs_f64() * 1000.0);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tokio::task::LocalSet;

    use super::*;
    use crate::remotes::Remotes;

    async fn answers(requests_max: usize, time_max: Duration) -> usize {
        LocalSet::new()
            .run_until(async {
                let remotes = Remotes::open("127.0.0.1:9".parse().unwrap()).await.unwrap();
                let size = Size { connections: 3, requests_max, time_max };
                let load = run(remotes.address(), size, |_| Ask::post("/inbox", &json!({ "type": "Create" }))).await.unwrap();
                load.answers_ms.len()
            })
            .await
    }

    #[tokio::test]
    async fn a_load_ends_after_its_number_of_requests() {
        assert_eq!(answers(10, Duration::from_secs(3600)).await, 10);
    }

    #[tokio::test]
    async fn a_load_ends_after_its_time() {
        let started = Instant::now();
        assert!(answers(usize::MAX, Duration::from_millis(50)).await > 0);
        assert!(started.elapsed() < Duration::from_secs(30));
    }
}
