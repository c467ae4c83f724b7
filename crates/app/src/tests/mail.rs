//! Mail: what goes out, when it is tried again, and that its links work once.

use store::jobs as job_rows;

use super::problems;
use crate::accounts::modify::{Change, modify, reject};
use crate::accounts::register::{Registration, register};
use crate::accounts::{confirm, find, reset_password};
use crate::mail::{self, TlsMode};
use crate::sessions;
use crate::testing::{DAY_MS, Engine, HOUR_MS, MINUTE_MS, PASSWORD, Postbox, World, registration};
use crate::{Origin, stories};

/// A world that can send mail.
pub struct MailWorld {
    pub world: World,
    pub post: Postbox,
}

impl MailWorld {
    pub async fn new(engine: Engine) -> MailWorld {
        let post = Postbox::open().await;
        let options = post.options();
        MailWorld { world: World::with(engine, move |o| o.mail = Some(options)).await, post }
    }

    /// Somebody who has not followed the link yet.
    async fn newcomer(&self, change: impl FnOnce(&mut Registration)) {
        let mut new = Registration { confirmed: false, ..registration("alice") };
        change(&mut new);
        register(&self.world.app, Origin::Cli, new).await.unwrap();
        self.world.drain_jobs().await;
    }

    async fn state(&self) -> &'static str {
        let app = &self.world.app;
        find::show_local(app, find::local_id(app, "alice").await.unwrap()).await.unwrap().state()
    }
}

/// The token at the end of a link.
pub fn link_token(link: &str) -> String {
    let query = link.split_once('?').unwrap().1;
    let found = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name.ends_with("_token")).unwrap();
    found.1.into_owned()
}

async fn signs_in(world: &World, password: &str) -> Result<String, sessions::Refusal> {
    sessions::sign_in(&world.app, "alice", password.into(), "::1".into(), "test".into()).await.unwrap()
}

