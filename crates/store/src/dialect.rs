//! Every difference between the two engines' SQL.

/// Which database a statement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// The engine's name in logs, metrics and `db status`.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgresql",
        }
    }

    pub(crate) fn bit(self) -> u8 {
        match self {
            Engine::Sqlite => 1,
            Engine::Postgres => 2,
        }
    }
}

/// Puts a statement into SQLite's words: `$n` becomes `?n`, lists become `json_each`, row locks (SQLite has one
/// writer) go, and `/* INDEXED BY name */` behind a table, which PostgreSQL passes over, is said aloud.
pub(crate) fn to_sqlite(text: &str) -> String {
    let text = text.replace("/* INDEXED BY ", "INDEXED BY ").replace(" */", "");
    let text = text.replace("FOR UPDATE SKIP LOCKED", "").replace("FOR UPDATE", "");
    let text = replace_lists(&text, "= ANY($", "IN (SELECT value FROM json_each($");
    let text = replace_lists(&text, "<> ALL($", "NOT IN (SELECT value FROM json_each($");
    text.replace('$', "?")
}

fn replace_lists(text: &str, from: &str, to: &str) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        let (before, list) = rest.split_at(at);
        let list = &list[from.len()..];
        let digits = list.bytes().take_while(u8::is_ascii_digit).count();
        out.push_str(before);
        out.push_str(to);
        out.push_str(&list[..digits]);
        out.push_str("))");
        rest = list[digits..].strip_prefix(')').unwrap_or(&list[digits..]);
    }
    out.push_str(rest);
    out
}

/// Puts a migration's type tokens into the engine's words.
///
/// `{ID}` is the 64-bit primary key; `{I64}`, `{BOOL}`, `{TEXT}`, `{BLOB}` are the column types;
/// `{STRICT}` and `{STRICT_WITHOUT_ROWID}` end a table; an index that ends with `id` is said in one line. A line that begins with `{SQLITE}` or
/// `{POSTGRES}` is for that engine alone.
pub(crate) fn ddl(engine: Engine, text: &str) -> String {
    let tokens = match engine {
        Engine::Sqlite => [
            ("{ID}", "INTEGER PRIMARY KEY NOT NULL"),
            ("{I64}", "INTEGER"),
            ("{BOOL}", "INTEGER"),
            ("{TEXT}", "TEXT"),
            ("{BLOB}", "BLOB"),
            ("{STRICT_WITHOUT_ROWID}", "STRICT, WITHOUT ROWID"),
            ("{STRICT}", "STRICT"),
        ],
        Engine::Postgres => [
            ("{ID}", "BIGINT PRIMARY KEY NOT NULL"),
            ("{I64}", "BIGINT"),
            ("{BOOL}", "BOOLEAN"),
            ("{TEXT}", "TEXT COLLATE \"C\""),
            ("{BLOB}", "BYTEA"),
            ("{STRICT_WITHOUT_ROWID}", ""),
            ("{STRICT}", ""),
        ],
    };
    let (ours, theirs) = if engine == Engine::Sqlite { ("{SQLITE}", "{POSTGRES}") } else { ("{POSTGRES}", "{SQLITE}") };
    let text: String = text.lines().filter(|line| !line.starts_with(theirs)).map(|line| format!("{}\n", line.trim_start_matches(ours))).collect();
    let text = if engine == Engine::Sqlite { check_booleans(&without_row_ids(&text)) } else { text };
    tokens.iter().fold(text, |text, (token, word)| text.replace(token, word))
}

/// SQLite keeps the row's id at the end of each index anyway: said in so many words, it is kept there twice.
fn without_row_ids(text: &str) -> String {
    let short = |line: &str| if line.starts_with("CREATE INDEX ") { line.replacen(", id)", ")", 1) } else { line.to_owned() };
    text.lines().map(short).collect::<Vec<_>>().join("\n")
}

/// SQLite has no boolean type: each `{BOOL}` column gets a CHECK that keeps it 0, 1 or NULL.
fn check_booleans(text: &str) -> String {
    text.lines()
        .map(|line| match line.split_once("{BOOL}") {
            Some((name, rest)) => {
                let column = name.trim();
                let (rest, comma) = rest.trim_end().strip_suffix(',').map_or((rest, ""), |rest| (rest, ","));
                format!("{name}{{BOOL}}{rest} CHECK ({column} IN (0, 1)){comma}")
            }
            None => line.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_put_into_sqlites_words() {
        let check = |from: &str, to: &str| assert_eq!(to_sqlite(from), to);
        check("SELECT $1, $12", "SELECT ?1, ?12");
        check("WHERE id = ANY($1) AND x = $2", "WHERE id IN (SELECT value FROM json_each(?1)) AND x = ?2");
        check("WHERE id <> ALL($3)", "WHERE id NOT IN (SELECT value FROM json_each(?3))");
        check("FROM a /* INDEXED BY b */ JOIN c", "FROM a INDEXED BY b JOIN c");
        check("LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING id", "LIMIT ?1 ) RETURNING id");
    }

    #[test]
    fn a_line_of_a_migration_can_be_for_one_engine() {
        let text = "a;\n{SQLITE}b;\n{POSTGRES}c;\nd;";
        assert_eq!(ddl(Engine::Sqlite, text), "a;\nb;\nd;");
        assert_eq!(ddl(Engine::Postgres, text), "a;\nc;\nd;\n");
    }

    #[test]
    fn an_index_ends_with_the_rows_id_by_itself_on_sqlite() {
        let text = "CREATE INDEX a ON t (x, id) WHERE y = 1;\nCREATE UNIQUE INDEX b ON t (x, id);";
        assert_eq!(ddl(Engine::Sqlite, text), "CREATE INDEX a ON t (x) WHERE y = 1;\nCREATE UNIQUE INDEX b ON t (x, id);");
        assert_eq!(ddl(Engine::Postgres, text).trim_end(), text);
    }

    #[test]
    fn a_boolean_column_is_checked_on_sqlite() {
        assert_eq!(ddl(Engine::Sqlite, "locked {BOOL} NOT NULL,").trim_end(), "locked INTEGER NOT NULL CHECK (locked IN (0, 1)),");
        assert_eq!(ddl(Engine::Postgres, "locked {BOOL} NOT NULL,").trim_end(), "locked BOOLEAN NOT NULL,");
    }
}
