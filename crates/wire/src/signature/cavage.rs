//! The dialect of the draft, as it is really spoken.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use jiff::fmt::rfc2822::DateTimeParser;

use super::{ACTIVITY_TYPE, Algorithm, Claim, Header, Incoming, Outgoing, Problem, SigningKey, Unusable};
use super::{check_key_id, check_time, digest, host_of, http_date};

/// Headers that a signature may cover.
const COVERED_MAX: usize = 64;

/// Signs `(request-target) host date`, and for a body `digest content-type` after these: what all implementations
/// accept.
pub fn sign(key: &SigningKey, key_id: &str, request: &Outgoing<'_>) -> Result<Vec<Header>, Unusable> {
    let date = http_date(request.now_ms);
    let query = request.url.query().map_or_else(String::new, |query| format!("?{query}"));
    let target = format!("{} {}{query}", request.method.to_ascii_lowercase(), request.url.path());
    let mut base = format!("(request-target): {target}\nhost: {}\ndate: {date}", host_of(request.url));
    let mut names = "(request-target) host date".to_owned();
    let mut headers = vec![("date", date)];
    if let Some(body) = request.body {
        let digest = body.digest();
        base.push_str(&format!("\ndigest: {digest}\ncontent-type: {ACTIVITY_TYPE}"));
        names.push_str(" digest content-type");
        headers.extend([("digest", digest), ("content-type", ACTIVITY_TYPE.to_owned())]);
    }
    let algorithm = match key {
        SigningKey::Rsa(_) => "rsa-sha256",
        SigningKey::Ed25519(_) => "hs2019",
    };
    let signature = STANDARD.encode(key.sign(base.as_bytes())?);
    headers.push(("signature", format!(r#"keyId="{key_id}",algorithm="{algorithm}",headers="{names}",signature="{signature}""#)));
    Ok(headers)
}

/// Reads a signature of the draft.
pub(super) fn read(request: &Incoming<'_>, header: &str) -> Result<Claim, Problem> {
    let parameters = parameters(header).ok_or(Problem::Refused("the signature's parameters cannot be read"))?;
    let find = |name: &str| parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let key_id = find("keyId").ok_or(Problem::Refused("the signature has no keyId"))?;
    check_key_id(key_id)?;
    let signature = find("signature").and_then(|text| digest::BASE64.decode(text).ok()).filter(|bytes| !bytes.is_empty());
    let signature = signature.ok_or(Problem::Refused("the signature is not base64"))?;
    let (algorithm, is_hs2019) = match find("algorithm").map(str::to_ascii_lowercase).as_deref() {
        Some("rsa-sha256") => (Algorithm::Rsa, false),
        Some("hs2019") | None => (Algorithm::OfKey, true),
        Some(_) => return Err(Problem::Refused("the signature's algorithm is not known here")),
    };
    let default = if is_hs2019 { "(created)" } else { "date" };
    let covered: Vec<String> = find("headers").unwrap_or(default).split_ascii_whitespace().map(str::to_ascii_lowercase).collect();
    check_covered(request, &covered)?;
    let covers = |name: &str| covered.iter().any(|known| known == name);
    if !is_hs2019 && (covers("(created)") || covers("(expires)")) {
        return Err(Problem::Refused("(created) and (expires) go with hs2019 only"));
    }
    // What is not signed says nothing about when it was.
    let seconds = |name: &str| find(name).and_then(|text| text.split('.').next()?.parse::<i64>().ok()).map(|seconds| seconds.saturating_mul(1000));
    let created = if covers("(created)") { seconds("created") } else { request.header("date").as_deref().and_then(read_date) };
    let created = created.ok_or(Problem::Refused("the time of signing cannot be read"))?;
    let expires = if covers("(expires)") { Some(seconds("expires").ok_or(Problem::Refused("the signature's end cannot be read"))?) } else { None };
    check_time(created, expires, request.now_ms)?;
    let digest = match covers("digest") {
        true => Some(digest::read_digest(&request.header("digest").ok_or(Problem::Refused("a signed header is missing"))?)?),
        false => None,
    };
    let mut texts = vec![signed_text(request, &covered, request.target, &find)?];
    // Some sign the path alone.
    if let Some((path, _)) = request.target.split_once('?') {
        texts.push(signed_text(request, &covered, path, &find)?);
    }
    Ok(Claim { key_id: key_id.to_owned(), algorithm, signature, texts, digest })
}

/// `name="value"` or `name=value`, after commas; `None` if a name is there twice.
fn parameters(header: &str) -> Option<Vec<(&str, &str)>> {
    let mut rest = header.trim();
    if let Some((word, after)) = rest.split_once(' ')
        && word.eq_ignore_ascii_case("signature")
    {
        rest = after.trim_start();
    }
    let mut parameters: Vec<(&str, &str)> = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim();
        let value;
        if let Some(quoted) = after.strip_prefix('"') {
            (value, rest) = quoted.split_once('"')?;
            rest = rest.trim_start();
            if !rest.is_empty() {
                rest = rest.strip_prefix(',')?;
            }
        } else {
            (value, rest) = after.split_once(',').unwrap_or((after, ""));
        }
        rest = rest.trim_start();
        if name.is_empty() || name.contains([',', '"', ' ']) || parameters.iter().any(|(known, _)| *known == name) {
            return None;
        }
        parameters.push((name, value.trim()));
    }
    Some(parameters)
}

/// Whether enough is signed that the signature is good for this request alone.
fn check_covered(request: &Incoming<'_>, covered: &[String]) -> Result<(), Problem> {
    if covered.len() > COVERED_MAX || covered.iter().enumerate().any(|(at, name)| covered[..at].contains(name)) {
        return Err(Problem::Refused("a header is signed twice"));
    }
    let covers = |name: &str| covered.iter().any(|known| known == name);
    if !covers("date") && !covers("(created)") {
        return Err(Problem::Refused("neither date nor (created) is signed"));
    }
    if !covers("(request-target)") {
        return Err(Problem::Refused("(request-target) is not signed"));
    }
    if !covers("host") {
        return Err(Problem::Refused("host is not signed"));
    }
    if request.has_body() && !covers("digest") {
        return Err(Problem::Refused("digest is not signed"));
    }
    Ok(())
}

fn signed_text<'a>(request: &Incoming<'_>, covered: &[String], target: &str, find: &impl Fn(&str) -> Option<&'a str>) -> Result<String, Problem> {
    let missing = Problem::Refused("a signed header is missing");
    let lines: Result<Vec<String>, Problem> = covered
        .iter()
        .map(|name| {
            let value = match name.as_str() {
                "(request-target)" => format!("{} {target}", request.method.to_ascii_lowercase()),
                "(created)" => find("created").ok_or(missing)?.to_owned(),
                "(expires)" => find("expires").ok_or(missing)?.to_owned(),
                "host" => host(request),
                name => request.header(name).ok_or(missing)?,
            };
            Ok(format!("{name}: {value}"))
        })
        .collect();
    Ok(lines?.join("\n"))
}

/// The host that must have been signed: ours, so that what was sent to another server cannot be sent on to us. If the
/// header names it otherwise (in capitals, with the port that goes without saying), that is what was signed.
fn host(request: &Incoming<'_>) -> String {
    let (own, port) = match request.base.split_once("://") {
        Some(("https", own)) => (own, ":443"),
        Some((_, own)) => (own, ":80"),
        None => (request.base, ""),
    };
    let came = request.header("host").filter(|came| {
        let lower = came.to_ascii_lowercase();
        lower.strip_suffix(port).unwrap_or(&lower) == own
    });
    came.unwrap_or_else(|| own.to_owned())
}

fn read_date(text: &str) -> Option<i64> {
    DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok().map(|moment| moment.as_millisecond())
}
