//! Texts: sentences of several languages, hashtags, words that hardly anybody uses.

use super::chance::Chance;

/// Characters of the longest text, without mentions, hashtags and a link.
const TEXT_MAX: usize = 500;
/// Of the words that stand in few texts, the frequent ones more often.
const RARE_WORDS: usize = 60_000;

/// A language with so many of a hundred texts.
pub(super) struct Language {
    /// BCP 47; `None`: its author has not said.
    pub code: Option<&'static str>,
    share: usize,
    /// What stands between two sentences.
    between: &'static str,
    sentences: &'static [&'static str],
}

const ENGLISH: &[&str] = &[
    "the garden was full of small birds this morning",
    "somebody left a letter on our table which nobody has read yet",
    "rain came down on the garden and the paths are full of leaves",
    "we walked from the station to the harbour and back",
    "the kettle is on and the library opens at nine",
    "our neighbour painted the garden gate in a colour without a name",
    "today I learned how to mend a bicycle tyre",
    "the train was late again but the view was worth it",
    "a letter arrived for the people who lived here before",
    "does anybody know a good book about bridges",
    "the bread needs another hour in the oven",
    "all windows of the old school are open",
    "the cat sleeps in the garden chair and will not move",
    "they closed the little cinema behind the market",
    "my grandmother kept every letter in a blue box",
    "the photographs from last summer are finally sorted",
    "nothing works since the update and nobody answers",
    "in the evening the whole street smells of soup",
    "the first tomatoes in the garden are red",
    "I wrote a small program that counts the stars in a picture",
    "the talk was better than its title",
    "what do you read when you cannot sleep",
    "the clock in the tower is five minutes slow",
    "a good day for walking slowly",
];
const GERMAN: &[&str] = &[
    "der Garten ist voller Vögel und niemand schaut hin",
    "heute kam ein Brief ohne Absender",
    "der Zug hatte wieder Verspätung",
    "wir haben am Fluss gesessen und Äpfel gegessen",
    "kennt jemand ein gutes Buch über Brücken",
    "die Katze schläft auf der warmen Fensterbank",
    "am Abend riecht die ganze Straße nach Suppe",
    "das Brot braucht noch eine Stunde",
    "seit der Aktualisierung geht nichts mehr",
    "die Uhr am Turm geht fünf Minuten nach",
    "morgen früh gehen wir schwimmen",
    "die alten Fotos sind endlich sortiert",
];
const FRENCH: &[&str] = &[
    "le jardin est plein de petits oiseaux",
    "une lettre est arrivée sans adresse",
    "le train était encore en retard",
    "nous avons marché de la gare au port",
    "le pain doit rester une heure au four",
    "quelle belle lumière ce soir sur les toits",
    "connaissez vous un bon livre sur les ponts",
    "le chat dort sur la chaise du balcon",
];
const SPANISH: &[&str] = &[
    "el jardín está lleno de pájaros pequeños",
    "hoy llegó una carta sin remitente",
    "el tren llegó tarde otra vez",
    "caminamos desde la estación hasta el puerto",
    "el gato duerme en la silla de la abuela",
    "por la noche toda la calle huele a sopa",
    "alguien conoce un buen libro sobre puentes",
    "mañana vamos a nadar temprano",
];
const PORTUGUESE: &[&str] = &[
    "o jardim está cheio de pássaros",
    "hoje chegou uma carta sem remetente",
    "o comboio chegou outra vez atrasado",
    "à noite a rua inteira cheira a sopa",
    "alguém conhece um bom livro sobre pontes",
    "amanhã vamos nadar de manhã cedo",
];
const JAPANESE: &[&str] = &[
    "庭に小さな鳥がたくさん来ています",
    "今朝、差出人のない手紙が届きました",
    "電車がまた遅れている",
    "駅から港まで歩いて帰りました",
    "橋についての良い本を知っていますか",
    "猫が窓辺で眠っている",
    "夕方になると通り全体がスープの匂いがする",
    "明日は早起きして泳ぎに行こう",
    "写真の整理がやっと終わった",
    "この店のパンは本当においしい",
];
const ARABIC: &[&str] = &[
    "الحديقة مليئة بالطيور الصغيرة هذا الصباح",
    "وصلت اليوم رسالة بلا عنوان",
    "تأخر القطار مرة أخرى",
    "مشينا من المحطة إلى الميناء",
    "هل يعرف أحد كتابا جيدا عن الجسور",
    "القطة نائمة على كرسي جدتي",
    "في المساء تفوح رائحة الحساء في الشارع كله",
];
const CHINESE: &[&str] =
    &["花园里有很多小鸟", "今天收到一封没有署名的信", "火车又晚点了", "我们从车站走到港口", "猫在窗台上睡觉", "傍晚整条街都是汤的味道"];

