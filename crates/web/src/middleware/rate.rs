//! Rate limits: Mastodon's windows, aligned to the clock, in memory.
//!
//! Source: docs.joinmastodon.org/api/rate-limits/ and Mastodon's `rack_attack.rb` for what the page
//! leaves out.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use app::tokens::{self, Access};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use quick_cache::sync::Cache;

use super::client::address;
use super::form::FormFacts;
use crate::error::Fail;
use crate::extract::viewer::{remember, token};
use crate::web::Web;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Windows remembered; when there are more, the longest unused go.
const WINDOWS_MAX: usize = 200_000;
/// How often those that have ended are forgotten.
const SWEEP_EVERY_MS: i64 = 5 * MINUTE_MS;
/// No address is longer.
const ADDRESS_CHARS: usize = 254;

/// A limit on one family of requests.
#[derive(Debug)]
struct Limit {
    name: &'static str,
    max: u32,
    period_ms: i64,
}

const fn limit(name: &'static str, max: u32, period_ms: i64) -> Limit {
    Limit { name, max, period_ms }
}

const API_USER: Limit = limit("api user", 1500, 5 * MINUTE_MS);
const API_TOKEN: Limit = limit("api token", 300, 5 * MINUTE_MS);
const API_IP: Limit = limit("api address", 300, 5 * MINUTE_MS);
const PAGING: Limit = limit("paging", 300, 15 * MINUTE_MS);
const MEDIA: Limit = limit("media", 30, 30 * MINUTE_MS);
const DELETING: Limit = limit("deleting", 30, 30 * MINUTE_MS);
const APPS: Limit = limit("apps", 5, 10 * MINUTE_MS);
const SIGN_IN: Limit = limit("sign in", 25, 5 * MINUTE_MS);
const SIGN_IN_LOGIN: Limit = limit("sign in login", 25, HOUR_MS);
const SIGN_UP: Limit = limit("sign up", 5, 30 * MINUTE_MS);
const SIGN_UP_PAGE: Limit = limit("sign up page", 25, 5 * MINUTE_MS);
const MAILED: Limit = limit("mailed links", 25, 5 * MINUTE_MS);
const MAILED_TO: Limit = limit("mailed links by address", 5, 30 * MINUTE_MS);
const POSTING: Limit = limit("posting", 300, 3 * HOUR_MS);
const FOLLOWING: Limit = limit("following", 400, 24 * HOUR_MS);
const REPORTING: Limit = limit("reporting", 400, 24 * HOUR_MS);

/// Where there are lists with pages: of clients, and of other servers.
const LISTS: &[&str] = &["/api/", "/users/", "/ap/", "/@"];

/// Counters of the windows that are open.
pub struct Rates {
    /// By the limit's name, its subject, and when the window ends.
    windows: Cache<(&'static str, String, i64), Arc<AtomicU32>>,
    swept_at_ms: AtomicI64,
}

impl Default for Rates {
    fn default() -> Self {
        Rates { windows: Cache::new(WINDOWS_MAX), swept_at_ms: AtomicI64::new(0) }
    }
}

/// Where a limit stands.
struct Standing {
    max: u32,
    used: u32,
    reset_ms: i64,
}

impl Rates {
    /// Counts a mail that a stranger asks to be sent to `address`; false if there were enough.
    pub fn may_mail(&self, web: &Web, address: &str) -> bool {
        let subject = address.trim().to_lowercase().chars().take(ADDRESS_CHARS).collect::<String>();
        let standing = self.count(&MAILED_TO, &subject, web.app.now_ms(), 1);
        !web.options.rate_limits || standing.used <= standing.max
    }

    fn count(&self, limit: &Limit, subject: &str, now_ms: i64, add: u32) -> Standing {
        self.sweep(now_ms);
        let reset_ms = now_ms - now_ms.rem_euclid(limit.period_ms) + limit.period_ms;
        let key = (limit.name, subject.to_owned(), reset_ms);
        let Ok(counter) = self.windows.get_or_insert_with(&key, || Ok::<_, Infallible>(Arc::default()));
        let used = counter.fetch_add(add, Ordering::Relaxed).saturating_add(add);
        Standing { max: limit.max, used, reset_ms }
    }

