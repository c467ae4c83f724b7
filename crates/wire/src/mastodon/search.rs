//! What a search finds.

use serde::{Deserialize, Serialize};

use super::{Absent, Account, Status, Tag};
use crate::written::{self, WriteJson};

/// Source: docs.joinmastodon.org/entities/Search/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Search {
    pub accounts: Vec<Account>,
    pub statuses: Vec<Status>,
    pub hashtags: Vec<Tag>,
    pub collections: Vec<Absent>,
}

impl WriteJson for Search {
    fn write_json(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        #[derive(Serialize)]
        struct Rest<'a> {
            accounts: &'a [Account],
            hashtags: &'a [Tag],
            collections: &'a [Absent],
        }
        written::begin(out, &Rest { accounts: &self.accounts, hashtags: &self.hashtags, collections: &self.collections })?;
        written::field(out, "statuses", &self.statuses)?;
        written::end(out);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_written};
    use super::*;
    use serde_json::json;

    #[test]
    fn it_is_the_same_in_whichever_way_it_is_written() {
        check_written(&Search { statuses: vec![Status::default()], accounts: vec![Account::default()], ..Search::default() });
    }

    #[test]
    fn nothing_found_is_four_empty_lists() {
        check(Search::default(), json!({ "accounts": [], "statuses": [], "hashtags": [], "collections": [] }));
    }
}
