//! The command line. Words follow tootctl where it has them.

mod init;
mod local;

use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::command::{self, Change, Command, Reply, Role, exit};
use crate::config::{self, Config, ConfigError, Loaded, Sources};

/// A Mastodon-compatible fediverse server.
#[derive(Parser)]
#[command(name = "ferrodon", version, about, max_term_width = 100)]
struct Cli {
    /// The configuration file [default: ferrodon.toml in the data directory, else /etc/ferrodon/ferrodon.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data directory, whatever the configuration says
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run the server
    Serve {
        /// What this process does, between commas: web,streaming,worker,scheduler
        #[arg(long, value_delimiter = ',')]
        roles: Option<Vec<String>>,
    },
    /// Make the configuration, the keys, the database and the first account
    Init(init::InitArgs),
    /// Check, show and explain the configuration
    #[command(subcommand)]
    Config(ConfigVerb),
    /// The database
    #[command(subcommand)]
    Db(DbVerb),
    /// Accounts and their logins
    #[command(subcommand)]
    Accounts(AccountsVerb),
    /// Outgoing mail
    #[command(subcommand)]
    Mail(MailVerb),
    /// Instance settings
    #[command(subcommand)]
    Settings(command::instance::SettingsVerb),
    /// The rules of the house
    #[command(subcommand)]
    Rules(command::instance::RulesVerb),
    /// Custom emojis
    #[command(subcommand)]
    Emojis(command::instance::EmojisVerb),
    /// Other servers: which are spoken with
    #[command(subcommand)]
    Domains(command::domains::DomainsVerb),
    /// Stored media
    #[command(subcommand)]
    Media(command::domains::MediaVerb),
    /// What other servers answer
    #[command(subcommand)]
    Federation(command::federation::FederationVerb),
    /// The queue of jobs
    #[command(subcommand)]
    Jobs(JobsVerb),
    /// The search index
    #[command(subcommand)]
    Search(SearchVerb),
    /// Ask whether the server answers: exit code 0 or 1
    Healthcheck,
    /// List every route of the HTTP server
    Routes {
        /// Print how much of Mastodon's API is here, as a page of Markdown
        #[arg(long)]
        coverage: bool,
        /// Print which rate limits each route has, as a page of Markdown
        #[arg(long, conflicts_with = "coverage")]
        limits: bool,
    },
}

#[derive(Subcommand)]
enum ConfigVerb {
    /// Check the configuration without starting
    Check,
    /// Print each value and where it is from
    Show,
    /// Print the documentation of every key
    Reference,
}

#[derive(Subcommand)]
enum DbVerb {
    /// Apply pending migrations
    Migrate,
    /// Show applied and pending migrations
    Status,
}

#[derive(Subcommand)]
enum AccountsVerb {
    /// Make a local account; prints the password if it makes one
    Create {
        username: String,
        #[arg(long)]
        email: String,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
        /// The e-mail address counts as confirmed
        #[arg(long)]
        confirmed: bool,
        /// The account is let in without approval
        #[arg(long)]
        approve: bool,
        /// Owner, Admin or Moderator
        #[arg(long)]
        role: Option<String>,
    },
    /// Change a local account's login
    Modify(ModifyArgs),
    /// Let somebody in who waits for approval
    Approve { username: String },
    /// Turn down somebody who waits for approval: the account is deleted
    Reject { username: String },
    /// Let the e-mail address count as confirmed
    Confirm { username: String },
    /// Delete a local account with everything it posted
    Delete { username: String },
    /// List local accounts
    List {
        /// Only those after this username
        #[arg(long, default_value = "")]
        after: String,
        #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(i64).range(1..=100_000))]
        limit: i64,
    },
    /// Show a local account
    Show { username: String },
    /// Have all local accounts follow an account, or one of them
    Follow(FollowArgs),
    /// Have all local accounts follow an account no longer, or one of them
    Unfollow(FollowArgs),
    /// Ask other servers anew for their accounts
    Refresh(command::federation::RefreshArgs),
    /// Print an access token, for scripts and bots
    Token {
        username: String,
        /// Scopes between spaces, such as "read write follow push"
        #[arg(long, default_value = "read")]
        scopes: String,
    },
}