pub(super) const LANGUAGES: &[Language] = &[
    Language { code: Some("en"), share: 50, between: ". ", sentences: ENGLISH },
    Language { code: Some("de"), share: 12, between: ". ", sentences: GERMAN },
    Language { code: Some("ja"), share: 9, between: "。", sentences: JAPANESE },
    Language { code: Some("es"), share: 7, between: ". ", sentences: SPANISH },
    Language { code: Some("fr"), share: 6, between: ". ", sentences: FRENCH },
    Language { code: Some("ar"), share: 4, between: "، ", sentences: ARABIC },
    Language { code: Some("pt"), share: 4, between: ". ", sentences: PORTUGUESE },
    Language { code: Some("zh"), share: 3, between: "。", sentences: CHINESE },
    Language { code: None, share: 5, between: ". ", sentences: ENGLISH },
];

/// A language by its share.
pub(super) fn language(chance: &mut Chance) -> usize {
    let mut left = chance.below(100);
    LANGUAGES
        .iter()
        .position(|language| {
            let found = left < language.share;
            left = left.saturating_sub(language.share);
            found
        })
        .unwrap_or_default()
}

/// A text of 4 to [`TEXT_MAX`] characters: mostly short, sometimes of two paragraphs.
pub(super) fn body(chance: &mut Chance, language: &Language) -> String {
    let sentences = chance.one_of(&[1, 1, 2, 2, 3, 4, 6, 9]);
    let rare = chance.percent(60).then(|| chance.below(sentences));
    let (mut text, mut length) = (String::with_capacity(128), 0);
    for number in 0..sentences {
        let sentence = chance.one_of(language.sentences);
        let chars = sentence.chars().count() + 24;
        if length + chars > TEXT_MAX {
            break;
        }
        length += chars;
        match number {
            0 => {}
            4 => text.push_str(".\n\n"),
            _ => text.push_str(language.between),
        }
        text.push_str(sentence);
        if rare == Some(number) {
            text.push(' ');
            push_rare(&mut text, chance.rank(RARE_WORDS));
        }
    }
    text
}

/// A word of syllables that stands for `number`.
fn push_rare(text: &mut String, number: usize) {
    const SYLLABLES: [&str; 40] = [
        "ba", "bel", "dor", "du", "fa", "fen", "gal", "gi", "hol", "ha", "jun", "ka", "kel", "lo", "lim", "ma", "mer", "na", "nor", "o", "pa", "pel",
        "qui", "ra", "rin", "sa", "sul", "ta", "tor", "u", "va", "vel", "wi", "wen", "xa", "ya", "yor", "za", "zel", "e",
    ];
    let mut left = number + SYLLABLES.len();
    while left > 0 {
        text.push_str(SYLLABLES[left % SYLLABLES.len()]);
        left /= SYLLABLES.len();
    }
}

/// Warnings before a text.
pub(super) const WARNINGS: &[&str] = &["food", "long", "politics", "health", "spoilers for a film", "eye contact", "work"];
/// What pictures show.
pub(super) const DESCRIPTIONS: &[&str] = &[
    "A blue door in a white wall",
    "Two herons at the edge of a pond",
    "A bowl of soup on a wooden table",
    "The harbour at night, seen from the hill",
    "A cat asleep on a pile of letters",
    "Ein Fahrrad lehnt an einer Mauer",
    "夕方の駅のホーム",
];
/// Blurhashes of ordinary pictures.
pub(super) const BLURHASHES: &[&str] =
    &["LEHV6nWB2yk8pyo0adR*.7kCMdnj", "LGF5]+Yk^6#M@-5c,1J5@[or[Q6.", "L6PZfSi_.AyE_3t7t7R**0o#DgR4", "LKO2?U%2Tw=w]~RBVZRi};RPxuwH"];

const TAGS: &[&str] = &[
    "Garden",
    "Birds",
    "Bread",
    "Photography",
    "Rust",
    "Books",
    "Cycling",
    "Caturday",
    "Music",
    "Trains",
    "Maps",
    "Tea",
    "History",
    "Linux",
    "Art",
    "Science",
    "Cooking",
    "Hiking",
    "Fediverse",
    "Poetry",
    "Film",
    "Weather",
    "Knitting",
    "Chess",
    "Astronomy",
    "Berlin",
    "Tokyo",
    "Coffee",
    "Games",
    "OpenData",
    "Climate",
    "Football",
    "Theatre",
    "Ceramics",
    "Sailing",
    "Bees",
    "Typography",
    "Radio",
    "Bridges",
    "Autumn",
];
const SECOND: &[&str] = &["", "Daily", "Monday", "Friday", "Club", "2026", "Talk", "Photo", "News", "Tips", "Love", "Help", "Week", "World"];
/// Hashtags there are.
pub(super) const TAG_COUNT: usize = TAGS.len() * SECOND.len();

/// A hashtag as written; in lower case it is normal.
pub(super) fn tag(number: usize) -> String {
    format!("{}{}", TAGS[number % TAGS.len()], SECOND[number / TAGS.len() % SECOND.len()])
}
