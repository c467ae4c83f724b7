//! Moments and days as clients see them. Inside, both are UTC milliseconds since 1970;
//! what is the present moment is for others to say.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil, tz::Offset};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Milliseconds in a UTC day.
pub const DAY_MS: i64 = 86_400_000;
/// The earliest moment that can be written: 0000-01-01T00:00:00.000Z.
pub const MIN_MS: i64 = -62_167_219_200_000;
/// The latest moment that can be written: 9999-12-30T22:00:00.000Z, jiff's last.
pub const MAX_MS: i64 = 253_402_207_200_000;

/// Length of `YYYY-MM-DDTHH:MM:SS.mmmZ`, in bytes.
const DATETIME_LEN: usize = 24;
/// Length of `YYYY-MM-DD`, in bytes.
const DATE_LEN: usize = 10;

/// The start of the UTC day that `ms` lies in, both in milliseconds since 1970.
pub fn midnight(ms: i64) -> i64 {
    ms.saturating_sub(ms.rem_euclid(DAY_MS))
}

/// A moment in UTC milliseconds since 1970. JSON: `"2026-01-02T03:04:05.678Z"`.
///
/// Moments outside `MIN_MS..=MAX_MS` are written as the nearest one inside.
/// Reads any RFC 3339 text with an offset, cutting it to milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime(pub i64);

/// A UTC day, as milliseconds since 1970 of any moment in it. JSON: `"2026-01-02"`.
///
/// Limits as for [`DateTime`]; reading gives the day's midnight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i64);

impl DateTime {
    /// The midnight that began this moment's UTC day.
    pub fn floored_to_day(self) -> DateTime {
        DateTime(midnight(self.0))
    }

    fn bytes(self) -> [u8; DATETIME_LEN] {
        let civil = civil_at(self.0);
        let mut out = *b"0000-00-00T00:00:00.000Z";
        write_date(&mut out[..DATE_LEN], civil.date());
        write_number(&mut out[11..13], civil.hour().into());
        write_number(&mut out[14..16], civil.minute().into());
        write_number(&mut out[17..19], civil.second().into());
        write_number(&mut out[20..23], civil.millisecond());
        out
    }
}

impl Date {
    fn bytes(self) -> [u8; DATE_LEN] {
        let mut out = *b"0000-00-00";
        write_date(&mut out, civil_at(self.0).date());
        out
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(ascii(&self.bytes()))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(ascii(&self.bytes()))
    }
}

impl FromStr for DateTime {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<DateTime, jiff::Error> {
        let timestamp: Timestamp = text.parse()?;
        Ok(DateTime(timestamp.as_millisecond()))
    }
}

impl FromStr for Date {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Date, jiff::Error> {
        let date: civil::Date = text.parse()?;
        let timestamp = Offset::UTC.to_timestamp(date.to_datetime(civil::Time::midnight()))?;
        Ok(Date(timestamp.as_millisecond()))
    }
}

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(ascii(&self.bytes()))
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(ascii(&self.bytes()))
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<DateTime, D::Error> {
        parse_text(deserializer)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        parse_text(deserializer)
    }
}

fn parse_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = jiff::Error>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(de::Error::custom)
}

fn civil_at(ms: i64) -> civil::DateTime {
    // The clamp keeps `ms` in jiff's range, so the fallback is never taken.
    let timestamp = Timestamp::from_millisecond(ms.clamp(MIN_MS, MAX_MS)).unwrap_or(Timestamp::MAX);
    Offset::UTC.to_datetime(timestamp)
}

fn write_date(out: &mut [u8], date: civil::Date) {
    write_number(&mut out[0..4], date.year());
    write_number(&mut out[5..7], date.month().into());
    write_number(&mut out[8..10], date.day().into());
}

/// Fills `out` with the decimal digits of a number that is not negative, zeros in front.
fn write_number(out: &mut [u8], number: i16) {
    let mut rest = number.unsigned_abs();
    for digit in out.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}

