//! What everybody sees of people and statuses in a browser: custom emojis, polls.

use app::instance::change_setting;

use app::emojis::import::{Import, import};
use app::testing::{Engine, MINUTE_MS, Person, World, png};
use app::{Origin, stories};
use serde_json::{Value, json};

use super::site::{Answer, Site};
use crate::Options;

async fn has_emoji(site: &Site, shortcode: &str) {
    let shortcode = shortcode.to_owned();
    let emoji = Import { shortcode, file: png(32, 32), category: None, visible_in_picker: true, featured: false, overwrite: false };
    import(&site.world.app, Origin::Cli, emoji).await.unwrap();
}

async fn page(site: &Site, path: &str) -> Answer {
    let answer = site.get(path).header("accept", "text/html").await;
    assert_eq!(answer.status, 200, "{path}");
    answer
}

async fn posts(site: &Site, person: &Person, status: Value) -> String {
    site.post("/api/v1/statuses").by(person).json(status).await.ok()["id"].as_str().unwrap().to_owned()
}

/// Shortcodes that are still words: those in attributes (the pictures' alternative texts) do not count.
fn raw(html: &str, shortcode: &str) -> usize {
    html.matches(&format!(":{shortcode}:")).count() - html.matches(&format!("alt=\":{shortcode}:\" title=\":{shortcode}:\"")).count() * 2
}

fn pictures(html: &str, shortcode: &str) -> usize {
    html.matches(&format!("alt=\":{shortcode}:\"")).count()
}

/// What stands between `open` and the next `close`.
fn part<'a>(html: &'a str, open: &str, close: &str) -> &'a str {
    html.split_once(open).and_then(|(_, rest)| rest.split_once(close)).map_or("", |(part, _)| part)
}

