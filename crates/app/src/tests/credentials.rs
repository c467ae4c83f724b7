//! Every change of a login against everything that was given out before it.

use store::push_subscriptions::{self as subscriptions, PushSubscription};
use store::{PushSubscriptionId, TokenId, UserId, users};

use super::mail::{MailWorld, link_token};
use super::problems;
use crate::accounts::delete::delete;
use crate::accounts::modify::{Change, modify, reject};
use crate::accounts::register::{Registration, register};
use crate::accounts::sign_up::{SignUp, sign_up};
use crate::accounts::{confirm, find, reset_password};
use crate::bus::Event;
use crate::instance::change_setting;
use crate::oauth::applications::{self, Introduction, OUT_OF_BAND, Registered};
use crate::oauth::grants::{self, Request};
use crate::oauth::tokens as given;
use crate::sessions;
use crate::testing::{PASSWORD, Person, registration};
use crate::{App, Error, Origin, stories, tokens};

/// One of everything that opens an account or speaks for it.
struct Held {
    alice: Person,
    client: Registered,
    reset: String,
    session: String,
    code: String,
    push: PushSubscriptionId,
    /// The application's, of no person.
    own: String,
}

async fn client(app: &App) -> Registered {
    let new = Introduction { name: "Client".into(), redirect_uris: vec![OUT_OF_BAND.into()], scopes: Some("read write push".into()), website: None };
    applications::register(app, new).await.unwrap()
}

async fn code(app: &App, client: &Registered, session: &str) -> String {
    let request = Request {
        response_type: "code".into(),
        client_id: client.application.client_id.clone(),
        redirect_uri: OUT_OF_BAND.into(),
        scope: Some("read".into()),
        ..Request::default()
    };
    let session = sessions::session(app, session).await.unwrap().unwrap();
    grants::authorize(app, &session, &grants::check(app, &request).await.unwrap(), None).await.unwrap().unwrap()
}

impl MailWorld {
    async fn holds(&mut self) -> Held {
        let alice = self.world.add_user("alice").await;
        let app = &self.world.app;
        let client = client(app).await;
        let own = given::from_credentials(app, &client.application, Some("read")).await.unwrap().access_token;
        let session = sessions::sign_in(app, "alice", PASSWORD.into(), "::1".into(), "test".into()).await.unwrap().unwrap();
        let code = code(app, &client, &session).await;
        let push = self.subscribes(alice.user, alice.token_id().await).await;
        let reset = self.asks_for_a_reset("alice@mail.test").await;
        let held = Held { alice, client, reset, session, code, push, own };
        assert!(reset_password::is_good(app, &held.reset).await.unwrap());
        held
    }

    async fn subscribes(&self, user_id: UserId, token_id: TokenId) -> PushSubscriptionId {
        let key = (String::from("key"), vec![1, 2]);
        self.world
            .write(move |tx| async move {
                let id = subscriptions::next_id(&tx).await?;
                let (policy, alerts, endpoint) = ("all".into(), "{}".into(), "https://push.test".into());
                let (key_p256dh, sealed_key_auth) = key;
                let new = PushSubscription {
                    id,
                    token_id,
                    user_id,
                    endpoint,
                    key_p256dh,
                    sealed_key_auth,
                    standard: true,
                    policy,
                    alerts,
                    failed_at: None,
                };
                subscriptions::replace(&tx, &new).await?;
                Ok(id)
            })
            .await
    }

    async fn asks_for_a_reset(&self, email: &str) -> String {
        reset_password::request(&self.world.app, email).await.unwrap();
        self.world.drain_jobs().await;
        link_token(&self.post.newest().link())
    }

