//! Which statuses there are and what hangs on each, one after the other: originals, threads of every
//! depth and breadth, reblogs, and who likes what. Only the newest [`WINDOW`] are remembered: what is
//! older is answered and passed on no more, so that its counters are final.

use std::collections::VecDeque;

use super::chance::Chance;
use super::people::Person;
use super::words::{self, LANGUAGES};
use crate::ids::first_id_at;
use crate::statuses::Visibility;
use crate::{StatusId, seed::to_i64};

/// Statuses that can still be answered and reblogged.
pub(super) const WINDOW: usize = 8_192;
/// Of a hundred statuses.
const ORIGINALS: usize = 45;
const REPLIES: usize = 35;
/// Newest answers among which a thread goes on, and statuses that many like, which get many answers.
const TALKS: usize = 64;
const HOT: usize = 24;
/// Favourites that make a status one of those.
const HOT_FROM: usize = 3;
/// Favourites of one status; fewer than ids in a millisecond.
const FAVOURITES_MAX: usize = 1_000;
/// People named in an answer.
const NAMED_MAX: usize = 5;
/// Hours that one group of notifications spans.
const GROUP_HOURS: i64 = 12;
const HOUR_MS: i64 = 3_600_000;
/// Tries to find something that can be answered or reblogged.
const TRIES: usize = 6;

/// A picture.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub description: Option<&'static str>,
    pub blurhash: &'static str,
    pub width: i64,
    pub height: i64,
    /// Bytes.
    pub size: i64,
    pub hash: [u8; 32],
}

/// What a status is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Original,
    /// Of which status, and by whom that is.
    Reply(StatusId, usize),
    /// Of which status, by whom that is, and the hour under which its author's notifications of it are grouped.
    Reblog {
        of: StatusId,
        by: usize,
        hour: i64,
    },
}

/// A status, with what has become of it so far. People are numbers of authors.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub id: StatusId,
    pub created_at: i64,
    pub author: usize,
    pub kind: Kind,
    pub visibility: Visibility,
    /// Which of [`LANGUAGES`].
    pub language: usize,
    /// The first status of its thread.
    pub root: StatusId,
    pub body: String,
    pub link: Option<u64>,
    pub warning: &'static str,
    pub sensitive: bool,
    pub named: Vec<usize>,
    pub tags: Vec<usize>,
    pub pictures: Vec<Picture>,
    pub fans: Vec<usize>,
    pub rebloggers: Vec<usize>,
    /// Hours since 1970 of the first of its author's newest group of notifications of reblogs.
    told_hour: i64,
    pub replies: i64,
}

impl Made {
    fn is_open(&self) -> bool {
        !matches!(self.kind, Kind::Reblog { .. }) && self.visibility.counts_as_reply()
    }

    pub(super) fn is_reblog(&self) -> bool {
        matches!(self.kind, Kind::Reblog { .. })
    }
}

/// How many there are of what, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub count: usize,
    pub until_ms: i64,
    pub apart_ms: i64,
}

/// The stream of statuses.
pub(super) struct Shape {
    size: Size,
    chance: Chance,
    authors: usize,
    /// A step through the authors that reaches each once.
    step: usize,
    next: usize,
    window: VecDeque<Made>,
    /// Numbers of statuses.
    talks: VecDeque<usize>,
    hot: VecDeque<usize>,
}

impl Shape {
    pub(super) fn new(size: Size, authors: usize, seed: u64) -> Shape {
        let step = [7_919, 104_729, 1_299_709].into_iter().find(|prime| !authors.is_multiple_of(*prime)).unwrap_or(1);
        Shape { size, chance: Chance::new(seed), authors, step, next: 0, window: VecDeque::new(), talks: VecDeque::new(), hot: VecDeque::new() }
    }

    /// The last one made.
    pub(super) fn newest(&self) -> Option<&Made> {
        self.window.back()
    }

