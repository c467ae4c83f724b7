//! What is written of each seeded status: the rows that the server itself would have written.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use super::feeds::{Entry, Readers};
use super::insert::insert_many;
use super::people::Person;
use super::shape::{Kind, Made, Picture};
use super::to_i64;
use super::words::{self, LANGUAGES};
use crate::instance_activity::DAY_MS;
use crate::media::{COMPLETE, KIND_IMAGE};
use crate::search::statuses::{self as index, Source};
use crate::stats::AccountDelta;
use crate::statuses::Visibility;
use crate::{AccountId, ApplicationId, Db, Error, Result, StatusId, TagId, Tx, Value, args, markup, stats, tags};

/// Accounts counted, hashtags made or notifications written in one transaction.
const ROWS_A_BATCH: usize = 2_000;
/// Who may quote: everybody, at once. As people have it here if they have chosen nothing.
const QUOTED_BY_ANYBODY: i64 = 2 << 16;
const HOUR_MS: i64 = 3_600_000;
/// Hashtags' use by day is kept for so long.
const USES_KEPT_MS: i64 = 30 * DAY_MS;
/// Somebody's newest notifications; they have dismissed the others.
pub(super) const NOTICES_KEEP: usize = 80;
/// Pixels of a small picture.
const SMALL_PIXELS: f64 = 230_400.0;

/// Makes words and marks of a status's row in the search index, or says that nobody may find it. The
/// descriptions and kinds are those of its attachments, hashtags are normal, readers have it in their library.
pub type Compose = Arc<dyn Fn(&Source, &[(i64, Option<String>)], &[String], &[AccountId]) -> Option<(Vec<String>, Vec<String>)> + Send + Sync>;

/// Rows to be inserted, one value after the other.
#[derive(Default)]
pub(super) struct Rows {
    conversations: Vec<Value>,
    statuses: Vec<Value>,
    mentions: Vec<Value>,
    favourites: Vec<Value>,
    status_tags: Vec<Value>,
    attachments: Vec<Value>,
    blobs: Vec<Value>,
    files: Vec<Value>,
    counters: Vec<Value>,
    indexed: Vec<(StatusId, Vec<String>, Vec<String>)>,
}

impl Rows {
    pub(super) async fn write(self, tx: &Tx) -> Result<()> {
        insert_many!(tx, 3, "INSERT INTO conversations (id, uri, created_at)", &self.conversations, "");
        insert_many!(
            tx,
            19,
            "INSERT INTO statuses (id, account_id, uri, url, local, text, content, spoiler_text, sensitive, visibility, language, in_reply_to_id,
                in_reply_to_account_id, reply, reblog_of_id, conversation_id, application_id, quote_approval_policy, created_at)",
            &self.statuses,
            ""
        );
        insert_many!(tx, 3, "INSERT INTO mentions (status_id, account_id, silent)", &self.mentions, "");
        insert_many!(tx, 2, "INSERT INTO status_tags (status_id, tag_id)", &self.status_tags, "");
        insert_many!(tx, 4, "INSERT INTO favourites (id, account_id, status_id, created_at)", &self.favourites, "");
        insert_many!(
            tx,
            11,
            "INSERT INTO media_attachments (id, account_id, status_id, position, kind, processing, description, blurhash, remote_url, meta, created_at)",
            &self.attachments,
            ""
        );
        insert_many!(tx, 6, "INSERT INTO blobs (id, size, backend, key, mime, created_at)", &self.blobs, "");
        insert_many!(tx, 5, "INSERT INTO media_files (media_id, variant, blob_id, width, height)", &self.files, "");
        insert_many!(tx, 4, "INSERT INTO status_stats (status_id, replies_count, reblogs_count, favourites_count)", &self.counters, "");
        for (id, words, marks) in &self.indexed {
            index::put(tx, *id, words, marks).await?;
        }
        Ok(())
    }
}

/// Something happened to somebody.
struct Notice {
    id: i64,
    from: AccountId,
    kind: &'static str,
    status: StatusId,
    activity: i64,
    group_key: Option<String>,
    at: i64,
}

/// Turns statuses into rows, and keeps count.
pub(super) struct Ledger {
    pub people: Vec<Person>,
    pub base_url: String,
    /// What people here post with.
    pub application: ApplicationId,
    pub compose: Option<Compose>,
    pub readers: Readers,
    rows: Rows,
    tagged: Vec<(StatusId, usize)>,
    tags: HashMap<usize, TagId>,
    counted: Vec<AccountDelta>,
    /// By hashtag, day and author.
    uses: HashMap<(usize, i64, usize), i64>,
    uses_since: i64,
    /// By author; `None` for those who are told nothing.
    notices: Vec<Option<VecDeque<Notice>>>,
    noticed: i64,
}

