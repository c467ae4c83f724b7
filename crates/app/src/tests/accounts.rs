//! Logins: made, changed, signed in to, deleted.

use store::audit_log::Origin;
use store::sql;
use store::{AccountId, UserId, users};

use super::problems;
use crate::accounts::delete::delete;
use crate::accounts::find;
use crate::accounts::modify::{Change, modify};
use crate::accounts::register::{Registration, register};
use crate::bus::Event;
use crate::queue::{RemoveAccount, enqueue};
use crate::sessions::{self, Refusal};
use crate::testing::{HOUR_MS, MINUTE_MS, PASSWORD, Person, World, registration};
use crate::{App, Error, passwords, present, stories, tokens};

async fn signs_in(app: &App, login: &str, password: &str) -> Result<String, Refusal> {
    sessions::sign_in(app, login, password.to_owned(), "127.0.0.1".into(), "test".into()).await.unwrap()
}

/// Rows of every table that name the account or its user, by table.
async fn rows_of(world: &World, account: AccountId, user: UserId) -> Vec<(String, i64)> {
    let counts = world.read(move |r| async move {
        let sql = sql!(
            "SELECT 'accounts', COUNT(*) FROM accounts WHERE id = $1
             UNION ALL SELECT 'account_stats', COUNT(*) FROM account_stats WHERE account_id = $1
             UNION ALL SELECT 'keypairs', COUNT(*) FROM keypairs WHERE account_id = $1
             UNION ALL SELECT 'users', COUNT(*) FROM users WHERE account_id = $1
             UNION ALL SELECT 'sessions', COUNT(*) FROM sessions WHERE user_id = $2
             UNION ALL SELECT 'oauth_grants', COUNT(*) FROM oauth_grants WHERE user_id = $2
             UNION ALL SELECT 'oauth_tokens', COUNT(*) FROM oauth_tokens WHERE user_id = $2
             UNION ALL SELECT 'statuses', COUNT(*) FROM statuses WHERE account_id = $1
             UNION ALL SELECT 'statuses in reply', COUNT(*) FROM statuses WHERE in_reply_to_account_id = $1 AND deleted_at IS NOT NULL
             UNION ALL SELECT 'mentions', COUNT(*) FROM mentions WHERE account_id = $1
             UNION ALL SELECT 'media_attachments', COUNT(*) FROM media_attachments WHERE account_id = $1
             UNION ALL SELECT 'favourites', COUNT(*) FROM favourites WHERE account_id = $1
             UNION ALL SELECT 'bookmarks', COUNT(*) FROM bookmarks WHERE account_id = $1
             UNION ALL SELECT 'follows', COUNT(*) FROM follows WHERE account_id = $1 OR target_account_id = $1
             UNION ALL SELECT 'follow_requests', COUNT(*) FROM follow_requests WHERE account_id = $1 OR target_account_id = $1
             UNION ALL SELECT 'blocks', COUNT(*) FROM blocks WHERE account_id = $1 OR target_account_id = $1
             UNION ALL SELECT 'mutes', COUNT(*) FROM mutes WHERE account_id = $1 OR target_account_id = $1
             UNION ALL SELECT 'account_domain_blocks', COUNT(*) FROM account_domain_blocks WHERE account_id = $1
             UNION ALL SELECT 'account_notes', COUNT(*) FROM account_notes WHERE account_id = $1 OR target_account_id = $1
             UNION ALL SELECT 'home_feed', COUNT(*) FROM home_feed WHERE account_id = $1
             UNION ALL SELECT 'feed_rebuilds', COUNT(*) FROM feed_rebuilds WHERE account_id = $1
             UNION ALL SELECT 'lists', COUNT(*) FROM lists WHERE account_id = $1
             UNION ALL SELECT 'list_accounts', COUNT(*) FROM list_accounts WHERE account_id = $1
             UNION ALL SELECT 'tag_follows', COUNT(*) FROM tag_follows WHERE account_id = $1
             UNION ALL SELECT 'notifications', COUNT(*) FROM notifications WHERE account_id = $1 OR from_account_id = $1
             UNION ALL SELECT 'idempotency_keys', COUNT(*) FROM idempotency_keys WHERE account_id = $1"
        );
        Ok(r.all::<(String, i64)>(sql, store::args![account, user]).await?)
    });
    counts.await.into_iter().filter(|(_, count)| *count > 0).collect()
}

