//! Accounts.

use std::collections::HashMap;

use serde::Deserialize;
use store::accounts;
pub use store::accounts::Account as Row;
use store::accounts::Account;
use store::mutes::Mute;
use store::users::{self, EVERYONE};
use store::{AccountId, RoleId, follow_requests};
use wire::mastodon as m;
use wire::{Date, DateTime, Id};

use crate::urls::Urls;
use crate::viewer::Preferences;
use crate::{App, Error, Result, Viewer};

const ACTOR_SERVICE: i64 = 1;
const ACTOR_GROUP: i64 = 3;
/// Follow requests are counted no further, as in Mastodon.
const REQUESTS_COUNTED: i64 = 40;

/// An account as anybody sees it. A suspended one is blanked.
pub fn account(urls: &Urls, a: &Account) -> m::Account {
    let suspended = a.suspended_at.is_some();
    let url = a.url.clone().unwrap_or_else(|| a.uri.clone());
    let mut shown = m::Account {
        id: Id(a.id.0),
        username: a.username.clone(),
        acct: acct(a),
        url: Some(url),
        uri: a.uri.clone(),
        avatar: urls.missing_avatar(),
        avatar_static: urls.missing_avatar(),
        header: urls.missing_header(),
        header_static: urls.missing_header(),
        group: a.actor_type == ACTOR_GROUP,
        discoverable: Some(false),
        created_at: DateTime(a.created_at).floored_to_day(),
        last_status_at: a.last_status_at.map(Date),
        statuses_count: a.statuses_count,
        followers_count: a.followers_count,
        following_count: a.following_count,
        hide_collections: a.hide_collections,
        show_media: true,
        show_media_replies: true,
        show_featured: true,
        noindex: a.is_local().then_some(false),
        roles: a.is_local().then(Vec::new),
        memorial: a.memorial,
        suspended,
        limited: a.silenced_at.is_some(),
        ..m::Account::default()
    };
    if suspended {
        return shown;
    }
    shown.display_name = a.display_name.clone();
    shown.note = note_html(urls, &a.note);
    shown.fields = fields(&a.fields).into_iter().map(|f| field(urls, f, true)).collect();
    shown.emojis = if a.is_local() { urls.emojis.in_texts([a.display_name.as_str(), a.note.as_str(), a.fields.as_str()]) } else { Vec::new() };
    shown.locked = a.locked;
    shown.bot = a.actor_type == ACTOR_SERVICE;
    shown.discoverable = a.discoverable;
    shown.indexable = a.indexable;
    shown.roles = a.is_local().then(|| role(a).into_iter().collect());
    shown
}

/// `user` here, `user@domain` elsewhere.
pub fn acct(a: &Account) -> String {
    if a.is_local() { a.username.clone() } else { format!("{}@{}", a.username, a.domain) }
}

fn role(a: &Account) -> Option<m::AccountRole> {
    let id = a.role_id?;
    Some(m::AccountRole { id: Id(id), name: a.role_name.clone().unwrap_or_default(), color: a.role_color.clone().unwrap_or_default() })
}

#[derive(Deserialize)]
struct StoredField {
    name: String,
    value: String,
    verified_at: Option<i64>,
}

fn fields(json: &str) -> Vec<StoredField> {
    serde_json::from_str(json).unwrap_or_default()
}

fn field(urls: &Urls, f: StoredField, as_html: bool) -> m::Field {
    let value = if as_html { with_links(urls, |links| text::compose::field_html(&f.value, links)) } else { f.value };
    m::Field { name: f.name, value, verified_at: f.verified_at.map(DateTime) }
}

fn note_html(urls: &Urls, note: &str) -> String {
    with_links(urls, |links| text::compose::bio_html(note, links))
}

