//! Who may quote a status.

use store::statuses::{self, Visibility};
use store::{AccountId, StatusId};

use crate::bus::{self, Event};
use crate::{App, Error, Result, Viewer, policy};

/// `statuses.quote_approval_policy`: bits of who is let in at once stand above the lowest 16.
const AUTOMATIC_SHIFT: i64 = 16;
const PUBLIC: i64 = 1 << 1;
const FOLLOWERS: i64 = 1 << 2;
const FOLLOWING: i64 = 1 << 3;
const UNSUPPORTED: i64 = 1;

/// Everybody, at once.
pub const ANYBODY: i64 = PUBLIC << AUTOMATIC_SHIFT;
/// The author's followers, at once.
pub const ANY_FOLLOWER: i64 = FOLLOWERS << AUTOMATIC_SHIFT;
pub const NOBODY: i64 = 0;

/// The policy that a word of the API names: `public`, `followers`, `nobody`.
///
/// Errors: `Invalid`.
pub fn from_word(word: &str) -> Result<i64> {
    match word {
        "public" => Ok(ANYBODY),
        "followers" => Ok(ANY_FOLLOWER),
        "nobody" => Ok(NOBODY),
        _ => Err(Error::invalid("invalid-quote-policy")),
    }
}

/// The policy that `word` or else the viewer's default names. Errors: `Invalid`.
pub(crate) fn wished(viewer: &Viewer, word: Option<String>) -> Result<i64> {
    word.or_else(|| viewer.preferences.default_quote_policy.clone()).map_or(Ok(ANYBODY), |word| from_word(&word))
}

/// What holds for a status of this visibility: what few may see, nobody may quote.
pub fn within(visibility: Visibility, policy: i64) -> i64 {
    match visibility {
        Visibility::Public | Visibility::Unlisted => policy,
        Visibility::Private | Visibility::Direct | Visibility::Limited => NOBODY,
    }
}

/// Who is let in at once, and who after the author has been asked.
pub fn groups(policy: i64) -> (Vec<Group>, Vec<Group>) {
    let of = |bits: i64| Group::ALL.into_iter().filter(|group| bits & group.bit() != 0).collect();
    (of(policy >> AUTOMATIC_SHIFT), of(policy & ((1 << AUTOMATIC_SHIFT) - 1)))
}

/// A group of people that a policy names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Public,
    Followers,
    Following,
    /// What the policy of another server says and this one does not understand.
    Unsupported,
}

impl Group {
    const ALL: [Group; 4] = [Group::Public, Group::Followers, Group::Following, Group::Unsupported];

    fn bit(self) -> i64 {
        match self {
            Group::Public => PUBLIC,
            Group::Followers => FOLLOWERS,
            Group::Following => FOLLOWING,
            Group::Unsupported => UNSUPPORTED,
        }
    }
}

/// Changes who may quote the viewer's own status `id`; that is no edit. `None` is the author's default.
///
/// Errors: `NotFound` if the viewer may not see it, `Forbidden` if it is somebody else's, `Invalid`.
/// Source: docs.joinmastodon.org/methods/statuses/#edit_interaction_policy
pub async fn set(app: &App, viewer: &Viewer, id: StatusId, word: Option<String>) -> Result<()> {
    let (wished, me): (i64, AccountId) = (wished(viewer, word)?, viewer.account_id);
    app.write(move |tx| async move {
        let status = policy::visible_status(&tx, Some(me), id).await?;
        if status.account_id != me || status.reblog_of_id.is_some() {
            return Err(Error::forbidden());
        }
        let policy = within(status.visibility(), wished);
        if policy != status.quote_approval_policy {
            statuses::set_quote_policy(&tx, id, policy).await?;
            bus::publish(&tx, &Event::Edited { status: id });
        }
        Ok(())
    })
    .await
}
