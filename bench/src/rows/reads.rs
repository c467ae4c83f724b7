//! Reads: what clients open all day besides home, one page of twenty each, warm, on one connection.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::http::{Ask, Connection};
use crate::load::{self, Size};
use crate::numbers::{median, quantile};
use crate::process::{self, Meter};
use crate::report::Line;
use crate::run::{Scale, World};

const WARM_UP: usize = 100;
const TIME_MAX: Duration = Duration::from_secs(20);
const ITEMS: usize = 20;
/// Answers in the thread that is read whole.
const ANSWERS: usize = 100;
/// More than one page, so that a page is full.
const SEEDED: usize = 25;
/// A word that no other status has, and one that most have.
const RARE: &str = "quokka";
const COMMON: &str = "garden";

/// A page that is measured: its row and case, what is asked, how many items must come, and where in the
/// answer they are.
struct Page {
    row: &'static str,
    case: &'static str,
    path: String,
    items: usize,
    list: &'static str,
}

pub async fn measure(world: &mut World, scale: &Scale) -> Result<Vec<Line>> {
    let root = prepare(world).await?;
    process::until_quiet(&world.server.roots()?).await?;
    let page = |row, case, path: String| Page { row, case, path, items: ITEMS, list: "" };
    let search =
        |case, words: &str| Page { list: "/statuses", ..page("search 20", case, format!("/api/v2/search?type=statuses&limit=20&q={words}")) };
    let pages = [
        page("notifications 20", "one by one", "/api/v1/notifications?limit=20".into()),
        Page { list: "/notification_groups", ..page("notifications 20", "grouped", "/api/v2/notifications?limit=20".into()) },
        page("local timeline 20", "", "/api/v1/timelines/public?local=true&limit=20".into()),
        Page { items: ANSWERS, list: "/descendants", ..page("context", "100 answers", format!("/api/v1/statuses/{root}/context")) },
        search("rare word", RARE),
        search("common word", COMMON),
        search("two common words", "garden%20letter"),
        search("phrase", "%22full%20of%22"),
    ];
    let mut lines = Vec::new();
    for page in &pages {
        lines.push(warm(world, scale, page).await?);
    }
    Ok(lines)
}

/// Makes what the seed does not: notifications of the reader, a long thread, statuses with a rare word.
/// Returns the root of the thread.
async fn prepare(world: &World) -> Result<String> {
    let mut connection = world.connection().await?;
    for number in 0..SEEDED {
        post(&mut connection, &world.writer, json!({ "status": format!("@u0 are you there? ({number})") })).await?;
        post(&mut connection, &world.other, json!({ "status": format!("a {RARE} on the table, number {number}"), "language": "en" })).await?;
    }
    let own = connection.ask(&Ask::get("/api/v1/accounts/lookup?acct=u0")).await?.json()?;
    let own = own["id"].as_str().context("the account u0")?;
    let statuses = connection.ask(&Ask::get(format!("/api/v1/accounts/{own}/statuses?exclude_reblogs=true&limit=20"))).await?.json()?;
    for status in statuses.as_array().into_iter().flatten() {
        let id = status["id"].as_str().context("an id in a status")?;
        connection.ask(&Ask::post(format!("/api/v1/statuses/{id}/favourite"), &json!({})).with_token(&world.writer)).await?;
    }
    let root = post(&mut connection, &world.writer, json!({ "status": "what do you all think?" })).await?;
    for number in 0..ANSWERS {
        post(&mut connection, &world.writer, json!({ "status": format!("one more thing, number {number}"), "in_reply_to_id": root })).await?;
    }
    Ok(root)
}

async fn post(connection: &mut Connection, token: &str, status: Value) -> Result<String> {
    let answer = connection.ask(&Ask::post("/api/v1/statuses", &status).with_token(token)).await?.json()?;
    answer["id"].as_str().map(str::to_owned).context("the id of a new status")
}

async fn warm(world: &World, scale: &Scale, page: &Page) -> Result<Line> {
    let ask = Ask::get(&page.path).with_token(&world.reader);
    let answer = world.connection().await?.ask(&ask).await?;
    let items = answer.json()?.pointer(page.list).and_then(Value::as_array).map_or(0, Vec::len);
    ensure!(items == page.items, "{} holds {items} items instead of {}", page.path, page.items);
    let size = Size { connections: 1, requests_max: WARM_UP, time_max: TIME_MAX };
    let warming = ask.clone();
    load::run(world.server.address, size, move |_| warming.clone()).await?;
    let meter = Meter::start(&world.server.roots()?)?;
    let load = load::run(world.server.address, Size { requests_max: scale.read_requests, ..size }, move |_| ask.clone()).await?;
    let spent = meter.stop()?;
    Ok(Line::new(page.row, page.case)
        .with("statuses", world.statuses)
        .value("cpu_ms_per_request", spent.server_cpu_ms / load.answers_ms.len() as f64)
        .value("p50_ms", median(&load.answers_ms))
        .value("p99_ms", quantile(&load.answers_ms, 0.99))
        .value("page_kib", answer.body.len() as f64 / 1024.0)
        .value("client_share", spent.client_share)
        .value("others_share", spent.others_share))
}