async fn leaves_traces(world: &World, alice: &Person, bob: &Person) {
    signs_in(&world.app, "alice", PASSWORD).await.unwrap();
    alice.follows(bob).await;
    bob.follows(alice).await;
    let bobs = bob.posts("@alice hello").await;
    alice.favourites(bobs).await;
    alice.bookmarks(bobs).await;
    alice.reblogs(bobs).await;
    alice.replies(bobs, "@bob hi").await;
    let picture = alice.uploads(world).await;
    let own = alice.posts_with("look", |draft| (draft.media_ids, draft.idempotency_key) = (vec![picture], Some("k".into()))).await;
    bob.favourites(own).await;
    bob.reblogs(own).await;
    alice.uploads(world).await;
    // What only strangers are to each other: written at once, since a block would end the rest.
    let (me, other) = (alice.account, bob.account);
    world
        .write(move |tx| async move {
            for (from, to) in [(me, other), (other, me)] {
                let options = store::follows::Options { show_reblogs: true, notify: false, languages: None };
                store::follow_requests::insert(&tx, from, to, &options).await?;
                store::mutes::put(&tx, from, to, false, None).await?;
                store::account_notes::put(&tx, from, to, "note").await?;
            }
            store::blocks::insert(&tx, me, AccountId(1)).await?;
            store::domain_blocks::insert(&tx, me, "far.test").await?;
            Ok(())
        })
        .await;
    world.drain_jobs().await;
}

/// How a guess at a password is answered.
async fn guess(app: &App, login: &str, ip: &str) -> &'static str {
    match passwords::guess(app, login, ip).await {
        Ok(_) => "compared",
        Err(Error::Limited(_)) => "limited",
        Err(error) => panic!("{error}"),
    }
}

