-- When the message that bounced was sent, by its own Date or by the reporting MTA (RFC 3464 2.2.5);
-- NULL if neither says so, or if it is not within the 30 days before the failure.
ALTER TABLE message ADD COLUMN sent_at INTEGER;

DROP TRIGGER IF EXISTS message_is_history;
CREATE TRIGGER message_is_history
BEFORE UPDATE OF message_id, digest, kind, reader, received_at, reported_at, sent_at, reporting_mta,
  report_message_id, original_message_id, envelope_id, list_id, feedback_id, envelope_sender,
  envelope_recipient, size, notes ON message
WHEN NOT EXISTS (SELECT 1 FROM setting WHERE name = 'erasing')
BEGIN
  SELECT raise(ABORT, 'what a message said cannot be altered');
END;

-- Failures by the time from then to the failure: at most so many seconds (a minute, 5 minutes, an
-- hour, 6 hours, a day, 2, 5 or 30 days), and more than the next smaller number. total: how many
-- seconds it was for all of them. The program sums them up with daily_sum. day -1 is for monitoring:
-- all that were ever summed up, without class and provider; nothing lessens these numbers.
CREATE TABLE time_sum (
  day INTEGER NOT NULL,
  class TEXT NOT NULL,
  provider TEXT NOT NULL,
  seconds INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  total INTEGER NOT NULL,
  PRIMARY KEY (day, class, provider, seconds)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 16;
