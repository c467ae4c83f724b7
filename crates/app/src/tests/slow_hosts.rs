//! Slow hosts: whatever they hold, others are served, and what they cannot get is refused soon.

use std::time::{Duration, Instant};

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use store::media::{KIND_IMAGE, Words};
use store::{AccountId, MediaId, StatusId, args, media, sql};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::federation::budget::Budget;
use crate::federation::resolve;
use crate::jobs::{self, Workers};
use crate::media::remote::{self, Missing, Variant, Wanted, What};
use crate::push::subscribe::{self, Place, Wishes};
use crate::queue::{self, FetchMention};
use crate::stories;
use crate::testing::{Answer, Engine, Fediverse, MINUTE_MS, Pace, Person, World, png};

/// Much more than an answer of a host that is well takes here, and less than slow hosts are waited for.
const SOON: Duration = Duration::from_secs(3);
/// Things of one slow domain that are wanted at once: more than its share of any pool, with its part of the queue.
const WANTED: usize = 40;

/// Pushes of one service at once: it gets a further place of forty only while it has less than half as many as are free.
const SERVICE_SHARE: usize = 13;

/// A world among slow hosts and others.
struct Among {
    world: World,
    far: Fediverse,
    account: AccountId,
}

/// The ways in which a host keeps a connection without answering.
fn slow_answers() -> [Answer; 3] {
    [Answer::never(), Answer::slow_picture(Pace::Stalls), Answer::slow_picture(Pace::Drips)]
}

impl Among {
    async fn new(engine: Engine) -> Among {
        let far = Fediverse::open().await;
        let world = World::with(engine, |options| options.outgoing = far.outgoing()).await.with_users(["alice", "bob"]).await;
        let account = world.stranger("somebody", "far.test").await;
        Among { world, far, account }
    }

    async fn picture(&self, host: &str, path: &str, answer: Answer) -> Wanted {
        let (account, url) = (self.account, self.far.url(host, path));
        self.far.serves(&url, answer);
        let tag = Some(remote::tag(&url));
        let id: MediaId = self
            .world
            .write(move |tx| async move {
                let id = media::insert(&tx, account, KIND_IMAGE, &Words::default()).await?;
                tx.exec(sql!("UPDATE media_attachments SET remote_url = $2, processing = 2 WHERE id = $1"), args![id, url]).await?;
                Ok(id)
            })
            .await;
        Wanted { what: What::Attachment, id: id.0, variant: Variant::Original, tag }
    }

    /// Somebody looks at each of these, and goes on waiting.
    fn looks(&self, wanted: Vec<Wanted>) -> JoinSet<Option<Missing>> {
        let mut looking = JoinSet::new();
        for wanted in wanted {
            let app = self.world.app.clone();
            looking.spawn(async move { remote::open(&app, &wanted).await.unwrap().err() });
        }
        looking
    }

    /// Ends when hosts with this in their names have been asked as often.
    async fn asked(&self, part: &str, count: usize) {
        while self.times_asked(part) < count {
            self.far.waits_for(|asked| asked.url.contains(part)).await;
            tokio::task::yield_now().await;
        }
    }

    fn times_asked(&self, part: &str) -> usize {
        self.far.fetched().iter().filter(|url| url.contains(part)).count()
    }

    async fn mention(&self, status: StatusId, uri: &str) {
        let job = FetchMention { status, actor: uri.to_owned() };
        self.world.write(move |tx| async move { queue::enqueue(&tx, &job).await }).await;
    }

    async fn subscribes(&self, person: &Person, service: &str) {
        let key = PrivateKey::generate(&ECDH_P256).unwrap().compute_public_key().unwrap();
        let (p256dh, auth) = (URL_SAFE_NO_PAD.encode(key.as_ref()), URL_SAFE_NO_PAD.encode([7; 16]));
        let place = Place { endpoint: self.far.url(service, "/push"), p256dh, auth, standard: true };
        let wishes = Wishes { policy: Some("all".into()), alerts: [("mention".to_owned(), true)].into() };
        subscribe::subscribe(&self.world.app, &person.viewer().await, place, wishes).await.unwrap();
    }

    fn times_pushed(&self, service: &str) -> usize {
        let url = self.far.url(service, "/push");
        self.far.asked().iter().filter(|asked| asked.url == url).count()
    }

    /// Ends when a push service has been asked as often.
    async fn pushed(&self, service: &str, count: usize) {
        while self.times_pushed(service) < count {
            self.far.waits_for(|asked| asked.url.contains(service)).await;
            tokio::task::yield_now().await;
        }
    }

