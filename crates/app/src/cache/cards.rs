//! What everybody sees alike of statuses and accounts, kept in memory within a budget of bytes.
//!
//! The database tells what a commit changed ([`store::Change`]), and what was kept of it is forgotten before the writer is
//! answered: the process that wrote shows nothing stale from then on. Another process on the same database forgets it
//! when it is told, as a rule milliseconds later, and shows until then what was. A reader takes a [`Look`] before the
//! snapshot begins; what was forgotten since then is not kept from that snapshot. While it is not known what others
//! change, nothing is found and nothing kept.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::mem::size_of;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use store::notifications::{Filter, Notification};
use store::page::Page;
use store::statuses::Visibility;
use store::{AccountId, Change, ConversationId, PollId, StatusId, Trust};
use wire::Shared;
use wire::mastodon as m;

use super::groups::{Group, Wanted};

/// Locks of the keys that are kept or forgotten; two keys seldom share one.
const LOCKS: usize = 64;
/// Of the budget, what statuses may take; the rest is accounts'.
const STATUSES_SHARE: (u64, u64) = (5, 8);
/// Of the budget, what pages of home feeds may take.
const HOMES_SHARE: (u64, u64) = (1, 16);
/// Of the budget, what pages of notifications may take, one by one and in groups each.
const NOTIFICATIONS_SHARE: (u64, u64) = (1, 32);
/// Of the budget, what people's own accounts as they see them may take.
const CREDENTIALS_SHARE: (u64, u64) = (1, 16);
/// About what a kept row takes on average.
const KEPT_BYTES: u64 = 4 * 1024;
/// What a kept row costs besides its texts: the map's and the allocator's part.
const OVERHEAD_BYTES: usize = 400;
/// Pages of each kind that are kept of one account.
const PAGES_EACH: usize = 4;
/// About what the keys of an entity and its numbers cost in JSON.
const KEYS_BYTES: usize = 700;
/// About what one mark costs.
const MARK_BYTES: usize = 32;
/// About what a part of a list (an attachment, a mention, a field, an emoji) costs.
const PART_BYTES: usize = 300;

/// A status without its author, and without what depends on who looks.
#[derive(Debug)]
pub struct StatusCard {
    pub account_id: AccountId,
    pub visibility: Visibility,
    pub reblog_of_id: Option<StatusId>,
    pub poll_id: Option<PollId>,
    pub conversation_id: Option<ConversationId>,
    pub sensitive: bool,
    pub quote_approval: m::QuoteApproval,
    pub plain: Shared<m::PlainStatus>,
    pub carried: Shared<m::CarriedStatus>,
}

/// An account as anybody sees it.
#[derive(Debug)]
pub struct AccountCard {
    /// It may be shown at all: confirmed and let in.
    pub usable: bool,
    pub suspended: bool,
    /// All its media are marked as sensitive, to others.
    pub sensitized: bool,
    pub shown: Shared<m::Account>,
}

/// A page of somebody's, and what they have done with the statuses on it.
#[derive(Debug)]
pub struct KeptPage<K: PageKey> {
    pub key: K,
    pub rows: Vec<K::Row>,
    /// By the numbers of `store::statuses::list_marks`.
    pub marks: Arc<HashSet<(i64, i64)>>,
}

/// Which page of somebody's notifications.
#[derive(Clone, Debug, PartialEq)]
pub struct Single {
    pub filter: Filter,
    pub page: Page,
}

/// Which page of somebody's notifications in groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouped {
    pub wanted: Wanted,
    pub page: Page,
}

/// What pages of one kind are kept by.
pub trait PageKey: PartialEq + Bytes {
    type Row: Bytes;

    fn pages(kept: &Kept) -> &Pages<Self>
    where
        Self: Sized;
}

/// Of a home feed.
impl PageKey for Page {
    type Row = StatusId;

    fn pages(kept: &Kept) -> &Pages<Page> {
        &kept.homes
    }
}

impl PageKey for Single {
    type Row = Notification;

    fn pages(kept: &Kept) -> &Pages<Single> {
        &kept.singles
    }
}

impl PageKey for Grouped {
    type Row = Group;

