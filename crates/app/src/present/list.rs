//! Lists.

use store::lists::List;
use wire::Id;
use wire::mastodon as m;

pub fn list(list: &List) -> m::List {
    let replies_policy = match list.replies_policy {
        1 => m::RepliesPolicy::Followed,
        2 => m::RepliesPolicy::None,
        _ => m::RepliesPolicy::List,
    };
    m::List { id: Id(list.id.0), title: list.title.clone(), replies_policy, exclusive: list.exclusive }
}
