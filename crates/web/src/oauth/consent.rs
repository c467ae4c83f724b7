//! The pages on which a person lets an application act for them: what they hold.

use askama::Template;

use crate::pages::views::{Person, Shell};

/// Scopes that are marked on the consent page even when asked for alone. All of `admin` is too.
const POWERFUL_SCOPES: [&str; 3] = ["write", "write:accounts", "write:statuses"];

/// May this app act for this account? Posts `params` and `csrf_token` to `/oauth/authorize`;
/// refusing also posts `_method=delete`.
///
/// Its answer redirects to the app, and browsers apply `form-action` to that redirect too: leave
/// the directive out, or name the app's address in it.
#[derive(Template)]
#[template(path = "consent.html")]
pub struct Consent {
    pub shell: Shell,
    pub person: Person,
    pub app_name: String,
    /// As the app registered it; a link only if it is http or https.
    pub app_website: Option<String>,
    /// The scopes asked for, as `read:statuses`.
    pub scopes: Vec<String>,
    /// Host or scheme the browser is sent to afterwards; `None` if a code is shown instead.
    pub returns_to: Option<String>,
    /// The authorization request, sent back unchanged: `client_id`, `redirect_uri`, `state`, …
    pub params: Vec<(String, String)>,
    /// Where one signs in as somebody else and comes back.
    pub switch_url: String,
}

/// Scopes of one kind, as the consent page lists them.
pub struct ScopeGroup {
    /// Message id of the heading.
    pub title_id: &'static str,
    pub scopes: Vec<ScopeLine>,
}

/// One scope in plain words.
pub struct ScopeLine {
    pub scope: String,
    pub message_id: String,
    pub powerful: bool,
}

/// The authorization code, to be copied into an app that cannot be redirected to.
#[derive(Template)]
#[template(path = "code.html")]
pub struct Code {
    pub shell: Shell,
    pub app_name: Option<String>,
    pub code: String,
}

/// The way back to an app that wants its answer posted: a form whose button the person presses.
#[derive(Template)]
#[template(path = "continue.html")]
pub struct Continue {
    pub shell: Shell,
    /// Where the form goes: an address the app has registered.
    pub address: String,
    /// Its host or scheme.
    pub place: String,
    pub params: Vec<(String, String)>,
}

/// A person let an app that has no address do nothing.
#[derive(Template)]
#[template(path = "denied.html")]
pub struct Denied {
    pub shell: Shell,
    pub app_name: String,
}

/// The message id of a scope in plain words: `read:statuses` is `scope-read-statuses`.
pub fn scope_message_id(scope: &str) -> String {
    format!("scope-{}", scope.replace([':', '.'], "-"))
}

/// Sorts scopes into groups, in a fixed order, without those that a wider one among them implies.
pub fn scope_groups(scopes: &[String]) -> Vec<ScopeGroup> {
    const GROUPS: [(&str, &[&str]); 5] = [
        ("page-consent-group-read", &["profile", "read"]),
        ("page-consent-group-write", &["write"]),
        ("page-consent-group-follow", &["follow"]),
        ("page-consent-group-push", &["push"]),
        ("page-consent-group-admin", &["admin"]),
    ];
    let group = |(title_id, families): (&'static str, &[&str])| {
        let of_family = |scope: &&String| {
            let family = scope.split(':').next().unwrap_or(scope);
            families.contains(&family) && !implied(scope, scopes)
        };
        let scopes = scopes.iter().filter(of_family).map(|s| scope_line(s)).collect();
        ScopeGroup { title_id, scopes }
    };
    let groups = GROUPS.into_iter().map(group);
    groups.filter(|group| !group.scopes.is_empty()).collect()
}

fn scope_line(scope: &str) -> ScopeLine {
    ScopeLine {
        scope: scope.to_owned(),
        message_id: scope_message_id(scope),
        powerful: POWERFUL_SCOPES.contains(&scope) || scope.starts_with("admin"),
    }
}

/// Whether `all` holds a parent of `scope`, as `admin:read` is of `admin:read:reports`.
fn implied(scope: &str, all: &[String]) -> bool {
    let is_parent = |other: &String| scope.strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with(':'));
    all.iter().any(is_parent)
}

impl Consent {
    fn groups(&self) -> Vec<ScopeGroup> {
        scope_groups(&self.scopes)
    }

    fn website_link(&self) -> Option<&str> {
        let website = self.app_website.as_deref()?;
        let is_web = website.starts_with("https://") || website.starts_with("http://");
        is_web.then_some(website)
    }
}
