//! Which lists a search gives.

/// Which of the three lists are wanted, by the words of the API. Another word wants none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Everything,
    Accounts,
    Statuses,
    Hashtags,
    Nothing,
}

impl Kind {
    pub fn from_word(word: Option<&str>) -> Kind {
        match word {
            None => Kind::Everything,
            Some("accounts") => Kind::Accounts,
            Some("statuses") => Kind::Statuses,
            Some("hashtags") => Kind::Hashtags,
            Some(_) => Kind::Nothing,
        }
    }

    pub(super) fn wants(self, other: Kind) -> bool {
        self == Kind::Everything || self == other
    }
}
