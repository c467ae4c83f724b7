//! Blocking a host, for oneself.

use store::page::Page;
use store::{DomainBlockId, domain_blocks};

use crate::queue::{self, LeaveHost};
use crate::{App, Error, Result, Viewer};

/// The host's name as it is stored. Errors: `Invalid`.
fn host(written: &str) -> Result<String> {
    if written.trim().is_empty() {
        return Err(Error::invalid("invalid-domain-blank"));
    }
    text::domains::normalize(written).ok_or_else(|| Error::invalid("invalid-domain"))
}

/// Blocks a host. A job ends follows with it both ways, and takes what comes from it out of feeds and
/// notifications. Twice is the same as once.
///
/// Errors: `Invalid`. Source: docs.joinmastodon.org/methods/domain_blocks/#block
pub async fn block(app: &App, viewer: &Viewer, domain: &str) -> Result<()> {
    let (account, domain) = (viewer.account_id, host(domain)?);
    app.write(move |tx| async move {
        domain_blocks::insert(&tx, account, &domain).await?;
        queue::enqueue(&tx, &LeaveHost { account, domain }).await
    })
    .await
}

/// Ends the block of a host; no error if there was none.
/// Source: docs.joinmastodon.org/methods/domain_blocks/#unblock
pub async fn unblock(app: &App, viewer: &Viewer, domain: &str) -> Result<()> {
    let account = viewer.account_id;
    let Ok(domain) = host(domain) else { return Ok(()) };
    app.write(move |tx| async move { Ok(domain_blocks::delete(&tx, account, &domain).await?) }).await
}

/// A page of the hosts the viewer blocks, keyed by the block.
/// Source: docs.joinmastodon.org/methods/domain_blocks/#get
pub async fn list(app: &App, viewer: &Viewer, page: Page) -> Result<Vec<(DomainBlockId, String)>> {
    let me = viewer.account_id;
    app.read(move |r| async move { Ok(domain_blocks::page(&r, me, &page).await?) }).await
}

/// How many follows a block of the host would end: the viewer's, and those of the viewer.
pub async fn preview(app: &App, viewer: &Viewer, domain: &str) -> Result<(i64, i64)> {
    let me = viewer.account_id;
    let Ok(domain) = host(domain) else { return Ok((0, 0)) };
    app.read(move |r| async move { Ok(domain_blocks::count_follows(&r, me, &domain).await?) }).await
}
