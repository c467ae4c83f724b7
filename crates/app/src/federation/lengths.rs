//! How long texts of other servers may be. What is longer is cut ([`Limit::cut`]), in one place before anything is kept:
//! readers of documents give texts as they came.

use text::Limit;
use wire::activity::actor::Actor;
use wire::activity::note::Note;

/// A displayed name, and the title of an article. Mastodon's number.
const NAME: Limit = Limit::code_points(2048);
/// A bio's HTML. Mastodon's number.
const BIO: Limit = Limit::bytes(20 * 1024);
/// Name and value of a profile's field. Mastodon's number.
const FIELD: Limit = Limit::code_points(2047);
/// What a profile's picture shows.
const PICTURE_DESCRIPTION: Limit = Limit::code_points(1500);
/// A status's HTML: no more is made safe.
const CONTENT: Limit = Limit::bytes(text::sanitize::INPUT_MAX_BYTES);
const WARNING: Limit = Limit::code_points(5000);
const OPTION: Limit = Limit::code_points(500);
/// What an attachment shows. Mastodon's number.
const DESCRIPTION: Limit = Limit::code_points(10_000);

fn cut(text: &mut String, limit: Limit) {
    text.truncate(limit.cut(text).len());
}

/// Cuts the texts of a status.
pub(super) fn cut_note(note: &mut Note) {
    cut(&mut note.content, CONTENT);
    cut(&mut note.summary, WARNING);
    note.name.iter_mut().for_each(|name| cut(name, NAME));
    note.attachments.iter_mut().filter_map(|file| file.description.as_mut()).for_each(|words| cut(words, DESCRIPTION));
    note.poll.iter_mut().flat_map(|poll| &mut poll.options).for_each(|(title, _)| cut(title, OPTION));
}

/// Cuts the texts of an actor.
pub(super) fn cut_actor(actor: &mut Actor) {
    cut(&mut actor.name, NAME);
    cut(&mut actor.summary, BIO);
    for field in &mut actor.fields {
        cut(&mut field.name, FIELD);
        cut(&mut field.value, FIELD);
    }
    for picture in actor.icon.iter_mut().chain(&mut actor.image) {
        cut(&mut picture.description, PICTURE_DESCRIPTION);
    }
}