impl Ledger {
    pub(super) fn new(
        people: Vec<Person>,
        readers: Readers,
        base_url: String,
        application: ApplicationId,
        compose: Option<Compose>,
        until_ms: i64,
    ) -> Self {
        Ledger {
            counted: vec![AccountDelta::default(); people.len()],
            notices: people.iter().map(|person| (person.is_user && !readers.is_particular(person.id)).then(VecDeque::new)).collect(),
            uses_since: until_ms - USES_KEPT_MS,
            people,
            base_url,
            application,
            compose,
            readers,
            rows: Rows::default(),
            tagged: Vec::new(),
            tags: HashMap::new(),
            uses: HashMap::new(),
            noticed: 0,
        }
    }

    /// Takes a new status down, with all that does not change any more.
    pub(super) fn add(&mut self, made: &Made) {
        self.status(made);
        self.mentions(made);
        for (place, fan) in made.fans.iter().enumerate() {
            let id = made.id.0 + to_i64(place);
            self.rows.favourites.extend(args![id, self.people[*fan].id, made.id, made.created_at]);
            let group = Some(format!("favourite-{}-{}", made.id, made.created_at.div_euclid(HOUR_MS)));
            self.notice(made.author, *fan, "favourite", made.id, id, group, made.created_at);
        }
        for tag in &made.tags {
            self.tagged.push((made.id, *tag));
            if made.visibility == Visibility::Public && made.created_at >= self.uses_since {
                *self.uses.entry((*tag, made.created_at - made.created_at.rem_euclid(DAY_MS), made.author)).or_default() += 1;
            }
        }
        for (position, picture) in made.pictures.iter().enumerate() {
            self.picture(made, position, picture);
        }
        let (answers, reblog_of) = match made.kind {
            Kind::Original => (None, None),
            Kind::Reply(_, whom) => (Some(whom).filter(|whom| *whom != made.author), None),
            Kind::Reblog { of, .. } => (None, Some(of)),
        };
        self.readers.deliver(&Entry { id: made.id, author: made.author, reblog_of, answers });
        let counted = &mut self.counted[made.author];
        counted.statuses += 1;
        counted.last_status_at = Some(made.created_at);
    }

    /// Takes down what has become of a status that changes no more.
    pub(super) fn settle(&mut self, made: &Made) {
        let (reblogs, favourites) = (to_i64(made.rebloggers.len()), to_i64(made.fans.len()));
        if made.replies + reblogs + favourites > 0 {
            self.rows.counters.extend(args![made.id, made.replies, reblogs, favourites]);
        }
        if let Some(compose) = self.compose.clone().filter(|_| !made.is_reblog()) {
            self.index(made, &compose);
        }
    }

    /// The rows so far, to be written; hashtags that are new are made before.
    pub(super) async fn take(&mut self, db: &Db) -> Result<Rows> {
        let mut missing: Vec<usize> = self.tagged.iter().map(|(_, tag)| *tag).filter(|tag| !self.tags.contains_key(tag)).collect();
        missing.sort_unstable();
        missing.dedup();
        for batch in missing.chunks(ROWS_A_BATCH) {
            let batch = batch.to_vec();
            let made = db.write(move |tx| async move {
                let mut made = Vec::with_capacity(batch.len());
                for number in batch {
                    let written = words::tag(number);
                    made.push((number, tags::ensure(&tx, &written.to_lowercase(), &written).await?));
                }
                Ok::<_, Error>(made)
            });
            self.tags.extend(made.await?);
        }
        let mut rows = std::mem::take(&mut self.rows);
        rows.status_tags = self.tagged.drain(..).filter_map(|(status, tag)| Some(args![status, *self.tags.get(&tag)?])).flatten().collect();
        Ok(rows)
    }

