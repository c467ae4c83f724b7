//! Whole databases of PostgreSQL: made, weighed, dropped.

use super::world::url_of;
use crate::databases;

#[tokio::test]
async fn a_database_is_made_once_weighed_and_dropped() {
    let (server, name) = (url_of("postgres"), format!("ferrodon_databases_{}", std::process::id()));
    databases::create(&server, &name).await.unwrap();
    let error = databases::create(&server, &name).await.unwrap_err();
    assert!(error.to_string().contains("exists"), "{error}");
    assert!(databases::bytes(&url_of(&name)).await.unwrap() > 1_000_000);
    databases::drop(&server, &name).await.unwrap();
    databases::bytes(&url_of(&name)).await.unwrap_err();
}

#[tokio::test]
async fn a_name_that_would_need_quotes_is_refused() {
    for name in ["", "Large", "with space", "a\"; DROP DATABASE b; --"] {
        let error = databases::create(&url_of("postgres"), name).await.unwrap_err();
        assert!(error.to_string().contains("no name for a database"), "{error}");
    }
}
