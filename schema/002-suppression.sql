-- The suppression list. It follows from the failures and complaints, in the same transaction, by
-- the triggers below, whoever inserts them.

-- What may suppress an address, and when: failures on so many different days, at least span days
-- between the first and the last of them, all within window days. A fault of the sender or of the
-- message must never cost a subscriber: the CHECK lets no such reason in, nor a recipient's own
-- filter, whatever is written here.
CREATE TABLE threshold (
  reason TEXT NOT NULL PRIMARY KEY
    CHECK (reason IN ('complaint', 'user_unknown', 'host_unknown', 'mailbox_disabled', 'moved',
                      'not_accepting', 'suppressed', 'mailbox_full', 'network_error', 'expired',
                      'system_error', 'system_full', 'mailer_error', 'undefined')),
  days INTEGER NOT NULL CHECK (days >= 1),
  span INTEGER NOT NULL DEFAULT 0 CHECK (span >= 0),
  window INTEGER NOT NULL DEFAULT 180 CHECK (window > span AND window >= days),
  CHECK (reason <> 'complaint' OR (days = 1 AND span = 0))
) STRICT, WITHOUT ROWID;

INSERT INTO threshold (reason, days, span) VALUES
  ('complaint', 1, 0),
  ('user_unknown', 1, 0),
  ('host_unknown', 1, 0),
  ('mailbox_disabled', 1, 0),
  ('moved', 1, 0),
  ('not_accepting', 1, 0),
  ('suppressed', 1, 0),
  ('mailbox_full', 5, 14),
  ('network_error', 10, 30),
  ('expired', 10, 30),
  ('system_error', 10, 30),
  ('system_full', 10, 30),
  ('mailer_error', 10, 30),
  ('undefined', 3, 0);

