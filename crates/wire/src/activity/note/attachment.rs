//! What is attached to a status.

use serde_json::Value;

use super::super::document::{self, many, one, text};
use super::super::file::{self, File};
use super::{TAGS_MAX, address};
use crate::media::Kind;

/// Attachments that are kept.
const ATTACHMENTS_MAX: usize = 32;
/// Components of a blurhash, across and down.
const COMPONENTS_MAX: usize = 5;
/// The digits of a blurhash in their order.
const DIGITS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
/// What a focal point is counted in.
const FOCUS_UNIT: f64 = 1_000_000.0;
/// Pixels, and seconds, that are believed.
const SIZE_MAX: u32 = 100_000;
const SECONDS_MAX: f64 = 1_000_000.0;

/// A file of another server.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// Encoded: see [`super::super::address::resource`].
    pub url: String,
    /// `None` if nothing tells what it is: neither a media type nor its name's ending nor its own type.
    pub kind: Option<Kind>,
    pub description: Option<String>,
    /// A picture of it.
    pub thumbnail: Option<String>,
    pub blurhash: Option<String>,
    /// Millionths, -1,000,000 to 1,000,000.
    pub focus: Option<(i64, i64)>,
    /// Width and height in pixels.
    pub size: Option<(u32, u32)>,
    /// Seconds.
    pub duration: Option<f64>,
}

/// The files, and the pages that are attached as links.
pub fn list(object: &Value) -> (Vec<Attachment>, Vec<String>) {
    let (mut files, mut links): (Vec<Attachment>, Vec<String>) = Default::default();
    for item in many(object, "attachment").take(TAGS_MAX) {
        if let Some(file) = read(item) {
            if files.len() < ATTACHMENTS_MAX && files.iter().all(|known| known.url != file.url) {
                files.push(file);
            }
        } else if let Some(href) = item.get("href").and_then(address::page)
            && links.len() < ATTACHMENTS_MAX
        {
            links.push(href);
        }
    }
    (files, links)
}

/// A file has its address in `url`; what has a `href` alone is a page.
fn read(item: &Value) -> Option<Attachment> {
    let mut files = file::list_in_url(item);
    let is_shown = |file: &File| file.kind.is_some_and(|kind| kind != Kind::Unknown);
    let best = files.iter().position(is_shown).unwrap_or(0);
    let file = (best < files.len()).then(|| files.swap_remove(best))?;
    let number = |key: &str| file.number(key).filter(|value| *value <= SIZE_MAX);
    Some(Attachment {
        kind: file.kind.or_else(|| own_kind(item)),
        description: file.description().map(|words| words.trim().to_owned()),
        thumbnail: file::picture(item, "icon").map(|picture| picture.url),
        blurhash: text(item, "blurhash").filter(|hash| is_blurhash(hash)).map(str::to_owned),
        focus: focus(item),
        size: number("width").zip(number("height")),
        duration: duration(item),
        url: file.url,
    })
}

/// By the type of the object, which may be wrong: many write `Image` for whatever is attached.
fn own_kind(item: &Value) -> Option<Kind> {
    match document::kind_among(item, &["Image", "Video", "Audio"])? {
        "Image" => Some(Kind::Image),
        "Video" => Some(Kind::Video),
        _ => Some(Kind::Audio),
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

/// Seconds, as ISO 8601 has them or as a number.
fn duration(item: &Value) -> Option<f64> {
    let said = one(item, "duration")?;
    let seconds = said.as_str().map_or_else(|| said.as_f64(), |text| seconds(text.trim()));
    seconds.filter(|seconds| (0.0..=SECONDS_MAX).contains(seconds))
}

/// An ISO 8601 duration of days, hours, minutes and seconds.
fn seconds(text: &str) -> Option<f64> {
    let (days, time) = text.strip_prefix('P')?.split_once('T').unwrap_or((&text[1..], ""));
    let mut total = 0.0;
    let mut any = false;
    for (part, units) in [(days, &[('W', 604_800.0), ('D', 86_400.0)][..]), (time, &[('H', 3600.0), ('M', 60.0), ('S', 1.0)][..])] {
        let mut rest = part;
        for (unit, factor) in units {
            if let Some((number, behind)) = rest.split_once(*unit) {
                total += number.replace(',', ".").parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0)? * factor;
                (rest, any) = (behind, true);
            }
        }
        if !rest.is_empty() {
            return None;
        }
    }
    any.then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_iso_8601_has_them() {
        let cases = [
            ("PT1M5.5S", Some(65.5)),
            ("PT300S", Some(300.0)),
            ("PT1H", Some(3600.0)),
            ("PT0S", Some(0.0)),
            ("P1DT1S", Some(86_401.0)),
            ("P0DT0H1M2,5S", Some(62.5)),
            ("P1W", Some(604_800.0)),
            ("PT", None),
            ("P", None),
            ("", None),
            ("1:05", None),
            ("PT-5S", None),
            ("PT5", None),
            ("PT5S6M", None),
            ("PTNaNS", None),
            ("P1Y", None),
        ];
        for (text, expected) in cases {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
