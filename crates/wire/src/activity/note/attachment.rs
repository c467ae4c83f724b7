//! What is attached to a status.

use serde_json::{Map, Value, json};

use super::super::document::{many, one, text};
use super::{TAGS_MAX, address, cut};

/// Attachments that are kept.
const ATTACHMENTS_MAX: usize = 32;
/// Characters of a description.
const DESCRIPTION_CHARS: usize = 10_000;
/// Components of a blurhash, across and down.
const COMPONENTS_MAX: usize = 5;
/// The digits of a blurhash in their order.
const DIGITS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
/// What a focal point is counted in.
const FOCUS_UNIT: f64 = 1_000_000.0;
/// Pixels, and seconds, that are believed.
const SIZE_MAX: u64 = 100_000;
const SECONDS_MAX: f64 = 1_000_000.0;

/// What an attachment is, numbered as `media_attachments.kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Image = 0,
    Video = 2,
    Unknown = 3,
    Audio = 4,
}

/// A file of another server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub url: String,
    pub kind: Kind,
    pub description: Option<String>,
    /// A picture of it.
    pub thumbnail: Option<String>,
    pub blurhash: Option<String>,
    /// Millionths, -1,000,000 to 1,000,000.
    pub focus: Option<(i64, i64)>,
    /// JSON: `{"original": {"width", "height", "duration"}}` with what is known.
    pub meta: String,
}

/// The files, and the pages that are attached as links.
pub fn list(object: &Value) -> (Vec<Attachment>, Vec<String>) {
    let (mut files, mut links): (Vec<Attachment>, Vec<String>) = Default::default();
    for item in many(object, "attachment").take(TAGS_MAX) {
        if let Some(href) = item.get("href").and_then(Value::as_str) {
            if address::is_address(href) && links.len() < ATTACHMENTS_MAX {
                links.push(href.to_owned());
            }
        } else if let Some(file) = read(item)
            && files.len() < ATTACHMENTS_MAX
            && files.iter().all(|known| known.url != file.url)
        {
            files.push(file);
        }
    }
    (files, links)
}

fn read(item: &Value) -> Option<Attachment> {
    let url = one(item, "url").and_then(address::link)?.to_owned();
    let link = one(item, "url").unwrap_or(item);
    let media_type = [item, link].into_iter().find_map(|of| text(of, "mediaType").or_else(|| text(of, "mimeType")));
    let words = text(item, "summary").or_else(|| text(item, "name")).map(str::trim).filter(|words| !words.is_empty());
    Some(Attachment {
        kind: kind(item, media_type, &url),
        description: words.map(|words| cut(words, DESCRIPTION_CHARS)),
        thumbnail: one(item, "icon").and_then(address::link).map(str::to_owned),
        blurhash: text(item, "blurhash").filter(|hash| is_blurhash(hash)).map(str::to_owned),
        focus: focus(item),
        meta: meta(item, link),
        url,
    })
}

/// By its media type, else by the ending of its address, else by its own.
fn kind(item: &Value, media_type: Option<&str>, url: &str) -> Kind {
    if let Some(kind) = media_type {
        return match kind.split('/').next() {
            Some("image") => Kind::Image,
            Some("video") => Kind::Video,
            Some("audio") => Kind::Audio,
            _ => Kind::Unknown,
        };
    }
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let ending = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("png" | "jpg" | "jpeg" | "gif" | "webp" | "avif" | "heic" | "bmp") => Kind::Image,
        Some("mp4" | "webm" | "mov" | "m4v") => Kind::Video,
        Some("mp3" | "ogg" | "oga" | "opus" | "wav" | "flac" | "m4a" | "aac") => Kind::Audio,
        _ => match text(item, "type") {
            Some("Image") => Kind::Image,
            Some("Video") => Kind::Video,
            Some("Audio") => Kind::Audio,
            _ => Kind::Unknown,
        },
    }
}

/// Whether it is one that clients can decode, of at most 5 × 5 components.
fn is_blurhash(hash: &str) -> bool {
    let digit = |c: char| DIGITS.find(c);
    let Some(size) = hash.chars().next().and_then(digit) else { return false };
    let (across, down) = (size % 9 + 1, size / 9 + 1);
    across <= COMPONENTS_MAX && down <= COMPONENTS_MAX && hash.len() == 4 + 2 * across * down && hash.chars().all(|c| digit(c).is_some())
}

fn focus(item: &Value) -> Option<(i64, i64)> {
    let point = item.get("focalPoint")?.as_array()?;
    let at = |index: usize| point.get(index)?.as_f64().filter(|value| value.is_finite());
    let millionths = |value: f64| (value.clamp(-1.0, 1.0) * FOCUS_UNIT).round() as i64;
    (point.len() == 2).then_some(())?;
    Some((millionths(at(0)?), millionths(at(1)?)))
}

fn meta(item: &Value, link: &Value) -> String {
    let mut original = Map::new();
    let number = |key: &str| [item, link].into_iter().find_map(|of| of.get(key)?.as_u64()).filter(|value| (1..=SIZE_MAX).contains(value));
    if let Some((width, height)) = number("width").zip(number("height")) {
        original.insert("width".into(), width.into());
        original.insert("height".into(), height.into());
    }
    if let Some(seconds) = text(item, "duration").and_then(seconds) {
        original.insert("duration".into(), seconds.into());
    }
    if original.is_empty() { "{}".into() } else { json!({ "original": original }).to_string() }
}

/// An ISO 8601 duration of hours, minutes and seconds.
fn seconds(text: &str) -> Option<f64> {
    let mut rest = text.strip_prefix("PT")?;
    let mut total = 0.0;
    for (unit, factor) in [('H', 3600.0), ('M', 60.0), ('S', 1.0)] {
        if let Some((number, behind)) = rest.split_once(unit) {
            total += number.parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0)? * factor;
            rest = behind;
        }
    }
    (rest.is_empty() && total <= SECONDS_MAX).then_some(total)
}
