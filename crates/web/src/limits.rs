//! Which limit each route has. Every route that changes something stands in [`WRITES`] by itself, so that a new one cannot
//! be forgotten (a test says which is missing); what only reads stands in [`READS`] by the beginning of its path.
//! `middleware/rate.rs` keeps the limits, and [`page`] writes them down for operators.

use std::fmt::Write;

use app::mail::{LINKS_OF_ACCOUNT, LINKS_TO_MAILBOX};
use app::passwords::{GUESSES_AT_ACCOUNT, GUESSES_BY_ADDRESS};
use app::rates::{By, HOUR_MS, Limit, MINUTE_MS, When};
use app::search::RESOLVING;

/// Limits that belong together.
pub type Group = &'static [&'static Limit];

// Where nothing else is said, a number is Mastodon's: `config/initializers/rack_attack.rb` and its RateLimiter.
static API_USER: Limit = Limit::new("api, by account", 1500, 5 * MINUTE_MS, By::Account);
static API_TOKEN: Limit = Limit::new("api, by token", 300, 5 * MINUTE_MS, By::Token);
static API_ADDRESS: Limit = Limit::new("api, by address", 300, 5 * MINUTE_MS, By::Stranger);
static PAGING: Limit = Limit::new("pages of lists", 300, 15 * MINUTE_MS, By::Person).when(When::Paging);
static MEDIA: Limit = Limit::new("uploads", 30, 30 * MINUTE_MS, By::Person);
static DELETING: Limit = Limit::new("deletions", 30, 30 * MINUTE_MS, By::Person);
static POSTING: Limit = Limit::new("posts", 300, 3 * HOUR_MS, By::Account).when(When::Succeeded);
/// Follows from the page of [`crate::pages::interact`] count, too.
pub static FOLLOWING: Limit = Limit::new("follows", 400, 24 * HOUR_MS, By::Account).when(When::Succeeded);
/// Each goes to the servers of all followers, and pictures are worked on. Mastodon has no such limit.
static PROFILE: Limit = Limit::new("profile edits", 60, 10 * MINUTE_MS, By::Account);
static APPS: Limit = Limit::new("applications registered", 5, 10 * MINUTE_MS, By::Address);
static SIGN_UPS: Limit = Limit::new("registrations by applications", 5, 30 * MINUTE_MS, By::Address);
static SIGN_UP_PAGE: Limit = Limit::new("registrations on the page", 25, 5 * MINUTE_MS, By::Address);
static MAILED: Limit = Limit::new("mailed links, by address", 25, 5 * MINUTE_MS, By::Address);
/// Tokens given and revoked. Web clients that exchange codes on their own server do it for all their users from one
/// address. Mastodon has no such limit.
static TOKENS: Limit = Limit::new("tokens", 300, 5 * MINUTE_MS, By::Address);
/// Other forms of pages. Mastodon has no such limit.
static FORMS: Limit = Limit::new("forms", 300, 5 * MINUTE_MS, By::Address);
/// 600 deliveries a second, all the time: a relay that passes on the whole fediverse sends up to 500.
static INBOX: Limit = Limit::new("deliveries", 180_000, 5 * MINUTE_MS, By::Address).quiet();
/// Deliveries that are malformed, unsigned or wrongly signed. Honest servers send few of them, and try again after a 429.
static INBOX_REFUSED: Limit = Limit::new("deliveries refused", 3_000, 5 * MINUTE_MS, By::Address).when(When::Refused).quiet();
/// One search of the database each; a server asks once for each person it gets to know.
static WEBFINGER: Limit = Limit::new("webfinger", 1_500, 5 * MINUTE_MS, By::Address).quiet();
/// 20 a second: a large server that gets to know a thread fetches some hundreds at once. A private one costs the
/// verification of a signature.
static DOCUMENTS: Limit = Limit::new("documents for servers", 6_000, 5 * MINUTE_MS, By::Address).quiet();
/// Households and offices share an address, and one page is one request.
static PAGES: Limit = Limit::new("pages", 1_500, 5 * MINUTE_MS, By::Address).quiet();
/// Connections made, not those held. After a restart all come back, and many clients may share an address.
static STREAMS: Limit = Limit::new("streams opened", 1_500, 5 * MINUTE_MS, By::Address).quiet();
/// A timeline with unseen pictures and emojis is some hundreds, which browsers then keep.
static REMOTE_MEDIA: Limit = Limit::new("remote media", 3_000, 5 * MINUTE_MS, By::Address).quiet();
/// What changes something and stands in no list: unknown paths.
pub static STRAYS: Limit = Limit::new("unknown paths", 300, 5 * MINUTE_MS, By::Address).quiet();

