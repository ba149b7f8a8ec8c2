# older.sh: databases as older versions have left them. Source it after tap.sh.
# shellcheck shell=sh

# before_replies DATABASE: takes back step 17 of the schema, without the view that it replaces
before_replies() {
  sqlite3 -bail "$1" 'DROP VIEW unknown_reply; DROP INDEX failure_reply; DROP INDEX failure_unsaid;
PRAGMA user_version = 16'
}

# before_sent DATABASE: the same from step 16, without the trigger that it replaces
before_sent() {
  before_replies "$1"
  sqlite3 -bail "$1" 'DROP TRIGGER message_is_history; ALTER TABLE message DROP COLUMN sent_at;
DROP TABLE time_sum; PRAGMA user_version = 15'
}

# before_apart DATABASE: the same from step 15, except for the trigger that it replaces
before_apart() {
  before_sent "$1"
  sed -n '/^CREATE/,/;$/p' "${top_srcdir:?}/schema/host/fleet.sql" | sed '/^CREATE TRIGGER/,$d' >apart.sql
  sqlite3 -bail "$1" 'PRAGMA user_version = 14' '.read apart.sql'
}

# before_fleet DATABASE: the same from step 14, and from 15 except for that trigger
before_fleet() {
  before_sent "$1"
  sqlite3 -bail "$1" 'ALTER TABLE audit DROP COLUMN who; PRAGMA user_version = 13'
}

# before_indexes DATABASE: the same from step 13
before_indexes() {
  before_fleet "$1"
  sqlite3 -bail "$1" <<'END'
DROP INDEX delay_failed_at;
DROP INDEX delivery_delivered_at;
DROP INDEX complaint_complained_at;
DROP INDEX message_other;
DROP INDEX message_kept;
DROP INDEX failure_final;
DROP INDEX failure_original;
PRAGMA user_version = 12;
END
}

# before_sender DATABASE: the same from step 12
before_sender() {
  before_indexes "$1"
  sqlite3 -bail "$1" 'DROP TRIGGER failure_is_history; ALTER TABLE failure DROP COLUMN sender;
PRAGMA user_version = 11'
}

# before_lists DATABASE: the same from step 11
before_lists() {
  before_sender "$1"
  sqlite3 -bail "$1" 'DROP TABLE list_sum; PRAGMA user_version = 10'
}

# before_subscriber DATABASE: the same from step 10
before_subscriber() {
  before_lists "$1"
  sqlite3 -bail "$1" 'ALTER TABLE message DROP COLUMN subscriber; PRAGMA user_version = 9'
}

# before_sums DATABASE: the same from step 9, without the views that it replaces
before_sums() {
  before_subscriber "$1"
  sqlite3 -bail "$1" <<'END'
DROP VIEW failure_by_day;
DROP VIEW failure_by_provider;
DROP VIEW sender_fault;
DROP VIEW sum_now;
ALTER TABLE guard DROP COLUMN summed_to;
DROP TABLE daily_sum;
DROP INDEX daily_domain;
PRAGMA user_version = 8;
END
}

# before_matched DATABASE: takes back the schema from step 8, which does not need what it replaces
before_matched() {
  before_sums "$1"
  sqlite3 -bail "$1" <<'END'
DROP VIEW event;
DROP TRIGGER complaint_is_history;
ALTER TABLE failure DROP COLUMN proof;
ALTER TABLE delivery DROP COLUMN proof;
ALTER TABLE complaint DROP COLUMN proof;
DROP TABLE sent_message;
DROP TABLE queued;
CREATE VIEW event AS SELECT failed_at AS happened_at, message_id, address FROM failure;
PRAGMA user_version = 7;
END
}

# before_unproven DATABASE: the same from step 6
before_unproven() {
  before_matched "$1"
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
