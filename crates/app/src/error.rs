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

    /// The message in a language.
    pub fn in_locale(&self, locale: text::Locale) -> String {
        let args: Vec<(&str, &str)> = self.args.iter().map(|(name, value)| (*name, value.as_str())).collect();
        text::message(locale, self.id, &args)
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
    Conflict(Words),
    /// It cannot be read at all.
    Malformed(Words),
    /// An OAuth request failed with this standard code.
    OAuth { code: &'static str, words: Words },
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
            | Error::Conflict(words)
            | Error::Malformed(words) => f.write_str(&words.in_locale(text::Locale::ENGLISH)),
            Error::OAuth { code, words } => write!(f, "{code}: {}", words.in_locale(text::Locale::ENGLISH)),
            Error::Invalid(problems) => {
                let all: Vec<String> = problems.iter().map(|words| words.in_locale(text::Locale::ENGLISH)).collect();
                f.write_str(&all.join(", "))
            }
            Error::Temporary(cause) | Error::Internal(cause) => f.write_str(cause),
        }
    }
}

impl std::error::Error for Error {}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Nul => Error::malformed("NUL is not allowed in text"),
            error if error.is_temporary() => Error::Temporary(error.to_string()),
            error => Error::Internal(error.to_string()),
        }
    }
}
