-- The fleet: what all mail hosts have recorded, and the one suppression list that follows from it.
-- PostgreSQL 15 to 18. bouncedb-fleet(7) explains it. Runs with psql alone, in one transaction:
--
--   psql -1 -v ON_ERROR_STOP=1 -d bouncedb -f 001-centre.sql
--
-- who: the first 16 octets of the HMAC-SHA256 of an address in lower case (ASCII only). The hosts
-- have the key, the centre does not, so an order to erase names nobody.
-- event: what a failure or a complaint is known by, within who, on every host. It is made of what
-- was reported, not of row numbers, which SQLite gives out again and a restored host repeats.
-- Times are Unix seconds, as on the hosts.
--
-- So that the schema also works on Citus, tables that are distributed by who have it in every key,
-- have no triggers, sequences or foreign keys, and are touched by six shapes of statements, which
-- tests/fleet/shapes.sh checks:
--   S1  INSERT ... SELECT FROM function ON CONFLICT DO NOTHING
--   S2  INSERT ... SELECT FROM function ON CONFLICT DO UPDATE, with immutable functions only
--   S3  SELECT of these tables joined by who, WHERE who = ANY, and MATERIALIZED if more follows
--   S4  the same as S2, of whole rows
--   S5  anything WHERE who = one value: a single shard
--   S6  SELECT of one table without a join
-- All other tables are small, and stay on the coordinator.

CREATE SCHEMA fleet;
SET LOCAL search_path = fleet, pg_catalog;

-- --- the list ------------------------------------------------------------------------------------

-- One row. Whoever holds its lock commits next, so that changes of the list are numbered (seq) in
-- the order of their commits and without gaps. The other columns are the guard, as in
-- bouncedb.conf(5); 0 means no limit.
CREATE TABLE head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  fleet uuid NOT NULL DEFAULT gen_random_uuid(),
  version integer NOT NULL,
  seq bigint NOT NULL DEFAULT 0,
  key_check text, -- the HMAC of a fixed word: whether all hosts have the same key
  max_new integer NOT NULL DEFAULT 0 CHECK (max_new >= 0),
  max_share integer NOT NULL DEFAULT 0 CHECK (max_share BETWEEN 0 AND 100),
  provider_factor integer NOT NULL DEFAULT 0 CHECK (provider_factor >= 0),
  unproven_message integer NOT NULL DEFAULT 0 CHECK (unproven_message >= 0),
  unproven_day integer NOT NULL DEFAULT 0 CHECK (unproven_day >= 0)
);
INSERT INTO head (version) VALUES (1);

-- How far each host has come. It is written in the transaction of what the host sends, so that a
-- lost reply, a killed host, and a host or a centre restored from a backup are all the same case.
CREATE TABLE host (
  host_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  identity uuid NOT NULL UNIQUE,        -- new whenever the host joins
  role name NOT NULL,                   -- the only one that may speak for it
  name text NOT NULL,
  version text,
  message_id bigint NOT NULL DEFAULT 0, -- the last message taken
  digest text,                          -- of that message
  outbox bigint NOT NULL DEFAULT 0,     -- the last decision taken
  seen bigint NOT NULL DEFAULT 0,       -- the last change of the list that the host has applied
  named bigint NOT NULL DEFAULT 0,      -- addresses that it was the first to report
  sent bigint NOT NULL DEFAULT 0,       -- addresses that it knows mail was sent to
  backlog bigint,                       -- messages it still had at its last push
  skew integer,                         -- its clock minus that of the centre, in seconds
  joined_at timestamptz NOT NULL DEFAULT now(),
  pushed_at timestamptz,
  pulled_at timestamptz
);

-- A fault of the sender or of the message must never cost a subscriber: no such reason can be here.
-- least: days that are needed if nothing proves a failure.
CREATE TABLE threshold (
  reason text PRIMARY KEY
    CHECK (reason IN ('complaint', 'user_unknown', 'host_unknown', 'mailbox_disabled', 'moved',
                      'not_accepting', 'suppressed', 'mailbox_full', 'network_error', 'expired',
                      'system_error', 'system_full', 'mailer_error', 'undefined')),
  days integer NOT NULL CHECK (days >= 1),
  span integer NOT NULL DEFAULT 0 CHECK (span >= 0),
  "window" integer NOT NULL DEFAULT 180 CHECK ("window" > span AND "window" >= days),
  expires integer CHECK (expires >= 1),
  least integer NOT NULL DEFAULT 1 CHECK (least >= 1),
  CHECK (reason <> 'complaint' OR (days = 1 AND span = 0 AND expires IS NULL AND least = 1))
);
INSERT INTO threshold (reason, days, span) VALUES
  ('complaint', 1, 0), ('user_unknown', 1, 0), ('host_unknown', 1, 0), ('mailbox_disabled', 1, 0),
  ('moved', 1, 0), ('not_accepting', 1, 0), ('suppressed', 1, 0), ('mailbox_full', 5, 14),
  ('network_error', 10, 30), ('expired', 10, 30), ('system_error', 10, 30),
  ('system_full', 10, 30), ('mailer_error', 10, 30), ('undefined', 3, 0);

-- Failures and complaints of a provider or a domain in this time do not count. '': any.
CREATE TABLE release (
  provider text NOT NULL DEFAULT '',
  domain text NOT NULL DEFAULT '',
  since bigint NOT NULL,
  until bigint NOT NULL CHECK (until >= since),
  PRIMARY KEY (provider, domain, since, until),
  CHECK (provider <> '' OR domain <> '')
);

-- The list, which is also the stream of its changes: each address has its last change. Nothing is
-- ever deleted, so a host that reads on from any number misses nothing. forgotten: still
-- suppressed, but nobody knows the address any more.
CREATE TABLE list (
  who uuid PRIMARY KEY,
  seq bigint NOT NULL UNIQUE,
  state text NOT NULL CHECK (state IN ('listed', 'held', 'allowed', 'forgotten', 'gone')),
  address text,
  recipient text,
  recipient_domain text,
  provider text,
  class text,
  reason text
    CHECK (reason IN ('manual', 'complaint', 'user_unknown', 'host_unknown', 'mailbox_disabled',
                      'moved', 'not_accepting', 'suppressed', 'mailbox_full', 'network_error',
                      'expired', 'system_error', 'system_full', 'mailer_error', 'undefined')),
  since bigint,
  event uuid,
  unproven boolean,
  CHECK (state NOT IN ('listed', 'held') OR (reason IS NOT NULL AND since IS NOT NULL)),
  CHECK (state NOT IN ('listed', 'held', 'allowed') OR address IS NOT NULL),
  CHECK (state <> 'forgotten' OR (address IS NULL AND recipient IS NULL))
) WITH (fillfactor = 90);
CREATE INDEX list_held ON list (since) WHERE state = 'held';
CREATE INDEX list_ends ON list (reason, since) WHERE state = 'listed';

