//! From `app::Error` to status codes and Mastodon's error bodies. The only place that knows them.

use app::rates::Standing;
use app::{Error, Words};
use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use text::Locale;

/// The result of every handler.
pub type Result<T = Response, E = Fail> = std::result::Result<T, E>;

/// A failed request; its words are put in once the caller's language is known.
#[derive(Debug)]
pub struct Fail {
    pub status: StatusCode,
    pub error: Error,
    /// What stands in the body beside the words. Boxed, since it is rare and every result has room for it.
    pub beside: Option<Box<(&'static str, Value)>>,
}

impl Fail {
    pub fn new(status: StatusCode, id: &'static str) -> Fail {
        Fail { status, error: Error::Refused(Words::new(id)), beside: None }
    }

    /// The same with `value` in the body beside the words.
    pub fn with(self, name: &'static str, value: Value) -> Fail {
        Fail { beside: Some(Box::new((name, value))), ..self }
    }

    pub fn missing_param(name: &str) -> Fail {
        Error::Malformed(Words::new("error-param-missing").with("name", name)).into()
    }

    /// Mastodon's body: `{"error": …}`; OAuth's has a code and a description.
    pub fn body(&self, locale: Locale) -> Value {
        let mut body = self.words(locale);
        if let Some((name, value)) = self.beside.as_deref() {
            body[*name] = value.clone();
        }
        body
    }

    fn words(&self, locale: Locale) -> Value {
        match &self.error {
            Error::NotFound(words)
            | Error::Unauthorized(words)
            | Error::Forbidden(words)
            | Error::Refused(words)
            | Error::Outdated(words)
            | Error::Malformed(words) => {
                json!({ "error": words.in_locale(locale) })
            }
            Error::Invalid(problems) => {
                // Media messages stand alone, as in Mastodon; the others are reasons.
                let words: Vec<String> = problems.iter().map(|words| words.in_locale(locale)).collect();
                let alone = problems.iter().all(|words| words.id.starts_with("error-"));
                let text = if alone { words.join(", ") } else { text::locales::validation(locale, &words) };
                let mut body = json!({ "error": text });
                if let Some(details) = details(problems, locale) {
                    body["details"] = details;
                }
                body
            }
            Error::Limited(_) => json!({ "error": text::message(locale, "error-rate-limited", &[]) }),
            Error::OAuth { code, words } => json!({ "error": code, "error_description": words.in_locale(locale) }),
            Error::Conflict(_) | Error::Temporary(_) => json!({ "error": text::message(locale, "error-temporary", &[]) }),
            Error::Internal(_) => json!({ "error": text::message(locale, "error-internal", &[]) }),
        }
    }
}

/// By parameter, each problem with its code and its words: for forms.
fn details(problems: &[Words], locale: Locale) -> Option<serde_json::Value> {
    let mut details = serde_json::Map::new();
    for detail in problems.iter().filter_map(Words::detail) {
        let list = details.entry(detail.attribute).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(json!({ "error": detail.code, "description": detail.words.in_locale(locale) }));
        }
    }
    (!details.is_empty()).then(|| details.into())
}

impl From<Error> for Fail {
    fn from(error: Error) -> Fail {
        let status = match &error {
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::Invalid(_) | Error::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Outdated(_) => StatusCode::CONFLICT,
            Error::Malformed(_) => StatusCode::BAD_REQUEST,
            Error::Limited(_) => StatusCode::TOO_MANY_REQUESTS,
            Error::OAuth { code: "invalid_client", .. } => StatusCode::UNAUTHORIZED,
            Error::OAuth { code: "unauthorized_client", .. } => StatusCode::FORBIDDEN,
            Error::OAuth { .. } => StatusCode::BAD_REQUEST,
            Error::Conflict(cause) | Error::Temporary(cause) => {
                tracing::warn!(cause, "a request failed for now");
                StatusCode::SERVICE_UNAVAILABLE
            }
            Error::Internal(cause) => {
                tracing::error!(cause, "a request failed by our fault");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Fail { status, error, beside: None }
    }
}

/// When to come again after a 503.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("10");

/// Marks a response whose body is to be written in the caller's language.
#[derive(Clone)]
pub struct Unworded(pub std::sync::Arc<Fail>);

/// Headers that say where a limit stands; past it, when to come again. Source: docs.joinmastodon.org/api/rate-limits/
pub fn tell_limit(headers: &mut HeaderMap, standing: &Standing) {
    let mut set = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    set("x-ratelimit-limit", standing.max.to_string());
    set("x-ratelimit-remaining", standing.remaining().to_string());
    // Six decimals, as Mastodon writes it.
    set("x-ratelimit-reset", wire::DateTime(standing.reset_ms).to_string().replace('Z', "000Z"));
    if standing.is_past() {
        set("retry-after", ((standing.left_ms + 999) / 1000).to_string());
    }
}

impl IntoResponse for Fail {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body(Locale::ENGLISH))).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Ferrodon\""));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        if let Error::Limited(standing) = &self.error {
            tell_limit(response.headers_mut(), standing);
        }
        response.extensions_mut().insert(Unworded(std::sync::Arc::new(self)));
        response
    }
}
