//! A status as the pages show it: in threads, on profiles, under hashtags.

use super::{Moment, Person};

/// A status as the pages show it.
#[derive(Debug, Clone)]
pub struct Status {
    /// Differs from every other on the page, a boost's from the boosted one's too.
    pub id: String,
    pub url: String,
    pub author: Person,
    /// Name of the account that boosted it into this list, as safe HTML.
    pub boosted_by: Option<String>,
    pub created: Moment,
    pub edited: Option<Moment>,
    /// BCP 47 tag of the content.
    pub language: Option<String>,
    /// Content warning as safe HTML, or empty.
    pub spoiler_html: String,
    pub sensitive: bool,
    /// Safe HTML.
    pub content_html: String,
    pub media: Vec<Media>,
    pub poll: Option<Poll>,
    pub replies_count: u64,
    pub reblogs_count: u64,
    pub favourites_count: u64,
}

/// A poll and how it stands.
#[derive(Debug, Clone)]
pub struct Poll {
    pub options: Vec<PollOption>,
    /// Whether one may choose several.
    pub multiple: bool,
    /// People who voted; votes where the poll's server does not count people.
    pub people: Option<u64>,
    pub votes: u64,
    pub closed: bool,
    /// When it closes or has closed; `None` for a poll without end.
    pub closes: Option<Moment>,
}

/// A choice of a poll.
#[derive(Debug, Clone)]
pub struct PollOption {
    /// Safe HTML.
    pub title_html: String,
    /// `None` while the results are hidden.
    pub result: Option<PollResult>,
    /// Whether the person signed in chose it.
    pub chosen: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct PollResult {
    /// Of those who voted: 0 to 100.
    pub percent: u64,
    pub votes: u64,
    /// No choice has more votes.
    pub leads: bool,
}

/// An attachment. Pictures are shown; anything else is a link with a picture if it has one.
#[derive(Debug, Clone)]
pub struct Media {
    pub kind: MediaKind,
    pub url: String,
    pub preview_url: Option<String>,
    /// Alternative text, or empty.
    pub description: String,
    /// Size of the preview in pixels.
    pub width: u32,
    pub height: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    Image,
    Video,
    Audio,
    Other,
}

impl Poll {
    pub fn hides_results(&self) -> bool {
        self.options.iter().any(|option| option.result.is_none())
    }
}

impl PollOption {
    pub fn leads(&self) -> bool {
        self.result.is_some_and(|result| result.leads)
    }
}

impl PollResult {
    pub fn percent_text(&self) -> String {
        self.percent.to_string()
    }
}

impl Media {
    pub fn is_image(&self) -> bool {
        self.kind == MediaKind::Image
    }

    /// What to show in a list: the preview, or a picture itself.
    pub fn shown_url(&self) -> Option<&str> {
        self.preview_url.as_deref().or_else(|| self.is_image().then_some(self.url.as_str()))
    }

    pub fn kind_id(&self) -> &'static str {
        match self.kind {
            MediaKind::Image => "page-media-image",
            MediaKind::Video => "page-media-video",
            MediaKind::Audio => "page-media-audio",
            MediaKind::Other => "page-media-other",
        }
    }
}
