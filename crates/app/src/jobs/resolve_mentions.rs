//! ResolveMentions: asks again for people whom a status mentions, whose servers did not answer in time.

use text::MentionRef;

use super::job::Job;
use crate::queue::{Outcome, ResolveMentions};
use crate::statuses::mentions;
use crate::{App, Result};

impl Job for ResolveMentions {
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
