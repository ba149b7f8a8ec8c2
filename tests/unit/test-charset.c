#include "config.h"

#include "lib/check.h"

#include "mail/charset.h"

static const struct {
  const char *bytes, *declared, *want;
} labelled[] = {
    {"\xb5o\xa5\xf3\xa4\xe8\xa5~"
     "\xb5oIP\xb3Q\xa6\xac\xa5\xf3\xa4\xe8\xa4\xcf\xa9U\xa7\xa3\xa8t\xb2\xce\xc4"
     "d\xbaI",
     NULL, "發件方外發IP被收件方反垃圾系統攔截"},
    {"\xb7\xa2\xbc\xfe\xb7\xbd\xcd\xe2\xb7\xa2IP\xb1\xbb\xca\xd5\xbc\xfe\xb7\xbd\xb7\xb4\xc0\xac"
     "\xbb\xf8\xcf\xb5\xcd\xb3\xc0\xb9\xbd\xd8",
     NULL, "发件方外发IP被收件方反垃圾系统拦截"},
    {"\xb5o\xa5\xf3\xa4\xe8\xa5~"
     "\xb5oIP\xb3Q\xa6\xac\xa5\xf3\xa4\xe8\xa4\xcf\xa9U\xa7\xa3\xa8t\xb2\xce\xc4"
     "d\xbaI",
     "us-ascii", "發件方外發IP被收件方反垃圾系統攔截"},
    {"\xb7\xa2\xbc\xfe\xb7\xbd\xcd\xe2\xb7\xa2IP\xb1\xbb\xca\xd5\xbc\xfe\xb7\xbd\xb7\xb4\xc0\xac"
     "\xbb\xf8\xcf\xb5\xcd\xb3\xc0\xb9\xbd\xd8",
     "us-ascii", "发件方外发IP被收件方反垃圾系统拦截"},
    {"\xb5o\xa5\xf3\xa4\xe8\xa5~"
     "\xb5oIP\xb3Q\xa6\xac\xa5\xf3\xa4\xe8\xa4\xcf\xa9U\xa7\xa3\xa8t\xb2\xce\xc4"
     "d\xbaI",
     "iso-8859-1", "發件方外發IP被收件方反垃圾系統攔截"},
    {"\xb7\xa2\xbc\xfe\xb7\xbd\xcd\xe2\xb7\xa2IP\xb1\xbb\xca\xd5\xbc\xfe\xb7\xbd\xb7\xb4\xc0\xac"
     "\xbb\xf8\xcf\xb5\xcd\xb3\xc0\xb9\xbd\xd8",
     "iso-8859-1", "发件方外发IP被收件方反垃圾系统拦截"},
    {"\xb5o\xa5\xf3\xa4\xe8\xa5~"
     "\xb5oIP\xb3Q\xa6\xac\xa5\xf3\xa4\xe8\xa4\xcf\xa9U\xa7\xa3\xa8t\xb2\xce\xc4"
     "d\xbaI",
     "no-such-charset", "發件方外發IP被收件方反垃圾系統攔截"},
    {"\xb7\xa2\xbc\xfe\xb7\xbd\xcd\xe2\xb7\xa2IP\xb1\xbb\xca\xd5\xbc\xfe\xb7\xbd\xb7\xb4\xc0\xac"
     "\xbb\xf8\xcf\xb5\xcd\xb3\xc0\xb9\xbd\xd8",
     "no-such-charset", "发件方外发IP被收件方反垃圾系统拦截"},
    {"550 \xca\xd5\xbc\xfe\xc8\xcb\xb2\xbb\xb4\xe6\xd4\xda", "gb2312", "550 收件人不存在"},
    {"\xb6l\xa5\xf3\xa6"
     "a\xa7}\xbf\xf9\xbb~",
     "Big5", "郵件地址錯誤"},
    {"\xabH\xbd"
     "c\xa4\xa3\xa6s\xa6"
     "b",
     "utf-8", "信箱不存在"},
    {"\x88\xb6\x90\xe6\x82\xcc\x83\x81\x81[\x83\x8b\x83"
     "A\x83h\x83\x8c\x83X\x82\xaa\x91\xb6\x8d\xdd\x82\xb5\x82\xdc\x82\xb9\x82\xf1",
     NULL, "宛先のメールアドレスが存在しません"},
    {"\xb0\xb8\xc0\xe8\xa4\xce\xa5\xe1\xa1\xbc\xa5\xeb\xa5\xa2\xa5\xc9\xa5\xec\xa5\xb9\xa4\xac"
     "\xc2\xb8\xba\xdf\xa4\xb7\xa4\xde\xa4\xbb\xa4\xf3",
     NULL, "宛先のメールアドレスが存在しません"},
    {"\x88\xb6\x90\xe6\x82\xcc\x83\x81\x81[\x83\x8b\x83"
     "A\x83h\x83\x8c\x83X\x82\xaa\x91\xb6\x8d\xdd\x82\xb5\x82\xdc\x82\xb9\x82\xf1",
     "shift_jis", "宛先のメールアドレスが存在しません"},
    {"\xb0\xb8\xc0\xe8\xa4\xce\xa5\xe1\xa1\xbc\xa5\xeb\xa5\xa2\xa5\xc9\xa5\xec\xa5\xb9\xa4\xac"
     "\xc2\xb8\xba\xdf\xa4\xb7\xa4\xde\xa4\xbb\xa4\xf3",
     "euc-jp", "宛先のメールアドレスが存在しません"},
    {"\x1b$B08@h$N%a!<%k%\"%I%l%9$,B8:_$7$^$;$s\x1b(B", "iso-2022-jp",
     "宛先のメールアドレスが存在しません"},
    {"\x1b$B08@h$N%a!<%k%\"%I%l%9$,B8:_$7$^$;$s\x1b(B", "us-ascii",
     "宛先のメールアドレスが存在しません"},
    {"\x1b$B08@h$N%a!<%k%\"%I%l%9$,B8:_$7$^$;$s\x1b(B", NULL, "宛先のメールアドレスが存在しません"},
    {"\x1b$B08@h$N%a!<%k%\"%I%l%9$,B8:_$7$^$;$s\x1b(B", "utf-8",
     "宛先のメールアドレスが存在しません"},
    {"\xb9\xde\xb4\xc2 \xbb\xe7\xb6\xf7 \xc1\xd6\xbc\xd2\xb8\xa6 \xc3\xa3\xc0\xbb \xbc\xf6 "
     "\xbe\xf8\xbd\xc0\xb4\xcf\xb4\xd9",
     NULL, "받는 사람 주소를 찾을 수 없습니다"},
    {"\xb9\xde\xb4\xc2 \xbb\xe7\xb6\xf7 \xc1\xd6\xbc\xd2\xb8\xa6 \xc3\xa3\xc0\xbb \xbc\xf6 "
     "\xbe\xf8\xbd\xc0\xb4\xcf\xb4\xd9",
     "ks_c_5601-1987", "받는 사람 주소를 찾을 수 없습니다"},
    {"\xf0\xcf\xde\xd4\xcf\xd7\xd9\xca \xd1\xdd\xc9\xcb \xce\xc5 "
     "\xd3\xd5\xdd\xc5\xd3\xd4\xd7\xd5\xc5\xd4",
     NULL, "Почтовый ящик не существует"},
    {"\xcf\xee\xf7\xf2\xee\xe2\xfb\xe9 \xff\xf9\xe8\xea \xed\xe5 "
     "\xf1\xf3\xf9\xe5\xf1\xf2\xe2\xf3\xe5\xf2",
     NULL, "Почтовый ящик не существует"},
    {"\xcf\xee\xf7\xf2\xee\xe2\xfb\xe9 \xff\xf9\xe8\xea \xed\xe5 "
     "\xf1\xf3\xf9\xe5\xf1\xf2\xe2\xf3\xe5\xf2",
     "windows-1251", "Почтовый ящик не существует"},
    {"\xf0\xcf\xde\xd4\xcf\xd7\xd9\xca \xd1\xdd\xc9\xcb \xce\xc5 "
     "\xd3\xd5\xdd\xc5\xd3\xd4\xd7\xd5\xc5\xd4",
     "KOI8-R", "Почтовый ящик не существует"},
    {"\xd0\x9f\xd0\xbe\xd1\x87\xd1\x82\xd0\xbe\xd0\xb2\xd1\x8b\xd0\xb9 "
     "\xd1\x8f\xd1\x89\xd0\xb8\xd0\xba \xd0\xbd\xd0\xb5 "
     "\xd1\x81\xd1\x83\xd1\x89\xd0\xb5\xd1\x81\xd1\x82\xd0\xb2\xd1\x83\xd0\xb5\xd1\x82",
     "koi8-r", "Почтовый ящик не существует"},
    {"La bo\xeete aux lettres est pleine", NULL, "La boîte aux lettres est pleine"},
    {"La bo\xeete aux lettres est pleine", "iso-8859-1", "La boîte aux lettres est pleine"},
    {"L\x92"
     "adresse n\x92"
     "existe pas",
     "iso-8859-1", "L’adresse n’existe pas"},
    {"Empf\xe4nger unbekannt", "us-ascii", "Empfänger unbekannt"},
    {"El buz\xf3n est\xe1 lleno", NULL, "El buzón está lleno"},
    {"Gr\xc3\xb6\xc3\x9f"
     "e \xc3\xbc"
     "berschritten",
     "iso-8859-1", "Größe überschritten"},
    {"Skrzynka jest pe\xb3na", "iso-8859-2", "Skrzynka jest pełna"},
    {"Gr+APYA3w-e", "utf-7", "Größe"},
    {"mailbox full", NULL, "mailbox full"},
    {"", NULL, ""},
};

