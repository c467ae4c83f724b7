//! Tests of `links`.

use super::*;

/// Each entity as a short word: `url:…`, `@user` or `@user@domain`, `#Tag`.
fn found(text: &str) -> Vec<String> {
    let describe = |e: Entity| match e.kind {
        EntityKind::Url => format!("url:{}", &text[e.start..e.end]),
        EntityKind::Mention(MentionRef { username, domain: Some(d) }) => format!("@{username}@{d}"),
        EntityKind::Mention(MentionRef { username, domain: None }) => format!("@{username}"),
        EntityKind::Hashtag(name) => format!("#{name}"),
    };
    scan(text).into_iter().map(describe).collect()
}

fn check(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(found(text), *expected, "{text:?}");
    }
}

#[test]
fn addresses_are_found_with_path_query_and_fragment() {
    check(&[
        ("", &[]),
        ("no links here", &[]),
        ("http://google.com", &["url:http://google.com"]),
        ("HTTPS://Example.COM/A", &["url:HTTPS://Example.COM/A"]),
        ("http://example.gay", &["url:http://example.gay"]),
        ("https://a.b.c.example.co.uk:8443/x", &["url:https://a.b.c.example.co.uk:8443/x"]),
        ("https://example.com/a#b", &["url:https://example.com/a#b"]),
        ("https://example.com?q=1", &["url:https://example.com?q=1"]),
        ("https://example.com/@alice/1", &["url:https://example.com/@alice/1"]),
        ("https://example.com/#anchor", &["url:https://example.com/#anchor"]),
        ("https://my-host.example/under_score-", &["url:https://my-host.example/under_score-"]),
        ("https://under_score.example.com", &["url:https://under_score.example.com"]),
        ("two https://a.io/ and https://b.io", &["url:https://a.io/", "url:https://b.io"]),
        (
            "https://www.ruby-toolbox.com/search?utf8=%E2%9C%93&utf81=✓&q=autolink",
            &["url:https://www.ruby-toolbox.com/search?utf8=%E2%9C%93&utf81=✓&q=autolink"],
        ),
    ]);
}

#[test]
fn what_lacks_a_scheme_or_a_domain_is_no_address() {
    check(&[
        ("example.com", &[]),
        ("www.example.com", &[]),
        ("http://", &[]),
        ("http://localhost/", &[]),
        ("http://127.0.0.1/", &[]),
        ("http://example", &[]),
        ("http://example.c", &[]),
        ("http://-a.com", &[]),
        ("http://a_b.com", &[]),
        ("http://user@example.com/", &[]),
        ("http://example.com@evil.example/", &[]),
        (r"http://www\.google\.com", &[]),
        ("http://example.com:99999/", &[]),
        ("javascript:alert(1)", &[]),
        ("data:text/html,x", &[]),
        ("ftp://example.com", &[]),
        ("xhttps://example.com", &[]),
        ("#https://example.com", &[]),
        ("$https://example.com", &[]),
        ("https://https://example.com", &["url:https://example.com"]),
        ("https://[::1]/", &[]),
    ]);
}

#[test]
fn punctuation_behind_an_address_is_left_out() {
    check(&[
        ("http://example.com/a. Next", &["url:http://example.com/a"]),
        ("http://www.google.com!", &["url:http://www.google.com"]),
        ("http://www.google.com'", &["url:http://www.google.com"]),
        ("<https://example.com/>", &["url:https://example.com/"]),
        ("\"https://example.com/\"", &["url:https://example.com/"]),
        ("(http://google.com/)", &["url:http://google.com/"]),
        ("(see https://a.io/b_(c))", &["url:https://a.io/b_(c)"]),
        ("https://a.io/b, https://a.io/c; end", &["url:https://a.io/b", "url:https://a.io/c"]),
        ("https://a.io/b…", &["url:https://a.io/b…"]),
        ("https://a.io/?q=a.", &["url:https://a.io/?q=a"]),
        ("https://a.io/?q=a).", &["url:https://a.io/?q=a"]),
        ("https://a.io/? what", &["url:https://a.io/"]),
        ("https://a.io.", &["url:https://a.io"]),
        ("https://a.io:", &["url:https://a.io"]),
        ("「[https://example.org/」", &["url:https://example.org/"]),
        ("【https://example.org/a】", &["url:https://example.org/a"]),
        ("“https://example.org/a”", &["url:https://example.org/a"]),
        ("https://example.org/a؟", &["url:https://example.org/a"]),
        ("https://example.com/@ and more", &["url:https://example.com/@"]),
        ("http://example.com/b<del>b</del>", &["url:http://example.com/b"]),
    ]);
}

