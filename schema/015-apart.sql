-- Step 14 has created the tables of host/fleet.sql in every database for a while. SQLite reads the
-- whole schema for each delivery, so only hosts of a fleet have them: the program drops them unless
-- this host has joined, and runs that file otherwise. Without them, an entry rests on what is here.
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
BEGIN
  SELECT raise(ABORT, 'no failure, complaint or override says so');
END;

PRAGMA user_version = 15;
