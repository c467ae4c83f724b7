//! Remove: a status is pinned no longer.

use super::{Inbound, Verdict};
use crate::{App, Result};

pub(super) async fn receive(app: &App, inbound: Inbound) -> Result<Verdict> {
    let _ = (app, inbound);
    Ok(Verdict::Dropped("not taken yet"))
}
