//! The dialect of the draft, as it is really spoken.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{ACTIVITY_TYPE, Header, Outgoing, SigningKey, Unusable, digest, host_of, http_date};

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
        let digest = digest::digest(body);
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
