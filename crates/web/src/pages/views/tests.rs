//! What every page keeps to.

use std::sync::LazyLock;

use super::status::{Media, MediaKind, Status};
use super::*;
use crate::oauth::consent::{Consent, scope_groups, scope_message_id};
use crate::pages::sign_in::SignIn;
use crate::pages::status::StatusPage;

const STYLE: &str = include_str!("../../../assets/style.css");
const MAX_STYLE_BYTES: usize = 20_000;
const VIEWS: [&str; 3] = [include_str!("../views.rs"), include_str!("status.rs"), include_str!("../../oauth/consent.rs")];
const TEMPLATES: [&str; 27] = [
    include_str!("../../../templates/layout.html"),
    include_str!("../../../templates/sign_in.html"),
    include_str!("../../../templates/sign_up.html"),
    include_str!("../../../templates/sign_out.html"),
    include_str!("../../../templates/ask_email.html"),
    include_str!("../../../templates/new_password.html"),
    include_str!("../../../templates/notice.html"),
    include_str!("../../../templates/consent.html"),
    include_str!("../../../templates/code.html"),
    include_str!("../../../templates/continue.html"),
    include_str!("../../../templates/about.html"),
    include_str!("../../../templates/privacy.html"),
    include_str!("../../../templates/error.html"),
    include_str!("../../../templates/home.html"),
    include_str!("../../../templates/interact.html"),
    include_str!("../../../templates/source.html"),
    include_str!("../../../templates/status.html"),
    include_str!("../../../templates/profile.html"),
    include_str!("../../../templates/people.html"),
    include_str!("../../../templates/tag.html"),
    include_str!("../../../templates/parts/card.html"),
    include_str!("../../../templates/parts/pager.html"),
    include_str!("../../../templates/parts/media.html"),
    include_str!("../../../templates/parts/poll.html"),
    include_str!("../../../templates/parts/request.html"),
    include_str!("../../../templates/parts/rules.html"),
    include_str!("../../../templates/parts/status.html"),
];
const LOCALES: [(&str, &str); 3] = [
    ("en", include_str!("../../../../text/locales/en/pages.ftl")),
    ("ar", include_str!("../../../../text/locales/ar/pages.ftl")),
    ("ja", include_str!("../../../../text/locales/ja/pages.ftl")),
];

static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
    style: "/assets/style.css".to_owned(),
    logo: "/assets/logo.svg".to_owned(),
    favicon: "/assets/favicon.svg".to_owned(),
    icon_192: "/assets/icon-192.png".to_owned(),
    icon_512: "/assets/icon-512.png".to_owned(),
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
    let (name, name_html) = ("<b>Al & ice</b>".to_owned(), "&lt;b&gt;Al &amp; ice&lt;/b&gt;".to_owned());
    Person { name, name_html, handle: "@alice@iron.test".to_owned(), url: "/@alice".to_owned(), avatar: "/avatar.png".to_owned() }
}

fn moment() -> Moment {
    Moment { rfc3339: "2026-05-03T09:41:00Z".to_owned(), text: "3 May".to_owned() }
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
        spoiler_html: text::compose::escape(spoiler),
        poll: None,
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
    let page = StatusPage { shell: shell(), card, noindex, ancestors: vec![], status, replies: vec![] };
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
    source.split('"').filter(|part| part.starts_with("page-") && !part.contains([' ', '{']))
}

fn all_scopes() -> Vec<String> {
    let top = "profile read write follow push admin:read admin:write";
    let read = "accounts blocks bookmarks collections favourites filters follows lists mutes notifications search statuses";
    let write = "accounts blocks bookmarks collections conversations favourites filters follows lists media mutes notifications reports statuses";
    let admin = "accounts reports domain_allows domain_blocks ip_blocks email_domain_blocks canonical_email_blocks";
    let mut all: Vec<String> = top.split(' ').map(str::to_owned).collect();
    for (parent, children) in [("read", read), ("write", write), ("admin:read", admin), ("admin:write", admin)] {
        all.extend(children.split(' ').map(|child| format!("{parent}:{child}")));
    }
    all
}

