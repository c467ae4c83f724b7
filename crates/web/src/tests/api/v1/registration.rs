//! POST /api/v1/accounts, /api/v1/emails

use app::instance::change_setting;

use app::accounts::modify::{Change, modify};
use app::oauth::{applications, tokens};
use app::stories;
use app::testing::{Engine, Postbox, World};
use serde_json::{Value, json};

use crate::Options;
use crate::tests::site::{Ask, Site, keys};

const REDIRECT: &str = "client://back";

/// A site that can send mail, with an application of somebody's.
pub struct MailSite {
    pub site: Site,
    pub post: Postbox,
    app_token: String,
}

impl MailSite {
    pub async fn new(engine: Engine) -> MailSite {
        let post = Postbox::open().await;
        let options = post.options();
        let world = World::with(engine, move |o| o.mail = Some(options)).await.with_users(["alice", "bob"]).await;
        let site = Site::of(world, Options::default());
        let app_token = app_token(&site).await;
        let open = MailSite { site, post, app_token };
        open.sets("registrations_mode", "open").await;
        open
    }

    pub async fn sets(&self, name: &'static str, value: &str) {
        change_setting::set(&self.site.world.app, app::Origin::Cli, name, value.into()).await.unwrap();
    }

    fn registers(&self, wish: Value) -> Ask {
        self.site.post("/api/v1/accounts").with_token(&self.app_token).json(wish)
    }

    /// A newcomer's token.
    async fn newcomer(&self) -> String {
        let token = self.registers(wish()).await.ok()["access_token"].as_str().unwrap().to_owned();
        self.site.world.drain_jobs().await;
        token
    }
}

async fn app_token(site: &Site) -> String {
    let form = format!("client_name=Client&redirect_uris={REDIRECT}&scopes=read+write");
    let made = site.post("/api/v1/apps").form(&form).await.ok();
    let form = format!(
        "grant_type=client_credentials&scope=read+write&client_id={}&client_secret={}",
        made["client_id"].as_str().unwrap(),
        made["client_secret"].as_str().unwrap()
    );
    site.post("/oauth/token").form(&form).await.ok()["access_token"].as_str().unwrap().to_owned()
}

fn wish() -> Value {
    json!({ "username": "Carol", "email": "carol@mail.test", "password": "password", "agreement": true, "locale": "en", "time_zone": "Europe/Berlin" })
}

fn without(name: &str) -> Value {
    let mut wish = wish();
    wish.as_object_mut().unwrap().remove(name);
    wish
}

