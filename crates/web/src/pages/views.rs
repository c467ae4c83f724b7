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
    /// Where the running program's source is offered.
    pub source: String,
}

/// An account as the pages name it.
#[derive(Debug, Clone)]
pub struct Person {
    /// Display name; the username if there is none.
    pub name: String,
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
    /// Name of the account that boosted it into this list.
    pub boosted_by: Option<String>,
    pub created: Moment,
    pub edited: Option<Moment>,
    /// BCP 47 tag of the content.
    pub language: Option<String>,
    /// Content warning in plain text, or empty.
    pub spoiler: String,
    pub sensitive: bool,
    /// Safe HTML.
    pub content_html: String,
    pub media: Vec<Media>,
    pub replies_count: u64,
    pub reblogs_count: u64,
    pub favourites_count: u64,
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
    pub name: String,
    /// Safe HTML.
    pub value_html: String,
    pub verified: bool,
}

/// Which way `lang` is written: `rtl` or `ltr`.
pub fn direction(lang: &str) -> &'static str {
    let primary = lang.split('-').next().unwrap_or(lang);
    if RTL_LANGUAGES.contains(&primary) {
        "rtl"
    } else {
        "ltr"
    }
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
        let scopes = scopes
            .iter()
            .filter(of_family)
            .map(|s| scope_line(s))
            .collect();
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
    let is_parent = |other: &String| {
        scope
            .strip_prefix(other.as_str())
            .is_some_and(|rest| rest.starts_with(':'))
    };
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
        Self {
            shell,
            status,
            title,
            message,
            request_id: None,
        }
    }
}

impl Media {
    fn is_image(&self) -> bool {
        self.kind == MediaKind::Image
    }

    /// What to show in a list: the preview, or a picture itself.
    fn shown_url(&self) -> Option<&str> {
        self.preview_url
            .as_deref()
            .or_else(|| self.is_image().then_some(self.url.as_str()))
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
mod tests {
    use std::sync::LazyLock;

    use super::*;

    const STYLE: &str = include_str!("../../assets/style.css");
    const MAX_STYLE_BYTES: usize = 12_000;
    const VIEWS: &str = include_str!("views.rs");
    const TEMPLATES: [&str; 12] = [
        include_str!("../../templates/layout.html"),
        include_str!("../../templates/sign_in.html"),
        include_str!("../../templates/consent.html"),
        include_str!("../../templates/code.html"),
        include_str!("../../templates/error.html"),
        include_str!("../../templates/home.html"),
        include_str!("../../templates/status.html"),
        include_str!("../../templates/profile.html"),
        include_str!("../../templates/parts/card.html"),
        include_str!("../../templates/parts/media.html"),
        include_str!("../../templates/parts/request.html"),
        include_str!("../../templates/parts/status.html"),
    ];
    const LOCALES: [(&str, &str); 3] = [
        ("en", include_str!("../../../text/locales/en/pages.ftl")),
        ("ar", include_str!("../../../text/locales/ar/pages.ftl")),
        ("ja", include_str!("../../../text/locales/ja/pages.ftl")),
    ];

    static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
        style: "/assets/style.css".to_owned(),
        logo: "/assets/logo.svg".to_owned(),
        favicon: "/assets/favicon.svg".to_owned(),
        source: "https://source.test/".to_owned(),
    });

    fn shell() -> Shell {
        Shell {
            lang: "ar".to_owned(),
            dir: direction("ar"),
            site_title: "Iron".to_owned(),
            account: None,
            csrf_token: "t0ken".to_owned(),
            assets: &ASSETS,
            words: |_, id, _| id.to_owned(),
        }
    }

    fn person() -> Person {
        Person {
            name: "<b>Al & ice</b>".to_owned(),
            handle: "@alice@iron.test".to_owned(),
            url: "/@alice".to_owned(),
            avatar: "/avatar.png".to_owned(),
        }
    }

    fn moment() -> Moment {
        Moment {
            rfc3339: "2026-05-03T09:41:00Z".to_owned(),
            text: "3 May".to_owned(),
        }
    }

