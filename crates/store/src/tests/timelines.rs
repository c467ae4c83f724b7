//! Public and hashtag timelines. What the public one shows of anybody is in `statuses`.

use super::world::{Database, pages_both_ways, stories};
use crate::page::Page;
use crate::statuses::Visibility;
use crate::timelines::{self, Filter, Origin, Tags};
use crate::{AccountId, StatusId, TagId, statuses, tags};

const ALL: Page = Page { max_id: None, since_id: None, min_id: None, limit: 100 };

async fn public(db: &Database, filter: Filter) -> Vec<StatusId> {
    db.read(move |r| async move { timelines::public_page(&r, &filter, &ALL).await }).await
}

async fn tagged(db: &Database, tags: &Tags, filter: &Filter) -> Vec<StatusId> {
    let (tags, filter) = (tags.clone(), filter.clone());
    db.read(move |r| async move { timelines::tag_page(&r, &tags, &filter, &ALL).await }).await
}

async fn tag(db: &Database, name: &'static str) -> TagId {
    db.write(move |tx| async move { tags::ensure(&tx, name, name).await }).await
}

async fn posts(db: &Database, author: AccountId, tags: &[TagId]) -> StatusId {
    let (status, tags) = (db.posts(author).await, tags.to_vec());
    db.write(move |tx| async move {
        for tag in tags {
            tags::attach(&tx, status, tag).await?;
        }
        Ok(())
    })
    .await;
    status
}

stories! {
    async fn a_viewer_sees_nobody_they_do_not_want_to_see(db) {
        let (viewer, muted, blocked, blocking, plain) = (db.user().await, db.user().await, db.user().await, db.user().await, db.user().await);
        let far = db.account_on("far.test").await;
        db.mutes(viewer, muted).await;
        db.blocks(viewer, blocked).await;
        db.blocks(blocking, viewer).await;
        db.blocks_host(viewer, "far.test").await;
        let cats = tag(db, "cats").await;
        let mut all = Vec::new();
        for author in [muted, blocked, blocking, far, plain] {
            all.insert(0, posts(db, author, &[cats]).await);
        }
        let (nobody, them) = (Filter::default(), Filter { viewer: Some(viewer), ..Filter::default() });
        assert_eq!((public(db, nobody.clone()).await, public(db, them.clone()).await), (all.clone(), vec![all[0]]));
        let tags = Tags { any: vec![cats], ..Tags::default() };
        assert_eq!((tagged(db, &tags, &nobody).await, tagged(db, &tags, &them).await), (all.clone(), vec![all[0]]));
    }

    async fn chosen_languages_leave_out_others_and_unknown_ones(db) {
        let author = db.user().await;
        db.posts(author).await;
        db.posts_with(author, |s| s.language = None).await;
        let german = db.posts_with(author, |s| s.language = Some("de".into())).await;
        assert_eq!(public(db, Filter { languages: Some(",de,nl,".into()), ..Filter::default() }).await, [german]);
    }

    async fn each_side_is_paged(db) {
        let far = db.account_on("far.test").await;
        let here = db.user().await;
        let (mut local, mut remote) = (Vec::new(), Vec::new());
        for _ in 0..6 {
            local.insert(0, db.posts(here).await.0);
            let theirs = db.posts(far).await;
            db.is_remote(theirs).await;
            remote.insert(0, theirs.0);
        }
        for (origin, expected) in [(Origin::Local, local), (Origin::Remote, remote)] {
            let filter = Filter { origin, ..Filter::default() };
            pages_both_ways(&expected, async |page| {
                let filter = filter.clone();
                let rows = db.read(move |r| async move { timelines::public_page(&r, &filter, &page).await }).await;
                rows.into_iter().map(|id| id.0).collect()
            }).await;
        }
    }

    async fn hashtags_are_combined(db) {
        let author = db.user().await;
        let (a, b, c) = (tag(db, "a").await, tag(db, "b").await, tag(db, "c").await);
        let only_a = posts(db, author, &[a]).await;
        let a_and_b = posts(db, author, &[a, b]).await;
        let only_b = posts(db, author, &[b]).await;
        let all_three = posts(db, author, &[a, b, c]).await;
        let any = |any: &[TagId]| Tags { any: any.to_vec(), ..Tags::default() };
        let everywhere = Filter::default();
        assert_eq!(tagged(db, &any(&[a]), &everywhere).await, [all_three, a_and_b, only_a]);
        assert_eq!(tagged(db, &any(&[a, b]), &everywhere).await, [all_three, only_b, a_and_b, only_a], "each once");
        assert_eq!(tagged(db, &Tags { all: vec![b, c], ..any(&[a]) }, &everywhere).await, [all_three]);
        assert_eq!(tagged(db, &Tags { none: vec![c, b], ..any(&[a]) }, &everywhere).await, [only_a]);
        assert_eq!(tagged(db, &Tags { all: vec![b], none: vec![c], ..any(&[a, b]) }, &everywhere).await, [only_b, a_and_b]);
        assert!(tagged(db, &any(&[]), &everywhere).await.is_empty());
        assert!(tagged(db, &any(&[a, b]), &Filter { origin: Origin::Remote, ..Filter::default() }).await.is_empty());
        assert_eq!(tagged(db, &any(&[a]), &Filter { origin: Origin::Local, ..Filter::default() }).await.len(), 3);
        assert!(tagged(db, &any(&[a]), &Filter { only_media: true, ..Filter::default() }).await.is_empty());
    }

    async fn a_hashtags_timeline_is_of_public_statuses_replies_too(db) {
        let (author, limited) = (db.user().await, db.user().await);
        let cats = tag(db, "cats").await;
        let first = posts(db, author, &[cats]).await;
        let attach = |status| db.write(move |tx| async move { tags::attach(&tx, status, cats).await });
        let reply = db.replies(author, first, limited).await;
        attach(reply).await;
        for visibility in [Visibility::Unlisted, Visibility::Private, Visibility::Direct] {
            attach(db.posts_with(author, |s| s.visibility = visibility).await).await;
        }
        posts(db, limited, &[cats]).await;
        db.is_silenced(limited).await;
        let gone = posts(db, author, &[cats]).await;
        db.write(move |tx| async move { statuses::mark_deleted(&tx, gone).await }).await;
        let tags = Tags { any: vec![cats], ..Tags::default() };
        assert_eq!(tagged(db, &tags, &Filter::default()).await, [reply, first]);
    }

    async fn a_hashtags_timeline_is_paged(db) {
        let author = db.user().await;
        let (a, b) = (tag(db, "a").await, tag(db, "b").await);
        let (mut of_a, mut of_both) = (Vec::new(), Vec::new());
        for _ in 0..6 {
            of_a.insert(0, posts(db, author, &[a]).await.0);
            of_both.insert(0, of_a[0]);
            of_both.insert(0, posts(db, author, &[b]).await.0);
        }
        for (any, expected) in [(vec![a], of_a), (vec![a, b], of_both)] {
            let tags = Tags { any, ..Tags::default() };
            pages_both_ways(&expected, async |page| {
                let tags = tags.clone();
                let rows = db.read(move |r| async move { timelines::tag_page(&r, &tags, &Filter::default(), &page).await }).await;
                rows.into_iter().map(|id| id.0).collect()
            }).await;
        }
    }
}
