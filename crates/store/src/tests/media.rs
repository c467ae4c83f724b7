//! Media attachments, files and blobs.

use super::world::{Database, sorted, stories};
use crate::media::{self, COMPLETE, FAILED, KIND_IMAGE, Media, NewBlob, QUEUED, Words};
use crate::{AccountId, BlobId, MediaId};

fn blob(key: &str) -> NewBlob {
    NewBlob { size: 42, backend: "local".into(), key: key.into(), mime: "image/png".into() }
}

async fn upload(db: &Database, account: AccountId) -> MediaId {
    db.write(move |tx| async move { media::insert(&tx, account, KIND_IMAGE, &Words::default()).await }).await
}

async fn ready(db: &Database, account: AccountId) -> MediaId {
    let id = upload(db, account).await;
    assert!(db.write(move |tx| async move { media::complete(&tx, id, "LEHV6nWB2yk8").await }).await);
    id
}

async fn find(db: &Database, id: MediaId) -> Option<Media> {
    db.read(move |r| async move { media::find(&r, id).await }).await
}

async fn set_file(db: &Database, id: MediaId, variant: &'static str, key: &'static str) -> BlobId {
    db.write(move |tx| async move {
        let blob = media::ensure_blob(&tx, &blob(key)).await?;
        media::set_file(&tx, id, variant, blob, Some((400, 300))).await?;
        Ok(blob)
    })
    .await
}