    fn status_page(spoiler: &str, sensitive: bool, noindex: bool) -> String {
        let media = Media {
            kind: MediaKind::Image,
            url: "/o.jpg".to_owned(),
            preview_url: Some("/s.jpg".to_owned()),
            description: "a \"gate\"".to_owned(),
            width: 4,
            height: 3,
        };
        let status = Status {
            id: "1".to_owned(),
            url: "/@alice/1".to_owned(),
            author: person(),
            boosted_by: None,
            created: moment(),
            edited: None,
            language: None,
            spoiler: spoiler.to_owned(),
            sensitive,
            content_html: "<p>rust</p>".to_owned(),
            media: vec![media],
            replies_count: 0,
            reblogs_count: 0,
            favourites_count: 0,
        };
        let card = LinkCard {
            title: "t".to_owned(),
            description: "\"><script>".to_owned(),
            url: "https://iron.test/@alice/1".to_owned(),
            image: None,
            activity_url: "https://iron.test/ap/1".to_owned(),
        };
        let page = StatusPage {
            shell: shell(),
            card,
            noindex,
            ancestors: vec![],
            status,
            replies: vec![],
        };
        page.render().expect("a status page renders")
    }

    fn consent_page(website: &str, scopes: &[&str]) -> String {
        let page = Consent {
            shell: shell(),
            person: person(),
            app_name: "App".to_owned(),
            app_website: Some(website.to_owned()),
            scopes: scopes.iter().map(|s| (*s).to_owned()).collect(),
            returns_to: None,
            params: vec![("state".to_owned(), "\"><script>".to_owned())],
            switch_url: "/auth/sign_in".to_owned(),
        };
        page.render().expect("a consent page renders")
    }

    /// Message ids in quotes, as `"page-skip"`.
    fn quoted_ids(source: &str) -> impl Iterator<Item = &str> {
        source
            .split('"')
            .filter(|part| part.starts_with("page-") && !part.contains([' ', '{']))
    }

    fn all_scopes() -> Vec<String> {
        let top = "profile read write follow push admin:read admin:write";
        let read = "accounts blocks bookmarks collections favourites filters follows lists mutes notifications search statuses";
        let write = "accounts blocks bookmarks collections conversations favourites filters follows lists media mutes notifications reports statuses";
        let admin = "accounts reports domain_allows domain_blocks ip_blocks email_domain_blocks canonical_email_blocks";
        let mut all: Vec<String> = top.split(' ').map(str::to_owned).collect();
        for (parent, children) in [
            ("read", read),
            ("write", write),
            ("admin:read", admin),
            ("admin:write", admin),
        ] {
            all.extend(children.split(' ').map(|child| format!("{parent}:{child}")));
        }
        all
    }

    #[test]
    fn each_word_on_a_page_exists_in_each_language() {
        let asked = TEMPLATES
            .iter()
            .chain([&VIEWS])
            .flat_map(|source| quoted_ids(source))
            .map(str::to_owned);
        let scopes = all_scopes()
            .into_iter()
            .map(|scope| scope_message_id(&scope));
        let errors = [
            "400", "401", "403", "404", "406", "410", "422", "429", "500", "503",
        ];
        let oauth = [
            "oauth-app",
            "oauth-redirect",
            "oauth-response-type",
            "oauth-scope",
            "oauth-request",
        ];
        let errors = errors
            .iter()
            .chain(&oauth)
            .flat_map(|stem| ["title", "message"].map(|part| format!("page-error-{stem}-{part}")));
        let ids: Vec<String> = asked
            .filter(|id| id != "page-")
            .chain(scopes)
            .chain(errors)
            .collect();
        assert!(ids.len() > 100, "found only {}", ids.len());
        for id in &ids {
            for (lang, words) in LOCALES {
                let line = format!("{id} =");
                let found = words.lines().any(|l| l.starts_with(&line));
                assert!(found, "{id} is missing in {lang}");
            }
        }
    }

    #[test]
    fn no_page_needs_inline_style_or_script() {
        for template in TEMPLATES {
            for forbidden in [
                "<script",
                "<style",
                " style=",
                " onclick",
                " onload",
                " onsubmit",
                "javascript:",
            ] {
                assert!(!template.contains(forbidden), "{forbidden} in {template}");
            }
        }
        assert!(STYLE.len() < MAX_STYLE_BYTES, "{} bytes", STYLE.len());
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    }

