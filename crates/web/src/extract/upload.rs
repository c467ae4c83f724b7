//! What endpoints take that accept files.

use axum::body::HttpBody;
use axum::extract::{FromRequest, FromRequestParts, Request};

use super::params::{content_type, is_multipart};
use super::viewer::Scope;
use super::{Params, Scoped};
use crate::bodies::{self, PERSON_BYTES};
use crate::error::Fail;
use crate::web::Web;

/// A person with a token that opens `S`, and their parameters, files among them. The body is read once the token has
/// been checked: nobody else's files are taken.
pub struct Upload<S> {
    pub viewer: Scoped<S>,
    pub params: Params,
}

impl<S: Scope> FromRequest<Web> for Upload<S> {
    type Rejection = Fail;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Fail> {
        let (mut parts, body) = request.into_parts();
        let viewer = Scoped::from_request_parts(&mut parts, web).await?;
        let mut params = Params::from_query(parts.uri.query().unwrap_or_default())?;
        let kind = content_type(&parts.headers);
        let is_small = body.size_hint().exact().is_some_and(|length| length <= PERSON_BYTES as u64);
        if is_small || !is_multipart(&kind) {
            let body = bodies::read(&web.bodies, &parts, body, PERSON_BYTES).await?;
            params.read_body(&kind, body, true).await?;
        } else {
            let (grant, pieces) = bodies::stream(&web.bodies, &parts, body, bodies::file_bytes(&web.app)).await?;
            params.read_multipart(&kind, pieces, Some(grant)).await?;
        }
        Ok(Upload { viewer, params })
    }
}