stories! {
    async fn a_registration_gives_a_token_that_waits_for_the_confirmation(m: MailSite) {
        let answer = m.registers(wish()).await.ok();
        assert_eq!(keys(&answer), ["access_token", "created_at", "scope", "token_type"]);
        assert_eq!((answer["token_type"].clone(), answer["scope"].clone(), answer["created_at"].is_i64()), (json!("Bearer"), json!("read write"), true));
        let token = answer["access_token"].as_str().unwrap();
        let unconfirmed = (403, "Your login is missing a confirmed e-mail address".to_owned());
        for path in ["/api/v1/accounts/verify_credentials", "/api/v1/timelines/home", "/api/v1/preferences"] {
            assert_eq!(m.site.get(path).with_token(token).await.error(), unconfirmed, "{path}");
        }
        for path in ["/api/v1/timelines/public", "/api/v1/accounts/lookup?acct=alice", "/api/v1/timelines/tag/x"] {
            assert_eq!(m.site.get(path).with_token(token).await.status, m.site.get(path).await.status, "{path} as anybody");
            assert_eq!(m.site.get(path).with_token("unknown").await.status, m.site.get(path).await.status, "{path} with an unknown token");
        }
        assert_eq!(m.site.post("/api/v1/statuses").with_token(token).form("status=hi").await.error(), unconfirmed);
        assert_eq!(m.site.get("/api/v1/emails/check_confirmation").with_token(token).await.ok(), json!(false));
        assert_eq!(m.site.get("/api/v1/accounts/lookup?acct=carol").await.status, 404, "nobody sees who is not confirmed");
        m.site.world.drain_jobs().await;
        let link = m.post.newest().link();
        assert!(link.contains("redirect_to_app=true"), "{link}");
        let page = m.site.get(&link).header("accept", "text/html").await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains(&format!("href=\"{REDIRECT}\"")), "the way back to the application: {}", page.text());
        assert_eq!(m.site.get("/api/v1/emails/check_confirmation").with_token(token).await.ok(), json!(true));
        let own = m.site.get("/api/v1/accounts/verify_credentials").with_token(token).await.ok();
        assert_eq!((own["username"].clone(), own["locked"].clone(), own["source"]["privacy"].clone()), (json!("Carol"), json!(false), json!("public")));
        assert_eq!(m.site.get("/api/v1/accounts/lookup?acct=carol").await.ok()["username"], "Carol");
    }

    async fn where_newcomers_are_approved_the_token_waits_for_that_too(m: MailSite) {
        m.sets("registrations_mode", "approved").await;
        m.sets("require_invite_text", "true").await;
        let instance = m.site.get("/api/v2/instance").await.ok();
        let registrations = json!({ "enabled": true, "approval_required": true, "reason_required": true, "message": null, "min_age": null, "url": null });
        assert_eq!(instance["registrations"], registrations);
        assert_eq!(m.registers(wish()).await.json()["details"], json!({ "reason": [{ "error": "ERR_BLANK", "description": "can't be blank" }] }));
        let mut with_reason = wish();
        with_reason["reason"] = "I like it here".into();
        let token = m.registers(with_reason).await.ok()["access_token"].as_str().unwrap().to_owned();
        m.site.world.drain_jobs().await;
        m.site.get(&m.post.newest().link()).await;
        let ask = || async { m.site.get("/api/v1/accounts/verify_credentials").with_token(&token).await };
        assert_eq!(ask().await.error(), (403, "Your login is currently pending approval".into()));
        let app = &m.site.world.app;
        let carol = app::accounts::find::local_id(app, "carol").await.unwrap();
        assert_eq!(app::accounts::find::user_of(app, carol).await.unwrap().invite_request.as_deref(), Some("I like it here"));
        modify(app, app::Origin::Cli, carol, Change { approve: true, ..Change::default() }).await.unwrap();
        ask().await.ok();
    }

    async fn all_that_is_wrong_is_told_at_once(m: MailSite) {
        let nothing = m.registers(json!({})).await;
        assert_eq!(nothing.status, 422);
        let blank = |description: &str, code: &str| json!([{ "error": code, "description": description }]);
        assert_eq!(nothing.json()["details"], json!({
            "username": [{ "error": "ERR_BLANK", "description": "can't be blank" }, { "error": "ERR_INVALID", "description": "must contain only letters, numbers and underscores" }],
            "email": blank("can't be blank", "ERR_BLANK"),
            "password": blank("can't be blank", "ERR_BLANK"),
            "agreement": blank("must be accepted", "ERR_ACCEPTED"),
        }));
        assert_eq!(nothing.json()["error"], "Validation failed: Username can't be blank, Username must contain only letters, numbers and underscores, E-mail address can't be blank, Password can't be blank, Service agreement must be accepted");
        let cases = [
            ("username", json!("alice"), "ERR_TAKEN"),
            ("username", json!("ADMIN"), "ERR_RESERVED"),
            ("username", json!("a b"), "ERR_INVALID"),
            ("username", json!("x".repeat(31)), "ERR_TOO_LONG"),
            ("email", json!("nonsense"), "ERR_INVALID"),
            ("email", json!("ALICE@mail.test"), "ERR_TAKEN"),
            ("password", json!("1234567"), "ERR_TOO_SHORT"),
            ("password", json!("x".repeat(73)), "ERR_TOO_LONG"),
            ("agreement", json!(false), "ERR_ACCEPTED"),
        ];
        for (name, value, code) in cases {
            let mut wish = wish();
            wish[name] = value;
            let answer = m.registers(wish).await;
            assert_eq!(answer.status, 422);
            assert_eq!((keys(&answer.json()["details"]), &answer.json()["details"][name][0]["error"]), (vec![name], &json!(code)));
        }
        assert_eq!(m.registers(without("agreement")).await.json()["details"]["agreement"][0]["error"], "ERR_ACCEPTED");
        m.registers(without("time_zone")).await.ok();
        m.site.world.drain_jobs().await;
        assert_eq!(m.post.arrived().len(), 1, "only who came in gets a mail");
    }

    async fn an_age_is_asked_for_only_where_there_is_a_minimum(m: MailSite) {
        m.sets("min_age", "16").await;
        let tries = async |born: Value| {
            let mut wish = wish();
            wish["date_of_birth"] = born;
            m.registers(wish).await
        };
        for (born, code) in [(Value::Null, "ERR_BLANK"), (json!("yesterday"), "ERR_INVALID"), (json!("2010-01-02"), "ERR_BELOW_LIMIT")] {
            assert_eq!(tries(born).await.json()["details"]["date_of_birth"][0]["error"], code);
        }
        for (born, code) in [("02.01.2010", "ERR_BELOW_LIMIT"), ("31.02.2000", "ERR_INVALID"), ("13.13.2000", "ERR_INVALID"), ("1.1", "ERR_INVALID")] {
            assert_eq!(tries(json!(born)).await.json()["details"]["date_of_birth"][0]["error"], code, "{born}");
        }
        assert_eq!(tries(json!("2010-01-01")).await.status, 200, "sixteen today");
        for (number, born) in ["01.01.2010", "1.1.2010", "2000-02-29"].into_iter().enumerate() {
            let mut wish = wish();
            (wish["username"], wish["email"]) = (json!(format!("born{number}")), json!(format!("born{number}@mail.test")));
            wish["date_of_birth"] = json!(born);
            assert_eq!(m.registers(wish).await.status, 200, "{born}");
        }
        assert_eq!(m.site.get("/api/v2/instance").await.ok()["registrations"]["min_age"], 16);
    }

    async fn the_name_of_a_deleted_account_is_taken(m: MailSite) {
        let (alice, app) = (m.site.user("alice").account, &m.site.world.app);
        app::accounts::delete::delete(app, app::Origin::Cli, alice).await.unwrap();
        for after_removal in [false, true] {
            if after_removal {
                m.site.world.drain_removal().await;
            }
            for name in ["alice", "Alice"] {
                let mut wish = wish();
                wish["username"] = name.into();
                let answer = m.registers(wish).await;
                assert_eq!((answer.status, &answer.json()["details"]), (422, &json!({ "username": [{ "error": "ERR_TAKEN", "description": "has already been taken" }] })));
                assert_eq!(answer.json()["error"], "Validation failed: Username has already been taken");
            }
        }
    }

    async fn only_an_application_registers_people_and_only_where_it_is_open(m: MailSite) {
        let ask = |token: &str| m.site.post("/api/v1/accounts").with_token(token).json(wish());
        assert_eq!(m.site.post("/api/v1/accounts").json(wish()).await.error(), (401, "The access token is invalid".into()));
        let alice = m.site.user("alice");
        assert_eq!(ask(&alice.token).await.error(), (403, "This method requires an client credentials authentication".into()));
        let own = applications::own(&m.site.world.app).await.unwrap();
        let narrow = tokens::from_credentials(&m.site.world.app, &own, Some("read")).await.unwrap().access_token;
        assert_eq!(ask(&narrow).await.error(), (403, "This action is outside the authorized scopes".into()));
        m.sets("registrations_mode", "none").await;
        assert_eq!(m.registers(wish()).await.error(), (403, "This action is not allowed".into()));
        m.sets("closed_registrations_message", "Come back in <May>").await;
        let closed = m.site.get("/api/v2/instance").await.ok()["registrations"].clone();
        assert_eq!((closed["enabled"].clone(), closed["message"].clone()), (json!(false), json!("<p>Come back in &lt;May&gt;</p>")));
    }

    async fn without_mail_nobody_registers_unless_the_operator_wants_it_so(site: Site) {
        let app = &site.world.app;
        change_setting::set(app, app::Origin::Cli, "registrations_mode", "open".into()).await.unwrap();
        let token = app_token(&site).await;
        let ask = || site.post("/api/v1/accounts").with_token(&token).json(wish());
        let refused = ask().await.error();
        assert!(refused.0 == 403 && refused.1.contains("[smtp]") && refused.1.contains("registrations_without_mail"), "{}", refused.1);
        assert_eq!(site.get("/api/v2/instance").await.ok()["registrations"]["enabled"], false);
        change_setting::set(app, app::Origin::Cli, "registrations_without_mail", "true".into()).await.unwrap();
        let given = ask().await.ok();
        let own = site.get("/api/v1/accounts/verify_credentials").with_token(given["access_token"].as_str().unwrap()).await.ok();
        assert_eq!(own["username"], "Carol", "confirmed at once");
    }

    async fn the_mail_is_sent_again_by_the_application_that_registered_the_person(m: MailSite) {
        let token = m.newcomer().await;
        let ask = |token: &str| m.site.post("/api/v1/emails/confirmations").with_token(token);
        assert_eq!(ask(&token).await.ok(), json!({}));
        m.site.world.drain_jobs().await;
        assert_eq!((m.post.arrived().len(), m.post.newest().to.as_str()), (2, "carol@mail.test"));
        assert_eq!(ask(&token).form("email=Other@mail.test").await.ok(), json!({}));
        m.site.world.drain_jobs().await;
        assert_eq!((m.post.arrived().len(), m.post.newest().to.as_str()), (3, "other@mail.test"));
        let wrong = ask(&token).form("email=nonsense").await;
        assert_eq!((wrong.status, &wrong.json()["details"]["email"][0]["error"]), (422, &json!("ERR_INVALID")));
        assert_eq!(ask(&token).form("email=alice@mail.test").await.json()["details"]["email"][0]["error"], "ERR_TAKEN");
        let alice = m.site.user("alice");
        assert_eq!(ask(&alice.token).await.error().1, "This method is only available to the application the user originally signed-up with");
        m.site.get(&m.post.newest().link()).await;
        assert_eq!(ask(&token).await.error(), (403, "This method is only available while the e-mail is awaiting confirmation".into()));
        assert_eq!(ask(&m.app_token).await.error(), (422, "This method requires an authenticated user".into()));
        assert_eq!(m.site.post("/api/v1/emails/confirmations").await.status, 401);
        assert_eq!(m.site.get("/api/v1/emails/check_confirmation").await.status, 401);
    }

    async fn an_address_registers_five_people_in_half_an_hour(m: MailSite) {
        let MailSite { site, post, app_token } = m;
        let m = MailSite { site: site.with_rate_limits(), post, app_token };
        for number in 0..6 {
            let mut wish = wish();
            (wish["username"], wish["email"]) = (json!(format!("new{number}")), json!(format!("new{number}@mail.test")));
            let status = m.registers(wish).await.status;
            assert_eq!(status, if number < 5 { 200 } else { 429 }, "{number}");
        }
    }
}
