//! Pages for people: signing in and out, statuses, what is not there.

use app::instance::change_setting;

use app::testing::{Engine, PASSWORD, World};
use app::{Origin, rules, stories};

use crate::Options;
use crate::tests::site::{Answer, Ask, Site};

/// Cookies of a server at an https address.
const SESSION: &str = "__Host-ferrodon_session";
const VISITOR: &str = "__Host-ferrodon_visitor";

/// A browser with its cookies.
#[derive(Default)]
pub struct Visitor {
    cookies: Vec<(String, String)>,
}

impl Visitor {
    pub async fn get(&mut self, site: &Site, path: &str) -> Answer {
        self.sends(site.get(path)).await
    }

    pub async fn post(&mut self, site: &Site, path: &str, form: &str) -> Answer {
        self.sends(site.post(path).form(form)).await
    }

    /// Fills in the sign-in page.
    pub async fn sign_in(&mut self, site: &Site, page: &Answer, name: &str) -> Answer {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("csrf_token", &field(page, "csrf_token")).append_pair("return_to", &field(page, "return_to"));
        let form = form.append_pair("email", name).append_pair("password", PASSWORD).finish();
        self.post(site, "/auth/sign_in", &form).await
    }

    pub async fn comes_in(&mut self, site: &Site, name: &str) {
        let page = self.get(site, "/auth/sign_in").await;
        assert_eq!(self.sign_in(site, &page, name).await.status, 303);
    }

    pub async fn asks(&mut self, ask: Ask) -> Answer {
        self.sends(ask).await
    }

    async fn sends(&mut self, ask: Ask) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let ask = ask.header("accept", "text/html");
        let answer = if cookies.is_empty() { ask.await } else { ask.header("cookie", &cookies.join("; ")).await };
        for name in [SESSION, VISITOR] {
            if let Some(value) = answer.cookie(name) {
                self.cookies.retain(|(known, _)| known != name);
                self.cookies.push((name.to_owned(), value));
            }
        }
        answer
    }
}

/// The value of a hidden field; empty if there is none.
pub fn field(page: &Answer, name: &str) -> String {
    let html = page.text();
    let input = html.split("<input").skip(1).filter_map(|rest| rest.split_once('>')).map(|(input, _)| input);
    let Some(input) = input.into_iter().find(|input| input.contains(&format!("name=\"{name}\""))) else { return String::new() };
    let value = input.split_once("value=\"").and_then(|(_, rest)| rest.split_once('"')).map_or("", |(value, _)| value);
    value.replace("&#38;", "&").replace("&amp;", "&")
}

/// Browsers refuse the prefix there, and would keep no cookie.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_plain_http_cookies_have_no_prefix() {
    let world = World::with(Engine::Sqlite, |options| options.urls.base = "http://here.test".into()).await;
    let page = Site::of(world, Options::default()).get("/auth/sign_in").header("accept", "text/html").await;
    let cookie = page.header("set-cookie");
    assert!(
        cookie.starts_with("ferrodon_visitor=") && !cookie.contains("Secure") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
}

