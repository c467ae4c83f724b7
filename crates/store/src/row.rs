//! Rows of both engines, read by position.

use crate::{Error, Result};

/// One row of a result.
pub enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// The value of the column at `column` (from 0).
    pub fn get<T: FromColumn>(&self, column: usize) -> Result<T> {
        T::from_column(self, column)
    }
}

/// A type that one column can be read as.
pub trait FromColumn: Sized {
    fn from_column(row: &Row<'_>, column: usize) -> Result<Self>;
}

/// A type that a whole row can be read as, in the order of the selected columns.
pub trait FromRow: Sized {
    fn from_row(row: &Row<'_>) -> Result<Self>;
}

/// Declares a struct that is read from a row whose columns come in the order of its fields.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$field_meta:meta])* $field_vis:vis $field:ident : $ty:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $ty),* }

        impl $crate::FromRow for $name {
            fn from_row(row: &$crate::Row<'_>) -> $crate::Result<Self> {
                let mut column = 0..;
                Ok($name { $($field: row.get(column.next().unwrap_or_default())?),* })
            }
        }
    };
}

fn wrong(column: usize, message: impl ToString) -> Error {
    Error::Column { column, message: message.to_string() }
}

impl FromColumn for i64 {
    fn from_column(row: &Row<'_>, column: usize) -> Result<Self> {
        match row {
            Row::Sqlite(row) => row.get(column).map_err(|e| wrong(column, e)),
            // count(*) and casts are int8; a bare literal is int4.
            Row::Postgres(row) if row.columns().get(column).is_some_and(|c| *c.type_() == tokio_postgres::types::Type::INT4) => {
                row.try_get::<_, i32>(column).map(i64::from).map_err(|e| wrong(column, e))
            }
            Row::Postgres(row) => row.try_get(column).map_err(|e| wrong(column, e)),
        }
    }
}

macro_rules! plain_columns {
    ($($ty:ty),*) => {$(
        impl FromColumn for $ty {
            fn from_column(row: &Row<'_>, column: usize) -> Result<Self> {
                match row {
                    Row::Sqlite(row) => row.get(column).map_err(|e| wrong(column, e)),
                    Row::Postgres(row) => row.try_get(column).map_err(|e| wrong(column, e)),
                }
            }
        }
    )*};
}
plain_columns!(bool, String, Vec<u8>);

impl<T: FromColumn> FromColumn for Option<T> {
    fn from_column(row: &Row<'_>, column: usize) -> Result<Self> {
        let null = match row {
            Row::Sqlite(row) => matches!(row.get_ref(column).map_err(|e| wrong(column, e))?, rusqlite::types::ValueRef::Null),
            Row::Postgres(row) => row.try_get::<_, Null>(column).map_err(|e| wrong(column, e))?.0,
        };
        if null { Ok(None) } else { T::from_column(row, column).map(Some) }
    }
}

/// Reads only whether a PostgreSQL value is NULL, for any type.
struct Null(bool);

impl<'a> tokio_postgres::types::FromSql<'a> for Null {
    fn from_sql(_: &tokio_postgres::types::Type, _: &'a [u8]) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Null(false))
    }

    fn from_sql_null(_: &tokio_postgres::types::Type) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Null(true))
    }

    fn accepts(_: &tokio_postgres::types::Type) -> bool {
        true
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),*)),* $(,)?) => {$(
        impl<$($name: FromColumn),*> FromRow for ($($name,)*) {
            fn from_row(row: &Row<'_>) -> Result<Self> {
                Ok(($(row.get::<$name>($index)?,)*))
            }
        }
    )*};
}
tuples!((A 0), (A 0, B 1), (A 0, B 1, C 2), (A 0, B 1, C 2, D 3), (A 0, B 1, C 2, D 3, E 4), (A 0, B 1, C 2, D 3, E 4, F 5));
