//! No address of this server leads a browser to another one that a stranger chose.

use app::stories;

use crate::tests::site::Site;

/// Ways to write an address of another server so that it may pass for a path.
const ELSEWHERE: [&str; 12] = [
    "//evil.test",
    "///evil.test",
    "/%5Cevil.test",
    "/%5C%5Cevil.test",
    "/%2F%2Fevil.test",
    "/.//evil.test",
    "/%09/evil.test",
    "/%0D%0ALocation:%20https://evil.test",
    "https:%2F%2Fevil.test",
    "https:evil.test",
    "javascript:alert(1)",
    "%2F%2Fevil.test%2F%2E%2E",
];

/// Pages and documents before, or in a parameter of, which such an address may stand.
const PLACES: [&str; 14] = [
    "",
    "/@alice",
    "/users/alice",
    "/ap/users/1",
    "/media",
    "/media/remote",
    "/authorize_interaction?uri=",
    "/auth/sign_in?return_to=",
    "/auth/sign_up?return_to=",
    "/auth/confirmation?return_to=",
    "/auth/confirmation?confirmation_token=x&return_to=",
    "/oauth/authorize?client_id=x&response_type=code&redirect_uri=",
    "/settings",
    "/web",
];

stories! {
    async fn no_address_of_ours_redirects_elsewhere(site: Site) {
        for place in PLACES {
            for end in ["", "/"] {
                for elsewhere in ELSEWHERE {
                    let slash = if place.is_empty() || place.contains('?') || elsewhere.starts_with('/') { "" } else { "/" };
                    let path = format!("{place}{slash}{elsewhere}{end}");
                    if !path.starts_with('/') {
                        continue;
                    }
                    let answer = site.get(&path).await;
                    let location = answer.header("location");
                    let is_ours = location.starts_with("https://here.test/") || location.starts_with('/') && !location[1..].starts_with(['/', '\\']);
                    assert!(location.is_empty() || is_ours, "{path} leads to {location}");
                    assert!(answer.status < 500, "{path}: {}", answer.status);
                    assert!(!answer.header("refresh").contains("evil"), "{path}");
                }
            }
        }
    }
}
