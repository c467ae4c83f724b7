//! From the bus to the sockets: each event is rendered once, or once for each view of it, and handed to the
//! hub. An event takes a fixed number of statements, however many listen.
//!
//! Two halves share one task. The first reads the bus at once, closes what is to be closed and queues the
//! rest; the second tells, which may wait for the database. So the bus never waits for a rendering.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use app::bus::Event;
use app::conversations::list;
use app::ids::{AccountConversationId, AccountId, ListId, NotificationId, StatusId};
use app::streams::{self, Placed};
use app::{App, notifications, present};
use tokio::sync::{broadcast, mpsc};

use crate::hub::Hub;
use crate::hub::subscription::{Reach, Topic};

/// Events that may wait to be told. More are lost, and the sockets closed, so that clients read anew.
const QUEUE_MAX: usize = 4_096;

impl Hub {
    /// Reads the bus until the server stops: all that is published from now on.
    pub fn run(self, app: App) -> impl Future<Output = ()> + Send {
        let (events, (queue, waiting)) = (app.bus.listen(), mpsc::channel(QUEUE_MAX));
        async move {
            tokio::select! {
                () = self.listen(events, queue) => {}
                () = self.tell_all(&app, waiting) => {}
                () = app.stopping.cancelled() => {}
            }
        }
    }

