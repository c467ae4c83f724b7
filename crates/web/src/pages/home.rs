//! GET /: the front page.

use app::App;
use app::accounts::sign_up;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::browser::Browser;
use super::page;
use super::views::Shell;

/// The front page.
#[derive(Template)]
#[template(path = "home.html")]
pub struct Home {
    pub shell: Shell,
    /// Plain text.
    pub description: String,
    /// What one types into an app: the host, with the port if it is unusual.
    pub server_address: String,
    /// Whether people can register.
    pub can_register: bool,
}

pub async fn handler(State(app): State<App>, browser: Browser) -> Response {
    let server_address = app.urls().base.split_once("://").map_or_else(String::new, |(_, host)| host.to_owned());
    let shown = Home {
        shell: browser.shell(&app),
        description: app.settings.get("site_short_description"),
        server_address,
        can_register: sign_up::check_open(&app).is_ok(),
    };
    page(&browser, &shown)
}
