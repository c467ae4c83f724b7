//! What happened, told to whoever listens on this node: streams, caches, waiting uploads.
//!
//! Events carry ids only; each listener reads for itself. They are sent after the commit; a crash in
//! between loses them, so nothing durable may depend on one.

use serde::{Deserialize, Serialize};
use store::{AccountConversationId, AccountId, ListId, MediaId, NotificationId, StatusId, TokenId, Tx};
use tokio::sync::broadcast;

/// Events a slow listener may be behind before it loses some.
const BUFFER: usize = 4096;

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
}

/// The in-process bus.
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

/// Sends `event` once `tx` has committed.
pub fn publish(tx: &Tx, event: &Event) {
    match serde_json::to_string(event) {
        Ok(text) => tx.publish(text),
        Err(error) => tracing::error!(%error, "an event cannot be written as JSON"),
    }
}
