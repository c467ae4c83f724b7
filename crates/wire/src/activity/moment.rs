//! Moments as documents write them: RFC 3339 as ActivityStreams demands, and what servers send instead.
//!
//! Mastodon reads them with Ruby's tolerant date parser, so other servers never learn that theirs are unusual. The
//! forms read here are those of ISO 8601 (no offset, a space for the `T`, a date alone, basic form, any number of
//! fraction digits), of mail and HTTP headers, and what JavaScript and C print. Without an offset a time is UTC.

use jiff::civil::Date;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::Offset;
use jiff::{Span, Timestamp};
use serde_json::Value;

use super::document::many;
use crate::time::{DAY_MS, MAX_MS, MIN_MS};

/// Bytes of a moment; a longer text is none. The longest real ones name their time zone in words.
const LENGTH_MAX: usize = 128;
/// The furthest offset from UTC, in minutes: as far as RFC 3339 can write it.
const OFFSET_MAX: i64 = 24 * 60 - 1;
/// What HTTP (RFC 850), C (`asctime`, `date`) and JavaScript (`Date.toString`) write, all in UTC but the last.
const PRINTED: [&str; 4] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y", "%a %b %e %H:%M:%S UTC %Y", "%a %b %d %Y %H:%M:%S GMT%z"];

/// Reads mail dates. Many servers count the day of the week wrongly, and it says nothing that the date does not.
static MAIL: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// A moment in milliseconds UTC; `None` for what is none, or lies outside what can be written.
pub fn read(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.len() > LENGTH_MAX {
        return None;
    }
    let strict = text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond);
    let ms = strict.or_else(|| iso(text)).or_else(|| mail(text)).or_else(|| printed(text))?;
    (MIN_MS..=MAX_MS).contains(&ms).then_some(ms)
}

/// The moment that a property names: the first of its values that is one, as text or as a typed value of JSON-LD.
pub fn of(document: &Value, key: &str) -> Option<i64> {
    many(document, key).find_map(|value| read(value.as_str().or_else(|| value.get("@value")?.as_str())?))
}

/// A date, perhaps with a time of day, perhaps with an offset.
fn iso(text: &str) -> Option<i64> {
    // A time zone by name says nothing beside an offset (RFC 9557).
    let text = text.split_once('[').map_or(text, |(moment, _)| moment);
    let (date, rest) = date(text)?;
    let clock_stands = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    let after = rest.trim_start_matches(['T', 't', '_', ' ']);
    let (clock_ms, rest) = if after.len() < rest.len() && clock_stands(after) { clock(after)? } else { (0, rest) };
    let offset_ms = offset(rest.trim())?;
    let midnight = Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?.as_millisecond();
    Some(midnight + clock_ms - offset_ms)
}

/// A date with what follows it: year and month, with day or not; as digits alone, a day of a month or of a year.
fn date(text: &str) -> Option<(Date, &str)> {
    let (year, rest) = number(text, 4, 4)?;
    let year = i16::try_from(year).ok()?;
    let Some(rest) = rest.strip_prefix(['-', '/', '.']) else {
        let (month, rest) = number(rest, 2, 2)?;
        let (day, rest) = number(rest, 2, 2)?;
        return Some((Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?, rest));
    };
    if let Some((day, rest)) = number(rest, 3, 3) {
        let first = Date::new(year, 1, 1).ok()?;
        let date = first.checked_add(Span::new().try_days(day.checked_sub(1)?).ok()?).ok()?;
        return (date.year() == year).then_some((date, rest));
    }
    let (month, rest) = number(rest, 1, 2)?;
    let (day, rest) = rest.strip_prefix(['-', '/', '.']).and_then(|rest| number(rest, 1, 2)).unwrap_or((1, rest));
    Some((Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?, rest))
}

