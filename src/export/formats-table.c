/* The table of formats. */
#include "config.h"

#include <string.h>

#include "export/formats.h"

#define CSV_COLUMNS                                                                                \
  "address,recipient,class,reason,status,reply_code,provider,list_id,since,first_at,last_at,"      \
  "failures,diagnostic\n"
#define CSV_ROW                                                                                    \
  "$address,$recipient,$class,$reason,$status,$reply_code,$provider,$list_id,$since,$first_at,"    \
  "$last_at,$failures,$diagnostic\n"
#define JSON_MEMBERS                                                                               \
  "\"address\":$address,\"recipient\":$recipient,\"class\":$class,\"reason\":$reason,"             \
  "\"status\":$status,\"reply_code\":$reply_code,\"provider\":$provider,\"list_id\":$list_id,"     \
  "\"since\":$since,\"first_at\":$first_at,\"last_at\":$last_at,\"failures\":$failures,"           \
  "\"diagnostic\":$diagnostic,\"subscriber\":$subscriber}"

#define PLAIN_ROW .syntax = SYNTAX_LINE, .row = "$address\n", .changes = "$op\t$address\n"
#define PLAIN_FLAGS (FORMAT_APPENDS | FORMAT_HASHES)

enum { MAUTIC_LONGEST = 191 }; /* varchar(191): what MySQL could index in utf8mb4 */

