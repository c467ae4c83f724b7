//! Passwords: argon2id, off the async threads, a bounded number at a time. One is compared only by a [`Guess`], which is
//! counted.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use store::users::{self, User};

use crate::clock::random;
use crate::rates::{By, HOUR_MS, Limit, MINUTE_MS, When, subject_of};
use crate::{App, Error, Result, Words};

pub const MIN_CHARS: usize = 8;
pub const MAX_CHARS: usize = 72;
/// Longer ones are not even hashed.
const MAX_BYTES: usize = 4 * MAX_CHARS;
/// Hashes computed at once; each takes 19 MiB.
pub const AT_ONCE: usize = 2;
/// Hashes computed and waited for; more are refused at once, so that nobody waits longer than two seconds or so.
pub const WAITING_MAX: usize = 64;

/// Guesses from one address. Source: Mastodon's `throttle_login_attempts/ip`
pub static GUESSES_BY_ADDRESS: Limit = Limit::new("guesses at passwords, by address", 25, 5 * MINUTE_MS, By::Address).when(When::Verb);
/// Guesses at one account, whatever it is called by and wherever they come from. Source: `throttle_login_attempts/email`
pub static GUESSES_AT_ACCOUNT: Limit = Limit::new("guesses at passwords, by account", 25, HOUR_MS, By::Target).when(When::Verb);

/// OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// What is wrong with a new password.
pub fn problems(password: &str) -> Vec<Words> {
    let chars = password.chars().count();
    if chars == 0 {
        vec![Words::new("invalid-password-blank")]
    } else if chars < MIN_CHARS {
        vec![Words::new("invalid-password-too-short").with("min", MIN_CHARS)]
    } else if chars > MAX_CHARS {
        vec![Words::new("invalid-password-too-long").with("max", MAX_CHARS)]
    } else {
        Vec::new()
    }
}

/// Hashes a password for keeping.
pub async fn hash(app: &App, password: String) -> Result<String> {
    let salt: [u8; 16] = random()?;
    on_a_blocking_thread(app, move || {
        let hash = argon2().hash_password_with_salt(password.as_bytes(), &salt).map_err(|e| Error::internal(format!("argon2: {e}")))?;
        Ok(hash.to_string())
    })
    .await
}

/// One guess at the password of the person a name or address belongs to, already counted.
pub struct Guess {
    user: Option<User>,
}

/// Counts a guess by the client's address and by the account that `login` finds; where it finds none, by the text. Right
/// guesses count like wrong ones, and reset nothing.
///
/// Errors: `Limited`. An address past its limit does not use up that of the account.
pub async fn guess(app: &App, login: &str, ip: &str) -> Result<Guess> {
    app.rates.take(&GUESSES_BY_ADDRESS, &subject_of(ip), app.now_ms())?;
    let login = login.trim().to_lowercase();
    let wanted = login.clone();
    let user = app.read(move |r| async move { Ok(users::find_by_login(&r, &wanted).await?) }).await?;
    // A text holds a space before it, so that no text counts as an account's number.
    let subject = user.as_ref().map_or_else(|| format!(" {login}"), |user| user.id.to_string());
    app.rates.take(&GUESSES_AT_ACCOUNT, &subject, app.now_ms())?;
    Ok(Guess { user })
}

impl Guess {
    /// The user, if `password` is theirs.
    pub async fn check(self, app: &App, password: String) -> Result<Option<User>> {
        let is_right = verify(app, password, self.user.as_ref().map(|user| user.password_hash.clone())).await?;
        Ok(self.user.filter(|_| is_right))
    }
}

/// Whether `password` is the one behind `hash`. Without a hash the same work is done and the answer
/// is no, so that the time taken does not tell which logins exist.
async fn verify(app: &App, password: String, hash: Option<String>) -> Result<bool> {
    if password.len() > MAX_BYTES {
        return Ok(false);
    }
    on_a_blocking_thread(app, move || {
        let Some(hash) = hash else {
            let _ = argon2().hash_password_with_salt(password.as_bytes(), &[0; 16]);
            return Ok(false);
        };
        let Ok(parsed) = PasswordHash::new(&hash) else { return Ok(false) };
        Ok(argon2().verify_password(password.as_bytes(), &parsed).is_ok())
    })
    .await
}

/// A password to be given to a person: 16 letters and digits that cannot be mistaken for each other.
pub fn generate() -> Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    Ok(random::<16>()?.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

async fn on_a_blocking_thread<T: Send + 'static>(app: &App, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let _waiting = app.password_queue.try_acquire().map_err(|_| Error::Temporary("too many passwords wait to be hashed".into()))?;
    let permit = app.password_permits.clone().acquire_owned().await.map_err(Error::internal)?;
    let done = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work()
    });
    done.await.map_err(|_| Error::internal("the password thread panicked"))?
}
