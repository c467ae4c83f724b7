//! Commands that act on the running server's data: the same whether they come through the admin
//! socket or run on the database themselves. What they change is audited.

pub mod domains;
pub mod exit;
pub mod federation;
pub mod instance;

use app::accounts::follow_all::{self, Act};
use app::accounts::{delete, find, modify, register};
use app::jobs;
use app::oauth::{applications, tokens};
use app::scopes::Scopes;
use app::search::build;
use app::settings::Registrations;
use app::{App, Error, Origin, passwords};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use domains::DomainsCommand;
use federation::FederationCommand;
use instance::InstanceCommand;

/// A command with its arguments. Secrets travel over the socket only, never on a command line.
#[derive(Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    AccountsCreate { username: String, email: String, password: Option<String>, confirmed: bool, approve: bool, role: Option<String> },
    AccountsModify { username: String, change: Change },
    AccountsDelete { username: String },
    AccountsReject { username: String },
    MailTest { address: String },
    AccountsList { after: String, limit: i64 },
    AccountsShow { username: String },
    AccountsFollow { account: String, by: Option<String>, unfollow: bool },
    AccountsToken { username: String, scopes: String },
    Instance(InstanceCommand),
    Domains(DomainsCommand),
    Federation(FederationCommand),
    JobsList,
    JobsShow { id: i64 },
    JobsDead,
    JobsRetry { id: Option<i64> },
    SearchReindex,
    SearchStatus,
}

/// What `accounts modify` changes.
#[derive(Default, Serialize, Deserialize)]
pub struct Change {
    pub role: Role,
    pub email: Option<String>,
    pub confirm: bool,
    pub approve: bool,
    pub disabled: Option<bool>,
    pub password: Option<String>,
    pub reset_password: bool,
}

#[derive(Default, Serialize, Deserialize)]
pub enum Role {
    #[default]
    Keep,
    Remove,
    Set(String),
}

/// The answer: an exit code, a text for people and data for scripts.
#[derive(Serialize, Deserialize)]
pub struct Reply {
    pub code: u8,
    pub text: String,
    pub data: Value,
}

impl Reply {
    pub(super) fn done(text: impl Into<String>, data: Value) -> Reply {
        Reply { code: 0, text: text.into(), data }
    }

    /// The caller may not command this server.
    pub fn denied() -> Reply {
        Reply { code: exit::DENIED, text: "only root and the user that runs the server may do this".into(), data: Value::Null }
    }
}

/// The exit code for an error.
pub fn code(error: &Error) -> u8 {
    match error {
        Error::NotFound(_) => exit::NOT_FOUND,
        Error::Refused(_) | Error::Outdated(_) | Error::Forbidden(_) | Error::Unauthorized(_) => exit::REFUSED,
        Error::Invalid(_) | Error::Malformed(_) | Error::OAuth { .. } => exit::BAD_DATA,
        Error::Conflict(_) | Error::Temporary(_) | Error::Limited(_) => exit::UNAVAILABLE,
        Error::Internal(_) => exit::FAILED,
    }
}

/// Runs a command; failures are replies, too.
pub async fn run(app: &App, command: Command) -> Reply {
    let done = match command {
        Command::AccountsCreate { username, email, password, confirmed, approve, role } => {
            create(app, username, email, password, confirmed, approve, role).await
        }
        Command::AccountsModify { username, change } => modify(app, &username, change).await,
        Command::AccountsDelete { username } => delete(app, &username).await,
        Command::AccountsReject { username } => reject(app, &username).await,
        Command::MailTest { address } => mail_test(app, &address).await,
        Command::AccountsList { after, limit } => list(app, after, limit).await,
        Command::AccountsShow { username } => show(app, &username).await,
        Command::AccountsFollow { account, by, unfollow } => follow(app, &account, by, unfollow).await,
        Command::AccountsToken { username, scopes } => token(app, &username, &scopes).await,
        Command::Instance(command) => instance::run(app, command).await,
        Command::Domains(command) => domains::run(app, command).await,
        Command::Federation(command) => federation::run(app, command).await,
        Command::JobsList => jobs_list(app).await,
        Command::JobsShow { id } => jobs_show(app, id).await,
        Command::JobsDead => jobs_dead(app).await,
        Command::JobsRetry { id } => jobs_retry(app, id).await,
        Command::SearchReindex => search_reindex(app).await,
        Command::SearchStatus => search_status(app).await,
    };
    done.unwrap_or_else(|error| Reply { code: code(&error), text: error.to_string(), data: Value::Null })
}

