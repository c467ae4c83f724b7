//! Relationships.

use store::{AccountId, account_notes, accounts, blocks, domain_blocks, follow_requests, follows, mutes};
use wire::mastodon as m;
use wire::{DateTime, Id};

use crate::{App, Error, Result, Viewer};

/// What the viewer is to one account. Errors: `NotFound`.
pub async fn relationship(app: &App, viewer: &Viewer, id: AccountId) -> Result<m::Relationship> {
    relationships(app, viewer, vec![id], true).await?.pop().ok_or_else(Error::not_found)
}

/// What the viewer is to each of `ids`, in their order; unknown accounts are left out, and suspended ones
/// unless `with_suspended`.
pub async fn relationships(app: &App, viewer: &Viewer, ids: Vec<AccountId>, with_suspended: bool) -> Result<Vec<m::Relationship>> {
    let (me, wanted) = (viewer.account_id, ids.clone());
    let ties = app.read(move |r| async move { find(&r, me, &wanted, with_suspended).await }).await?;
    Ok(ids.into_iter().filter(|id| ties.known.contains(id)).map(|id| ties.of(me, id)).collect())
}

/// All that holds between the viewer and some accounts.
struct Ties {
    known: Vec<AccountId>,
    follows: Vec<follows::Follow>,
    requests: Vec<follow_requests::FollowRequest>,
    /// Who blocks whom.
    blocks: Vec<(AccountId, AccountId)>,
    mutes: Vec<mutes::Mute>,
    on_blocked_hosts: Vec<AccountId>,
    notes: Vec<(AccountId, String)>,
}

async fn find(r: &store::Reader, me: AccountId, ids: &[AccountId], with_suspended: bool) -> Result<Ties> {
    let known = accounts::list(r, ids).await?;
    Ok(Ties {
        known: known.iter().filter(|a| a.id.0 > 0 && (with_suspended || a.suspended_at.is_none())).map(|a| a.id).collect(),
        follows: follows::list_between(r, me, ids).await?,
        requests: follow_requests::list_between(r, me, ids).await?,
        blocks: blocks::list_between(r, me, ids).await?,
        mutes: mutes::list(r, me, ids).await?,
        on_blocked_hosts: domain_blocks::list_covered(r, me, ids).await?,
        notes: account_notes::list(r, me, ids).await?,
    })
}

impl Ties {
    fn of(&self, me: AccountId, id: AccountId) -> m::Relationship {
        let follow = self.follows.iter().find(|f| f.account_id == me && f.target_account_id == id);
        let request = self.requests.iter().find(|q| q.account_id == me && q.target_account_id == id);
        let mute = self.mutes.iter().find(|mute| mute.target_account_id == id);
        // A request already has the options of the follow it will become.
        let options = follow
            .map(|f| (f.show_reblogs, f.notify, f.languages.as_deref()))
            .or(request.map(|q| (q.show_reblogs, q.notify, q.languages.as_deref())));
        let (showing_reblogs, notifying, languages) = options.unwrap_or_default();
        m::Relationship {
            id: Id(id.0),
            following: follow.is_some(),
            showing_reblogs,
            notifying,
            languages: languages.map(|codes| codes.split(',').filter(|code| !code.is_empty()).map(str::to_owned).collect()),
            followed_by: self.follows.iter().any(|f| f.target_account_id == me && f.account_id == id),
            blocking: self.blocks.contains(&(me, id)),
            blocked_by: self.blocks.contains(&(id, me)),
            muting: mute.is_some(),
            muting_notifications: mute.is_some_and(|mute| mute.hide_notifications),
            muting_expires_at: mute.and_then(|mute| mute.expires_at).map(DateTime),
            requested: request.is_some(),
            requested_by: self.requests.iter().any(|q| q.target_account_id == me && q.account_id == id),
            domain_blocking: self.on_blocked_hosts.contains(&id),
            endorsed: false,
            note: self.notes.iter().find(|(about, _)| *about == id).map(|(_, comment)| comment.clone()).unwrap_or_default(),
        }
    }
}
