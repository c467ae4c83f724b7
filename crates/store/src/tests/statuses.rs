//! Statuses: timelines, threads and who may see what.

use super::world::{Database, new_status, pages_both_ways, sorted, stories};
use crate::oauth::{self, NewApplication};
use crate::page::Page;
use crate::statuses::{self, AccountFilter, Marked, NewStatus, Visibility};
use crate::timelines::{self, Filter, Origin};
use crate::{AccountId, StatusId, accounts, args, bookmarks, domain_blocks, favourites, media, mutes, sql, stats, tags};

const ALL: Page = Page { max_id: None, since_id: None, min_id: None, limit: 100 };

async fn make_remote(db: &Database, id: StatusId) {
    db.write(move |tx| async move { tx.exec(sql!("UPDATE statuses SET local = FALSE WHERE id = $1"), args![id]).await }).await;
}

async fn with_picture(db: &Database, author: AccountId) -> StatusId {
    let id = db.posts(author).await;
    db.write(move |tx| async move {
        let media = media::insert(&tx, author, media::KIND_IMAGE, &media::Words::default()).await?;
        media::complete(&tx, media, "blur").await?;
        assert!(media::attach(&tx, media, author, id, 0).await?);
        Ok(())
    })
    .await;
    id
}

async fn public(db: &Database, filter: Filter) -> Vec<StatusId> {
    db.read(move |r| async move { timelines::public_page(&r, &filter, &ALL).await }).await
}

async fn of_account(db: &Database, account: AccountId, viewer: Option<AccountId>, filter: AccountFilter) -> Vec<StatusId> {
    db.read(move |r| async move { statuses::account_page(&r, account, viewer, filter, &ALL).await }).await
}

async fn visible(db: &Database, ids: &[StatusId], viewer: Option<AccountId>) -> Vec<StatusId> {
    let ids = ids.to_vec();
    sorted(db.read(move |r| async move { statuses::visible_ids(&r, &ids, viewer).await }).await)
}

async fn delete(db: &Database, id: StatusId) -> Vec<(StatusId, AccountId)> {
    db.write(move |tx| async move { statuses::mark_deleted(&tx, id).await }).await
}

