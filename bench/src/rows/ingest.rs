//! Ingest: signed notes from other servers, until people see them. By authors whom the server knows and somebody
//! follows, and by authors it never heard of. All are signed before the clock starts.

use std::collections::HashSet;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::http::Ask;
use crate::line::Line;
use crate::load::{self, Size};
use crate::numbers::{median, quantile};
use crate::process::{self, Meter};
use crate::remotes::{PUBLIC, Person, Remotes};
use crate::world::{Scale, World};

pub const KNOWN_AUTHORS: usize = 50;
const HOSTS: usize = 20;
/// New authors are numbered from here on, apart from those that other rows know.
const NEW_FROM: usize = 100_000;
const CONNECTIONS: usize = 8;
const ACCEPT_LIMIT: Duration = Duration::from_secs(120);
const VISIBLE_LIMIT: Duration = Duration::from_secs(120);
const FOLLOW_LIMIT: Duration = Duration::from_secs(60);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(100);
const PAGE: usize = 40;
/// All of the last few notes must show: they are worked on side by side.
const LAST_FEW: usize = 16;

/// Notes by people whom the listener follows; they show in the home timeline.
pub async fn known(world: &mut World, scale: &Scale) -> Result<Line> {
    let batch = known_batch(world, scale.ingest_known);
    follow(world, &batch.authors).await?;
    batch.measure(world, None).await
}

/// So many signed notes of people whom the listener follows.
pub async fn by_known_authors(world: &World, notes: usize) -> Result<Vec<Ask>> {
    let batch = known_batch(world, notes);
    follow(world, &batch.authors).await?;
    batch.sign(&world.remotes, None).await
}

fn known_batch(world: &World, notes: usize) -> Batch {
    Batch {
        case: "known authors",
        shows_in: "/api/v1/timelines/home",
        counted_in: "/api/v1/timelines/public?remote=true",
        authors: (0..KNOWN_AUTHORS).map(|number| world.remotes.person(number, HOSTS)).collect(),
        notes,
    }
}

/// Notes by people never heard of, each another one, who mention the listener; they show as notifications.
pub async fn new(world: &mut World, scale: &Scale) -> Result<Line> {
    let own = world.connection().await?.ask(&Ask::get("/api/v1/accounts/verify_credentials").with_token(&world.listener)).await?.json()?;
    let listener = Mentioned {
        uri: own["uri"].as_str().context("a URI of one's own")?.to_owned(),
        name: own["username"].as_str().context("a name of one's own")?.to_owned(),
        domain: world.server.address.to_string(),
    };
    let batch = Batch {
        case: "new authors",
        shows_in: "/api/v1/notifications",
        counted_in: "/api/v1/notifications",
        authors: (0..scale.ingest_new).map(|number| world.remotes.person(NEW_FROM + number, HOSTS)).collect(),
        notes: scale.ingest_new,
    };
    batch.measure(world, Some(&listener)).await
}

/// Has the listener follow them all, by looking for their handles.
async fn follow(world: &World, people: &[Person]) -> Result<()> {
    let mut connection = world.connection().await?;
    for person in people {
        let path = format!("/api/v2/search?type=accounts&resolve=true&q=%40{}", person.handle.replace('@', "%40"));
        let found = connection.ask(&Ask::get(path).with_token(&world.listener)).await?.json()?;
        let id = found["accounts"][0]["id"].as_str().with_context(|| format!("{} was not found", person.handle))?;
        connection.ask(&Ask::post(format!("/api/v1/accounts/{id}/follow"), &json!({})).with_token(&world.listener)).await?;
    }
    let asked = Instant::now();
    while asked.elapsed() < FOLLOW_LIMIT {
        let own = connection.ask(&Ask::get("/api/v1/accounts/verify_credentials").with_token(&world.listener)).await?.json()?;
        if own["following_count"].as_u64() == Some(people.len() as u64) {
            return process::until_quiet(&world.server.roots()?).await.map(drop);
        }
        tokio::time::sleep(LOOK_AGAIN_AFTER).await;
    }
    bail!("the {} Follows were not all accepted within {FOLLOW_LIMIT:?}", people.len())
}

struct Mentioned {
    uri: String,
    name: String,
    domain: String,
}

struct Batch {
    case: &'static str,
    /// A list of the listener whose first page shows the newest.
    shows_in: &'static str,
    /// A list that can be walked back to the first of them.
    counted_in: &'static str,
    authors: Vec<Person>,
    notes: usize,
}

