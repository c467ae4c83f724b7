//! What is to be written of a status, found out before its transaction.

use std::time::Duration;

use store::accounts::Account;
use store::remote_statuses::{self, Attachment, RemotePoll};
use store::statuses::{self, Status, Visibility};
use store::{AccountId, Reader, accounts, remote_accounts};
use wire::activity::note::{self, Markup, Mention, Note};
use wire::activity::{emoji::Emoji, is_public};
use wire::media::Kind;

use super::find::find;
use super::outcome::Way;
use crate::federation::budget::Budget;
use crate::federation::failure::Failure;
use crate::federation::lengths;
use crate::federation::resolve::{self, Found};
use crate::media::meta::{Measures, Meta};
use crate::statuses::publish::Addressed;
use crate::urls::Urls;
use crate::urls::domain_of;
use crate::{App, Result};

/// People that one status may have asked for.
const UNKNOWN_MENTIONS_MAX: usize = 20;
/// Before a handle that stands in the place of an address.
pub(crate) const HANDLE: &str = "acct:";
/// How long a status waits for all of them; those who take longer are asked for by jobs.
const PEOPLE_TIME: Duration = Duration::from_secs(15);
/// Bytes of a hashtag in the form it is looked up by; PostgreSQL indexes no more than 2,704.
const TAG_MAX: usize = 2_048;
/// How far the clock of another server may be ahead. A moment beyond that says nothing, and is now.
const AHEAD_MAX_MS: i64 = crate::clock::DAY_MS;
/// Converted kinds whose text is shown; of the others a line about what it is, and a link to it.
const WITH_BODY: &[&str] = &["Article", "Page"];

pub(super) struct Plan {
    pub id: String,
    pub url: Option<String>,
    pub author: Account,
    pub content: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub language: Option<String>,
    pub visibility: Visibility,
    /// Milliseconds UTC, not after now.
    pub created_at: i64,
    /// As its server says, whose clock may be ahead.
    pub updated_at: Option<i64>,
    /// It was changed after it was made.
    pub edited: bool,
    pub parent: Option<Status>,
    /// Who it answers is not known.
    pub orphan: bool,
    /// What it answers, to be asked for.
    pub missing_parent: Option<String>,
    pub conversation: Option<String>,
    /// With those who are not to be told.
    pub addressed: Vec<Addressed>,
    pub unheard: Vec<AccountId>,
    /// People named whose servers did not answer.
    pub missing_mentions: Vec<String>,
    /// (normalised, as written)
    pub tags: Vec<(String, String)>,
    pub emojis: Vec<Emoji>,
    pub attachments: Vec<Attachment>,
    /// Addresses of those of which nothing says what they are.
    pub untold: Vec<String>,
    pub poll: Option<RemotePoll>,
    pub replies: Vec<String>,
    pub replies_at: Option<String>,
    /// As its server counts.
    pub favourites: Option<i64>,
    pub reblogs: Option<i64>,
}

