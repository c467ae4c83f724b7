//! What a search finds.

use serde::{Deserialize, Serialize};

use super::{Absent, Account, Status, Tag};

/// Source: docs.joinmastodon.org/entities/Search/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Search {
    pub accounts: Vec<Account>,
    pub statuses: Vec<Status>,
    pub hashtags: Vec<Tag>,
    pub collections: Vec<Absent>,
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_found_is_four_empty_lists() {
        check(Search::default(), json!({ "accounts": [], "statuses": [], "hashtags": [], "collections": [] }));
    }
}
