-- The subscriber's id in the newsletter tool, from a field of the returned message that the
-- configuration names. Only of messages that a signed return path verified.
ALTER TABLE message ADD COLUMN subscriber TEXT;

PRAGMA user_version = 10;