#[test]
fn parentheses_belong_to_an_address_if_they_close_in_it() {
    check(&[
        ("https://en.wikipedia.org/wiki/Diaspora_(software)", &["url:https://en.wikipedia.org/wiki/Diaspora_(software)"]),
        ("https://a.io/a_(b_(c)_d)/e", &["url:https://a.io/a_(b_(c)_d)/e"]),
        ("https://a.io/a(((b)))", &["url:https://a.io/a"]),
        ("https://a.io/a(b", &["url:https://a.io/a"]),
        ("https://a.io/a()", &["url:https://a.io/a()"]),
        ("see https://a.io/page.html#isUserAGoat() now", &["url:https://a.io/page.html#isUserAGoat()"]),
        ("https://a.io/foo().html.", &["url:https://a.io/foo().html"]),
        ("(https://a.io/foo())", &["url:https://a.io/foo()"]),
        ("https://a.io/a(b()c)d", &["url:https://a.io/a(b()c)d"]),
        ("https://a.io/a)b", &["url:https://a.io/a"]),
        ("https://a.io/foo()?bar()", &["url:https://a.io/foo()?bar()"]),
        ("(https://a.io/?a=(b(c)).)", &["url:https://a.io/?a=(b(c))"]),
        ("https://a.io/?a=b)", &["url:https://a.io/?a=b"]),
        ("https://a.io/?a=(b", &["url:https://a.io/?a=(b"]),
        ("https://a.io/?q=a@, x", &["url:https://a.io/?q=a@"]),
    ]);
}

#[test]
fn addresses_may_be_in_any_script() {
    check(&[
        ("https://nic.みんな/", &["url:https://nic.みんな/"]),
        ("https://ja.wikipedia.org/wiki/日本", &["url:https://ja.wikipedia.org/wiki/日本"]),
        ("https://müller.de/straße", &["url:https://müller.de/straße"]),
        ("https://xn--mller-kva.de/", &["url:https://xn--mller-kva.de/"]),
        ("https://example.xn--q9jyb4c/a", &["url:https://example.xn--q9jyb4c/a"]),
        ("https://موقع.وزارة-الاتصالات.مصر/", &["url:https://موقع.وزارة-الاتصالات.مصر/"]),
        ("これhttps://example.comを見て", &["url:https://example.com"]),
        ("https://example.com。次", &["url:https://example.com"]),
        ("https://example.com/　abc", &["url:https://example.com/"]),
        ("https://example.com（笑）", &["url:https://example.com"]),
        ("https://i❤.ws/", &["url:https://i❤.ws/"]),
        ("https://a.io/\u{200B}에서", &["url:https://a.io/"]),
        ("https://a.io/x\u{2069} y", &["url:https://a.io/x"]),
        ("https://a.io/x。つぎ", &["url:https://a.io/x"]),
        ("https://a.io/x、つぎ", &["url:https://a.io/x"]),
        ("（https://a.io/x）つぎ", &["url:https://a.io/x"]),
        ("https://a.io/x？つぎ", &["url:https://a.io/x"]),
        ("https://a.io/?q=x。つぎ", &["url:https://a.io/?q=x"]),
        ("（https://a.io/?q=é）つぎ", &["url:https://a.io/?q=é"]),
        ("https://ja.wikipedia.org/wiki/「いき」の構造", &["url:https://ja.wikipedia.org/wiki/「いき」の構造"]),
        ("👍https://a.io👍", &["url:https://a.io"]),
    ]);
}

#[test]
fn xmpp_and_magnet_links_are_found() {
    check(&[
        ("xmpp:user@instance.com", &["url:xmpp:user@instance.com"]),
        ("join xmpp:muc@instance.com?join now", &["url:xmpp:muc@instance.com?join"]),
        ("xmpp:instance.com", &["url:xmpp:instance.com"]),
        ("xmpp:a@b.example/res.", &["url:xmpp:a@b.example/res"]),
        ("xmpp://me@b.example/muc@c.example", &["url:xmpp://me@b.example/muc@c.example"]),
        ("xmpp:user", &[]),
        ("magnet:?xt=urn:btih:c12fe1c0", &["url:magnet:?xt=urn:btih:c12fe1c0"]),
        ("magnet:", &[]),
        ("magnet:?", &[]),
    ]);
}

