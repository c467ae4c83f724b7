//! Each limit at its edge, and each comparison with what differs in its last place.

use super::*;
use crate::signature::fields::dictionary;

/// A signature of the standard over `components`, made by hand for `POST /inbox?a=b` or, without a body, for a GET.
fn standard(components: &[(&str, &str)], parameters: &str, body: Option<&[u8]>) -> Sent {
    let names: Vec<String> = components.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let input = format!("({}){parameters}", names.join(" "));
    let mut text: String = components.iter().map(|(name, value)| format!("\"{name}\": {value}\n")).collect();
    text.push_str(&format!("\"@signature-params\": {input}"));
    let signature = STANDARD.encode(RSA.private.sign(text.as_bytes()).unwrap());
    let mut headers = vec![
        ("signature-input".to_owned(), format!("sig1={input}")),
        ("signature".to_owned(), format!("sig1=:{signature}:")),
        ("host".to_owned(), "here.test".to_owned()),
    ];
    headers.extend(body.map(|body| ("content-digest".to_owned(), digest::content_digest(body))));
    let method = if body.is_some() { "POST" } else { "GET" };
    Sent { method, target: "/inbox?a=b".into(), headers, body: body.unwrap_or_default().to_vec(), now: NOW }
}

fn lasting(parameters: &str) -> String {
    format!(";created={};keyid=\"{KEY_ID}\"{parameters}", NOW / 1000)
}

/// The same bytes, but for the lowest bit of the last one.
fn with_last_bit_flipped(base64: &str) -> String {
    let mut bytes = STANDARD.decode(base64).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    STANDARD.encode(bytes)
}

#[test]
fn a_digest_that_differs_anywhere_is_refused() {
    let right = Sha256::of(BODY);
    let bytes = STANDARD.decode(right.base64()).unwrap();
    let mut wrong: Vec<Vec<u8>> = (0..bytes.len()).map(|at| bytes.iter().enumerate().map(|(n, byte)| byte ^ u8::from(n == at)).collect()).collect();
    wrong.extend([bytes[..31].to_vec(), bytes[1..].to_vec(), bytes[..16].to_vec(), Vec::new(), [&bytes[..], &[0]].concat()]);
    for bytes in wrong {
        let base64 = STANDARD.encode(&bytes);
        assert!(matches!(digest::check_digest(&format!("SHA-256={base64}"), BODY), Err(Problem::Refused(_))), "{base64}");
        assert!(matches!(digest::check_content_digest(&format!("sha-256=:{base64}:"), BODY), Err(Problem::Refused(_))), "{base64}");
    }
}

#[test]
fn a_signature_that_differs_in_its_last_bit_is_nobodys() {
    for dialect in [Dialect::Cavage, Dialect::Rfc9421] {
        for pair in [&*RSA, &*ED25519] {
            let right = sent(pair, dialect, "POST", "/inbox", Some(BODY));
            let header = right.header("signature").to_owned();
            let (start, end) = if dialect == Dialect::Cavage { ("signature=\"", "\"") } else { ("sig1=:", ":") };
            let base64 = header.split_once(start).and_then(|(_, rest)| rest.split_once(end)).unwrap().0;
            assert!(right.is_by(pair));
            let changed = right.with("signature", &header.replace(base64, &with_last_bit_flipped(base64)));
            assert!(changed.read().is_ok() && !changed.is_by(pair), "{dialect:?}");
        }
    }
}

#[test]
fn a_signature_is_of_the_algorithm_that_it_names() {
    let post = sent(&ED25519, Dialect::Cavage, "POST", "/inbox", Some(BODY));
    let header = post.header("signature").to_owned();
    assert!(post.is_by(&ED25519));
    let named = post.with("signature", &header.replace("hs2019", "rsa-sha256"));
    assert!(named.read().is_ok() && !named.is_by(&ED25519), "an Ed25519 key makes no RSA signature");
    let components = [("@method", "GET"), ("@target-uri", "https://here.test/inbox?a=b")];
    assert!(standard(&components, &lasting(""), None).is_by(&RSA));
    assert!(standard(&components, &lasting(";alg=\"rsa-v1_5-sha256\""), None).is_by(&RSA));
    let other = standard(&components, &lasting(";alg=\"ed25519\""), None);
    assert!(other.read().is_ok() && !other.is_by(&RSA), "an RSA key makes no Ed25519 signature");
}