    fn pages(kept: &Kept) -> &Pages<Grouped> {
        &kept.groups
    }
}

/// By whose they are.
type Pages<K> = Cache<AccountId, Arc<Newest<K>>, ByBytes>;
/// The newest first.
type Newest<K> = Vec<Arc<KeptPage<K>>>;

/// The cards in memory; none where nobody tells what changes.
#[derive(Clone, Default)]
pub struct Cards(Option<Arc<Kept>>);

pub struct Kept {
    trust: Trust,
    statuses: Cache<StatusId, Arc<StatusCard>, ByBytes>,
    accounts: Cache<AccountId, Arc<AccountCard>, ByBytes>,
    credentials: Cache<AccountId, Shared<m::CredentialAccount>, ByBytes>,
    homes: Pages<Page>,
    singles: Pages<Single>,
    groups: Pages<Grouped>,
    /// Set by tests that compare answers with and without cards.
    #[cfg(any(test, feature = "testing"))]
    bypassed: std::sync::atomic::AtomicBool,
    /// Grows with each forgetting.
    turn: AtomicU64,
    /// The turn in which a key of each lock was last forgotten.
    forgotten: [Mutex<u64>; LOCKS],
}

impl Cards {
    /// With a budget of `bytes`, of use while `trust` holds; none with 0.
    pub fn new(bytes: u64, trust: &Trust) -> Cards {
        if bytes == 0 {
            return Cards::default();
        }
        let of_statuses = bytes / STATUSES_SHARE.1 * STATUSES_SHARE.0;
        let of_credentials = bytes / CREDENTIALS_SHARE.1 * CREDENTIALS_SHARE.0;
        let of_homes = bytes / HOMES_SHARE.1 * HOMES_SHARE.0;
        let of_notifications = bytes / NOTIFICATIONS_SHARE.1 * NOTIFICATIONS_SHARE.0;
        Cards(Some(Arc::new(Kept {
            trust: trust.clone(),
            statuses: cache(of_statuses),
            accounts: cache(bytes - of_statuses - of_homes - 2 * of_notifications - of_credentials),
            credentials: cache(of_credentials),
            homes: cache(of_homes),
            singles: cache(of_notifications),
            groups: cache(of_notifications),
            #[cfg(any(test, feature = "testing"))]
            bypassed: false.into(),
            turn: AtomicU64::new(0),
            forgotten: std::array::from_fn(|_| Mutex::new(0)),
        })))
    }

    /// Begins to look: to be called before the snapshot is taken that cards are made from.
    pub fn look(&self) -> Look {
        #[cfg(any(test, feature = "testing"))]
        if self.are_bypassed() {
            return Look { kept: None, since: 0 };
        }
        match self.0.as_ref().filter(|kept| kept.trust.holds()) {
            Some(kept) => Look { kept: Some(kept.clone()), since: kept.turn.load(Ordering::SeqCst) },
            None => Look { kept: None, since: 0 },
        }
    }

    /// Whether anything may be kept now.
    #[cfg(any(test, feature = "testing"))]
    pub fn are_trusted(&self) -> bool {
        self.0.as_ref().is_some_and(|kept| kept.trust.holds())
    }

    /// Forgets what is kept of what has changed.
    pub fn forget(&self, changes: &[Change]) {
        let Some(kept) = &self.0 else { return };
        let turn = kept.turn.fetch_add(1, Ordering::SeqCst) + 1;
        for change in changes {
            match *change {
                Change::Status(id) => kept.forget_one(id.0, turn, || drop(kept.statuses.remove(&id))),
                Change::Account(id) => kept.forget_one(id.0, turn, || {
                    kept.accounts.remove(&id);
                    kept.credentials.remove(&id);
                }),
                Change::Viewer(id) => kept.forget_one(id.0, turn, || {
                    kept.homes.remove(&id);
                    kept.forget_notifications(id);
                }),
                Change::Notifications(id) => kept.forget_one(id.0, turn, || kept.forget_notifications(id)),
                Change::Everything => {
                    for lock in &kept.forgotten {
                        *locked(lock) = turn;
                    }
                    kept.statuses.clear();
                    kept.accounts.clear();
                    kept.credentials.clear();
                    kept.homes.clear();
                    kept.singles.clear();
                    kept.groups.clear();
                }
            }
        }
    }

