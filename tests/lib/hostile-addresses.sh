# hostile-addresses.sh: makes a database, x.db, whose list contains addresses that other tools might
# read as something else. Source it in an empty directory.
# shellcheck shell=sh
cat "${top_srcdir:?}"/schema/*.sql | sqlite3 -bail x.db
sqlite3 -bail x.db <<'END_SQL'
CREATE TEMP TABLE hostile (recipient TEXT);
-- odd, but valid
INSERT INTO hostile VALUES ('ada@school.example'), ('O''Neil+news@School.Example'),
  ('+49170@sms.example'), ('-rf@school.example'), ('a=b@school.example'), ('{x}@school.example'),
  ('`id`@school.example'), ('$HOME@school.example'), ('a|b@school.example'), ('!x@school.example'),
  ('*@school.example'), ('^.*$@school.example'), ('/.*/@school.example'), ('%s@school.example'),
  ('~root@school.example'), ('null@school.example'), ('a''or''1''=''1@school.example'),
  ('jürgen@schule.example'), ('&amp@school.example');
-- formulas
INSERT INTO hostile VALUES ('=1+1@school.example'), ('=cmd|''/c''!a0@school.example'),
  ('@sum(1)@school.example');
-- lines, comments, quotes, lists, patterns
INSERT INTO hostile VALUES ('#a@school.example'), ('a@school.example' || char(10) || 'victim@school.example'),
  ('a@school.example' || char(13) || 'victim@school.example'), ('b@school.example victim@school.example'),
  ('c@school.example,victim@school.example'), ('d@school.example;victim@school.example'),
  ('"a, victim@school.example, b"@school.example'), ('"a b"@school.example'), ('"''; DROP TABLE x; --"@school.example'),
  ('<victim@school.example>'), ('victim (x)@school.example'), ('e@school.example:victim'),
  ('a@school.example' || char(9) || 'victim'), ('f\@school.example'), ('g@[192.0.2.1]'),
  ('h@'), ('root'), ('i@j@school.example'), (char(0xfeff) || 'k@school.example'),
  ('l' || char(0xa0) || 'm@school.example'), ('n' || char(0x2028) || 'victim@school.example'),
  ('o' || char(0x85) || 'p@school.example'), (char(27) || ']0;x' || char(7) || '@school.example');
INSERT INTO override (address, recipient, recipient_domain, verdict, by_uid, at)
  SELECT lower(recipient), recipient, substr(recipient, instr(recipient, '@') + 1), 'suppress', 0,
         1767268800
  FROM hostile;
INSERT INTO entry (address, recipient, recipient_domain, reason, since)
  SELECT address, recipient, recipient_domain, 'manual', at FROM override;
END_SQL