/// Plans a status. `Ok(Err)` is why it is not kept.
pub(super) async fn plan(app: &App, mut note: Note, author: Account, way: &Way, budget: &Budget) -> Result<Result<Plan, &'static str>, Failure> {
    lengths::cut_note(&mut note);
    if let Way::Pushed { audience, .. } = way
        && note.audience.is_empty()
    {
        note.audience = audience.clone();
        if note.audience.is_empty() {
            return Ok(Err("it is addressed to nobody"));
        }
    }
    // A page here would pass for one of ours.
    note.url = note.url.filter(|page| domain_of(page).is_some_and(|domain| !app.urls().is_local_domain(&domain)));
    let to = match way {
        Way::Pushed { to, .. } => *to,
        Way::Pulled { .. } => None,
    };
    let parent = parent(app, &note).await?;
    let known = known(app, &note, &author, parent.as_ref(), to).await?;
    let is_named = |address: &str| note.mentions.iter().any(|mention| mention.href.as_deref() == Some(address));
    let mut visibility = visibility(note.audience.visibility(&known.followers, is_named));
    if let Way::Pushed { .. } = way
        && !known.is_wanted(visibility)
    {
        return Ok(Err("nobody here follows its author or is addressed"));
    }
    let (mut addressed, missing_mentions) = people(app, &note, &known, &author, way, budget).await?;
    for (id, is_local) in &known.audience {
        if *id != author.id && addressed.iter().all(|account| account.id != *id) {
            addressed.push(Addressed { id: *id, is_local: *is_local, silent: true });
        }
    }
    if visibility == Visibility::Direct && note.audience.direct_message != Some(true) && addressed.iter().any(|account| account.silent) {
        visibility = Visibility::Limited;
    }
    let heard = |account: &Addressed| known.audience.iter().any(|(id, _)| *id == account.id);
    let now = app.now_ms();
    let orphan = note.is_reply && parent.is_none();
    Ok(Ok(Plan {
        content: content(app.urls(), &note),
        spoiler_text: if is_native(&note) { note.summary.clone() } else { String::new() },
        sensitive: note.sensitive,
        language: note.language.as_deref().and_then(text::language::normalize).map(str::to_owned),
        visibility,
        created_at: note.published.unwrap_or(now).clamp(1, now),
        updated_at: note.updated.map(|at| if at > now + AHEAD_MAX_MS { now } else { at }),
        edited: note.updated.is_some_and(|updated| note.published.is_none_or(|published| updated > published)),
        orphan,
        missing_parent: note.in_reply_to.clone().filter(|_| orphan),
        conversation: note.conversation.clone(),
        unheard: addressed.iter().filter(|account| !heard(account)).map(|account| account.id).collect(),
        addressed,
        missing_mentions,
        tags: tags(&note.hashtags),
        attachments: note.attachments.iter().map(attachment).collect(),
        untold: note.attachments.iter().filter(|file| file.kind.is_none()).map(|file| file.url.clone()).collect(),
        poll: note.poll.as_ref().map(|poll| RemotePoll {
            options: poll.options.clone(),
            multiple: poll.multiple,
            expires_at: poll.expires_at.or(poll.closed.then_some(now)),
            voters: poll.voters,
        }),
        emojis: note.emojis,
        replies: note.replies,
        replies_at: note.replies_at,
        favourites: note.favourites,
        reblogs: note.reblogs,
        id: note.id,
        url: note.url,
        parent,
        author,
    }))
}

