//! ResolveMentions: asks again for people whom a status mentions, whose servers did not answer in time.

use serde::{Deserialize, Serialize};
use store::StatusId;
use store::jobs::Lane;
use text::MentionRef;

use super::{Job, Outcome};
use crate::statuses::mentions;
use crate::{App, Result};

#[derive(Debug, Serialize, Deserialize)]
pub struct ResolveMentions {
    pub status: StatusId,
    /// Names and domains as they were written.
    pub mentions: Vec<(String, String)>,
}

impl Job for ResolveMentions {
    const KIND: &'static str = "resolve_mentions";
    const LANE: Lane = Lane::Fetch;
    const TRIES: i64 = 6;

    async fn run(self, app: &App) -> Result<Outcome> {
        let mention = |(username, domain): (String, String)| MentionRef { username, domain: Some(domain) };
        let mentions: Vec<MentionRef> = self.mentions.into_iter().map(mention).collect();
        let left = mentions::catch_up(app, self.status, &mentions).await?;
        let name = |mention: &MentionRef| format!("@{}@{}", mention.username, mention.domain.as_deref().unwrap_or_default());
        Ok(match left.first() {
            None => Outcome::Done,
            Some(first) => Outcome::Retry(format!("the server of {} does not answer", name(first))),
        })
    }
}
