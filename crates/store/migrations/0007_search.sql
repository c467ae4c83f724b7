-- Full-text search. What is written here has been made into tokens already, so that neither engine
-- makes words of it again: on SQLite contentless FTS5 that splits at spaces, on PostgreSQL a tsvector
-- built from literals. Each line is for one engine. GIN's list of pending entries (128 KiB) is short:
-- every search reads it from end to end.

{SQLITE}CREATE VIRTUAL TABLE search_statuses USING fts5(words, marks, content = '', contentless_delete = 1, tokenize = "ascii tokenchars '_'");
{SQLITE}CREATE VIRTUAL TABLE search_accounts USING fts5(words, marks, content = '', contentless_delete = 1, prefix = '1 2 3', tokenize = "ascii tokenchars '_'");
{POSTGRES}CREATE TABLE search_statuses (status_id BIGINT PRIMARY KEY NOT NULL, tokens TSVECTOR NOT NULL);
{POSTGRES}CREATE INDEX search_statuses_tokens ON search_statuses USING GIN (tokens) WITH (gin_pending_list_limit = 128);
{POSTGRES}CREATE TABLE search_accounts (account_id BIGINT PRIMARY KEY NOT NULL, tokens TSVECTOR NOT NULL);
{POSTGRES}CREATE INDEX search_accounts_tokens ON search_accounts USING GIN (tokens) WITH (gin_pending_list_limit = 128);
