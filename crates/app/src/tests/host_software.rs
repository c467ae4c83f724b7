//! What other servers run, as their NodeInfo says.

use serde_json::{Value, json};
use store::{args, hosts, sql};

use crate::Origin;
use crate::federation::budget::Budget;
use crate::federation::domains::{self, Block, Host, Severity};
use crate::federation::resolve;
use crate::queue::{self, FetchSoftware, RefreshAccount};
use crate::stories;
use crate::testing::{Answer, DAY_MS, Engine, Fediverse, Pace, RemotePerson, World};

const WEEK_MS: i64 = 7 * DAY_MS;
const SCHEMA: &str = "http://nodeinfo.diaspora.software/ns/schema/";

/// A world and the others around it.
struct Around {
    world: World,
    others: Fediverse,
}

impl Around {
    async fn new(engine: Engine) -> Around {
        let others = Fediverse::open().await;
        let world = World::with(engine, |options| options.outgoing = others.outgoing()).await;
        Around { world, others }
    }

    fn discovery_url(&self, host: &str) -> String {
        self.others.url(host, "/.well-known/nodeinfo")
    }

    /// From now on the host names these documents, by version and path.
    fn links(&self, host: &str, links: &[(&str, &str)]) {
        let link = |(version, path): &(&str, &str)| json!({ "rel": format!("{SCHEMA}{version}"), "href": self.others.url(host, path) });
        self.names(host, json!(links.iter().map(link).collect::<Vec<_>>()));
    }

    fn names(&self, host: &str, links: Value) {
        self.others.serves(&self.discovery_url(host), Answer::of("application/json", json!({ "links": links }).to_string()));
    }

    fn describes(&self, host: &str, path: &str, software: Value) {
        let document = json!({ "version": "2.0", "software": software, "protocols": ["activitypub"], "usage": {}, "metadata": {} });
        let kind = "application/json; profile=\"http://nodeinfo.diaspora.software/ns/schema/2.0#\"";
        self.others.serves(&self.others.url(host, path), Answer::of(kind, document.to_string()));
    }

    /// As Mastodon answers.
    fn runs(&self, host: &str, name: &str, version: &str) {
        self.links(host, &[("2.0", "/nodeinfo/2.0")]);
        self.describes(host, "/nodeinfo/2.0", json!({ "name": name, "version": version }));
    }

    /// Somebody of this host is met for the first time, with all that follows from it.
    async fn meets(&self, host: &str) -> RemotePerson {
        let person = self.others.person(host, "bob");
        self.meets_again(&person).await;
        person
    }

    async fn meets_again(&self, person: &RemotePerson) {
        resolve::account(&self.world.app, &person.uri, &Budget::default()).await.unwrap();
        self.world.drain_jobs().await;
    }

    async fn host(&self, host: &str) -> Option<Host> {
        let domain = self.others.domain(host);
        self.world.read(move |r| async move { Ok(hosts::find_shown(&r, &domain).await?) }).await
    }

    /// Name and version.
    async fn software(&self, host: &str) -> (String, String) {
        self.host(host).await.map(|host| (host.software, host.software_version)).unwrap_or_default()
    }

    /// How often the host was asked what it runs.
    fn times_asked(&self, host: &str) -> usize {
        self.others.fetched().iter().filter(|url| **url == self.discovery_url(host)).count()
    }

    fn was_asked_for(&self, host: &str, path: &str) -> bool {
        self.others.fetched().contains(&self.others.url(host, path))
    }

    async fn blocks(&self, host: &str, severity: Severity) {
        let block = Block { severity, ..Block::default() };
        domains::block(&self.world.app, Origin::Cli, &self.others.domain(host), block).await.unwrap();
    }

    async fn enqueues(&self, host: &str) {
        let job = FetchSoftware { origin: self.others.url(host, "") };
        self.world.write(move |tx| async move { queue::enqueue(&tx, &job).await }).await;
    }

    /// No job is left, neither waiting nor among the dead letters.
    async fn has_no_job(&self) -> bool {
        let kind = "fetch_software";
        let left = self.world.read(move |r| async move { Ok(r.value::<i64>(sql!("SELECT COUNT(*) FROM jobs WHERE kind = $1"), args![kind]).await?) });
        left.await == Some(0)
    }
}