    /// Writes what is known only in the end: counters, the use of hashtags, notifications, feeds.
    pub(super) async fn close(self, db: &Db) -> Result<()> {
        let counted = self.people.iter().zip(self.counted).filter(|(_, delta)| delta.statuses > 0);
        let deltas: Vec<(AccountId, AccountDelta)> = counted.map(|(person, delta)| (person.id, delta)).collect();
        for batch in deltas.chunks(ROWS_A_BATCH) {
            let batch = batch.to_vec();
            db.write(move |tx| async move { stats::add_to_accounts(&tx, batch).await }).await?;
        }
        let mut uses: Vec<_> = self.uses.into_iter().collect();
        uses.sort_unstable();
        for batch in uses.chunks(ROWS_A_BATCH) {
            let row =
                |((tag, day, author), uses): &((usize, i64, usize), i64)| Some(args![*self.tags.get(tag)?, *day, self.people[*author].id, *uses]);
            let rows: Vec<Value> = batch.iter().filter_map(row).flatten().collect();
            db.write(move |tx| async move {
                insert_many!(
                    &tx,
                    4,
                    "INSERT INTO tag_uses (tag_id, day, account_id, uses)",
                    &rows,
                    " ON CONFLICT (tag_id, day, account_id) DO UPDATE SET uses = tag_uses.uses + excluded.uses"
                );
                Ok::<_, Error>(())
            })
            .await?;
        }
        let told = self.people.iter().zip(self.notices).filter_map(|(person, notices)| Some((person.id, notices?)));
        let mut notices: Vec<(AccountId, Notice)> = told.flat_map(|(id, notices)| notices.into_iter().map(move |notice| (id, notice))).collect();
        notices.sort_unstable_by_key(|(_, notice)| notice.id);
        for batch in notices.chunks(ROWS_A_BATCH) {
            let row = |(to, n): &(AccountId, Notice)| args![n.id, *to, n.from, n.kind, n.status, n.activity, n.group_key.clone(), n.at];
            let rows: Vec<Value> = batch.iter().flat_map(row).collect();
            db.write(move |tx| async move {
                insert_many!(
                    &tx,
                    8,
                    "INSERT INTO notifications (id, account_id, from_account_id, kind, status_id, activity_id, group_key, created_at)",
                    &rows,
                    ""
                );
                Ok::<_, Error>(())
            })
            .await?;
        }
        self.readers.write(db).await
    }

    fn status(&mut self, made: &Made) {
        let author = &self.people[made.author];
        let is_local = author.is_local();
        // As `statuses::insert` keeps them: what follows from its author's addresses is not kept.
        let suffix = if made.is_reblog() { "/activity" } else { "" };
        let uri = if is_local { String::new() } else { format!("{}/statuses/{}{suffix}", author.uri, made.id) };
        let url = (!is_local && !made.is_reblog()).then(|| format!("{}/{}", author.url, made.id));
        let (text, content) = if made.is_reblog() { Default::default() } else { self.text(made) };
        let text = if is_local { text } else { String::new() };
        let content = markup::pack(&content, &text);
        let is_quotable = is_local && !made.is_reblog() && made.visibility.counts_as_reply();
        let conversation = match made.kind {
            Kind::Original => {
                let uri = (!is_local).then(|| format!("{}/contexts/{}", author.origin(), made.id));
                self.rows.conversations.extend(args![made.id, uri, made.created_at]);
                Some(made.id)
            }
            Kind::Reply(..) => Some(made.root),
            Kind::Reblog { .. } => None,
        };
        let (parent, parent_author, reblog_of) = match made.kind {
            Kind::Original => (None, None, None),
            Kind::Reply(parent, by) => (Some(parent), Some(self.people[by].id), None),
            Kind::Reblog { of, .. } => (None, None, Some(of)),
        };
        self.rows.statuses.extend(args![
            made.id,
            author.id,
            uri,
            url,
            is_local,
            text,
            content,
            made.warning,
            made.sensitive,
            made.visibility as i64,
            LANGUAGES[made.language].code.filter(|_| !made.is_reblog()),
            parent,
            parent_author,
            parent.is_some(),
            reblog_of,
            conversation,
            is_local.then_some(self.application.0),
            if is_quotable { QUOTED_BY_ANYBODY } else { 0 },
            made.created_at
        ]);
    }

