//! One migration text makes the same tables on both engines. (The full-text tables, `search_…`, are each
//! engine's own; the stories of search run on both.)

use std::collections::BTreeMap;

use super::world::{Database, tables, with_postgres, with_sqlite};

#[derive(Clone, Debug, Default, PartialEq)]
struct Schema(BTreeMap<String, Table>);

#[derive(Clone, Debug, Default, PartialEq)]
struct Table {
    columns: BTreeMap<String, Column>,
    primary_key: Vec<String>,
    indexes: BTreeMap<String, Index>,
}

#[derive(Clone, Debug, PartialEq)]
struct Column {
    kind: String,
    nullable: bool,
    default: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
struct Index {
    unique: bool,
    columns: Vec<String>,
    predicate: Option<String>,
}

/// What is not the same in two schemas, one line each.
fn differences(left: &Schema, right: &Schema) -> Vec<String> {
    let mut found = Vec::new();
    compare("table", &left.0, &right.0, &mut found);
    for (name, table) in &left.0 {
        let Some(other) = right.0.get(name) else { continue };
        compare(&format!("{name}: column"), &table.columns, &other.columns, &mut found);
        compare(&format!("{name}: index"), &table.indexes, &other.indexes, &mut found);
        if table.primary_key != other.primary_key {
            found.push(format!("{name}: primary key {:?} or {:?}", table.primary_key, other.primary_key));
        }
    }
    found
}

fn compare<T: PartialEq + std::fmt::Debug>(what: &str, left: &BTreeMap<String, T>, right: &BTreeMap<String, T>, found: &mut Vec<String>) {
    for name in left.keys().chain(right.keys().filter(|name| !left.contains_key(*name))) {
        let (here, there) = (left.get(name), right.get(name));
        let both_tables = what == "table" && here.is_some() && there.is_some();
        if !both_tables && here != there {
            found.push(format!("{what} {name}: {here:?} or {there:?}"));
        }
    }
}

/// Brings an expression into one spelling: lower case, no parentheses, casts or double spaces.
fn plain(expression: &str) -> String {
    let mut text = expression.to_lowercase().replace(['(', ')'], "");
    for cast in ["::text", "::bigint", "::integer", "::boolean"] {
        text = text.replace(cast, "");
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn of_sqlite(db: &Database) -> Schema {
    let connection = db.raw_sqlite();
    let texts = |sql: &str| -> Vec<(String, String)> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(|row| row.unwrap()).collect()
    };
    let mut schema = Schema::default();
    for (name, ddl) in texts("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_%'") {
        schema.0.insert(name.clone(), sqlite_table(&connection, &name, &ddl));
    }
    for (index, ddl) in texts("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL") {
        let (head, predicate) = ddl.split_once(" WHERE ").map_or((ddl.as_str(), None), |(head, predicate)| (head, Some(plain(predicate))));
        let table = head.split_once(" ON ").unwrap().1.split([' ', '(']).next().unwrap();
        let columns = texts(&format!("SELECT name, '' FROM pragma_index_info('{index}') ORDER BY seqno")).into_iter().map(|row| row.0).collect();
        let unique = ddl.starts_with("CREATE UNIQUE INDEX");
        schema.0.get_mut(table).unwrap().indexes.insert(index, Index { unique, columns: without_id(columns), predicate });
    }
    schema
}

/// SQLite has the id at the end of an index by itself.
fn without_id(mut columns: Vec<String>) -> Vec<String> {
    if columns.len() > 1 && columns.last().is_some_and(|last| last == "id") {
        columns.pop();
    }
    columns
}

fn sqlite_table(connection: &rusqlite::Connection, name: &str, ddl: &str) -> Table {
    let mut table = Table::default();
    let mut key = BTreeMap::new();
    let mut statement = connection.prepare("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(?1)").unwrap();
    let mut rows = statement.query([name]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let column: String = row.get(0).unwrap();
        let kind = match row.get::<_, String>(1).unwrap().as_str() {
            "INTEGER" if ddl.contains(&format!("CHECK ({column} IN (0, 1))")) => "bool",
            "INTEGER" => "i64",
            "TEXT" => "text",
            "BLOB" => "blob",
            other => panic!("{name}.{column} is of type {other}"),
        };
        let default: Option<String> = row.get(3).unwrap();
        if let place @ 1.. = row.get::<_, i64>(4).unwrap() {
            key.insert(place, column.clone());
        }
        let nullable = !row.get::<_, bool>(2).unwrap();
        table.columns.insert(column, Column { kind: kind.into(), nullable, default: default.as_deref().map(plain) });
    }
    table.primary_key = key.into_values().collect();
    table
}

async fn of_postgres(db: &Database) -> Schema {
    let client = db.raw_postgres().await;
    let mut schema = Schema::default();
    let columns = "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES', column_default::text, collation_name::text
                     FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'search_%'";
    for row in client.query(columns, &[]).await.unwrap() {
        let (table, name): (String, String) = (row.get(0), row.get(1));
        let kind = match (row.get::<_, &str>(2), row.get::<_, Option<&str>>(5)) {
            ("bigint", None) => "i64",
            ("boolean", None) => "bool",
            ("text", Some("C")) => "text",
            ("bytea", None) => "blob",
            other => panic!("{table}.{name} is of type {other:?}"),
        };
        let default = row.get::<_, Option<String>>(4).as_deref().map(plain);
        schema.0.entry(table).or_default().columns.insert(name, Column { kind: kind.into(), nullable: row.get(3), default });
    }
    let indexes = "SELECT t.relname::text, i.relname::text, x.indisunique, x.indisprimary, pg_get_expr(x.indpred, x.indrelid),
                          ARRAY(SELECT a.attname::text FROM unnest(x.indkey) WITH ORDINALITY AS k (number, place)
                                  JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number ORDER BY k.place)
                     FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
                     JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = 'public' AND t.relname NOT LIKE 'search_%'";
    for row in client.query(indexes, &[]).await.unwrap() {
        let table = schema.0.get_mut(row.get::<_, &str>(0)).unwrap();
        let columns: Vec<String> = row.get(5);
        if row.get(3) {
            table.primary_key = columns;
        } else {
            let predicate = row.get::<_, Option<String>>(4).as_deref().map(plain);
            table.indexes.insert(row.get(1), Index { unique: row.get(2), columns: without_id(columns), predicate });
        }
    }
    schema
}

#[tokio::test]
async fn both_engines_have_the_same_tables_columns_and_indexes() {
    let mut schemas = Vec::new();
    with_sqlite(async |db| schemas.push(of_sqlite(&db))).await;
    with_postgres(async |db| schemas.push(of_postgres(&db).await)).await;
    let [sqlite, postgres] = &schemas[..] else { panic!("two schemas") };
    for table in tables() {
        assert!(sqlite.0.contains_key(table), "{table} was not looked at");
    }
    assert!(sqlite.0["statuses"].indexes["statuses_reblog"].predicate.is_some(), "partial indexes are compared");
    let found = differences(sqlite, postgres);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn every_kind_of_difference_between_two_schemas_is_seen() {
    let mut schema = Schema::default();
    with_sqlite(async |db| schema = of_sqlite(&db)).await;
    assert!(differences(&schema, &schema.clone()).is_empty());
    let check = |spoil: fn(&mut Table)| {
        let mut other = schema.clone();
        spoil(other.0.get_mut("statuses").unwrap());
        assert_eq!(differences(&schema, &other).len(), 1, "{:?}", differences(&schema, &other));
        assert_eq!(differences(&other, &schema).len(), 1);
    };
    let no_table = Schema(schema.0.iter().filter(|(name, _)| *name != "jobs").map(|(name, table)| (name.clone(), table.clone())).collect());
    assert_eq!(differences(&schema, &no_table).len(), 1);
    assert_eq!(differences(&no_table, &schema).len(), 1);
    check(|table| drop(table.columns.remove("text")));
    check(|table| table.columns.get_mut("text").unwrap().nullable = true);
    check(|table| table.columns.get_mut("text").unwrap().kind = "blob".into());
    check(|table| table.columns.get_mut("sensitive").unwrap().default = None);
    check(|table| table.primary_key.push("uri".into()));
    check(|table| drop(table.indexes.remove("statuses_public")));
    check(|table| table.indexes.get_mut("statuses_account").unwrap().unique = true);
    check(|table| table.indexes.get_mut("statuses_reblog").unwrap().columns.reverse());
    check(|table| table.indexes.get_mut("statuses_reblog").unwrap().predicate = Some("reblog_of_id is not null".into()));
}