/// The words of a page's polls, in one line.
fn poll_words(html: &str) -> String {
    let poll = text::plain::from_html(part(html, "<section class=\"poll\"", "</section>").split_once('>').unwrap_or_default().1);
    poll.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A private server need not say where its source is; then its own page stands for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_place_the_source_page_stands_for_it() {
    let world = World::with(Engine::Sqlite, |options| (options.source_url, options.commit) = (String::new(), None)).await;
    let site = Site::of(world, Options::default());
    assert_eq!(site.get("/api/v2/instance").await.ok()["source_url"], "https://here.test/source");
    assert!(site.get("/nodeinfo/2.1").await.text().contains("\"repository\":\"https://here.test/source\""));
    let shown = page(&site, "/source").await;
    assert!(shown.text().contains("Ask them for it") && !shown.text().contains("Commit"), "{}", shown.text());
}

stories! {
    async fn custom_emojis_are_pictures_wherever_pages_name_people(site: Site) {
        has_emoji(&site, "cat").await;
        let [alice, bob] = site.users(["alice", "bob"]);
        let profile = json!({ "display_name": "Al <b> :cat:", "note": "a bio :cat:",
            "fields_attributes": [{ "name": ":cat: name", "value": "value :cat:" }] });
        site.ask(axum::http::Method::PATCH, "/api/v1/accounts/update_credentials").by(&alice).json(profile).await.ok();
        let id = posts(&site, &alice, json!({ "status": "a text :cat: and no :dog:", "spoiler_text": "a warning :cat:" })).await;
        let polled = json!({ "status": "which?", "poll": { "options": ["one :cat:", "two"], "expires_in": 300 } });
        let polled = posts(&site, &alice, polled).await;
        site.post(&format!("/api/v1/statuses/{id}/reblog")).by(&bob).await.ok();
        site.post(&format!("/api/v1/statuses/{id}/reblog")).by(&alice).await.ok();

        for (path, expected) in [
            // Heading, bio, both of the field; author and option; author, warning and text; the same boosted, and by whom.
            ("/@alice".to_owned(), 4 + 2 + 3 + 4), (format!("/@alice/{id}"), 3), (format!("/@alice/{polled}"), 2), ("/@bob".to_owned(), 3),
        ] {
            let shown = page(&site, &path).await;
            let html = shown.text();
            assert_eq!((pictures(html, "cat"), raw(html, "cat")), (expected, 0), "{path}: {html}");
            assert!(!html.contains("Al <b>"), "names stay escaped: {html}");
            assert!(html.contains("class=\"emoji\" src=\"https://here.test/media/"), "{html}");
        }
        let shown = page(&site, &format!("/@alice/{id}")).await;
        assert_eq!(part(shown.text(), "<title>", "</title>"), "Al &#60;b&#62; cat (@alice) · Ferrodon");
        assert!(shown.text().contains("property=\"og:title\" content=\"Al &#60;b&#62; cat (@alice)\""), "{}", shown.text());
        assert!(shown.text().contains("property=\"og:description\" content=\"a warning cat\""), "{}", shown.text());
        assert!(shown.text().contains("and no :dog:"), "what is no emoji is text");
    }

    async fn browsers_phones_and_robots_find_what_they_ask_every_site_for(site: Site) {
        change_setting::change(&site.world.app, Origin::Cli, "site_title", "Here & there").await.unwrap();
        for (path, kind, begins) in [
            ("/robots.txt", "text/plain; charset=utf-8", "#"), ("/favicon.ico", "image/x-icon", "\0\0\u{1}\0"),
            ("/apple-touch-icon.png", "image/png", "PNG"), ("/icon.png", "image/png", "PNG"),
        ] {
            let file = site.get(path).await;
            assert_eq!((file.status, file.header("content-type"), file.header("cache-control")), (200, kind, "public, max-age=86400"), "{path}");
            assert!(String::from_utf8_lossy(&file.body[..8]).contains(begins), "{path}");
        }
        assert!(site.get("/robots.txt").await.text().contains("\nUser-agent: *\nDisallow: /auth/\n"));
        let manifest = site.get("/manifest.json").await;
        assert_eq!(manifest.header("cache-control"), "max-age=180, public");
        let manifest = manifest.ok();
        let fixed = ["id", "name", "short_name", "display", "start_url", "scope"].map(|key| manifest[key].as_str().unwrap().to_owned());
        assert_eq!(fixed, ["/home", "Here & there", "Here & there", "standalone", "/", "/"]);
        assert_eq!(site.get("/manifest").await.ok(), manifest);
        for icon in manifest["icons"].as_array().unwrap() {
            let file = site.get(icon["src"].as_str().unwrap().strip_prefix("https://here.test").unwrap()).await;
            assert_eq!((file.status, file.header("content-type")), (200, "image/png"), "{icon}");
        }
        let front = page(&site, "/").await;
        for link in ["rel=\"manifest\" href=\"/manifest.json\"", "rel=\"apple-touch-icon\" href=\"/apple-touch-icon.png\""] {
            assert!(front.text().contains(link), "{link}");
        }
        assert!(front.header("content-security-policy").contains("manifest-src 'self'"));
    }

    async fn the_source_page_says_what_runs_and_where_its_source_is(site: Site) {
        let shown = page(&site, "/source").await;
        for words in ["ferrodon 0.0.0", "0123456789abcdef0123456789abcdef01234567", "href=\"https://source.test\""] {
            assert!(shown.text().contains(words), "{words}: {}", shown.text());
        }
        assert!(page(&site, "/").await.text().contains("<a href=\"/source\">Source code</a>"));
    }

    async fn a_polls_page_shows_options_votes_and_when_it_closes(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let mut site = site;
        let carol = site.world.add_user("carol").await;
        let poll = json!({ "status": "which?", "poll": { "options": ["<one>", "two", "three"], "expires_in": 300, "multiple": true } });
        let status = site.post("/api/v1/statuses").by(&alice).json(poll).await.ok();
        let votes = format!("/api/v1/polls/{}/votes", status["poll"]["id"].as_str().unwrap());
        site.post(&votes).by(&bob).json(json!({ "choices": [0, 1] })).await.ok();
        site.post(&votes).by(&carol).json(json!({ "choices": [0] })).await.ok();
        let path = format!("/@alice/{}", status["id"].as_str().unwrap());
        let shown = page(&site, &path).await;
        assert_eq!(
            poll_words(shown.text()),
            "<one> 100% 2 votes two 50% 1 vote three 0% 0 votes Several choices allowed · 2 people voted · Closes 2026-01-01 12:05 UTC"
        );
        assert_eq!(shown.text().matches("class=\"leads\"").count(), 1);
        site.world.advance(6 * MINUTE_MS);
        let closed = page(&site, &path).await;
        assert!(poll_words(closed.text()).ends_with("· Closed 2026-01-01 12:05 UTC"), "{}", poll_words(closed.text()));
        assert!(!poll_words(page(&site, "/@alice").await.text()).is_empty(), "lists show it, too");
    }

    async fn hidden_results_are_shown_when_the_poll_has_closed(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let poll = json!({ "status": "which?", "poll": { "options": ["one", "two"], "expires_in": 300, "hide_totals": true } });
        let status = site.post("/api/v1/statuses").by(&alice).json(poll).await.ok();
        site.post(&format!("/api/v1/polls/{}/votes", status["poll"]["id"].as_str().unwrap())).by(&bob).json(json!({ "choices": [1] })).await.ok();
        let path = format!("/@alice/{}", status["id"].as_str().unwrap());
        let open = poll_words(page(&site, &path).await.text());
        assert_eq!(open, "one two 1 person voted · Closes 2026-01-01 12:05 UTC Results are shown when the poll closes.");
        site.world.advance(6 * MINUTE_MS);
        let closed = poll_words(page(&site, &path).await.text());
        assert_eq!(closed, "one 0% 0 votes two 100% 1 vote 1 person voted · Closed 2026-01-01 12:05 UTC");
    }
}
