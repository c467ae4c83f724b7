//! Polls, their options and votes.

use crate::{AccountId, PollId, Reader, Result, StatusId, Tx, args, record, sql};

record! {
    /// A poll of a status.
    pub struct Poll {
        pub id: PollId,
        pub status_id: StatusId,
        pub account_id: AccountId,
        pub multiple: bool,
        /// Nobody sees the tallies before the end.
        pub hide_totals: bool,
        /// Milliseconds UTC.
        pub expires_at: Option<i64>,
        pub votes_count: i64,
        /// `None` if its origin does not say.
        pub voters_count: Option<i64>,
        /// JSON: the custom emojis of the status, if that is another server's.
        pub emojis: Option<String>,
    }
}

impl Poll {
    pub fn expired(&self, now_ms: i64) -> bool {
        self.expires_at.is_some_and(|at| at <= now_ms)
    }
}

macro_rules! poll_select {
    () => {
        "SELECT p.id, p.status_id, p.account_id, p.multiple, p.hide_totals, p.expires_at, p.votes_count, p.voters_count,
                (SELECT s.emojis FROM statuses s WHERE s.id = p.status_id AND s.local = FALSE) FROM polls p"
    };
}

record! {
    /// A choice.
    pub struct PollOption {
        pub poll_id: PollId,
        pub title: String,
        pub votes_count: i64,
    }
}

/// What its author decides about a poll.
#[derive(Clone, Debug)]
pub struct Shape {
    pub options: Vec<String>,
    pub multiple: bool,
    pub hide_totals: bool,
    /// Milliseconds UTC.
    pub expires_at: i64,
}

/// Makes the poll of a local status.
pub async fn insert(tx: &Tx, status: StatusId, account: AccountId, shape: &Shape) -> Result<PollId> {
    let id = PollId(tx.next_id());
    tx.exec(
        sql!("INSERT INTO polls (id, status_id, account_id, multiple, hide_totals, expires_at, voters_count) VALUES ($1, $2, $3, $4, $5, $6, 0)"),
        args![id, status, account, shape.multiple, shape.hide_totals, shape.expires_at],
    )
    .await?;
    insert_options(tx, id, &shape.options).await?;
    set_of_status(tx, status, Some(id)).await?;
    Ok(id)
}

async fn insert_options(tx: &Tx, poll: PollId, titles: &[String]) -> Result<()> {
    for (position, title) in titles.iter().enumerate() {
        tx.exec(
            sql!("INSERT INTO poll_options (poll_id, position, title) VALUES ($1, $2, $3)"),
            args![poll, i64::try_from(position).unwrap_or_default(), title],
        )
        .await?;
    }
    Ok(())
}

async fn set_of_status(tx: &Tx, status: StatusId, poll: Option<PollId>) -> Result<()> {
    tx.exec(sql!("UPDATE statuses SET poll_id = $1 WHERE id = $2"), args![poll, status]).await.map(drop)
}

/// Changes a poll whose options stay, and so its votes.
pub async fn update(tx: &Tx, id: PollId, shape: &Shape) -> Result<()> {
    tx.exec(
        sql!("UPDATE polls SET multiple = $1, hide_totals = $2, expires_at = $3 WHERE id = $4"),
        args![shape.multiple, shape.hide_totals, shape.expires_at, id],
    )
    .await
    .map(drop)
}

/// Gives a poll other options; what was voted is void.
pub async fn reset(tx: &Tx, id: PollId, options: &[String]) -> Result<()> {
    tx.exec(sql!("DELETE FROM poll_votes WHERE poll_id = $1"), args![id]).await?;
    tx.exec(sql!("DELETE FROM poll_options WHERE poll_id = $1"), args![id]).await?;
    tx.exec(sql!("UPDATE polls SET votes_count = 0, voters_count = 0 WHERE id = $1"), args![id]).await?;
    insert_options(tx, id, options).await
}

/// Takes the poll off its status.
pub async fn delete(tx: &Tx, poll: &Poll) -> Result<()> {
    set_of_status(tx, poll.status_id, None).await?;
    delete_of_statuses(tx, &[poll.status_id]).await
}