-- The addresses not to be written to. Each names the failure (or the complaint) that decided, so
-- that none is without a reason.
CREATE TABLE suppression (
  address TEXT NOT NULL PRIMARY KEY,
  recipient TEXT NOT NULL, -- as it was written
  recipient_domain TEXT,
  reason TEXT NOT NULL REFERENCES threshold (reason),
  since INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  failure_id INTEGER,
  complaint_id INTEGER,
  FOREIGN KEY (message_id, failure_id, reason)
    REFERENCES failure (message_id, failure_id, reason),
  CHECK (address = lower(recipient)),
  CHECK ((reason = 'complaint') = (failure_id IS NULL)),
  CHECK ((reason = 'complaint') = (complaint_id IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX suppression_failure ON suppression (failure_id);

-- How often the list has changed. The file alongside carries this number (suppress.c), so that a
-- run sees at once whether it is up to date. It begins anywhere, lest the list of an older
-- database be taken for that of a new one.
CREATE TABLE revision (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  suppression INTEGER NOT NULL
) STRICT;

INSERT INTO revision VALUES (1, abs(random() % 1000000000));

CREATE TRIGGER suppression_added AFTER INSERT ON suppression
BEGIN
  UPDATE revision SET suppression = suppression + 1;
END;

CREATE TRIGGER suppression_lifted AFTER DELETE ON suppression
BEGIN
  UPDATE revision SET suppression = suppression + 1;
END;

CREATE TRIGGER suppression_altered AFTER UPDATE ON suppression
BEGIN
  UPDATE revision SET suppression = suppression + 1;
END;

-- The foreign key says the same of failures, but is only kept where a program turns such keys on (the
-- sqlite3 shell does not); these are always kept, and need no further index.
CREATE TRIGGER suppression_rests_on_a_failure BEFORE INSERT ON suppression
WHEN NOT EXISTS (SELECT 1 FROM failure JOIN threshold USING (reason)
                 WHERE failure_id = NEW.failure_id AND message_id = NEW.message_id
                   AND reason = NEW.reason AND address = NEW.address)
 AND NOT EXISTS (SELECT 1 FROM complaint
                 WHERE complaint_id = NEW.complaint_id AND message_id = NEW.message_id
                   AND address = NEW.address)
BEGIN
  SELECT raise(ABORT, 'no failure or complaint says so');
END;

CREATE TRIGGER suppression_stays BEFORE UPDATE ON suppression
BEGIN
  SELECT raise(ABORT, 'a suppression is not altered: it is lifted, or follows from failures');
END;

CREATE TRIGGER failure_of_a_suppression_stays BEFORE DELETE ON failure
WHEN EXISTS (SELECT 1 FROM suppression WHERE failure_id = OLD.failure_id)
BEGIN
  SELECT raise(ABORT, 'a suppression rests on this failure');
END;

CREATE TRIGGER complaint_of_a_suppression_stays BEFORE DELETE ON complaint
WHEN EXISTS (SELECT 1 FROM suppression
             WHERE address = OLD.address AND complaint_id = OLD.complaint_id)
BEGIN
  SELECT raise(ABORT, 'a suppression rests on this complaint');
END;

-- INSERT INTO weigh (address, reason, day): have the failures of this address for this reason, from
-- that day on, reached the threshold? Each day that has a failure is taken as the last of a window;
-- so it does not matter in which order an archive is imported. The first failure recorded on the
-- first such day is the one that decided.
CREATE VIEW weigh AS SELECT address, reason, day FROM failure;

CREATE TRIGGER weigh_failures INSTEAD OF INSERT ON weigh
BEGIN
  INSERT INTO suppression
    (address, recipient, recipient_domain, reason, since, message_id, failure_id)
  SELECT address, recipient, recipient_domain, reason, failed_at, message_id, failure_id
  FROM failure
  WHERE failure_id =
    (SELECT last.failure_id
     FROM threshold AS t,
       (SELECT day, min(failure_id) AS failure_id FROM failure
        WHERE address = NEW.address AND reason = NEW.reason AND day >= NEW.day
        GROUP BY day) AS last
     WHERE t.reason = NEW.reason AND last.day < NEW.day + t.window
       AND (SELECT count(DISTINCT day) >= t.days AND last.day - min(day) >= t.span FROM failure
            WHERE address = NEW.address AND reason = NEW.reason
              AND day BETWEEN last.day - t.window + 1 AND last.day)
     ORDER BY last.day LIMIT 1)
  ON CONFLICT DO NOTHING;
END;

-- A second failure on the same day adds nothing, so it is not weighed: a flood of reports about one
-- address costs no more each than a single one.
CREATE TRIGGER failure_is_weighed AFTER INSERT ON failure
WHEN EXISTS (SELECT 1 FROM threshold WHERE reason = NEW.reason)
 AND NOT EXISTS (SELECT 1 FROM suppression WHERE address = NEW.address)
 AND NOT EXISTS (SELECT 1 FROM failure
                 WHERE address = NEW.address AND reason = NEW.reason AND day = NEW.day
                   AND failure_id <> NEW.failure_id)
BEGIN
  INSERT INTO weigh (address, reason, day) VALUES (NEW.address, NEW.reason, NEW.day);
END;

-- A verdict that is mended: what rested on it is lifted, and the address is weighed anew.
CREATE TRIGGER failure_is_judged_anew BEFORE UPDATE OF reason ON failure
WHEN OLD.reason <> NEW.reason
BEGIN
  DELETE FROM suppression WHERE failure_id = OLD.failure_id;
END;

CREATE TRIGGER failure_is_weighed_anew AFTER UPDATE OF reason ON failure
WHEN OLD.reason <> NEW.reason
BEGIN
  INSERT INTO weigh (address, reason, day)
    SELECT address, reason, min(day) FROM failure WHERE address = NEW.address GROUP BY reason;
END;

CREATE TRIGGER complaint_suppresses AFTER INSERT ON complaint
WHEN NEW.address IS NOT NULL
BEGIN
  INSERT INTO suppression
    (address, recipient, recipient_domain, reason, since, message_id, complaint_id)
  VALUES (NEW.address, NEW.recipient, NEW.recipient_domain, 'complaint', NEW.complained_at,
          NEW.message_id, NEW.complaint_id)
  ON CONFLICT DO NOTHING;
END;

PRAGMA user_version = 2;
