//! Signing and reading, in both dialects.

mod edges;

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;

const NOW: i64 = 1_767_268_800_000;
const BODY: &[u8] = b"{\"type\":\"Create\"}";
const KEY_ID: &str = "https://a.test/users/bob#main-key";

struct Pair {
    private: SigningKey,
    public: PublicKey,
}

static RSA: LazyLock<Pair> = LazyLock::new(|| {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let pem = format!("-----BEGIN PUBLIC KEY-----\r\n{}\r\n-----END PUBLIC KEY-----\r\n", STANDARD.encode(public.as_ref()));
    Pair { private: SigningKey::rsa(private.as_ref()).unwrap(), public: PublicKey::read(&pem).unwrap() }
});

static ED25519: LazyLock<Pair> = LazyLock::new(|| {
    let pair = Ed25519KeyPair::generate().unwrap();
    let private = pair.to_pkcs8v1().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", STANDARD.encode(public.as_ref()));
    Pair { private: SigningKey::ed25519(private.as_ref()).unwrap(), public: PublicKey::read(&pem).unwrap() }
});

/// A request on its way, to be tampered with.
#[derive(Clone)]
struct Sent {
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    now: i64,
}

impl Sent {
    fn read(&self) -> Result<Claim, Problem> {
        self.read_with(read)
    }

    fn read_with(&self, read: fn(&Incoming<'_>) -> Result<Claim, Problem>) -> Result<Claim, Problem> {
        let headers: Vec<(&str, &str)> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        read(&Incoming {
            method: self.method,
            base: "https://here.test",
            target: &self.target,
            headers: &headers,
            body: &self.body,
            now_ms: self.now,
        })
    }

    fn is_by(&self, pair: &Pair) -> bool {
        self.read().is_ok_and(|claim| claim.is_by(&pair.public))
    }

    fn refused(&self) -> bool {
        matches!(self.read(), Err(Problem::Refused(_)))
    }

    fn with(&self, name: &str, value: &str) -> Sent {
        let mut sent = self.clone();
        sent.headers.retain(|(known, _)| known != name);
        sent.headers.push((name.to_owned(), value.to_owned()));
        sent
    }

    fn without(&self, name: &str) -> Sent {
        let mut sent = self.clone();
        sent.headers.retain(|(known, _)| known != name);
        sent
    }

    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap()
    }
}

fn sent(pair: &Pair, dialect: Dialect, method: &'static str, target: &str, body: Option<&[u8]>) -> Sent {
    let url = Url::parse(&format!("https://here.test{target}")).unwrap();
    let headers = sign(&pair.private, KEY_ID, &Outgoing { method, url: &url, body: body.map(Sha256::of).as_ref(), now_ms: NOW }, dialect).unwrap();
    let mut headers: Vec<(String, String)> = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    headers.push(("host".into(), host_of(&url)));
    Sent { method, target: target.to_owned(), headers, body: body.unwrap_or_default().to_vec(), now: NOW }
}

/// Signs lines by hand, as others do it.
fn by_hand(lines: &[(&str, &str)], parameters: &str, headers: &[(&str, &str)]) -> Sent {
    let text: Vec<String> = lines.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let names: Vec<&str> = lines.iter().map(|(name, _)| *name).collect();
    let signature = STANDARD.encode(RSA.private.sign(text.join("\n").as_bytes()).unwrap());
    let header = format!(r#"keyId="{KEY_ID}",{parameters}headers="{}",signature="{signature}""#, names.join(" "));
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).chain([("signature".to_owned(), header)]);
    Sent { method: "POST", target: "/inbox".into(), headers: headers.collect(), body: BODY.to_vec(), now: NOW }
}

fn dated(date: &str) -> Sent {
    let digest = digest::digest(BODY);
    by_hand(
        &[("(request-target)", "post /inbox"), ("host", "here.test"), ("date", date), ("digest", &digest)],
        "",
        &[("host", "here.test"), ("date", date), ("digest", &digest)],
    )
}

