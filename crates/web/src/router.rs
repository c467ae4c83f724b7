//! Every route, in one list, and the files of the REST API, so that a new endpoint has one place to be
//! entered. `ferrodon routes` prints the list.

use std::collections::HashSet;
use std::sync::LazyLock;

use axum::routing::{MethodRouter, delete, get, patch, post, put};

use crate::web::Web;
use crate::{ap, health, oauth, pages, streaming};

use api::{v1, v1_alpha, v2};

/// Mastodon's REST API. The tree mirrors the URLs: a noun is a folder, a verb a file.
#[path = "api"]
pub mod api {
    pub mod v1 {
        pub mod announcements;
        pub mod blocks;
        pub mod bookmarks;
        pub mod custom_emojis;
        pub mod domain_blocks;
        pub mod emails;
        pub mod endorsements;
        pub mod favourites;
        pub mod featured_tags;
        pub mod filters;
        pub mod follow_requests;
        pub mod followed_tags;
        pub mod markers;
        pub mod mutes;
        pub mod preferences;
        pub mod profile;
        pub mod suggestions;
        pub mod trends;
        pub mod accounts {
            pub mod block;
            pub mod create;
            pub mod familiar_followers;
            pub mod featured;
            pub mod follow;
            pub mod followers;
            pub mod index;
            pub mod lists;
            pub mod lookup;
            pub mod mute;
            pub mod note;
            pub mod relationships;
            pub mod search;
            pub mod show;
            pub mod statuses;
            pub mod update_credentials;
            pub mod verify_credentials;
        }
        pub mod apps {
            pub mod create;
            pub mod verify_credentials;
        }
        pub mod conversations {
            pub mod delete;
            pub mod index;
            pub mod read;
        }
        pub mod instance {
            pub mod activity;
            pub mod domain_blocks;
            pub mod extended_description;
            pub mod languages;
            pub mod peers;
            pub mod privacy_policy;
            pub mod rules;
            pub mod show;
            pub mod translation_languages;
        }
        pub mod lists {
            pub mod accounts;
            pub mod index;
            pub mod show;
        }
        pub mod media {
            pub mod delete;
            pub mod show;
            pub mod update;
        }
        pub mod notifications {
            pub mod clear;
            pub mod destroy_multiple;
            pub mod dismiss;
            pub mod index;
            pub mod policy;
            pub mod show;
            pub mod unread_count;
        }
        pub mod peers {
            pub mod search;
        }
        pub mod polls {
            pub mod show;
            pub mod vote;
        }
        pub mod push {
            pub mod subscription;
        }
        pub mod scheduled_statuses {
            pub mod cancel;
            pub mod index;
            pub mod show;
            pub mod update;
        }
        pub mod statuses {
            pub mod bookmark;
            pub mod context;
            pub mod create;
            pub mod delete;
            pub mod favourite;
            pub mod favourited_by;
            pub mod history;
            pub mod index;
            pub mod interaction_policy;
            pub mod mute;
            pub mod pin;
            pub mod quotes;
            pub mod reblog;
            pub mod show;
            pub mod source;
            pub mod update;
        }
        pub mod tags {
            pub mod show;
        }
        pub mod timelines {
            pub mod home;
            pub mod list;
            pub mod public;
            pub mod tag;
        }
    }
    pub mod v1_alpha {
        pub mod async_refreshes;
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
        ("DELETE", "/oauth/authorize",                        delete(oauth::authorize::deny)),
        ("GET",    "/oauth/authorize/native",                 get(oauth::authorize::native)),
        ("POST",   "/oauth/token",                            post(oauth::token::handler)),
        ("POST",   "/oauth/revoke",                           post(oauth::revoke::handler)),
        ("GET",    "/oauth/userinfo",                         get(oauth::userinfo::handler)),
        ("POST",   "/oauth/userinfo",                         post(oauth::userinfo::handler)),
        ("GET",    "/oauth/applications",                     get(oauth::applications::closed)),
        ("POST",   "/oauth/applications",                     post(oauth::applications::closed)),
        ("GET",    "/oauth/applications.json",                get(oauth::applications::closed)),
        ("GET",    "/oauth/applications/{*rest}",             get(oauth::applications::closed)),
        ("PUT",    "/oauth/applications/{*rest}",             put(oauth::applications::closed).patch(oauth::applications::closed)),
        ("DELETE", "/oauth/applications/{*rest}",             delete(oauth::applications::closed)),
        ("POST",   "/api/v1/apps",                            post(v1::apps::create::handler)),
        ("GET",    "/api/v1/apps/verify_credentials",         get(v1::apps::verify_credentials::handler)),

