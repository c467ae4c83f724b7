//! Commands about other servers: which are spoken with, and what of their media is kept.

use app::federation::domains::{self, Block, Severity, Shown};
use app::media::remote;
use app::{App, Origin};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Reply;

#[derive(Subcommand)]
pub enum DomainsVerb {
    /// Block a server with all below its domain, or change the block there is
    Block(BlockArgs),
    /// Lift a block with what it did to accounts
    Unblock { domain: String },
    /// Allow a server, where federation.mode is "limited"
    Allow { domain: String },
    /// Take an allowance back
    Disallow { domain: String },
    /// List blocks and allowed servers
    List,
    /// Show what is decided about a server, and what is known of it
    Show { domain: String },
}

#[derive(Args)]
pub struct BlockArgs {
    domain: String,
    /// silence: only followers hear of its accounts; suspend: nothing is taken, sent or shown; noop: only the other options
    #[arg(long, default_value = "silence", value_parser = ["silence", "suspend", "noop"])]
    severity: String,
    /// Neither store nor show its media
    #[arg(long)]
    reject_media: bool,
    /// Take no reports from it
    #[arg(long)]
    reject_reports: bool,
    /// Why, for whom the settings let see it
    #[arg(long, default_value = "")]
    public_comment: String,
    /// Why, for moderators
    #[arg(long, default_value = "")]
    private_comment: String,
    /// Show the domain with asterisks in the public list
    #[arg(long)]
    obfuscate: bool,
}

#[derive(Subcommand)]
pub enum MediaVerb {
    /// Remove stored files; those of other servers come back when somebody looks
    Remove {
        /// Those of other servers
        #[arg(long, required = true)]
        remote: bool,
        /// Only what nobody looked at for so many days
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(i64).range(0..=36_500))]
        days: i64,
    },
    /// Show how much is stored
    Usage,
}

/// What travels to the server.
#[derive(Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum DomainsCommand {
    DomainsBlock { domain: String, block: Block },
    DomainsUnblock { domain: String },
    DomainsAllow { domain: String },
    DomainsDisallow { domain: String },
    DomainsList,
    DomainsShow { domain: String },
    MediaRemove { days: i64 },
    MediaUsage,
}

impl From<MediaVerb> for DomainsCommand {
    fn from(verb: MediaVerb) -> Self {
        match verb {
            MediaVerb::Remove { days, .. } => DomainsCommand::MediaRemove { days },
            MediaVerb::Usage => DomainsCommand::MediaUsage,
        }
    }
}

impl From<DomainsVerb> for DomainsCommand {
    fn from(verb: DomainsVerb) -> Self {
        match verb {
            DomainsVerb::Block(args) => {
                let block = Block {
                    // clap lets only Mastodon's words through.
                    severity: Severity::from_word(&args.severity).unwrap_or_default(),
                    reject_media: args.reject_media,
                    reject_reports: args.reject_reports,
                    private_comment: args.private_comment,
                    public_comment: args.public_comment,
                    obfuscate: args.obfuscate,
                };
                DomainsCommand::DomainsBlock { domain: args.domain, block }
            }
            DomainsVerb::Unblock { domain } => DomainsCommand::DomainsUnblock { domain },
            DomainsVerb::Allow { domain } => DomainsCommand::DomainsAllow { domain },
            DomainsVerb::Disallow { domain } => DomainsCommand::DomainsDisallow { domain },
            DomainsVerb::List => DomainsCommand::DomainsList,
            DomainsVerb::Show { domain } => DomainsCommand::DomainsShow { domain },
        }
    }
}

/// Runs one of these commands.
pub async fn run(app: &App, command: DomainsCommand) -> app::Result<Reply> {
    match command {
        DomainsCommand::DomainsBlock { domain, block } => {
            let word = block.severity.word();
            let domain = domains::block(app, Origin::Cli, &domain, block).await?;
            Ok(Reply::done(
                format!("{domain} is blocked ({word}); what follows for its accounts is done in the background"),
                json!({ "domain": domain, "severity": word }),
            ))
        }
        DomainsCommand::DomainsUnblock { domain } => {
            let domain = domains::unblock(app, Origin::Cli, &domain).await?;
            Ok(Reply::done(format!("{domain} is no longer blocked; its accounts come back in the background"), json!({ "domain": domain })))
        }
        DomainsCommand::DomainsAllow { domain } => {
            let domain = domains::allow(app, Origin::Cli, &domain).await?;
            let mut text = format!("{domain} is allowed");
            if !app.options.limited_federation {
                text.push_str("\nThis changes nothing while federation.mode is \"open\".");
            }
            Ok(Reply::done(text, json!({ "domain": domain })))
        }
        DomainsCommand::DomainsDisallow { domain } => {
            let domain = domains::disallow(app, Origin::Cli, &domain).await?;
            Ok(Reply::done(format!("{domain} is no longer allowed"), json!({ "domain": domain })))
        }
        DomainsCommand::DomainsList => list(app).await,
        DomainsCommand::DomainsShow { domain } => show(app, &domain).await,
        DomainsCommand::MediaRemove { days } => {
            let freed = remote::remove(app, Origin::Cli, days).await?;
            Ok(Reply::done(format!("{} of other servers' media are removed", bytes(freed)), json!({ "freed_bytes": freed })))
        }
        DomainsCommand::MediaUsage => usage(app).await,
    }
}

