//! A hostile value in each place that is written, and each limit at its edge.

use super::*;

/// Values that would end a quoted attribute or open an element if they were written as they are.
const HOSTILE: [&str; 5] = ["\"><script>alert(1)</script>", "\" onmouseover=\"alert(1)", "'\"><img src=x onerror=alert(1)>", "<b>", "&\"&lt;"];

/// The value as an attribute in single quotes has it.
fn quoted(value: &str) -> String {
    value.replace('&', "&amp;").replace('\'', "&#39;")
}

/// The tags of what came out, each with what is in its quotes left out.
fn tags(out: &str) -> Vec<String> {
    let mut tags = Vec::new();
    for piece in out.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        assert!(!text.contains('>') && !text.contains('"'), "{out}");
        assert_eq!(tag.matches('"').count() % 2, 0, "{out}");
        tags.push(tag.split('"').step_by(2).collect::<Vec<_>>().join("\"\""));
    }
    tags
}

#[test]
fn no_attribute_value_leaves_its_quotes() {
    for value in HOSTILE {
        let glued = quoted(&value.replace(' ', "\u{a0}"));
        for (element, from, to) in [
            ("p", format!("class='h-x{glued}'"), " class=\"\""),
            ("span", format!("class='mention u-x{glued}'"), " class=\"\""),
            ("a", format!("href='https://a.io/' class='dt-x{glued}'"), " href=\"\" class=\"\" rel=\"\" target=\"\""),
            ("a", format!("href='https://a.io/?x={}'", quoted(value)), " href=\"\" rel=\"\" target=\"\""),
            ("a", format!("href='magnet:?x={}'", quoted(value)), " href=\"\" rel=\"\" target=\"\""),
            ("a", format!("href='https://a.io/' rel='tag {0}' translate='{0}'", quoted(value)), " href=\"\" rel=\"\" target=\"\""),
            ("span", format!("translate='{0}' id='{0}' style='{0}' title='{0}'", quoted(value)), ""),
            ("ol", format!("start='1{0}' type='{0}'", quoted(value)), ""),
            ("li", format!("value='1{0}'", quoted(value)), ""),
        ] {
            let out = html(&format!("<{element} {from}>x</{element}>"));
            assert_eq!(tags(&out), [format!("{element}{to}"), format!("/{element}")], "{from}");
        }
    }
}

#[test]
fn no_text_becomes_an_element() {
    for value in HOSTILE {
        let escaped = escape(value);
        assert_eq!(html(&escaped), escaped, "a text");
        assert_eq!(html(&format!("<p>{escaped}</p>")), format!("<p>{escaped}</p>"), "in an element");
        let picture = html(&format!("<img src='https://a.io/?{0}' alt='{0}'>", quoted(value)));
        assert_eq!(tags(&picture), ["a href=\"\" rel=\"\" target=\"\"", "/a"], "{picture}");
        assert!(picture.contains(&format!(">{escaped}</a>")), "{picture}");
        assert_eq!(html(&format!("<img alt='{}'>", quoted(value))), escaped, "a picture that cannot be linked");
        let unnamed = html(&format!("<img src='https://a.io/?{}'>", quoted(value)));
        assert_eq!(tags(&unnamed), ["a href=\"\" rel=\"\" target=\"\"", "/a"], "{unnamed}");
        let formula = format!("<math><annotation encoding='application/x-tex'>{escaped}</annotation></math>");
        assert_eq!(html(&formula), format!("${escaped}$"), "a formula's source");
        assert_eq!(html(&format!("<math>{escaped}</math>")), escaped, "a formula's words");
    }
}

