//! Accounts.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use store::accounts;
pub use store::accounts::Account as Row;
use store::accounts::Account;
use store::mutes::Mute;
use store::users::{self, EVERYONE};
use store::{AccountId, EmojiId, Reader, RoleId, follow_requests};
use wire::mastodon as m;
use wire::{Date, DateTime, Id, Shared};

use super::view::{self, View};
use crate::cache::cards::AccountCard;
use crate::cache::context::Context;
use crate::permissions::Permissions;
use crate::urls::remote::{Variant, What};
use crate::viewer::Preferences;
use crate::{App, Error, Result, Viewer};
use store::remote_accounts::has_lost_handle;

const ACTOR_SERVICE: i64 = 1;
const ACTOR_APPLICATION: i64 = 2;
const ACTOR_GROUP: i64 = 3;
/// What is shown in the place of a handle that has become another's, as in Mastodon.
const LOST_HANDLE: &str = "handle.invalid";
/// Follow requests are counted no further, as in Mastodon.
const REQUESTS_COUNTED: i64 = 40;

/// An account as anybody sees it. A suspended one is blanked.
pub fn account(context: &Context, a: &Account) -> m::Account {
    let suspended = a.suspended_at.is_some();
    let url = a.url.clone().unwrap_or_else(|| a.uri.clone());
    let mut shown = m::Account {
        id: Id(a.id.0),
        username: username(a),
        acct: acct(a),
        url: Some(url),
        uri: a.uri.clone(),
        avatar: context.urls.missing_avatar(),
        avatar_static: context.urls.missing_avatar(),
        header: context.urls.missing_header(),
        header_static: context.urls.missing_header(),
        group: a.actor_type == ACTOR_GROUP,
        discoverable: Some(false),
        created_at: DateTime(a.created_at).floored_to_day(),
        last_status_at: a.last_status_at.map(Date),
        statuses_count: a.statuses_count,
        followers_count: a.followers_count,
        following_count: a.following_count,
        hide_collections: a.hide_collections,
        show_media: a.show_media,
        show_media_replies: a.show_media_replies,
        show_featured: a.show_featured,
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
    let texts = [a.display_name.as_str(), a.note.as_str(), a.fields.as_str()];
    if a.is_local() {
        let known = mentions(&a.mentions);
        shown.emojis = context.emojis.in_texts(texts);
        shown.note = note_html(context, &known, &a.note);
        shown.fields = fields(&a.fields).into_iter().map(|f| field(context, &known, f)).collect();
    } else {
        // Made safe when it was taken in.
        shown.emojis = remote_emojis(context, &a.emojis, &texts);
        shown.note = a.note.clone();
        shown.fields = fields(&a.fields).into_iter().map(as_typed).collect();
    }
    let pictures = pictures(context, a);
    (shown.avatar, shown.avatar_static) = pictures.avatar.unwrap_or((shown.avatar, shown.avatar_static));
    (shown.header, shown.header_static) = pictures.header.unwrap_or((shown.header, shown.header_static));
    shown.avatar_description = a.avatar_description.clone();
    shown.header_description = a.header_description.clone();
    shown.locked = a.locked;
    shown.bot = matches!(a.actor_type, ACTOR_SERVICE | ACTOR_APPLICATION);
    shown.discoverable = a.discoverable;
    shown.indexable = a.indexable;
    shown.roles = a.is_local().then(|| role(a).into_iter().collect());
    shown
}

/// `user` here, `user@domain` elsewhere.
pub fn acct(a: &Account) -> String {
    match a.is_local() || has_lost_handle(&a.username) {
        true => username(a),
        false => format!("{}@{}", a.username, a.domain),
    }
}

/// Whose handle has become another's has none until its server is asked again.
fn username(a: &Account) -> String {
    if has_lost_handle(&a.username) { LOST_HANDLE.to_owned() } else { a.username.clone() }
}

/// The emojis of another server that stand in these texts, of `known`: JSON, `[[emoji id, "shortcode"]]`.
pub(crate) fn remote_emojis(context: &Context, known: &str, texts: &[&str]) -> Vec<m::CustomEmoji> {
    // Most have none.
    if known.len() <= "[]".len() {
        return Vec::new();
    }
    let known: Vec<(i64, String)> = serde_json::from_str(known).unwrap_or_default();
    let stands = |shortcode: &str| texts.iter().any(|text| text.contains(&format!(":{shortcode}:")));
    let shown = known.into_iter().filter(|(_, shortcode)| stands(shortcode)).map(|(id, shortcode)| {
        let (url, static_url) = context.urls.remote_emoji(EmojiId(id));
        m::CustomEmoji { shortcode, url, static_url, visible_in_picker: false, ..m::CustomEmoji::default() }
    });
    shown.collect()
}

fn role(a: &Account) -> Option<m::AccountRole> {
    let id = a.role_id?;
    Some(m::AccountRole { id: Id(id), name: a.role_name.clone().unwrap_or_default(), color: a.role_color.clone().unwrap_or_default() })
}

/// Addresses of an account's own pictures, each with its still form.
struct Pictures {
    avatar: Option<(String, String)>,
    header: Option<(String, String)>,
}

fn pictures(context: &Context, a: &Account) -> Pictures {
    if !a.is_local() {
        return remote_pictures(context, a);
    }
    let of = |picture: &Option<String>, still: &Option<String>| {
        let key = picture.as_ref()?;
        Some((context.urls.media_url(key), context.urls.media_url(still.as_ref().unwrap_or(key))))
    };
    Pictures { avatar: of(&a.avatar, &a.avatar_static), header: of(&a.header, &a.header_static) }
}

/// Those of an account of another server: by addresses of ours, or none where its server's pictures are not shown.
fn remote_pictures(context: &Context, a: &Account) -> Pictures {
    let shown = context.rule(&a.domain).shows_media();
    let of = |what: What, remote_url: &str| {
        let address = |variant| context.urls.remote_media(what, a.id.0, remote_url, variant);
        (shown && !remote_url.is_empty()).then(|| (address(Variant::Original), address(Variant::Static)))
    };
    Pictures { avatar: of(What::Avatar, &a.avatar_remote_url), header: of(What::Header, &a.header_remote_url) }
}

/// A row of the table on a profile, as `accounts.fields` keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredField {
    pub name: String,
    pub value: String,
    pub verified_at: Option<i64>,
}

