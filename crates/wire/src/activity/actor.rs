//! Reading actors of others.
//!
//! Servers write them in many ways; only what an actor cannot be without fails it: an id, an inbox, a name and one of
//! the types of actors; a document that was fetched by itself also needs the vocabulary's context. Everything else is
//! taken if it can be. Lists are cut to their limits; texts are as long as they came: they are cut where they are stored.

use serde_json::Value;

use super::document::{id, is_a, many, one, text, words};
use super::emoji::{self, Emoji};
use super::{CONTEXT, Unreadable, address, file, moment};

/// Bytes of a username.
const USERNAME_MAX: usize = 2048;
/// Rows of the table on a profile.
const FIELDS_MAX: usize = 50;
const ALIASES_MAX: usize = 256;
const ATTRIBUTION_DOMAINS_MAX: usize = 256;
/// Bytes of one of those domains.
const DOMAIN_MAX: usize = 253;
/// Keys in `publicKey`, and as many in `assertionMethod`.
const KEYS_MAX: usize = 10;
/// Bytes of a key's text: those of an RSA key of 16384 bits fit in.
const KEY_MAX: usize = 8 * 1024;

/// The types an actor can have, in the order of their numbers in the database.
const KINDS: [&str; 5] = ["Person", "Service", "Application", "Group", "Organization"];

/// An actor as its document says, nothing sanitised. Addresses that cannot be read are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub id: String,
    /// 0 Person, 1 Service, 2 Application, 3 Group, 4 Organization.
    pub kind: i64,
    /// `preferredUsername`, if it can be one.
    pub username: Option<String>,
    /// The handle it claims for itself: name and domain. Source: FEP-2c59
    pub webfinger: Option<(String, String)>,
    pub name: String,
    /// HTML.
    pub summary: String,
    /// The page; the id where none on the same host is named.
    pub url: String,
    pub inbox: String,
    pub shared_inbox: String,
    pub outbox: String,
    pub followers: String,
    pub following: String,
    pub featured: String,
    pub icon: Option<Picture>,
    pub image: Option<Picture>,
    pub fields: Vec<Field>,
    pub locked: bool,
    pub discoverable: bool,
    pub indexable: bool,
    pub memorial: bool,
    pub suspended: bool,
    pub show_media: bool,
    pub show_media_replies: bool,
    pub show_featured: bool,
    /// Milliseconds UTC.
    pub published: Option<i64>,
    pub also_known_as: Vec<String>,
    pub moved_to: Option<String>,
    pub attribution_domains: Vec<String>,
    pub emojis: Vec<Emoji>,
    pub keys: Vec<Key>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub url: String,
    pub description: String,
}

/// A row of the table on a profile; its value is HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub value: String,
}

/// A key that an actor lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    Inline(InlineKey),
    /// To be had at this address.
    At(String),
}

/// A key whose text stands in the document. Whether it may is for the reader to say: [`InlineKey::is_own`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineKey {
    pub id: String,
    /// `owner`, or `controller`.
    pub owner: String,
    pub material: Material,
    /// Milliseconds UTC.
    pub expires_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Material {
    Pem(String),
    /// Source: FEP-521a
    Multibase(String),
}

impl InlineKey {
    /// Whether it says it is this actor's, and has an address within the actor's document.
    pub fn is_own(&self, actor: &str) -> bool {
        self.owner == actor && self.id.split('#').next() == Some(actor)
    }
}

/// Whether an object is of a type that actors have.
pub fn is_actor(object: &Value) -> bool {
    KINDS.iter().any(|kind| is_a(object, kind))
}

/// Reads an actor's own document, as it was fetched.
///
/// Errors: what it lacks to be one.
pub fn read(document: &Value) -> Result<Actor, Unreadable> {
    if !many(document, "@context").any(|context| context.as_str() == Some(CONTEXT)) {
        return Err(lacking("ActivityStreams context"));
    }
    read_embedded(document)
}

/// Reads an actor within another document, such as the `Update` that sends it: the context is the outer document's, and
/// most servers write none inside.
///
/// Errors: what it lacks to be one.
pub fn read_embedded(document: &Value) -> Result<Actor, Unreadable> {
    let kind = KINDS.iter().position(|kind| is_a(document, kind)).ok_or_else(|| lacking("type of an actor"))?;
    let id = document.get("id").and_then(Value::as_str).filter(|id| address::is_address(id)).ok_or_else(|| lacking("id"))?;
    let inbox = address::of(document, "inbox");
    if inbox.is_empty() {
        return Err(lacking("inbox"));
    }
    let username = text(document, "preferredUsername").filter(|name| is_username(name)).map(str::to_owned);
    let webfinger = text(document, "webfinger").and_then(handle);
    if username.is_none() && webfinger.is_none() {
        return Err(lacking("username"));
    }
    Ok(Actor {
        id: id.to_owned(),
        kind: i64::try_from(kind).unwrap_or_default(),
        username,
        webfinger,
        name: words(document, "name").unwrap_or_default().trim().to_owned(),
        summary: words(document, "summary").unwrap_or_default().to_owned(),
        url: page(document, id),
        inbox: inbox.to_owned(),
        shared_inbox: shared_inbox(document).to_owned(),
        outbox: address::of(document, "outbox").to_owned(),
        followers: address::of(document, "followers").to_owned(),
        following: address::of(document, "following").to_owned(),
        featured: address::of(document, "featured").to_owned(),
        icon: picture(document, "icon"),
        image: picture(document, "image"),
        fields: fields(document),
        locked: flag(document, "manuallyApprovesFollowers").unwrap_or(false),
        discoverable: flag(document, "discoverable").unwrap_or(false),
        indexable: flag(document, "indexable").unwrap_or(false),
        memorial: flag(document, "memorial").unwrap_or(false),
        suspended: flag(document, "suspended").unwrap_or(false),
        show_media: flag(document, "showMedia").unwrap_or(true),
        show_media_replies: flag(document, "showRepliesInMedia").unwrap_or(true),
        show_featured: flag(document, "showFeatured").unwrap_or(true),
        published: moment::of(document, "published"),
        also_known_as: addresses(document, "alsoKnownAs", ALIASES_MAX),
        moved_to: Some(address::of(document, "movedTo").to_owned()).filter(|to| !to.is_empty()),
        attribution_domains: attribution_domains(document),
        emojis: emoji::list(document),
        keys: keys(document, id),
    })
}

