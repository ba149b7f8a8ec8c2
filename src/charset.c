/* Which charset is it? The label is asked first, but mail servers quote bytes that are not theirs
 * under labels that are (us-ascii, iso-8859-1), so a guess must do without it. The guess decodes a
 * sample in every candidate and asks one question of the result: how much of it is text that
 * people write? The wrong charset gives rare ideographs, letters of mixed case in the middle of
 * words, box drawings or nothing at all. */
#include "charset.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { SAMPLE_MAX = 4096 }; /* octets that a guess looks at */

static const char *const candidates[] = {"WINDOWS-1252", "GB18030", "CP950",  "CP932",
                                         "EUC-JP",       "UHC",     "KOI8-R", "WINDOWS-1251"};

/* The commonest ideographs, simplified and traditional, and those of mail servers' replies. */
static const char common_ideographs[] =
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过"
    "发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前"
    "开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重"
    "并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常"
    "先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报"
    "才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼"
    "書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術"
    "這個們來為國會對說時過後發裡現當沒動開從實與長機無關業將兩間問應戰頭體見產員話處義認條係氣題變"
    "總電數報結務場計許統區隊決馬書達難權設記類據張規萬覺術還進樣經種學點給沒"
    "邮箱件郵收发寄信址服务器務退回绝絕拒失败敗投递遞送达达用户戶帐號账号存在满滿容量超限连接連線域"
    "名主机"
    "机系统反垃圾策略黑名单單列表拦截攔截被封认证認證验驗检檢查询詢请請稍后後重试試频繁頻率错誤错误"
    "无效無"
    "效此您的未找到允许许可訪问問题题管理员員联系聯繫原因由于於临时臨時暂暫停止禁";

typedef struct {
  int score;
  gunichar before; /* the character before */
} Tally;

static GHashTable *
ideographs(void)
{
  static GHashTable *set;
  if (g_once_init_enter(&set)) {
    GHashTable *fresh = g_hash_table_new(NULL, NULL);
    for (const char *p = common_ideographs; *p != '\0'; p = g_utf8_next_char(p))
      g_hash_table_add(fresh, GUINT_TO_POINTER(g_utf8_get_char(p)));
    g_once_init_leave(&set, fresh);
  }
  return set;
}

static bool
is_cyrillic(gunichar c)
{
  return c >= 0x0400 && c <= 0x045f;
}

/* Per letter, and so half of what an ideograph of two octets may weigh. */
static int
weigh_cyrillic(gunichar c, gunichar before)
{
  if (g_unichar_islower(c))
    return is_cyrillic(before) ? 3 : 1;
  return is_cyrillic(before) && g_unichar_islower(before) ? -4 : 1;
}

/* An accented letter stands among plain ones. */
static int
weigh_latin(gunichar c, gunichar before)
{
  if (before >= 0x80)
    return -3;
  if (g_unichar_islower(c))
    return before < 0x80 && (g_ascii_isalpha((char)before) || before == ' ') ? 3 : 0;
  return 0;
}

static int
weigh(gunichar c, gunichar before)
{
  if (c >= 0x4e00 && c <= 0x9fff)
    return g_hash_table_contains(ideographs(), GUINT_TO_POINTER(c)) ? 8 : 1;
  if (c >= 0x3041 && c <= 0x3093)
    return 7;
  if (c >= 0x30a1 && c <= 0x30fc)
    return 6;
  if (c >= 0xac00 && c <= 0xd7a3)
    return 4;
  if ((c >= 0x3001 && c <= 0x3011) || (c >= 0xff01 && c <= 0xff5e))
    return 3;
  if (is_cyrillic(c))
    return weigh_cyrillic(c, before);
  if (c >= 0xc0 && c <= 0xff && c != 0xd7 && c != 0xf7)
    return weigh_latin(c, before);
  if (c >= 0x2013 && c <= 0x2026)
    return 1;
  if (c == 0xa0 || c == 0xab || c == 0xbb || c == 0xa9 || c == 0xb0 || c == 0x20ac)
    return 0;
  return c == 0xfffd || (c >= 0xe000 && c <= 0xf8ff) || !g_unichar_isprint(c) ? -10 : -3;
}