/// A time of day in milliseconds with what follows it. A leap second is the one before it; 24:00 ends the day.
fn clock(text: &str) -> Option<(i64, &str)> {
    let (hour, mut rest) = number(text, 2, 2).or_else(|| number(text, 1, 1))?;
    let mut parts = [0, 0];
    for part in &mut parts {
        let (colon, after) = rest.strip_prefix(':').map_or((false, rest), |after| (true, after));
        match number(after, 2, 2) {
            Some((value, after)) => (*part, rest) = (value, after),
            None if colon => return None,
            None => break,
        }
    }
    let [minute, second] = parts;
    let mut ms = 0;
    if let Some(digits) = rest.strip_prefix(['.', ',']) {
        let len = digits.bytes().take_while(u8::is_ascii_digit).count();
        for place in 0..3 {
            ms = ms * 10 + digits.as_bytes()[..len].get(place).map_or(0, |digit| i64::from(digit - b'0'));
        }
        rest = digits.get(len..).filter(|_| len > 0)?;
    }
    let ends_day = hour == 24 && minute == 0 && second == 0 && ms == 0;
    if hour > 23 && !ends_day || minute > 59 || second > 60 {
        return None;
    }
    Some((((hour * 60 + minute) * 60 + second.min(59)) * 1000 + ms, rest)).filter(|(ms, _)| *ms <= DAY_MS)
}

/// An offset from UTC in milliseconds: none, UTC by one of its names, or hours and perhaps minutes.
fn offset(text: &str) -> Option<i64> {
    let named =
        ["UTC", "GMT", "UT", "Z"].iter().find_map(|name| Some(text.get(name.len()..)?).filter(|_| text[..name.len()].eq_ignore_ascii_case(name)));
    let text = named.unwrap_or(text).trim_start();
    let (sign, digits) = match text.chars().next() {
        None => return Some(0),
        Some('+') => (1, &text[1..]),
        Some('-') => (-1, &text[1..]),
        // U+2212, the minus that ISO 8601 prefers.
        Some('\u{2212}') => (-1, &text['\u{2212}'.len_utf8()..]),
        Some(_) => return None,
    };
    // What Go prints behind an offset: the name of its zone, and a clock of its own.
    let digits = digits.split_once(' ').map_or(digits, |(offset, _)| offset);
    let (hours, rest) = number(digits, 2, 2).or_else(|| number(digits, 1, 1))?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = if rest.is_empty() { (0, rest) } else { number(rest, 2, 2)? };
    let minutes = hours * 60 + minutes;
    (rest.is_empty() && minutes <= OFFSET_MAX).then_some(sign * minutes * 60_000)
}

/// A number of so many ASCII digits, and no more, with what follows it.
fn number(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let len = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if len < least {
        return None;
    }
    Some((text[..len].parse().ok()?, &text[len..]))
}

/// RFC 2822; also without its offset, and without its time.
fn mail(text: &str) -> Option<i64> {
    ["", " GMT", " 00:00 GMT"].iter().find_map(|end| MAIL.parse_timestamp(format!("{text}{end}")).ok()).map(Timestamp::as_millisecond)
}

