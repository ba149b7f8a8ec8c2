-- The history: what letters came, and what each of them said about whom. bouncedb-schema(7)
-- explains it. Runs with the sqlite3 shell alone: cat schema/*.sql | sqlite3 FILE

PRAGMA application_id = 1651401572; -- "bncd"

-- The vocabulary of verdicts, the same as in taxonomy.c (a test holds them together). class_5xx,
-- class_4xx and class_none: the class of a failure for this reason where the receiver answered
-- 5xx, 4xx or nothing. party: who has to act.
CREATE TABLE reason (
  reason TEXT NOT NULL PRIMARY KEY,
  party TEXT NOT NULL CHECK (party IN ('recipient', 'sender', 'message', 'receiver', 'unknown')),
  class_5xx TEXT NOT NULL,
  class_4xx TEXT NOT NULL,
  class_none TEXT NOT NULL,
  meaning TEXT NOT NULL,
  UNIQUE (reason, party)
) STRICT, WITHOUT ROWID;

INSERT INTO reason (reason, party, class_5xx, class_4xx, class_none, meaning) VALUES
  ('user_unknown', 'recipient', 'permanent', 'transient', 'permanent', 'no such mailbox'),
  ('host_unknown', 'recipient', 'permanent', 'transient', 'permanent', 'the recipient''s domain does not exist or has no mail host'),
  ('mailbox_disabled', 'recipient', 'permanent', 'transient', 'permanent', 'the mailbox exists but is disabled, suspended or inactive'),
  ('moved', 'recipient', 'permanent', 'transient', 'permanent', 'the mailbox has moved, no forwarding'),
  ('not_accepting', 'recipient', 'permanent', 'transient', 'permanent', 'the host or domain accepts no mail (null MX, 521, 556)'),
  ('suppressed', 'recipient', 'permanent', 'permanent', 'permanent', 'an earlier hop holds the address on its own suppression list'),
  ('mailbox_full', 'recipient', 'quota', 'quota', 'quota', 'the mailbox is over its quota'),
  ('filtered', 'recipient', 'policy', 'policy', 'policy', 'the recipient''s own filter refused it'),
  ('sender_rejected', 'sender', 'policy', 'policy', 'policy', 'the envelope sender or From address was refused'),
  ('blocked', 'sender', 'policy', 'policy', 'policy', 'the sending host is on a block list, or was refused as a host'),
  ('bad_reputation', 'sender', 'policy', 'policy', 'policy', 'the sending host or domain has a low reputation'),
  ('rate_limited', 'sender', 'policy', 'transient', 'transient', 'too much, too fast, too many connections'),
  ('sending_limit', 'sender', 'policy', 'policy', 'policy', 'over a limit on recipients or on messages for the account'),
  ('policy_violation', 'sender', 'policy', 'policy', 'policy', 'refused by a policy that names no finer cause'),
  ('relay_denied', 'sender', 'policy', 'policy', 'policy', 'the receiver does not relay for this recipient'),
  ('tls_failed', 'sender', 'policy', 'policy', 'policy', 'encryption was needed and could not be had'),
  ('syntax_error', 'sender', 'policy', 'policy', 'policy', 'an SMTP command was refused as malformed'),
  ('spam', 'message', 'policy', 'policy', 'policy', 'the content was judged to be spam'),
  ('virus', 'message', 'policy', 'policy', 'policy', 'the content was judged to carry malware'),
  ('content_rejected', 'message', 'policy', 'policy', 'policy', 'the content or an attachment was refused'),
  ('message_too_large', 'message', 'policy', 'policy', 'policy', 'over the receiver''s size limit'),
  ('not_rfc_compliant', 'message', 'policy', 'policy', 'policy', 'the message breaks RFC 5322 (no From, two Subjects, bare LF)'),
  ('spf', 'sender', 'spf', 'spf', 'spf', 'SPF failed'),
  ('dkim', 'sender', 'auth', 'auth', 'auth', 'DKIM failed'),
  ('dmarc', 'sender', 'auth', 'auth', 'auth', 'DMARC failed'),
  ('auth_failed', 'sender', 'auth', 'auth', 'auth', 'several mechanisms of mail authentication failed, or an unnamed one'),
  ('smtp_auth', 'sender', 'auth', 'auth', 'auth', 'SMTP AUTH is missing or failed, or the account may not send'),
  ('no_ptr', 'sender', 'auth', 'auth', 'auth', 'the sending host has no matching reverse DNS'),
  ('network_error', 'receiver', 'transient', 'transient', 'transient', 'no connection, no route, DNS trouble, loop'),
  ('expired', 'receiver', 'transient', 'transient', 'transient', 'given up after retrying'),
  ('system_error', 'receiver', 'transient', 'transient', 'transient', 'the receiving system had a fault'),
  ('system_full', 'receiver', 'transient', 'transient', 'transient', 'the receiving system''s disk is full'),
  ('mailer_error', 'receiver', 'transient', 'transient', 'transient', 'the program that should have delivered it failed'),
  ('undefined', 'unknown', 'permanent', 'transient', 'transient', 'nothing in the bounce tells the cause');

-- SQLite builds a tree in memory for each IN with three values or more, whenever a row is inserted.
-- So the tables into which every message is written have OR.

-- Every letter that came in, once: the digest is over its canonical form, so that a mail server's
-- second try at the same letter is no second letter.
CREATE TABLE message (
  message_id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  kind TEXT NOT NULL
    CHECK (kind = 'bounce' OR kind = 'delay' OR kind = 'success' OR kind = 'complaint'
           OR kind = 'auto_reply' OR kind = 'challenge' OR kind = 'other' OR kind = 'unreadable'),
  reader TEXT,                 -- which dialect it was read as
  received_at INTEGER NOT NULL,
  reported_at INTEGER,         -- its Date field: a stranger's word
  reporting_mta TEXT,
  report_message_id TEXT,
  original_message_id TEXT,    -- of the message that bounced, as far as it was returned
  envelope_id TEXT,
  list_id TEXT,
  feedback_id TEXT,
  subject TEXT,
  envelope_sender TEXT,        -- '' is the null sender
  envelope_recipient TEXT,
  size INTEGER NOT NULL,       -- octets, whole
  notes INTEGER NOT NULL,      -- bits: 1 window cut, 2 header cut, 4 parts cut, 8 recipients cut,
                               -- 16 NUL, 32 no header, 64, 128, 256 the worker died, was late, lied
  kept TEXT,                   -- path of the raw letter, where it was kept
  recipients INTEGER NOT NULL, -- how many it speaks about
  repeated INTEGER NOT NULL,   -- how many of their failures another letter had told before
  trust TEXT NOT NULL DEFAULT 'unsigned'
    CHECK (trust = 'verified' OR trust = 'expired' OR trust = 'bad_tag' OR trust = 'sent'
           OR trust = 'unsigned')
) STRICT;

-- trust: whether a report is known to be an answer to something that was sent: signed and within
-- its time (verified), signed once but too old (expired), with a signature that is wrong (bad_tag),
-- about an address that was written to lately (sent), or none of these (unsigned).
-- counts: whether it may suppress or lift; which trust that takes is a setting.
-- lifted: what made it count no more.

-- One recipient that failed for good. address is the key by which an address is known everywhere:
-- recipient in lower case (ASCII only, so that no two mailboxes of a Unicode world become one).
CREATE TABLE failure (
  failure_id INTEGER PRIMARY KEY,
  message_id INTEGER NOT NULL REFERENCES message,
  failed_at INTEGER NOT NULL,  -- receipt; in an import the report's Date, never in the future
  recipient TEXT,              -- the address that the sender's list knows
  recipient_domain TEXT,
  final_recipient TEXT,
  original_recipient TEXT,
  action TEXT CHECK (action = 'failed'),
  status TEXT,
  reply_code INTEGER CHECK (reply_code BETWEEN 200 AND 599),
  stage TEXT
    CHECK (stage = 'connect' OR stage = 'ehlo' OR stage = 'mail' OR stage = 'rcpt'
           OR stage = 'data' OR stage = 'eom'),
  diagnostic TEXT,
  notice TEXT,
  remote_mta TEXT,
  original_message_id TEXT,
  provider TEXT,
  class TEXT NOT NULL
    CHECK (class = 'permanent' OR class = 'transient' OR class = 'policy' OR class = 'spf'
           OR class = 'quota' OR class = 'auth'),
  reason TEXT NOT NULL,
  party TEXT NOT NULL,
  rule TEXT,
  matched TEXT,                -- the words, or the code, that decided
  masked TEXT,                 -- the reply without addresses, hosts, numbers and ids, if undefined
  trust TEXT NOT NULL DEFAULT 'unsigned'
    CHECK (trust = 'verified' OR trust = 'expired' OR trust = 'bad_tag' OR trust = 'sent'
           OR trust = 'unsigned'),
  token TEXT,                  -- of a signed return path; the same one counts once a day
  counts INTEGER NOT NULL DEFAULT 1 CHECK (counts IN (0, 1)),
  lifted TEXT
    CHECK (lifted = 'delivered' OR lifted = 'allow' OR lifted = 'release' OR lifted = 'wave'
           OR lifted = 'accepted' OR lifted = 'expired'),
  counting INTEGER AS (counts = 1 AND lifted IS NULL) VIRTUAL,
  address TEXT AS (lower(recipient)) VIRTUAL,
  day INTEGER AS (failed_at / 86400) VIRTUAL,
  FOREIGN KEY (reason, party) REFERENCES reason (reason, party)
) STRICT;

CREATE INDEX failure_message ON failure (message_id);
CREATE INDEX failure_address ON failure (address, reason, counting, day);
CREATE INDEX failure_failed_at ON failure (failed_at);

-- For how many domains an unknown text came on a day (store-wave.c).
CREATE INDEX failure_text ON failure (masked, day, counts, recipient_domain)
  WHERE masked IS NOT NULL;

-- The same failure told by two different letters is one failure. But whoever forges a report in
-- advance must not shut out the signed one.
CREATE UNIQUE INDEX failure_told
  ON failure (original_message_id, address, coalesce(status, ''), trust = 'verified')
  WHERE original_message_id IS NOT NULL;
CREATE UNIQUE INDEX failure_replayed ON failure (token, day, reason) WHERE token IS NOT NULL;

-- One recipient that is still being tried. Never counts as a failure.
CREATE TABLE delay (
  delay_id INTEGER PRIMARY KEY,
  message_id INTEGER NOT NULL REFERENCES message,
  failed_at INTEGER NOT NULL,
  recipient TEXT,
  recipient_domain TEXT,
  final_recipient TEXT,
  original_recipient TEXT,
  action TEXT,
  status TEXT,
  reply_code INTEGER CHECK (reply_code BETWEEN 200 AND 599),
  stage TEXT
    CHECK (stage = 'connect' OR stage = 'ehlo' OR stage = 'mail' OR stage = 'rcpt'
           OR stage = 'data' OR stage = 'eom'),
  diagnostic TEXT,
  notice TEXT,
  remote_mta TEXT,
  provider TEXT,
  class TEXT
    CHECK (class = 'permanent' OR class = 'transient' OR class = 'policy' OR class = 'spf'
           OR class = 'quota' OR class = 'auth'),
  reason TEXT,
  party TEXT,
  rule TEXT,
  matched TEXT,
  address TEXT AS (lower(recipient)) VIRTUAL,
  FOREIGN KEY (reason, party) REFERENCES reason (reason, party)
) STRICT;

CREATE INDEX delay_message ON delay (message_id);
CREATE INDEX delay_address ON delay (address);

-- One recipient that was reached: delivered, relayed to a server that reports no more, or expanded
-- by a list.
CREATE TABLE delivery (
  delivery_id INTEGER PRIMARY KEY,
  message_id INTEGER NOT NULL REFERENCES message,
  delivered_at INTEGER NOT NULL,
  recipient TEXT,
  recipient_domain TEXT,
  final_recipient TEXT,
  original_recipient TEXT,
  action TEXT CHECK (action = 'delivered' OR action = 'relayed' OR action = 'expanded'),
  status TEXT,
  diagnostic TEXT,
  notice TEXT,
  remote_mta TEXT,
  trust TEXT NOT NULL DEFAULT 'unsigned'
    CHECK (trust = 'verified' OR trust = 'expired' OR trust = 'bad_tag' OR trust = 'sent'
           OR trust = 'unsigned'),
  counts INTEGER NOT NULL DEFAULT 1 CHECK (counts IN (0, 1)),
  address TEXT AS (lower(recipient)) VIRTUAL
) STRICT;

CREATE INDEX delivery_message ON delivery (message_id);
CREATE INDEX delivery_address ON delivery (address);

-- One recipient that called a message spam (RFC 5965).
CREATE TABLE complaint (
  complaint_id INTEGER PRIMARY KEY,
  message_id INTEGER NOT NULL REFERENCES message,
  complained_at INTEGER NOT NULL,
  recipient TEXT,
  recipient_domain TEXT,
  final_recipient TEXT,
  original_recipient TEXT,
  original_message_id TEXT,
  provider TEXT,
  trust TEXT NOT NULL DEFAULT 'unsigned'
    CHECK (trust = 'verified' OR trust = 'expired' OR trust = 'bad_tag' OR trust = 'sent'
           OR trust = 'unsigned'),
  counts INTEGER NOT NULL DEFAULT 1 CHECK (counts IN (0, 1)),
  lifted TEXT CHECK (lifted IN ('allow', 'release')),
  counting INTEGER AS (counts = 1 AND lifted IS NULL) VIRTUAL,
  address TEXT AS (lower(recipient)) VIRTUAL
) STRICT;

CREATE INDEX complaint_message ON complaint (message_id);
CREATE INDEX complaint_address ON complaint (address);
CREATE UNIQUE INDEX complaint_told
  ON complaint (original_message_id, address, trust = 'verified')
  WHERE original_message_id IS NOT NULL;

-- What the program remembers of its configuration, so that a changed one is noticed, and what tells
-- this database from every other: the files alongside are known by it.
CREATE TABLE setting (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO setting (name, value) VALUES ('identity', lower(hex(randomblob(16))));

-- What was said stays said. A verdict may be corrected (class, reason, party, provider, rule,
-- matched, masked), and rows may be erased, but evidence cannot be altered; save by forget, which
-- says so in the setting erasing for as long as its transaction lasts.
CREATE TRIGGER message_is_history
BEFORE UPDATE OF message_id, digest, kind, reader, received_at, reported_at, reporting_mta,
  report_message_id, original_message_id, envelope_id, list_id, feedback_id, envelope_sender,
  envelope_recipient, size, notes ON message
WHEN NOT EXISTS (SELECT 1 FROM setting WHERE name = 'erasing')
BEGIN
  SELECT raise(ABORT, 'what a message said cannot be altered');
END;

CREATE TRIGGER failure_is_history
BEFORE UPDATE OF failure_id, message_id, failed_at, recipient, final_recipient, original_recipient,
  action, diagnostic, notice, remote_mta, original_message_id, trust ON failure
WHEN NOT EXISTS (SELECT 1 FROM setting WHERE name = 'erasing')
BEGIN
  SELECT raise(ABORT, 'what a failure rests on cannot be altered');
END;

CREATE TRIGGER complaint_is_history
BEFORE UPDATE OF complaint_id, message_id, complained_at, recipient, trust ON complaint
WHEN NOT EXISTS (SELECT 1 FROM setting WHERE name = 'erasing')
BEGIN
  SELECT raise(ABORT, 'what a complaint said cannot be altered');
END;

PRAGMA user_version = 1;