static void
test_to_utf8(void **state)
{
  (void)state;
  for (size_t i = 0; i < G_N_ELEMENTS(labelled); i++) {
    g_autofree char *got =
        charset_to_utf8(labelled[i].bytes, strlen(labelled[i].bytes), labelled[i].declared);
    check_string(labelled[i].declared != NULL ? labelled[i].declared : "no label", got,
                 labelled[i].want);
  }
}

static void
test_nul(void **state)
{
  (void)state;
  static const struct {
    const char *bytes;
    size_t length;
    const char *declared, *want;
  } cases[] = {
      {"a\0b", 3, NULL, "a b"},
      {"\0", 1, "us-ascii", " "},
      {"h\0i\0", 4, "utf-16le", "hi"},
      {"\xff\xfeh\0i\0", 6, "UTF-16", "hi"},
      {"\0h\0i\0", 5, "utf-16be", "hi\xef\xbf\xbd"},
      {"h\0i\0\0\0j\0", 8, "utf-16le", "hi j"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = charset_to_utf8(cases[i].bytes, cases[i].length, cases[i].declared);
    check_string(cases[i].want, got, cases[i].want);
  }
}

/* Any bytes under any label give valid UTF-8, at most three octets for each. */
static void
test_any_bytes(void **state)
{
  (void)state;
  static const char *const labels[] = {
      NULL,          "us-ascii",    "gb2312", "big5",     "shift_jis", "euc-jp", "iso-2022-jp",
      "iso-2022-kr", "iso-2022-cn", "utf-7",  "utf-16",   "koi8-r",    "%s%n",   "//TRANSLIT",
      "utf-32",      "iso-8859-15", "x",      "\xff\xff", "us-ascii\n"};
  guint8 bytes[512];
  guint32 random = 1;
  for (size_t round = 0; round < 64; round++) {
    for (size_t i = 0; i < sizeof bytes; i++)
      bytes[i] = (guint8)((random = random * 1664525 + 1013904223) >> 24);
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
      g_autofree char *got = charset_to_utf8((const char *)bytes, sizeof bytes, labels[i]);
      assert_true(g_utf8_validate(got, -1, NULL));
      assert_true(strlen(got) <= 3 * sizeof bytes);
    }
  }
}

