-- Reports that the log of the mail server proves: they return the Message-ID of a message that was
-- sent, and name its recipient.

-- Messages that were sent recently: the first 64 bits of keyed hashes of a recipient and of the
-- Message-ID, and when (sent).
CREATE TABLE sent_message (
  address INTEGER NOT NULL,
  message INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (address, message)
) STRICT, WITHOUT ROWID;

-- Messages of one's own that were still in the queue when the log ended, by the mail server's id:
-- the hash of the Message-ID, and whether the sender is one whose messages count; NULL = not known.
CREATE TABLE queued (
  id TEXT NOT NULL PRIMARY KEY,
  message INTEGER,
  counts INTEGER CHECK (counts IN (0, 1)),
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What proves a verified report: a signed return path, or the log. NULL if it was recorded before
-- there was this column: then it was signed.
ALTER TABLE failure ADD COLUMN proof TEXT CHECK (proof IN ('signed', 'matched'));
ALTER TABLE delivery ADD COLUMN proof TEXT CHECK (proof IN ('signed', 'matched'));
ALTER TABLE complaint ADD COLUMN proof TEXT CHECK (proof IN ('signed', 'matched'));

DROP TRIGGER IF EXISTS failure_is_history;
CREATE TRIGGER failure_is_history
BEFORE UPDATE OF failure_id, message_id, failed_at, recipient, final_recipient, original_recipient,
  action, diagnostic, notice, remote_mta, original_message_id, trust, proof ON failure
WHEN NOT EXISTS (SELECT 1 FROM setting WHERE name = 'erasing')
BEGIN
  SELECT raise(ABORT, 'what a failure rests on cannot be altered');
END;

DROP TRIGGER IF EXISTS complaint_is_history;
CREATE TRIGGER complaint_is_history
BEFORE UPDATE OF complaint_id, message_id, complained_at, recipient, trust, proof ON complaint
WHEN NOT EXISTS (SELECT 1 FROM setting WHERE name = 'erasing')
BEGIN
  SELECT raise(ABORT, 'what a complaint said cannot be altered');
END;

DROP VIEW IF EXISTS event;
CREATE VIEW event AS
  SELECT failed_at AS happened_at, 'failure' AS event, failure_id AS event_id, message_id, address,
         recipient, class, reason, provider, status, reply_code, stage, diagnostic, rule, trust,
         proof, counts, lifted
  FROM failure
  UNION ALL
  SELECT failed_at, 'delay', delay_id, message_id, address, recipient, class, reason, provider,
         status, reply_code, stage, diagnostic, rule, NULL, NULL, NULL, NULL
  FROM delay
  UNION ALL
  SELECT delivered_at, coalesce(action, 'delivered'), delivery_id, message_id, address, recipient,
         NULL, NULL, NULL, status, NULL, NULL, diagnostic, NULL, trust, proof, counts, NULL
  FROM delivery
  UNION ALL
  SELECT complained_at, 'complaint', complaint_id, message_id, address, recipient, NULL, NULL,
         provider, NULL, NULL, NULL, NULL, NULL, trust, proof, counts, lifted
  FROM complaint;

PRAGMA user_version = 8;
