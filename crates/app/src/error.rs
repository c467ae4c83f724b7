//! Errors by what they mean to the caller. `web/error.rs` alone knows status codes.

/// The result of every verb.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A message of `text/locales` with its arguments, safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub id: &'static str,
    pub args: Vec<(&'static str, String)>,
}

impl Words {
    pub fn new(id: &'static str) -> Words {
        Words { id, args: Vec::new() }
    }

    pub fn with(mut self, name: &'static str, value: impl ToString) -> Words {
        self.args.push((name, value.to_string()));
        self
    }

    /// What is wrong with a text that is longer than it may be.
    pub(crate) fn if_too_long(id: &'static str, text: &str, limit: text::Limit) -> Option<Words> {
        (!limit.admits(text)).then(|| Words::new(id).with("max", limit.max()))
    }

    /// The message in a language.
    pub fn in_locale(&self, locale: text::Locale) -> String {
        let args: Vec<(&str, &str)> = self.args.iter().map(|(name, value)| (*name, value.as_str())).collect();
        text::message(locale, self.id, &args)
    }
}

/// What is wrong with one thing that was sent, as forms show it beside their input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The parameter.
    pub attribute: &'static str,
    /// Mastodon's code, such as `ERR_TAKEN`.
    pub code: &'static str,
    /// The message without the parameter's name.
    pub words: Words,
}

/// Messages about one parameter: which, with what code, and the message without its name.
#[rustfmt::skip]
const DETAILS: &[(&str, &str, &str, &str)] = &[
    ("invalid-username-blank",               "username",            "ERR_BLANK",       "detail-blank"),
    ("invalid-username-taken",               "username",            "ERR_TAKEN",       "detail-taken"),
    ("invalid-username-format",              "username",            "ERR_INVALID",     "detail-username-format"),
    ("invalid-username-reserved",            "username",            "ERR_RESERVED",    "detail-reserved"),
    ("invalid-username-too-long",            "username",            "ERR_TOO_LONG",    "detail-too-long"),
    ("invalid-email-blank",                  "email",               "ERR_BLANK",       "detail-blank"),
    ("invalid-email-format",                 "email",               "ERR_INVALID",     "detail-invalid"),
    ("invalid-email-taken",                  "email",               "ERR_TAKEN",       "detail-taken"),
    ("invalid-password-blank",               "password",            "ERR_BLANK",       "detail-blank"),
    ("invalid-password-too-short",           "password",            "ERR_TOO_SHORT",   "detail-too-short"),
    ("invalid-password-too-long",            "password",            "ERR_TOO_LONG",    "detail-too-long"),
    ("invalid-agreement",                    "agreement",           "ERR_ACCEPTED",    "detail-accepted"),
    ("invalid-reason-blank",                 "reason",              "ERR_BLANK",       "detail-blank"),
    ("invalid-reason-too-long",              "reason",              "ERR_TOO_LONG",    "detail-too-long"),
    ("invalid-birth-blank",                  "date_of_birth",       "ERR_BLANK",       "detail-blank"),
    ("invalid-birth-date",                   "date_of_birth",       "ERR_INVALID",     "detail-invalid"),
    ("invalid-birth-young",                  "date_of_birth",       "ERR_BELOW_LIMIT", "detail-below-limit"),
    ("invalid-display-name-too-long",        "display_name",        "ERR_TOO_LONG",    "detail-too-long"),
    ("invalid-note-too-long",                "note",                "ERR_TOO_LONG",    "detail-too-long"),
    ("invalid-fields-too-many",              "fields",              "ERR_TOO_LONG",    "detail-too-long"),
    ("invalid-fields-labels",                "fields",              "ERR_FIELDS_WITH_VALUES_MISSING_LABELS", "detail-fields-labels"),
    ("invalid-avatar-type",                  "avatar",              "ERR_INVALID",     "detail-invalid"),
    ("invalid-avatar-size",                  "avatar",              "ERR_LESS_THAN",   "detail-less-than"),
    ("invalid-header-type",                  "header",              "ERR_INVALID",     "detail-invalid"),
    ("invalid-header-size",                  "header",              "ERR_LESS_THAN",   "detail-less-than"),
    ("invalid-avatar-description-too-long",  "avatar_description",  "ERR_TOO_LONG",    "detail-too-long"),
    ("invalid-header-description-too-long",  "header_description",  "ERR_TOO_LONG",    "detail-too-long"),
    ("invalid-attribution-domains",          "attribution_domains", "ERR_INVALID",     "detail-domain"),
    ("invalid-attribution-domains-too-many", "attribution_domains", "ERR_TOO_LONG",    "detail-too-long"),
    ("invalid-default-privacy",              "default_privacy",     "ERR_INCLUSION",   "detail-inclusion"),
    ("invalid-default-language",             "default_language",    "ERR_INCLUSION",   "detail-inclusion"),
    ("invalid-default-quote-policy",         "default_quote_policy", "ERR_INCLUSION",  "detail-inclusion"),
];

