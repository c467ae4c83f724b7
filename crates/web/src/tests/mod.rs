//! Tests of what clients rely on, in a tree like that of the URLs. Each runs on SQLite and on PostgreSQL.

mod ap;
mod api;
mod bodies;
mod elsewhere;
mod gates;
mod inbox;
mod limits;
mod live;
mod middleware;
mod nodeinfo;
mod nodes;
mod oauth;
mod open_redirects;
mod pages;
mod public_addresses;
mod public_pages;
mod queries;
mod registration;
mod shapes;
mod site;
mod streaming;
mod thresholds;
