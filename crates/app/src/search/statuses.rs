//! Statuses by their words, the newest first.

use jiff::tz::TimeZone;
use store::search::{Query, Term, statuses as rows};
use store::{AccountId, Reader, StatusId, accounts, statuses};

use super::query::range;
use super::query::{self, Clause, Place, When};
use crate::effects::index::{AUTHOR, PUBLIC, READER};
use crate::urls::Urls;
use crate::{App, Error, Result};

/// Results further down are not reached.
const OFFSET_MAX: i64 = 1_000;
/// Matches looked at in the first round; each further round looks at four times as many.
const ROUND_MIN: i64 = 40;
const ROUNDS_MAX: usize = 4;
/// An id has its milliseconds above so many bits of chance.
const ID_BITS: u32 = 16;

/// Statuses to be found.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub query: String,
    pub account_id: Option<AccountId>,
    pub max_id: Option<i64>,
    pub min_id: Option<i64>,
    pub limit: i64,
    pub offset: i64,
}

/// What the viewer may find: their library (what they wrote, marked, passed on or are mentioned in) and
/// public statuses of those who let them be searched; nothing by people they have a block or a mute with.
///
/// Errors: `Invalid` for a date that is none, `NotFound` for an account there is none of.
pub async fn search(app: &App, viewer: AccountId, locale: Option<&str>, wanted: Wanted) -> Result<Vec<StatusId>> {
    let languages = [Some("en"), locale.filter(|locale| !locale.starts_with("en"))];
    let languages: Vec<&str> = languages.into_iter().flatten().collect();
    let clauses = query::read(&wanted.query, &languages);
    let urls = app.urls().clone();
    app.read(move |r| async move {
        if let Some(account) = wanted.account_id {
            accounts::find(&r, account).await?.ok_or_else(Error::not_found)?;
        }
        if clauses.is_empty() || wanted.limit < 1 || wanted.offset > OFFSET_MAX {
            return Ok(Vec::new());
        }
        let plan = plan(&r, &urls, viewer, clauses, &wanted).await?;
        let up_to = usize::try_from(wanted.offset + wanted.limit).unwrap_or_default();
        let found = walk(&r, viewer, plan, up_to).await?;
        Ok(found.into_iter().skip(usize::try_from(wanted.offset).unwrap_or_default()).collect())
    })
    .await
}

/// What to ask the index.
struct Plan {
    query: Query,
    /// Ids lie between these.
    above: i64,
    below: i64,
    /// And not in these: from, to.
    outside: Vec<(i64, i64)>,
}

async fn plan(r: &Reader, urls: &Urls, viewer: AccountId, clauses: Vec<Clause>, wanted: &Wanted) -> Result<Plan> {
    let mut plan = Plan { query: Query::default(), above: wanted.min_id.unwrap_or(0), below: wanted.max_id.unwrap_or(i64::MAX), outside: Vec::new() };
    let mut place = Place::All;
    let zone = if clauses.iter().any(|clause| matches!(clause, Clause::Time { .. })) { zone(r, viewer).await? } else { TimeZone::UTC };
    let author = |id: AccountId| vec![vec![Term::Token(format!("{AUTHOR}{id}"))]];
    for clause in clauses {
        match clause {
            Clause::Tokens { not: false, all } => plan.query.all.extend(all),
            Clause::Tokens { not: true, all } => plan.query.none.push(all),
            Clause::From { not, who } => {
                let id = if who == "me" { viewer } else { handle(r, urls, &who).await? };
                if not { plan.query.none.push(author(id)) } else { plan.query.all.extend(author(id)) }
            }
            Clause::Time { not, when, date } => {
                let (from, to) = range(&date, &zone).ok_or_else(bad_date)?;
                plan.limit(not, when, from.saturating_mul(1 << ID_BITS), to.saturating_mul(1 << ID_BITS));
            }
            Clause::In(wanted) => place = wanted,
        }
    }
    if let Some(account) = wanted.account_id {
        plan.query.all.extend(author(account));
    }
    let (own, public) = (Term::Token(format!("{READER}{viewer}")), Term::Token(PUBLIC.to_owned()));
    plan.query.all.push(match place {
        Place::Library => vec![own],
        Place::Public => vec![public],
        Place::All => vec![public, own],
    });
    Ok(plan)
}

impl Plan {
    /// Keeps what lies before, after or within the ids from `from` to `to`, or not.
    fn limit(&mut self, not: bool, when: When, from: i64, to: i64) {
        match (when, not) {
            (When::Before, false) => self.below = self.below.min(from),
            (When::Before, true) => self.above = self.above.max(from - 1),
            (When::After, false) => self.above = self.above.max(to - 1),
            (When::After, true) => self.below = self.below.min(to),
            (When::During, false) => (self.above, self.below) = (self.above.max(from - 1), self.below.min(to)),
            (When::During, true) => self.outside.push((from, to)),
        }
    }
}

/// The time zone that dates are meant in.
async fn zone(r: &Reader, viewer: AccountId) -> Result<TimeZone> {
    let name = rows::time_zone(r, viewer).await?;
    Ok(name.and_then(|name| TimeZone::get(&name).ok()).unwrap_or(TimeZone::UTC))
}

/// The account of a handle; one that nobody has if there is none, so that nothing is found.
async fn handle(r: &Reader, urls: &Urls, who: &str) -> Result<AccountId> {
    let (username, domain) = who.split_once('@').unwrap_or((who, ""));
    let domain = if urls.is_local_domain(domain) { String::new() } else { domain.to_lowercase() };
    Ok(accounts::find_by_handle(r, username, &domain).await?.map(|account| account.id).unwrap_or_default())
}

/// Asks the index for ever more matches until enough of them may be seen.
async fn walk(r: &Reader, viewer: AccountId, plan: Plan, up_to: usize) -> Result<Vec<StatusId>> {
    let mut found = Vec::new();
    let mut below = plan.below;
    let mut round = ROUND_MIN.max(up_to as i64);
    for _ in 0..ROUNDS_MAX {
        let matches = rows::candidates(r, &plan.query, plan.above, below, round).await?;
        let Some(last) = matches.last() else { break };
        below = last.0;
        let is_last = (matches.len() as i64) < round;
        let inside = |id: &StatusId| plan.outside.iter().all(|(from, to)| id.0 < *from || id.0 >= *to);
        let matches: Vec<StatusId> = matches.into_iter().filter(inside).collect();
        let visible = statuses::visible_ids(r, &matches, Some(viewer)).await?;
        let wanted = rows::wanted_ids(r, &visible, viewer).await?;
        found.extend(matches.into_iter().filter(|id| wanted.contains(id)));
        if is_last || found.len() >= up_to {
            break;
        }
        round *= 4;
    }
    found.truncate(up_to);
    Ok(found)
}

/// A refusal of a date that cannot be read.
fn bad_date() -> Error {
    Error::invalid("error-date-invalid")
}
