#include "config.h"

#include "lib/check.h"

#include "mail/html.h"

static void
test_text(void **state)
{
  (void)state;
  static const struct {
    const char *html, *want;
  } cases[] = {
      {"", ""},
      {"plain", "plain\n"},
      {"<p>one</p><p>two</p>", "one\ntwo\n"},
      {"one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour\n"},
      {"  a \n b\t c  ", "a b c\n"},
      {"<b>5.1.1</b> user <i>un</i>known", "5.1.1 user unknown\n"},
      {"<table><tr><td>Status</td><td>5.1.1</td></tr></table>", "Status 5.1.1\n"},
      {"<pre>one\n  two</pre>three\nfour", "one\ntwo\nthree four\n"},
      {"</pre>a\nb", "a b\n"},
      {"<style>p { }</style>a<script>if (a < b) \"</p>\"</script>b", "ab\n"},
      {"<STYLE type=x>p</Style >a", "a\n"},
      {"a<!-- <p>no</p> -->b", "ab\n"},
      {"a<!-- no end", "a<!-- no end\n"},
      {"<!DOCTYPE html><html><head><title>Failure</title></head><body>b</body>", "Failure\nb\n"},
      {"<a title=\"a>b\" href='c>d'>e</a>", "e\n"},
      {"<a title=\"no end>e</a> f", "e f\n"},
      {"a < b <3 c", "a < b <3 c\n"},
      {"&lt;user@example.org&gt; &amp; &quot;x&quot; &apos;y&apos;",
       "<user@example.org> & \"x\" 'y'\n"},
      {"a&nbsp;b&#160;c&#32;d", "a b c d\n"},
      {"&#65;&#x42;&#X43;&#68", "ABCD\n"},
      {"&#19981;&#x5B58;&#22312;", "不存在\n"},
      {"&#146;&#x80;", "\u2019\u20ac\n"},
      {"&#0;&#xd800;&#x110000;&#99999999999999;", "\ufffd\ufffd\ufffd\ufffd\n"},
      {"&uuml;ber &unknown; &amp &ampx &# &#x &", "\u00fcber &unknown; & &ampx &# &#x &\n"},
      {"收件人<br>不存在", "收件人\n不存在\n"},
      {"<", "<\n"},
      {"<a", "<a\n"},
      {"</", "</\n"},
      {"<scripted>a", "a\n"},
      {"<averyveryverylongelementname>a", "a\n"},
      {"<!---->a", "a\n"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = html_to_text(cases[i].html, strlen(cases[i].html));
    check_string(cases[i].html, got, cases[i].want);
  }
}

/* Nothing is read beyond the given length. */
static void
test_length(void **state)
{
  (void)state;
  static const char html[] = "<!-- a --> &amp; <b title='x'> &#65; </script>";
  for (size_t length = 0; length < strlen(html); length++) {
    g_autofree char *cut = g_memdup2(html, length);
    g_autofree char *got = html_to_text(cut != NULL ? cut : "", length);
    assert_true(strlen(got) <= length + 1);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_text),
      cmocka_unit_test(test_length),
  };
  return cmocka_run_group_tests_name("html", tests, NULL, NULL);
}
