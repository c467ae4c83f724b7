//! Inserting many rows with few statements, whose texts the compiler puts together.

use crate::sql::Sql;
use crate::{Result, Tx, Value};

/// Bytes of the longest statement here.
const STATEMENT_MAX: usize = 16 * 1024;

/// Inserts rows given one after the other in `$values`, many to a statement and the rest one by one.
macro_rules! insert_many {
    ($tx:expr, $columns:literal, $head:literal, $values:expr, $tail:literal) => {{
        use $crate::seed::insert::{Statement, insert_rows};
        const ROWS: usize = 384 / $columns;
        const MANY: &Statement = &Statement::new($head, $columns, ROWS, $tail);
        const MANY_ON_SQLITE: &Statement = &Statement::on_sqlite($head, $columns, ROWS, $tail);
        const ONE: &Statement = &Statement::new($head, $columns, 1, $tail);
        let many = $crate::sql!(MANY.text(), sqlite: MANY_ON_SQLITE.text());
        insert_rows($tx, many, ROWS * $columns, $crate::sql!(ONE.text()), $columns, $values).await?;
    }};
}
pub(super) use insert_many;

pub(super) async fn insert_rows(
    tx: &Tx,
    many: &'static Sql,
    many_values: usize,
    one: &'static Sql,
    one_values: usize,
    values: &[Value],
) -> Result<()> {
    let chunks = values.chunks_exact(many_values);
    let rest = chunks.remainder();
    for chunk in chunks {
        tx.exec(many, chunk).await?;
    }
    for row in rest.chunks(one_values) {
        tx.exec(one, row).await?;
    }
    Ok(())
}

/// The text of an insert of several rows, put together by the compiler: statements are literals.
pub(super) struct Statement {
    bytes: [u8; STATEMENT_MAX],
    len: usize,
}

impl Statement {
    pub(super) const fn new(head: &str, columns: usize, rows: usize, tail: &str) -> Statement {
        Statement { bytes: [0; STATEMENT_MAX], len: 0 }.with(head).with_rows(columns, rows).with(tail)
    }

    /// As [`Statement::new`]; rows before a refused one stay, since the transaction is over then anyway. SQLite keeps
    /// no journal for such a statement, which was a quarter of its time.
    pub(super) const fn on_sqlite(head: &str, columns: usize, rows: usize, tail: &str) -> Statement {
        const VERB: &str = "INSERT";
        let behind = head.split_at(VERB.len()).1;
        Statement { bytes: [0; STATEMENT_MAX], len: 0 }.with(VERB).with(" OR FAIL").with(behind).with_rows(columns, rows).with(tail)
    }

    const fn with_rows(self, columns: usize, rows: usize) -> Statement {
        let mut statement = self.with(" VALUES ");
        let mut n = 0;
        while n < columns * rows {
            let before = match n {
                0 => "($",
                n if n % columns == 0 => "), ($",
                _ => ", $",
            };
            n += 1;
            statement = statement.with(before).with_number(n);
        }
        statement.with(")")
    }

    const fn with(mut self, text: &str) -> Statement {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            self.bytes[self.len] = bytes[at];
            self.len += 1;
            at += 1;
        }
        self
    }

    const fn with_number(self, n: usize) -> Statement {
        const DIGITS: &str = "0123456789";
        let before = if n >= 10 { self.with_number(n / 10) } else { self };
        before.with(DIGITS.split_at(n % 10).1.split_at(1).0)
    }

    pub(super) const fn text(&'static self) -> &'static str {
        match std::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => panic!("statements are made of strings"),
        }
    }
}
