//! Languages a status can be in: the codes of ISO 639-1, some of ISO 639-3, and the written forms
//! of Chinese and Mongolian. What the server itself speaks is in `locales`.

mod names;

use names::NAMES;

/// All of ISO 639-1 that is in use.
const TWO_LETTERS: &str = "\
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy \
    da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gu gv ha he hi ho hr ht hu hy \
    hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg \
    li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or \
    os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sn so sq sr ss st su sv sw ta te \
    tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// Languages without a two-letter code that people post in.
const THREE_LETTERS: &str = "\
    ast chr ckb cnr csb gsw jbo kab ldn lfn moh nds pdc sco sma smj szl tok vai xal zba zgh";

/// Forms that readers want to tell apart.
const REGIONAL: &str = "zh-CN zh-HK zh-TW zh-YUE mn-Mong";

/// No longer code is looked at.
const MAX_CODE_BYTES: usize = 35;

/// The language that `code` names, in its usual spelling. A region that is not kept apart is
/// dropped (`en-US` and `ja_JP` are `en` and `ja`); upper and lower case do not matter. Anything
/// else is `None`, for the caller to fall back on the person's default.
pub fn normalize(code: &str) -> Option<&'static str> {
    if code.len() > MAX_CODE_BYTES {
        return None;
    }
    let exact = code.replace('_', "-");
    find(&exact).or_else(|| find(exact.split('-').next()?))
}

/// All codes [`normalize`] can give, each with its name in English.
pub fn named() -> impl Iterator<Item = (&'static str, &'static str)> {
    codes().map(|code| (code, NAMES.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| *name)))
}

/// All codes [`normalize`] can give.
pub fn codes() -> impl Iterator<Item = &'static str> {
    [TWO_LETTERS, REGIONAL, THREE_LETTERS].into_iter().flat_map(str::split_whitespace)
}

fn find(wanted: &str) -> Option<&'static str> {
    codes().find(|code| code.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_languages_keep_their_usual_spelling() {
        let cases = [
            ("en", Some("en")),
            ("EN", Some("en")),
            ("en-US", Some("en")),
            ("ja_JP", Some("ja")),
            ("de-AT", Some("de")),
            ("ar", Some("ar")),
            ("zh", Some("zh")),
            ("zh-CN", Some("zh-CN")),
            ("zh_tw", Some("zh-TW")),
            ("zh-Hant-TW", Some("zh")),
            ("pt-BR", Some("pt")),
            ("tok", Some("tok")),
            ("gsw", Some("gsw")),
            ("", None),
            ("-", None),
            ("xx", None),
            ("english", None),
            (" en", None),
            ("en;drop table", None),
            ("日本語", None),
        ];
        for (code, expected) in cases {
            assert_eq!(normalize(code), expected, "{code:?}");
        }
        assert_eq!(normalize(&"en-".repeat(1000)), None);
    }

    #[test]
    fn every_code_has_a_name_of_its_own() {
        let names: std::collections::BTreeMap<_, _> = named().collect();
        assert_eq!((names["de"], names["zh-TW"], names["tok"], names["tw"]), ("German", "Chinese (Taiwan)", "Toki Pona", "Twi"));
        let different: std::collections::BTreeSet<_> = names.values().collect();
        assert_eq!(different.len(), names.len());
        assert!(names.iter().all(|(code, name)| code != name && !name.is_empty()));
        assert_eq!(NAMES.len(), codes().count());
    }

    #[test]
    fn every_code_is_listed_once_and_names_itself() {
        let all: Vec<_> = codes().collect();
        let mut unique = all.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), all.len());
        for code in all {
            assert_eq!(normalize(code), Some(code));
        }
    }
}
