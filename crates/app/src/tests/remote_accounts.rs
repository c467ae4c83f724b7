//! Accounts of other servers: found, believed, kept and kept up to date.

use serde_json::{Value, json};
use store::accounts::{self, Account};
use store::{AccountId, args, remote_accounts, sql};

use crate::federation::budget::Budget;
use crate::federation::domains::{self, Block, Severity};
use crate::federation::fetch::{self, As, Failure};
use crate::federation::resolve::{self, Found};
use crate::federation::{actor, refresh, trace};
use crate::testing::{Answer, DAY_MS, Engine, Fediverse, RemotePerson, World};
use crate::{Origin, Result, stories};

/// A world and the others around it.
struct Neighbours {
    world: World,
    others: Fediverse,
}

impl Neighbours {
    async fn new(engine: Engine) -> Neighbours {
        let others = Fediverse::open().await;
        let world = World::with(engine, |options| options.outgoing = others.outgoing()).await;
        Neighbours { world, others }
    }

    async fn resolves(&self, uri: &str) -> Result<AccountId, Failure> {
        resolve::account(&self.world.app, uri, &Budget::default()).await
    }

    async fn finds(&self, username: &str, domain: &str) -> Result<AccountId, Failure> {
        resolve::account_by_handle(&self.world.app, username, domain, &Budget::default()).await
    }

    async fn keeps(&self, document: &Value) -> Result<AccountId, Failure> {
        actor::keep(&self.world.app, document, &Budget::default()).await
    }

    async fn fetches(&self, uri: &str) -> Result<Value, Failure> {
        fetch::document(&self.world.app, uri, As::Instance).await
    }

    async fn account(&self, id: AccountId) -> Account {
        self.world.read(move |r| async move { Ok(accounts::find(&r, id).await?.unwrap()) }).await
    }

    async fn remote_accounts(&self) -> usize {
        self.world.read(|r| async move { Ok(remote_accounts::list_all(&r, AccountId(0), 100).await?.len()) }).await
    }

    async fn keys(&self, id: AccountId) -> Vec<String> {
        self.world
            .read(move |r| async move { Ok(r.column(sql!("SELECT uri FROM keypairs WHERE account_id = $1 ORDER BY uri"), args![id]).await?) })
            .await
    }

    /// As when a day has gone by and somebody meets the account.
    async fn meets_again(&self, person: &RemotePerson) {
        self.world.advance(DAY_MS + 1);
        self.resolves(&person.uri).await.unwrap();
        self.world.drain_jobs().await;
    }

    /// The person's actor with some of it changed.
    fn changes(&self, person: &RemotePerson, change: Value) -> Value {
        let mut actor = person.actor();
        for (key, value) in change.as_object().unwrap() {
            actor[key] = value.clone();
        }
        self.others.serves(&person.uri, Answer::activity(&actor));
        actor
    }

    /// What `person`'s host answers to WebFinger.
    fn answers(&self, person: &RemotePerson, subject: &str, actor: &str) {
        let answer = json!({ "subject": subject, "links": [{ "rel": "self", "type": "application/activity+json", "href": actor }] });
        self.others.serves(&person.webfinger_url(), Answer::of("application/jrd+json", answer.to_string()));
    }
}

fn is_refused<T: std::fmt::Debug>(result: Result<T, Failure>) -> bool {
    matches!(&result, Err(Failure::Refused(_))) || panic!("{result:?}")
}