#[test]
fn what_is_signed_is_verified_in_both_dialects_with_both_kinds_of_keys() {
    for dialect in [Dialect::Cavage, Dialect::Rfc9421] {
        for (pair, other) in [(&*RSA, &*ED25519), (&*ED25519, &*RSA)] {
            let post = sent(pair, dialect, "POST", "/inbox", Some(BODY));
            let get = sent(pair, dialect, "GET", "/users/x?page=1", None);
            assert_eq!(post.read().unwrap().key_id, KEY_ID);
            assert!(post.is_by(pair) && get.is_by(pair), "{dialect:?}");
            assert!(!post.is_by(other) && !get.is_by(other), "{dialect:?}");
            assert!(!Sent { target: "/users/y/inbox".into(), ..post.clone() }.is_by(pair));
            assert!(!Sent { method: "PUT", ..post.clone() }.is_by(pair));
            assert!(Sent { body: b"{}".to_vec(), ..post.clone() }.refused());
            assert!(Sent { now: NOW + 2 * HOUR_MS, ..post.clone() }.refused());
        }
    }
}

#[test]
fn headers_are_read_before_the_body_is_there() {
    for dialect in [Dialect::Cavage, Dialect::Rfc9421] {
        let early = Sent { body: Vec::new(), ..sent(&RSA, dialect, "POST", "/inbox", Some(BODY)) };
        assert!(early.refused(), "an empty body is not the one that was signed");
        let claim = early.read_with(read_headers).unwrap();
        assert!(claim.is_by(&RSA.public));
        assert_eq!(claim.check_body(BODY), Ok(()));
        for other in [b"".as_slice(), b"{}", &BODY[1..], &[BODY, b" "].concat()] {
            assert!(matches!(claim.check_body(other), Err(Problem::Refused(_))), "{dialect:?}");
        }
        let (digest, short) = if dialect == Dialect::Cavage { ("digest", "SHA-256=AAAA") } else { ("content-digest", "sha-256=:AAAA:") };
        assert!(matches!(early.without(digest).read_with(read_headers), Err(Problem::Refused(_))), "{dialect:?}");
        assert!(matches!(early.with(digest, short).read_with(read_headers), Err(Problem::Refused(_))), "{dialect:?}");
    }
}