/// Deletes the polls of these statuses with all that hangs on them.
pub async fn delete_of_statuses(tx: &Tx, statuses: &[StatusId]) -> Result<()> {
    let ids: Vec<PollId> = tx.column(sql!("DELETE FROM polls WHERE status_id = ANY($1) RETURNING id"), args![statuses]).await?;
    if ids.is_empty() {
        return Ok(());
    }
    tx.exec(sql!("DELETE FROM poll_votes WHERE poll_id = ANY($1)"), args![&ids]).await?;
    tx.exec(sql!("DELETE FROM poll_options WHERE poll_id = ANY($1)"), args![&ids]).await.map(drop)
}

pub async fn find(r: &Reader, id: PollId) -> Result<Option<Poll>> {
    r.maybe(sql!(concat!(poll_select!(), " WHERE p.id = $1")), args![id]).await
}

/// As [`find`]; until the transaction ends nobody else votes in it or changes it.
pub async fn find_locked(tx: &Tx, id: PollId) -> Result<Option<Poll>> {
    tx.maybe(sql!(concat!(poll_select!(), " WHERE p.id = $1 FOR UPDATE")), args![id]).await
}

/// The polls with these ids, in no order.
pub async fn list(r: &Reader, ids: &[PollId]) -> Result<Vec<Poll>> {
    r.all(sql!(concat!(poll_select!(), " WHERE p.id = ANY($1)")), args![ids]).await
}

/// The options of these polls in their order.
pub async fn list_options(r: &Reader, ids: &[PollId]) -> Result<Vec<PollOption>> {
    r.all(sql!("SELECT poll_id, title, votes_count FROM poll_options WHERE poll_id = ANY($1) ORDER BY poll_id, position"), args![ids]).await
}

/// What an account has voted in these polls: poll and choice, in the order of the votes.
pub async fn list_votes(r: &Reader, account: AccountId, ids: &[PollId]) -> Result<Vec<(PollId, i64)>> {
    r.all(sql!("SELECT poll_id, choice FROM poll_votes WHERE account_id = $1 AND poll_id = ANY($2) ORDER BY poll_id, id"), args![account, ids]).await
}

/// Votes; false if this choice was made before.
pub async fn insert_vote(tx: &Tx, poll: PollId, account: AccountId, choice: i64) -> Result<bool> {
    let added = tx
        .exec(
            sql!("INSERT INTO poll_votes (id, poll_id, account_id, choice) VALUES ($1, $2, $3, $4) ON CONFLICT (poll_id, account_id, choice) DO NOTHING"),
            args![tx.next_id(), poll, account, choice],
        )
        .await?;
    Ok(added > 0)
}

/// The ids of the account's votes in a poll with their choices, in order.
pub async fn list_vote_ids(r: &Reader, poll: PollId, account: AccountId) -> Result<Vec<(i64, i64)>> {
    r.all(sql!("SELECT id, choice FROM poll_votes WHERE poll_id = $1 AND account_id = $2 ORDER BY choice"), args![poll, account]).await
}

/// Adds one vote for each of these choices to the tallies, and a voter if there is a new one.
pub async fn count(tx: &Tx, poll: PollId, choices: &[i64], new_voter: bool) -> Result<()> {
    tx.exec(sql!("UPDATE poll_options SET votes_count = votes_count + 1 WHERE poll_id = $1 AND position = ANY($2)"), args![poll, choices.to_vec()])
        .await?;
    tx.exec(
        sql!("UPDATE polls SET votes_count = votes_count + $1, voters_count = voters_count + $2 WHERE id = $3"),
        args![i64::try_from(choices.len()).unwrap_or_default(), i64::from(new_voter), poll],
    )
    .await
    .map(drop)
}

/// Local accounts above `after` that voted, in order of their ids.
pub async fn list_local_voters(r: &Reader, poll: PollId, after: AccountId, limit: i64) -> Result<Vec<AccountId>> {
    r.column(
        sql!(
            "SELECT DISTINCT v.account_id FROM poll_votes v JOIN accounts a ON a.id = v.account_id
              WHERE v.poll_id = $1 AND v.account_id > $2 AND a.domain = '' ORDER BY v.account_id LIMIT $3"
        ),
        args![poll, after, limit],
    )
    .await
}

/// Deletes an account's votes, for its removal; the tallies stay.
pub async fn delete_votes_of_account(tx: &Tx, account: AccountId) -> Result<()> {
    tx.exec(sql!("DELETE FROM poll_votes WHERE account_id = $1"), args![account]).await.map(drop)
}
