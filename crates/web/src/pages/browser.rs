//! A person's browser: session, language and the token its forms must bring back.

use std::convert::Infallible;

use app::sessions::{self, Session};
use app::{App, Error};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use text::Locale;

use super::assets::ASSETS;
use super::person;
use super::views::{Arg, Shell, direction};
use crate::error::Result;
use crate::extract::Params;
use crate::web::Web;

/// A cookie's name, in the clear and where the server's address is https. The prefix makes browsers take the cookie only
/// from this very host over https, so that no other host of the domain can plant one.
/// Source: RFC 6265bis, section 4.1.3.2
struct Name {
    plain: &'static str,
    secure: &'static str,
}

const SESSION_COOKIE: Name = Name { plain: "ferrodon_session", secure: "__Host-ferrodon_session" };
const VISITOR_COOKIE: Name = Name { plain: "ferrodon_visitor", secure: "__Host-ferrodon_visitor" };
const COOKIE_MAX: usize = 256;

impl Name {
    const fn of(&self, secure: bool) -> &'static str {
        if secure { self.secure } else { self.plain }
    }
}

/// What a page needs to know of who is looking.
pub struct Browser {
    pub session: Option<Session>,
    pub locale: Locale,
    /// Ties forms to this browser.
    visitor: String,
    new_visitor: bool,
    secure: bool,
    form_token: String,
    origin: Option<String>,
    site_title: String,
}

impl FromRequestParts<Web> for Browser {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> std::result::Result<Self, Infallible> {
        let secure = web.app.urls().base.starts_with("https:");
        let session = match cookie(&parts.headers, SESSION_COOKIE.of(secure)) {
            Some(token) => sessions::session(&web.app, &token).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "a session could not be looked up");
                None
            }),
            None => None,
        };
        let known = cookie(&parts.headers, VISITOR_COOKIE.of(secure));
        let new_visitor = known.is_none();
        let visitor = known.unwrap_or_else(new_visitor_token);
        let form_token = web.app.secrets.form_token(&bound(&visitor, session.as_ref()));
        let user_locale = session.as_ref().and_then(|s| s.viewer.locale.clone());
        Ok(Browser {
            locale: locale(parts.uri.query(), parts.headers.get(header::ACCEPT_LANGUAGE), user_locale.as_deref()),
            secure,
            origin: parts.headers.get(header::ORIGIN).and_then(|v| v.to_str().ok()).map(str::to_owned),
            site_title: web.app.settings.get("site_title"),
            session,
            visitor,
            new_visitor,
            form_token,
        })
    }
}

fn new_visitor_token() -> String {
    app::clock::random::<16>().map(hex::encode).unwrap_or_default()
}

/// A form belongs to a browser and to who is signed in there. The purpose comes first, since the visitor's
/// cookie is the browser's to choose.
fn bound(visitor: &str, session: Option<&Session>) -> String {
    format!("form\n{visitor} {}", session.map_or(0, |s| s.id.0))
}

/// The language a request is answered in: `lang`, the user's, Accept-Language.
pub fn locale(query: Option<&str>, accepted: Option<&HeaderValue>, user_locale: Option<&str>) -> Locale {
    let mut query = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let lang = query.find(|(name, _)| name == "lang").map(|(_, value)| value);
    Locale::negotiate(lang.as_deref(), user_locale, accepted.and_then(|value| value.to_str().ok()))
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    let found = cookies.filter_map(|pair| pair.trim().split_once('=')).find(|(known, _)| *known == name)?;
    (!found.1.is_empty() && found.1.len() <= COOKIE_MAX).then(|| found.1.to_owned())
}

impl Browser {
    /// The same browser, in another language if the server speaks it.
    pub fn speaking(self, lang: Option<&str>) -> Browser {
        Browser { locale: lang.and_then(Locale::find).unwrap_or(self.locale), ..self }
    }

    /// What surrounds a page.
    pub fn shell(&self, app: &App) -> Shell {
        Shell { account: self.session.as_ref().map(|s| person(app, &s.account)), ..self.bare_shell() }
    }

    /// As `shell`, without saying who is signed in.
    pub fn bare_shell(&self) -> Shell {
        Shell {
            lang: self.locale.code().to_owned(),
            dir: direction(self.locale.code()),
            site_title: self.site_title.clone(),
            account: None,
            csrf_token: self.form_token.clone(),
            assets: &ASSETS,
            words,
        }
    }

    /// Refuses a form that does not come from our own page in this browser.
    ///
    /// Errors: `Forbidden`.
    pub fn check_form(&self, app: &App, params: &Params) -> Result<()> {
        let token = params.text("csrf_token")?.unwrap_or_default();
        let own_origin = self.origin.as_ref().is_none_or(|origin| *origin == app.urls().base);
        let is_ours = app.secrets.is_form_token(&bound(&self.visitor, self.session.as_ref()), &token);
        if own_origin && is_ours && !self.new_visitor { Ok(()) } else { Err(Error::forbidden().into()) }
    }

    /// Sets the visitor's cookie if the browser has none.
    pub fn keep_visitor(&self, headers: &mut HeaderMap) {
        if self.new_visitor {
            self.set(headers, &VISITOR_COOKIE, &self.visitor, None);
        }
    }

    /// Sets the cookie of a new session. The visitor's is renewed with it: who knew the browser before it signed in
    /// knows nothing of it afterwards.
    pub fn keep_session(&self, headers: &mut HeaderMap, token: &str) {
        self.set(headers, &SESSION_COOKIE, token, Some(sessions::SESSION_LIFE_MS / 1000));
        self.set(headers, &VISITOR_COOKIE, &new_visitor_token(), None);
    }

    /// Removes the session's cookie.
    pub fn forget_session(&self, headers: &mut HeaderMap) {
        self.set(headers, &SESSION_COOKIE, "", Some(0));
    }

    fn set(&self, headers: &mut HeaderMap, name: &Name, value: &str, max_age: Option<i64>) {
        let name = name.of(self.secure);
        let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        let secure = if self.secure { "; Secure" } else { "" };
        if let Ok(cookie) = HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}")) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
}

fn words(locale: &str, id: &str, args: &[(&str, Arg<'_>)]) -> String {
    let numbers: Vec<(&str, String)> = args
        .iter()
        .map(|(name, arg)| match arg {
            Arg::Text(text) => (*name, (*text).to_owned()),
            Arg::Number(number) => (*name, number.to_string()),
        })
        .collect();
    let args: Vec<(&str, &str)> = numbers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    text::message(Locale::find(locale).unwrap_or(Locale::ENGLISH), id, &args)
}