async fn create(
    app: &App,
    username: String,
    email: String,
    password: Option<String>,
    confirmed: bool,
    approve: bool,
    role: Option<String>,
) -> app::Result<Reply> {
    let role = match role {
        Some(name) => Some(modify::find_role(app, &name).await.map_err(|_| no_role(&name))?.id),
        None => None,
    };
    let made = match password {
        Some(_) => None,
        None => Some(passwords::generate()?),
    };
    let new = register::Registration {
        username: username.clone(),
        email,
        password: password.or_else(|| made.clone()).unwrap_or_default(),
        confirmed,
        approved: approve || app.settings.registrations() == Registrations::Open,
        role,
        allow_reserved: true,
        ..register::Registration::default()
    };
    let (account, _) = register::register(app, Origin::Cli, new).await?;
    let text = made.as_ref().map_or_else(|| format!("{username} is made"), |password| format!("{username} is made\nNew password: {password}"));
    Ok(Reply::done(text, json!({ "id": account.to_string(), "username": username, "password": made })))
}

fn no_role(name: &str) -> Error {
    Error::malformed(format!("there is no role {name:?}; there are Owner, Admin and Moderator"))
}

async fn modify(app: &App, username: &str, change: Change) -> app::Result<Reply> {
    let account = local(app, username).await?;
    let role = match change.role {
        Role::Keep => None,
        Role::Remove => Some(None),
        Role::Set(name) => Some(Some(modify::find_role(app, &name).await.map_err(|_| no_role(&name))?.id)),
    };
    let made = if change.reset_password { Some(passwords::generate()?) } else { None };
    let wish = modify::Change {
        role,
        email: change.email,
        confirm: change.confirm,
        approve: change.approve,
        disabled: change.disabled,
        password: change.password.or_else(|| made.clone()),
    };
    modify::modify(app, Origin::Cli, account, wish).await?;
    let text = made.as_ref().map_or_else(|| format!("{username} is changed"), |password| format!("{username} is changed\nNew password: {password}"));
    Ok(Reply::done(text, json!({ "id": account.to_string(), "username": username, "password": made })))
}

async fn delete(app: &App, username: &str) -> app::Result<Reply> {
    let account = local(app, username).await?;
    delete::delete(app, Origin::Cli, account).await?;
    Ok(Reply::done(format!("{username} is deleted; what it posted is being removed"), json!({ "id": account.to_string(), "username": username })))
}

async fn reject(app: &App, username: &str) -> app::Result<Reply> {
    let account = local(app, username).await?;
    modify::reject(app, Origin::Cli, account).await?;
    Ok(Reply::done(format!("{username} is turned down"), json!({ "id": account.to_string(), "username": username })))
}

async fn mail_test(app: &App, address: &str) -> app::Result<Reply> {
    app::mail::test(app, address).await?;
    Ok(Reply::done(format!("the mail server has taken a test message for {address}"), json!({ "address": address })))
}

async fn list(app: &App, after: String, limit: i64) -> app::Result<Reply> {
    let rows = find::list_local(app, after, limit).await?;
    let text: Vec<String> = rows.iter().map(|row| format!("{:<30} {:<40} {}", row.username, row.email, row.state())).collect();
    let data: Vec<Value> = rows.iter().map(row).collect();
    Ok(Reply::done(text.join("\n"), json!({ "accounts": data })))
}

