//! Where browsers get to, and what caches may keep of it: profiles, statuses, boosts, followers, hashtags.

use app::stories;

use super::pages::Visitor;
use super::site::{Answer, Site};

const CACHED_LIST: &str = "max-age=15, public, stale-while-revalidate=30, stale-if-error=3600";
const VARY: &str = "Accept, Accept-Language, Cookie";
/// As browsers send it.
const HTML: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

pub async fn browses(site: &Site, path: &str) -> Answer {
    site.get(path).header("accept", HTML).await
}

/// Follows redirects until something else comes, and tells where.
async fn ends_at(site: &Site, path: &str) -> (String, u16) {
    let mut at = path.to_owned();
    for _ in 0..4 {
        let answer = browses(site, &at).await;
        if !matches!(answer.status, 301 | 302) {
            return (at, answer.status);
        }
        at = answer.header("location").strip_prefix("https://here.test").unwrap_or(answer.header("location")).to_owned();
    }
    (at, 0)
}

fn kept(answer: &Answer) -> (u16, &str, &str, bool) {
    (answer.status, answer.header("cache-control"), answer.header("vary"), answer.headers.contains_key("set-cookie"))
}

stories! {
    async fn caches_share_public_pages_with_those_who_are_not_signed_in(site: Site) {
        let alice = site.user("alice");
        let (public, unlisted) = (alice.posts("hello #cats").await, alice.posts_as("aside", "unlisted").await);
        let private = alice.posts_as("secret", "private").await;
        let lists = ["/@alice", "/@alice/followers", "/@alice/following", "/tags/cats", "/about", "/privacy-policy", "/source"];
        for path in lists {
            assert_eq!(kept(&browses(&site, path).await), (200, CACHED_LIST, VARY, false), "{path}");
        }
        for path in [format!("/@alice/{public}"), format!("/@alice/{unlisted}")] {
            assert_eq!(kept(&browses(&site, &path).await), (200, "max-age=10, public", VARY, false), "{path}");
        }
        for path in [format!("/@alice/{private}"), "/@nobody".into(), "/tags/!".into()] {
            let answer = browses(&site, &path).await;
            assert_eq!((answer.status, answer.header("cache-control")), (404, "private, no-store"), "{path}");
        }
        let mut visitor = Visitor::default();
        visitor.comes_in(&site, "alice").await;
        for path in lists.map(str::to_owned).into_iter().chain([format!("/@alice/{public}"), format!("/@alice/{private}")]) {
            let answer = visitor.get(&site, &path).await;
            assert_eq!((answer.status, answer.header("cache-control"), answer.header("vary")), (200, "private, no-store", VARY), "{path}");
        }
    }

    async fn a_profile_names_its_webfinger_and_its_document(site: Site) {
        let profile = browses(&site, "/@alice").await;
        let actor = format!("https://here.test/ap/users/{}", site.user("alice").account);
        let webfinger = "https://here.test/.well-known/webfinger?resource=acct%3Aalice%40here.test";
        assert_eq!(
            profile.header("link"),
            format!("<{webfinger}>; rel=\"lrdd\"; type=\"application/jrd+json\", <{actor}>; rel=\"alternate\"; type=\"application/activity+json\"")
        );
        let told = site.get(webfinger.strip_prefix("https://here.test").unwrap()).await;
        assert!(told.status == 200 && told.text().contains(&actor), "{}", told.text());
    }

    async fn a_boosts_page_leads_to_the_original(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let status = alice.posts("hello").await;
        let boost = bob.reblogs(status).await;
        let answer = browses(&site, &format!("/@bob/{boost}")).await;
        assert_eq!((answer.status, answer.header("location")), (302, format!("https://here.test/@alice/{status}").as_str()));
        for path in [format!("/ap/users/{}/statuses/{boost}", bob.account), format!("/users/bob/statuses/{boost}")] {
            assert_eq!(ends_at(&site, &path).await, (format!("/@alice/{status}"), 200), "{path}");
        }
        let far = site.world.stranger("dave", "far.test").await;
        let far = site.world.hears(far, None).await;
        let boost = bob.reblogs(far).await;
        let answer = browses(&site, &format!("/@bob/{boost}")).await;
        assert_eq!((answer.status, answer.header("location")), (302, format!("https://far.test/statuses/{far}").as_str()));
        assert_eq!(browses(&site, &format!("/@alice/{boost}")).await.status, 404, "at another's address");
        let own = alice.posts_as("secret", "private").await;
        let own_boost = alice.reblogs(own).await;
        assert_eq!(browses(&site, &format!("/@alice/{own_boost}")).await.status, 404, "who may not see it learns nothing");
    }

    async fn browsers_at_the_addresses_of_documents_reach_the_pages(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        site.world.is_named_by_username(&bob).await;
        bob.follows(&alice).await;
        for person in [&alice, &bob] {
            let (name, status) = (&person.name, person.posts("hello").await);
            for base in [format!("/users/{name}"), format!("/ap/users/{}", person.account)] {
                for (rest, page) in [
                    (String::new(), format!("/@{name}")),
                    ("/followers".into(), format!("/@{name}/followers")),
                    ("/following".into(), format!("/@{name}/following")),
                    (format!("/statuses/{status}"), format!("/@{name}/{status}")),
                ] {
                    assert_eq!(ends_at(&site, &format!("{base}{rest}")).await, (page, 200), "{base}{rest}");
                }
            }
        }
        for path in ["/users/nobody", "/users/nobody/followers", "/@nobody/followers", "/alice/followers", "/users/alice/statuses/1"] {
            assert_eq!(ends_at(&site, path).await.1, 404, "{path}");
        }
        let document = site.get("/@alice/followers").header("accept", "application/activity+json").await;
        assert_eq!((document.status, document.header("location")), (302, format!("https://here.test/ap/users/{}/followers", alice.account).as_str()));
        let actor = site.get("/users/bob/followers").header("accept", "application/activity+json").await;
        assert!(actor.status == 200 && actor.text().contains("OrderedCollection"), "{}", actor.text());
    }

    async fn followers_are_shown_as_far_as_the_account_lets_them(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        bob.follows(&alice).await;
        let followers = browses(&site, "/@alice/followers").await;
        assert!(followers.text().contains("Followers of <bdi>alice</bdi>") && followers.text().contains("@bob@here.test"), "{}", followers.text());
        assert!(browses(&site, "/@bob/following").await.text().contains("@alice@here.test"));
        assert!(browses(&site, "/@bob/followers").await.text().contains("Nobody here yet"));
        site.world.hides_collections(&alice).await;
        let hidden = browses(&site, "/@alice/followers").await;
        assert!(hidden.text().contains("not public") && !hidden.text().contains("@bob@here.test"), "{}", hidden.text());
        let mut visitor = Visitor::default();
        visitor.comes_in(&site, "alice").await;
        assert!(visitor.get(&site, "/@alice/followers").await.text().contains("@bob@here.test"), "to herself");
        site.world.suspend(&bob).await;
        let suspended = browses(&site, "/@bob/following").await;
        assert!(suspended.status == 403 && !suspended.text().contains("@alice@here.test"), "{}", suspended.text());
    }

    async fn a_hashtag_has_a_page_of_recent_public_statuses(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        for number in 0..21 {
            alice.posts(&format!("post {number}. #Cats")).await;
        }
        bob.posts_as("aside #cats", "unlisted").await;
        bob.posts_as("secret #cats", "private").await;
        bob.posts("bobs #cats").await;
        let first = browses(&site, "/tags/CATS").await;
        let html = first.text();
        assert_eq!((first.status, html.matches("<article").count()), (200, 20));
        assert!(html.contains("<title>#Cats · Ferrodon</title>") && html.contains("bobs"), "{html}");
        assert!(!html.contains("aside") && !html.contains("secret") && !html.contains("post 0.") && !html.contains("post 1."), "{html}");
        let older = html.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split_once('"')).unwrap().0;
        let second = browses(&site, older).await;
        assert_eq!(second.text().matches("<article").count(), 2);
        assert!(second.text().contains("post 0.") && second.text().contains("rel=\"prev\""), "{}", second.text());

        let unused = browses(&site, "/tags/dogs").await;
        assert!(unused.status == 200 && unused.text().contains("No public posts"), "{}", unused.text());
        for impossible in ["/tags/!", "/tags/a%20b", "/tags/%FF", "/tags/123", "/tags/a%2Fb", "/tags/%3Cscript%3E"] {
            let answer = browses(&site, impossible).await;
            assert_eq!((answer.status, answer.header("content-type")), (404, "text/html; charset=utf-8"), "{impossible}");
        }
        assert!(browses(&site, "/tags/%E7%8C%AB").await.text().contains("#猫"));
        for bad in ["/tags/cats?max_id=x", "/tags/cats?max_id[]=1", "/tags/cats?max_id=99999999999999999999"] {
            assert!(matches!(browses(&site, bad).await.status, 200 | 400 | 422), "{bad}");
        }
        site.world.suspend(&alice).await;
        let left = browses(&site, "/tags/cats").await;
        assert!(!left.text().contains("post 20.") && left.text().contains("bobs"), "{}", left.text());
    }
}