        // Instance
        ("GET",    "/api/v1/instance",                        get(v1::instance::show::handler)),
        ("GET",    "/api/v2/instance",                        get(v2::instance::handler)),
        ("GET",    "/api/v1/instance/rules",                  get(v1::instance::rules::handler)),
        ("GET",    "/api/v1/instance/extended_description",   get(v1::instance::extended_description::handler)),
        ("GET",    "/api/v1/instance/privacy_policy",         get(v1::instance::privacy_policy::handler)),
        ("GET",    "/api/v1/instance/languages",              get(v1::instance::languages::handler)),
        ("GET",    "/api/v1/instance/translation_languages",  get(v1::instance::translation_languages::handler)),
        ("GET",    "/api/v1/instance/peers",                  get(v1::instance::peers::handler)),
        ("GET",    "/api/v1/instance/activity",               get(v1::instance::activity::handler)),
        ("GET",    "/api/v1/instance/domain_blocks",          get(v1::instance::domain_blocks::handler)),
        ("GET",    "/api/v1/peers/search",                    get(v1::peers::search::handler)),
        ("GET",    "/api/v1/custom_emojis",                   get(v1::custom_emojis::handler)),
        ("GET",    "/api/v1/announcements",                   get(v1::announcements::handler)),
        ("GET",    "/.well-known/webfinger",                  get(ap::webfinger::handler)),
        ("GET",    "/.well-known/webfinger.json",             get(ap::webfinger::handler)),
        ("GET",    "/.well-known/host-meta",                  get(ap::host_meta::handler)),
        ("GET",    "/.well-known/host-meta.json",             get(ap::host_meta::json)),
        ("GET",    "/.well-known/nodeinfo",                   get(ap::nodeinfo::discovery)),
        ("GET",    "/nodeinfo/2.0",                           get(ap::nodeinfo::version_2_0)),
        ("GET",    "/nodeinfo/2.1",                           get(ap::nodeinfo::version_2_1)),
        ("POST",   "/inbox",                                  post(ap::inbox::shared)),
        ("POST",   "/actor/inbox",                            post(ap::inbox::instance_actor)),
        ("POST",   "/users/{username}/inbox",                 post(ap::inbox::by_name)),
        ("POST",   "/ap/users/{id}/inbox",                    post(ap::inbox::by_id)),

