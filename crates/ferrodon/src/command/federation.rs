//! Commands that ask other servers: what an address leads to, and what their accounts are now.

use app::federation::trace::Step;
use app::federation::{refresh, trace};
use app::{App, Origin};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Reply;
use super::exit;

#[derive(Subcommand)]
pub enum FederationVerb {
    /// Fetch an address of another server and tell each step; nothing is kept
    Trace { url: String },
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct RefreshArgs {
    /// One account, now
    #[arg(value_name = "USER@DOMAIN")]
    account: Option<String>,
    /// All known accounts of a server, in the background
    #[arg(long)]
    domain: Option<String>,
    /// All known accounts of all servers, in the background
    #[arg(long)]
    all: bool,
}

/// What travels to the server.
#[derive(Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum FederationCommand {
    FederationTrace { url: String },
    AccountsRefresh { account: String },
    AccountsRefreshMany { domain: Option<String> },
}

impl From<FederationVerb> for FederationCommand {
    fn from(verb: FederationVerb) -> Self {
        match verb {
            FederationVerb::Trace { url } => FederationCommand::FederationTrace { url },
        }
    }
}

impl From<RefreshArgs> for FederationCommand {
    fn from(args: RefreshArgs) -> Self {
        match args.account {
            Some(account) => FederationCommand::AccountsRefresh { account },
            None => FederationCommand::AccountsRefreshMany { domain: args.domain },
        }
    }
}

/// Runs one of these commands.
pub async fn run(app: &App, command: FederationCommand) -> app::Result<Reply> {
    match command {
        FederationCommand::FederationTrace { url } => Ok(traced(&url, trace::trace(app, &url).await)),
        FederationCommand::AccountsRefresh { account } => {
            let problem = refresh::one(app, Origin::Cli, &account).await?;
            let data = json!({ "account": account, "problem": problem });
            Ok(match problem {
                None => Reply::done(format!("{account} is as its server says now"), data),
                Some(problem) => Reply { code: exit::ATTENTION, text: format!("{account} could not be had: {problem}"), data },
            })
        }
        FederationCommand::AccountsRefreshMany { domain } => {
            refresh::many(app, Origin::Cli, domain.as_deref()).await?;
            let of = domain.as_deref().unwrap_or("all servers");
            Ok(Reply::done(format!("The accounts of {of} are asked for in the background"), json!({ "domain": domain })))
        }
    }
}

fn traced(url: &str, steps: Vec<Step>) -> Reply {
    let line = |step: &Step| format!("{} {:<10} {}", if step.ok { "ok  " } else { "FAIL" }, step.step, step.detail);
    let text = steps.iter().map(line).collect::<Vec<_>>().join("\n");
    let ok = steps.iter().all(|step| step.ok);
    let data = json!({ "url": url, "ok": ok, "steps": serde_json::to_value(&steps).unwrap_or(Value::Null) });
    Reply { code: if ok { 0 } else { exit::ATTENTION }, text, data }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_a_line_a_step_and_fails_with_its_first_failure() {
        let step = |step, ok, detail: &str| Step { step, ok, detail: detail.into() };
        let reply = traced("https://a.test/x", vec![step("address", true, "https://a.test/x"), step("request", false, "answered 404")]);
        assert_eq!(reply.text, "ok   address    https://a.test/x\nFAIL request    answered 404");
        assert_eq!(reply.code, exit::ATTENTION);
        let steps =
            json!([{ "step": "address", "ok": true, "detail": "https://a.test/x" }, { "step": "request", "ok": false, "detail": "answered 404" }]);
        assert_eq!(reply.data, json!({ "url": "https://a.test/x", "ok": false, "steps": steps }));
        assert_eq!(traced("https://a.test/x", vec![step("address", true, "")]).code, 0);
    }
}
