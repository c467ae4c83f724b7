//! Making, changing and deleting a list.

use store::lists::{self, List};
use store::{ListId, Tx};
use text::Limit;

use crate::{App, Error, Result, Viewer, Words};

/// Lists one person may have. Mastodon's number.
const LISTS_MAX: i64 = 50;
/// Mastodon's number.
const TITLE: Limit = Limit::code_points(256);
/// The words of `lists.replies_policy`, by its number.
pub const REPLIES_POLICIES: [&str; 3] = ["list", "followed", "none"];

/// What is to be set; the rest stays as it is, or as a new list has it.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    pub title: Option<String>,
    pub replies_policy: Option<String>,
    pub exclusive: Option<bool>,
}

impl Wish {
    /// Errors: all that is not valid.
    fn apply(self, list: &mut List) -> Result<()> {
        let mut problems = Vec::new();
        if let Some(title) = self.title {
            list.title = title;
        }
        if list.title.trim().is_empty() {
            problems.push(Words::new("invalid-title-blank"));
        }
        problems.extend(Words::if_too_long("invalid-title-too-long", &list.title, TITLE));
        if let Some(word) = self.replies_policy {
            match REPLIES_POLICIES.iter().position(|known| *known == word) {
                Some(number) => list.replies_policy = i64::try_from(number).unwrap_or_default(),
                None => problems.push(Words::new("invalid-replies-policy")),
            }
        }
        list.exclusive = self.exclusive.unwrap_or(list.exclusive);
        if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
    }
}

/// Makes a list.
///
/// Errors: `Invalid`. Source: docs.joinmastodon.org/methods/lists/#create
pub async fn create(app: &App, viewer: &Viewer, wish: Wish) -> Result<List> {
    let owner = viewer.account_id;
    let mut list = List { id: ListId(0), title: String::new(), replies_policy: 0, exclusive: false };
    wish.apply(&mut list)?;
    app.write(move |tx| async move {
        let made = lists::insert(&tx, owner, &list.title, list.replies_policy, list.exclusive, LISTS_MAX).await?;
        Ok(List { id: made.ok_or_else(|| Error::invalid("invalid-list-limit"))?, ..list })
    })
    .await
}

/// Changes a list. What its feed holds already stays.
///
/// Errors: `NotFound`, `Invalid`. Source: docs.joinmastodon.org/methods/lists/#update
pub async fn update(app: &App, viewer: &Viewer, id: ListId, wish: Wish) -> Result<List> {
    let viewer = viewer.clone();
    app.write(move |tx| async move {
        let mut list = own(&tx, &viewer, id).await?;
        wish.apply(&mut list)?;
        lists::update(&tx, &list).await?;
        Ok(list)
    })
    .await
}

/// Deletes a list.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/lists/#delete
pub async fn delete(app: &App, viewer: &Viewer, id: ListId) -> Result<()> {
    let viewer = viewer.clone();
    app.write(move |tx| async move {
        own(&tx, &viewer, id).await?;
        Ok(lists::delete(&tx, id).await?)
    })
    .await
}

/// The viewer's list, inside a transaction.
pub(super) async fn own(tx: &Tx, viewer: &Viewer, id: ListId) -> Result<List> {
    lists::find(tx, viewer.account_id, id).await?.ok_or_else(Error::not_found)
}
