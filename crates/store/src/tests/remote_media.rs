//! Media of other hosts and their files.

use super::world::{Database, stories};
use crate::media::{self, NewBlob};
use crate::remote_media::{self, Item};
use crate::{AccountId, BlobId, MediaId, args, sql};

const AVATAR: &str = "https://a.test/avatar.png";

fn blob(key: &str, size: i64) -> NewBlob {
    NewBlob { size, backend: "local".into(), key: key.into(), mime: "image/png".into() }
}

async fn attachment(db: &Database, account: AccountId) -> MediaId {
    db.write(move |tx| async move {
        let id = media::insert(&tx, account, media::KIND_VIDEO, &media::Words::default()).await?;
        tx.exec(
            sql!("UPDATE media_attachments SET remote_url = 'https://a.test/1.mp4', thumbnail_remote_url = 'https://a.test/1.png' WHERE id = $1"),
            args![id],
        )
        .await?;
        Ok(id)
    })
    .await
}

async fn file(db: &Database, id: MediaId, key: &'static str, size: i64) -> Option<BlobId> {
    db.advance(1);
    db.write(move |tx| async move { remote_media::set_file(&tx, id, "original", &blob(key, size), Some((4, 3)), "tag").await }).await
}

async fn find(db: &Database, id: MediaId) -> Option<Item> {
    db.read(move |r| async move { remote_media::find_attachment(&r, id.0, "original").await }).await
}

stories! {
    async fn an_attachment_has_a_file_once_there_is_one(db) {
        let account = db.account_on("a.test").await;
        let id = attachment(db, account).await;
        let bare = find(db, id).await.unwrap();
        assert_eq!((bare.remote_url.as_str(), bare.thumbnail_remote_url.as_str(), bare.domain.as_str()), ("https://a.test/1.mp4", "https://a.test/1.png", "a.test"));
        assert_eq!((bare.media_id, bare.kind, bare.suspended, bare.key), (Some(id), media::KIND_VIDEO, false, None));
        assert_eq!(file(db, id, "one", 10).await, None);
        let stored = find(db, id).await.unwrap();
        assert_eq!((stored.key.as_deref(), stored.source.as_deref(), stored.last_used_at), (Some("one"), Some("tag"), Some(db.now())));
        assert!(file(db, id, "two", 10).await.is_some(), "tells what it was before");
        assert_eq!(file(db, id, "two", 10).await, None);
        let mine = db.user().await;
        let uploaded = db.write(move |tx| async move { media::insert(&tx, mine, 0, &media::Words::default()).await }).await;
        assert!(find(db, uploaded).await.is_none(), "what was uploaded here is not remote");
    }

    async fn pictures_of_accounts_and_emojis_get_an_id_for_their_files_once(db) {
        let account = db.account_on("a.test").await;
        db.write(move |tx| async move {
            tx.exec(sql!("UPDATE accounts SET avatar_remote_url = $2, header_remote_url = $2 WHERE id = $1"), args![account, AVATAR]).await?;
            tx.exec(sql!("INSERT INTO custom_emojis (id, shortcode, domain, image_remote_url, updated_at) VALUES (9, 'cat', 'a.test', $1, 0)"), args![AVATAR])
                .await
                .map(drop)
        }).await;
        let all = || db.read(move |r| async move {
            let items = [
                remote_media::find_avatar(&r, account.0, "original").await?,
                remote_media::find_header(&r, account.0, "original").await?,
                remote_media::find_emoji(&r, 9, "original").await?,
            ];
            Ok(items.map(Option::unwrap))
        });
        let ensure = || db.write(move |tx| async move {
            Ok([remote_media::ensure_avatar(&tx, account.0).await?, remote_media::ensure_header(&tx, account.0).await?, remote_media::ensure_emoji(&tx, 9).await?])
        });
        assert!(all().await.iter().all(|item| item.media_id.is_none() && item.remote_url == AVATAR && item.domain == "a.test"));
        let ids = ensure().await;
        assert_eq!(ensure().await, ids);
        assert_eq!(all().await.map(|item| item.media_id), ids);
        let nobody = db.write(|tx| async move { remote_media::ensure_avatar(&tx, 12345).await }).await;
        assert_eq!(nobody, None);
    }

    async fn what_a_file_says_of_itself_is_kept_and_its_kind_if_told(db) {
        let account = db.account_on("a.test").await;
        let id = attachment(db, account).await;
        let known = || db.read(move |r| async move { Ok((remote_media::find_meta(&r, id.0).await?, media::find(&r, id).await?.map(|media| media.kind))) });
        assert_eq!(known().await, (Some("{}".to_owned()), Some(media::KIND_VIDEO)));
        db.write(move |tx| async move { remote_media::learn(&tx, id.0, None, "{\"file\":{}}").await }).await;
        assert_eq!(known().await, (Some("{\"file\":{}}".to_owned()), Some(media::KIND_VIDEO)));
        db.write(move |tx| async move { remote_media::learn(&tx, id.0, Some(media::KIND_IMAGE), "{}").await }).await;
        assert_eq!(known().await, (Some("{}".to_owned()), Some(media::KIND_IMAGE)));
        assert_eq!(db.read(|r| async move { remote_media::find_meta(&r, 12345).await }).await, None);
    }

    async fn what_was_looked_at_longest_ago_goes_first(db) {
        let account = db.account_on("a.test").await;
        let (one, two, three) = (attachment(db, account).await, attachment(db, account).await, attachment(db, account).await);
        for (id, key, size) in [(one, "1", 10), (two, "2", 20), (three, "3", 30)] {
            file(db, id, key, size).await;
        }
        db.advance(1);
        db.write(move |tx| async move { remote_media::touch(&tx, one, "original").await }).await;
        let upload = db.write(move |tx| async move {
            let id = media::insert(&tx, account, 0, &media::Words::default()).await?;
            let blob = media::ensure_blob(&tx, &blob("upload", 5)).await?;
            media::set_file(&tx, id, "original", blob, None).await?;
            remote_media::touch(&tx, id, "original").await?;
            Ok(blob)
        }).await;
        let usage = || db.read(|r| async move { Ok((remote_media::usage(&r).await?, remote_media::usage_here(&r).await?)) });
        assert_eq!(usage().await, ((3, 60), (1, 5)));
        let oldest = |before, limit| db.read(move |r| async move { remote_media::list_oldest(&r, before, limit).await });
        let found: Vec<_> = oldest(i64::MAX, 10).await.into_iter().map(|file| (file.media_id, file.size)).collect();
        assert_eq!(found, [(two, 20), (three, 30), (one, 10)]);
        assert_eq!(oldest(db.now(), 10).await.len(), 2);
        let first = oldest(i64::MAX, 1).await.remove(0);
        let blob = first.blob_id;
        let forget = || { let first = first.clone(); db.write(move |tx| async move { remote_media::forget(&tx, &first).await }) };
        assert_eq!((forget().await, forget().await), (true, false));
        let unused = db.read(move |r| async move { remote_media::list_unused(&r, &[blob, upload]).await }).await;
        assert_eq!(unused, [(blob, "2".to_owned())]);
        assert_eq!(usage().await.0, (2, 40));
        let known = db.read(|r| async move { remote_media::list_known_keys(&r, &["1".into(), "none".into()]).await }).await;
        assert_eq!(known, ["1"]);
    }
}