static int
score(const char *utf8, const char *end)
{
  int sum = 0;
  gunichar before = ' ';
  for (const char *p = utf8; p < end; p = g_utf8_next_char(p)) {
    gunichar c = g_utf8_get_char(p);
    if (c >= 0x80)
      sum += weigh(c, before);
    before = c;
  }
  return sum;
}

/* The bytes in that charset, what does not fit as U+FFFD; NULL where iconv does not know the
 * charset. *bad = how many octets did not fit. */
static GString *
decode(const char *bytes, size_t length, const char *charset, size_t *bad)
{
  GIConv converter = g_iconv_open("UTF-8", charset);
  if (converter == (GIConv)-1)
    return NULL;
  GString *out = g_string_sized_new(length + length / 2 + 16);
  char *in = (char *)bytes;
  gsize left = length;
  bool done = false;
  *bad = 0;
  while (!done) {
    char buffer[2048], *to = buffer;
    gsize room = sizeof buffer;
    bool flush = left == 0;
    gsize result = g_iconv(converter, flush ? NULL : &in, flush ? NULL : &left, &to, &room);
    int problem = result == (gsize)-1 ? errno : 0;
    g_string_append_len(out, buffer, to - buffer);
    done = flush;
    if (problem == 0 || problem == E2BIG || flush)
      continue;
    in++;
    left--;
    (*bad)++;
    g_string_append(out, "\xef\xbf\xbd");
  }
  g_iconv_close(converter);
  return out;
}

/* Where the sample may end without cutting a character: after the last ASCII octet. */
static size_t
sample_length(const char *bytes, size_t length)
{
  if (length <= SAMPLE_MAX)
    return length;
  for (size_t i = SAMPLE_MAX; i > SAMPLE_MAX - 256; i--)
    if ((guchar)bytes[i - 1] < 0x40)
      return i;
  return SAMPLE_MAX;
}

static const char *
guess(const char *bytes, size_t length)
{
  const char *best = candidates[0];
  int best_score = G_MININT;
  for (size_t i = 0; i < G_N_ELEMENTS(candidates); i++) {
    size_t bad = 0;
    GString *text = decode(bytes, sample_length(bytes, length), candidates[i], &bad);
    if (text == NULL)
      continue;
    int candidate = score(text->str, text->str + text->len);
    g_string_free(text, TRUE);
    if (candidate > best_score) {
      best_score = candidate;
      best = candidates[i];
    }
  }
  return best;
}

/* ISO 2022 in disguise: seven bits, but escape sequences. */
static const char *
by_escapes(const char *bytes, size_t length)
{
  static const struct {
    const char *escape, *charset;
  } marks[] = {{"\x1b$B", "ISO-2022-JP"},
               {"\x1b$@", "ISO-2022-JP"},
               {"\x1b$)C", "ISO-2022-KR"},
               {"\x1b$)A", "ISO-2022-CN"},
               {"\x1b$)G", "ISO-2022-CN"}};
  if (memchr(bytes, 0x1b, length) == NULL)
    return NULL;
  for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
    if (g_strstr_len(bytes, (gssize)length, marks[i].escape) != NULL)
      return marks[i].charset;
  return NULL;
}

typedef enum { LABEL_NONE, LABEL_SEVEN_BIT, LABEL_OTHER } LabelKind;

/* The name that iconv is asked for: what the label means in practice. Labels name the standard, the
 * bytes come from the superset that a vendor made of it. */
