//! Prometheus metrics on a listener of their own.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use app::App;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

const UPKEEP_EVERY: Duration = Duration::from_secs(5);
/// How long one question may take, from the connection to the last byte of the answer.
const EXCHANGE_LIMIT: Duration = Duration::from_secs(30);
/// Questions at once; a further one is refused.
const EXCHANGES_MAX: usize = 32;
/// Seconds; from a cached read to a request that gives up.
const BUCKETS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What `listen.metrics` says when nobody reads metrics.
const OFF: &str = "off";

/// Begins to record, unless nobody reads: what is recorded is kept until it is read or [`run`] works it off.
pub fn install(address: &str) -> anyhow::Result<Option<PrometheusHandle>> {
    if address == OFF {
        return Ok(None);
    }
    let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".into()), BUCKETS)?;
    let handle = builder.install_recorder()?;
    metrics::gauge!("ferrodon_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(Some(handle))
}

pub async fn bind(address: &str) -> anyhow::Result<Option<TcpListener>> {
    if address == OFF {
        return Ok(None);
    }
    let listener = TcpListener::bind(address).await;
    Ok(Some(listener.with_context(|| format!("listen.metrics: {address} cannot be listened on; does another program use it?"))?))
}

/// Answers `GET /metrics` until `stop`.
pub async fn run(listener: TcpListener, recorder: PrometheusHandle, app: App, stop: CancellationToken) {
    let mut upkeep = tokio::time::interval(UPKEEP_EVERY);
    let exchanges = Arc::new(Semaphore::new(EXCHANGES_MAX));
    loop {
        let stream = tokio::select! {
            Ok((stream, _)) = listener.accept() => stream,
            _ = upkeep.tick() => {
                recorder.run_upkeep();
                continue;
            }
            () = stop.cancelled() => return,
        };
        let Ok(permit) = exchanges.clone().try_acquire_owned() else { continue };
        let (recorder, app) = (recorder.clone(), app.clone());
        tokio::spawn(async move {
            let service = hyper::service::service_fn(move |request| answer(request, recorder.clone(), app.clone()));
            let served = hyper::server::conn::http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), service);
            let _ = tokio::time::timeout(EXCHANGE_LIMIT, served).await;
            drop(permit);
        });
    }
}

async fn answer(request: Request<Incoming>, recorder: PrometheusHandle, app: App) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, body) = if request.uri().path() == "/metrics" {
        app::jobs::measure(&app).await;
        (StatusCode::OK, recorder.render())
    } else {
        (StatusCode::NOT_FOUND, "metrics are at /metrics\n".to_owned())
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_recorded_while_metrics_are_off() {
        assert!(install("off").unwrap().is_none());
        assert!(metrics::set_global_recorder(metrics::NoopRecorder).is_ok(), "a recorder was installed before");
    }
}
