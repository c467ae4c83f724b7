//! Upload: a photograph of twelve megapixels, until it can be attached to a status.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;

use crate::http::{Ask, Connection};
use crate::line::Line;
use crate::numbers::median;
use crate::picture;
use crate::process::{self, Meter};
use crate::world::{Scale, World};

const BOUNDARY: &str = "a-line-that-no-picture-holds";
const READY_LIMIT: Duration = Duration::from_secs(60);
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(10);

pub async fn measure(world: &mut World, scale: &Scale) -> Result<Line> {
    world.server.restart().await?;
    let (pid, roots) = (world.server.pid()?, world.server.roots()?);
    let before = process::memory(pid)?;
    let (mut wall_ms, mut cpu_ms, mut file_mb) = (Vec::new(), Vec::new(), 0.0);
    for seed in 0..u32::try_from(scale.uploads)? {
        let file = picture::jpeg(seed)?;
        file_mb = file.len() as f64 / 1e6;
        let ask = Ask { path: "/api/v2/media".into(), token: Some(world.writer.clone()), body: Some(form(&file)), ..Ask::default() };
        let mut connection = world.connection().await?;
        let meter = Meter::start(&roots)?;
        let started = Instant::now();
        until_ready(&mut connection, &ask, &world.writer).await?;
        wall_ms.push(started.elapsed().as_secs_f64() * 1000.0);
        process::until_quiet(&roots).await?;
        cpu_ms.push(meter.stop()?.server_cpu_ms);
    }
    let after = process::memory(pid)?;
    Ok(Line::new("upload", "JPEG")
        .with("width", picture::WIDTH as usize)
        .with("height", picture::HEIGHT as usize)
        .value("file_mb", file_mb)
        .value("ready_ms", median(&wall_ms))
        .value("cpu_ms", median(&cpu_ms))
        .value("peak_mb", after.peak_mb)
        .value("rss_before_mb", before.rss_mb)
        .value("rss_after_mb", after.rss_mb))
}

/// Uploads, and asks again while the server says that it is still at it.
async fn until_ready(connection: &mut Connection, upload: &Ask, token: &str) -> Result<()> {
    let started = Instant::now();
    let answer = connection.ask(upload).await?;
    if answer.status == 200 {
        return Ok(());
    }
    let media = answer.json()?;
    let id = media["id"].as_str().context("an attachment without an id")?;
    let again = Ask::get(format!("/api/v1/media/{id}")).with_token(token);
    while started.elapsed() < READY_LIMIT {
        if connection.ask(&again).await?.status == 200 {
            return Ok(());
        }
        tokio::time::sleep(ASK_AGAIN_AFTER).await;
    }
    bail!("the picture was not ready after {READY_LIMIT:?}")
}

/// A form with the picture and its description.
fn form(file: &[u8]) -> (String, Bytes) {
    let head = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"description\"\r\n\r\nsoft shapes\r\n\
         --{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"picture.jpg\"\r\ncontent-type: image/jpeg\r\n\r\n"
    );
    let end = format!("\r\n--{BOUNDARY}--\r\n");
    (format!("multipart/form-data; boundary={BOUNDARY}"), [head.as_bytes(), file, end.as_bytes()].concat().into())
}