    /// What still works of it. Trying the code uses it up.
    async fn left(&self, held: &Held) -> Vec<&'static str> {
        let (app, push) = (&self.world.app, held.push);
        let opens = async |token: &str| tokens::access(app, token).await.is_ok_and(|access| access.user.is_none() || access.viewer().is_ok());
        let redeemed = given::from_code(app, &held.client.application, &held.code, OUT_OF_BAND, None).await;
        let all = [
            ("reset link", reset_password::is_good(app, &held.reset).await.unwrap()),
            ("session", sessions::session(app, &held.session).await.unwrap().is_some()),
            ("token", opens(&held.alice.token).await),
            ("push", self.world.read(move |r| async move { Ok(subscriptions::find(&r, push).await?.is_some()) }).await),
            ("application's token", opens(&held.own).await),
            ("code", redeemed.is_ok()),
        ];
        all.iter().filter(|(_, works)| *works).map(|(name, _)| *name).collect()
    }

    async fn changes(&self, held: &Held, change: Change) {
        modify(&self.world.app, Origin::Cli, held.alice.account, change).await.unwrap();
    }

    /// Somebody who registers through an application: their token and that of the mail.
    async fn signs_up(&self, mode: &str) -> (Registered, String, String) {
        let app = &self.world.app;
        change_setting::set(app, Origin::Cli, "registrations_mode", mode.into()).await.unwrap();
        let client = client(app).await;
        let (username, email) = ("carol".into(), "carol@mail.test".into());
        let wish = SignUp { username, email, password: PASSWORD.into(), agreement: true, ip: "::1".into(), ..SignUp::default() };
        let done = sign_up(app, wish, Some(client.application.clone())).await.unwrap();
        self.world.drain_jobs().await;
        (client, done.token.unwrap().access_token, link_token(&self.post.newest().link()))
    }

    async fn confirms(&self, token: &str) -> bool {
        match confirm::confirm(&self.world.app, token).await {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(problems(error), ["error-not-found"]);
                false
            }
        }
    }

    async fn carol(&self) -> users::User {
        self.world.read(|r| async move { Ok(users::find_by_login(&r, "carol").await?.unwrap()) }).await
    }
}

fn email(address: &str) -> Change {
    Change { email: Some(address.into()), ..Change::default() }
}

fn password(text: &str) -> Change {
    Change { password: Some(text.into()), ..Change::default() }
}

fn disabled(disabled: bool) -> Change {
    Change { disabled: Some(disabled), ..Change::default() }
}

const ALL: [&str; 6] = ["reset link", "session", "token", "push", "application's token", "code"];

