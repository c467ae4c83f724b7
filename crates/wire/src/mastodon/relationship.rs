//! What holds between the viewer and another account.

use serde::{Deserialize, Serialize};

use crate::{DateTime, Id};

/// The viewer's ties with the account `id`; "they" below is that account.
///
/// Source: docs.joinmastodon.org/entities/Relationship/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Relationship {
    pub id: Id,
    pub following: bool,
    /// Their boosts are in the viewer's home.
    pub showing_reblogs: bool,
    /// The viewer is notified when they post.
    pub notifying: bool,
    /// Only these languages of theirs are in the viewer's home; null for all.
    pub languages: Option<Vec<String>>,
    pub followed_by: bool,
    pub blocking: bool,
    pub blocked_by: bool,
    pub muting: bool,
    pub muting_notifications: bool,
    pub muting_expires_at: Option<DateTime>,
    /// The viewer's follow waits for their approval.
    pub requested: bool,
    /// Their follow waits for the viewer's approval.
    pub requested_by: bool,
    pub domain_blocking: bool,
    /// Featured on the viewer's profile.
    pub endorsed: bool,
    /// The viewer's private note; empty when there is none.
    pub note: String,
}

/// What blocking a host would end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DomainBlockPreview {
    /// Accounts there that the viewer follows.
    pub following_count: i64,
    /// Accounts there that follow the viewer.
    pub followers_count: i64,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use super::*;

    #[test]
    fn strangers_have_every_key() {
        check(
            Relationship { id: Id(2), ..Relationship::default() },
            json!({
                "id": "2",
                "following": false,
                "showing_reblogs": false,
                "notifying": false,
                "languages": null,
                "followed_by": false,
                "blocking": false,
                "blocked_by": false,
                "muting": false,
                "muting_notifications": false,
                "muting_expires_at": null,
                "requested": false,
                "requested_by": false,
                "domain_blocking": false,
                "endorsed": false,
                "note": "",
            }),
        );
    }

    #[test]
    fn a_followed_account_muted_for_a_while() {
        let relationship = Relationship {
            id: Id(2),
            following: true,
            languages: Some(vec!["en".into()]),
            muting: true,
            muting_expires_at: Some(DateTime(0)),
            ..Relationship::default()
        };
        let json = json!(relationship);
        assert_eq!(json["languages"], json!(["en"]));
        assert_eq!(json["muting_expires_at"], "1970-01-01T00:00:00.000Z");
        assert_eq!(serde_json::from_value::<Relationship>(json).ok(), Some(relationship));
    }
}
