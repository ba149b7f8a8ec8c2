#!/bin/sh
# Passes what a sending service posts to bouncedb; bouncedb-events(7) says what it understands. Any
# server that runs CGI programs can run this, as the user who owns the database. The answer is 204
# once everything is on disk, and otherwise 503, so that the service sends it again.
answer() { printf 'Status: %s\r\n\r\n' "$1"; }

case ${REQUEST_METHOD-} in
  POST) ;;
  GET | HEAD) answer '204 No Content'; exit ;; # by which some services see that the address is right
  *) answer '405 Method Not Allowed'; exit ;;
esac
if head -c "${CONTENT_LENGTH:-0}" | bouncedb deliver; then
  answer '204 No Content'
else
  answer '503 Service Unavailable'
fi
