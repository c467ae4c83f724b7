//! Following, and asking to follow.

use store::accounts;
use store::follow_requests::FollowRequest;
use store::follows::{self, Options};
use store::notifications::{self, Cause, NewNotification};
use store::page::Page;
use store::stats::{self, AccountDelta};
use store::{AccountId, FollowId, FollowRequestId, Tx, blocks, domain_blocks, feeds, follow_requests, removal};

use crate::effects::notify;
use crate::federation::outgoing;
use crate::{App, Error, Result, Viewer, Words};

/// Statuses of a newly followed account that come into the home feed at once.
const MERGED: i64 = 200;
/// Languages a follow may be narrowed to.
const LANGUAGES_MAX: usize = 50;

/// How the viewer wants to follow; what is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    pub reblogs: Option<bool>,
    pub notify: Option<bool>,
    /// An empty list is every language.
    pub languages: Option<Vec<String>>,
}

/// Follows `target`, or changes how it is followed or asked to be followed. An account that is locked or
/// elsewhere, and anybody asked by an account limited by a moderator, answers first.
///
/// Errors: `NotFound`; `Forbidden` for oneself, where there is a block, and for who has moved elsewhere; `Invalid` past the limit of follows.
/// Source: docs.joinmastodon.org/methods/accounts/#follow
pub async fn follow(app: &App, viewer: &Viewer, target: AccountId, wish: Wish) -> Result<()> {
    follow_as(app, viewer.account_id, viewer.silenced, target, wish).await
}

/// As [`follow`], for the account `viewer`, which a moderator has limited if `silenced`.
pub(crate) async fn follow_as(app: &App, viewer: AccountId, silenced: bool, target: AccountId, wish: Wish) -> Result<()> {
    let limit = app.options.limits.follows;
    if viewer == target {
        return Err(Error::Forbidden(Words::new("error-follow-self")));
    }
    app.write(move |tx| async move {
        let account =
            accounts::find(&tx, target).await?.filter(|a| a.usable && a.id.0 > 0 && a.suspended_at.is_none()).ok_or_else(Error::not_found)?;
        let blocked = !blocks::list_between(&tx, viewer, &[target]).await?.is_empty();
        if blocked || (!account.is_local() && domain_blocks::exists(&tx, viewer, &account.domain).await?) || follows::has_moved(&tx, target).await? {
            return Err(Error::forbidden());
        }
        let before = follows::list_between(&tx, viewer, &[target]).await?.into_iter().find(|f| f.account_id == viewer);
        let asked = follow_requests::list_between(&tx, viewer, &[target]).await?.into_iter().find(|q| q.account_id == viewer);
        let (is_following, is_asking) = (before.is_some(), asked.is_some());
        let kept = before.map(|f| Options { show_reblogs: f.show_reblogs, notify: f.notify, languages: f.languages }).or(asked.map(|q| Options {
            show_reblogs: q.show_reblogs,
            notify: q.notify,
            languages: q.languages,
        }));
        let options = changed(kept, wish);
        if is_following {
            return Ok(follows::insert(&tx, viewer, target, &options).await.map(drop)?);
        }
        if is_asking {
            return Ok(follow_requests::insert(&tx, viewer, target, &options).await.map(drop)?);
        }
        let me = accounts::find(&tx, viewer).await?.ok_or_else(Error::not_found)?;
        if me.following_count >= limit {
            return Err(Error::Invalid(vec![Words::new("invalid-follow-limit").with("limit", limit)]));
        }
        if account.locked || silenced || !account.is_local() {
            return ask(&tx, viewer, target, account.is_local(), &options).await.map(drop);
        }
        let Some(follow) = begin(&tx, viewer, target, &options).await? else { return Ok(()) };
        tell(&tx, viewer, target, follow).await?;
        count(&tx, viewer, target, 1).await
    })
    .await
}

