//! The routes of `router.rs` with what surrounds every request: where the layers of `middleware/` are put in order.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state, map_request};
use axum::response::{IntoResponse, Response};
use tower::{Layer, ServiceBuilder};
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::Fail;
use crate::middleware::{again, caching, cors, drain, ending, form, observe, rate, slash, words};
use crate::router::routes;
use crate::web::Web;

/// The list with what surrounds every request.
pub fn service(web: Web) -> Router {
    let served = routes().into_iter().filter(|(_, path, _)| web.options.serves(path));
    let router = served.fold(Router::new(), |router, (_, path, handler)| router.route(path, handler));
    // One layer made of many, the outermost first: as layers of their own, each would be boxed, and copied for each
    // request by all that are around it.
    let around = ServiceBuilder::new()
        .layer(from_fn(observe::observe))
        .layer(from_fn(cors::cors))
        .layer(from_fn(drain::drain))
        .layer(from_fn_with_state(web.clone(), words::words))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(web.clone(), form::form))
        .layer(from_fn(caching::caching))
        .layer(from_fn_with_state(web.clone(), rate::rate))
        .layer(from_fn(again::again));
    let routed = router.fallback(words::no_such_path).method_not_allowed_fallback(words::no_such_method).layer(around).with_state(web);
    // Outside of the routes, so that they are looked for under the path without the slash and the ending.
    Router::new().fallback_service(map_request(|request| async { ending::without_ending(slash::without_slash(request)) }).layer(routed))
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no text)");
    Fail::from(app::Error::Internal(format!("a handler panicked: {text}"))).into_response()
}
