//! Statuses of other servers.

use super::world::{Database, new_status, plain_follow, stories};
use crate::remote_statuses::{self, Attachment, RemotePoll};
use crate::statuses::{self, NewStatus};
use crate::{AccountId, StatusId, accounts, args, follows, media, polls, sql, tombstones};

const URI: &str = "https://far.test/1";

async fn arrives(db: &Database, author: AccountId, uri: &'static str) -> StatusId {
    db.write(move |tx| async move {
        let new = NewStatus {
            uri: uri.into(),
            local: false,
            orphan: true,
            emojis: r#"[[1,"cat"]]"#.into(),
            created_at: 5_000,
            ..new_status(StatusId(tx.id_at(5_000)), author)
        };
        assert!(statuses::insert(&tx, &new).await?);
        assert!(!statuses::insert(&tx, &NewStatus { id: StatusId(tx.next_id()), ..new.clone() }).await?, "the same address");
        Ok(new.id)
    })
    .await
}

fn file(url: &str, description: Option<&str>) -> Attachment {
    Attachment {
        kind: media::KIND_IMAGE,
        remote_url: url.into(),
        thumbnail_remote_url: String::new(),
        description: description.map(str::to_owned),
        blurhash: None,
        focus_x: Some(1),
        focus_y: Some(-1),
        meta: "{}".into(),
    }
}

