//! Delivery: a post to followers on two hundred servers, each with a shared inbox. They are won by signed Follows.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

use crate::http::{Ask, Connection};
use crate::line::Line;
use crate::numbers::{largest, median};
use crate::process::{self, Meter};
use crate::remotes::Person;
use crate::world::{Scale, World};

const OWN: &str = "/api/v1/accounts/verify_credentials";
const HOSTS: usize = 200;
/// Followers are numbered from here on.
const FOLLOWERS_FROM: usize = 50_000;
const FOLLOW_LIMIT: Duration = Duration::from_secs(120);
const DELIVERY_LIMIT: Duration = Duration::from_secs(60);
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(100);

pub async fn measure(world: &mut World, scale: &Scale) -> Result<Vec<Line>> {
    let gained = gain(world, &mut world.connection().await?, HOSTS).await?;
    let roots = world.server.roots()?;
    let (mut first_ms, mut middle_ms, mut last_ms, mut cpu_ms, mut post_ms) = (Vec::new(), Vec::new(), Vec::new(), 0.0, Vec::new());
    // The first post makes what is made once, such as connections.
    for round in 0..=scale.delivery_posts {
        process::until_quiet(&roots).await?;
        world.remotes.forget();
        let mut connection = world.connection().await?;
        let post = Ask::post("/api/v1/statuses", &json!({ "status": format!("to all who follow, number {round}"), "language": "en" }));
        let (meter, posted) = (Meter::start(&roots)?, Instant::now());
        connection.ask(&post.with_token(&world.author)).await?;
        let answered_ms = posted.elapsed().as_secs_f64() * 1000.0;
        world.remotes.until_arrived("Create", HOSTS, DELIVERY_LIMIT).await?;
        process::until_quiet(&roots).await?;
        let spent = meter.stop()?;
        let mut arrivals: Vec<f64> =
            world.remotes.arrived("Create").iter().map(|arrival| arrival.at.duration_since(posted).as_secs_f64() * 1000.0).collect();
        ensure!(arrivals.len() == HOSTS, "{} deliveries to {HOSTS} hosts", arrivals.len());
        if round == 0 {
            continue;
        }
        arrivals.sort_unstable_by(f64::total_cmp);
        first_ms.push(arrivals[0]);
        middle_ms.push(median(&arrivals));
        last_ms.push(largest(&arrivals));
        post_ms.push(answered_ms);
        cpu_ms += spent.server_cpu_ms;
    }
    let line = Line::new("delivery", "200 shared inboxes")
        .with("posts", scale.delivery_posts)
        .with("statuses", world.statuses)
        .value("cpu_ms_per_delivery", cpu_ms / (HOSTS * scale.delivery_posts) as f64)
        .value("last_ms", median(&last_ms))
        .value("last_slowest_ms", largest(&last_ms))
        .value("middle_ms", median(&middle_ms))
        .value("first_ms", median(&first_ms))
        .value("post_answered_ms", median(&post_ms));
    Ok(vec![gained, line])
}

/// Wins a follower on each of so many hosts.
pub async fn gain_from(world: &World, hosts: usize) -> Result<()> {
    gain(world, &mut world.connection().await?, hosts).await.map(drop)
}

/// Wins a follower on each host. Each is unknown before, and is sent an Accept.
async fn gain(world: &World, connection: &mut Connection, hosts: usize) -> Result<Line> {
    let followers: Vec<Person> = (0..hosts).map(|number| world.remotes.person(FOLLOWERS_FROM + number, hosts)).collect();
    let own = connection.ask(&Ask::get(OWN).with_token(&world.author)).await?.json()?;
    let followed = own["uri"].as_str().context("a URI of one's own")?;
    let follows = followers.iter().map(|follower| {
        let id = format!("{}/follows/1", follower.uri);
        let follow =
            json!({ "@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "Follow", "actor": follower.uri, "object": followed });
        world.remotes.signed(follower, &follow)
    });
    let follows: Vec<Ask> = follows.collect::<Result<_>>()?;
    let roots = world.server.roots()?;
    process::until_quiet(&roots).await?;
    world.remotes.forget();
    let (meter, started) = (Meter::start(&roots)?, Instant::now());
    for follow in &follows {
        connection.ask(follow).await?;
    }
    world.remotes.until_arrived("Accept", hosts, FOLLOW_LIMIT).await?;
    let wall_s = started.elapsed().as_secs_f64();
    process::until_quiet(&roots).await?;
    let spent = meter.stop()?;
    let answered: HashSet<String> = world.remotes.arrived("Accept").into_iter().map(|arrival| arrival.host).collect();
    ensure!(answered.len() == hosts, "{} hosts of {hosts} were answered", answered.len());
    until_counted(connection, world, hosts).await?;
    Ok(Line::new("delivery", "a follower won")
        .with("followers", hosts)
        .value("cpu_ms_per_follow", spent.server_cpu_ms / hosts as f64)
        .value("follows_per_s", hosts as f64 / wall_s))
}

async fn until_counted(connection: &mut Connection, world: &World, hosts: usize) -> Result<()> {
    let asked = Instant::now();
    while asked.elapsed() < FOLLOW_LIMIT {
        let own = connection.ask(&Ask::get(OWN).with_token(&world.author)).await?.json()?;
        if own["followers_count"].as_u64() == Some(hosts as u64) {
            return Ok(());
        }
        tokio::time::sleep(ASK_AGAIN_AFTER).await;
    }
    bail!("{hosts} Follows were accepted, but not as many followers are counted")
}
