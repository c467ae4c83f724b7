//! Who requests a document, by the signature of the request. An unproven signature can only hide something and never
//! grants anything; the same client can repeat the request without a signature.

use store::{AccountId, Reader, accounts, hidden};
use wire::signature::Incoming;

use crate::federation::signer::{self, Named, Refusal};
use crate::{App, Result};

/// Who asks for a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Requester {
    /// Not signed, or by a signature that proves nothing.
    #[default]
    Anybody,
    /// Signed by a key that is not known here, or not by the one that is: as anybody, but from this domain.
    Unproven { domain: String },
    /// The account of another server that signed, with the domain of its handle.
    Account { id: AccountId, domain: String },
    /// An account that is suspended here, or of a server that is.
    Suspended,
}

impl Requester {
    /// By the keys that are known here: nobody is asked for one, so that a document that everybody may read costs no fetch.
    pub async fn known(app: &App, request: &Incoming<'_>) -> Requester {
        let found = async {
            let named = named(app, request)?;
            match signer::verify_known(app, &named).await? {
                Some(signer) => account(app, signer.account).await,
                None => Ok(Requester::Unproven { domain: named.domain().to_owned() }),
            }
        };
        or_nobody(found.await)
    }

    /// As [`Requester::known`], but a key that is not known is fetched, within the limits of the inbox.
    pub async fn verified(app: &App, request: &Incoming<'_>) -> Requester {
        let found = async {
            let named = named(app, request)?;
            account(app, signer::verify(app, &named).await?.account).await
        };
        or_nobody(found.await)
    }

    /// Whose signature it is.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Requester::Account { id, .. } => Some(*id),
            _ => None,
        }
    }

    /// Whether `owner` shows nothing of its own to who asks: it blocks them, or their domain. One statement at most.
    pub async fn is_blocked_by(&self, r: &Reader, owner: AccountId) -> Result<bool> {
        Ok(match self {
            Requester::Anybody => false,
            Requester::Suspended => true,
            Requester::Unproven { domain } => hidden::is_blocked(r, owner, None, domain).await?,
            Requester::Account { id, domain } => hidden::is_blocked(r, owner, Some(*id), domain).await?,
        })
    }
}

/// Who it says it is from, as far as its headers alone can be checked. There is no body.
fn named(app: &App, request: &Incoming<'_>) -> Result<Named, Refusal> {
    let named = signer::named(app, request)?;
    named.check_body(&[])?;
    Ok(named)
}

async fn account(app: &App, id: AccountId) -> Result<Requester, Refusal> {
    let found = app.read(move |r| async move { Ok(accounts::find(&r, id).await?) }).await?;
    Ok(match found {
        Some(found) if found.suspended_at.is_none() => Requester::Account { id, domain: found.domain },
        _ => Requester::Suspended,
    })
}

fn or_nobody(found: Result<Requester, Refusal>) -> Requester {
    match found {
        Ok(requester) => requester,
        Err(Refusal::Blocked) => Requester::Suspended,
        Err(refusal) => {
            tracing::debug!(?refusal, "a signed fetch is answered as an unsigned one");
            Requester::Anybody
        }
    }
}
