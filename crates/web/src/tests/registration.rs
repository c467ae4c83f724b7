//! Pages for who is not a member yet: registering, confirming, a forgotten password.

use app::testing::PASSWORD;
use app::{Origin, rules, stories};

use crate::tests::api::v1::registration::MailSite;
use crate::tests::pages::{Visitor, field};
use crate::tests::site::{Answer, Site};

const FLOW: &str = "/oauth/authorize?response_type=code&client_id=abc&redirect_uri=urn:ietf:wg:oauth:2.0:oob";

/// A form's answer with the hidden fields of its page.
fn form(page: &Answer, pairs: &[(&str, &str)]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("csrf_token", &field(page, "csrf_token")).append_pair("return_to", &field(page, "return_to"));
    form.extend_pairs(pairs).finish()
}

const CAROL: [(&str, &str); 4] = [("username", "carol"), ("email", "carol@mail.test"), ("password", PASSWORD), ("agreement", "true")];

stories! {
    async fn one_registers_on_the_page_and_comes_back_to_the_application(m: MailSite) {
        let mut visitor = Visitor::default();
        let sign_in = visitor.get(&m.site, &format!("/auth/sign_in?return_to={}", FLOW.replace('&', "%26").replace('?', "%3F"))).await;
        assert!(sign_in.text().contains("href=\"/auth/sign_up?return_to=%2Foauth%2Fauthorize"), "{}", sign_in.text());
        let page = visitor.get(&m.site, &format!("/auth/sign_up?return_to={}", FLOW.replace('&', "%26"))).await;
        assert_eq!((page.status, field(&page, "return_to").as_str()), (200, FLOW));
        assert!(!page.text().contains("<script"));
        let done = visitor.post(&m.site, "/auth", &form(&page, &CAROL)).await;
        assert_eq!(done.status, 200);
        assert!(done.text().contains("Look into your mail"), "{}", done.text());
        m.site.world.drain_jobs().await;
        let link = m.post.newest().link();
        let confirmed = visitor.get(&m.site, &link).await;
        assert_eq!(confirmed.status, 200);
        let on = confirmed.text().split("href=\"").find_map(|rest| rest.split_once('"').map(|(url, _)| url).filter(|url| url.starts_with("/auth/sign_in?return_to="))).unwrap().replace("&#38;", "&");
        let sign_in = visitor.get(&m.site, &on).await;
        assert_eq!(visitor.sign_in(&m.site, &sign_in, "carol").await.header("location"), FLOW);
        assert_eq!(visitor.get(&m.site, "/auth/sign_up?return_to=%2F%40alice").await.header("location"), "/@alice", "who is a member needs no account");
    }

    async fn a_mistake_shows_the_form_again_with_what_was_typed(m: MailSite) {
        let mut visitor = Visitor::default();
        let page = visitor.get(&m.site, "/auth/sign_up").await;
        let wrong = [("username", "alice"), ("email", "x\"><script>"), ("password", "short"), ("return_to", "//evil.test")];
        let again = visitor.post(&m.site, "/auth", &form(&page, &wrong)).await;
        assert_eq!(again.status, 422);
        for words in ["Username has already been taken", "E-mail address is invalid", "Password is too short", "Service agreement must be accepted", "value=\"alice\""] {
            assert!(again.text().contains(words), "{words}: {}", again.text());
        }
        assert!(!again.text().contains("<script") && !again.text().contains("short\"") && !again.text().contains("evil"));
        assert_eq!(visitor.post(&m.site, "/auth", "username=carol").await.status, 403, "without the form's own token");
        m.site.world.drain_jobs().await;
        assert!(m.post.arrived().is_empty());
    }

    async fn the_form_asks_for_what_the_server_wants_to_know(m: MailSite) {
        m.sets("registrations_mode", "approved").await;
        m.sets("min_age", "16").await;
        let mut visitor = Visitor::default();
        let page = visitor.get(&m.site, "/auth/sign_up").await;
        assert!(page.text().contains("name=\"reason\"") && page.text().contains("name=\"date_of_birth\""));
        let more = [CAROL.as_slice(), &[("reason", "to talk"), ("date_of_birth", "1990-05-05")]].concat();
        assert!(visitor.post(&m.site, "/auth", &form(&page, &more)).await.text().contains("Look into your mail"));
        m.site.world.drain_jobs().await;
        let confirmed = visitor.get(&m.site, &m.post.newest().link()).await;
        assert!(confirmed.text().contains("let you in"), "{}", confirmed.text());
    }

    async fn the_rules_one_accepts_are_on_the_form_in_ones_language(m: MailSite) {
        let mut visitor = Visitor::default();
        let without = visitor.get(&m.site, "/auth/sign_up").await;
        assert!(without.text().contains("accept the privacy policy") && !without.text().contains("accept the rules"), "{}", without.text());
        let app = &m.site.world.app;
        let rule = rules::add(app, Origin::Cli, "Be <kind>", "To all", None).await.unwrap();
        rules::edit(app, Origin::Cli, rule, rules::Change { text: Some("親切に".into()), language: Some("ja".into()), ..rules::Change::default() }).await.unwrap();
        let page = visitor.get(&m.site, "/auth/sign_up").await;
        for words in ["Be &#60;kind&#62;", "To all", "accept the rules", "href=\"/about\"", "href=\"/privacy-policy\""] {
            assert!(page.text().contains(words), "{words}: {}", page.text());
        }
        let again = visitor.post(&m.site, "/auth", &form(&page, &[("username", "x y")])).await;
        assert!(again.status == 422 && again.text().contains("Be &#60;kind&#62;"), "{}", again.text());
        assert!(visitor.get(&m.site, "/auth/sign_up?lang=ja").await.text().contains("親切に"));
    }

    async fn the_front_page_offers_registration_while_it_is_open(m: MailSite) {
        let offers = async || m.site.get("/").header("accept", "text/html").await.text().contains("href=\"/auth/sign_up\"");
        for (mode, expected) in [("open", true), ("approved", true), ("none", false)] {
            m.sets("registrations_mode", mode).await;
            assert_eq!(offers().await, expected, "{mode}");
        }
        m.sets("registrations_mode", "open").await;
        let mut visitor = Visitor::default();
        visitor.comes_in(&m.site, "alice").await;
        let home = visitor.get(&m.site, "/").await;
        assert!(home.text().contains("@alice@here.test") && home.text().contains("You are signed in"), "{}", home.text());
        assert!(!home.text().contains("/auth/sign_up") && !home.text().contains("/auth/sign_in"), "{}", home.text());
    }

    async fn a_closed_server_says_so(m: MailSite) {
        m.sets("registrations_mode", "none").await;
        let closed = m.site.get("/auth/sign_up").header("accept", "text/html").await;
        assert_eq!(closed.status, 403);
        assert!(closed.text().contains("Registration is closed"));
        m.sets("closed_registrations_message", "Ask <Bob>").await;
        let why = m.site.get("/auth/sign_up").header("accept", "text/html").header("accept-language", "ja").await;
        assert!(why.text().contains("Ask &#60;Bob&#62;") && why.header("content-language") == "ja", "{}", why.text());
        assert!(!m.site.get("/auth/sign_in").header("accept", "text/html").await.text().contains("/auth/sign_up"));
    }

    async fn a_lost_mail_is_sent_again_to_who_waits_for_it(m: MailSite) {
        let mut visitor = Visitor::default();
        let page = visitor.get(&m.site, "/auth/sign_up").await;
        visitor.post(&m.site, "/auth", &form(&page, &CAROL)).await;
        m.site.world.drain_jobs().await;
        let page = visitor.get(&m.site, "/auth/confirmation/new").await;
        let known = visitor.post(&m.site, "/auth/confirmation", &form(&page, &[("email", "carol@mail.test")])).await;
        let unknown = visitor.post(&m.site, "/auth/confirmation", &form(&page, &[("email", "nobody@mail.test")])).await;
        assert_eq!((known.status, known.text()), (unknown.status, unknown.text()), "nobody learns who is here");
        m.site.world.drain_jobs().await;
        assert_eq!(m.post.arrived().len(), 2);
        let old = visitor.get(&m.site, "/auth/confirmation?confirmation_token=nonsense").await;
        assert_eq!(old.status, 404);
        assert!(old.text().contains("/auth/confirmation/new"));
        assert_eq!(visitor.get(&m.site, &m.post.newest().link()).await.status, 200);
    }

    async fn a_forgotten_password_is_replaced_by_mail(m: MailSite) {
        let mut visitor = Visitor::default();
        assert!(visitor.get(&m.site, "/auth/sign_in").await.text().contains("/auth/password/new"));
        let page = visitor.get(&m.site, "/auth/password/new").await;
        let known = visitor.post(&m.site, "/auth/password", &form(&page, &[("email", "alice@mail.test")])).await;
        let unknown = visitor.post(&m.site, "/auth/password", &form(&page, &[("email", "nobody@mail.test")])).await;
        assert_eq!((known.status, known.text()), (unknown.status, unknown.text()));
        m.site.world.drain_jobs().await;
        let link = m.post.newest().link();
        let page = visitor.get(&m.site, &link).await;
        assert_eq!(page.status, 200);
        let sends = |password: &str| form(&page, &[("_method", "put"), ("reset_password_token", &field(&page, "reset_password_token")), ("password", password)]);
        let short = visitor.post(&m.site, "/auth/password", &sends("short")).await;
        assert_eq!(short.status, 422);
        assert!(short.text().contains("Password is too short"));
        assert_eq!(visitor.post(&m.site, "/auth/password", &sends("password")).await.status, 200);
        assert_eq!(m.site.get("/api/v1/preferences").by(&m.site.user("alice")).await.error(), (401, "The access token was revoked".into()));
        assert_eq!(visitor.get(&m.site, &link).await.status, 404, "the link works once");
        let used = visitor.post(&m.site, "/auth/password", &sends("password")).await;
        assert_eq!(used.status, 404);
    }

    async fn without_mail_the_pages_say_whom_to_ask(site: Site) {
        let page = site.get("/auth/password/new").header("accept", "text/html").await;
        assert!(page.status == 200 && page.text().contains("cannot send email") && !page.text().contains("<form"), "{}", page.text());
        assert!(!site.get("/auth/sign_in").header("accept", "text/html").await.text().contains("/auth/password/new"));
    }
}
