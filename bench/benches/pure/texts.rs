//! Texts: foreign HTML made safe, a person's text made HTML, and the words that it is found by.

use criterion::{Criterion, Throughput};
use text::compose::{Links, MentionTarget, TagRef, status_html};
use text::links::MentionRef;
use text::{plain, sanitize, tokens};

use crate::activities::CREATE;

/// Plain words.
const PLAIN: &str = "The herons are back at the pond, three of them this year. I counted twice, since nobody believed me last time.";
/// A mention, an address and hashtags.
const LINKED: &str = "@bob The herons are back at the pond, three of them this year. I counted twice, since nobody believed me & the light \
                      was poor.\n\nMore at https://birds.test/ponds/2026/herons #birds #winter @carol@far.test";

pub fn measure(criterion: &mut Criterion) {
    let create: serde_json::Value = serde_json::from_str(CREATE).unwrap();
    let foreign = create["object"]["content"].as_str().unwrap();
    let mut group = criterion.benchmark_group("text");
    group.throughput(Throughput::Bytes(foreign.len() as u64));
    group.bench_function("sanitising foreign HTML", |bencher| bencher.iter(|| sanitize::html(foreign)));
    group.bench_function("foreign HTML to plain text", |bencher| bencher.iter(|| plain::from_html(foreign)));
    let mention = |mention: &MentionRef| {
        let domain = mention.domain.clone();
        Some(MentionTarget { url: format!("https://here.test/@{}", mention.username), username: mention.username.clone(), domain })
    };
    let tag = |tag: &TagRef| format!("https://here.test/tags/{}", tag.written);
    let links = Links { mention: &mention, tag: &tag, author: None };
    for (name, written) in [("plain", PLAIN), ("with links", LINKED)] {
        group.throughput(Throughput::Bytes(written.len() as u64));
        group.bench_function(format!("text to HTML, {name}"), |bencher| bencher.iter(|| status_html(written, &links)));
    }
    group.throughput(Throughput::Bytes(LINKED.len() as u64));
    group.bench_function("text to the words of the index", |bencher| bencher.iter(|| tokens::document(&[LINKED], Some("en"))));
    group.finish();
}
