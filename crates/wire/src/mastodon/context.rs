//! The thread around a status.

use serde::{Deserialize, Serialize};

use super::Status;
use crate::written::{self, WriteJson};

/// What a status answers, oldest first, and what answers it.
///
/// Source: docs.joinmastodon.org/entities/Context/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Context {
    pub ancestors: Vec<Status>,
    pub descendants: Vec<Status>,
}

impl WriteJson for Context {
    fn write_json(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        out.extend_from_slice(b"{\"ancestors\":");
        self.ancestors.write_json(out)?;
        written::field(out, "descendants", &self.descendants)?;
        written::end(out);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{check, check_written};
    use super::*;

    #[test]
    fn it_is_the_same_in_whichever_way_it_is_written() {
        check_written(&Context { ancestors: vec![Status::default()], descendants: vec![Status::default(), Status::default()] });
    }

    #[test]
    fn a_thread_has_what_came_before_and_after() {
        check(Context { ancestors: vec![Status::default()], descendants: vec![] }, json!({ "ancestors": [Status::default()], "descendants": [] }));
    }
}