    /// From now on nothing is found and nothing kept, or it is again.
    #[cfg(any(test, feature = "testing"))]
    pub fn bypass(&self, yes: bool) {
        if let Some(kept) = &self.0 {
            kept.bypassed.store(yes, Ordering::SeqCst);
        }
    }

    #[cfg(any(test, feature = "testing"))]
    pub fn are_bypassed(&self) -> bool {
        self.0.as_ref().is_none_or(|kept| kept.bypassed.load(Ordering::SeqCst))
    }

    /// About how many bytes are kept.
    pub fn bytes(&self) -> u64 {
        let Some(kept) = &self.0 else { return 0 };
        let of_pages = kept.homes.weight() + kept.singles.weight() + kept.groups.weight();
        kept.statuses.weight() + kept.accounts.weight() + kept.credentials.weight() + of_pages
    }
}

impl Kept {
    fn forget_one(&self, id: i64, turn: u64, invalidate: impl FnOnce()) {
        let mut forgotten = locked(self.lock_of(id));
        *forgotten = turn;
        invalidate();
    }

    fn forget_notifications(&self, of: AccountId) {
        self.singles.remove(&of);
        self.groups.remove(&of);
    }

    fn lock_of(&self, id: i64) -> &Mutex<u64> {
        // Ids of one millisecond differ in their low bits.
        &self.forgotten[(id.unsigned_abs() ^ (id.unsigned_abs() >> 16)) as usize % LOCKS]
    }
}

/// A look at the cards from before a snapshot.
#[derive(Clone)]
pub struct Look {
    kept: Option<Arc<Kept>>,
    since: u64,
}

impl Look {
    /// The statuses of `ids` that are kept.
    pub fn statuses(&self, ids: &[StatusId]) -> HashMap<StatusId, Arc<StatusCard>> {
        self.kept.as_ref().map(|kept| found(&kept.statuses, ids)).unwrap_or_default()
    }

    /// The accounts of `ids` that are kept.
    pub fn accounts(&self, ids: &[AccountId]) -> HashMap<AccountId, Arc<AccountCard>> {
        self.kept.as_ref().map(|kept| found(&kept.accounts, ids)).unwrap_or_default()
    }

    /// A page of `account`, if it is kept.
    pub fn page<K: PageKey>(&self, account: AccountId, key: &K) -> Option<Arc<KeptPage<K>>> {
        let pages = K::pages(self.kept.as_ref()?).get(&account)?;
        pages.iter().find(|page| page.key == *key).cloned()
    }

    /// As [`Look::keep_status`].
    pub fn keep_page<K: PageKey>(&self, account: AccountId, page: KeptPage<K>) {
        let page = Arc::new(page);
        self.keep(account.0, |kept| {
            let pages = K::pages(kept);
            let known = pages.get(&account);
            let others = known.iter().flat_map(|known| known.iter()).filter(|known| known.key != page.key).take(PAGES_EACH - 1).cloned();
            pages.insert(account, Arc::new(std::iter::once(page.clone()).chain(others).collect()));
        });
    }

    /// The account as its owner sees it, if it is kept.
    pub fn credentials(&self, account: AccountId) -> Option<Shared<m::CredentialAccount>> {
        self.kept.as_ref()?.credentials.get(&account)
    }

    /// As [`Look::keep_status`].
    pub fn keep_credentials(&self, account: AccountId, own: &Shared<m::CredentialAccount>) {
        self.keep(account.0, |kept| kept.credentials.insert(account, own.clone()));
    }

    /// Keeps a status read from the snapshot, unless it was forgotten since the look began.
    pub fn keep_status(&self, id: StatusId, card: &Arc<StatusCard>) {
        self.keep(id.0, |kept| kept.statuses.insert(id, card.clone()));
    }

    /// As [`Look::keep_status`].
    pub fn keep_account(&self, id: AccountId, card: &Arc<AccountCard>) {
        self.keep(id.0, |kept| kept.accounts.insert(id, card.clone()));
    }

