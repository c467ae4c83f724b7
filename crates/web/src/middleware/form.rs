//! A token in the body of a form.
//!
//! Only forms of the kind `application/x-www-form-urlencoded` are read ahead, if no other token comes with them, and no
//! longer ones than strangers may send; the handler gets them whole.

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::bodies::{self, STRANGER_BYTES};
use crate::extract::asked::{AskedBy, FormFacts};
use crate::extract::viewer::has_token;
use crate::web::Web;

/// Longer values are not looked at.
const VALUE_BYTES: usize = 1024;
/// Fields looked at; more are refused by whoever reads the form.
const FIELDS_MAX: usize = 1_000;

/// Reads what others want to know of a form before it is handled.
pub async fn form(State(web): State<Web>, request: Request, next: Next) -> Response {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.trim_start().starts_with("application/x-www-form-urlencoded") || request.body().is_end_stream() || has_token(&request) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let body = match bodies::read(&web.bodies, &parts, body, STRANGER_BYTES).await {
        Ok(body) => body,
        Err(fail) => return fail.into_response(),
    };
    let facts = facts(&body);
    if let (Some(token), Some(asked_by)) = (&facts.token, parts.extensions.get::<AskedBy>()) {
        asked_by.tell_token(token);
    }
    parts.extensions.insert(facts);
    next.run(Request::from_parts(parts, Body::from(body))).await
}

fn facts(body: &[u8]) -> FormFacts {
    let mut pairs = url::form_urlencoded::parse(body).take(FIELDS_MAX).filter(|(_, value)| !value.is_empty() && value.len() <= VALUE_BYTES);
    let token = pairs.find(|(name, _)| matches!(&**name, "access_token" | "bearer_token"));
    FormFacts { token: token.map(|(_, value)| value.into_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_tells_its_token() {
        let token = |body: &str| facts(body.as_bytes()).token;
        assert_eq!(token("a=1&access_token=x+y&bearer_token=z"), Some("x y".into()));
        assert_eq!(token("bearer_token=z&email=A@b.test"), Some("z".into()));
        assert_eq!(token(&format!("access_token={}&access_token=", "x".repeat(2000))), None);
    }
}
