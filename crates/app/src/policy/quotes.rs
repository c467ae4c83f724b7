//! Who may quote a status, as its author says.

use store::statuses::Visibility;

use crate::{Error, Result};

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
