//! Keeps the limits of `limits.rs`: counts each request, refuses it past a limit, and says in the answer where the limit
//! nearest to its end stands.
//!
//! What verbs count themselves (`app/rates.rs`) arrives here as their refusal. Source: docs.joinmastodon.org/api/rate-limits/

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use app::rates::{By, Limit, Standing, When, network_of, refused};
use app::tokens::{self, Access};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::client::address;
use crate::error::{Fail, tell_limit};
use crate::extract::viewer::{remember, token};
use crate::limits::{self, Group};
use crate::router::routes;
use crate::web::Web;

/// Whose request it is.
struct Asker {
    account: Option<String>,
    token: Option<String>,
    network: String,
}

impl Asker {
    /// Whom the limit counts; `None` if it does not count this request.
    fn subject(&self, by: By) -> Option<&str> {
        match by {
            By::Account => self.account.as_deref(),
            By::Token => self.token.as_deref(),
            By::Stranger => self.account.is_none().then_some(&self.network),
            By::Address => Some(&self.network),
            By::Person => Some(self.account.as_ref().unwrap_or(&self.network)),
            By::Target => None,
        }
    }
}

/// Counts the request against its limits, refuses it past them, and reports the one nearest to its end.
pub async fn rate(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    if !web.app.rates.are_enforced() {
        return next.run(request).await;
    }
    let now = web.app.now_ms();
    let network = network_of(address(request.extensions(), request.headers(), &web.options.trusted_proxies));
    let access = known(&web, &mut request).await;
    let person = access.as_ref().and_then(|access| Some((access, access.user.as_ref()?)));
    let asker = Asker {
        account: person.map(|(_, user)| user.viewer.account_id.to_string()),
        token: person.map(|(access, _)| access.token_id.to_string()),
        network,
    };
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let limits = limits_of(request.method(), route, request.uri().path());
    let mut told: Option<(&Limit, Standing)> = None;
    for &limit in limits {
        let Some(subject) = asker.subject(limit.by) else { continue };
        let Some(standing) = before(&web, limit, subject, &request, now) else { continue };
        if (limit.told || standing.is_past()) && told.is_none_or(|(_, other)| standing.is_tighter(&other)) {
            told = Some((limit, standing));
        }
    }
    if let Some((limit, standing)) = told.filter(|(_, standing)| standing.is_past()) {
        refused(limit);
        return Fail::from(app::Error::Limited(standing)).into_response();
    }
    let mut response = next.run(request).await;
    for limit in limits.iter().filter(|limit| counts_answer(limit.when, response.status())) {
        if let Some(subject) = asker.subject(limit.by) {
            web.app.rates.count(limit, subject, now, 1);
        }
    }
    // The refusal of a verb tells of its own limit.
    if let Some((_, standing)) = told
        && !response.headers().contains_key("x-ratelimit-limit")
    {
        tell_limit(response.headers_mut(), &standing);
    }
    response
}

/// The limits of each method's routes, flat; made once.
static BY_ROUTE: LazyLock<HashMap<&'static str, HashMap<&'static str, Vec<&'static Limit>>>> = LazyLock::new(|| {
    let flat = |groups: &'static [Group]| -> Vec<&'static Limit> { groups.iter().copied().flatten().copied().collect() };
    let reads = routes().into_iter().filter(|(method, ..)| *method == "GET");
    let reads = reads.filter_map(|(_, path, _)| {
        limits::READS.iter().find(|(prefix, _)| path.starts_with(prefix)).map(|(_, groups)| (("GET", path), flat(groups)))
    });
    let mut by_method: HashMap<_, HashMap<_, _>> = HashMap::new();
    for ((method, path), limits) in limits::WRITES.iter().map(|(method, path, groups)| ((*method, *path), flat(groups))).chain(reads) {
        by_method.entry(method).or_default().insert(path, limits);
    }
    by_method
});

/// The limits of a request; `route` is empty for a path that is none.
pub fn limits_of(method: &Method, route: &str, path: &str) -> &'static [&'static Limit] {
    let method = match method.as_str() {
        "HEAD" | "GET" => "GET",
        "PATCH" | "PUT" => "PUT",
        "DELETE" => "DELETE",
        _ => "POST",
    };
    match BY_ROUTE.get(method).and_then(|routes| routes.get(route)) {
        Some(limits) => limits,
        None if path.starts_with("/api/") => limits::API,
        None if method == "GET" => &[],
        None => const { &[&limits::STRAYS] },
    }
}

/// The token's owner, if the token is good; a bad one is the handler's to refuse.
async fn known(web: &Web, request: &mut Request) -> Option<Arc<Access>> {
    let token = token(request.headers(), request.uri().query(), request.extensions())?;
    let access = tokens::access(&web.app, &token).await.ok()?;
    remember(request.extensions_mut(), &access);
    Some(access)
}

/// Where the limit stands with this request; `None` if it does not count it.
fn before(web: &Web, limit: &Limit, subject: &str, request: &Request, now: i64) -> Option<Standing> {
    match limit.when {
        When::Asked => Some(web.app.rates.count(limit, subject, now, 1)),
        When::Paging => is_paging(request).then(|| web.app.rates.count(limit, subject, now, 1)),
        // Counted by the answer; past the limit nothing is asked any more.
        When::Succeeded | When::Refused => {
            let standing = web.app.rates.count(limit, subject, now, 0);
            Some(Standing { used: standing.used + 1, ..standing })
        }
        When::Verb => None,
    }
}

fn counts_answer(when: When, status: StatusCode) -> bool {
    match when {
        When::Succeeded => status.is_success(),
        // Not for being blocked, which a server may not know for long.
        When::Refused => status.is_client_error() && status != StatusCode::FORBIDDEN,
        When::Asked | When::Paging | When::Verb => false,
    }
}

fn is_paging(request: &Request) -> bool {
    let query = request.uri().query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| matches!(&*name, "page" | "max_id" | "min_id" | "since_id"))
}
