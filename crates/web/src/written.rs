//! Answers in JSON that is copied where it was written before.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use wire::WriteJson;

/// What most answers fit in without growing.
const CAPACITY: usize = 16 * 1024;

/// As [`axum::Json`], for entities that many are shown.
pub struct Written<T>(pub T);

impl<T: WriteJson> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        let mut json = Vec::with_capacity(CAPACITY);
        match self.0.write_json(&mut json) {
            Ok(()) => ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], json).into_response(),
            Err(error) => {
                tracing::error!(%error, "an answer cannot be written");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}
