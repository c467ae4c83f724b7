-- What the instance says of itself: rules, custom emojis, and how busy it was day by day.

CREATE TABLE rules (
  id {ID},
  priority {I64} NOT NULL DEFAULT 0,
  text {TEXT} NOT NULL,
  hint {TEXT} NOT NULL DEFAULT '',
  deleted_at {I64}
) {STRICT};

CREATE TABLE rule_translations (
  rule_id {I64} NOT NULL,
  language {TEXT} NOT NULL,
  text {TEXT} NOT NULL,
  hint {TEXT} NOT NULL DEFAULT '',
  PRIMARY KEY (rule_id, language)
) {STRICT_WITHOUT_ROWID};

CREATE TABLE custom_emoji_categories (
  id {ID},
  name {TEXT} NOT NULL,
  featured_emoji_id {I64}
) {STRICT};
CREATE UNIQUE INDEX custom_emoji_categories_name ON custom_emoji_categories (name);

CREATE TABLE custom_emojis (
  id {ID},
  shortcode {TEXT} NOT NULL,
  domain {TEXT} NOT NULL DEFAULT '',
  uri {TEXT},
  media_id {I64},
  image_remote_url {TEXT} NOT NULL DEFAULT '',
  disabled {BOOL} NOT NULL DEFAULT FALSE,
  visible_in_picker {BOOL} NOT NULL DEFAULT TRUE,
  category_id {I64},
  updated_at {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX custom_emojis_shortcode ON custom_emojis (shortcode, domain);
CREATE INDEX custom_emojis_domain ON custom_emojis (domain, shortcode);
CREATE UNIQUE INDEX custom_emojis_uri ON custom_emojis (uri) WHERE uri IS NOT NULL;

CREATE TABLE instance_activity (
  day {I64} NOT NULL,
  measure {TEXT} NOT NULL,
  value {I64} NOT NULL,
  PRIMARY KEY (measure, day)
) {STRICT_WITHOUT_ROWID};

CREATE INDEX IF NOT EXISTS accounts_domain ON accounts (domain, id);
