//! Who asks, and whether their token's scopes open what they ask for.
//!
//! Errors come in Mastodon's order: token (401), scope (403), no user (422), unconfirmed, unapproved
//! and disabled (403).

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use app::tokens::{self, Access};
use app::{Error, Viewer, Words};
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, header};

use super::asked::{AskedBy, FormFacts};
use crate::error::Fail;
use crate::web::Web;

/// Longer tokens are none of ours.
const TOKEN_MAX: usize = 256;

/// Scopes of which one is enough.
pub trait Scope: Send + Sync {
    const ANY: &'static [&'static str];
}

macro_rules! scopes {
    ($($name:ident = $($scope:literal)|+),* $(,)?) => {$(
        pub struct $name;
        impl Scope for $name {
            const ANY: &'static [&'static str] = &[$($scope),+];
        }
    )*};
}
scopes! {
    Credentials = "profile" | "read:accounts",
    Read = "read",
    Profile = "profile",
    Push = "push",
    ReadAccounts = "read:accounts",
    ReadBlocks = "read:blocks",
    ReadBookmarks = "read:bookmarks",
    ReadFilters = "read:filters",
    ReadFavourites = "read:favourites",
    ReadFollows = "read:follows",
    ReadMutes = "read:mutes",
    ReadLists = "read:lists",
    ReadNotifications = "read:notifications",
    ReadSearch = "read:search",
    ReadStatuses = "read:statuses",
    WriteAccounts = "write:accounts",
    WriteBlocks = "write:blocks",
    WriteBookmarks = "write:bookmarks",
    WriteConversations = "write:conversations",
    WriteFavourites = "write:favourites",
    WriteFollows = "write:follows",
    WriteLists = "write:lists",
    WriteMedia = "write:media",
    WriteMutes = "write:mutes",
    WriteNotifications = "write:notifications",
    WriteStatuses = "write:statuses",
}

/// Any token will do.
pub struct AnyScope;
impl Scope for AnyScope {
    const ANY: &'static [&'static str] = &[];
}

/// A person with a token that opens `S`.
pub struct Scoped<S> {
    access: Arc<Access>,
    scope: PhantomData<S>,
}

impl<S> Deref for Scoped<S> {
    type Target = Viewer;
    #[expect(clippy::expect_used, reason = "the extractor has checked that there is a user")]
    fn deref(&self) -> &Viewer {
        &self.access.user.as_ref().expect("a scoped viewer has a user").viewer
    }
}

impl<S: Scope> FromRequestParts<Web> for Scoped<S> {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Fail> {
        let access = access(parts, web).await?.ok_or_else(Error::unauthorized)?;
        check_scope::<S>(&access)?;
        access.viewer()?;
        Ok(Scoped { access, scope: PhantomData })
    }
}

/// What is said of a token that does not exist, and of people who are not confirmed or approved yet.
const UNKNOWN: &str = "error-unauthorized";
const PENDING: [&str; 2] = ["error-unconfirmed", "error-pending"];

/// A person with a token that opens `S`, or nobody. An application's own token is nobody, and so is one that does not exist
/// (one that was revoked is refused), and who is not confirmed or approved yet.
///
/// Source: `authorize_if_got_token!` of Mastodon's controllers
pub struct MaybeViewer<S> {
    access: Option<Arc<Access>>,
    scope: PhantomData<S>,
}

impl<S> MaybeViewer<S> {
    pub fn viewer(&self) -> Option<&Viewer> {
        self.access.as_ref()?.viewer().ok()
    }

    pub fn account_id(&self) -> Option<app::ids::AccountId> {
        self.viewer().map(|viewer| viewer.account_id)
    }
}

impl<S: Scope> FromRequestParts<Web> for MaybeViewer<S> {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Fail> {
        let access = match access(parts, web).await {
            Err(Fail { error: Error::Unauthorized(words), .. }) if words.id == UNKNOWN => None,
            access => access?,
        };
        if let Some(access) = &access {
            check_scope::<S>(access)?;
            check_reader(access)?;
        }
        Ok(MaybeViewer { access, scope: PhantomData })
    }
}

/// Who may not act yet reads as anybody; who may no longer is refused.
fn check_reader(access: &Access) -> Result<(), Error> {
    match access.viewer() {
        Err(Error::Forbidden(words)) if PENDING.contains(&words.id) => Ok(()),
        Err(error) if access.user.is_some() => Err(error),
        _ => Ok(()),
    }
}

/// Anybody: where no scope is asked for, a token that opens nothing is none.
pub struct Anybody(Option<Arc<Access>>);

impl Anybody {
    pub fn access(&self) -> Option<&Access> {
        self.0.as_deref()
    }

    /// The person, if they may act.
    pub fn viewer(&self) -> Option<&Viewer> {
        self.access()?.viewer().ok()
    }
}