    /// Makes the next status. Returns the one that is now too old to be changed.
    pub(super) fn make(&mut self, people: &[Person]) -> Option<Made> {
        let n = self.next;
        let created_at = self.size.until_ms - to_i64(self.size.count - 1 - n) * self.size.apart_ms;
        let draw = self.chance.below(100);
        let made = match draw {
            _ if draw < ORIGINALS => None,
            _ if draw < ORIGINALS + REPLIES => self.reply(created_at),
            _ => self.reblog(created_at),
        };
        let mut made = made.unwrap_or_else(|| self.original(created_at));
        if !made.is_reblog() {
            self.adorn(&mut made, people);
        }
        if matches!(made.kind, Kind::Reply(..)) {
            remember(&mut self.talks, n, TALKS);
        }
        if made.fans.len() >= HOT_FROM && made.is_open() {
            remember(&mut self.hot, n, HOT);
        }
        self.window.push_back(made);
        self.next += 1;
        if self.window.len() > WINDOW { self.window.pop_front() } else { None }
    }

    /// What is left when all are made.
    pub(super) fn rest(self) -> VecDeque<Made> {
        self.window
    }

    fn blank(&mut self, created_at: i64, author: usize, kind: Kind) -> Made {
        let id = StatusId(first_id_at(created_at) | ((to_i64(self.next) * 16) & 0xfff0));
        Made {
            id,
            created_at,
            author,
            kind,
            visibility: Visibility::Public,
            language: 0,
            root: id,
            body: String::new(),
            link: None,
            warning: "",
            sensitive: false,
            named: Vec::new(),
            tags: Vec::new(),
            pictures: Vec::new(),
            fans: Vec::new(),
            rebloggers: Vec::new(),
            told_hour: 0,
            replies: 0,
        }
    }

    /// Some write much more than others.
    fn author(&mut self) -> usize {
        let place = (self.chance.fraction().powf(1.6) * self.authors as f64) as usize;
        // Scattered, so that those who write much are not the first.
        (place * self.step + 1) % self.authors
    }

    fn original(&mut self, created_at: i64) -> Made {
        let author = self.author();
        let mut made = self.blank(created_at, author, Kind::Original);
        made.visibility = match self.chance.below(100) {
            0..86 => Visibility::Public,
            86..96 => Visibility::Unlisted,
            _ => Visibility::Private,
        };
        if self.chance.percent(8) && made.visibility != Visibility::Private {
            let other = self.author();
            made.named.extend((other != author).then_some(other));
        }
        made
    }

    /// The place in the window of something recent that can be answered or reblogged, if there is any.
    fn target(&mut self, accepts: impl Fn(&Made) -> bool) -> Option<usize> {
        let first = self.next - self.window.len();
        for _ in 0..TRIES {
            let place = match self.chance.below(100) {
                0..35 if !self.talks.is_empty() => self.talks[self.chance.below(self.talks.len())].checked_sub(first),
                35..65 if !self.hot.is_empty() => self.hot[self.chance.below(self.hot.len())].checked_sub(first),
                // The newer the more often.
                _ if !self.window.is_empty() => Some(self.window.len() - 1 - self.chance.rank(self.window.len())),
                _ => None,
            };
            if let Some(place) = place.filter(|place| accepts(&self.window[*place])) {
                return Some(place);
            }
        }
        None
    }