pub const API: Group = &[&API_USER, &API_TOKEN, &API_ADDRESS, &PAGING];
const INBOXES: Group = &[&INBOX, &INBOX_REFUSED];
const LISTS: Group = &[&PAGING];
const GUESSES: Group = &[&GUESSES_BY_ADDRESS, &GUESSES_AT_ACCOUNT];

/// Every route that changes something, or is asked by a method that does. `PUT` stands for `PATCH`, too.
#[rustfmt::skip]
pub const WRITES: &[(&str, &str, &[Group])] = &[
    ("POST",   "/oauth/authorize",                            &[&[&FORMS]]),
    ("DELETE", "/oauth/authorize",                            &[&[&FORMS]]),
    ("POST",   "/oauth/token",                                &[&[&TOKENS]]),
    ("POST",   "/oauth/revoke",                               &[&[&TOKENS]]),
    ("POST",   "/oauth/applications",                         &[&[&FORMS]]),
    ("PUT",    "/oauth/applications/{*rest}",                 &[&[&FORMS]]),
    ("DELETE", "/oauth/applications/{*rest}",                 &[&[&FORMS]]),
    ("POST",   "/oauth/userinfo",                             &[API]),
    ("POST",   "/api/v1/apps",                                &[API, &[&APPS]]),

    ("POST",   "/inbox",                                      &[INBOXES]),
    ("POST",   "/actor/inbox",                                &[INBOXES]),
    ("POST",   "/users/{username}/inbox",                     &[INBOXES]),
    ("POST",   "/ap/users/{id}/inbox",                        &[INBOXES]),

    ("PUT",    "/api/v1/accounts/update_credentials",         &[API, &[&PROFILE]]),
    ("PUT",    "/api/v1/profile",                             &[API, &[&PROFILE]]),
    ("DELETE", "/api/v1/profile/avatar",                      &[API, &[&PROFILE]]),
    ("DELETE", "/api/v1/profile/header",                      &[API, &[&PROFILE]]),
    ("POST",   "/api/v1/accounts",                            &[API, &[&SIGN_UPS, &LINKS_TO_MAILBOX]]),
    ("POST",   "/api/v1/emails/confirmations",                &[API, &[&MAILED, &LINKS_OF_ACCOUNT, &LINKS_TO_MAILBOX]]),
    ("POST",   "/api/v1/accounts/{id}/follow",                &[API, &[&FOLLOWING]]),
    ("POST",   "/api/v1/accounts/{id}/unfollow",              &[API]),
    ("POST",   "/api/v1/accounts/{id}/remove_from_followers", &[API]),
    ("POST",   "/api/v1/accounts/{id}/block",                 &[API]),
    ("POST",   "/api/v1/accounts/{id}/unblock",               &[API]),
    ("POST",   "/api/v1/accounts/{id}/mute",                  &[API]),
    ("POST",   "/api/v1/accounts/{id}/unmute",                &[API]),
    ("POST",   "/api/v1/accounts/{id}/note",                  &[API]),
    ("POST",   "/api/v1/domain_blocks",                       &[API]),
    ("DELETE", "/api/v1/domain_blocks",                       &[API]),
    ("POST",   "/api/v1/follow_requests/{id}/authorize",      &[API]),
    ("POST",   "/api/v1/follow_requests/{id}/reject",         &[API]),

    ("POST",   "/api/v1/statuses",                            &[API, &[&POSTING]]),
    ("PUT",    "/api/v1/statuses/{id}",                       &[API, &[&POSTING]]),
    ("DELETE", "/api/v1/statuses/{id}",                       &[API, &[&DELETING]]),
    ("PUT",    "/api/v1/statuses/{id}/interaction_policy",    &[API]),
    ("POST",   "/api/v1/statuses/{id}/favourite",             &[API]),
    ("POST",   "/api/v1/statuses/{id}/unfavourite",           &[API]),
    ("POST",   "/api/v1/statuses/{id}/reblog",                &[API, &[&POSTING]]),
    ("POST",   "/api/v1/statuses/{id}/unreblog",              &[API, &[&DELETING]]),
    ("POST",   "/api/v1/statuses/{id}/bookmark",              &[API]),
    ("POST",   "/api/v1/statuses/{id}/unbookmark",            &[API]),
    ("POST",   "/api/v1/statuses/{id}/pin",                   &[API]),
    ("POST",   "/api/v1/statuses/{id}/unpin",                 &[API]),
    ("POST",   "/api/v1/statuses/{id}/mute",                  &[API]),
    ("POST",   "/api/v1/statuses/{id}/unmute",                &[API]),
    ("POST",   "/api/v1/polls/{id}/votes",                    &[API]),
    ("PUT",    "/api/v1/scheduled_statuses/{id}",             &[API]),
    ("DELETE", "/api/v1/scheduled_statuses/{id}",             &[API]),

    ("POST",   "/api/v2/media",                               &[API, &[&MEDIA]]),
    ("POST",   "/api/v1/media",                               &[API, &[&MEDIA]]),
    ("DELETE", "/api/v1/media/{id}",                          &[API]),
    ("PUT",    "/api/v1/media/{id}",                          &[API]),

    ("POST",   "/api/v1/lists",                               &[API]),
    ("PUT",    "/api/v1/lists/{id}",                          &[API]),
    ("DELETE", "/api/v1/lists/{id}",                          &[API]),
    ("POST",   "/api/v1/lists/{id}/accounts",                 &[API]),
    ("DELETE", "/api/v1/lists/{id}/accounts",                 &[API]),
    ("POST",   "/api/v1/tags/{name}/follow",                  &[API, &[&FOLLOWING]]),
    ("POST",   "/api/v1/tags/{name}/unfollow",                &[API]),

    ("POST",   "/api/v1/notifications/clear",                 &[API]),
    ("DELETE", "/api/v1/notifications/destroy_multiple",      &[API]),
    ("DELETE", "/api/v1/notifications/{id}",                  &[API]),
    ("POST",   "/api/v1/notifications/{id}/dismiss",          &[API]),
    ("POST",   "/api/v2/notifications/clear",                 &[API]),
    ("POST",   "/api/v2/notifications/{key}/dismiss",         &[API]),
    ("POST",   "/api/v1/push/subscription",                   &[API]),
    ("PUT",    "/api/v1/push/subscription",                   &[API]),
    ("DELETE", "/api/v1/push/subscription",                   &[API]),
    ("DELETE", "/api/web/push_subscriptions/{token}",         &[API]),
    ("POST",   "/api/v1/markers",                             &[API]),
    ("DELETE", "/api/v1/conversations/{id}",                  &[API]),
    ("POST",   "/api/v1/conversations/{id}/read",             &[API]),
    ("POST",   "/api/v1/conversations/{id}/unread",           &[API]),

    ("POST",   "/auth/sign_in",                               &[&[&FORMS], GUESSES]),
    ("POST",   "/auth/sign_out",                              &[&[&FORMS]]),
    ("POST",   "/auth",                                       &[&[&SIGN_UP_PAGE, &LINKS_TO_MAILBOX]]),
    ("POST",   "/auth/confirmation",                          &[&[&MAILED, &LINKS_TO_MAILBOX]]),
    ("POST",   "/auth/password",                              &[&[&MAILED, &LINKS_TO_MAILBOX]]),
    ("PUT",    "/auth/password",                              &[&[&MAILED]]),
    ("POST",   "/authorize_interaction",                      &[&[&FORMS, &FOLLOWING]]),
];

