//! Every route, in one list, and the files of the REST API, so that a new endpoint has one place to be
//! entered. `ferrodon routes` prints the list.

use axum::Router;
use axum::middleware::from_fn;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, delete, get, post, put};
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::Fail;
use crate::middleware::{cors, drain, observe, rate, words};
use crate::web::Web;
use crate::{health, oauth, pages, streaming};

use api::{v1, v2};

/// Mastodon's REST API. The tree mirrors the URLs: a noun is a folder, a verb a file.
#[path = "api"]
pub mod api {
    pub mod v1 {
        pub mod bookmarks;
        pub mod custom_emojis;
        pub mod favourites;
        pub mod instance;
        pub mod markers;
        pub mod accounts {
            pub mod follow;
            pub mod followers;
            pub mod lookup;
            pub mod relationships;
            pub mod search;
            pub mod show;
            pub mod statuses;
            pub mod verify_credentials;
        }
        pub mod apps {
            pub mod create;
            pub mod verify_credentials;
        }
        pub mod media {
            pub mod show;
            pub mod update;
        }
        pub mod notifications {
            pub mod clear;
            pub mod destroy_multiple;
            pub mod dismiss;
            pub mod index;
            pub mod show;
            pub mod unread_count;
        }
        pub mod push {
            pub mod subscription;
        }
        pub mod statuses {
            pub mod bookmark;
            pub mod context;
            pub mod create;
            pub mod delete;
            pub mod favourite;
            pub mod favourited_by;
            pub mod index;
            pub mod reblog;
            pub mod show;
        }
        pub mod timelines {
            pub mod home;
            pub mod public;
        }
    }
    pub mod v2 {
        pub mod instance;
        pub mod media;
        pub mod search;
        pub mod notifications {
            pub mod accounts;
            pub mod dismiss;
            pub mod index;
            pub mod show;
            pub mod unread_count;
        }
    }
    /// What is for the web client of this server.
    pub mod web {
        pub mod push_subscriptions;
    }
}

/// A line of the list: method, path, handler.
pub type Route = (&'static str, &'static str, MethodRouter<Web>);

