//! What other servers are asked for again, since somebody meets it and it may be old.

use store::{PollId, Tx, hosts, remote_statuses};
use url::Url;

use crate::Result;
use crate::clock::DAY_MS;
use crate::queue::{self, FetchSoftware, RefreshPoll};
use crate::urls::domain_of;

/// A server is asked once in so long, whether or not it answered.
const SOFTWARE_MS: i64 = 7 * DAY_MS;
/// Counts are not asked for again so soon.
const POLL_MS: i64 = 3 * 60 * 1000;

/// Has the server of the address `uri` asked what it runs, unless it was within the last week.
pub(crate) async fn software(tx: &Tx, uri: &str) -> Result<()> {
    let (Some(domain), Ok(url)) = (domain_of(uri), Url::parse(uri)) else { return Ok(()) };
    if hosts::begin_software_check(tx, &domain, SOFTWARE_MS).await? {
        queue::enqueue(tx, &FetchSoftware { origin: url.origin().ascii_serialization() }).await?;
    }
    Ok(())
}

/// Has the counts asked for, if they may be old: not of a poll whose counts were asked for after its end.
pub(crate) async fn poll(tx: &Tx, poll: PollId) -> Result<()> {
    let Some(asked) = remote_statuses::find_poll(tx, poll).await? else { return Ok(()) };
    let last = asked.last_fetched_at.unwrap_or_default();
    if tx.now() - last >= POLL_MS && asked.expires_at.is_none_or(|end| last < end) {
        remote_statuses::touch_poll(tx, poll).await?;
        queue::enqueue(tx, &RefreshPoll { poll }).await?;
    }
    Ok(())
}