pub(crate) fn fields(json: &str) -> Vec<StoredField> {
    serde_json::from_str(json).unwrap_or_default()
}

/// Whom a profile names, as `accounts.mentions` keeps it: looked up when the profile was written, so
/// that showing it costs nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredMention {
    pub username: String,
    /// Empty for local accounts.
    pub domain: String,
    pub url: String,
}

fn mentions(json: &str) -> Vec<StoredMention> {
    serde_json::from_str(json).unwrap_or_default()
}

fn field(context: &Context, known: &[StoredMention], f: StoredField) -> m::Field {
    let value = with_links(context, known, |links| text::compose::field_html(&f.value, links));
    m::Field { name: f.name, value, verified_at: f.verified_at.map(DateTime) }
}

fn as_typed(f: StoredField) -> m::Field {
    m::Field { name: f.name, value: f.value, verified_at: f.verified_at.map(DateTime) }
}

fn note_html(context: &Context, known: &[StoredMention], note: &str) -> String {
    with_links(context, known, |links| text::compose::bio_html(note, links))
}

/// A table row's or a bio's text: tags and known people become links.
fn with_links(context: &Context, known: &[StoredMention], compose: impl Fn(&text::Links<'_>) -> String) -> String {
    let target = |mention: &text::MentionRef| {
        let domain = mention.domain.as_deref().filter(|domain| !context.urls.is_local_domain(domain)).unwrap_or_default();
        let found = known.iter().find(|k| k.username.eq_ignore_ascii_case(&mention.username) && k.domain.eq_ignore_ascii_case(domain))?;
        let domain = (!found.domain.is_empty()).then(|| found.domain.clone());
        Some(text::MentionTarget { username: found.username.clone(), domain, url: found.url.clone() })
    };
    compose(&text::Links { mention: &target, tag: &|tag| context.urls.tag_url(&tag.written), author: None })
}

/// These accounts in the order of `ids`; missing ones are left out.
pub async fn accounts(app: &App, ids: Vec<AccountId>) -> Result<Vec<m::Account>> {
    Ok(shared(app, ids).await?.iter().map(|account| m::Account::clone(account)).collect())
}

/// As [`accounts`], without copying them.
pub async fn shared(app: &App, ids: Vec<AccountId>) -> Result<Vec<Shared<m::Account>>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let cards = known_or_read(app, ids.clone()).await?;
    Ok(ids.iter().filter_map(|id| cards.get(id)).map(|card| card.shown.clone()).collect())
}