#[test]
fn a_signature_lives_to_the_millisecond() {
    let good = |created: i64, expires: Option<i64>| check_time(created, expires, NOW).is_ok();
    assert!(good(NOW + SKEW_MS, None) && !good(NOW + SKEW_MS + 1, None), "signed ahead of our clock");
    assert!(good(NOW - LIFE_MS - SKEW_MS, None) && !good(NOW - LIFE_MS - SKEW_MS - 1, None), "without an end");
    let old = NOW - LIFE_MAX_MS - SKEW_MS;
    assert!(good(old, Some(i64::MAX)) && !good(old - 1, Some(i64::MAX)), "with an end that is too far away");
    assert!(good(NOW - 2 * HOUR_MS, Some(NOW - SKEW_MS)) && !good(NOW - 2 * HOUR_MS, Some(NOW - SKEW_MS - 1)), "with an end of its own");
    assert!(!good(NOW, Some(NOW - SKEW_MS - 1)), "an early end counts although the signature is new");
    assert!(good(NOW - LIFE_MS - SKEW_MS - 1, Some(NOW)), "a late end counts although the signature is old");
    assert!(!good(i64::MAX, None) && !good(i64::MIN, None) && !good(i64::MIN, Some(i64::MAX)));
}

#[test]
fn the_ends_that_are_signed_are_those_that_count() {
    let components = [("@method", "GET"), ("@target-uri", "https://here.test/inbox?a=b")];
    let with = |created: i64, expires: i64| {
        standard(&components, &format!(";created={};expires={};keyid=\"{KEY_ID}\"", created / 1000, expires / 1000), None).is_by(&RSA)
    };
    assert!(with(NOW, NOW - SKEW_MS) && !with(NOW, NOW - SKEW_MS - 1000));
    assert!(with(NOW - 12 * HOUR_MS, NOW) && !with(NOW - 14 * HOUR_MS, NOW));
    let digest = digest::digest(BODY);
    let drafted = |expires: i64| {
        let (created, expires) = ((NOW / 1000).to_string(), (expires / 1000).to_string());
        let lines =
            [("(request-target)", "post /inbox"), ("host", "here.test"), ("(created)", &*created), ("(expires)", &*expires), ("digest", &digest)];
        by_hand(&lines, &format!("created={created},expires={expires},"), &[("host", "here.test"), ("digest", &digest)]).is_by(&RSA)
    };
    assert!(drafted(NOW - SKEW_MS) && !drafted(NOW - SKEW_MS - 1000));
}

#[test]
fn times_within_the_signature_go_with_hs2019_alone() {
    let (digest, seconds) = (digest::digest(BODY), (NOW / 1000).to_string());
    let date = http_date(NOW);
    let headers = [("host", "here.test"), ("digest", &*digest), ("date", &*date)];
    let of = |time: &str, algorithm: &str| {
        let lines = [("(request-target)", "post /inbox"), ("host", "here.test"), ("digest", &*digest), ("date", &*date), (time, &*seconds)];
        by_hand(&lines, &format!("algorithm=\"{algorithm}\",created={seconds},expires={seconds},"), &headers)
    };
    for time in ["(created)", "(expires)"] {
        assert!(of(time, "hs2019").is_by(&RSA), "{time}");
        assert!(of(time, "rsa-sha256").refused(), "{time}");
    }
}

#[test]
fn a_parameter_has_a_name_of_its_own() {
    let plain = dated(&http_date(NOW));
    let header = plain.header("signature").to_owned();
    for odd in ["=\"x\",", "a b=\"x\",", "\"a\"=x,", "a\"b=x,", " =x,", "keyId=\"https://else.test/key\",", "signature=\"AAAA\","] {
        assert!(plain.with("signature", &format!("{odd}{header}")).refused(), "{odd}");
    }
    assert!(plain.with("signature", &format!("extra=\"x\",more=y,{header}")).read().is_ok());
}

#[test]
fn clocks_lives_and_lengths_are_what_others_count_on() {
    assert_eq!((SKEW_MS, LIFE_MS, LIFE_MAX_MS), (3_600_000, 300_000, 43_200_000));
    assert_eq!((HEADER_MAX, KEY_ID_MAX), (8_192, 2_048));
}

#[test]
fn a_keys_address_has_a_length() {
    assert!(check_key_id("k").is_ok() && check_key_id(&"k".repeat(KEY_ID_MAX)).is_ok());
    assert!(check_key_id("").is_err() && check_key_id(&"k".repeat(KEY_ID_MAX + 1)).is_err());
    let post = sent(&RSA, Dialect::Cavage, "POST", "/inbox", Some(BODY));
    let named = |id: &str| post.with("signature", &post.header("signature").replace(KEY_ID, id)).read();
    assert!(named("k").is_ok() && matches!(named(""), Err(Problem::Refused(_))));
    let post = sent(&RSA, Dialect::Rfc9421, "POST", "/inbox", Some(BODY));
    let named = |id: &str| post.with("signature-input", &post.header("signature-input").replace(KEY_ID, id)).read();
    assert!(named("k").is_ok() && matches!(named(""), Err(Problem::Refused(_))));
}