#[derive(Args)]
struct FollowArgs {
    /// USER@DOMAIN, or the name of a local account
    account: String,
    /// The local account that does it, instead of all
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

#[derive(Args)]
struct ModifyArgs {
    username: String,
    #[arg(long)]
    role: Option<String>,
    #[arg(long, conflicts_with = "role")]
    remove_role: bool,
    #[arg(long)]
    email: Option<String>,
    #[arg(long)]
    confirm: bool,
    #[arg(long)]
    approve: bool,
    #[arg(long, conflicts_with = "disable")]
    enable: bool,
    #[arg(long)]
    disable: bool,
    /// Make and print a new password; ends all sessions and tokens
    #[arg(long)]
    reset_password: bool,
    /// Read a new password from standard input; ends all sessions and tokens
    #[arg(long, conflicts_with = "reset_password")]
    password_stdin: bool,
}

#[derive(Subcommand)]
enum MailVerb {
    /// Send a test message, and tell what the mail server says
    Test { address: String },
}

#[derive(Subcommand)]
enum SearchVerb {
    /// Build the whole index anew, by a job of the server; searching goes on meanwhile
    Reindex,
    /// Show how far the building of the index has come
    Status,
}

#[derive(Subcommand)]
enum JobsVerb {
    /// How many jobs wait, by lane, and what waits for each host
    List,
    /// Show a delivery or a dead letter with all that is known of it
    Show { id: i64 },
    /// Show dead letters, of jobs and of deliveries
    Dead,
    /// Queue a dead letter again, or all of them
    Retry { id: Option<i64> },
}

/// Parses the arguments and runs; the exit code says how it went.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.json;
    match run(cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let code = if error.downcast_ref::<ConfigError>().is_some() { exit::CONFIG } else { code_of(&error) };
            if json {
                println!("{}", serde_json::json!({ "ok": false, "error": format!("{error:#}") }));
            }
            eprintln!("ferrodon: {error:#}");
            ExitCode::from(code)
        }
    }
}

fn code_of(error: &anyhow::Error) -> u8 {
    error.downcast_ref::<app::Error>().map_or(exit::FAILED, command::code)
}

fn run(cli: Cli) -> anyhow::Result<u8> {
    let sources = Sources {
        file: cli.config.clone(),
        data_dir: cli.data_dir.clone(),
        roles: match &cli.verb {
            Verb::Serve { roles } => roles.clone(),
            _ => None,
        },
        environment: std::env::vars().collect(),
    };
    match cli.verb {
        Verb::Config(ConfigVerb::Reference) => {
            print!("{}", config::reference());
            Ok(0)
        }
        Verb::Routes { coverage, limits } => {
            local::routes(cli.json, coverage, limits);
            Ok(0)
        }
        Verb::Init(args) => init::init(args, sources),
        Verb::Config(ConfigVerb::Check) => {
            checked(&sources)?;
            println!("The configuration is good.");
            Ok(0)
        }
        Verb::Config(ConfigVerb::Show) => {
            local::show(&checked(&sources)?, cli.json);
            Ok(0)
        }
        Verb::Serve { .. } => {
            let loaded = checked(&sources)?;
            logging(&loaded.config);
            runtime()?.block_on(crate::server::serve(&loaded.config))?;
            Ok(0)
        }
        Verb::Healthcheck => Ok(local::healthcheck(&checked(&sources)?.config)),
        Verb::Db(verb) => {
            let config = checked(&sources)?.config;
            runtime()?.block_on(local::db(&config, matches!(verb, DbVerb::Migrate), cli.json))
        }
        verb => {
            let config = checked(&sources)?.config;
            let command = command_of(verb)?;
            let reply = runtime()?.block_on(send(&config, command))?;
            Ok(print(&reply, cli.json))
        }
    }
}

/// The configuration with what follows from it; warnings go to standard error.
fn checked(sources: &Sources) -> Result<Loaded, ConfigError> {
    let mut loaded = config::load(sources)?;
    let warnings = config::check(&mut loaded.config).map_err(|e| match &loaded.file {
        Some(file) => ConfigError(format!("{}: {}", file.display(), e.0)),
        None => ConfigError(format!("{}\n(no configuration file was found; make one with `ferrodon init`, or name it with --config)", e.0)),
    })?;
    for warning in &warnings {
        eprintln!("ferrodon: warning: {}", warning.0);
    }
    Ok(loaded)
}

