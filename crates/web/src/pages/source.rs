//! GET /source: which version runs here, and where its source code is, as the licence wants for everybody who uses it.
//! Source: GNU Affero General Public License, section 13

use app::App;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::browser::Browser;
use super::views::Shell;
use super::{Kept, public_page};

/// What runs here, and where its source code is.
#[derive(Template)]
#[template(path = "source.html")]
pub struct SourcePage {
    pub shell: Shell,
    /// Name and version.
    pub software: String,
    pub commit: Option<String>,
    /// Where the source is offered, if the owner has said.
    pub place: Option<String>,
}

pub async fn handler(State(app): State<App>, browser: Browser) -> Response {
    let options = &app.options;
    let shown = SourcePage {
        shell: browser.shell(&app),
        software: format!("{} {}", options.software_name, options.software_version),
        commit: options.commit.clone(),
        place: Some(options.source_url.clone()).filter(|url| !url.is_empty()),
    };
    public_page(&browser, &shown, Kept::List)
}
