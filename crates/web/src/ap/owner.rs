//! Whose address it is: the first parameter of the path, a name or an id, in either family of addresses.

use app::App;
use app::federation::publish::{self, Found, Named, Requester};
use app::ids::{AccountId, StatusId};
use app::present::account::Row;
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use wire::signature::Incoming;

use crate::error::Fail;
use crate::web::Web;

const NUMERIC: &str = "/ap/users/";

/// A local account, by its name in any case or by its id: both families of addresses answer for every account, and the
/// documents name their own. One that is suspended is 403, one that is gone 410.
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
        find(&web.app, &named).await.map(AnyOwner)
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
    /// Reads for who asks. What everybody may read costs no fetch: the key is looked for here. Only if something is not
    /// found, and the signature may be of somebody who may see it, a key that is not known here is fetched. That something
    /// is there makes no difference to this, or those who have the key could tell.
    pub async fn reads<T, F>(&self, app: &App, read: impl Fn(Requester) -> F) -> app::Result<T>
    where
        F: Future<Output = app::Result<T>>,
    {
        let requester = self.requester(app, false).await;
        let is_unproven = matches!(requester, Requester::Unproven { .. });
        // Boxed: each is large, and handlers hold several.
        match Box::pin(read(requester)).await {
            Err(app::Error::NotFound(_)) if is_unproven => Box::pin(read(self.requester(app, true).await)).await,
            found => found,
        }
    }

    /// Who asks, as far as it is known here; see [`Asker::reads`].
    pub async fn known(&self, app: &App) -> Requester {
        self.requester(app, false).await
    }

    async fn requester(&self, app: &App, may_fetch: bool) -> Requester {
        if !self.headers.contains_key("signature") {
            return Requester::Anybody;
        }
        let text = |value: &HeaderValue| std::str::from_utf8(value.as_bytes()).map(str::to_owned).ok();
        let headers: Vec<(&str, String)> = self.headers.iter().filter_map(|(name, value)| Some((name.as_str(), text(value)?))).collect();
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (base, now_ms) = (app.urls().base.as_str(), app.now_ms());
        let incoming = Incoming { method: self.method.as_str(), base, target: &self.target, headers: &headers, body: &[], now_ms };
        if may_fetch { Box::pin(Requester::verified(app, &incoming)).await } else { Box::pin(Requester::known(app, &incoming)).await }
    }
}