/// A table row's or a bio's text: tags become links; mentions stay words.
fn with_links(urls: &Urls, compose: impl Fn(&text::Links<'_>) -> String) -> String {
    compose(&text::Links { mention: &|_| None, tag: &|tag| urls.tag_url(&tag.written), author: None })
}

/// These accounts in the order of `ids`; missing ones are left out.
pub async fn accounts(app: &App, ids: Vec<AccountId>) -> Result<Vec<m::Account>> {
    let order = ids.clone();
    let rows = app.read(move |r| async move { Ok(accounts::list(&r, &ids).await?) }).await?;
    let rows: HashMap<AccountId, Account> = rows.into_iter().map(|a| (a.id, a)).collect();
    Ok(order.iter().filter_map(|id| rows.get(id)).map(|a| account(app.urls(), a)).collect())
}

/// Accounts that are muted, in the order of `mutes`.
pub async fn muted(app: &App, mutes: Vec<Mute>) -> Result<Vec<m::MutedAccount>> {
    let shown = accounts(app, mutes.iter().map(|mute| mute.target_account_id).collect()).await?;
    let now = app.now_ms();
    let until = |account: &m::Account| {
        let mute = mutes.iter().find(|mute| mute.target_account_id.0 == account.id.0);
        mute.and_then(|mute| mute.expires_at).filter(|at| *at > now).map(DateTime)
    };
    Ok(shown.into_iter().map(|account| m::MutedAccount { mute_expires_at: until(&account), account }).collect())
}

/// The viewer's own account with what only they see.
pub async fn credentials(app: &App, viewer: &Viewer) -> Result<m::CredentialAccount> {
    let id = viewer.account_id;
    let (row, user, roles, requests) = app
        .read(move |r| async move {
            let row = accounts::find(&r, id).await?.ok_or_else(Error::not_found)?;
            let user = users::find_by_account(&r, id).await?.ok_or_else(Error::not_found)?;
            let wanted: Vec<RoleId> = [Some(EVERYONE), user.role_id].into_iter().flatten().collect();
            let roles = users::list_roles(&r, &wanted).await?;
            let requests = follow_requests::count(&r, id, REQUESTS_COUNTED).await?;
            Ok((row, user, roles, requests))
        })
        .await?;
    let preferences = Preferences::read(&user.settings);
    let source = m::Source {
        note: row.note.clone(),
        fields: fields(&row.fields).into_iter().map(|f| field(app.urls(), f, false)).collect(),
        privacy: privacy(preferences.default_privacy.as_deref()),
        sensitive: preferences.default_sensitive,
        language: preferences.default_language,
        hide_collections: row.hide_collections,
        discoverable: row.discoverable,
        indexable: row.indexable,
        follow_requests_count: requests,
        ..m::Source::default()
    };
    Ok(m::CredentialAccount { account: account(app.urls(), &row), source, role: own_role(&roles, user.role_id) })
}

fn privacy(word: Option<&str>) -> m::Visibility {
    match word {
        Some("unlisted") => m::Visibility::Unlisted,
        Some("private") => m::Visibility::Private,
        Some("direct") => m::Visibility::Direct,
        _ => m::Visibility::Public,
    }
}

/// An administrator's permissions are all bits; everybody's are added to each role's.
fn own_role(roles: &[users::Role], own: Option<RoleId>) -> m::Role {
    const ADMINISTRATOR: i64 = 1;
    const ALL: i64 = (1 << 23) - 1;
    let everyone = roles.iter().find(|role| role.id == EVERYONE).map_or(0, |role| role.permissions);
    let own = own.and_then(|id| roles.iter().find(|role| role.id == id)).or_else(|| roles.iter().find(|role| role.id == EVERYONE));
    let Some(role) = own else { return m::Role::default() };
    let computed = role.permissions | everyone;
    let computed = if computed & ADMINISTRATOR != 0 { ALL } else { computed };
    m::Role {
        id: Id(role.id.0),
        name: role.name.clone(),
        color: role.color.clone(),
        permissions: computed.to_string(),
        highlighted: role.highlighted,
        ..m::Role::default()
    }
}
