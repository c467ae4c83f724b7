//! Polls and their votes.

use super::world::{Database, stories};
use crate::polls::{self, Poll, Shape};
use crate::{AccountId, PollId, StatusId, statuses};

fn shape(options: &[&str]) -> Shape {
    Shape { options: options.iter().map(|option| (*option).to_owned()).collect(), multiple: false, hide_totals: true, expires_at: 900 }
}

async fn poll(db: &Database, author: AccountId) -> (StatusId, PollId) {
    let status = db.posts(author).await;
    (status, db.write(move |tx| async move { polls::insert(&tx, status, author, &shape(&["a", "b"])).await }).await)
}

async fn find(db: &Database, id: PollId) -> Option<Poll> {
    db.read(move |r| async move { polls::find(&r, id).await }).await
}

/// Titles and tallies.
async fn options(db: &Database, id: PollId) -> Vec<(String, i64)> {
    let rows = db.read(move |r| async move { polls::list_options(&r, &[id]).await }).await;
    rows.into_iter().map(|option| (option.title, option.votes_count)).collect()
}

async fn votes(db: &Database, id: PollId, voter: AccountId, choice: i64) -> bool {
    db.write(move |tx| async move {
        let before = polls::list_votes(&tx, voter, &[id]).await?;
        let new = polls::insert_vote(&tx, id, voter, choice).await?;
        assert!(polls::list_vote_ids(&tx, id, voter).await?.iter().any(|(_, known)| *known == choice));
        if new {
            polls::count(&tx, id, &[choice], before.is_empty()).await?;
        }
        Ok(new)
    })
    .await
}

stories! {
    async fn a_poll_comes_back_as_it_was_made(db) {
        let author = db.user().await;
        let (status, id) = poll(db, author).await;
        let found = find(db, id).await.unwrap();
        assert_eq!((found.status_id, found.account_id, found.multiple, found.hide_totals), (status, author, false, true));
        assert_eq!((found.expires_at, found.votes_count, found.voters_count), (Some(900), 0, Some(0)));
        assert!(!found.expired(899) && found.expired(900));
        assert_eq!(options(db, id).await, [("a".into(), 0), ("b".into(), 0)]);
        let (of_status, listed, locked) = db.write(move |tx| async move {
            Ok((statuses::find(&tx, status).await?.unwrap().poll_id, polls::list(&tx, &[id, PollId(1)]).await?, polls::find_locked(&tx, id).await?))
        }).await;
        assert_eq!((of_status, listed.len(), listed[0].id, locked.unwrap().id), (Some(id), 1, id, id));
    }

    async fn a_vote_counts_once_and_a_voter_once(db) {
        let (author, one, two) = (db.user().await, db.user().await, db.user().await);
        let (_, id) = poll(db, author).await;
        assert!(votes(db, id, one, 0).await && !votes(db, id, one, 0).await);
        assert!(votes(db, id, one, 1).await && votes(db, id, two, 1).await);
        assert_eq!(options(db, id).await, [("a".into(), 1), ("b".into(), 2)]);
        let found = find(db, id).await.unwrap();
        assert_eq!((found.votes_count, found.voters_count), (3, Some(2)));
        assert_eq!(db.read(move |r| async move { polls::list_votes(&r, one, &[id]).await }).await, [(id, 0), (id, 1)]);
    }

    async fn those_who_voted_here_are_listed_in_order(db) {
        let (author, one, far, two) = (db.user().await, db.user().await, db.account_on("far.test").await, db.user().await);
        let (_, id) = poll(db, author).await;
        for voter in [two, far, one] {
            votes(db, id, voter, 0).await;
        }
        votes(db, id, one, 1).await;
        let list = |after: AccountId, limit| db.read(move |r| async move { polls::list_local_voters(&r, id, after, limit).await });
        assert_eq!(list(AccountId(0), 10).await, [one, two]);
        assert_eq!((list(AccountId(0), 1).await, list(one, 10).await), (vec![one], vec![two]));
        db.write(move |tx| async move { polls::delete_votes_of_account(&tx, one).await }).await;
        assert_eq!(list(AccountId(0), 10).await, [two]);
    }

    async fn other_options_void_the_votes_and_other_terms_do_not(db) {
        let (author, voter) = (db.user().await, db.user().await);
        let (_, id) = poll(db, author).await;
        votes(db, id, voter, 1).await;
        let terms = Shape { multiple: true, hide_totals: false, expires_at: 950, ..shape(&[]) };
        db.write(move |tx| async move { polls::update(&tx, id, &terms).await }).await;
        let found = find(db, id).await.unwrap();
        assert_eq!((found.multiple, found.hide_totals, found.expires_at, found.votes_count), (true, false, Some(950), 1));
        db.write(move |tx| async move { polls::reset(&tx, id, &["x".into(), "y".into(), "z".into()]).await }).await;
        let found = find(db, id).await.unwrap();
        assert_eq!((found.votes_count, found.voters_count), (0, Some(0)));
        assert_eq!(options(db, id).await, [("x".into(), 0), ("y".into(), 0), ("z".into(), 0)]);
        assert!(db.read(move |r| async move { polls::list_votes(&r, voter, &[id]).await }).await.is_empty());
    }

    async fn a_poll_goes_with_all_that_hangs_on_it(db) {
        let (author, voter) = (db.user().await, db.user().await);
        let (status, id) = poll(db, author).await;
        votes(db, id, voter, 1).await;
        db.write(move |tx| async move {
            let poll = polls::find(&tx, id).await?.unwrap();
            polls::delete(&tx, &poll).await
        }).await;
        assert!(find(db, id).await.is_none());
        assert_eq!(db.read(move |r| async move { statuses::find(&r, status).await }).await.unwrap().poll_id, None);
        assert_eq!((db.count("poll_options").await, db.count("poll_votes").await), (0, 0));
        let (_, other) = poll(db, author).await;
        votes(db, other, voter, 0).await;
        db.write(move |tx| async move { polls::delete_of_statuses(&tx, &[status]).await }).await;
        assert!(find(db, other).await.is_some(), "another's poll stays");
    }
}