/// What is read, by the beginning of its path; the first that fits counts.
#[rustfmt::skip]
pub const READS: &[(&str, &[Group])] = &[
    ("/api/v1/streaming/health", &[]),
    ("/api/v1/streaming",        &[&[&STREAMS]]),
    ("/api/v1/accounts/search",  &[API, &[&RESOLVING]]),
    ("/api/v2/search",           &[API, &[&RESOLVING]]),
    ("/api/",                    &[API]),
    ("/oauth/userinfo",          &[API]),
    ("/.well-known/webfinger",   &[&[&WEBFINGER]]),
    ("/.well-known/",            &[&[&DOCUMENTS]]),
    ("/nodeinfo/",               &[&[&DOCUMENTS]]),
    ("/actor",                   &[&[&DOCUMENTS], LISTS]),
    ("/contexts/",               &[&[&DOCUMENTS], LISTS]),
    ("/emojis/",                 &[&[&DOCUMENTS]]),
    ("/users/",                  &[&[&DOCUMENTS], LISTS]),
    ("/ap/",                     &[&[&DOCUMENTS], LISTS]),
    ("/media/remote/",           &[&[&REMOTE_MEDIA]]),
    // A file of this server, or a word.
    ("/media/",                  &[]),
    ("/assets/",                 &[]),
    ("/avatars/",                &[]),
    ("/headers/",                &[]),
    ("/thumbnail.png",           &[]),
    ("/icon.png",                &[]),
    ("/favicon.ico",             &[]),
    ("/apple-touch-icon.png",    &[]),
    ("/robots.txt",              &[]),
    ("/manifest",                &[]),
    ("/health",                  &[]),
    ("/livez",                   &[]),
    ("/readyz",                  &[]),
    ("/authorize_interaction",   &[&[&PAGES, &RESOLVING]]),
    ("/",                        &[&[&PAGES], LISTS]),
];