fn lacking(what: &str) -> Unreadable {
    Unreadable(format!("the actor has no {what}"))
}

/// Whether a name can be a user's here or anywhere: words of ASCII letters, digits and underscores, with dots and
/// hyphens between them.
pub fn is_username(name: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = name.as_bytes();
    bytes.len() <= USERNAME_MAX
        && bytes.first().is_some_and(|byte| is_word(*byte))
        && bytes.last().is_some_and(|byte| is_word(*byte))
        && bytes.iter().all(|byte| is_word(*byte) || matches!(byte, b'.' | b'-'))
}

/// `name@domain`, perhaps with an `@` or `acct:` before it.
fn handle(text: &str) -> Option<(String, String)> {
    let text = text.strip_prefix("acct:").unwrap_or(text);
    let (name, domain) = text.strip_prefix('@').unwrap_or(text).split_once('@')?;
    (is_username(name) && !domain.is_empty() && !domain.contains('@')).then(|| (name.to_owned(), domain.to_owned()))
}

/// Some write `"true"`.
fn flag(document: &Value, key: &str) -> Option<bool> {
    match one(document, key)? {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// The page of the profile: a link to HTML before others, on the actor's own host, else its id.
fn page(document: &Value, id: &str) -> String {
    let own: Vec<(&Value, String)> =
        many(document, "url").filter_map(|link| Some((link, address::page(link)?))).filter(|(_, page)| address::same_host(page, id)).collect();
    let is_html = |(link, _): &&(&Value, String)| link.get("mediaType").and_then(Value::as_str).is_some_and(|kind| kind.starts_with("text/html"));
    own.iter().find(is_html).or_else(|| own.first()).map_or_else(|| id.to_owned(), |(_, page)| page.clone())
}

fn shared_inbox(document: &Value) -> &str {
    let inbox = one(document, "endpoints").map_or("", |endpoints| address::of(endpoints, "sharedInbox"));
    if inbox.is_empty() { address::of(document, "sharedInbox") } else { inbox }
}

fn picture(document: &Value, key: &str) -> Option<Picture> {
    let picture = file::picture(document, key)?;
    let description = picture.description().unwrap_or_default().trim().to_owned();
    Some(Picture { url: picture.url, description })
}

fn fields(document: &Value) -> Vec<Field> {
    let read = |row: &Value| {
        let value = words(row, "value").or_else(|| one(row, "value")?.as_str())?;
        Some(Field { name: words(row, "name")?.trim().to_owned(), value: value.to_owned() })
    };
    // A single object in the place of the list says nothing, as in Mastodon.
    let rows = document.get("attachment").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let rows = rows.iter().filter(|row| is_a(row, "PropertyValue") || is_a(row, "schema:PropertyValue"));
    rows.take(FIELDS_MAX).filter_map(read).collect()
}

fn addresses(document: &Value, key: &str, max: usize) -> Vec<String> {
    let addresses = many(document, key).take(max).filter_map(id);
    addresses.filter(|text| address::is_address(text)).map(str::to_owned).collect()
}

fn attribution_domains(document: &Value) -> Vec<String> {
    let domains = many(document, "attributionDomains").take(ATTRIBUTION_DOMAINS_MAX).filter_map(Value::as_str);
    domains.filter(|domain| !domain.is_empty() && domain.len() <= DOMAIN_MAX).map(str::to_owned).collect()
}

fn keys(document: &Value, actor: &str) -> Vec<Key> {
    let public = many(document, "publicKey").take(KEYS_MAX).filter_map(|value| key(value, actor));
    public.chain(many(document, "assertionMethod").take(KEYS_MAX).filter_map(|value| key(value, actor))).collect()
}

/// A key in a list of an actor, or in a document of its own. One that names no owner has none.
pub fn key(value: &Value, actor: &str) -> Option<Key> {
    if let Some(at) = value.as_str() {
        return address::is_address(at).then(|| Key::At(at.to_owned()));
    }
    let id = value.get("id")?.as_str()?;
    // Within the document, an id may be the fragment alone.
    let id = if id.starts_with('#') { format!("{actor}{id}") } else { id.to_owned() };
    let bounded = |key: &str| text(value, key).filter(|text| text.len() <= KEY_MAX).map(str::to_owned);
    let material = bounded("publicKeyPem").map(Material::Pem).or_else(|| bounded("publicKeyMultibase").map(Material::Multibase));
    let time = |key: &str| moment::of(value, key);
    let owner = super::document::id_of(value, "owner").or_else(|| super::document::id_of(value, "controller")).unwrap_or_default().to_owned();
    match material {
        _ if !address::is_address(&id) => None,
        Some(material) => Some(Key::Inline(InlineKey { id, owner, material, expires_at: time("expires"), revoked_at: time("revoked") })),
        None => Some(Key::At(id)),
    }
}

#[cfg(test)]
mod tests;