fn pair(name: &str, version: &str) -> (String, String) {
    (name.to_owned(), version.to_owned())
}

stories! {
    async fn a_host_tells_what_it_runs_when_somebody_of_it_is_met(net: Around) {
        // Each as the program answers: the order and number of links, and the paths.
        net.runs("mastodon", "mastodon", "4.3.1");
        net.links("gotosocial", &[("2.0", "/nodeinfo/2.0"), ("2.1", "/nodeinfo/2.1")]);
        net.describes("gotosocial", "/nodeinfo/2.1", json!({ "name": "gotosocial", "version": "0.17.3 git-1234567" }));
        net.links("lemmy", &[("2.1", "/nodeinfo/2.1"), ("2.0", "/nodeinfo/2.0.json")]);
        net.describes("lemmy", "/nodeinfo/2.1", json!({ "name": "lemmy", "version": "0.19.5", "repository": "https://a.test", "homepage": "https://b.test" }));
        net.links("misskey", &[("2.1", "/nodeinfo/2.1"), ("2.0", "/nodeinfo/2.0"), ("1.0", "/nodeinfo/1.0")]);
        net.describes("misskey", "/nodeinfo/2.1", json!({ "name": "misskey", "version": "2024.10.1" }));
        let application = json!({ "rel": "https://www.w3.org/ns/activitystreams#Application", "href": net.others.url("hubzilla", "/channel/sys") });
        let first = json!({ "rel": format!("{SCHEMA}1.0"), "href": net.others.url("hubzilla", "/nodeinfo/1.0") });
        let second = json!({ "rel": format!("{SCHEMA}2.0"), "href": net.others.url("hubzilla", "/nodeinfo/2.0?x=1") });
        net.names("hubzilla", json!([application, first, second]));
        net.describes("hubzilla", "/nodeinfo/2.0?x=1", json!({ "name": "Hubzilla", "version": "9.4" }));
        for (host, name, version) in [
            ("mastodon", "mastodon", "4.3.1"),
            ("gotosocial", "gotosocial", "0.17.3 git-1234567"),
            ("lemmy", "lemmy", "0.19.5"),
            ("misskey", "misskey", "2024.10.1"),
            ("hubzilla", "hubzilla", "9.4"),
        ] {
            net.meets(host).await;
            assert_eq!(net.software(host).await, pair(name, version), "{host}");
            assert_eq!(net.host(host).await.unwrap().software_checked_at, Some(net.world.now()));
        }
        assert!(!net.was_asked_for("lemmy", "/nodeinfo/2.0.json") && !net.was_asked_for("misskey", "/nodeinfo/1.0"), "one description a host");
        let asked = net.others.asked().into_iter().find(|asked| asked.url == net.discovery_url("lemmy")).unwrap();
        assert_eq!(asked.headers["accept"], "application/json");
        assert!(asked.headers["user-agent"].starts_with("Ferrodon/"));
        assert!(net.has_no_job().await);
        let shown = domains::show(&net.world.app, &net.others.domain("lemmy")).await.unwrap();
        assert_eq!(shown.host.map(|host| host.software), Some("lemmy".into()));
    }

    async fn a_host_is_asked_once_a_week(net: Around) {
        net.runs("a", "mastodon", "4.3.1");
        let bob = net.meets("a").await;
        let carol = net.others.person("a", "carol");
        net.meets_again(&carol).await;
        assert_eq!(net.times_asked("a"), 1, "for all its accounts");
        net.runs("a", "mastodon", "4.4.0");
        for _ in 0..6 {
            net.world.advance(DAY_MS + 1);
            net.meets_again(&bob).await;
            net.meets_again(&carol).await;
        }
        assert_eq!((net.times_asked("a"), net.software("a").await), (1, pair("mastodon", "4.3.1")));
        net.world.advance(DAY_MS + 1);
        net.meets_again(&bob).await;
        net.meets_again(&carol).await;
        assert_eq!((net.times_asked("a"), net.software("a").await), (2, pair("mastodon", "4.4.0")));
    }

    async fn a_host_without_nodeinfo_is_left_alone_for_a_week_too(net: Around) {
        let answers = [
            ("missing", Answer::status(404)),
            ("gone", Answer::status(410)),
            ("closed", Answer::status(401)),
            ("ill", Answer::status(503)),
            ("busy", Answer::status(429)),
            ("empty", Answer::status(200)),
            ("page", Answer::of("text/html", "<html>")),
            ("stalls", Answer { pace: Pace::Stalls, ..Answer::of("application/json", "") }),
        ];
        for (host, answer) in &answers {
            net.others.serves(&net.discovery_url(host), answer.clone());
            let person = net.meets(host).await;
            net.world.advance(DAY_MS + 1);
            net.meets_again(&person).await;
            assert_eq!((net.times_asked(host), net.software(host).await), (1, pair("", "")), "{host}");
            assert!(net.host(host).await.unwrap().software_checked_at.is_some(), "{host}");
        }
        assert!(net.has_no_job().await, "no dead letters");
        net.world.advance(WEEK_MS);
        for (host, _) in &answers[..3] {
            net.runs(host, "snac", "2.65");
            net.meets_again(&net.others.person(host, "bob")).await;
            assert_eq!(net.software(host).await, pair("snac", "2.65"), "{host}");
        }
    }

    async fn a_bad_document_changes_nothing(net: Around) {
        net.runs("a", "mastodon", "4.3.1");
        let bob = net.meets("a").await;
        let descriptions = [
            json!({ "version": "1" }),
            json!({ "name": 5, "version": "1" }),
            json!({ "name": ["mastodon"], "version": "1" }),
            json!({ "name": "", "version": "1" }),
            json!({ "name": "mast\u{7}odon", "version": "1" }),
            json!({ "name": "mast\u{202e}odon", "version": "1" }),
            json!({ "name": "<script>alert(1)</script>", "version": "1" }),
            json!({ "name": "x".repeat(65), "version": "1" }),
            json!("mastodon"),
            json!(null),
        ];
        for software in descriptions {
            net.describes("a", "/nodeinfo/2.0", software.clone());
            net.world.advance(WEEK_MS);
            net.meets_again(&bob).await;
            assert_eq!(net.software("a").await, pair("mastodon", "4.3.1"), "{software}");
        }
        assert_eq!(net.times_asked("a"), 11);
        assert!(net.has_no_job().await);
    }

    async fn a_version_that_cannot_be_shown_is_none(net: Around) {
        net.links("a", &[("2.0", "/nodeinfo/2.0")]);
        let person = net.others.person("a", "bob");
        for software in [
            json!({ "name": "pleroma" }),
            json!({ "name": "pleroma", "version": 2 }),
            json!({ "name": "pleroma", "version": null }),
            json!({ "name": "pleroma", "version": "2\u{1b}[2J" }),
            json!({ "name": "pleroma", "version": "2\u{2067}1" }),
            json!({ "name": "pleroma", "version": "9".repeat(129) }),
        ] {
            net.describes("a", "/nodeinfo/2.0", json!({ "name": "pleroma", "version": "2.7" }));
            net.world.advance(WEEK_MS);
            net.meets_again(&person).await;
            assert_eq!(net.software("a").await, pair("pleroma", "2.7"));
            net.describes("a", "/nodeinfo/2.0", software.clone());
            net.world.advance(WEEK_MS);
            net.meets_again(&person).await;
            assert_eq!(net.software("a").await, pair("pleroma", ""), "{software}");
        }
    }

    async fn nobody_else_is_asked_on_a_hosts_word(net: Around) {
        net.runs("victim", "mastodon", "4.3.1");
        let victim = net.others.url("victim", "/nodeinfo/2.0");
        let port = net.others.domain("a").split_once(':').unwrap().1.to_owned();
        let local = format!("http://127.0.0.1:{port}/nodeinfo/2.0");
        for (number, href) in [&victim, &local, "http://10.0.0.1/", "https://here.test/nodeinfo/2.0", "http://u:p@a.localhost/", "file:///etc/passwd", "/nodeinfo/2.0", ""].into_iter().enumerate() {
            let host = format!("links{number}");
            net.names(&host, json!([{ "rel": format!("{SCHEMA}2.1"), "href": href }]));
            net.meets(&host).await;
            assert_eq!((net.times_asked(&host), net.software(&host).await), (1, pair("", "")), "{href}");
            // Its own description is taken beside such a link.
            net.names(&host, json!([{ "rel": format!("{SCHEMA}2.1"), "href": href }, { "rel": format!("{SCHEMA}2.0"), "href": net.others.url(&host, "/own") }]));
            net.describes(&host, "/own", json!({ "name": "honk", "version": "1" }));
            net.world.advance(WEEK_MS);
            net.meets_again(&net.others.person(&host, "bob")).await;
            assert_eq!(net.software(&host).await, pair("honk", "1"), "{href}");
        }
        for (number, to) in [&victim, &local, "http://10.0.0.1/", "ftp://a.localhost/"].into_iter().enumerate() {
            let (discovery, description) = (format!("moved{number}"), format!("led{number}"));
            net.others.serves(&net.discovery_url(&discovery), Answer::redirect(to));
            net.links(&description, &[("2.0", "/nodeinfo/2.0")]);
            net.others.serves(&net.others.url(&description, "/nodeinfo/2.0"), Answer::redirect(to));
            for host in [discovery, description] {
                net.meets(&host).await;
                assert_eq!((net.times_asked(&host), net.software(&host).await), (1, pair("", "")), "{host}: {to}");
            }
        }
        assert!(!net.others.fetched().iter().any(|url| *url == victim || url.starts_with("http://127.0.0.1")));
    }

    async fn redirects_within_the_host_are_followed_and_their_loops_end(net: Around) {
        net.links("moved", &[("2.0", "/old")]);
        net.others.serves(&net.others.url("moved", "/old"), Answer::redirect("/new"));
        net.describes("moved", "/new", json!({ "name": "akkoma", "version": "3.13.2" }));
        net.meets("moved").await;
        assert_eq!(net.software("moved").await, pair("akkoma", "3.13.2"));
        net.others.serves(&net.discovery_url("loop"), Answer::redirect("/.well-known/nodeinfo"));
        net.meets("loop").await;
        assert_eq!((net.times_asked("loop"), net.software("loop").await), (4, pair("", "")));
        assert!(net.has_no_job().await);
    }

    async fn documents_that_are_too_large_or_too_slow_are_given_up(net: Around) {
        let long = json!({ "software": { "name": "mastodon", "version": "4" }, "metadata": "x".repeat(300 * 1024) }).to_string();
        let slow = |pace| Answer { pace, ..Answer::of("application/json", "") };
        for (number, answer) in [Answer::of("application/json", long.clone()), slow(Pace::Drips), slow(Pace::Stalls)].into_iter().enumerate() {
            let (discovery, description) = (format!("first{number}"), format!("second{number}"));
            net.others.serves(&net.discovery_url(&discovery), answer.clone());
            net.links(&description, &[("2.0", "/nodeinfo/2.0")]);
            net.others.serves(&net.others.url(&description, "/nodeinfo/2.0"), answer);
            for host in [discovery, description] {
                net.meets(&host).await;
                assert_eq!((net.times_asked(&host), net.software(&host).await), (1, pair("", "")), "{host}");
            }
        }
        // A description that lists much is taken, one document of links of that size is not.
        let listing = json!({ "software": { "name": "pleroma", "version": "2" }, "metadata": "x".repeat(200 * 1024) }).to_string();
        net.links("lists", &[("2.0", "/nodeinfo/2.0")]);
        net.others.serves(&net.others.url("lists", "/nodeinfo/2.0"), Answer::of("application/json", listing));
        net.meets("lists").await;
        assert_eq!(net.software("lists").await, pair("pleroma", "2"));
        net.runs("links", "pleroma", "2");
        let links = json!({ "links": [{ "rel": format!("{SCHEMA}2.0"), "href": net.others.url("links", "/nodeinfo/2.0") }], "x": "x".repeat(70 * 1024) });
        net.others.serves(&net.discovery_url("links"), Answer::of("application/json", links.to_string()));
        net.meets("links").await;
        assert_eq!(net.software("links").await, pair("", ""));
    }

    async fn a_suspended_host_is_not_asked_and_a_limited_one_is(net: Around) {
        for host in ["bad", "noisy", "late"] {
            net.runs(host, "mastodon", "4.3.1");
        }
        net.blocks("noisy", Severity::Silence).await;
        net.blocks("bad", Severity::Suspend).await;
        net.meets("noisy").await;
        assert_eq!(net.software("noisy").await, pair("mastodon", "4.3.1"));
        let bad = net.others.person("bad", "bob");
        assert!(resolve::account(&net.world.app, &bad.uri, &Budget::default()).await.is_err());
        net.world.drain_jobs().await;
        assert!(net.host("bad").await.is_none());
        // The job waits already when its host is suspended.
        let late = net.others.person("late", "bob");
        resolve::account(&net.world.app, &late.uri, &Budget::default()).await.unwrap();
        net.blocks("late", Severity::Suspend).await;
        net.enqueues("bad").await;
        net.world.drain_jobs().await;
        assert_eq!((net.times_asked("bad"), net.times_asked("late"), net.software("late").await), (0, 0, pair("", "")));
        assert!(net.has_no_job().await);
    }

    async fn this_server_does_not_ask_itself(net: Around) {
        let job = FetchSoftware { origin: "https://here.test".into() };
        net.world.write(move |tx| async move { queue::enqueue(&tx, &job).await }).await;
        net.world.drain_jobs().await;
        assert!(net.others.fetched().is_empty() && net.has_no_job().await);
    }

    async fn two_at_once_ask_once(net: Around) {
        net.runs("a", "mastodon", "4.3.1");
        let people: Vec<RemotePerson> = ["bob", "carol", "dave", "erin"].into_iter().map(|name| net.others.person("a", name)).collect();
        let resolves = |person: &RemotePerson| {
            let (app, uri) = (net.world.app.clone(), person.uri.clone());
            async move { resolve::account(&app, &uri, &Budget::default()).await }
        };
        let met = futures_util::future::join_all(people.iter().map(resolves)).await;
        assert!(met.iter().all(Result::is_ok), "{met:?}");
        net.world.drain_jobs().await;
        assert_eq!((net.times_asked("a"), net.software("a").await), (1, pair("mastodon", "4.3.1")));
        // Of equal jobs that wait, one does.
        net.enqueues("a").await;
        net.enqueues("a").await;
        net.world.drain_jobs().await;
        assert_eq!(net.times_asked("a"), 2);
    }

    async fn a_host_is_asked_when_it_has_rested_and_no_try_is_counted(net: Around) {
        net.runs("a", "mastodon", "4.3.1");
        let bob = net.others.person("a", "bob");
        resolve::account(&net.world.app, &bob.uri, &Budget::default()).await.unwrap();
        let site = crate::net::Site::of_domain(&bob.domain);
        for _ in 0..3 {
            net.world.app.pools.jobs.place(&site, net.world.now()).await.ok().unwrap().failed(net.world.now());
        }
        net.world.drain_jobs().await;
        assert_eq!(net.times_asked("a"), 0);
        let attempts = net.world.read(|r| async move { Ok(r.value::<i64>(sql!("SELECT attempts FROM jobs WHERE kind = 'fetch_software'"), args![]).await?) });
        assert_eq!(attempts.await, Some(0));
        net.world.advance(DAY_MS);
        net.world.drain_jobs().await;
        assert_eq!((net.times_asked("a"), net.software("a").await), (1, pair("mastodon", "4.3.1")));
    }

    async fn refreshing_on_demand_asks_no_more_often(net: Around) {
        net.runs("a", "mastodon", "4.3.1");
        let bob = net.meets("a").await;
        let account = resolve::account(&net.world.app, &bob.uri, &Budget::default()).await.unwrap();
        for _ in 0..3 {
            net.world.write(move |tx| async move { queue::enqueue(&tx, &RefreshAccount { account }).await }).await;
            net.world.drain_jobs().await;
        }
        assert_eq!(net.times_asked("a"), 1);
        net.world.advance(WEEK_MS);
        net.world.write(move |tx| async move { queue::enqueue(&tx, &RefreshAccount { account }).await }).await;
        net.world.drain_jobs().await;
        assert_eq!(net.times_asked("a"), 2);
    }
}
