//! Reads: what clients open all day besides home, one page each, warm, on one connection; the smallest on several, too.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::warm::{self, Page};
use crate::http::{Ask, Connection};
use crate::line::Line;
use crate::process;
use crate::world::{Scale, World};

const ITEMS: usize = 20;
/// Answers in the thread that is read whole.
const ANSWERS: usize = 100;
/// More than one page, so that a page is full.
const SEEDED: usize = 25;
/// A word that no other status has, and one that many have.
const RARE: &str = "quokka";
const COMMON: &str = "garden";
/// Things so small that more of them are needed for a figure.
const SMALL_FACTOR: usize = 10;
/// One at a time, most of such a request is the kernel's: threads that wake and fall asleep.
const SMALL_CONNECTIONS: [usize; 2] = [1, 8];

pub async fn measure(world: &mut World, scale: &Scale) -> Result<Vec<Line>> {
    let prepared = prepare(world).await?;
    process::until_quiet(&world.server.roots()?).await?;
    let page = |row, case, path: &str| Page { row, case, ask: Ask::get(path).with_token(&world.reader), items: Some(ITEMS), list: "" };
    let account = &prepared.account;
    let mut pages = vec![
        page("notifications", "20, one by one", "/api/v1/notifications?limit=20"),
        Page { list: "/notification_groups", ..page("notifications", "20, grouped", "/api/v2/notifications?limit=20") },
        page("local timeline", "20", "/api/v1/timelines/public?local=true&limit=20"),
        page("account statuses", "20", &format!("/api/v1/accounts/{account}/statuses?limit=20")),
        prepared.context(world, "context", "100 answers"),
    ];
    pages.extend(searches(world, "search").into_iter().map(|(case, page)| Page { case, ..page }));
    let small = |row, case, ask| Page { row, case, ask, items: None, list: "" };
    let own = Ask::get("/api/v1/accounts/verify_credentials").with_token(&world.reader);
    let small = [
        small("verify_credentials", "", own),
        small("account", "", Ask::get(format!("/api/v1/accounts/{account}")).with_token(&world.reader)),
        small("instance", "v1", Ask::get("/api/v1/instance")),
        small("instance", "v2", Ask::get("/api/v2/instance")),
    ];
    let mut lines = Vec::new();
    for page in &pages {
        lines.push(warm::measure(world, page, 1, scale.read_requests).await?);
    }
    for (page, connections) in small.iter().flat_map(|page| SMALL_CONNECTIONS.map(|connections| (page, connections))) {
        lines.push(warm::measure(world, page, connections, scale.read_requests * SMALL_FACTOR).await?);
    }
    Ok(lines)
}

/// What the seed does not make.
pub struct Prepared {
    /// The first status of a thread of a hundred answers.
    pub root: String,
    /// Somebody with many statuses.
    pub account: String,
}

impl Prepared {
    pub fn context(&self, world: &World, row: &'static str, case: &'static str) -> Page {
        let ask = Ask::get(format!("/api/v1/statuses/{}/context", self.root)).with_token(&world.reader);
        Page { row, case, ask, items: Some(ANSWERS), list: "/descendants" }
    }
}

/// Searches for words of every frequency; the cases' names are theirs alone.
pub fn searches(world: &World, row: &'static str) -> [(&'static str, Page); 4] {
    let search = |words: &str| {
        let ask = Ask::get(format!("/api/v2/search?type=statuses&limit=20&q={words}")).with_token(&world.reader);
        Page { row, case: "", ask, items: Some(ITEMS), list: "/statuses" }
    };
    [
        ("20, rare word", search(RARE)),
        ("20, common word", search(COMMON)),
        ("20, two common words", search("garden%20letter")),
        ("20, phrase", search("%22full%20of%22")),
    ]
}

/// Makes notifications of the reader, a long thread, and statuses with a rare word.
pub async fn prepare(world: &World) -> Result<Prepared> {
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
    Ok(Prepared { root, account: own.to_owned() })
}

async fn post(connection: &mut Connection, token: &str, status: Value) -> Result<String> {
    let answer = connection.ask(&Ask::post("/api/v1/statuses", &status).with_token(token)).await?.json()?;
    answer["id"].as_str().map(str::to_owned).context("the id of a new status")
}
