#!/usr/bin/perl
# lmtp-peer.pl SOCKET SECONDS [REPLY...]: a service for one client, on a Unix socket, that answers as
# it is told: the first reply is the greeting, the others are for LHLO, MAIL, RCPT, DATA, and the
# message. \n stands between replies that come together. After the last one, the connection ends.
# What the client sends goes to standard output; the service exits after SECONDS at the latest.
use strict;
use warnings;
use IO::Socket::UNIX;

my ($path, $seconds, @replies) = @ARGV;
alarm $seconds;
my $server = IO::Socket::UNIX->new(Local => $path, Listen => 1) or die "$path: $!\n";
my $client = $server->accept;
$client->autoflush(1);
my $content = 0;
while (my $reply = shift @replies) {
  print $client join("\r\n", split(/\\n/, $reply)) . "\r\n";
  last unless @replies;
  $content = $reply =~ /354/;
  my $commands = 1;
  $commands = () = $replies[0] =~ /(?:^|\\n)\d+ /g unless $content;
  while ($commands > 0 && defined(my $line = <$client>)) {
    print $line;
    $commands-- if !$content || $line eq ".\r\n";
  }
}