#[test]
fn mentions_are_found() {
    check(&[
        ("@alice", &["@alice"]),
        ("@Alice_B hello", &["@Alice_B"]),
        ("hi @alice, @bob! (@carol)", &["@alice", "@bob", "@carol"]),
        ("@alice@example.com", &["@alice@example.com"]),
        ("@alice@example.com.", &["@alice@example.com"]),
        ("@alice@sub.my-host.example: hi", &["@alice@sub.my-host.example"]),
        ("@alice@müller.de", &["@alice@müller.de"]),
        ("@a.b-c", &["@a.b-c"]),
        ("@a.", &["@a"]),
        ("@a--b", &["@a--b"]),
        (".@alice", &["@alice"]),
        ("#@alice", &["@alice"]),
        ("「@alice」", &["@alice"]),
        ("@aliceさん", &["@alice"]),
        ("@alice\n@bob", &["@alice", "@bob"]),
        ("@alice@bob @carol", &["@alice@bob", "@carol"]),
        ("@1", &["@1"]),
        ("مرحبا @alice", &["@alice"]),
    ]);
}

#[test]
fn what_only_looks_like_a_mention_is_none() {
    check(&[
        ("@", &[]),
        ("@ alice", &[]),
        ("alice@example.com", &[]),
        ("mail über@example.com", &[]),
        ("日本@alice", &[]),
        ("/@alice", &[]),
        ("=@alice", &[]),
        ("https://example.com/@alice", &["url:https://example.com/@alice"]),
        ("http://localhost/@alice", &[]),
        ("@screen_name@", &[]),
        ("@alice@bob@carol", &[]),
        ("@aliceé", &[]),
        ("@alice://", &[]),
        ("@-alice", &[]),
        ("＠alice", &[]),
        ("@日本", &[]),
    ]);
    assert_eq!(found(&format!("@alice@{}.com", "a".repeat(MAX_DOMAIN_CHARS))).len(), 0);
    assert_eq!(found(&format!("@{}", "a".repeat(MAX_USERNAME_CHARS))).len(), 1);
    assert_eq!(found(&format!("@{}", "a".repeat(MAX_USERNAME_CHARS + 1))).len(), 0);
}

#[test]
fn a_domain_that_is_not_public_may_have_a_port() {
    check(&[
        ("@alice@one.localhost:3000 hello", &["@alice@one.localhost:3000"]),
        ("(@alice@localhost:80)", &["@alice@localhost:80"]),
        ("@alice@LOCALHOST:80", &["@alice@LOCALHOST:80"]),
        ("@alice@Social.Own.TEST:3000!", &["@alice@Social.Own.TEST:3000"]),
        ("@alice@a.test:8443: hello", &["@alice@a.test:8443"]),
        ("@alice@a.test: 5 of us", &["@alice@a.test"]),
        ("@alice@a.test:123456", &["@alice@a.test"]),
        ("@alice@example.com:10 of us", &["@alice@example.com"]),
        ("@alice@nottest:10", &["@alice@nottest"]),
    ]);
}

#[test]
fn hashtags_are_found() {
    check(&[
        ("#hashtag", &["#hashtag"]),
        ("#Rust is nice", &["#Rust"]),
        ("a #b\n#c\t#d　#e\u{A0}#f", &["#b", "#c", "#d", "#e", "#f"]),
        ("#one, #two. #three!", &["#one", "#two", "#three"]),
        ("this is ＃ｆｏｏ", &["#ｆｏｏ"]),
        ("#3d", &["#3d"]),
        ("#l33ts35k", &["#l33ts35k"]),
        ("#world2016", &["#world2016"]),
        ("#_test #test_ #one_two", &["#_test", "#test_", "#one_two"]),
        ("#a", &["#a"]),
        ("#2024_", &[]),
        ("#20_24", &["#20_24"]),
        ("#one·two·three·", &["#one·two·three"]),
        ("#ぼっち・ざ・ろっく", &["#ぼっち・ざ・ろっく"]),
        ("#日本語。", &["#日本語"]),
        ("#タグだよ、ね", &["#タグだよ"]),
        ("#Größe #Straße", &["#Größe", "#Straße"]),
        ("#نرم\u{200C}افزار and", &["#نرم\u{200C}افزار"]),
        ("وسم #العربية", &["#العربية"]),
        ("#हिन्दी", &["#हिन्दी"]),
        ("#한국어", &["#한국어"]),
        ("#Ⅷ", &["#Ⅷ"]),
        ("#hash#tag", &["#hash"]),
        ("(#FLL)", &["#FLL"]),
        ("\"#hashtag\"", &["#hashtag"]),
        ("-#x", &["#x"]),
        ("「#タグ」", &["#タグ"]),
        ("とても，#x", &["#x"]),
        ("、#b。#c", &["#b", "#c"]),
        ("[#a,#b;#c]", &["#a", "#b", "#c"]),
        ("👍#a", &["#a"]),
        ("#トロピカル～ジュ #トロピカル〜ジュ", &["#トロピカル～ジュ", "#トロピカル〜ジュ"]),
        ("#विज्ञान #தமிழ் #မြန်မာ #ខ្មែរ", &["#विज्ञान", "#தமிழ்", "#မြန်မာ", "#ខ្មែរ"]),
        ("#ශ්\u{200D}රී", &["#ශ්\u{200D}රී"]),
        ("#a-b", &["#a"]),
        ("#x's", &["#x"]),
        ("#soonhttps://a.io", &["#soon"]),
    ]);
}

