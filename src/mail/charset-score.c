#include "config.h"

#include "mail/charset-score.h"

#include <stdbool.h>

/* The most common ideographs, simplified and traditional, those in replies of mail servers, and the
 * most common syllables of Korean. */
static const char common[] =
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过"
    "发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本"
    "前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很"
    "最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度"
    "门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电"
    "数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马"
    "科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬"
    "取拉格望覺術這個們來為國會對說時過後發裡現當沒動開從實與長機無關業將兩間問應戰頭體見產員話處"
    "義認條係氣題變總電數報結務場計許統區隊決馬還進樣經種學點給邮箱郵收寄址服器退绝絕拒失败敗投递"
    "遞送达户戶帐號账号存满滿容超限连連線域垃圾策略黑单單列拦截攔封证證验驗检檢查询詢请請稍试試频"
    "繁頻率错誤误效您未找允訪联聯繫於临臨暂暫停止禁錯伺語模糊調整編碼內疑调编码语密登录端书签析记"
    "测病毒附"
    "이다는가을를의에서로고하한지은사자수있습니들어리기도시과나해아인대일정부할되여보전제스그오장"
    "라상주구세요만화면없메편용받람소존재않거계알림됨됐못했때문류차단팸함득찼초실패신관려확입력십"
    "불발송량조건경터호름버설내통연결중드트네크";

static GHashTable *
common_characters(void)
{
  static GHashTable *set;
  if (g_once_init_enter(&set)) {
    GHashTable *fresh = g_hash_table_new(NULL, NULL);
    for (const char *p = common; *p != '\0'; p = g_utf8_next_char(p))
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

static bool
is_plain_letter(gunichar c)
{
  return c < 0x80 && g_ascii_isalpha((char)c);
}

/* A weight is per character, so a Cyrillic one may weigh half as much as an ideograph of two
 * octets. */
static int
weigh_cyrillic(gunichar before, gunichar c, gunichar after)
{
  if (is_plain_letter(before) || is_plain_letter(after))
    return -4;
  if (g_unichar_islower(c))
    return is_cyrillic(before) ? 3 : 1;
  return is_cyrillic(before) && g_unichar_islower(before) ? -4 : 1;
}

/* Accented letters occur among plain ones. */
static int
weigh_latin(gunichar before, gunichar c, gunichar after)
{
  if (before >= 0x80 && after >= 0x80)
    return -3;
  return g_unichar_islower(c) && (is_plain_letter(before) || is_plain_letter(after)) ? 3 : 0;
}

/* A single ideograph inside a Latin word is two octets of something else. */
static int
weigh_cjk(gunichar before, gunichar c, gunichar after)
{
  if (is_plain_letter(before) && is_plain_letter(after))
    return -6;
  return g_hash_table_contains(common_characters(), GUINT_TO_POINTER(c)) ? 8 : 1;
}

static int
weigh(gunichar before, gunichar c, gunichar after)
{
  if ((c >= 0x4e00 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7a3))
    return weigh_cjk(before, c, after);
  if (c >= 0x3041 && c <= 0x3093)
    return 7;
  if (c >= 0x30a1 && c <= 0x30fc)
    return 6;
  if ((c >= 0x3001 && c <= 0x3011) || (c >= 0xff01 && c <= 0xff5e))
    return 3;
  if (is_cyrillic(c))
    return weigh_cyrillic(before, c, after);
  if (c >= 0xc0 && c <= 0xff && c != 0xd7 && c != 0xf7)
    return weigh_latin(before, c, after);
  if ((c >= 0x2013 && c <= 0x2026) || c == 0xb4 || c == 0x20ac)
    return 2;
  if (c == 0xa0 || c == 0xab || c == 0xbb || c == 0xa9 || c == 0xb0)
    return 0;
  return c == 0xfffd || (c >= 0xe000 && c <= 0xf8ff) || !g_unichar_isprint(c) ? -10 : -3;
}

int
charset_score(const GString *utf8)
{
  int sum = 0;
  gunichar before = ' ';
  const char *end = utf8->str + utf8->len;
  for (const char *p = utf8->str; p < end;) {
    gunichar c = g_utf8_get_char(p);
    p = g_utf8_next_char(p);
    if (c >= 0x80)
      sum += weigh(before, c, p < end ? g_utf8_get_char(p) : ' ');
    before = c;
  }
  return sum;
}
