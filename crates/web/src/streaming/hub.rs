//! Who listens on this node, and what they are told.
//!
//! One task reads the bus, renders each event once per account and hands it to that account's
//! sockets. A socket that does not keep up is closed: its client reconnects and reads what it missed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use app::bus::Event;
use app::ids::{AccountId, StatusId, TokenId};
use app::tokens::{self, Access};
use app::{App, Viewer, notifications, present};
use tokio::sync::{broadcast, mpsc};

use super::Stream;

/// Messages that may wait for one socket.
const WAITING_MAX: usize = 64;
/// Sockets of one account; more are refused.
const SOCKETS_PER_ACCOUNT: usize = 2_000;

/// Something to be told: the event's name and its payload.
#[derive(Clone, Debug)]
pub struct Message {
    pub event: &'static str,
    pub payload: Arc<str>,
    /// Streams it belongs to.
    pub streams: &'static [Stream],
}

/// The listeners of this node.
#[derive(Clone, Default)]
pub struct Hub {
    listeners: Arc<Mutex<HashMap<AccountId, Vec<Listener>>>>,
    next: Arc<AtomicU64>,
}

struct Listener {
    id: u64,
    token: TokenId,
    viewer: Viewer,
    sender: mpsc::Sender<Message>,
}

/// A place among the listeners; dropping it gives it up.
pub struct Seat {
    hub: Hub,
    account: AccountId,
    id: u64,
    /// Ends when the listener is to be closed.
    pub messages: mpsc::Receiver<Message>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut listeners = self.hub.lock();
        if let Some(list) = listeners.get_mut(&self.account) {
            list.retain(|listener| listener.id != self.id);
            if list.is_empty() {
                listeners.remove(&self.account);
            }
        }
        metrics::gauge!("ferrodon_streaming_connections").decrement(1.0);
    }
}

impl Hub {
    /// Takes a seat for a person's socket; `None` if they have too many.
    pub fn join(&self, access: &Access, viewer: &Viewer) -> Option<Seat> {
        let (sender, messages) = mpsc::channel(WAITING_MAX);
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut listeners = self.lock();
        let list = listeners.entry(viewer.account_id).or_default();
        if list.len() >= SOCKETS_PER_ACCOUNT {
            return None;
        }
        list.push(Listener { id, token: access.token_id, viewer: viewer.clone(), sender });
        metrics::gauge!("ferrodon_streaming_connections").increment(1.0);
        Some(Seat { hub: self.clone(), account: viewer.account_id, id, messages })
    }

    /// Reads the bus until the server stops.
    pub async fn run(self, app: App) {
        let mut events = app.bus.listen();
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                () = app.stopping.cancelled() => return,
            };
            match event {
                Ok(event) => self.tell(&app, event).await,
                Err(broadcast::error::RecvError::Lagged(lost)) => {
                    tracing::warn!(lost, "streaming fell behind; some listeners missed events");
                }
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    async fn tell(&self, app: &App, event: Event) {
        match event {
            Event::Feed { status, accounts } => {
                for account in accounts {
                    self.update(app, account, status).await;
                }
            }
            Event::Deleted { status, accounts } => {
                let message = Message { event: "delete", payload: status.to_string().into(), streams: &[Stream::User] };
                for account in accounts {
                    self.send(account, &message);
                }
            }
            Event::Notification { account, notification } => {
                let Some(viewer) = self.viewer(account) else { return };
                let shown = async {
                    let row = notifications::find(app, &viewer, notification).await?;
                    present::notification::notifications(app, &viewer, vec![row]).await
                };
                self.send_json(account, "notification", &[Stream::User, Stream::UserNotification], shown.await.map(|mut list| list.pop()));
            }
            Event::Revoked { tokens: revoked } => {
                tokens::forget(app, &revoked);
                self.close(|_, listener| revoked.contains(&listener.token));
            }
            Event::UserChanged { account } => {
                tokens::forget_account(app, account);
                self.close(|id, _| id == account);
            }
            Event::SettingsChanged => {
                if let Err(error) = app.settings.reload(&app.db).await {
                    tracing::warn!(%error, "the settings could not be read again");
                }
            }
            Event::EmojisChanged => {
                if let Err(error) = app::emojis::reload(app).await {
                    tracing::warn!(%error, "the custom emojis could not be read again");
                }
            }
            Event::Lists { .. } | Event::Posted { .. } | Event::Edited { .. } | Event::Conversation { .. } | Event::MediaDone { .. } => {}
        }
    }

    async fn update(&self, app: &App, account: AccountId, status: StatusId) {
        let Some(viewer) = self.viewer(account) else { return };
        let shown = present::status::status(app, Some(&viewer), status).await;
        self.send_json(account, "update", &[Stream::User], shown.map(Some));
    }

    fn send_json(&self, account: AccountId, event: &'static str, streams: &'static [Stream], shown: app::Result<Option<impl serde::Serialize>>) {
        match shown.map(|shown| shown.map(|shown| serde_json::to_string(&shown))) {
            Ok(Some(Ok(json))) => self.send(account, &Message { event, payload: json.into(), streams }),
            Ok(None) | Err(app::Error::NotFound(_)) => {}
            Ok(Some(Err(error))) => tracing::error!(%error, "a streaming payload cannot be written"),
            Err(error) => tracing::warn!(%error, "a streaming payload cannot be made"),
        }
    }

    fn send(&self, account: AccountId, message: &Message) {
        if let Some(list) = self.lock().get_mut(&account) {
            // A full or closed channel ends the listener; its socket closes when the sender is gone.
            list.retain(|listener| listener.sender.try_send(message.clone()).is_ok());
        }
    }

    fn close(&self, is_meant: impl Fn(AccountId, &Listener) -> bool) {
        for (account, list) in self.lock().iter_mut() {
            list.retain(|listener| !is_meant(*account, listener));
        }
    }

    /// The viewer of an account that somebody listens as.
    fn viewer(&self, account: AccountId) -> Option<Viewer> {
        self.lock().get(&account)?.first().map(|listener| listener.viewer.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<AccountId, Vec<Listener>>> {
        self.listeners.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