#[test]
fn what_goes_out_is_written_as_all_understand_it() {
    let post = sent(&RSA, Dialect::Cavage, "POST", "/inbox", Some(BODY));
    assert_eq!(post.header("date"), "Thu, 01 Jan 2026 12:00:00 GMT");
    assert_eq!(post.header("content-type"), "application/activity+json");
    let start = format!(r#"keyId="{KEY_ID}",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",signature=""#);
    assert!(post.header("signature").starts_with(&start), "{}", post.header("signature"));
    let get = sent(&RSA, Dialect::Cavage, "GET", "/x", None);
    assert!(get.header("signature").contains(r#"headers="(request-target) host date","#));
    let post = sent(&RSA, Dialect::Rfc9421, "POST", "/inbox", Some(BODY));
    let input = format!(r#"sig1=("@method" "@target-uri" "content-digest");created=1767268800;keyid="{KEY_ID}";alg="rsa-v1_5-sha256""#);
    assert_eq!(post.header("signature-input"), input);
    assert_eq!(host_of(&Url::parse("https://a.test:443/").unwrap()), "a.test");
    assert_eq!(host_of(&Url::parse("http://a.test:8080/").unwrap()), "a.test:8080");
}

#[test]
fn the_variants_of_the_draft_are_read() {
    let (digest, date) = (digest::digest(BODY), "Thu, 01 Jan 2026 12:00:00 GMT");
    let plain = dated(date);
    assert!(plain.is_by(&RSA), "no algorithm is hs2019, with the date");
    assert!(plain.with("signature", &format!("Signature {}", plain.header("signature"))).is_by(&RSA));
    assert!(plain.with("signature", &plain.header("signature").replace(",headers", ", headers")).is_by(&RSA));
    let lines = [("(request-target)", "post /inbox"), ("host", "here.test"), ("date", date), ("digest", digest.as_str())];
    let headers = [("host", "here.test"), ("date", date), ("digest", digest.as_str())];
    for algorithm in ["algorithm=\"hs2019\",", "algorithm=\"rsa-sha256\",", "algorithm=hs2019,"] {
        assert!(by_hand(&lines, algorithm, &headers).is_by(&RSA), "{algorithm}");
    }
    assert!(by_hand(&lines, "algorithm=\"hmac-sha256\",", &headers).refused());
    let created =
        [("(request-target)", "post /inbox"), ("host", "here.test"), ("(created)", "1767268800"), ("(expires)", "1767268900"), ("digest", &digest)];
    let parameters = "algorithm=\"hs2019\",created=1767268800,expires=1767268900,";
    assert!(by_hand(&created, parameters, &[("host", "here.test"), ("digest", &digest)]).is_by(&RSA));
    assert!(by_hand(&created, &parameters.replace("hs2019", "rsa-sha256"), &[("host", "here.test"), ("digest", &digest)]).refused());
    assert!(by_hand(&created, "algorithm=\"hs2019\",created=1767268800,", &[("host", "here.test"), ("digest", &digest)]).refused());
    // A proxy may have changed the host; the sender signed ours.
    assert!(plain.with("host", "127.0.0.1:3000").is_by(&RSA));
    let with_port = [("(request-target)", "post /inbox"), ("host", "Here.test:443"), ("date", date), ("digest", digest.as_str())];
    assert!(by_hand(&with_port, "", &[("host", "Here.test:443"), ("date", date), ("digest", &digest)]).is_by(&RSA));
    let elsewhere = [("(request-target)", "post /inbox"), ("host", "there.test"), ("date", date), ("digest", digest.as_str())];
    assert!(!by_hand(&elsewhere, "", &[("host", "there.test"), ("date", date), ("digest", &digest)]).is_by(&RSA), "signed for another server");
}

#[test]
fn a_query_may_be_left_out_but_not_be_another() {
    let get = sent(&RSA, Dialect::Cavage, "GET", "/outbox", None);
    assert!(Sent { target: "/outbox?page=1".into(), ..get }.is_by(&RSA));
    let get = sent(&RSA, Dialect::Cavage, "GET", "/outbox?page=2", None);
    assert!(!Sent { target: "/outbox?page=1".into(), ..get.clone() }.is_by(&RSA));
    assert!(!Sent { target: "/outbox".into(), ..get }.is_by(&RSA));
}

#[test]
fn too_little_signed_or_signed_twice_proves_nothing() {
    let (digest, date) = (digest::digest(BODY), "Thu, 01 Jan 2026 12:00:00 GMT");
    let lines = [("(request-target)", "post /inbox"), ("host", "here.test"), ("date", date), ("digest", digest.as_str())];
    let headers = [("host", "here.test"), ("date", date), ("digest", digest.as_str())];
    for left_out in 0..lines.len() {
        let fewer: Vec<_> = lines.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, line)| *line).collect();
        assert!(by_hand(&fewer, "", &headers).refused(), "without {}", lines[left_out].0);
    }
    let twice = [&lines[..], &[("date", date)]].concat();
    assert!(by_hand(&twice, "", &headers).refused());
    let plain = by_hand(&lines, "", &headers);
    let signature = plain.header("signature").to_owned();
    assert!(plain.with("signature", &format!("{signature},keyId=\"https://evil.test/key\"")).refused());
    let mut doubled = plain.clone();
    doubled.headers.push(("signature".into(), signature.clone()));
    assert!(doubled.refused());
    for name in ["date", "digest"] {
        assert!(plain.without(name).refused(), "without {name}");
    }
    assert!(plain.with("signature", &signature.replace("keyId", "key")).refused());
    assert!(plain.with("signature", "keyId=\"x").refused());
    let no_headers: String = signature.split(',').filter(|part| !part.starts_with("headers")).collect::<Vec<_>>().join(",");
    assert!(plain.with("signature", &no_headers).refused(), "the default covers too little");
    assert_eq!(plain.without("signature").read(), Err(Problem::Missing));
    assert!(plain.with("signature", &"x".repeat(9_000)).refused());
}

#[test]
fn digests_are_of_the_body_and_of_a_kind_we_know() {
    let date = "Thu, 01 Jan 2026 12:00:00 GMT";
    let with = |digest: &str| {
        by_hand(
            &[("(request-target)", "post /inbox"), ("host", "here.test"), ("date", date), ("digest", digest)],
            "",
            &[("host", "here.test"), ("date", date), ("digest", digest)],
        )
    };
    assert!(with(&format!("SHA-512=abcd,{}", digest::digest(BODY))).is_by(&RSA));
    assert!(with("SHA-512=abcd").refused());
    assert!(with(&digest::digest(b"other")).refused());
}

#[test]
fn signatures_are_good_for_their_time() {
    let cases = [(0, true), (50, true), (-64, true), (120, false), (-13 * 60, false), (-66, false)];
    for (minutes, good) in cases {
        let sent = dated(&http_date(NOW + minutes * 60_000));
        assert_eq!(sent.is_by(&RSA), good, "{minutes} minutes");
    }
    for date in ["", "yesterday", "2026-01-01T12:00:00Z", "Thu, 99 Jan 2026 12:00:00 GMT"] {
        assert!(dated(date).refused(), "{date}");
    }
}

#[test]
fn the_standard_wants_method_target_digest_time_and_key() {
    let post = sent(&RSA, Dialect::Rfc9421, "POST", "/inbox", Some(BODY));
    let input = post.header("signature-input").to_owned();
    let changed = |from: &str, to: &str| post.with("signature-input", &input.replace(from, to)).read();
    let refused = |from: &str, to: &str| matches!(changed(from, to), Err(Problem::Refused(_)));
    let malformed = |from: &str, to: &str| matches!(changed(from, to), Err(Problem::Malformed(_)));
    assert!(refused("\"@method\" ", "") && refused("\"@target-uri\" ", "") && refused(" \"content-digest\"", ""));
    assert!(refused(";created=1767268800", "") && refused(&format!(";keyid=\"{KEY_ID}\""), "") && refused("rsa-v1_5-sha256", "hmac-sha256"));
    assert!(refused("\"content-digest\"", "\"content-digest\";bs") && refused("\"content-digest\"", "\"content-digest\" \"@status\""));
    assert!(
        malformed("created=1767268800", "created=\"now\"") && malformed("sig1=(", "sig1=") && malformed("sig1", "sig2") && malformed(&input, "é")
    );
    assert!(malformed("\"content-digest\"", "\"content-digest\" \"content-digest\"") && malformed(&input, ""));
    assert!(!post.with("signature-input", &input.replace("1767268800", "1767268801")).is_by(&RSA), "the parameters are signed");
    assert!(post.with("signature-input", &format!("{input}, sig2=(\"@method\");created=1;keyid=\"k\"")).refused());
    assert!(matches!(post.with("content-digest", "sha-256=abc").read(), Err(Problem::Malformed(_))));
    assert!(post.with("content-digest", "sha-512=:YWJj:").refused());
    assert!(matches!(post.without("signature").read(), Err(Problem::Malformed(_))));
    assert!(!post.is_by(&ED25519));
    let get = sent(&ED25519, Dialect::Rfc9421, "GET", "/x?a=b", None);
    assert!(get.is_by(&ED25519));
    assert!(!Sent { target: "/x".into(), ..get }.is_by(&ED25519));
}

#[test]
fn the_example_of_the_standard_verifies() {
    // The Ed25519 key and signature "sig-b26". Source: RFC 9421, sections B.1.4 and B.2.6
    let key = PublicKey::read("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n-----END PUBLIC KEY-----")
        .unwrap();
    let text = "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@method\": POST\n\"@path\": /foo\n\"@authority\": example.com\n\"content-type\": application/json\n\"content-length\": 18\n\"@signature-params\": (\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\");created=1618884473;keyid=\"test-key-ed25519\"";
    let signature = STANDARD.decode("wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==").unwrap();
    assert!(key.verifies(text.as_bytes(), &signature));
    assert!(!key.verifies(b"other", &signature));
}

proptest! {
    #[test]
    fn no_header_makes_the_readers_panic(
        signature in ".{0,200}", input in prop::option::of(".{0,200}"), digest in ".{0,80}", date in ".{0,40}", target in "/.{0,40}", body in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut headers = vec![("signature", signature.as_str()), ("digest", digest.as_str()), ("content-digest", digest.as_str()), ("date", date.as_str())];
        headers.extend(input.as_deref().map(|input| ("signature-input", input)));
        let _ = read(&Incoming { method: "POST", base: "https://here.test", target: &target, headers: &headers, body: &body, now_ms: NOW });
        let _ = PublicKey::read(&signature);
        let _ = fields::dictionary(&signature);
    }

    #[test]
    fn nearly_right_headers_do_not_make_the_readers_panic_either(
        parameters in prop::collection::vec(("(keyId|signature|headers|algorithm|created|expires|sig1|\"@method\"|[a-z]{1,4})", "[=;,( ]{1,2}", "(\"[^\"]{0,20}\"?|:[A-Za-z0-9=]{0,12}:?|-?[0-9]{1,25}|[(][^)]{0,20}[)]?)"), 0..8),
        standard in any::<bool>(),
    ) {
        let text: String = parameters.iter().map(|(name, joint, value)| format!("{name}{joint}{value},")).collect();
        let mut headers = vec![("signature", text.as_str()), ("date", "Thu, 01 Jan 2026 12:00:00 GMT")];
        if standard {
            headers.push(("signature-input", text.as_str()));
        }
        let _ = read(&Incoming { method: "GET", base: "https://here.test", target: "/x", headers: &headers, body: b"", now_ms: NOW });
    }
}
