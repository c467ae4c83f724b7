//! What the server-rendered pages hold: one struct per page, filled by the handlers.
//!
//! The HTML is in `templates/`, the words are in `text/locales/*/pages.ftl`. Nothing here asks
//! the database or the clock: moments, links and safe HTML arrive ready to print.
//! No page has inline style or script, so that `default-src 'none'; style-src 'self'` holds.

use askama::Template;

/// Languages written from right to left, by primary subtag.
const RTL_LANGUAGES: [&str; 9] = ["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur"];

/// Scopes that are marked on the consent page even when asked for alone. All of `admin` is too.
const POWERFUL_SCOPES: [&str; 3] = ["write", "write:accounts", "write:statuses"];

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

/// E-mail or username and password. Posts `email`, `password`, `return_to`, `csrf_token` to
/// `/auth/sign_in`.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    pub shell: Shell,
    /// What went wrong the last time, in words. It takes the focus.
    pub error: Option<String>,
    /// What was typed before; printed again after a failure.
    pub email: String,
    /// Local path to go on to.
    pub return_to: String,
    /// The app that sent the person here.
    pub app_name: Option<String>,
    /// Address of the registration, where people can register.
    pub sign_up_url: Option<String>,
    /// Whether a link to a new password can be mailed.
    pub can_reset: bool,
}

/// Registration. Posts its fields, `return_to` and `csrf_token` to `/auth`.
#[derive(Template)]
#[template(path = "sign_up.html")]
pub struct SignUpPage {
    pub shell: Shell,
    /// The domain of handles.
    pub domain: String,
    /// All that was wrong the last time, in words.
    pub errors: Vec<String>,
    pub username: String,
    pub email: String,
    /// `Some` where a moderator lets people in: why they want to come.
    pub reason: Option<String>,
    pub reason_required: bool,
    /// `Some` where there is a minimum age: `YYYY-MM-DD`.
    pub date_of_birth: Option<String>,
    /// What people agree to.
    pub rules: Vec<RuleLine>,
    pub return_to: String,
}