static LabelKind
read_label(const char *declared, char charset[40])
{
  static const struct {
    const char *label, *charset; /* NULL: the label says nothing */
  } supersets[] = {
      {"big5", "CP950"},
      {"cp936", "GB18030"},
      {"euc-kr", "UHC"},
      {"gb2312", "GB18030"},
      {"gb_2312-80", "GB18030"},
      {"gbk", "GB18030"},
      {"iso-8859-1", "WINDOWS-1252"},
      {"iso-8859-9", "WINDOWS-1254"},
      {"ks_c_5601-1987", "UHC"},
      {"latin1", "WINDOWS-1252"},
      {"shift-jis", "CP932"},
      {"shift_jis", "CP932"},
      {"x-sjis", "CP932"},
      {"us-ascii", NULL},
      {"ascii", NULL},
      {"unknown-8bit", NULL},
      {"x-unknown", NULL},
      {"utf-8", NULL},
      {"utf8", NULL},
      {"8bit", NULL},
      {"binary", NULL},
  };
  size_t length = 0;
  for (const char *p = declared; p != NULL && *p != '\0' && length < 39; p++)
    if (g_ascii_isalnum(*p) || strchr("-_.:+", *p) != NULL)
      charset[length++] = g_ascii_tolower(*p);
  charset[length] = '\0';
  for (size_t i = 0; i < G_N_ELEMENTS(supersets); i++)
    if (strcmp(charset, supersets[i].label) == 0) {
      g_strlcpy(charset, supersets[i].charset != NULL ? supersets[i].charset : "", 40);
      return supersets[i].charset != NULL ? LABEL_OTHER : LABEL_NONE;
    }
  if (length == 0)
    return LABEL_NONE;
  bool seven = g_str_has_prefix(charset, "iso-2022") || g_str_has_prefix(charset, "utf-7") ||
               g_str_has_prefix(charset, "hz-") || g_str_has_prefix(charset, "utf-16");
  return seven ? LABEL_SEVEN_BIT : LABEL_OTHER;
}

static void
blank_nuls(char *text, size_t length)
{
  for (char *nul = text; (nul = memchr(nul, '\0', length - (size_t)(nul - text))) != NULL;)
    *nul++ = ' ';
}

static char *
decode_exactly(const char *bytes, size_t length, const char *charset)
{
  size_t bad = 0;
  GString *text = decode(bytes, length, charset, &bad);
  if (text == NULL)
    return NULL;
  blank_nuls(text->str, text->len);
  return g_string_free(text, bad > 0);
}

static char *
decode_any(const char *bytes, size_t length, const char *charset)
{
  size_t bad = 0;
  GString *text = decode(bytes, length, charset, &bad);
  return text != NULL ? g_string_free(text, FALSE) : g_utf8_make_valid(bytes, (gssize)length);
}

static char *
to_utf8(const char *bytes, size_t length, const char *declared)
{
  char charset[40];
  LabelKind label = read_label(declared, charset);
  const char *escaped = by_escapes(bytes, length);
  char *text = NULL;
  if (label == LABEL_SEVEN_BIT)
    text = decode_exactly(bytes, length, charset);
  if (text == NULL && escaped != NULL)
    return decode_any(bytes, length, escaped);
  if (text == NULL && g_utf8_validate(bytes, (gssize)length, NULL))
    return g_strndup(bytes, length);
  if (text == NULL && label == LABEL_OTHER)
    text = decode_exactly(bytes, length, charset);
  return text != NULL ? text : decode_any(bytes, length, guess(bytes, length));
}

char *
charset_to_utf8(const char *bytes, size_t length, const char *declared)
{
  bool wide = declared != NULL && (g_ascii_strncasecmp(declared, "utf-16", 6) == 0 ||
                                   g_ascii_strncasecmp(declared, "utf-32", 6) == 0);
  if (wide || memchr(bytes, '\0', length) == NULL)
    return to_utf8(bytes, length, declared);
  g_autofree char *copy = g_memdup2(bytes, length);
  blank_nuls(copy, length);
  return to_utf8(copy, length, declared);
}

/* The octet written as \ooo at text, or -1. Only 200 to 377: below it is what the server said. */
static int
octal_octet(const char *text)
{
  if (text[0] != '\\' || text[1] < '2' || text[1] > '3')
    return -1;
  if (text[2] < '0' || text[2] > '7' || text[3] < '0' || text[3] > '7')
    return -1;
  return (text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0');
}

char *
charset_recover_reply(const char *text)
{
  g_autoptr(GString) bytes = g_string_new(NULL);
  while (*text != '\0') {
    int octet = octal_octet(text);
    g_string_append_c(bytes, octet >= 0 ? (char)octet : *text);
    text += octet >= 0 ? 4 : 1;
  }
  return charset_to_utf8(bytes->str, bytes->len, NULL);
}
