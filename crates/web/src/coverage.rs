//! How much of Mastodon's interface is here: the routes against an inventory of Mastodon's, kept beside as
//! `inventory.tsv`. `ferrodon routes --coverage` prints it as a page; docs/api-coverage.md is that page.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Method, path, who may, scope, what it returns, the version of Mastodon that brought it, area, tier.
const INVENTORY: &str = include_str!("inventory.tsv");
/// The area of routes that Mastodon does not have.
const OWN: &str = "own";

/// Routes that are there and do not do all that Mastodon's do: what is missing.
#[rustfmt::skip]
const PARTIAL: &[(&str, &str, &str)] = &[
    ("GET", "/api/v1/announcements",                    "none can be made yet"),
    ("GET", "/api/v1/filters",                          "always empty: none can be made yet"),
    ("GET", "/api/v2/filters",                          "always empty: none can be made yet"),
    ("GET", "/api/v1/suggestions",                      "always empty: nobody is suggested yet"),
    ("GET", "/api/v2/suggestions",                      "always empty: nobody is suggested yet"),
    ("GET", "/api/v1/trends",                           "always empty: nothing trends yet"),
    ("GET", "/api/v1/trends/tags",                      "always empty: nothing trends yet"),
    ("GET", "/api/v1/trends/statuses",                  "always empty: nothing trends yet"),
    ("GET", "/api/v1/trends/links",                     "always empty: nothing trends yet"),
    ("GET", "/api/v1/featured_tags",                    "always empty: no hashtag can be featured yet"),
    ("GET", "/api/v1/featured_tags/suggestions",        "always empty: no hashtag can be featured yet"),
    ("GET", "/api/v1/accounts/{id}/featured_tags",      "always empty: no hashtag can be featured yet"),
    ("GET", "/api/v1/endorsements",                     "always empty: nobody can be featured yet"),
    ("GET", "/api/v1/accounts/{id}/endorsements",       "always empty: nobody can be featured yet"),
    ("GET", "/api/v1/statuses/{id}/quotes",             "always empty: quotes are shown as ordinary posts yet"),
    ("GET", "/api/v1/notifications/policy",             "everything is accepted: it cannot be changed yet"),
    ("GET", "/api/v2/notifications/policy",             "everything is accepted: it cannot be changed yet"),
    ("GET", "/api/v1/notifications/requests",           "always empty: nothing is held back yet"),
    ("GET", "/api/v1/notifications/requests/merged",    "always done: nothing is held back yet"),
    ("GET", "/@{username}",                             "no RSS yet"),
    ("GET", "/tags/{name}",                             "the page and the collection; no RSS yet"),
    ("GET", "/authorize_interaction",                   "one can follow there, not answer or reblog"),
    ("GET", "/users/{username}/collections/tags",       "always empty: no hashtag can be featured yet"),
    ("GET", "/ap/users/{id}/collections/tags",          "always empty: no hashtag can be featured yet"),
];

const INTRODUCTION: &str = "# Coverage of the API

Made by `ferrodon routes --coverage`; do not edit.

Every endpoint of Mastodon 4.6 and what became of it here. *Implemented* means as Mastodon has it, errors and limits
included; *partial* says what is missing; *absent* answers 404. Tier 1 is what a client needs in its first hour, tier 2
what people use every week, tier 3 the rest. An update can be sent by PUT and by PATCH. `user-optional` shows more to
who is signed in.

Four things cut across endpoints and are not there yet: quotes (`quote` is null, `quoted_status_id` is refused), filters
(`filtered` is empty), preview cards (`card` is null), and video and audio (attachments are pictures).
";

/// One endpoint of the inventory.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    pub method: &'static str,
    pub path: &'static str,
    pub auth: &'static str,
    pub scope: &'static str,
    pub returns: &'static str,
    pub since: &'static str,
    pub area: &'static str,
    pub tier: &'static str,
}

/// What became of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Implemented,
    /// What is missing.
    Partial(&'static str),
    Absent,
}

/// The inventory in its order; lines that are none are left out (a test finds them).
pub fn inventory() -> Vec<Endpoint> {
    INVENTORY.lines().skip(1).filter_map(endpoint).collect()
}

