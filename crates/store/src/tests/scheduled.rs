//! Statuses of tomorrow and what is held for them.

use super::world::{Database, pages_both_ways, sorted, stories};
use crate::scheduled::{self, Scheduled};
use crate::{AccountId, MediaId, ScheduledStatusId, media};

async fn schedules(db: &Database, account: AccountId, at: i64) -> ScheduledStatusId {
    db.advance(1);
    db.write(move |tx| async move {
        let id = ScheduledStatusId(tx.next_id());
        scheduled::insert(&tx, &Scheduled { id, account_id: account, scheduled_at: at, params: "{}".into() }).await?;
        Ok(id)
    })
    .await
}

async fn uploads(db: &Database, author: AccountId) -> MediaId {
    db.write(move |tx| async move {
        let id = media::insert(&tx, author, media::KIND_IMAGE, &media::Words::default()).await?;
        media::complete(&tx, id, "blur").await?;
        Ok(id)
    })
    .await
}

stories! {
    async fn a_scheduled_status_is_kept_moved_and_taken_once(db) {
        let author = db.user().await;
        let id = schedules(db, author, 500).await;
        let find = || db.read(move |r| async move { scheduled::find(&r, id).await });
        let row = find().await.unwrap();
        assert_eq!((row.id, row.account_id, row.scheduled_at, row.params.as_str()), (id, author, 500, "{}"));
        db.write(move |tx| async move { scheduled::set_time(&tx, id, 700).await }).await;
        assert_eq!(find().await.unwrap().scheduled_at, 700);
        let take = || db.write(move |tx| async move { scheduled::delete(&tx, id).await });
        assert!(take().await && !take().await);
        assert!(find().await.is_none());
    }

    async fn they_are_counted_in_all_and_by_day(db) {
        let (author, other) = (db.user().await, db.user().await);
        for at in [99, 100, 150, 199, 200] {
            schedules(db, author, at).await;
        }
        schedules(db, other, 150).await;
        let count = || db.read(move |r| async move { scheduled::count(&r, author, 100, 200).await });
        assert_eq!(count().await, (5, 3));
        db.write(move |tx| async move { scheduled::delete_of_account(&tx, author).await }).await;
        assert_eq!((count().await, db.count("scheduled_statuses").await), ((0, 0), 1));
    }

    async fn they_are_paged_by_when_they_were_made(db) {
        let (author, other) = (db.user().await, db.user().await);
        let mut ids = Vec::new();
        for at in [900, 300, 800, 100, 500] {
            ids.push(schedules(db, author, at).await.0);
            schedules(db, other, at).await;
        }
        ids.reverse();
        pages_both_ways(&ids, async |page| {
            db.read(move |r| async move { Ok(scheduled::page(&r, author, &page).await?.iter().map(|row| row.id.0).collect()) }).await
        }).await;
    }

    async fn what_is_held_for_one_is_not_free_and_does_not_expire(db) {
        let (author, other) = (db.user().await, db.user().await);
        let (one, two) = (schedules(db, author, 100).await, schedules(db, author, 200).await);
        let (a, b, foreign) = (uploads(db, author).await, uploads(db, author).await, uploads(db, other).await);
        let hold = |scheduled, ids: Vec<MediaId>| db.write(move |tx| async move { media::hold(&tx, author, scheduled, &ids).await });
        assert!(hold(one, vec![b, a]).await);
        assert!(!hold(two, vec![a]).await && !hold(two, vec![foreign]).await);
        let held = db.read(move |r| async move { media::list_of_scheduled(&r, &[one, two]).await }).await;
        assert_eq!(held.iter().map(|m| (m.id, m.scheduled_status_id)).collect::<Vec<_>>(), [(b, Some(one)), (a, Some(one))]);
        assert!(db.read(|r| async move { media::list_of_scheduled(&r, &[]).await }).await.is_empty());
        let status = db.posts(author).await;
        assert!(!db.write(move |tx| async move { media::attach(&tx, a, author, status, 0).await }).await);
        db.advance(1000);
        let loose = || db.write(|tx| async move { media::delete_loose(&tx, tx.now(), 100).await });
        assert_eq!(loose().await, [foreign]);
        db.write(move |tx| async move { media::release(&tx, one).await }).await;
        assert!(loose().await.is_empty(), "its day begins anew");
        db.advance(1000);
        assert_eq!(sorted(loose().await), sorted(vec![a, b]));
    }
}
