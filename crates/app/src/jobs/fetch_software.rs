//! FetchSoftware: asks another server by NodeInfo what it runs. Nobody waits for the answer: a server that gives none, or a
//! bad one, is asked again a week later, and what was known of it stays.

use std::time::Duration;

use bytes::Bytes;
use store::hosts;
use url::Url;
use wire::nodeinfo;

use super::job::Job;
use crate::federation::fetch::Failure;
use crate::net::{Refused, Site};
use crate::queue::{FetchSoftware, Outcome};
use crate::urls::domain_of;
use crate::{App, Error, Result};

/// Bytes of the document that names the description, and of the description, in which some list whom they block.
const DISCOVERY_BYTES_MAX: usize = 64 * 1024;
const DESCRIPTION_BYTES_MAX: usize = 256 * 1024;
/// Either document with its redirects.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long it waits when the server has its share of all that jobs fetch.
const FULL_PAUSE_MS: i64 = 5_000;

impl Job for FetchSoftware {
    async fn run(self, app: &App) -> Result<Outcome> {
        let origin = Url::parse(&self.origin).map_err(Error::internal)?;
        let domain = domain_of(&self.origin).unwrap_or_default();
        if app.urls().is_local_domain(&domain) || app.context().rule(&domain).suspended {
            return Ok(Outcome::Discard(format!("{domain} is not asked")));
        }
        let place = match app.pools.jobs.place(&Site::of(&origin), app.now_ms()).await {
            Ok(place) => place,
            Err(refused @ Refused::Full) => return Ok(Outcome::Postpone(FULL_PAUSE_MS, refused.to_string())),
            Err(refused @ Refused::Resting(left_ms)) => return Ok(Outcome::Postpone(left_ms, refused.to_string())),
        };
        let found = ask(app, &origin).await;
        match &found {
            Ok(_) => place.answered(),
            Err(Failure::Unreachable(_)) => place.failed(app.now_ms()),
            Err(_) => {}
        }
        drop(place);
        match found {
            Ok((name, version)) => {
                app.write(move |tx| async move { Ok(hosts::set_software(&tx, &domain, &name, &version).await?) }).await?;
                Ok(Outcome::Done)
            }
            Err(failure @ Failure::Internal(_)) => Ok(Outcome::Retry(failure.to_string())),
            Err(failure) => Ok(Outcome::Discard(format!("NodeInfo of {domain}: {failure}"))),
        }
    }
}

/// Name and version of what a server runs. Only the server itself is asked: it cannot send us to another.
async fn ask(app: &App, origin: &Url) -> Result<(String, String), Failure> {
    let discovery = origin.join("/.well-known/nodeinfo").map_err(|error| Failure::refused(error.to_string()))?;
    let discovery = get(app, discovery, DISCOVERY_BYTES_MAX).await?;
    let description = nodeinfo::newest(&discovery, |url| url.origin() == origin.origin());
    let description = description.ok_or_else(|| Failure::refused("it names no description of version 2 that is its own"))?;
    let description = get(app, description, DESCRIPTION_BYTES_MAX).await?;
    nodeinfo::software(&description).ok_or_else(|| Failure::refused("its description names no software as the schema has it"))
}

async fn get(app: &App, url: Url, bytes_max: usize) -> Result<Bytes, Failure> {
    let origin = url.origin();
    let request = app.net.get(url).header("accept", "application/json").body_max(bytes_max).timeout(TIMEOUT);
    let answer = request.not_redirected_to(move |next| next.origin() != origin).send().await?;
    match answer.status {
        200 => Ok(answer.body),
        429 | 500.. => Err(Failure::Unwell(answer.status)),
        status => Err(Failure::Missing(status)),
    }
}