/// The whole list.
#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    vec![
        // OAuth
        ("GET",    "/.well-known/oauth-authorization-server", get(oauth::metadata::handler)),
        ("GET",    "/oauth/authorize",                        get(oauth::authorize::show)),
        ("POST",   "/oauth/authorize",                        post(oauth::authorize::answer)),
        ("GET",    "/oauth/authorize/native",                 get(oauth::authorize::native)),
        ("POST",   "/oauth/token",                            post(oauth::token::handler)),
        ("POST",   "/oauth/revoke",                           post(oauth::revoke::handler)),
        ("POST",   "/api/v1/apps",                            post(v1::apps::create::handler)),
        ("GET",    "/api/v1/apps/verify_credentials",         get(v1::apps::verify_credentials::handler)),

        // Instance
        ("GET",    "/api/v1/instance",                        get(v1::instance::handler)),
        ("GET",    "/api/v2/instance",                        get(v2::instance::handler)),
        ("GET",    "/api/v1/custom_emojis",                   get(v1::custom_emojis::handler)),

        // Accounts
        ("GET",    "/api/v1/accounts/verify_credentials",     get(v1::accounts::verify_credentials::handler)),
        ("GET",    "/api/v1/accounts/relationships",          get(v1::accounts::relationships::handler)),
        ("GET",    "/api/v1/accounts/lookup",                 get(v1::accounts::lookup::handler)),
        ("GET",    "/api/v1/accounts/search",                 get(v1::accounts::search::handler)),
        ("GET",    "/api/v1/accounts/{id}",                   get(v1::accounts::show::handler)),
        ("GET",    "/api/v1/accounts/{id}/statuses",          get(v1::accounts::statuses::handler)),
        ("GET",    "/api/v1/accounts/{id}/followers",         get(v1::accounts::followers::handler)),
        ("GET",    "/api/v1/accounts/{id}/following",         get(v1::accounts::followers::following)),
        ("POST",   "/api/v1/accounts/{id}/follow",            post(v1::accounts::follow::handler)),
        ("POST",   "/api/v1/accounts/{id}/unfollow",          post(v1::accounts::follow::undo)),

        // Statuses
        ("GET",    "/api/v1/statuses",                        get(v1::statuses::index::handler)),
        ("POST",   "/api/v1/statuses",                        post(v1::statuses::create::handler)),
        ("GET",    "/api/v1/statuses/{id}",                   get(v1::statuses::show::handler)),
        ("DELETE", "/api/v1/statuses/{id}",                   delete(v1::statuses::delete::handler)),
        ("GET",    "/api/v1/statuses/{id}/context",           get(v1::statuses::context::handler)),
        ("GET",    "/api/v1/statuses/{id}/favourited_by",     get(v1::statuses::favourited_by::handler)),
        ("GET",    "/api/v1/statuses/{id}/reblogged_by",      get(v1::statuses::favourited_by::reblogged_by)),
        ("POST",   "/api/v1/statuses/{id}/favourite",         post(v1::statuses::favourite::handler)),
        ("POST",   "/api/v1/statuses/{id}/unfavourite",       post(v1::statuses::favourite::undo)),
        ("POST",   "/api/v1/statuses/{id}/reblog",            post(v1::statuses::reblog::handler)),
        ("POST",   "/api/v1/statuses/{id}/unreblog",          post(v1::statuses::reblog::undo)),
        ("POST",   "/api/v1/statuses/{id}/bookmark",          post(v1::statuses::bookmark::handler)),
        ("POST",   "/api/v1/statuses/{id}/unbookmark",        post(v1::statuses::bookmark::undo)),
        ("GET",    "/api/v1/favourites",                      get(v1::favourites::handler)),
        ("GET",    "/api/v1/bookmarks",                       get(v1::bookmarks::handler)),

        // Media
        ("POST",   "/api/v2/media",                           post(v2::media::handler)),
        ("POST",   "/api/v1/media",                           post(v2::media::handler)),
        ("GET",    "/api/v1/media/{id}",                      get(v1::media::show::handler)),
        ("PUT",    "/api/v1/media/{id}",                      put(v1::media::update::handler).patch(v1::media::update::handler)),

        // Timelines, notifications, search
        ("GET",    "/api/v1/timelines/home",                  get(v1::timelines::home::handler)),
        ("GET",    "/api/v1/timelines/public",                get(v1::timelines::public::handler)),
        ("GET",    "/api/v1/notifications",                   get(v1::notifications::index::handler)),
        ("POST",   "/api/v1/notifications/clear",             post(v1::notifications::clear::handler)),
        ("GET",    "/api/v1/notifications/unread_count",      get(v1::notifications::unread_count::handler)),
        ("DELETE", "/api/v1/notifications/destroy_multiple",  delete(v1::notifications::destroy_multiple::handler)),
        ("GET",    "/api/v1/notifications/{id}",              get(v1::notifications::show::handler)),
        ("DELETE", "/api/v1/notifications/{id}",              delete(v1::notifications::dismiss::handler)),
        ("POST",   "/api/v1/notifications/{id}/dismiss",      post(v1::notifications::dismiss::handler)),
        ("GET",    "/api/v2/notifications",                   get(v2::notifications::index::handler)),
        ("POST",   "/api/v2/notifications/clear",             post(v1::notifications::clear::handler)),
        ("GET",    "/api/v2/notifications/unread_count",      get(v2::notifications::unread_count::handler)),
        ("GET",    "/api/v2/notifications/{key}",             get(v2::notifications::show::handler)),
        ("POST",   "/api/v2/notifications/{key}/dismiss",     post(v2::notifications::dismiss::handler)),
        ("GET",    "/api/v2/notifications/{key}/accounts",    get(v2::notifications::accounts::handler)),
        ("POST",   "/api/v1/push/subscription",               post(v1::push::subscription::create)),
        ("GET",    "/api/v1/push/subscription",               get(v1::push::subscription::show)),
        ("PUT",    "/api/v1/push/subscription",               put(v1::push::subscription::update).patch(v1::push::subscription::update)),
        ("DELETE", "/api/v1/push/subscription",               delete(v1::push::subscription::remove)),
        ("DELETE", "/api/web/push_subscriptions/{token}",     delete(api::web::push_subscriptions::handler)),
        ("GET",    "/api/v1/markers",                         get(v1::markers::index)),
        ("POST",   "/api/v1/markers",                         post(v1::markers::create)),
        ("GET",    "/api/v2/search",                          get(v2::search::handler)),

        // Streaming
        ("GET",    "/api/v1/streaming",                       get(streaming::websocket::handler)),
        ("GET",    "/api/v1/streaming/health",                get(streaming::health)),
        ("GET",    "/api/v1/streaming/user",                  get(streaming::sse::user)),
        ("GET",    "/api/v1/streaming/user/notification",     get(streaming::sse::user_notification)),

        // Health
        ("GET",    "/health",                                 get(health::alive)),
        ("GET",    "/livez",                                  get(health::alive)),
        ("GET",    "/readyz",                                 get(health::ready)),

        // Pages
        ("GET",    "/",                                       get(pages::home::handler)),
        ("GET",    "/auth/sign_in",                           get(pages::sign_in::show)),
        ("POST",   "/auth/sign_in",                           post(pages::sign_in::submit)),
        ("POST",   "/auth/sign_out",                          post(pages::sign_in::sign_out)),
        ("GET",    "/media/{*key}",                           get(pages::media::handler)),
        ("GET",    "/assets/{name}",                          get(pages::assets::asset)),
        ("GET",    "/avatars/original/missing.png",           get(pages::assets::missing_avatar)),
        ("GET",    "/headers/original/missing.png",           get(pages::assets::missing_header)),
        ("GET",    "/thumbnail.png",                          get(pages::assets::missing_header)),
        ("GET",    "/icon.png",                               get(pages::assets::icon)),
        ("GET",    "/favicon.ico",                            get(pages::assets::favicon)),
        ("GET",    "/{username}",                             get(pages::profile::handler)),
        ("GET",    "/{username}/{id}",                        get(pages::status::handler)),
    ]
}

/// The list with what surrounds every request.
pub fn service(web: Web) -> Router {
    let router = routes().into_iter().fold(Router::new(), |router, (_, path, handler)| router.route(path, handler));
    router
        .fallback(words::no_such_path)
        .method_not_allowed_fallback(words::no_such_method)
        .layer(from_fn_with_state(web.clone(), rate::rate))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(web.clone(), words::words))
        .layer(from_fn(drain::drain))
        .layer(from_fn(cors::cors))
        .layer(from_fn(observe::observe))
        .with_state(web)
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    use axum::response::IntoResponse;
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no text)");
    Fail::from(app::Error::Internal(format!("a handler panicked: {text}"))).into_response()
}
