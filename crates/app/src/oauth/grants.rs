//! Authorization: from a person's consent to a code that lives ten minutes and is used once.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use store::oauth::{self, Application, Grant, NewGrant};
use store::{TokenId, Tx, sessions};

use crate::clock::random;
use crate::oauth::applications::{find_by_client_id, may_return_to};
use crate::scopes::Scopes;
use crate::sessions::Session;
use crate::{App, Error, Result, secrets};

const CODE_LIFE_MS: i64 = 10 * 60 * 1000;
/// Characters of a verifier and of a challenge. Source: RFC 7636, section 4.1 and 4.2
const PKCE_CHARS: std::ops::RangeInclusive<usize> = 43..=128;

/// What an application asks a person for. Source: docs.joinmastodon.org/methods/oauth/#authorize
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub response_type: String,
    pub client_id: String,
    pub redirect_uri: String,
    pub scope: Option<String>,
    pub state: Option<String>,
    /// An empty one is a mistake, not none: the client means to be protected by it.
    pub code_challenge: Option<String>,
    pub code_challenge_method: Option<String>,
    pub response_mode: Option<String>,
}

/// A request that may be put before a person.
#[derive(Clone, Debug)]
pub struct Checked {
    pub application: Application,
    pub redirect_uri: String,
    pub scopes: Scopes,
}

/// Why a request fails: told on a page, or sent back to the application when its address is sure.
#[derive(Debug)]
pub enum Fault {
    OnPage(Error),
    SentBack(Error),
}

/// Checks a request before anything is shown.
pub async fn check(app: &App, request: &Request) -> std::result::Result<Checked, Fault> {
    let application = find_by_client_id(app, &request.client_id)
        .await
        .map_err(Fault::OnPage)?
        .ok_or_else(|| Fault::OnPage(Error::oauth("invalid_client", "oauth-invalid-client")))?;
    if !may_return_to(&application, &request.redirect_uri) {
        return Err(Fault::OnPage(Error::oauth("invalid_redirect_uri", "oauth-invalid-redirect-uri")));
    }
    let back = |code, id| Err(Fault::SentBack(Error::oauth(code, id)));
    if request.response_type != "code" {
        return back("unsupported_response_type", "oauth-unsupported-response-type");
    }
    if !matches!(request.response_mode.as_deref(), None | Some("" | "query" | "fragment" | "form_post")) {
        return back("unsupported_response_mode", "oauth-unsupported-response-mode");
    }
    let scopes = Scopes::read(request.scope.as_deref().filter(|s| !s.trim().is_empty()).unwrap_or("read"));
    if scopes.unknown().is_some() || !Scopes::read(&application.scopes).opens_all(&scopes) {
        return back("invalid_scope", "oauth-invalid-scope");
    }
    match (request.code_challenge.as_deref(), request.code_challenge_method.as_deref()) {
        (None, None) => {}
        (_, Some(method)) if method != "S256" => return back("invalid_code_challenge_method", "oauth-invalid-code-challenge-method"),
        (Some(challenge), _) if !is_pkce(challenge) => return back("invalid_request", "oauth-invalid-request"),
        (None, Some(_)) => return back("invalid_request", "oauth-invalid-request"),
        // Without a method it would be `plain`, which shows the verifier to everybody who sees the request.
        (Some(_), None) => return back("invalid_code_challenge_method", "oauth-invalid-code-challenge-method"),
        (Some(_), Some(_)) => {}
    }
    Ok(Checked { application, redirect_uri: request.redirect_uri.clone(), scopes })
}

/// Whether this can be a verifier or a challenge at all. Source: RFC 7636, section 4.1 and 4.2
fn is_pkce(text: &str) -> bool {
    PKCE_CHARS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// The person consents in their browser: makes the code. `None` if they were signed out meanwhile.
pub async fn authorize(app: &App, session: &Session, checked: &Checked, challenge: Option<String>) -> Result<Option<String>> {
    let code = URL_SAFE_NO_PAD.encode(random::<32>()?);
    let session_id = session.id;
    let grant = NewGrant {
        application_id: checked.application.id,
        user_id: session.viewer.user_id,
        code_hash: secrets::hash(&code),
        redirect_uri: checked.redirect_uri.clone(),
        scopes: checked.scopes.to_string(),
        code_challenge: challenge,
        lifetime_ms: CODE_LIFE_MS,
    };
    let signed_in = app
        .write(move |tx| async move {
            let signed_in = sessions::lock(&tx, session_id).await?;
            if signed_in {
                oauth::keep_application(&tx, grant.application_id).await?;
                oauth::insert_grant(&tx, &grant).await?;
            }
            Ok(signed_in)
        })
        .await?;
    Ok(signed_in.then_some(code))
}

/// A code with what proves that it came to the one who asked for it.
pub(crate) struct Proof {
    code_hash: Vec<u8>,
    redirect_uri: String,
    verifier: Option<String>,
}

/// What became of a code.
pub(crate) enum Taken {
    Good(Grant),
    /// It was used before; the token that was given for it is no longer trusted.
    Replayed(TokenId),
    /// It is unknown, used, expired, for another address, or the verifier does not fit the challenge.
    Refused,
}

impl Proof {
    pub fn new(code: &str, redirect_uri: &str, verifier: Option<&str>) -> Proof {
        Proof { code_hash: secrets::hash(code), redirect_uri: redirect_uri.to_owned(), verifier: verifier.map(str::to_owned) }
    }

    /// A verifier for which there is no challenge is refused, too: the request was not the one that the client made.
    /// Source: RFC 7636, section 4.6; RFC 9700, section 4.8.2
    fn fits(&self, grant: &Grant) -> bool {
        let verified = match (&grant.code_challenge, &self.verifier) {
            (None, None) => true,
            (None, Some(_)) | (Some(_), None) => false,
            (Some(challenge), Some(verifier)) => is_pkce(verifier) && *challenge == URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())),
        };
        verified && grant.redirect_uri == self.redirect_uri
    }
}

/// Uses a code of this application up; it is gone in every case.
///
/// A replay counts only with the same proof as the exchange: somebody who merely saw the code must not be able to end
/// the token either. Source: RFC 6749, section 4.1.2 and 10.5
pub(crate) async fn take(tx: &Tx, application: &Application, proof: &Proof) -> Result<Taken> {
    if let Some(grant) = oauth::take_grant(tx, application.id, &proof.code_hash).await? {
        return Ok(if proof.fits(&grant) && grant.expires_at > tx.now() { Taken::Good(grant) } else { Taken::Refused });
    }
    let used = oauth::find_used_grant(tx, application.id, &proof.code_hash).await?;
    Ok(used.filter(|grant| proof.fits(grant)).and_then(|grant| grant.token_id).map_or(Taken::Refused, Taken::Replayed))
}
