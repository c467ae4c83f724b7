//! Conversations: direct messages with the same people in the same thread, as each of them has them.

pub mod list;
pub mod mark;
pub mod record;

pub use store::conversations::AccountConversation;
