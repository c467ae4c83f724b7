//! Secrets, codes, tokens, sessions and links: each at the end of its life, with what differs in its last place, and
//! in the hands of somebody it was not given to.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use store::{AccountId, args, sql};

use super::problems;
use crate::accounts::register::{Registration, register};
use crate::accounts::{confirm, find, reset_password};
use crate::oauth::applications::{self, Introduction, Registered};
use crate::oauth::grants::{self, Fault, Request};
use crate::oauth::tokens as given;
use crate::scopes::{KNOWN, Scopes};
use crate::sessions::{self, Refusal, SESSION_LIFE_MS};
use crate::testing::{DAY_MS, Engine, HOUR_MS, PASSWORD, Postbox, World, registration};
use crate::{Error, Origin, stories, tokens};

const BACK: &str = "https://client.test/back";
const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-of-them";

fn introduction(scopes: &str) -> Introduction {
    Introduction { name: "Client".into(), redirect_uris: vec![BACK.into()], scopes: Some(scopes.into()), website: None }
}

async fn registered(world: &World, scopes: &str) -> Registered {
    applications::register(&world.app, introduction(scopes)).await.unwrap()
}

fn request(client: &Registered, scope: &str) -> Request {
    Request {
        response_type: "code".into(),
        client_id: client.application.client_id.clone(),
        redirect_uri: BACK.into(),
        scope: Some(scope.into()),
        ..Request::default()
    }
}

async fn code(world: &World, name: &str, request: &Request) -> String {
    let checked = grants::check(&world.app, request).await.unwrap();
    let cookie = signs_in(world, name, PASSWORD).await.unwrap();
    let session = sessions::session(&world.app, &cookie).await.unwrap().unwrap();
    grants::authorize(&world.app, &session, &checked, request.code_challenge.clone()).await.unwrap().unwrap()
}

async fn redeemed(world: &World, client: &Registered, code: &str, verifier: Option<&str>) -> Result<given::Given, Error> {
    given::from_code(&world.app, &client.application, code, BACK, verifier).await
}

/// Sets the columns of a login and its account as `what` says, past all rules.
async fn becomes(world: &World, account: AccountId, what: &'static str) {
    world
        .write(move |tx| async move {
            let text = match what {
                "disabled" => sql!("UPDATE users SET disabled = TRUE WHERE account_id = $1"),
                "unconfirmed" => sql!("UPDATE users SET confirmed_at = NULL WHERE account_id = $1"),
                "unapproved" => sql!("UPDATE users SET approved = FALSE WHERE account_id = $1"),
                "suspended" => sql!("UPDATE accounts SET suspended_at = 1 WHERE id = $1"),
                other => panic!("{other}"),
            };
            Ok(tx.exec(text, args![account]).await.map(drop)?)
        })
        .await;
}

async fn signs_in(world: &World, name: &str, password: &str) -> Result<String, Refusal> {
    sessions::sign_in(&world.app, name, password.into(), "::1".into(), "test".into()).await.unwrap()
}

/// The text with another character in its last place.
fn with_other_end(text: &str) -> String {
    let (start, end) = text.split_at(text.len() - 1);
    format!("{start}{}", if end == "A" { "B" } else { "A" })
}

/// A world with mail, and somebody in it.
pub struct Mailing {
    world: World,
    post: Postbox,
}

impl Mailing {
    async fn new(engine: Engine) -> Mailing {
        let post = Postbox::open().await;
        let options = post.options();
        Mailing { world: World::with(engine, move |o| o.mail = Some(options)).await, post }
    }

    async fn newcomer(&self, name: &str, confirmed: bool) -> AccountId {
        let new = Registration { confirmed, ..registration(name) };
        let (account, _) = register(&self.world.app, Origin::Cli, new).await.unwrap();
        self.world.drain_jobs().await;
        account
    }

    async fn asks_for_password(&self, name: &str) {
        reset_password::request(&self.world.app, &format!("{name}@mail.test")).await.unwrap();
        self.world.drain_jobs().await;
    }

