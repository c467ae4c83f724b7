//! What happened, told to whoever listens: streams, caches, waiting uploads.
//!
//! Events carry ids only; each listener reads for itself. Those of this process are sent after the commit; a crash in
//! between loses them, so nothing durable may depend on one. Those of other processes on the same PostgreSQL come
//! through `store`, committed with what they are about.

use serde::{Deserialize, Serialize};
use store::{AccountConversationId, AccountId, ListId, MediaId, NotificationId, StatusId, TokenId, Tx};
use tokio::sync::broadcast;

/// Events a slow listener may be behind before it loses some.
const BUFFER: usize = 4096;
/// Ids that one event carries; a longer list is told in several, each of which fits into a message between processes.
const IDS_MAX: usize = 250;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A status came into the home feeds of these accounts.
    Feed {
        status: StatusId,
        accounts: Vec<AccountId>,
    },
    /// A status came into these lists' feeds.
    Lists {
        status: StatusId,
        lists: Vec<ListId>,
    },
    /// A status was posted, local or remote: no reblog. For the public and hashtag streams.
    Posted {
        status: StatusId,
    },
    /// A status, its poll's options or its media were edited.
    Edited {
        status: StatusId,
    },
    /// A direct message came into an account's conversation, or left it.
    Conversation {
        account: AccountId,
        conversation: AccountConversationId,
    },
    /// A status is gone from what these accounts and lists have.
    Deleted {
        status: StatusId,
        accounts: Vec<AccountId>,
        lists: Vec<ListId>,
    },
    /// A public original is gone. What decided its streams is told with it: its row may go at any time.
    Withdrawn {
        status: StatusId,
        local: bool,
        has_media: bool,
        /// Normalised names of hashtags.
        tags: Vec<String>,
    },
    Notification {
        account: AccountId,
        notification: NotificationId,
    },
    /// These tokens open nothing any more.
    Revoked {
        tokens: Vec<TokenId>,
    },
    /// What a user may do has changed: their sockets close, their cached tokens go.
    UserChanged {
        account: AccountId,
    },
    /// An upload has been processed, well or not.
    MediaDone {
        media: MediaId,
    },
    SettingsChanged,
    /// A custom emoji came, went or changed.
    EmojisChanged,
    /// A host was blocked or allowed, or is so no more.
    DomainsChanged,
    /// An account of another server has been written: its keys in memory are not used any more.
    KeysChanged {
        account: AccountId,
    },
    /// Other processes have told more than was heard here: whatever is kept may be wrong.
    Missed,
}

impl Event {
    /// The same in events of at most [`IDS_MAX`] ids.
    fn parts(&self) -> Vec<Event> {
        match self {
            Event::Feed { status, accounts } if accounts.len() > IDS_MAX => {
                accounts.chunks(IDS_MAX).map(|some| Event::Feed { status: *status, accounts: some.to_vec() }).collect()
            }
            Event::Lists { status, lists } if lists.len() > IDS_MAX => {
                lists.chunks(IDS_MAX).map(|some| Event::Lists { status: *status, lists: some.to_vec() }).collect()
            }
            Event::Deleted { status, accounts, lists } if accounts.len() + lists.len() > IDS_MAX => {
                let of_accounts = accounts.chunks(IDS_MAX).map(|some| (some.to_vec(), Vec::new()));
                let of_lists = lists.chunks(IDS_MAX).map(|some| (Vec::new(), some.to_vec()));
                of_accounts.chain(of_lists).map(|(accounts, lists)| Event::Deleted { status: *status, accounts, lists }).collect()
            }
            Event::Revoked { tokens } if tokens.len() > IDS_MAX => {
                tokens.chunks(IDS_MAX).map(|some| Event::Revoked { tokens: some.to_vec() }).collect()
            }
            _ => vec![self.clone()],
        }
    }
}

/// What this process tells and hears.
#[derive(Clone, Debug)]
pub struct Bus {
    sender: broadcast::Sender<Event>,
}

impl Default for Bus {
    fn default() -> Self {
        Bus { sender: broadcast::channel(BUFFER).0 }
    }
}

impl Bus {
    /// All events from now on. A listener told `Lagged` has lost some and must not trust what it keeps.
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }

    /// Tells every listener; nobody listening is no error.
    pub fn send(&self, event: Event) {
        let _ = self.sender.send(event);
    }
}

/// Sends `event` once `tx` has committed; with many ids in several parts.
pub fn publish(tx: &Tx, event: &Event) {
    for part in event.parts() {
        match serde_json::to_string(&part) {
            Ok(text) => tx.publish(text),
            Err(error) => tracing::error!(%error, "an event cannot be written as JSON"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_told_in_parts_that_lose_nobody() {
        let accounts: Vec<AccountId> = (0..1_001).map(AccountId).collect();
        let lists: Vec<ListId> = (0..300).map(ListId).collect();
        let event = Event::Deleted { status: StatusId(i64::MAX), accounts: accounts.clone(), lists: lists.clone() };
        let (mut told, mut told_lists) = (Vec::new(), Vec::new());
        for part in event.parts() {
            assert!(serde_json::to_string(&part).unwrap().len() < 6_000);
            let Event::Deleted { status: StatusId(i64::MAX), accounts, lists } = part else { panic!("another event") };
            told.extend(accounts);
            told_lists.extend(lists);
        }
        assert_eq!((told, told_lists), (accounts, lists));
        assert_eq!(Event::SettingsChanged.parts(), [Event::SettingsChanged]);
    }
}
