-- A complaint that somebody forged in advance must not shut out the signed one about the same
-- message.

DROP INDEX complaint_told;
CREATE UNIQUE INDEX complaint_told
  ON complaint (original_message_id, address, trust = 'verified')
  WHERE original_message_id IS NOT NULL;

PRAGMA user_version = 5;