fn printed(text: &str) -> Option<i64> {
    // JavaScript adds the name of the time zone.
    let text = text.split_once(" (").map_or(text, |(moment, _)| moment);
    let read = |format: &str| {
        let moment = BrokenDownTime::parse(format, text).ok()?;
        let offset = moment.offset().unwrap_or(Offset::UTC);
        offset.to_timestamp(moment.to_datetime().ok()?).ok()
    };
    PRINTED.iter().copied().find_map(read).map(Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(text: &str) -> String {
        read(text).map_or_else(|| "none".into(), |ms| crate::DateTime(ms).to_string())
    }

    #[test]
    fn moments_have_an_offset_and_may_have_fractions() {
        assert_eq!(read("1970-01-01T00:00:01Z"), Some(1_000));
        assert_eq!(read("1970-01-01T01:00:00.5+01:00"), Some(500));
        for none in [
            "",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "99999-01-01T00:00:00Z",
            "10000-01-01T00:00:00Z",
            "+010000-01-01T00:00:00Z",
            "-000001-01-01T00:00:00Z",
            "-1-01-01T00:00:00Z",
            "0000-00-00T00:00:00Z",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn unusual_forms_of_a_moment_are_read_as_utc() {
        for text in [
            "2024-02-15T17:15:00",
            "2024-02-15T17:15:00.000000",
            "2024-02-15 17:15:00",
            "2024-02-15 17:15",
            "2024-02-15  17:15:00",
            "2024-02-15T17:15:00 +00:00",
            "2024-02-15 17:15:00 +0000",
            "2024-02-15 17:15:00 UTC",
            "2024-02-15 17:15:00.000123 +0000 UTC",
            "2024-02-15 18:15:00 +0100 CET m=+0.001",
            "2024-02-15t17:15:00z",
            "2024-02-15T17:15:00 GMT",
            "2024-02-15T171500Z",
            "20240215T171500Z",
            "2024-046T17:15:00Z",
            "2024/02/15 17:15:00",
            "2024-2-15 17:15:00",
            "2024-02-15T18:15:00+01",
            "2024-02-15T18:15:00+0100",
            "2024-02-15T18:15:00+1:00",
            "2024-02-15T09:15:00-08:00",
            "2024-02-15T09:15:00\u{2212}08:00",
            "2024-02-15 09:15-0800",
            "2024-02-15T18:15:00+01:00[Europe/Paris]",
            "2024-02-15T18:15:00 UTC+01:00",
            "2024-02-15T17:15:00,000Z",
            "2024-02-15T17:15:00.0000000000000Z",
            "Thu, 15 Feb 2024 17:15:00 GMT",
            "Thu, 15 Feb 2024 17:15:00 +0000",
            "Thu, 15 Feb 2024 17:15 UT",
            "Mon, 15 Feb 2024 17:15:00 GMT",
            "15 Feb 2024 09:15:00 PST",
            "15 Feb 2024 17:15:00",
            "Thursday, 15-Feb-24 17:15:00 GMT",
            "Thu Feb 15 17:15:00 2024",
            "Thu Feb 15 17:15:00 UTC 2024",
            "Thu Feb 15 2024 18:15:00 GMT+0100 (Central European Standard Time)",
            "  2024-02-15T17:15:00Z\n",
        ] {
            assert_eq!(written(text), "2024-02-15T17:15:00.000Z", "{text}");
        }
        for (text, expected) in [
            ("2024-02-15", "2024-02-15T00:00:00.000Z"),
            ("2024-02-15Z", "2024-02-15T00:00:00.000Z"),
            ("2024-02-15+01:00", "2024-02-14T23:00:00.000Z"),
            ("20240215", "2024-02-15T00:00:00.000Z"),
            ("2024-02", "2024-02-01T00:00:00.000Z"),
            ("15 Feb 2024", "2024-02-15T00:00:00.000Z"),
            ("2024-02-15T24:00:00Z", "2024-02-16T00:00:00.000Z"),
            ("2024-12-31T24:00", "2025-01-01T00:00:00.000Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"),
            ("2016-12-31 23:59:60", "2016-12-31T23:59:59.000Z"),
            ("2024-02-15T17:15:00.1234567890Z", "2024-02-15T17:15:00.123Z"),
            ("2024-02-15T17:15:00.9999999999999", "2024-02-15T17:15:00.999Z"),
            ("2024-02-15 17:15:00.5", "2024-02-15T17:15:00.500Z"),
            ("2024-02-15T17", "2024-02-15T17:00:00.000Z"),
        ] {
            assert_eq!(written(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_not_read() {
        let long = format!("2024-02-15T17:15:00.{}Z", "0".repeat(LENGTH_MAX));
        for none in [
            "2024",
            "2024-02-30",
            "2024-02-30T00:00:00",
            "2024-366x",
            "2023-366",
            "2024-000",
            "2024-02-15T25:00:00",
            "2024-02-15T24:00:01",
            "2024-02-15T24:00:00.1",
            "2024-02-15T17:60:00",
            "2024-02-15T17:15:61",
            "2024-02-15T17:",
            "2024-02-15T17:15:00.",
            "2024-02-15T17:15:00+26:00",
            "2024-02-15T17:15:00+01:0",
            "2024-02-15T17:15:00 ab",
            "2024-02-15T17:15:00Zx",
            "2024-02-15tomorrow",
            "17:15:00",
            "1708017300",
            "٢٠٢٤-02-15",
            "2024-02-1\u{66a}",
            &long,
        ] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn a_property_may_hold_its_moment_in_each_form_of_json_ld() {
        let typed = json!({ "@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": "1970-01-01T00:00:01" });
        for value in [json!("1970-01-01T00:00:01Z"), json!(["1970-01-01 00:00:01"]), json!([null, 7, "never", "1970-01-01T00:00:01Z"]), typed] {
            assert_eq!(of(&json!({ "published": value }), "published"), Some(1_000), "{value}");
        }
        for value in [json!(null), json!(7), json!({}), json!([]), json!("never")] {
            assert_eq!(of(&json!({ "published": value }), "published"), None, "{value}");
        }
    }
}
