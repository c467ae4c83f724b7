//! Arguments of statements.

/// One argument. Lists are for `= ANY($n)` and `<> ALL($n)`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    I64(i64),
    Bool(bool),
    Text(String),
    Blob(Vec<u8>),
    I64s(Vec<i64>),
    Texts(Vec<String>),
}

/// The arguments of one statement, in the order of its `$n`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => {
        [$($crate::Value::from($value)),*] as [$crate::Value; $crate::args!(@count $($value),*)]
    };
    (@count) => { 0 };
    (@count $head:expr $(, $tail:expr)*) => { 1 + $crate::args!(@count $($tail),*) };
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::I64(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(value)
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Value::Text(value.clone())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Value::Blob(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Value::Blob(value.to_vec())
    }
}

impl From<&Vec<u8>> for Value {
    fn from(value: &Vec<u8>) -> Self {
        Value::Blob(value.clone())
    }
}

impl From<Vec<i64>> for Value {
    fn from(value: Vec<i64>) -> Self {
        Value::I64s(value)
    }
}

impl From<Vec<String>> for Value {
    fn from(value: Vec<String>) -> Self {
        Value::Texts(value)
    }
}

impl From<&[String]> for Value {
    fn from(value: &[String]) -> Self {
        Value::Texts(value.to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl Value {
    /// Whether a text of the value holds NUL, which PostgreSQL cannot store.
    pub(crate) fn has_nul(&self) -> bool {
        match self {
            Value::Text(text) => text.as_bytes().contains(&0),
            Value::Texts(texts) => texts.iter().any(|text| text.as_bytes().contains(&0)),
            _ => false,
        }
    }
}