/// The cards of these accounts, without a read if all are in memory.
async fn known_or_read(app: &App, ids: Vec<AccountId>) -> Result<HashMap<AccountId, Arc<AccountCard>>> {
    let view = view::begin(app, None);
    let known = view.look.accounts(&ids);
    match ids.iter().all(|id| known.contains_key(id)) {
        true => Ok(known),
        false => app.read(move |r| async move { cards(&r, &view, &ids).await }).await,
    }
}

/// The cards of these accounts: with one query, or none if all are in memory.
pub(super) async fn cards(r: &Reader, view: &View, ids: &[AccountId]) -> Result<HashMap<AccountId, Arc<AccountCard>>> {
    let mut cards = view.look.accounts(ids);
    let absent: Vec<AccountId> = ids.iter().copied().filter(|id| !cards.contains_key(id)).collect();
    for row in accounts::list(r, &absent).await? {
        let card = Arc::new(AccountCard {
            usable: row.usable,
            suspended: row.suspended_at.is_some(),
            sensitized: row.sensitized_at.is_some(),
            shown: account(view.context(), &row).into(),
        });
        view.look.keep_account(row.id, &card);
        cards.insert(row.id, card);
    }
    Ok(cards)
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

/// An account by its id.
///
/// Errors: `NotFound` for one that does not exist or is not let in yet.
pub async fn one(app: &App, id: AccountId) -> Result<Shared<m::Account>> {
    let cards = known_or_read(app, vec![id]).await?;
    cards.get(&id).filter(|card| card.usable && id.0 > 0).map(|card| card.shown.clone()).ok_or_else(Error::not_found)
}

/// The viewer's own account with what only they see.
pub async fn credentials(app: &App, viewer: &Viewer) -> Result<Shared<m::CredentialAccount>> {
    let (id, look) = (viewer.account_id, app.cards.look());
    if let Some(known) = look.credentials(id) {
        return Ok(known);
    }
    let (row, user, roles, requests, domains) = app
        .read(move |r| async move {
            let row = accounts::find(&r, id).await?.ok_or_else(Error::not_found)?;
            let user = users::find_by_account(&r, id).await?.ok_or_else(Error::not_found)?;
            let wanted: Vec<RoleId> = [Some(EVERYONE), user.role_id].into_iter().flatten().collect();
            let roles = users::list_roles(&r, &wanted).await?;
            let requests = follow_requests::count(&r, id, REQUESTS_COUNTED).await?;
            let domains = accounts::attribution_domains(&r, id).await?;
            Ok((row, user, roles, requests, domains))
        })
        .await?;
    let preferences = Preferences::read(&user.settings, row.locked);
    let source = m::Source {
        attribution_domains: serde_json::from_str(&domains).unwrap_or_default(),
        note: row.note.clone(),
        fields: fields(&row.fields).into_iter().map(as_typed).collect(),
        privacy: privacy(preferences.default_privacy.as_deref()),
        quote_policy: quote_policy(preferences.default_quote_policy.as_deref()),
        sensitive: preferences.default_sensitive,
        language: preferences.default_language,
        hide_collections: row.hide_collections,
        discoverable: row.discoverable,
        indexable: row.indexable,
        follow_requests_count: requests,
    };
    let shown = Shared::from(m::CredentialAccount { account: account(app.context(), &row), source, role: own_role(&roles, user.role_id) });
    look.keep_credentials(id, &shown);
    Ok(shown)
}

fn privacy(word: Option<&str>) -> m::Visibility {
    match word {
        Some("unlisted") => m::Visibility::Unlisted,
        Some("private") => m::Visibility::Private,
        Some("direct") => m::Visibility::Direct,
        _ => m::Visibility::Public,
    }
}

fn quote_policy(word: Option<&str>) -> m::QuotePolicy {
    match word {
        Some("followers") => m::QuotePolicy::Followers,
        Some("nobody") => m::QuotePolicy::Nobody,
        _ => m::QuotePolicy::Public,
    }
}

/// The viewer's choices for posting and reading.
pub fn preferences(viewer: &Viewer) -> m::Preferences {
    let chosen = &viewer.preferences;
    m::Preferences {
        visibility: privacy(chosen.default_privacy.as_deref()),
        sensitive: chosen.default_sensitive,
        language: chosen.default_language.clone(),
        quote_policy: quote_policy(chosen.default_quote_policy.as_deref()),
        expand_media: match chosen.display_media.as_deref() {
            Some("show_all") => m::ExpandMedia::ShowAll,
            Some("hide_all") => m::ExpandMedia::HideAll,
            _ => m::ExpandMedia::Default,
        },
        expand_spoilers: chosen.expand_content_warnings,
        autoplay_gifs: chosen.auto_play,
    }
}

/// The viewer's own profile, as typed and as shown.
pub async fn profile(app: &App, viewer: &Viewer) -> Result<m::Profile> {
    let id = viewer.account_id;
    let (row, domains) = app
        .read(move |r| async move { Ok((accounts::find(&r, id).await?.ok_or_else(Error::not_found)?, accounts::attribution_domains(&r, id).await?)) })
        .await?;
    let (avatar, avatar_static) = pictures(app.context(), &row).avatar.unzip();
    let (header, header_static) = pictures(app.context(), &row).header.unzip();
    let shown = account(app.context(), &row);
    Ok(m::Profile {
        id: shown.id,
        display_name: row.display_name,
        note: row.note,
        fields: fields(&row.fields).into_iter().map(as_typed).collect(),
        formatted_note: shown.note,
        formatted_fields: shown.fields,
        avatar,
        avatar_static,
        avatar_description: row.avatar_description,
        header,
        header_static,
        header_description: row.header_description,
        locked: row.locked,
        bot: shown.bot,
        hide_collections: row.hide_collections,
        discoverable: row.discoverable,
        indexable: row.indexable,
        show_media: row.show_media,
        show_media_replies: row.show_media_replies,
        show_featured: row.show_featured,
        attribution_domains: serde_json::from_str(&domains).unwrap_or_default(),
        featured_tags: Vec::new(),
    })
}

/// Everybody's permissions are added to each role's.
fn own_role(roles: &[users::Role], own: Option<RoleId>) -> m::Role {
    let everyone = roles.iter().find(|role| role.id == EVERYONE).map_or(0, |role| role.permissions);
    let own = own.and_then(|id| roles.iter().find(|role| role.id == id)).or_else(|| roles.iter().find(|role| role.id == EVERYONE));
    let Some(role) = own else { return m::Role::default() };
    m::Role {
        id: Id(role.id.0),
        name: role.name.clone(),
        color: role.color.clone(),
        permissions: Permissions::from_bits(role.permissions | everyone).bits().to_string(),
        highlighted: role.highlighted,
        ..m::Role::default()
    }
}
