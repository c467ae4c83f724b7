//! Memory: at rest after a start, some time after mixed use, after many activities from elsewhere, and the most that
//! each phase of the run took.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use crate::http::{Ask, Connection};
use crate::line::Line;
use crate::load::{self, Size};
use crate::process::{self, Meter};
use crate::world::{Scale, World};

const REQUESTS: usize = 1_000;
const CONNECTIONS: usize = 8;
const TIME_MAX: Duration = Duration::from_secs(60);

pub async fn measure(world: &mut World, scale: &Scale) -> Result<Vec<Line>> {
    world.server.restart().await?;
    let started = at_rest(world, scale, "after a start").await?;
    let mix = mix(&mut world.connection().await?, world).await?;
    let meter = Meter::start(&world.server.roots()?)?;
    let size = Size { connections: CONNECTIONS, requests_max: REQUESTS, time_max: TIME_MAX };
    let answers = load::run(world.server.address, size, move |number| mix[number % mix.len()].clone()).await?.answers_ms.len();
    let spent = meter.stop()?;
    let used = at_rest(world, scale, "after mixed requests").await?;
    let used = used.with("requests", answers).with("connections", CONNECTIONS);
    Ok(vec![started, used.value("mixed_cpu_ms_per_request", spent.server_cpu_ms / answers as f64)])
}

/// What the server holds when nobody has asked anything for a while.
pub async fn at_rest(world: &World, scale: &Scale, case: &str) -> Result<Line> {
    let roots = world.server.roots()?;
    process::until_quiet(&roots).await?;
    let meter = Meter::start(&roots)?;
    tokio::time::sleep(scale.idle_for).await;
    let (idle, memory) = (meter.stop()?, process::memory(world.server.pid()?)?);
    Ok(Line::new("memory", case)
        .with("statuses", world.statuses)
        .with("idle_s", usize::try_from(scale.idle_for.as_secs())?)
        .value("rss_mb", memory.rss_mb)
        .value("anonymous_mb", memory.anonymous_mb)
        .value("peak_mb", memory.peak_mb)
        .value("idle_cpu_ms_per_minute", idle.server_cpu_ms * 60.0 / idle.wall_s))
}

/// The most that the phase took which now ends.
pub fn peak(world: &World, case: &str) -> Result<Line> {
    Ok(Line::new("memory", case).with("statuses", world.statuses).value("peak_mb", world.server.peak_mb()?))
}

/// What an afternoon's clients ask, in turn: mostly reading, some writing.
async fn mix(connection: &mut Connection, world: &World) -> Result<Vec<Ask>> {
    let reader = |path: String| Ask::get(path).with_token(&world.reader);
    let home = connection.ask(&reader("/api/v1/timelines/home?limit=40".into())).await?.json()?;
    let shown = home.as_array().filter(|page| !page.is_empty()).context("the home timeline is empty: nothing was filled in")?;
    let text_of = |value: &serde_json::Value| value.as_str().map(str::to_owned).context("an id in a status");
    let mut mix = Vec::new();
    for status in shown {
        let (id, author) = (text_of(&status["id"])?, text_of(&status["account"]["id"])?);
        mix.extend([
            reader("/api/v1/timelines/home".into()),
            reader(format!("/api/v1/timelines/home?limit=40&max_id={id}")),
            reader("/api/v1/notifications".into()),
            reader("/api/v1/timelines/public?local=true".into()),
            reader("/api/v1/accounts/verify_credentials".into()),
            reader(format!("/api/v1/statuses/{id}")),
            reader(format!("/api/v1/statuses/{id}/context")),
            reader(format!("/api/v1/accounts/{author}")),
            reader(format!("/api/v1/accounts/{author}/statuses")),
            reader(format!("/api/v1/accounts/relationships?id[]={author}")),
            Ask::get("/api/v2/instance"),
            Ask::post("/api/v1/statuses", &json!({ "status": "a #mixed afternoon", "visibility": "public" })).with_token(&world.writer),
            Ask::post(format!("/api/v1/statuses/{id}/favourite"), &json!({})).with_token(&world.reader),
            Ask::post(format!("/api/v1/statuses/{id}/bookmark"), &json!({})).with_token(&world.reader),
        ]);
    }
    Ok(mix)
}
