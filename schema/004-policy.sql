-- What people decide about addresses, which reports count, and the guard against bad days.
-- bouncedb-schema(7) explains it.

-- Whether a report is known to be an answer to something that was sent: signed and within its time
-- (verified), signed once but too old (expired), with a signature that is wrong (bad_tag), about an
-- address that was written to lately (sent), or none of these (unsigned). counts: whether it may
-- suppress or lift; which trust that takes is a setting. lifted: what made it count no more.
-- token: of a signed return path; the same one counts once a day.
ALTER TABLE message ADD COLUMN trust TEXT NOT NULL DEFAULT 'unsigned'
  CHECK (trust IN ('verified', 'expired', 'bad_tag', 'sent', 'unsigned'));

ALTER TABLE failure ADD COLUMN trust TEXT NOT NULL DEFAULT 'unsigned'
  CHECK (trust IN ('verified', 'expired', 'bad_tag', 'sent', 'unsigned'));
ALTER TABLE failure ADD COLUMN token TEXT;
ALTER TABLE failure ADD COLUMN counts INTEGER NOT NULL DEFAULT 1 CHECK (counts IN (0, 1));
ALTER TABLE failure ADD COLUMN lifted TEXT CHECK (lifted IN ('delivered', 'allow', 'release'));
ALTER TABLE failure ADD COLUMN counting INTEGER AS (counts = 1 AND lifted IS NULL) VIRTUAL;

ALTER TABLE complaint ADD COLUMN trust TEXT NOT NULL DEFAULT 'unsigned'
  CHECK (trust IN ('verified', 'expired', 'bad_tag', 'sent', 'unsigned'));
ALTER TABLE complaint ADD COLUMN counts INTEGER NOT NULL DEFAULT 1 CHECK (counts IN (0, 1));
ALTER TABLE complaint ADD COLUMN lifted TEXT CHECK (lifted IN ('allow', 'release'));
ALTER TABLE complaint ADD COLUMN counting INTEGER AS (counts = 1 AND lifted IS NULL) VIRTUAL;

ALTER TABLE delivery ADD COLUMN trust TEXT NOT NULL DEFAULT 'unsigned'
  CHECK (trust IN ('verified', 'expired', 'bad_tag', 'sent', 'unsigned'));
ALTER TABLE delivery ADD COLUMN counts INTEGER NOT NULL DEFAULT 1 CHECK (counts IN (0, 1));

DROP INDEX failure_address;
CREATE INDEX failure_address ON failure (address, reason, counting, day);

-- The same failure told by two letters is one, but whoever forges a report in advance must not
-- shut out the signed one.
DROP INDEX failure_told;
CREATE UNIQUE INDEX failure_told
  ON failure (original_message_id, address, coalesce(status, ''), trust = 'verified')
  WHERE original_message_id IS NOT NULL;
CREATE UNIQUE INDEX failure_replayed ON failure (token, day, reason) WHERE token IS NOT NULL;

-- The people's decisions. An override wins over everything that reports say.
CREATE TABLE override (
  address TEXT NOT NULL PRIMARY KEY,
  recipient TEXT NOT NULL,
  recipient_domain TEXT,
  verdict TEXT NOT NULL CHECK (verdict IN ('allow', 'suppress')),
  note TEXT,
  by_uid INTEGER NOT NULL,
  at INTEGER NOT NULL,
  CHECK (address = lower(recipient))
) STRICT, WITHOUT ROWID;

