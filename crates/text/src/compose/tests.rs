//! Tests of `compose`.

use super::*;

/// Compares what becomes of texts on a server where alice, bob and dora live, who know alice@b.test,
/// eve@b.test and zoë's server `xn--mller-kva.test`.
fn check(compose: fn(&str, &Links) -> String, cases: &[(&str, &str)]) {
    let links = Links { mention: &lookup, tag: &tag_url, author: None };
    for (text, html) in cases {
        assert_eq!(compose(text, &links), *html, "{text:?}");
    }
}

fn lookup(mention: &MentionRef) -> Option<MentionTarget> {
    let username = mention.username.to_lowercase();
    let domain = mention.domain.as_deref().filter(|d| *d != "here.test");
    let known: &[&str] = match domain {
        None => &["alice", "bob", "dora"],
        Some("b.test") => &["alice", "eve"],
        Some("xn--mller-kva.test") => &["zoe"],
        Some(_) => &[],
    };
    known.contains(&username.as_str()).then(|| MentionTarget {
        url: format!("https://{}/@{username}", domain.unwrap_or("here.test")),
        username,
        domain: domain.map(str::to_owned),
    })
}

fn tag_url(tag: &TagRef) -> String {
    format!("https://here.test/tags/{}", tag.name)
}

fn mention(url: &str, shown: &str) -> String {
    format!(r#"<span class="h-card" translate="no"><a href="{url}" class="u-url mention">@<span>{shown}</span></a></span>"#)
}

#[test]
fn texts_become_paragraphs() {
    check(
        status_html,
        &[
            ("", ""),
            (" \n\t ", ""),
            ("text", "<p>text</p>"),
            ("line\nfeed", "<p>line<br />feed</p>"),
            ("one\r\ntwo\rthree", "<p>one<br />two<br />three</p>"),
            ("one\n\ntwo", "<p>one</p><p>two</p>"),
            ("one\r\n\r\ntwo", "<p>one</p><p>two</p>"),
            ("one\n\n\n\n\ntwo\nthree", "<p>one</p><p>two<br />three</p>"),
            ("\n\none\n", "<p>one</p>"),
            ("one\n \ntwo", "<p>one<br /> <br />two</p>"),
            ("日本語\n\nالعربية", "<p>日本語</p><p>العربية</p>"),
            ("👩‍👩‍👧 :blobcat:", "<p>👩‍👩‍👧 :blobcat:</p>"),
        ],
    );
}

#[test]
fn markup_in_a_text_is_only_text() {
    check(
        status_html,
        &[
            ("<script>alert(\"Hello\")</script>", "<p>&lt;script&gt;alert(&quot;Hello&quot;)&lt;/script&gt;</p>"),
            ("<img src=\"javascript:alert('XSS');\">", "<p>&lt;img src=&quot;javascript:alert(&#39;XSS&#39;);&quot;&gt;</p>"),
            ("a & b &amp; c", "<p>a &amp; b &amp;amp; c</p>"),
            ("</p><p>", "<p>&lt;/p&gt;&lt;p&gt;</p>"),
            (
                "http://example.com/b<del>b</del>",
                r#"<p><a href="http://example.com/b" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">http://</span><span class="">example.com/b</span><span class="invisible"></span></a>&lt;del&gt;b&lt;/del&gt;</p>"#,
            ),
            (
                "https://a.io/\"onmouseover='x'/z",
                r#"<p><a href="https://a.io/&quot;onmouseover=&#39;x&#39;/z" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://</span><span class="">a.io/&quot;onmouseover=&#39;x&#39;/z</span><span class="invisible"></span></a></p>"#,
            ),
        ],
    );
}

#[test]
fn addresses_are_linked_and_shortened() {
    check(
        status_html,
        &[
            (
                "https://example.com/",
                r#"<p><a href="https://example.com/" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://</span><span class="">example.com/</span><span class="invisible"></span></a></p>"#,
            ),
            (
                "http://www.mcmansionhell.com/post/156408871451/50-states.",
                r#"<p><a href="http://www.mcmansionhell.com/post/156408871451/50-states" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">http://www.</span><span class="ellipsis">mcmansionhell.com/post/1564088</span><span class="invisible">71451/50-states</span></a>.</p>"#,
            ),
            (
                "https://a.io/?a=1&b=2",
                r#"<p><a href="https://a.io/?a=1&amp;b=2" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://</span><span class="">a.io/?a=1&amp;b=2</span><span class="invisible"></span></a></p>"#,
            ),
            (
                "https://nic.みんな/",
                r#"<p><a href="https://nic.みんな/" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://</span><span class="">nic.みんな/</span><span class="invisible"></span></a></p>"#,
            ),
            (
                "xmpp:muc@instance.com?join",
                r#"<p><a href="xmpp:muc@instance.com?join" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">xmpp:</span><span class="">muc@instance.com?join</span><span class="invisible"></span></a></p>"#,
            ),
            (
                "magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a",
                r#"<p><a href="magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible"></span><span class="ellipsis">magnet:?xt=urn:btih:c12fe1c06b</span><span class="invisible">ba254a9dc9f519b335aa7c1367a88a</span></a></p>"#,
            ),
        ],
    );
}

#[test]
fn one_hidden_character_is_shown_rather_than_an_ellipsis() {
    for (chars, shown, class) in [(30, 30, ""), (31, 31, ""), (32, 30, "ellipsis")] {
        let rest = format!("a.io/{}", "ä".repeat(chars - 5));
        let mut html = String::new();
        push_url(&mut html, &format!("https://{rest}"), REL);
        let (visible, hidden) = rest.split_at(rest.char_indices().nth(shown).map_or(rest.len(), |(i, _)| i));
        let expected = format!(r#"<span class="{class}">{visible}</span><span class="invisible">{hidden}</span></a>"#);
        assert!(html.ends_with(&expected), "{chars}: {html}");
    }
}

#[test]
fn mentions_are_linked_if_the_account_is_known() {
    let alice = mention("https://here.test/@alice", "alice");
    let eve = mention("https://b.test/@eve", "eve");
    check(
        status_html,
        &[
            ("@alice", &format!("<p>{alice}</p>")),
            ("@ALICE", &format!("<p>{alice}</p>")),
            ("@alice@here.test", &format!("<p>{alice}</p>")),
            ("hi @eve@b.test, hi", &format!("<p>hi {eve}, hi</p>")),
            ("@nobody and @nobody@b.test", "<p>@nobody and @nobody@b.test</p>"),
            ("@alice @alice", &format!("<p>{alice} {alice}</p>")),
            ("@alice @eve@b.test", &format!("<p>{alice} {eve}</p>")),
        ],
    );
}

#[test]
fn namesakes_are_told_apart_by_their_domain() {
    let here = mention("https://here.test/@alice", "alice");
    let there = mention("https://b.test/@alice", "alice@b.test");
    check(
        status_html,
        &[
            ("@alice @Alice@b.test", &format!("<p>{here} {there}</p>")),
            ("@alice@b.test", &format!("<p>{}</p>", mention("https://b.test/@alice", "alice"))),
        ],
    );
    let author = MentionRef { username: "Alice".into(), domain: None };
    let links = Links { mention: &lookup, tag: &tag_url, author: Some(&author) };
    assert_eq!(status_html("@alice@b.test", &links), format!("<p>{there}</p>"));
    assert_eq!(status_html("@alice", &links), format!("<p>{here}</p>"));
}

#[test]
fn hashtags_are_linked_as_written() {
    check(
        status_html,
        &[
            ("#Rust", r##"<p><a href="https://here.test/tags/rust" class="mention hashtag" rel="tag">#<span>Rust</span></a></p>"##),
            ("#Größe!", r##"<p><a href="https://here.test/tags/große" class="mention hashtag" rel="tag">#<span>Größe</span></a>!</p>"##),
            ("＃タグ", r##"<p><a href="https://here.test/tags/タグ" class="mention hashtag" rel="tag">#<span>タグ</span></a></p>"##),
            ("#123", "<p>#123</p>"),
        ],
    );
}

#[test]
fn addresses_in_a_profile_are_the_persons_own() {
    let link = r#"<a href="https://a.io" target="_blank" rel="nofollow noopener me" translate="no"><span class="invisible">https://</span><span class="">a.io</span><span class="invisible"></span></a>"#;
    check(bio_html, &[("", ""), ("me\n\nhttps://a.io", &format!("<p>me</p><p>{link}</p>"))]);
    check(
        field_html,
        &[
            ("", ""),
            ("  ", ""),
            ("https://a.io", link),
            ("one\ntwo", "one two"),
            ("<b>", "&lt;b&gt;"),
            ("@alice", &mention("https://here.test/@alice", "alice")),
            ("@eve@b.test", &mention("https://b.test/@eve", "eve@b.test")),
            ("@zoe@xn--mller-kva.test", &mention("https://xn--mller-kva.test/@zoe", "zoe@müller.test")),
        ],
    );
}

#[test]
fn what_the_caller_answers_is_escaped_as_well() {
    let evil = "\"><script>'&".to_owned();
    let links = Links {
        mention: &|_| Some(MentionTarget { username: evil.clone(), domain: Some(evil.clone()), url: evil.clone() }),
        tag: &|_| evil.clone(),
        author: None,
    };
    for html in [status_html("@a #b", &links), field_html("@a #b", &links)] {
        assert!(!html.contains("<script") && !html.contains("\"\""), "{html}");
    }
}