-- Orders to erase. What a host that has not seen the order yet sends about who is not taken.
CREATE TABLE erased (
  who uuid PRIMARY KEY,
  seq bigint NOT NULL UNIQUE,
  host_id integer NOT NULL, -- that gave the order, and so knows it
  at bigint NOT NULL
);

-- Where a batch of changes ended, with a random mark. A host whose mark is not here has followed a
-- past that was lost (a restore, a failover), and reads the whole list again.
CREATE TABLE point (
  seq bigint PRIMARY KEY,
  mark uuid NOT NULL DEFAULT gen_random_uuid(),
  at timestamptz NOT NULL DEFAULT now()
);

-- New entries of a day, by source (the provider, or else the domain) and in all (source ''): what
-- the guard counts.
CREATE TABLE tally (
  source text,
  day integer,
  added integer NOT NULL DEFAULT 0,
  held integer NOT NULL DEFAULT 0,
  unproven integer NOT NULL DEFAULT 0,
  PRIMARY KEY (source, day)
);

-- --- for graphs, and for the record --------------------------------------------------------------

-- Failures and messages by day. The host is in the key, so that no host waits for another.
CREATE TABLE daily (
  day integer, host_id integer, class text, reason text, party text, provider text,
  failures bigint NOT NULL,
  PRIMARY KEY (day, host_id, class, reason, party, provider)
);

CREATE TABLE messages (
  day integer, host_id integer, kind text, reader text,
  messages bigint NOT NULL,
  PRIMARY KEY (day, host_id, kind, reader)
);

-- What people decided, on which host. It does not name the address.
CREATE TABLE audit (
  host_id integer, outbox bigint, at bigint NOT NULL, by_uid bigint, command text NOT NULL,
  who uuid, provider text, domain text, since bigint, until bigint,
  PRIMARY KEY (host_id, outbox)
);

-- --- evidence: distributed by who, if at all -----------------------------------------------------

-- Each address once. Its row is locked by whoever changes anything about it. A row without an
-- address (NULL) exists only to be locked.
CREATE TABLE address (
  who uuid PRIMARY KEY,
  address text,
  last_at bigint,
  delivered_at bigint, -- failures up to then do not count: it was reached
  verdict text CHECK (verdict IN ('allow', 'suppress', 'none')), -- the last decision
  decided_at bigint
) WITH (fillfactor = 80);

-- A row names nobody but its own address: hosts mask all others. If nobody is named, who is msg.
-- lifted: what the host knows of, and the centre cannot; releases and deliveries are known here.
CREATE TABLE failure (
  who uuid NOT NULL,
  event uuid NOT NULL,
  msg uuid NOT NULL,
  failed_at bigint NOT NULL,
  judged_at bigint NOT NULL, -- of two verdicts the later one stands
  host_id integer NOT NULL,
  reply_code smallint,
  counts boolean NOT NULL,
  recipient text,
  recipient_domain text,
  status text,
  stage text,
  diagnostic text,
  notice text,
  remote_mta text,
  reporting_mta text,
  list_id text,
  provider text,
  class text NOT NULL,
  reason text NOT NULL,
  party text NOT NULL,
  rule text,
  matched text,
  trust text NOT NULL,
  lifted text,
  PRIMARY KEY (who, event)
);
CREATE INDEX failure_failed_at ON failure USING brin (failed_at) WITH (pages_per_range = 32);

CREATE TABLE complaint (
  who uuid NOT NULL,
  event uuid NOT NULL,
  msg uuid NOT NULL,
  complained_at bigint NOT NULL,
  host_id integer NOT NULL,
  counts boolean NOT NULL,
  recipient text,
  recipient_domain text,
  list_id text,
  provider text,
  trust text NOT NULL,
  PRIMARY KEY (who, event)
);

-- --- who is suppressed ---------------------------------------------------------------------------

CREATE TYPE outcome AS (who uuid, state text, address text, recipient text, recipient_domain text,
  provider text, class text, reason text, since bigint, event uuid, msg uuid, unproven boolean);

