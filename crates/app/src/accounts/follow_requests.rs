//! Follow requests: who asks the viewer, and the viewer's answers.

use store::follow_requests::FollowRequest;
use store::follows::{self, Options};
use store::page::Page;
use store::{AccountId, FollowRequestId, Tx, follow_requests};

use crate::accounts::follow::{begin, count, take_request, tell};
use crate::federation::outgoing;
use crate::queue::{self, AuthorizeAll};
use crate::{App, Error, Result, Viewer};

/// A page of who asks to follow the viewer, keyed by the request.
/// Source: docs.joinmastodon.org/methods/follow_requests/#get
pub async fn list(app: &App, viewer: &Viewer, page: Page) -> Result<Vec<(FollowRequestId, AccountId)>> {
    let me = viewer.account_id;
    app.read(move |r| async move { Ok(follow_requests::page(&r, me, &page).await?) }).await
}

/// Lets somebody follow the viewer.
///
/// Errors: `NotFound` if they do not ask. Source: docs.joinmastodon.org/methods/follow_requests/#accept
pub async fn authorize(app: &App, viewer: &Viewer, account: AccountId) -> Result<()> {
    let me = viewer.account_id;
    app.write(move |tx| async move { if accept(&tx, account, me, true).await? { Ok(()) } else { Err(Error::not_found()) } }).await
}

/// Turns a request into a follow, which the target is told of if `told`, and the follower's server in any
/// case; false if there was none.
pub(crate) async fn accept(tx: &Tx, account: AccountId, target: AccountId, told: bool) -> Result<bool> {
    let Some(FollowRequest { id, show_reblogs, notify, languages, uri, .. }) = take_request(tx, account, target).await? else { return Ok(false) };
    outgoing::accept::deliver(tx, target, account, id.0, uri.as_deref()).await?;
    if let Some(follow) = begin(tx, account, target, &Options { show_reblogs, notify, languages }).await? {
        if let Some(uri) = uri {
            follows::set_uri(tx, account, target, &uri).await?;
        }
        if told {
            tell(tx, account, target, follow).await?;
        }
        count(tx, account, target, 1).await?;
    }
    Ok(true)
}

/// Refuses somebody who asks to follow the viewer.
///
/// Errors: `NotFound` if they do not ask. Source: docs.joinmastodon.org/methods/follow_requests/#reject
pub async fn reject(app: &App, viewer: &Viewer, account: AccountId) -> Result<()> {
    let me = viewer.account_id;
    app.write(move |tx| async move {
        let request = take_request(&tx, account, me).await?.ok_or_else(Error::not_found)?;
        outgoing::reject::deliver(&tx, me, account, request.id.0, request.uri.as_deref()).await
    })
    .await
}

/// Lets in everybody who waits (but accounts limited by a moderator), by a job. For an account that is
/// locked no longer.
pub async fn authorize_all(tx: &Tx, account: AccountId) -> Result<()> {
    queue::enqueue(tx, &AuthorizeAll { account, after: FollowRequestId(0) }).await
}