    /// The token of the newest mail.
    fn token(&self) -> String {
        let link = self.post.newest().link();
        let query = link.split_once('?').unwrap().1;
        let found = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name.ends_with("_token")).unwrap();
        found.1.into_owned()
    }
}

stories! {
    async fn an_application_gets_the_scopes_it_asks_for_and_no_others(world: World) {
        let world = world.with_user("alice").await;
        for scopes in ["read", "write", "follow", "push", "read:accounts", "read write:statuses", "profile", "admin:read"] {
            let client = registered(&world, scopes).await;
            assert_eq!(client.application.scopes, scopes);
            let own = given::from_credentials(&world.app, &client.application, Some(scopes)).await.unwrap();
            assert_eq!((own.scope.as_str(), tokens::access(&world.app, &own.access_token).await.unwrap().scopes.to_string()), (scopes, scopes.into()));
            for wider in ["read write follow push", "admin:write", &format!("{scopes} write:mutes read:lists admin:write")] {
                let refused = given::from_credentials(&world.app, &client.application, Some(wider)).await;
                assert_eq!(problems(refused.err().unwrap()), ["invalid_scope"], "{wider} of {scopes}");
                match grants::check(&world.app, &request(&client, wider)).await {
                    Err(Fault::SentBack(error)) => assert_eq!(problems(error), ["invalid_scope"], "{wider} of {scopes}"),
                    other => panic!("{wider} of {scopes}: {other:?}"),
                }
            }
        }
        let client = registered(&world, "read write").await;
        for asked in ["read", "read:statuses", "read write"] {
            let code = code(&world, "alice", &request(&client, asked)).await;
            let token = redeemed(&world, &client, &code, None).await.unwrap();
            assert_eq!((token.scope.as_str(), tokens::access(&world.app, &token.access_token).await.unwrap().scopes.to_string()), (asked, asked.into()));
        }
        for blank in [None, Some(""), Some("  ")] {
            let client = applications::register(&world.app, Introduction { scopes: blank.map(str::to_owned), ..introduction("") }).await.unwrap();
            assert_eq!(client.application.scopes, "read");
        }
    }

    async fn a_secret_is_compared_to_its_end(world: World) {
        let client = registered(&world, "read").await;
        let (id, secret) = (client.application.client_id.as_str(), client.secret.as_str());
        let proves = async |secret: &str| applications::authenticate(&world.app, id, secret).await.is_ok();
        assert!(proves(secret).await);
        for wrong in [with_other_end(secret), secret[..secret.len() - 1].to_owned(), format!("{secret}A"), secret.to_lowercase(), format!(" {secret}")] {
            assert!(!proves(&wrong).await, "{wrong}");
        }
        // A digest that agrees in all but its last byte.
        let (row, mut digest) = (client.application.id, crate::secrets::hash(secret));
        *digest.last_mut().unwrap() ^= 1;
        world.write(move |tx| async move { Ok(tx.exec(sql!("UPDATE oauth_applications SET secret_hash = $1 WHERE id = $2"), args![&digest, row]).await.map(drop)?) }).await;
        assert!(!proves(secret).await);
    }

    async fn a_verifier_is_compared_to_its_end(world: World) {
        let world = world.with_user("alice").await;
        let client = registered(&world, "read").await;
        let right = URL_SAFE_NO_PAD.encode(crate::secrets::hash(VERIFIER));
        let asked = |challenge: &str| Request {
            code_challenge: Some(challenge.to_owned()),
            code_challenge_method: Some("S256".into()),
            ..request(&client, "read")
        };
        for (challenge, verifier, good) in [
            (right.clone(), VERIFIER.to_owned(), true),
            (with_other_end(&right), VERIFIER.to_owned(), false),
            (right.clone(), with_other_end(VERIFIER), false),
            (right.clone(), VERIFIER[..VERIFIER.len() - 1].to_owned(), false),
            (right.clone(), right.clone(), false),
        ] {
            let code = code(&world, "alice", &asked(&challenge)).await;
            assert_eq!(redeemed(&world, &client, &code, Some(&verifier)).await.is_ok(), good, "{challenge} {verifier}");
        }
        for (length, good) in [(42, false), (43, true), (128, true), (129, false)] {
            assert_eq!(grants::check(&world.app, &asked(&"x".repeat(length))).await.is_ok(), good, "{length} characters");
        }
    }

    async fn a_code_leads_to_the_very_address_it_was_given_for(world: World) {
        let world = world.with_user("alice").await;
        let client = registered(&world, "read").await;
        let other = registered(&world, "read").await;
        for address in ["https://client.test/back/", "https://client.test/back?x=1", "https://client.test/bac", "https://client.test/BACK", "https://client.test:443/back", "http://client.test/back", ""] {
            let asked = Request { redirect_uri: address.into(), ..request(&client, "read") };
            assert!(matches!(grants::check(&world.app, &asked).await, Err(Fault::OnPage(_))), "{address}");
            let code = code(&world, "alice", &request(&client, "read")).await;
            let elsewhere = given::from_code(&world.app, &client.application, &code, address, None).await;
            assert_eq!(problems(elsewhere.err().unwrap()), ["invalid_grant"], "{address}");
        }
        let code = code(&world, "alice", &request(&client, "read")).await;
        for wrong in [with_other_end(&code), code[..code.len() - 1].to_owned()] {
            assert!(redeemed(&world, &client, &wrong, None).await.is_err());
        }
        assert!(redeemed(&world, &other, &code, None).await.is_err());
    }

    async fn a_registration_may_be_so_long_and_no_longer(world: World) {
        let tries = async |change: &dyn Fn(&mut Introduction)| {
            let mut new = introduction("read");
            change(&mut new);
            applications::register(&world.app, new).await.is_ok()
        };
        let address = |length: usize| format!("https://client.test/{}", "x".repeat(length - "https://client.test/".len()));
        for (past, good) in [(0, true), (1, false)] {
            assert_eq!(tries(&|new| new.name = "é".repeat(60 + past)).await, good, "a name");
            assert_eq!(tries(&|new| new.website = Some(address(2_000 + past))).await, good, "a website");
            assert_eq!(tries(&|new| new.redirect_uris = vec![address(1_000), address(999 + past)]).await, good, "addresses, with a line's end between them");
        }
        for forbidden in ["javascript:x", "JavaScript:x", "data:text/html,x", "vbscript:x"] {
            assert!(!tries(&|new| new.redirect_uris = vec![BACK.into(), forbidden.into()]).await, "{forbidden}");
        }
        for website in ["ftp://client.test/", "https:", "client.test"] {
            assert!(!tries(&|new| new.website = Some(website.into())).await, "{website}");
        }
    }

    async fn what_is_remembered_of_a_token_is_read_again_after_five_seconds(world: World) {
        let world = world.with_user("alice").await;
        let token = world.user("alice").token.clone();
        let id = tokens::access(&world.app, &token).await.unwrap().token_id;
        // As another process would, of whom nothing is heard.
        world.write(move |tx| async move { Ok(tx.exec(sql!("UPDATE oauth_tokens SET revoked_at = 1 WHERE id = $1"), args![id]).await.map(drop)?) }).await;
        tokens::access(&world.app, &token).await.unwrap();
        world.advance(4_999);
        tokens::access(&world.app, &token).await.unwrap();
        world.advance(1);
        assert_eq!(problems(tokens::access(&world.app, &token).await.unwrap_err()), ["error-revoked"]);
        for wrong in [with_other_end(&token), token[..token.len() - 1].to_owned(), format!("{token}A"), String::new()] {
            assert_eq!(problems(tokens::access(&world.app, &wrong).await.unwrap_err()), ["error-unauthorized"]);
        }
    }

    async fn forgetting_what_one_may_do_is_for_that_account(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        for person in [&alice, &bob] {
            person.viewer().await;
            becomes(&world, person.account, "disabled").await;
        }
        let is_closed = async |token: &str| tokens::access(&world.app, token).await.unwrap().viewer().is_err();
        world.app.tokens.forget_account(alice.account);
        assert_eq!((is_closed(&alice.token).await, is_closed(&bob.token).await), (true, false));
        world.app.tokens.forget_all();
        assert!(is_closed(&bob.token).await);
    }

    async fn who_may_no_longer_act_is_signed_in_nowhere(world: World) {
        let world = world.with_users(["alice", "bob", "carol", "dave"]).await;
        for (name, what, refusal) in [
            ("alice", "disabled", Refusal::Disabled),
            ("bob", "suspended", Refusal::Disabled),
            ("carol", "unconfirmed", Refusal::Unconfirmed),
            ("dave", "unapproved", Refusal::Pending),
        ] {
            let cookie = signs_in(&world, name, PASSWORD).await.unwrap();
            assert!(sessions::session(&world.app, &cookie).await.unwrap().is_some());
            assert!(sessions::session(&world.app, &with_other_end(&cookie)).await.unwrap().is_none());
            becomes(&world, world.user(name).account, what).await;
            assert!(sessions::session(&world.app, &cookie).await.unwrap().is_none(), "{what}");
            assert_eq!(signs_in(&world, name, PASSWORD).await, Err(refusal), "{what}");
            for wrong in [&PASSWORD[..PASSWORD.len() - 1], &with_other_end(PASSWORD), &format!("{PASSWORD} "), ""] {
                assert_eq!(signs_in(&world, name, wrong).await, Err(Refusal::Wrong), "{wrong:?}");
            }
        }
    }

    async fn a_session_ends_with_its_last_millisecond(world: World) {
        let world = world.with_user("alice").await;
        let cookie = signs_in(&world, "alice", PASSWORD).await.unwrap();
        world.advance(SESSION_LIFE_MS - 1);
        assert!(sessions::session(&world.app, &cookie).await.unwrap().is_some());
        world.advance(1);
        assert!(sessions::session(&world.app, &cookie).await.unwrap().is_none());
    }

    async fn a_link_is_for_one_purpose_until_its_last_millisecond(m: Mailing) {
        let app = &m.world.app;
        m.newcomer("alice", false).await;
        let confirming = m.token();
        assert!(!reset_password::is_good(app, &confirming).await.unwrap());
        assert!(reset_password::reset(app, &confirming, "another good one".into()).await.is_err());
        assert!(confirm::confirm(app, &with_other_end(&confirming)).await.is_err());
        m.world.advance(2 * DAY_MS - 1);
        confirm::confirm(app, &confirming).await.unwrap();
        m.newcomer("bob", true).await;
        m.asks_for_password("bob").await;
        let resetting = m.token();
        assert!(confirm::confirm(app, &resetting).await.is_err());
        assert!(!reset_password::is_good(app, &with_other_end(&resetting)).await.unwrap());
        m.world.advance(6 * HOUR_MS - 1);
        assert!(reset_password::is_good(app, &resetting).await.unwrap());
        m.world.advance(1);
        assert!(reset_password::reset(app, &resetting, "another good one".into()).await.is_err());
        m.newcomer("carol", false).await;
        let late = m.token();
        m.world.advance(2 * DAY_MS);
        assert!(confirm::confirm(app, &late).await.is_err());
    }

    async fn a_new_password_ends_codes_tokens_and_sessions_of_that_person(m: Mailing) {
        let mut m = m;
        let [alice, bob] = [m.world.add_user("alice").await, m.world.add_user("bob").await];
        let client = registered(&m.world, "read").await;
        let asked = request(&client, "read");
        let (hers, his) = (code(&m.world, "alice", &asked).await, code(&m.world, "bob", &asked).await);
        let (cookie, other) = (signs_in(&m.world, "alice", PASSWORD).await.unwrap(), signs_in(&m.world, "bob", PASSWORD).await.unwrap());
        m.asks_for_password("alice").await;
        let token = alice.token_id().await;
        let mut events = m.world.app.bus.listen();
        reset_password::reset(&m.world.app, &m.token(), "another good one".into()).await.unwrap();
        assert_eq!(events.recv().await.unwrap(), crate::bus::Event::Revoked { tokens: vec![token] });
        assert!(redeemed(&m.world, &client, &hers, None).await.is_err() && redeemed(&m.world, &client, &his, None).await.is_ok());
        assert!(tokens::access(&m.world.app, &alice.token).await.is_err() && tokens::access(&m.world.app, &bob.token).await.is_ok());
        assert!(sessions::session(&m.world.app, &cookie).await.unwrap().is_none() && sessions::session(&m.world.app, &other).await.unwrap().is_some());
    }

    async fn who_is_shut_out_is_sent_no_link(m: Mailing) {
        for (name, what) in [("alice", "disabled"), ("bob", "suspended")] {
            let account = m.newcomer(name, true).await;
            let before = m.post.arrived().len();
            becomes(&m.world, account, what).await;
            m.asks_for_password(name).await;
            assert_eq!(m.post.arrived().len(), before, "{what}");
        }
        assert!(find::local_id(&m.world.app, "alice").await.is_ok());
    }
}

