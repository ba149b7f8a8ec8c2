-- Reports that nothing proves. Anyone can send one, so one message, and all of a day, may add only
-- so many entries by them. The rest is held. The settings are in [guard] and [suppression].

-- unproven_message: new entries of one message; unproven_day, or unproven_share percent of the
-- addresses known if that is more: of a day. 0: any number. unproven_cap is what comes of the last
-- two; NULL is no cap.
ALTER TABLE guard ADD COLUMN unproven_message INTEGER NOT NULL DEFAULT 0;
ALTER TABLE guard ADD COLUMN unproven_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE guard ADD COLUMN unproven_share INTEGER NOT NULL DEFAULT 0;
ALTER TABLE guard ADD COLUMN unproven_cap INTEGER AS (CASE WHEN unproven_day > 0 THEN
  max(unproven_day, CASE WHEN sent > 0 THEN sent ELSE named END * unproven_share / 100) END)
  VIRTUAL;

-- On how many different days an address must fail at least if no failure is proven.
ALTER TABLE threshold ADD COLUMN least INTEGER NOT NULL DEFAULT 1;

-- Whether nothing proves the failure or complaint that decided, nor has anybody confirmed it.
ALTER TABLE entry ADD COLUMN unproven INTEGER NOT NULL DEFAULT 0;
CREATE INDEX entry_unproven ON entry (message_id) WHERE unproven = 1;

ALTER TABLE tally ADD COLUMN unproven INTEGER NOT NULL DEFAULT 0; -- of those added

DROP TRIGGER IF EXISTS entry_comes;
CREATE TRIGGER entry_comes AFTER INSERT ON entry
BEGIN
  UPDATE guard SET holds = holds + 1 WHERE NEW.state = 'held';
  INSERT INTO change (op, address, recipient, recipient_domain, class, reason, at)
    SELECT 'add', NEW.address, NEW.recipient, NEW.recipient_domain, NEW.class, NEW.reason, NEW.since
    WHERE NEW.state = 'active';
  INSERT INTO tally (source, day, added, held, unproven)
    SELECT value, NEW.since / 86400, NEW.state = 'active', NEW.state = 'held',
           NEW.state = 'active' AND NEW.unproven
    FROM (SELECT NEW.source AS value UNION ALL SELECT '') WHERE NEW.reason <> 'manual'
  ON CONFLICT DO UPDATE SET added = added + excluded.added, held = held + excluded.held,
    unproven = unproven + excluded.unproven;
END;

-- Whoever confirms an entry vouches for it.
DROP TRIGGER IF EXISTS entry_is_confirmed;
CREATE TRIGGER entry_is_confirmed AFTER UPDATE OF state ON entry
WHEN NEW.state <> OLD.state
BEGIN
  SELECT raise(ABORT, 'an entry on the list cannot be held: it is lifted')
    WHERE NEW.state = 'held';
  INSERT INTO change (op, address, recipient, recipient_domain, class, reason, at)
    VALUES ('add', NEW.address, NEW.recipient, NEW.recipient_domain, NEW.class, NEW.reason,
            NEW.since);
  UPDATE entry SET unproven = 0 WHERE address = NEW.address AND unproven = 1;
  UPDATE tally SET added = added + 1, held = held - 1
    WHERE source IN (NEW.source, '') AND day = NEW.since / 86400;
END;

DROP TRIGGER IF EXISTS entry_goes;
CREATE TRIGGER entry_goes AFTER DELETE ON entry
BEGIN
  INSERT INTO change (op, address, recipient, recipient_domain, class, reason, at)
    SELECT 'remove', OLD.address, OLD.recipient, OLD.recipient_domain, OLD.class, OLD.reason,
           CAST(strftime('%s', 'now') AS INTEGER)
    WHERE OLD.state = 'active';
  UPDATE tally SET added = added - (OLD.state = 'active'), held = held - (OLD.state = 'held'),
      unproven = unproven - (OLD.state = 'active' AND OLD.unproven)
    WHERE source IN (OLD.source, '') AND day = OLD.since / 86400 AND OLD.reason <> 'manual';
END;

-- An address that fails without proof may need another day.
DROP VIEW IF EXISTS standing;
CREATE VIEW standing AS
  SELECT f.address, f.reason, f.failures, f.first_at, f.last_at,
         (SELECT count(DISTINCT day) FROM failure
          WHERE address = f.address AND reason = f.reason AND counting = 1
            AND day > f.last_day - coalesce(t.window, 180)) AS days,
         (SELECT coalesce(max(day) - min(day), 0) FROM failure
          WHERE address = f.address AND reason = f.reason AND counting = 1
            AND day > f.last_day - coalesce(t.window, 180)) AS span,
         max(t.days, t.least * f.unproven) AS days_needed,
         t.span AS span_needed, t.window
  FROM (SELECT address, reason, count(*) AS failures, min(failed_at) AS first_at,
               max(failed_at) AS last_at, max(day) AS last_day,
               min(trust <> 'verified') AS unproven
        FROM failure WHERE address IS NOT NULL GROUP BY address, reason) AS f
  LEFT JOIN threshold AS t USING (reason);

PRAGMA user_version = 6;