fn changed(kept: Option<Options>, wish: Wish) -> Options {
    let kept = kept.unwrap_or(Options { show_reblogs: true, notify: false, languages: None });
    Options {
        show_reblogs: wish.reblogs.unwrap_or(kept.show_reblogs),
        notify: wish.notify.unwrap_or(kept.notify),
        languages: match wish.languages {
            Some(codes) => languages(&codes),
            None => kept.languages,
        },
    }
}

/// Codes between commas, as the table keeps them.
fn languages(wish: &[String]) -> Option<String> {
    let known: Vec<&str> = wish.iter().take(LANGUAGES_MAX).filter_map(|code| text::language::normalize(code)).collect();
    (!known.is_empty()).then(|| format!(",{},", known.join(",")))
}

/// Has `target` asked, who is told here or where it lives. `None` if it was asked already.
pub(crate) async fn ask(tx: &Tx, account: AccountId, target: AccountId, local: bool, options: &Options) -> Result<Option<FollowRequestId>> {
    let request = follow_requests::insert(tx, account, target, options).await?;
    match request {
        Some(request) if local => {
            notify::notify(tx, NewNotification { account_id: target, from_account_id: account, cause: Cause::FollowRequest(request) }).await?
        }
        Some(request) => outgoing::follow::deliver(tx, account, target, request).await?,
        None => {}
    }
    Ok(request)
}

/// Makes the follow and fills the home of a follower who lives here; the caller counts it. `None` if it was there already.
pub(crate) async fn begin(tx: &Tx, account: AccountId, target: AccountId, options: &Options) -> Result<Option<FollowId>> {
    let Some(follow) = follows::insert(tx, account, target, options).await? else { return Ok(None) };
    if accounts::find(tx, account).await?.is_some_and(|account| account.is_local()) {
        feeds::merge(tx, account, target, MERGED).await?;
    }
    Ok(Some(follow))
}

/// Puts the newest statuses of somebody followed into the home feed again (after a mute).
pub(crate) async fn merge_again(tx: &Tx, account: AccountId, target: AccountId) -> Result<()> {
    if follows::exists(tx, account, target).await? {
        feeds::merge(tx, account, target, MERGED).await?;
    }
    Ok(())
}

/// Tells `target` of a new follower.
pub(crate) async fn tell(tx: &Tx, account: AccountId, target: AccountId, follow: FollowId) -> Result<()> {
    notify::notify(tx, NewNotification { account_id: target, from_account_id: account, cause: Cause::Follow(follow) }).await
}

/// Corrects the counters of both for one follow begun (1) or ended (-1).
pub(crate) async fn count(tx: &Tx, account: AccountId, target: AccountId, by: i64) -> Result<()> {
    let deltas =
        vec![(account, AccountDelta { following: by, ..Default::default() }), (target, AccountDelta { followers: by, ..Default::default() })];
    Ok(stats::add_to_accounts(tx, deltas).await?)
}

/// Ends a follow with its notification, its entries in feeds and its places in lists; the caller counts it
/// and tells other servers. Returns what it was; `None` if there was none.
pub(crate) async fn end(tx: &Tx, account: AccountId, target: AccountId) -> Result<Option<follows::Known>> {
    let Some(follow) = follows::find(tx, account, target).await? else { return Ok(None) };
    if !follows::delete(tx, account, target).await? {
        return Ok(None);
    }
    notifications::retract(tx, account, Cause::Follow(follow.id), target).await?;
    feeds::unmerge(tx, account, target).await?;
    removal::leave_lists(tx, account, target).await?;
    Ok(Some(follow))
}

/// Takes a request away, with its notification; returns what it was. The caller tells other servers.
pub(crate) async fn take_request(tx: &Tx, account: AccountId, target: AccountId) -> Result<Option<FollowRequest>> {
    let Some(request) = follow_requests::take(tx, account, target).await? else { return Ok(None) };
    notifications::retract(tx, account, Cause::FollowRequest(request.id), target).await?;
    Ok(Some(request))
}

