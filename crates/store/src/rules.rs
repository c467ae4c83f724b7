//! The rules of the house and their translations.

use crate::{Reader, Result, RuleId, Tx, args, record, sql};

record! {
    /// A rule in force.
    pub struct Rule {
        pub id: RuleId,
        /// Rules are shown from the lowest up, then by age.
        pub priority: i64,
        pub text: String,
        /// More about it; may be empty.
        pub hint: String,
    }
}

record! {
    /// A rule in another language.
    pub struct Translation {
        pub rule_id: RuleId,
        pub language: String,
        pub text: String,
        pub hint: String,
    }
}

/// The rules in force, in their order.
pub async fn list(r: &Reader) -> Result<Vec<Rule>> {
    r.all(sql!("SELECT id, priority, text, hint FROM rules WHERE deleted_at IS NULL ORDER BY priority, id"), args![]).await
}

/// The translations of all rules in force.
pub async fn list_translations(r: &Reader) -> Result<Vec<Translation>> {
    r.all(
        sql!(
            "SELECT t.rule_id, t.language, t.text, t.hint FROM rule_translations t JOIN rules r ON r.id = t.rule_id
              WHERE r.deleted_at IS NULL ORDER BY t.rule_id, t.language"
        ),
        args![],
    )
    .await
}

/// A rule in force.
pub async fn find(r: &Reader, id: RuleId) -> Result<Option<Rule>> {
    r.maybe(sql!("SELECT id, priority, text, hint FROM rules WHERE id = $1 AND deleted_at IS NULL"), args![id]).await
}

pub async fn insert(tx: &Tx, priority: i64, text: &str, hint: &str) -> Result<RuleId> {
    let id = tx.next_id();
    tx.exec(sql!("INSERT INTO rules (id, priority, text, hint) VALUES ($1, $2, $3, $4)"), args![id, priority, text, hint]).await?;
    Ok(RuleId(id))
}

pub async fn update(tx: &Tx, rule: &Rule) -> Result<()> {
    tx.exec(
        sql!("UPDATE rules SET priority = $1, text = $2, hint = $3 WHERE id = $4 AND deleted_at IS NULL"),
        args![rule.priority, &rule.text, &rule.hint, rule.id],
    )
    .await
    .map(drop)
}

/// Takes a rule out of force; its row stays, since reports may name it. False if there is none.
pub async fn remove(tx: &Tx, id: RuleId) -> Result<bool> {
    let removed = tx.exec(sql!("UPDATE rules SET deleted_at = $1 WHERE id = $2 AND deleted_at IS NULL"), args![tx.now(), id]).await?;
    Ok(removed > 0)
}

/// Says a rule in another language, anew if it was said before.
pub async fn translate(tx: &Tx, translation: &Translation) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO rule_translations (rule_id, language, text, hint) VALUES ($1, $2, $3, $4)
             ON CONFLICT (rule_id, language) DO UPDATE SET text = excluded.text, hint = excluded.hint"
        ),
        args![translation.rule_id, &translation.language, &translation.text, &translation.hint],
    )
    .await
    .map(drop)
}

/// Takes a translation away; false if there was none.
pub async fn remove_translation(tx: &Tx, id: RuleId, language: &str) -> Result<bool> {
    let removed = tx.exec(sql!("DELETE FROM rule_translations WHERE rule_id = $1 AND language = $2"), args![id, language]).await?;
    Ok(removed > 0)
}