stories! {
    async fn a_newcomer_confirms_their_address_by_the_link(w: MailWorld) {
        w.newcomer(|_| ()).await;
        let mail = w.post.newest();
        assert_eq!((mail.from.as_str(), mail.to.as_str()), ("notifications@here.test", "alice@mail.test"));
        assert_eq!(mail.credentials, Some(("ferrodon".into(), "p4ss word".into())));
        assert_eq!((mail.header("From"), mail.header("Reply-To")), ("Here <notifications@here.test>".into(), "help@here.test".into()));
        assert_eq!((mail.header("Subject"), mail.header("Auto-Submitted")), ("Confirm your address for Ferrodon".into(), "auto-generated".into()));
        assert_eq!(mail.header("Date"), "Thu, 01 Jan 2026 12:00:00 +0000");
        assert!(mail.header("Message-ID").ends_with("@here.test>"));
        assert!(mail.body("text/plain").contains("@alice@here.test"));
        assert!(mail.body("text/html").contains("<html lang=\"en\" dir=\"ltr\">"));
        assert_eq!(w.state().await, "unconfirmed");
        assert_eq!(signs_in(&w.world, PASSWORD).await, Err(sessions::Refusal::Unconfirmed));
        let link = mail.link();
        assert!(link.starts_with("/auth/confirmation?confirmation_token="), "{link}");
        for _ in 0..2 {
            let confirmed = confirm::confirm(&w.world.app, &link_token(&link)).await.unwrap();
            assert_eq!((confirmed.username.as_str(), confirmed.approved), ("alice", true), "also when a mail program was there first");
        }
        assert_eq!(w.state().await, "active");
        signs_in(&w.world, PASSWORD).await.unwrap();
        assert_eq!(problems(confirm::confirm(&w.world.app, "nonsense").await.err().unwrap()), ["error-not-found"]);
        assert_eq!(w.post.arrived().len(), 1);
    }

    async fn a_link_dies_of_age_and_of_a_newer_one(w: MailWorld) {
        w.newcomer(|_| ()).await;
        let first = link_token(&w.post.newest().link());
        w.world.advance(1);
        confirm::resend(&w.world.app, " Alice@Mail.test ", None).await.unwrap();
        w.world.drain_jobs().await;
        let second = link_token(&w.post.newest().link());
        assert_ne!(first, second);
        assert!(confirm::confirm(&w.world.app, &first).await.is_err(), "a newer one was sent");
        w.world.advance(2 * DAY_MS);
        assert!(confirm::confirm(&w.world.app, &second).await.is_err(), "it is too old");
        confirm::resend(&w.world.app, "alice@mail.test", None).await.unwrap();
        w.world.drain_jobs().await;
        confirm::confirm(&w.world.app, &link_token(&w.post.newest().link())).await.unwrap();
        confirm::resend(&w.world.app, "alice@mail.test", None).await.unwrap();
        confirm::resend(&w.world.app, "nobody@mail.test", None).await.unwrap();
        w.world.drain_jobs().await;
        assert_eq!(w.post.arrived().len(), 3, "nothing is sent to who is confirmed, or not there");
    }

    async fn what_the_mail_server_puts_off_is_sent_later_with_the_same_link(w: MailWorld) {
        w.post.puts_off(2);
        w.newcomer(|_| ()).await;
        assert!(w.post.arrived().is_empty());
        for _ in 0..3 {
            w.world.advance(HOUR_MS);
            w.world.drain_jobs().await;
        }
        assert_eq!(w.post.arrived().len(), 1);
        confirm::confirm(&w.world.app, &link_token(&w.post.newest().link())).await.unwrap();
        let dead = w.world.read(|r| async move { Ok(job_rows::count_dead(&r).await?) }).await;
        assert_eq!(dead, 0);
    }

    async fn mail_speaks_the_readers_language(w: MailWorld) {
        w.newcomer(|new| new.locale = Some("ja".into())).await;
        let mail = w.post.newest();
        assert!(mail.body("text/plain").contains("ようこそ"), "{}", mail.body("text/plain"));
        assert!(mail.body("text/html").contains("<html lang=\"ja\""));
        let arabic = Registration { confirmed: false, locale: Some("ar".into()), ..registration("bob") };
        register(&w.world.app, Origin::Cli, arabic).await.unwrap();
        w.world.drain_jobs().await;
        assert!(w.post.newest().body("text/html").contains("dir=\"rtl\""));
    }

    async fn a_forgotten_password_gives_way_to_a_new_one(w: MailWorld) {
        w.newcomer(|new| new.confirmed = true).await;
        let session = signs_in(&w.world, PASSWORD).await.unwrap();
        reset_password::request(&w.world.app, "nobody@mail.test").await.unwrap();
        w.world.drain_jobs().await;
        assert!(w.post.arrived().is_empty());
        reset_password::request(&w.world.app, "Alice@mail.test").await.unwrap();
        w.world.drain_jobs().await;
        let link = w.post.newest().link();
        assert!(link.starts_with("/auth/password/edit?reset_password_token="), "{link}");
        let token = link_token(&link);
        assert!(confirm::confirm(&w.world.app, &token).await.is_err(), "it is for a password only");
        assert_eq!(problems(reset_password::reset(&w.world.app, &token, "short".into()).await.unwrap_err()), ["invalid-password-too-short"]);
        reset_password::reset(&w.world.app, &token, "password".into()).await.unwrap();
        assert!(sessions::session(&w.world.app, &session).await.unwrap().is_none(), "signed out everywhere");
        assert_eq!(signs_in(&w.world, PASSWORD).await, Err(sessions::Refusal::Wrong));
        signs_in(&w.world, "password").await.unwrap();
        assert!(reset_password::reset(&w.world.app, &token, "password2".into()).await.is_err(), "the link works once");
        w.world.drain_jobs().await;
        assert_eq!(w.post.newest().header("Subject"), "Your password for Ferrodon was changed");
        reset_password::request(&w.world.app, "alice@mail.test").await.unwrap();
        w.world.drain_jobs().await;
        w.world.advance(6 * HOUR_MS);
        assert!(!reset_password::is_good(&w.world.app, &link_token(&w.post.newest().link())).await.unwrap(), "six hours are over");
    }

    async fn asking_for_a_link_is_the_same_work_whoever_has_the_address(w: MailWorld) {
        w.newcomer(|new| new.confirmed = true).await;
        let app = &w.world.app;
        for name in ["waits", "disabled"] {
            let (account, _) = register(app, Origin::Cli, Registration { confirmed: name == "disabled", ..registration(name) }).await.unwrap();
            modify(app, Origin::Cli, account, Change { disabled: Some(name == "disabled"), ..Change::default() }).await.unwrap();
        }
        w.world.drain_jobs().await;
        let waiting = || w.world.read(|r| async move { Ok(job_rows::counts(&r).await?.iter().map(|count| count.queued).sum::<i64>()) });
        let mut work = Vec::new();
        for name in ["alice", "waits", "disabled", "nobody", "Nobody.At.All"] {
            for resets in [true, false] {
                let email = format!("{name}@mail.test");
                let before = waiting().await;
                let asked = async { if resets { reset_password::request(app, &email).await } else { confirm::resend(app, &email, None).await } };
                let (statements, asked) = w.world.statements_of(asked).await;
                asked.unwrap();
                work.push((statements, waiting().await - before));
            }
        }
        assert!(work.iter().all(|one| *one == work[0]) && work[0].1 == 1, "{work:?}");
        let before = w.post.arrived().len();
        w.world.drain_jobs().await;
        let mut sent: Vec<(String, bool)> = w.post.arrived()[before..].iter().map(|mail| (mail.to.clone(), mail.link().contains("reset"))).collect();
        sent.sort();
        assert_eq!(sent, [("alice@mail.test".into(), true), ("waits@mail.test".into(), false), ("waits@mail.test".into(), true)]);
    }

    async fn a_mailbox_gets_five_links_in_half_an_hour_however_it_is_written(w: MailWorld) {
        let app = &w.world.app;
        for email in ["carol@mail.test", " CAROL@mail.test", "c.arol@mail.test", "carol+1@mail.test", "C.A.R.O.L+x+y@MAIL.TEST"] {
            confirm::resend(app, email, None).await.unwrap();
        }
        for email in ["carol@mail.test", "carol+2@mail.test", "ca.rol@mail.test"] {
            assert_eq!(problems(reset_password::request(app, email).await.unwrap_err()), ["limited"], "resets count with confirmations");
        }
        for email in ["carol@other.test", "caroline@mail.test", "nonsense"] {
            confirm::resend(app, email, None).await.unwrap();
        }
        w.world.advance(30 * MINUTE_MS);
        reset_password::request(app, "carol@mail.test").await.unwrap();
    }

    async fn what_cannot_be_an_address_makes_no_job(w: MailWorld) {
        for email in ["", "@", "alice", "alice@", "a@b@c", "a b@c.test", &format!("{}@mail.test", "x".repeat(400))] {
            reset_password::request(&w.world.app, email).await.unwrap();
            confirm::resend(&w.world.app, email, None).await.unwrap();
        }
        let queued = w.world.read(|r| async move { Ok(job_rows::counts(&r).await?.iter().map(|count| count.queued).sum::<i64>()) }).await;
        assert_eq!(queued, 0);
    }

    async fn who_is_approved_is_told_and_who_is_rejected_is_gone(w: MailWorld) {
        w.newcomer(|new| new.approved = false).await;
        let app = &w.world.app;
        confirm::confirm(app, &link_token(&w.post.newest().link())).await.unwrap();
        assert_eq!(w.state().await, "pending");
        let alice = find::local_id(app, "alice").await.unwrap();
        for _ in 0..2 {
            modify(app, Origin::Cli, alice, Change { approve: true, ..Change::default() }).await.unwrap();
            w.world.drain_jobs().await;
        }
        assert_eq!((w.state().await, w.post.arrived().len()), ("active", 2));
        assert_eq!(w.post.newest().header("Subject"), "Welcome to Ferrodon");
        assert_eq!(problems(reject(app, Origin::Cli, alice).await.unwrap_err()), ["error-not-pending"]);
        register(app, Origin::Cli, Registration { approved: false, ..registration("bob") }).await.unwrap();
        let bob = find::local_id(app, "bob").await.unwrap();
        reject(app, Origin::Cli, bob).await.unwrap();
        w.world.drain_jobs().await;
        assert!(find::local_id(app, "bob").await.is_err());
    }

    async fn who_never_confirms_makes_room(w: MailWorld) {
        w.newcomer(|_| ()).await;
        let expire = || async {
            w.world.write(|tx| async move { crate::queue::enqueue(&tx, &crate::queue::Expire {}).await }).await;
            w.world.drain_jobs().await;
        };
        w.world.advance(7 * DAY_MS);
        expire().await;
        assert_eq!(w.state().await, "unconfirmed");
        w.world.advance(1);
        expire().await;
        assert!(find::local_id(&w.world.app, "alice").await.is_err());
    }

    async fn a_test_mail_tells_how_it_went(w: MailWorld) {
        mail::test(&w.world.app, "ops@mail.test").await.unwrap();
        assert_eq!(w.post.newest().header("Subject"), "A test from Ferrodon");
        w.post.puts_off(1);
        let refused = mail::test(&w.world.app, "ops@mail.test").await.unwrap_err();
        assert!(refused.to_string().contains("451") && refused.to_string().contains("later"), "{refused}");
        assert_eq!(problems(mail::test(&w.world.app, "nonsense").await.unwrap_err()), ["invalid-email-format"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_in_the_clear_where_starttls_is_wanted() {
    let post = Postbox::open().await;
    let options = mail::MailOptions { tls: TlsMode::StartTls, ..post.options() };
    let world = World::with(Engine::Sqlite, move |o| o.mail = Some(options)).await;
    let refused = mail::test(&world.app, "ops@mail.test").await.unwrap_err();
    assert_eq!(problems(refused), ["error-mail-refused"]);
    assert!(post.arrived().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_mail_server_a_test_says_what_to_do() {
    let world = World::new(Engine::Sqlite).await;
    let refused = mail::test(&world.app, "ops@mail.test").await.unwrap_err();
    assert!(refused.to_string().contains("[smtp]"), "{refused}");
    let shown = format!("{:?}", Postbox::open().await.options());
    assert!(!shown.contains("p4ss"), "{shown}");
}