impl FromRequestParts<Web> for Anybody {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Fail> {
        match access(parts, web).await {
            Err(Fail { error: Error::Unauthorized(_), .. }) => Ok(Anybody(None)),
            access => Ok(Anybody(access?)),
        }
    }
}

fn check_scope<S: Scope>(access: &Access) -> Result<(), Fail> {
    let opens = S::ANY.is_empty() || S::ANY.iter().any(|scope| access.scopes.opens(scope));
    if opens { Ok(()) } else { Err(Error::Forbidden(Words::new("error-scope")).into()) }
}

/// An application's own token that opens `S`, without a person.
pub struct AppToken<S> {
    access: Arc<Access>,
    scope: PhantomData<S>,
}

impl<S> Deref for AppToken<S> {
    type Target = Access;
    fn deref(&self) -> &Access {
        &self.access
    }
}

impl<S: Scope> FromRequestParts<Web> for AppToken<S> {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Fail> {
        let access = access(parts, web).await?.ok_or_else(Error::unauthorized)?;
        check_scope::<S>(&access)?;
        if access.user.is_some() {
            return Err(Error::Forbidden(Words::new("error-app-required")).into());
        }
        Ok(AppToken { access, scope: PhantomData })
    }
}

/// Any token that opens `S`: a person's, or an application's own, which has no viewer.
pub struct ScopedToken<S> {
    access: Arc<Access>,
    scope: PhantomData<S>,
}

impl<S> ScopedToken<S> {
    /// The person. `None` for an application's own token, and for a person who may not act yet, who reads as anybody.
    pub fn viewer(&self) -> Option<&Viewer> {
        self.access.viewer().ok()
    }

    /// As [`ScopedToken::viewer`], for what only those may do who may act.
    ///
    /// Errors: as [`Access::viewer`], of a person's token.
    pub fn person(&self) -> Result<Option<&Viewer>, Fail> {
        if self.access.user.is_some() { Ok(Some(self.access.viewer()?)) } else { Ok(None) }
    }

    pub fn account_id(&self) -> Option<app::ids::AccountId> {
        self.viewer().map(|viewer| viewer.account_id)
    }
}

impl<S: Scope> FromRequestParts<Web> for ScopedToken<S> {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Fail> {
        let access = access(parts, web).await?.ok_or_else(Error::unauthorized)?;
        check_scope::<S>(&access)?;
        check_reader(&access)?;
        Ok(ScopedToken { access, scope: PhantomData })
    }
}

/// A person with a token that opens `S`, though they may not be confirmed or let in yet.
pub struct AnyUser<S> {
    access: Arc<Access>,
    scope: PhantomData<S>,
}

impl<S> Deref for AnyUser<S> {
    type Target = Access;
    fn deref(&self) -> &Access {
        &self.access
    }
}

impl<S: Scope> FromRequestParts<Web> for AnyUser<S> {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Fail> {
        let access = access(parts, web).await?.ok_or_else(Error::unauthorized)?;
        check_scope::<S>(&access)?;
        if access.user.is_none() {
            return Err(Error::refused("error-user-required").into());
        }
        Ok(AnyUser { access, scope: PhantomData })
    }
}

/// Any valid token, an application's own too.
pub struct Token(pub Arc<Access>);

impl FromRequestParts<Web> for Token {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Fail> {
        Ok(Token(access(parts, web).await?.ok_or_else(Error::unauthorized)?))
    }
}

/// What the request's token opens; looked up once a request.
pub async fn access(parts: &mut Parts, web: &Web) -> Result<Option<Arc<Access>>, Fail> {
    if let Some(known) = parts.extensions.get::<Arc<Access>>() {
        return Ok(Some(known.clone()));
    }
    let Some(token) = token(&parts.headers, parts.uri.query(), &parts.extensions) else { return Ok(None) };
    let access = tokens::access(&web.app, &token).await?;
    remember(&mut parts.extensions, &access);
    Ok(Some(access))
}

/// Keeps what the token opens for the rest of the request.
pub fn remember(extensions: &mut Extensions, access: &Arc<Access>) {
    if let Some(asked_by) = extensions.get::<AskedBy>() {
        asked_by.tell(access);
    }
    extensions.insert(access.clone());
}

/// Whether the request brings a token, good or bad.
pub fn has_token(request: &Request) -> bool {
    token(request.headers(), request.uri().query(), request.extensions()).is_some()
}

/// The token of the header, else of the query, else of a form.
pub fn token(headers: &HeaderMap, query: Option<&str>, extensions: &Extensions) -> Option<String> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = header.and_then(|value| value.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
    let from_query = || {
        let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        pairs.into_iter().find(|(name, _)| name == "access_token" || name == "bearer_token").map(|(_, value)| value.into_owned())
    };
    let from_form = || extensions.get::<FormFacts>()?.token.clone();
    let token = bearer.map(|(_, token)| token.trim().to_owned()).or_else(from_query).or_else(from_form)?;
    (!token.is_empty()).then(|| token.chars().take(TOKEN_MAX).collect())
}
