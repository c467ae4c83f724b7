//! Accounts and emojis of other servers.

use super::world::{new_account, stories};
use crate::remote_accounts::{self as rows, Counters, Key, LOCAL, Profile, REMOTE};
use crate::{AccountId, accounts, remote_emojis, statuses};

fn key(uri: &str, text: &str) -> Key {
    Key { uri: uri.into(), kind: 0, public_key: text.into() }
}

stories! {
    async fn an_account_of_another_server_is_kept_as_its_actor_says(db) {
        let profile = Profile {
            uri: "https://a.test/users/bob".into(),
            url: "https://a.test/@bob".into(),
            actor_type: 1,
            display_name: "Bob".into(),
            note: "<p>hi</p>".into(),
            fields: "[]".into(),
            locked: true,
            indexable: true,
            followers_url: "https://a.test/users/bob/followers".into(),
            avatar_remote_url: "https://a.test/bob.png".into(),
            also_known_as: "[]".into(),
            attribution_domains: "[]".into(),
            emojis: "[[1,\"cat\"]]".into(),
            ..Profile::default()
        };
        let uri = profile.uri.clone();
        let (first, second) = db.write(move |tx| async move {
            let first = rows::insert(&tx, AccountId(1), "Bob", "a.test", &profile.uri, 5).await?;
            let second = rows::insert(&tx, AccountId(2), "bob", "a.test", "https://a.test/other", 5).await?;
            rows::update(&tx, AccountId(1), &profile).await?;
            Ok((first, second))
        }).await;
        assert_eq!((first, second), (true, false));
        let (known, by_handle, by_url, account) = db.read(move |r| async move {
            Ok((
                rows::find_by_uri(&r, &uri).await?.unwrap(),
                rows::find_by_handle(&r, "BOB", "a.test").await?.unwrap(),
                rows::list_by_url(&r, "https://a.test/@bob").await?,
                accounts::find(&r, AccountId(1)).await?.unwrap(),
            ))
        }).await;
        assert_eq!((known.id, by_handle.id, by_url.len(), known.fetched_at), (AccountId(1), AccountId(1), 1, Some(db.now())));
        assert_eq!((account.username.as_str(), account.note.as_str(), account.locked, account.created_at), ("Bob", "<p>hi</p>", true, 5));
        assert_eq!((account.avatar_remote_url.as_str(), account.emojis.as_str()), ("https://a.test/bob.png", "[[1,\"cat\"]]"));
    }

    async fn a_handle_is_changed_only_to_a_free_one(db) {
        db.write(|tx| async move {
            assert!(accounts::insert(&tx, &new_account(AccountId(1), "bob", "a.test")).await?);
            assert!(accounts::insert(&tx, &new_account(AccountId(2), "carol", "a.test")).await?);
            assert!(!rows::set_handle(&tx, AccountId(1), "Carol", "a.test").await?);
            assert!(rows::set_handle(&tx, AccountId(1), "Bob", "b.test").await?);
            assert_eq!(rows::list_of_domain(&tx, "b.test", AccountId(0), 10).await?, [AccountId(1)]);
            assert_eq!(rows::list_all(&tx, AccountId(1), 10).await?, [AccountId(2)]);
            Ok(())
        }).await;
    }

    async fn a_suspension_knows_who_decided_it_and_numbers_stay_where_nothing_is_said(db) {
        db.write(|tx| async move {
            accounts::insert(&tx, &new_account(AccountId(1), "bob", "a.test")).await?;
            for origin in [Some(REMOTE), Some(LOCAL), None] {
                rows::set_suspension(&tx, AccountId(1), origin).await?;
                let known = rows::find(&tx, AccountId(1)).await?.unwrap();
                assert_eq!((known.suspension_origin, known.suspended_at.is_some()), (origin, origin.is_some()));
            }
            rows::touch(&tx, AccountId(1)).await?;
            rows::set_hide_collections(&tx, AccountId(1), true).await?;
            rows::set_counters(&tx, AccountId(1), &Counters { statuses: Some(3), following: None, followers: Some(5) }).await?;
            rows::set_counters(&tx, AccountId(1), &Counters { statuses: None, following: Some(4), followers: Some(6) }).await?;
            let account = accounts::find(&tx, AccountId(1)).await?.unwrap();
            assert_eq!((account.statuses_count, account.following_count, account.followers_count), (3, 4, 6));
            assert_eq!(account.hide_collections, Some(true));
            assert!(rows::find_collections(&tx, AccountId(1)).await?.is_some());
            Ok(())
        }).await;
    }

    async fn keys_are_replaced_as_a_set_and_nobody_takes_anothers(db) {
        db.write(|tx| async move {
            for (id, name) in [(1, "bob"), (2, "carol")] {
                accounts::insert(&tx, &new_account(AccountId(id), name, "a.test")).await?;
            }
            rows::replace_keys(&tx, AccountId(1), &[key("https://a.test/1#a", "A"), key("https://a.test/1#b", "B")]).await?;
            rows::replace_keys(&tx, AccountId(1), &[key("https://a.test/1#b", "B2"), key("https://a.test/1#c", "C")]).await?;
            rows::replace_keys(&tx, AccountId(2), &[key("https://a.test/1#b", "stolen")]).await?;
            let keys: Vec<(AccountId, String, String)> =
                tx.all(crate::sql!("SELECT account_id, uri, public_key FROM keypairs ORDER BY uri"), crate::args![]).await?;
            let expected = [("https://a.test/1#b", "B2"), ("https://a.test/1#c", "C")];
            assert_eq!(keys, expected.map(|(uri, text)| (AccountId(1), uri.to_owned(), text.to_owned())));
            Ok(())
        }).await;
    }

    async fn an_emoji_is_one_of_its_server_and_has_its_newest_picture(db) {
        db.write(|tx| async move {
            let uri = Some("https://a.test/e/1");
            let cat = remote_emojis::put(&tx, "a.test", "cat", uri, "https://a.test/1.png").await?;
            assert_eq!(remote_emojis::put(&tx, "a.test", "cat", uri, "https://a.test/2.png").await?, cat);
            // The address is taken, the emoji is kept all the same.
            assert_ne!(remote_emojis::put(&tx, "b.test", "cat", uri, "https://b.test/1.png").await?, cat);
            let found = remote_emojis::list(&tx, "a.test", &["cat".into(), "dog".into()]).await?;
            assert_eq!(found.len(), 1);
            assert_eq!((found[0].id, found[0].image_remote_url.as_str(), found[0].disabled), (cat, "https://a.test/2.png", false));
            Ok(())
        }).await;
    }

    async fn a_status_gets_other_html_without_being_edited(db) {
        let author = db.account().await;
        let id = db.posts(author).await;
        db.write(move |tx| async move { statuses::set_content(&tx, id, "new", "<p>new</p>").await }).await;
        let status = db.read(move |r| async move { statuses::find(&r, id).await }).await.unwrap();
        assert_eq!((status.content.as_str(), status.edited_at), ("<p>new</p>", None));
        db.write(move |tx| async move { statuses::set_details(&tx, id, Some("fr"), "[[1,\"cat\"]]").await }).await;
        let status = db.read(move |r| async move { statuses::find(&r, id).await }).await.unwrap();
        assert_eq!((status.language.as_deref(), status.emojis.as_str(), status.edited_at), (Some("fr"), "[[1,\"cat\"]]", None));
        db.write(move |tx| async move { statuses::set_details(&tx, id, None, "").await }).await;
        let status = db.read(move |r| async move { statuses::find(&r, id).await }).await.unwrap();
        assert_eq!((status.language, status.emojis.as_str()), (None, "[]"));
    }
}