-- What the evidence says of these addresses, by the rules of store-weigh.c. It depends on the set
-- of what is recorded alone, so the order in which hosts send it does not matter.
CREATE FUNCTION weigh(whos uuid[]) RETURNS SETOF outcome LANGUAGE plpgsql STABLE ROWS 100
SET search_path = fleet, pg_catalog, pg_temp SET jit = off
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = on SET enable_nestloop = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH known AS MATERIALIZED ( -- S3
    SELECT who, address, verdict, decided_at, delivered_at FROM address
    WHERE who = ANY (whos) AND address IS NOT NULL
  ), evidence AS MATERIALIZED ( -- S3
    SELECT who, event, msg, failed_at, reason, class, provider, recipient, recipient_domain,
           trust = 'verified' AS proven
    FROM failure
    WHERE who = ANY (whos) AND counts AND lifted IS NULL AND party NOT IN ('sender', 'message')
  ), complaints AS MATERIALIZED ( -- S3
    SELECT who, event, msg, complained_at, provider, recipient, recipient_domain, trust
    FROM complaint WHERE who = ANY (whos) AND counts
  ), counting AS MATERIALIZED (
    SELECT e.*, (e.failed_at / 86400)::integer AS day, t.days, t.span, t."window", t.least,
           t.days = 1 AND t.span = 0 AND t.least = 1 AS at_once
    FROM evidence AS e JOIN known AS k ON k.who = e.who JOIN threshold AS t ON t.reason = e.reason
    WHERE e.failed_at > coalesce(k.delivered_at, -1) AND NOT EXISTS
      (SELECT FROM release AS r WHERE e.failed_at BETWEEN r.since AND r.until
         AND r.provider IN ('', e.provider) AND r.domain IN ('', e.recipient_domain))
  ), by_day AS (
    SELECT who, reason, days, span, "window", least, day, bool_or(proven) AS proven
    FROM counting WHERE NOT at_once GROUP BY who, reason, days, span, "window", least, day
  ), by_reason AS (
    SELECT who, reason, days, span, "window", least, array_agg(day ORDER BY day) AS seen,
           array_agg(proven ORDER BY day) AS proofs, bool_or(proven) AS proven
    FROM by_day GROUP BY who, reason, days, span, "window", least
    HAVING count(*) >= days -- others reach nothing
  ), reached AS ( -- the first day that ends a window with enough in it
    SELECT who, reason, proven,
           (SELECT last FROM unnest(seen) AS last
            WHERE (SELECT count(*) >= greatest(b.days, CASE WHEN bool_or(d.proof) THEN 1
                                                            ELSE b.least END)
                          AND last - min(d.day) >= b.span
                   FROM unnest(b.seen, b.proofs) AS d (day, proof)
                   WHERE d.day BETWEEN last - b."window" + 1 AND last)
            ORDER BY last LIMIT 1) AS day
    FROM by_reason AS b
  ), sufficient AS (
    SELECT c.*, NOT bool_or(c.proven) OVER (PARTITION BY c.who, c.reason) AS unproven
    FROM counting AS c WHERE c.at_once
    UNION ALL
    SELECT c.*, NOT r.proven
    FROM reached AS r JOIN counting AS c ON c.who = r.who AND c.reason = r.reason AND c.day = r.day
  ), by_failure AS (
    SELECT DISTINCT ON (c.who) c.* FROM sufficient AS c
    ORDER BY c.who, c.day, c.failed_at, c.event
  ), by_complaint AS (
    SELECT DISTINCT ON (c.who) c.* FROM complaints AS c
    WHERE NOT EXISTS
      (SELECT FROM release AS r WHERE c.complained_at BETWEEN r.since AND r.until
         AND r.provider IN ('', c.provider) AND r.domain IN ('', c.recipient_domain))
    ORDER BY c.who, c.complained_at, c.event
  ), said AS ( -- in this order: a decision, a complaint, failures
    SELECT k.*, CASE WHEN k.verdict IN ('allow', 'suppress') THEN k.verdict
                     WHEN c.who IS NOT NULL THEN 'complaint'
                     WHEN f.who IS NOT NULL THEN 'failure' ELSE 'nothing' END AS by,
           c AS c, f AS f
    FROM known AS k LEFT JOIN by_complaint AS c ON c.who = k.who
         LEFT JOIN by_failure AS f ON f.who = k.who
  )
  SELECT who, 'allowed', address, address, substring(address FROM '[^@]*$'), NULL, NULL, NULL,
         decided_at, NULL::uuid, NULL::uuid, false FROM said WHERE by = 'allow'
  UNION ALL
  SELECT who, 'listed', address, address, substring(address FROM '[^@]*$'), NULL, NULL, 'manual',
         decided_at, NULL, NULL, false FROM said WHERE by = 'suppress'
  UNION ALL
  SELECT who, 'listed', address, (c).recipient, (c).recipient_domain, (c).provider, NULL,
         'complaint', (c).complained_at, (c).event, (c).msg, (c).trust <> 'verified'
  FROM said WHERE by = 'complaint'
  UNION ALL
  SELECT who, 'listed', address, (f).recipient, (f).recipient_domain, (f).provider, (f).class,
         (f).reason, (f).failed_at, (f).event, (f).msg, (f).unproven FROM said WHERE by = 'failure'
  UNION ALL
  SELECT who, 'gone', address, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM said WHERE by = 'nothing';
END $$;

-- Adds to the tally: so many entries of these sources and days more (1) or fewer (-1).
CREATE FUNCTION count_entries(entries list[], sign integer) RETURNS void LANGUAGE plpgsql
SET search_path = fleet, pg_catalog, pg_temp AS $$
BEGIN
  IF cardinality(entries) > 0 THEN
    INSERT INTO tally AS t (source, day, added, held, unproven)
      SELECT s.source, e.since / 86400,
             sign * count(*) FILTER (WHERE e.state = 'listed'),
             sign * count(*) FILTER (WHERE e.state = 'held'),
             sign * count(*) FILTER (WHERE e.state = 'listed' AND e.unproven)
      FROM unnest(entries) AS e,
           LATERAL (VALUES (coalesce(e.provider, e.recipient_domain, '?')), ('')) AS s (source)
      WHERE e.state IN ('listed', 'held') AND e.reason <> 'manual'
      GROUP BY 1, 2 ORDER BY 1, 2
      ON CONFLICT (source, day) DO UPDATE SET added = t.added + excluded.added,
        held = t.held + excluded.held, unproven = t.unproven + excluded.unproven;
  END IF;
END $$;

-- How many more entries the guard lets a day have: NULL is any number.
CREATE FUNCTION day_room(h head, day_ integer, OUT room bigint, OUT unproven_room bigint)
LANGUAGE sql STABLE SET search_path = fleet, pg_catalog, pg_temp AS $$
  WITH known AS (
    SELECT CASE WHEN max(sent) > 0 THEN max(sent) WHEN sum(named) >= 1000 THEN sum(named) END AS n
    FROM host
  )
  SELECT least(nullif(h.max_new, 0),
               CASE WHEN h.max_share > 0 AND n > 0 THEN greatest(20, n * h.max_share / 100) END)
           - coalesce(t.added, 0),
         nullif(h.unproven_day, 0) - coalesce(t.unproven, 0)
  FROM known LEFT JOIN tally AS t ON t.source = '' AND t.day = day_
$$;

-- The same of a source: so many times its busiest day of the last 90 on which nothing was held.
CREATE FUNCTION source_room(h head, source_ text, day_ integer) RETURNS bigint
LANGUAGE sql STABLE SET search_path = fleet, pg_catalog, pg_temp AS $$
  SELECT greatest(20, h.provider_factor * max(t.added))
         - coalesce((SELECT added FROM tally WHERE source = source_ AND day = day_), 0)
  FROM tally AS t
  WHERE h.provider_factor > 0 AND t.source = source_ AND t.day BETWEEN day_ - 90 AND day_ - 1
    AND t.held = 0 AND t.added > 0
  HAVING count(*) >= 3
$$;

