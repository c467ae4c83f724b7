//! Web Push, to a real listener that decrypts what it gets as a client would.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey as VerifyingKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::problems;
use crate::app::Options;
use crate::net::{self, Network};
use crate::push::subscribe::{self, Place, Wishes};
use crate::push::unsubscribe;
use crate::stories;
use crate::testing::{DAY_MS, Engine, HOUR_MS, Person, World};

/// A push as it arrived.
struct Pushed {
    head: String,
    body: Vec<u8>,
}

impl Pushed {
    fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)));
        line.unwrap_or_else(|| panic!("no {name} in {}", self.head)).1
    }
}

/// A push service with one client behind it.
struct Service {
    port: u16,
    /// Status and further headers of the next answers.
    answer: Arc<Mutex<String>>,
    pushed: Arc<Mutex<Vec<Pushed>>>,
    key: PrivateKey,
    auth: [u8; 16],
}

impl Service {
    async fn open() -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (answer, pushed) = (Arc::new(Mutex::new("201 Created".to_owned())), Arc::new(Mutex::new(Vec::new())));
        let (answers, log) = (answer.clone(), pushed.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = Vec::new();
                let (head, body) = loop {
                    let mut chunk = vec![0; 8192];
                    let length = stream.read(&mut chunk).await.unwrap();
                    assert!(length > 0, "the request broke off");
                    bytes.extend_from_slice(&chunk[..length]);
                    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
                    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
                    let body = bytes[end + 4..].to_vec();
                    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned)).unwrap();
                    if body.len() == length.parse::<usize>().unwrap() {
                        break (head, body);
                    }
                };
                log.lock().unwrap().push(Pushed { head, body });
                let answer = format!("HTTP/1.1 {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", answers.lock().unwrap());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Service { port, answer, pushed, key: PrivateKey::generate(&ECDH_P256).unwrap(), auth: *b"sixteen of bytes" }
    }

    fn answers(&self, status: &str) {
        *self.answer.lock().unwrap() = status.to_owned();
    }

    fn take(&self) -> Vec<Pushed> {
        std::mem::take(&mut self.pushed.lock().unwrap())
    }

    fn point(&self) -> Vec<u8> {
        self.key.compute_public_key().unwrap().as_ref().to_vec()
    }

    fn place(&self, standard: bool) -> Place {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let endpoint = format!("http://127.0.0.1:{}/push/1", self.port);
        Place { endpoint, p256dh: encode(&self.point()), auth: encode(&self.auth), standard }
    }

    fn secret(&self, point: &[u8]) -> Vec<u8> {
        agree(&self.key, UnparsedPublicKey::new(&ECDH_P256, point), (), |secret| Ok(secret.to_vec())).unwrap()
    }

    fn open_standard(&self, push: &Pushed) -> Value {
        assert_eq!(push.header("content-encoding"), "aes128gcm");
        let (salt, rest) = push.body.split_at(16);
        assert_eq!((&rest[..4], rest[4]), (&4096_u32.to_be_bytes()[..], 65));
        let (theirs, sealed) = rest[5..].split_at(65);
        let input = expand(&sign(&self.auth, &self.secret(theirs)), &[b"WebPush: info\0".as_slice(), &self.point(), theirs].concat());
        let key = sign(salt, &input);
        let text = unseal(&expand(&key, b"Content-Encoding: aes128gcm\0"), &expand(&key, b"Content-Encoding: nonce\0"), sealed);
        serde_json::from_slice(text.strip_suffix(&[2]).unwrap()).unwrap()
    }

    fn open_legacy(&self, push: &Pushed) -> Value {
        assert_eq!(push.header("content-encoding"), "aesgcm");
        let salt = URL_SAFE_NO_PAD.decode(push.header("encryption").strip_prefix("salt=").unwrap()).unwrap();
        let (theirs, _) = push.header("crypto-key").strip_prefix("dh=").unwrap().split_once(";p256ecdsa=").unwrap();
        let theirs = URL_SAFE_NO_PAD.decode(theirs).unwrap();
        let input = expand(&sign(&self.auth, &self.secret(&theirs)), b"Content-Encoding: auth\0");
        let key = sign(&salt, &input);
        let context = [b"P-256\0\0\x41".as_slice(), &self.point(), b"\0\x41", &theirs].concat();
        let info = |name: &[u8]| [b"Content-Encoding: ".as_slice(), name, b"\0", &context].concat();
        let text = unseal(&expand(&key, &info(b"aesgcm")), &expand(&key, &info(b"nonce")), &push.body);
        serde_json::from_slice(text.strip_prefix(&[0, 0]).unwrap()).unwrap()
    }
}

