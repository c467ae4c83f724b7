//! Applications, codes and tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use store::{args, sql};

use super::problems;
use crate::bus::Event;
use crate::oauth::applications::{self, Introduction, OUT_OF_BAND, Registered};
use crate::oauth::grants::{self, Fault, Request};
use crate::oauth::tokens as given;
use crate::sessions;
use crate::testing::{DAY_MS, HOUR_MS, MINUTE_MS, PASSWORD, Person, World};
use crate::{App, Error, stories, tokens};

const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-of-them";

fn introduction() -> Introduction {
    Introduction {
        name: "Client".into(),
        redirect_uris: vec!["https://client.test/back".into(), OUT_OF_BAND.into()],
        scopes: Some("read write:statuses".into()),
        website: None,
    }
}

fn request(client: &Registered) -> Request {
    Request {
        response_type: "code".into(),
        client_id: client.application.client_id.clone(),
        redirect_uri: OUT_OF_BAND.into(),
        scope: Some("read".into()),
        ..Request::default()
    }
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(crate::secrets::hash(VERIFIER))
}

async fn code(app: &App, person: &Person, request: &Request) -> String {
    let checked = grants::check(app, request).await.unwrap();
    let signed_in = sessions::sign_in(app, &person.name, PASSWORD.into(), "::1".into(), "test".into()).await.unwrap().unwrap();
    let session = sessions::session(app, &signed_in).await.unwrap().unwrap();
    grants::authorize(app, &session, &checked, request.code_challenge.clone()).await.unwrap().unwrap()
}

async fn redeem(app: &App, client: &Registered, code: &str, verifier: Option<&str>) -> Result<given::Given, Error> {
    given::from_code(app, &client.application, code, OUT_OF_BAND, verifier).await
}

