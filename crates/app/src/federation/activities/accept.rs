//! Accept: a follow asked for here is granted.

use super::{Inbound, Verdict};
use crate::{App, Result};

pub(super) async fn receive(app: &App, inbound: Inbound) -> Result<Verdict> {
    let _ = (app, inbound);
    Ok(Verdict::Dropped("not taken yet"))
}
