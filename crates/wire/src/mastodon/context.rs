//! The thread around a status.

use serde::{Deserialize, Serialize};

use super::Status;

/// What a status answers, oldest first, and what answers it.
///
/// Source: docs.joinmastodon.org/entities/Context/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Context {
    pub ancestors: Vec<Status>,
    pub descendants: Vec<Status>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use super::*;

    #[test]
    fn a_thread_has_what_came_before_and_after() {
        check(Context { ancestors: vec![Status::default()], descendants: vec![] }, json!({ "ancestors": [Status::default()], "descendants": [] }));
    }
}