-- Failures and complaints of a provider (or of a recipient's domain) in this time do not count,
-- whenever they are recorded.
CREATE TABLE release (
  release_id INTEGER PRIMARY KEY,
  provider TEXT,
  domain TEXT,
  since INTEGER NOT NULL,
  until INTEGER NOT NULL CHECK (until >= since),
  CHECK (provider IS NOT NULL OR domain IS NOT NULL)
) STRICT;

-- Addresses of which everything is erased, save that they are not to be written to: an HMAC whose
-- key is not in the database.
CREATE TABLE forgotten (
  hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
  reason TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who did what, when and why. Never altered; only the name of whom it was about can be erased.
CREATE TABLE audit (
  audit_id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  by_uid INTEGER NOT NULL,
  command TEXT NOT NULL,
  address TEXT,
  provider TEXT,
  domain TEXT,
  since INTEGER,
  until INTEGER,
  note TEXT,
  rows INTEGER NOT NULL -- how many entries of the list it changed
) STRICT;

CREATE INDEX audit_address ON audit (address) WHERE address IS NOT NULL;

CREATE TRIGGER audit_is_not_altered BEFORE UPDATE ON audit
WHEN NOT EXISTS (SELECT 1 FROM setting WHERE name = 'erasing')
BEGIN
  SELECT raise(ABORT, 'the audit is not altered');
END;

CREATE TRIGGER audit_stays BEFORE DELETE ON audit
BEGIN
  SELECT raise(ABORT, 'the audit is not altered');
END;

-- What the program remembers of its configuration, so that a changed one is noticed.
CREATE TABLE setting (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Addresses that mail was sent to lately, hashed, and when last.
CREATE TABLE sent (
  hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sent_at ON sent (at);

-- Signed return paths whose address is too long to stand in them carry this number.
CREATE TABLE return_path (
  return_path_id INTEGER PRIMARY KEY AUTOINCREMENT,
  recipient TEXT NOT NULL,
  at INTEGER NOT NULL,
  address TEXT AS (lower(recipient)) VIRTUAL
) STRICT;

CREATE UNIQUE INDEX return_path_recipient ON return_path (recipient);
CREATE INDEX return_path_address ON return_path (address);

-- The list: what suppresses each address. Until now it was the table suppression, which is a view
-- of it now: of the entries that are active. The held ones wait for somebody to decide. Each entry
-- names the failure or the complaint that decided, and under which threshold.
DROP TRIGGER failure_of_a_suppression_stays;
DROP TRIGGER failure_is_weighed;
DROP TRIGGER failure_is_judged_anew;
DROP TRIGGER failure_is_weighed_anew;
DROP TRIGGER complaint_suppresses;
DROP VIEW weigh;

CREATE TABLE entry (
  address TEXT NOT NULL PRIMARY KEY,
  recipient TEXT NOT NULL,
  recipient_domain TEXT,
  provider TEXT,
  class TEXT,
  reason TEXT NOT NULL
    CHECK (reason IN ('manual', 'complaint', 'user_unknown', 'host_unknown', 'mailbox_disabled',
                      'moved', 'not_accepting', 'suppressed', 'mailbox_full', 'network_error',
                      'expired', 'system_error', 'system_full', 'mailer_error', 'undefined')),
  since INTEGER NOT NULL,
  message_id INTEGER REFERENCES message,
  failure_id INTEGER,
  complaint_id INTEGER REFERENCES complaint,
  days INTEGER,
  span INTEGER,
  window INTEGER,
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'held')),
  source TEXT AS (coalesce(provider, recipient_domain, '?')) VIRTUAL,
  FOREIGN KEY (message_id, failure_id, reason)
    REFERENCES failure (message_id, failure_id, reason),
  CHECK (address = lower(recipient)),
  CHECK ((reason = 'manual') = (message_id IS NULL)),
  CHECK ((reason = 'complaint') = (complaint_id IS NOT NULL)),
  CHECK ((reason IN ('manual', 'complaint')) = (failure_id IS NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO entry (address, recipient, recipient_domain, provider, class, reason, since, message_id,
                   failure_id, complaint_id, days, span, window)
  SELECT s.address, s.recipient, s.recipient_domain, coalesce(f.provider, c.provider), f.class,
         s.reason, s.since, s.message_id, s.failure_id, s.complaint_id, t.days, t.span, t.window
  FROM suppression AS s JOIN threshold AS t USING (reason)
  LEFT JOIN failure AS f ON f.failure_id = s.failure_id
  LEFT JOIN complaint AS c ON c.complaint_id = s.complaint_id;

DROP TABLE suppression;

CREATE INDEX entry_failure ON entry (failure_id) WHERE failure_id IS NOT NULL;
CREATE INDEX entry_complaint ON entry (complaint_id) WHERE complaint_id IS NOT NULL;
CREATE INDEX entry_held ON entry (source, since) WHERE state = 'held';

CREATE VIEW suppression AS
  SELECT address, recipient, recipient_domain, provider, class, reason, since, message_id,
         failure_id, complaint_id, days, span, window
  FROM entry WHERE state = 'active';

CREATE VIEW held AS
  SELECT address, recipient, recipient_domain, provider, class, reason, since, message_id,
         failure_id, complaint_id, days, span, window
  FROM entry WHERE state = 'held';

CREATE TRIGGER suppression_is_lifted INSTEAD OF DELETE ON suppression
BEGIN
  DELETE FROM entry WHERE address = OLD.address;
END;

-- How the list has changed, in the order of the commits: who came (add), who went (remove), and
-- that somebody was erased (erase), after which a copy has to be made anew.
CREATE TABLE change (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  op TEXT NOT NULL CHECK (op IN ('add', 'remove', 'erase')),
  address TEXT,
  recipient TEXT,
  recipient_domain TEXT,
  class TEXT,
  reason TEXT,
  at INTEGER NOT NULL,
  CHECK ((op = 'erase') = (address IS NULL))
) STRICT;

CREATE INDEX change_address ON change (address);

INSERT INTO change (op, address, recipient, recipient_domain, class, reason, at)
  SELECT 'add', address, recipient, recipient_domain, class, reason, since
  FROM entry ORDER BY since, address;

-- How far somebody has read the changes (export --cursor).
CREATE TABLE cursor (
  name TEXT NOT NULL PRIMARY KEY,
  seq INTEGER NOT NULL,
  format TEXT NOT NULL,
  filter TEXT NOT NULL,
  at INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  sha256 TEXT
) STRICT, WITHOUT ROWID;

-- What tells this database from every other: the files alongside are known by it.
INSERT INTO setting (name, value) VALUES ('identity', lower(hex(randomblob(16))));

-- New entries a day, by the provider (or the recipient's domain, where none was recognised) and in
-- all (source ''), so that nothing has to be counted when one more comes.
CREATE TABLE tally (
  source TEXT NOT NULL,
  day INTEGER NOT NULL,
  added INTEGER NOT NULL DEFAULT 0,
  held INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (source, day)
) STRICT, WITHOUT ROWID;

INSERT INTO tally (source, day, added)
  SELECT source, since / 86400, count(*) FROM entry GROUP BY 1, 2
  UNION ALL
  SELECT '', since / 86400, count(*) FROM entry GROUP BY 2;

-- The guard: so many new entries a day (0: any number), at most so many percent of the addresses
-- known, and of one source not more than factor times its busiest day of the last 90. The rest is
-- held. Which addresses are known: those that were written to, else those that reports have named,
-- where these are enough to say anything. cap is what comes of that; NULL is no cap.
CREATE TABLE guard (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  max_new INTEGER NOT NULL CHECK (max_new >= 0),
  max_share INTEGER NOT NULL CHECK (max_share BETWEEN 0 AND 100),
  provider_factor INTEGER NOT NULL CHECK (provider_factor >= 0),
  named INTEGER NOT NULL,           -- addresses in failure
  sent INTEGER NOT NULL DEFAULT 0,  -- addresses in sent
  holds INTEGER NOT NULL DEFAULT 0, -- entries that were ever held
  warned_day INTEGER NOT NULL DEFAULT 0,
  share INTEGER AS (max(20, CASE WHEN max_share = 0 THEN NULL WHEN sent > 0 THEN sent
                                 WHEN named >= 1000 THEN named END * max_share / 100)) VIRTUAL,
  cap INTEGER AS (coalesce(min(nullif(max_new, 0), share), nullif(max_new, 0), share)) VIRTUAL
) STRICT;

INSERT INTO guard (only, max_new, max_share, provider_factor, named)
  SELECT 1, 0, 0, 0, count(DISTINCT address) FROM failure;

CREATE TRIGGER sent_is_counted AFTER INSERT ON sent
BEGIN
  UPDATE guard SET sent = sent + 1;
END;

CREATE TRIGGER sent_is_uncounted AFTER DELETE ON sent
BEGIN
  UPDATE guard SET sent = sent - 1;
END;

-- What must never be, whoever writes. The program draws the conclusions from what it records
-- (store-weigh.c); here it is only held that an entry rests on something that counts, and is no
-- fault of the sender.
CREATE TRIGGER entry_has_a_reason BEFORE INSERT ON entry
WHEN NOT EXISTS (SELECT 1 FROM failure JOIN threshold USING (reason)
                 WHERE failure_id = NEW.failure_id AND message_id = NEW.message_id
                   AND reason = NEW.reason AND address = NEW.address AND counting = 1
                   AND party NOT IN ('sender', 'message'))
 AND NOT EXISTS (SELECT 1 FROM complaint
                 WHERE complaint_id = NEW.complaint_id AND message_id = NEW.message_id
                   AND address = NEW.address AND counting = 1)
 AND NOT EXISTS (SELECT 1 FROM override
                 WHERE NEW.reason = 'manual' AND address = NEW.address AND verdict = 'suppress')
BEGIN
  SELECT raise(ABORT, 'no failure, complaint or override says so');
END;

CREATE TRIGGER entry_stays
BEFORE UPDATE OF address, recipient, recipient_domain, provider, class, reason, since, message_id,
  failure_id, complaint_id, days, span, window ON entry
BEGIN
  SELECT raise(ABORT, 'an entry is not altered: it is lifted, or follows from failures');
END;

CREATE TRIGGER failure_of_an_entry_stays BEFORE DELETE ON failure
WHEN EXISTS (SELECT 1 FROM entry WHERE failure_id = OLD.failure_id)
BEGIN
  SELECT raise(ABORT, 'a suppression rests on this failure');
END;

CREATE TRIGGER failure_bears_no_more BEFORE UPDATE OF reason, counts, lifted ON failure
WHEN NEW.reason <> OLD.reason OR NEW.counts <> OLD.counts OR NEW.lifted IS NOT OLD.lifted
BEGIN
  DELETE FROM entry
    WHERE address = OLD.address AND reason = OLD.reason
      AND (failure_id = OLD.failure_id OR days > 1);
END;

CREATE TRIGGER complaint_bears_no_more BEFORE UPDATE OF counts, lifted ON complaint
BEGIN
  DELETE FROM entry WHERE complaint_id = OLD.complaint_id;
END;

CREATE TRIGGER override_is_withdrawn BEFORE DELETE ON override
BEGIN
  DELETE FROM entry WHERE address = OLD.address AND reason = 'manual';
END;

-- What follows from an entry: the list has changed, and the day has one more, or one less.
CREATE TRIGGER entry_comes AFTER INSERT ON entry
BEGIN
  UPDATE revision SET suppression = suppression + (NEW.state = 'active');
  UPDATE guard SET holds = holds + 1 WHERE NEW.state = 'held';
  INSERT INTO change (op, address, recipient, recipient_domain, class, reason, at)
    SELECT 'add', NEW.address, NEW.recipient, NEW.recipient_domain, NEW.class, NEW.reason, NEW.since
    WHERE NEW.state = 'active';
  INSERT INTO tally (source, day, added, held)
    SELECT value, NEW.since / 86400, NEW.state = 'active', NEW.state = 'held'
    FROM (SELECT NEW.source AS value UNION ALL SELECT '') WHERE NEW.reason <> 'manual'
  ON CONFLICT DO UPDATE SET added = added + excluded.added, held = held + excluded.held;
END;

CREATE TRIGGER entry_is_confirmed AFTER UPDATE OF state ON entry
WHEN OLD.state = 'held' AND NEW.state = 'active'
BEGIN
  UPDATE revision SET suppression = suppression + 1;
  INSERT INTO change (op, address, recipient, recipient_domain, class, reason, at)
    VALUES ('add', NEW.address, NEW.recipient, NEW.recipient_domain, NEW.class, NEW.reason,
            NEW.since);
  UPDATE tally SET added = added + 1, held = held - 1
    WHERE source IN (NEW.source, '') AND day = NEW.since / 86400;
END;

CREATE TRIGGER entry_goes AFTER DELETE ON entry
BEGIN
  UPDATE revision SET suppression = suppression + (OLD.state = 'active');
  INSERT INTO change (op, address, recipient, recipient_domain, class, reason, at)
    SELECT 'remove', OLD.address, OLD.recipient, OLD.recipient_domain, OLD.class, OLD.reason,
           CAST(strftime('%s', 'now') AS INTEGER)
    WHERE OLD.state = 'active';
  UPDATE tally SET added = added - (OLD.state = 'active'), held = held - (OLD.state = 'held')
    WHERE source IN (OLD.source, '') AND day = OLD.since / 86400 AND OLD.reason <> 'manual';
END;

-- What was said stays said; only forget erases, and says so in the setting erasing, for as long as
-- its transaction lasts.
DROP TRIGGER message_is_history;
CREATE TRIGGER message_is_history
BEFORE UPDATE OF message_id, digest, kind, reader, received_at, reported_at, reporting_mta,
  report_message_id, original_message_id, envelope_id, list_id, feedback_id, envelope_sender,
  envelope_recipient, size, notes ON message
WHEN NOT EXISTS (SELECT 1 FROM setting WHERE name = 'erasing')
BEGIN
  SELECT raise(ABORT, 'what a message said cannot be altered');
END;

DROP TRIGGER failure_is_history;
CREATE TRIGGER failure_is_history
BEFORE UPDATE OF failure_id, message_id, failed_at, recipient, final_recipient, original_recipient,
  action, diagnostic, notice, remote_mta, original_message_id, trust ON failure
WHEN NOT EXISTS (SELECT 1 FROM setting WHERE name = 'erasing')
BEGIN
  SELECT raise(ABORT, 'what a failure rests on cannot be altered');
END;

-- Views that show more now.
DROP VIEW event;
CREATE VIEW event AS
  SELECT failed_at AS happened_at, 'failure' AS event, failure_id AS event_id, message_id, address,
         recipient, class, reason, provider, status, reply_code, stage, diagnostic, rule, trust,
         counts, lifted
  FROM failure
  UNION ALL
  SELECT failed_at, 'delay', delay_id, message_id, address, recipient, class, reason, provider,
         status, reply_code, stage, diagnostic, rule, NULL, NULL, NULL
  FROM delay
  UNION ALL
  SELECT delivered_at, coalesce(action, 'delivered'), delivery_id, message_id, address, recipient,
         NULL, NULL, NULL, status, NULL, NULL, diagnostic, NULL, trust, counts, NULL
  FROM delivery
  UNION ALL
  SELECT complained_at, 'complaint', complaint_id, message_id, address, recipient, NULL, NULL,
         provider, NULL, NULL, NULL, NULL, NULL, trust, counts, lifted
  FROM complaint;

DROP VIEW standing;
CREATE VIEW standing AS
  SELECT f.address, f.reason, f.failures, f.first_at, f.last_at,
         (SELECT count(DISTINCT day) FROM failure
          WHERE address = f.address AND reason = f.reason AND counting = 1
            AND day > f.last_day - coalesce(t.window, 180)) AS days,
         (SELECT coalesce(max(day) - min(day), 0) FROM failure
          WHERE address = f.address AND reason = f.reason AND counting = 1
            AND day > f.last_day - coalesce(t.window, 180)) AS span,
         t.days AS days_needed, t.span AS span_needed, t.window
  FROM (SELECT address, reason, count(*) AS failures, min(failed_at) AS first_at,
               max(failed_at) AS last_at, max(day) AS last_day
        FROM failure WHERE address IS NOT NULL GROUP BY address, reason) AS f
  LEFT JOIN threshold AS t USING (reason);

PRAGMA user_version = 4;
