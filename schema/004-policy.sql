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

CREATE TRIGGER failure_was_told_better BEFORE INSERT ON failure
WHEN NEW.trust <> 'verified' AND EXISTS
  (SELECT 1 FROM failure
   WHERE original_message_id = NEW.original_message_id AND address = lower(NEW.recipient)
     AND coalesce(status, '') = coalesce(NEW.status, '') AND (trust = 'verified') = 1)
BEGIN
  SELECT raise(IGNORE);
END;

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
WHEN NEW.audit_id <> OLD.audit_id OR NEW.at <> OLD.at OR NEW.by_uid <> OLD.by_uid
  OR NEW.command <> OLD.command OR NEW.rows <> OLD.rows OR NEW.provider IS NOT OLD.provider
  OR NEW.since IS NOT OLD.since OR NEW.until IS NOT OLD.until
  OR NEW.domain IS NOT OLD.domain OR NEW.address IS NOT NULL OR NEW.note IS NOT NULL
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

CREATE TRIGGER failure_names_an_address AFTER INSERT ON failure
WHEN NEW.address IS NOT NULL AND NOT EXISTS
  (SELECT 1 FROM failure WHERE address = NEW.address AND failure_id <> NEW.failure_id)
BEGIN
  UPDATE guard SET named = named + 1;
END;

CREATE TRIGGER sent_is_counted AFTER INSERT ON sent
BEGIN
  UPDATE guard SET sent = sent + 1;
END;

CREATE TRIGGER sent_is_uncounted AFTER DELETE ON sent
BEGIN
  UPDATE guard SET sent = sent - 1;
END;

-- An entry comes and goes.
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

CREATE TRIGGER entry_stays BEFORE UPDATE ON entry
WHEN NEW.address <> OLD.address OR NEW.recipient <> OLD.recipient
  OR NEW.recipient_domain IS NOT OLD.recipient_domain OR NEW.provider IS NOT OLD.provider
  OR NEW.class IS NOT OLD.class OR NEW.reason <> OLD.reason OR NEW.since <> OLD.since
  OR NEW.message_id IS NOT OLD.message_id OR NEW.failure_id IS NOT OLD.failure_id
  OR NEW.complaint_id IS NOT OLD.complaint_id OR NEW.days IS NOT OLD.days
  OR NEW.span IS NOT OLD.span OR NEW.window IS NOT OLD.window
BEGIN
  SELECT raise(ABORT, 'an entry is not altered: it is lifted, or follows from failures');
END;

CREATE TRIGGER entry_added AFTER INSERT ON entry
WHEN NEW.state = 'active'
BEGIN
  UPDATE revision SET suppression = suppression + 1;
  INSERT INTO change (op, address, recipient, recipient_domain, class, reason, at)
    VALUES ('add', NEW.address, NEW.recipient, NEW.recipient_domain, NEW.class, NEW.reason,
            NEW.since);
END;

CREATE TRIGGER entry_confirmed AFTER UPDATE OF state ON entry
WHEN OLD.state = 'held' AND NEW.state = 'active'
BEGIN
  UPDATE revision SET suppression = suppression + 1;
  INSERT INTO change (op, address, recipient, recipient_domain, class, reason, at)
    VALUES ('add', NEW.address, NEW.recipient, NEW.recipient_domain, NEW.class, NEW.reason,
            NEW.since);
  UPDATE tally SET added = added + 1, held = held - 1
    WHERE source IN (NEW.source, '') AND day = NEW.since / 86400;
END;

CREATE TRIGGER entry_lifted AFTER DELETE ON entry
WHEN OLD.state = 'active'
BEGIN
  UPDATE revision SET suppression = suppression + 1;
  INSERT INTO change (op, address, recipient, recipient_domain, class, reason, at)
    VALUES ('remove', OLD.address, OLD.recipient, OLD.recipient_domain, OLD.class, OLD.reason,
            CAST(strftime('%s', 'now') AS INTEGER));
END;