stories! {
    async fn an_application_that_breaks_rules_is_refused_with_all_reasons(world: World) {
        let tries = async |change: fn(&mut Introduction)| {
            let mut new = introduction();
            change(&mut new);
            problems(applications::register(&world.app, new).await.err().unwrap())
        };
        assert_eq!(tries(|new| (new.name, new.redirect_uris, new.scopes) = (String::new(), vec![], Some("read nonsense".into()))).await,
            ["invalid-app-name-blank", "invalid-redirect-uri-blank", "invalid-scopes"]);
        assert_eq!(tries(|new| new.redirect_uris = vec!["javascript:alert(1)".into()]).await, ["invalid-redirect-uri-forbidden"]);
        assert_eq!(tries(|new| new.redirect_uris = vec!["/back".into()]).await, ["invalid-redirect-uri-relative"]);
        assert_eq!(tries(|new| new.redirect_uris = vec!["https://a.test/#x".into()]).await, ["invalid-redirect-uri-fragment"]);
        assert_eq!(tries(|new| new.website = Some("javascript:alert(1)".into())).await, ["invalid-app-website"]);
        assert_eq!(tries(|new| new.name = "x".repeat(61)).await, ["invalid-app-name-too-long"]);
        let custom = applications::register(&world.app, Introduction { redirect_uris: vec!["my-app://back".into()], scopes: None, ..introduction() }).await.unwrap();
        assert_eq!(custom.application.scopes, "read");
    }

    async fn an_application_is_sent_back_to_no_address_of_the_browsers_own(world: World) {
        let tries = async |uri: &str| {
            let new = Introduction { redirect_uris: vec![uri.to_owned()], ..introduction() };
            applications::register(&world.app, new).await.map(drop).map_err(|error| problems(error)[0])
        };
        for (uri, why) in [
            ("javascript:alert(1)", "forbidden"),
            ("JavaScript://a.test/%0Aalert(1)", "forbidden"),
            (" \tjavascript:alert(1)", "forbidden"),
            ("java\tscript:alert(1)", "forbidden"),
            ("\u{1}data:text/html,hi", "forbidden"),
            ("data:text/html,<script>alert(1)</script>", "forbidden"),
            ("VBScript:msgbox", "forbidden"),
            ("blob:https://a.test/0b3c", "forbidden"),
            ("file:///etc/passwd", "forbidden"),
            ("about:blank", "forbidden"),
            ("view-source:https://a.test/", "forbidden"),
            ("FileSystem:https://a.test/temporary/x", "forbidden"),
            ("ws://a.test/", "forbidden"),
            ("localhost:3000/back", "forbidden"),
            ("https://a.test/\u{7}back", "format"),
            ("https://a.test/\u{7f}", "format"),
            ("https://a.test/\tback", "format"),
            ("https://a.test/back\r\rSet-Cookie:x", "format"),
            ("https://a.test/\u{2028}back", "format"),
            ("https://a.test/\u{a0}back", "format"),
            ("https://a.test/ü", "format"),
            ("https://a.test/\"><b", "format"),
            ("https://a.test/a\\b", "format"),
            ("https://a.test/%0", "format"),
            ("https://a.test/%zz", "format"),
            ("https:a.test/back", "format"),
            ("https:/a.test/back", "format"),
            ("https:///a.test/back", "format"),
            ("https://", "format"),
            ("https://a.test:99999/", "format"),
            ("https://a.test/ back", "relative"),
            ("https://a.test/\nback", "relative"),
            ("https://a.test/\r\nback", "relative"),
            ("//a.test/back", "relative"),
            ("back", "relative"),
            ("https://a.test/#", "fragment"),
            ("my-app://back#x", "fragment"),
            ("my-app:back", "scheme"),
            ("a.test:443/back", "scheme"),
            ("mailto:a@a.test", "scheme"),
            ("urn:ietf:wg:oauth:2.0:oob2", "scheme"),
        ] {
            assert_eq!(tries(uri).await.unwrap_err().strip_prefix("invalid-redirect-uri-"), Some(why), "{uri:?}");
        }
        for uri in [
            OUT_OF_BAND, "https://a.test", "https://a.test/back?x=1&y=%2F", "http://localhost:3000/", "http://127.0.0.1:1/b", "http://[::1]/b", "HTTPS://A.test/",
            "com.example.app:/back", "com.example.app:/", "myapp://", "myapp://back", "my-app+2://a/b?c=d", "moz-extension://0b3c/back.html", " https://a.test/ \n my://b\r\n",
        ] {
            assert_eq!(tries(uri).await, Ok(()), "{uri:?}");
        }
    }

    async fn an_address_that_would_be_refused_today_is_never_sent_to(world: World) {
        let addresses = ["https://a.test/\u{7}", "javascript:alert(1)", "https://a.test/good"];
        let old = store::oauth::NewApplication {
            name: "Old".into(),
            website: None,
            redirect_uris: addresses.join("\n"),
            scopes: "read".into(),
            client_id: "old".into(),
            secret_hash: vec![1],
            superapp: false,
        };
        let id = world.write(move |tx| async move { Ok(store::oauth::insert_application(&tx, &old).await?) }).await;
        let check = async |uri: &str| {
            let request = Request { response_type: "code".into(), client_id: "old".into(), redirect_uri: uri.into(), ..Request::default() };
            match grants::check(&world.app, &request).await {
                Ok(checked) => checked.redirect_uri,
                Err(Fault::OnPage(error)) => problems(error)[0].to_owned(),
                Err(Fault::SentBack(error)) => panic!("{error:?}"),
            }
        };
        assert_eq!([check(addresses[0]).await, check(addresses[1]).await], ["invalid_redirect_uri", "invalid_redirect_uri"]);
        assert_eq!(check(addresses[2]).await, addresses[2]);
        let application = applications::find(&world.app, id).await.unwrap();
        assert_eq!(applications::return_address(&application).as_deref(), Some(addresses[2]));
    }

    async fn an_application_proves_itself_by_its_secret(world: World) {
        let client = applications::register(&world.app, introduction()).await.unwrap();
        let id = &client.application.client_id;
        assert_eq!(applications::authenticate(&world.app, id, &client.secret).await.unwrap().id, client.application.id);
        for (id, secret) in [(id.as_str(), "wrong"), ("nobody", client.secret.as_str()), (id.as_str(), "")] {
            assert_eq!(problems(applications::authenticate(&world.app, id, secret).await.unwrap_err()), ["invalid_client"]);
        }
    }

    async fn a_request_is_checked_before_anybody_is_asked(world: World) {
        let client = applications::register(&world.app, introduction()).await.unwrap();
        let fault = async |change: fn(&mut Request)| {
            let mut asked = request(&client);
            change(&mut asked);
            match grants::check(&world.app, &asked).await.unwrap_err() {
                Fault::OnPage(error) => ("on the page", problems(error)[0]),
                Fault::SentBack(error) => ("sent back", problems(error)[0]),
            }
        };
        assert_eq!(fault(|r| r.client_id = "nobody".into()).await, ("on the page", "invalid_client"));
        assert_eq!(fault(|r| r.redirect_uri = "https://client.test/back/".into()).await, ("on the page", "invalid_redirect_uri"));
        assert_eq!(fault(|r| r.response_type = "token".into()).await, ("sent back", "unsupported_response_type"));
        assert_eq!(fault(|r| r.scope = Some("write".into())).await, ("sent back", "invalid_scope"));
        assert_eq!(fault(|r| r.scope = Some("nonsense".into())).await, ("sent back", "invalid_scope"));
        assert_eq!(fault(|r| r.code_challenge = Some(challenge())).await, ("sent back", "invalid_code_challenge_method"));
        assert_eq!(fault(|r| (r.code_challenge, r.code_challenge_method) = (Some("short".into()), Some("S256".into()))).await, ("sent back", "invalid_request"));
    }

    async fn a_code_is_good_once(world: World) {
        let world = world.with_user("alice").await;
        let client = applications::register(&world.app, introduction()).await.unwrap();
        let code = code(&world.app, &world.user("alice"), &request(&client)).await;
        let given = redeem(&world.app, &client, &code, None).await.unwrap();
        assert_eq!((given.scope.as_str(), given.created_at), ("read", world.now()));
        let access = tokens::access(&world.app, &given.access_token).await.unwrap();
        assert_eq!(access.viewer().unwrap().account_id, world.user("alice").account);
        assert_eq!(problems(redeem(&world.app, &client, &code, None).await.err().unwrap()), ["invalid_grant"]);
    }

    async fn a_replayed_code_ends_the_token_it_gave(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let client = applications::register(&world.app, introduction()).await.unwrap();
        let asked = Request { code_challenge: Some(challenge()), code_challenge_method: Some("S256".into()), ..request(&client) };
        let (first, others) = (code(&world.app, &world.user("alice"), &asked).await, code(&world.app, &world.user("bob"), &request(&client)).await);
        let given = redeem(&world.app, &client, &first, Some(VERIFIER)).await.unwrap();
        let bobs = redeem(&world.app, &client, &others, None).await.unwrap();
        let id = tokens::access(&world.app, &given.access_token).await.unwrap().token_id;
        let mut events = world.app.bus.listen();
        let again = redeem(&world.app, &client, &first, Some(VERIFIER)).await;
        assert_eq!(problems(again.err().unwrap()), ["invalid_grant"]);
        assert_eq!(problems(tokens::access(&world.app, &given.access_token).await.unwrap_err()), ["error-revoked"], "though it was remembered");
        assert_eq!(events.recv().await.unwrap(), Event::Revoked { tokens: vec![id] }, "its streams close");
        tokens::access(&world.app, &bobs.access_token).await.unwrap();
        let next = code(&world.app, &world.user("alice"), &asked).await;
        let next = redeem(&world.app, &client, &next, Some(VERIFIER)).await.unwrap().access_token;
        assert_eq!(problems(redeem(&world.app, &client, &first, Some(VERIFIER)).await.err().unwrap()), ["invalid_grant"]);
        tokens::access(&world.app, &next).await.expect("the token of a later code is another");
    }

    async fn a_replay_after_the_code_has_expired_is_noticed_too(world: World) {
        let world = world.with_user("alice").await;
        let client = applications::register(&world.app, introduction()).await.unwrap();
        let code = code(&world.app, &world.user("alice"), &request(&client)).await;
        let given = redeem(&world.app, &client, &code, None).await.unwrap();
        world.advance(10 * MINUTE_MS + DAY_MS);
        world.write(|tx| async move { crate::queue::enqueue(&tx, &crate::queue::Expire {}).await }).await;
        world.drain_jobs().await;
        redeem(&world.app, &client, &code, None).await.err().unwrap();
        assert_eq!(problems(tokens::access(&world.app, &given.access_token).await.unwrap_err()), ["error-revoked"]);
    }

    async fn only_who_could_have_exchanged_a_code_replays_it(world: World) {
        let world = world.with_user("alice").await;
        let client = applications::register(&world.app, introduction()).await.unwrap();
        let other = applications::register(&world.app, introduction()).await.unwrap();
        let asked = Request { code_challenge: Some(challenge()), code_challenge_method: Some("S256".into()), ..request(&client) };
        let code = code(&world.app, &world.user("alice"), &asked).await;
        let given = redeem(&world.app, &client, &code, Some(VERIFIER)).await.unwrap();
        let wrong_verifier = format!("{}x", &VERIFIER[..VERIFIER.len() - 1]);
        for refused in [
            redeem(&world.app, &other, &code, Some(VERIFIER)).await,
            redeem(&world.app, &client, &code, Some(&wrong_verifier)).await,
            redeem(&world.app, &client, &code, None).await,
            given::from_code(&world.app, &client.application, &code, "https://client.test/back", Some(VERIFIER)).await,
            redeem(&world.app, &client, "nonsense", Some(VERIFIER)).await,
        ] {
            assert_eq!(problems(refused.err().unwrap()), ["invalid_grant"]);
        }
        tokens::access(&world.app, &given.access_token).await.unwrap();
    }

    async fn a_code_is_good_once_even_for_two_at_the_same_time(world: World) {
        let world = world.with_user("alice").await;
        let client = applications::register(&world.app, introduction()).await.unwrap();
        let code = code(&world.app, &world.user("alice"), &request(&client)).await;
        let (one, two) = tokio::join!(redeem(&world.app, &client, &code, None), redeem(&world.app, &client, &code, None));
        let given: Vec<given::Given> = [one, two].into_iter().filter_map(Result::ok).collect();
        assert_eq!(given.len(), 1);
        let opened = tokens::access(&world.app, &given[0].access_token).await;
        assert_eq!(problems(opened.unwrap_err()), ["error-revoked"], "and loses it, since one of them may be a thief");
    }

    async fn a_code_lives_ten_minutes(world: World) {
        let world = world.with_user("alice").await;
        let client = applications::register(&world.app, introduction()).await.unwrap();
        let first = code(&world.app, &world.user("alice"), &request(&client)).await;
        world.advance(10 * MINUTE_MS - 1);
        redeem(&world.app, &client, &first, None).await.unwrap();
        let second = code(&world.app, &world.user("alice"), &request(&client)).await;
        world.advance(10 * MINUTE_MS);
        assert_eq!(problems(redeem(&world.app, &client, &second, None).await.err().unwrap()), ["invalid_grant"]);
    }

    async fn a_code_is_for_its_application_and_its_address(world: World) {
        let world = world.with_user("alice").await;
        let client = applications::register(&world.app, introduction()).await.unwrap();
        let other = applications::register(&world.app, introduction()).await.unwrap();
        let first = code(&world.app, &world.user("alice"), &request(&client)).await;
        assert_eq!(problems(redeem(&world.app, &other, &first, None).await.err().unwrap()), ["invalid_grant"]);
        let elsewhere = given::from_code(&world.app, &client.application, &first, "https://client.test/back", None).await;
        assert_eq!(problems(elsewhere.err().unwrap()), ["invalid_grant"]);
    }

    async fn a_challenge_wants_its_verifier(world: World) {
        let world = world.with_user("alice").await;
        let client = applications::register(&world.app, introduction()).await.unwrap();
        let asked = Request { code_challenge: Some(challenge()), code_challenge_method: Some("S256".into()), ..request(&client) };
        for wrong in [None, Some("another-verifier-that-is-long-enough-to-be-one")] {
            let code = code(&world.app, &world.user("alice"), &asked).await;
            assert_eq!(problems(redeem(&world.app, &client, &code, wrong).await.err().unwrap()), ["invalid_grant"]);
            assert_eq!(problems(redeem(&world.app, &client, &code, Some(VERIFIER)).await.err().unwrap()), ["invalid_grant"], "a wrong guess uses the code up");
        }
        let code = code(&world.app, &world.user("alice"), &asked).await;
        redeem(&world.app, &client, &code, Some(VERIFIER)).await.unwrap();
    }

    async fn a_verifier_without_a_challenge_is_refused(world: World) {
        let world = world.with_user("alice").await;
        let client = applications::register(&world.app, introduction()).await.unwrap();
        let code = code(&world.app, &world.user("alice"), &request(&client)).await;
        assert_eq!(problems(redeem(&world.app, &client, &code, Some(VERIFIER)).await.err().unwrap()), ["invalid_grant"]);
    }

    async fn a_verifier_has_43_to_128_unreserved_characters(world: World) {
        let world = world.with_user("alice").await;
        let client = applications::register(&world.app, introduction()).await.unwrap();
        for (verifier, is_good) in [
            ("a".repeat(42), false),
            ("a".repeat(43), true),
            ("-._~".repeat(32), true),
            ("a".repeat(129), false),
            (format!("{} ", "a".repeat(43)), false),
            (format!("{}+/=", "a".repeat(43)), false),
            (format!("{}ü", "a".repeat(43)), false),
        ] {
            let challenge = URL_SAFE_NO_PAD.encode(crate::secrets::hash(&verifier));
            let asked = Request { code_challenge: Some(challenge), code_challenge_method: Some("S256".into()), ..request(&client) };
            let code = code(&world.app, &world.user("alice"), &asked).await;
            assert_eq!(redeem(&world.app, &client, &code, Some(&verifier)).await.is_ok(), is_good, "{verifier}");
        }
    }

    async fn a_challenge_is_s256_and_well_formed(world: World) {
        let client = applications::register(&world.app, introduction()).await.unwrap();
        let check = async |challenge: Option<&str>, method: Option<&str>| {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let asked = Request { code_challenge: owned(challenge), code_challenge_method: owned(method), ..request(&client) };
            match grants::check(&world.app, &asked).await {
                Ok(_) => "good",
                Err(Fault::SentBack(error)) => problems(error)[0],
                Err(Fault::OnPage(error)) => panic!("{error:?}"),
            }
        };
        let good = challenge();
        assert_eq!(check(Some(&good), Some("S256")).await, "good");
        for (length, expected) in [(42, "invalid_request"), (43, "good"), (128, "good"), (129, "invalid_request")] {
            assert_eq!(check(Some(&"a".repeat(length)), Some("S256")).await, expected, "{length}");
        }
        for malformed in ["", " ", &format!("{good}="), &format!("+{}", &good[1..]), &format!("{}/", &good[1..]), &format!("{} ", &good[1..])] {
            assert_eq!(check(Some(malformed), Some("S256")).await, "invalid_request", "{malformed:?}");
        }
        assert_eq!(check(Some(""), None).await, "invalid_request");
        assert_eq!(check(None, Some("S256")).await, "invalid_request", "a method of nothing");
        for method in [Some("plain"), Some("s256"), Some("S512"), Some(""), None] {
            assert_eq!(check(Some(&good), method).await, "invalid_code_challenge_method", "{method:?}");
        }
        assert_eq!(check(None, Some("plain")).await, "invalid_code_challenge_method");
    }

    async fn the_same_person_application_and_scopes_get_the_same_token(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let client = applications::register(&world.app, introduction()).await.unwrap();
        let give = |user, scopes| given::give(&world.app, &client.application, user, scopes);
        let first = give(Some(alice.user), "read").await.unwrap();
        world.advance(HOUR_MS);
        let again = give(Some(alice.user), "read").await.unwrap();
        assert_eq!((&first.access_token, first.created_at), (&again.access_token, again.created_at));
        assert_ne!(give(Some(alice.user), "read write:statuses").await.unwrap().access_token, first.access_token);
        assert_ne!(give(None, "read").await.unwrap().access_token, first.access_token);
        let own = given::from_credentials(&world.app, &client.application, None).await.unwrap();
        assert_eq!(own.access_token, give(None, "read").await.unwrap().access_token);
    }

    async fn the_same_scopes_in_any_order_get_the_same_token(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let wide = Introduction { scopes: Some("read write push follow".into()), ..introduction() };
        let client = applications::register(&world.app, wide).await.unwrap();
        for user in [None, Some(alice.user)] {
            let first = given::give(&world.app, &client.application, user, "read write push").await.unwrap();
            for same in ["push write read", "write push read", "read read write push", "push+write+read", " push\nwrite\tread "] {
                let again = given::give(&world.app, &client.application, user, same).await.unwrap();
                assert_eq!((&again.access_token, again.scope.as_str()), (&first.access_token, "read write push"), "{same:?}");
            }
            for other in ["read write", "read write push follow", "read write push read:accounts"] {
                assert_ne!(given::give(&world.app, &client.application, user, other).await.unwrap().access_token, first.access_token, "{other}");
            }
        }
        assert_eq!(world.read(move |r| async move { Ok(store::oauth::find_same_token(&r, client.application.id, None, "push write read").await?) }).await, None);
    }

    async fn a_token_kept_under_another_order_is_given_again(world: World) {
        let client = applications::register(&world.app, introduction()).await.unwrap();
        let (id, app_secrets) = (client.application.id, world.app.secrets.clone());
        world.write(move |tx| async move {
            let token = store::TokenId(tx.next_id());
            let hash = crate::secrets::hash(&app_secrets.access_token(token));
            Ok(store::oauth::insert_token(&tx, token, id, None, &hash, "write:statuses read").await?)
        }).await;
        let ask = async |scopes| given::from_credentials(&world.app, &client.application, Some(scopes)).await.unwrap();
        let old = ask("write:statuses read").await;
        assert_eq!(old.scope, "read write:statuses");
        assert_eq!(tokens::access(&world.app, &old.access_token).await.unwrap().application_id, id);
        assert_eq!(ask("write:statuses read").await.access_token, old.access_token);
    }

    async fn an_application_has_twenty_tokens_of_its_own(world: World) {
        let world = world.with_user("alice").await;
        let many: Vec<String> = crate::scopes::KNOWN.iter().take(25).map(|scope| (*scope).to_owned()).collect();
        let wide = Introduction { scopes: Some("profile read write".into()), ..introduction() };
        let client = applications::register(&world.app, wide).await.unwrap();
        let personal = given::give(&world.app, &client.application, Some(world.user("alice").user), "read").await.unwrap();
        let mut all = Vec::new();
        for scope in &many {
            world.advance(1);
            all.push(given::from_credentials(&world.app, &client.application, Some(scope)).await.unwrap().access_token);
        }
        world.app.tokens.forget_all();
        let mut open = Vec::new();
        for token in &all {
            open.push(tokens::access(&world.app, token).await.is_ok());
        }
        assert_eq!(open, [[false; 5].as_slice(), &[true; 20]].concat(), "those used longest ago went");
        assert!(tokens::access(&world.app, &personal.access_token).await.is_ok(), "a person's do not count");
        // Revoking and asking again makes no more rows than that.
        for _ in 0..25 {
            let token = given::from_credentials(&world.app, &client.application, Some("read")).await.unwrap().access_token;
            given::revoke(&world.app, &client.application, &token).await.unwrap();
        }
        let id = client.application.id;
        let rows = world.write(move |tx| async move { Ok(store::oauth::delete_oldest_tokens(&tx, id, None, 0).await?.len()) }).await;
        assert_eq!(rows, 20);
    }

    async fn an_applications_own_token_is_nobody_and_stays_within_its_scopes(world: World) {
        let client = applications::register(&world.app, introduction()).await.unwrap();
        let own = given::from_credentials(&world.app, &client.application, Some("write:statuses")).await.unwrap();
        let access = tokens::access(&world.app, &own.access_token).await.unwrap();
        assert_eq!(problems(access.viewer().unwrap_err()), ["error-user-required"]);
        for scope in ["write", "nonsense"] {
            assert_eq!(problems(given::from_credentials(&world.app, &client.application, Some(scope)).await.err().unwrap()), ["invalid_scope"]);
        }
    }

    async fn a_revoked_token_opens_nothing_from_that_moment(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let client = applications::register(&world.app, introduction()).await.unwrap();
        let other = applications::register(&world.app, introduction()).await.unwrap();
        let token = given::give(&world.app, &client.application, Some(alice.user), "read").await.unwrap().access_token;
        tokens::access(&world.app, &token).await.unwrap(); // remembered now
        assert_eq!(problems(given::revoke(&world.app, &other.application, &token).await.unwrap_err()), ["unauthorized_client"]);
        given::revoke(&world.app, &client.application, "unknown").await.unwrap();
        tokens::access(&world.app, &token).await.unwrap();
        given::revoke(&world.app, &client.application, &token).await.unwrap();
        assert_eq!(problems(tokens::access(&world.app, &token).await.unwrap_err()), ["error-revoked"]);
        let next = given::give(&world.app, &client.application, Some(alice.user), "read").await.unwrap().access_token;
        assert_ne!(next, token);
        tokens::access(&world.app, &next).await.unwrap();
        assert_eq!(problems(tokens::access(&world.app, "nonsense").await.unwrap_err()), ["error-unauthorized"]);
    }

    async fn a_tokens_use_is_written_down_in_a_batch(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let last_active = || async {
            let account = alice.account;
            world.read(move |r| async move { Ok(store::users::find_by_account(&r, account).await?.unwrap().last_active_at.unwrap()) }).await
        };
        world.advance(2 * HOUR_MS);
        world.app.tokens.forget_account(alice.account);
        alice.viewer().await;
        assert_eq!(last_active().await, world.now() - 2 * HOUR_MS);
        tokens::write_down_seen(&world.app).await.unwrap();
        assert_eq!(last_active().await, world.now());
    }

    async fn a_use_is_noted_once_an_hour(world: World) {
        let world = world.with_user("alice").await;
        let (app, alice) = (&world.app, world.user("alice"));
        let own = applications::own(app).await.unwrap();
        let machines = given::from_credentials(app, &own, Some("read")).await.unwrap().access_token;
        let persons = alice.token_with("read").await;
        let notes = async |token: &str| {
            // What a token opens is remembered for seconds.
            world.advance(6_000);
            tokens::access(app, token).await.unwrap();
            let noted = app.seen.lock().unwrap().tokens.len();
            tokens::write_down_seen(app).await.unwrap();
            noted
        };
        for token in [&persons, &machines] {
            world.advance(2 * HOUR_MS);
            assert_eq!((notes(token).await, notes(token).await), (1, 0));
            world.advance(HOUR_MS - 12_000);
            assert_eq!(notes(token).await, 0, "an hour later");
            assert_eq!(notes(token).await, 1, "and later still");
        }
        let (user, long_ago) = (alice.user, world.now() - 2 * HOUR_MS);
        world.write(move |tx| async move { Ok(tx.exec(sql!("UPDATE users SET last_active_at = $1 WHERE id = $2"), args![long_ago, user]).await.map(drop)?) }).await;
        assert_eq!(notes(&persons).await, 1, "a person who was long away, whichever token is theirs");
    }
}
