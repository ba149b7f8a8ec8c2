#!/usr/bin/env perl
# Signed return paths for bouncedb. Perl 5.10 or later, core modules only.
#
#     sign.pl KEYFILE BASE RECIPIENT [NOW]
#
# KEYFILE was made by "bouncedb verp keygen". NOW is in Unix seconds; tests set it.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256);

my @digits = ('a' .. 'z', 2 .. 7);

# Whole groups of five bits, most significant first.
sub base32 { my ($bits) = @_; return join '', map { $digits[oct "0b$_"] } $bits =~ /.{5}/g }

# The envelope sender for a message to the recipient; nothing if it does not fit and therefore needs
# bouncedb verp make --opaque.
sub return_path {
    my ($key, $base, $recipient, $now) = @_;
    return if $recipient !~ /\A[A-Za-z0-9._+-]+\@[A-Za-z0-9.-]+\z/ || $recipient =~ /\.\./;
    my $day = base32(sprintf '%015b', int(($now // time) / 86400) % 32768);
    my ($local,      $domain)      = $recipient =~ /\A(.*)\@(.*)\z/;
    my ($base_local, $base_domain) = $base      =~ /\A(.*)\@(.*)\z/;
    my $signed = lc join "\0", 'bouncedb-verp-v1', $base, $day, $local, $domain;
    my $tag    = base32(unpack 'B80', hmac_sha256($signed, $key));
    my $result = "$base_local+1$day$tag-$local=$domain";
    return length $result <= 64 ? "$result\@$base_domain" : ();
}

unless (caller) {
    my ($file, $base, $recipient, $now) = @ARGV;
    open my $in, '<', $file or die "$file: $!\n";
    chomp(my $hex = <$in>);
    my ($path) = return_path(pack('H*', $hex), $base, $recipient, $now);
    die "$recipient does not fit\n" unless defined $path;
    print "$path\n";
}
1;