impl Words {
    /// For a message about one parameter: its name, code and words apart.
    pub fn detail(&self) -> Option<Detail> {
        let (_, attribute, code, id) = *DETAILS.iter().find(|(id, ..)| *id == self.id)?;
        Some(Detail { attribute, code, words: Words { id, args: self.args.clone() } })
    }
}

/// What went wrong, from the caller's point of view.
#[derive(Debug)]
pub enum Error {
    /// It does not exist, or the viewer may not know that it does.
    NotFound(Words),
    /// No token, or one that opens nothing.
    Unauthorized(Words),
    /// The viewer is known and may not do this.
    Forbidden(Words),
    /// What was sent breaks rules; all that is wrong with it.
    Invalid(Vec<Words>),
    /// Well formed, and refused as it stands.
    Refused(Words),
    /// Somebody else has changed the same thing meanwhile.
    Outdated(Words),
    /// It cannot be read at all.
    Malformed(Words),
    /// Too many of its kind: the limit that is past.
    Limited(Standing),
    /// An OAuth request failed with this standard code.
    OAuth { code: &'static str, words: Words },
    /// Another transaction won: nothing was written, and the whole may be run again at once.
    Conflict(String),
    /// It may work when tried again.
    Temporary(String),
    /// Our fault; the text is for the log only.
    Internal(String),
}

impl Error {
    pub fn not_found() -> Error {
        Error::NotFound(Words::new("error-not-found"))
    }

    pub fn forbidden() -> Error {
        Error::Forbidden(Words::new("error-forbidden"))
    }

    pub fn unauthorized() -> Error {
        Error::Unauthorized(Words::new("error-unauthorized"))
    }

    pub fn invalid(id: &'static str) -> Error {
        Error::Invalid(vec![Words::new(id)])
    }

    pub fn refused(id: &'static str) -> Error {
        Error::Refused(Words::new(id))
    }

    pub fn malformed(detail: impl ToString) -> Error {
        Error::Malformed(Words::new("error-malformed").with("detail", detail))
    }

    pub fn oauth(code: &'static str, id: &'static str) -> Error {
        Error::OAuth { code, words: Words::new(id) }
    }

    pub fn internal(cause: impl ToString) -> Error {
        Error::Internal(cause.to_string())
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::NotFound(words)
            | Error::Unauthorized(words)
            | Error::Forbidden(words)
            | Error::Refused(words)
            | Error::Outdated(words)
            | Error::Malformed(words) => f.write_str(&words.in_locale(text::Locale::ENGLISH)),
            Error::Limited(standing) => write!(f, "more than {} of its kind before {}", standing.max, wire::DateTime(standing.reset_ms)),
            Error::OAuth { code, words } => write!(f, "{code}: {}", words.in_locale(text::Locale::ENGLISH)),
            Error::Invalid(problems) => {
                let all: Vec<String> = problems.iter().map(|words| words.in_locale(text::Locale::ENGLISH)).collect();
                f.write_str(&all.join(", "))
            }
            Error::Conflict(cause) | Error::Temporary(cause) | Error::Internal(cause) => f.write_str(cause),
        }
    }
}

impl std::error::Error for Error {}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Nul => Error::malformed("NUL is not allowed in text"),
            error if error.is_conflict() => Error::Conflict(error.to_string()),
            error if error.is_temporary() => Error::Temporary(error.to_string()),
            error => Error::Internal(error.to_string()),
        }
    }
}

/// Where a limit stands for one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub max: u32,
    pub used: u32,
    /// When the window ends, milliseconds UTC.
    pub reset_ms: i64,
    /// How long that is from now.
    pub left_ms: i64,
}

impl Standing {
    pub fn is_past(&self) -> bool {
        self.used > self.max
    }

    /// Whether this limit is nearer to its end than the other.
    pub fn is_tighter(&self, other: &Standing) -> bool {
        (!self.is_past(), self.remaining()) < (!other.is_past(), other.remaining())
    }

    pub fn remaining(&self) -> u32 {
        self.max.saturating_sub(self.used)
    }
}