#[test]
fn what_only_looks_like_a_hashtag_is_none() {
    check(&[
        ("#", &[]),
        ("# a", &[]),
        ("##a", &[]),
        ("a#b", &[]),
        ("a.io/x_(y)#b", &[]),
        ("a.io/?x=#b", &[]),
        ("a.io/#b", &[]),
        ("&#x27;", &[]),
        ("Inc.#b", &[]),
        ("#0123456", &[]),
        ("#١٢٣", &[]),
        ("#²", &[]),
        ("#·one", &[]),
        ("#❤", &[]),
        ("#-a", &[]),
        ("https://a.io/x#y", &["url:https://a.io/x#y"]),
        ("https://a.io/x_(y)#z", &["url:https://a.io/x_(y)#z"]),
        ("https://a.io/testé#foo", &["url:https://a.io/testé#foo"]),
        ("https://a.io/?a=#b", &["url:https://a.io/?a=#b"]),
        ("#1http://a.io", &[]),
    ]);
    assert_eq!(found(&format!("#{}", "a".repeat(MAX_TAG_CHARS))).len(), 1);
    assert_eq!(found(&format!("#{}", "a".repeat(MAX_TAG_CHARS + 1))).len(), 0);
}

#[test]
fn what_starts_first_wins() {
    check(&[
        ("https://a.io/@bob#c", &["url:https://a.io/@bob#c"]),
        ("@alice #tag https://a.io", &["@alice", "#tag", "url:https://a.io"]),
        ("@alice@https://a.io", &[]),
        ("#a @b@c.io\nhttps://d.io.", &["#a", "@b@c.io", "url:https://d.io"]),
    ]);
}

#[test]
fn offsets_are_bytes_and_include_the_sign() {
    let text = "äö @bob ＃タグ";
    let spans: Vec<_> = scan(text).iter().map(|e| &text[e.start..e.end]).collect();
    assert_eq!(spans, ["@bob", "＃タグ"]);
}

#[test]
fn addresses_beyond_the_limit_stay_plain() {
    let base = "https://example.com/";
    let longest = format!("{base}{}", "a".repeat(MAX_URL_CHARS - base.len()));
    assert_eq!(found(&longest).len(), 1);
    assert_eq!(found(&format!("{longest}a")).len(), 0);
    assert_eq!(found(&format!("https://{}.com/", "a.".repeat(200))).len(), 0);
}

#[test]
fn entities_end_at_the_limit() {
    assert_eq!(scan(&"@a ".repeat(MAX_ENTITIES + 10)).len(), MAX_ENTITIES);
}

/// Each of these makes a careless reader start over at every character, which takes hours; a
/// careful one needs a second or two for all.
#[test]
fn hostile_texts_are_read_in_linear_time() {
    let patterns = [
        "@",
        "@a",
        "@a@",
        "@a.",
        "@a@b-",
        "#",
        "#1",
        "# #",
        "·",
        "#a·",
        "http://",
        "http://a.",
        "https://a.io/(",
        "https://a.io/((",
        "https://a.io/.",
        "https://a.io?",
        "https://a.io/?.",
        "xmpp:",
        "xmpp:a",
        "xmpp://a@",
        "magnet:?",
        "magnet:?.",
        "h",
        "https://é.",
        "-",
        "\u{301}",
        "https://xn--",
        "https://a-",
        "https://a_",
        "https://a.io:1",
        "@a\u{301}",
    ];
    let start = std::time::Instant::now();
    for pattern in patterns {
        let text = pattern.repeat(1_000_000 / pattern.len());
        scan(&text);
        assert!(start.elapsed().as_secs() < 60, "{pattern:?} takes too long");
    }
}