const INTRODUCTION: &str = "# Limits by route

Made by `ferrodon routes --limits`. Limits are counted in windows that are aligned to the clock (one of five minutes ends at
12:05, 12:10, …), in the memory of each process: a restart forgets them. Past one the answer is 429 with `Retry-After` and
`X-RateLimit-Limit`, `-Remaining` and `-Reset`; answers within the limits have these headers too, for the limit nearest to its end
(not those of limits that are meant for servers and readers, marked *quiet*). IPv6 addresses count by their /64.
`limits.rate.enabled = false` switches all of them off, also those for guesses at passwords.

*By account*: of a person's token, or of the browser's session. *By token*: of a person. *By stranger*: the address, without a
person's token. *By person*: the account, or the address without one. *By target*: the account that is signed in to, or the
mailbox that a mail goes to, written in whatever way, known here or not.

*Counted*: *asked*: each request, before it is handled. *succeeded*, *refused*: by the answer. *paging*: requests with `page`,
`max_id`, `min_id` or `since_id`. *done*: where the thing is done, for whatever request leads there.
";

/// The whole page as Markdown.
pub fn page() -> String {
    let mut out = INTRODUCTION.to_owned();
    out.push_str("\n## Limits\n\n| limit | at most | in | by | counted |\n|---|---|---|---|---|\n");
    for limit in all() {
        let quiet = if limit.told { "" } else { ", quiet" };
        let (period, by, when) = (period(limit.period_ms), by(limit.by), when(limit.when));
        let _ = writeln!(out, "| {} | {} | {period} | {by} | {when}{quiet} |", limit.name, limit.max);
    }
    out.push_str("\n## What changes something\n\n`PUT` stands for `PATCH`, too.\n\n| route | limits |\n|---|---|\n");
    for (method, path, groups) in WRITES {
        let _ = writeln!(out, "| `{method} {path}` | {} |", names(groups));
    }
    out.push_str("\n## What is read\n\nBy the beginning of the path; the first that fits counts.\n\n| path | limits |\n|---|---|\n");
    for (prefix, groups) in READS {
        let _ = writeln!(out, "| `{prefix}` | {} |", names(groups));
    }
    let _ = writeln!(out, "\nOther paths: {} for what would change something.", STRAYS.name);
    out
}

