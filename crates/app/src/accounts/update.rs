//! Changing one's own profile and the defaults for posting.

use bytes::Bytes;
use serde_json::{Map, Value};
use store::accounts::{self, Account, Profile};
use store::{MediaId, Reader, Tx, media, users};
use text::{EntityKind, Limit, MentionRef};

use crate::accounts::follow_requests;
use crate::effects::index;
use crate::federation::outgoing;
use crate::media::portrait::{self, Portrait, Prepared};
use crate::present::account::{StoredField, StoredMention, fields};
use crate::viewer::settings;
use crate::{App, Error, Result, Viewer, Words};

/// Characters of a field's name and value; more are cut off, as Mastodon does, unless they are past the limit in bytes.
pub const FIELD_CHARS: usize = 255;
const FIELD: Limit = Limit::code_points(FIELD_CHARS);
/// Characters of what a picture shows.
pub const PICTURE_DESCRIPTION_CHARS: usize = 150;
/// Sites that may name one as their author.
const ATTRIBUTION_DOMAINS: usize = 100;
/// Characters of a domain. Source: RFC 1035, section 2.3.4
const DOMAIN_CHARS: usize = 253;
/// People one profile links to; further ones stay words.
const MENTIONS_MAX: usize = 20;
const ACTOR_PERSON: i64 = 0;
const ACTOR_SERVICE: i64 = 1;
const PRIVACIES: [&str; 3] = ["public", "unlisted", "private"];
const QUOTE_POLICIES: [&str; 3] = ["public", "followers", "nobody"];

/// What is to change; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub display_name: Option<String>,
    pub note: Option<String>,
    pub avatar: Option<Bytes>,
    pub header: Option<Bytes>,
    pub avatar_description: Option<String>,
    pub header_description: Option<String>,
    pub locked: Option<bool>,
    pub bot: Option<bool>,
    pub discoverable: Option<bool>,
    pub indexable: Option<bool>,
    pub hide_collections: Option<bool>,
    pub show_media: Option<bool>,
    pub show_media_replies: Option<bool>,
    pub show_featured: Option<bool>,
    pub attribution_domains: Option<Vec<String>>,
    /// All rows of the table, name and value; empty ones are left out.
    pub fields: Option<Vec<(String, String)>>,
    pub defaults: Defaults,
}

/// Defaults for posting. An empty language is the person's own.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    pub privacy: Option<String>,
    pub sensitive: Option<bool>,
    pub language: Option<String>,
    pub quote_policy: Option<String>,
}

/// Applies `change`, all of it or nothing.
///
/// Errors: `Invalid` with all that is wrong, `Refused` for a picture that cannot be used.
/// Source: docs.joinmastodon.org/methods/accounts/#update_credentials
pub async fn update(app: &App, viewer: &Viewer, change: Change) -> Result<()> {
    let change = tidied(change);
    let problems = problems(app, &change);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let avatar = prepare(app, Portrait::Avatar, change.avatar.clone()).await?;
    let header = prepare(app, Portrait::Header, change.header.clone()).await?;
    let (id, user, urls) = (viewer.account_id, viewer.user_id, app.urls().clone());
    app.write(move |tx| async move {
        let account = accounts::find(&tx, id).await?.ok_or_else(Error::not_found)?;
        let domains = accounts::attribution_domains(&tx, id).await?;
        let mut profile = changed(&account, domains, &change);
        let people = mentioned(&tx, &urls, &profile).await?;
        profile.mentions = serde_json::to_string(&people).map_err(Error::internal)?;
        accounts::set_profile(&tx, id, &profile).await?;
        set_pictures(&tx, id, avatar, header).await?;
        let before = users::find(&tx, user).await?.ok_or_else(Error::not_found)?.settings;
        if let Some(after) = with_defaults(&before, &change.defaults) {
            users::set_settings(&tx, user, &after).await?;
        }
        index::profile_changed(&tx, id, account.indexable != profile.indexable).await?;
        if account.locked && !profile.locked {
            // Nobody is asked any more, so nobody need wait.
            follow_requests::authorize_all(&tx, id).await?;
        }
        outgoing::update::profile_later(&tx, id).await
    })
    .await?;
    // The viewer's token carries the defaults.
    app.tokens.forget_account(id);
    Ok(())
}