    /// What its author wrote, and the HTML of it.
    fn text(&self, made: &Made) -> (String, String) {
        let (mut text, mut html) = (String::new(), "<p>".to_owned());
        for named in &made.named {
            let person = &self.people[*named];
            let _ = write!(text, "{} ", person.handle());
            let (url, name) = (&person.url, &person.username);
            let _ = write!(html, r#"<span class="h-card" translate="no"><a href="{url}" class="u-url mention">@<span>{name}</span></a></span> "#);
        }
        text.push_str(&made.body);
        html.push_str(&made.body.replace("\n\n", "</p><p>"));
        if let Some(page) = made.link {
            let page = format!("example.org/{page:016x}");
            let _ = write!(text, " https://{page}");
            let _ = write!(
                html,
                r#" <a href="https://{page}" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://</span><span class="">{page}</span><span class="invisible"></span></a>"#
            );
        }
        let author = &self.people[made.author];
        let base = if author.is_local() { self.base_url.as_str() } else { author.origin() };
        for (place, tag) in made.tags.iter().enumerate() {
            let (before, html_before) = if place == 0 { ("\n\n", "</p><p>") } else { (" ", " ") };
            let written = words::tag(*tag);
            let _ = write!(text, "{before}#{written}");
            let _ = write!(html, r##"{html_before}<a href="{base}/tags/{written}" class="mention hashtag" rel="tag">#<span>{written}</span></a>"##);
        }
        html.push_str("</p>");
        (text, html)
    }

    fn mentions(&mut self, made: &Made) {
        for named in &made.named {
            self.rows.mentions.extend(args![made.id, self.people[*named].id, false]);
            self.notice(*named, made.author, "mention", made.id, made.id.0, None, made.created_at);
        }
        if let Kind::Reblog { of, by, hour } = made.kind {
            self.notice(by, made.author, "reblog", of, made.id.0, Some(format!("reblog-{of}-{hour}")), made.created_at);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "they are the columns of a notification")]
    fn notice(&mut self, to: usize, from: usize, kind: &'static str, status: StatusId, activity: i64, group_key: Option<String>, at: i64) {
        let Some(kept) = self.notices[to].as_mut().filter(|_| to != from) else { return };
        if kept.len() == NOTICES_KEEP {
            kept.pop_front();
        }
        self.noticed += 1;
        let id = crate::first_id_at(at) | (self.noticed & 0xffff);
        kept.push_back(Notice { id, from: self.people[from].id, kind, status, activity, group_key, at });
    }

    fn picture(&mut self, made: &Made, position: usize, picture: &Picture) {
        let author = &self.people[made.author];
        let id = made.id.0 + to_i64(position);
        let hash: String = picture.hash.iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let (remote_url, meta) = if author.is_local() {
            (String::new(), "{}".to_owned())
        } else {
            let meta = format!(r#"{{"width":{},"height":{}}}"#, picture.width, picture.height);
            (format!("{}/media/{hash}.jpg", author.origin()), meta)
        };
        self.rows.attachments.extend(args![
            id,
            author.id,
            made.id,
            to_i64(position),
            KIND_IMAGE,
            COMPLETE,
            picture.description,
            picture.blurhash,
            remote_url,
            meta,
            made.created_at
        ]);
        if !author.is_local() {
            return;
        }
        let shrink = (SMALL_PIXELS / (picture.width * picture.height) as f64).sqrt();
        let small = |side: i64| (side as f64 * shrink).round() as i64;
        let (whole, less) = ((picture.width, picture.height), (small(picture.width), small(picture.height)));
        for (variant, (width, height), turned) in [("original", whole, 0), ("small", less, 1)] {
            let blob = made.id.0 + 2 * to_i64(position) + i64::from(turned);
            let mut bytes = picture.hash;
            bytes[31] ^= turned;
            let name = format!("{}{:02x}", &hash[..62], bytes[31]);
            let key = format!("{}/{}/{name}.jpg", &name[..2], &name[2..4]);
            let size = if turned == 0 { picture.size } else { picture.size / 9 };
            self.rows.blobs.extend(args![blob, size, "local", key, "image/jpeg", made.created_at]);
            self.rows.files.extend(args![id, variant, blob, width, height]);
        }
    }

    fn index(&mut self, made: &Made, compose: &Compose) {
        let author = &self.people[made.author];
        let (text, content) = self.text(made);
        let source = Source {
            id: made.id,
            account_id: author.id,
            local: author.is_local(),
            text: if author.is_local() { text } else { String::new() },
            content,
            spoiler_text: made.warning.to_owned(),
            sensitive: made.sensitive,
            visibility: made.visibility as i64,
            language: LANGUAGES[made.language].code.map(str::to_owned),
            reply: matches!(made.kind, Kind::Reply(..)),
            poll_id: None,
            indexable: author.indexable,
            author_is_local: author.is_local(),
        };
        let attachments: Vec<_> = made.pictures.iter().map(|picture| (KIND_IMAGE, picture.description.map(str::to_owned))).collect();
        let tags: Vec<String> = made.tags.iter().map(|tag| words::tag(*tag).to_lowercase()).collect();
        let mut readers: Vec<AccountId> = [&made.fans, &made.named, &made.rebloggers]
            .into_iter()
            .flatten()
            .map(|number| &self.people[*number])
            .filter(|person| person.is_user)
            .map(|person| person.id)
            .collect();
        readers.sort_unstable();
        readers.dedup();
        if let Some((words, marks)) = compose(&source, &attachments, &tags, &readers) {
            self.rows.indexed.push((made.id, words, marks));
        }
    }
}
