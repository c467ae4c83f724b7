//! What people here see of other servers: found by search, shown as pages, with their pictures.

use app::instance::change_setting;

use app::federation::domains::{self, Block, Severity};
use app::testing::{Answer as Page, Engine, Fediverse, RemotePerson, World, png};
use app::{Origin, stories};
use serde_json::{Value, json};

use super::pages::{Visitor, field};
use super::public_addresses::browses;
use super::site::{Answer, Site};
use crate::Options;

/// A site with alice, and others around it: bob on the host a, who has a picture.
struct Abroad {
    site: Site,
    others: Fediverse,
    bob: RemotePerson,
}

impl Abroad {
    async fn new(engine: Engine) -> Abroad {
        let others = Fediverse::open().await;
        let outgoing = others.outgoing();
        let world = World::with(engine, |options| options.outgoing = outgoing).await.with_users(["alice", "carol"]).await;
        let bob = others.person("a", "bob");
        let mut actor = bob.actor();
        actor["icon"] = json!({ "type": "Image", "mediaType": "image/png", "url": others.url("a", "/bob.png") });
        others.serves(&bob.uri, Page::activity(&actor));
        others.serves(&others.url("a", "/bob.png"), Page::of("image/png", png(40, 30)));
        Abroad { site: Site::of(world, Options::default()), others, bob }
    }

    async fn finds(&self, query: &str, resolve: bool) -> Value {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        self.site.get(&format!("/api/v2/search?q={query}&resolve={resolve}")).by(&self.site.user("alice")).await.ok()
    }

    /// Handles of the accounts and addresses of the statuses that are found.
    async fn found(&self, query: &str, resolve: bool) -> (Vec<String>, Vec<String>) {
        let found = self.finds(query, resolve).await;
        let all = |list: &str, field: &str| found[list].as_array().unwrap().iter().map(|one| one[field].as_str().unwrap().to_owned()).collect();
        (all("accounts", "acct"), all("statuses", "uri"))
    }

    async fn looks_up(&self, acct: &str) -> Answer {
        let acct: String = url::form_urlencoded::byte_serialize(acct.as_bytes()).collect();
        self.site.get(&format!("/api/v1/accounts/lookup?acct={acct}")).await
    }

    fn handle(&self) -> String {
        format!("bob@{}", self.bob.domain)
    }

    /// A note of bob's, and a page that names it.
    fn note(&self) -> (String, String) {
        let note = self.bob.note("/n/1", "<p>far away</p>");
        let (id, page) = (self.bob.at("/n/1"), self.others.url("a", "/@bob/1"));
        self.others.serves(&id, Page::activity(&note));
        let html = format!("<!doctype html><html><head><link rel=\"alternate\" type=\"application/activity+json\" href=\"{id}\"></head></html>");
        self.others.serves(&page, Page::of("text/html; charset=utf-8", html));
        (id, page)
    }

    fn interact(uri: &str) -> String {
        let uri: String = url::form_urlencoded::byte_serialize(uri.as_bytes()).collect();
        format!("/authorize_interaction?uri={uri}")
    }

    /// Where bob's picture is shown.
    async fn avatar(&self) -> String {
        let found = self.finds(&self.handle(), true).await;
        found["accounts"][0]["avatar"].as_str().unwrap().strip_prefix("https://here.test").unwrap().to_owned()
    }
}

#[track_caller]
fn is_protected(answer: &Answer) {
    let csp = answer.header("content-security-policy");
    assert_eq!((answer.header("x-content-type-options"), csp), ("nosniff", "default-src 'none'; sandbox"));
}