/// Ends the follow of `account` and its wish for one, whichever there is, and tells the other side if it
/// lives elsewhere; the caller counts. True if there was a follow.
pub(crate) async fn sever(tx: &Tx, account: AccountId, target: AccountId) -> Result<bool> {
    if let Some(request) = take_request(tx, account, target).await? {
        outgoing::undo::follow(tx, account, target, request.id.0, request.uri.as_deref()).await?;
    }
    let Some(follow) = end(tx, account, target).await? else { return Ok(false) };
    outgoing::undo::follow(tx, account, target, follow.id.0, follow.uri.as_deref()).await?;
    Ok(true)
}

/// Ends a follow, or withdraws the request; unfollowing somebody one does not follow is no error.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/accounts/#unfollow
pub async fn unfollow(app: &App, viewer: &Viewer, target: AccountId) -> Result<()> {
    unfollow_as(app, viewer.account_id, target).await
}

/// As [`unfollow`], for the account `viewer`.
pub(crate) async fn unfollow_as(app: &App, viewer: AccountId, target: AccountId) -> Result<()> {
    app.write(move |tx| async move {
        accounts::find(&tx, target).await?.filter(|a| a.id.0 > 0).ok_or_else(Error::not_found)?;
        if sever(&tx, viewer, target).await? { count(&tx, viewer, target, -1).await } else { Ok(()) }
    })
    .await
}

/// Makes somebody follow the viewer no longer; no error if they do not.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/accounts/#remove_from_followers
pub async fn remove_follower(app: &App, viewer: &Viewer, follower: AccountId) -> Result<()> {
    let viewer = viewer.account_id;
    app.write(move |tx| async move {
        accounts::find(&tx, follower).await?.filter(|a| a.id.0 > 0).ok_or_else(Error::not_found)?;
        let Some(follow) = end(&tx, follower, viewer).await? else { return Ok(()) };
        outgoing::undo::follow(&tx, follower, viewer, follow.id.0, follow.uri.as_deref()).await?;
        count(&tx, follower, viewer, -1).await
    })
    .await
}

/// Which side of the follows is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Followers,
    Following,
}

/// A page of an account's followers or of whom it follows, keyed by the follow. Empty for others when
/// the account hides its lists, for whom it blocks, and when it is suspended; without those that the
/// viewer shuns.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/accounts/#followers
pub async fn list(app: &App, viewer: Option<AccountId>, of: AccountId, direction: Direction, page: Page) -> Result<Vec<(FollowId, AccountId)>> {
    app.read(move |r| async move {
        let account = accounts::find(&r, of).await?.filter(|a| a.usable && a.id.0 > 0).ok_or_else(Error::not_found)?;
        let hidden = account.hide_collections == Some(true) && viewer != Some(of);
        if hidden || account.suspended_at.is_some() || blocks::exists(&r, of, viewer.unwrap_or_default()).await? {
            return Ok(Vec::new());
        }
        match direction {
            Direction::Followers => Ok(follows::followers_page(&r, of, viewer, &page).await?),
            Direction::Following => Ok(follows::following_page(&r, of, viewer, &page).await?),
        }
    })
    .await
}

/// Familiar followers shown in one answer, over all accounts asked about.
const FAMILIAR_MAX: i64 = 1_000;

/// For each of `ids` that exists, in their order: who among those the viewer follows also follows it, the
/// newest first. Nobody for accounts that hide their lists.
///
/// Source: docs.joinmastodon.org/methods/accounts/#familiar_followers
pub async fn familiar(app: &App, viewer: &Viewer, ids: Vec<AccountId>) -> Result<Vec<(AccountId, Vec<AccountId>)>> {
    let me = viewer.account_id;
    app.read(move |r| async move {
        let known = accounts::list(&r, &ids).await?;
        let pairs = follows::list_familiar(&r, me, &ids, FAMILIAR_MAX).await?;
        let is_shown = |id: &AccountId| known.iter().any(|a| a.id == *id && a.suspended_at.is_none() && a.id.0 > 0);
        let of = |id| pairs.iter().filter(|(about, _)| *about == id).map(|(_, familiar)| *familiar).collect();
        Ok(ids.into_iter().filter(is_shown).map(|id| (id, of(id))).collect())
    })
    .await
}
