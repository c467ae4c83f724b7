//! What an answer to a delivery means.

use jiff::fmt::rfc2822::DateTimeParser;

use crate::clock::random_u16;
use crate::net::{self, Response};

/// Tries until a delivery is laid among the dead letters: about three days.
pub const TRIES: i64 = 16;
/// The shortest and the longest that a host may have us wait.
pub const RETRY_AFTER_MIN_MS: i64 = 1_000;
pub const RETRY_AFTER_MAX_MS: i64 = 60 * 60 * 1000;

/// What is to be done with an inbox after a request to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Delivered,
    /// It is not wanted, and will not be.
    Dropped(String),
    /// There is no such inbox any more.
    Gone,
    /// The signature was not understood; perhaps in another dialect.
    Knock(u16),
    /// It was not its turn any more.
    NotTried,
    /// Another time.
    Failed {
        why: String,
        retry_after_ms: Option<i64>,
        host: Health,
    },
}

/// What a failure says of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It answers, and has its reasons.
    Busy,
    /// It answers with errors.
    Broken,
    /// It does not answer.
    Silent,
}

/// Reads an answer.
pub fn judge(answer: Result<Response, net::Error>, now_ms: i64) -> Verdict {
    let response = match answer {
        Ok(response) => response,
        Err(net::Error::Refused(why)) => return Verdict::Dropped(why),
        Err(net::Error::Setup(why)) => return Verdict::Failed { why, retry_after_ms: None, host: Health::Busy },
        Err(error @ (net::Error::Timeout | net::Error::Slow(_) | net::Error::Connection(_))) => {
            return Verdict::Failed { why: error.to_string(), retry_after_ms: None, host: Health::Silent };
        }
        Err(error) => return Verdict::Failed { why: error.to_string(), retry_after_ms: None, host: Health::Broken },
    };
    let retry_after_ms = response.header("retry-after").and_then(|text| retry_after(text, now_ms));
    let failed = |host| Verdict::Failed { why: format!("the answer was {}", response.status), retry_after_ms, host };
    match response.status {
        200..=299 => Verdict::Delivered,
        400 | 401 => Verdict::Knock(response.status),
        410 => Verdict::Gone,
        429 => failed(Health::Busy),
        408 => failed(Health::Broken),
        status @ (402..=499 | 501) => Verdict::Dropped(format!("the answer was {status}")),
        _ => failed(Health::Broken),
    }
}

/// What a signature that is not understood in either dialect means.
pub fn after_knocking(status: u16) -> Verdict {
    let why = format!("the answer was {status}");
    match status {
        401 => Verdict::Failed { why, retry_after_ms: None, host: Health::Broken },
        _ => Verdict::Dropped(why),
    }
}

/// Milliseconds that a `Retry-After` header asks for: seconds or a date. Source: RFC 9110, section 10.2.3
fn retry_after(text: &str, now_ms: i64) -> Option<i64> {
    let text = text.trim();
    let ms = match text.parse::<i64>() {
        Ok(seconds) => seconds.checked_mul(1000)?,
        Err(_) => DateTimeParser::new().parse_timestamp(text).ok()?.as_millisecond() - now_ms,
    };
    Some(ms.clamp(RETRY_AFTER_MIN_MS, RETRY_AFTER_MAX_MS))
}

/// Milliseconds until the next try after `attempts` that failed: n^4 and a little, some of it by chance.
pub fn back_off_ms(attempts: i64) -> i64 {
    let n = attempts.clamp(0, TRIES);
    let chance = |max: i64| max * i64::from(random_u16()) / i64::from(u16::MAX);
    let power = n.pow(4) * 1000;
    power + 15_000 + chance(power / 2) + chance(10_000) * (n + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_may_say_when_it_has_time_within_bounds() {
        assert_eq!(retry_after("120", 0), Some(120_000));
        assert_eq!(retry_after(" 0 ", 0), Some(RETRY_AFTER_MIN_MS));
        assert_eq!(retry_after("-5", 0), Some(RETRY_AFTER_MIN_MS));
        assert_eq!(retry_after("999999999", 0), Some(RETRY_AFTER_MAX_MS));
        assert_eq!(retry_after("99999999999999999999", 0), None);
        assert_eq!(retry_after("Thu, 01 Jan 2026 12:01:00 GMT", 1_767_268_800_000), Some(60_000));
        assert_eq!(retry_after("Thu, 01 Jan 2026 11:00:00 GMT", 1_767_268_800_000), Some(RETRY_AFTER_MIN_MS));
        assert_eq!(retry_after("soon", 0), None);
    }

    #[test]
    fn the_pause_grows_to_about_three_days_in_all() {
        assert!((15_000..=25_000).contains(&back_off_ms(0)));
        for attempts in 1..TRIES {
            let n4 = attempts.pow(4) * 1000;
            let pause = back_off_ms(attempts);
            assert!((n4 + 15_000..=n4 * 3 / 2 + 15_000 + 10_000 * (attempts + 1)).contains(&pause), "{attempts}: {pause}");
        }
        let least: i64 = (0..TRIES - 1).map(|n| n.pow(4) * 1000 + 15_000).sum();
        assert!(least > 35 * 60 * 60 * 1000, "{least}");
    }
}