fn sign(key: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref().to_vec()
}

/// The first block of HKDF-Expand.
fn expand(key: &[u8], info: &[u8]) -> Vec<u8> {
    sign(key, &[info, &[1]].concat())
}

fn unseal(key: &[u8], nonce: &[u8], sealed: &[u8]) -> Vec<u8> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key[..16]).unwrap());
    let mut text = sealed.to_vec();
    key.open_in_place(Nonce::try_assume_unique_for_key(&nonce[..12]).unwrap(), Aad::empty(), &mut text).unwrap().to_vec()
}

/// The claims of a token that our key has signed.
fn verified(world: &World, token: &str) -> (Value, Value) {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let public = URL_SAFE_NO_PAD.decode(&world.app.secrets.vapid_public_key).unwrap();
    let key = VerifyingKey::new(&ECDSA_P256_SHA256_FIXED, public);
    key.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    (read(header), read(claims))
}

/// A world that may push to this machine.
struct Reachable(World);

impl Reachable {
    async fn new(engine: Engine) -> Reachable {
        let allow = |options: &mut Options| {
            options.outgoing = net::Options { allow_http: true, allow_private: vec![Network::read("127.0.0.1").unwrap()], ca_file: None };
        };
        Reachable(World::with(engine, allow).await.with_users(["alice", "bob"]).await)
    }
}

fn wishes(policy: &str, kinds: &[&str]) -> Wishes {
    Wishes { policy: Some(policy.to_owned()), alerts: kinds.iter().map(|kind| ((*kind).to_owned(), true)).collect::<BTreeMap<_, _>>() }
}

async fn subscribes(world: &World, person: &Person, place: Place, wishes: Wishes) {
    subscribe::subscribe(&world.app, &person.viewer().await, place, wishes).await.unwrap();
}

async fn is_subscribed(world: &World, person: &Person) -> bool {
    subscribe::show(&world.app, &person.viewer().await).await.is_ok()
}

