/* Numbered messages for deliveries that are disturbed: every third is no report, and is kept. */
#pragma once

#include <glib.h>

static inline char *
letter_text(int number)
{
  if (number % 3 == 0)
    return g_strdup_printf("From: friend@example.com\nMessage-ID: <%d@example.com>\n\nAt noon?\n",
                           number);
  return g_strdup_printf(
      "From: MAILER-DAEMON@mx.example.org\nMIME-Version: 1.0\n"
      "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
      "--b\n\nNot delivered.\n--b\nContent-Type: message/delivery-status\n\n"
      "Reporting-MTA: dns; mx.example.org\n\n"
      "Final-Recipient: rfc822; r%d@example.net\nAction: failed\nStatus: 5.1.1\n"
      "Diagnostic-Code: smtp; 550 5.1.1 User unknown\n\n"
      "--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <o%d@example.org>\n--b--\n",
      number, number);
}
