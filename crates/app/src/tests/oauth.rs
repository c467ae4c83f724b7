//! Applications, codes and tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::problems;
use crate::oauth::applications::{self, Introduction, OUT_OF_BAND, Registered};
use crate::oauth::grants::{self, Fault, Request};
use crate::oauth::tokens as given;
use crate::testing::{HOUR_MS, MINUTE_MS, Person, World};
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
    grants::authorize(app, &person.viewer().await, &checked, request.code_challenge.clone()).await.unwrap()
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

    async fn a_code_is_good_once_even_for_two_at_the_same_time(world: World) {
        let world = world.with_user("alice").await;
        let client = applications::register(&world.app, introduction()).await.unwrap();
        let code = code(&world.app, &world.user("alice"), &request(&client)).await;
        let (one, two) = tokio::join!(redeem(&world.app, &client, &code, None), redeem(&world.app, &client, &code, None));
        assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|ok| **ok).count(), 1);
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
        tokens::forget_account(&world.app, alice.account);
        alice.viewer().await;
        assert_eq!(last_active().await, world.now() - 2 * HOUR_MS);
        tokens::write_down_seen(&world.app).await.unwrap();
        assert_eq!(last_active().await, world.now());
    }
}