    #[test]
    fn what_people_typed_is_escaped() {
        let page = status_page("</summary><script>", false, false);
        assert!(
            !page.contains("<script>") && !page.contains("<b>Al"),
            "{page}"
        );
        assert!(page.contains("<p>rust</p>"), "{page}");
        assert!(!consent_page("https://app.test", &["read"]).contains("<script>"));
    }

    #[test]
    fn a_content_warning_or_sensitive_media_stays_folded() {
        let folded = |page: &str, what: &str| {
            let (start, end) = (page.find("<details>"), page.find("</details>"));
            page.find(what)
                .is_some_and(|at| start.is_some_and(|s| s < at) && end.is_some_and(|e| at < e))
        };
        let warned = status_page("spoilers", true, false);
        assert!(
            folded(&warned, "/s.jpg") && folded(&warned, "<p>rust</p>"),
            "{warned}"
        );
        let sensitive = status_page("", true, false);
        assert!(
            folded(&sensitive, "/s.jpg") && !folded(&sensitive, "<p>rust</p>"),
            "{sensitive}"
        );
        assert!(!status_page("", false, false).contains("<details>"));
    }

    #[test]
    fn noindex_is_said_when_asked() {
        assert!(status_page("", false, true).contains("noindex"));
        assert!(!status_page("", false, false).contains("noindex"));
    }

    #[test]
    fn only_a_web_address_of_an_app_becomes_a_link() {
        assert!(consent_page("https://app.test", &["read"]).contains("href=\"https://app.test\""));
        assert!(!consent_page("javascript:alert(1)", &["read"]).contains("href=\"javascript"));
    }

    #[test]
    fn refusing_an_app_is_a_form_of_its_own() {
        let page = consent_page("https://app.test", &["read"]);
        assert_eq!(
            page.matches("<form method=\"post\" action=\"/oauth/authorize\">")
                .count(),
            2
        );
        assert_eq!(page.matches("name=\"_method\" value=\"delete\"").count(), 1);
        assert_eq!(
            page.matches("name=\"csrf_token\" value=\"t0ken\"").count(),
            2
        );
        assert_eq!(page.matches("name=\"state\"").count(), 2);
    }

    #[test]
    fn scopes_are_grouped_and_a_parent_speaks_for_its_children() {
        let check = |asked: &[&str], expected: &[&str]| {
            let asked: Vec<String> = asked.iter().map(|s| (*s).to_owned()).collect();
            let lines = scope_groups(&asked)
                .into_iter()
                .flat_map(|group| group.scopes);
            let shown: Vec<String> = lines
                .map(|line| {
                    if line.powerful {
                        format!("{}!", line.scope)
                    } else {
                        line.scope
                    }
                })
                .collect();
            assert_eq!(shown, expected);
        };
        check(
            &["push", "write", "read:lists", "read"],
            &["read", "write!", "push"],
        );
        check(
            &["write:statuses", "write:media"],
            &["write:statuses!", "write:media"],
        );
        check(
            &["admin:read:reports", "admin:read", "profile"],
            &["profile", "admin:read!"],
        );
        let shown: usize = all_scopes()
            .iter()
            .map(|scope| scope_groups(std::slice::from_ref(scope)).len())
            .sum();
        assert_eq!(shown, all_scopes().len());
    }

    #[test]
    fn a_failed_sign_in_takes_the_focus_and_keeps_what_was_typed() {
        let page = |error: Option<&str>| {
            let error = error.map(str::to_owned);
            let page = SignIn {
                shell: shell(),
                error,
                email: "a@b.test".to_owned(),
                return_to: "/x?y=1&z".to_owned(),
                app_name: None,
            };
            page.render().expect("a sign-in page renders")
        };
        let failed = page(Some("wrong"));
        assert!(
            failed.contains("role=\"alert\" id=\"error\" tabindex=\"-1\" autofocus>wrong<"),
            "{failed}"
        );
        assert_eq!(failed.matches("autofocus").count(), 1);
        assert!(failed.contains("value=\"a@b.test\""));
        assert_eq!(page(None).matches("autofocus").count(), 1);
        assert!(failed.contains("dir=\"rtl\""));
    }

    #[test]
    fn a_handle_is_shortened_to_its_local_part() {
        assert_eq!(person().local_handle(), "@alice");
        assert_eq!(
            Person {
                handle: "@bob".to_owned(),
                ..person()
            }
            .local_handle(),
            "@bob"
        );
    }
}