async fn show(app: &App, username: &str) -> app::Result<Reply> {
    let account = local(app, username).await?;
    let shown = find::show_local(app, account).await?;
    let text = format!(
        "id         {}\nusername   {}\nemail      {}\nrole       {}\nstate      {}\nstatuses   {}\nfollowers  {}\nfollowing  {}",
        shown.id,
        shown.username,
        shown.email,
        shown.role.as_deref().unwrap_or("-"),
        shown.state(),
        shown.statuses_count,
        shown.followers_count,
        shown.following_count
    );
    Ok(Reply::done(text, row(&shown)))
}

fn row(account: &find::LocalAccount) -> Value {
    json!({
        "id": account.id.to_string(), "username": account.username, "email": account.email, "role": account.role,
        "confirmed": account.confirmed, "approved": account.approved, "disabled": account.disabled, "suspended": account.suspended,
        "statuses_count": account.statuses_count, "followers_count": account.followers_count, "following_count": account.following_count,
    })
}

async fn follow(app: &App, account: &str, by: Option<String>, unfollow: bool) -> app::Result<Reply> {
    let by = match by {
        Some(name) => Some(local(app, &name).await?),
        None => None,
    };
    let target = follow_all::target(app, account).await?;
    let act = if unfollow { Act::Unfollow } else { Act::Follow };
    let tally = follow_all::everybody(app, Origin::Cli, act, target, by).await?;
    let done = if unfollow { "do not follow it any more" } else { "follow it, or have asked to" };
    let mut text = format!("{account}: {} accounts {done}", tally.done);
    if tally.refused > 0 {
        text.push_str(&format!("\n{} could not, for a block or too many follows: {}", tally.refused, tally.refused_names.join(", ")));
    }
    let data = json!({ "id": target.to_string(), "done": tally.done, "refused": tally.refused, "refused_names": tally.refused_names });
    Ok(Reply::done(text, data))
}

async fn token(app: &App, username: &str, scopes: &str) -> app::Result<Reply> {
    let scopes = Scopes::read(scopes);
    if let Some(unknown) = scopes.unknown() {
        return Err(Error::malformed(format!("there is no scope {unknown:?}")));
    }
    let account = local(app, username).await?;
    let user = find::user_of(app, account).await?;
    let application = applications::own(app).await?;
    let given = tokens::give(app, &application, Some(user.id), &scopes.to_string()).await?;
    let data = json!({ "access_token": given.access_token, "scope": given.scope });
    Ok(Reply::done(given.access_token, data))
}

async fn jobs_list(app: &App) -> app::Result<Reply> {
    let ((lanes, dead), hosts) = (jobs::counts(app).await?, jobs::hosts(app).await?);
    let lines = lanes.iter().map(|(lane, queued)| format!("{lane:<12} {queued}")).chain([format!("{:<12} {dead}", "dead")]);
    let text: Vec<String> = lines
        .chain(hosts.iter().map(|host| {
            let state = if host.unavailable_at.is_some() { "unavailable" } else { "" };
            let error = host.last_error.as_deref().unwrap_or("-");
            format!("{} {} waiting, {} dead, {} failures in a row, {error} {state}", host.domain, host.waiting, host.dead, host.failures)
        }))
        .map(|line| line.trim_end().to_owned())
        .collect();
    let lanes: serde_json::Map<String, Value> = lanes.iter().map(|(lane, queued)| ((*lane).to_owned(), json!(queued))).collect();
    let hosts: Vec<Value> = hosts
        .iter()
        .map(|host| {
            json!({
                "domain": host.domain, "waiting": host.waiting, "dead": host.dead, "next_try_at": host.next_try_at, "failures": host.failures,
                "failing_days": host.failing_days, "last_success_at": host.last_success_at, "unavailable_at": host.unavailable_at,
                "error": host.last_error,
            })
        })
        .collect();
    Ok(Reply::done(text.join("\n"), json!({ "lanes": lanes, "dead": dead, "hosts": hosts })))
}