    fn alice(&self) -> Person {
        self.world.user("alice")
    }
}

async fn soon<T>(what: &str, work: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let done = tokio::time::timeout(SOON, work).await.unwrap_or_else(|_| panic!("{what} takes longer than {SOON:?}"));
    println!("{what}: {:?}", begun.elapsed());
    done
}

stories! {
    async fn one_slow_host_stops_no_other_media(net: Among) {
        for (number, answer) in slow_answers().into_iter().enumerate() {
            let (host, mut wanted) = (format!("slow{number}"), Vec::new());
            for path in 0..WANTED {
                wanted.push(net.picture(&host, &format!("/{path}.png"), answer.clone()).await);
            }
            let looking = net.looks(wanted);
            net.asked(&host, 4).await;
            let honest = net.picture("honest", &format!("/{number}.png"), Answer::of("image/png", png(8, 8))).await;
            assert_eq!(soon("another host's picture", net.looks(vec![honest]).join_next()).await.unwrap().unwrap(), None);
            assert_eq!(net.times_asked(&host), 4, "a host has its share and no more");
            drop(looking);
        }
    }

    async fn slow_domains_with_many_hosts_stop_no_other_media(net: Among) {
        let mut wanted = Vec::new();
        for number in 0..4 * WANTED {
            let host = format!("h{number}.slow{}", number % 4);
            wanted.push(net.picture(&host, "/1.png", slow_answers()[number % 3].clone()).await);
        }
        let _looking = net.looks(wanted);
        net.asked(".slow", 4 * 6).await;
        let honest = net.picture("honest", "/1.png", Answer::of("image/png", png(8, 8))).await;
        assert_eq!(soon("another host's picture", net.looks(vec![honest]).join_next()).await.unwrap().unwrap(), None);
        assert_eq!(net.times_asked(".slow"), 4 * 6, "each domain has its share and no more");
    }

    async fn what_a_slow_host_cannot_get_is_refused_at_once(net: Among) {
        let mut wanted = Vec::new();
        for path in 0..100 {
            wanted.push(net.picture("slow", &format!("/{path}.png"), Answer::never()).await);
        }
        let mut looking = net.looks(wanted);
        // Four are asked for and 64 wait.
        for _ in 0..100 - 4 - 64 {
            assert_eq!(soon("a refusal", looking.join_next()).await.unwrap().unwrap(), Some(Missing::Later));
        }
    }

    async fn a_host_whose_files_fail_again_and_again_is_not_asked_for_a_minute(net: Among) {
        let dead = async |path: usize| net.picture("dead", &format!("/{path}.png"), Answer::slow_picture(Pace::Drips)).await;
        for path in 0..3 {
            let wanted = dead(path).await;
            assert_eq!(net.looks(vec![wanted]).join_next().await.unwrap().unwrap(), Some(Missing::Unreachable));
        }
        let wanted = dead(3).await;
        assert_eq!(soon("a refusal", net.looks(vec![wanted.clone()]).join_next()).await.unwrap().unwrap(), Some(Missing::Unreachable));
        assert_eq!(net.times_asked("dead"), 3);
        net.far.serves(&net.far.url("dead", "/3.png"), Answer::of("image/png", png(8, 8)));
        net.world.advance(MINUTE_MS);
        assert_eq!(net.looks(vec![wanted]).join_next().await.unwrap().unwrap(), None);
    }

    async fn where_a_redirect_leads_makes_no_host_rest(net: Among) {
        for path in 0..4 {
            let to = format!("http://127.0.0.1:1/{path}.png");
            let wanted = net.picture("honest", &format!("/redirect/{path}"), Answer::redirect(&to)).await;
            assert_eq!(net.looks(vec![wanted]).join_next().await.unwrap().unwrap(), Some(Missing::Unreachable));
        }
        let wanted = net.picture("honest", "/1.png", Answer::of("image/png", png(8, 8))).await;
        assert_eq!(net.looks(vec![wanted]).join_next().await.unwrap().unwrap(), None);
    }

    async fn names_that_lead_inside_look_like_names_that_lead_nowhere(net: Among) {
        // Neither a private network nor this machine may be asked, but for 127.0.0.0/8, where nobody listens at port 1.
        for (number, url) in [
            "http://127.0.0.1:1/1.png", "http://nobody.invalid/1.png", "http://10.0.0.1/1.png", "http://192.168.1.1/1.png", "http://[::1]/1.png",
            "http://[fd00::1]/1.png", "http://169.254.169.254/1.png", "http://[::ffff:10.0.0.1]/1.png", "http://100.64.0.1/1.png", "http://0.0.0.0/1.png",
        ].into_iter().enumerate() {
            let wanted = net.picture("a", &format!("/{number}.png"), Answer::status(404)).await;
            let (id, at) = (wanted.id, url.to_owned());
            net.world.write(move |tx| async move { Ok(tx.exec(sql!("UPDATE media_attachments SET remote_url = $2 WHERE id = $1"), args![id, at]).await.map(drop)?) }).await;
            let wanted = Wanted { tag: Some(remote::tag(url)), ..wanted };
            for _ in 0..2 {
                assert_eq!(net.looks(vec![wanted.clone()]).join_next().await.unwrap().unwrap(), Some(Missing::Unreachable), "{url}");
            }
        }
    }

    async fn slow_domains_keep_nobody_from_finding_others(net: Among) {
        let mut looking = JoinSet::new();
        for number in 0..4 * WANTED {
            let (app, domain) = (net.world.app.clone(), net.far.domain(&format!("h{number}.slow{}", number % 4)));
            net.far.serves(&format!("http://{domain}/.well-known/webfinger?resource=acct%3Abob%40{}", domain.replace(':', "%3A")), Answer::never());
            looking.spawn(async move { resolve::account_by_handle(&app, "bob", &domain, &Budget::default()).await });
        }
        net.asked(".slow", 3 * 16).await;
        let bob = net.far.person("honest", "bob");
        let app = &net.world.app;
        soon("another server's account", resolve::account_by_handle(app, "bob", &bob.domain, &Budget::default())).await.unwrap();
    }

    async fn slow_hosts_hold_no_lane_of_jobs(net: Among) {
        let status = net.alice().posts("Hello").await;
        for number in 0..4 * WANTED {
            // More domains than could be held off by a share of each alone.
            let uri = net.far.url(&format!("h{number}.slow{}", number % 16), &format!("/users/{number}"));
            net.far.serves(&uri, slow_answers()[number % 3].clone());
            net.mention(status, &uri).await;
        }
        let stop = CancellationToken::new();
        let workers = Workers::start(&net.world.app, &stop);
        net.asked(".slow", 8).await;
        let bob = net.far.person("honest", "bob");
        net.mention(status, &bob.uri).await;
        soon("another server's account by a job", net.far.waits_for(|asked| asked.url == bob.uri)).await;
        stop.cancel();
        workers.stopped().await;
    }

    async fn a_slow_push_service_holds_no_lane_of_jobs(net: Among) {
        let [alice, bob] = net.world.users(["alice", "bob"]);
        net.subscribes(&alice, "slow").await;
        net.subscribes(&bob, "honest").await;
        net.far.takes(&net.far.url("slow", "/push"), Answer::never());
        for number in 0..2 * WANTED {
            bob.posts(&format!("@alice {number}")).await;
        }
        let stop = CancellationToken::new();
        let workers = Workers::start(&net.world.app, &stop);
        soon("the pushes of its share", net.pushed("slow", SERVICE_SHARE)).await;
        alice.posts("@bob hello").await;
        soon("a push to another service", net.pushed("honest", 1)).await;
        assert_eq!(net.times_pushed("slow"), SERVICE_SHARE, "a service has its share and no more");
        stop.cancel();
        workers.stopped().await;
    }

    async fn a_job_that_finds_no_place_loses_no_try(net: Among) {
        let status = net.alice().posts("Hello").await;
        let slow = |number: usize| net.far.url("slow", &format!("/users/{number}"));
        let answer = Answer { delay: Duration::from_millis(1_500), ..Answer::status(500) };
        for number in 0..20 {
            net.far.serves(&slow(number), answer.clone());
            net.mention(status, &slow(number)).await;
        }
        jobs::run_due(&net.world.app, store::jobs::Lane::Fetch).await.unwrap();
        let attempts: Vec<i64> =
            net.world.read(|r| async move { Ok(r.column(sql!("SELECT attempts FROM jobs WHERE kind = 'fetch_mention' ORDER BY attempts"), args![]).await?) }).await;
        let asked = net.times_asked("slow");
        assert!((6..=8).contains(&asked), "{asked}");
        assert_eq!((attempts.len(), attempts.iter().filter(|attempts| **attempts == 0).count()), (20, 20 - asked));
    }
}
