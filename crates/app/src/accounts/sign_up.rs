//! Registering oneself, through an application or on the page.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz};
use store::audit_log::Origin;
use store::oauth::Application;
use store::{AccountId, UserId, accounts, users};
use text::Limit;
use wire::activity::moment;

use crate::accounts::register::{self, Registration};
use crate::oauth::tokens::Given;
use crate::settings::Registrations;
use crate::{App, Error, Result, Words, mail};

/// Characters of the reason for wanting in. Source: Mastodon's `UserInviteRequest`
pub const REASON_CHARS: usize = 420;
const LOCALE_CHARS: usize = 20;
const TIME_ZONE_CHARS: usize = 60;

/// What somebody sends to become a member.
#[derive(Clone, Default)]
pub struct SignUp {
    pub username: String,
    pub email: String,
    pub password: String,
    /// They accept the server's rules.
    pub agreement: bool,
    pub locale: Option<String>,
    pub time_zone: Option<String>,
    pub reason: Option<String>,
    /// `YYYY-MM-DD` or `DD.MM.YYYY`; looked at only where there is a minimum age.
    pub date_of_birth: Option<String>,
    pub ip: String,
    /// Where the confirmed person goes on to, a path on this server.
    pub return_to: Option<String>,
}

/// A new member.
pub struct SignedUp {
    pub account: AccountId,
    pub user: UserId,
    /// Of the application that sent the registration.
    pub token: Option<Given>,
    /// Whether a link in a mail is to be followed first.
    pub must_confirm: bool,
    /// Whether a moderator is to let them in first.
    pub must_wait: bool,
}

/// Makes an account that its owner confirms by mail, and a moderator approves where the server wants it.
///
/// Errors: `Forbidden` where nobody can register, `Invalid` with all that is wrong, `Limited` when the mailbox was sent too
/// many links. Source: docs.joinmastodon.org/methods/accounts/#create
pub async fn sign_up(app: &App, wish: SignUp, application: Option<Application>) -> Result<SignedUp> {
    let mode = check_open(app)?;
    let must_confirm = app.mailer.is_some();
    let new = Registration {
        username: wish.username.trim().to_owned(),
        email: wish.email.trim().to_lowercase(),
        password: wish.password.clone(),
        confirmed: !must_confirm,
        approved: mode == Registrations::Open,
        locale: wish.locale.clone().filter(|locale| is_locale(locale)),
        time_zone: wish.time_zone.clone().filter(|zone| is_time_zone(zone)),
        reason: wish.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty()).map(str::to_owned),
        ip: Some(wish.ip.clone()),
        return_to: wish.return_to.clone(),
        ..Registration::default()
    };
    let mut problems = register::problems(&new);
    problems.extend(taken(app, &new).await?);
    if !wish.agreement {
        problems.push(Words::new("invalid-agreement"));
    }
    if mode == Registrations::Approved {
        problems.extend(reason_problems(app, new.reason.as_deref()));
    }
    problems.extend(birth_problems(app, wish.date_of_birth.as_deref()));
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    if must_confirm {
        mail::count_link(app, &new.email)?;
    }
    let must_wait = !new.approved;
    let made = register::insert(app, Origin::System, new, application).await?;
    Ok(SignedUp { account: made.account, user: made.user, token: made.token, must_confirm, must_wait })
}

/// Whether people may register here, and how.
///
/// Errors: `Forbidden`, saying so when only mail is missing.
pub fn check_open(app: &App) -> Result<Registrations> {
    match app.registrations() {
        Registrations::Closed if app.settings.registrations() == Registrations::Closed => Err(Error::forbidden()),
        Registrations::Closed => Err(Error::Forbidden(Words::new("error-registrations-need-mail"))),
        mode => Ok(mode),
    }
}

/// Names and addresses of others; names of those who were deleted too.
async fn taken(app: &App, new: &Registration) -> Result<Vec<Words>> {
    let (username, email, urls) = (new.username.clone(), new.email.clone(), app.urls().clone());
    app.read(move |r| async move {
        let mut problems = Vec::new();
        if accounts::find_by_handle(&r, &username, "").await?.is_some() || register::was_taken(&r, &urls, &username).await? {
            problems.push(Words::new("invalid-username-taken"));
        }
        if users::has_email(&r, &email).await? {
            problems.push(Words::new("invalid-email-taken"));
        }
        Ok(problems)
    })
    .await
}

fn reason_problems(app: &App, reason: Option<&str>) -> Vec<Words> {
    match reason {
        None if app.settings.is_on("require_invite_text") => vec![Words::new("invalid-reason-blank")],
        Some(reason) => Vec::from_iter(Words::if_too_long("invalid-reason-too-long", reason, Limit::code_points(REASON_CHARS))),
        None => Vec::new(),
    }
}

fn birth_problems(app: &App, given: Option<&str>) -> Vec<Words> {
    let Some(min_age) = app.settings.min_age() else { return Vec::new() };
    let Some(given) = given.map(str::trim).filter(|text| !text.is_empty()) else { return vec![Words::new("invalid-birth-blank")] };
    let Some(birth) = birth_date(given) else { return vec![Words::new("invalid-birth-date")] };
    let today = Timestamp::from_millisecond(app.now_ms()).map(|now| now.to_zoned(tz::TimeZone::UTC).date());
    let old_enough = today.and_then(|today| today.checked_sub(i64::from(min_age).years())).is_ok_and(|latest| birth <= latest);
    if old_enough { Vec::new() } else { vec![Words::new("invalid-birth-young")] }
}

/// A date as forms and clients write it: Rails reads the German form beside that of ISO 8601.
fn birth_date(text: &str) -> Option<Date> {
    let mut parts = text.split('.').map(|part| part.parse::<i16>().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit())));
    if let (Some(Some(day)), Some(Some(month)), Some(Some(year)), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        && year >= 1000
    {
        return Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok();
    }
    let at = Timestamp::from_millisecond(moment::read(text)?).ok()?;
    Some(at.to_zoned(tz::TimeZone::UTC).date())
}

fn is_locale(text: &str) -> bool {
    text.len() <= LOCALE_CHARS && text::language::normalize(text).is_some()
}

/// As IANA writes them; what is no zone is forgotten, as Mastodon does.
fn is_time_zone(text: &str) -> bool {
    text.len() <= TIME_ZONE_CHARS && !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+'))
}
