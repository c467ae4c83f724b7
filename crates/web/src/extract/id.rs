//! An id or a name in the path. What is no number, or no text, names nothing: 404, never 400.

use std::str::FromStr;

use app::Error;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use crate::error::Fail;

/// The first parameter of the path.
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fail> {
        let not_found = || Fail::from(Error::not_found());
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| not_found())?;
        let text = params.iter().next().map(|(_, value)| value).ok_or_else(not_found)?;
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.parse().ok()).flatten().map(Id).ok_or_else(not_found)
    }
}

/// The first parameter of the path as it stands, such as the key of a group.
pub struct Name(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fail> {
        let not_found = || Fail::from(Error::not_found());
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| not_found())?;
        let name = params.iter().next().map(|(_, value)| value.to_owned());
        name.filter(|name| !name.contains('\0')).map(Name).ok_or_else(not_found)
    }
}