/// Takes a picture and its description away; having none is no error.
///
/// Source: docs.joinmastodon.org/methods/profile/
pub async fn remove_picture(app: &App, viewer: &Viewer, which: Portrait) -> Result<()> {
    let id = viewer.account_id;
    app.write(move |tx| async move {
        let account = accounts::find(&tx, id).await?.ok_or_else(Error::not_found)?;
        let domains = accounts::attribution_domains(&tx, id).await?;
        let (avatar, header) = accounts::find_pictures(&tx, id).await?;
        let mut profile = changed(&account, domains, &Change::default());
        let gone = match which {
            Portrait::Avatar => {
                profile.avatar_description = String::new();
                accounts::set_pictures(&tx, id, None, header).await?;
                avatar
            }
            Portrait::Header => {
                profile.header_description = String::new();
                accounts::set_pictures(&tx, id, avatar, None).await?;
                header
            }
        };
        if let Some(gone) = gone {
            media::remove_files(&tx, gone).await?;
        }
        accounts::set_profile(&tx, id, &profile).await?;
        outgoing::update::profile_later(&tx, id).await
    })
    .await
}

async fn prepare(app: &App, which: Portrait, file: Option<Bytes>) -> Result<Option<Prepared>> {
    match file {
        Some(file) => Ok(Some(portrait::prepare(app, which, file).await?)),
        None => Ok(None),
    }
}

/// White space at the ends goes, and rows of the table without any text.
fn tidied(change: Change) -> Change {
    let trimmed = |text: Option<String>| text.map(|text| text.trim().to_owned());
    let cut = |text: &str| {
        let text = text.trim();
        if text.len() > FIELD.max_bytes() { text } else { FIELD.cut(text) }.to_owned()
    };
    let fields = change.fields.map(|fields| {
        let fields = fields.iter().map(|(name, value)| (cut(name), cut(value)));
        fields.filter(|(name, value)| !name.is_empty() || !value.is_empty()).collect()
    });
    let domains = change.attribution_domains.map(|domains| domains.iter().filter_map(|domain| bare_domain(domain)).collect());
    Change { display_name: trimmed(change.display_name), note: trimmed(change.note), fields, attribution_domains: domains, ..change }
}

/// A domain as people paste it: without scheme and path, in lower case. `None` for nothing.
fn bare_domain(given: &str) -> Option<String> {
    let given = given.trim();
    let host = given.strip_prefix("https://").or_else(|| given.strip_prefix("http://")).unwrap_or(given);
    let host = host.split('/').next().unwrap_or_default().to_lowercase();
    (!host.is_empty()).then_some(host)
}

fn problems(app: &App, change: &Change) -> Vec<Words> {
    let limits = &app.options.limits;
    let mut problems = Vec::new();
    let mut check = |text: &Option<String>, id, max: usize| {
        problems.extend(text.as_ref().and_then(|text| Words::if_too_long(id, text, Limit::code_points(max))));
    };
    check(&change.display_name, "invalid-display-name-too-long", limits.display_name_chars);
    check(&change.avatar_description, "invalid-avatar-description-too-long", PICTURE_DESCRIPTION_CHARS);
    check(&change.header_description, "invalid-header-description-too-long", PICTURE_DESCRIPTION_CHARS);
    if change.note.as_ref().is_some_and(|note| !text::count::fits("", note, limits.bio_chars)) {
        problems.push(Words::new("invalid-note-too-long").with("max", limits.bio_chars));
    }
    if let Some(fields) = &change.fields {
        if fields.len() > limits.profile_fields {
            problems.push(Words::new("invalid-fields-too-many").with("max", limits.profile_fields));
        }
        let texts = || fields.iter().flat_map(|(name, value)| [name, value]);
        // Mastodon's words for too many fields are the same, with another number.
        problems.extend(texts().find_map(|text| Words::if_too_long("invalid-fields-too-many", text, FIELD)));
        if fields.iter().any(|(name, _)| name.is_empty()) {
            problems.push(Words::new("invalid-fields-labels"));
        }
    }
    if let Some(domains) = &change.attribution_domains {
        if domains.len() > ATTRIBUTION_DOMAINS {
            problems.push(Words::new("invalid-attribution-domains-too-many").with("max", ATTRIBUTION_DOMAINS));
        }
        if !domains.iter().all(|domain| is_domain(domain)) {
            problems.push(Words::new("invalid-attribution-domains"));
        }
    }
    problems.extend(default_problems(&change.defaults));
    problems
}