CREATE TRIGGER entry_is_counted AFTER INSERT ON entry
WHEN NEW.reason <> 'manual'
BEGIN
  INSERT INTO tally (source, day, added, held)
    VALUES (NEW.source, NEW.since / 86400, NEW.state = 'active', NEW.state = 'held'),
           ('', NEW.since / 86400, NEW.state = 'active', NEW.state = 'held')
  ON CONFLICT DO UPDATE SET added = added + excluded.added, held = held + excluded.held;
  UPDATE guard SET holds = holds + 1 WHERE NEW.state = 'held';
END;

CREATE TRIGGER entry_is_uncounted AFTER DELETE ON entry
WHEN OLD.reason <> 'manual'
BEGIN
  UPDATE tally SET added = added - (OLD.state = 'active'), held = held - (OLD.state = 'held')
    WHERE source IN (OLD.source, '') AND day = OLD.since / 86400;
END;

CREATE TRIGGER failure_of_an_entry_stays BEFORE DELETE ON failure
WHEN EXISTS (SELECT 1 FROM entry WHERE failure_id = OLD.failure_id)
BEGIN
  SELECT raise(ABORT, 'a suppression rests on this failure');
END;

-- INSERT INTO decision: an address is to come on the list, unless somebody has decided otherwise,
-- and at once, unless the guard holds it. Days on which something was held are no measure for
-- later ones, and fewer than three days are no history.
CREATE VIEW decision AS SELECT * FROM suppression;

CREATE TRIGGER decision_is_taken INSTEAD OF INSERT ON decision
WHEN NOT EXISTS (SELECT 1 FROM override WHERE address = NEW.address)
BEGIN
  INSERT INTO entry (address, recipient, recipient_domain, provider, class, reason, since,
                     message_id, failure_id, complaint_id, days, span, window, state)
    SELECT NEW.address, NEW.recipient, NEW.recipient_domain, NEW.provider, NEW.class, NEW.reason,
           NEW.since, NEW.message_id, NEW.failure_id, NEW.complaint_id, NEW.days, NEW.span,
           NEW.window,
           iif(today.added >= guard.cap OR own.added >= own.most, 'held', 'active')
    FROM guard,
      (SELECT coalesce(sum(added), 0) AS added FROM tally
       WHERE source = '' AND day = NEW.since / 86400) AS today,
      (SELECT coalesce(sum(iif(day = NEW.since / 86400, added, 0)), 0) AS added,
              iif(sum(day < NEW.since / 86400 AND held = 0 AND added > 0) >= 3,
                  max(20, (SELECT nullif(provider_factor, 0) FROM guard) *
                          max(iif(day < NEW.since / 86400 AND held = 0, added, 0))), NULL) AS most
       FROM tally
       WHERE source = coalesce(NEW.provider, NEW.recipient_domain, '?')
         AND day BETWEEN NEW.since / 86400 - 90 AND NEW.since / 86400) AS own
    WHERE true
  ON CONFLICT DO NOTHING;
END;

-- INSERT INTO weigh (address, reason, day): have the failures of this address for this reason, from
-- that day on, reached the threshold? Each day that has a failure is taken as the last of a window;
-- so it does not matter in which order an archive is imported. The first failure recorded on the
-- first such day is the one that decided.
CREATE VIEW weigh AS SELECT address, reason, day FROM failure;

CREATE TRIGGER weigh_failures INSTEAD OF INSERT ON weigh
BEGIN
  INSERT INTO decision
    SELECT f.address, f.recipient, f.recipient_domain, f.provider, f.class, f.reason, f.failed_at,
           f.message_id, f.failure_id, NULL, t.days, t.span, t.window
    FROM failure AS f JOIN threshold AS t USING (reason)
    WHERE f.failure_id =
      (SELECT last.failure_id
       FROM threshold AS t,
         (SELECT day, min(failure_id) AS failure_id FROM failure
          WHERE address = NEW.address AND reason = NEW.reason AND counting = 1 AND day >= NEW.day
          GROUP BY day) AS last
       WHERE t.reason = NEW.reason AND last.day < NEW.day + t.window
         AND (SELECT count(DISTINCT day) >= t.days AND last.day - min(day) >= t.span FROM failure
              WHERE address = NEW.address AND reason = NEW.reason AND counting = 1
                AND day BETWEEN last.day - t.window + 1 AND last.day)
       ORDER BY last.day LIMIT 1);
