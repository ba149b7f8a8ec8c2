# letters.sh: messages for shell tests, all different. Source it after tap.sh.
# shellcheck shell=sh

# bounce NUMBER: a report that the address rNUMBER@example.net does not exist
bounce() {
  cat <<END
Return-Path: <>
Delivered-To: bounces@example.org
Received: by mx.example.org; Sat, 21 Nov 2026 10:00:00 +0000
Message-ID: <report-$1@mx.example.org>
From: MAILER-DAEMON@mx.example.org
To: bounces@example.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

<r$1@example.net>: 550 5.1.1 User unknown

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; r$1@example.net
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550 5.1.1 <r$1@example.net>: User unknown

--b
Content-Type: message/rfc822

Message-ID: <original-$1@example.org>
From: news@example.org
To: r$1@example.net
Subject: News

Hello
--b--
END
}

# ordinary NUMBER: a message that is not about a delivery
ordinary() {
  printf 'From: friend@example.com\nTo: bounces@example.org\nMessage-ID: <%s@example.com>\n' "$1"
  printf 'Subject: Lunch\n\nAt noon? (%s)\n' "$1"
}

# big BYTES: an ordinary message of about that size
big() {
  printf 'From: friend@example.com\nSubject: Big\n\n'
  head -c "$1" /dev/zero | tr '\0' 'x' | fold -w 76
}

# mbox_of NUMBER...: these bounces in a mailbox
mbox_of() {
  for _number; do
    echo "From MAILER-DAEMON Sat Nov 21 10:00:00 2026"
    bounce "$_number"
    echo
  done
}

# configure FOLDER: conf, with a database x.db and its list file in FOLDER
configure() {
  printf '[database]\nfile = %s/x.db\n[delivery]\nsyslog = no\n[suppression]\nfile = %s/list\n' "$1" "$1" >conf
}
