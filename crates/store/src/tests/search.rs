//! The full-text index: the same answers from both engines.

use super::world::{Database, sorted, stories};
use crate::search::{self, Query, Term, accounts, statuses};
use crate::{AccountId, StatusId, Tx, favourites, follows};

fn list(text: &str) -> Vec<String> {
    text.split(' ').filter(|word| !word.is_empty()).map(|word| if word == "|" { String::new() } else { word.to_owned() }).collect()
}

fn token(word: &str) -> Vec<Term> {
    vec![Term::Token(word.to_owned())]
}

fn phrase(words: &str) -> Vec<Term> {
    vec![Term::Phrase(list(words))]
}

fn all_of(all: impl IntoIterator<Item = Vec<Term>>) -> Query {
    Query { all: all.into_iter().collect(), none: Vec::new() }
}

async fn put(db: &Database, id: i64, words: &str, marks: &str) {
    let (words, marks) = (list(words), list(marks));
    db.write(move |tx: Tx| async move { statuses::put(&tx, StatusId(id), &words, &marks).await }).await;
}

async fn found(db: &Database, query: Query) -> Vec<i64> {
    db.read(move |r| async move { statuses::candidates(&r, &query, 0, i64::MAX, 100).await }).await.into_iter().map(|id| id.0).collect()
}

async fn beginnings(db: &Database, words: &str, bio: bool) -> Vec<AccountId> {
    let query = all_of(list(words).into_iter().map(|word| vec![Term::Beginning(vec![word], bio)]));
    sorted(db.read(move |r| async move { accounts::candidates(&r, &query, 100).await }).await)
}

async fn name(db: &Database, id: AccountId, names: &str, bio: &str) {
    let (names, bio) = (list(names), list(bio));
    db.write(move |tx: Tx| async move { accounts::put(&tx, id, &names, &bio).await }).await;
}