async fn jobs_show(app: &App, id: i64) -> app::Result<Reply> {
    if let Some(delivery) = jobs::delivery(app, id).await? {
        let data = json!({
            "id": delivery.id.to_string(), "kind": "delivery", "domain": delivery.domain, "inboxes": delivery.inboxes, "attempts": delivery.attempts,
            "next_try_at": delivery.next_try_at, "error": delivery.last_error, "created_at": delivery.created_at, "dead_at": delivery.dead_at,
            "account": delivery.actor_account_id.to_string(), "activity": delivery.body,
        });
        return Ok(Reply::done(serde_json::to_string_pretty(&data).map_err(Error::internal)?, data));
    }
    let found = jobs::dead(app).await?.into_iter().find(|job| job.id.0 == id).ok_or_else(Error::not_found)?;
    let data = json!({
        "id": found.id.to_string(), "kind": found.kind, "payload": found.payload, "attempts": found.attempts, "error": found.last_error,
        "dead_at": found.dead_at,
    });
    Ok(Reply::done(serde_json::to_string_pretty(&data).map_err(Error::internal)?, data))
}

async fn jobs_dead(app: &App) -> app::Result<Reply> {
    let (letters, deliveries) = (jobs::dead(app).await?, jobs::dead_deliveries(app).await?);
    let told = |error: &Option<String>| error.clone().unwrap_or_else(|| "-".to_owned());
    let jobs = letters.iter().map(|job| format!("{} {} {} {}", job.id, job.kind, job.payload, told(&job.last_error)));
    let sent = deliveries.iter().map(|one| format!("{} delivery {} {} {}", one.id, one.activity_uri, one.inboxes, told(&one.last_error)));
    let text: Vec<String> = jobs.chain(sent).collect();
    let data: Vec<Value> = letters
        .iter()
        .map(|job| json!({ "id": job.id.to_string(), "kind": job.kind, "payload": job.payload, "attempts": job.attempts, "error": job.last_error, "dead_at": job.dead_at }))
        .collect();
    let deliveries: Vec<Value> = deliveries
        .iter()
        .map(|one| json!({ "id": one.id.to_string(), "domain": one.domain, "inboxes": one.inboxes, "activity": one.activity_uri, "attempts": one.attempts, "error": one.last_error, "dead_at": one.dead_at }))
        .collect();
    Ok(Reply::done(text.join("\n"), json!({ "dead": data, "deliveries": deliveries })))
}

async fn jobs_retry(app: &App, id: Option<i64>) -> app::Result<Reply> {
    let revived = jobs::revive(app, id).await?;
    Ok(Reply::done(format!("{revived} queued again"), json!({ "revived": revived })))
}

async fn search_reindex(app: &App) -> app::Result<Reply> {
    build::rebuild(app, Origin::Cli).await?;
    Ok(Reply::done("the index is built anew by a job of the server; `ferrodon search status` tells how far it has come", json!({ "queued": true })))
}

async fn search_status(app: &App) -> app::Result<Reply> {
    let progress = build::status(app).await?;
    let state = if progress.done { "done" } else { "building" };
    let text = format!("state      {state}\naccounts   {}\nstatuses   {}", progress.accounts, progress.statuses);
    let data = json!({ "done": progress.done, "accounts": progress.accounts, "statuses": progress.statuses, "begun_at": progress.begun_at });
    Ok(Reply::done(text, data))
}

async fn local(app: &App, username: &str) -> app::Result<app::ids::AccountId> {
    find::local_id(app, username).await.map_err(|error| match error {
        Error::NotFound(_) => Error::NotFound(app::Words::new("error-no-local-account").with("name", username)),
        error => error,
    })
}
