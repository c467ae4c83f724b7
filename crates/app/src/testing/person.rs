//! People of a test's world, and what they do.

use store::page::Page;
use store::{AccountId, MediaId, NotificationId, StatusId, TokenId, UserId};
use wire::mastodon::{self as m, NotificationType};

use super::{SCOPES, World, png};
use crate::accounts::follow::{self, Wish};
use crate::accounts::{block, mute};
use crate::media::upload::{self, Description};
use crate::oauth::{applications, tokens as given};
use crate::statuses::post::{Draft, Posted, post};
use crate::statuses::{bookmark, delete, favourite, reblog, show};
use crate::{App, Error, Result, Viewer, notifications, present, tokens};

/// Enough for any list of a test.
const ALL: i64 = 100;

/// A local person with a token.
#[derive(Clone)]
pub struct Person {
    pub name: String,
    pub account: AccountId,
    pub user: UserId,
    /// Of the server's own application, with [`SCOPES`].
    pub token: String,
    app: App,
}

impl Person {
    pub(super) async fn new(app: &App, name: &str, account: AccountId, user: UserId) -> Person {
        let person = Person { name: name.to_owned(), account, user, token: String::new(), app: app.clone() };
        let token = person.token_with(SCOPES).await;
        Person { token, ..person }
    }

    /// The same person on another node.
    pub fn at(&self, app: &App) -> Person {
        Person { app: app.clone(), ..self.clone() }
    }

    /// Another token of the same person.
    pub async fn token_with(&self, scopes: &str) -> String {
        let own = applications::own(&self.app).await.unwrap();
        given::give(&self.app, &own, Some(self.user), scopes).await.unwrap().access_token
    }

    /// Who they are to the verbs; looked up anew, since what they may do can have changed.
    pub async fn viewer(&self) -> Viewer {
        tokens::access(&self.app, &self.token).await.unwrap().viewer().unwrap().clone()
    }

    pub async fn token_id(&self) -> TokenId {
        tokens::access(&self.app, &self.token).await.unwrap().token_id
    }

    // ---- doing

    pub async fn posts(&self, text: &str) -> StatusId {
        self.tries_to_post(text, |_| ()).await.unwrap()
    }

    pub async fn posts_as(&self, text: &str, visibility: &str) -> StatusId {
        self.tries_to_post(text, |draft| draft.visibility = Some(visibility.to_owned())).await.unwrap()
    }

    pub async fn posts_with(&self, text: &str, change: impl FnOnce(&mut Draft)) -> StatusId {
        self.tries_to_post(text, change).await.unwrap()
    }

    pub async fn replies(&self, to: StatusId, text: &str) -> StatusId {
        self.tries_to_post(text, |draft| draft.in_reply_to_id = Some(to)).await.unwrap()
    }

    pub async fn tries_to_post(&self, text: &str, change: impl FnOnce(&mut Draft)) -> Result<StatusId> {
        let mut draft = Draft { text: text.to_owned(), ..Draft::default() };
        change(&mut draft);
        match post(&self.app, &self.viewer().await, draft).await? {
            Posted::Status(id) => Ok(id),
            other => panic!("not posted: {other:?}"),
        }
    }

    pub async fn deletes(&self, status: StatusId) {
        delete::delete(&self.app, &self.viewer().await, status, false).await.unwrap();
    }

    pub async fn favourites(&self, status: StatusId) {
        favourite::favourite(&self.app, &self.viewer().await, status).await.unwrap();
    }

    pub async fn unfavourites(&self, status: StatusId) {
        favourite::unfavourite(&self.app, &self.viewer().await, status).await.unwrap();
    }

    pub async fn bookmarks(&self, status: StatusId) {
        bookmark::bookmark(&self.app, &self.viewer().await, status).await.unwrap();
    }

    pub async fn unbookmarks(&self, status: StatusId) {
        bookmark::unbookmark(&self.app, &self.viewer().await, status).await.unwrap();
    }

    pub async fn reblogs(&self, status: StatusId) -> StatusId {
        reblog::reblog(&self.app, &self.viewer().await, status, None).await.unwrap()
    }

    pub async fn unreblogs(&self, status: StatusId) {
        reblog::unreblog(&self.app, &self.viewer().await, status).await.unwrap();
    }

    pub async fn follows(&self, other: &Person) {
        follow::follow(&self.app, &self.viewer().await, other.account, Wish::default()).await.unwrap();
    }

    pub async fn unfollows(&self, other: &Person) {
        follow::unfollow(&self.app, &self.viewer().await, other.account).await.unwrap();
    }

    pub async fn blocks(&self, other: &Person) {
        block::block(&self.app, &self.viewer().await, other.account).await.unwrap();
    }

    pub async fn unblocks(&self, other: &Person) {
        block::unblock(&self.app, &self.viewer().await, other.account).await.unwrap();
    }

    pub async fn mutes(&self, other: &Person) {
        mute::mute(&self.app, &self.viewer().await, other.account, mute::Manner::default()).await.unwrap();
    }

    /// What this person is to another.
    pub async fn ties_with(&self, other: &Person) -> m::Relationship {
        present::relationship::relationship(&self.app, &self.viewer().await, other.account).await.unwrap()
    }

    /// Uploads a small picture and has it processed.
    pub async fn uploads(&self, world: &World) -> MediaId {
        let viewer = self.viewer().await;
        world.with_media_worker(upload::upload(&self.app, &viewer, png(32, 24), None, Description::default())).await.unwrap().id
    }

    // ---- seeing

    pub async fn home(&self) -> Vec<StatusId> {
        crate::timelines::home(&self.app, &self.viewer().await, Page::first(ALL)).await.unwrap().0.ids
    }

    pub async fn sees(&self, status: StatusId) -> m::Status {
        show::show(&self.app, Some(&self.viewer().await), status).await.unwrap()
    }

    pub async fn can_see(&self, status: StatusId) -> bool {
        match show::show(&self.app, Some(&self.viewer().await), status).await {
            Ok(_) => true,
            Err(Error::NotFound(_)) => false,
            Err(error) => panic!("{error:?}"),
        }
    }

    pub async fn profile(&self) -> m::Account {
        present::account::accounts(&self.app, vec![self.account]).await.unwrap().pop().unwrap()
    }

    /// `kind from name`, newest first.
    pub async fn notifications(&self) -> Vec<String> {
        self.notification_page().await.1.iter().map(|n| format!("{} from {}", word(n.kind), n.account.acct)).collect()
    }

    pub async fn notification_ids(&self) -> Vec<NotificationId> {
        self.notification_page().await.0
    }

    async fn notification_page(&self) -> (Vec<NotificationId>, Vec<m::Notification>) {
        let viewer = self.viewer().await;
        notifications::page::page(&self.app, &viewer, notifications::Filter::default(), Page::first(ALL)).await.unwrap()
    }
}

fn word(kind: NotificationType) -> String {
    serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned()
}
