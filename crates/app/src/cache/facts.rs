//! Numbers and words of the instance, as they were counted last.

use std::collections::BTreeMap;
use std::sync::Arc;

use store::accounts::Account;
use store::rules::{Rule, Translation};

/// Numbers and words of the instance.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub users: i64,
    pub active_month: i64,
    pub active_half_year: i64,
    pub statuses: i64,
    pub contact: Option<Account>,
    pub rules: Arc<Vec<Translated>>,
    /// Domains of servers with accounts known here, in order.
    pub peers: Arc<Vec<String>>,
}

/// A rule with its translations by language.
#[derive(Clone, Debug)]
pub struct Translated {
    pub rule: Rule,
    pub translations: BTreeMap<String, Translation>,
}
