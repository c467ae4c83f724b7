//! Structured fields, as far as signatures use them. Source: RFC 9651

use base64::Engine;

use super::digest::BASE64;

/// Members of a dictionary, items of a list, parameters of either.
const ITEMS_MAX: usize = 32;

/// A value by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
    /// A token, a decimal or a truth value: nothing that signatures need.
    Other,
}

/// What a member of a dictionary is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    Item(Item),
    /// Items, each with whether it has parameters.
    List(Vec<(Item, bool)>),
}

/// A member with its name and parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    pub name: &'a str,
    pub member: Member,
    pub parameters: Vec<(&'a str, Item)>,
    /// The member with its parameters, as it stands in the field.
    pub text: &'a str,
}

impl Entry<'_> {
    pub fn parameter(&self, name: &str) -> Option<&Item> {
        self.parameters.iter().find(|(known, _)| *known == name).map(|(_, item)| item)
    }
}

/// Reads a dictionary; `None` if it is none, or has a name twice.
pub fn dictionary(text: &str) -> Option<Vec<Entry<'_>>> {
    let mut rest = Rest { text, at: 0 };
    let mut entries: Vec<Entry<'_>> = Vec::new();
    rest.skip_space();
    while !rest.is_empty() {
        let entry = rest.entry()?;
        if entries.len() == ITEMS_MAX || entries.iter().any(|known| known.name == entry.name) {
            return None;
        }
        entries.push(entry);
        rest.skip_space();
        if rest.is_empty() {
            break;
        }
        rest.expect(b',')?;
        rest.skip_space();
        if rest.is_empty() {
            return None;
        }
    }
    Some(entries)
}

/// What is not read yet.
struct Rest<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Rest<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn is_empty(&self) -> bool {
        self.at >= self.text.len()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }

    fn skip_space(&mut self) {
        self.take_while(|byte| matches!(byte, b' ' | b'\t'));
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii() && wanted(byte)) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    fn entry(&mut self) -> Option<Entry<'a>> {
        let name = self.name()?;
        if !self.take(b'=') {
            let start = self.at;
            let parameters = self.parameters()?;
            return Some(Entry { name, member: Member::Item(Item::Other), parameters, text: &self.text[start..self.at] });
        }
        let start = self.at;
        let member = if self.peek() == Some(b'(') { Member::List(self.list()?) } else { Member::Item(self.item()?) };
        let parameters = self.parameters()?;
        Some(Entry { name, member, parameters, text: &self.text[start..self.at] })
    }

    fn name(&mut self) -> Option<&'a str> {
        let begins = self.peek().is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'*');
        begins.then(|| self.take_while(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.*".contains(&byte)))
    }

    fn parameters(&mut self) -> Option<Vec<(&'a str, Item)>> {
        let mut parameters: Vec<(&str, Item)> = Vec::new();
        while self.take(b';') {
            self.take_while(|byte| byte == b' ');
            let name = self.name()?;
            let item = if self.take(b'=') { self.item()? } else { Item::Other };
            if parameters.len() == ITEMS_MAX || parameters.iter().any(|(known, _)| *known == name) {
                return None;
            }
            parameters.push((name, item));
        }
        Some(parameters)
    }

    fn list(&mut self) -> Option<Vec<(Item, bool)>> {
        self.expect(b'(')?;
        let mut items = Vec::new();
        loop {
            self.take_while(|byte| byte == b' ');
            if self.take(b')') {
                return Some(items);
            }
            if items.len() == ITEMS_MAX {
                return None;
            }
            let item = self.item()?;
            let has_parameters = !self.parameters()?.is_empty();
            if !matches!(self.peek(), Some(b' ' | b')')) {
                return None;
            }
            items.push((item, has_parameters));
        }
    }

    fn item(&mut self) -> Option<Item> {
        match self.peek()? {
            b'"' => self.quoted().map(Item::Text),
            b':' => {
                self.at += 1;
                let encoded = self.take_while(|byte| byte != b':');
                self.expect(b':')?;
                BASE64.decode(encoded).ok().map(Item::Bytes)
            }
            b'-' | b'0'..=b'9' => {
                let number = self.take_while(|byte| byte.is_ascii_digit() || byte == b'-' || byte == b'.');
                if number.contains('.') {
                    return number.parse::<f64>().ok().map(|_| Item::Other);
                }
                number.parse().ok().map(Item::Integer)
            }
            b'?' => {
                self.at += 1;
                (self.take(b'0') || self.take(b'1')).then_some(Item::Other)
            }
            b'*' | b'a'..=b'z' | b'A'..=b'Z' => {
                self.take_while(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:/".contains(&byte));
                Some(Item::Other)
            }
            _ => None,
        }
    }

    fn quoted(&mut self) -> Option<String> {
        self.expect(b'"')?;
        let mut text = String::new();
        loop {
            text.push_str(self.take_while(|byte| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\'));
            if self.take(b'"') {
                return Some(text);
            }
            self.expect(b'\\')?;
            let escaped = self.peek().filter(|byte| matches!(byte, b'"' | b'\\'))?;
            text.push(char::from(escaped));
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictionary_is_read_with_its_parameters() {
        let text = r#"sig1=("@method" "a";sf);created=1618884473;keyid="k\"1";alg=x , b=:aGk=: ,c;d=?1"#;
        let entries = dictionary(text).unwrap();
        assert_eq!(entries.iter().map(|entry| entry.name).collect::<Vec<_>>(), ["sig1", "b", "c"]);
        assert_eq!(entries[0].member, Member::List(vec![(Item::Text("@method".into()), false), (Item::Text("a".into()), true)]));
        assert_eq!(entries[0].parameter("created"), Some(&Item::Integer(1_618_884_473)));
        assert_eq!(entries[0].parameter("keyid"), Some(&Item::Text("k\"1".into())));
        assert_eq!(entries[0].text, r#"("@method" "a";sf);created=1618884473;keyid="k\"1";alg=x"#);
        assert_eq!(entries[1].member, Member::Item(Item::Bytes(b"hi".to_vec())));
        assert_eq!(dictionary(""), Some(vec![]));
    }

    #[test]
    fn what_is_no_dictionary_is_refused() {
        for text in
            ["a=1,", "a=1,,b=2", "a=1 b=2", "A=1", "a=(1", "a=(\"x\"\"y\")", "a=:!!:", "a=\"x", "a=1;B=2", "a=1,a=2", "a=1;x;x", "a=--1", "a=é"]
        {
            assert_eq!(dictionary(text), None, "{text}");
        }
    }
}
