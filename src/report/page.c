#include "config.h"

#include "report/page.h"

#include <string.h>

#include "base/dates.h"
#include "base/embedded.h"
#include "report/markup.h"
#include "report/overview-json.h"
#include "report/page-panels.h"

/* --- what is inline is allowed by its hash --- */

static const char *
embedded(const EmbeddedFile *files, const char *name)
{
  for (; files->name != NULL; files++)
    if (name == NULL || strcmp(files->name, name) == 0)
      return files->text;
  return NULL;
}

static void
allow(GString *out, const char *text)
{
  guint8 digest[32];
  gsize length = sizeof digest;
  g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
  g_checksum_update(checksum, (const guchar *)text, -1);
  g_checksum_get_digest(checksum, digest, &length);
  g_autofree char *base64 = g_base64_encode(digest, length);
  g_string_append_printf(out, " 'sha256-%s'", base64);
}

/* The empty icon keeps a browser from asking a server for one. */
static void
add_policy(GString *out, const char *style, const char *script, const char *chart)
{
  g_string_append(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
                       " img-src data:; base-uri 'none'; form-action 'none'; style-src");
  allow(out, style);
  g_string_append(out, "; script-src");
  allow(out, script);
  if (chart != NULL)
    allow(out, chart);
  g_string_append(out, "\">\n<link rel=\"icon\" href=\"data:,\">\n");
}

static void
add_inline(GString *out, const char *tag, const char *text)
{
  g_string_append_printf(out, "<%s>%s</%s>\n", tag, text, tag);
}

static void
add_head(GString *out, const char *style, const char *script, const char *chart)
{
  g_string_append(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
  add_policy(out, style, script, chart);
  g_string_append(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"color-scheme\" content=\"light dark\">\n"
                       "<meta name=\"referrer\" content=\"no-referrer\">\n"
                       "<meta name=\"robots\" content=\"noindex\">\n"
                       "<meta name=\"generator\" content=\"" PACKAGE_STRING "\">\n"
                       "<title>Bounces</title>\n");
  add_inline(out, "style", style);
  g_string_append(out, "</head>\n");
}

/* --- the body --- */

static void
add_header(GString *out, const Overview *overview)
{
  char day[DATE_BUFFER], minute[DATE_BUFFER];
  g_autofree char *hosts =
      overview->hosts > 0
          ? g_strdup_printf(", %" G_GINT64_FORMAT " hosts of a fleet", overview->hosts)
          : g_strdup("");
  g_string_append_printf(
      out,
      "<a class=\"skip\" href=\"#main\">Skip to the report</a>\n"
      "<header><h1>Bounces</h1>\n<p>Failed deliveries until"
      " <time datetime=\"%s\">%s %.5s UTC</time>%s. Days begin at 00:00 UTC: today"
      " is not over.</p></header>\n",
      date_rfc3339(overview->now, minute), date_day_utc(overview->today * SECONDS_PER_DAY, day),
      minute + strlen("2026-12-01T"), hosts);
}

static void
add_main(GString *out, const Overview *overview)
{
  g_string_append(out, "<main id=\"main\">\n");
  page_answers(out, overview);
  page_filters(out, overview);
  page_days(out, overview);
  page_remedies(out, overview);
  page_reputation(out, overview);
  page_providers(out, overview);
  page_lists(out, overview);
  page_domains(out, overview);
  page_times(out, overview);
  page_campaigns(out, overview);
  page_list(out, overview);
  page_entries(out, overview);
  page_unknown(out, overview);
  page_complaints(out, overview);
  page_messages(out, overview);
  g_string_append(out, "</main>\n<footer><p>" PACKAGE_STRING
                       ". This page loads nothing and sends nothing.</p></footer>\n");
}

static void
add_data(GString *out, const Overview *overview)
{
  g_autofree char *json = overview_json(overview);
  g_autofree char *safe = markup_json(json);
  g_string_append_printf(out, "<script type=\"application/json\" id=\"data\">%s</script>\n", safe);
}

char *
page_html(const Overview *overview)
{
  const char *style = embedded(embedded_page, "page.css");
  const char *script = embedded(embedded_page, "page.js");
  const char *chart = embedded(embedded_chart, NULL);
  GString *out = g_string_new(NULL);
  add_head(out, style, script, chart);
  g_string_append(out, "<body>\n");
  add_header(out, overview);
  add_main(out, overview);
  add_data(out, overview);
  if (chart != NULL)
    add_inline(out, "script", chart);
  add_inline(out, "script", script);
  g_string_append(out, "</body>\n</html>\n");
  return g_string_free(out, FALSE);
}