/// What it answers, if that is known.
async fn parent(app: &App, note: &Note) -> Result<Option<Status>, Failure> {
    let Some(uri) = &note.in_reply_to else { return Ok(None) };
    match find(app, uri).await {
        Ok(Some(id)) => {
            let found = app.read(move |r| async move { Ok(statuses::find(&r, id).await?) }).await?;
            Ok(found.filter(|parent| parent.reblog_of_id.is_none()))
        }
        Ok(None) | Err(Failure::Gone | Failure::Missing(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// What the database knows of those a status is for.
struct Known {
    /// The author's collection.
    followers: String,
    /// Accounts that it is addressed to: whether they live here.
    audience: Vec<(AccountId, bool)>,
    /// Accounts by the addresses that mentions name.
    named: Vec<(AccountId, String, bool)>,
    author_is_followed: bool,
    parent_is_followed: bool,
    parent_is_local: bool,
}

impl Known {
    /// Whether anybody here cares.
    fn is_wanted(&self, visibility: Visibility) -> bool {
        let is_addressed = self.audience.iter().any(|(_, is_local)| *is_local);
        match visibility {
            Visibility::Public | Visibility::Unlisted => self.author_is_followed || self.parent_is_followed || self.parent_is_local || is_addressed,
            Visibility::Private => self.author_is_followed || is_addressed,
            Visibility::Direct | Visibility::Limited => is_addressed,
        }
    }
}

async fn known(app: &App, note: &Note, author: &Account, parent: Option<&Status>, to: Option<AccountId>) -> Result<Known, Failure> {
    let audience: Vec<String> = note.audience.all().filter(|address| !is_public(address)).map(str::to_owned).collect();
    let named: Vec<String> = note.mentions.iter().filter_map(|mention| mention.href.clone()).collect();
    let (author, parent) = (author.id, parent.map(|parent| (parent.account_id, parent.local)));
    Ok(app
        .read(move |r| async move {
            let addresses = [audience.as_slice(), &named].concat();
            let found = locals(&r, remote_statuses::list_accounts_by_uri(&r, &addresses).await?).await?;
            let mut addressed: Vec<(AccountId, bool)> =
                found.iter().filter(|(_, uri, _)| audience.contains(uri)).map(|(id, _, is_local)| (*id, *is_local)).collect();
            addressed.extend(to.map(|owner| (owner, true)).filter(|owner| !addressed.contains(owner)));
            let parent_author = parent.map(|(author, _)| author).filter(|id| *id != author);
            Ok(Known {
                followers: remote_statuses::followers_url(&r, author).await?,
                audience: addressed,
                named: found,
                author_is_followed: remote_statuses::has_followers(&r, &[author]).await?,
                parent_is_followed: match parent_author {
                    Some(author) => remote_statuses::has_followers(&r, &[author]).await?,
                    None => false,
                },
                parent_is_local: parent.is_some_and(|(_, is_local)| is_local),
            })
        })
        .await?)
}

/// Adds to each whether it lives here.
async fn locals(r: &Reader, found: Vec<(AccountId, String)>) -> Result<Vec<(AccountId, String, bool)>> {
    let ids: Vec<AccountId> = found.iter().map(|(id, _)| *id).collect();
    let local: Vec<AccountId> = accounts::list(r, &ids).await?.into_iter().filter(is_person_here).map(|account| account.id).collect();
    Ok(found.into_iter().map(|(id, uri)| (id, uri, local.contains(&id))).collect())
}

/// Nobody reads what is sent to the instance actor.
fn is_person_here(account: &Account) -> bool {
    account.is_local() && account.id.0 > 0
}

/// Those named; and those that are not known and are to be asked for: of a status that was sent all, else those whose
/// servers do not answer.
async fn people(
    app: &App,
    note: &Note,
    known: &Known,
    author: &Account,
    way: &Way,
    budget: &Budget,
) -> Result<(Vec<Addressed>, Vec<String>), Failure> {
    let (mut found, mut missing, mut asked): (Vec<Addressed>, Vec<String>, usize) = Default::default();
    let deadline = tokio::time::Instant::now() + PEOPLE_TIME;
    for mention in &note.mentions {
        let named = mention.href.as_ref().and_then(|href| known.named.iter().find(|(_, uri, _)| uri == href));
        let account = match named {
            Some((id, _, is_local)) => Some((*id, *is_local)),
            None if asked >= UNKNOWN_MENTIONS_MAX => None,
            None => {
                asked += 1;
                let found = match (person_at_home(app, mention).await?, way) {
                    (Some(found), _) => Ok(found),
                    (None, Way::Pushed { .. }) => Err(Failure::Unreachable("nobody is asked now".into())),
                    (None, Way::Pulled { .. }) => tokio::time::timeout_at(deadline, person_elsewhere(app, mention, budget))
                        .await
                        .unwrap_or_else(|_| Err(Failure::Unreachable("the servers of those named are too slow".into()))),
                };
                match found {
                    Ok(account) => account,
                    Err(Failure::Unreachable(_) | Failure::Unwell(_)) => {
                        missing.extend(mention.href.clone().or_else(|| mention.name.as_ref().map(|name| format!("{HANDLE}{name}"))));
                        None
                    }
                    Err(Failure::Internal(error)) => return Err(Failure::Internal(error)),
                    // A mention of nobody leaves the status as it is.
                    Err(_) => None,
                }
            }
        };
        if let Some((id, is_local)) = account
            && (id != author.id || note.audience.all().any(|address| address == author.uri))
            && found.iter().all(|account| account.id != id)
        {
            found.push(Addressed { id, is_local, silent: false });
        }
    }
    Ok((found, missing))
}

/// An account, and whether it lives here; `None` for nobody.
type Named = Option<(AccountId, bool)>;

/// Who is named by an actor's address, the address of a page, or a handle, as far as nobody need be asked.
async fn person_at_home(app: &App, mention: &Mention) -> Result<Option<Named>, Failure> {
    if let Some(href) = &mention.href {
        match resolve::local(app, href).await {
            Ok(None) => {}
            Ok(Some(Found::Account(id))) if id.0 > 0 => return Ok(Some(Some((id, true)))),
            Ok(Some(_)) | Err(Failure::Missing(_)) => return Ok(Some(None)),
            Err(failure) => return Err(failure),
        }
        let page = href.clone();
        let pages = app.read(move |r| async move { Ok(remote_accounts::list_by_url(&r, &page).await?) }).await?;
        return Ok(if let [account] = &pages[..] { Some(Some((account.id, false))) } else { None });
    }
    let Some((username, domain)) = mention.name.as_deref().and_then(|name| name.split_once('@')) else { return Ok(Some(None)) };
    if !app.urls().is_local_domain(domain) {
        return Ok(None);
    }
    let username = username.to_owned();
    let found = app.read(move |r| async move { Ok(accounts::find_by_handle(&r, &username, "").await?) }).await?;
    let found = found.filter(|account| account.suspended_at.is_none() && is_person_here(account));
    Ok(Some(found.map(|account| (account.id, true))))
}

/// Who lives elsewhere, asked for where that is.
async fn person_elsewhere(app: &App, mention: &Mention, budget: &Budget) -> Result<Named, Failure> {
    let found = match (&mention.href, &mention.name) {
        (Some(href), _) => resolve::account(app, href, budget).await?,
        (None, Some(name)) => by_handle(app, name, budget).await?,
        (None, None) => return Ok(None),
    };
    Ok(Some((found, false)))
}

/// The account of `name@domain`.
pub(crate) async fn by_handle(app: &App, handle: &str, budget: &Budget) -> Result<AccountId, Failure> {
    let (username, domain) = handle.split_once('@').unwrap_or((handle, ""));
    resolve::account_by_handle(app, username, domain, budget).await
}

fn visibility(read: note::Visibility) -> Visibility {
    match read {
        note::Visibility::Public => Visibility::Public,
        note::Visibility::Unlisted => Visibility::Unlisted,
        note::Visibility::Private => Visibility::Private,
        note::Visibility::Direct => Visibility::Direct,
        note::Visibility::Limited => Visibility::Limited,
    }
}

fn is_native(note: &Note) -> bool {
    matches!(note.kind, "Note" | "Question")
}

/// Its text as safe HTML. Of a converted kind: the title, what it says of itself, and a link to it. A text behind a
/// warning is left to the link: the title and the warning have no warning before them.
fn content(urls: &Urls, note: &Note) -> String {
    let words = |words: &str| {
        let links = text::Links { mention: &|_| None, tag: &|tag| urls.tag_url(&tag.written), author: None };
        text::compose::status_html(words, &links)
    };
    let body = || match note.markup {
        Markup::Html => text::sanitize::html(&note.content),
        Markup::Plain => words(&note.content[..note.content.floor_char_boundary(text::sanitize::INPUT_MAX_BYTES)]),
    };
    if is_native(note) {
        return body();
    }
    let mut html = String::new();
    if let Some(name) = &note.name {
        html.push_str(&format!("<p><strong>{}</strong></p>", text::compose::escape(name)));
    }
    let has_body = WITH_BODY.contains(&note.kind) && !note.sensitive && !note.content.trim().is_empty();
    html.push_str(&if has_body { body() } else { text::sanitize::html(&note.summary) });
    for link in note.links.iter().take(1).chain([note.url.as_ref().unwrap_or(&note.id)]) {
        html.push_str(&words(link));
    }
    html
}

/// What can be hashtags, each once, without the characters that cannot be in one.
fn tags(names: &[String]) -> Vec<(String, String)> {
    let mut tags: Vec<(String, String)> = Vec::new();
    for (name, shown) in names.iter().filter_map(|written| text::tags::salvage(written)) {
        // A letter can become many.
        if name.len() <= TAG_MAX && tags.iter().all(|(known, _)| *known != name) {
            tags.push((name, shown));
        }
    }
    tags
}

fn attachment(file: &note::Attachment) -> Attachment {
    let (focus_x, focus_y) = file.focus.unzip();
    let (width, height) = file.size.unzip();
    let meta = Meta { original: Measures { width, height, duration: file.duration }, file: None };
    Attachment {
        kind: file.kind.unwrap_or(Kind::Unknown) as i64,
        remote_url: file.url.clone(),
        thumbnail_remote_url: file.thumbnail.clone().unwrap_or_default(),
        description: file.description.clone(),
        blurhash: file.blurhash.clone(),
        focus_x,
        focus_y,
        meta: meta.write(),
    }
}
