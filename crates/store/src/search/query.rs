//! What is looked for, and how each engine is told. Tokens are quoted here, whatever is in them.

use crate::Value;
use crate::dialect::Engine;

/// Of each of these lists one is there.
pub type All = Vec<Vec<Term>>;

/// What is asked for and what is not wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Without any, nothing is found.
    pub all: All,
    /// None of these may be true.
    pub none: Vec<All>,
}

/// One thing that a document has or has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// A word or a mark.
    Token(String),
    /// Words one after the other.
    Phrase(Vec<String>),
    /// Words one after the other, of which the last may go on. Where marks are words, too, as with
    /// accounts, they are looked through if the flag is set.
    Beginning(Vec<String>, bool),
}

impl Query {
    /// The argument for the statement that searches.
    pub(super) fn value(&self, engine: Engine) -> Value {
        let (and, not) = match engine {
            Engine::Sqlite => (" AND ", " NOT "),
            Engine::Postgres => (" & ", " & !"),
        };
        let every = |all: &All| all.iter().map(|terms| any_of(engine, terms)).collect::<Vec<_>>().join(and);
        let mut text = every(&self.all);
        for all in self.none.iter().filter(|all| !all.is_empty() && all.iter().all(|terms| !terms.is_empty())) {
            // SQLite's NOT has two sides and binds closest.
            text = format!("({text}){not}({})", every(all));
        }
        text.into()
    }

    /// Whether there is nothing to be found.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() || self.all.iter().any(Vec::is_empty)
    }
}

fn any_of(engine: Engine, terms: &[Term]) -> String {
    let or = match engine {
        Engine::Sqlite => " OR ",
        Engine::Postgres => " | ",
    };
    format!("({})", terms.iter().map(|term| one(engine, term)).collect::<Vec<_>>().join(or))
}

fn one(engine: Engine, term: &Term) -> String {
    match (engine, term) {
        (Engine::Sqlite, Term::Token(token)) => string(std::slice::from_ref(token)),
        (Engine::Sqlite, Term::Phrase(words)) => format!("words : {}", string(words)),
        (Engine::Sqlite, Term::Beginning(words, false)) => format!("words : {} *", string(words)),
        (Engine::Sqlite, Term::Beginning(words, true)) => format!("{} *", string(words)),
        (Engine::Postgres, Term::Token(token)) => lexeme(token),
        (Engine::Postgres, Term::Phrase(words)) => in_order(words, "", ""),
        (Engine::Postgres, Term::Beginning(words, false)) => in_order(words, ":A", ":*A"),
        (Engine::Postgres, Term::Beginning(words, true)) => in_order(words, "", ":*"),
    }
}

/// FTS5's string: one token, or a phrase.
fn string(words: &[String]) -> String {
    format!("\"{}\"", words.join(" ").replace('"', "\"\""))
}

fn in_order(words: &[String], each: &str, last: &str) -> String {
    let count = words.len();
    let suffix = |place: usize| if place + 1 == count && !last.is_empty() { last } else { each };
    let words: Vec<String> = words.iter().enumerate().map(|(place, word)| format!("{}{}", lexeme(word), suffix(place))).collect();
    format!("({})", words.join(" <-> "))
}

/// A quoted word of `tsvector` and `tsquery`, where none can be empty.
pub(super) fn lexeme(word: &str) -> String {
    let word = if word.is_empty() { "_" } else { word };
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_engine_is_told_in_its_own_words() {
        let token = |word: &str| Term::Token(word.into());
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let query = Query {
            all: vec![vec![token("a"), Term::Phrase(words(&["b", "c"]))], vec![Term::Beginning(words(&["d"]), false)]],
            none: vec![vec![vec![token("e\"'\\")]], Vec::new(), vec![Vec::new()]],
        };
        assert_eq!(query.value(Engine::Sqlite), Value::from(r#"(("a" OR words : "b c") AND (words : "d" *)) NOT (("e""'\"))"#));
        assert_eq!(query.value(Engine::Postgres), Value::from(r#"(('a' | ('b' <-> 'c')) & (('d':*A))) & !(('e"''\\'))"#));
        assert!(Query::default().is_empty() && !query.is_empty());
    }
}
