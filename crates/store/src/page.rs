//! Keyset pages, newest first.

use crate::{Value, args};

/// Which part of a list is wanted. `min_id` wins over `since_id`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Strictly older than this.
    pub max_id: Option<i64>,
    /// The newest items strictly newer than this.
    pub since_id: Option<i64>,
    /// The items immediately newer than this.
    pub min_id: Option<i64>,
    pub limit: i64,
}

impl Page {
    /// The first page.
    pub fn first(limit: i64) -> Page {
        Page { limit, ..Page::default() }
    }

    /// Whether rows are taken oldest first (and turned round before they are returned).
    pub fn ascends(&self) -> bool {
        self.min_id.is_some()
    }

    /// `$1` below, `$2` above, `$3` limit, followed by `rest`.
    pub(crate) fn args(&self, rest: impl IntoIterator<Item = Value>) -> Vec<Value> {
        let above = self.min_id.or(self.since_id).unwrap_or(0);
        let mut all = Vec::from(args![self.max_id.unwrap_or(i64::MAX), above, self.limit]);
        all.extend(rest);
        all
    }
}

/// Runs a paged query: `$select` ends in a WHERE clause whose own arguments begin at `$4`; rows are
/// keyed by `$key`. Returns them newest first.
macro_rules! paged {
    ($reader:expr, $page:expr, $method:ident, $select:expr, $key:literal, [$($arg:expr),* $(,)?]) => {{
        let page: &$crate::page::Page = $page;
        let args = page.args($crate::args![$($arg),*]);
        if page.ascends() {
            let sql = $crate::sql!(concat!($select, " AND ", $key, " < $1 AND ", $key, " > $2 ORDER BY ", $key, " ASC LIMIT $3"));
            let mut rows = $reader.$method(sql, args).await?;
            rows.reverse();
            rows
        } else {
            let sql = $crate::sql!(concat!($select, " AND ", $key, " < $1 AND ", $key, " > $2 ORDER BY ", $key, " DESC LIMIT $3"));
            $reader.$method(sql, args).await?
        }
    }};
}
pub(crate) use paged;
