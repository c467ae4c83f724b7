//! Commands that need no server's help: health, routes, configuration, migrations.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use crate::command::exit;
use crate::compose;
use crate::config::{self, Config, Loaded};

const HEALTH_LIMIT: Duration = Duration::from_secs(1);
const ANSWER_BYTES: usize = 64;

/// 0 if the server answers `/readyz` with 200 within a second, else 1.
pub fn healthcheck(config: &Config) -> u8 {
    let address = config.listen.http.first().and_then(|address| address.parse::<SocketAddr>().ok());
    match address.map(ask_ready) {
        Some(Ok(())) => 0,
        Some(Err(error)) => {
            eprintln!("ferrodon: the server does not answer: {error}");
            exit::FAILED
        }
        None => exit::FAILED,
    }
}

fn ask_ready(mut address: SocketAddr) -> std::io::Result<()> {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { std::net::Ipv4Addr::LOCALHOST.into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    let mut stream = TcpStream::connect_timeout(&address, HEALTH_LIMIT)?;
    stream.set_read_timeout(Some(HEALTH_LIMIT))?;
    stream.set_write_timeout(Some(HEALTH_LIMIT))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = [0; ANSWER_BYTES];
    let read = stream.read(&mut answer)?;
    let line = String::from_utf8_lossy(&answer[..read]).into_owned();
    if line.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(std::io::Error::other(line.lines().next().unwrap_or_default().to_owned())) }
}

pub fn routes(as_json: bool, coverage: bool, limits: bool) {
    if coverage || limits {
        print!("{}", if coverage { web::coverage::page() } else { web::limits::page() });
        return;
    }
    let routes = web::routes();
    if as_json {
        let list: Vec<Value> = routes.iter().map(|(method, path, _)| json!({ "method": method, "path": path })).collect();
        println!("{}", Value::Array(list));
    } else {
        for (method, path, _) in routes {
            println!("{method:<7} {path}");
        }
    }
}

pub fn show(loaded: &Loaded, as_json: bool) {
    let shown = config::show(loaded);
    if as_json {
        let map: serde_json::Map<String, Value> =
            shown.into_iter().map(|(key, value, origin)| (key, json!({ "value": value, "origin": origin }))).collect();
        println!("{}", Value::Object(map));
    } else {
        for (key, value, origin) in shown {
            println!("{key} = {value}    # {origin}");
        }
    }
}

/// Shows, and with `migrate` applies, migrations. While a server runs it has applied them itself.
pub async fn db(config: &Config, migrate: bool, as_json: bool) -> anyhow::Result<u8> {
    let dir = compose::make_data_dir(config)?;
    let lock = compose::lock(&dir)?;
    if migrate && lock.is_none() {
        anyhow::bail!("a server holds {}; stop it before migrating", dir.display());
    }
    let options = compose::options(config)?;
    let (applied, pending) = app::start::migrations(&options, migrate).await?;
    if lock.is_some() {
        super::warn_of_permissions(config);
    }
    if as_json {
        println!("{}", json!({ "applied": applied, "pending": pending }));
    } else {
        for name in &applied {
            println!("applied  {name}");
        }
        for name in &pending {
            println!("pending  {name}");
        }
    }
    drop(lock);
    Ok(if pending.is_empty() { 0 } else { exit::ATTENTION })
}