fn command_of(verb: Verb) -> anyhow::Result<Command> {
    Ok(match verb {
        Verb::Accounts(AccountsVerb::Create { username, email, password_stdin, confirmed, approve, role }) => {
            let password = if password_stdin { Some(password_from_stdin()?) } else { None };
            Command::AccountsCreate { username, email, password, confirmed, approve, role }
        }
        Verb::Accounts(AccountsVerb::Modify(args)) => {
            let password = if args.password_stdin { Some(password_from_stdin()?) } else { None };
            let role = if args.remove_role { Role::Remove } else { args.role.map_or(Role::Keep, Role::Set) };
            let disabled = if args.disable { Some(true) } else { args.enable.then_some(false) };
            let change = Change {
                role,
                email: args.email,
                confirm: args.confirm,
                approve: args.approve,
                disabled,
                password,
                reset_password: args.reset_password,
            };
            Command::AccountsModify { username: args.username, change }
        }
        Verb::Accounts(AccountsVerb::Approve { username }) => {
            Command::AccountsModify { username, change: Change { approve: true, ..Change::default() } }
        }
        Verb::Accounts(AccountsVerb::Reject { username }) => Command::AccountsReject { username },
        Verb::Accounts(AccountsVerb::Confirm { username }) => {
            Command::AccountsModify { username, change: Change { confirm: true, ..Change::default() } }
        }
        Verb::Mail(MailVerb::Test { address }) => Command::MailTest { address },
        Verb::Accounts(AccountsVerb::Delete { username }) => Command::AccountsDelete { username },
        Verb::Accounts(AccountsVerb::List { after, limit }) => Command::AccountsList { after, limit },
        Verb::Accounts(AccountsVerb::Show { username }) => Command::AccountsShow { username },
        Verb::Accounts(AccountsVerb::Follow(FollowArgs { account, by })) => Command::AccountsFollow { account, by, unfollow: false },
        Verb::Accounts(AccountsVerb::Unfollow(FollowArgs { account, by })) => Command::AccountsFollow { account, by, unfollow: true },
        Verb::Accounts(AccountsVerb::Token { username, scopes }) => Command::AccountsToken { username, scopes },
        Verb::Settings(verb) => Command::Instance(verb.try_into()?),
        Verb::Rules(verb) => Command::Instance(verb.into()),
        Verb::Emojis(verb) => Command::Instance(verb.try_into()?),
        Verb::Domains(verb) => Command::Domains(verb.into()),
        Verb::Media(verb) => Command::Domains(verb.into()),
        Verb::Federation(verb) => Command::Federation(verb.into()),
        Verb::Accounts(AccountsVerb::Refresh(args)) => Command::Federation(args.into()),
        Verb::Jobs(JobsVerb::List) => Command::JobsList,
        Verb::Jobs(JobsVerb::Show { id }) => Command::JobsShow { id },
        Verb::Jobs(JobsVerb::Dead) => Command::JobsDead,
        Verb::Jobs(JobsVerb::Retry { id }) => Command::JobsRetry { id },
        Verb::Search(SearchVerb::Reindex) => Command::SearchReindex,
        Verb::Search(SearchVerb::Status) => Command::SearchStatus,
        _ => anyhow::bail!("this command does not go to the server"),
    })
}

fn password_from_stdin() -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        eprintln!("Password (it will be shown as you type):");
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

/// Through the running server if one holds the data directory, else on the database itself.
async fn send(config: &Config, command: Command) -> anyhow::Result<Reply> {
    let dir = crate::compose::make_data_dir(config)?;
    match crate::compose::lock(&dir)? {
        None => crate::server::ask(&dir, &command).await,
        Some(lock) => {
            let app = crate::server::open(config, &dir).await?;
            warn_of_permissions(config);
            let reply = command::run(&app, command).await;
            app::start::close(&app).await;
            drop(lock);
            Ok(reply)
        }
    }
}

/// Commands that open the database themselves say what a server would have said at its start.
fn warn_of_permissions(config: &Config) {
    for warning in crate::permissions::warnings(config) {
        eprintln!("ferrodon: warning: {warning}");
    }
}

/// What a command found, also where that needs attention; else what was wrong.
fn json_of(reply: &Reply) -> serde_json::Value {
    if reply.code == 0 || !reply.data.is_null() { reply.data.clone() } else { serde_json::json!({ "ok": false, "error": reply.text }) }
}

fn print(reply: &Reply, json: bool) -> u8 {
    if json {
        println!("{}", json_of(reply));
    } else if reply.code == 0 || !reply.data.is_null() {
        if !reply.text.is_empty() {
            println!("{}", reply.text);
        }
    } else {
        eprintln!("ferrodon: {}", reply.text);
    }
    reply.code
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// Libraries that warn of what any client sends, a line for each frame if it likes: they are silent unless `log.level` names
/// them, as in `info,h2=debug`.
const QUIET: &str = "info,h2=off,rustls=error";

/// What is logged; `info` if the level cannot be read.
fn log_filter(level: &str) -> EnvFilter {
    EnvFilter::try_new(format!("{QUIET},{level}")).unwrap_or_else(|_| EnvFilter::new(QUIET))
}

fn logging(config: &Config) {
    let builder = tracing_subscriber::fmt().with_env_filter(log_filter(&config.log.level)).with_writer(std::io::stderr).with_target(false);
    if config.log.format == "json" {
        builder.json().init();
    } else {
        builder.with_ansi(std::io::stderr().is_terminal()).init();
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;
    use tracing_subscriber::prelude::*;

    use super::*;

    #[test]
    fn libraries_log_nothing_that_clients_choose_unless_asked_to() {
        let logs = |level: &str| {
            tracing::subscriber::with_default(tracing_subscriber::registry().with(log_filter(level)), || {
                [
                    tracing::enabled!(target: "h2::proto::ping_pong", Level::WARN),
                    tracing::enabled!(target: "rustls::common_state", Level::WARN),
                    tracing::enabled!(target: "ferrodon::server", Level::INFO),
                    tracing::enabled!(target: "ferrodon::server", Level::DEBUG),
                ]
            })
        };
        assert_eq!(logs("info"), [false, false, true, false]);
        assert_eq!(logs("debug"), [false, false, true, true]);
        assert_eq!(logs("warn"), [false, false, false, false]);
        assert_eq!(logs("info,h2=debug"), [true, false, true, false]);
        assert_eq!(logs("rustls=warn"), [false, true, true, false]);
        assert_eq!(logs("!"), [false, false, true, false], "what cannot be read is info");
    }
}
