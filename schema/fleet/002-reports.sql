-- What report and stats --fleet need besides the tables that a board reads: counts of recent rows, by
-- more than daily has. The role that reads runs them with the rights of their owner, and gets no
-- address and no text of a reply.
SET LOCAL search_path = fleet, pg_catalog;

-- Failures since a time by day, list and domain, the largest counts first, at most so many.
CREATE FUNCTION recent_failures(since bigint, most integer, OUT day integer, OUT class text,
  OUT reason text, OUT provider text, OUT list_id text, OUT domain text, OUT failures bigint)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = fleet, pg_catalog, pg_temp SET jit = off AS $$
  SELECT (failed_at / 86400)::integer, class, reason, coalesce(provider, ''), -- S6
         coalesce(list_id, ''), coalesce(recipient_domain, ''), count(*)
  FROM failure WHERE failed_at >= since
  GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 7 DESC, 1, 2, 3, 4, 5, 6 LIMIT most
$$;

-- The rule that judged the last failure since a time, of each reason and provider.
CREATE FUNCTION recent_rules(since bigint, OUT reason text, OUT provider text, OUT party text,
  OUT class text, OUT rule text)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = fleet, pg_catalog, pg_temp SET jit = off AS $$
  SELECT DISTINCT ON (reason, coalesce(provider, '')) reason, coalesce(provider, ''), -- S6
         party, class, rule
  FROM failure WHERE failed_at >= since AND rule IS NOT NULL
  ORDER BY reason, coalesce(provider, ''), failed_at DESC, event
$$;

-- Complaints since a time by day.
CREATE FUNCTION recent_complaints(since bigint, OUT day integer, OUT provider text,
  OUT complaints bigint)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = fleet, pg_catalog, pg_temp SET jit = off AS $$
  SELECT (complained_at / 86400)::integer, provider, count(*) -- S6
  FROM complaint WHERE complained_at >= since GROUP BY 1, 2
$$;

-- Entries that people have made, which no tally counts.
CREATE FUNCTION manual_entries() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = fleet, pg_catalog, pg_temp AS $$
  SELECT count(*) FROM list WHERE state = 'listed' AND reason = 'manual'
$$;
CREATE INDEX list_manual ON list (who) WHERE state = 'listed' AND reason = 'manual';

REVOKE EXECUTE ON FUNCTION recent_failures(bigint, integer), recent_rules(bigint),
  recent_complaints(bigint), manual_entries() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION recent_failures(bigint, integer), recent_rules(bigint),
  recent_complaints(bigint), manual_entries() TO bouncedb_read;
