//! `ferrodon init`: everything a new instance needs, told as it is made.

use std::io::{IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use crate::command::{Command, exit, run};
use crate::config::{self, ConfigError, Sources};
use crate::{compose, permissions};

#[derive(Args)]
pub struct InitArgs {
    /// The domain of handles, as in @alice@example.org; it can never change
    #[arg(long)]
    domain: String,
    /// The server's address [default: https:// and the domain]
    #[arg(long)]
    public_url: Option<String>,
    /// Where the source of this program is offered, as its licence wants of a public server
    #[arg(long)]
    source_url: Option<String>,
    /// PostgreSQL's address [default: SQLite in the data directory]
    #[arg(long)]
    database_url: Option<String>,
    /// The name of the first account
    #[arg(long, default_value = "owner")]
    owner: String,
    /// The first account's e-mail address
    #[arg(long)]
    email: String,
}

/// Makes configuration, master key, database, sealed secrets, instance actor and the Owner account,
/// and prints how to sign in. Exit code 5 if there is a configuration already.
pub fn init(args: InitArgs, sources: Sources) -> anyhow::Result<u8> {
    let dir = sources.data_dir.clone().unwrap_or_else(|| PathBuf::from("./data"));
    let file = sources.file.clone().unwrap_or_else(|| dir.join("ferrodon.toml"));
    if file.exists() {
        eprintln!("ferrodon: {} is there already; this instance has been made", file.display());
        return Ok(exit::REFUSED);
    }
    let mut args = args;
    let mut text = configuration(&args, &dir);
    // Checked before anything is made.
    let mut wanted = read(&text)?;
    if wanted.server.source_url.is_empty() && config::is_public(&wanted) && std::io::stdin().is_terminal() {
        args.source_url = Some(ask_for_source()?).filter(|url| !url.is_empty());
        text = configuration(&args, &dir);
        wanted = read(&text)?;
    }
    config::check(&mut wanted).map_err(|error| {
        let missing = wanted.server.source_url.is_empty() && config::is_public(&wanted);
        ConfigError(if missing { format!("{}\n(`ferrodon init --source-url URL` writes it)", error.0) } else { error.0 })
    })?;
    let data_dir = compose::make_data_dir(&wanted)?;
    permissions::close_to_others(&data_dir).with_context(|| format!("the rights of others to {} cannot be taken away", data_dir.display()))?;
    write(&file, &text)?;
    println!("Configuration  {}", file.display());
    let loaded = config::load(&Sources { file: Some(file.clone()), environment: sources.environment, ..Sources::default() });
    let made = loaded.map_err(anyhow::Error::from).and_then(|mut loaded| {
        config::check(&mut loaded.config)?;
        tokio::runtime::Runtime::new()?.block_on(make(&args, &loaded.config))
    });
    if made.is_err() {
        // So that `init` can be run again once the cause is mended.
        let _ = std::fs::remove_file(&file);
    }
    made
}

fn read(text: &str) -> anyhow::Result<config::Config> {
    let parsed: toml::Table = text.parse()?;
    let mut wanted = config::Config::default();
    for (section, keys) in &parsed {
        for (key, value) in keys.as_table().into_iter().flatten() {
            wanted.set(section, key, value).map_err(|kind| ConfigError(format!("{section}.{key}: {kind} is wanted here")))?;
        }
    }
    Ok(wanted)
}

fn ask_for_source() -> anyhow::Result<String> {
    eprint!("Everybody who uses a public server may have its source (AGPL-3.0, section 13).\nAddress where you offer it: ");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

async fn make(args: &InitArgs, config: &config::Config) -> anyhow::Result<u8> {
    let dir = compose::make_data_dir(config)?;
    let Some(lock) = compose::lock(&dir)? else { anyhow::bail!("a server holds {}", dir.display()) };
    println!("Master key     {}/master_key (keep a copy: without it the sealed secrets are lost)", dir.display());
    let app = crate::server::open(config, &dir).await?;
    println!(
        "Database       {} with sealed secrets and the instance actor",
        if config.database.url.starts_with("sqlite:") { "SQLite" } else { "PostgreSQL" }
    );
    let owner = Command::AccountsCreate {
        username: args.owner.clone(),
        email: args.email.clone(),
        password: None,
        confirmed: true,
        approve: true,
        role: Some("Owner".into()),
    };
    let reply = run(&app, owner).await;
    super::warn_of_permissions(config);
    app::start::close(&app).await;
    drop(lock);
    if reply.code != 0 {
        anyhow::bail!("the Owner account cannot be made: {}", reply.text);
    }
    println!("\nOwner account  {}", args.owner);
    println!("E-mail         {}", args.email);
    println!(
        "Password       {}   (shown once; change it with `ferrodon accounts modify {} --password-stdin`)",
        reply.data["password"].as_str().unwrap_or("?"),
        args.owner
    );
    println!("Address        {}\n", config.server.public_url);
    Ok(0)
}

fn configuration(args: &InitArgs, dir: &std::path::Path) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let mut text = format!(
        "# Ferrodon. Every key is explained in docs/configuration.md, or by `ferrodon config reference`.\n\n[server]\naccount_domain = {}\n",
        quoted(&args.domain)
    );
    if let Some(url) = &args.public_url {
        text.push_str(&format!("public_url = {}\n", quoted(url)));
    }
    if let Some(url) = &args.source_url {
        text.push_str(&format!("source_url = {}\n", quoted(url)));
    }
    let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    text.push_str(&format!("data_dir = {}\n", quoted(&dir.display().to_string())));
    if let Some(url) = &args.database_url {
        text.push_str(&format!("\n[database]\nurl = {}\n", quoted(url)));
    }
    text.push_str("\n[listen]\nhttp = [\"127.0.0.1:3000\"]\n");
    text
}

fn write(file: &std::path::Path, text: &str) -> anyhow::Result<()> {
    let mut open = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o640).open(file)?;
    open.write_all(text.as_bytes())?;
    open.sync_all()?;
    compose::sync_dir(file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(std::path::Path::new(".")))
}