-- Which of these new entries are held, the later ones of a day first.
CREATE FUNCTION guard(h head, entries outcome[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = fleet, pg_catalog, pg_temp AS $$
  WITH new AS (
    SELECT e.*, (e.since / 86400)::integer AS day,
           coalesce(e.provider, e.recipient_domain, '?') AS source
    FROM unnest(entries) AS e WHERE e.reason <> 'manual'
  ), ranked AS (
    SELECT new.*, row_number() OVER (PARTITION BY day ORDER BY since, who) AS of_day,
           row_number() OVER (PARTITION BY source, day ORDER BY since, who) AS of_source,
           row_number() OVER (PARTITION BY unproven, day ORDER BY since, who) AS of_unproven,
           row_number() OVER (PARTITION BY unproven, msg ORDER BY since, who) AS of_message
    FROM new
  ), days AS MATERIALIZED (
    SELECT day, (r).* FROM (SELECT day, day_room(h, day) AS r FROM new GROUP BY day) AS d
  ), sources AS MATERIALIZED (
    SELECT source, day, source_room(h, source, day) AS room FROM new GROUP BY source, day
  )
  SELECT n.who
  FROM ranked AS n JOIN days AS d ON d.day = n.day
       JOIN sources AS s ON s.source = n.source AND s.day = n.day
  WHERE n.of_day > d.room OR n.of_source > s.room
     OR (n.unproven AND (n.of_unproven > d.unproven_room
                         OR (h.unproven_message > 0 AND n.of_message > h.unproven_message)))
$$;

-- Takes the next numbers: whoever calls it has little left to do but to commit. Returns the last
-- number before them.
CREATE FUNCTION number_changes(n bigint) RETURNS bigint LANGUAGE plpgsql
SET search_path = fleet, pg_catalog, pg_temp AS $$
DECLARE
  last bigint;
BEGIN
  UPDATE head SET seq = seq + n RETURNING seq INTO last;
  INSERT INTO point (seq) VALUES (last);
  RETURN last - n;
END $$;

-- Makes the list say of these addresses what the evidence says. The caller has locked their rows, and
-- so what the list says of them.
CREATE FUNCTION settle(whos uuid[]) RETURNS integer
LANGUAGE plpgsql SET search_path = fleet, pg_catalog, pg_temp SET jit = off
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_nestloop = on AS $$
DECLARE
  differing outcome[];
  was list[];
  entries list[];
  held uuid[] := '{}';
  last bigint;
  h head;
BEGIN
  SELECT array_agg(o ORDER BY o.since, o.who), array_agg(l) FILTER (WHERE l.who IS NOT NULL)
    INTO differing, was
  FROM weigh(whos) AS o LEFT JOIN list AS l ON l.who = o.who
  WHERE CASE
        WHEN l.state IS NULL THEN o.state <> 'gone'
        WHEN o.state = 'allowed' THEN l.state <> 'allowed'
        WHEN o.state = 'gone' THEN l.state IN ('listed', 'held', 'allowed')
        WHEN l.state = 'listed' THEN (l.reason, l.event) IS DISTINCT FROM (o.reason, o.event)
        WHEN l.state = 'held' THEN o.reason IN ('manual', 'complaint')
                                   OR (l.unproven AND NOT o.unproven)
        ELSE l.state <> 'forgotten' END;
  IF differing IS NULL THEN
    RETURN 0;
  END IF;
  SELECT * INTO h FROM head FOR UPDATE;
  last := number_changes(cardinality(differing));
  PERFORM count_entries(was, -1);
  IF h.max_new > 0 OR h.max_share > 0 OR h.provider_factor > 0 OR h.unproven_message > 0
     OR h.unproven_day > 0 THEN
    held := ARRAY(SELECT guard(h, ARRAY(
      SELECT d FROM unnest(differing) AS d WHERE d.state = 'listed'
        AND NOT EXISTS (SELECT FROM unnest(was) AS w WHERE w.who = d.who AND w.state = 'listed'))));
  END IF;
  entries := ARRAY(
    SELECT ROW (d.who, last + d.n, CASE WHEN d.who = ANY (held) THEN 'held' ELSE d.state END,
                d.address, d.recipient, d.recipient_domain, d.provider, d.class, d.reason, d.since,
                d.event, d.unproven)::list
    FROM unnest(differing) WITH ORDINALITY AS d (who, state, address, recipient,
           recipient_domain, provider, class, reason, since, event, msg, unproven, n));
  INSERT INTO list AS l SELECT e.* FROM unnest(entries) AS e
    ON CONFLICT (who) DO UPDATE SET seq = excluded.seq, state = excluded.state,
      address = excluded.address, recipient = excluded.recipient,
      recipient_domain = excluded.recipient_domain, provider = excluded.provider,
      class = excluded.class, reason = excluded.reason, since = excluded.since,
      event = excluded.event, unproven = excluded.unproven;
  PERFORM count_entries(entries, 1);
  RETURN cardinality(differing);
END $$;

-- Locks the rows of these addresses until the commit, in one order on all hosts.
CREATE FUNCTION lock_addresses(whos uuid[]) RETURNS void LANGUAGE sql
SET search_path = fleet, pg_catalog, pg_temp AS $$
  INSERT INTO address AS a (who) -- S2
    SELECT DISTINCT w FROM unnest(whos) AS w ORDER BY w
    ON CONFLICT (who) DO UPDATE SET last_at = a.last_at
$$;

-- --- what a host sends ---------------------------------------------------------------------------

-- Rows come as arrays of these, which PostgreSQL reads in a third of the time that JSON takes. Never
-- change one: hosts of an older version send it. What is new gets a new type, and a push of its own.
CREATE TYPE told_address AS (who uuid, address text, last_at bigint, delivered_at bigint);
CREATE TYPE told_failure AS (who uuid, event uuid, msg uuid, failed_at bigint, judged_at bigint,
  reply_code smallint, counts boolean, recipient text, recipient_domain text, status text,
  stage text, diagnostic text, notice text, remote_mta text, reporting_mta text, list_id text,
  provider text, class text, reason text, party text, rule text, matched text, trust text,
  lifted text);

-- The host that speaks. Its row stays locked: two syncs of one host queue up here.
CREATE FUNCTION speaker(identity_ uuid) RETURNS host LANGUAGE plpgsql
SET search_path = fleet, pg_catalog, pg_temp AS $$
DECLARE
  h host;
BEGIN
  SELECT * INTO h FROM host WHERE identity = identity_ AND role = session_user FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'this host has not joined the fleet as this role' USING ERRCODE = 'BF002';
  END IF;
  RETURN h;
END $$;

-- Adds to the counts of daily.
CREATE FUNCTION count_failures(rolls daily[]) RETURNS void LANGUAGE plpgsql
SET search_path = fleet, pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO daily AS d
    SELECT r.day, r.host_id, r.class, r.reason, r.party, r.provider, sum(r.failures)
    FROM unnest(rolls) AS r
    GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(r.failures) <> 0 ORDER BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (day, host_id, class, reason, party, provider)
      DO UPDATE SET failures = d.failures + excluded.failures;
END $$;

-- Addresses, each once, and when they were reached. Returns those that have to be weighed.
CREATE FUNCTION take_addresses(rows told_address[], dead uuid[], host_ integer, now_ bigint)
RETURNS uuid[]
LANGUAGE plpgsql SET search_path = fleet, pg_catalog, pg_temp SET jit = off
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  whos uuid[] := ARRAY(SELECT r.who FROM unnest(rows) AS r WHERE r.who <> ALL (dead));
  known bigint;
BEGIN
  SELECT count(*) INTO known FROM address WHERE who = ANY (whos); -- S3
  INSERT INTO address AS a (who, address, last_at, delivered_at) -- S2
    SELECT r.who, r.address, least(r.last_at, now_),
           CASE WHEN r.delivered_at > now_ THEN now_ ELSE r.delivered_at END
    FROM unnest(rows) AS r WHERE r.who <> ALL (dead) ORDER BY r.who
    ON CONFLICT (who) DO UPDATE SET address = excluded.address,
      last_at = greatest(a.last_at, excluded.last_at),
      delivered_at = greatest(a.delivered_at, excluded.delivered_at);
  UPDATE host SET named = named + cardinality(whos) - known
    WHERE host_id = host_ AND cardinality(whos) > known;
  RETURN ARRAY(SELECT r.who FROM unnest(rows) AS r
               WHERE r.delivered_at IS NOT NULL AND r.who <> ALL (dead));
END $$;

-- Of the failures that are new, returns the addresses that have to be weighed. One that is listed
-- already stays so.
CREATE FUNCTION take_failures(rows told_failure[], dead uuid[], host_ integer, now_ bigint,
  OUT taken integer, OUT weighed uuid[])
LANGUAGE plpgsql SET search_path = fleet, pg_catalog, pg_temp SET jit = off
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  rolls daily[];
BEGIN
  WITH new AS (
    INSERT INTO failure -- S1
      SELECT f.who, f.event, f.msg, least(f.failed_at, now_), least(f.judged_at, now_), host_,
             f.reply_code, f.counts, f.recipient, f.recipient_domain, f.status, f.stage,
             f.diagnostic, f.notice, f.remote_mta, f.reporting_mta, f.list_id, f.provider, f.class,
             f.reason, f.party, f.rule, f.matched, f.trust, f.lifted
      FROM unnest(rows) AS f
      WHERE f.who <> ALL (dead)
      ON CONFLICT (who, event) DO NOTHING
      RETURNING who, failed_at, recipient, provider, class, reason, party, counts
  )
  SELECT (SELECT count(*) FROM new),
         ARRAY(SELECT n.who FROM new AS n JOIN threshold AS t ON t.reason = n.reason
               WHERE n.counts AND n.recipient IS NOT NULL AND NOT EXISTS
                 (SELECT FROM list AS l WHERE l.who = n.who AND l.state IN ('listed', 'forgotten'))),
         ARRAY(SELECT ROW (n.failed_at / 86400, host_, n.class, n.reason, n.party,
                           coalesce(n.provider, ''), count(*))::daily FROM new AS n
               GROUP BY n.failed_at / 86400, n.class, n.reason, n.party, coalesce(n.provider, ''))
    INTO taken, weighed, rolls;
  PERFORM count_failures(rolls);
END $$;

-- Verdicts that a host has corrected since it sent them: of two, the later one stands.
CREATE FUNCTION take_verdicts(rows jsonb, now_ bigint) RETURNS uuid[]
LANGUAGE plpgsql SET search_path = fleet, pg_catalog, pg_temp SET jit = off
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  whos uuid[]; events uuid[]; was jsonb; rolls daily[];
BEGIN
  SELECT array_agg(f.who), array_agg(f.event) INTO whos, events
    FROM jsonb_populate_recordset(NULL::failure, rows) AS f;
  PERFORM lock_addresses(ARRAY(SELECT f.who FROM jsonb_populate_recordset(NULL::failure, rows) AS f
                               WHERE f.recipient IS NOT NULL));
  WITH stored AS MATERIALIZED ( -- S3
    SELECT who, event, host_id, failed_at, class, reason, party, provider, judged_at FROM failure
    WHERE who = ANY (whos) AND event = ANY (events)
  )
  SELECT jsonb_agg(stored) INTO was FROM stored;
  WITH corrected AS (
    INSERT INTO failure AS f -- S4
      SELECT v.who, v.event, v.msg, v.failed_at, least(v.judged_at, now_), w.host_id, v.reply_code,
             v.counts, v.recipient, v.recipient_domain, v.status, v.stage, v.diagnostic, v.notice,
             v.remote_mta, v.reporting_mta, v.list_id, v.provider, v.class, v.reason, v.party,
             v.rule, v.matched, v.trust, v.lifted
      FROM jsonb_populate_recordset(NULL::failure, rows) AS v
           JOIN jsonb_populate_recordset(NULL::failure, was) AS w
             ON w.who = v.who AND w.event = v.event
      ORDER BY v.who, v.event
      ON CONFLICT (who, event) DO UPDATE SET judged_at = excluded.judged_at,
        provider = excluded.provider, class = excluded.class, reason = excluded.reason,
        party = excluded.party, rule = excluded.rule, matched = excluded.matched,
        lifted = excluded.lifted
        WHERE f.judged_at <= excluded.judged_at
      RETURNING f.who, f.event, f.host_id, f.failed_at, f.class, f.reason, f.party, f.provider
  )
  SELECT array_agg(DISTINCT m.who),
         array_agg(ROW (m.failed_at / 86400, m.host_id, m.class, m.reason, m.party,
                        coalesce(m.provider, ''), 1)::daily)
         || array_agg(ROW (w.failed_at / 86400, w.host_id, w.class, w.reason, w.party,
                           coalesce(w.provider, ''), -1)::daily)
    INTO whos, rolls
    FROM corrected AS m JOIN jsonb_populate_recordset(NULL::failure, was) AS w
      ON w.who = m.who AND w.event = m.event;
  PERFORM count_failures(rolls);
  RETURN whos;
END $$;

CREATE FUNCTION take_complaints(rows jsonb, dead uuid[], host_ integer, now_ bigint) RETURNS uuid[]
LANGUAGE plpgsql SET search_path = fleet, pg_catalog, pg_temp SET jit = off
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  whos uuid[];
BEGIN
  WITH new AS (
    INSERT INTO complaint -- S1
      SELECT c.who, c.event, c.msg, least(c.complained_at, now_), host_, c.counts, c.recipient,
             c.recipient_domain, c.list_id, c.provider, c.trust
      FROM jsonb_populate_recordset(NULL::complaint, rows) AS c
      WHERE c.who <> ALL (dead) ORDER BY c.who, c.event
      ON CONFLICT (who, event) DO NOTHING
      RETURNING who, recipient
  )
  SELECT array_agg(DISTINCT who) INTO whos FROM new WHERE recipient IS NOT NULL;
  RETURN whos;
END $$;

-- A decision about an address. The later one stands; of two in one second, the one not to send.
CREATE FUNCTION take_decisions(rows jsonb, now_ bigint) RETURNS uuid[]
LANGUAGE plpgsql SET search_path = fleet, pg_catalog, pg_temp SET jit = off AS $$
BEGIN
  INSERT INTO address AS a (who, address, verdict, decided_at) -- S2
    SELECT DISTINCT ON (d.who) d.who, d.address, d.verdict, least(d.decided_at, now_)
    FROM jsonb_to_recordset(rows) AS d (who uuid, address text, verdict text, decided_at bigint,
                                        outbox bigint)
    ORDER BY d.who, least(d.decided_at, now_) DESC, d.outbox DESC
    ON CONFLICT (who) DO UPDATE SET address = excluded.address,
      verdict = CASE WHEN excluded.decided_at > coalesce(a.decided_at, -1)
                       OR (excluded.decided_at = a.decided_at AND excluded.verdict = 'suppress')
                     THEN excluded.verdict ELSE a.verdict END,
      decided_at = greatest(a.decided_at, excluded.decided_at);
  RETURN ARRAY(SELECT DISTINCT (r->>'who')::uuid FROM jsonb_array_elements(rows) AS r);
END $$;

-- A release, or (undo) the withdrawal of those that lie within. It concerns many addresses, so a
-- host sends it by itself. Returns whose evidence lies in the span.
CREATE FUNCTION take_release(r release, undo boolean) RETURNS uuid[]
LANGUAGE plpgsql SET search_path = fleet, pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  whos uuid[]; more uuid[];
BEGIN
  IF undo THEN
    DELETE FROM release AS x WHERE x.provider = r.provider AND x.domain = r.domain
      AND x.since >= r.since AND x.until <= r.until;
  ELSE
    INSERT INTO release VALUES (r.*) ON CONFLICT DO NOTHING;
  END IF;
  IF NOT FOUND THEN
    RETURN '{}';
  END IF;
  SELECT array_agg(DISTINCT who) INTO whos FROM failure -- S6
    WHERE failed_at BETWEEN r.since AND r.until AND counts AND recipient IS NOT NULL
      AND (r.provider = '' OR provider = r.provider)
      AND (r.domain = '' OR recipient_domain = r.domain);
  SELECT array_agg(DISTINCT who) INTO more FROM complaint -- S6
    WHERE complained_at BETWEEN r.since AND r.until AND counts AND recipient IS NOT NULL
      AND (r.provider = '' OR provider = r.provider)
      AND (r.domain = '' OR recipient_domain = r.domain);
  whos := whos || more;
  PERFORM lock_addresses(whos);
  RETURN coalesce(whos, '{}');
END $$;

-- Erases a person. If the address was suppressed, it stays so by who alone. The caller has locked
-- its row, which goes last.
CREATE FUNCTION erase(gone uuid, host_ integer, at_ bigint) RETURNS void
LANGUAGE plpgsql SET search_path = fleet, pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  last bigint;
  was list[];
BEGIN
  DELETE FROM failure WHERE who = gone; -- S5
  DELETE FROM complaint WHERE who = gone; -- S5
  DELETE FROM address WHERE who = gone; -- S5
  last := number_changes(CASE WHEN EXISTS (SELECT FROM list WHERE who = gone) THEN 2 ELSE 1 END);
  INSERT INTO erased AS e VALUES (gone, last + 1, host_, at_)
    ON CONFLICT (who) DO UPDATE SET seq = excluded.seq, host_id = excluded.host_id,
      at = excluded.at;
  SELECT array_agg(l) INTO was FROM list AS l WHERE who = gone;
  PERFORM count_entries(was, -1);
  UPDATE list SET seq = last + 2,
      state = CASE WHEN state IN ('listed', 'forgotten') THEN 'forgotten' ELSE 'gone' END,
      address = NULL, recipient = NULL, recipient_domain = NULL, provider = NULL, event = NULL
    WHERE who = gone;
END $$;

-- Decisions, in the order in which the host made them.
CREATE FUNCTION take_outbox(rows jsonb, host_ integer, now_ bigint) RETURNS uuid[]
LANGUAGE plpgsql SET search_path = fleet, pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  whos uuid[];
  r record;
BEGIN
  INSERT INTO audit
    SELECT host_, a.outbox, least(a.at, now_), a.by_uid, a.command, a.who, a.provider, a.domain,
           a.since, a.until
    FROM jsonb_populate_recordset(NULL::audit, rows) AS a ON CONFLICT DO NOTHING;
  SELECT take_decisions(coalesce(jsonb_agg(d), '[]'), now_) INTO whos
    FROM jsonb_array_elements(rows) AS d WHERE d->>'verdict' IS NOT NULL;
  FOR r IN SELECT command, coalesce(provider, '') AS provider, coalesce(domain, '') AS domain,
                  coalesce(since, 0) AS since, coalesce(until, now_) AS until
           FROM jsonb_populate_recordset(NULL::audit, rows)
           WHERE command IN ('release', 'unrelease') ORDER BY outbox LOOP
    whos := whos || take_release(ROW (r.provider, r.domain, r.since, r.until)::release,
                                 r.command = 'unrelease');
  END LOOP;
  SELECT whos || coalesce(array_agg(who ORDER BY who), '{}') INTO whos
    FROM jsonb_populate_recordset(NULL::audit, rows) WHERE command = 'forget' AND who IS NOT NULL;
  PERFORM lock_addresses(whos);
  PERFORM settle(whos);
  PERFORM erase(who, host_, now_) FROM jsonb_populate_recordset(NULL::audit, rows)
    WHERE command = 'forget' AND who IS NOT NULL;
  RETURN whos;
END $$;

-- --- what a host may do: hello, push, pull -------------------------------------------------------

-- {identity, name, version, key_check, now, seen, mark, sent}. Says how far the fleet has come with
-- this host, which joins if it is new.
CREATE FUNCTION hello(hello jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = fleet, pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  h host;
  top head;
  skew_ integer := (hello->>'now')::numeric - extract(epoch FROM clock_timestamp());
BEGIN
  UPDATE head SET key_check = hello->>'key_check' WHERE key_check IS NULL;
  SELECT * INTO top FROM head;
  IF top.key_check IS DISTINCT FROM hello->>'key_check' THEN
    RAISE EXCEPTION 'this host has another key than the fleet' USING ERRCODE = 'BF003';
  END IF;
  IF abs(skew_) > 86400 THEN
    RAISE EXCEPTION 'the clocks of this host and of the fleet are % seconds apart', skew_
      USING ERRCODE = 'BF004';
  END IF;
  INSERT INTO host AS t (identity, role, name, version, skew, sent)
    VALUES ((hello->>'identity')::uuid, session_user, hello->>'name', hello->>'version', skew_,
            coalesce((hello->>'sent')::bigint, 0))
    ON CONFLICT (identity) DO UPDATE SET name = excluded.name, version = excluded.version,
      skew = excluded.skew, sent = excluded.sent WHERE t.role = session_user
    RETURNING * INTO h;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'this host has joined as another role' USING ERRCODE = 'BF002';
  END IF;
  RETURN jsonb_build_object('fleet', top.fleet, 'version', top.version, 'seq', top.seq,
    'same_past', coalesce((hello->>'seen')::bigint, 0) = 0
                 OR EXISTS (SELECT FROM point WHERE seq = (hello->>'seen')::bigint
                              AND mark = (hello->>'mark')::uuid),
    'message_id', h.message_id, 'digest', h.digest, 'outbox', h.outbox, 'skew', skew_);
END $$;

-- One batch is one statement, so that no lock is held while the network is waited for. It goes on
-- where the row of the host says, or is refused.
-- {identity, seen, backlog, after_message, message_id, digest, messages, complaints, verdicts,
-- after_outbox, outbox, decisions}
CREATE FUNCTION push(batch jsonb, addresses told_address[], failures told_failure[])
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = fleet, pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  h host := speaker((batch->>'identity')::uuid);
  now_ bigint := floor(extract(epoch FROM now())); -- a cast would round up
  dead uuid[];
  weighed uuid[];
  taken record;
BEGIN
  IF h.message_id <> (batch->>'after_message')::bigint
     OR h.outbox <> (batch->>'after_outbox')::bigint THEN
    RAISE EXCEPTION 'the fleet continues after message %, decision %', h.message_id, h.outbox
      USING ERRCODE = 'BF001';
  END IF;
  dead := ARRAY(SELECT who FROM erased
                WHERE seq > (batch->>'seen')::bigint AND host_id <> h.host_id);
  INSERT INTO messages AS m
    SELECT day, h.host_id, kind, coalesce(reader, ''), sum(messages)
    FROM jsonb_populate_recordset(NULL::messages, batch->'messages')
    GROUP BY 1, 2, 3, 4
    ON CONFLICT (day, host_id, kind, reader) DO UPDATE SET messages = m.messages + excluded.messages;
  weighed := take_addresses(addresses, dead, h.host_id, now_);
  SELECT * INTO taken FROM take_failures(failures, dead, h.host_id, now_);
  weighed := weighed || taken.weighed;
  IF batch->'complaints' <> '[]' THEN
    weighed := weighed || take_complaints(batch->'complaints', dead, h.host_id, now_);
  END IF;
  IF batch ? 'verdicts' THEN
    weighed := weighed || take_verdicts(batch->'verdicts', now_);
  END IF;
  PERFORM settle(ARRAY(SELECT DISTINCT w FROM unnest(weighed) AS w));
  IF batch ? 'decisions' THEN
    PERFORM take_outbox(batch->'decisions', h.host_id, now_);
  END IF;
  UPDATE host SET message_id = coalesce((batch->>'message_id')::bigint, message_id),
    digest = coalesce(batch->>'digest', digest),
    outbox = coalesce((batch->>'outbox')::bigint, outbox),
    backlog = (batch->>'backlog')::bigint, pushed_at = now()
    WHERE host_id = h.host_id;
  RETURN jsonb_build_object('taken', taken.taken, 'seq', (SELECT seq FROM head));
END $$;

-- The changes of the list after a number, at most so many. Also tells the fleet how far this host
-- has applied them. mark: of the last change of all; for the row with that number only.
CREATE FUNCTION pull(identity_ uuid, after bigint, most integer, OUT seq bigint, OUT who uuid,
  OUT state text, OUT address text, OUT recipient text, OUT recipient_domain text,
  OUT provider text, OUT class text, OUT reason text, OUT since bigint, OUT mark uuid)
RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = fleet, pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  h host := speaker(identity_);
BEGIN
  UPDATE host SET seen = after, pulled_at = now() WHERE host_id = h.host_id;
  RETURN QUERY
    SELECT c.*, p.mark FROM (
      (SELECT l.seq, l.who, CASE l.state WHEN 'held' THEN 'gone' ELSE l.state END AS state,
              l.address, l.recipient, l.recipient_domain, l.provider, l.class, l.reason, l.since
       FROM list AS l WHERE l.seq > after ORDER BY l.seq LIMIT most)
      UNION ALL
      (SELECT e.seq, e.who, 'erase', NULL, NULL, NULL, NULL, NULL, NULL, NULL
       FROM erased AS e WHERE e.seq > after ORDER BY e.seq LIMIT most)) AS c
    LEFT JOIN point AS p ON p.seq = c.seq
    ORDER BY 1 LIMIT most;
END $$;

-- --- what the administrator runs -----------------------------------------------------------------

-- Entries of a span that the guard holds become part of the list. NULL: any.
CREATE FUNCTION confirm(provider_ text, domain_ text, since_ bigint, until_ bigint)
RETURNS integer LANGUAGE plpgsql SET search_path = fleet, pg_catalog, pg_temp AS $$
DECLARE
  whos uuid[];
  chosen list[];
  last bigint;
BEGIN
  SELECT array_agg(who) INTO whos FROM list
    WHERE state = 'held' AND since >= coalesce(since_, 0) AND since <= coalesce(until_, since)
      AND (provider_ IS NULL OR provider = provider_)
      AND (domain_ IS NULL OR recipient_domain = domain_);
  PERFORM lock_addresses(whos);
  PERFORM FROM head FOR UPDATE;
  SELECT array_agg(l ORDER BY since, who) INTO chosen FROM list AS l
    WHERE who = ANY (whos) AND state = 'held';
  IF chosen IS NULL THEN
    RETURN 0;
  END IF;
  PERFORM count_entries(chosen, -1);
  last := number_changes(cardinality(chosen));
  UPDATE list AS l SET state = 'listed', unproven = false, seq = last + c.n
    FROM (SELECT c.who, row_number() OVER (ORDER BY c.since, c.who) AS n
          FROM unnest(chosen) AS c) AS c WHERE l.who = c.who;
  SELECT array_agg(l) INTO chosen FROM list AS l WHERE seq > last;
  PERFORM count_entries(chosen, 1);
  RETURN cardinality(chosen);
END $$;

-- Weighs all addresses again, some at a time, after thresholds have changed: call it until it
-- returns NULL, each time with what it returned.
CREATE FUNCTION reweigh(after uuid, most integer) RETURNS uuid LANGUAGE plpgsql
SET search_path = fleet, pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  whos uuid[];
BEGIN
  WITH page AS MATERIALIZED ( -- S6
    SELECT who FROM address WHERE who > after ORDER BY who LIMIT most
  )
  SELECT array_agg(who ORDER BY who) INTO whos FROM page;
  PERFORM lock_addresses(whos);
  PERFORM settle(whos);
  RETURN whos[cardinality(whos)];
END $$;

-- Ends entries that have been on the list for longer than their threshold says (expires), some at a
-- time: returns how many; 0 = there are no more.
CREATE FUNCTION expire(now_ bigint, most integer) RETURNS integer LANGUAGE plpgsql
SET search_path = fleet, pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  ended list[];
  whos uuid[];
  e record;
BEGIN
  SELECT array_agg(x ORDER BY who) INTO ended FROM
    (SELECT l.* FROM threshold AS t JOIN list AS l ON l.reason = t.reason AND l.state = 'listed'
     WHERE t.expires IS NOT NULL AND l.since <= now_ - 86400 * t.expires LIMIT most) AS x;
  SELECT array_agg(l.who) INTO whos FROM unnest(ended) AS l;
  PERFORM lock_addresses(whos);
  FOR e IN SELECT l.who, l.reason FROM unnest(ended) AS l LOOP
    UPDATE failure SET lifted = 'expired' -- S5
      WHERE who = e.who AND reason = e.reason AND lifted IS NULL;
  END LOOP;
  RETURN settle(whos);
END $$;

-- Deletes failures and complaints before a time, except those of addresses that are on the list or
-- held, some at a time: returns how many; 0 = there are no more. Nor does it keep the addresses that
-- nothing is left of, once all hosts know that they are not on the list. The counts stay.
CREATE FUNCTION purge(before bigint, most integer) RETURNS integer
LANGUAGE plpgsql SET search_path = fleet, pg_catalog, pg_temp AS $$
DECLARE
  whos uuid[]; kept uuid[]; more uuid[];
  n integer := 0; part integer;
  w uuid;
BEGIN
  kept := ARRAY(SELECT who FROM list WHERE state IN ('listed', 'held'));
  WITH old AS MATERIALIZED ( -- S6
    SELECT who FROM failure
    WHERE failed_at < before AND (party IN ('sender', 'message') OR NOT counts
                                  OR who <> ALL (kept)) LIMIT most
  )
  SELECT array_agg(DISTINCT who) INTO whos FROM old;
  WITH old AS MATERIALIZED ( -- S6
    SELECT who FROM complaint WHERE complained_at < before AND who <> ALL (kept) LIMIT most
  )
  SELECT array_agg(DISTINCT who) INTO more FROM old;
  whos := whos || more;
  FOREACH w IN ARRAY coalesce(whos, '{}') LOOP
    DELETE FROM failure -- S5
      WHERE who = w AND failed_at < before
        AND (party IN ('sender', 'message') OR NOT counts OR w <> ALL (kept));
    GET DIAGNOSTICS part = ROW_COUNT;
    n := n + part;
    DELETE FROM complaint WHERE who = w AND complained_at < before AND w <> ALL (kept); -- S5
    GET DIAGNOSTICS part = ROW_COUNT;
    n := n + part;
    DELETE FROM address -- S5
      WHERE who = w AND last_at < before AND coalesce(verdict, 'none') = 'none' AND w <> ALL (kept)
        AND NOT EXISTS (SELECT FROM failure -- S5
                        WHERE who = w)
        AND NOT EXISTS (SELECT FROM complaint -- S5
                        WHERE who = w);
  END LOOP;
  UPDATE list SET address = NULL, recipient = NULL
    WHERE state = 'gone' AND address IS NOT NULL AND seq <= (SELECT min(seen) FROM host);
  DELETE FROM point WHERE at < now() - interval '90 days' AND seq < (SELECT seq FROM head);
  DELETE FROM erased WHERE at < before AND seq <= (SELECT min(seen) FROM host);
  RETURN n;
END $$;

-- Takes over the thresholds and the guard of a host: {threshold: [...], guard: {...}}. reweigh()
-- applies them to what is known.
CREATE FUNCTION set_thresholds(what jsonb) RETURNS integer LANGUAGE plpgsql
SET search_path = fleet, pg_catalog, pg_temp AS $$
DECLARE
  n integer;
BEGIN
  DELETE FROM threshold;
  INSERT INTO threshold SELECT * FROM jsonb_populate_recordset(NULL::threshold, what->'threshold');
  GET DIAGNOSTICS n = ROW_COUNT;
  UPDATE head SET max_new = g.max_new, max_share = g.max_share,
      provider_factor = g.provider_factor, unproven_message = g.unproven_message,
      unproven_day = g.unproven_day
    FROM jsonb_populate_record(NULL::head, what->'guard') AS g;
  RETURN n;
END $$;

-- A host that is gone. What it reported stays.
CREATE FUNCTION remove_host(name_ text) RETURNS integer LANGUAGE plpgsql
SET search_path = fleet, pg_catalog, pg_temp AS $$
DECLARE
  n integer;
BEGIN
  DELETE FROM host WHERE name = name_;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n;
END $$;

-- --- what people look at -------------------------------------------------------------------------

CREATE VIEW suppression AS
  SELECT address, recipient, recipient_domain, provider, class, reason, since, seq
  FROM list WHERE state = 'listed';

CREATE VIEW held AS
  SELECT address, recipient, recipient_domain, provider, class, reason, since, unproven
  FROM list WHERE state = 'held';

CREATE VIEW host_lag AS
  SELECT host_id, name, version, backlog, skew, extract(epoch FROM now() - pushed_at)::bigint AS
         pushed_ago, extract(epoch FROM now() - pulled_at)::bigint AS pulled_ago,
         (SELECT seq FROM head) - seen AS changes_behind
  FROM host;

-- --- who may what --------------------------------------------------------------------------------

-- A host can do three things, and cannot read or change anything otherwise. A board sees counts,
-- but no addresses.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bouncedb_host') THEN
    CREATE ROLE bouncedb_host NOLOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bouncedb_read') THEN
    CREATE ROLE bouncedb_read NOLOGIN;
  END IF;
END $$;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA fleet FROM PUBLIC;
GRANT USAGE ON SCHEMA fleet TO bouncedb_host, bouncedb_read;
GRANT EXECUTE ON FUNCTION hello(jsonb), push(jsonb, told_address[], told_failure[]),
  pull(uuid, bigint, integer) TO bouncedb_host;
GRANT SELECT ON daily, messages, host_lag, tally, threshold TO bouncedb_read;
