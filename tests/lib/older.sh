# older.sh: databases as older versions have left them. Source it after tap.sh.
# shellcheck shell=sh

# before_unproven DATABASE: takes back the schema from step 6, which does not need what it replaces
before_unproven() {
  sqlite3 -bail "$1" <<'END'
DROP TABLE counter;
DROP TRIGGER entry_comes;
DROP TRIGGER entry_is_confirmed;
DROP TRIGGER entry_goes;
DROP VIEW standing;
DROP INDEX entry_unproven;
ALTER TABLE guard DROP COLUMN unproven_cap;
ALTER TABLE guard DROP COLUMN unproven_message;
ALTER TABLE guard DROP COLUMN unproven_day;
ALTER TABLE guard DROP COLUMN unproven_share;
ALTER TABLE threshold DROP COLUMN least;
ALTER TABLE entry DROP COLUMN unproven;
ALTER TABLE tally DROP COLUMN unproven;
PRAGMA user_version = 5;
END
}
