//! Search: whose words are found by whom.

use store::testing::{block, forget_search, let_be_searched, set_time_zone};
use store::{AccountId, StatusId};

use super::problems;
use crate::effects::index;
use crate::search::{self, Found, Kind, Search, accounts, build};
use crate::stories;
use crate::testing::{Person, World};
use crate::{Error, Result};

fn wanted(query: &str) -> Search {
    Search {
        query: query.to_owned(),
        kind: Kind::Everything,
        resolve: false,
        following: false,
        account_id: None,
        exclude_unreviewed: false,
        max_id: None,
        min_id: None,
        limit: 20,
        offset: 0,
    }
}

async fn asks(world: &World, person: &Person, search: Search) -> Result<Found> {
    search::search(&world.app, Some(&person.viewer().await), search).await
}

async fn finds(world: &World, person: &Person, query: &str) -> Vec<StatusId> {
    asks(world, person, Search { kind: Kind::Statuses, ..wanted(query) }).await.unwrap().statuses
}

async fn finds_accounts(world: &World, person: Option<&Person>, query: &str) -> Vec<AccountId> {
    let viewer = match person {
        Some(person) => Some(person.viewer().await),
        None => None,
    };
    search::search(&world.app, viewer.as_ref(), Search { kind: Kind::Accounts, ..wanted(query) }).await.unwrap().accounts
}

/// Lets everybody search somebody's statuses, as by their settings.
async fn lets_be_searched(world: &World, person: &Person, lets: bool) {
    let_be_searched(&world.app.db, person.account, lets).await.unwrap();
    let account = person.account;
    world.write(move |tx| async move { index::profile_changed(&tx, account, true).await }).await;
    world.drain_jobs().await;
}

async fn three(world: World) -> (World, [Person; 3]) {
    let world = world.with_users(["alice", "bob", "carol"]).await;
    let people = world.users(["alice", "bob", "carol"]);
    (world, people)
}

