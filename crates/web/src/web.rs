//! What handlers share besides the `App`.

use std::sync::Arc;

use app::App;
use app::net::Network;
use axum::extract::FromRef;

use crate::bodies::Bodies;
use crate::hub::Hub;

/// How the server is asked, as its operator decides.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Networks whose word about the client's address is taken.
    pub trusted_proxies: Vec<Network>,
    pub rate_limits: bool,
    /// Streams at once; `None` is no limit.
    pub max_streams: Option<usize>,
    /// Another process has the streams, or all but the streams.
    pub without_streams: bool,
    pub only_streams: bool,
}

impl Options {
    /// Whether this process answers under `path`; about its health every one does.
    pub fn serves(&self, path: &str) -> bool {
        let (is_stream, is_health) = (path.starts_with("/api/v1/streaming"), matches!(path, "/health" | "/livez" | "/readyz"));
        is_health || (is_stream && !self.without_streams) || (!is_stream && !self.only_streams)
    }
}

/// State of the router.
#[derive(Clone)]
pub struct Web {
    pub app: App,
    pub options: Arc<Options>,
    pub bodies: Arc<Bodies>,
    pub hub: Hub,
}

impl Web {
    pub fn new(app: App, options: Options) -> Web {
        app.rates.enforce(options.rate_limits);
        Web {
            hub: Hub::new(options.max_streams),
            bodies: Arc::new(Bodies::new(&app, options.trusted_proxies.clone())),
            options: Arc::new(options),
            app,
        }
    }
}

impl FromRef<Web> for App {
    fn from_ref(web: &Web) -> App {
        web.app.clone()
    }
}

impl FromRef<Web> for Hub {
    fn from_ref(web: &Web) -> Hub {
        web.hub.clone()
    }
}