        // Accounts
        ("GET",    "/api/v1/accounts/verify_credentials",     get(v1::accounts::verify_credentials::handler)),
        ("PATCH",  "/api/v1/accounts/update_credentials",     patch(v1::accounts::update_credentials::handler).put(v1::accounts::update_credentials::handler)),
        ("GET",    "/api/v1/preferences",                     get(v1::preferences::handler)),
        ("GET",    "/api/v1/profile",                         get(v1::profile::show)),
        ("PATCH",  "/api/v1/profile",                         patch(v1::profile::update).put(v1::profile::update)),
        ("DELETE", "/api/v1/profile/avatar",                  delete(v1::profile::delete_avatar)),
        ("DELETE", "/api/v1/profile/header",                  delete(v1::profile::delete_header)),
        ("POST",   "/api/v1/accounts",                        post(v1::accounts::create::handler)),
        ("POST",   "/api/v1/emails/confirmations",            post(v1::emails::resend)),
        ("GET",    "/api/v1/emails/check_confirmation",       get(v1::emails::check)),
        ("GET",    "/api/v1/accounts",                        get(v1::accounts::index::handler)),
        ("GET",    "/api/v1/accounts/relationships",          get(v1::accounts::relationships::handler)),
        ("GET",    "/api/v1/accounts/familiar_followers",     get(v1::accounts::familiar_followers::handler)),
        ("GET",    "/api/v1/accounts/lookup",                 get(v1::accounts::lookup::handler)),
        ("GET",    "/api/v1/accounts/search",                 get(v1::accounts::search::handler)),
        ("GET",    "/api/v1/accounts/{id}",                   get(v1::accounts::show::handler)),
        ("GET",    "/api/v1/accounts/{id}/statuses",          get(v1::accounts::statuses::handler)),
        ("GET",    "/api/v1/accounts/{id}/followers",         get(v1::accounts::followers::handler)),
        ("GET",    "/api/v1/accounts/{id}/following",         get(v1::accounts::followers::following)),
        ("GET",    "/api/v1/accounts/{id}/featured_tags",     get(v1::accounts::featured::tags)),
        ("GET",    "/api/v1/accounts/{id}/endorsements",      get(v1::accounts::featured::endorsements)),
        ("GET",    "/api/v1/accounts/{id}/identity_proofs",   get(v1::accounts::featured::identity_proofs)),
        ("GET",    "/api/v1/endorsements",                    get(v1::endorsements::handler)),
        ("GET",    "/api/v1/featured_tags",                   get(v1::featured_tags::handler)),
        ("GET",    "/api/v1/featured_tags/suggestions",       get(v1::featured_tags::handler)),
        ("GET",    "/api/v1/suggestions",                     get(v1::suggestions::handler)),
        ("GET",    "/api/v2/suggestions",                     get(v1::suggestions::handler)),
        ("GET",    "/api/v1/filters",                         get(v1::filters::handler)),
        ("GET",    "/api/v2/filters",                         get(v1::filters::handler)),
        ("GET",    "/api/v1/accounts/{id}/lists",             get(v1::accounts::lists::handler)),
        ("POST",   "/api/v1/accounts/{id}/follow",            post(v1::accounts::follow::handler)),
        ("POST",   "/api/v1/accounts/{id}/unfollow",          post(v1::accounts::follow::undo)),
        ("POST",   "/api/v1/accounts/{id}/remove_from_followers", post(v1::accounts::follow::remove_follower)),
        ("POST",   "/api/v1/accounts/{id}/block",             post(v1::accounts::block::handler)),
        ("POST",   "/api/v1/accounts/{id}/unblock",           post(v1::accounts::block::undo)),
        ("POST",   "/api/v1/accounts/{id}/mute",              post(v1::accounts::mute::handler)),
        ("POST",   "/api/v1/accounts/{id}/unmute",            post(v1::accounts::mute::undo)),
        ("POST",   "/api/v1/accounts/{id}/note",              post(v1::accounts::note::handler)),

        // Blocks, mutes, follow requests
        ("GET",    "/api/v1/blocks",                          get(v1::blocks::handler)),
        ("GET",    "/api/v1/mutes",                           get(v1::mutes::handler)),
        ("GET",    "/api/v1/domain_blocks",                   get(v1::domain_blocks::index)),
        ("POST",   "/api/v1/domain_blocks",                   post(v1::domain_blocks::create)),
        ("DELETE", "/api/v1/domain_blocks",                   delete(v1::domain_blocks::remove)),
        ("GET",    "/api/v1/domain_blocks/preview",           get(v1::domain_blocks::preview)),
        ("GET",    "/api/v1/follow_requests",                 get(v1::follow_requests::index)),
        ("POST",   "/api/v1/follow_requests/{id}/authorize",  post(v1::follow_requests::authorize)),
        ("POST",   "/api/v1/follow_requests/{id}/reject",     post(v1::follow_requests::reject)),

