//! Black-box tests of the built binary: real sockets, real clients, a real browser, `kill -9`, power cuts.
//! Nothing here links the server; it is started as a process and spoken to as anybody else would.
//!
//! Lives here: a small world (`server`, `person`, `live`, `visitor`) and the tests on it, each of which
//! runs on SQLite and on PostgreSQL. Not here: what one crate can test alone.
//!
//! Wants from the environment, all of it set by `bin/test`:
//! - `FERRODON_BIN`: the binary (else `$CARGO_TARGET_DIR/release/ferrodon`)
//! - `FERRODON_TEST_POSTGRES_URL`: `postgres://…` of a database whose role may create databases
//! - `FERRODON_CLIENTS_PYTHON`: python of an environment with `clients/python/requirements.txt`
//! - `FERRODON_CLIENTS_NODE`, `FERRODON_CLIENTS_NODE_MODULES`: Node 22 or newer, and where `npm ci` of `clients/node` put its modules
//! - `FERRODON_PEERS_NODE_MODULES`: where `npm ci` of `peers/fedify` put its modules
//! - `FERRODON_SCREENSHOTS` (optional): where the browser's pictures go
//! - `FERRODON_KILL_ROUNDS` (optional): how often `crash` kills the server (10 unless told) and `powerloss` cuts its power (3)

// The world.
#[cfg(test)]
mod app;
#[cfg(test)]
mod authority;
#[cfg(test)]
mod database;
#[cfg(test)]
mod frames;
#[cfg(test)]
mod honest;
#[cfg(test)]
mod http2;
#[cfg(test)]
mod live;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod peer;
#[cfg(test)]
mod person;
#[cfg(test)]
mod pictures;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod server;
#[cfg(test)]
mod visitor;
#[cfg(test)]
mod wait;

// The tests.
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod crowd;
#[cfg(test)]
mod events;
#[cfg(test)]
mod federation;
#[cfg(test)]
mod floods;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod labels;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod powerloss;
#[cfg(test)]
mod silence;
#[cfg(test)]
mod slow_hosts;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod vertical;
