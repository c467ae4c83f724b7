//! Bulk filling: what it makes has the shape of life, and is what the server would have made.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::world::{Database, sorted, stories};
use crate::page::Page;
use crate::search::{Query, Term};
use crate::seed::{self, Crowd, FEED_KEEP, Posts};
use crate::statuses::{Status, Visibility};
use crate::{AccountId, StatusId, accounts, feeds, follows, media, search, sql, statuses, tags, users};

const HERE: &str = "https://here.test";

pub fn crowd(count: usize, follows_each: usize) -> Crowd {
    Crowd { count, prefix: "U".into(), base_url: HERE.into(), password_hash: "hash".into(), follows_each }
}

pub fn posts(db: &Database, count: usize) -> Posts {
    Posts { count, base_url: HERE.into(), until_ms: db.now(), apart_ms: 1000, seed: 1, compose: None }
}

async fn seeded(db: &Database, people: usize, count: usize) -> Vec<AccountId> {
    let people = seed::accounts(&db.db, &crowd(people, 3)).await.unwrap();
    let authors: Vec<AccountId> = people.into_iter().map(|person| person.0).collect();
    seed::statuses(&db.db, &authors, &posts(db, count)).await.unwrap();
    authors
}

/// All statuses, the oldest first.
async fn every(db: &Database) -> Vec<Status> {
    db.read(|r| async move {
        let ids = search::statuses::list_before(&r, StatusId(i64::MAX), 1_000_000).await?;
        let mut rows = Vec::new();
        for chunk in ids.chunks(5_000) {
            rows.extend(statuses::list(&r, chunk).await?);
        }
        rows.sort_by_key(|status| status.id);
        Ok(rows)
    })
    .await
}

async fn feed_rows(db: &Database) -> Vec<(AccountId, StatusId, Option<StatusId>)> {
    db.read(|r| async move { r.all(sql!("SELECT account_id, status_id, reblog_of FROM home_feed ORDER BY account_id, status_id"), []).await }).await
}