fn ascii(bytes: &[u8]) -> &str {
    // Only digits and ASCII punctuation are ever written, so this cannot fail.
    std::str::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{DAY_MS, Date, DateTime, MAX_MS, MIN_MS, midnight};

    #[test]
    fn a_moment_is_written_in_utc_with_milliseconds() {
        assert_eq!(json!(DateTime(0)), "1970-01-01T00:00:00.000Z");
        assert_eq!(json!(DateTime(-1)), "1969-12-31T23:59:59.999Z");
        assert_eq!(json!(DateTime(1_767_323_045_678)), "2026-01-02T03:04:05.678Z");
        assert_eq!(json!(DateTime(951_782_400_000)), "2000-02-29T00:00:00.000Z");
    }

    #[test]
    fn a_moment_outside_the_written_years_becomes_the_nearest_inside() {
        assert_eq!(json!(DateTime(i64::MIN)), "0000-01-01T00:00:00.000Z");
        assert_eq!(json!(DateTime(MIN_MS)), "0000-01-01T00:00:00.000Z");
        assert_eq!(json!(DateTime(MIN_MS + 1)), "0000-01-01T00:00:00.001Z");
        assert_eq!(json!(DateTime(MAX_MS - 1)), "9999-12-30T21:59:59.999Z");
        assert_eq!(json!(DateTime(MAX_MS)), "9999-12-30T22:00:00.000Z");
        assert_eq!(json!(DateTime(i64::MAX)), "9999-12-30T22:00:00.000Z");
        assert_eq!(json!(Date(i64::MIN)), "0000-01-01");
        assert_eq!(json!(Date(i64::MAX)), "9999-12-30");
    }

    #[test]
    fn a_day_is_written_bare() {
        assert_eq!(json!(Date(1_767_323_045_678)), "2026-01-02");
        assert_eq!(json!(Date(-1)), "1969-12-31");
    }

    #[test]
    fn other_offsets_and_precisions_are_read_and_nonsense_is_not() {
        let read = |text: &str| text.parse::<DateTime>().ok();
        assert_eq!(read("2026-01-02T05:04:05+02:00"), Some(DateTime(1_767_323_045_000)));
        assert_eq!(read("2026-01-02T03:04:05.678901Z"), Some(DateTime(1_767_323_045_678)));
        for bad in ["", "yesterday", "2026-01-02", "2026-13-02T00:00:00Z", "2026-02-30T00:00:00Z"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        for bad in ["", "2026-02-30", "9999-12-31", "today"] {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<DateTime>("5").is_err());
        assert!(serde_json::from_str::<Date>("null").is_err());
    }

    #[test]
    fn midnight_goes_back_to_the_start_of_the_day_before_1970_too() {
        assert_eq!(midnight(0), 0);
        assert_eq!(midnight(DAY_MS - 1), 0);
        assert_eq!(midnight(DAY_MS), DAY_MS);
        assert_eq!(midnight(-1), -DAY_MS);
        assert_eq!(midnight(i64::MIN), i64::MIN);
        assert_eq!(DateTime(DAY_MS + 5).floored_to_day(), DateTime(DAY_MS));
    }

    proptest! {
        #[test]
        fn every_writable_moment_survives_json(ms in MIN_MS..=MAX_MS) {
            let moment = DateTime(ms);
            let json = serde_json::to_string(&moment).expect("a moment is always writable");
            prop_assert_eq!(&json, &format!("\"{moment}\""));
            prop_assert_eq!(serde_json::from_str::<DateTime>(&json).ok(), Some(moment));
        }

        #[test]
        fn every_writable_day_survives_json_as_its_midnight(ms in MIN_MS..=MAX_MS) {
            let json = serde_json::to_string(&Date(ms)).expect("a day is always writable");
            prop_assert_eq!(serde_json::from_str::<Date>(&json).ok(), Some(Date(midnight(ms))));
        }

        #[test]
        fn a_moment_starts_with_its_day(ms: i64) {
            prop_assert!(DateTime(ms).to_string().starts_with(&Date(ms).to_string()));
        }
    }
}