stories! {
    async fn a_status_comes_back_as_it_was_written(db) {
        let author = db.user().await;
        let parent = db.posts(author).await;
        let status = db.write(move |tx| async move {
            let conversation = statuses::insert_conversation(&tx).await?;
            let app = NewApplication {
                name: "Client".into(), website: Some("https://client.test".into()), redirect_uris: String::new(), scopes: "read".into(),
                client_id: "c".into(), secret_hash: vec![1], superapp: false,
            };
            let application = oauth::insert_application(&tx, &app).await?;
            let new = NewStatus {
                text: "héllo 🦣".into(), content: "<p>héllo 🦣</p>".into(), spoiler_text: "cw".into(), sensitive: true, url: Some("https://here.test/@a/1".into()),
                visibility: Visibility::Unlisted, language: None, in_reply_to: Some((parent, author)), conversation_id: Some(conversation),
                application_id: Some(application), created_at: 77, ..new_status(StatusId(tx.next_id()), author)
            };
            assert!(statuses::insert(&tx, &new).await?);
            let found = statuses::find(&tx, new.id).await?.unwrap();
            assert_eq!((found.id, found.conversation_id), (new.id, Some(conversation)));
            Ok(found)
        }).await;
        assert_eq!((status.account_id, status.local, status.url.as_deref()), (author, true, Some("https://here.test/@a/1")));
        assert_eq!((status.text.as_str(), status.content.as_str(), status.spoiler_text.as_str()), ("héllo 🦣", "<p>héllo 🦣</p>", "cw"));
        assert_eq!((status.sensitive, status.visibility(), status.language.as_deref()), (true, Visibility::Unlisted, None));
        assert_eq!((status.in_reply_to_id, status.in_reply_to_account_id, status.reblog_of_id), (Some(parent), Some(author), None));
        assert_eq!((status.created_at, status.edited_at), (77, None));
        assert_eq!((status.replies_count, status.reblogs_count, status.favourites_count), (0, 0, 0));
        assert_eq!((status.application_name.as_deref(), status.application_website.as_deref()), (Some("Client"), Some("https://client.test")));
    }

    async fn deleted_statuses_are_not_found(db) {
        let author = db.user().await;
        let (kept, gone) = (db.posts(author).await, db.posts(author).await);
        delete(db, gone).await;
        let (found, listed, none) = db.read(move |r| async move {
            Ok((statuses::find(&r, gone).await?, statuses::list(&r, &[kept, gone, StatusId(1)]).await?, statuses::list(&r, &[]).await?))
        }).await;
        assert!(found.is_none() && none.is_empty());
        assert_eq!(listed.iter().map(|s| s.id).collect::<Vec<_>>(), [kept]);
    }

    async fn a_status_is_reblogged_once_by_each_account_until_that_is_taken_back(db) {
        let (author, fan, other) = (db.user().await, db.user().await, db.user().await);
        let status = db.posts(author).await;
        let reblog = db.reblogs(fan, status).await;
        let again = || db.write(move |tx| async move {
            let new = NewStatus { reblog_of_id: Some(status), ..new_status(StatusId(tx.next_id()), fan) };
            statuses::insert(&tx, &new).await
        });
        let find = |account| db.read(move |r| async move { statuses::find_reblog(&r, account, status).await });
        assert!(!again().await);
        db.reblogs(other, status).await;
        assert_eq!((find(fan).await, find(author).await), (Some(reblog), None));
        delete(db, reblog).await;
        assert_eq!(find(fan).await, None);
        assert!(again().await);
    }

    async fn an_id_among_those_of_a_millisecond_is_never_given_twice(db) {
        let author = db.user().await;
        let insert = async |db: &crate::Db| db.write::<_, crate::Error, _, _>(move |tx| async move {
            for _ in 0..3 {
                let id = statuses::free_id_at(&tx, 5).await?;
                assert_eq!(id.0 >> crate::ids::RANDOM_BITS, 5);
                assert!(statuses::insert(&tx, &new_status(id, author)).await?);
            }
            Ok(())
        }).await.unwrap();
        insert(&db.db).await;
        // Draws what was drawn before.
        insert(&db.opened_again().await).await;
    }

    async fn who_may_see_a_status_depends_on_its_visibility(db) {
        let (author, follower, named, hinted, stranger) = (db.user().await, db.user().await, db.user().await, db.user().await, db.user().await);
        db.follows(follower, author).await;
        let mut ids = Vec::new();
        for visibility in [Visibility::Public, Visibility::Unlisted, Visibility::Private, Visibility::Direct, Visibility::Limited] {
            let id = db.posts_with(author, |s| s.visibility = visibility).await;
            db.mentions(id, named, false).await;
            db.mentions(id, hinted, true).await;
            ids.push(id);
        }
        assert_eq!(visible(db, &ids, None).await, ids[..2]);
        assert_eq!(visible(db, &ids, Some(stranger)).await, ids[..2]);
        assert_eq!(visible(db, &ids, Some(hinted)).await, ids, "a silent mention names nobody, and shows it to them");
        assert_eq!(visible(db, &ids, Some(follower)).await, ids[..3]);
        assert_eq!(visible(db, &ids, Some(named)).await, ids);
        assert_eq!(visible(db, &ids, Some(author)).await, ids);
        assert!(visible(db, &[], Some(author)).await.is_empty());
        db.blocks(author, stranger).await;
        db.blocks(author, named).await;
        db.blocks(follower, author).await;
        assert!(visible(db, &ids, Some(stranger)).await.is_empty(), "whom the author blocks sees nothing");
        assert_eq!(visible(db, &ids, Some(named)).await, ids[2..], "but what was addressed to them");
        assert_eq!(visible(db, &ids, Some(follower)).await, ids[..3], "a block of one's own hides nothing");
        delete(db, ids[0]).await;
        assert_eq!(visible(db, &ids, None).await, ids[1..2], "nobody sees what is deleted");
        db.write(move |tx| async move { accounts::suspend(&tx, author).await }).await;
        assert!(visible(db, &ids, Some(author)).await.is_empty(), "nor what a suspended account wrote");
    }

    async fn an_accounts_page_shows_what_its_viewer_may_see(db) {
        let (author, follower, named, stranger) = (db.user().await, db.user().await, db.user().await, db.user().await);
        db.follows(follower, author).await;
        let public = db.posts(author).await;
        let private = db.posts_with(author, |s| s.visibility = Visibility::Private).await;
        let direct = db.posts_with(author, |s| s.visibility = Visibility::Direct).await;
        db.mentions(direct, named, false).await;
        let gone = db.posts(author).await;
        delete(db, gone).await;
        db.posts(stranger).await;
        let seen_by = |viewer| of_account(db, author, viewer, AccountFilter::default());
        assert_eq!(seen_by(None).await, [public]);
        assert_eq!(seen_by(Some(stranger)).await, [public]);
        assert_eq!(seen_by(Some(follower)).await, [private, public]);
        assert_eq!(seen_by(Some(named)).await, [direct, public]);
        assert_eq!(seen_by(Some(author)).await, [direct, private, public]);
    }

    async fn an_accounts_page_is_narrowed_by_its_filter(db) {
        let (author, other) = (db.user().await, db.user().await);
        let theirs = db.posts(other).await;
        let plain = db.posts(author).await;
        let picture = with_picture(db, author).await;
        let to_other = db.replies(author, theirs, other).await;
        let to_self = db.replies(author, plain, author).await;
        let reblog = db.reblogs(author, theirs).await;
        let page = |filter| of_account(db, author, None, filter);
        let none = AccountFilter::default();
        assert_eq!(page(none).await, [reblog, to_self, to_other, picture, plain]);
        assert_eq!(page(AccountFilter { exclude_replies: true, ..none }).await, [reblog, to_self, picture, plain]);
        assert_eq!(page(AccountFilter { exclude_reblogs: true, ..none }).await, [to_self, to_other, picture, plain]);
        assert_eq!(page(AccountFilter { only_media: true, ..none }).await, [picture]);
    }

    async fn an_accounts_page_is_paged_both_ways(db) {
        let (author, other) = (db.user().await, db.user().await);
        let mut ids = Vec::new();
        for _ in 0..7 {
            ids.insert(0, db.posts(author).await.0);
            db.posts(other).await;
        }
        pages_both_ways(&ids, async |page| {
            let rows = db.read(move |r| async move { statuses::account_page(&r, author, None, AccountFilter::default(), &page).await }).await;
            rows.into_iter().map(|id| id.0).collect()
        }).await;
    }

    async fn the_public_timeline_holds_public_statuses_of_unlimited_accounts(db) {
        let (author, other, silenced, suspended) = (db.user().await, db.user().await, db.user().await, db.user().await);
        let first = db.posts(author).await;
        let to_self = db.replies(author, first, author).await;
        db.replies(other, first, author).await;
        db.reblogs(other, first).await;
        for visibility in [Visibility::Unlisted, Visibility::Private, Visibility::Direct, Visibility::Limited] {
            db.posts_with(author, |s| s.visibility = visibility).await;
        }
        let gone = db.posts(author).await;
        delete(db, gone).await;
        db.posts(silenced).await;
        db.posts(suspended).await;
        db.write(move |tx| async move {
            tx.exec(sql!("UPDATE accounts SET silenced_at = 1 WHERE id = $1"), args![silenced]).await?;
            accounts::suspend(&tx, suspended).await
        }).await;
        assert_eq!(public(db, Filter::default()).await, [to_self, first]);
    }

    async fn the_public_timeline_is_narrowed_by_its_filter(db) {
        let (author, remote) = (db.user().await, db.account_on("there.test").await);
        let local = db.posts(author).await;
        let picture = with_picture(db, author).await;
        let theirs = db.posts(remote).await;
        make_remote(db, theirs).await;
        let none = Filter::default();
        assert_eq!(public(db, none.clone()).await, [theirs, picture, local]);
        assert_eq!(public(db, Filter { origin: Origin::Local, ..none.clone() }).await, [picture, local]);
        assert_eq!(public(db, Filter { origin: Origin::Remote, ..none.clone() }).await, [theirs]);
        assert_eq!(public(db, Filter { only_media: true, ..none }).await, [picture]);
    }

    async fn the_public_timeline_is_paged_both_ways(db) {
        let author = db.user().await;
        let mut ids = Vec::new();
        for _ in 0..7 {
            ids.insert(0, db.posts(author).await.0);
            db.posts_with(author, |s| s.visibility = Visibility::Unlisted).await;
        }
        pages_both_ways(&ids, async |page| {
            let rows = db.read(move |r| async move { timelines::public_page(&r, &Filter::default(), &page).await }).await;
            rows.into_iter().map(|id| id.0).collect()
        }).await;
    }

    async fn a_thread_is_found_upwards_and_downwards(db) {
        let (author, other) = (db.user().await, db.user().await);
        let root = db.posts(author).await;
        let a = db.replies(other, root, author).await;
        let b = db.replies(author, a, other).await;
        let c = db.replies(other, b, author).await;
        let side = db.replies(author, a, other).await;
        let up = |id, limit| db.read(move |r| async move { statuses::ancestors(&r, id, None, limit).await });
        let down = |id, limit, depth| db.read(move |r| async move { statuses::descendants(&r, id, None, limit, depth).await });
        assert_eq!(up(c, 40).await, [root, a, b]);
        assert_eq!(up(c, 2).await, [a, b], "the nearest");
        assert!(up(root, 40).await.is_empty());
        assert_eq!(down(root, 60, 20).await, [(a, root), (b, a), (c, b), (side, a)]);
        assert_eq!(down(root, 60, 2).await, [(a, root), (b, a), (side, a)]);
        assert_eq!(down(root, 1, 20).await, [(a, root)], "the nearest");
        assert_eq!(down(root, 3, 20).await, [(a, root), (b, a), (side, a)], "the nearest");
        assert!(down(c, 60, 20).await.is_empty());
    }

    async fn a_thread_leaves_out_what_its_viewer_may_not_see(db) {
        let (author, follower) = (db.user().await, db.user().await);
        db.follows(follower, author).await;
        let root = db.posts(author).await;
        let hidden = db.posts_with(author, |s| { s.in_reply_to = Some((root, author)); s.visibility = Visibility::Private; }).await;
        let gone = db.replies(author, hidden, author).await;
        let leaf = db.replies(author, gone, author).await;
        delete(db, gone).await;
        let thread = |viewer| db.read(move |r| async move {
            Ok((statuses::ancestors(&r, leaf, viewer, 40).await?, statuses::descendants(&r, root, viewer, 60, 20).await?))
        });
        assert_eq!(thread(None).await, (vec![root], vec![(leaf, gone)]));
        assert_eq!(thread(Some(follower)).await, (vec![root, hidden], vec![(hidden, root), (leaf, gone)]));
    }

    async fn a_thread_leaves_out_whom_its_viewer_does_not_want_to_see(db) {
        let (me, author) = (db.user().await, db.user().await);
        let (blocked, muted, blocking, limited, far) = (db.user().await, db.user().await, db.user().await, db.user().await, db.account_on("far.test").await);
        let root = db.posts(author).await;
        let mut answers = Vec::new();
        for other in [blocked, muted, blocking, limited, far, me] {
            answers.push(db.replies(other, root, author).await);
        }
        let below = db.replies(author, answers[0], blocked).await;
        let thread = |viewer| db.read(move |r| async move {
            let down = statuses::descendants(&r, root, viewer, 60, 20).await?.into_iter().map(|answer| answer.0).collect::<Vec<_>>();
            Ok((statuses::ancestors(&r, below, viewer, 40).await?, down))
        });
        let all = [answers.clone(), vec![below]].concat();
        assert_eq!(thread(Some(me)).await, (vec![root, answers[0]], all.clone()));
        db.write(move |tx| async move {
            mutes::put(&tx, me, muted, false, None).await?;
            domain_blocks::insert(&tx, me, "far.test").await?;
            tx.exec(sql!("UPDATE accounts SET silenced_at = 1 WHERE id = $1"), args![limited]).await
        }).await;
        db.blocks(me, blocked).await;
        db.blocks(blocking, me).await;
        assert_eq!(thread(Some(me)).await, (vec![root], vec![answers[5], below]));
        assert_eq!(thread(None).await.1, [answers[0], answers[1], answers[2], answers[4], answers[5], below], "anybody but the limited one");
        db.follows(me, limited).await;
        assert_eq!(thread(Some(me)).await.1, [answers[3], answers[5], below]);
        assert_eq!(thread(Some(limited)).await.1, all, "the limited see themselves and each other");
    }

    async fn a_huge_thread_is_looked_at_only_as_far_as_the_limit(db) {
        let author = db.user().await;
        let root = db.posts(author).await;
        // Two statuses that answer each other make a thread without end.
        let a = db.replies(author, root, author).await;
        let b = db.replies(author, a, author).await;
        db.write(move |tx| async move { tx.exec(sql!("UPDATE statuses SET in_reply_to_id = $1 WHERE id = $2"), args![b, a]).await }).await;
        let found = db.read(move |r| async move { statuses::descendants(&r, a, None, 50, i64::MAX - 1).await }).await;
        assert_eq!(found.len(), 50);
    }

    async fn an_accounts_page_has_no_reblogs_of_whom_the_viewer_does_not_want_to_see(db) {
        let (me, author, other, far) = (db.user().await, db.user().await, db.user().await, db.account_on("far.test").await);
        let (theirs, remote) = (db.posts(other).await, db.posts(far).await);
        let (first, second) = (db.reblogs(author, theirs).await, db.reblogs(author, remote).await);
        let page = |viewer| of_account(db, author, viewer, AccountFilter::default());
        assert_eq!(page(Some(me)).await, [second, first]);
        db.write(move |tx| async move { domain_blocks::insert(&tx, me, "far.test").await }).await;
        assert_eq!(page(Some(me)).await, [first]);
        db.blocks(other, me).await;
        assert!(page(Some(me)).await.is_empty());
        assert_eq!((page(None).await, page(Some(author)).await), (vec![second, first], vec![second, first]));
    }

    async fn deleting_a_status_hides_its_reblogs_too_and_once(db) {
        let (author, fan) = (db.user().await, db.user().await);
        let (status, other) = (db.posts(author).await, db.posts(author).await);
        let reblog = db.reblogs(fan, status).await;
        assert_eq!(sorted(delete(db, status).await), sorted(vec![(status, author), (reblog, fan)]));
        assert!(delete(db, status).await.is_empty());
        assert_eq!(of_account(db, fan, None, AccountFilter::default()).await, []);
        assert_eq!(public(db, Filter::default()).await, [other]);
    }

    async fn hidden_statuses_are_purged_with_all_that_hangs_on_them(db) {
        let (author, fan) = (db.user().await, db.user().await);
        let (kept, gone) = (db.posts(author).await, db.posts(author).await);
        for status in [kept, gone] {
            db.mentions(status, fan, false).await;
            db.write(move |tx| async move {
                favourites::insert(&tx, fan, status).await?;
                bookmarks::insert(&tx, fan, status).await?;
                let tag = tags::ensure(&tx, "tag", "Tag").await?;
                tags::attach(&tx, status, tag).await?;
                stats::add_to_statuses(&tx, vec![(status, stats::StatusDelta { favourites: 1, ..Default::default() })]).await?;
                let cause = crate::notifications::Cause::Favourite { status, favourite: status.0 };
                let new = crate::notifications::NewNotification { account_id: author, from_account_id: fan, cause };
                crate::notifications::insert(&tx, &new, None).await
            }).await;
        }
        delete(db, gone).await;
        db.advance(10);
        let waiting = |before| db.read(move |r| async move { statuses::list_deleted(&r, before, 10).await });
        assert!(waiting(db.now() - 10).await.is_empty());
        assert_eq!(waiting(db.now()).await, [gone]);
        db.write(move |tx| async move { statuses::purge(&tx, &[gone, kept]).await.and(Ok(())) }).await;
        assert_eq!(db.count("statuses").await, 1, "a status that is not hidden stays");
        for table in ["favourites", "bookmarks", "mentions", "status_tags", "status_stats", "notifications"] {
            assert_eq!(db.count(table).await, 0, "{table}");
        }
    }

    async fn an_accounts_statuses_are_listed_for_its_removal(db) {
        let (author, other) = (db.user().await, db.user().await);
        let ids = [db.posts(author).await, db.posts(author).await, db.posts(author).await];
        db.posts(other).await;
        delete(db, ids[1]).await;
        let nobody = db.account().await;
        let has_any = |account| db.read(move |r| async move { statuses::has_any(&r, account).await });
        assert_eq!((has_any(author).await, has_any(nobody).await), (true, false));
        let list = |limit| db.read(move |r| async move { statuses::list_ids_of_account(&r, author, limit).await });
        assert_eq!(list(10).await, [ids[0], ids[2]]);
        assert_eq!(list(1).await, [ids[0]]);
    }

    async fn mentions_are_listed_without_the_silent_ones_and_made_once(db) {
        let (author, named, hinted, remote) = (db.user().await, db.user().await, db.user().await, db.account_on("there.test").await);
        let (one, two) = (db.posts(author).await, db.posts(author).await);
        for (status, account, silent) in [(one, named, false), (one, hinted, true), (two, remote, false), (one, named, true), (one, remote, false)] {
            db.mentions(status, account, silent).await;
        }
        let mentions = db.read(move |r| async move { statuses::list_mentions(&r, &[one, two]).await }).await;
        let pairs: Vec<_> = mentions.iter().map(|m| (m.status_id, m.account_id)).collect();
        assert_eq!(pairs, [(one, named), (one, remote), (two, remote)]);
        assert_eq!(mentions[1].domain, "there.test");
        assert!(mentions[1].uri.starts_with("https://there.test/users/") && mentions[1].url.as_deref().unwrap().ends_with(&mentions[1].username));
        assert!(db.read(|r| async move { statuses::list_mentions(&r, &[]).await }).await.is_empty());
    }

    async fn a_viewers_marks_on_statuses_are_listed_together(db) {
        let (author, viewer, other) = (db.user().await, db.user().await, db.user().await);
        let (a, b, c) = (db.posts(author).await, db.posts(author).await, db.posts(author).await);
        db.write(move |tx| async move {
            favourites::insert(&tx, viewer, a).await?;
            favourites::insert(&tx, other, b).await?;
            bookmarks::insert(&tx, viewer, b).await?;
            bookmarks::insert(&tx, viewer, c).await
        }).await;
        db.reblogs(viewer, b).await;
        let taken_back = db.reblogs(viewer, a).await;
        delete(db, taken_back).await;
        let of = |statuses| Marked { statuses, ..Marked::default() };
        let marks = db.read(move |r| async move { statuses::list_marks(&r, viewer, &of(vec![a, b])).await }).await;
        assert_eq!(sorted(marks), [(0, a.0), (1, b.0), (2, b.0)]);
        assert!(db.read(move |r| async move { statuses::list_marks(&r, viewer, &Marked::default()).await }).await.is_empty());
    }

    async fn addresses_that_follow_from_the_authors_are_not_kept(db) {
        let (author, far) = (db.user().await, db.account_on("there.test").await);
        let named = sql!("UPDATE accounts SET uri = 'https://here.test/ap/users/' || CAST(id AS TEXT), url = 'https://here.test/@somebody' WHERE domain = ''");
        db.write(move |tx| async move { tx.exec(named, args![]).await }).await;
        let base = format!("https://here.test/ap/users/{author}/statuses");
        let made = db.write(move |tx| async move {
            let ids: Vec<StatusId> = (0..4).map(|_| StatusId(tx.next_id())).collect();
            let page = |id: StatusId| Some(format!("https://here.test/@somebody/{id}"));
            let own = |id: StatusId| NewStatus { uri: format!("{base}/{id}"), url: page(id), ..new_status(id, author) };
            let (whole, other) = (own(ids[0]), NewStatus { uri: format!("{base}/else"), url: Some("https://here.test/else".into()), ..own(ids[1]) });
            let address = Some(format!("{base}/{}/activity", ids[2]));
            let reblog = NewStatus {
                uri: format!("{base}/{}/activity", ids[2]), url: address, reblog_of_id: Some(ids[0]), text: String::new(), content: String::new(), ..own(ids[2])
            };
            let remote = NewStatus { uri: "https://there.test/1".into(), url: None, local: false, text: String::new(), ..new_status(ids[3], far) };
            let all = vec![whole, other, reblog, remote];
            for new in &all {
                assert!(statuses::insert(&tx, new).await?);
            }
            Ok(all)
        }).await;
        let kept: Vec<(String, Option<String>)> =
            db.read(|r| async move { r.all(sql!("SELECT uri, url FROM statuses ORDER BY id"), args![]).await }).await;
        let lengths: Vec<(bool, bool)> = kept.iter().map(|(uri, url)| (uri.is_empty(), url.is_none())).collect();
        assert_eq!(lengths, [(true, true), (false, false), (true, true), (false, true)]);
        for new in made {
            let found = db.read(move |r| async move { statuses::find(&r, new.id).await }).await.unwrap();
            assert_eq!((found.uri, found.url, found.content), (new.uri, new.url, new.content));
        }
    }

    async fn local_statuses_are_counted_from_the_counters(db) {
        let count = || db.read(|r| async move { statuses::count_local(&r).await });
        assert_eq!(count().await, 0);
        let (a, b, remote) = (db.user().await, db.user().await, db.account_on("there.test").await);
        db.write(move |tx| async move {
            let posted = |statuses| stats::AccountDelta { statuses, ..Default::default() };
            stats::add_to_accounts(&tx, vec![(a, posted(3)), (b, posted(4)), (remote, posted(100))]).await
        }).await;
        assert_eq!(count().await, 7);
    }
}

#[test]
fn visibilities_are_numbered_and_named_as_in_the_api() {
    for (number, word) in [(0, "public"), (1, "unlisted"), (2, "private"), (3, "direct")] {
        assert_eq!(Visibility::from_number(number).word(), word);
        assert_eq!(Visibility::from_word(word).unwrap() as i64, number);
    }
    assert_eq!(Visibility::from_number(4).word(), "private");
    assert_eq!(Visibility::from_number(9), Visibility::Direct, "what is not known is shown to the fewest");
    assert_eq!(Visibility::from_word("limited"), None);
}