stories! {
    async fn statuses_are_found_by_words_phrases_and_marks_the_newest_first(db) {
        put(db, 10, "green tea for two", "_public _u1 tea's").await;
        put(db, 20, "tea green | for me", "_u1").await;
        put(db, 30, "黒猫 猫が green tea", "_public _u2").await;
        put(db, 40, "quo\"te ba\\ck apo'strophe", "_public").await;
        assert_eq!(found(db, all_of([token("green")])).await, [30, 20, 10]);
        assert_eq!(found(db, all_of([token("green"), token("two")])).await, [10]);
        assert_eq!(found(db, all_of([phrase("green tea")])).await, [30, 10]);
        assert_eq!(found(db, all_of([phrase("green for")])).await, Vec::<i64>::new(), "no phrase reaches across a gap");
        assert_eq!(found(db, all_of([phrase("two tea's")])).await, Vec::<i64>::new(), "marks are in no phrase");
        assert_eq!(found(db, all_of([token("tea's")])).await, [10]);
        assert_eq!(found(db, all_of([phrase("黒猫 猫が")])).await, [30]);
        let readable = vec![Term::Token("_public".into()), Term::Token("_u1".into())];
        assert_eq!(found(db, all_of([readable.clone()])).await, [40, 30, 20, 10]);
        assert_eq!(found(db, all_of([token("green"), readable])).await, [30, 20, 10]);
        assert_eq!(found(db, all_of([token("green"), token("_u2")])).await, [30]);
        let without = Query { all: vec![token("green")], none: vec![vec![phrase("green tea")], Vec::new(), vec![token("me")]] };
        assert_eq!(found(db, without).await, Vec::<i64>::new());
        let without = Query { all: vec![token("green")], none: vec![vec![phrase("tea green")], vec![token("green"), token("nothing")]] };
        assert_eq!(found(db, without).await, [30, 10]);
        for odd in ["quo\"te", "ba\\ck", "apo'strophe", "AND", "NOT", "words:x", "a*", "(", ")", "-", "^", "&", "|", "!", "<->", "_ ", "", " "] {
            let ids = found(db, all_of([token(odd), token("_public")])).await;
            assert!(ids.is_empty() || ids == [40], "{odd:?}: {ids:?}");
        }
        assert_eq!(found(db, Query::default()).await, Vec::<i64>::new());
    }

    async fn a_row_is_replaced_and_removed(db) {
        put(db, 10, "old words", "_public").await;
        put(db, 10, "new words", "_u1").await;
        assert_eq!((found(db, all_of([token("old")])).await, found(db, all_of([token("_public")])).await), (Vec::new(), Vec::new()));
        assert_eq!((found(db, all_of([token("new")])).await, found(db, all_of([token("_u1")])).await), (vec![10], vec![10]));
        db.write(|tx: Tx| async move { statuses::delete(&tx, &[StatusId(10), StatusId(11)]).await }).await;
        assert_eq!(found(db, all_of([token("words")])).await, Vec::<i64>::new());
        put(db, 10, "back again", "").await;
        assert_eq!(found(db, all_of([token("back")])).await, [10]);
    }

    async fn what_is_common_rare_or_old_is_found_page_by_page(db) {
        db.write(|tx: Tx| async move {
            for n in 1..=5_000_i64 {
                let mut words = list("common words");
                if n % 100 == 1 { words.push("seldom".into()); }
                if n <= 3 { words.push("ancient".into()); }
                statuses::put(&tx, StatusId(n), &words, &[]).await?;
            }
            Ok(())
        })
        .await;
        let page = async |word: &str, above: i64, below: i64, limit: i64| {
            let query = all_of([token(word)]);
            db.read(move |r| async move { statuses::candidates(&r, &query, above, below, limit).await }).await.into_iter().map(|id| id.0).collect::<Vec<_>>()
        };
        assert_eq!(page("common", 0, i64::MAX, 3).await, [5000, 4999, 4998]);
        assert_eq!(page("common", 4998, i64::MAX, 3).await, [5000, 4999]);
        assert_eq!(page("common", 0, 3, 20).await, [2, 1]);
        assert_eq!(page("seldom", 0, i64::MAX, 3).await, [4901, 4801, 4701], "found a little further");
        assert_eq!(page("seldom", 0, i64::MAX, 50).await.len(), 50);
        assert_eq!(page("seldom", 0, i64::MAX, 50).await[..3], [4901, 4801, 4701]);
        assert_eq!(page("ancient", 0, i64::MAX, 20).await, [3, 2, 1], "found in the depth");
        assert_eq!(page("ancient", 2, i64::MAX, 20).await, [3]);
        assert_eq!(page("ancient", 0, 2, 20).await, [1]);
        assert_eq!(page("ancient", 0, i64::MAX, 0).await, Vec::<i64>::new());
        assert_eq!(page("absent", 0, i64::MAX, 20).await, Vec::<i64>::new());
    }

    async fn readers_of_a_status_are_the_people_here_who_have_to_do_with_it(db) {
        let [author, fan, keeper, mentioned, booster] = [db.user().await, db.user().await, db.user().await, db.user().await, db.user().await];
        let (far, stranger) = (db.account_on("far.test").await, db.user().await);
        let status = db.posts(author).await;
        db.mentions(status, mentioned, false).await;
        db.mentions(status, stranger, true).await;
        db.reblogs(booster, status).await;
        db.write(move |tx: Tx| async move {
            favourites::insert(&tx, fan, status).await?;
            favourites::insert(&tx, far, status).await?;
            crate::bookmarks::insert(&tx, keeper, status).await?;
            crate::bookmarks::insert(&tx, fan, status).await
        })
        .await;
        let readers = db.write(move |tx: Tx| async move {
            statuses::lock(&tx, status).await?;
            statuses::readers(&tx, status, 10).await
        })
        .await;
        assert_eq!(sorted(readers), sorted(vec![fan, keeper, mentioned, booster]));
        assert_eq!(db.read(move |r| async move { statuses::readers(&r, status, 2).await }).await.len(), 2);
        let source = db.read(move |r| async move { statuses::find_source(&r, status).await }).await.unwrap();
        assert_eq!((source.account_id, source.author_is_local, source.indexable, source.text.as_str()), (author, true, false, "hello"));
        let wrapper = db.reblogs(fan, status).await;
        assert!(db.read(move |r| async move { statuses::find_source(&r, wrapper).await }).await.is_none(), "a reblog has no words");
        let newest = db.read(move |r| async move { statuses::list_before(&r, StatusId(i64::MAX), 2).await }).await;
        assert_eq!(newest[0], wrapper);
        assert_eq!(db.read(move |r| async move { statuses::list_of_account_before(&r, author, wrapper, 2).await }).await, [status]);
        assert!(db.read(move |r| async move { statuses::list_of_account_before(&r, author, status, 2).await }).await.is_empty());
    }

    async fn a_person_may_have_a_time_zone(db) {
        let me = db.user().await;
        let zone = async || db.read(move |r| async move { statuses::time_zone(&r, me).await }).await;
        assert_eq!(zone().await, None);
        db.db.batch(format!("UPDATE users SET time_zone = 'Asia/Tokyo' WHERE account_id = {me};")).await.unwrap();
        assert_eq!(zone().await.as_deref(), Some("Asia/Tokyo"));
    }

    async fn unwanted_authors_are_left_out(db) {
        let (me, blocked, blocking, muted, limited, followed) =
            (db.user().await, db.user().await, db.user().await, db.user().await, db.user().await, db.user().await);
        let (far, friend) = (db.account_on("bad.test").await, db.user().await);
        let mut posts = Vec::new();
        for author in [me, blocked, blocking, muted, limited, followed, far, friend] {
            posts.push(db.posts(author).await);
        }
        db.follows(me, followed).await;
        let raw = [
            format!("INSERT INTO blocks (id, account_id, target_account_id, created_at) VALUES (1, {me}, {blocked}, 0), (2, {blocking}, {me}, 0);"),
            format!("INSERT INTO mutes (id, account_id, target_account_id, hide_notifications, created_at) VALUES (1, {me}, {muted}, TRUE, 0);"),
            format!("INSERT INTO account_domain_blocks (id, account_id, domain) VALUES (1, {me}, 'bad.test');"),
            format!("UPDATE accounts SET silenced_at = 1 WHERE id IN ({limited}, {followed}, {me});"),
        ];
        db.db.batch(raw.concat()).await.unwrap();
        let ids = posts.clone();
        let wanted = db.read(move |r| async move { statuses::wanted_ids(&r, &ids, me).await }).await;
        assert_eq!(sorted(wanted), [posts[0], posts[5], posts[7]]);
        db.write(move |tx: Tx| async move { crate::accounts::suspend(&tx, friend).await }).await;
        let ids = posts.clone();
        let wanted = db.read(move |r| async move { statuses::wanted_ids(&r, &ids, me).await }).await;
        assert_eq!(sorted(wanted), [posts[0], posts[5]]);
        assert!(db.read(move |r| async move { statuses::wanted_ids(&r, &[], me).await }).await.is_empty());
        let everybody = vec![me, blocked, blocking, muted, limited, followed, far, friend];
        let ranked = db.read(move |r| async move { accounts::ranked(&r, &everybody, me, 10, 0).await }).await;
        assert_eq!(ranked, [followed, me, limited], "the followed first");
    }

    async fn accounts_are_found_by_beginnings_of_names_and_by_bios(db) {
        let [alice, alina, bob, pending] = [db.user().await, db.account_on("far.test").await, db.user().await, db.account().await];
        name(db, alice, "alice | wonder land | here test", "tea and cats").await;
        name(db, alina, "alina | far test", "").await;
        name(db, bob, "bob | 田中 中さ", "alice is my friend").await;
        name(db, pending, "alix", "").await;
        assert_eq!(beginnings(db, "ali", false).await, sorted(vec![alice, alina, pending]));
        assert_eq!(beginnings(db, "ali won", false).await, [alice]);
        assert_eq!(beginnings(db, "alice", true).await, sorted(vec![alice, bob]));
        assert_eq!(beginnings(db, "cat", false).await, []);
        assert_eq!(beginnings(db, "cat", true).await, [alice]);
        assert_eq!(beginnings(db, "田", false).await, [bob]);
        let pair = all_of([vec![Term::Beginning(list("田中 中"), false)]]);
        assert_eq!(db.read(move |r| async move { accounts::candidates(&r, &pair, 9).await }).await, [bob]);
        assert!(db.read(move |r| async move { accounts::candidates(&r, &Query::default(), 9).await }).await.is_empty());

        let me = db.user().await;
        db.follows(me, alina).await;
        db.follows(me, bob).await;
        let query = || all_of([vec![Term::Beginning(list("ali"), false)]]);
        let followed = async |follows: i64| db.read(move |r| async move { accounts::followed_candidates(&r, &query(), me, follows).await }).await;
        assert_eq!((followed(10).await, followed(1).await), (vec![alina], Vec::new()));
        assert!(db.read(move |r| async move { accounts::followed_candidates(&r, &Query::default(), me, 9).await }).await.is_empty());
        let ids = vec![alice, alina, bob, pending];
        let ranked = async |viewer: AccountId, limit: i64, offset: i64| {
            let ids = ids.clone();
            db.read(move |r| async move { accounts::ranked(&r, &ids, viewer, limit, offset).await }).await
        };
        db.write(move |tx: Tx| async move {
            crate::stats::add_to_accounts(&tx, vec![(bob, crate::stats::AccountDelta { followers: 5, ..Default::default() })]).await
        })
        .await;
        assert_eq!(ranked(AccountId(0), 9, 0).await, [bob, alice, alina], "who has most followers first, nobody who cannot sign in yet");
        assert_eq!(ranked(me, 9, 0).await, [bob, alina, alice]);
        assert_eq!(ranked(me, 1, 1).await, [alina]);
        assert!(db.read(move |r| async move { accounts::ranked(&r, &[], me, 9, 0).await }).await.is_empty());
        db.write(move |tx: Tx| async move { follows::delete(&tx, me, bob).await.map(drop) }).await;

        let source = db.read(move |r| async move { accounts::find_source(&r, alina).await }).await.unwrap();
        assert_eq!((source.domain.as_str(), source.discoverable), ("far.test", None));
        assert_eq!(db.read(move |r| async move { accounts::list_after(&r, alice, 2).await }).await, [alina, bob]);
        db.write(move |tx: Tx| async move { accounts::delete(&tx, alina).await }).await;
        assert_eq!(beginnings(db, "ali", false).await, sorted(vec![alice, pending]));
    }

    async fn tags_are_found_by_the_beginning_of_their_names(db) {
        let me = db.user().await;
        let (one, two) = (db.posts(me).await, db.posts(me).await);
        db.write(move |tx: Tx| async move {
            for (name, uses) in [("cat", 0), ("cats", 1), ("catsofferrodon", 2), ("dog", 2), ("ca", 0)] {
                let tag = crate::tags::ensure(&tx, name, &name.to_uppercase()).await?;
                for status in [one, two].iter().take(uses) {
                    crate::tags::attach(&tx, *status, tag).await?;
                }
            }
            Ok(())
        })
        .await;
        let find = async |prefix: &'static str, limit: i64, offset: i64| {
            let ids = db.read(move |r| async move { crate::tags::search(&r, prefix, limit, offset).await }).await;
            let wanted = ids.clone();
            let tags = db.read(move |r| async move { crate::tags::list_by_ids(&r, &wanted).await }).await;
            ids.iter().map(|id| tags.iter().find(|tag| tag.id == *id).unwrap().name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(find("cat", 9, 0).await, ["cat", "catsofferrodon", "cats"], "the exact one, then the most used");
        assert_eq!(find("cat", 1, 1).await, ["catsofferrodon"]);
        assert_eq!(find("ca", 9, 0).await, ["ca", "catsofferrodon", "cats", "cat"]);
        assert_eq!(find("x", 9, 0).await, Vec::<String>::new());
    }

    async fn how_far_the_index_has_come_is_kept(db) {
        assert_eq!(db.read(|r| async move { search::progress(&r).await }).await, None);
        for value in ["one", "two"] {
            db.write(move |tx: Tx| async move { search::set_progress(&tx, value).await }).await;
        }
        assert_eq!(db.read(|r| async move { search::progress(&r).await }).await.as_deref(), Some("two"));
    }
}
