//! Following, and what two accounts are to each other.

use store::accounts;
use store::follows::{self, Options};
use store::notifications::{self, NewNotification};
use store::page::Page;
use store::stats::{self, AccountDelta};
use store::{AccountId, FollowId, feeds};

use crate::jobs::{self, Notify};
use crate::{App, Error, Result, Viewer, Words};

/// Statuses of a newly followed account that come into the home feed at once.
const MERGED: i64 = 200;
/// Languages a follow may be narrowed to.
const LANGUAGES_MAX: usize = 50;

/// How the viewer wants to follow.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    pub reblogs: Option<bool>,
    pub notify: Option<bool>,
    pub languages: Vec<String>,
}

/// Follows `target`, or changes how it is followed.
///
/// Errors: `NotFound`; `Forbidden` for oneself; `Invalid` past the limit of follows.
/// Source: docs.joinmastodon.org/methods/accounts/#follow
pub async fn follow(app: &App, viewer: &Viewer, target: AccountId, wish: Wish) -> Result<()> {
    let (viewer, limit) = (viewer.account_id, app.options.limits.follows);
    if viewer == target {
        return Err(Error::forbidden());
    }
    app.write(move |tx| async move {
        let account =
            accounts::find(&tx, target).await?.filter(|a| a.usable && a.id.0 > 0 && a.suspended_at.is_none()).ok_or_else(Error::not_found)?;
        let me = accounts::find(&tx, viewer).await?.ok_or_else(Error::not_found)?;
        let before = follows::list_between(&tx, viewer, &[target]).await?.into_iter().find(|f| f.account_id == viewer);
        if before.is_none() && me.following_count >= limit {
            return Err(Error::Invalid(vec![Words::new("error-follow-limit").with("limit", limit)]));
        }
        let options = Options {
            show_reblogs: wish.reblogs.unwrap_or(before.as_ref().is_none_or(|f| f.show_reblogs)),
            notify: wish.notify.unwrap_or(before.as_ref().is_some_and(|f| f.notify)),
            languages: languages(&wish.languages).or(before.and_then(|f| f.languages)),
        };
        let Some(follow) = follows::insert(&tx, viewer, target, &options).await? else { return Ok(()) };
        feeds::merge(&tx, viewer, target, MERGED).await?;
        if account.is_local() {
            let new = NewNotification {
                account_id: target,
                from_account_id: viewer,
                kind: "follow",
                status_id: None,
                activity_id: follow.0,
                group_key: None,
            };
            jobs::enqueue(&tx, &Notify::from(new)).await?;
        }
        let deltas =
            vec![(viewer, AccountDelta { following: 1, ..Default::default() }), (target, AccountDelta { followers: 1, ..Default::default() })];
        Ok(stats::add_to_accounts(&tx, deltas).await?)
    })
    .await
}

/// Codes between commas, as the table keeps them.
fn languages(wish: &[String]) -> Option<String> {
    let known: Vec<&str> = wish.iter().take(LANGUAGES_MAX).filter_map(|code| text::language::normalize(code)).collect();
    (!known.is_empty()).then(|| format!(",{},", known.join(",")))
}

/// Ends a follow; unfollowing somebody one does not follow is no error.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/accounts/#unfollow
pub async fn unfollow(app: &App, viewer: &Viewer, target: AccountId) -> Result<()> {
    let viewer = viewer.account_id;
    app.write(move |tx| async move {
        accounts::find(&tx, target).await?.filter(|a| a.id.0 > 0).ok_or_else(Error::not_found)?;
        let follow = follows::find_id(&tx, viewer, target).await?;
        if !follows::delete(&tx, viewer, target).await? {
            return Ok(());
        }
        if let Some(follow) = follow {
            notifications::retract(&tx, viewer, "follow", follow.0, target).await?;
        }
        feeds::unmerge(&tx, viewer, target).await?;
        let deltas =
            vec![(viewer, AccountDelta { following: -1, ..Default::default() }), (target, AccountDelta { followers: -1, ..Default::default() })];
        Ok(stats::add_to_accounts(&tx, deltas).await?)
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
/// the account hides its lists.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/accounts/#followers
pub async fn list(app: &App, viewer: Option<AccountId>, of: AccountId, direction: Direction, page: Page) -> Result<Vec<(FollowId, AccountId)>> {
    app.read(move |r| async move {
        let account = accounts::find(&r, of).await?.filter(|a| a.usable && a.id.0 > 0).ok_or_else(Error::not_found)?;
        let hidden = account.hide_collections == Some(true) && viewer != Some(of);
        if hidden || account.suspended_at.is_some() {
            return Ok(Vec::new());
        }
        match direction {
            Direction::Followers => Ok(follows::followers_page(&r, of, &page).await?),
            Direction::Following => Ok(follows::following_page(&r, of, &page).await?),
        }
    })
    .await
}