stories! {
    async fn an_account_is_found_by_its_address_and_by_its_handle_and_fetched_once(net: Neighbours) {
        let bob = net.others.person("a", "Bob");
        let id = net.resolves(&bob.uri).await.unwrap();
        let fetched = net.others.fetched().len();
        assert_eq!(net.finds("bob", &bob.domain.to_uppercase()).await.unwrap(), id);
        assert_eq!(net.resolves(&bob.key_id()).await.unwrap(), id);
        assert_eq!(net.others.fetched().len(), fetched);
        let account = net.account(id).await;
        assert_eq!((account.username.as_str(), account.domain.as_str(), account.uri.as_str()), ("Bob", bob.domain.as_str(), bob.uri.as_str()));
        assert_eq!(net.keys(id).await, [bob.key_id()]);
        let carol = net.others.person("b", "carol");
        let id = net.finds("carol", &carol.domain).await.unwrap();
        assert_eq!(net.account(id).await.uri, carol.uri);
    }

    async fn many_who_ask_for_the_same_account_wait_for_the_one_who_fetches_it(net: Neighbours) {
        let bob = net.others.person("a", "bob");
        let (one, two, three) = tokio::join!(net.resolves(&bob.uri), net.resolves(&bob.uri), net.resolves(&bob.uri));
        assert_eq!((one.clone().unwrap(), one.unwrap()), (two.unwrap(), three.unwrap()));
        assert_eq!(net.others.fetched().iter().filter(|url| **url == bob.uri).count(), 1);
    }

    async fn requests_for_documents_are_signed_and_say_what_they_want(net: Neighbours) {
        let bob = net.others.person("a", "bob");
        let moved = net.others.url("a", "/moved");
        net.others.serves(&moved, Answer::redirect(&bob.uri));
        net.fetches(&moved).await.unwrap();
        for url in [&moved, &bob.uri] {
            let asked = net.others.asked().into_iter().find(|asked| asked.url == *url).unwrap();
            assert!(asked.headers["accept"].starts_with("application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\", application/activity+json"));
            assert!(asked.headers["signature"].contains("https://here.test/actor#main-key"), "{url}: {:?}", asked.headers);
        }
        let signatures: std::collections::HashSet<String> = net.others.asked().iter().map(|asked| asked.headers["signature"].clone()).collect();
        assert!(signatures.len() >= 2, "each hop has a signature of its own");
    }

    async fn a_document_is_believed_of_its_own_address_alone(net: Neighbours) {
        let (a, b) = (net.others.person("a", "bob"), net.others.person("b", "bob"));
        // On a, a document that says it is b's: b is asked, and says otherwise.
        let lie = net.others.url("a", "/lie");
        let mut forged = b.actor();
        forged["id"] = json!(b.at("/nothing"));
        net.others.serves(&lie, Answer::activity(&forged));
        assert!(net.fetches(&lie).await.is_err());
        // The same with one that b has: b's own words are taken.
        let mut forged = b.actor();
        forged["name"] = json!("forged");
        net.others.serves(&lie, Answer::activity(&forged));
        assert_eq!(net.fetches(&lie).await.unwrap()["name"], "");
        // From a to b, where b speaks for itself.
        let to_b = net.others.url("a", "/to-b");
        net.others.serves(&to_b, Answer::redirect(&b.uri));
        assert_eq!(net.fetches(&to_b).await.unwrap()["id"], json!(b.uri));
        // From a to b, where b says it is a.
        let back = net.others.url("b", "/back");
        net.others.serves(&back, Answer::activity(&a.actor()));
        let via = net.others.url("a", "/via");
        net.others.serves(&via, Answer::redirect(&back));
        assert_eq!(net.fetches(&via).await.unwrap()["id"], json!(a.uri));
        let mut forged = a.actor();
        forged["id"] = json!(via);
        net.others.serves(&back, Answer::activity(&forged));
        assert!(is_refused(net.fetches(&via).await));
    }

    async fn a_document_of_a_type_that_anybody_could_upload_is_refused(net: Neighbours) {
        let bob = net.others.person("a", "bob");
        let body = bob.actor().to_string();
        for (kind, good) in [
            ("application/activity+json", true),
            ("application/activity+json; charset=utf-8", true),
            ("application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"", true),
            ("application/ld+json; profile=\"https://example.org/x https://www.w3.org/ns/activitystreams\"", true),
            ("application/ld+json", false),
            ("application/json", false),
            ("text/html", false),
            ("text/plain", false),
            ("image/png", false),
        ] {
            net.others.serves(&bob.uri, Answer::of(kind, body.clone()));
            assert_eq!(net.fetches(&bob.uri).await.is_ok(), good, "{kind}");
        }
    }

    async fn three_redirects_are_followed_and_no_fourth(net: Neighbours) {
        let bob = net.others.person("a", "bob");
        let at = |number: usize| net.others.url("a", &format!("/hop{number}"));
        net.others.serves(&at(3), Answer::redirect(&bob.uri));
        for number in 0..3 {
            net.others.serves(&at(number), Answer::redirect(&at(number + 1)));
        }
        assert!(net.fetches(&at(1)).await.is_ok());
        assert!(is_refused(net.fetches(&at(0)).await));
    }

    async fn a_redirect_to_an_address_that_is_not_public_opens_no_connection(net: Neighbours) {
        let start = net.others.url("a", "/start");
        for to in ["http://10.0.0.1/", "http://[::ffff:10.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://169.254.169.254/", "http://0.0.0.0/", "http://2852039166/", "http://0xa9.0xfe.1.1/", "ftp://a.test/", "https://here.test/users/alice", "http://u@a.test/"] {
            net.others.serves(&start, Answer::redirect(to));
            assert!(is_refused(net.fetches(&start).await), "{to}");
        }
    }

    async fn an_endless_or_broken_document_is_refused(net: Neighbours) {
        let url = net.others.url("a", "/x");
        let long = json!({ "id": url, "type": "Note", "content": "x".repeat(1024 * 1024) });
        let list = json!([1]);
        let nameless = json!({ "type": "Note" });
        for document in [long, list, nameless] {
            net.others.serves(&url, Answer::activity(&document));
            assert!(is_refused(net.fetches(&url).await));
        }
        net.others.serves(&url, Answer::of("application/activity+json", "{\"id\":"));
        assert!(is_refused(net.fetches(&url).await));
        for (status, failure) in [(410, Failure::Gone), (404, Failure::Missing(404)), (401, Failure::Missing(401)), (403, Failure::Missing(403))] {
            net.others.serves(&url, Answer::status(status));
            assert_eq!(net.fetches(&url).await.unwrap_err(), failure);
        }
        for status in [500, 503, 429] {
            net.others.serves(&url, Answer::status(status));
            assert_eq!(net.fetches(&url).await, Err(Failure::Unwell(status)));
        }
    }

    async fn a_local_address_is_looked_up_in_every_spelling_and_never_fetched(net: Neighbours) {
        let mut net = net;
        let alice = net.world.add_user("alice").await;
        let uri = net.world.app.urls().account_uri(alice.account);
        for spelling in [uri.clone(), uri.replace("here.test", "HERE.test"), uri.replace("here.test", "here.test:443"), uri.replace("here.test", "h%65re.test"), uri.replace("here.test", "here.test."), uri.replace("/ap/", "/x/%2e%2e/ap/"), format!("{uri}#main-key"), "https://here.test/@alice".into()] {
            assert_eq!(net.resolves(&spelling).await, Ok(alice.account), "{spelling}");
        }
        assert_eq!(net.resolves("https://here.test/users/nobody").await, Err(Failure::Missing(404)));
        assert!(is_refused(net.finds("alice", "here.test").await));
        assert!(is_refused(net.fetches(&uri).await));
        let mut forged = net.others.person("a", "bob").actor();
        forged["id"] = json!(uri);
        assert!(is_refused(net.keeps(&forged).await));
        assert_eq!(net.remote_accounts().await, 0);
    }

    async fn a_host_with_another_port_is_another_host(net: Neighbours) {
        let bob = net.others.person("a", "bob");
        let document = net.changes(&bob, json!({ "url": "http://a.localhost/@bob" }));
        let id = net.keeps(&document).await.unwrap();
        assert_eq!(net.account(id).await.url.as_deref(), Some(bob.uri.as_str()));
        assert!(is_refused(net.finds("bob", "a.localhost:1").await.map_err(|error| match error { Failure::Unreachable(why) => Failure::Refused(why), other => other })));
    }

    async fn a_handle_belongs_to_the_actor_that_its_own_server_names(net: Neighbours) {
        // The link names another actor.
        let bob = net.others.person("a", "bob");
        net.answers(&bob, &format!("acct:bob@{}", bob.domain), &bob.at("x"));
        assert!(is_refused(net.resolves(&bob.uri).await));
        // The subject is of another server, which does not say so.
        let carol = net.others.person("b", "carol");
        net.answers(&bob, &format!("acct:carol@{}", carol.domain), &bob.uri);
        assert!(is_refused(net.resolves(&bob.uri).await));
        // It says so.
        let mut short = net.others.person("c", "bob");
        short.uri = bob.uri.clone();
        net.answers(&bob, &format!("acct:bob@{}", short.domain), &bob.uri);
        net.answers(&short, &format!("acct:Bob@{}", short.domain), &bob.uri);
        let id = net.resolves(&bob.uri).await.unwrap();
        assert_eq!(net.account(id).await.domain, short.domain);
        assert_eq!(net.finds("bob", &bob.domain).await, Ok(id));
        assert_eq!(net.remote_accounts().await, 1);
    }

    async fn webfinger_may_be_answered_elsewhere_and_may_be_gone(net: Neighbours) {
        let bob = net.others.person("a", "bob");
        net.others.serves(&bob.webfinger_url(), Answer::status(404));
        let template = net.others.url("b", "/wf?resource={uri}");
        let meta = format!("<XRD><Link rel=\"lrdd\" template=\"{template}\"/></XRD>");
        net.others.serves(&net.others.url("a", "/.well-known/host-meta"), Answer::of("application/xrd+xml", meta));
        let resource: String = url::form_urlencoded::byte_serialize(format!("acct:bob@{}", bob.domain).as_bytes()).collect();
        net.others.serves(&template.replace("{uri}", &resource), Answer::of("application/json", bob.webfinger().to_string()));
        assert!(net.resolves(&bob.uri).await.is_ok());
        let carol = net.others.person("c", "carol");
        net.others.serves(&carol.webfinger_url(), Answer::status(410));
        assert_eq!(net.finds("carol", &carol.domain).await, Err(Failure::Gone));
        for (name, domain) in [("bob", "evil.test@a.test"), ("bob", "127.0.0.1"), ("bob", "ⓐ.test"), ("b b", "a.test"), ("bob", "u:p@a.test")] {
            assert!(is_refused(net.finds(name, domain).await), "{name} {domain}");
        }
    }

    async fn a_suspension_by_the_accounts_server_is_lifted_by_it_and_one_of_ours_is_not(net: Neighbours) {
        let bob = net.others.person("a", "bob");
        let id = net.resolves(&bob.uri).await.unwrap();
        for (suspended, expected) in [(true, true), (false, false)] {
            let document = net.changes(&bob, json!({ "suspended": suspended }));
            net.keeps(&document).await.unwrap();
            assert_eq!(net.account(id).await.suspended_at.is_some(), expected);
        }
        net.world.write(move |tx| async move { Ok(accounts::suspend(&tx, id).await?) }).await;
        for suspended in [true, false] {
            let document = net.changes(&bob, json!({ "suspended": suspended }));
            net.keeps(&document).await.unwrap();
            assert!(net.account(id).await.suspended_at.is_some());
        }
    }

    async fn an_account_is_asked_for_again_after_a_day_and_goes_when_its_server_says_so(net: Neighbours) {
        let bob = net.others.person("a", "bob");
        let id = net.resolves(&bob.uri).await.unwrap();
        net.world.drain_jobs().await;
        net.changes(&bob, json!({ "name": "New", "summary": "<p>x<script>y</script></p>", "publicKey": { "id": format!("{}#two", bob.uri), "owner": bob.uri, "publicKeyPem": "PEM" } }));
        net.others.forgets();
        net.resolves(&bob.uri).await.unwrap();
        net.world.drain_jobs().await;
        assert_eq!(net.others.fetched(), Vec::<String>::new());
        net.meets_again(&bob).await;
        let account = net.account(id).await;
        assert_eq!((account.display_name.as_str(), account.note.contains("script")), ("New", false));
        assert_eq!(net.keys(id).await, [format!("{}#two", bob.uri)]);
        net.others.serves(&bob.uri, Answer::status(410));
        net.world.advance(DAY_MS + 1);
        net.resolves(&bob.uri).await.unwrap();
        net.world.drain_removal().await;
        assert_eq!(net.remote_accounts().await, 0);
    }

    async fn a_new_actor_under_a_known_handle_takes_the_row_over(net: Neighbours) {
        let bob = net.others.person("a", "bob");
        let id = net.resolves(&bob.uri).await.unwrap();
        let anew = RemotePerson { uri: net.others.url("a", "/actors/1"), ..bob.clone() };
        net.others.serves(&anew.uri, Answer::activity(&anew.actor()));
        assert!(is_refused(net.resolves(&anew.uri).await), "its server still names the old one");
        net.answers(&bob, &format!("acct:bob@{}", bob.domain), &anew.uri);
        assert_eq!(net.resolves(&anew.uri).await, Ok(id));
        assert_eq!((net.account(id).await.uri, net.keys(id).await), (anew.uri.clone(), vec![anew.key_id()]));
    }

    async fn a_handle_that_becomes_anothers_leaves_its_holder_without_one_until_it_is_asked(net: Neighbours) {
        let (old, new) = (net.others.person("a", "bob"), net.others.person("a", "robert"));
        let (first, second) = (net.resolves(&old.uri).await.unwrap(), net.resolves(&new.uri).await.unwrap());
        net.world.drain_jobs().await;
        // On their server the two have changed names.
        let bob = RemotePerson { uri: new.uri.clone(), ..old.clone() };
        let robert = RemotePerson { uri: old.uri.clone(), ..new.clone() };
        for person in [&bob, &robert] {
            net.answers(person, &format!("acct:{}@{}", person.username, person.domain), &person.uri);
        }
        let document = net.changes(&new, json!({ "preferredUsername": "bob" }));
        net.changes(&old, json!({ "preferredUsername": "robert" }));
        assert_eq!(net.keeps(&document).await, Ok(second));
        assert_eq!((net.account(second).await.username.as_str(), net.account(first).await.username), ("bob", format!("!{first}")));
        assert_eq!(net.finds("bob", &old.domain).await, Ok(second));
        net.world.drain_jobs().await;
        assert_eq!((net.account(first).await.username.as_str(), net.finds("robert", &old.domain).await), ("robert", Ok(first)));
        assert_eq!(net.remote_accounts().await, 2);
    }

    async fn accounts_are_asked_for_anew_when_somebody_wants_it(net: Neighbours) {
        let (bob, carol) = (net.others.person("a", "bob"), net.others.person("b", "carol"));
        let asks = async |handle: &str| refresh::one(&net.world.app, Origin::Cli, handle).await;
        let handle = format!("@bob@{}", bob.domain);
        assert_eq!(asks(&handle).await.unwrap(), None, "somebody new");
        let id = net.finds("bob", &bob.domain).await.unwrap();
        net.changes(&bob, json!({ "name": "New" }));
        assert_eq!(asks(&handle).await.unwrap(), None);
        assert_eq!(net.account(id).await.display_name, "New");
        net.others.serves(&bob.uri, Answer::status(500));
        assert!(asks(&handle).await.unwrap().is_some_and(|why| why.contains("500")));
        assert!(asks(&format!("nobody@{}", bob.domain)).await.unwrap().is_some());
        for not_elsewhere in ["bob", "", "bob@here.test", "a b@c.test"] {
            assert!(asks(not_elsewhere).await.is_err(), "{not_elsewhere}");
        }
        let other = net.resolves(&carol.uri).await.unwrap();
        net.world.drain_jobs().await;
        for person in [&bob, &carol] {
            net.changes(person, json!({ "name": "Newer" }));
        }
        refresh::many(&net.world.app, Origin::Cli, Some(&bob.domain)).await.unwrap();
        net.world.drain_jobs().await;
        assert_eq!((net.account(id).await.display_name.as_str(), net.account(other).await.display_name.as_str()), ("Newer", ""));
        refresh::many(&net.world.app, Origin::Cli, None).await.unwrap();
        net.world.drain_jobs().await;
        assert_eq!(net.account(other).await.display_name, "Newer");
        assert!(refresh::many(&net.world.app, Origin::Cli, Some("no domain")).await.is_err());
    }

    async fn a_trace_tells_each_step_up_to_the_one_that_fails_and_keeps_nothing(net: Neighbours) {
        let bob = net.others.person("a", "bob");
        let traced = async |uri: &str| -> (Vec<&'static str>, Vec<String>) {
            let steps = trace::trace(&net.world.app, uri).await;
            let failed = steps.iter().filter(|step| !step.ok).map(|step| format!("{}: {}", step.step, step.detail)).collect();
            (steps.into_iter().map(|step| step.step).collect(), failed)
        };
        let (steps, failed) = traced(&bob.uri).await;
        assert_eq!(steps, ["address", "rule", "request", "type", "document", "id", "actor", "key", "webfinger", "account"]);
        assert_eq!(failed, Vec::<String>::new());
        assert_eq!(net.remote_accounts().await, 0);
        let note = bob.note("/n/1", "x");
        net.others.serves(&bob.at("/n/1"), Answer::activity(&note));
        let moved = net.others.url("b", "/moved");
        net.others.serves(&moved, Answer::redirect(&bob.at("/n/1")));
        let (steps, failed) = traced(&moved).await;
        assert_eq!((&steps[..5], steps.last()), (&["address", "rule", "redirect", "request", "type"][..], Some(&"object")));
        assert!(failed.is_empty(), "{failed:?}");
        let page = net.others.url("a", "/@bob");
        net.others.serves(&page, Answer::of("text/html", "<p>"));
        let local = format!("{}/@bob", net.world.app.urls().base);
        let missing = net.others.url("a", "/none");
        for (uri, step, says) in [("x", "address", "not an address"), (&local, "address", "never fetched"), (&page, "type", "text/html"), (&missing, "request", "404")] {
            let (steps, failed) = traced(uri).await;
            assert!(steps.last() == Some(&step) && failed.len() == 1 && failed[0].contains(says), "{uri}: {steps:?} {failed:?}");
        }
        let block = Block { severity: Severity::Suspend, ..Block::default() };
        domains::block(&net.world.app, Origin::Cli, &bob.domain, block).await.unwrap();
        net.others.forgets();
        let (steps, failed) = traced(&bob.uri).await;
        assert!(steps == ["address", "rule"] && failed[0].contains("blocked here"), "{steps:?} {failed:?}");
        assert!(net.others.fetched().is_empty());
    }

    async fn a_page_leads_to_the_document_it_names_once(net: Neighbours) {
        let bob = net.others.person("a", "bob");
        let page = net.others.url("a", "/@bob");
        let link = format!("<link rel=\"alternate\" type=\"application/activity+json\" href=\"{}\">", bob.uri);
        net.others.serves(&page, Answer::of("text/html", link.clone()));
        let found = crate::federation::lookup::address(&net.world.app, &page, &Budget::default()).await.unwrap();
        assert!(matches!(found, Found::Account(_)));
        let other = net.others.url("a", "/other");
        let to_page = link.replace(&bob.uri, &page);
        net.others.serves(&other, Answer::of("text/html", to_page));
        assert!(is_refused(crate::federation::lookup::address(&net.world.app, &other, &Budget::default()).await));
    }

    async fn a_post_waits_for_no_server_and_its_mention_follows(net: Neighbours) {
        let mut net = net;
        let alice = net.world.add_user("alice").await;
        let status = alice.posts("hi @bob@far.localhost").await;
        let content = |id| net.world.read(move |r| async move { Ok(store::statuses::find(&r, id).await?.unwrap().content) });
        assert!(!content(status).await.contains("href"));
        net.world.stranger("bob", "far.localhost").await;
        net.world.advance(DAY_MS);
        net.world.drain_jobs().await;
        assert!(content(status).await.contains("https://far.localhost/users/bob"));
    }

    async fn a_message_to_somebody_found_later_is_a_conversation_with_them(net: Neighbours) {
        let mut net = net;
        let (alice, carol) = (net.world.add_user("alice").await, net.world.add_user("carol").await);
        alice.posts_as("@carol @bob@far.localhost psst", "direct").await;
        let bob = net.world.stranger("bob", "far.localhost").await;
        net.world.advance(DAY_MS);
        net.world.drain_jobs().await;
        for (owner, other) in [(&alice, carol.account), (&carol, alice.account)] {
            let shown = crate::conversations::list::list(&net.world.app, &owner.viewer().await, crate::Page::first(10)).await.unwrap();
            assert_eq!((shown.len(), shown[0].participants()), (1, vec![other, bob]));
        }
    }
}
