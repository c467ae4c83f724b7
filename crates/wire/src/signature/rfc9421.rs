//! The standard's dialect, in the profile that the fediverse uses.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::{ACTIVITY_TYPE, Header, Outgoing, SigningKey, Unusable, digest, http_date};

/// The label of our signature.
const LABEL: &str = "sig1";

/// Signs `@method` and `@target-uri`, and for a body `content-digest`.
pub fn sign(key: &SigningKey, key_id: &str, request: &Outgoing<'_>) -> Result<Vec<Header>, Unusable> {
    let mut headers = vec![("date", http_date(request.now_ms))];
    let mut base = format!("\"@method\": {}\n\"@target-uri\": {}\n", request.method, target_uri(request.url));
    let mut covered = r#""@method" "@target-uri""#.to_owned();
    if let Some(body) = request.body {
        let digest = digest::content_digest(body);
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
