# shapes.pl FILE...: prints the statements that would not run on Citus: see schema/fleet/001-centre.sql.
# Knows the layout of these files, not SQL in general.
use strict;
use warnings;

my $table = qr/(?:address|failure|complaint)/;    # distributed by who
my $source = qr/(?:jsonb_populate_recordset|jsonb_to_recordset|unnest)\(/;
my $insert = qr/^INSERT INTO $table\b.* SELECT .* FROM $source.* ON CONFLICT \(who[a-z, ]*\) DO/;
my %shape = (
  S1 => qr/$insert NOTHING/,
  S2 => qr/$insert UPDATE SET /,
  S3 => qr/^SELECT .*\bWHERE (?:\w\.)?who = ANY \(/,
  S4 => qr/$insert UPDATE SET /,
  S5 => qr/^(?:DELETE FROM|UPDATE|SELECT FROM) $table (?:SET .*)?WHERE who = [a-z.]+\b(?! \()/,
  S6 => qr/^SELECT (?:(?!\bJOIN\b|\(SELECT).)*$/,
);

# The statement around an offset: up to the parentheses that enclose it, or the semicolons.
sub around {
  my ($text, $at) = @_;
  my ($from, $to, $depth) = ($at, $at, 0);
  for (; $from > 0; $from--) {
    my $c = substr $text, $from - 1, 1;
    $depth++ if $c eq ')';
    last if $c eq ';' || ($c eq '(' && $depth-- == 0) || substr($text, $from - 2, 2) eq '$$';
  }
  for ($depth = 0; $to < length $text; $to++) {
    my $c = substr $text, $to, 1;
    $depth++ if $c eq '(';
    last if ($c eq ')' && $depth-- == 0) || ($c eq ';' && $depth == 0) || substr($text, $to, 2) eq '$$';
  }
  my $rest = substr($text, $to) =~ /^;( -- S\d)$/m ? $1 : '';
  my $statement = substr($text, $from, $to - $from);
  $statement =~ s/^ -- S\d\n// if $from > 0 && substr($text, $from - 1, 1) eq ';';    # the mark of that one
  return $statement . $rest;
}

sub plain {
  my ($text) = @_;
  $text =~ s/--.*//mg;
  $text =~ s/\s+/ /g;
  $text =~ s/^ (?:BEGIN |LOOP |ELSE |FOREACH .*? LOOP |FOR .*? LOOP )*//;
  $text =~ s/^(?:BEGIN|IF .*? THEN|FOR .*? LOOP|FOREACH .*? LOOP) //;
  return $text;
}

sub problem {
  my ($statement, $mark) = @_;
  return 'has no mark' if !defined $mark;
  return "is not $mark" if $statement !~ $shape{$mark} || ($mark ne 'S5' && $statement =~ / FOR UPDATE/);
  my %tables = map { $_ => 1 } $statement =~ /\b(?:FROM|JOIN|INTO|UPDATE) ($table)\b(?! AS \()/g;
  return 'reads another table' if $statement =~ /\b(?:FROM|JOIN) (?!$table\b|$source)[a-z]+\b/;
  return 'joins by something else than who'
    if $statement =~ /\bJOIN $table/ && $statement !~ /\bON \w\.who = \w\.who\b/;
  my ($update) = $statement =~ /DO UPDATE SET (.*)/;
  my %calls = map { $_ => 1 } ($update // '') =~ /\b([a-z_]+)\(/g;
  delete @calls{qw(greatest least coalesce)};
  return 'calls ' . join ' ', sort keys %calls if %calls;
  return '';
}

sub check_tables {
  my ($text) = @_;
  while ($text =~ /^ *CREATE TABLE ($table) \((.*?)^\)/msg) {
    my ($name, $columns) = ($1, $2);
    print "$name: its key does not contain who\n"
      if $columns !~ /\bwho uuid PRIMARY KEY|PRIMARY KEY \(who, /;
    print "$name: $1\n" while $columns =~ /\b(REFERENCES|GENERATED|serial|UNIQUE)\b/g;
  }
  print "$1\n" while $text =~ /\b(CREATE (?:CONSTRAINT )?TRIGGER|CREATE RULE|CREATE (?:UNLOGGED|TEMP)\b.*|SERIALIZABLE)/g;
}

local $/;
my $n = 0;
for my $text (<>) {
  check_tables($text);
  while ($text =~ /\b(?:FROM|JOIN|INTO|UPDATE) $table\b/g) {
    my $at = $-[0];
    my $line = 1 + (substr($text, 0, $at) =~ tr/\n//);
    next if substr($text, 0, $at) =~ /--[^\n]*$/;    # a comment
    my $statement = around($text, $at);
    my ($mark) = $statement =~ /-- (S[1-6])/;
    my $plain = plain($statement);
    my $problem = problem($plain, $mark);
    print "$line: $problem: ", substr($plain, 0, 100), "\n" if $problem;
    $n++;
  }
}
print STDERR "$n\n";