/// Asks for confirmation before ending the session. Posts `csrf_token` to `/auth/sign_out`.
#[derive(Template)]
#[template(path = "sign_out.html")]
pub struct SignOut {
    pub shell: Shell,
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

/// A new password instead of a forgotten one. Posts `password`, `reset_password_token`, `csrf_token`
/// to `/auth/password`.
#[derive(Template)]
#[template(path = "new_password.html")]
pub struct NewPassword {
    pub shell: Shell,
    pub error: Option<String>,
    pub token: String,
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

/// How the person signed in stands to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// It can be followed.
    Stranger,
    /// It has not answered yet.
    Asked,
    Following,
    /// It is the person's own.
    None,
}

/// Somebody of another server, or a status of theirs, and a way to follow them. Posts `id`, `uri`, `csrf_token` to
/// `/authorize_interaction`.
#[derive(Template)]
#[template(path = "interact.html")]
pub struct Interact {
    pub shell: Shell,
    pub person: Person,
    /// The account's id.
    pub id: String,
    /// What was asked for.
    pub address: String,
    pub tie: Tie,
    pub status: Option<Status>,
}

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

/// The privacy policy.
#[derive(Template)]
#[template(path = "privacy.html")]
pub struct Privacy {
    pub shell: Shell,
    /// Safe HTML.
    pub policy_html: String,
}

/// A person let an app that has no address do nothing.
#[derive(Template)]
#[template(path = "denied.html")]
pub struct Denied {
    pub shell: Shell,
    pub app_name: String,
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

/// A status with what it answers and what answers it.
#[derive(Template)]
#[template(path = "status.html")]
pub struct StatusPage {
    pub shell: Shell,
    pub card: LinkCard,
    pub noindex: bool,
    pub ancestors: Vec<Status>,
    pub status: Status,
    pub replies: Vec<Status>,
}

/// A local account with its public statuses.
#[derive(Template)]
#[template(path = "profile.html")]
pub struct ProfilePage {
    pub shell: Shell,
    pub card: LinkCard,
    pub noindex: bool,
    pub person: Person,
    /// Picture of 1500 × 500 pixels.
    pub header: String,
    /// Safe HTML.
    pub bio_html: String,
    pub fields: Vec<Field>,
    pub bot: bool,
    pub locked: bool,
    pub statuses_count: u64,
    pub following_count: u64,
    pub followers_count: u64,
    pub joined: Moment,
    pub statuses: Vec<Status>,
    pub newer_url: Option<String>,
    pub older_url: Option<String>,
}

/// Recent public statuses with a hashtag.
#[derive(Template)]
#[template(path = "tag.html")]
pub struct TagPage {
    pub shell: Shell,
    /// As people write it, without `#`.
    pub name: String,
    pub statuses: Vec<Status>,
    pub newer_url: Option<String>,
    pub older_url: Option<String>,
}

/// Followers of an account, or whom it follows.
#[derive(Template)]
#[template(path = "people.html")]
pub struct PeoplePage {
    pub shell: Shell,
    /// Message id of the heading; takes the account's `name`.
    pub title_id: &'static str,
    pub person: Person,
    pub people: Vec<Person>,
    /// Whether the account lets nobody see the list.
    pub hidden: bool,
    pub newest_url: Option<String>,
    pub older_url: Option<String>,
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

/// A status as the pages show it.
#[derive(Debug, Clone)]
pub struct Status {
    /// Differs from every other on the page, a boost's from the boosted one's too.
    pub id: String,
    pub url: String,
    pub author: Person,
    /// Name of the account that boosted it into this list, as safe HTML.
    pub boosted_by: Option<String>,
    pub created: Moment,
    pub edited: Option<Moment>,
    /// BCP 47 tag of the content.
    pub language: Option<String>,
    /// Content warning as safe HTML, or empty.
    pub spoiler_html: String,
    pub sensitive: bool,
    /// Safe HTML.
    pub content_html: String,
    pub media: Vec<Media>,
    pub poll: Option<Poll>,
    pub replies_count: u64,
    pub reblogs_count: u64,
    pub favourites_count: u64,
}

/// A poll and how it stands.
#[derive(Debug, Clone)]
pub struct Poll {
    pub options: Vec<PollOption>,
    /// Whether one may choose several.
    pub multiple: bool,
    /// People who voted; votes where the poll's server does not count people.
    pub people: Option<u64>,
    pub votes: u64,
    pub closed: bool,
    /// When it closes or has closed; `None` for a poll without end.
    pub closes: Option<Moment>,
}

/// A choice of a poll.
#[derive(Debug, Clone)]
pub struct PollOption {
    /// Safe HTML.
    pub title_html: String,
    /// `None` while the results are hidden.
    pub result: Option<PollResult>,
    /// Whether the person signed in chose it.
    pub chosen: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct PollResult {
    /// Of those who voted: 0 to 100.
    pub percent: u64,
    pub votes: u64,
    /// No choice has more votes.
    pub leads: bool,
}

/// An attachment. Pictures are shown; anything else is a link with a picture if it has one.
#[derive(Debug, Clone)]
pub struct Media {
    pub kind: MediaKind,
    pub url: String,
    pub preview_url: Option<String>,
    /// Alternative text, or empty.
    pub description: String,
    /// Size of the preview in pixels.
    pub width: u32,
    pub height: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    Image,
    Video,
    Audio,
    Other,
}

/// A row of a profile's table.
#[derive(Debug, Clone)]
pub struct Field {
    /// Safe HTML.
    pub name_html: String,
    /// Safe HTML.
    pub value_html: String,
    pub verified: bool,
}

/// Which way `lang` is written: `rtl` or `ltr`.
pub fn direction(lang: &str) -> &'static str {
    let primary = lang.split('-').next().unwrap_or(lang);
    if RTL_LANGUAGES.contains(&primary) { "rtl" } else { "ltr" }
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
    fn local_handle(&self) -> &str {
        let server = self.handle.rfind('@').filter(|at| *at > 0);
        &self.handle[..server.unwrap_or(self.handle.len())]
    }
}

impl PeoplePage {
    fn name_html(&self) -> String {
        format!("<bdi>{}</bdi>", self.person.name_html)
    }
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

impl Poll {
    fn hides_results(&self) -> bool {
        self.options.iter().any(|option| option.result.is_none())
    }
}

impl PollOption {
    fn leads(&self) -> bool {
        self.result.is_some_and(|result| result.leads)
    }
}

impl PollResult {
    fn percent_text(&self) -> String {
        self.percent.to_string()
    }
}

impl Media {
    fn is_image(&self) -> bool {
        self.kind == MediaKind::Image
    }

    /// What to show in a list: the preview, or a picture itself.
    fn shown_url(&self) -> Option<&str> {
        self.preview_url.as_deref().or_else(|| self.is_image().then_some(self.url.as_str()))
    }

    fn kind_id(&self) -> &'static str {
        match self.kind {
            MediaKind::Image => "page-media-image",
            MediaKind::Video => "page-media-video",
            MediaKind::Audio => "page-media-audio",
            MediaKind::Other => "page-media-other",
        }
    }
}

#[cfg(test)]
mod tests;