stories! {
    async fn guesses_count_by_account_whatever_it_is_called(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let app = &world.app;
        let names = ["alice", "ALICE", " alice ", "alice@mail.test", "Alice@Mail.Test", "\u{3000}alice@mail.test\t"];
        for number in 0..25 {
            assert_eq!(guess(app, names[number % names.len()], &format!("192.0.2.{number}")).await, "compared", "{number}");
        }
        for (number, name) in names.iter().enumerate() {
            assert_eq!(guess(app, name, &format!("198.51.100.{number}")).await, "limited", "{name}");
        }
        assert_eq!(guess(app, "bob", "198.51.100.1").await, "compared");
        world.advance(HOUR_MS - 1);
        assert_eq!(guess(app, "alice", "203.0.113.1").await, "limited", "until the hour ends");
        world.advance(1);
        assert_eq!(guess(app, "alice", "203.0.113.1").await, "compared");
    }

    async fn guesses_at_nobody_count_by_the_text(world: World) {
        let world = world.with_user("alice").await;
        let app = &world.app;
        let names = ["nobody@mail.test", "NOBODY@mail.test", "  nobody@mail.test\n"];
        for number in 0..25 {
            assert_eq!(guess(app, names[number % names.len()], &format!("192.0.2.{number}")).await, "compared", "{number}");
        }
        assert_eq!(guess(app, names[0], "198.51.100.1").await, "limited", "as if there were such an account");
        let number = world.user("alice").user.to_string();
        for ip in 0..26 {
            guess(app, &number, &format!("203.0.113.{ip}")).await;
        }
        assert_eq!(guess(app, "alice", "198.51.100.2").await, "compared", "nobody is called by the number of an account");
    }

    async fn guesses_count_by_address_whoever_they_are_at(world: World) {
        let world = world.with_user("alice").await;
        let app = &world.app;
        for number in 0..25 {
            let ip = format!("2001:db8:1:2:{number:x}::1");
            assert_eq!(guess(app, &format!("nobody{number}"), &ip).await, "compared", "{number}");
        }
        for login in ["alice", "nobody", ""] {
            for _ in 0..30 {
                assert_eq!(guess(app, login, "2001:db8:1:2:ffff::1").await, "limited", "{login}");
            }
        }
        assert_eq!(guess(app, "alice", "2001:db8:1:3::1").await, "compared", "what was refused did not count against her");
        world.advance(5 * MINUTE_MS);
        assert_eq!(guess(app, "alice", "2001:db8:1:2::1").await, "compared");
    }

    async fn a_right_guess_frees_nobody(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let app = &world.app;
        for number in 0..24 {
            let login = if number % 2 == 0 { "alice" } else { "bob" };
            assert_eq!(guess(app, login, "192.0.2.1").await, "compared");
        }
        sessions::sign_in(app, "bob", PASSWORD.into(), "192.0.2.1".into(), "test".into()).await.unwrap().unwrap();
        assert_eq!(guess(app, "alice", "192.0.2.1").await, "limited");
        let right = sessions::sign_in(app, "alice", PASSWORD.into(), "192.0.2.1".into(), "test".into()).await;
        assert!(matches!(right, Err(Error::Limited(_))), "the right password, too");
    }

    async fn a_new_account_is_found_by_its_name_in_any_case(world: World) {
        let world = world.with_user("Alice").await;
        let found = find::find_local(&world.app, "@alice@here.test").await.unwrap();
        assert_eq!((found.id, found.username.as_str()), (world.user("Alice").account, "Alice"));
        assert_eq!(problems(find::find_local(&world.app, "alice@elsewhere.test").await.unwrap_err()), ["error-not-found"]);
    }

    async fn a_login_that_breaks_rules_is_refused_with_all_reasons(world: World) {
        let world = world.with_user("alice").await;
        let tries = async |change: fn(&mut Registration)| {
            let mut new = registration("bob");
            change(&mut new);
            problems(register(&world.app, Origin::Cli, new).await.unwrap_err())
        };
        assert_eq!(tries(|new| (new.username, new.email, new.password) = ("b b".into(), "no".into(), "short".into())).await,
            ["invalid-username-format", "invalid-email-format", "invalid-password-too-short"]);
        assert_eq!(tries(|new| new.username = "ALICE".into()).await, ["invalid-username-taken"]);
        assert_eq!(tries(|new| new.email = " Alice@Mail.test ".into()).await, ["invalid-email-taken"]);
        assert_eq!(tries(|new| new.username = "Admin".into()).await, ["invalid-username-reserved"]);
        assert_eq!(tries(|new| new.username = "x".repeat(31)).await, ["invalid-username-too-long"]);
        assert_eq!(tries(|new| (new.username, new.email) = (String::new(), String::new())).await, ["invalid-username-blank", "invalid-username-format", "invalid-email-blank"]);
        assert_eq!(tries(|new| new.password = "x".repeat(73)).await, ["invalid-password-too-long"]);
        assert_eq!(tries(|new| new.password = String::new()).await, ["invalid-password-blank"]);
        register(&world.app, Origin::Cli, Registration { allow_reserved: true, ..registration("admin") }).await.unwrap();
    }

    async fn a_refused_login_leaves_no_half_account(world: World) {
        let world = world.with_user("alice").await;
        let taken = Registration { email: "alice@mail.test".into(), ..registration("bob") };
        register(&world.app, Origin::Cli, taken).await.unwrap_err();
        register(&world.app, Origin::Cli, registration("bob")).await.unwrap();
    }

    async fn one_signs_in_by_name_or_address_and_stays_signed_in(world: World) {
        let world = world.with_user("alice").await;
        for login in ["alice", "ALICE", " alice@mail.test ", "Alice@Mail.Test"] {
            let token = signs_in(&world.app, login, PASSWORD).await.unwrap();
            let session = sessions::session(&world.app, &token).await.unwrap().unwrap();
            assert_eq!(session.account.id, world.user("alice").account);
        }
        let token = signs_in(&world.app, "alice", PASSWORD).await.unwrap();
        world.advance(sessions::SESSION_LIFE_MS + 1);
        assert!(sessions::session(&world.app, &token).await.unwrap().is_none());
    }

    async fn only_the_newest_sessions_are_kept(world: World) {
        let world = world.with_user("alice").await;
        let mut tokens = Vec::new();
        for _ in 0..4 {
            world.advance(1);
            tokens.push(signs_in(&world.app, "alice", PASSWORD).await.unwrap());
        }
        assert!(sessions::session(&world.app, &tokens[0]).await.unwrap().is_none());
        assert!(sessions::session(&world.app, &tokens[1]).await.unwrap().is_some());
    }

    async fn signing_in_is_refused_with_the_reason_only_to_who_knows_the_password(world: World) {
        let app = &world.app;
        for (name, confirmed, approved) in [("new", false, true), ("waiting", true, false), ("closed", true, true)] {
            register(app, Origin::Cli, Registration { confirmed, approved, ..registration(name) }).await.unwrap();
        }
        let closed = find::local_id(app, "closed").await.unwrap();
        modify(app, Origin::Cli, closed, Change { disabled: Some(true), ..Change::default() }).await.unwrap();
        assert_eq!(signs_in(app, "new", PASSWORD).await, Err(Refusal::Unconfirmed));
        assert_eq!(signs_in(app, "waiting", PASSWORD).await, Err(Refusal::Pending));
        assert_eq!(signs_in(app, "closed", PASSWORD).await, Err(Refusal::Disabled));
        for login in ["new", "waiting", "closed", "nobody"] {
            assert_eq!(signs_in(app, login, "wrong").await, Err(Refusal::Wrong));
        }
    }

    async fn a_new_password_ends_sessions_and_tokens_at_once(world: World) {
        let world = world.with_user("alice").await;
        let (alice, app) = (world.user("alice"), &world.app);
        let (cookie, token) = (signs_in(app, "alice", PASSWORD).await.unwrap(), alice.token_id().await);
        let mut events = app.bus.listen();
        modify(app, Origin::Cli, alice.account, Change { password: Some("another good one".into()), ..Change::default() }).await.unwrap();
        assert!(sessions::session(app, &cookie).await.unwrap().is_none());
        assert_eq!(problems(tokens::access(app, &alice.token).await.unwrap_err()), ["error-revoked"]);
        assert_eq!(events.recv().await.unwrap(), Event::Revoked { tokens: vec![token] });
        assert_eq!(signs_in(app, "alice", PASSWORD).await, Err(Refusal::Wrong));
        signs_in(app, "alice", "another good one").await.unwrap();
    }

    async fn passwords_beyond_the_queue_are_refused_at_once(world: World) {
        let hashes = (0..3 * passwords::WAITING_MAX).map(|_| passwords::hash(&world.app, PASSWORD.into()));
        let done = futures_util::future::join_all(hashes).await;
        let hashed = done.iter().filter(|hash| hash.is_ok()).count();
        assert!((passwords::WAITING_MAX..2 * passwords::WAITING_MAX).contains(&hashed), "{hashed}");
        assert!(done.iter().all(|hash| matches!(hash, Ok(_) | Err(Error::Temporary(_)))));
        assert!(passwords::hash(&world.app, PASSWORD.into()).await.is_ok());
    }

    async fn a_closed_login_may_do_nothing_until_it_is_opened(world: World) {
        let world = world.with_user("alice").await;
        let (alice, app) = (world.user("alice"), &world.app);
        let cookie = signs_in(app, "alice", PASSWORD).await.unwrap();
        let set = |disabled| modify(app, Origin::Cli, alice.account, Change { disabled: Some(disabled), ..Change::default() });
        set(true).await.unwrap();
        assert_eq!(problems(tokens::access(app, &alice.token).await.unwrap().viewer().unwrap_err()), ["error-disabled"]);
        assert!(sessions::session(app, &cookie).await.unwrap().is_none());
        set(false).await.unwrap();
        assert!(tokens::access(app, &alice.token).await.unwrap().viewer().is_ok());
    }

    async fn the_reason_for_a_refused_token_comes_in_mastodons_order(world: World) {
        let (account, user) = register(&world.app, Origin::Cli, Registration { confirmed: false, approved: false, ..registration("new") }).await.unwrap();
        let own = crate::oauth::applications::own(&world.app).await.unwrap();
        let token = crate::oauth::tokens::give(&world.app, &own, Some(user), "read").await.unwrap().access_token;
        let reason = || async { problems(tokens::access(&world.app, &token).await.unwrap().viewer().unwrap_err()) };
        let change = |change| modify(&world.app, Origin::Cli, account, change);
        change(Change { disabled: Some(true), ..Change::default() }).await.unwrap();
        assert_eq!(reason().await, ["error-unconfirmed"]);
        change(Change { confirm: true, ..Change::default() }).await.unwrap();
        assert_eq!(reason().await, ["error-pending"]);
        change(Change { approve: true, ..Change::default() }).await.unwrap();
        assert_eq!(reason().await, ["error-disabled"]);
    }

    async fn roles_and_addresses_are_changed_and_an_address_is_nobody_elses(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let (alice, app) = (world.user("alice"), &world.app);
        let owner = crate::accounts::modify::find_role(app, "owner").await.unwrap();
        modify(app, Origin::Cli, alice.account, Change { role: Some(Some(owner.id)), email: Some("New@Mail.test".into()), ..Change::default() }).await.unwrap();
        let shown = find::show_local(app, alice.account).await.unwrap();
        assert_eq!((shown.role.as_deref(), shown.email.as_str(), shown.state()), (Some("Owner"), "new@mail.test", "active"));
        let taken = modify(app, Origin::Cli, alice.account, Change { email: Some("bob@mail.test".into()), ..Change::default() }).await;
        assert_eq!(problems(taken.unwrap_err()), ["invalid-email-taken"]);
        let nobody = modify(app, Origin::Cli, AccountId(5), Change::default()).await;
        assert_eq!(problems(nobody.unwrap_err()), ["error-not-found"]);
    }

    async fn a_deleted_account_is_gone_at_once_and_leaves_no_row(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        leaves_traces(&world, &alice, &bob).await;
        assert!(rows_of(&world, alice.account, alice.user).await.len() > 10, "the test tests something");
        delete(&world.app, Origin::Cli, alice.account).await.unwrap();
        assert_eq!(problems(tokens::access(&world.app, &alice.token).await.unwrap_err()), ["error-revoked"]);
        assert_eq!(signs_in(&world.app, "alice", PASSWORD).await, Err(Refusal::Disabled));
        let (home, viewer) = (bob.home().await, bob.viewer().await);
        let seen = present::status::statuses(&world.app, Some(&viewer), home).await.unwrap();
        let seen: Vec<store::StatusId> = seen.iter().map(|status| store::StatusId(status.id.0)).collect();
        assert_eq!(seen.len(), 1, "only bob's own status: {seen:?}");

        world.drain_removal().await;
        assert_eq!(rows_of(&world, alice.account, alice.user).await, []);
        let profile = bob.profile().await;
        assert_eq!((profile.followers_count, profile.following_count, profile.statuses_count), (0, 0, 1));
        let left = bob.sees(seen[0]).await;
        assert_eq!((left.favourites_count, left.reblogs_count, left.replies_count), (0, 0, 0));
        assert!(bob.notifications().await.is_empty());
        let name_is_free = world.read(|r| async move { Ok(users::find_by_login(&r, "alice").await?) }).await.is_none();
        assert!(name_is_free);
    }

    async fn the_name_of_a_deleted_account_stays_taken(world: World) {
        let world = world.with_user("Alice").await;
        let alice = world.user("Alice");
        let account = alice.account;
        let again = async |name: &str| {
            let wish = Registration { allow_reserved: true, ..registration(name) };
            problems(register(&world.app, Origin::Cli, wish).await.unwrap_err())
        };
        delete(&world.app, Origin::Cli, account).await.unwrap();
        for after_removal in [false, true] {
            if after_removal {
                world.drain_removal().await;
            }
            for name in ["Alice", "alice", "ALICE"] {
                assert_eq!(again(name).await, ["invalid-username-taken"], "{name} {after_removal}");
            }
        }
        // A reserved name, which only the command line gives away, is no less somebody's.
        let (admin, _) = register(&world.app, Origin::Cli, Registration { allow_reserved: true, ..registration("admin") }).await.unwrap();
        delete(&world.app, Origin::Cli, admin).await.unwrap();
        world.drain_removal().await;
        assert_eq!(again("Admin").await, ["invalid-username-taken"]);
    }

    async fn the_name_of_somebody_never_let_in_is_free_again(world: World) {
        for (name, confirmed, approved) in [("carol", false, true), ("dora", true, false), ("erik", false, false)] {
            let wish = Registration { confirmed, approved, ..registration(name) };
            let (account, _) = register(&world.app, Origin::Cli, wish).await.unwrap();
            delete(&world.app, Origin::Cli, account).await.unwrap();
            world.drain_removal().await;
            let (account, _) = register(&world.app, Origin::Cli, registration(name)).await.unwrap();
            assert_eq!(find::show_local(&world.app, account).await.unwrap().state(), "active");
        }
    }

    async fn removing_an_account_twice_is_the_same_as_once(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        leaves_traces(&world, &alice, &bob).await;
        let account = alice.account;
        delete(&world.app, Origin::Cli, account).await.unwrap();
        world.drain_removal().await;
        world.write(move |tx| async move { enqueue(&tx, &RemoveAccount { account }).await }).await;
        world.drain_removal().await;
        assert_eq!(bob.profile().await.followers_count, 0);
        assert!(matches!(delete(&world.app, Origin::Cli, account).await, Err(Error::NotFound(_))));
    }
}