stories! {
    async fn one_finds_what_one_wrote_marked_passed_on_or_is_mentioned_in(world: World) {
        let (world, [alice, bob, _]) = three(world).await;
        let own = bob.posts_as("my own secret tea", "direct").await;
        let mentioned = alice.posts("tea for @bob").await;
        let [liked, kept, passed, other] = [alice.posts("liked tea").await, alice.posts("kept tea").await, alice.posts("passed tea").await, alice.posts("other tea").await];
        assert_eq!(finds(&world, &bob, "tea").await, [mentioned, own]);
        bob.favourites(liked).await;
        bob.bookmarks(kept).await;
        let wrapper = bob.reblogs(passed).await;
        assert_eq!(finds(&world, &bob, "tea").await, [passed, kept, liked, mentioned, own]);
        assert_eq!(finds(&world, &alice, "tea").await, [other, passed, kept, liked, mentioned], "everything of hers, nothing of his");
        bob.unfavourites(liked).await;
        bob.unbookmarks(kept).await;
        bob.unreblogs(passed).await;
        assert_eq!(finds(&world, &bob, "tea").await, [mentioned, own]);
        let again = bob.reblogs(passed).await;
        assert_ne!(again, wrapper);
        bob.deletes(again).await;
        assert_eq!(finds(&world, &bob, "tea").await, [mentioned, own], "a reblog can be deleted like a status");
        alice.deletes(mentioned).await;
        assert_eq!(finds(&world, &bob, "tea").await, [own]);
        world.drain_jobs().await;
        assert_eq!(finds(&world, &bob, "tea").await, [own]);
    }

    async fn public_statuses_are_found_by_all_if_their_author_lets_them(world: World) {
        let (world, [alice, bob, _]) = three(world).await;
        let before = alice.posts("public tea").await;
        alice.posts_as("unlisted tea", "unlisted").await;
        alice.posts_as("private tea", "private").await;
        assert_eq!(finds(&world, &bob, "tea").await, []);
        lets_be_searched(&world, &alice, true).await;
        assert_eq!(finds(&world, &bob, "tea").await, [before]);
        let after = alice.posts("more tea").await;
        assert_eq!(finds(&world, &bob, "tea").await, [after, before]);
        assert_eq!(finds(&world, &bob, "tea in:public").await, [after, before]);
        assert_eq!(finds(&world, &bob, "tea in:library").await, []);
        bob.favourites(before).await;
        assert_eq!(finds(&world, &bob, "tea in:library").await, [before]);
        assert_eq!(finds(&world, &alice, "in:library tea").await.len(), 4);
        lets_be_searched(&world, &alice, false).await;
        assert_eq!(finds(&world, &bob, "tea").await, [before], "only what is in his library");
    }

    async fn what_may_not_be_seen_or_is_unwanted_is_not_found(world: World) {
        let (world, [alice, bob, carol]) = three(world).await;
        lets_be_searched(&world, &alice, true).await;
        bob.follows(&alice).await;
        let secret = alice.posts_as("secret tea", "private").await;
        let public = alice.posts("public tea").await;
        bob.favourites(secret).await;
        assert_eq!(finds(&world, &bob, "tea").await, [public, secret]);
        bob.unfollows(&alice).await;
        assert_eq!(finds(&world, &bob, "tea").await, [public], "he may not see it any more");
        assert_eq!(finds(&world, &carol, "tea").await, [public]);
        block(&world.app.db, alice.account, carol.account).await.unwrap();
        block(&world.app.db, bob.account, alice.account).await.unwrap();
        assert_eq!((finds(&world, &carol, "tea").await, finds(&world, &bob, "tea").await), (vec![], vec![]));
        let id = alice.account;
        world.write(move |tx| async move { Ok(store::accounts::suspend(&tx, id).await?) }).await;
        assert_eq!(finds(&world, &world.user("bob"), "secret").await, []);
    }

    async fn operators_narrow_a_search(world: World) {
        let (world, [alice, bob, _]) = three(world).await;
        let picture = alice.uploads(&world).await;
        let plain = alice.posts("Running with green tea").await;
        let media = alice.posts_with("green picture", |draft| draft.media_ids = vec![picture]).await;
        let tagged = alice.posts_with("#GreenTea über grüne Häuser https://example.com/x", |draft| draft.language = Some("de".into())).await;
        let reply = alice.replies(plain, "tea green @bob").await;
        let warned = alice.posts_with("hidden words", |draft| draft.spoiler_text = "green warning".into()).await;
        let cases: &[(&str, &[StatusId])] = &[
            ("green", &[warned, reply, media, plain]),
            ("GREEN tea", &[reply, plain]),
            ("\"green tea\"", &[plain]),
            ("“green tea”", &[plain]),
            ("\"green words\"", &[]),
            ("green -tea", &[warned, media]),
            ("green -\"green tea\"", &[warned, reply, media]),
            ("+green +warning", &[warned]),
            ("run", &[plain]),
            ("haus", &[tagged]),
            ("Häusern", &[]),
            ("#greentea is:link", &[tagged]),
            ("-#greentea haus*", &[]),
            ("language:de", &[tagged]),
            ("green language:fr", &[]),
            ("has:media", &[media]),
            ("has:image green", &[media]),
            ("has:nonsense green", &[]),
            ("is:reply", &[reply]),
            ("green -is:reply -has:media", &[warned, plain]),
            ("is:sensitive", &[warned]),
            ("has:link", &[tagged]),
            ("from:me green", &[warned, reply, media, plain]),
            ("from:@alice@here.test warning", &[warned]),
            ("from:bob green", &[]),
            ("-from:me green", &[]),
            ("from:nobody@nowhere.test", &[]),
            ("unknown:green", &[]),
            ("with:green", &[plain]),
            ("🦀", &[]),
        ];
        for (query, expected) in cases {
            assert_eq!(finds(&world, &alice, query).await, *expected, "{query:?}");
        }
        assert_eq!(finds(&world, &bob, "green").await, [reply]);
        let of = |account: AccountId| Search { kind: Kind::Statuses, account_id: Some(account), ..wanted("green") };
        assert_eq!(asks(&world, &bob, of(alice.account)).await.unwrap().statuses, [reply]);
        assert_eq!(asks(&world, &bob, of(bob.account)).await.unwrap().statuses, []);
        assert!(matches!(asks(&world, &bob, of(AccountId(5))).await, Err(Error::NotFound(_))));
    }

    async fn german_stems_are_found_by_those_who_speak_german(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let status = alice.posts_with("viele Häuser", |draft| draft.language = Some("de".into())).await;
        let mut viewer = alice.viewer().await;
        viewer.locale = Some("de".into());
        let found = search::search(&world.app, Some(&viewer), wanted("Häusern")).await.unwrap();
        assert_eq!(found.statuses, [status]);
    }

    async fn dates_are_those_of_the_persons_time_zone(world: World) {
        const HOUR_MS: i64 = 3_600_000;
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        // 22:00 on the first of January in London, the second in Tokyo.
        world.advance(10 * HOUR_MS + 1);
        let first = alice.posts("tea").await;
        world.advance(24 * HOUR_MS);
        let second = alice.posts("tea").await;
        let cases: &[(&str, &[StatusId], &[StatusId])] = &[
            ("tea during:2026-01-01", &[first], &[]),
            ("tea during:2026-01-02", &[second], &[first]),
            ("tea before:2026-01-02", &[first], &[]),
            ("tea after:2026-01-01", &[second], &[second, first]),
            ("tea after:2026-01-02", &[], &[second]),
            ("tea -before:2026-01-02", &[second], &[second, first]),
            ("tea -after:2026-01-01", &[first], &[]),
            ("tea -during:2026-01-02", &[first], &[second]),
            ("tea during:2026-01", &[second, first], &[second, first]),
            ("before:2026-01-01T22:00:00Z", &[], &[]),
            ("after:\"2026-01-01T22:00:00Z\" before:2027", &[second, first], &[second, first]),
        ];
        for (query, in_london, _) in cases {
            assert_eq!(finds(&world, &alice, query).await, *in_london, "{query}");
        }
        set_time_zone(&world.app.db, alice.account, "Asia/Tokyo").await.unwrap();
        for (query, _, in_tokyo) in cases {
            assert_eq!(finds(&world, &alice, query).await, *in_tokyo, "{query}");
        }
        let refused = asks(&world, &alice, wanted("tea before:yesterday")).await.unwrap_err();
        assert_eq!(problems(refused), ["error-date-invalid"]);
    }

    async fn statuses_come_page_by_page_past_those_that_may_not_be_seen(world: World) {
        let (world, [alice, bob, _]) = three(world).await;
        for author in [&alice, &bob] {
            lets_be_searched(&world, author, true).await;
        }
        let mut posts = Vec::new();
        for _ in 0..5 {
            posts.insert(0, alice.posts("tea").await);
        }
        for _ in 0..60 {
            bob.posts("tea").await;
        }
        let carol = world.user("carol");
        block(&world.app.db, carol.account, bob.account).await.unwrap();
        let page = async |limit: i64, offset: i64| {
            asks(&world, &carol, Search { kind: Kind::Statuses, limit, offset, ..wanted("tea") }).await.unwrap().statuses
        };
        assert_eq!(page(2, 0).await, posts[..2]);
        assert_eq!(page(2, 2).await, posts[2..4]);
        assert_eq!(page(40, 0).await, posts);
        assert_eq!(page(2, 5).await, []);
        assert_eq!(page(2, 100_000).await, []);
        assert_eq!(page(0, 0).await, []);
        let between = Search { max_id: Some(posts[0].0), min_id: Some(posts[4].0), ..wanted("tea") };
        assert_eq!(asks(&world, &carol, between).await.unwrap().statuses, posts[1..4]);
        let without_kind = Search { offset: 3, ..wanted("tea") };
        assert_eq!(asks(&world, &carol, without_kind).await.unwrap().statuses, posts, "an offset counts with a kind only");
    }

    async fn every_script_is_found(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let cases = [
            ("ja", "東京タワーで黒猫を見た", "黒猫"),
            ("zh", "我喜欢喝乌龙茶", "乌龙茶"),
            ("ko", "학교에서 책을 읽었다", "학교"),
            ("th", "ฉันรักภาษาไทยมาก", "ภาษาไทย"),
            ("ar", "قرأتُ الكِتَابَ في المدرسة", "الكتاب"),
            ("de", "Die Größe der Straße", "STRASSE"),
        ];
        for (language, text, query) in cases {
            let id = alice.posts_with(text, |draft| draft.language = Some(language.into())).await;
            assert_eq!(finds(&world, &alice, query).await, [id], "{query}");
        }
    }

    async fn a_status_with_many_readers_is_indexed_a_little_later(world: World) {
        let mut world = world.with_user("alice").await;
        let alice = world.user("alice");
        let fan = world.add_user("fan").await;
        let status = alice.posts("tea").await;
        // As many readers as need a job, without their logins' passwords being hashed.
        world.write(move |tx| async move {
            for number in 0..101 {
                let id = AccountId(tx.next_id());
                let row = store::accounts::NewAccount {
                    id, username: format!("reader{number}"), domain: String::new(), uri: format!("https://here.test/{id}"), url: None,
                    actor_type: 0, display_name: String::new(), locked: false,
                };
                store::accounts::insert(&tx, &row).await?;
                let login = store::users::NewUser {
                    id: store::UserId(tx.next_id()), account_id: id, email: format!("{id}@mail.test"), password_hash: String::new(),
                    confirmed: true, approved: true, role_id: None, locale: None, time_zone: None, invite_request: None, created_by_application_id: None, sign_up_ip: None,
                };
                store::users::insert(&tx, &login).await?;
                store::bookmarks::insert(&tx, id, status).await?;
            }
            Ok(())
        })
        .await;
        fan.favourites(status).await;
        assert_eq!(finds(&world, &fan, "tea").await, []);
        world.advance(11_000);
        world.drain_jobs().await;
        assert_eq!(finds(&world, &fan, "tea").await, [status]);
    }

    async fn an_index_that_is_missing_is_built_at_the_start(world: World) {
        let (world, [alice, _, _]) = three(world).await;
        let mut posts = Vec::new();
        for _ in 0..120 {
            posts.insert(0, alice.posts("tea").await);
        }
        assert!(build::status(&world.app).await.unwrap().done);
        forget_search(&world.app.db).await.unwrap();
        assert_eq!((finds(&world, &alice, "tea").await, finds_accounts(&world, None, "alic").await), (vec![], vec![]));
        crate::start::close(&world.opened_again().await).await;
        world.drain_jobs().await;
        assert_eq!(finds(&world, &alice, "tea").await, posts[..20]);
        assert_eq!(finds(&world, &alice, "tea before:2100").await.len(), 20);
        let oldest = Search { max_id: Some(posts[118].0), ..wanted("tea") };
        assert_eq!(asks(&world, &alice, oldest).await.unwrap().statuses, posts[119..]);
        assert_eq!(finds_accounts(&world, None, "alic").await, [alice.account]);
        let progress = build::status(&world.app).await.unwrap();
        assert_eq!((progress.accounts, progress.statuses, progress.done), (3, 120, true));
        world.advance(1);
        build::rebuild(&world.app, crate::Origin::Cli).await.unwrap();
        assert!(!build::status(&world.app).await.unwrap().done);
        world.advance(1);
        build::rebuild(&world.app, crate::Origin::Cli).await.unwrap();
        world.drain_jobs().await;
        let progress = build::status(&world.app).await.unwrap();
        assert_eq!((progress.accounts, progress.statuses, progress.done), (3, 120, true), "of two at once the later one counts");
    }

    async fn accounts_are_found_by_name_the_exact_and_the_followed_first(world: World) {
        let mut world = world.with_users(["ali", "alice", "alina", "bob"]).await;
        let [ali, alice, alina, bob] = world.users(["ali", "alice", "alina", "bob"]);
        let under_score = world.add_user("snow_white").await;
        ali.follows(&alina).await;
        bob.follows(&alice).await;
        alina.follows(&alice).await;
        assert_eq!(finds_accounts(&world, Some(&bob), "ali").await, [ali.account, alice.account, alina.account]);
        assert_eq!(finds_accounts(&world, Some(&ali), "ali").await, [ali.account, alina.account, alice.account]);
        assert_eq!(finds_accounts(&world, None, "@ALICE@here.test").await, [alice.account]);
        assert_eq!(finds_accounts(&world, None, "@alice@there.test").await, []);
        for query in ["snow", "snow_wh", "snowwh", "white", "WHITE snow"] {
            assert_eq!(finds_accounts(&world, None, query).await, [under_score.account], "{query}");
        }
        assert_eq!(finds_accounts(&world, None, "al").await, [], "too little from a stranger");
        assert_eq!(finds_accounts(&world, Some(&bob), "al").await.len(), 3);
        for query in ["#alice", "alice @bob", " ", "@"] {
            assert_eq!(finds_accounts(&world, Some(&bob), query).await, [], "{query:?}");
        }
        let page = async |limit: i64, offset: i64, following: bool| {
            let wanted = accounts::Wanted { query: "al".into(), following, bios: false, resolve: false, limit, offset };
            accounts::search(&world.app, Some(bob.account), wanted).await.unwrap()
        };
        assert_eq!(page(1, 0, false).await, [alice.account]);
        assert_eq!(page(9, 1, false).await.len(), 2);
        assert_eq!((page(9, 0, true).await, page(9, 1, true).await, page(9, 2_000, false).await), (vec![alice.account], vec![], vec![]));
        block(&world.app.db, bob.account, alice.account).await.unwrap();
        assert_eq!(finds_accounts(&world, Some(&bob), "alic").await, []);
        assert_eq!(finds_accounts(&world, Some(&bob), "alice").await, [alice.account], "by name, to be unblocked");
        let id = alice.account;
        world.write(move |tx| async move { Ok(store::accounts::suspend(&tx, id).await?) }).await;
        assert_eq!(finds_accounts(&world, None, "alice").await, []);
    }

    async fn hashtags_are_found_by_their_beginning(world: World) {
        let (world, [alice, bob, _]) = three(world).await;
        alice.posts("#Cat #cats #Catsofferrodon").await;
        bob.posts("#cats #dog").await;
        let tags = async |query: &str, exclude_unreviewed: bool| {
            let found = asks(&world, &bob, Search { kind: Kind::Hashtags, exclude_unreviewed, ..wanted(query) }).await.unwrap();
            let tags = crate::present::tag::tags(&world.app, None, found.hashtags).await.unwrap();
            tags.into_iter().map(|tag| tag.name).collect::<Vec<_>>()
        };
        for query in ["cat", "#cat", "#CAT", "cát"] {
            assert_eq!(tags(query, false).await, ["Cat", "cats", "Catsofferrodon"], "{query}");
        }
        assert_eq!(tags("cat", true).await, Vec::<String>::new());
        assert_eq!(tags("cat@here.test", false).await, Vec::<String>::new());
        assert_eq!(tags("...", false).await, Vec::<String>::new());
        let found = search::search(&world.app, None, wanted("#cat")).await.unwrap();
        assert_eq!((found.accounts.len(), found.statuses.len(), found.hashtags.len()), (0, 0, 3));
    }

    async fn addresses_of_ours_lead_to_what_they_are_of(world: World) {
        let (world, [alice, bob, _]) = three(world).await;
        let (public, secret) = (alice.posts("hello").await, alice.posts_as("secret", "direct").await);
        let resolve = async |query: String, kind: Kind, offset: i64| {
            let found = asks(&world, &bob, Search { resolve: true, kind, offset, ..wanted(&query) }).await.unwrap();
            (found.accounts, found.statuses, found.hashtags.len())
        };
        let status = format!("https://here.test/@alice/{public}");
        assert_eq!(resolve(status.clone(), Kind::Everything, 0).await, (vec![], vec![public], 0));
        assert_eq!(resolve(status.clone(), Kind::Statuses, 0).await, (vec![], vec![public], 0));
        assert_eq!(resolve(status.clone(), Kind::Accounts, 0).await, (vec![], vec![], 0));
        assert_eq!(resolve(status, Kind::Statuses, 1).await, (vec![], vec![], 0));
        assert_eq!(resolve(format!("https://here.test/ap/users/{}/statuses/{public}", alice.account), Kind::Everything, 0).await.1, [public]);
        assert_eq!(resolve(format!("https://here.test/@alice/{secret}"), Kind::Everything, 0).await, (vec![], vec![], 0));
        assert_eq!(resolve("https://here.test/@Alice".into(), Kind::Everything, 0).await, (vec![alice.account], vec![], 0));
        assert_eq!(resolve(format!("https://here.test/ap/users/{}", alice.account), Kind::Accounts, 0).await.0, [alice.account]);
        for nothing in ["https://here.test/@nobody", "https://here.test/@alice/5", "https://there.test/@alice", "https://here.test/", "https://:"] {
            assert_eq!(resolve(nothing.into(), Kind::Everything, 0).await, (vec![], vec![], 0), "{nothing}");
        }
        assert_eq!(asks(&world, &alice, wanted("https://here.test/@alice")).await.unwrap().accounts, [], "only when asked to");
    }
}