/// Every limit, in the order of first use.
fn all() -> Vec<&'static Limit> {
    let groups = WRITES.iter().flat_map(|(.., groups)| *groups).chain(READS.iter().flat_map(|(_, groups)| *groups));
    let mut all: Vec<&'static Limit> = Vec::new();
    for limit in groups.copied().flatten().copied().chain([&STRAYS]) {
        if all.iter().all(|known| known.name != limit.name) {
            all.push(limit);
        }
    }
    all
}

fn names(groups: &[Group]) -> String {
    let names: Vec<&str> = groups.iter().copied().flatten().map(|limit| limit.name).collect();
    if names.is_empty() { "none: a file of this server, or a word".to_owned() } else { names.join("; ") }
}

fn period(ms: i64) -> String {
    if ms % HOUR_MS == 0 { format!("{} h", ms / HOUR_MS) } else { format!("{} min", ms / MINUTE_MS) }
}

const fn by(by: By) -> &'static str {
    match by {
        By::Account => "account",
        By::Token => "token",
        By::Stranger => "stranger",
        By::Address => "address",
        By::Person => "person",
        By::Target => "target",
    }
}

const fn when(when: When) -> &'static str {
    match when {
        When::Asked => "asked",
        When::Succeeded => "succeeded",
        When::Refused => "refused",
        When::Paging => "paging",
        When::Verb => "done",
    }
}

#[cfg(test)]
pub(crate) fn writes() -> impl Iterator<Item = (&'static str, &'static str, Vec<&'static Limit>)> {
    WRITES.iter().map(|(method, path, groups)| (*method, *path, groups.iter().copied().flatten().copied().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table_method(method: &str) -> &str {
        if method == "PATCH" { "PUT" } else { method }
    }

    #[test]
    fn every_route_that_changes_something_has_a_limit() {
        for (method, path, _) in crate::routes().iter().filter(|(method, ..)| *method != "GET") {
            let row = WRITES.iter().find(|row| (row.0, row.1) == (table_method(method), *path));
            let limits: Vec<_> = row.map(|row| row.2.iter().copied().flatten().collect()).unwrap_or_default();
            assert!(!limits.is_empty(), "{method} {path} has no limit: give it a line in WRITES of crates/web/src/limits.rs");
        }
    }

    #[test]
    fn every_line_is_a_route_and_stands_once() {
        let routes = crate::routes();
        for (at, (method, path, _)) in WRITES.iter().enumerate() {
            assert!(routes.iter().any(|route| table_method(route.0) == *method && route.1 == *path), "{method} {path} is no route");
            assert!(WRITES[at + 1..].iter().all(|row| (row.0, row.1) != (*method, *path)), "{method} {path} stands twice");
        }
    }

    #[test]
    fn every_read_has_a_line_and_every_line_is_used() {
        let reads: Vec<&str> = crate::routes().iter().filter(|(method, ..)| *method == "GET").map(|(_, path, _)| *path).collect();
        let line = |path: &str| READS.iter().position(|(prefix, _)| path.starts_with(prefix));
        assert!(reads.iter().all(|path| line(path).is_some()));
        for (number, (prefix, _)) in READS.iter().enumerate() {
            assert!(reads.iter().any(|path| line(path) == Some(number)), "{prefix} is used by no route");
        }
    }

    #[test]
    fn limits_have_names_of_their_own() {
        let pages = [WRITES.iter().flat_map(|row| row.2).collect::<Vec<_>>(), READS.iter().flat_map(|row| row.1).collect()].concat();
        for limit in pages.into_iter().copied().flatten() {
            assert!(all().iter().any(|known| known.name == limit.name && std::ptr::eq(*known, *limit)), "{} is the name of two", limit.name);
        }
    }

    #[test]
    fn the_page_is_fresh() {
        let kept = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/limits.md")).unwrap();
        assert!(kept == page(), "run `cargo run -q -p ferrodon -- routes --limits > docs/limits.md`");
    }
}
