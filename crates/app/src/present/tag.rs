//! Hashtags with their use of the last days.

use std::collections::{HashMap, HashSet};

use store::tags::{self, DayOfUse};
use store::{AccountId, Reader, TagId};
use wire::Id;
use wire::mastodon as m;

use crate::clock::DAY_MS;
use crate::urls::Urls;
use crate::{App, Result, Viewer};

/// Days of a history, today among them.
const DAYS: i64 = 7;

/// A hashtag, which may never have been used here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub id: Option<TagId>,
    /// Normalised.
    pub name: String,
    pub display_name: String,
}

/// These hashtags in the order of `ids`; missing ones are left out. Three queries, however many they are.
pub async fn tags(app: &App, viewer: Option<&Viewer>, ids: Vec<TagId>) -> Result<Vec<m::Tag>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (viewer, today, order) = (viewer.map(|v| v.account_id), today(app), ids.clone());
    let (rows, loaded) = app.read(move |r| async move { Ok((tags::list_by_ids(&r, &ids).await?, load(&r, viewer, &ids, today).await?)) }).await?;
    let rows: HashMap<TagId, tags::Tag> = rows.into_iter().map(|tag| (tag.id, tag)).collect();
    let named = |id: &TagId| rows.get(id).map(|t| Named { id: Some(t.id), name: t.name.clone(), display_name: t.display_name.clone() });
    Ok(order.iter().filter_map(named).map(|tag| loaded.tag(app.urls(), &tag)).collect())
}

/// One hashtag, used here or not.
pub async fn tag(app: &App, viewer: Option<&Viewer>, named: Named) -> Result<m::Tag> {
    let (viewer, today, ids) = (viewer.map(|v| v.account_id), today(app), Vec::from_iter(named.id));
    let loaded = app.read(move |r| async move { load(&r, viewer, &ids, today).await }).await?;
    Ok(loaded.tag(app.urls(), &named))
}

fn today(app: &App) -> i64 {
    let now = app.now_ms();
    now - now.rem_euclid(DAY_MS)
}

struct Loaded {
    today: i64,
    history: HashMap<(TagId, i64), DayOfUse>,
    /// `None` without a viewer.
    followed: Option<HashSet<TagId>>,
}

async fn load(r: &Reader, viewer: Option<AccountId>, ids: &[TagId], today: i64) -> Result<Loaded> {
    let history = tags::history(r, ids, today - (DAYS - 1) * DAY_MS).await?;
    let followed = match viewer {
        Some(viewer) => Some(tags::list_followed(r, viewer, ids).await?.into_iter().collect()),
        None => None,
    };
    Ok(Loaded { today, history: history.into_iter().map(|day| ((day.tag_id, day.day), day)).collect(), followed })
}

impl Loaded {
    fn tag(&self, urls: &Urls, named: &Named) -> m::Tag {
        let day = |back: i64| {
            let day = self.today - back * DAY_MS;
            let used = named.id.and_then(|id| self.history.get(&(id, day)));
            let (uses, accounts) = used.map_or((0, 0), |used| (used.uses, used.accounts));
            m::TagHistory { day: (day / 1000).to_string(), accounts: accounts.to_string(), uses: uses.to_string() }
        };
        m::Tag {
            id: m::Tag::id(named.id.map(|id| Id(id.0))),
            name: named.display_name.clone(),
            url: urls.tag_url(&named.name),
            history: (0..DAYS).map(day).collect(),
            following: self.followed.as_ref().map(|followed| named.id.is_some_and(|id| followed.contains(&id))),
            featuring: self.followed.as_ref().map(|_| false),
        }
    }
}