fn endpoint(line: &'static str) -> Option<Endpoint> {
    let mut columns = line.split('\t');
    let mut column = || columns.next();
    Some(Endpoint {
        method: column()?,
        path: column()?,
        auth: column()?,
        scope: column()?,
        returns: column()?,
        since: column()?,
        area: column()?,
        tier: column()?,
    })
}

/// Whether a route of ours is this endpoint. PUT and PATCH are one; names of parameters do not matter.
fn is_same(endpoint: &Endpoint, method: &str, path: &str) -> bool {
    let is_update = |method: &str| matches!(method, "PUT" | "PATCH");
    let same_method = endpoint.method == method || is_update(endpoint.method) && is_update(method);
    same_method && shape(endpoint.path) == shape(path)
}

/// A path with its parameters made equal; a profile's `@` is part of its parameter.
fn shape(path: &str) -> String {
    let part = |part: &str| -> String {
        let bare = part.strip_prefix('@').unwrap_or(part);
        match (bare.starts_with("{*"), bare.starts_with('{'), bare.split_once('}')) {
            (true, ..) => "{*}".into(),
            (_, true, Some((_, rest))) => format!("{{}}{rest}"),
            _ => part.into(),
        }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn state(endpoint: &Endpoint, routes: &[(&'static str, &'static str)]) -> State {
    if !routes.iter().any(|(method, path)| is_same(endpoint, method, path)) {
        return State::Absent;
    }
    let partial = PARTIAL.iter().find(|(method, path, _)| *method == endpoint.method && *path == endpoint.path);
    partial.map_or(State::Implemented, |(_, _, missing)| State::Partial(missing))
}

/// The whole page as Markdown.
pub fn page() -> String {
    let routes: Vec<(&str, &str)> = crate::routes().iter().map(|(method, path, _)| (*method, *path)).collect();
    let all: Vec<(Endpoint, State)> = inventory().into_iter().map(|endpoint| (endpoint, state(&endpoint, &routes))).collect();
    let mut areas: Vec<&str> = Vec::new();
    for (endpoint, _) in &all {
        if !areas.contains(&endpoint.area) {
            areas.push(endpoint.area);
        }
    }
    let mut out = INTRODUCTION.to_owned();
    out.push_str(&totals(&all));
    for area in areas {
        let of_area: Vec<_> = all.iter().filter(|(endpoint, _)| endpoint.area == area).collect();
        let _ = write!(out, "\n## {}\n\n", if area == OWN { "Ferrodon's own" } else { area });
        let _ = writeln!(out, "{}\n", summary(of_area.iter().map(|(_, state)| *state)));
        out.push_str("| | endpoint | who | scope | returns | since | tier |\n|---|---|---|---|---|---|---|\n");
        for (endpoint, state) in of_area {
            out.push_str(&line(endpoint, *state));
        }
    }
    out
}

fn totals(all: &[(Endpoint, State)]) -> String {
    let mut tiers: BTreeMap<&str, Vec<State>> = BTreeMap::new();
    for (endpoint, state) in all.iter().filter(|(endpoint, _)| endpoint.area != OWN) {
        tiers.entry(endpoint.tier).or_default().push(*state);
    }
    let mut out = "\n| tier | implemented | partial | absent | all |\n|---|---|---|---|---|\n".to_owned();
    for (tier, states) in tiers {
        let [implemented, partial, absent] = counted(states.iter().copied());
        let _ = writeln!(out, "| {tier} | {implemented} | {partial} | {absent} | {} |", states.len());
    }
    out
}

/// Implemented, partial, absent.
fn counted(states: impl Iterator<Item = State>) -> [usize; 3] {
    let mut counts = [0; 3];
    for state in states {
        let at = match state {
            State::Implemented => 0,
            State::Partial(_) => 1,
            State::Absent => 2,
        };
        counts[at] += 1;
    }
    counts
}

fn summary(states: impl Iterator<Item = State>) -> String {
    let [implemented, partial, absent] = counted(states);
    format!("{implemented} implemented, {partial} partial, {absent} absent.")
}

fn line(endpoint: &Endpoint, state: State) -> String {
    let state = match state {
        State::Implemented => "implemented".to_owned(),
        State::Partial(missing) => format!("**partial**: {missing}"),
        State::Absent => "absent".to_owned(),
    };
    let cell = |text: &str| text.replace('|', "\\|").replace('<', "&lt;");
    format!(
        "| {state} | `{} {}` | {} | {} | {} | {} | {} |\n",
        endpoint.method,
        endpoint.path,
        cell(endpoint.auth),
        cell(endpoint.scope),
        cell(endpoint.returns),
        endpoint.since,
        endpoint.tier
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_inventory_is_an_endpoint_of_its_own() {
        let all = inventory();
        assert_eq!(all.len() + 1, INVENTORY.lines().count());
        assert!(all.len() > 450 && INVENTORY.lines().all(|line| line.split('\t').count() == 8));
        let mut seen = std::collections::BTreeSet::new();
        for endpoint in &all {
            assert!(seen.insert((endpoint.method, shape(endpoint.path))), "{endpoint:?} is there twice");
            assert!(matches!(endpoint.tier, "1" | "2" | "3") || endpoint.area == OWN, "{endpoint:?}");
        }
    }

    #[test]
    fn the_inventory_knows_every_route() {
        let all = inventory();
        for (method, path, _) in crate::routes() {
            let known = all.iter().any(|endpoint| is_same(endpoint, method, path));
            assert!(known, "{method} {path} is not in inventory.tsv; if Mastodon has no such route, its area is {OWN}");
        }
    }

    #[test]
    fn what_is_called_partial_is_there() {
        let (all, routes) = (inventory(), crate::routes());
        for (method, path, missing) in PARTIAL {
            assert!(!missing.is_empty() && all.iter().any(|endpoint| endpoint.method == *method && endpoint.path == *path), "{method} {path}");
            assert!(routes.iter().any(|route| route.0 == *method && shape(route.1) == shape(path)), "{method} {path} is no route");
        }
    }

    #[test]
    fn the_page_is_fresh() {
        let kept = include_str!("../../../docs/api-coverage.md");
        assert!(kept == page(), "run `cargo run -q -p ferrodon -- routes --coverage > docs/api-coverage.md`");
    }

    #[test]
    fn paths_are_compared_by_shape() {
        assert_eq!(shape("/api/v1/tags/{name}"), shape("/api/v1/tags/{id}"));
        assert_eq!((shape("/@{username}"), shape("/{user}")), ("/{}".into(), "/{}".into()));
        assert_eq!((shape("/tags/{name}.rss"), shape("/media/{*key}")), ("/tags/{}.rss".into(), "/media/{*}".into()));
        assert_ne!(shape("/media/{id}"), shape("/media/{*key}"));
    }

    /// Announced is what every route of a level bears out; a level without routes of its own comes with the next.
    #[test]
    fn the_announced_level_is_that_of_the_routes() {
        const LEVELS: &[(u32, &[(&str, &str)])] = &[
            (
                2,
                &[
                    ("GET", "/api/v2/notifications"),
                    ("GET", "/api/v2/notifications/{group_key}"),
                    ("POST", "/api/v2/notifications/{group_key}/dismiss"),
                ],
            ),
            (4, &[("DELETE", "/api/v1/media/{id}")]),
            (7, &[("GET", "/api/v1/statuses/{id}/quotes"), ("PUT", "/api/v1/statuses/{id}/interaction_policy")]),
            (8, &[("GET", "/api/v1/profile"), ("PATCH", "/api/v1/profile")]),
            (10, &[("GET", "/api/v1/collections/{id}")]),
        ];
        let routes: Vec<(&str, &str)> = crate::routes().iter().map(|(method, path, _)| (*method, *path)).collect();
        let is_partial = |wanted: &(&str, &str)| PARTIAL.iter().any(|(method, path, _)| (*method, *path) == *wanted);
        let is_route = |wanted: &(&str, &str)| routes.iter().any(|(method, path)| *method == wanted.0 && shape(path) == shape(wanted.1));
        let there = |wanted: &(&str, &str)| is_route(wanted) && !is_partial(wanted);
        let borne_out = LEVELS.iter().take_while(|(_, wanted)| wanted.iter().all(there)).map(|(level, _)| *level).last().unwrap_or(1);
        let next = LEVELS.iter().map(|(level, _)| *level).find(|level| *level > borne_out).unwrap_or(u32::MAX);
        let announced = app::present::instance::API_VERSION;
        assert!(announced >= borne_out && announced < next, "{announced} is announced; the routes bear out {borne_out}");
    }
}
