//! What every page has: the shell around it, the words on it, people, and the pages that several handlers show.
//!
//! A page's struct stands beside the handler that fills it; a status is in `views/status.rs`. The HTML is in `templates/`,
//! the words are in `text/locales/*/pages.ftl`. No struct asks the database or the clock: moments, links and safe HTML
//! arrive ready to print. No page has inline style or script, so that `default-src 'none'; style-src 'self'` holds.

pub mod status;

use askama::Template;

/// Languages written from right to left, by primary subtag.
const RTL_LANGUAGES: [&str; 9] = ["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur"];

/// Holds the place of HTML in a message. A character of no script, that nobody's words have.
const HOLE: &str = "\u{F8FF}";

/// Finds a message: locale, id, arguments. An unknown id comes back as itself.
pub type Words = fn(locale: &str, id: &str, args: &[(&str, Arg<'_>)]) -> String;

/// An argument of a message. Numbers choose plural forms.
#[derive(Debug, Clone, Copy)]
pub enum Arg<'a> {
    Text(&'a str),
    Number(u64),
}

/// What surrounds each page.
#[derive(Clone)]
pub struct Shell {
    /// BCP 47 tag of the words on the page.
    pub lang: String,
    /// `ltr` or `rtl`; see [`direction`].
    pub dir: &'static str,
    pub site_title: String,
    /// Who is signed in, if anybody.
    pub account: Option<Person>,
    /// Token that each form sends back in `csrf_token`.
    pub csrf_token: String,
    pub assets: &'static Assets,
    pub words: Words,
}

/// Addresses of what every page loads, with the content's hash in them, as `/assets/style.1f2e.css`.
#[derive(Debug)]
pub struct Assets {
    pub style: String,
    pub logo: String,
    pub favicon: String,
    /// Squares with room for a mask, of so many pixels.
    pub icon_192: String,
    pub icon_512: String,
}

/// An account as the pages name it.
#[derive(Debug, Clone)]
pub struct Person {
    /// Display name; the username if there is none. Plain text: custom emojis are their names without colons.
    pub name: String,
    /// The same as safe HTML, with pictures of custom emojis.
    pub name_html: String,
    /// `@alice@example.org`.
    pub handle: String,
    pub url: String,
    /// Picture of 400 × 400 pixels.
    pub avatar: String,
}

/// A point in time, for machines (RFC 3339) and in the reader's words.
#[derive(Debug, Clone)]
pub struct Moment {
    pub rfc3339: String,
    pub text: String,
}

/// Asks for an e-mail address that a link is sent to. Posts `email`, `return_to`, `csrf_token` to `action`.
#[derive(Template)]
#[template(path = "ask_email.html")]
pub struct AskEmail {
    pub shell: Shell,
    pub title: String,
    pub help: String,
    pub submit: String,
    pub action: &'static str,
    pub return_to: String,
}

/// A sentence or two, and where to go on: address and words.
#[derive(Template)]
#[template(path = "notice.html")]
pub struct Notice {
    pub shell: Shell,
    pub title: String,
    pub text: Vec<String>,
    pub link: Option<(String, String)>,
}

/// Something went wrong, and there is nowhere to send the browser.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub shell: Shell,
    /// HTTP status, printed small.
    pub status: u16,
    pub title: String,
    pub message: String,
    /// What a person quotes to the operator.
    pub request_id: Option<String>,
}

/// Why an authorization request is answered here instead of at the app's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OauthFault {
    /// No app has this `client_id`.
    UnknownApp,
    /// `redirect_uri` is not one that the app registered.
    RedirectUri,
    ResponseType,
    Scope,
    /// A parameter is missing or malformed.
    Request,
}

/// What other sites show when the page is linked to (OpenGraph), and its addresses.
#[derive(Debug, Clone)]
pub struct LinkCard {
    pub title: String,
    /// Plain text.
    pub description: String,
    /// Absolute address of the page.
    pub url: String,
    /// Absolute address of a picture. Never that of sensitive media.
    pub image: Option<String>,
    /// The same thing as ActivityPub.
    pub activity_url: String,
}

/// Which way `lang` is written: `rtl` or `ltr`.
pub fn direction(lang: &str) -> &'static str {
    let primary = lang.split('-').next().unwrap_or(lang);
    if RTL_LANGUAGES.contains(&primary) { "rtl" } else { "ltr" }
}

impl Shell {
    /// The message `id` in the page's language.
    pub fn t(&self, id: &str) -> String {
        (self.words)(&self.lang, id, &[])
    }

    /// The message `id` with one argument of text.
    pub fn t_with(&self, id: &str, name: &str, value: &str) -> String {
        (self.words)(&self.lang, id, &[(name, Arg::Text(value))])
    }

    /// The message `id` as safe HTML, with safe HTML as its one argument.
    pub fn t_html(&self, id: &str, name: &str, html: &str) -> String {
        text::compose::escape(&self.t_with(id, name, HOLE)).replace(HOLE, html)
    }

    /// The message `id` with a number in `$count`.
    pub fn t_count(&self, id: &str, count: &u64) -> String {
        (self.words)(&self.lang, id, &[("count", Arg::Number(*count))])
    }
}

impl Person {
    /// `@alice` of `@alice@example.org`, where space is short.
    pub fn local_handle(&self) -> &str {
        let server = self.handle.rfind('@').filter(|at| *at > 0);
        &self.handle[..server.unwrap_or(self.handle.len())]
    }
}

impl ErrorPage {
    /// The page for an HTTP status, in general words.
    pub fn for_status(shell: Shell, status: u16) -> Self {
        let stem = match status {
            401 => "401",
            403 => "403",
            404 => "404",
            406 => "406",
            410 => "410",
            422 => "422",
            429 => "429",
            503 => "503",
            500.. => "500",
            _ => "400",
        };
        Self::of_message(shell, status, stem)
    }

    /// The page for an authorization request that must not be answered by a redirect.
    pub fn for_oauth(shell: Shell, fault: OauthFault) -> Self {
        let stem = match fault {
            OauthFault::UnknownApp => "oauth-app",
            OauthFault::RedirectUri => "oauth-redirect",
            OauthFault::ResponseType => "oauth-response-type",
            OauthFault::Scope => "oauth-scope",
            OauthFault::Request => "oauth-request",
        };
        Self::of_message(shell, 400, stem)
    }

    fn status_text(&self) -> String {
        self.status.to_string()
    }

    fn of_message(shell: Shell, status: u16, stem: &str) -> Self {
        let title = shell.t(&format!("page-error-{stem}-title"));
        let message = shell.t(&format!("page-error-{stem}-message"));
        Self { shell, status, title, message, request_id: None }
    }
}

#[cfg(test)]
mod tests;