        // Statuses
        ("GET",    "/api/v1/statuses",                        get(v1::statuses::index::handler)),
        ("POST",   "/api/v1/statuses",                        post(v1::statuses::create::handler)),
        ("GET",    "/api/v1/statuses/{id}",                   get(v1::statuses::show::handler)),
        ("PUT",    "/api/v1/statuses/{id}",                   put(v1::statuses::update::handler).patch(v1::statuses::update::handler)),
        ("DELETE", "/api/v1/statuses/{id}",                   delete(v1::statuses::delete::handler)),
        ("GET",    "/api/v1/statuses/{id}/source",            get(v1::statuses::source::handler)),
        ("GET",    "/api/v1/statuses/{id}/history",           get(v1::statuses::history::handler)),
        ("PUT",    "/api/v1/statuses/{id}/interaction_policy", put(v1::statuses::interaction_policy::handler).patch(v1::statuses::interaction_policy::handler)),
        ("GET",    "/api/v1/statuses/{id}/quotes",            get(v1::statuses::quotes::handler)),
        ("GET",    "/api/v1/statuses/{id}/context",           get(v1::statuses::context::handler)),
        ("GET",    "/api/v1/statuses/{id}/favourited_by",     get(v1::statuses::favourited_by::handler)),
        ("GET",    "/api/v1/statuses/{id}/reblogged_by",      get(v1::statuses::favourited_by::reblogged_by)),
        ("POST",   "/api/v1/statuses/{id}/favourite",         post(v1::statuses::favourite::handler)),
        ("POST",   "/api/v1/statuses/{id}/unfavourite",       post(v1::statuses::favourite::undo)),
        ("POST",   "/api/v1/statuses/{id}/reblog",            post(v1::statuses::reblog::handler)),
        ("POST",   "/api/v1/statuses/{id}/unreblog",          post(v1::statuses::reblog::undo)),
        ("POST",   "/api/v1/statuses/{id}/bookmark",          post(v1::statuses::bookmark::handler)),
        ("POST",   "/api/v1/statuses/{id}/unbookmark",        post(v1::statuses::bookmark::undo)),
        ("POST",   "/api/v1/statuses/{id}/pin",               post(v1::statuses::pin::handler)),
        ("POST",   "/api/v1/statuses/{id}/unpin",             post(v1::statuses::pin::undo)),
        ("POST",   "/api/v1/statuses/{id}/mute",              post(v1::statuses::mute::handler)),
        ("POST",   "/api/v1/statuses/{id}/unmute",            post(v1::statuses::mute::undo)),
        ("GET",    "/api/v1/polls/{id}",                      get(v1::polls::show::handler)),
        ("POST",   "/api/v1/polls/{id}/votes",                post(v1::polls::vote::handler)),
        ("GET",    "/api/v1/scheduled_statuses",              get(v1::scheduled_statuses::index::handler)),
        ("GET",    "/api/v1/scheduled_statuses/{id}",         get(v1::scheduled_statuses::show::handler)),
        ("PUT",    "/api/v1/scheduled_statuses/{id}",         put(v1::scheduled_statuses::update::handler).patch(v1::scheduled_statuses::update::handler)),
        ("DELETE", "/api/v1/scheduled_statuses/{id}",         delete(v1::scheduled_statuses::cancel::handler)),
        ("GET",    "/api/v1/favourites",                      get(v1::favourites::handler)),
        ("GET",    "/api/v1/bookmarks",                       get(v1::bookmarks::handler)),

        // Media
        ("POST",   "/api/v2/media",                           post(v2::media::handler)),
        ("POST",   "/api/v1/media",                           post(v2::media::handler)),
        ("GET",    "/api/v1/media/{id}",                      get(v1::media::show::handler)),
        ("DELETE", "/api/v1/media/{id}",                      delete(v1::media::delete::handler)),
        ("PUT",    "/api/v1/media/{id}",                      put(v1::media::update::handler).patch(v1::media::update::handler)),

        // Lists and hashtags
        ("GET",    "/api/v1/lists",                           get(v1::lists::index::handler)),
        ("POST",   "/api/v1/lists",                           post(v1::lists::index::create)),
        ("GET",    "/api/v1/lists/{id}",                      get(v1::lists::show::handler)),
        ("PUT",    "/api/v1/lists/{id}",                      put(v1::lists::show::update).patch(v1::lists::show::update)),
        ("DELETE", "/api/v1/lists/{id}",                      delete(v1::lists::show::delete)),
        ("GET",    "/api/v1/lists/{id}/accounts",             get(v1::lists::accounts::handler)),
        ("POST",   "/api/v1/lists/{id}/accounts",             post(v1::lists::accounts::add)),
        ("DELETE", "/api/v1/lists/{id}/accounts",             delete(v1::lists::accounts::remove)),
        ("GET",    "/api/v1/tags/{name}",                     get(v1::tags::show::handler)),
        ("POST",   "/api/v1/tags/{name}/follow",              post(v1::tags::show::follow)),
        ("POST",   "/api/v1/tags/{name}/unfollow",            post(v1::tags::show::unfollow)),
        ("GET",    "/api/v1/followed_tags",                   get(v1::followed_tags::handler)),