#[test]
fn each_word_on_a_page_exists_in_each_language() {
    let asked = TEMPLATES.iter().chain(&VIEWS).flat_map(|source| quoted_ids(source)).map(str::to_owned);
    let scopes = all_scopes().into_iter().map(|scope| scope_message_id(&scope));
    let errors = ["400", "401", "403", "404", "406", "410", "422", "429", "500", "503"];
    let oauth = ["oauth-app", "oauth-redirect", "oauth-response-type", "oauth-scope", "oauth-request"];
    let errors = errors.iter().chain(&oauth).flat_map(|stem| ["title", "message"].map(|part| format!("page-error-{stem}-{part}")));
    let ids: Vec<String> = asked.filter(|id| id != "page-").chain(scopes).chain(errors).collect();
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
        for forbidden in ["<script", "<style", " style=", " onclick", " onload", " onsubmit", "javascript:"] {
            assert!(!template.contains(forbidden), "{forbidden} in {template}");
        }
    }
    assert!(STYLE.len() < MAX_STYLE_BYTES, "{} bytes", STYLE.len());
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
}

#[test]
fn what_people_typed_is_escaped() {
    let page = status_page("</summary><script>", false, false);
    assert!(!page.contains("<script>") && !page.contains("<b>Al"), "{page}");
    assert!(page.contains("<p>rust</p>"), "{page}");
    assert!(!consent_page("https://app.test", &["read"]).contains("<script>"));
}

#[test]
fn a_content_warning_or_sensitive_media_stays_folded() {
    let folded = |page: &str, what: &str| {
        let (start, end) = (page.find("<details>"), page.find("</details>"));
        page.find(what).is_some_and(|at| start.is_some_and(|s| s < at) && end.is_some_and(|e| at < e))
    };
    let warned = status_page("spoilers", true, false);
    assert!(folded(&warned, "/s.jpg") && folded(&warned, "<p>rust</p>"), "{warned}");
    let sensitive = status_page("", true, false);
    assert!(folded(&sensitive, "/s.jpg") && !folded(&sensitive, "<p>rust</p>"), "{sensitive}");
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
    assert_eq!(page.matches("<form method=\"post\" action=\"/oauth/authorize\">").count(), 2);
    assert_eq!(page.matches("name=\"_method\" value=\"delete\"").count(), 1);
    assert_eq!(page.matches("name=\"csrf_token\" value=\"t0ken\"").count(), 2);
    assert_eq!(page.matches("name=\"state\"").count(), 2);
}

#[test]
fn scopes_are_grouped_and_a_parent_speaks_for_its_children() {
    let check = |asked: &[&str], expected: &[&str]| {
        let asked: Vec<String> = asked.iter().map(|s| (*s).to_owned()).collect();
        let lines = scope_groups(&asked).into_iter().flat_map(|group| group.scopes);
        let shown: Vec<String> = lines.map(|line| if line.powerful { format!("{}!", line.scope) } else { line.scope }).collect();
        assert_eq!(shown, expected);
    };
    check(&["push", "write", "read:lists", "read"], &["read", "write!", "push"]);
    check(&["write:statuses", "write:media"], &["write:statuses!", "write:media"]);
    check(&["admin:read:reports", "admin:read", "profile"], &["profile", "admin:read!"]);
    let shown: usize = all_scopes().iter().map(|scope| scope_groups(std::slice::from_ref(scope)).len()).sum();
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
            sign_up_url: None,
            can_reset: false,
        };
        page.render().expect("a sign-in page renders")
    };
    let failed = page(Some("wrong"));
    assert!(failed.contains("role=\"alert\" id=\"error\" tabindex=\"-1\" autofocus>wrong<"), "{failed}");
    assert_eq!(failed.matches("autofocus").count(), 1);
    assert!(failed.contains("value=\"a@b.test\""));
    assert_eq!(page(None).matches("autofocus").count(), 1);
    assert!(failed.contains("dir=\"rtl\""));
}

#[test]
fn a_handle_is_shortened_to_its_local_part() {
    assert_eq!(person().local_handle(), "@alice");
    assert_eq!(Person { handle: "@bob".to_owned(), ..person() }.local_handle(), "@bob");
}
