//! What a request says of who asks and of what they want to see, for code that answers before any handler, or after it.

use std::sync::{Arc, OnceLock};

use app::tokens::{self, Access};
use app::{App, Error};
use axum::http::{HeaderMap, header};

/// What was found in a form before its handler reads it.
#[derive(Clone, Debug, Default)]
pub struct FormFacts {
    pub token: Option<String>,
}

/// The caller's access, set by the first code that looks the token up, or the token alone if nothing has looked it up.
#[derive(Clone, Default)]
pub struct AskedBy(Arc<Known>);

#[derive(Default)]
struct Known {
    access: OnceLock<Arc<Access>>,
    token: OnceLock<String>,
}

impl AskedBy {
    pub fn tell(&self, access: &Arc<Access>) {
        let _ = self.0.access.set(access.clone());
    }

    /// For a token that nobody has looked up yet.
    pub fn tell_token(&self, token: &str) {
        let _ = self.0.token.set(token.to_owned());
    }

    /// The language of the person whose token came with a request that `error` has ended, perhaps before anybody asked
    /// whose it is.
    pub async fn locale(&self, app: &App, error: &Error) -> Option<Arc<str>> {
        let access = match (self.0.access.get(), self.0.token.get(), error) {
            (Some(access), ..) => access.clone(),
            // It was looked up, and opens nothing; or looking it up has failed.
            (_, _, Error::Unauthorized(_) | Error::Conflict(_) | Error::Temporary(_)) | (_, None, _) => return None,
            (_, Some(token), _) => tokens::access(app, token).await.ok()?,
        };
        access.user.as_ref()?.viewer.locale.clone()
    }
}

pub fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
}