stories! {
    async fn a_hashtags_page_shows_the_sides_that_the_timeline_shows(abroad: Abroad) {
        let site = &abroad.site;
        site.user("alice").posts("from here #cats").await;
        let mut note = abroad.bob.note("/n/2", "<p>from afar #cats</p>");
        note["tag"] = json!([{ "type": "Hashtag", "name": "#cats", "href": abroad.others.url("a", "/tags/cats") }]);
        abroad.others.serves(&abroad.bob.at("/n/2"), Page::activity(&note));
        abroad.finds(&abroad.bob.at("/n/2"), true).await;
        let app = &site.world.app;
        let shows = async |answer: Answer| (answer.status, answer.text().contains("from here"), answer.text().contains("from afar"));
        let mut visitor = Visitor::default();
        visitor.comes_in(site, "alice").await;
        for (local, afar, anybody, member) in [
            ("public", "public", (200, true, true), (200, true, true)),
            ("public", "authenticated", (200, true, false), (200, true, true)),
            ("authenticated", "public", (200, false, true), (200, true, true)),
            ("authenticated", "authenticated", (303, false, false), (200, true, true)),
            ("public", "disabled", (200, true, false), (200, true, false)),
            ("disabled", "disabled", (303, false, false), (200, false, false)),
        ] {
            change_setting::change(app, Origin::Cli, "local_topic_feed_access", local).await.unwrap();
            change_setting::change(app, Origin::Cli, "remote_topic_feed_access", afar).await.unwrap();
            assert_eq!(shows(browses(site, "/tags/cats").await).await, anybody, "anybody: {local} {afar}");
            assert_eq!(shows(visitor.get(site, "/tags/cats").await).await, member, "a member: {local} {afar}");
        }
        assert_eq!(browses(site, "/tags/cats?max_id=7").await.header("location"), "/auth/sign_in?return_to=%2Ftags%2Fcats%3Fmax_id%3D7");
    }

    async fn somebody_elsewhere_is_found_by_handle_and_by_address(net: Abroad) {
        let (handle, nothing) = (net.handle(), (vec![], vec![]));
        for query in [format!("@{handle}"), net.bob.uri.clone()] {
            assert_eq!(net.found(&query, false).await, nothing, "{query}");
        }
        assert!(net.others.fetched().is_empty(), "only who wants it resolved has others asked");
        for query in [format!("@{handle}"), handle.clone(), net.bob.uri.clone()] {
            assert_eq!(net.found(&query, true).await.0, std::slice::from_ref(&handle), "{query}");
        }
        assert_eq!(net.others.fetched().iter().filter(|url| **url == net.bob.uri).count(), 1);
        let found = net.finds(&handle, true).await;
        let bob = &found["accounts"][0];
        assert_eq!((&bob["username"], &bob["uri"], &bob["url"]), (&json!("bob"), &json!(net.bob.uri), &json!(net.others.url("a", "/@bob"))));
        assert_eq!(net.found(&handle, false).await.0, std::slice::from_ref(&handle), "known now");
        for query in [format!("@nobody@{}", net.bob.domain), net.others.url("a", "/users/nobody"), net.others.url("b", "/")] {
            assert_eq!(net.found(&query, true).await, nothing, "{query}");
        }
    }

    async fn an_account_is_found_by_what_people_paste(net: Abroad) {
        let handle = net.handle();
        assert_eq!(net.looks_up(&handle).await.status, 404, "nobody has met bob, and looking up asks nobody");
        assert!(net.others.fetched().is_empty());
        assert_eq!(net.found(&format!("https://here.test/@{handle}"), true).await.0, std::slice::from_ref(&handle), "his page here");
        for acct in [handle.clone(), format!("@{handle}"), handle.to_uppercase(), format!("\u{202a}@{handle}\u{202c}")] {
            assert_eq!(net.looks_up(&acct).await.ok()["acct"], json!(handle), "{acct:?}");
        }
        let pasted = [
            format!("\u{202a}@{handle}\u{202c}"),
            format!("\u{2068}@{handle}\u{2069}"),
            format!("\u{200b}@{handle}"),
            format!("\u{feff}@{handle}"),
            format!("@{handle}\u{200e}"),
            format!("@\u{2068}{}\u{2069}@\u{200b}{}", net.bob.username, net.bob.domain),
            format!("https://here.test/%40{}", handle.replace('@', "%40").replace(':', "%3A")),
            format!("\u{202a}{}\u{202c}", net.bob.uri),
            format!(" \u{feff}https://here.test/@{handle}\u{200f} "),
        ];
        for query in &pasted {
            assert_eq!(net.found(query, true).await.0, std::slice::from_ref(&handle), "{query:?}");
        }
        assert_eq!(net.looks_up(&format!("nobody@{}", net.bob.domain)).await.status, 404);
        assert_eq!(net.found(&format!("https://here.test/@nobody@{}", net.bob.domain), true).await.0, Vec::<String>::new());
    }

    async fn a_status_elsewhere_is_found_by_its_address_and_by_its_page(net: Abroad) {
        let (id, page) = net.note();
        for query in [&page, &id] {
            assert_eq!(net.found(query, true).await, (vec![], vec![id.clone()]), "{query}");
        }
        let shown = &net.finds(&id, true).await["statuses"][0];
        assert_eq!((&shown["content"], &shown["account"]["acct"]), (&json!("<p>far away</p>"), &json!(net.handle())));
        let secret = net.bob.at("/n/2");
        let mut note = net.bob.note("/n/2", "hush");
        (note["to"], note["cc"]) = (json!([net.bob.followers()]), json!([]));
        net.others.serves(&secret, Page::activity(&note));
        assert_eq!(net.found(&secret, true).await, (vec![], vec![]), "what alice may not see is not found");
    }

    async fn who_comes_from_elsewhere_signs_in_and_follows(net: Abroad) {
        let mut visitor = Visitor::default();
        let place = Abroad::interact(&format!("acct:{}", net.handle()));
        let answer = visitor.get(&net.site, &place).await;
        assert_eq!(answer.status, 303);
        assert!(net.others.fetched().is_empty(), "nobody is asked for strangers");
        let page = visitor.get(&net.site, answer.header("location")).await;
        let back = visitor.sign_in(&net.site, &page, "alice").await;
        assert_eq!((back.status, back.header("location")), (303, place.as_str()));
        let page = visitor.get(&net.site, &place).await;
        assert_eq!((page.status, page.text().contains(&net.handle())), (200, true));
        let form = |page: &Answer| {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for name in ["csrf_token", "id", "uri"] {
                form.append_pair(name, &field(page, name));
            }
            form.finish()
        };
        let forged = form(&page).replace("csrf_token=", "csrf_token=x");
        assert_eq!(visitor.post(&net.site, "/authorize_interaction", &forged).await.status, 403);
        let done = visitor.post(&net.site, "/authorize_interaction", &form(&page)).await;
        assert_eq!((done.status, done.header("location")), (303, place.as_str()));
        net.site.world.drain_jobs().await;
        let sent = net.others.delivered(&net.bob.inbox());
        assert_eq!((sent.len(), &sent[0]["type"], &sent[0]["object"]), (1, &json!("Follow"), &json!(net.bob.uri)));
        let page = visitor.get(&net.site, &place).await;
        assert!(page.text().contains("has not answered yet") && !page.text().contains("name=\"id\""), "{}", page.text());
    }

    async fn an_address_leads_to_its_page(net: Abroad) {
        let mut visitor = Visitor::default();
        visitor.comes_in(&net.site, "alice").await;
        let [alice, carol] = net.site.users(["alice", "carol"]);
        let status = carol.posts("hi").await;
        for (uri, place) in [
            (format!("https://here.test/ap/users/{}/statuses/{status}", carol.account), format!("https://here.test/@carol/{status}")),
            (format!("https://here.test/ap/users/{}", alice.account), "https://here.test/@alice".into()),
            ("alice@here.test".into(), "https://here.test/@alice".into()),
        ] {
            let answer = visitor.get(&net.site, &Abroad::interact(&uri)).await;
            assert_eq!((answer.status, answer.header("location")), (303, place.as_str()), "{uri}");
        }
        let (id, page) = net.note();
        for uri in [id, page] {
            let answer = visitor.get(&net.site, &Abroad::interact(&uri)).await;
            assert_eq!((answer.status, answer.text().contains("<p>far away</p>")), (200, true), "{uri}");
        }
        let hidden = carol.posts_as("hush", "private").await;
        for uri in [format!("https://here.test/@carol/{hidden}"), net.others.url("a", "/nothing"), "nobody@here.test".into(), "x".into(), String::new(), "x".repeat(3_000)] {
            let answer = visitor.get(&net.site, &Abroad::interact(&uri)).await;
            assert_eq!((answer.status, answer.header("content-type")), (404, "text/html; charset=utf-8"), "{uri}");
        }
        assert_eq!(visitor.get(&net.site, "/authorize_interaction").await.status, 404);
    }

    async fn a_picture_elsewhere_is_shown_whole_or_in_part_from_here(net: Abroad) {
        let (place, bytes) = (net.avatar().await, png(40, 30));
        assert!(place.starts_with("/media/remote/avatars/"), "{place}");
        let whole = net.site.get(&place).await;
        assert_eq!((whole.status, whole.header("content-type"), &whole.body[..]), (200, "image/png", &bytes[..]));
        assert_eq!(whole.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!((whole.header("accept-ranges"), whole.header("content-length")), ("bytes", bytes.len().to_string().as_str()));
        assert_eq!(whole.header("access-control-allow-origin"), "*");
        is_protected(&whole);
        let part = net.site.get(&place).header("range", "bytes=8-15").await;
        assert_eq!((part.status, &part.body[..]), (206, &bytes[8..16]));
        assert_eq!(part.header("content-range"), format!("bytes 8-15/{}", bytes.len()));
        is_protected(&part);
        let beyond = net.site.get(&place).header("range", "bytes=100000-").await;
        assert_eq!((beyond.status, beyond.header("content-range")), (416, format!("bytes */{}", bytes.len()).as_str()));
        assert_eq!(net.others.fetched().iter().filter(|url| url.ends_with("/bob.png")).count(), 1);
    }

    async fn a_picture_that_is_not_to_be_had_or_shown_is_none(net: Abroad) {
        let place = net.avatar().await;
        let (start, rest) = place.rsplit_once("avatars/").unwrap();
        let (id, rest) = rest.split_once('/').unwrap();
        for path in [format!("{start}avatars/{id}/0000000000000000/original"), format!("{start}avatars/7/{rest}"), format!("{start}x/7"), format!("{place}/x")] {
            let answer = net.site.get(&path).await;
            assert_eq!((answer.status, answer.header("cache-control")), (404, "public, max-age=60"), "{path}");
            is_protected(&answer);
        }
        net.others.serves(&net.others.url("a", "/bob.png"), Page::status(500));
        assert_eq!(net.site.get(&place).await.status, 502);
        let block = Block { severity: Severity::Noop, reject_media: true, ..Block::default() };
        domains::block(&net.site.world.app, Origin::System, &net.bob.domain, block).await.unwrap();
        net.others.serves(&net.others.url("a", "/bob.png"), Page::of("image/png", png(40, 30)));
        net.site.world.advance(app::testing::HOUR_MS);
        net.others.forgets();
        assert_eq!((net.site.get(&place).await.status, net.others.fetched()), (404, vec![]));
        assert!(!net.avatar().await.contains("/media/remote/"));
    }
}