#[test]
fn only_known_schemes_are_linked() {
    for scheme in SCHEMES {
        let href = format!("{scheme}://a.io/x");
        assert!(html(&format!("<a href='{href}'>x</a>")).starts_with(&format!("<a href=\"{href}\"")), "{scheme}");
        assert!(html(&format!("<a href='{}'>x</a>", href.to_uppercase())).starts_with("<a href="), "{scheme} in capitals");
        assert!(html(&format!("<img src='{href}'>")).starts_with("<a href="), "a picture, {scheme}");
    }
    for href in [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\nscript:alert(1)",
        "\u{1}javascript:alert(1)",
        "javascript&colon;alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://a.io/x",
        "about:blank",
        "filesystem:https://a.io/x",
        "view-source:https://a.io/x",
        "ftp://a.io/x",
        "ws://a.io/x",
        "mailto:x@a.io",
        "xhttps://a.io/",
        "http",
        "http:",
        "https:",
        "https://",
        "//a.io/x",
        "/x",
        "x",
        "",
        ":",
    ] {
        assert_eq!(html(&format!("<a href='{href}'>x</a>")), "x", "{href:?}");
        assert_eq!(html(&format!("<img src='{href}'>")), "", "a picture, {href:?}");
    }
    assert_eq!(html("<a href='gemini:'>x</a>"), "x", "nothing behind the scheme");
    assert!(html("<a href=' \u{1}ht\ntps://a.io/\u{7f} '>x</a>").starts_with("<a href=\"https://a.io/\""));
}

#[test]
fn only_known_classes_stay_whole() {
    for class in ["mention", "hashtag", "ellipsis", "invisible", "quote-inline", "h-card", "p-name", "u-url", "dt-start", "e-content"] {
        assert_eq!(html(&format!("<p class={class}>x</p>")), format!("<p class=\"{class}\">x</p>"));
        let inner = if class.contains('-') && class != "quote-inline" { format!("x{class}") } else { format!("{class}s") };
        assert_eq!(html(&format!("<p class={inner}>x</p>")), "<p>x</p>", "{inner}");
    }
    for element in ["em", "li", "blockquote", "pre"] {
        assert_eq!(html(&format!("<{element} class=mention>x</{element}>")), format!("<{element}>x</{element}>"));
    }
}

#[test]
fn each_element_stays_goes_or_leaves_its_words() {
    for name in KEPT {
        assert_eq!(html(&format!("<{name}>x</{name}>")), format!("<{name}>x</{name}>"));
    }
    for name in DROPPED.iter().filter(|name| **name != "plaintext") {
        assert_eq!(html(&format!("a<{name}>x<p>y</p></{name}>b")), "ab", "{name}");
        assert_eq!(html(&format!("a<{name}>x")), "a", "{name} without end");
    }
    assert_eq!(html("a<plaintext>x</plaintext>b"), "a");
    for name in PARTING {
        assert_eq!(html(&format!("a<{name}>b</{name}>c")), "a b c", "{name}");
    }
    for name in ["font", "form", "button", "object", "video", "audio", "marquee", "x-y"] {
        assert_eq!(html(&format!("a<{name}>b</{name}>c")), "abc", "{name}");
    }
    assert_eq!(html("<svg/>x<svg><svg/>y</svg>z"), "xz", "one that closes itself holds nothing");
    assert_eq!(html("<noscript><noscript>x</noscript>y</noscript>z"), "z", "within itself");
}

#[test]
fn elements_lie_in_each_other_so_deep_and_no_deeper() {
    let nested = |name: &str, count: usize| html(&format!("{}x", format!("<{name}>").repeat(count)));
    for name in ["blockquote", "em"] {
        assert_eq!(nested(name, DEPTH_MAX).matches(&format!("<{name}>")).count(), DEPTH_MAX);
        assert_eq!(nested(name, DEPTH_MAX + 1), nested(name, DEPTH_MAX));
    }
    let below = |count: usize| html(&format!("{}<h1>x</h1>", "<em>".repeat(count)));
    assert!(below(DEPTH_MAX - 2).contains("<p><strong>x</strong></p>"));
    assert!(below(DEPTH_MAX - 1).contains("<p>x</p>"), "a heading whose paragraph is the last element");
    assert!(below(DEPTH_MAX).contains("<em>x</em>"));
}

#[test]
fn a_text_is_read_to_its_limit() {
    let at = "x".repeat(INPUT_MAX_BYTES);
    assert_eq!(html(&at), at);
    assert_eq!(html(&format!("{at}y")), at);
    let split = format!("{}é", "x".repeat(INPUT_MAX_BYTES - 1));
    assert_eq!(html(&split).len(), INPUT_MAX_BYTES - 1, "no half character");
    assert_eq!(html(&format!("<p>{}", "x".repeat(INPUT_MAX_BYTES))).len(), INPUT_MAX_BYTES + "</p>".len());
}