fn is_domain(domain: &str) -> bool {
    domain.len() <= DOMAIN_CHARS
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'))
}

fn default_problems(defaults: &Defaults) -> Vec<Words> {
    let strange = |word: &Option<String>, known: &[&str]| word.as_deref().is_some_and(|word| !known.contains(&word));
    let mut problems = Vec::new();
    if strange(&defaults.privacy, &PRIVACIES) {
        problems.push(Words::new("invalid-default-privacy"));
    }
    if defaults.language.as_deref().is_some_and(|code| !code.is_empty() && text::language::normalize(code).is_none()) {
        problems.push(Words::new("invalid-default-language"));
    }
    if strange(&defaults.quote_policy, &QUOTE_POLICIES) {
        problems.push(Words::new("invalid-default-quote-policy"));
    }
    problems
}

/// The profile after the change; whom it mentions is left to be found.
fn changed(account: &Account, attribution_domains: String, change: &Change) -> Profile {
    let text = |new: &Option<String>, old: &String| new.clone().unwrap_or_else(|| old.clone());
    let actor_type = match change.bot {
        Some(true) => ACTOR_SERVICE,
        Some(false) if account.actor_type == ACTOR_SERVICE => ACTOR_PERSON,
        _ => account.actor_type,
    };
    Profile {
        display_name: text(&change.display_name, &account.display_name),
        note: text(&change.note, &account.note),
        fields: change.fields.as_ref().map_or_else(|| account.fields.clone(), |new| with_proofs(new, &account.fields)),
        mentions: account.mentions.clone(),
        attribution_domains: change.attribution_domains.as_ref().map_or(attribution_domains, |domains| Value::from(domains.clone()).to_string()),
        actor_type,
        locked: change.locked.unwrap_or(account.locked),
        discoverable: change.discoverable.or(account.discoverable),
        indexable: change.indexable.unwrap_or(account.indexable),
        hide_collections: change.hide_collections.or(account.hide_collections),
        show_media: change.show_media.unwrap_or(account.show_media),
        show_media_replies: change.show_media_replies.unwrap_or(account.show_media_replies),
        show_featured: change.show_featured.unwrap_or(account.show_featured),
        avatar_description: text(&change.avatar_description, &account.avatar_description),
        header_description: text(&change.header_description, &account.header_description),
    }
}

/// The new rows of the table; a value that was proven stays proven.
fn with_proofs(new: &[(String, String)], old: &str) -> String {
    let old = fields(old);
    let proven = |value: &str| old.iter().find(|field| field.value == value).and_then(|field| field.verified_at);
    let rows: Vec<StoredField> =
        new.iter().map(|(name, value)| StoredField { name: name.clone(), value: value.clone(), verified_at: proven(value) }).collect();
    serde_json::to_string(&rows).unwrap_or_else(|_| "[]".to_owned())
}

