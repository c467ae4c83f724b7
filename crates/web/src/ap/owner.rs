//! Whose address it is: the first parameter of the path, a name or an id, in either family of addresses.

use app::App;
use app::federation::publish::{self, Found, Named};
use app::federation::signer;
use app::ids::{AccountId, StatusId};
use app::present::account::Row;
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use wire::signature::Incoming;

use super::answer::redirect;
use crate::error::Fail;
use crate::web::Web;

const NUMERIC: &str = "/ap/users/";

/// A local account, at the address it has; at one of the other family it is a redirect. One that is suspended is 403,
/// one that is gone 410.
pub struct Owner(pub Row);

/// As [`Owner`], but one that is suspended is here, too.
pub struct AnyOwner(pub Row);

impl FromRequestParts<Web> for Owner {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Owner, Response> {
        let AnyOwner(row) = AnyOwner::from_request_parts(parts, web).await?;
        if row.suspended_at.is_some() { Err(suspended()) } else { Ok(Owner(row)) }
    }
}

impl FromRequestParts<Web> for AnyOwner {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<AnyOwner, Response> {
        let named = named(parts, web).await.ok_or_else(|| Fail::from(app::Error::not_found()).into_response())?;
        let row = find(&web.app, &named).await?;
        if is_at_home(&web.app, parts, &row, &named) {
            return Ok(AnyOwner(row));
        }
        let rest =
            parts.uri.path().splitn(if matches!(named, Named::Id(_)) { 5 } else { 4 }, '/').nth(if matches!(named, Named::Id(_)) { 4 } else { 3 });
        let rest = rest.map(|rest| format!("/{rest}")).unwrap_or_default();
        let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        Err(redirect(StatusCode::MOVED_PERMANENTLY, &format!("{}{rest}{query}", row.uri)))
    }
}

/// The account, suspended or not.
pub async fn find(app: &App, named: &Named) -> Result<Row, Response> {
    match publish::owner(app, named).await.map_err(|error| Fail::from(error).into_response())? {
        Found::Here(row) | Found::Suspended(row) => Ok(*row),
        Found::Gone => Err(gone()),
    }
}

pub fn gone() -> Response {
    Fail::new(StatusCode::GONE, "error-not-found").into_response()
}

pub fn suspended() -> Response {
    Fail::new(StatusCode::FORBIDDEN, "error-forbidden").into_response()
}

async fn named(parts: &mut Parts, web: &Web) -> Option<Named> {
    let numeric = parts.extensions.get::<MatchedPath>().is_some_and(|path| path.as_str().starts_with(NUMERIC));
    let params = RawPathParams::from_request_parts(parts, web).await.ok()?;
    let first = params.iter().next().map(|(_, value)| value.to_owned())?;
    if numeric {
        number(&first).map(|id| Named::Id(AccountId(id)))
    } else {
        Some(Named::Username(first)).filter(|_| !parts.uri.path().contains('\0'))
    }
}

pub fn number(text: &str) -> Option<i64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// Whether the address that was asked is the account's own.
fn is_at_home(app: &App, parts: &Parts, row: &Row, named: &Named) -> bool {
    let own = row.uri.strip_prefix(&app.urls().base).unwrap_or_default();
    let asked = match named {
        Named::Id(id) => format!("{NUMERIC}{id}"),
        // As it was written, letters large or small.
        Named::Username(_) => parts.uri.path().splitn(4, '/').take(3).collect::<Vec<_>>().join("/"),
    };
    own == asked
}

/// The second parameter of the path: a status.
pub struct Of(pub StatusId);

impl FromRequestParts<Web> for Of {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Of, Fail> {
        let not_found = || Fail::from(app::Error::not_found());
        let params = RawPathParams::from_request_parts(parts, web).await.map_err(|_| not_found())?;
        params.iter().nth(1).and_then(|(_, value)| number(value)).map(|id| Of(StatusId(id))).ok_or_else(not_found)
    }
}

/// Who asks, if the request is signed. Looked up only where it matters, since a key may have to be fetched for it.
pub struct Asker {
    method: Method,
    target: String,
    headers: HeaderMap,
}

impl FromRequestParts<Web> for Asker {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _web: &Web) -> Result<Asker, Self::Rejection> {
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        Ok(Asker { method: parts.method.clone(), target, headers: parts.headers.clone() })
    }
}

impl Asker {
    /// The account of another server that signed. A signature that proves nothing is none: what is public is still there,
    /// what is not looks the same as to anybody.
    pub async fn account(&self, app: &App) -> Option<AccountId> {
        if !self.headers.contains_key("signature") {
            return None;
        }
        let text = |value: &HeaderValue| std::str::from_utf8(value.as_bytes()).map(str::to_owned).ok();
        let headers: Vec<(&str, String)> = self.headers.iter().filter_map(|(name, value)| Some((name.as_str(), text(value)?))).collect();
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (base, now_ms) = (app.urls().base.as_str(), app.now_ms());
        let incoming = Incoming { method: self.method.as_str(), base, target: &self.target, headers: &headers, body: &[], now_ms };
        match signer::reader(app, &incoming).await {
            Ok(account) => Some(account),
            Err(refusal) => {
                tracing::debug!(?refusal, "a signed fetch is not believed");
                None
            }
        }
    }
}
