//! What documents for other servers are made of.

use super::world::stories;
use crate::custom_emojis::{self, NewEmoji};
use crate::media::{self, KIND_IMAGE, NewBlob, Words};
use crate::page::Page;
use crate::statuses::Visibility;
use crate::{AccountId, ConversationId, EmojiId, MediaId, StatusId};
use crate::{accounts, documents, keypairs, remote_accounts, remote_statuses, statuses, tombstones};

fn blob(key: &str, mime: &str) -> NewBlob {
    NewBlob { size: 1, backend: "local".into(), key: key.into(), mime: mime.into() }
}

stories! {
    async fn an_actor_says_what_its_pictures_are_and_whose_it_is(db) {
        let (me, orphan, far) = (db.user().await, db.account().await, db.account_on("far.test").await);
        db.write(move |tx| async move {
            let (avatar, header) = (MediaId(tx.next_id()), MediaId(tx.next_id()));
            for (id, key, mime) in [(avatar, "a.png", "image/png"), (header, "h.jpg", "image/jpeg")] {
                let blob = media::ensure_blob(&tx, &blob(key, mime)).await?;
                media::set_file(&tx, id, "original", blob, None).await?;
            }
            accounts::set_pictures(&tx, me, Some(avatar), Some(header)).await?;
            keypairs::insert_own(&tx, me, keypairs::RSA, "#main-key", "PEM", vec![1]).await?;
            Ok(())
        }).await;
        let parts = |id| db.read(move |r| async move { documents::actor_parts(&r, id).await });
        let mine = parts(me).await.unwrap();
        assert_eq!((mine.avatar_mime.as_deref(), mine.header_mime.as_deref(), mine.owned), (Some("image/png"), Some("image/jpeg"), true));
        assert_eq!((mine.also_known_as.as_str(), mine.attribution_domains.as_str(), mine.moved_to), ("[]", "[]", None));
        assert!(!parts(orphan).await.unwrap().owned && parts(far).await.is_none());
        let keys = db.read(move |r| async move { documents::list_public_keys(&r, me).await }).await;
        assert_eq!(keys.into_iter().map(|key| (key.kind, key.fragment, key.public_key)).collect::<Vec<_>>(), [(keypairs::RSA, "#main-key".into(), "PEM".into())]);
    }

    async fn emojis_are_found_by_shortcode_and_id_while_they_are_on(db) {
        let id = db.write(|tx| async move {
            let id = custom_emojis::put(&tx, &NewEmoji { shortcode: "cat".into(), visible_in_picker: true, category_id: None }).await?;
            let blob = media::ensure_blob(&tx, &blob("cat.gif", "image/gif")).await?;
            media::set_file(&tx, MediaId(id.0), "original", blob, None).await?;
            Ok(id)
        }).await;
        let named = |names: &'static [&'static str]| {
            db.read(move |r| async move { documents::list_emojis(&r, &names.iter().map(ToString::to_string).collect::<Vec<_>>()).await })
        };
        let cat = &named(&["cat", "dog"]).await[0];
        assert_eq!((cat.id, cat.shortcode.as_str(), cat.mime.as_str(), cat.key.as_str(), cat.updated_at), (id, "cat", "image/gif", "cat.gif", db.now()));
        assert!(named(&[]).await.is_empty() && named(&["dog"]).await.is_empty());
        let found = |id| db.read(move |r| async move { documents::find_emoji(&r, id).await });
        assert_eq!((found(id).await.unwrap().id, found(EmojiId(1)).await.is_none()), (id, true));
    }

    async fn a_status_comes_with_its_thread_its_people_and_its_pictures(db) {
        let (me, fan, far) = (db.user().await, db.user().await, db.account_on("far.test").await);
        let parent = db.posts(me).await;
        let reply = db.replies(me, parent, me).await;
        db.follows(fan, me).await;
        db.mentions(reply, fan, false).await;
        db.mentions(reply, far, false).await;
        db.mentions(parent, far, true).await;
        db.write(move |tx| async move {
            let id = media::insert(&tx, me, KIND_IMAGE, &Words { description: Some("a cat".into()), focus: Some((1, -1)) }).await?;
            media::complete(&tx, id, "blur").await?;
            let blob = media::ensure_blob(&tx, &blob("p.webp", "image/webp")).await?;
            media::set_file(&tx, id, "original", blob, Some((40, 30))).await?;
            assert!(media::attach(&tx, id, me, reply, 0).await?);
            Ok(())
        }).await;
        let (threads, mentioned, attached) = db.read(move |r| async move {
            let ids = [parent, reply];
            Ok((documents::list_threads(&r, &ids).await?, documents::list_mentioned(&r, &ids).await?, documents::list_attachments(&r, &ids).await?))
        }).await;
        let parent_uri = db.read(move |r| async move { Ok(statuses::find(&r, parent).await?.unwrap().uri) }).await;
        let mut threads: Vec<_> = threads.into_iter().map(|t| (t.status_id, t.in_reply_to, t.conversation)).collect();
        threads.sort();
        assert_eq!(threads, [(parent, None, None), (reply, Some(parent_uri), None)]);
        let mentioned: Vec<(AccountId, bool)> = mentioned.into_iter().map(|m| (m.account_id, m.follows)).collect();
        assert_eq!(mentioned, [(fan, true), (far, false)], "silent ones are not named");
        let picture = &attached[0];
        assert_eq!((picture.mime.as_str(), picture.key.as_str(), picture.width, picture.height), ("image/webp", "p.webp", Some(40), Some(30)));
        assert_eq!((picture.description.as_deref(), picture.blurhash.as_deref(), picture.focus_x, picture.focus_y), (Some("a cat"), Some("blur"), Some(1), Some(-1)));
        assert_eq!((attached.len(), picture.status_id), (1, reply));
    }

    async fn public_answers_are_listed_those_of_the_author_apart(db) {
        let (me, other) = (db.user().await, db.user().await);
        let parent = db.posts(me).await;
        let (one, two, three) = (db.replies(me, parent, me).await, db.replies(me, parent, me).await, db.replies(me, parent, me).await);
        let theirs = db.replies(other, parent, me).await;
        db.posts_with(me, |s| (s.in_reply_to, s.visibility) = (Some((parent, me)), Visibility::Private)).await;
        let own: Vec<StatusId> = db.read(move |r| async move { documents::list_self_replies(&r, &[parent, one], 2).await }).await.into_iter().map(|reply| reply.id).collect();
        assert_eq!(own, [one, two]);
        let list = async |own: bool, after: StatusId, limit: i64| -> Vec<StatusId> {
            db.read(move |r| async move { documents::list_replies(&r, parent, me, own, after, limit).await }).await.into_iter().map(|reply| reply.id).collect()
        };
        assert_eq!(list(true, StatusId(0), 10).await, [one, two, three]);
        assert_eq!(list(true, one, 1).await, [two]);
        assert_eq!(list(false, StatusId(0), 10).await, [theirs]);
    }

    async fn what_everybody_may_read_of_a_conversation_of_ours_is_listed(db) {
        let (me, other, gone) = (db.user().await, db.account_on("far.test").await, db.account_on("far.test").await);
        let (ours, theirs) = db.write(|tx| async move {
            Ok((statuses::insert_conversation(&tx).await?, remote_statuses::ensure_conversation(&tx, "https://far.test/contexts/1").await?))
        }).await;
        let mut made = Vec::new();
        for author in [me, other, gone, me] {
            made.push(db.posts_with(author, |s| s.conversation_id = Some(ours)).await);
        }
        db.posts_with(me, |s| (s.conversation_id, s.visibility) = (Some(ours), Visibility::Private)).await;
        db.posts_with(me, |s| s.conversation_id = Some(theirs)).await;
        db.write(move |tx| async move { remote_accounts::set_suspension(&tx, gone, Some(remote_accounts::REMOTE)).await }).await;
        let list = async |conversation, after, limit| -> Vec<StatusId> {
            let rows = db.read(move |r| async move { documents::list_conversation(&r, conversation, after, limit).await }).await;
            rows.into_iter().map(|said| said.id).collect()
        };
        assert_eq!(list(ours, StatusId(0), 10).await, [made[0], made[1], made[3]]);
        assert_eq!(list(ours, made[0], 1).await, [made[1]]);
        assert!(list(theirs, StatusId(0), 10).await.is_empty() && list(ConversationId(7), StatusId(0), 10).await.is_empty());
        let first = made[0];
        let reply = db.posts_with(me, |s| (s.conversation_id, s.in_reply_to) = (Some(ours), Some((first, me)))).await;
        let rows = db.read(move |r| async move { documents::list_conversation(&r, ours, StatusId(0), 10).await }).await;
        let began: Vec<_> = rows.into_iter().filter_map(|said| said.began_by.map(|_| said.id)).collect();
        assert!(began.contains(&first) && !began.contains(&reply), "an answer begins nothing");
    }

    async fn followers_and_followed_are_addresses_in_pages(db) {
        let me = db.user().await;
        let mut uris = Vec::new();
        for _ in 0..4 {
            let other = db.user().await;
            db.follows(other, me).await;
            db.follows(me, other).await;
            uris.push(db.read(move |r| async move { Ok(accounts::find(&r, other).await?.unwrap().uri) }).await);
        }
        uris.reverse();
        let page = |max_id, min_id| Page { max_id, min_id, ..Page::first(2) };
        let followers = async |page: Page| db.read(move |r| async move { documents::follower_addresses(&r, me, &page).await }).await;
        let following = async |page: Page| db.read(move |r| async move { documents::following_addresses(&r, me, &page).await }).await;
        let first = followers(page(None, None)).await;
        let rest = followers(page(Some(first[1].0.0), None)).await;
        assert_eq!(first.iter().chain(&rest).map(|(_, uri)| uri.as_str()).collect::<Vec<_>>(), uris);
        assert_eq!(followers(page(None, Some(rest[1].0.0))).await[1].0, rest[0].0);
        let first = following(page(None, None)).await;
        let rest = following(page(Some(first[1].0.0), None)).await;
        assert_eq!(first.iter().chain(&rest).map(|(_, uri)| uri.as_str()).collect::<Vec<_>>(), uris);
        assert_eq!(following(page(None, Some(rest[1].0.0))).await[1].0, rest[0].0);
    }

    async fn what_is_gone_is_remembered_once(db) {
        let me = db.user().await;
        db.write(move |tx| async move {
            tombstones::insert(&tx, "https://here.test/1", Some(me), false).await?;
            tombstones::insert(&tx, "https://here.test/1", None, true).await
        }).await;
        let gone = |uri: &'static str| db.read(move |r| async move { tombstones::exists(&r, uri).await });
        assert!(gone("https://here.test/1").await && !gone("https://here.test/2").await);
    }
}