    fn keep(&self, id: i64, insert: impl FnOnce(&Kept)) {
        let Some(kept) = &self.kept else { return };
        let forgotten = locked(kept.lock_of(id));
        if *forgotten <= self.since {
            insert(kept);
        }
    }
}

fn cache<K: Hash + Eq, V: Clone>(bytes: u64) -> Cache<K, V, ByBytes>
where
    ByBytes: Weighter<K, V>,
{
    Cache::with_weighter(usize::try_from(bytes / KEPT_BYTES).unwrap_or(usize::MAX), bytes, ByBytes)
}

fn found<K: Hash + Eq + Copy, V>(cache: &Cache<K, Arc<V>, ByBytes>, ids: &[K]) -> HashMap<K, Arc<V>>
where
    ByBytes: Weighter<K, Arc<V>>,
{
    ids.iter().filter_map(|id| Some((*id, cache.get(id)?))).collect()
}

/// What is kept is weighed by the bytes that it takes, about.
#[derive(Clone)]
pub struct ByBytes;

impl Weighter<StatusId, Arc<StatusCard>> for ByBytes {
    fn weight(&self, _: &StatusId, card: &Arc<StatusCard>) -> u64 {
        status_bytes(card) as u64
    }
}

impl Weighter<AccountId, Arc<AccountCard>> for ByBytes {
    fn weight(&self, _: &AccountId, card: &Arc<AccountCard>) -> u64 {
        account_bytes(&card.shown) as u64
    }
}

impl Weighter<AccountId, Shared<m::CredentialAccount>> for ByBytes {
    fn weight(&self, _: &AccountId, own: &Shared<m::CredentialAccount>) -> u64 {
        (account_bytes(&own.account) + own.source.note.len() + PART_BYTES) as u64
    }
}

impl<K: PageKey> Weighter<AccountId, Arc<Newest<K>>> for ByBytes {
    fn weight(&self, _: &AccountId, pages: &Arc<Newest<K>>) -> u64 {
        let bytes = |page: &KeptPage<K>| {
            OVERHEAD_BYTES + page.key.bytes() + page.rows.iter().map(Bytes::bytes).sum::<usize>() + page.marks.len() * MARK_BYTES
        };
        pages.iter().map(|page| bytes(page)).sum::<usize>() as u64
    }
}

/// What takes up memory.
pub trait Bytes {
    fn bytes(&self) -> usize;
}

impl Bytes for StatusId {
    fn bytes(&self) -> usize {
        size_of::<StatusId>()
    }
}

impl Bytes for Notification {
    fn bytes(&self) -> usize {
        size_of::<Notification>() + self.group_key.as_ref().map_or(0, String::len)
    }
}

impl Bytes for Group {
    fn bytes(&self) -> usize {
        size_of::<Group>() + self.head.bytes() + self.key.len() + self.samples.len() * size_of::<AccountId>()
    }
}

impl Bytes for Page {
    fn bytes(&self) -> usize {
        size_of::<Page>()
    }
}

impl Bytes for Single {
    fn bytes(&self) -> usize {
        size_of::<Single>() + kinds_bytes(&self.filter)
    }
}

impl Bytes for Grouped {
    fn bytes(&self) -> usize {
        let Wanted { filter, kinds } = &self.wanted;
        size_of::<Grouped>() + kinds_bytes(filter) + size_of_val(kinds.as_slice())
    }
}

fn kinds_bytes(filter: &Filter) -> usize {
    size_of_val(filter.kinds.as_slice()) + size_of_val(filter.exclude_kinds.as_slice())
}

fn locked(lock: &Mutex<u64>) -> std::sync::MutexGuard<'_, u64> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

fn status_bytes(card: &StatusCard) -> usize {
    let (plain, carried) = (&card.plain, &card.carried);
    let texts = [plain.content.as_deref().unwrap_or_default(), &plain.uri, plain.url.as_deref().unwrap_or_default(), &carried.spoiler_text];
    let parts = carried.media_attachments.len() * 4 + carried.mentions.len() + carried.tags.len() + carried.emojis.len();
    // Twice the texts and parts: the JSON is kept, too.
    OVERHEAD_BYTES
        + size_of::<StatusCard>()
        + size_of::<m::PlainStatus>()
        + size_of::<m::CarriedStatus>()
        + KEYS_BYTES
        + 2 * (texts.iter().map(|text| text.len()).sum::<usize>() + parts * PART_BYTES)
}

