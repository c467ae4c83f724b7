//! Jobs: what follows from a write and may take its time.
//!
//! A job is enqueued in the transaction that causes it, runs at least once, and its body may run
//! twice without harm. To add one: its payload in [`queue`], its file here, its line in [`KINDS`].

mod apply_domain_rule;
mod ask_for_activity;
mod authorize_all;
mod build_search_index;
mod clear_notifications;
mod close_poll;
mod count_activity;
mod distribute;
mod end_mute;
mod expire;
mod fan_out;
mod fetch_counters;
mod fetch_featured;
mod fetch_mention;
mod fetch_replies;
mod fetch_software;
mod fetch_thread;
mod index_account;
mod index_status;
mod job;
mod leave_host;
mod look_at_media;
mod mail_link;
mod notify;
mod notify_edit;
mod notify_followers;
mod post_scheduled;
mod process_media;
mod push_notification;
mod queued;
mod rebuild_feed;
mod receive_activity;
mod refresh_account;
mod refresh_accounts;
mod refresh_poll;
mod remove_account;
mod remove_reblogs;
mod remove_status;
mod resolve_mentions;
mod runner;
mod send_mail;

pub use job::Job;
use job::{Kind, kind};
pub use queued::{counts, dead, dead_deliveries, delivery, hosts, measure, recover, revive};
pub use runner::{Workers, drain, run_due};

use crate::queue;

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
