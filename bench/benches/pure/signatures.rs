//! A signed request: making the signature of a delivery, and checking that of an activity that came.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use criterion::{BenchmarkGroup, Criterion, measurement::WallTime};
use url::Url;
use wire::signature::{self, Dialect, Header, Incoming, Outgoing, PublicKey, SigningKey};

use crate::activities::CREATE;

const KEY_ID: &str = "https://far.test/users/alice#main-key";
const INBOX: &str = "https://here.test/inbox";
/// 1 January 2026, noon UTC.
const NOW_MS: i64 = 1_767_268_800_000;

pub fn measure(criterion: &mut Criterion) {
    let (rsa, ed25519) = (rsa(), ed25519());
    let mut group = criterion.benchmark_group("signature");
    for (name, keys, dialect) in [
        ("cavage, RSA-2048", &rsa, Dialect::Cavage),
        ("RFC 9421, RSA-2048", &rsa, Dialect::Rfc9421),
        ("RFC 9421, Ed25519", &ed25519, Dialect::Rfc9421),
    ] {
        one(&mut group, name, keys, dialect);
    }
    group.bench_function("reading a key", |bencher| bencher.iter(|| PublicKey::read(&rsa.public_pem).unwrap()));
    group.finish();
}

struct Keys {
    signing: SigningKey,
    public_pem: String,
}

fn one(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, keys: &Keys, dialect: Dialect) {
    let url = Url::parse(INBOX).unwrap();
    // A body's digest is made once for all its deliveries.
    let body = signature::Sha256::of(CREATE.as_bytes());
    let request = Outgoing { method: "POST", url: &url, body: Some(&body), now_ms: NOW_MS };
    let sign = || signature::sign(&keys.signing, KEY_ID, &request, dialect).unwrap();
    group.bench_function(format!("making, {name}"), |bencher| bencher.iter(sign));
    let (headers, public) = (sign(), PublicKey::read(&keys.public_pem).unwrap());
    let headers = as_received(&headers);
    let incoming =
        Incoming { method: "POST", base: "https://here.test", target: "/inbox", headers: &headers, body: CREATE.as_bytes(), now_ms: NOW_MS };
    let verify = || assert!(signature::read(&incoming).unwrap().is_by(&public));
    group.bench_function(format!("checking, {name}"), |bencher| bencher.iter(verify));
}

fn as_received(headers: &[Header]) -> Vec<(&str, &str)> {
    let host = std::iter::once(("host", "here.test"));
    host.chain(headers.iter().map(|(name, value)| (*name, value.as_str()))).collect()
}

fn rsa() -> Keys {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    Keys { signing: SigningKey::rsa(private.as_ref()).unwrap(), public_pem: pem(public.as_ref()) }
}

fn ed25519() -> Keys {
    let pair = Ed25519KeyPair::generate().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    Keys { signing: SigningKey::ed25519(pair.to_pkcs8v1().unwrap().as_ref()).unwrap(), public_pem: pem(public.as_ref()) }
}

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}
