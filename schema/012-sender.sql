-- Which of the sender's addresses a report names in what it says of a recipient. What is said of
-- those is not the recipient's fault, so reclassify has to know them.
ALTER TABLE failure ADD COLUMN sender TEXT;

DROP TRIGGER IF EXISTS failure_is_history;
CREATE TRIGGER failure_is_history
BEFORE UPDATE OF failure_id, message_id, failed_at, recipient, final_recipient, original_recipient,
  action, diagnostic, notice, remote_mta, sender, original_message_id, trust, proof ON failure
WHEN NOT EXISTS (SELECT 1 FROM setting WHERE name = 'erasing')
BEGIN
  SELECT raise(ABORT, 'what a failure rests on cannot be altered');
END;

PRAGMA user_version = 12;