const Format format_table[] = {
    {.name = "plain",
     PLAIN_ROW,
     .flags = PLAIN_FLAGS,
     .what = "one address per line",
     .import = "grep -vixFf FILE subscribers.txt"},
    {.name = "mailman", /* whose delmembers fails at a non-ASCII address, and then deletes
                           nobody */
     PLAIN_ROW,
     .flags = PLAIN_FLAGS | FORMAT_ASCII,
     .what = "plain, for Mailman 3",
     .import = "mailman delmembers -l LIST -f - -G -N < FILE"},
    {.name = "sympa", /* whose del fails at an address that is not a member, after the others */
     PLAIN_ROW,
     .flags = PLAIN_FLAGS,
     .what = "plain, for Sympa 6.2.68 and later",
     .import = "sympa review LIST@DOMAIN | grep -ixFf FILE | sympa del --quiet LIST@DOMAIN"},
    {.name = "phplist", /* its web form puts the line into SQL as it is */
     PLAIN_ROW,
     .flags = PLAIN_FLAGS,
     .refuse = "'`",
     .longest = 150, /* varchar(150) in user_blacklist_data */
     .what = "plain, for phpList",
     .import = "paste into Subscribers > Manage suppression list"},
    {.name = "rspamd",
     PLAIN_ROW,
     .flags = PLAIN_FLAGS | FORMAT_WHOLE,
     .refuse = "/",
     .what = "plain, for a map of rspamd",
     .import = "local.d/multimap.conf: bouncedb { type = \"rcpt\"; map = \"FILE\"; }"},
    {.name = "mailjet",
     PLAIN_ROW,
     .flags = PLAIN_FLAGS | FORMAT_NO_FORMULA,
     .what = "plain, for Mailjet",
     .import = "upload: Contacts > Exclusion list > Manage contacts"},
    {.name = "csv",
     .syntax = SYNTAX_CSV,
     .flags = FORMAT_ANY_ADDRESS | FORMAT_PEOPLE | FORMAT_DETAIL | FORMAT_APPENDS,
     .header = CSV_COLUMNS,
     .row = CSV_ROW,
     .changes = "$op," CSV_ROW,
     .what = "everything known about each address, for spreadsheets",
     .import = "open FILE as UTF-8, separated by commas"},
    {.name = "jsonl",
     .syntax = SYNTAX_JSON,
     .flags = FORMAT_ANY_ADDRESS | FORMAT_DETAIL | FORMAT_APPENDS,
     .row = "{" JSON_MEMBERS "\n",
     .changes = "{\"op\":$op," JSON_MEMBERS "\n",
     .what = "the same, one JSON object per line",
     .import = "jq -r .address FILE"},
    {.name = "json",
     .syntax = SYNTAX_JSON,
     .flags = FORMAT_ANY_ADDRESS | FORMAT_DETAIL,
     .row = "{" JSON_MEMBERS,
     .changes = "{\"op\":$op," JSON_MEMBERS,
     .open = "[",
     .close = "]\n",
     .what = "the same, one JSON array",
     .import = "jq -r '.[].address' FILE"},
    {.name = "listmonk",
     .syntax = SYNTAX_CSV,
     .flags = FORMAT_NO_FORMULA | FORMAT_APPENDS,
     .date = DATE_DAY,
     .header = "email,attributes\n",
     .row = "$address,$attributes\n",
     .what = "CSV for the blocklist of listmonk",
     .import = "curl -u USER:TOKEN -F 'params={\"mode\":\"blocklist\",\"delim\":\",\"}' -F "
               "file=@FILE https://HOST/api/import/subscribers"},
    {.name = "listmonk-webhook", /* without created_at it would store the year 1 */
     .syntax = SYNTAX_JSON,
     .flags = FORMAT_DETAIL | FORMAT_APPENDS,
     .row = "{\"email\":$address,\"type\":$kind,\"source\":\"bouncedb\",\"created_at\":$since,"
            "\"meta\":{\"reason\":$reason,\"status\":$status,\"diagnostic\":$diagnostic}}\n",
     .complaint = "complaint",
     .hard = "hard",
     .soft = "soft",
     .what = "bounces for listmonk's counters, one JSON body per line; each one counts, so send it "
             "only once",
     .import = "while read -r body; do curl -u USER:TOKEN -H Content-Type:application/json -d "
               "\"$body\" https://HOST/webhooks/bounce; done < FILE"},
    {.name = "ses",
     .syntax = SYNTAX_CSV,
     .flags = FORMAT_ASCII | FORMAT_NO_FORMULA,
     .row = "$address,$kind\n",
     .part_rows = 100000,
     .complaint = "COMPLAINT",
     .hard = "BOUNCE",
     .soft = "BOUNCE",
     .what = "CSV for the account-level suppression list of Amazon SES",
     .import = "aws sesv2 create-import-job --import-destination "
               "SuppressionListDestination={SuppressionListImportAction=PUT} --import-data-source "
               "S3Url=s3://BUCKET/FILE,DataFormat=CSV"},
    {.name = "ses-json",
     .syntax = SYNTAX_JSON,
     .flags = FORMAT_ASCII,
     .row = "{\"emailAddress\":$address,\"reason\":$kind}\n",
     .part_rows = 100000,
     .complaint = "COMPLAINT",
     .hard = "BOUNCE",
     .soft = "BOUNCE",
     .what = "the same as JSON Lines",
     .import = "as ses, with DataFormat=JSON"},
    {.name = "mailgun",
     .syntax = SYNTAX_CSV,
     .flags = FORMAT_NO_FORMULA | FORMAT_DETAIL,
     .date = DATE_RFC2822,
     .header = "address,code,error,created_at\n",
     .row = "$address,$code,$diagnostic,$since\n",
     .part_octets = 25000000,
     .what = "CSV for the bounces of Mailgun",
     .import = "curl -u api:KEY -F file=@FILE https://api.mailgun.net/v3/DOMAIN/bounces/import"},
    {.name = "sendgrid",
     .syntax = SYNTAX_JSON,
     .row = "$address",
     .open = "{\"recipient_emails\":[",
     .close = "]}\n",
     .batch = 1000,
     .what = "global suppressions of SendGrid, one JSON body per line",
     .import = "while read -r body; do curl -H 'Authorization: Bearer KEY' -H "
               "Content-Type:application/json -d \"$body\" "
               "https://api.sendgrid.com/v3/asm/suppressions/global; done < FILE"},
    {.name = "postmark",
     .syntax = SYNTAX_JSON,
     .row = "{\"EmailAddress\":$address}",
     .open = "{\"Suppressions\":[",
     .close = "]}\n",
     .batch = 50,
     .what = "suppressions of Postmark, one JSON body per line",
     .import = "while read -r body; do curl -H 'X-Postmark-Server-Token: TOKEN' -H "
               "Content-Type:application/json -d \"$body\" "
               "https://api.postmarkapp.com/message-streams/STREAM/suppressions; done < FILE"},
    {.name = "sparkpost", /* an address is shut off only by both types */
     .syntax = SYNTAX_CSV,
     .flags = FORMAT_NO_FORMULA | FORMAT_APPENDS,
     .header = "recipient,type,description\n",
     .row = "$address,transactional,$summary\n$address,non_transactional,$summary\n",
     .what = "CSV for the suppression list of SparkPost (Bird)",
     .import = "upload: Recipients > Suppressions > Add"},
    {.name = "mautic",
     .syntax = SYNTAX_CSV,
     .flags = FORMAT_NO_FORMULA | FORMAT_APPENDS,
     .longest = MAUTIC_LONGEST,
     .header = "email,doNotEmail\n",
     .row = "$address,1\n",
     .what = "CSV for Mautic",
     .import = "Contacts > Import, map doNotEmail; then bin/console mautic:import"},
    {.name = "mautic-json",
     .syntax = SYNTAX_JSON,
     .longest = MAUTIC_LONGEST,
     .row = "{\"email\":$address,\"doNotContact\":[{\"channel\":\"email\",\"reason\":$kind_number,"
            "\"comments\":$summary}]}",
     .open = "[",
     .close = "]\n",
     .batch = 200,
     .complaint = "1",
     .hard = "2",
     .soft = "2",
     .what = "bodies for Mautic's API, one JSON array per line",
     .import = "while read -r body; do curl -u USER:PASSWORD -H Content-Type:application/json -d "
               "\"$body\" https://HOST/api/contacts/batch/new; done < FILE"},
    {.name = "brevo",
     .syntax = SYNTAX_CSV,
     .flags = FORMAT_NO_FORMULA,
     .header = "EMAIL\n",
     .row = "$address\n",
     .part_octets = 8000000,
     .what = "CSV for Brevo",
     .import = "POST /v3/contacts/import with FILE as fileBody, emailBlacklist and "
               "updateExistingContacts true"},
    {.name = "mailchimp",
     .syntax = SYNTAX_JSON,
     .row = "{\"email_address\":$address,\"status\":$kind}",
     .open = "{\"members\":[",
     .close = "],\"update_existing\":true}\n",
     .batch = 500,
     .complaint = "unsubscribed",
     .hard = "cleaned",
     .soft = "cleaned",
     .what = "members of a Mailchimp list, one JSON body per line",
     .import = "while read -r body; do curl -u user:KEY -d \"$body\" "
               "https://DC.api.mailchimp.com/3.0/lists/LIST; done < FILE"},
    {.name = "mailerlite",
     .syntax = SYNTAX_JSON,
     .flags = FORMAT_APPENDS,
     .row = "{\"email\":$address,\"status\":$kind}\n",
     .complaint = "junk",
     .hard = "bounced",
     .soft = "bounced",
     .what = "subscribers of MailerLite, one JSON body per line",
     .import = "while read -r body; do curl -H 'Authorization: Bearer TOKEN' -H "
               "Content-Type:application/json -d \"$body\" "
               "https://connect.mailerlite.com/api/subscribers; done < FILE"},
    {.name =
         "postfix", /* no access map, whose DISCARD would discard the message for all recipients */
     .syntax = SYNTAX_LINE,
     .flags = FORMAT_APPENDS | FORMAT_WHOLE,
     .date = DATE_DAY,
     .row = "$address\terror:5.1.1 on the suppression list since $since: $reason\n",
     .domain = "$domain\terror:5.1.1 on the suppression list since $since: $reason\n",
     .exception = "$address\t:\n",
     .what = "transport map of Postfix",
     .import = "postmap hash:FILE; main.cf: transport_maps = hash:FILE"},
    {.name = "exim",
     .syntax = SYNTAX_LINE,
     .refuse = "*", /* "*@domain" is all of it */
     .flags = FORMAT_APPENDS | FORMAT_WHOLE,
     .date = DATE_DAY,
     .row = "$address: on the suppression list since $since: $reason\n",
     .domain = "*@$domain: on the suppression list since $since: $reason\n",
     .exception = "$address:\n",
     .what = "file for a lookup (lsearch) of Exim",
     .import = "redirect router with allow_fail: data = "
               "${lookup{$local_part@$domain}lsearch*@{FILE}{${if def:value{:fail: $value}}}}"},
    {.name = "sqlite",
     .syntax = SYNTAX_SQLITE,
     .flags = FORMAT_ANY_ADDRESS | FORMAT_DETAIL | FORMAT_WHOLE,
     .what = "SQLite database with one table, suppression, for any program to query",
     .import = "Postfix: transport_maps = sqlite:MAP; MAP: dbpath = FILE, query = SELECT 'error:"
               "5.1.1 ' || reason FROM suppression WHERE address = '%s'"},
    {.name = NULL},
};

const Format *
format_find(const char *name)
{
  for (const Format *format = format_table; format->name != NULL; format++)
    if (strcmp(format->name, name) == 0)
      return format;
  return NULL;
}
