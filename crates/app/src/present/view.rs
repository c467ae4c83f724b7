//! Who looks, and when.

use std::future::Future;

use store::{AccountId, Reader};

use crate::cache::cards::Look;
use crate::cache::context::Context;
use crate::{App, Result};

/// A look at one snapshot of the database: what is found in memory is as old or newer.
#[derive(Clone)]
pub struct View {
    app: App,
    /// Who looks; nobody where nobody is signed in.
    pub me: Option<AccountId>,
    /// Taken before the snapshot.
    pub look: Look,
    pub now_ms: i64,
}

impl View {
    pub fn context(&self) -> &Context {
        self.app.context()
    }

    /// The same, as somebody else sees it.
    pub fn of(&self, me: AccountId) -> View {
        View { me: Some(me), ..self.clone() }
    }
}

/// How it looks now. What is read by it is read after this, as by [`view`].
pub fn begin(app: &App, me: Option<AccountId>) -> View {
    View { app: app.clone(), me, look: app.cards.look(), now_ms: app.now_ms() }
}

/// Runs `read` on a snapshot that somebody is shown.
pub async fn view<T, F, Fut>(app: &App, me: Option<AccountId>, read: F) -> Result<T>
where
    F: FnOnce(Reader, View) -> Fut + Send + 'static,
    Fut: Future<Output = Result<T>> + Send + 'static,
    T: Send + 'static,
{
    let view = begin(app, me);
    app.read(move |r| read(r, view)).await
}