stories! {
    async fn signing_in_wants_the_forms_own_token(site: Site) {
        let mut visitor = Visitor::default();
        let page = visitor.get(&site, "/auth/sign_in").await;
        assert_eq!(page.status, 200);
        let form = format!("email=alice&password={}", PASSWORD.replace(' ', "+"));
        assert_eq!(visitor.post(&site, "/auth/sign_in", &form).await.status, 403, "without");
        assert_eq!(visitor.post(&site, "/auth/sign_in", &format!("{form}&csrf_token=00")).await.status, 403, "with a wrong one");
        let with_token = format!("{form}&csrf_token={}", field(&page, "csrf_token"));
        assert_eq!(Visitor::default().post(&site, "/auth/sign_in", &with_token).await.status, 403, "in another browser");
        let cookies = visitor.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let foreign = site.post("/auth/sign_in").form(&with_token).header("cookie", &cookies).header("origin", "https://evil.test").await;
        assert_eq!(foreign.status, 403, "from another site's page");
        assert_eq!(visitor.post(&site, "/auth/sign_in", &with_token).await.status, 303);
    }

    async fn a_wrong_password_shows_the_form_again(site: Site) {
        let mut visitor = Visitor::default();
        let page = visitor.get(&site, "/auth/sign_in").await;
        let again = visitor.post(&site, "/auth/sign_in", &format!("csrf_token={}&email=alice%22%3E&password=wrong", field(&page, "csrf_token"))).await;
        assert_eq!((again.status, again.cookie(SESSION)), (422, None));
        assert!(!again.text().contains("alice\">") && !again.text().contains("value=\"wrong\""));
    }

    async fn signing_in_leads_back_only_to_this_server(site: Site) {
        for (wish, expected) in [("%2F%40alice", "/@alice"), ("https%3A%2F%2Fevil.test%2F", "/"), ("%2F%2Fevil.test", "/")] {
            let mut visitor = Visitor::default();
            let page = visitor.get(&site, &format!("/auth/sign_in?return_to={wish}")).await;
            assert_eq!(visitor.sign_in(&site, &page, "alice").await.header("location"), expected);
        }
    }

    async fn cookies_belong_to_this_host_over_https_alone(site: Site) {
        let mut visitor = Visitor::default();
        let page = visitor.get(&site, "/auth/sign_in").await;
        let signed_in = visitor.sign_in(&site, &page, "alice").await;
        let set = |answer: &Answer| -> Vec<String> { answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect() };
        let all = [set(&page), set(&signed_in)].concat();
        assert_eq!(all.len(), 3, "{all:?}");
        for cookie in &all {
            assert!(cookie.starts_with("__Host-") && !cookie.to_lowercase().contains("domain"), "{cookie}");
            for part in ["; Path=/;", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
                assert!(cookie.contains(part), "{part}: {cookie}");
            }
        }
        let token = signed_in.cookie(SESSION).unwrap();
        let shown = site.get("/auth/sign_up").header("accept", "text/html").header("cookie", &format!("ferrodon_session={token}")).await;
        assert_ne!(shown.status, 303, "a cookie under the name that anybody can plant is nobody's");
    }

    async fn signing_in_begins_a_session_nobody_knew_before(site: Site) {
        let mut visitor = Visitor::default();
        let page = visitor.get(&site, "/auth/sign_in").await;
        let planted = visitor.cookies.clone();
        visitor.sign_in(&site, &page, "alice").await;
        let first = visitor.cookies.clone();
        assert!(planted.iter().all(|cookie| !first.contains(cookie)), "every cookie is a new one");
        let old_form = format!("csrf_token={}", field(&page, "csrf_token"));
        assert_eq!(visitor.post(&site, "/auth/sign_out", &old_form).await.status, 403, "forms from before are not taken");
        let mut half = Visitor { cookies: [&planted[..], &first[..1]].concat() };
        assert_eq!(half.cookies.len(), 2);
        assert_eq!(half.post(&site, "/auth/sign_out", &old_form).await.status, 403, "nor with the cookie they were made for");

        let page = visitor.get(&site, "/auth/sign_in").await;
        assert_eq!(visitor.sign_in(&site, &page, "bob").await.status, 303);
        let is_in = async |cookies: &[(String, String)]| Visitor { cookies: cookies.to_vec() }.get(&site, "/auth/sign_up").await.status == 303;
        assert!(is_in(&visitor.cookies).await);
        assert!(!is_in(&first).await, "the session before it has ended");
    }

    async fn signing_out_ends_the_session(site: Site) {
        let mut visitor = Visitor::default();
        visitor.comes_in(&site, "alice").await;
        let private = site.user("alice").posts_as("hello", "private").await;
        let path = format!("/@alice/{private}");
        let shown = visitor.get(&site, &path).await;
        assert_eq!(shown.status, 200);
        let before = visitor.cookies.clone();
        let home = visitor.get(&site, "/").await;
        let out = visitor.post(&site, "/auth/sign_out", &format!("csrf_token={}", field(&home, "csrf_token"))).await;
        assert_eq!((out.status, out.header("location")), (303, "/"));
        let mut kept = Visitor { cookies: before };
        assert_eq!(kept.get(&site, &path).await.status, 404, "the cookie is worth nothing any more");
    }

    async fn a_link_to_signing_out_asks_first(site: Site) {
        let nobody = site.get("/auth/sign_out").header("accept", "text/html").await;
        assert!(nobody.status == 200 && nobody.text().contains("You are not signed in"), "{}", nobody.text());
        let mut visitor = Visitor::default();
        visitor.comes_in(&site, "alice").await;
        let asked = visitor.get(&site, "/auth/sign_out").await;
        assert!(asked.text().contains("Sign out?") && asked.text().contains("@alice@here.test"), "{}", asked.text());
        assert_eq!(visitor.get(&site, "/auth/sign_up").await.status, 303, "still signed in");
        let out = visitor.post(&site, "/auth/sign_out", &format!("_method=delete&csrf_token={}", field(&asked, "csrf_token"))).await;
        assert_eq!((out.status, out.header("location")), (303, "/"));
        assert_eq!(visitor.get(&site, "/auth/sign_up").await.status, 403, "signed out, and nobody can register");
    }

    async fn only_failures_of_ours_have_a_number_to_report(site: Site) {
        let missing = site.get("/nothing/here").header("accept", "text/html").await;
        assert!(missing.status == 404 && !missing.text().contains("please quote"), "{}", missing.text());
        assert!(!missing.text().contains(missing.header("x-request-id")), "{}", missing.text());
    }

    async fn a_public_status_has_a_page_and_a_private_one_does_not(site: Site) {
        let alice = site.user("alice");
        let (public, private) = (alice.posts("hello <b>world</b>").await, alice.posts_as("secret", "private").await);
        let shown = site.get(&format!("/@alice/{public}")).header("accept", "text/html").await;
        assert_eq!(shown.status, 200);
        assert!(shown.text().contains("hello &lt;b&gt;world&lt;/b&gt;") && !shown.text().contains("<b>world"), "{}", shown.text());
        assert!(shown.header("content-security-policy").contains("default-src 'none'"));
        for path in [format!("/@alice/{private}"), format!("/@bob/{public}"), "/@alice/5".into(), "/@nobody".into(), "/@alice/abc".into(), "/nothing/here/at/all".into()] {
            let missing = site.get(&path).header("accept", "text/html").await;
            assert_eq!(missing.status, 404, "{path}");
            assert!(missing.header("content-type").starts_with("text/html"), "{path}");
            assert!(!missing.text().contains("secret"));
        }
    }

    async fn a_profile_shows_public_statuses(site: Site) {
        let alice = site.user("alice");
        alice.posts("hello everybody").await;
        alice.posts_as("secret", "private").await;
        let shown = site.get("/@alice").header("accept", "text/html").await;
        assert_eq!(shown.status, 200);
        assert!(shown.text().contains("hello everybody") && !shown.text().contains("secret"));
        assert_eq!(site.get("/").header("accept", "text/html").await.status, 200);
    }

    async fn a_page_speaks_the_visitors_language(site: Site) {
        let page = site.get("/auth/sign_in").header("accept-language", "ar").header("accept", "text/html").await;
        assert_eq!(page.header("content-language"), "ar");
        assert!(page.text().contains("dir=\"rtl\""));
        assert_eq!(site.get("/auth/sign_in?lang=ja").header("accept-language", "ar").await.header("content-language"), "ja");
    }

    async fn the_instance_says_on_a_page_what_it_is(site: Site) {
        let app = &site.world.app;
        for (name, value) in [
            ("site_title", "Here"), ("site_short_description", "A <place>"), ("site_extended_description", "Long\n\nwords"), ("site_contact_username", "bob"),
            ("site_contact_email", "hi@here.test"), ("site_terms", "We keep nothing."),
        ] {
            change_setting::change(app, Origin::Cli, name, value).await.unwrap();
        }
        let rule = rules::add(app, Origin::Cli, "Be kind", "To <all>", None).await.unwrap();
        let arabic = rules::Change { text: Some("كن لطيفا".into()), language: Some("ar".into()), ..rules::Change::default() };
        rules::edit(app, Origin::Cli, rule, arabic).await.unwrap();
        let about = site.get("/about").header("accept", "text/html").await;
        assert_eq!(about.status, 200);
        for part in ["A &#60;place&#62;", "<p>Long</p><p>words</p>", "@bob@here.test", "mailto:hi@here.test", "Be kind", "To &#60;all&#62;"] {
            assert!(about.text().contains(part), "{part}: {}", about.text());
        }
        let translated = site.get("/about?lang=ar").await;
        assert!(translated.text().contains("كن لطيفا") && !translated.text().contains("Be kind"));
        assert!(site.get("/privacy-policy").await.text().contains("<p>We keep nothing.</p>"));
    }
}