#[test]
fn headers_of_signatures_have_a_length() {
    let long = Err(Problem::Refused("the signature is too long"));
    let post = sent(&RSA, Dialect::Rfc9421, "POST", "/inbox", Some(BODY));
    for name in ["signature", "signature-input"] {
        let (at, past) = ("x".repeat(HEADER_MAX), "x".repeat(HEADER_MAX + 1));
        assert_ne!(post.with(name, &at).read(), long, "{name}");
        assert_eq!(post.with(name, &past).read(), long, "{name}");
        let mut halves = post.with(name, &"x".repeat(HEADER_MAX / 2));
        halves.headers.push((name.into(), "x".repeat(HEADER_MAX / 2 + 1)));
        assert_eq!(halves.read(), long, "{name}, in two halves");
    }
}

#[test]
fn so_many_headers_may_be_covered() {
    let digest = digest::digest(BODY);
    let covering = |count: usize| {
        let more: Vec<(String, String)> = (4..count).map(|n| (format!("x-{n}"), n.to_string())).collect();
        let more = more.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let date = "Thu, 01 Jan 2026 12:00:00 GMT";
        let lines: Vec<(&str, &str)> =
            [("(request-target)", "post /inbox"), ("host", "here.test"), ("date", date), ("digest", &digest)].into_iter().chain(more).collect();
        by_hand(&lines, "", &lines[1..])
    };
    assert!(covering(64).is_by(&RSA) && covering(65).refused());
}

#[test]
fn a_signature_without_bytes_is_none() {
    let post = sent(&RSA, Dialect::Cavage, "POST", "/inbox", Some(BODY));
    let (start, _) = post.header("signature").split_once("signature=\"").unwrap();
    for nothing in ["", "!", "===="] {
        assert!(post.with("signature", &format!("{start}signature=\"{nothing}\"")).refused(), "{nothing:?}");
    }
}

#[test]
fn every_component_is_that_of_the_request() {
    let base = [("@method", "POST"), ("@target-uri", "https://here.test/inbox?a=b"), ("content-digest", &*digest::content_digest(BODY))];
    for (component, right, wrong) in [
        ("@authority", "here.test", "there.test"),
        ("@scheme", "https", "http"),
        ("@request-target", "/inbox?a=b", "/inbox"),
        ("@path", "/inbox", "/inbox?a=b"),
        ("@query", "?a=b", "?a=c"),
        ("host", "here.test", "there.test"),
    ] {
        let with = |value| standard(&[&base[..], &[(component, value)]].concat(), &lasting(""), Some(BODY)).is_by(&RSA);
        assert!(with(right) && !with(wrong), "{component}");
    }
    let whole = standard(&base, &lasting(""), Some(BODY));
    assert!(whole.is_by(&RSA));
    assert!(!Sent { target: "/inbox?a=c".into(), ..whole.clone() }.is_by(&RSA));
    assert!(!Sent { target: "/inbox".into(), ..whole.clone() }.is_by(&RSA));
    assert!(whole.without("content-digest").refused());
    for left_out in 0..base.len() {
        let fewer: Vec<_> = base.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, line)| *line).collect();
        assert!(standard(&fewer, &lasting(""), Some(BODY)).refused(), "without {}", base[left_out].0);
    }
}

#[test]
fn a_body_is_covered_whatever_the_method() {
    let components = [("@method", "GET"), ("@target-uri", "https://here.test/inbox?a=b")];
    let get = standard(&components, &lasting(""), None);
    assert!(get.is_by(&RSA));
    assert!(Sent { body: BODY.to_vec(), ..get.clone() }.refused(), "a GET with a body");
    let head = standard(&[("@method", "HEAD"), components[1]], &lasting(""), None);
    assert!(Sent { method: "HEAD", ..head }.is_by(&RSA));
    for method in ["POST", "PUT", "DELETE"] {
        let sent = standard(&[("@method", method), components[1]], &lasting(""), None);
        assert!(Sent { method, ..sent }.refused(), "a {method} without a digest, though it is empty");
    }
}