        // Timelines, notifications, search
        ("GET",    "/api/v1/timelines/home",                  get(v1::timelines::home::handler)),
        ("GET",    "/api/v1/timelines/public",                get(v1::timelines::public::handler)),
        ("GET",    "/api/v1/timelines/list/{id}",             get(v1::timelines::list::handler)),
        ("GET",    "/api/v1/timelines/tag/{name}",            get(v1::timelines::tag::handler)),
        ("GET",    "/api/v1_alpha/async_refreshes/{id}",      get(v1_alpha::async_refreshes::handler)),
        ("GET",    "/api/v1/trends",                          get(v1::trends::handler)),
        ("GET",    "/api/v1/trends/tags",                     get(v1::trends::handler)),
        ("GET",    "/api/v1/trends/statuses",                 get(v1::trends::handler)),
        ("GET",    "/api/v1/trends/links",                    get(v1::trends::handler)),
        ("GET",    "/api/v1/notifications/policy",            get(v1::notifications::policy::show_v1)),
        ("GET",    "/api/v2/notifications/policy",            get(v1::notifications::policy::show)),
        ("GET",    "/api/v1/notifications/requests",          get(v1::notifications::policy::requests)),
        ("GET",    "/api/v1/notifications/requests/merged",   get(v1::notifications::policy::merged)),
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

        // Conversations
        ("GET",    "/api/v1/conversations",                   get(v1::conversations::index::handler)),
        ("DELETE", "/api/v1/conversations/{id}",              delete(v1::conversations::delete::handler)),
        ("POST",   "/api/v1/conversations/{id}/read",         post(v1::conversations::read::handler)),
        ("POST",   "/api/v1/conversations/{id}/unread",       post(v1::conversations::read::undo)),

        // Streaming
        ("GET",    "/api/v1/streaming",                       get(streaming::websocket::handler)),
        ("GET",    "/api/v1/streaming/health",                get(streaming::health)),
        ("GET",    "/api/v1/streaming/user",                  get(streaming::sse::user)),
        ("GET",    "/api/v1/streaming/user/notification",     get(streaming::sse::user_notification)),
        ("GET",    "/api/v1/streaming/public",                get(streaming::sse::public)),
        ("GET",    "/api/v1/streaming/public/local",          get(streaming::sse::public_local)),
        ("GET",    "/api/v1/streaming/public/remote",         get(streaming::sse::public_remote)),
        ("GET",    "/api/v1/streaming/hashtag",               get(streaming::sse::hashtag)),
        ("GET",    "/api/v1/streaming/hashtag/local",         get(streaming::sse::hashtag_local)),
        ("GET",    "/api/v1/streaming/list",                  get(streaming::sse::list)),
        ("GET",    "/api/v1/streaming/direct",                get(streaming::sse::direct)),

        // Documents for other servers, at both families of addresses
        ("GET",    "/actor",                                  get(ap::actor::instance)),
        ("GET",    "/actor/outbox",                           get(ap::actor::instance_outbox)),
        ("GET",    "/emojis/{id}",                            get(ap::actor::emoji)),
        ("GET",    "/contexts/{id}",                          get(ap::collections::conversation)),
        ("GET",    "/contexts/{id}/items",                    get(ap::collections::conversation_items)),
        ("GET",    "/users/{username}",                       get(ap::actor::handler)),
        ("GET",    "/users/{username}/outbox",                get(ap::collections::outbox)),
        ("GET",    "/users/{username}/followers",             get(ap::collections::followers)),
        ("GET",    "/users/{username}/following",             get(ap::collections::following)),
        ("GET",    "/users/{username}/collections/featured",  get(ap::collections::featured)),
        ("GET",    "/users/{username}/collections/tags",      get(ap::collections::featured_tags)),
        ("GET",    "/users/{username}/statuses/{id}",         get(ap::status::handler)),
        ("GET",    "/users/{username}/statuses/{id}/activity", get(ap::status::activity)),
        ("GET",    "/users/{username}/statuses/{id}/replies", get(ap::status::replies)),
        ("GET",    "/users/{username}/statuses/{id}/likes",   get(ap::status::likes)),
        ("GET",    "/users/{username}/statuses/{id}/shares",  get(ap::status::shares)),
        ("GET",    "/ap/users/{account_id}",                  get(ap::actor::handler)),
        ("GET",    "/ap/users/{account_id}/outbox",           get(ap::collections::outbox)),
        ("GET",    "/ap/users/{account_id}/followers",        get(ap::collections::followers)),
        ("GET",    "/ap/users/{account_id}/following",        get(ap::collections::following)),
        ("GET",    "/ap/users/{account_id}/collections/featured", get(ap::collections::featured)),
        ("GET",    "/ap/users/{account_id}/collections/tags", get(ap::collections::featured_tags)),
        ("GET",    "/ap/users/{account_id}/statuses/{id}",    get(ap::status::handler)),
        ("GET",    "/ap/users/{account_id}/statuses/{id}/activity", get(ap::status::activity)),
        ("GET",    "/ap/users/{account_id}/statuses/{id}/replies", get(ap::status::replies)),
        ("GET",    "/ap/users/{account_id}/statuses/{id}/likes", get(ap::status::likes)),
        ("GET",    "/ap/users/{account_id}/statuses/{id}/shares", get(ap::status::shares)),