async fn list(app: &App) -> app::Result<Reply> {
    let all = domains::list(app).await?;
    let word = |block: &Value, key: &str| block.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let flag = |block: &Value, key: &str| block.get(key) == Some(&Value::Bool(true));
    let line = |block: &Value| {
        let mut line = format!("{:<40} {:<8}", word(block, "domain"), word(block, "severity"));
        for key in ["reject_media", "reject_reports", "obfuscate"] {
            if flag(block, key) {
                line.push(' ');
                line.push_str(key);
            }
        }
        line.trim_end().to_owned()
    };
    let mut text: Vec<String> = all.blocks.iter().map(line).collect();
    text.extend(all.allows.iter().map(|domain| format!("{domain:<40} allowed")));
    let mode = if all.limited { "limited" } else { "open" };
    Ok(Reply::done(text.join("\n"), json!({ "mode": mode, "blocks": all.blocks, "allows": all.allows })))
}

async fn show(app: &App, domain: &str) -> app::Result<Reply> {
    Ok(describe(&domains::show(app, domain).await?))
}

fn describe(shown: &Shown) -> Reply {
    let rule = shown.rule;
    let words: Vec<&str> =
        [(rule.suspended, "suspended"), (rule.silenced, "silenced"), (rule.reject_media, "reject_media"), (rule.reject_reports, "reject_reports")]
            .into_iter()
            .filter_map(|(holds, word)| holds.then_some(word))
            .collect();
    let is_allowed = shown.allow.as_ref().is_some_and(|allow| allow.withdrawn_at.is_none());
    let host = shown.host.clone().unwrap_or_default();
    let state = match &host {
        host if host.unavailable_at.is_some() => "unavailable",
        host if host.failures > 0 => "failing",
        host if host.last_success_at.is_none() => "never delivered to",
        _ => "well",
    };
    let software = match (host.software.as_str(), host.software_checked_at) {
        ("", None) => "not asked yet".to_owned(),
        ("", Some(_)) => "unknown".to_owned(),
        (name, _) => format!("{name} {}", host.software_version).trim_end().to_owned(),
    };
    let text = format!(
        "domain     {}\nrule       {}\nallowed    {is_allowed}\naccounts   {}\nsoftware   {software}\nstate      {state}\nfailures   {}\nwaiting    {}",
        shown.domain,
        if words.is_empty() { "-".to_owned() } else { words.join(" ") },
        shown.accounts,
        host.failures,
        shown.waiting
    );
    let data = json!({
        "domain": shown.domain,
        "rule": { "suspended": rule.suspended, "silenced": rule.silenced, "reject_media": rule.reject_media, "reject_reports": rule.reject_reports },
        "block": shown.block,
        "allowed": is_allowed,
        "accounts": shown.accounts,
        "software": known(host.software),
        "software_version": known(host.software_version),
        "software_checked_at": host.software_checked_at,
        "state": state,
        "failures": host.failures,
        "last_success_at": host.last_success_at,
        "unavailable_at": host.unavailable_at,
        "deliveries_waiting": shown.waiting,
    });
    Reply::done(text, data)
}

fn known(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

async fn usage(app: &App) -> app::Result<Reply> {
    let usage = remote::usage(app).await?;
    let text = format!(
        "here     {:>10}  {} files\nremote   {:>10}  {} files\nbudget   {:>10}",
        bytes(usage.local.1),
        usage.local.0,
        bytes(usage.remote.1),
        usage.remote.0,
        bytes(usage.budget)
    );
    let of = |(files, bytes): (i64, i64)| json!({ "files": files, "bytes": bytes });
    Ok(Reply::done(text, json!({ "local": of(usage.local), "remote": of(usage.remote), "remote_budget_bytes": usage.budget })))
}

/// Bytes for people.
fn bytes(count: i64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut amount = count as f64;
    let mut unit = 0;
    while amount >= 1024.0 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{count} B") } else { format!("{amount:.1} {}", UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use app::federation::domains::{Host, Rule};

    use super::*;

    /// The line about a host's software, what the data says of it, and the state.
    fn described(host: Option<Host>) -> (String, Value, String) {
        let shown = Shown { domain: "a.test".into(), rule: Rule::default(), block: None, allow: None, accounts: 1, host, waiting: 0 };
        let Reply { text, data, .. } = describe(&shown);
        let line = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
        assert_eq!(data["state"], line("state"));
        (line("software"), json!([data["software"], data["software_version"], data["software_checked_at"]]), line("state"))
    }

    #[test]
    fn what_a_host_runs_is_shown_as_far_as_it_is_known() {
        let host = |software: &str, version: &str, checked: Option<i64>| Host {
            software: software.into(),
            software_version: version.into(),
            software_checked_at: checked,
            ..Host::default()
        };
        let never = "never delivered to".to_owned();
        for (host, line, data) in [
            (None, "not asked yet", json!([null, null, null])),
            (Some(host("", "", None)), "not asked yet", json!([null, null, null])),
            (Some(host("", "", Some(5))), "unknown", json!([null, null, 5])),
            (Some(host("lemmy", "", Some(5))), "lemmy", json!(["lemmy", null, 5])),
            (Some(host("mastodon", "4.3.1", Some(5))), "mastodon 4.3.1", json!(["mastodon", "4.3.1", 5])),
        ] {
            assert_eq!(described(host), (line.to_owned(), data, never.clone()));
        }
    }

    #[test]
    fn a_host_is_well_once_something_was_delivered() {
        let state = |host: Host| described(Some(host)).2;
        let well = Host { last_success_at: Some(5), ..Host::default() };
        assert_eq!(state(well.clone()), "well");
        assert_eq!(state(Host { failures: 1, ..well.clone() }), "failing");
        assert_eq!(state(Host { failures: 1, unavailable_at: Some(6), ..well }), "unavailable");
    }
}
