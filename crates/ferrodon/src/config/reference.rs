//! `ferrodon config reference`: the documentation of every key, made from the code.

use super::keys::{Config, PINS};

const INTRODUCTION: &str = "# Configuration reference

Made by `ferrodon config reference`; do not edit.

Values come from, in rising order: the defaults below, one TOML file (`--config FILE`, else `ferrodon.toml` in the
data directory, else `/etc/ferrodon/ferrodon.toml`), the environment, secret files, flags.

- Environment: `FERRODON_SECTION__KEY`, as `FERRODON_LIMITS__RATE__ENABLED=false`; lists between commas.
- Secrets: any key of the kind *secret* can be given as `KEY_file`, the path of a file that holds it, as a systemd
  credential or as a file in `/run/secrets` (named `ferrodon_` and the key, for a section other than `secrets` the
  section too: `ferrodon_database_password`). Giving one twice is an error; a file that everybody can read is refused.
- Unknown keys are refused. `ferrodon config check` checks without starting; `ferrodon config show` prints each value
  and where it is from.
";

/// The whole reference as Markdown.
pub fn reference() -> String {
    let defaults = Config::default().shown();
    let mut out = INTRODUCTION.to_owned();
    for (section, about, keys) in Config::sections() {
        out.push_str(&format!("\n## [{section}]\n\n{}\n\n| key | kind | default | |\n|---|---|---|---|\n", joined(about)));
        for key in keys {
            let default = defaults.iter().find(|(s, k, _)| *s == section && k == key.name).map(|(_, _, value)| value.as_str()).unwrap_or_default();
            out.push_str(&format!("| `{}` | {} | `{default}` | {} |\n", key.name, key.kind, joined(key.doc)));
        }
    }
    out.push_str(&format!(
        "\n## [{PINS}]\n\nInstance settings held fast by the configuration: admins see them locked.\n\n| setting | default |\n|---|---|\n"
    ));
    for (name, default) in app::settings::KNOWN {
        out.push_str(&format!("| `{name}` | `{default:?}` |\n"));
    }
    out
}

fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}