fn words_of(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// How many of `all` are so, in percent.
fn percent<T>(all: &[T], is: impl Fn(&T) -> bool) -> usize {
    all.iter().filter(|one| is(one)).count() * 100 / all.len()
}

stories! {
    async fn seeded_accounts_can_sign_in_and_follow_each_other_in_a_ring(db) {
        let people = seed::accounts(&db.db, &crowd(130, 3)).await.unwrap();
        assert_eq!((people.len(), db.count("follows").await), (130, 390));
        let (first, last) = (people[0], people[129]);
        let (account, user, fans, followed) = db.read(move |r| async move {
            Ok((
                accounts::find(&r, last.0).await?.unwrap(),
                users::find_by_login(&r, "u129").await?.unwrap(),
                follows::followers_page(&r, first.0, None, &Page::first(10)).await?,
                follows::following_page(&r, last.0, None, &Page::first(10)).await?,
            ))
        }).await;
        assert_eq!((account.username.as_str(), account.following_count, account.followers_count, account.usable), ("U129", 3, 3, true));
        assert_eq!((account.uri, account.url), (format!("https://here.test/ap/users/{}", last.0), Some("https://here.test/@U129".into())));
        assert_eq!((user.id, user.account_id, user.password_hash.as_str(), user.email.as_str()), (last.1, last.0, "hash", "u129@seed.test"));
        let number = |n: usize| people[n].0;
        assert_eq!(sorted(fans.into_iter().map(|f| f.1).collect()), [number(127), number(128), number(129)]);
        assert_eq!(sorted(followed.into_iter().map(|f| f.1).collect()), [number(0), number(1), number(2)]);
        let again = seed::accounts(&db.db, &crowd(1, 3)).await;
        assert!(again.unwrap_err().is_conflict());
    }

    async fn seeded_statuses_have_the_shape_of_life(db) {
        seeded(db, 60, 12_000).await;
        let rows = every(db).await;
        assert_eq!(rows.len(), 12_000);
        let written: Vec<Status> = rows.iter().filter(|row| row.reblog_of_id.is_none()).cloned().collect();
        let replies = percent(&rows, |row| row.in_reply_to_id.is_some());
        let reblogs = percent(&rows, |row| row.reblog_of_id.is_some());
        assert!((33..=37).contains(&replies) && (18..=22).contains(&reblogs), "{replies} % replies, {reblogs} % reblogs");
        assert!((80..=92).contains(&percent(&written, |row| row.visibility() == Visibility::Public)));
        assert!(written.iter().any(|row| row.visibility() == Visibility::Unlisted) && written.iter().any(|row| row.visibility() == Visibility::Private));
        assert!(!rows.iter().any(|row| row.visibility() == Visibility::Direct));
        let languages: HashSet<_> = written.iter().map(|row| row.language.clone()).collect();
        assert!(languages.len() >= 8 && languages.contains(&None), "{languages:?}");
        assert!((1..=15).contains(&percent(&written, |row| row.language.is_none())));
        assert!((2..=12).contains(&percent(&written, |row| !row.spoiler_text.is_empty())));
        assert!(written.iter().all(|row| !row.content.is_empty() && (4..=700).contains(&row.text.chars().count())));
        assert!(rows.iter().all(|row| row.reblog_of_id.is_none() || (row.content.is_empty() && row.conversation_id.is_none() && row.language.is_none())));

        let parents: HashMap<StatusId, Option<StatusId>> = rows.iter().map(|row| (row.id, row.in_reply_to_id)).collect();
        let depth = |id: StatusId| std::iter::successors(Some(id), |id| parents.get(id).copied().flatten()).count();
        assert!(rows.iter().any(|row| depth(row.id) >= 12), "no thread is deep");
        assert!(rows.iter().any(|row| row.replies_count >= 8), "no status has many answers");
        assert!((25..=60).contains(&percent(&written, |row| row.favourites_count > 0)));
        assert!(written.iter().any(|row| row.favourites_count >= 20), "nothing is popular");
        let pictures = db.count("media_attachments").await as usize * 100 / written.len();
        assert!((10..=40).contains(&pictures), "{pictures} pictures for 100 statuses");
        let tagged = db.count("status_tags").await as usize * 100 / written.len();
        assert!((15..=45).contains(&tagged) && db.count("tags").await > 50, "{tagged} hashtags on 100 statuses");
        let mentions = db.count("mentions").await as usize * 100 / written.len();
        assert!((30..=80).contains(&mentions), "{mentions} mentions in 100 statuses");
    }

    async fn seeded_statuses_have_ids_and_addresses_as_if_posted_here(db) {
        let authors = seeded(db, 9, 1_500).await;
        let rows = every(db).await;
        assert_eq!(rows.iter().map(|row| row.created_at).max(), Some(db.now()));
        let conversations: HashMap<StatusId, _> = rows.iter().map(|row| (row.id, row.conversation_id)).collect();
        for row in &rows {
            assert_eq!(row.id.0 >> crate::ids::RANDOM_BITS, row.created_at);
            let end = if row.reblog_of_id.is_some() { "/activity" } else { "" };
            assert_eq!(row.uri, format!("{HERE}/ap/users/{}/statuses/{}{end}", row.account_id, row.id));
            let number = authors.iter().position(|author| *author == row.account_id).unwrap();
            let page = if row.reblog_of_id.is_some() { row.uri.clone() } else { format!("{HERE}/@U{number}/{}", row.id) };
            assert_eq!(row.url.as_deref(), Some(page.as_str()));
            assert!(row.local && row.edited_at.is_none() && row.application_name.is_some());
            if let Some(parent) = row.in_reply_to_id {
                assert!(parent < row.id);
                assert_eq!(row.conversation_id, conversations[&parent]);
            } else {
                assert_eq!(row.conversation_id.is_some(), row.reblog_of_id.is_none());
            }
        }
        let originals = rows.iter().filter(|row| row.reblog_of_id.is_none() && row.in_reply_to_id.is_none()).count();
        assert_eq!(db.count("conversations").await, originals as i64);
        let again = seed::statuses(&db.db, &authors, &posts(db, 1_500)).await;
        assert!(again.unwrap_err().is_conflict());
    }

    async fn seeded_counters_are_what_can_be_counted(db) {
        let authors = seeded(db, 12, 11_000).await;
        let rows = every(db).await;
        let (mut replies, mut reblogs, mut favourites) = (HashMap::new(), HashMap::new(), HashMap::<StatusId, i64>::new());
        for row in &rows {
            if let Some(parent) = row.in_reply_to_id.filter(|_| row.visibility().counts_as_reply()) {
                *replies.entry(parent).or_insert(0) += 1;
            }
            if let Some(original) = row.reblog_of_id {
                *reblogs.entry(original).or_insert(0) += 1;
            }
        }
        let likes: Vec<(StatusId, i64)> = db.read(|r| async move {
            r.all(sql!("SELECT status_id, COUNT(*) FROM favourites GROUP BY status_id"), []).await
        }).await;
        favourites.extend(likes);
        let of = |counted: &HashMap<StatusId, i64>, id: StatusId| counted.get(&id).copied().unwrap_or(0);
        for row in &rows {
            let counted = (of(&replies, row.id), of(&reblogs, row.id), of(&favourites, row.id));
            assert_eq!((row.replies_count, row.reblogs_count, row.favourites_count), counted, "{}", row.id);
        }
        let zeros: Option<i64> = db.read(|r| async move {
            r.value(sql!("SELECT COUNT(*) FROM status_stats WHERE replies_count + reblogs_count + favourites_count = 0"), []).await
        }).await;
        assert_eq!(zeros, Some(0));
        let people = db.read(move |r| async move { accounts::list(&r, &authors).await }).await;
        for person in people {
            let theirs: Vec<_> = rows.iter().filter(|row| row.account_id == person.id).collect();
            assert_eq!((person.statuses_count, person.last_status_at), (theirs.len() as i64, theirs.iter().map(|row| row.created_at).max()));
        }
        let uses: Vec<(crate::TagId, i64)> = db.read(|r| async move {
            r.all(sql!("SELECT tag_id, CAST(SUM(uses) AS BIGINT) FROM tag_uses GROUP BY tag_id ORDER BY tag_id"), []).await
        }).await;
        let recounted = db.read(|r| async move {
            r.all(sql!("SELECT st.tag_id, COUNT(*) FROM status_tags st JOIN statuses s ON s.id = st.status_id WHERE s.visibility = 0 GROUP BY st.tag_id ORDER BY st.tag_id"), []).await
        }).await;
        assert_eq!(uses, recounted);
    }

    async fn the_same_seed_makes_the_same_statuses_and_another_others(db) {
        let mut runs = Vec::new();
        for seed in [7, 7, 8] {
            db.empty().await;
            let people = seed::accounts(&db.db, &crowd(10, 3)).await.unwrap();
            let authors: Vec<AccountId> = people.iter().map(|person| person.0).collect();
            let summary = seed::statuses(&db.db, &authors, &Posts { seed, ..posts(db, 807) }).await.unwrap();
            let rows = every(db).await;
            assert_eq!(summary.newest, rows.last().unwrap().id);
            assert_eq!(summary.originals + summary.replies + summary.reblogs, 807);
            runs.push(rows.into_iter().map(|row| (row.text, row.language, row.visibility, row.favourites_count, row.replies_count)).collect::<Vec<_>>());
        }
        assert!(runs[0] == runs[1] && runs[0] != runs[2]);
    }

    async fn more_statuses_of_the_same_authors_say_something_else(db) {
        let authors = seeded(db, 3, 100).await;
        let later = posts(db, 100);
        let until_ms = later.until_ms + 100 * later.apart_ms;
        seed::statuses(&db.db, &authors, &Posts { until_ms, ..later }).await.unwrap();
        let rows = every(db).await;
        assert_eq!(rows.len(), 200);
        let (before, after) = rows.split_at(100);
        // Short texts may be the same by chance.
        let long = |rows: &[Status]| rows.iter().map(|row| row.text.clone()).filter(|text| text.len() > 120).collect::<HashSet<_>>();
        assert!(!long(before).is_empty() && long(before).is_disjoint(&long(after)));
    }

    async fn seeded_feeds_are_those_that_fan_out_would_have_written(db) {
        let authors = seeded(db, 12, 900).await;
        let rows = every(db).await;
        let seeded = feed_rows(db).await;
        assert!(seeded.len() > 1_000);
        let ids: Vec<StatusId> = rows.iter().map(|row| row.id).collect();
        db.write(move |tx| async move {
            for author in authors {
                feeds::clear(&tx, author).await?;
            }
            for id in ids {
                let entry = feeds::find_entry(&tx, id).await?.unwrap();
                feeds::insert(&tx, entry.account_id, &entry).await?;
                feeds::fan_out(&tx, &entry, 0, AccountId(0), 1_000).await?;
            }
            Ok(())
        }).await;
        assert!(seeded == feed_rows(db).await);
    }

    async fn seeded_feeds_are_cut(db) {
        let authors = seeded(db, 2, 3_000).await;
        assert_eq!(db.count("home_feed").await, 2 * FEED_KEEP as i64);
        let first = authors[0];
        let newest = db.read(move |r| async move { feeds::home_page(&r, first, &Page::first(1)).await }).await;
        let rows = every(db).await;
        assert!(rows.iter().rev().take(10).any(|row| row.id == newest[0]));
        let nothing = seed::statuses(&db.db, &[], &posts(db, 5)).await.unwrap();
        assert_eq!(nothing, seed::Summary::default());
    }

    async fn what_somebody_has_shut_out_does_not_come_into_their_seeded_feed(db) {
        let people = seed::accounts(&db.db, &crowd(6, 5)).await.unwrap();
        let authors: Vec<AccountId> = people.iter().map(|person| person.0).collect();
        let (reader, muted) = (authors[0], authors[3]);
        db.mutes(reader, muted).await;
        let list = db.write(move |tx| async move {
            let list = crate::lists::insert(&tx, reader, "some", 0, false, 9).await?.unwrap();
            crate::lists::insert_members(&tx, list, &[muted, reader]).await?;
            Ok(list)
        }).await;
        seed::statuses(&db.db, &authors, &posts(db, 400)).await.unwrap();
        let (home, others, listed) = db.read(move |r| async move {
            let home = feeds::home_page(&r, reader, &Page::first(800)).await?;
            let others = feeds::home_page(&r, authors[1], &Page::first(800)).await?;
            let listed = feeds::list_page(&r, list, &Page::first(800)).await?;
            Ok((statuses::list(&r, &home).await?, statuses::list(&r, &others).await?, statuses::list(&r, &listed).await?))
        }).await;
        assert!(home.len() > 50 && !home.iter().any(|row| row.account_id == muted));
        assert!(others.iter().any(|row| row.account_id == muted));
        assert!(!listed.is_empty() && listed.iter().all(|row| row.account_id == reader));
        let told = db.read(move |r| async move {
            r.value::<i64>(sql!("SELECT COUNT(*) FROM notifications WHERE account_id = $1"), crate::args![reader]).await
        }).await;
        assert_eq!(told, Some(0));
    }

    async fn people_here_have_the_newest_notifications_of_what_is_seeded(db) {
        let authors = seeded(db, 8, 2_000).await;
        let told: Vec<(AccountId, i64)> = db.read(|r| async move {
            r.all(sql!("SELECT account_id, COUNT(*) FROM notifications GROUP BY account_id ORDER BY account_id"), []).await
        }).await;
        assert_eq!(told.len(), authors.len());
        assert!(told.iter().all(|(_, count)| *count == 80), "{told:?}");
        let unfounded: Option<i64> = db.read(|r| async move {
            r.value(
                sql!(
                    "SELECT COUNT(*) FROM notifications n WHERE NOT EXISTS (
                       SELECT 1 FROM favourites f JOIN statuses s ON s.id = f.status_id
                        WHERE n.kind = 'favourite' AND f.id = n.activity_id AND f.status_id = n.status_id AND f.account_id = n.from_account_id AND s.account_id = n.account_id
                       UNION ALL SELECT 1 FROM mentions m JOIN statuses s ON s.id = m.status_id
                        WHERE n.kind = 'mention' AND m.status_id = n.status_id AND n.activity_id = n.status_id AND m.account_id = n.account_id AND s.account_id = n.from_account_id
                       UNION ALL SELECT 1 FROM statuses w JOIN statuses s ON s.id = w.reblog_of_id
                        WHERE n.kind = 'reblog' AND w.id = n.activity_id AND s.id = n.status_id AND w.account_id = n.from_account_id AND s.account_id = n.account_id)"
                ),
                [],
            )
            .await
        }).await;
        assert_eq!(unfounded, Some(0));
        let kinds: Vec<(String, bool)> = db.read(|r| async move {
            r.all(sql!("SELECT DISTINCT kind, group_key IS NOT NULL FROM notifications ORDER BY 1"), []).await
        }).await;
        assert_eq!(kinds, [("favourite".into(), true), ("mention".into(), false), ("reblog".into(), true)]);
    }

    async fn accounts_of_other_servers_post_into_the_homes_of_those_who_follow_them(db) {
        let (alice, remote) = (db.user().await, [db.account_on("far.test").await, db.account_on("far.test").await, db.account_on("near.test").await]);
        for account in remote {
            db.follows(alice, account).await;
        }
        let stranger = db.account_on("far.test").await;
        let authors = seed::existing(&db.db, "nobody", 3).await.unwrap();
        assert_eq!(sorted(authors.clone()), sorted(remote.to_vec()), "the followed come first");
        assert_eq!(seed::existing(&db.db, "nobody", 10).await.unwrap().len(), 4);
        seed::statuses(&db.db, &authors, &posts(db, 300)).await.unwrap();
        let rows = every(db).await;
        let uris: HashSet<_> = rows.iter().map(|row| row.uri.clone()).collect();
        assert_eq!(uris.len(), 300);
        assert!(rows.iter().all(|row| !row.local && row.text.is_empty() && row.application_name.is_none() && row.quote_approval_policy == 0));
        assert!(rows.iter().all(|row| row.account_id != stranger && !row.uri.starts_with(HERE)));
        let ids: Vec<StatusId> = rows.iter().map(|row| row.id).collect();
        let (home, pictures) = db.read(move |r| async move {
            Ok((feeds::home_page(&r, alice, &Page::first(800)).await?, media::list_of_statuses(&r, &ids).await?))
        }).await;
        assert!(home.len() > 150);
        assert!(!pictures.is_empty() && pictures.iter().all(|p| p.remote_url.starts_with("https://") && p.meta.contains("width") && p.original_key.is_none()));
        assert_eq!(db.count("blobs").await, 0);
    }

    async fn those_with_the_name_asked_for_come_first_and_those_of_here_before_all(db) {
        let people = seed::accounts(&db.db, &crowd(2, 1)).await.unwrap();
        let far = db.account_on("far.test").await;
        assert_eq!(seed::existing(&db.db, "u", 2).await.unwrap(), [people[0].0, people[1].0]);
        assert_eq!(seed::existing(&db.db, "u", 5).await.unwrap(), [people[0].0, people[1].0, far]);
    }

    async fn somebody_can_follow_all_who_are_seeded(db) {
        let (reader, people) = (db.user().await, seed::accounts(&db.db, &crowd(250, 2)).await.unwrap());
        let authors: Vec<AccountId> = people.iter().map(|person| person.0).collect();
        db.follows(reader, authors[5]).await;
        seed::follow_all(&db.db, reader, &authors).await.unwrap();
        seed::follow_all(&db.db, reader, &authors).await.unwrap();
        seed::statuses(&db.db, &authors, &posts(db, 1_500)).await.unwrap();
        let (account, first, home) = db.read(move |r| async move {
            let home = feeds::home_page(&r, reader, &Page::first(1_000)).await?;
            Ok((accounts::find(&r, reader).await?.unwrap(), accounts::find(&r, authors[0]).await?.unwrap(), home))
        }).await;
        assert_eq!((account.following_count, first.followers_count, home.len()), (249, 3, FEED_KEEP));
    }

    async fn seeded_statuses_are_found_by_what_their_caller_composes(db) {
        let people = seed::accounts(&db.db, &crowd(5, 2)).await.unwrap();
        let authors: Vec<AccountId> = people.iter().map(|person| person.0).collect();
        let compose: seed::Compose = Arc::new(|source, attachments, tags, readers| {
            assert!(!source.text.is_empty() && source.author_is_local && source.indexable);
            let mut marks: Vec<String> = readers.iter().map(|reader| format!("_u{reader}")).collect();
            marks.extend(tags.iter().map(|tag| format!("_t{tag}")));
            marks.extend((!attachments.is_empty()).then(|| "_hmedia".to_owned()));
            (source.visibility == 0).then(|| (words_of(&source.text), marks))
        });
        seed::statuses(&db.db, &authors, &Posts { compose: Some(compose), ..posts(db, 500) }).await.unwrap();
        let rows = every(db).await;
        let asked = |token: String| db.read(move |r| async move {
            let query = Query { all: vec![vec![Term::Token(token)]], none: Vec::new() };
            search::statuses::candidates(&r, &query, 0, i64::MAX, 1_000).await
        });
        let with_garden = |row: &&Status| row.visibility == 0 && words_of(&row.text).contains(&"garden".to_owned());
        assert_eq!(sorted(asked("garden".into()).await), rows.iter().filter(with_garden).map(|row| row.id).collect::<Vec<_>>());
        let reader = authors[1];
        let library = db.read(move |r| async move {
            let mut library = Vec::new();
            for row in &rows {
                if row.visibility == 0 && row.reblog_of_id.is_none() && search::statuses::readers(&r, row.id, 100).await?.contains(&reader) {
                    library.push(row.id);
                }
            }
            Ok(library)
        }).await;
        assert!(!library.is_empty());
        assert_eq!(sorted(asked(format!("_u{reader}")).await), library);
        let tag = db.read(|r| async move { tags::search(&r, "garden", 1, 0).await }).await;
        assert!(!tag.is_empty());
    }
}