    fn sweep(&self, now_ms: i64) {
        let swept = self.swept_at_ms.load(Ordering::Relaxed);
        let is_due = now_ms - swept >= SWEEP_EVERY_MS;
        if is_due && self.swept_at_ms.compare_exchange(swept, now_ms, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.windows.retain(|(_, _, reset_ms), _| *reset_ms > now_ms);
        }
    }
}

/// Counts the request against its limits, refuses it past them, and reports the one nearest to its end.
pub async fn rate(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    if !web.options.rate_limits {
        return next.run(request).await;
    }
    let now = web.app.now_ms();
    let ip = subject_of(address(request.extensions(), request.headers(), &web.options.trusted_proxies));
    let access = known(&web, &mut request).await;
    let user = access.as_ref().and_then(|a| a.user.as_ref()).map(|u| u.viewer.account_id.to_string());
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let mut standings = Vec::new();
    for (limit, subject) in before(&request, &route, access.as_deref(), user.as_deref(), &ip) {
        standings.push(web.rates.count(limit, &subject, now, 1));
    }
    // These count only what succeeds, afterwards.
    let family = user.as_ref().and_then(|user| family(&method, &route).map(|limit| (limit, user.clone())));
    if let Some((limit, subject)) = &family {
        let standing = web.rates.count(limit, subject, now, 0);
        standings.push(Standing { used: standing.used + 1, ..standing });
    }
    if standings.iter().any(|s| s.used > s.max) {
        let mut response = Fail::new(StatusCode::TOO_MANY_REQUESTS, "error-rate-limited").into_response();
        report(response.headers_mut(), &standings);
        return response;
    }
    let mut response = next.run(request).await;
    if let Some((limit, subject)) = family
        && response.status().is_success()
    {
        web.rates.count(limit, &subject, now, 1);
    }
    report(response.headers_mut(), &standings);
    response
}

/// The token's owner, if the token is good; a bad one is the handler's to refuse.
async fn known(web: &Web, request: &mut Request) -> Option<Arc<Access>> {
    let token = token(request.headers(), request.uri().query(), request.extensions())?;
    let access = tokens::access(&web.app, &token).await.ok()?;
    remember(request.extensions_mut(), &access);
    Some(access)
}

fn before(request: &Request, route: &str, access: Option<&Access>, user: Option<&str>, ip: &str) -> Vec<(&'static Limit, String)> {
    let mut limits: Vec<(&'static Limit, String)> = Vec::new();
    let path = request.uri().path();
    let person = user.unwrap_or(ip).to_owned();
    if path.starts_with("/api/") && !path.starts_with("/api/v1/streaming") {
        match (user, access) {
            (Some(user), Some(access)) => limits.extend([(&API_USER, user.to_owned()), (&API_TOKEN, access.token_id.to_string())]),
            _ => limits.push((&API_IP, ip.to_owned())),
        }
    }
    if LISTS.iter().any(|prefix| path.starts_with(prefix)) && !path.starts_with("/api/v1/streaming") {
        let query = request.uri().query().unwrap_or_default();
        if url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| matches!(&*name, "page" | "max_id" | "min_id" | "since_id")) {
            limits.push((&PAGING, person.clone()));
        }
    }
    match (request.method().as_str(), route) {
        ("POST", "/api/v1/media" | "/api/v2/media") => limits.push((&MEDIA, person)),
        ("DELETE", "/api/v1/statuses/{id}") | ("POST", "/api/v1/statuses/{id}/unreblog") => limits.push((&DELETING, person)),
        ("POST", "/api/v1/apps") => limits.push((&APPS, ip.to_owned())),
        ("POST", "/api/v1/accounts") => limits.push((&SIGN_UP, ip.to_owned())),
        ("POST", "/auth") => limits.push((&SIGN_UP_PAGE, ip.to_owned())),
        ("POST" | "PUT", "/auth/password") | ("POST", "/auth/confirmation" | "/api/v1/emails/confirmations") => limits.push((&MAILED, ip.to_owned())),
        ("POST", "/auth/sign_in") => {
            limits.push((&SIGN_IN, ip.to_owned()));
            let login = request.extensions().get::<FormFacts>().and_then(|facts| facts.login.clone());
            limits.extend(login.map(|login| (&SIGN_IN_LOGIN, login)));
        }
        _ => {}
    }
    limits
}

fn family(method: &Method, route: &str) -> Option<&'static Limit> {
    match (method.as_str(), route) {
        ("POST", "/api/v1/statuses" | "/api/v1/statuses/{id}/reblog") | ("PUT" | "PATCH", "/api/v1/statuses/{id}") => Some(&POSTING),
        ("POST", "/api/v1/accounts/{id}/follow" | "/api/v1/tags/{name}/follow") => Some(&FOLLOWING),
        ("POST", "/api/v1/reports") => Some(&REPORTING),
        _ => None,
    }
}

/// One household is one address: IPv6 counts by its /64.
fn subject_of(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

fn report(headers: &mut HeaderMap, standings: &[Standing]) {
    let Some(tightest) = standings.iter().min_by_key(|s| s.max.saturating_sub(s.used)) else { return };
    let mut set = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("x-ratelimit-limit", tightest.max.to_string());
    set("x-ratelimit-remaining", tightest.max.saturating_sub(tightest.used).to_string());
    // Six decimals, as Mastodon writes it.
    set("x-ratelimit-reset", wire::DateTime(tightest.reset_ms).to_string().replace('Z', "000Z"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_aligned_to_the_clock_and_begin_anew() {
        let rates = Rates::default();
        let used = |now| rates.count(&MEDIA, "alice", now, 1).used;
        let start = MEDIA.period_ms * 1000;
        assert_eq!([used(start), used(start + 1), used(start + MEDIA.period_ms - 1), used(start + MEDIA.period_ms)], [1, 2, 3, 1]);
        assert_eq!(rates.count(&MEDIA, "bob", start, 1).used, 1);
    }

    #[test]
    fn windows_that_have_ended_are_forgotten() {
        let rates = Rates::default();
        let start = MEDIA.period_ms * 1000;
        rates.count(&MEDIA, "alice", start, 1);
        rates.count(&POSTING, "alice", start, 1);
        assert_eq!(rates.windows.len(), 2);
        rates.count(&MEDIA, "bob", start + MEDIA.period_ms, 1);
        assert_eq!(rates.windows.len(), 2, "bob's, and that for posting, which is longer");
    }

    #[test]
    fn a_household_is_one_address() {
        let of = |ip: &str| subject_of(ip.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }
}
