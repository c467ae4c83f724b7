//! The thread around a status.

use store::{AccountId, Reader, StatusId, statuses};
use wire::mastodon as m;

use crate::present::status::load;
use crate::present::view::view;
use crate::{App, Result, Viewer, policy};

/// What signed-in people may load of a thread, each way…
const SIGNED_IN: (i64, i64, i64) = (4096, 4096, 4096);
/// … and what anybody may: ancestors, descendants, depth.
const ANYBODY: (i64, i64, i64) = (40, 60, 20);

/// The ids above and below a status: ancestors oldest first, descendants with each answer right
/// behind what it answers.
pub(crate) struct Thread {
    pub ancestors: Vec<StatusId>,
    pub descendants: Vec<StatusId>,
}

/// The thread around `id` as far as the viewer may see it, as it is shown.
///
/// Errors: `NotFound` if `id` may not be seen.
/// Source: docs.joinmastodon.org/methods/statuses/#context
pub async fn thread(app: &App, viewer: Option<&Viewer>, id: StatusId) -> Result<m::Context> {
    view(app, viewer.map(|v| v.account_id), move |r, view| async move {
        let thread = read(&r, view.me, id).await?;
        let all: Vec<StatusId> = thread.ancestors.iter().chain(&thread.descendants).copied().collect();
        let loaded = load(&r, &view, &all).await?;
        Ok(m::Context { ancestors: loaded.statuses(&thread.ancestors), descendants: loaded.statuses(&thread.descendants) })
    })
    .await
}

pub(crate) async fn read(r: &Reader, viewer: Option<AccountId>, id: StatusId) -> Result<Thread> {
    let (up, down, depth) = if viewer.is_some() { SIGNED_IN } else { ANYBODY };
    policy::visible_status(r, viewer, id).await?;
    let ancestors = statuses::ancestors(r, id, viewer, up).await?;
    let answers = statuses::descendants(r, id, viewer, down, depth).await?;
    Ok(Thread { ancestors, descendants: in_thread_order(id, &answers) })
}

/// Depth first, siblings by id. An answer whose parent is hidden from the viewer comes last.
fn in_thread_order(root: StatusId, answers: &[(StatusId, StatusId)]) -> Vec<StatusId> {
    let mut children: std::collections::HashMap<StatusId, Vec<StatusId>> = std::collections::HashMap::new();
    for (id, parent) in answers.iter().rev() {
        children.entry(*parent).or_default().push(*id);
    }
    let (mut ordered, mut stack) = (Vec::with_capacity(answers.len()), vec![root]);
    while let Some(next) = stack.pop() {
        if next != root {
            ordered.push(next);
        }
        stack.extend(children.remove(&next).unwrap_or_default());
    }
    let mut orphans: Vec<StatusId> = children.into_values().flatten().collect();
    orphans.sort();
    ordered.extend(orphans);
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_stand_right_behind_what_they_answer() {
        let pairs = |list: &[(i64, i64)]| list.iter().map(|(id, parent)| (StatusId(*id), StatusId(*parent))).collect::<Vec<_>>();
        let order = |list: &[(i64, i64)]| in_thread_order(StatusId(1), &pairs(list)).iter().map(|id| id.0).collect::<Vec<_>>();
        assert_eq!(order(&[(2, 1), (3, 1), (4, 2), (5, 4), (6, 3)]), [2, 4, 5, 3, 6]);
        assert_eq!(order(&[(2, 1), (5, 4)]), [2, 5]);
        assert!(order(&[]).is_empty());
    }
}
