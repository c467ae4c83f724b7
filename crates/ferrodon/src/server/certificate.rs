//! The server's certificate with its key, read from the files that `[tls]` names.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{Error, InconsistentKeys};

use crate::config::{Config, ConfigError, check_mode};

/// A chain or a key is a few kilobytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Certificates in the file, the server's own among them.
const CHAIN_MAX: usize = 16;

#[derive(Debug)]
pub struct Certificate {
    pub key: Arc<CertifiedKey>,
    /// The end of its life, in seconds since 1970 UTC.
    pub expires_s: i64,
}

/// Tells a file from its successor: when it was changed, its length and its inode.
pub type Stamp = [Option<(SystemTime, u64, u64)>; 2];

/// Of the files as they are now; a file that is not there has none.
pub fn stamp(config: &Config) -> Stamp {
    use std::os::unix::fs::MetadataExt;
    [&config.tls.cert_file, &config.tls.key_file].map(|file| {
        let metadata = std::fs::metadata(file).ok()?;
        Some((metadata.modified().ok()?, metadata.len(), metadata.ino()))
    })
}

/// Reads both files and checks that they belong together.
///
/// Errors: the key of the configuration, the file, and what is wrong with it.
pub fn read(config: &Config) -> Result<Certificate, ConfigError> {
    let (cert_file, key_file) = (&config.tls.cert_file, &config.tls.key_file);
    let chain = pem_of("tls.cert_file", cert_file)?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&chain)
        .take(CHAIN_MAX)
        .collect::<Result<_, pem::Error>>()
        .map_err(|error| ConfigError(format!("tls.cert_file {cert_file} is not valid PEM: {error}")))?;
    let Some(own) = chain.first() else {
        return Err(ConfigError(format!("tls.cert_file {cert_file} holds no certificate (-----BEGIN CERTIFICATE-----)")));
    };
    let Some(expires_s) = expiry(own) else {
        return Err(ConfigError(format!("tls.cert_file {cert_file}: its first certificate cannot be read")));
    };

    if let Ok(metadata) = std::fs::metadata(key_file) {
        check_mode(key_file, &metadata).map_err(|error| ConfigError(format!("tls.key_file: {}", error.0)))?;
    }
    let key = PrivateKeyDer::from_pem_slice(&pem_of("tls.key_file", key_file)?).map_err(|error| match error {
        pem::Error::NoItemsFound => ConfigError(format!("tls.key_file {key_file} holds no private key (-----BEGIN PRIVATE KEY-----)")),
        error => ConfigError(format!("tls.key_file {key_file} is not valid PEM: {error}")),
    })?;
    let key = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(|error| match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            ConfigError(format!("tls.key_file {key_file} is not the key of the first certificate in tls.cert_file {cert_file}"))
        }
        error => ConfigError(format!("tls.key_file {key_file} cannot be used: {error}")),
    })?;
    Ok(Certificate { key: Arc::new(key), expires_s })
}

fn pem_of(key: &str, file: &str) -> Result<Vec<u8>, ConfigError> {
    let size = std::fs::metadata(Path::new(file)).map(|metadata| metadata.len());
    let read = size.and_then(|size| if size <= FILE_BYTES_MAX { std::fs::read(file) } else { Err(std::io::ErrorKind::FileTooLarge.into()) });
    read.map_err(|error| ConfigError(format!("{key} {file} cannot be read: {error}")))
}

const SEQUENCE: u8 = 0x30;
const CONTEXT_0: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// `notAfter` of an X.509 certificate, in seconds since 1970. Source: RFC 5280, section 4.1
fn expiry(certificate: &[u8]) -> Option<i64> {
    let (outer, _) = element(certificate, SEQUENCE)?;
    let (mut fields, _) = element(outer, SEQUENCE)?;
    // The version may be left out; then come serial number, signature algorithm and issuer.
    if fields.first() == Some(&CONTEXT_0) {
        fields = any(fields)?.2;
    }
    for _ in 0..3 {
        fields = any(fields)?.2;
    }
    let (validity, _) = element(fields, SEQUENCE)?;
    let (_, _, not_after) = any(validity)?;
    let (kind, time, _) = any(not_after)?;
    let digits = std::str::from_utf8(time).ok()?.strip_suffix('Z')?;
    let digits = match (kind, digits.len()) {
        // Two digits of a year are of 1950 to 2049.
        (UTC_TIME, 12) => format!("{}{digits}", if digits < "50" { "20" } else { "19" }),
        (GENERALIZED_TIME, 14) => digits.to_owned(),
        _ => return None,
    };
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<i64>().ok();
    let days = days_since_1970(number(0, 4)?, number(4, 6)?, number(6, 8)?)?;
    Some(days * 86_400 + number(8, 10)? * 3_600 + number(10, 12)? * 60 + number(12, 14)?)
}

/// The content of the element that `bytes` begin with, and what follows it.
fn element(bytes: &[u8], kind: u8) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = any(bytes)?;
    (found == kind).then_some((content, rest))
}

/// Kind, content and what follows, of the DER element that `bytes` begin with.
fn any(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&kind, bytes) = bytes.split_first()?;
    let (&first, bytes) = bytes.split_first()?;
    let (length, bytes) = match first {
        0..=0x7f => (usize::from(first), bytes),
        0x81..=0x84 => {
            let (length, bytes) = bytes.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), bytes)
        }
        _ => return None,
    };
    let (content, rest) = bytes.split_at_checked(length)?;
    Some((kind, content, rest))
}

/// Days of the Gregorian calendar.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * month + 2) / 5 + day - 719_469)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields of a certificate as far as its life: version, serial number, algorithm, issuer, validity.
    fn certificate(not_after: &[u8]) -> Vec<u8> {
        let wrapped = |kind: u8, content: &[u8]| [&[kind, 0x82, 0, content.len() as u8], content].concat();
        let validity = wrapped(SEQUENCE, &[b"\x17\x0d250101000000Z".as_slice(), not_after].concat());
        let fields = [b"\xa0\x03\x02\x01\x02\x02\x01\x07\x30\x00\x30\x00".as_slice(), &validity].concat();
        wrapped(SEQUENCE, &wrapped(SEQUENCE, &fields))
    }

    #[test]
    fn the_end_of_a_certificates_life_is_read() {
        for (time, expected) in [
            (b"\x17\x0d700101000000Z".as_slice(), Some(0)),
            (b"\x17\x0d250228235959Z", Some(1_740_787_199)),
            (b"\x17\x0d491231235959Z", Some(2_524_607_999)),
            (b"\x18\x0f20240229120000Z", Some(1_709_208_000)),
            (b"\x18\x0f21000301000000Z", Some(4_107_542_400)),
            (b"\x18\x0f20241329120000Z", None),
            (b"\x17\x0b2502282359Z", None),
            (b"\x04\x0d250228235959Z", None),
        ] {
            assert_eq!(expiry(&certificate(time)), expected, "{}", String::from_utf8_lossy(&time[2..]));
        }
    }

    #[test]
    fn half_a_certificate_is_none() {
        let whole = certificate(b"\x17\x0d250228235959Z");
        for length in 0..whole.len() {
            assert_eq!(expiry(&whole[..length]), None, "{length} bytes");
        }
        assert_eq!(expiry(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(expiry(&[0x30, 0x80]), None);
    }
}
