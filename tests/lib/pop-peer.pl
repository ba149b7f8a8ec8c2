#!/usr/bin/perl
# pop-peer.pl MAILBOX PORT-FILE SECONDS: a POP3 server on loopback (RFC 1939) whose mailbox is a
# directory with one message per file. Any name and password open it. The system chooses the port,
# which is written to PORT-FILE; the server exits after SECONDS.
use strict;
use warnings;
use IO::Socket::INET;

my ($mailbox, $port_file, $seconds) = @ARGV;
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die "listen: $!\n";
open(my $out, '>', "$port_file.new") or die "$port_file: $!\n";
print $out $server->sockport, "\n";
close $out;
rename "$port_file.new", $port_file or die "$port_file: $!\n";

alarm $seconds;
while (my $client = $server->accept) {
  converse($client);
  close $client;
}

sub message {
  my ($name) = @_;
  open(my $in, '<', "$mailbox/$name") or die "$name: $!\n";
  local $/;
  my $text = <$in>;
  $text =~ s/\n/\r\n/g;
  return $text;
}

# The end of a message is a dot, so one at the beginning of a line is doubled.
sub stuffed {
  my ($text) = @_;
  $text =~ s/^\./../mg;
  return "$text.\r\n";
}

sub converse {
  my ($client) = @_;
  opendir(my $dir, $mailbox) or die "$mailbox: $!\n";
  my @names = sort grep { !/^\./ } readdir $dir;
  my %deleted = ();
  my $say = sub { print $client @_; $client->flush };
  my $list = sub {
    my ($number, $value) = @_;
    return $say->("+OK $number " . $value->($names[$number - 1]) . "\r\n") if $number;
    my @lines = map { ($_ + 1) . ' ' . $value->($names[$_]) . "\r\n" } grep { !$deleted{$_ + 1} } 0 .. $#names;
    $say->("+OK\r\n", @lines, ".\r\n");
  };
  $say->("+OK ready\r\n");
  while (my $line = <$client>) {
    my ($command, $number, $lines) = split ' ', $line;
    $command = uc($command // '');
    if ($command =~ /^(USER|PASS|NOOP|RSET)$/) {
      %deleted = () if $command eq 'RSET';
      $say->("+OK\r\n");
    } elsif ($command eq 'CAPA') {
      $say->("+OK\r\nUSER\r\nUIDL\r\nTOP\r\n.\r\n");
    } elsif ($command eq 'STAT') {
      my $size = 0;
      $size += length message($_) for @names;
      $say->('+OK ' . @names . " $size\r\n");
    } elsif ($command eq 'LAST') {
      $say->("+OK 0\r\n");
    } elsif ($command eq 'LIST') {
      $list->($number, sub { length message($_[0]) });
    } elsif ($command eq 'UIDL') {
      $list->($number, sub { "uid-$_[0]" });
    } elsif ($command eq 'RETR') {
      $say->("+OK\r\n", stuffed(message($names[$number - 1])));
    } elsif ($command eq 'TOP') {
      my ($head) = split /\r\n\r\n/, message($names[$number - 1]), 2;
      $say->("+OK\r\n", stuffed("$head\r\n\r\n"));
    } elsif ($command eq 'DELE') {
      $deleted{$number} = 1;
      $say->("+OK\r\n");
    } elsif ($command eq 'QUIT') {
      unlink map { "$mailbox/$names[$_ - 1]" } keys %deleted;
      $say->("+OK\r\n");
      return;
    } else {
      $say->("-ERR unknown\r\n");
    }
  }
}
