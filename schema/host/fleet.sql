-- What a host of a fleet has to know (bouncedb-fleet(7)). Created when it joins, and run again
-- whenever it joins again.

-- fleet, identity: of the fleet, and of this host in it. seen, mark: the last change of the fleet's
-- list that was applied. message_id, audit_id: how far the fleet has judged what was recorded and
-- decided here. change_seq: up to where the list here was compared with the fleet's.
CREATE TABLE IF NOT EXISTS fleet (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  fleet TEXT NOT NULL,
  identity TEXT NOT NULL,
  seen INTEGER NOT NULL DEFAULT 0,
  mark TEXT,
  message_id INTEGER NOT NULL DEFAULT 0,
  audit_id INTEGER NOT NULL DEFAULT 0,
  change_seq INTEGER NOT NULL DEFAULT 0,
  synced_at INTEGER
) STRICT;

-- The fleet's list. who: the first half of a keyed hash of the address, in hexadecimal. stale: from
-- before the whole list was read again.
CREATE TABLE IF NOT EXISTS fleet_list (
  who TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('listed', 'allowed', 'forgotten', 'gone', 'stale')),
  address TEXT,
  recipient TEXT,
  recipient_domain TEXT,
  provider TEXT,
  class TEXT,
  reason TEXT,
  since INTEGER,
  CHECK (address = lower(recipient))
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS fleet_list_address ON fleet_list (address) WHERE address IS NOT NULL;
CREATE INDEX IF NOT EXISTS fleet_list_gone ON fleet_list (who) WHERE state = 'gone';
CREATE INDEX IF NOT EXISTS fleet_list_stale ON fleet_list (who) WHERE state = 'stale';

-- Orders of the fleet to erase somebody that were carried out.
CREATE TABLE IF NOT EXISTS fleet_erased (
  who TEXT NOT NULL PRIMARY KEY,
  seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Failures whose verdict has changed since the fleet took them.
CREATE TABLE IF NOT EXISTS corrected (
  failure_id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT;

-- Messages that the fleet could not take.
CREATE TABLE IF NOT EXISTS fleet_aside (
  message_id INTEGER PRIMARY KEY,
  why TEXT NOT NULL
) STRICT;

-- An entry may also rest on the fleet's list: then message_id is 0.
DROP TRIGGER IF EXISTS entry_has_a_reason;
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
 AND NOT EXISTS (SELECT 1 FROM fleet_list
                 WHERE NEW.message_id = 0 AND address = NEW.address AND reason = NEW.reason
                   AND state = 'listed')
BEGIN
  SELECT raise(ABORT, 'no failure, complaint or override says so');
END;

-- lifted: what only the host knows of. The fleet knows of deliveries, releases and decisions.
CREATE TRIGGER IF NOT EXISTS failure_is_corrected
AFTER UPDATE OF provider, class, reason, party, rule, matched, lifted ON failure
WHEN NEW.reason <> OLD.reason OR NEW.class <> OLD.class OR NEW.party <> OLD.party
  OR NEW.provider IS NOT OLD.provider OR NEW.rule IS NOT OLD.rule
  OR NEW.matched IS NOT OLD.matched
  OR (NEW.lifted IS NOT OLD.lifted
      AND (coalesce(NEW.lifted, '') IN ('wave', 'accepted', 'expired')
           OR coalesce(OLD.lifted, '') IN ('wave', 'accepted', 'expired')))
BEGIN
  INSERT INTO corrected VALUES (NEW.failure_id, CAST(strftime('%s', 'now') AS INTEGER))
    ON CONFLICT DO UPDATE SET at = excluded.at;
END;

-- Once a number of a message was given, no later message has it.
CREATE TRIGGER IF NOT EXISTS last_message_stays BEFORE DELETE ON message
WHEN OLD.message_id = (SELECT max(message_id) FROM message)
BEGIN
  SELECT raise(IGNORE);
END;