fn account_bytes(a: &m::Account) -> usize {
    let texts = [&a.uri, &a.note, &a.display_name, &a.avatar, &a.avatar_static, &a.header, &a.header_static, &a.acct, &a.username];
    let parts = a.fields.len() * 2 + a.emojis.len() + a.roles.as_ref().map_or(0, Vec::len);
    // Twice the texts: the JSON is kept, too.
    OVERHEAD_BYTES
        + size_of::<AccountCard>()
        + size_of::<m::Account>()
        + KEYS_BYTES
        + 2 * texts.iter().map(|text| text.len()).sum::<usize>()
        + parts * PART_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(bytes: u64) -> Cards {
        let trust = Trust::default();
        trust.always();
        Cards::new(bytes, &trust)
    }

    fn card(text: &str) -> Arc<AccountCard> {
        let shown = m::Account { display_name: text.into(), ..m::Account::default() };
        Arc::new(AccountCard { usable: true, suspended: false, sensitized: false, shown: shown.into() })
    }

    fn names(look: &Look, ids: &[i64]) -> Vec<String> {
        let ids: Vec<AccountId> = ids.iter().map(|id| AccountId(*id)).collect();
        let found = look.accounts(&ids);
        ids.iter().filter_map(|id| found.get(id)).map(|card| card.shown.display_name.clone()).collect()
    }

    #[test]
    fn what_is_kept_is_found_until_it_changes() {
        let cards = trusted(1 << 20);
        let look = cards.look();
        for id in 1..4 {
            look.keep_account(AccountId(id), &card(&id.to_string()));
        }
        assert_eq!(names(&look, &[3, 1, 9]), ["3", "1"]);
        cards.forget(&[Change::Account(AccountId(3)), Change::Status(StatusId(1))]);
        assert_eq!(names(&look, &[3, 1]), ["1"]);
        cards.forget(&[Change::Everything]);
        assert_eq!(names(&cards.look(), &[1, 2]), [""; 0]);
    }

    /// The snapshot may be from before the change.
    #[test]
    fn what_changed_since_the_look_began_is_not_kept() {
        let cards = trusted(1 << 20);
        let look = cards.look();
        cards.forget(&[Change::Account(AccountId(1))]);
        look.keep_account(AccountId(1), &card("old"));
        look.keep_account(AccountId(2), &card("unchanged"));
        assert_eq!(names(&look, &[1, 2]), ["unchanged"]);
        cards.look().keep_account(AccountId(1), &card("new"));
        assert_eq!(names(&look, &[1, 2]), ["new", "unchanged"]);
        let late = cards.look();
        cards.forget(&[Change::Everything]);
        late.keep_account(AccountId(7), &card("old"));
        assert_eq!(names(&late, &[7]), [""; 0]);
    }

    #[test]
    fn the_budget_is_held() {
        let cards = trusted(64 * 1024);
        for id in 0..1000 {
            cards.look().keep_account(AccountId(id), &card(&"x".repeat(500)));
        }
        let Some(kept) = &cards.0 else { panic!("nothing is kept") };
        assert!(kept.accounts.weight() <= 16 * 1024, "{}", kept.accounts.weight());
        assert!(kept.accounts.len() > 3);
    }

    #[test]
    fn without_trust_nothing_is_kept() {
        let cards = Cards::new(1 << 20, &Trust::default());
        cards.look().keep_account(AccountId(1), &card("one"));
        assert_eq!(names(&cards.look(), &[1]), [""; 0]);
        assert_eq!(cards.bytes(), 0);
    }

    #[test]
    fn without_a_budget_nothing_is_kept() {
        let cards = trusted(0);
        cards.look().keep_account(AccountId(1), &card("one"));
        assert_eq!(names(&cards.look(), &[1]), [""; 0]);
    }
}