    async fn listen(&self, mut events: broadcast::Receiver<Event>, queue: mpsc::Sender<(Instant, Event)>) {
        loop {
            match events.recv().await {
                Ok(Event::Revoked { tokens }) => self.close_tokens(&tokens),
                Ok(Event::UserChanged { account }) => self.close_account(account),
                Ok(Event::Missed) => self.lost(1),
                Ok(event) if !is_told(&event) => {}
                Ok(event) => {
                    if queue.try_send((Instant::now(), event)).is_err() {
                        self.lost(1);
                    }
                }
                Err(broadcast::error::RecvError::Lagged(lost)) => self.lost(lost),
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    /// Among what was lost may have been a revocation.
    fn lost(&self, events: u64) {
        tracing::warn!(events, "events were missed; all streams are closed, so that clients read what they missed");
        metrics::counter!("ferrodon_streaming_events_lost_total").increment(events);
        self.close_all();
    }

    async fn tell_all(&self, app: &App, mut waiting: mpsc::Receiver<(Instant, Event)>) {
        while let Some((since, event)) = waiting.recv().await {
            if let Err(error) = self.tell(app, event).await
                && !matches!(error, app::Error::NotFound(_))
            {
                tracing::warn!(%error, "an event could not be told to streams");
            }
            metrics::histogram!("ferrodon_streaming_lag_seconds").record(since.elapsed().as_secs_f64());
        }
    }

    async fn tell(&self, app: &App, event: Event) -> app::Result<()> {
        match event {
            Event::Feed { status, accounts } => self.show(app, "update", status, self.users_among(&accounts), Vec::new()).await,
            Event::Lists { status, lists } => {
                let listening = self.lists();
                let lists = lists.into_iter().filter_map(|list| Some((list, *listening.get(&list)?))).collect();
                self.show(app, "update", status, Vec::new(), lists).await
            }
            Event::Posted { status } => self.show_publicly(app, "update", status).await,
            Event::Edited { status } => {
                let lists = self.lists();
                let held = streams::holders(app, vec![status], self.users(), lists.keys().copied().collect()).await?;
                let homes = held.homes.into_iter().map(|(account, _)| account).collect();
                let lists = held.lists.into_iter().filter_map(|(list, _)| Some((list, *lists.get(&list)?))).collect();
                self.show(app, "status.update", status, homes, lists).await?;
                self.show_publicly(app, "status.update", status).await
            }
            Event::Deleted { status, accounts, lists } => {
                self.delete(status, accounts, lists);
                Ok(())
            }
            Event::Withdrawn { status, local, has_media, tags } => {
                let payload = id(status);
                for topic in public_topics(local, has_media).into_iter().chain(hashtag_topics(local, &tags)) {
                    self.send(&topic, "delete", &payload, |_| true);
                }
                Ok(())
            }
            Event::Conversation { account, conversation } => self.show_conversation(app, account, conversation).await,
            Event::Notification { account, notification } => self.notify(app, account, notification).await,
            _ => Ok(()),
        }
    }

    /// A status as each of these sees it, on user and list streams.
    async fn show(
        &self,
        app: &App,
        event: &'static str,
        status: StatusId,
        homes: Vec<AccountId>,
        lists: Vec<(ListId, AccountId)>,
    ) -> app::Result<()> {
        let viewers: HashSet<AccountId> = homes.iter().copied().chain(lists.iter().map(|(_, owner)| *owner)).collect();
        let shown = present::live::for_viewers(app, status, viewers.into_iter().collect()).await?;
        for account in homes {
            if let Some(payload) = shown.get(&account) {
                self.send(&Topic::User(account), event, payload, |_| true);
            }
        }
        for (list, owner) in lists {
            if let Some(payload) = shown.get(&owner) {
                self.send(&Topic::List(list), event, payload, |_| true);
            }
        }
        Ok(())
    }

    /// A status on the public and hashtag streams it belongs to, to those who want it.
    async fn show_publicly(&self, app: &App, event: &'static str, status: StatusId) -> app::Result<()> {
        if !self.hears_the_public() {
            return Ok(());
        }
        let Some(placed) = streams::place(app, status).await? else { return Ok(()) };
        let topics = topics_of(&placed);
        let listening = self.accounts_at(&topics);
        if listening.is_empty() {
            return Ok(());
        }
        let unwilling = streams::unwilling(app, &placed, listening.into_iter().collect()).await?;
        let payload = present::live::for_everybody(app, status).await?;
        for topic in topics {
            self.send(&topic, event, &payload, |ear| !unwilling.contains(&ear.account) && ear.admits(placed.local, placed.language.as_deref()));
        }
        Ok(())
    }

    /// That a status is gone, to these accounts and lists.
    fn delete(&self, status: StatusId, accounts: Vec<AccountId>, lists: Vec<ListId>) {
        let payload = id(status);
        for topic in accounts.into_iter().map(Topic::User).chain(lists.into_iter().map(Topic::List)) {
            self.send(&topic, "delete", &payload, |_| true);
        }
    }

    async fn show_conversation(&self, app: &App, account: AccountId, conversation: AccountConversationId) -> app::Result<()> {
        let topic = Topic::Direct(account);
        let Some(viewer) = self.viewer(&topic) else { return Ok(()) };
        let row = list::find(app, account, conversation).await?;
        let shown = present::conversation::conversations(app, &viewer, vec![row]).await?.pop();
        self.send_json(&topic, "conversation", shown);
        Ok(())
    }

    async fn notify(&self, app: &App, account: AccountId, notification: NotificationId) -> app::Result<()> {
        let topic = Topic::Notifications(account);
        let Some(viewer) = self.viewer(&topic) else { return Ok(()) };
        let row = notifications::find(app, &viewer, notification).await?;
        let shown = present::notification::notification(app, &viewer, row).await?;
        self.send_json(&topic, "notification", shown);
        Ok(())
    }

    fn send_json(&self, topic: &Topic, event: &'static str, shown: Option<impl serde::Serialize>) {
        match shown.map(|shown| serde_json::to_string(&shown)) {
            Some(Ok(json)) => self.send(topic, event, &json.into(), |_| true),
            Some(Err(error)) => tracing::error!(%error, "a streaming payload cannot be written"),
            None => {}
        }
    }
}

/// Whether streams are told of it; the rest is what `app::invalidation` listens for, or an upload.
fn is_told(event: &Event) -> bool {
    match event {
        Event::Feed { .. }
        | Event::Lists { .. }
        | Event::Posted { .. }
        | Event::Edited { .. }
        | Event::Conversation { .. }
        | Event::Deleted { .. }
        | Event::Withdrawn { .. }
        | Event::Notification { .. } => true,
        Event::Revoked { .. }
        | Event::UserChanged { .. }
        | Event::MediaDone { .. }
        | Event::SettingsChanged
        | Event::EmojisChanged
        | Event::DomainsChanged
        | Event::KeysChanged { .. }
        | Event::Missed => false,
    }
}

fn id(status: StatusId) -> Arc<str> {
    status.to_string().into()
}

fn topics_of(placed: &Placed) -> Vec<Topic> {
    let public = if placed.is_public { public_topics(placed.local, placed.has_media) } else { Vec::new() };
    public.into_iter().chain(hashtag_topics(placed.local, &placed.tags)).collect()
}

fn public_topics(local: bool, has_media: bool) -> Vec<Topic> {
    let reaches = [Reach::All, if local { Reach::Local } else { Reach::Remote }];
    let kinds: &[bool] = if has_media { &[false, true] } else { &[false] };
    reaches.into_iter().flat_map(|reach| kinds.iter().map(move |only_media| Topic::Public { reach, only_media: *only_media })).collect()
}

fn hashtag_topics(local: bool, tags: &[String]) -> Vec<Topic> {
    let kinds: &[bool] = if local { &[false, true] } else { &[false] };
    tags.iter().flat_map(|name| kinds.iter().map(move |only_local| Topic::Hashtag { name: name.as_str().into(), only_local: *only_local })).collect()
}