#[test]
fn only_the_schemes_own_port_goes_without_saying() {
    let (digest, date) = (digest::digest(BODY), "Thu, 01 Jan 2026 12:00:00 GMT");
    let signed = |base: &str, host: &str| {
        let lines = [("(request-target)", "post /inbox"), ("host", host), ("date", date), ("digest", digest.as_str())];
        let sent = by_hand(&lines, "", &lines[1..]);
        let headers: Vec<(&str, &str)> = sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = Incoming { method: "POST", base, target: "/inbox", headers: &headers, body: BODY, now_ms: NOW };
        read(&request).is_ok_and(|claim| claim.is_by(&RSA.public))
    };
    for (base, host, good) in [
        ("https://here.test", "here.test", true),
        ("https://here.test", "here.test:443", true),
        ("https://here.test", "here.test:80", false),
        ("https://here.test", "here.test:4433", false),
        ("https://here.test", "here.tes", false),
        ("https://here.test", "xhere.test", false),
        ("http://here.test", "here.test:80", true),
        ("http://here.test", "here.test:443", false),
        ("https://here.test:8443", "here.test:8443", true),
        ("https://here.test:8443", "here.test", false),
    ] {
        assert_eq!(signed(base, host), good, "{host} at {base}");
    }
}

#[test]
fn dictionaries_lists_and_parameters_have_so_many_members() {
    let numbered = |count: usize, of: &dyn Fn(usize) -> String, joint: &str| (0..count).map(of).collect::<Vec<_>>().join(joint);
    let entries = |count| dictionary(&numbered(count, &|n| format!("a{n}=1"), ",")).is_some();
    let parameters = |count| dictionary(&format!("a=1;{}", numbered(count, &|n| format!("b{n}=1"), ";"))).is_some();
    let items = |count| dictionary(&format!("a=({})", numbered(count, &|n| format!("\"{n}\""), " "))).is_some();
    assert!(entries(32) && !entries(33));
    assert!(parameters(32) && !parameters(33));
    assert!(items(32) && !items(33));
}

#[test]
fn numbers_have_signs_and_fractions() {
    for (text, is_number) in [
        ("a=-5", true),
        ("a=5", true),
        ("a=1.5", true),
        ("a=-1.5", true),
        ("a=-", false),
        ("a=1-5", false),
        ("a=1.5.5", false),
        ("a=-5;b=-1.5", true),
    ] {
        assert_eq!(dictionary(text).is_some(), is_number, "{text}");
    }
}

/// Base58 in Bitcoin's alphabet.
fn base58(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut digits: Vec<u32> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += *digit * 256;
            *digit = carry % 58;
            carry /= 58;
        }
        while carry > 0 {
            digits.push(carry % 58);
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).map(|_| 0);
    zeros.chain(digits.into_iter().rev()).map(|digit| char::from(ALPHABET[digit as usize])).collect()
}

#[test]
fn keys_in_multibase_are_of_both_kinds() {
    let rsa = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = rsa.as_der().unwrap();
    let signature = SigningKey::rsa(private.as_ref()).unwrap().sign(b"hello").unwrap();
    let of = |codec: [u8; 2], key: &[u8]| PublicKey::read(&format!("z{}", base58(&[&codec, key].concat())));
    let read = of([0x85, 0x24], rsa.public_key().as_ref()).unwrap();
    assert!(matches!(read, PublicKey::Rsa(_)) && read.verifies(b"hello", &signature) && !read.verifies(b"hullo", &signature));
    let ed25519 = Ed25519KeyPair::generate().unwrap();
    let read = of([0xed, 0x01], ed25519.public_key().as_ref()).unwrap();
    assert!(matches!(read, PublicKey::Ed25519(_)) && read.verifies(b"hello", ed25519.sign(b"hello").as_ref()));
    assert!(of([0x85, 0x25], rsa.public_key().as_ref()).is_err() && of([0xec, 0x01], ed25519.public_key().as_ref()).is_err());
    assert!(of([0x85, 0x24], ed25519.public_key().as_ref()).is_err() && of([0xed, 0x01], rsa.public_key().as_ref()).is_err());
}

#[test]
fn the_text_of_a_key_has_a_length() {
    let key = Ed25519KeyPair::generate().unwrap();
    let public: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    let (start, end) = ("-----BEGIN PUBLIC KEY-----\n", "\n-----END PUBLIC KEY-----");
    let body = STANDARD.encode(public.as_ref());
    let of_length = |length: usize| format!("{start}{body}{}{end}", " ".repeat(length - start.len() - body.len() - end.len()));
    assert!(PublicKey::read(&of_length(8_192)).is_ok());
    assert!(PublicKey::read(&of_length(8_193)).is_err());
}

#[test]
fn a_component_that_is_not_known_is_no_header() {
    let components = [("@method", "GET"), ("@target-uri", "https://here.test/inbox?a=b"), ("@status", "x")];
    let odd = standard(&components, &lasting(""), None).with("@status", "x");
    assert!(odd.refused());
}
