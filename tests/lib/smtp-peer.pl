#!/usr/bin/perl
# smtp-peer.pl REPLIES PORT-FILE SECONDS [MESSAGES]: a mail server on loopback that answers as it is told.
#
# REPLIES has a line for each mailbox: name|stage|reply, where stage is mail, rcpt, data, eom (after
# the final dot) or drop (the connection is closed at RCPT), and reply may contain \n between lines.
# A mailbox is identified by its local part or, at MAIL, before any recipient is named, by the
# extension of the sender (bounces+NAME). Whatever is not listed is accepted. The system chooses the
# port, which is written to PORT-FILE; the server exits after SECONDS. The messages that it accepts
# are appended to the file MESSAGES.
use strict;
use warnings;
use IO::Socket::INET;

my ($replies, $port_file, $seconds, $messages) = @ARGV;
my %script = ();
open(my $in, '<', $replies) or die "$replies: $!\n";
while (my $line = <$in>) {
  chomp $line;
  my ($name, $stage, $reply) = split /\|/, $line;
  $script{$name} = [$stage, join("\r\n", split(/\\n/, $reply)) . "\r\n"];
}
close $in;

my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 20) or die "listen: $!\n";
open(my $out, '>', "$port_file.new") or die "$port_file: $!\n";
print $out $server->sockport, "\n";
close $out;
rename "$port_file.new", $port_file or die "$port_file: $!\n";

$SIG{CHLD} = 'IGNORE';
$SIG{ALRM} = sub { exit 0 };
alarm $seconds;
while (my $client = $server->accept) {
  my $child = fork;
  die "fork: $!\n" unless defined $child;
  if ($child == 0) {
    alarm $seconds;
    converse($client);
    exit 0;
  }
  close $client;
}

# The scripted reply for a mailbox at a stage, or nothing
sub scripted {
  my ($name, $stage) = @_;
  my $entry = $script{$name // ''} or return;
  return $entry->[0] eq $stage ? $entry->[1] : undef;
}

sub keep {
  my ($message) = @_;
  return unless defined $messages;
  open(my $file, '>>', $messages) or die "$messages: $!\n";
  print $file $message;
  close $file;
}

sub converse {
  my ($client) = @_;
  my @accepted = ();
  print $client "220 peer.example ESMTP\r\n";
  while (my $line = <$client>) {
    if ($line =~ /^EHLO/i) {
      print $client "250-peer.example\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n";
    } elsif ($line =~ /^MAIL FROM:<[^>+]*\+?([^>@]*)/i) {
      @accepted = ();
      print $client scripted($1, 'mail') // "250 2.1.0 Ok\r\n";
    } elsif ($line =~ /^RCPT TO:<([^>@]*)/i) {
      return if scripted($1, 'drop');
      my $reply = scripted($1, 'rcpt');
      push @accepted, $1 unless $reply;
      print $client $reply // "250 2.1.5 Ok\r\n";
    } elsif ($line =~ /^DATA/i) {
      my ($refusal) = grep { defined } map { scripted($_, 'data') } @accepted;
      print $client $refusal // "354 Go on\r\n";
      next if $refusal;
      my $message = '';
      $message .= $line while defined($line = <$client>) && $line ne ".\r\n";
      keep($message);
      my ($verdict) = grep { defined } map { scripted($_, 'eom') } @accepted;
      print $client $verdict // "250 2.0.0 Ok\r\n";
    } elsif ($line =~ /^QUIT/i) {
      print $client "221 2.0.0 Bye\r\n";
      return;
    } else {
      print $client "250 2.0.0 Ok\r\n";
    }
  }
}