stories! {
    async fn what_changes_no_credentials_ends_nothing(w: MailWorld) {
        let mut w = w;
        let held = w.holds().await;
        let owner = crate::accounts::modify::find_role(&w.world.app, "owner").await.unwrap();
        w.changes(&held, Change { role: Some(Some(owner.id)), confirm: true, approve: true, ..Change::default() }).await;
        w.changes(&held, email(" Alice@Mail.test ")).await;
        w.changes(&held, disabled(false)).await;
        assert_eq!(w.left(&held).await, ALL);
    }

    async fn a_new_address_ends_the_reset_links_sent_to_the_old(w: MailWorld) {
        let mut w = w;
        let held = w.holds().await;
        w.changes(&held, email("new@mail.test")).await;
        assert!(reset_password::reset(&w.world.app, &held.reset, "password".into()).await.is_err());
        w.changes(&held, email("alice@mail.test")).await;
        assert_eq!(w.left(&held).await, ALL[1..], "also when the old address comes back");
        let newer = w.asks_for_a_reset("alice@mail.test").await;
        reset_password::reset(&w.world.app, &newer, "password".into()).await.unwrap();
    }

    async fn a_new_password_ends_all_that_came_before_it(w: MailWorld) {
        let mut w = w;
        let held = w.holds().await;
        w.changes(&held, password("another good one")).await;
        assert_eq!(w.left(&held).await, ["application's token"]);
        assert!(reset_password::reset(&w.world.app, &held.reset, "password".into()).await.is_err());
        assert_eq!(problems(tokens::access(&w.world.app, &held.alice.token).await.unwrap_err()), ["error-revoked"]);
    }

    async fn a_password_set_by_link_ends_all_that_came_before_it(w: MailWorld) {
        let mut w = w;
        let held = w.holds().await;
        reset_password::reset(&w.world.app, &held.reset, "another good one".into()).await.unwrap();
        assert_eq!(w.left(&held).await, ["application's token"]);
    }

    async fn a_disabled_login_keeps_only_what_waits_for_it(w: MailWorld) {
        let mut w = w;
        let held = w.holds().await;
        w.changes(&held, disabled(true)).await;
        assert_eq!(w.left(&held).await, ["application's token"]);
        let mails = w.post.arrived().len();
        reset_password::request(&w.world.app, "alice@mail.test").await.unwrap();
        w.world.drain_jobs().await;
        assert_eq!(w.post.arrived().len(), mails, "no link is sent to it");
        w.changes(&held, disabled(false)).await;
        assert_eq!(w.left(&held).await, ["token", "push", "application's token"]);
    }

    async fn a_deleted_account_leaves_nothing_that_works(w: MailWorld) {
        let mut w = w;
        let held = w.holds().await;
        delete(&w.world.app, Origin::Cli, held.alice.account).await.unwrap();
        assert_eq!(w.left(&held).await, ["application's token"]);
        assert!(reset_password::reset(&w.world.app, &held.reset, "password".into()).await.is_err());
    }

    async fn every_change_of_credentials_is_told_to_the_sockets(w: MailWorld) {
        let mut w = w;
        let held = w.holds().await;
        let account = held.alice.account;
        let mut events = w.world.app.bus.listen();
        let mut told = async |event: Event| while events.recv().await.unwrap() != event {};
        for change in [email("new@mail.test"), disabled(true), disabled(false)] {
            w.changes(&held, change).await;
            told(Event::UserChanged { account }).await;
        }
        let token = held.alice.token_id().await;
        w.changes(&held, password("another good one")).await;
        told(Event::Revoked { tokens: vec![token] }).await;
        told(Event::UserChanged { account }).await;
    }

    async fn a_link_on_its_way_is_not_sent_after_a_change(w: MailWorld) {
        let mut w = w;
        w.world.add_user("alice").await;
        let alice = w.world.user("alice").account;
        for change in [email("new@mail.test"), email("alice@mail.test"), password("another good one"), disabled(true)] {
            let address = find::show_local(&w.world.app, alice).await.unwrap().email;
            let secrets = w.world.app.secrets.clone();
            // As the job does that a request enqueues.
            w.world.write(move |tx| async move { reset_password::send_link(&tx, &secrets, &address).await }).await;
            modify(&w.world.app, Origin::Cli, alice, change).await.unwrap();
            w.world.drain_jobs().await;
            assert!(w.post.arrived().is_empty());
        }
    }

    async fn a_confirmation_confirms_only_the_address_it_was_sent_to(w: MailWorld) {
        let (client, token, first) = w.signs_up("open").await;
        let access = tokens::access(&w.world.app, &token).await.unwrap();
        confirm::resend_by_app(&w.world.app, &access, Some("typo@mail.test".into())).await.unwrap();
        w.world.drain_jobs().await;
        let second = link_token(&w.post.newest().link());
        assert_eq!(w.post.newest().to, "typo@mail.test");
        assert!(!w.confirms(&first).await);
        w.world.advance(1);
        let carol = w.carol().await;
        modify(&w.world.app, Origin::Cli, carol.account_id, email("carol@mail.test")).await.unwrap();
        assert!(!w.confirms(&first).await && !w.confirms(&second).await, "not even the one to that address");
        w.world.drain_jobs().await;
        assert_eq!(w.post.newest().to, "carol@mail.test", "a change sends a confirmation of its own");
        assert!(w.carol().await.confirmed_at.is_none());
        assert!(w.confirms(&link_token(&w.post.newest().link())).await);
        let kept = given::give(&w.world.app, &client.application, Some(carol.id), "read write push").await.unwrap();
        assert_eq!(kept.access_token, token, "the token of the registration is still the one");
    }

    async fn a_confirmed_login_is_sent_no_confirmation_when_it_moves(w: MailWorld) {
        let mut w = w;
        w.world.add_user("alice").await;
        modify(&w.world.app, Origin::Cli, w.world.user("alice").account, email("new@mail.test")).await.unwrap();
        let carol = Registration { confirmed: false, ..registration("carol") };
        let (carol, _) = register(&w.world.app, Origin::Cli, carol).await.unwrap();
        modify(&w.world.app, Origin::Cli, carol, Change { confirm: true, ..email("other@mail.test") }).await.unwrap();
        w.world.drain_jobs().await;
        assert!(w.post.arrived().is_empty());
    }

    async fn a_confirmation_outlives_what_does_not_change_its_address(w: MailWorld) {
        let (_, token, link) = w.signs_up("open").await;
        let carol = w.carol().await;
        for change in [password("another good one"), disabled(true), Change { approve: true, ..Change::default() }] {
            modify(&w.world.app, Origin::Cli, carol.account_id, change).await.unwrap();
        }
        assert_eq!(problems(tokens::access(&w.world.app, &token).await.unwrap_err()), ["error-revoked"], "the password ended it");
        assert!(w.confirms(&link).await);
        let signs_in = sessions::sign_in(&w.world.app, "carol", "another good one".into(), "::1".into(), "test".into()).await.unwrap();
        assert_eq!(signs_in, Err(sessions::Refusal::Disabled));
    }

    async fn who_is_turned_down_confirms_nothing(w: MailWorld) {
        let (_, token, link) = w.signs_up("approved").await;
        let carol = w.carol().await;
        reject(&w.world.app, Origin::Cli, carol.account_id).await.unwrap();
        assert!(!w.confirms(&link).await);
        assert_eq!(problems(tokens::access(&w.world.app, &token).await.unwrap_err()), ["error-revoked"]);
    }

    async fn a_sign_in_with_the_old_password_loses_the_race(w: MailWorld) {
        let mut w = w;
        let alice = w.world.add_user("alice").await;
        let app = &w.world.app;
        let (signed_in, changed) = tokio::join!(
            sessions::sign_in(app, "alice", PASSWORD.into(), "::1".into(), "test".into()),
            modify(app, Origin::Cli, alice.account, password("another good one")),
        );
        changed.unwrap();
        if let Ok(session) = signed_in.unwrap() {
            assert!(sessions::session(app, &session).await.unwrap().is_none());
        }
    }

    async fn a_code_exchanged_during_a_new_password_gives_nothing_that_stays(w: MailWorld) {
        let mut w = w;
        let held = w.holds().await;
        let app = &w.world.app;
        let (given, changed) = tokio::join!(
            given::from_code(app, &held.client.application, &held.code, OUT_OF_BAND, None),
            reset_password::reset(app, &held.reset, "another good one".into()),
        );
        changed.unwrap();
        if let Ok(given) = given {
            assert!(matches!(tokens::access(app, &given.access_token).await, Err(Error::Unauthorized(_))));
        }
    }

    async fn a_person_signed_out_meanwhile_gives_no_code(w: MailWorld) {
        let mut w = w;
        let held = w.holds().await;
        let app = &w.world.app;
        let session = sessions::session(app, &held.session).await.unwrap().unwrap();
        let request = Request {
            response_type: "code".into(),
            client_id: held.client.application.client_id.clone(),
            redirect_uri: OUT_OF_BAND.into(),
            ..Request::default()
        };
        let checked = grants::check(app, &request).await.unwrap();
        assert!(grants::authorize(app, &session, &checked, None).await.unwrap().is_some());
        sessions::sign_out(app, session.id).await.unwrap();
        assert!(grants::authorize(app, &session, &checked, None).await.unwrap().is_none());
    }
}
