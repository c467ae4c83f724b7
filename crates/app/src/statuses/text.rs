//! The text of a status: whom and what it names, and how it is shown.

use std::collections::HashMap;

use store::{AccountId, Reader, accounts};
use text::{EntityKind, MentionRef};

use crate::urls::Urls;
use crate::{Result, policy};

/// People one status may mention.
const MENTIONS_MAX: usize = 50;
/// Tags one status may carry; more stay plain words in the index.
const TAGS_MAX: usize = 60;

/// Whom the text mentions and which tags it carries: (normalised, as written), each once.
pub(crate) fn entities(text: &str) -> (Vec<MentionRef>, Vec<(String, String)>) {
    let (mut mentions, mut tags): (Vec<MentionRef>, Vec<(String, String)>) = Default::default();
    for entity in text::links::scan(text) {
        match entity.kind {
            EntityKind::Mention(mention) if mentions.len() < MENTIONS_MAX && !mentions.contains(&mention) => mentions.push(mention),
            EntityKind::Hashtag(name) if tags.len() < TAGS_MAX => {
                let normal = text::tags::normalize(&name);
                if tags.iter().all(|(known, _)| *known != normal) {
                    tags.push((normal, text::tags::display(&name)));
                }
            }
            _ => {}
        }
    }
    (mentions, tags)
}

/// Somebody mentioned whom we know.
#[derive(Clone)]
pub(crate) struct Mentioned {
    pub id: AccountId,
    username: String,
    pub domain: String,
    url: String,
}

/// Who of those mentioned is known here. A handle on a domain of ours is the local account.
pub(crate) async fn find_mentioned(r: &Reader, urls: &Urls, author: AccountId, mentions: Vec<MentionRef>) -> Result<HashMap<MentionRef, Mentioned>> {
    let mut found = HashMap::new();
    for mention in mentions {
        let domain = urls.domain_key(mention.domain.as_deref());
        if let Some(account) = accounts::find_by_handle(r, &mention.username, &domain).await?
            && account.suspended_at.is_none()
            && account.usable
            && policy::may_mention(r, author, &account).await?
        {
            let url = account.url.unwrap_or(account.uri);
            found.insert(mention, Mentioned { id: account.id, username: account.username, domain: account.domain, url });
        }
    }
    Ok(found)
}

pub(crate) fn compose(urls: &Urls, username: &str, text: &str, mentioned: &HashMap<MentionRef, Mentioned>) -> String {
    let author = MentionRef { username: username.to_owned(), domain: None };
    text::compose::status_html(
        text,
        &text::Links {
            mention: &|mention| {
                mentioned.get(mention).map(|m| text::MentionTarget {
                    username: m.username.clone(),
                    domain: (!m.domain.is_empty()).then(|| m.domain.clone()),
                    url: m.url.clone(),
                })
            },
            tag: &|tag| urls.tag_url(&tag.written),
            author: Some(&author),
        },
    )
}
