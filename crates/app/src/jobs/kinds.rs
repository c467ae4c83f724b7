//! Every kind of job.

use std::future::Future;
use std::pin::Pin;

use store::jobs::Lane;

use super::job::Job;
use crate::queue::{self, Outcome};
use crate::{App, Result};

/// A job on its way.
type Running = Pin<Box<dyn Future<Output = Result<Outcome>> + Send>>;

/// A line of the registry.
pub(crate) struct Kind {
    pub name: &'static str,
    pub lane: Lane,
    pub tries: i64,
    pub run: fn(App, String) -> Running,
}

/// Every kind there is.
pub(crate) const KINDS: &[Kind] = &[
    kind::<queue::FanOut>(),
    kind::<queue::Notify>(),
    kind::<queue::NotifyEdit>(),
    kind::<queue::ClosePoll>(),
    kind::<queue::PostScheduled>(),
    kind::<queue::RemoveReblogs>(),
    kind::<queue::ProcessMedia>(),
    kind::<queue::RebuildFeed>(),
    kind::<queue::PushNotification>(),
    kind::<queue::RemoveStatus>(),
    kind::<queue::RemoveAccount>(),
    kind::<queue::Expire>(),
    kind::<queue::ApplyDomainRule>(),
    kind::<queue::AuthorizeAll>(),
    kind::<queue::ClearNotifications>(),
    kind::<queue::EndMute>(),
    kind::<queue::LeaveHost>(),
    kind::<queue::LookAtMedia>(),
    kind::<queue::NotifyFollowers>(),
    kind::<queue::CountActivity>(),
    kind::<queue::Distribute>(),
    kind::<queue::DistributeTallies>(),
    kind::<queue::DistributeProfile>(),
    kind::<queue::SendMail>(),
    kind::<queue::MailLink>(),
    kind::<queue::IndexStatus>(),
    kind::<queue::IndexAccount>(),
    kind::<queue::BuildSearchIndex>(),
    kind::<queue::FetchThread>(),
    kind::<queue::FetchFeatured>(),
    kind::<queue::FetchReplies>(),
    kind::<queue::FetchMention>(),
    kind::<queue::RefreshPoll>(),
    kind::<queue::RefreshAccount>(),
    kind::<queue::RefreshAccounts>(),
    kind::<queue::ResolveMentions>(),
    kind::<queue::FetchCounters>(),
    kind::<queue::FetchSoftware>(),
    kind::<queue::ReceiveActivity>(),
    kind::<queue::AskForActivity>(),
    #[cfg(test)]
    kind::<crate::tests::jobs::Scripted>(),
];

const fn kind<J: Job>() -> Kind {
    Kind { name: J::KIND, lane: J::LANE, tries: J::TRIES, run: |app, payload| Box::pin(run::<J>(app, payload)) }
}

async fn run<J: Job>(app: App, payload: String) -> Result<Outcome> {
    match serde_json::from_str::<J>(&payload) {
        Ok(job) => job.run(&app).await,
        Err(error) => Ok(Outcome::Retry(format!("the payload cannot be read by this version: {error}"))),
    }
}