stories! {
    async fn a_push_can_be_read_by_its_client_and_is_signed_by_us(world: Reachable) {
        let Reachable(world) = world;
        let [alice, bob] = world.users(["alice", "bob"]);
        let service = Service::open().await;
        subscribes(&world, &alice, service.place(true), wishes("all", &["mention"])).await;
        bob.posts(&format!("@alice {}", "long ".repeat(50))).await;
        world.drain_jobs().await;
        let [push] = &service.take()[..] else { panic!("one push") };
        assert!(push.head.starts_with("POST /push/1 HTTP/1.1"), "{}", push.head);
        assert_eq!((push.header("ttl"), push.header("urgency"), push.header("content-type")), ("172800", "normal", "application/octet-stream"));
        let (token, key) = push.header("authorization").strip_prefix("vapid t=").unwrap().split_once(",k=").unwrap();
        assert_eq!(key, world.app.secrets.vapid_public_key);
        let (header, claims) = verified(&world, token);
        assert_eq!(header, json!({ "typ": "JWT", "alg": "ES256" }));
        let exp = (world.now() + DAY_MS) / 1000;
        assert_eq!(claims, json!({ "aud": format!("http://127.0.0.1:{}", service.port), "exp": exp, "sub": "https://here.test" }));
        let text = service.open_standard(push);
        assert_eq!(
            text,
            json!({
                "access_token": alice.token,
                "preferred_locale": "en",
                "notification_id": alice.notification_ids().await[0].0,
                "notification_type": "mention",
                "icon": "https://here.test/avatars/original/missing.png",
                "title": "You were mentioned by bob",
                "body": text["body"],
            })
        );
        let body = text["body"].as_str().unwrap();
        assert!(body.starts_with("@alice long long") && body.ends_with("...") && body.chars().count() == 140, "{body}");
    }

    async fn an_older_client_gets_the_older_encoding(world: Reachable) {
        let Reachable(world) = world;
        let [alice, bob] = world.users(["alice", "bob"]);
        let service = Service::open().await;
        subscribes(&world, &alice, service.place(false), wishes("all", &["follow"])).await;
        bob.follows(&alice).await;
        world.drain_jobs().await;
        let [push] = &service.take()[..] else { panic!("one push") };
        let text = service.open_legacy(push);
        assert_eq!((&text["title"], &text["notification_type"], &text["body"]), (&json!("bob is now following you"), &json!("follow"), &json!("")));
        verified(&world, push.header("authorization").strip_prefix("WebPush ").unwrap());
        assert!(push.header("crypto-key").ends_with(&format!(";p256ecdsa={}", world.app.secrets.vapid_public_key)));
    }

    async fn only_what_is_wanted_from_whom_it_is_wanted_is_pushed(world: Reachable) {
        let Reachable(world) = world;
        let [alice, bob] = world.users(["alice", "bob"]);
        let service = Service::open().await;
        let pushes = async |wishes: Wishes| {
            subscribes(&world, &alice, service.place(true), wishes).await;
            bob.posts("@alice hello").await;
            world.drain_jobs().await;
            service.take().len()
        };
        assert_eq!(pushes(wishes("all", &["mention"])).await, 1);
        assert_eq!(pushes(wishes("all", &["follow"])).await, 0);
        assert_eq!(pushes(Wishes::default()).await, 0, "nothing is wanted unless it is named");
        assert_eq!(pushes(Wishes { alerts: [("mention".to_owned(), false)].into(), ..Wishes::default() }).await, 0);
        assert_eq!(pushes(Wishes { policy: None, ..wishes("", &["mention"]) }).await, 1);
        assert_eq!(pushes(wishes("none", &["mention"])).await, 0);
        assert_eq!(pushes(wishes("nonsense", &["mention"])).await, 0);
        assert_eq!((pushes(wishes("followed", &["mention"])).await, pushes(wishes("follower", &["mention"])).await), (0, 0));
        alice.follows(&bob).await;
        assert_eq!((pushes(wishes("followed", &["mention"])).await, pushes(wishes("follower", &["mention"])).await), (1, 0));
        bob.follows(&alice).await;
        assert_eq!(pushes(wishes("follower", &["mention"])).await, 1);
    }

    async fn what_is_gone_when_its_turn_comes_is_not_pushed(world: Reachable) {
        let Reachable(world) = world;
        let [alice, bob] = world.users(["alice", "bob"]);
        let service = Service::open().await;
        subscribes(&world, &alice, service.place(true), wishes("all", &["mention"])).await;
        service.answers("503 Busy");
        bob.posts("@alice hello").await;
        world.drain_jobs().await;
        assert_eq!(service.take().len(), 1);
        let [id] = alice.notification_ids().await[..] else { panic!("one notification") };
        crate::notifications::dismiss(&world.app, &alice.viewer().await, id).await.unwrap();
        world.advance(HOUR_MS);
        world.drain_jobs().await;
        assert_eq!(service.take().len(), 0, "dismissed");
        bob.posts("@alice again").await;
        world.drain_jobs().await;
        assert_eq!(service.take().len(), 1);
        world.advance(3 * DAY_MS);
        world.drain_jobs().await;
        assert_eq!(service.take().len(), 0, "too old");
        assert!(is_subscribed(&world, &alice).await);
    }

    async fn a_busy_service_is_asked_again_and_one_that_refuses_is_not(world: Reachable) {
        let Reachable(world) = world;
        let [alice, bob] = world.users(["alice", "bob"]);
        let service = Service::open().await;
        for busy in ["429 Slow down\r\nretry-after: 120", "500 Broken", "408 Timeout", "302 Found\r\nlocation: /elsewhere"] {
            subscribes(&world, &alice, service.place(true), wishes("all", &["mention"])).await;
            service.answers(busy);
            bob.posts("@alice hello").await;
            world.drain_jobs().await;
            assert_eq!(service.take().len(), 1, "{busy}");
            service.answers("201 Created");
            world.advance(if busy.starts_with("429") { 119_000 } else { 0 });
            world.drain_jobs().await;
            assert_eq!(service.take().len(), 0, "{busy}: not at once");
            world.advance(60_000);
            world.drain_jobs().await;
            assert_eq!(service.take().len(), 1, "{busy}: again");
        }
        for gone in ["410 Gone", "404 Not Found", "403 Forbidden"] {
            subscribes(&world, &alice, service.place(true), wishes("all", &["mention"])).await;
            service.answers(gone);
            bob.posts("@alice hello").await;
            world.drain_jobs().await;
            assert_eq!((service.take().len(), is_subscribed(&world, &alice).await), (1, false), "{gone}");
            world.advance(HOUR_MS);
            world.drain_jobs().await;
            assert_eq!(service.take().len(), 0, "{gone}");
        }
    }

    async fn what_fails_for_a_week_is_given_up(world: Reachable) {
        let Reachable(world) = world;
        let [alice, bob] = world.users(["alice", "bob"]);
        let service = Service::open().await;
        service.answers("500 Broken");
        subscribes(&world, &alice, service.place(true), wishes("all", &["mention"])).await;
        for day in 0..9 {
            assert_eq!(is_subscribed(&world, &alice).await, day <= 8, "day {day}");
            bob.posts("@alice hello").await;
            world.drain_jobs().await;
            world.advance(DAY_MS);
        }
        assert!(!is_subscribed(&world, &alice).await);
    }

    async fn a_subscription_ends_with_its_token_or_by_the_address_in_a_push(world: Reachable) {
        let Reachable(world) = world;
        let [alice, bob] = world.users(["alice", "bob"]);
        let service = Service::open().await;
        subscribes(&world, &alice, service.place(true), wishes("all", &["mention"])).await;
        bob.posts("@alice hello").await;
        world.drain_jobs().await;
        let pushed = service.take();
        let address = pushed[0].header("unsubscribe-url").strip_prefix("https://here.test/api/web/push_subscriptions/").unwrap();
        let (start, tag) = address.rsplit_once('-').unwrap();
        for wrong in [format!("{start}-{}", tag.replace(['a', 'b'], "c")), format!("1{address}"), start.to_owned(), String::new(), "x-y-z".to_owned()] {
            assert_eq!(problems(unsubscribe::by_address(&world.app, &wrong).await.unwrap_err()), ["error-not-found"], "{wrong}");
        }
        assert!(is_subscribed(&world, &alice).await);
        unsubscribe::by_address(&world.app, address).await.unwrap();
        assert!(!is_subscribed(&world, &alice).await);
        world.advance(2 * DAY_MS + 1);
        assert_eq!(problems(unsubscribe::by_address(&world.app, address).await.unwrap_err()), ["error-not-found"], "too old");

        subscribes(&world, &alice, service.place(true), wishes("all", &["mention"])).await;
        service.answers("500 Broken");
        bob.posts("@alice hello").await;
        world.drain_jobs().await;
        let own = crate::oauth::applications::own(&world.app).await.unwrap();
        crate::oauth::tokens::revoke(&world.app, &own, &alice.token).await.unwrap();
        world.advance(HOUR_MS);
        world.drain_jobs().await;
        assert_eq!(service.take().len(), 1, "not after the token was revoked");
    }
}
