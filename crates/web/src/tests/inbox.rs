//! The gates of the inbox: who may deliver, what is recorded, what is fetched for it.

mod signers;

use app::Origin;
use app::federation::domains::{self, Block, Severity};
use app::federation::keys::Dialect;
use app::stories;
use app::testing::{Answer as Page, DAY_MS, Engine, Fediverse, MINUTE_MS, Pace, RemotePerson, TestKey, World};
use axum::body::Body;
use axum::http::{Request, Version};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::Options;
use crate::tests::site::{Answer, Ask, Site};

const INBOX: &str = "https://here.test/inbox";
const ACTIVITY: &str = "application/activity+json";

/// A site among others, and somebody on one of these.
struct Inboxes {
    site: Site,
    others: Fediverse,
    bob: RemotePerson,
}

impl Inboxes {
    async fn new(engine: Engine) -> Inboxes {
        let others = Fediverse::open().await;
        let outgoing = others.outgoing();
        let world = World::with(engine, |options| options.outgoing = outgoing).await.with_user("alice").await;
        let bob = others.person("a", "bob");
        Inboxes { site: Site::of(world, Options::default()), others, bob }
    }

    fn now(&self) -> i64 {
        self.site.world.now()
    }

    fn post(&self, path: &str, body: &[u8], headers: &[(&'static str, String)]) -> Ask {
        let typed = headers.iter().any(|(name, _)| *name == "content-type");
        let mut ask = self.site.post(path);
        for (name, value) in headers {
            ask = ask.header(name, value);
        }
        if typed { ask.bytes(body) } else { ask.raw(ACTIVITY, body.to_vec()) }
    }

    /// A delivery by `person` to the shared inbox, signed as most servers do.
    fn delivery(&self, person: &RemotePerson, activity: &Value) -> Ask {
        let body = activity.to_string();
        self.post("/inbox", body.as_bytes(), &person.signed("POST", INBOX, Some(body.as_bytes()), self.now()))
    }

    /// A delivery signed with a key of its own.
    fn delivery_with(&self, key: &TestKey, key_id: &str, dialect: Dialect, activity: &Value) -> Ask {
        let body = activity.to_string();
        self.post("/inbox", body.as_bytes(), &self.bob.signed_with(key, key_id, dialect, INBOX, body.as_bytes(), self.now()))
    }

    async fn recorded(&self) -> i64 {
        self.site.world.received().await.0
    }

    fn times_fetched(&self, url: &str) -> usize {
        self.others.fetched().iter().filter(|fetched| *fetched == url).count()
    }
}

fn like(person: &RemotePerson, path: &str) -> Value {
    person.activity("Like", path, "https://here.test/ap/users/1/statuses/1")
}

/// A refusal that asks for a signature.
#[track_caller]
fn is_unproven(answer: &Answer) {
    assert_eq!(answer.status, 401, "{}", answer.text());
    assert_eq!(answer.header("accept-signature"), "sig1=(\"@method\" \"@target-uri\" \"content-digest\");created;keyid");
    assert_eq!(answer.header("www-authenticate"), "");
    assert!(answer.json()["error"].is_string());
}

/// The answer to a delivery whose body never comes.
async fn unread(site: &Site, path: &str, headers: &[(&'static str, String)]) -> u16 {
    let body = Body::from_stream(futures_util::stream::poll_fn(|_| -> std::task::Poll<Option<Result<bytes::Bytes, std::io::Error>>> {
        panic!("the body is read")
    }));
    // Of an HTTP/2 stream nothing is read after the answer.
    let mut request = Request::post(path).version(Version::HTTP_2);
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header("content-type", ACTIVITY);
    }
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    site.router().oneshot(request.body(body).unwrap()).await.unwrap().status().as_u16()
}

stories! {
    async fn a_signed_delivery_is_recorded_once_whichever_inboxes_it_comes_to(it: Inboxes) {
        let (alice, body) = (it.site.user("alice"), like(&it.bob, "/likes/1").to_string());
        for path in ["/inbox", "/users/alice/inbox", &format!("/ap/users/{}/inbox", alice.account), "/actor/inbox"] {
            let headers = it.bob.signed("POST", &format!("https://here.test{path}"), Some(body.as_bytes()), it.now());
            let answer = it.post(path, body.as_bytes(), &headers).await;
            assert_eq!((answer.status, answer.text()), (202, ""), "{path}");
        }
        assert_eq!(it.site.world.received().await, (1, 1));
        assert_eq!(it.times_fetched(&it.bob.uri), 1);
        assert_eq!(it.delivery(&it.bob, &like(&it.bob, "/likes/2")).await.status, 202);
        assert_eq!(it.site.world.received().await, (2, 2));
        assert_eq!(it.times_fetched(&it.bob.uri), 1, "a known key is not fetched again");
        for path in ["/users/nobody/inbox", "/ap/users/1/inbox", "/ap/users/x/inbox"] {
            assert_eq!(it.post(path, body.as_bytes(), &[]).await.status, 404, "{path}");
        }
        it.site.world.drain_jobs().await;
        assert_eq!(it.site.world.received().await, (2, 0));
    }

    async fn a_delivery_that_proves_nothing_is_refused_without_a_fetch(it: Inboxes) {
        let activity = like(&it.bob, "/likes/1").to_string();
        let body = activity.as_bytes();
        let unsigned = it.post("/inbox", body, &[]).await;
        is_unproven(&unsigned);
        assert_eq!(unsigned.error(), (401, "Request not signed".into()));
        let good = it.bob.signed("POST", INBOX, Some(body), it.now());
        let changed = |name: &str, change: &dyn Fn(&str) -> String| {
            let mut headers = good.clone();
            for (known, value) in &mut headers {
                if *known == name {
                    *value = change(value);
                }
            }
            headers
        };
        let wrong = [
            changed("digest", &|_| "SHA-256=AAAA".into()),
            changed("digest", &|_| "SHA-512=AAAA".into()),
            changed("signature", &|value| format!("{value},keyId=\"https://evil.test/key\"")),
            changed("signature", &|value| value.replace(" digest", "")),
            changed("date", &|_| "yesterday".into()),
            it.bob.signed("POST", INBOX, Some(body), it.now() - 13 * 60 * MINUTE_MS),
            it.bob.signed("POST", INBOX, Some(body), it.now() + 120 * MINUTE_MS),
            it.bob.signed("POST", INBOX, Some(b"{}"), it.now()),
        ];
        for headers in &wrong {
            let answer = it.post("/inbox", body, headers).await;
            is_unproven(&answer);
            assert!(answer.json()["reason"].is_string(), "{}", answer.text());
        }
        assert_eq!((it.others.fetched(), it.recorded().await), (vec![], 0));
        // The key decides about the rest.
        is_unproven(&it.post("/inbox?page=1", body, &it.bob.signed("POST", "https://here.test/inbox?page=2", Some(body), it.now())).await);
        is_unproven(&it.post("/inbox", body, &it.bob.signed("POST", "https://there.test/inbox", Some(body), it.now())).await);
        assert_eq!(it.recorded().await, 0);
        assert_eq!(it.post("/inbox?page=1", body, &good).await.status, 202, "some sign the path alone");
        let early = it.bob.signed("POST", INBOX, Some(body), it.now() + 50 * MINUTE_MS);
        assert_eq!(it.post("/inbox", body, &early).await.status, 202);
    }

    async fn deliveries_of_many_from_one_unknown_sender_fetch_its_key_once(it: Inboxes) {
        it.others.serves(&it.bob.uri, Page { delay: std::time::Duration::from_millis(50), ..Page::activity(&it.bob.actor()) });
        let deliveries: Vec<_> = (0..6).map(|number| it.delivery(&it.bob, &like(&it.bob, &format!("/likes/{number}")))).collect();
        let sent: Vec<_> = deliveries.into_iter().map(|ask| tokio::spawn(async move { ask.await.status })).collect();
        for answer in sent {
            assert_eq!(answer.await.unwrap(), 202);
        }
        assert_eq!((it.recorded().await, it.times_fetched(&it.bob.uri)), (6, 1));
    }

    async fn keys_of_blocked_servers_and_of_this_one_are_not_fetched(it: Inboxes) {
        let block = Block {
            severity: Severity::Suspend,
            reject_media: false,
            reject_reports: false,
            private_comment: String::new(),
            public_comment: String::new(),
            obfuscate: false,
        };
        domains::block(&it.site.world.app, Origin::System, &it.bob.domain, block).await.unwrap();
        assert_eq!(it.delivery(&it.bob, &like(&it.bob, "/likes/1")).await.status, 403);
        let alice = it.site.user("alice");
        let own = TestKey::rsa();
        for key_id in [format!("https://here.test/ap/users/{}#main-key", alice.account), "acct:bob@a.test".into(), "https://here.test/actor#main-key".into()] {
            is_unproven(&it.delivery_with(&own, &key_id, Dialect::Cavage, &like(&it.bob, "/likes/1")).await);
        }
        assert_eq!((it.others.fetched(), it.recorded().await), (vec![], 0));
    }

    async fn a_server_that_does_not_give_its_key_is_left_alone_for_five_minutes(it: Inboxes) {
        it.others.serves(&it.bob.uri, Page::status(500));
        let first = it.delivery(&it.bob, &like(&it.bob, "/likes/1")).await;
        assert_eq!((first.status, first.header("retry-after")), (503, "300"));
        assert_eq!(it.times_fetched(&it.bob.uri), 1);
        it.others.serves(&it.bob.uri, Page::activity(&it.bob.actor()));
        it.site.world.advance(5 * MINUTE_MS - 1);
        assert_eq!(it.delivery(&it.bob, &like(&it.bob, "/likes/1")).await.status, 503);
        assert_eq!(it.times_fetched(&it.bob.uri), 1);
        it.site.world.advance(1);
        assert_eq!(it.delivery(&it.bob, &like(&it.bob, "/likes/1")).await.status, 202);
        assert_eq!(it.recorded().await, 1);
    }

    async fn an_address_that_its_server_has_trouble_with_says_nothing_about_others_there(it: Inboxes) {
        let (carol, trouble) = (it.others.person("a", "carol"), TestKey::rsa());
        let odd = it.others.url("a", "/trouble");
        it.others.serves(&odd, Page::status(429));
        for _ in 0..2 {
            assert_eq!(it.delivery_with(&trouble, &odd, Dialect::Cavage, &like(&it.bob, "/likes/1")).await.status, 503);
        }
        assert_eq!(it.times_fetched(&odd), 1);
        assert_eq!(it.delivery(&carol, &like(&carol, "/likes/1")).await.status, 202);
    }

    async fn one_domain_has_no_end_of_hosts_asked_for_keys(it: Inboxes) {
        let key = TestKey::ed25519();
        for number in 0..12 {
            // Nobody listens there, and by its last labels it is one domain.
            let key_id = format!("http://127.{number}.0.1:1/actor#main-key");
            let answer = it.delivery_with(&key, &key_id, Dialect::Cavage, &like(&it.bob, "/likes/1")).await;
            assert_eq!(answer.status, if number < 10 { 503 } else { 401 }, "{number}: {}", answer.text());
        }
    }

    async fn a_domain_whose_hosts_do_not_answer_keeps_no_other_from_being_heard(it: Inboxes) {
        let (key, body) = (TestKey::ed25519(), like(&it.bob, "/likes/1"));
        let slow: Vec<String> = (0..17).map(|number| it.others.url(&format!("h{number}.slow"), "/actor#main-key")).collect();
        for key_id in &slow {
            it.others.serves(key_id.trim_end_matches("#main-key"), Page::never());
        }
        let asked = |count: usize| {
            let others = it.others.clone();
            async move {
                loop {
                    others.waits_for(|asked| asked.url.contains(".slow.")).await;
                    if others.fetched().iter().filter(|url| url.contains(".slow.")).count() >= count {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
        };
        let waiting = futures_util::future::join_all(slow[..16].iter().map(|key_id| it.delivery_with(&key, key_id, Dialect::Cavage, &body).into_future()));
        let others = async {
            asked(16).await;
            assert_eq!(it.delivery_with(&key, &slow[16], Dialect::Cavage, &body).await.status, 503);
            assert_eq!(it.delivery(&it.bob, &body).await.status, 202);
        };
        tokio::select! {
            _ = waiting => panic!("they never answer"),
            () = others => {}
        }
        assert_eq!(it.others.fetched().iter().filter(|url| url.contains(".slow.")).count(), 16, "no more of them are asked at once");
    }

    async fn four_slow_domains_keep_no_unknown_server_from_being_heard(it: Inboxes) {
        let (key, body) = (TestKey::ed25519(), like(&it.bob, "/likes/1"));
        let slow: Vec<String> = (0..100).map(|number| it.others.url(&format!("h{}.slow{}", number % 10, number % 4), &format!("/{number}#main-key"))).collect();
        for (number, key_id) in slow.iter().enumerate() {
            let answer = [Page::never(), Page::slow_picture(Pace::Stalls), Page::slow_picture(Pace::Drips)][number % 3].clone();
            it.others.serves(key_id.trim_end_matches("#main-key"), answer);
        }
        let waiting = futures_util::future::join_all(slow.iter().map(|key_id| it.delivery_with(&key, key_id, Dialect::Cavage, &body).into_future()));
        let others = async {
            while it.others.fetched().iter().filter(|url| url.contains(".slow")).count() < 4 * 16 {
                it.others.waits_for(|asked| asked.url.contains(".slow")).await;
                tokio::task::yield_now().await;
            }
            let begun = std::time::Instant::now();
            assert_eq!(it.delivery(&it.bob, &body).await.status, 202);
            assert!(begun.elapsed() < std::time::Duration::from_secs(3), "{:?}", begun.elapsed());
        };
        tokio::select! {
            _ = waiting => panic!("they never answer"),
            () = others => {}
        }
        assert_eq!(it.others.fetched().iter().filter(|url| url.contains(".slow")).count(), 4 * 16, "each domain has its share and no more");
    }

    async fn names_that_lead_inside_look_like_names_that_lead_nowhere(it: Inboxes) {
        let key = TestKey::ed25519();
        let mut answers = std::collections::HashSet::new();
        let inside = [
            "http://10.0.0.1", "http://192.168.1.1", "http://172.16.0.1:8080", "http://169.254.169.254", "http://[::1]", "http://[fd00::1]",
            "http://[::ffff:10.0.0.1]", "http://100.64.0.1", "http://0.0.0.0", "https://10.0.0.1", "http://[fe80::1]:1",
        ];
        let nowhere = ["http://127.0.0.1:1", "http://a.localhost:1", "http://nobody.invalid", "https://nobody.invalid:8443", "https://127.1.0.1:1"];
        for (number, origin) in inside.into_iter().chain(nowhere).enumerate() {
            // The second time it is told from memory.
            for _ in 0..2 {
                let key_id = format!("{origin}/users/bob#main-key");
                let answer = it.delivery_with(&key, &key_id, Dialect::Cavage, &like(&it.bob, &format!("/likes/{number}"))).await;
                assert_eq!((answer.status, answer.header("retry-after")), (503, "300"), "{origin}: {}", answer.text());
                answers.insert(answer.text().to_owned());
            }
        }
        // So does a redirect to such a name, whatever host it comes from.
        for (number, origin) in inside.into_iter().chain(nowhere).enumerate() {
            let from = it.others.url("redirects", &format!("/{number}"));
            it.others.serves(&from, Page::redirect(&format!("{origin}/actor")));
            for _ in 0..2 {
                let answer = it.delivery_with(&key, &from, Dialect::Cavage, &like(&it.bob, &format!("/likes/{number}"))).await;
                assert_eq!(answer.status, 503, "{origin}: {}", answer.text());
                answers.insert(answer.text().to_owned());
            }
        }
        assert_eq!(answers.len(), 1, "{answers:?}");
        let carol = it.others.person("redirects", "carol");
        assert_eq!(it.delivery(&carol, &like(&carol, "/likes/1")).await.status, 202, "a host that redirects still gives its keys");
    }

    async fn a_refused_key_is_not_explained(it: Inboxes) {
        let mut answers = std::collections::HashSet::new();
        let documents = [Page::status(404), Page::status(410), Page::status(403), Page::of("text/html", "<p>no</p>"), Page::of("application/activity+json", "{}")];
        for (number, answer) in documents.into_iter().enumerate() {
            let at = it.others.url("a", &format!("/keys/{number}"));
            it.others.serves(&at, answer);
            for _ in 0..2 {
                let answer = it.delivery_with(&TestKey::ed25519(), &at, Dialect::Cavage, &like(&it.bob, "/likes/1")).await;
                is_unproven(&answer);
                answers.insert(answer.json()["reason"].to_string());
            }
        }
        assert_eq!(answers.len(), 1, "{answers:?}");
    }

    async fn a_key_that_its_actor_no_longer_lists_is_worth_nothing_at_once(it: Inboxes) {
        assert_eq!(it.delivery(&it.bob, &like(&it.bob, "/likes/1")).await.status, 202);
        let newer = TestKey::rsa();
        let newer_id = format!("{}#newer", it.bob.uri);
        let mut actor = it.bob.actor();
        actor["publicKey"] = json!({ "id": newer_id, "owner": it.bob.uri, "publicKeyPem": newer.public_pem });
        it.others.serves(&it.bob.uri, Page::activity(&actor));
        assert_eq!(it.delivery_with(&newer, &newer_id, Dialect::Cavage, &like(&it.bob, "/likes/2")).await.status, 202);
        is_unproven(&it.delivery(&it.bob, &like(&it.bob, "/likes/3")).await);
        assert_eq!(it.recorded().await, 2);
    }

    async fn an_activity_is_one_of_its_sender_alone(it: Inboxes) {
        let carol = it.others.person("a", "carol");
        let shared = it.others.url("a", "/shared/1");
        let said = |person: &RemotePerson| json!({ "id": shared, "type": "Like", "actor": person.uri, "object": "https://here.test/ap/users/1/statuses/1" });
        for _ in 0..2 {
            assert_eq!(it.delivery(&it.bob, &said(&it.bob)).await.status, 202);
            assert_eq!(it.delivery(&carol, &said(&carol)).await.status, 202);
        }
        assert_eq!(it.recorded().await, 2, "the id of another's activity hides nothing");
        let mut both = said(&it.bob);
        both["actor"] = json!([carol.uri, it.bob.uri]);
        assert_eq!(it.delivery(&it.bob, &both).await.status, 202);
        for id in ["https://x@a.test/1", "a", "https://a.test\\\\1"] {
            let mut odd = said(&it.bob);
            odd["id"] = json!(id);
            assert_eq!(it.delivery(&it.bob, &odd).await.status, 202);
        }
        assert_eq!(it.recorded().await, 2, "what is dropped is not recorded");
    }

    async fn the_instance_actors_inbox_is_no_way_around_what_is_wanted_here(it: Inboxes) {
        let note = it.bob.activity("Create", "/c/1", it.bob.note("/n/1", "<p>spam</p>"));
        let body = note.to_string();
        let headers = it.bob.signed("POST", "https://here.test/actor/inbox", Some(body.as_bytes()), it.now());
        assert_eq!(it.post("/actor/inbox", body.as_bytes(), &headers).await.status, 202);
        it.site.world.drain_jobs().await;
        assert_eq!(it.site.world.received().await, (1, 0));
        let timeline = it.site.get("/api/v1/timelines/public?remote=true").by(&it.site.user("alice")).await;
        assert_eq!(timeline.json(), json!([]));
    }

    async fn a_key_that_is_not_there_is_looked_for_once_in_five_minutes(it: Inboxes) {
        for answer in [Page::status(404), Page::of("text/html", "<p>no</p>")] {
            it.others.forgets();
            it.others.serves(&it.bob.uri, answer);
            for _ in 0..2 {
                is_unproven(&it.delivery(&it.bob, &like(&it.bob, "/likes/1")).await);
            }
            assert_eq!(it.times_fetched(&it.bob.uri), 1);
            it.site.world.advance(5 * MINUTE_MS);
        }
    }

    async fn a_changed_key_is_asked_for_once(it: Inboxes) {
        assert_eq!(it.delivery(&it.bob, &like(&it.bob, "/likes/1")).await.status, 202);
        let (newer, foreign) = (TestKey::rsa(), TestKey::rsa());
        let mut actor = it.bob.actor();
        actor["publicKey"]["publicKeyPem"] = json!(newer.public_pem);
        it.others.serves(&it.bob.uri, Page::activity(&actor));
        it.others.forgets();
        let key_id = it.bob.key_id();
        assert_eq!(it.delivery_with(&newer, &key_id, Dialect::Cavage, &like(&it.bob, "/likes/2")).await.status, 202);
        assert_eq!(it.times_fetched(&it.bob.uri), 1);
        is_unproven(&it.delivery(&it.bob, &like(&it.bob, "/likes/3")).await);
        it.site.world.advance(5 * MINUTE_MS);
        for _ in 0..3 {
            is_unproven(&it.delivery_with(&foreign, &key_id, Dialect::Cavage, &like(&it.bob, "/likes/3")).await);
        }
        assert_eq!(it.times_fetched(&it.bob.uri), 2, "a bad signature has the actor asked once");
        assert_eq!(it.recorded().await, 2);
    }

    async fn a_key_that_names_its_successor_signs_for_the_last_time(it: Inboxes) {
        assert_eq!(it.delivery(&it.bob, &like(&it.bob, "/likes/1")).await.status, 202);
        let newer = TestKey::rsa();
        let mut actor = it.bob.actor();
        actor["publicKey"]["publicKeyPem"] = json!(newer.public_pem);
        it.others.serves(&it.bob.uri, Page::activity(&actor));
        assert_eq!(it.delivery(&it.bob, &it.bob.activity("Update", "/updates/1", actor)).await.status, 202);
        it.site.world.drain_jobs().await;
        it.others.forgets();
        assert_eq!(it.delivery_with(&newer, &it.bob.key_id(), Dialect::Cavage, &like(&it.bob, "/likes/2")).await.status, 202);
        assert_eq!(it.times_fetched(&it.bob.uri), 0, "it is known already");
        is_unproven(&it.delivery(&it.bob, &like(&it.bob, "/likes/3")).await);
        assert_eq!(it.recorded().await, 3);
    }

    async fn a_key_with_an_address_of_its_own_counts_if_its_actor_lists_it(it: Inboxes) {
        let (gts, key) = (it.others.person("gts", "carol"), TestKey::rsa());
        let key_id = gts.at("/main-key");
        let listed = json!({ "id": key_id, "owner": gts.uri, "publicKeyPem": key.public_pem });
        let mut actor = gts.actor();
        actor["publicKey"] = listed.clone();
        it.others.serves(&gts.uri, Page::activity(&actor));
        let stub = json!({ "@context": actor["@context"], "id": gts.uri, "type": "Person", "preferredUsername": "carol", "publicKey": listed });
        it.others.serves(&key_id, Page::activity(&stub));
        assert_eq!(it.delivery_with(&key, &key_id, Dialect::Cavage, &like(&gts, "/likes/1")).await.status, 202);
        assert_eq!(it.recorded().await, 1);

        let (evil, stolen) = (TestKey::rsa(), it.others.url("evil", "/key"));
        let claims = json!({ "@context": "https://w3id.org/security/v1", "id": stolen, "type": "Key", "owner": it.bob.uri, "publicKeyPem": evil.public_pem });
        it.others.serves(&stolen, Page::activity(&claims));
        is_unproven(&it.delivery_with(&evil, &stolen, Dialect::Cavage, &like(&it.bob, "/likes/1")).await);
        let near = it.others.url("a", "/key");
        let mut claims = claims;
        claims["id"] = json!(near);
        it.others.serves(&near, Page::activity(&claims));
        is_unproven(&it.delivery_with(&evil, &near, Dialect::Cavage, &like(&it.bob, "/likes/1")).await);
        assert_eq!(it.recorded().await, 1);
    }

    async fn the_standard_dialect_is_understood_behind_a_proxy_with_both_kinds_of_keys(it: Inboxes) {
        let (activity, key) = (like(&it.bob, "/likes/1"), TestKey::ed25519());
        let key_id = format!("{}#ed25519-key", it.bob.uri);
        let mut actor = it.bob.actor();
        actor["assertionMethod"] = json!([{ "id": key_id, "type": "Multikey", "controller": it.bob.uri, "publicKeyMultibase": key.multibase }]);
        it.others.serves(&it.bob.uri, Page::activity(&actor));
        let body = activity.to_string();
        let mut headers = it.bob.signed_in(Dialect::Rfc9421, "POST", INBOX, Some(body.as_bytes()), it.now());
        headers.retain(|(name, _)| *name != "host");
        headers.push(("host", "127.0.0.1:3000".into()));
        assert_eq!(it.post("/inbox", body.as_bytes(), &headers).await.status, 202);
        assert_eq!(it.delivery_with(&key, &key_id, Dialect::Rfc9421, &like(&it.bob, "/likes/2")).await.status, 202);
        assert_eq!(it.recorded().await, 2);
        let mut broken = headers.clone();
        for (name, value) in &mut broken {
            if *name == "content-digest" {
                *value = "sha-256=nonsense".into();
            }
        }
        assert_eq!(it.post("/inbox", body.as_bytes(), &broken).await.status, 400);
        for (name, value) in &mut headers {
            if *name == "signature-input" {
                *value = value.replace(" \"@target-uri\"", "");
            }
        }
        is_unproven(&it.post("/inbox", body.as_bytes(), &headers).await);
        assert_eq!(it.recorded().await, 2);
    }

    async fn nobody_speaks_for_somebody_else(it: Inboxes) {
        let eve = it.others.person("a", "eve");
        for activity in [like(&it.bob, "/likes/1"), { let mut forged = like(&eve, "/likes/1"); forged["id"] = json!("https://other.test/1"); forged }] {
            assert_eq!(it.delivery(&eve, &activity).await.status, 202);
        }
        assert_eq!(it.site.world.received().await, (0, 0));
        assert_eq!(it.times_fetched(&it.bob.uri), 0);
        let mut nameless = like(&it.bob, "");
        nameless.as_object_mut().unwrap().remove("id");
        assert_eq!(it.delivery(&it.bob, &nameless).await.status, 202);
        assert_eq!(it.recorded().await, 0, "what is kept needs an id");
        nameless["type"] = json!("Undo");
        for _ in 0..2 {
            assert_eq!(it.delivery(&it.bob, &nameless).await.status, 202);
        }
        assert_eq!(it.recorded().await, 1);
    }

    async fn bodies_that_are_too_large_or_cannot_be_read_are_refused(it: Inboxes) {
        let large = vec![b' '; 1024 * 1024 + 1];
        assert_eq!(it.post("/inbox", &large, &[]).await.status, 413);
        assert_eq!(it.post("/inbox", b"{}", &[("content-length", "1048577".into())]).await.status, 413);
        let start = format!("{{\"type\":\"Like\",\"actor\":\"{}\",\"id\":\"{}\",\"object\":", it.bob.uri, it.bob.at("/1"));
        let bodies = [
            format!("{start}{}{}}}", "[".repeat(10_000), "]".repeat(10_000)).into_bytes(),
            format!("{start}1,\"actor\":\"{}\"}}", it.bob.uri).into_bytes(),
            [start.as_bytes(), b"\"\xff\"}"].concat(),
            b"[]".to_vec(),
            b"".to_vec(),
            b"{\"type\":\"Like\"}".to_vec(),
        ];
        for body in bodies {
            let headers = it.bob.signed("POST", INBOX, Some(&body), it.now());
            assert_eq!(it.post("/inbox", &body, &headers).await.status, 400, "{:?}", body.get(..100));
        }
        let strange = format!("{start}\"\\u0000\",\"x\":\"\\ud800\"}}");
        let headers = it.bob.signed("POST", INBOX, Some(strange.as_bytes()), it.now());
        assert_eq!(it.post("/inbox", strange.as_bytes(), &headers).await.status, 400);
        assert_eq!(it.recorded().await, 0);
    }

    async fn the_end_of_somebody_unknown_is_taken_without_a_look(it: Inboxes) {
        it.others.serves(&it.bob.uri, Page::status(410));
        for kind in ["Delete", "Update"] {
            let activity = it.bob.activity(kind, "#end", it.bob.uri.clone());
            assert_eq!(it.delivery(&it.bob, &activity).await.status, 202, "{kind}");
            is_unproven(&it.post("/inbox", activity.to_string().as_bytes(), &[]).await);
            let mut stale = it.bob.signed("POST", INBOX, Some(activity.to_string().as_bytes()), it.now() - 13 * 60 * MINUTE_MS);
            is_unproven(&it.post("/inbox", activity.to_string().as_bytes(), &stale).await);
            stale = it.bob.signed("POST", INBOX, Some(b"{}"), it.now());
            is_unproven(&it.post("/inbox", activity.to_string().as_bytes(), &stale).await);
        }
        assert_eq!((it.others.fetched(), it.recorded().await), (vec![], 0));
        let carol = it.others.person("a", "carol");
        assert_eq!(it.delivery(&carol, &like(&carol, "/likes/1")).await.status, 202);
        let end = carol.activity("Delete", "#end", carol.uri.clone());
        is_unproven(&it.post("/inbox", end.to_string().as_bytes(), &[]).await);
        assert_eq!(it.delivery(&carol, &end).await.status, 202);
        assert_eq!(it.recorded().await, 2, "of somebody known it is looked at");
    }

    async fn a_host_that_was_given_up_is_sent_things_again_once_it_sends_something(it: Inboxes) {
        it.site.world.has_given_up(&it.bob.domain).await;
        assert!(it.site.world.is_given_up(&it.bob.domain).await);
        let activity = like(&it.bob, "/likes/1");
        is_unproven(&it.post("/inbox", activity.to_string().as_bytes(), &[]).await);
        assert!(it.site.world.is_given_up(&it.bob.domain).await, "whoever proves nothing says nothing of the host");
        assert_eq!(it.delivery(&it.bob, &activity).await.status, 202);
        assert!(!it.site.world.is_given_up(&it.bob.domain).await);
    }

    async fn somebody_who_has_not_been_asked_about_for_a_day_is_when_they_act(it: Inboxes) {
        for (number, ms, fetched) in [(1, 0, 1), (2, DAY_MS, 1), (3, 1, 2), (4, 0, 2)] {
            it.site.world.advance(ms);
            assert_eq!(it.delivery(&it.bob, &like(&it.bob, &format!("/likes/{number}"))).await.status, 202);
            it.site.world.drain_jobs().await;
            assert_eq!(it.times_fetched(&it.bob.uri), fetched, "{number}");
        }
    }

    async fn somebody_new_of_a_limited_server_is_limited(it: Inboxes) {
        domains::block(&it.site.world.app, Origin::System, "a.localhost", Block { severity: Severity::Silence, ..Block::default() }).await.unwrap();
        let carol = it.others.person("b", "carol");
        for person in [&it.bob, &carol] {
            assert_eq!(it.delivery(person, &like(person, "/likes/1")).await.status, 202);
        }
        let alice = it.site.user("alice");
        let limited = async |person: &RemotePerson| {
            let query = format!("/api/v2/search?resolve=true&q=@{}@{}", person.username, person.domain);
            it.site.get(&query).by(&alice).await.ok()["accounts"][0]["limited"].as_bool().unwrap_or(false)
        };
        assert!(limited(&it.bob).await && !limited(&carol).await);
    }

    async fn a_delivery_is_json_of_one_of_three_types(it: Inboxes) {
        let sent = |number: u8, kind: Option<&'static str>| {
            let body = like(&it.bob, &format!("/likes/{number}")).to_string();
            let mut headers = it.bob.signed_in(Dialect::Rfc9421, "POST", INBOX, Some(body.as_bytes()), it.now());
            headers.retain(|(name, _)| *name != "content-type");
            let ask = headers.iter().fold(it.site.post("/inbox"), |ask, (name, value)| ask.header(name, value)).bytes(body.as_bytes());
            kind.map_or(ask.clone(), |kind| ask.header("content-type", kind))
        };
        let taken = [
            Some("application/activity+json"),
            Some("application/activity+json; charset=utf-8"),
            Some("application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\""),
            Some("Application/JSON"),
            None,
        ];
        for (number, kind) in taken.into_iter().enumerate() {
            assert_eq!(sent(number as u8, kind).await.status, 202, "{kind:?}");
        }
        for kind in ["text/plain", "text/html", "application/jsonx", ""] {
            assert_eq!(sent(9, Some(kind)).await.status, 415, "{kind}");
        }
        assert_eq!(it.recorded().await, 5);
    }

    async fn headers_are_checked_before_the_body_is_read(it: Inboxes) {
        let (broken, now) = (b"{ this is no JSON".as_slice(), it.now());
        let good = it.bob.signed("POST", INBOX, Some(broken), now);
        let with = |name: &str, change: &dyn Fn(&str) -> String| -> Vec<(&'static str, String)> {
            good.iter().map(|(known, value)| (*known, if *known == name { change(value) } else { value.clone() })).collect()
        };
        let without = |name: &str| -> Vec<(&'static str, String)> { good.iter().filter(|(known, _)| *known != name).cloned().collect() };
        let key = TestKey::rsa();
        let standard = it.bob.signed_with(&key, &it.bob.key_id(), Dialect::Rfc9421, INBOX, broken, now);
        let of_standard = |name: &str, from: &str, to: &str| -> Vec<(&'static str, String)> {
            standard.iter().map(|(known, value)| (*known, if *known == name { value.replace(from, to) } else { value.clone() })).collect()
        };
        let refused = [
            ("no signature", without("signature")),
            ("an empty signature", with("signature", &|_| String::new())),
            ("a signature that cannot be read", with("signature", &|_| "keyId".into())),
            ("a signature that is not base64", with("signature", &|value| value.replace("signature=\"", "signature=\"!"))),
            ("no keyId", with("signature", &|value| value.replace("keyId", "key"))),
            ("a keyId that is no address", with("signature", &|value| value.replace("keyId=\"http", "keyId=\"x"))),
            ("an unknown algorithm", with("signature", &|value| value.replace("rsa-sha256", "md5"))),
            ("a date of yesterday", it.bob.signed("POST", INBOX, Some(broken), now - DAY_MS)),
            ("a date of tomorrow", it.bob.signed("POST", INBOX, Some(broken), now + DAY_MS)),
            ("no date", without("date")),
            ("no digest", without("digest")),
            ("a digest of another kind", with("digest", &|_| "SHA-512=AAAA".into())),
            ("a digest that is too short", with("digest", &|_| "SHA-256=AAAA".into())),
            ("a digest that is not signed", with("signature", &|value| value.replace(" digest", ""))),
            ("a host that is not signed", with("signature", &|value| value.replace(" host", ""))),
            ("a target that is not signed", with("signature", &|value| value.replace("(request-target) ", ""))),
            ("a date that is not signed", with("signature", &|value| value.replace(" date", ""))),
            ("a signed header that is missing", with("signature", &|value| value.replace(" host", " host x-other"))),
            ("no content-digest", standard.iter().filter(|(name, _)| *name != "content-digest").cloned().collect()),
            ("a content-digest that is not signed", of_standard("signature-input", " \"content-digest\"", "")),
            ("a target that is not signed by the standard", of_standard("signature-input", " \"@target-uri\"", "")),
            ("a method that is not signed", of_standard("signature-input", "\"@method\" ", "")),
            ("no time of signing", of_standard("signature-input", ";created=", ";made=")),
        ];
        for (what, headers) in refused {
            let answer = it.post("/inbox", broken, &headers).await;
            assert_eq!(answer.status, 401, "{what}: {}", answer.text());
            assert_eq!(unread(&it.site, "/inbox", &headers).await, 401, "{what}");
        }
        assert_eq!(unread(&it.site, "/users/nobody/inbox", &good).await, 404);
        assert_eq!(unread(&it.site, "/inbox", &with("content-type", &|_| "text/html".into())).await, 415);
        assert_eq!(it.others.fetched(), Vec::<String>::new(), "no key was asked for");
        let wrong_host = it.bob.signed("POST", "https://there.test/inbox", Some(broken), now);
        is_unproven(&it.post("/inbox", broken, &wrong_host).await);
        assert_eq!(it.post("/inbox", broken, &good).await.status, 400, "who is proven learns what is wrong");
    }

    async fn the_limits_of_clients_are_not_those_of_servers(it: Inboxes) {
        let Inboxes { site, .. } = it;
        let site = site.with_rate_limits();
        for _ in 0..305 {
            assert_eq!(site.post("/inbox").raw(ACTIVITY, "{}").await.status, 401);
        }
    }
}
