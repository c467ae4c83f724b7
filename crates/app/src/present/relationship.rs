//! Relationships.

use store::{AccountId, accounts, follows};
use wire::Id;
use wire::mastodon as m;

use crate::{App, Result, Viewer};

/// What the viewer is to each of `ids`, in their order; unknown accounts are left out.
pub async fn relationships(app: &App, viewer: &Viewer, ids: Vec<AccountId>) -> Result<Vec<m::Relationship>> {
    let (me, wanted) = (viewer.account_id, ids.clone());
    let (known, between) = app
        .read(move |r| async move {
            let known: Vec<AccountId> = accounts::list(&r, &wanted).await?.iter().map(|a| a.id).collect();
            Ok((known, follows::list_between(&r, me, &wanted).await?))
        })
        .await?;
    let shown = ids.into_iter().filter(|id| known.contains(id)).map(|id| {
        let follow = between.iter().find(|f| f.account_id == me && f.target_account_id == id);
        m::Relationship {
            id: Id(id.0),
            following: follow.is_some(),
            showing_reblogs: follow.is_some_and(|f| f.show_reblogs),
            notifying: follow.is_some_and(|f| f.notify),
            languages: follow
                .and_then(|f| f.languages.as_deref())
                .map(|codes| codes.split(',').filter(|code| !code.is_empty()).map(str::to_owned).collect()),
            followed_by: between.iter().any(|f| f.target_account_id == me && f.account_id == id),
            ..m::Relationship::default()
        }
    });
    Ok(shown.collect())
}
