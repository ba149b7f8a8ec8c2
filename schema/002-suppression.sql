-- The suppression list: what may come on it, what people decide, what is on it, and how it changes.
-- The program draws the conclusions from what it records (store-weigh.c); what must never be, the
-- checks and triggers here refuse, whoever writes.

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
  expires INTEGER CHECK (expires >= 1), -- days after which an entry ends; NULL = never
  CHECK (reason <> 'complaint' OR (days = 1 AND span = 0 AND expires IS NULL))
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

-- Addresses and domains (with their subdomains) of one's own, in lower case, which nothing
-- suppresses. While there are any, a trigger discards entries for them (store-own.c).
CREATE TABLE never (
  name TEXT NOT NULL PRIMARY KEY CHECK (name = lower(name))
) STRICT, WITHOUT ROWID;

-- Signs of life of addresses that have failed or are suppressed: accepted_at and stood_at, when
-- their host accepted a message (store-alive.c says which two), and wrote_at, when a message came
-- from them.
CREATE TABLE alive (
  address TEXT NOT NULL PRIMARY KEY,
  accepted_at INTEGER,
  stood_at INTEGER CHECK (stood_at < accepted_at),
  wrote_at INTEGER
) STRICT, WITHOUT ROWID;

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

-- The list: what suppresses each address. Those that are active are the view suppression; the held
-- ones wait for somebody to decide. Each entry names the failure or the complaint that decided, and
-- under which threshold.
CREATE TABLE entry (
  address TEXT NOT NULL PRIMARY KEY,
  recipient TEXT NOT NULL,
  recipient_domain TEXT,
  provider TEXT,
  class TEXT,
  reason TEXT NOT NULL
    CHECK (reason = 'manual' OR reason = 'complaint' OR reason = 'user_unknown'
           OR reason = 'host_unknown' OR reason = 'mailbox_disabled' OR reason = 'moved'
           OR reason = 'not_accepting' OR reason = 'suppressed' OR reason = 'mailbox_full'
           OR reason = 'network_error' OR reason = 'expired' OR reason = 'system_error'
           OR reason = 'system_full' OR reason = 'mailer_error' OR reason = 'undefined'),
  since INTEGER NOT NULL,
  message_id INTEGER,
  failure_id INTEGER,
  complaint_id INTEGER,
  days INTEGER,
  span INTEGER,
  window INTEGER,
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'held')),
  source TEXT AS (coalesce(provider, recipient_domain, '?')) VIRTUAL,
  CHECK (address = lower(recipient)),
  CHECK ((reason = 'manual') = (message_id IS NULL)),
  CHECK ((reason = 'complaint') = (complaint_id IS NOT NULL)),
  CHECK ((reason IN ('manual', 'complaint')) = (failure_id IS NULL))
) STRICT, WITHOUT ROWID;

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
-- that somebody was erased (erase), after which a copy has to be made anew. The last row cannot be
-- deleted, so that no number comes twice.
CREATE TABLE change (
  seq INTEGER PRIMARY KEY,
  op TEXT NOT NULL CHECK (op = 'add' OR op = 'remove' OR op = 'erase'),
  address TEXT,
  recipient TEXT,
  recipient_domain TEXT,
  class TEXT,
  reason TEXT,
  at INTEGER NOT NULL,
  CHECK ((op = 'erase') = (address IS NULL))
) STRICT;

CREATE INDEX change_address ON change (address);

CREATE TRIGGER last_change_stays BEFORE DELETE ON change
WHEN OLD.seq = (SELECT max(seq) FROM change)
BEGIN
  SELECT raise(ABORT, 'the number of the last change would come twice');
END;

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

-- New entries a day, by the provider (or the recipient's domain, where none was recognised) and in
-- all (source ''), so that nothing has to be counted when one more comes.
CREATE TABLE tally (
  source TEXT NOT NULL,
  day INTEGER NOT NULL,
  added INTEGER NOT NULL DEFAULT 0,
  held INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (source, day)
) STRICT, WITHOUT ROWID;

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

INSERT INTO guard (only, max_new, max_share, provider_factor, named) VALUES (1, 0, 0, 0, 0);

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
WHEN EXISTS (SELECT 1 FROM entry WHERE address = OLD.address AND failure_id = OLD.failure_id)
BEGIN
  SELECT raise(ABORT, 'a suppression rests on this failure');
END;

CREATE TRIGGER complaint_of_an_entry_stays BEFORE DELETE ON complaint
WHEN EXISTS (SELECT 1 FROM entry WHERE address = OLD.address AND complaint_id = OLD.complaint_id)
BEGIN
  SELECT raise(ABORT, 'a suppression rests on this complaint');
END;

-- An entry rests on the failure that decided, and on those of the days before it.
CREATE TRIGGER failure_bears_no_more BEFORE UPDATE OF reason, party, counts, lifted ON failure
WHEN OLD.counting = 1 AND (NEW.reason <> OLD.reason OR NEW.party <> OLD.party
                           OR NEW.counts <> OLD.counts OR NEW.lifted IS NOT OLD.lifted)
BEGIN
  DELETE FROM entry
    WHERE address = OLD.address AND reason = OLD.reason
      AND (failure_id = OLD.failure_id OR (days > 1 AND OLD.failed_at / 86400 <= since / 86400));
END;

CREATE TRIGGER complaint_bears_no_more BEFORE UPDATE OF counts, lifted ON complaint
BEGIN
  DELETE FROM entry WHERE address = OLD.address AND complaint_id = OLD.complaint_id;
END;

CREATE TRIGGER override_is_withdrawn BEFORE DELETE ON override
BEGIN
  DELETE FROM entry WHERE address = OLD.address AND reason = 'manual';
END;

-- What follows from an entry: the list has changed, and the day has one more, or one less.
CREATE TRIGGER entry_comes AFTER INSERT ON entry
BEGIN
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
WHEN NEW.state <> OLD.state
BEGIN
  SELECT raise(ABORT, 'what is on the list is not held any more: it is lifted')
    WHERE NEW.state = 'held';
  INSERT INTO change (op, address, recipient, recipient_domain, class, reason, at)
    VALUES ('add', NEW.address, NEW.recipient, NEW.recipient_domain, NEW.class, NEW.reason,
            NEW.since);
  UPDATE tally SET added = added + 1, held = held - 1
    WHERE source IN (NEW.source, '') AND day = NEW.since / 86400;
END;

CREATE TRIGGER entry_goes AFTER DELETE ON entry
BEGIN
  INSERT INTO change (op, address, recipient, recipient_domain, class, reason, at)
    SELECT 'remove', OLD.address, OLD.recipient, OLD.recipient_domain, OLD.class, OLD.reason,
           CAST(strftime('%s', 'now') AS INTEGER)
    WHERE OLD.state = 'active';
  UPDATE tally SET added = added - (OLD.state = 'active'), held = held - (OLD.state = 'held')
    WHERE source IN (OLD.source, '') AND day = OLD.since / 86400 AND OLD.reason <> 'manual';
END;

PRAGMA user_version = 2;