END;

-- INSERT INTO settle (address): everything about this address, weighed anew; the threshold that was
-- reached first decides. What is on the list stays on it; so whoever settles has taken off before
-- what may be wrong.
CREATE VIEW settle AS SELECT address FROM failure;

CREATE TRIGGER settle_address INSTEAD OF INSERT ON settle
BEGIN
  INSERT INTO decision
    SELECT address, recipient, recipient_domain, provider, NULL, 'complaint', complained_at,
           message_id, NULL, complaint_id, 1, 0, 1
    FROM complaint WHERE address = NEW.address AND counting = 1
    ORDER BY complained_at, complaint_id LIMIT 1;
  INSERT INTO decision
    SELECT f.address, f.recipient, f.recipient_domain, f.provider, f.class, f.reason, f.failed_at,
           f.message_id, f.failure_id, NULL, t.days, t.span, t.window
    FROM failure AS f JOIN threshold AS t USING (reason)
    WHERE f.failure_id =
      (SELECT last.failure_id
       FROM threshold AS t JOIN
         (SELECT reason, day, min(failure_id) AS failure_id FROM failure
          WHERE address = NEW.address AND counting = 1 GROUP BY reason, day) AS last USING (reason)
       WHERE (SELECT count(DISTINCT day) >= t.days AND last.day - min(day) >= t.span FROM failure
              WHERE address = NEW.address AND reason = t.reason AND counting = 1
                AND day BETWEEN last.day - t.window + 1 AND last.day)
       ORDER BY last.day, last.failure_id LIMIT 1);
END;

-- A failure that another event has overtaken before it was recorded (an import, a slow report) does
-- not count. A second one on the same day adds nothing, so it is not weighed: a flood of reports
-- about one address costs no more each than a single one.
CREATE TRIGGER failure_is_weighed AFTER INSERT ON failure
WHEN NEW.address IS NOT NULL AND NEW.counting = 1
BEGIN
  UPDATE failure SET lifted = 'release'
    WHERE failure_id = NEW.failure_id AND EXISTS
      (SELECT 1 FROM release
       WHERE NEW.failed_at BETWEEN since AND until
         AND (provider IS NULL OR provider = NEW.provider)
         AND (domain IS NULL OR domain = NEW.recipient_domain));
  UPDATE failure SET lifted = 'allow'
    WHERE failure_id = NEW.failure_id AND EXISTS
      (SELECT 1 FROM override
       WHERE address = NEW.address AND verdict = 'allow' AND at > NEW.failed_at);
  UPDATE failure SET lifted = 'delivered'
    WHERE failure_id = NEW.failure_id AND EXISTS
      (SELECT 1 FROM delivery
       WHERE address = NEW.address AND action = 'delivered' AND counts = 1
         AND delivered_at > NEW.failed_at);
  INSERT INTO weigh (address, reason, day)
    SELECT NEW.address, NEW.reason, NEW.day
    WHERE EXISTS (SELECT 1 FROM threshold WHERE reason = NEW.reason)
      AND NOT EXISTS (SELECT 1 FROM entry WHERE address = NEW.address)
      AND EXISTS (SELECT 1 FROM failure WHERE failure_id = NEW.failure_id AND counting = 1)
      AND NOT EXISTS (SELECT 1 FROM failure
                      WHERE address = NEW.address AND reason = NEW.reason AND counting = 1
                        AND day = NEW.day AND failure_id <> NEW.failure_id);
END;

-- A verdict that is mended, or a failure that counts no more: what rested on it is lifted, and the
-- address is weighed anew.
CREATE TRIGGER failure_is_judged_anew BEFORE UPDATE OF reason ON failure
WHEN OLD.reason <> NEW.reason
BEGIN
  DELETE FROM entry WHERE address = OLD.address AND reason = OLD.reason;
END;