#[test]
fn every_scope_opens_itself_its_children_and_nothing_else() {
    let follow = ["read:blocks", "read:follows", "read:mutes", "write:blocks", "write:follows", "write:mutes"];
    for own in KNOWN {
        let set = Scopes::read(own);
        for wanted in KNOWN {
            let expected = own == wanted || wanted.starts_with(&format!("{own}:")) || (*own == "follow" && follow.contains(wanted));
            assert_eq!(set.opens(wanted), expected, "{own} and {wanted}");
            assert_eq!(set.opens_all(&Scopes::read(wanted)), expected);
            assert_eq!(set.opens_all(&Scopes::read(&format!("{own} {wanted}"))), expected);
        }
        for odd in ["", "reads", "read:", ":", "Read", "admin"] {
            assert!(!Scopes::read(own).opens(odd) || odd == "read:" && *own == "read", "{own} and {odd:?}");
        }
    }
    assert!(!Scopes::default().opens("read") && Scopes::default().opens_all(&Scopes::default()));
    assert_eq!(Scopes::read("read  read\twrite+read\npush").list(), ["read", "write", "push"]);
}

#[tokio::test]
async fn a_forms_token_is_of_its_form_to_the_last_digit() {
    let world = World::new(Engine::Sqlite).await;
    let (secrets, form) = (&world.app.secrets, "form\nvisitor 1");
    let token = secrets.form_token(form);
    assert!(secrets.is_form_token(form, &token));
    let flipped = format!("{}{}", &token[..token.len() - 1], if token.ends_with('0') { '1' } else { '0' });
    for wrong in [flipped.as_str(), &token[..token.len() - 2], &token[..32], "", "0"] {
        assert!(!secrets.is_form_token(form, wrong), "{wrong}");
    }
    for other in ["form\nvisitor 11", "form\nvisitor ", "form\nvisito 1", "form\nvisitor 2"] {
        assert!(!secrets.is_form_token(other, &token), "{other:?}");
    }
    let user = store::UserId(7);
    let link = secrets.mail_token(user, "reset", 1, "x");
    for other in [
        secrets.mail_token(user, "confirm", 1, "x"),
        secrets.mail_token(user, "reset", 2, "x"),
        secrets.mail_token(user, "reset", 1, "y"),
        secrets.mail_token(store::UserId(8), "reset", 1, "x"),
    ] {
        assert_ne!(link, other);
    }
    assert_ne!(secrets.access_token(store::TokenId(1)), secrets.access_token(store::TokenId(2)));
}