stories! {
    async fn an_upload_is_queued_until_its_picture_can_be_shown(db) {
        let account = db.user().await;
        let words = Words { description: Some("a cat".into()), focus: Some((-500_000, 250_000)) };
        let id = db.write(move |tx| async move { media::insert(&tx, account, KIND_IMAGE, &words).await }).await;
        let queued = find(db, id).await.unwrap();
        assert_eq!((queued.account_id, queued.kind, queued.processing, queued.status_id), (account, KIND_IMAGE, QUEUED, None));
        assert_eq!((queued.description.as_deref(), queued.focus_x, queued.focus_y), (Some("a cat"), Some(-500_000), Some(250_000)));
        assert_eq!((queued.blurhash, queued.original_key, queued.small_key, queued.created_at), (None, None, None, db.now()));
        let complete = || db.write(move |tx| async move { media::complete(&tx, id, "blur").await });
        assert!(complete().await);
        assert!(!complete().await, "only once");
        db.write(move |tx| async move { media::fail(&tx, id).await }).await;
        let done = find(db, id).await.unwrap();
        assert_eq!((done.processing, done.blurhash.as_deref()), (COMPLETE, Some("blur")), "what is complete does not fail");
        let broken = upload(db, account).await;
        db.write(move |tx| async move { media::fail(&tx, broken).await }).await;
        assert_eq!(find(db, broken).await.unwrap().processing, FAILED);
        assert!(find(db, MediaId(1)).await.is_none());
    }

    async fn another_preview_brings_its_own_blurhash(db) {
        let account = db.user().await;
        let (id, other) = (ready(db, account).await, ready(db, account).await);
        db.write(move |tx| async move { media::set_blurhash(&tx, id, "other").await }).await;
        let (changed, kept) = (find(db, id).await.unwrap(), find(db, other).await.unwrap());
        assert_eq!((changed.processing, changed.blurhash.as_deref(), kept.blurhash.as_deref()), (COMPLETE, Some("other"), Some("LEHV6nWB2yk8")));
    }

    async fn an_attachment_is_tied_once_by_its_owner_when_ready(db) {
        let (me, other) = (db.user().await, db.user().await);
        let status = db.posts(me).await;
        let attach = |id, account| db.write(move |tx| async move { media::attach(&tx, id, account, status, 1).await });
        let (queued, mine, broken) = (upload(db, me).await, ready(db, me).await, upload(db, me).await);
        db.write(move |tx| async move { media::fail(&tx, broken).await }).await;
        assert!(!attach(queued, me).await && !attach(broken, me).await, "not ready");
        assert!(!attach(mine, other).await, "another's");
        assert!(!attach(MediaId(1), me).await, "no such thing");
        assert!(attach(mine, me).await);
        assert!(!attach(mine, me).await, "already attached");
        assert_eq!(find(db, mine).await.unwrap().status_id, Some(status));
    }

    async fn attachments_come_in_the_order_they_were_given(db) {
        let me = db.user().await;
        let (one, two) = (db.posts(me).await, db.posts(me).await);
        let (a, b, c) = (ready(db, me).await, ready(db, me).await, ready(db, me).await);
        db.write(move |tx| async move {
            for (id, status, position) in [(a, one, 1), (b, one, 0), (c, two, 0)] {
                assert!(media::attach(&tx, id, me, status, position).await?);
            }
            Ok(())
        }).await;
        let (of_statuses, listed, nothing) = db.read(move |r| async move {
            Ok((media::list_of_statuses(&r, &[two, one]).await?, media::list(&r, &[c, a, MediaId(1)]).await?, media::list_of_statuses(&r, &[]).await?))
        }).await;
        assert_eq!(of_statuses.iter().map(|m| m.id).collect::<Vec<_>>(), [b, a, c]);
        assert_eq!(sorted(listed.iter().map(|m| m.id).collect()), [a, c]);
        assert!(nothing.is_empty() && db.read(|r| async move { media::list(&r, &[]).await }).await.is_empty());
    }

    async fn words_change_before_and_after_the_attachment_is_used(db) {
        let me = db.user().await;
        let id = ready(db, me).await;
        let say = |words: Words| db.write(move |tx| async move { media::set_words(&tx, id, &words).await });
        let words = || async { find(db, id).await.map(|m| (m.description, m.focus_x, m.focus_y)).unwrap() };
        say(Words { description: Some("one".into()), focus: Some((1, 2)) }).await;
        say(Words { description: Some("two".into()), focus: None }).await;
        assert_eq!(words().await, (Some("two".into()), Some(1), Some(2)));
        say(Words { description: None, focus: Some((3, 4)) }).await;
        assert_eq!(words().await, (Some("two".into()), Some(3), Some(4)));
        let status = db.posts(me).await;
        db.write(move |tx| async move { media::attach(&tx, id, me, status, 0).await }).await;
        say(Words { description: Some("late".into()), focus: None }).await;
        assert_eq!(words().await.0.as_deref(), Some("late"));
    }

    async fn a_deleted_statuss_attachments_are_free_again_for_another_day(db) {
        let me = db.user().await;
        let (gone, kept) = (db.posts(me).await, db.posts(me).await);
        let (a, b) = (ready(db, me).await, ready(db, me).await);
        db.write(move |tx| async move { Ok((media::attach(&tx, a, me, gone, 0).await?, media::attach(&tx, b, me, kept, 0).await?)) }).await;
        db.advance(100);
        db.write(move |tx| async move { media::detach(&tx, &[gone]).await }).await;
        let freed = find(db, a).await.unwrap();
        assert_eq!((freed.status_id, freed.created_at), (None, db.now()));
        assert_eq!(find(db, b).await.unwrap().status_id, Some(kept));
    }

    async fn files_are_known_by_their_variant(db) {
        let me = db.user().await;
        let id = ready(db, me).await;
        let original = set_file(db, id, "original", "key/original").await;
        set_file(db, id, "small", "key/small").await;
        assert_eq!(set_file(db, id, "upload", "key/original").await, original, "one key, one blob");
        let found = find(db, id).await.unwrap();
        assert_eq!((found.original_key.as_deref(), found.original_width, found.original_height), (Some("key/original"), Some(400), Some(300)));
        assert_eq!((found.small_key.as_deref(), found.small_width, found.small_height), (Some("key/small"), Some(400), Some(300)));
        let key = |variant: &'static str| db.read(move |r| async move { media::file_key(&r, id, variant).await });
        assert_eq!(key("upload").await.as_deref(), Some("key/original"));
        set_file(db, id, "small", "key/smaller").await;
        assert_eq!(key("small").await.as_deref(), Some("key/smaller"));
        db.write(move |tx| async move { media::remove_file(&tx, id, "upload").await }).await;
        assert_eq!(key("upload").await, None);
        let blob = |key: &'static str| db.read(move |r| async move { media::find_blob(&r, key).await });
        assert_eq!((blob("key/smaller").await, blob("nothing").await), (Some(("image/png".into(), 42)), None));
        assert_eq!(blob("key/small").await, None, "nothing uses it any more");
        db.write(move |tx| async move { media::delete(&tx, id).await }).await;
        assert!(find(db, id).await.is_none() && key("original").await.is_none());
    }

    async fn uploads_never_used_are_deleted_with_their_files(db) {
        let me = db.user().await;
        let (old, older, used) = (ready(db, me).await, ready(db, me).await, ready(db, me).await);
        set_file(db, old, "original", "a").await;
        set_file(db, used, "original", "b").await;
        let status = db.posts(me).await;
        db.write(move |tx| async move { media::attach(&tx, used, me, status, 0).await }).await;
        db.advance(100);
        let fresh = ready(db, me).await;
        let before = db.now();
        let delete = |limit| db.write(move |tx| async move { media::delete_loose(&tx, before, limit).await });
        let first = delete(1).await;
        assert_eq!(first.len(), 1);
        assert_eq!(sorted([first, delete(9).await].concat()), [old, older]);
        assert!(delete(9).await.is_empty());
        assert!(find(db, fresh).await.is_some() && find(db, used).await.is_some());
        assert_eq!(db.count("media_files").await, 1);
    }

    async fn an_accounts_attachments_go_with_it(db) {
        let (me, other) = (db.user().await, db.user().await);
        let (mine, theirs) = (ready(db, me).await, ready(db, other).await);
        set_file(db, mine, "original", "a").await;
        set_file(db, theirs, "original", "b").await;
        db.write(move |tx| async move { media::delete_of_account(&tx, me).await }).await;
        assert!(find(db, mine).await.is_none() && find(db, theirs).await.is_some());
        assert_eq!(db.count("media_files").await, 1);
    }

    async fn a_blob_is_an_orphan_when_nothing_uses_it_and_it_is_old(db) {
        let me = db.user().await;
        let id = ready(db, me).await;
        set_file(db, id, "original", "used").await;
        let ensure = |key: &'static str| db.write(move |tx| async move { media::ensure_blob(&tx, &blob(key)).await });
        let (lost, reused) = (ensure("lost").await, ensure("reused").await);
        db.write(|tx| async move { media::ensure_blob(&tx, &NewBlob { backend: "s3".into(), ..blob("elsewhere") }).await }).await;
        db.advance(100);
        ensure("fresh").await;
        let before = db.now();
        let list = |limit| db.read(move |r| async move { media::list_orphan_blobs(&r, before, limit).await });
        assert_eq!(sorted(list(9).await), sorted(vec![(lost, "lost".to_owned()), (reused, "reused".to_owned())]));
        assert_eq!(list(1).await.len(), 1);
        set_file(db, id, "small", "reused").await;
        let deleted = db.write(move |tx| async move { media::delete_orphan_blobs(&tx, &[lost, reused]).await }).await;
        assert_eq!(deleted, ["lost"], "what came into use meanwhile stays");
        assert!(list(9).await.is_empty());
    }

    async fn attachments_go_with_their_statuses_and_tell_which_blobs_they_had(db) {
        let me = db.user().await;
        let (gone, stays) = (db.posts(me).await, db.posts(me).await);
        let (shown, edited_out, others) = (ready(db, me).await, ready(db, me).await, ready(db, me).await);
        db.write(move |tx| async move {
            for (id, status) in [(edited_out, gone), (others, stays)] {
                assert!(media::attach(&tx, id, me, status, 0).await?);
            }
            assert!(media::replace(&tx, me, gone, &[shown]).await?);
            Ok(())
        }).await;
        let (one, two) = (set_file(db, shown, "original", "one").await, set_file(db, edited_out, "original", "two").await);
        let shared = set_file(db, shown, "small", "shared").await;
        set_file(db, others, "original", "shared").await;
        let blobs = db.write(move |tx| async move { media::delete_of_statuses(&tx, &[gone]).await }).await;
        assert_eq!(sorted(blobs.clone()), sorted(vec![one, two, shared]));
        assert!(find(db, shown).await.is_none() && find(db, edited_out).await.is_none() && find(db, others).await.is_some());
        let among = |before: i64| {
            let blobs = blobs.clone();
            db.read(move |r| async move { media::list_orphans_among(&r, &blobs, before).await })
        };
        assert!(among(db.now()).await.is_empty(), "not yet old");
        assert_eq!(sorted(among(db.now() + 1).await), sorted(vec![(one, "one".to_owned()), (two, "two".to_owned())]), "one is in use");
    }
}
