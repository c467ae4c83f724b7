//! GET /about and /privacy-policy: what the instance says of itself to people.

use app::rules::Translated;
use app::{App, instance, present};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::Browser;
use super::views::{Person, Shell};
use super::{Kept, person, public_page};
use crate::ap::answer::redirect;
use crate::error::Result;

/// What the instance says of itself.
#[derive(Template)]
#[template(path = "about.html")]
pub struct About {
    pub shell: Shell,
    pub summary: String,
    /// Safe HTML.
    pub description_html: String,
    pub members: i64,
    pub posts: i64,
    pub contact: Option<Person>,
    pub email: String,
    pub rules: Vec<RuleLine>,
}

/// A rule of the house, in the reader's language if there is one.
pub struct RuleLine {
    pub text: String,
    pub hint: String,
}

/// The privacy policy.
#[derive(Template)]
#[template(path = "privacy.html")]
pub struct Privacy {
    pub shell: Shell,
    /// Safe HTML.
    pub policy_html: String,
}

/// GET /about
pub async fn about(State(app): State<App>, browser: Browser) -> Result<Response> {
    let facts = instance::facts(&app).await?;
    let description = instance::document(&app, "site_extended_description").await?;
    let shown = About {
        shell: browser.shell(&app),
        summary: app.settings.get("site_short_description"),
        description_html: present::instance::extended_description(&app, description.as_ref()).content,
        members: facts.users,
        posts: facts.statuses,
        contact: facts.contact.as_ref().map(|account| person(&app, account)),
        email: app.settings.get("site_contact_email"),
        rules: lines(&facts.rules, &browser),
    };
    Ok(public_page(&browser, &shown, Kept::List))
}

/// GET /about/more: the page of the instance actor.
pub async fn more() -> Response {
    redirect(StatusCode::FOUND, "/about")
}

/// GET /privacy-policy
pub async fn privacy(State(app): State<App>, browser: Browser) -> Result<Response> {
    let policy = instance::document(&app, "site_terms").await?;
    let policy_html = present::instance::privacy_policy(&app, policy.as_ref()).content;
    Ok(public_page(&browser, &Privacy { shell: browser.shell(&app), policy_html }, Kept::List))
}

/// Rules in the reader's language.
pub fn lines(rules: &[Translated], browser: &Browser) -> Vec<RuleLine> {
    rules.iter().map(|rule| line(rule, browser.locale.code())).collect()
}

/// A rule in the reader's language if it was translated.
fn line(rule: &Translated, language: &str) -> RuleLine {
    rule.translations.get(language).map_or_else(
        || RuleLine { text: rule.rule.text.clone(), hint: rule.rule.hint.clone() },
        |said| RuleLine { text: said.text.clone(), hint: said.hint.clone() },
    )
}
