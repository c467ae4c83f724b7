//! Fragments of SQL that say what somebody does not want to see, or may not. Used inside the
//! statements of other files, so that the rule has one text.

/// Whether account `$author` is hidden from viewer `$viewer` (an account id; 0 is nobody): one of them
/// blocks the other, the viewer mutes it, or blocks its host. Both are literals of SQL, such as
/// `"s.account_id"` and `"$4"`. Mutes that have run out are removed by a job, so that their row decides.
macro_rules! hidden_from_viewer {
    ($author:literal, $viewer:literal) => {
        concat!(
            "(EXISTS (SELECT 1 FROM blocks hb WHERE hb.account_id = ",
            $viewer,
            " AND hb.target_account_id = ",
            $author,
            ") OR EXISTS (SELECT 1 FROM blocks hb WHERE hb.account_id = ",
            $author,
            " AND hb.target_account_id = ",
            $viewer,
            ") OR EXISTS (SELECT 1 FROM mutes hm WHERE hm.account_id = ",
            $viewer,
            " AND hm.target_account_id = ",
            $author,
            ") OR EXISTS (SELECT 1 FROM account_domain_blocks hd WHERE hd.account_id = ",
            $viewer,
            " AND hd.domain = (SELECT ha.domain FROM accounts ha WHERE ha.id = ",
            $author,
            ")))"
        )
    };
}
pub(crate) use hidden_from_viewer;

/// Whether status `$status` names somebody whom viewer `$viewer` blocks or mutes.
macro_rules! names_hidden {
    ($status:literal, $viewer:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM mentions hn WHERE hn.status_id = ",
            $status,
            " AND hn.silent = FALSE AND (EXISTS (SELECT 1 FROM blocks nb WHERE nb.account_id = ",
            $viewer,
            " AND nb.target_account_id = hn.account_id) OR EXISTS (SELECT 1 FROM mutes nm WHERE nm.account_id = ",
            $viewer,
            " AND nm.target_account_id = hn.account_id)))"
        )
    };
}
pub(crate) use names_hidden;
