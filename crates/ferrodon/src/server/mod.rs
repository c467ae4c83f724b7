//! `ferrodon serve`: the running server, from its listeners to its graceful end.

mod admin;
mod certificate;
mod connection;
mod connections;
mod exchange;
mod http;
mod metrics;
mod noise;
mod pace;
mod socket;
#[cfg(test)]
mod tests;
mod tls;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use app::{App, schedule};
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::Web;

use crate::compose;
use crate::config::Config;
use crate::{memory, permissions};

pub use admin::ask;

/// How long a stop may take before what is left is cut off; clients and jobs then start anew.
const STOP_LIMIT: Duration = Duration::from_secs(9);

/// Files that the server has open besides the sockets of its clients, generously: the database, media, other servers.
const OTHER_FILES: u64 = 2048;

/// Serves until SIGTERM or SIGINT.
///
/// Errors: what keeps it from starting.
pub async fn serve(config: &Config) -> anyhow::Result<()> {
    // Before anything is served: a stop that comes early must be graceful too.
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    // Without TLS there is nothing to read anew; SIGHUP then ends nothing either.
    let hup = signal(SignalKind::hangup())?;
    let dir = compose::make_data_dir(config)?;
    let Some(_lock) = compose::lock(&dir)? else {
        anyhow::bail!("another server runs on the data directory {}; stop it first, or use another directory", dir.display());
    };
    let recorder = metrics::install(&config.listen.metrics)?;
    make_room(config);
    let app = open(config, &dir).await?;
    for warning in permissions::warnings(config) {
        tracing::warn!("{warning}");
    }
    let web = Web::new(app.clone(), web_options(config));
    let (hub, bodies) = (web.hub.clone(), web.bodies.clone());
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());

    let tls = if config.tls.mode == "files" { Some(Arc::new(tls::Tls::open(config, &app)?)) } else { None };
    let listeners = http::bind(config, tls.as_ref()).await?;
    let metrics_listener = metrics::bind(&config.listen.metrics).await?;
    let admin = admin::bind(&dir)?;
    // The hub listens before anything can happen.
    tasks.spawn(app::invalidation::run(app.clone()));
    tasks.spawn(hub.run(app.clone()));
    app::jobs::recover(&app).await?;
    let has = |role: &str| config.server.roles.iter().any(|own| own == role);
    let workers = has("worker").then(|| app::jobs::Workers::start(&app, &stop));
    tasks.spawn(schedule::run(app.clone(), has("scheduler"), stop.clone()));
    tasks.spawn(admin.run(app.clone(), stop.clone()));
    tasks.spawn(memory::rest(app.clone(), bodies, stop.clone()));
    if let Some(tls) = tls {
        tasks.spawn(tls.watch(config.clone(), app.clone(), hup, stop.clone()));
    }
    if let (Some(listener), Some(recorder)) = (metrics_listener, recorder) {
        tasks.spawn(metrics::run(listener, recorder, app.clone(), stop.clone()));
    }
    let router = web::service(web);
    let http = http::Http::start(listeners, router, config, &stop);
    let roles = config.server.roles.join(", ");
    tracing::info!(address = ?config.listen.http, tls = ?config.listen.https, url = config.server.public_url, roles, "serving");

    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    tracing::info!("stopping");
    stop.cancel();
    app.stopping.cancel();
    tasks.close();
    let graceful = async {
        http.stopped().await;
        if let Some(workers) = workers {
            workers.stopped().await;
        }
        tasks.wait().await;
    };
    if tokio::time::timeout(STOP_LIMIT, graceful).await.is_err() {
        tracing::warn!("some requests or jobs did not end in time");
    }
    app::start::close(&app).await;
    tracing::info!("stopped");
    Ok(())
}

/// Opens the database and the media directory.
pub async fn open(config: &Config, dir: &Path) -> anyhow::Result<App> {
    let options = compose::options(config)?;
    std::fs::create_dir_all(&options.media_dir).with_context(|| format!("the media directory {} cannot be made", options.media_dir.display()))?;
    let app = app::start::open(options, config.database.auto_migrate).await?;
    compose::sync_dir(dir)?;
    Ok(app)
}

/// Each connection is an open file: asks the system for as many as the limits allow clients.
fn make_room(config: &Config) {
    let needed = config.listen.max_connections.saturating_add(config.listen.max_streams).saturating_add(OTHER_FILES);
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|files| files < needed) {
        limit.current = Some(limit.maximum.map_or(needed, |most| most.min(needed)));
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "the limit of open files cannot be raised");
        }
    }
    if let Some(files) = getrlimit(Resource::Nofile).current.filter(|files| *files < needed) {
        tracing::warn!(
            files,
            needed,
            "the system allows fewer open files than listen.max_connections and listen.max_streams may need; raise LimitNOFILE"
        );
    }
}

fn web_options(config: &Config) -> web::Options {
    let has = |role: &str| config.server.roles.iter().any(|own| own == role);
    web::Options {
        trusted_proxies: config.proxy.trusted.iter().filter_map(|network| app::net::Network::read(network)).collect(),
        rate_limits: config.rate.enabled,
        max_streams: usize::try_from(config.listen.max_streams).ok(),
        without_streams: !has("streaming"),
        only_streams: !has("web"),
    }
}
