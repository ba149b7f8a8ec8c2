#!/bin/sh
# Passes what a sending service posts to bouncedb; bouncedb-events(7) says what it understands. Any
# server that runs CGI programs can run this, as the user who owns the database. The answer is 204
# once everything is on disk, and otherwise 503, so that the service sends it again.
answer() {
  printf 'Status: %s\r\n' "$1"
  shift
  for field; do printf '%s\r\n' "$field"; done
  printf '\r\n'
}
body() { head -c "${CONTENT_LENGTH:-0}"; }

# Azure Event Grid first asks for a code to be sent back, which is nothing but letters and digits.
confirm() {
  event=$(body | tr '\r\n' '  ')
  printf %s "$event" | bouncedb deliver || return
  code=$(printf %s "$event" | sed -n 's/.*"validationCode" *: *"\([A-Za-z0-9-]*\)".*/\1/p')
  answer '200 OK' 'Content-Type: application/json'
  printf '{"validationResponse":"%s"}\n' "$code"
}

case ${REQUEST_METHOD-} in
  POST) ;;
  GET | HEAD) answer '204 No Content'; exit ;; # by which some services see that the address is right
  # Event Grid asks so before it sends CloudEvents
  OPTIONS) answer '200 OK' 'Allow: POST' 'WebHook-Allowed-Origin: *'; exit ;;
  *) answer '405 Method Not Allowed'; exit ;;
esac
if [ "${HTTP_AEG_EVENT_TYPE-}" = SubscriptionValidation ]; then
  confirm || answer '503 Service Unavailable'
elif body | bouncedb deliver; then
  answer '204 No Content'
else
  answer '503 Service Unavailable'
fi