CREATE TRIGGER failure_is_weighed_anew AFTER UPDATE OF reason ON failure
WHEN OLD.reason <> NEW.reason AND NEW.address IS NOT NULL
BEGIN
  INSERT INTO settle (address) VALUES (NEW.address);
END;

CREATE TRIGGER failure_counts_no_more AFTER UPDATE OF counts, lifted ON failure
WHEN OLD.counting <> NEW.counting
 AND EXISTS (SELECT 1 FROM entry
             WHERE address = NEW.address AND reason = NEW.reason
               AND (failure_id = NEW.failure_id OR days > 1))
BEGIN
  DELETE FROM entry WHERE address = NEW.address AND reason = NEW.reason;
  INSERT INTO settle (address) VALUES (NEW.address);
END;

-- Who was reached, can be reached: earlier failures count no more. It says nothing about
-- complaints.
CREATE TRIGGER delivery_lifts AFTER INSERT ON delivery
WHEN NEW.action = 'delivered' AND NEW.counts = 1 AND EXISTS
  (SELECT 1 FROM failure
   WHERE address = NEW.address AND counting = 1 AND failed_at <= NEW.delivered_at)
BEGIN
  DELETE FROM entry WHERE address = NEW.address AND failure_id IS NOT NULL;
  UPDATE failure SET lifted = 'delivered'
    WHERE address = NEW.address AND counting = 1 AND failed_at <= NEW.delivered_at;
  INSERT INTO settle (address) VALUES (NEW.address);
END;

-- A complaint suppresses at once, also where failures wait for a decision already.
CREATE TRIGGER complaint_suppresses AFTER INSERT ON complaint
WHEN NEW.address IS NOT NULL AND NEW.counting = 1
BEGIN
  UPDATE complaint SET lifted = 'release'
    WHERE complaint_id = NEW.complaint_id AND EXISTS
      (SELECT 1 FROM release
       WHERE NEW.complained_at BETWEEN since AND until
         AND (provider IS NULL OR provider = NEW.provider)
         AND (domain IS NULL OR domain = NEW.recipient_domain));
  UPDATE complaint SET lifted = 'allow'
    WHERE complaint_id = NEW.complaint_id AND EXISTS
      (SELECT 1 FROM override
       WHERE address = NEW.address AND verdict = 'allow' AND at > NEW.complained_at);
  DELETE FROM entry
    WHERE address = NEW.address AND state = 'held' AND failure_id IS NOT NULL;
  INSERT INTO settle (address) VALUES (NEW.address);
END;

-- What people decide.
CREATE TRIGGER override_allows AFTER INSERT ON override
WHEN NEW.verdict = 'allow'
BEGIN
  DELETE FROM entry WHERE address = NEW.address;
  UPDATE failure SET lifted = 'allow' WHERE address = NEW.address AND counting = 1;
  UPDATE complaint SET lifted = 'allow' WHERE address = NEW.address AND counting = 1;
END;

CREATE TRIGGER override_suppresses AFTER INSERT ON override
WHEN NEW.verdict = 'suppress'
BEGIN
  DELETE FROM entry WHERE address = NEW.address;
  INSERT INTO entry (address, recipient, recipient_domain, reason, since)
    VALUES (NEW.address, NEW.recipient, NEW.recipient_domain, 'manual', NEW.at);
END;

CREATE TRIGGER override_is_withdrawn AFTER DELETE ON override
BEGIN
  DELETE FROM entry WHERE address = OLD.address AND reason = 'manual';
  INSERT INTO settle (address) VALUES (OLD.address);
END;