    fn reply(&mut self, created_at: i64) -> Option<Made> {
        let place = self.target(|made| !made.is_reblog())?;
        let parent = &self.window[place];
        let (parent_id, parent_author, root, of) = (parent.id, parent.author, parent.root, parent.visibility);
        let (language, warning, among) = (parent.language, parent.warning, parent.named.clone());
        let before = match parent.kind {
            Kind::Reply(_, author) => Some(author),
            _ => None,
        };
        let author = match self.chance.below(100) {
            _ if of == Visibility::Private => parent_author,
            0..12 => parent_author,
            12..45 => before.unwrap_or_else(|| self.author()),
            _ => self.author(),
        };
        let mut made = self.blank(created_at, author, Kind::Reply(parent_id, parent_author));
        made.visibility = match (of, self.chance.below(100)) {
            (Visibility::Private, _) => Visibility::Private,
            (Visibility::Public, 0..93) => Visibility::Public,
            (_, 99..) => Visibility::Private,
            _ => Visibility::Unlisted,
        };
        made.root = root;
        made.language = language;
        made.warning = if self.chance.percent(70) { warning } else { "" };
        made.named.extend((parent_author != author).then_some(parent_author));
        if self.chance.percent(40) {
            let others = among.into_iter().filter(|other| *other != author && *other != parent_author);
            made.named.extend(others.take(NAMED_MAX - 1));
        }
        if made.visibility.counts_as_reply() {
            self.window[place].replies += 1;
        }
        Some(made)
    }

    fn reblog(&mut self, created_at: i64) -> Option<Made> {
        let author = self.author();
        let place = self.target(|made| made.is_open() && !made.rebloggers.contains(&author))?;
        let original = &mut self.window[place];
        original.rebloggers.push(author);
        let hour = created_at.div_euclid(HOUR_MS);
        if original.author != author && hour - original.told_hour >= GROUP_HOURS {
            original.told_hour = hour;
        }
        let (of, by, hour) = (original.id, original.author, original.told_hour);
        Some(self.blank(created_at, author, Kind::Reblog { of, by, hour }))
    }

    /// Text, pictures, hashtags and favourites.
    fn adorn(&mut self, made: &mut Made, people: &[Person]) {
        let is_original = matches!(made.kind, Kind::Original);
        let chance = &mut self.chance;
        if is_original {
            // People mostly write in one language.
            made.language = if chance.percent(85) { words::language(&mut Chance::new(made.author as u64)) } else { words::language(chance) };
            if chance.percent(6) {
                made.warning = chance.one_of(words::WARNINGS);
            }
        }
        made.body = words::body(chance, &LANGUAGES[made.language]);
        made.link = chance.percent(if is_original { 14 } else { 5 }).then(|| chance.number());
        if chance.percent(if is_original { 24 } else { 4 }) {
            for _ in 0..chance.one_of(&[1, 1, 2, 3]) {
                let tag = chance.rank(words::TAG_COUNT);
                if !made.tags.contains(&tag) {
                    made.tags.push(tag);
                }
            }
        }
        if chance.percent(if is_original { 26 } else { 5 }) {
            let count = chance.one_of(&[1, 1, 1, 1, 2, 4]);
            made.pictures = (0..count).map(|_| picture(chance)).collect();
        }
        made.sensitive = !made.warning.is_empty() || (!made.pictures.is_empty() && chance.percent(5));
        if made.visibility != Visibility::Private && people.len() > 1 {
            let first = chance.below(people.len());
            let fans = (0..chance.tail(FAVOURITES_MAX.min(people.len() - 1))).map(|n| (first + n * self.step) % people.len());
            made.fans = fans.filter(|fan| *fan != made.author).collect();
        }
    }
}

fn picture(chance: &mut Chance) -> Picture {
    let (width, height) = chance.one_of(&[(1920, 1080), (1080, 1920), (1600, 1200), (1200, 1600), (2048, 2048), (1280, 720)]);
    let mut hash = [0; 32];
    for part in hash.chunks_mut(8) {
        part.copy_from_slice(&chance.number().to_be_bytes());
    }
    Picture {
        description: chance.percent(60).then(|| chance.one_of(words::DESCRIPTIONS)),
        blurhash: chance.one_of(words::BLURHASHES),
        width,
        height,
        size: 100_000 + to_i64(chance.below(900_000)),
        hash,
    }
}

fn remember(kept: &mut VecDeque<usize>, n: usize, most: usize) {
    if kept.len() == most {
        kept.pop_front();
    }
    kept.push_back(n);
}