impl Batch {
    async fn measure(&self, world: &World, mention: Option<&Mentioned>) -> Result<Line> {
        let asks = self.sign(&world.remotes, mention).await?;
        let roots = world.server.roots()?;
        process::until_quiet(&roots).await?;
        let fetches = world.remotes.fetches();
        let (meter, started) = (Meter::start(&roots)?, Instant::now());
        let size = Size { connections: CONNECTIONS, requests_max: asks.len(), time_max: ACCEPT_LIMIT };
        let load = load::run(world.server.address, size, move |number| asks[number].clone()).await?;
        let sent = load.answers_ms.len();
        let looks = self.until_shown(world, sent).await?;
        let visible_s = started.elapsed().as_secs_f64();
        let during = meter.stop()?;
        process::until_quiet(&roots).await?;
        let with_jobs = meter.stop()?;
        let fetches = world.remotes.fetches() - fetches;
        let visible = self.visible(world).await?;
        let missing: Vec<usize> = (0..sent).filter(|number| !visible.contains(number)).collect();
        ensure!(missing.is_empty(), "{sent} notes were accepted, but these cannot be seen in {}: {missing:?}", self.counted_in);
        Ok(Line::new("ingest", self.case)
            .with("connections", CONNECTIONS)
            .with("statuses", world.statuses)
            .with("notes", sent)
            .value("cpu_ms_per_activity", with_jobs.server_cpu_ms / sent as f64)
            .value("queries_per_activity", with_jobs.counted.statements / sent as f64)
            .value("commits_per_activity", with_jobs.counted.commits / sent as f64)
            .value("accepted_per_s", load.per_s())
            .value("visible_per_s", sent as f64 / visible_s)
            .value("p50_ms", median(&load.answers_ms))
            .value("p99_ms", quantile(&load.answers_ms, 0.99))
            .value("fetches_per_activity", fetches as f64 / sent as f64)
            .value("looks", looks as f64)
            .value("client_share", during.client_share)
            .value("others_share", during.others_share))
    }

    async fn sign(&self, remotes: &Remotes, mention: Option<&Mentioned>) -> Result<Vec<Ask>> {
        let mut asks = Vec::with_capacity(self.notes);
        for number in 0..self.notes {
            let author = &self.authors[number % self.authors.len()];
            asks.push(remotes.signed(author, &note(author, number, mention)?)?);
            // Signing takes a while, and the run can be interrupted.
            tokio::task::yield_now().await;
        }
        Ok(asks)
    }

    /// Looks at the first page, rarely, until the last notes are there; returns how often.
    async fn until_shown(&self, world: &World, sent: usize) -> Result<usize> {
        let (mut connection, asked, mut looks) = (world.connection().await?, Instant::now(), 0);
        let first = Ask::get(format!("{}?limit={PAGE}", self.shows_in)).with_token(&world.listener);
        while asked.elapsed() < VISIBLE_LIMIT {
            let page = numbers(&connection.ask(&first).await?.json()?);
            looks += 1;
            if (sent.saturating_sub(LAST_FEW)..sent).all(|number| page.contains(&number)) {
                return Ok(looks);
            }
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        }
        bail!("the last of {sent} notes did not show in {} within {VISIBLE_LIMIT:?}", self.shows_in)
    }

    /// The numbers of the notes that can be seen.
    async fn visible(&self, world: &World) -> Result<HashSet<usize>> {
        let (mut connection, mut seen, mut before) = (world.connection().await?, HashSet::new(), String::new());
        let separator = if self.counted_in.contains('?') { '&' } else { '?' };
        // Others may stand between them; twice as many pages as they fill is enough.
        for _ in 0..self.notes / PAGE * 2 + 10 {
            let ask = Ask::get(format!("{}{separator}limit={PAGE}{before}", self.counted_in)).with_token(&world.listener);
            let page = connection.ask(&ask).await?.json()?;
            seen.extend(numbers(&page));
            let Some(last) = page.as_array().and_then(|page| page.last()?["id"].as_str()) else { break };
            if seen.len() >= self.notes {
                break;
            }
            before = format!("&max_id={last}");
        }
        Ok(seen)
    }
}

/// The numbers of our notes on a page of statuses or notifications.
fn numbers(page: &Value) -> Vec<usize> {
    let number = |item: &Value| {
        let uri = item.pointer("/status/uri").or_else(|| item.get("uri"))?.as_str()?;
        uri.rsplit_once("/notes/")?.1.parse().ok()
    };
    page.as_array().into_iter().flatten().filter_map(number).collect()
}

/// A public note as Mastodon would send it.
fn note(author: &Person, number: usize, mention: Option<&Mentioned>) -> Result<Value> {
    let (uri, id) = (&author.uri, format!("{}/notes/{number}", author.uri));
    let text = format!("note {number}: a day in the garden, with tea and a long letter from an old friend");
    let (mut cc, mut tags, mut content) = (vec![json!(format!("{uri}/followers"))], Vec::new(), format!("<p>{text}</p>"));
    if let Some(person) = mention {
        let Mentioned { uri, name, domain } = person;
        cc.push(json!(uri));
        tags.push(json!({ "type": "Mention", "href": uri, "name": format!("@{name}@{domain}") }));
        let link = format!("<a href=\"http://{domain}/@{name}\" class=\"u-url mention\">@<span>{name}</span></a>");
        content = format!("<p><span class=\"h-card\" translate=\"no\">{link}</span> {text}</p>");
    }
    let published = wire::time::DateTime(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?);
    let object = json!({
        "id": id, "type": "Note", "url": id, "attributedTo": uri, "published": published, "to": [PUBLIC], "cc": cc,
        "content": content, "contentMap": { "en": content }, "sensitive": false, "summary": null, "inReplyTo": null, "tag": tags, "attachment": [],
    });
    Ok(json!({
        "@context": ["https://www.w3.org/ns/activitystreams", { "sensitive": "as:sensitive" }], "id": format!("{id}/activity"),
        "type": "Create", "actor": uri, "published": published, "to": [PUBLIC], "cc": object["cc"], "object": object,
    }))
}