#[test]
fn a_long_tag_is_dropped_and_a_shorter_one_is_not() {
    let tag = |length: usize| html(&format!("a<b title='{}'>x</b>", "t".repeat(length)));
    assert_eq!(tag(TAG_MAX_BYTES - 2 * PIECE_BYTES), "a<b>x</b>");
    assert_eq!(tag(TAG_MAX_BYTES + 2 * PIECE_BYTES), "ax");
    assert_eq!(html(&format!("a<b title='{}", "t".repeat(2 * TAG_MAX_BYTES))), "a", "without end");
    assert_eq!(html(&format!("{}<b>x</b>", "t".repeat(3 * TAG_MAX_BYTES))).matches("<b>").count(), 1, "a long text is no tag");
}

#[test]
fn links_do_not_hold_links() {
    let (open, close) = ("<a href='https://a.io/'>", "</a>");
    let out = html(&format!("{open}x{open}y<img src='https://b.io/' alt=z>{close}{close}"));
    let link = "<a href=\"https://a.io/\" rel=\"nofollow noopener\" target=\"_blank\">";
    assert_eq!(out, format!("{link}x</a>{link}yz</a>"));
    for (rel, kept) in
        [("tag", "tag nofollow noopener"), ("me tag", "tag nofollow noopener"), ("tags", "nofollow noopener"), ("", "nofollow noopener")]
    {
        assert!(html(&format!("<a href='https://a.io/' rel='{rel}'>x</a>")).contains(&format!(" rel=\"{kept}\"")), "{rel}");
    }
    for (translate, kept) in [("no", true), ("yes", false), ("NO", false), ("", false), ("none", false)] {
        assert_eq!(html(&format!("<span translate='{translate}'>x</span>")).contains("translate"), kept, "{translate}");
    }
}

#[test]
fn formulas_are_their_source_and_nothing_beside_it() {
    let source = "<annotation encoding='application/x-tex'>x^2</annotation>";
    for (from, to) in [
        (format!("<math><mi>x</mi>{source}<mi>y</mi></math>z"), "$x^2$z"),
        (format!("<math display=block>{source}</math>"), "$$x^2$$"),
        (format!("<math display=inline>{source}</math>"), "$x^2$"),
        ("<math><annotation encoding='text/plain'>x</annotation></math>".into(), "x"),
        ("<math><mi encoding='application/x-tex'>x</mi></math>".into(), "x"),
        ("<math/><b>x</b>".into(), "<b>x</b>"),
    ] {
        assert_eq!(html(&from), to, "{from}");
    }
}

#[test]
fn ends_without_a_beginning_and_headings_end_where_they_should() {
    assert_eq!(html("a</br>b"), "a<br />b");
    assert_eq!(html("<h2>Title</h2>words"), "<p><strong>Title</strong></p>words");
    assert_eq!(html("<blockquote><h6>Title</h6>words</blockquote>"), "<blockquote><p><strong>Title</strong></p>words</blockquote>");
}

#[test]
fn what_looks_like_a_tag_within_raw_text_is_none() {
    for name in ["script", "style", "xmp", "iframe", "noembed", "noframes"] {
        assert_eq!(html(&format!("<{name}>'<{name}>'</{name}>x")), "x", "{name}");
    }
}

#[test]
fn a_tag_has_a_length_and_text_has_none() {
    let tag = |bytes: usize| format!("<a href='https://a.io/' title='{}'>x</a>y", "t".repeat(bytes - "<a href='https://a.io/' title=''>".len()));
    let kept = "<a href=\"https://a.io/\" rel=\"nofollow noopener\" target=\"_blank\">x</a>y";
    // Its length is looked at a piece at a time.
    assert_eq!(html(&tag(TAG_MAX_BYTES + PIECE_BYTES / 2)), kept);
    assert_eq!(html(&tag(TAG_MAX_BYTES + 2 * PIECE_BYTES)), "xy");
    let words = "w".repeat(4 * TAG_MAX_BYTES);
    assert_eq!(html(&format!("{words}<b>x</b>")), format!("{words}<b>x</b>"));
    let tags = "<br />".repeat(TAG_MAX_BYTES);
    assert_eq!(html(&tags), tags, "many tags without a word are no long tag");
    let entity = "&amp;".repeat(TAG_MAX_BYTES);
    assert_eq!(html(&entity), entity);
}