stories! {
    async fn a_status_of_another_server_is_found_by_its_address(db) {
        let author = db.account().await;
        let id = arrives(db, author, URI).await;
        assert_eq!(id.0 >> crate::ids::RANDOM_BITS, 5_000);
        let own = db.posts(author).await;
        let (known, local, status) = db.read(move |r| async move {
            let local = statuses::find(&r, own).await?.unwrap().uri;
            Ok((remote_statuses::find_by_uri(&r, URI).await?, remote_statuses::find_by_uri(&r, &local).await?, statuses::find(&r, id).await?.unwrap()))
        }).await;
        let known = known.unwrap();
        assert_eq!((known.id, known.account_id, known.deleted_at), (id, author, None));
        assert!(local.is_none());
        assert_eq!((status.local, status.emojis.as_str()), (false, r#"[[1,"cat"]]"#));
        db.write(move |tx| async move { statuses::mark_deleted(&tx, id).await }).await;
        assert!(db.read(|r| async move { remote_statuses::find_by_uri(&r, URI).await }).await.unwrap().deleted_at.is_some());
    }

    async fn an_answer_finds_its_parent_once(db) {
        let (author, other) = (db.account().await, db.user().await);
        let (id, parent) = (arrives(db, author, URI).await, db.posts(other).await);
        let set = |of: StatusId, to: StatusId| db.write(move |tx| async move { remote_statuses::set_parent(&tx, of, to, other).await });
        assert!(!set(id, id).await, "nothing answers itself");
        assert!(set(id, parent).await && !set(id, parent).await);
        let status = db.read(move |r| async move { statuses::find(&r, id).await }).await.unwrap();
        assert_eq!((status.in_reply_to_id, status.in_reply_to_account_id), (Some(parent), Some(other)));
        db.write(move |tx| async move { remote_statuses::set_edited(&tx, id, 77).await }).await;
        assert_eq!(db.read(move |r| async move { statuses::find(&r, id).await }).await.unwrap().edited_at, Some(77));
    }

    async fn answers_that_find_each_other_at_once_make_no_circle(db) {
        let author = db.account().await;
        let set = |of: StatusId, to: StatusId| db.write(move |tx| async move { remote_statuses::set_parent(&tx, of, to, author).await });
        for round in 0..60 {
            let mut ids = Vec::new();
            for n in 0..4 {
                ids.push(arrives(db, author, format!("https://far.test/{round}/{n}").leak()).await);
            }
            let (one, two, three, four) = tokio::join!(set(ids[0], ids[1]), set(ids[1], ids[2]), set(ids[2], ids[3]), set(ids[3], ids[0]));
            assert_eq!([one, two, three, four].iter().filter(|set| **set).count(), 3, "round {round}");
        }
    }

    async fn conversations_have_one_row_for_an_address(db) {
        let (one, again, other) = db.write(|tx| async move {
            let ensure = |uri: &'static str| remote_statuses::ensure_conversation(&tx, uri);
            Ok((ensure("tag:far.test,1").await?, ensure("tag:far.test,1").await?, ensure("tag:far.test,2").await?))
        }).await;
        assert!(one == again && one != other);
    }

    async fn accounts_are_known_by_address_and_by_having_followers(db) {
        let (fan, star) = (db.user().await, db.account().await);
        db.write(move |tx| async move {
            follows::insert(&tx, fan, star, &plain_follow()).await?;
            tx.exec(sql!("UPDATE accounts SET followers_url = 'f', featured_url = 'p' WHERE id = $1"), args![star]).await
        }).await;
        let (followed, not, found, none, urls) = db.read(move |r| async move {
            let uri = accounts::find(&r, star).await?.unwrap().uri;
            Ok((
                remote_statuses::has_followers(&r, &[fan, star]).await?,
                remote_statuses::has_followers(&r, &[fan]).await?,
                remote_statuses::list_accounts_by_uri(&r, &[uri, "https://nobody.test/".into()]).await?,
                remote_statuses::list_accounts_by_uri(&r, &[]).await?,
                (remote_statuses::followers_url(&r, star).await?, remote_statuses::featured_url(&r, star).await?),
            ))
        }).await;
        assert!(followed && !not && none.is_empty());
        assert_eq!(found.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [star]);
        assert_eq!(urls, ("f".to_owned(), "p".to_owned()));
    }

    async fn attachments_are_kept_in_their_order(db) {
        let author = db.account().await;
        let id = arrives(db, author, URI).await;
        let (listed, ids) = db.write(move |tx| async move {
            let second = remote_statuses::insert_attachment(&tx, author, id, 1, &file("https://far.test/2.png", None)).await?;
            let first = remote_statuses::insert_attachment(&tx, author, id, 0, &file("https://far.test/1.png", Some("alt"))).await?;
            remote_statuses::update_attachment(&tx, second, &file("", Some("new"))).await?;
            assert_eq!(remote_statuses::list_attachment_ids(&tx, id).await?, [first, second]);
            Ok((remote_statuses::list_attachments(&tx, id).await?, vec![first, second]))
        }).await;
        assert_eq!(listed, [file("https://far.test/1.png", Some("alt")), file("https://far.test/2.png", Some("new"))]);
        assert_eq!(ids.len(), 2);
    }

    async fn a_poll_of_another_server_has_the_counts_it_says(db) {
        let (author, voter) = (db.account().await, db.user().await);
        let id = arrives(db, author, URI).await;
        let shape = |options: [(&str, i64); 2]| RemotePoll {
            options: options.map(|(title, votes)| (title.to_owned(), votes)).to_vec(), multiple: false, expires_at: Some(9), voters: Some(4),
        };
        let (first, more, other) = (shape([("a", 1), ("b", 2)]), shape([("a", 5), ("b", 2)]), shape([("x", 1), ("y", 0)]));
        let poll = db.write(move |tx| async move { remote_statuses::insert_poll(&tx, id, author, &first).await }).await;
        let counts = || db.read(move |r| async move {
            let options = polls::list_options(&r, &[poll]).await?;
            Ok((polls::find(&r, poll).await?.unwrap().votes_count, options.into_iter().map(|option| (option.title, option.votes_count)).collect::<Vec<_>>()))
        });
        assert_eq!(counts().await, (3, vec![("a".into(), 1), ("b".into(), 2)]));
        db.write(move |tx| async move { polls::insert_vote(&tx, poll, voter, 0).await }).await;
        let update = |new: RemotePoll| db.write(move |tx| async move {
            let before = polls::find(&tx, poll).await?.unwrap();
            let titles: Vec<String> = polls::list_options(&tx, &[poll]).await?.into_iter().map(|option| option.title).collect();
            remote_statuses::update_poll(&tx, &before, &titles, &new).await
        });
        update(more).await;
        assert_eq!((counts().await.0, db.count("poll_votes").await), (7, 1));
        update(other).await;
        assert_eq!(counts().await, (1, vec![("x".into(), 1), ("y".into(), 0)]));
        assert_eq!(db.count("poll_votes").await, 0, "other options void the votes");
        db.advance(10);
        let now = db.now();
        let asked = db.write(move |tx| async move {
            remote_statuses::touch_poll(&tx, poll).await?;
            remote_statuses::find_poll(&tx, poll).await
        }).await.unwrap();
        assert_eq!((asked.status_id, asked.account_id, asked.expires_at, asked.last_fetched_at), (id, author, Some(9), Some(now)));
    }

    async fn a_tombstone_is_lifted_unless_a_moderator_laid_it(db) {
        let lifted = db.write(|tx| async move {
            tombstones::insert(&tx, "https://far.test/1", None, false).await?;
            tombstones::insert(&tx, "https://far.test/2", None, true).await?;
            Ok((tombstones::lift(&tx, "https://far.test/1").await?, tombstones::lift(&tx, "https://far.test/2").await?))
        }).await;
        assert_eq!(lifted, (true, false));
        assert_eq!(db.count("tombstones").await, 1);
    }
}