/// The accounts known here that note and table name.
async fn mentioned(r: &Reader, urls: &crate::urls::Urls, profile: &Profile) -> Result<Vec<StoredMention>> {
    let values = fields(&profile.fields).into_iter().map(|field| field.value);
    let mut wanted: Vec<MentionRef> = Vec::new();
    for text in values.chain([profile.note.clone()]) {
        for entity in text::links::scan(&text) {
            if let EntityKind::Mention(mention) = entity.kind
                && wanted.len() < MENTIONS_MAX
                && !wanted.contains(&mention)
            {
                wanted.push(mention);
            }
        }
    }
    let is_local = |mention: &MentionRef| mention.domain.as_deref().is_none_or(|domain| urls.is_local_domain(domain));
    let names: Vec<String> = wanted.iter().filter(|mention| is_local(mention)).map(|mention| mention.username.to_lowercase()).collect();
    let mut found = accounts::list_local_by_names(r, &names).await?;
    for mention in wanted.iter().filter(|mention| !is_local(mention)) {
        let domain = urls.domain_key(mention.domain.as_deref());
        found.extend(accounts::find_by_handle(r, &mention.username, &domain).await?.filter(|account| account.suspended_at.is_none()));
    }
    Ok(found.into_iter().map(|a| StoredMention { url: a.url.unwrap_or(a.uri), username: a.username, domain: a.domain }).collect())
}

async fn set_pictures(tx: &Tx, id: store::AccountId, avatar: Option<Prepared>, header: Option<Prepared>) -> Result<()> {
    if avatar.is_none() && header.is_none() {
        return Ok(());
    }
    let (old_avatar, old_header) = accounts::find_pictures(tx, id).await?;
    let avatar = replaced(tx, old_avatar, avatar).await?;
    let header = replaced(tx, old_header, header).await?;
    Ok(accounts::set_pictures(tx, id, avatar, header).await?)
}

/// The new picture in the old one's place; the old one's files are swept later.
async fn replaced(tx: &Tx, old: Option<MediaId>, new: Option<Prepared>) -> Result<Option<MediaId>> {
    let Some(new) = new else { return Ok(old) };
    if let Some(old) = old {
        media::remove_files(tx, old).await?;
    }
    Ok(Some(portrait::keep(tx, &new).await?))
}

/// The settings with new defaults; `None` if nothing was said of them.
fn with_defaults(before: &str, defaults: &Defaults) -> Option<String> {
    let mut map: Map<String, Value> = serde_json::from_str(before).unwrap_or_default();
    let before = map.clone();
    if let Some(privacy) = &defaults.privacy {
        map.insert(settings::PRIVACY.into(), privacy.as_str().into());
    }
    if let Some(sensitive) = defaults.sensitive {
        map.insert(settings::SENSITIVE.into(), sensitive.into());
    }
    if let Some(policy) = &defaults.quote_policy {
        map.insert(settings::QUOTE_POLICY.into(), policy.as_str().into());
    }
    match defaults.language.as_deref() {
        Some("") => drop(map.remove(settings::LANGUAGE)),
        Some(code) => drop(map.insert(settings::LANGUAGE.into(), text::language::normalize(code).into())),
        None => {}
    }
    (map != before).then(|| Value::Object(map).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::viewer::Preferences;

    #[test]
    fn defaults_are_read_as_they_were_written() {
        let defaults =
            Defaults { privacy: Some("unlisted".into()), sensitive: Some(true), language: Some("de".into()), quote_policy: Some("nobody".into()) };
        let written = with_defaults(r#"{"web.auto_play":true}"#, &defaults).unwrap();
        let expected = Preferences {
            default_privacy: defaults.privacy.clone(),
            default_sensitive: true,
            default_language: defaults.language.clone(),
            default_quote_policy: defaults.quote_policy.clone(),
            auto_play: true,
            ..Preferences::default()
        };
        assert_eq!(Preferences::read(&written, false), expected);
        let cleared = with_defaults(&written, &Defaults { language: Some(String::new()), ..Defaults::default() }).unwrap();
        assert_eq!(Preferences::read(&cleared, false), Preferences { default_language: None, ..expected });
        assert_eq!(with_defaults(&written, &Defaults::default()), None);
    }
}
