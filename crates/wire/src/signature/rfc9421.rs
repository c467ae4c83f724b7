//! The standard's dialect, in the profile that the fediverse uses.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::fields::{Item, Member, dictionary};
use super::{ACTIVITY_TYPE, Algorithm, Claim, Header, Incoming, Outgoing, Problem, SigningKey, Unusable};
use super::{check_key_id, check_time, digest, http_date};

/// What we ask those for who must sign. Source: RFC 9421, section 5.1
pub const ACCEPT_SIGNATURE: &str = r#"sig1=("@method" "@target-uri" "content-digest");created;keyid"#;
/// The label of our signature.
const LABEL: &str = "sig1";

/// Signs `@method` and `@target-uri`, and for a body `content-digest`.
pub fn sign(key: &SigningKey, key_id: &str, request: &Outgoing<'_>) -> Result<Vec<Header>, Unusable> {
    let mut headers = vec![("date", http_date(request.now_ms))];
    let mut base = format!("\"@method\": {}\n\"@target-uri\": {}\n", request.method, target_uri(request.url));
    let mut covered = r#""@method" "@target-uri""#.to_owned();
    if let Some(body) = request.body {
        let digest = body.content_digest();
        base.push_str(&format!("\"content-digest\": {digest}\n"));
        covered.push_str(r#" "content-digest""#);
        headers.extend([("content-digest", digest), ("content-type", ACTIVITY_TYPE.to_owned())]);
    }
    let algorithm = match key {
        SigningKey::Rsa(_) => "rsa-v1_5-sha256",
        SigningKey::Ed25519(_) => "ed25519",
    };
    let created = request.now_ms.div_euclid(1000);
    let parameters = format!(r#"({covered});created={created};keyid="{key_id}";alg="{algorithm}""#);
    base.push_str(&format!("\"@signature-params\": {parameters}"));
    let signature = STANDARD.encode(key.sign(base.as_bytes())?);
    headers.push(("signature-input", format!("{LABEL}={parameters}")));
    headers.push(("signature", format!("{LABEL}=:{signature}:")));
    Ok(headers)
}

/// An address as it is signed: whole, but for its fragment.
fn target_uri(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.into()
}

/// Reads a signature of the standard. One alone: who signs beside the sender proves nothing about the sender, and of
/// two senders none is the one.
pub(super) fn read(request: &Incoming<'_>, input: &str, signature: &str) -> Result<Claim, Problem> {
    let inputs = dictionary(input).ok_or(Problem::Malformed("signature-input cannot be read"))?;
    let signatures = dictionary(signature).ok_or(Problem::Malformed("signature cannot be read"))?;
    let entry = match inputs.as_slice() {
        [entry] => entry,
        [] => return Err(Problem::Malformed("signature-input is empty")),
        _ => return Err(Problem::Refused("there is more than one signature")),
    };
    let signature = signatures.into_iter().find(|signature| signature.name == entry.name).map(|signature| signature.member);
    let Some(Member::Item(Item::Bytes(signature))) = signature else { return Err(Problem::Malformed("the signature has no bytes")) };
    let Member::List(components) = &entry.member else { return Err(Problem::Malformed("signature-input has no list")) };
    let covered = components.iter().map(|(item, has_parameters)| match item {
        Item::Text(_) if *has_parameters => Err(Problem::Refused("a component has parameters")),
        Item::Text(name) => Ok(name.as_str()),
        _ => Err(Problem::Malformed("a component is no text")),
    });
    let covered = covered.collect::<Result<Vec<&str>, Problem>>()?;
    check_covered(request, &covered)?;
    let number = |name: &str| match entry.parameter(name) {
        None => Ok(None),
        Some(Item::Integer(seconds)) => Ok(Some(seconds.saturating_mul(1000))),
        Some(_) => Err(Problem::Malformed("a time is no number")),
    };
    let text = |name: &str| match entry.parameter(name) {
        None => Ok(None),
        Some(Item::Text(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(Problem::Malformed("a parameter is no text")),
    };
    let algorithm = match text("alg")? {
        None => Algorithm::OfKey,
        Some("rsa-v1_5-sha256") => Algorithm::Rsa,
        Some("ed25519") => Algorithm::Ed25519,
        Some(_) => return Err(Problem::Refused("the signature's algorithm is not known here")),
    };
    let key_id = text("keyid")?.ok_or(Problem::Refused("the signature has no keyid"))?;
    check_key_id(key_id)?;
    let created = number("created")?.ok_or(Problem::Refused("the signature has no time"))?;
    check_time(created, number("expires")?, request.now_ms)?;
    let digest = match covered.contains(&"content-digest") {
        true => Some(digest::read_content_digest(&request.header("content-digest").ok_or(Problem::Refused("a signed header is missing"))?)?),
        false => None,
    };
    let mut signed = String::new();
    for name in covered {
        signed.push_str(&format!("\"{name}\": {}\n", value(request, name)?));
    }
    signed.push_str(&format!("\"@signature-params\": {}", entry.text));
    Ok(Claim { key_id: key_id.to_owned(), algorithm, signature, texts: vec![signed], digest })
}

/// Whether enough is signed that the signature is good for this request alone.
fn check_covered(request: &Incoming<'_>, covered: &[&str]) -> Result<(), Problem> {
    if covered.iter().enumerate().any(|(at, name)| covered[..at].contains(name)) {
        return Err(Problem::Malformed("a component is signed twice"));
    }
    if !covered.contains(&"@method") || !covered.contains(&"@target-uri") {
        return Err(Problem::Refused("@method or @target-uri is not signed"));
    }
    if request.has_body() && !covered.contains(&"content-digest") {
        return Err(Problem::Refused("content-digest is not signed"));
    }
    Ok(())
}

fn value(request: &Incoming<'_>, component: &str) -> Result<String, Problem> {
    let (scheme, host) = request.base.split_once("://").unwrap_or(("https", request.base));
    let (path, query) = request.target.split_once('?').unwrap_or((request.target, ""));
    match component {
        "@method" => Ok(request.method.to_owned()),
        "@target-uri" => Ok(format!("{}{}", request.base, request.target)),
        "@authority" => Ok(host.to_owned()),
        "@scheme" => Ok(scheme.to_owned()),
        "@request-target" => Ok(request.target.to_owned()),
        "@path" => Ok(path.to_owned()),
        "@query" => Ok(format!("?{query}")),
        derived if derived.starts_with('@') => Err(Problem::Refused("a component is not known here")),
        header => request.header(header).ok_or(Problem::Refused("a signed header is missing")),
    }
}
