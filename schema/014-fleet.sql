-- Of an order to erase, which otherwise names nobody: by what the fleet knows the address
-- (bouncedb-fleet(7)). What else a host of a fleet needs is in host/fleet.sql.
ALTER TABLE audit ADD COLUMN who TEXT;

PRAGMA user_version = 14;