/* One message quotes several servers. */
static void
test_mixed(void **state)
{
  (void)state;
  static const char bytes[] =
      "a@example.org: 550 5.7.1 "
      "\xb5o\xa5\xf3\xa4\xe8\xa5~"
      "\xb5oIP\xb3Q\xa6\xac\xa5\xf3\xa4\xe8\xa4\xcf\xa9U\xa7\xa3\xa8t\xb2\xce\xc4"
      "d\xbaI\n\nc@example.org: 550 "
      "\xe9\x82\xae\xe7\xae\xb1\xe4\xb8\x8d\xe5\xad\x98\xe5\x9c\xa8\n\nb@example.org: 550 "
      "\xca\xd5\xbc\xfe\xc8\xcb\xb2\xbb\xb4\xe6\xd4\xda\n";
  static const char want[] =
      "a@example.org: 550 5.7.1 發件方外發IP被收件方反垃圾系統攔截\n\nc@example.org: 550 "
      "邮箱不存在\n\nb@example.org: 550 收件人不存在\n";
  static const char *const labels[] = {NULL, "us-ascii", "utf-8", "iso-8859-1"};
  for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
    g_autofree char *got = charset_to_utf8(bytes, strlen(bytes), labels[i]);
    check_string("mixed", got, want);
  }
}

/* Damaged characters are replaced, the others are read. */
static void
test_damaged(void **state)
{
  (void)state;
  static const char big5[] =
      "550 "
      "\xb5o\xa5\xf3\xa4\xe8\xa5~"
      "\xb5oIP\xb3Q\xa6\xac\xa5\xf3\xa4\xe8\xa4\xcf\xa9U\xa7\xa3\xa8t\xb2\xce\xc4"
      "d\xd1?";
  g_autofree char *got = charset_to_utf8(big5, strlen(big5), "us-ascii");
  check_string("a Big5 trail octet lost", got, "550 發件方外發IP被收件方反垃圾系統攔\xef\xbf\xbd?");
}

static void
test_recover_reply(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"550 mailbox full", "550 mailbox full"},
      {"550 \\344\\270\\215\\345\\255\\230\\345\\234\\250 (user)", "550 不存在 (user)"},
      {"550 \\312\\325\\274\\376\\310\\313\\262\\273\\264\\346\\324\\332", "550 收件人不存在"},
      {"550 \\266l\\245\\363\\263Q\\251\\332\\265\\264", "550 郵件被拒絕"},
      {"DOMAIN\\101user \\177 \\400 \\38 \\2", "DOMAIN\\101user \\177 \\400 \\38 \\2"},
      {"", ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = charset_recover_reply(cases[i].text);
    check_string(cases[i].text, got, cases[i].want);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_to_utf8),   cmocka_unit_test(test_nul),
      cmocka_unit_test(test_any_bytes), cmocka_unit_test(test_mixed),
      cmocka_unit_test(test_damaged),   cmocka_unit_test(test_recover_reply),
  };
  return cmocka_run_group_tests_name("charset", tests, NULL, NULL);
}
