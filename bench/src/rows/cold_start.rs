//! Cold start: from the start of the process to its first good answer.

use anyhow::Result;

use crate::line::Line;
use crate::numbers::{largest, median, quantile};
use crate::process;
use crate::server::{Place, Server};
use crate::world::{Scale, World};

/// On an empty directory each time: database, keys and all are made before the answer.
pub async fn fresh(place: &Place, scale: &Scale) -> Result<Line> {
    let (mut starts_ms, mut rss_mb) = (Vec::new(), Vec::new());
    let binary_bytes = std::fs::metadata(&place.binary)?.len();
    for _ in 0..scale.cold_starts {
        let mut server = Server::new(place).await?;
        starts_ms.push(server.start().await?.as_secs_f64() * 1000.0);
        rss_mb.push(settled_rss_mb(&server).await?);
        server.stop().await?;
    }
    Ok(line("empty directory", &starts_ms, &rss_mb).value("binary_mb", binary_bytes as f64 / 1e6))
}

/// With a database that is there, as after an update.
pub async fn filled(world: &mut World, scale: &Scale) -> Result<Line> {
    let (mut starts_ms, mut rss_mb) = (Vec::new(), Vec::new());
    for _ in 0..scale.cold_starts {
        starts_ms.push(world.server.restart().await?.as_secs_f64() * 1000.0);
        rss_mb.push(settled_rss_mb(&world.server).await?);
    }
    Ok(line("filled database", &starts_ms, &rss_mb).with("statuses", world.statuses))
}

/// Memory once everything that a start begins is done.
async fn settled_rss_mb(server: &Server) -> Result<f64> {
    process::until_quiet(&server.roots()?).await?;
    Ok(process::memory(server.pid()?)?.rss_mb)
}

fn line(case: &str, starts_ms: &[f64], rss_mb: &[f64]) -> Line {
    Line::new("cold start", case)
        .value("first_answer_ms", median(starts_ms))
        .value("first_answer_fastest_ms", quantile(starts_ms, 0.0))
        .value("first_answer_slowest_ms", largest(starts_ms))
        .value("rss_settled_mb", median(rss_mb))
}
