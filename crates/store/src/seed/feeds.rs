//! Home feeds while statuses are made: each reader's newest entries, by the rules of fan-out.
//!
//! For readers with rules of their own (blocks, mutes, lists, languages, hashtags) the server's own
//! rebuilding is asked in the end.

use std::collections::{HashMap, HashSet, VecDeque};

use super::insert::insert_many;
use super::people::{self, Person};
use super::{FEED_KEEP, to_i64};
use crate::feeds::{self, fan_out, fill};
use crate::lists;
use crate::{AccountId, Db, Error, ListId, Result, StatusId, args};

/// Readers written in one transaction.
const READERS_A_BATCH: usize = 50;
/// Followed accounts looked at in one transaction when a feed is rebuilt.
const AUTHORS_A_BATCH: i64 = 50;

/// All who have a feed.
pub(super) struct Readers {
    readers: Vec<Reader>,
    /// By author: the readers who follow them, and who they are themselves.
    followers: Vec<Vec<usize>>,
    own: Vec<Option<usize>>,
    /// Those for whom more counts than whom they follow.
    particular: Vec<AccountId>,
}

struct Reader {
    account: AccountId,
    /// Authors, ascending.
    follows: Vec<usize>,
    /// Which author they are.
    author: Option<usize>,
    /// The newest last.
    feed: VecDeque<(StatusId, Option<StatusId>)>,
}

/// What decides who gets a status.
pub(super) struct Entry {
    pub id: StatusId,
    pub author: usize,
    pub reblog_of: Option<StatusId>,
    /// Who is answered, unless that is its author.
    pub answers: Option<usize>,
}

impl Readers {
    pub(super) async fn load(db: &Db, authors: &[Person], active_since: i64) -> Result<Readers> {
        let ids: Vec<AccountId> = authors.iter().map(|person| person.id).collect();
        let places: HashMap<AccountId, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        let particular: HashSet<AccountId> = db.read(|r| async move { people::particular(&r).await }).await?.into_iter().collect();
        let mut follows: HashMap<AccountId, Vec<usize>> =
            authors.iter().filter(|person| person.is_here).map(|person| (person.id, Vec::new())).collect();
        for (reader, target) in people::followers(db, &ids, active_since).await? {
            follows.entry(reader).or_default().extend(places.get(&target));
        }
        let mut all: Vec<(AccountId, Vec<usize>)> = follows.into_iter().collect();
        all.sort_unstable_by_key(|(account, _)| *account);
        let mut readers =
            Readers { readers: Vec::new(), followers: vec![Vec::new(); authors.len()], own: vec![None; authors.len()], particular: Vec::new() };
        for (account, mut follows) in all {
            if particular.contains(&account) {
                readers.particular.push(account);
                continue;
            }
            follows.sort_unstable();
            let (number, author) = (readers.readers.len(), places.get(&account).copied());
            for author in &follows {
                readers.followers[*author].push(number);
            }
            if let Some(author) = author {
                readers.own[author] = Some(number);
            }
            readers.readers.push(Reader { account, follows, author, feed: VecDeque::new() });
        }
        Ok(readers)
    }

    pub(super) fn is_particular(&self, account: AccountId) -> bool {
        self.particular.contains(&account)
    }

    /// Puts a status into the feeds of its author and of those followers who get it.
    pub(super) fn deliver(&mut self, entry: &Entry) {
        if let Some(own) = self.own[entry.author].map(|own| &mut self.readers[own])
            && own.lacks(entry)
        {
            own.push(entry);
        }
        for number in &self.followers[entry.author] {
            let reader = &mut self.readers[*number];
            if reader.takes(entry) {
                reader.push(entry);
            }
        }
    }

    /// Writes all feeds and cuts them to the newest [`FEED_KEEP`].
    pub(super) async fn write(self, db: &Db) -> Result<()> {
        for batch in self.readers.chunks(READERS_A_BATCH) {
            let entries = |reader: &Reader| reader.feed.iter().flat_map(|(id, reblog_of)| args![reader.account, *id, *reblog_of]).collect::<Vec<_>>();
            let rows: Vec<_> = batch.iter().flat_map(entries).collect();
            let accounts: Vec<AccountId> = batch.iter().map(|reader| reader.account).collect();
            db.write(move |tx| async move {
                insert_many!(
                    &tx,
                    3,
                    "INSERT INTO home_feed (account_id, status_id, reblog_of)",
                    &rows,
                    " ON CONFLICT (account_id, status_id) DO NOTHING"
                );
                for account in accounts {
                    feeds::trim(&tx, account, to_i64(FEED_KEEP)).await?;
                }
                Ok::<_, Error>(())
            })
            .await?;
        }
        for account in self.particular {
            rebuild(db, account).await?;
        }
        Ok(())
    }
}

impl Reader {
    fn takes(&self, entry: &Entry) -> bool {
        if let Some(answered) = entry.answers {
            return self.author == Some(answered) || self.follows.binary_search(&answered).is_ok();
        }
        self.lacks(entry)
    }

    /// Whether it is no reblog of what is among the newest.
    fn lacks(&self, entry: &Entry) -> bool {
        let Some(original) = entry.reblog_of else { return true };
        let newest = self.feed.iter().rev().take(fan_out::ONCE_AMONG as usize);
        !newest.into_iter().any(|(id, reblog_of)| *id == original || *reblog_of == Some(original))
    }

    fn push(&mut self, entry: &Entry) {
        if self.feed.len() == FEED_KEEP {
            self.feed.pop_front();
        }
        self.feed.push_back((entry.id, entry.reblog_of));
    }
}

/// Fills the home feed of an account and those of its lists as after an absence.
async fn rebuild(db: &Db, account: AccountId) -> Result<()> {
    let entries = to_i64(FEED_KEEP);
    let mut after = Some(AccountId(0));
    while let Some(from) = after {
        after = db.write(move |tx| async move { fill::rebuild_home(&tx, account, from, AUTHORS_A_BATCH, entries).await }).await?;
    }
    let mut list = db
        .write(move |tx| async move {
            fill::rebuild_own(&tx, account, entries).await?;
            fill::show_once(&tx, account).await?;
            feeds::trim(&tx, account, entries).await?;
            lists::find_next(&tx, account, ListId::default()).await
        })
        .await?;
    while let Some(current) = list {
        list = db
            .write(move |tx| async move {
                let mut after = Some(AccountId(0));
                while let Some(from) = after {
                    after = fill::rebuild_list(&tx, current, from, AUTHORS_A_BATCH, entries).await?;
                }
                fill::show_once_in_list(&tx, current).await?;
                feeds::trim_list(&tx, current, entries).await?;
                lists::find_next(&tx, account, current).await
            })
            .await?;
    }
    Ok(())
}
