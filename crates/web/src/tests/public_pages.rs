//! What everybody sees of people and statuses in a browser: custom emojis, polls.

use app::emojis::import::{Import, import};
use app::testing::{MINUTE_MS, Person, png};
use app::{Origin, stories};
use serde_json::{Value, json};

use super::site::{Answer, Site};

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