CREATE TRIGGER release_lifts AFTER INSERT ON release
BEGIN
  DELETE FROM entry WHERE failure_id IS NOT NULL AND EXISTS
    (SELECT 1 FROM failure AS f
     WHERE f.address = entry.address AND f.reason = entry.reason AND f.counting = 1
       AND f.failed_at BETWEEN NEW.since AND NEW.until
       AND (NEW.provider IS NULL OR f.provider = NEW.provider)
       AND (NEW.domain IS NULL OR f.recipient_domain = NEW.domain));
  DELETE FROM entry WHERE complaint_id IN
    (SELECT complaint_id FROM complaint
     WHERE complained_at BETWEEN NEW.since AND NEW.until
       AND (NEW.provider IS NULL OR provider = NEW.provider)
       AND (NEW.domain IS NULL OR recipient_domain = NEW.domain));
  UPDATE failure SET lifted = 'release'
    WHERE failed_at BETWEEN NEW.since AND NEW.until AND counting = 1 AND address IS NOT NULL
      AND (NEW.provider IS NULL OR provider = NEW.provider)
      AND (NEW.domain IS NULL OR recipient_domain = NEW.domain);
  UPDATE complaint SET lifted = 'release'
    WHERE complained_at BETWEEN NEW.since AND NEW.until AND counting = 1 AND address IS NOT NULL
      AND (NEW.provider IS NULL OR provider = NEW.provider)
      AND (NEW.domain IS NULL OR recipient_domain = NEW.domain);
  INSERT INTO settle (address)
    SELECT address FROM failure
    WHERE failed_at BETWEEN NEW.since AND NEW.until AND lifted = 'release' AND address IS NOT NULL
    UNION
    SELECT address FROM complaint
    WHERE complained_at BETWEEN NEW.since AND NEW.until AND lifted = 'release'
      AND address IS NOT NULL;
END;

-- What was said stays said; but it can be erased.
DROP TRIGGER message_is_history;
CREATE TRIGGER message_is_history BEFORE UPDATE ON message
WHEN NEW.message_id <> OLD.message_id OR NEW.digest <> OLD.digest OR NEW.kind <> OLD.kind
  OR NEW.reader IS NOT OLD.reader OR NEW.received_at <> OLD.received_at OR NEW.size <> OLD.size
  OR NEW.notes <> OLD.notes OR NEW.reported_at IS NOT OLD.reported_at
  OR NEW.reporting_mta IS NOT OLD.reporting_mta AND NEW.reporting_mta IS NOT NULL
  OR NEW.report_message_id IS NOT OLD.report_message_id AND NEW.report_message_id IS NOT NULL
  OR NEW.original_message_id IS NOT OLD.original_message_id AND NEW.original_message_id IS NOT NULL
  OR NEW.envelope_id IS NOT OLD.envelope_id AND NEW.envelope_id IS NOT NULL
  OR NEW.list_id IS NOT OLD.list_id AND NEW.list_id IS NOT NULL
  OR NEW.feedback_id IS NOT OLD.feedback_id AND NEW.feedback_id IS NOT NULL
  OR NEW.subject IS NOT OLD.subject AND NEW.subject IS NOT NULL
  OR NEW.envelope_sender IS NOT OLD.envelope_sender AND NEW.envelope_sender IS NOT NULL
  OR NEW.envelope_recipient IS NOT OLD.envelope_recipient AND NEW.envelope_recipient IS NOT NULL
BEGIN
  SELECT raise(ABORT, 'what a message said cannot be altered');
END;

DROP TRIGGER failure_is_history;
CREATE TRIGGER failure_is_history BEFORE UPDATE ON failure
WHEN NEW.failure_id <> OLD.failure_id OR NEW.message_id <> OLD.message_id
  OR NEW.failed_at <> OLD.failed_at OR NEW.recipient IS NOT OLD.recipient
  OR NEW.action IS NOT OLD.action OR NEW.trust <> OLD.trust
  OR NEW.final_recipient IS NOT OLD.final_recipient AND NEW.final_recipient IS NOT NULL
  OR NEW.original_recipient IS NOT OLD.original_recipient AND NEW.original_recipient IS NOT NULL
  OR NEW.diagnostic IS NOT OLD.diagnostic AND NEW.diagnostic IS NOT NULL
  OR NEW.notice IS NOT OLD.notice AND NEW.notice IS NOT NULL
  OR NEW.remote_mta IS NOT OLD.remote_mta AND NEW.remote_mta IS NOT NULL
  OR NEW.original_message_id IS NOT OLD.original_message_id AND NEW.original_message_id IS NOT NULL
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