        // Health
        ("GET",    "/health",                                 get(health::alive)),
        ("GET",    "/livez",                                  get(health::alive)),
        ("GET",    "/readyz",                                 get(health::ready)),

        // Pages
        ("GET",    "/",                                       get(pages::home::handler)),
        ("GET",    "/about",                                  get(pages::about::about)),
        ("GET",    "/about/more",                             get(pages::about::more)),
        ("GET",    "/privacy-policy",                         get(pages::about::privacy)),
        ("GET",    "/source",                                 get(pages::source::handler)),
        ("GET",    "/auth/sign_in",                           get(pages::sign_in::show)),
        ("POST",   "/auth/sign_in",                           post(pages::sign_in::submit)),
        ("GET",    "/auth/sign_out",                          get(pages::sign_in::ask_to_sign_out)),
        ("POST",   "/auth/sign_out",                          post(pages::sign_in::sign_out)),
        ("GET",    "/auth/sign_up",                           get(pages::sign_up::show)),
        ("POST",   "/auth",                                   post(pages::sign_up::submit)),
        ("GET",    "/auth/confirmation",                      get(pages::sign_up::confirm)),
        ("POST",   "/auth/confirmation",                      post(pages::sign_up::resend)),
        ("GET",    "/auth/confirmation/new",                  get(pages::sign_up::ask)),
        ("GET",    "/auth/password/new",                      get(pages::password::ask)),
        ("GET",    "/auth/password/edit",                     get(pages::password::edit)),
        ("POST",   "/auth/password",                          post(pages::password::submit)),
        ("PUT",    "/auth/password",                          put(pages::password::update)),
        ("GET",    "/authorize_interaction",                  get(pages::interact::show)),
        ("POST",   "/authorize_interaction",                  post(pages::interact::submit)),
        ("GET",    "/media/remote/{*path}",                   get(pages::remote_media::handler)),
        ("GET",    "/media/{*key}",                           get(pages::media::handler)),
        ("GET",    "/assets/{name}",                          get(pages::assets::asset)),
        ("GET",    "/avatars/original/missing.png",           get(pages::assets::missing_avatar)),
        ("GET",    "/headers/original/missing.png",           get(pages::assets::missing_header)),
        ("GET",    "/thumbnail.png",                          get(pages::assets::missing_header)),
        ("GET",    "/icon.png",                               get(pages::assets::icon)),
        ("GET",    "/apple-touch-icon.png",                   get(pages::assets::touch_icon)),
        ("GET",    "/robots.txt",                             get(pages::assets::robots)),
        ("GET",    "/manifest",                               get(pages::manifest::handler)),
        ("GET",    "/manifest.json",                          get(pages::manifest::handler)),
        ("GET",    "/favicon.ico",                            get(pages::assets::favicon)),
        ("GET",    "/{username}",                             get(pages::profile::handler)),
        ("GET",    "/tags/{name}",                            get(pages::tag::handler)),
        ("GET",    "/{username}/followers",                   get(pages::people::followers)),
        ("GET",    "/{username}/following",                   get(pages::people::following)),
        ("GET",    "/{username}/{id}",                        get(pages::status::handler)),
    ]
}

/// The path of a route as it is in the list; `None` if it is not there.
pub fn path_of(matched: &str) -> Option<&'static str> {
    static PATHS: LazyLock<HashSet<&str>> = LazyLock::new(|| routes().into_iter().map(|(_, path, _)| path).collect());
    PATHS.get(matched).copied()
}
