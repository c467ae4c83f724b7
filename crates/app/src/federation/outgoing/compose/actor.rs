//! Actors.

use serde_json::{Value, json};
use store::accounts::{self, Account, INSTANCE_ACTOR};
use store::documents::{self, ActorParts, Emoji, PublicKey};
use store::{AccountId, Reader, keypairs};
use text::EntityKind;
use wire::DateTime;

use super::parts::{emoji, hashtag, of_actor};
use crate::Result;
use crate::cache::context::Context;
use crate::present;
use crate::urls::Urls;

/// `accounts.actor_type`, by its number.
const TYPES: &[&str] = &["Person", "Service", "Application", "Group", "Organization"];

/// The actor of a local account, the instance's own among them; `None` if there is no such account here. A suspended
/// one says nothing of its person, and that it is suspended. Four statements.
///
/// Source: docs.joinmastodon.org/spec/activitypub/#properties-used-1, FEP-2c59 (webfinger), FEP-521a (keys)
pub async fn actor(r: &Reader, context: &Context, id: AccountId) -> Result<Option<Value>> {
    let (Some(row), Some(parts)) = (accounts::find(r, id).await?, documents::actor_parts(r, id).await?) else { return Ok(None) };
    let keys = documents::list_public_keys(r, id).await?;
    if id == INSTANCE_ACTOR {
        return Ok(Some(instance(&context.urls, &row, &keys)));
    }
    let shown = present::account::account(context, &row);
    let shortcodes: Vec<String> = shown.emojis.iter().map(|emoji| emoji.shortcode.clone()).collect();
    let emojis = documents::list_emojis(r, &shortcodes).await?;
    Ok(Some(person(&context.urls, &row, &parts, &shown, &keys, &emojis)))
}

fn person(urls: &Urls, row: &Account, parts: &ActorParts, shown: &wire::mastodon::Account, keys: &[PublicKey], emojis: &[Emoji]) -> Value {
    let here = row.suspended_at.is_none();
    let name = if shown.display_name.is_empty() { &row.username } else { &shown.display_name };
    let kind = usize::try_from(row.actor_type).ok().and_then(|kind| TYPES.get(kind)).unwrap_or(&TYPES[0]);
    let fields: Vec<Value> = shown.fields.iter().map(|field| json!({ "type": "PropertyValue", "name": field.name, "value": field.value })).collect();
    let mut actor = json!({
        "id": row.uri,
        "type": kind,
        "webfinger": format!("{}@{}", row.username, urls.account_domain),
        "following": of_actor(&row.uri, "following"),
        "followers": of_actor(&row.uri, "followers"),
        "inbox": of_actor(&row.uri, "inbox"),
        "outbox": of_actor(&row.uri, "outbox"),
        "featured": of_actor(&row.uri, "collections/featured"),
        "featuredTags": of_actor(&row.uri, "collections/tags"),
        "preferredUsername": row.username,
        "name": name,
        "summary": shown.note,
        "url": row.url.clone().unwrap_or_else(|| row.uri.clone()),
        "manuallyApprovesFollowers": shown.locked,
        "discoverable": here && row.discoverable == Some(true),
        "indexable": here && row.indexable,
        "published": DateTime(row.created_at).floored_to_day().to_string(),
        "memorial": row.memorial,
        "showFeatured": row.show_featured,
        "showMedia": row.show_media,
        "showRepliesInMedia": row.show_media_replies,
    });
    // Nobody but they themselves, whatever they prefer: a FeatureRequest would not be answered.
    actor["interactionPolicy"] = json!({ "canFeature": { "automaticApproval": [row.uri] } });
    with_keys(&mut actor, &row.uri, keys);
    actor["tag"] = if here { tags(urls, row, emojis).into() } else { json!([]) };
    actor["attachment"] = fields.into();
    actor["endpoints"] = json!({ "sharedInbox": urls.shared_inbox() });
    if !here {
        actor["suspended"] = true.into();
        return actor;
    }
    let pictures =
        [("icon", &row.avatar, &parts.avatar_mime, &row.avatar_description), ("image", &row.header, &parts.header_mime, &row.header_description)];
    for (property, key, mime, description) in pictures {
        if let Some(key) = key {
            actor[property] = picture(&urls.media_url(key), mime.as_deref(), description);
        }
    }
    let listed = |json: &str| serde_json::from_str::<Vec<String>>(json).unwrap_or_default();
    for (property, values) in [("alsoKnownAs", listed(&parts.also_known_as)), ("attributionDomains", listed(&parts.attribution_domains))] {
        if !values.is_empty() {
            actor[property] = values.into();
        }
    }
    if let Some(moved_to) = &parts.moved_to {
        actor["movedTo"] = moved_to.clone().into();
    }
    actor
}

/// Speaks for the server: fetches are signed by it, and anybody can read it unsigned.
fn instance(urls: &Urls, row: &Account, keys: &[PublicKey]) -> Value {
    let mut actor = json!({
        "id": row.uri,
        "type": "Application",
        "webfinger": format!("{}@{}", row.username, urls.account_domain),
        "inbox": of_actor(&row.uri, "inbox"),
        "outbox": of_actor(&row.uri, "outbox"),
        "preferredUsername": row.username,
        "url": urls.instance_actor_url(),
        "manuallyApprovesFollowers": true,
    });
    with_keys(&mut actor, &row.uri, keys);
    actor["endpoints"] = json!({ "sharedInbox": urls.shared_inbox() });
    actor
}

/// RSA keys as everybody knows them, Ed25519 keys as FEP-521a has them.
fn with_keys(actor: &mut Value, uri: &str, keys: &[PublicKey]) {
    let rsa = keys.iter().filter(|key| key.kind == keypairs::RSA);
    let mut rsa: Vec<Value> =
        rsa.map(|key| json!({ "id": format!("{uri}{}", key.fragment), "owner": uri, "publicKeyPem": key.public_key })).collect();
    match rsa.len() {
        0 => {}
        1 => actor["publicKey"] = rsa.remove(0),
        _ => actor["publicKey"] = rsa.into(),
    }
    let multikeys: Vec<Value> = keys
        .iter()
        .filter(|key| key.kind == keypairs::ED25519)
        .map(|key| json!({ "id": format!("{uri}{}", key.fragment), "type": "Multikey", "controller": uri, "publicKeyMultibase": key.public_key }))
        .collect();
    if !multikeys.is_empty() {
        actor["assertionMethod"] = multikeys.into();
    }
}

fn picture(url: &str, mime: Option<&str>, description: &str) -> Value {
    let mut picture = json!({ "type": "Image", "url": url });
    if let Some(mime) = mime {
        picture["mediaType"] = mime.into();
    }
    if !description.is_empty() {
        picture["summary"] = description.into();
    }
    picture
}

/// Emojis of the profile's texts, and the hashtags of its text.
fn tags(urls: &Urls, row: &Account, emojis: &[Emoji]) -> Vec<Value> {
    let mut names: Vec<String> = Vec::new();
    for entity in text::links::scan(&row.note) {
        if let EntityKind::Hashtag(written) = entity.kind {
            let name = text::tags::normalize(&written);
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    emojis.iter().map(|known| emoji(urls, known)).chain(names.iter().map(|name| hashtag(urls, name))).collect()
}
