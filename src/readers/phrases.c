#include "config.h"

#include "readers/phrases.h"

#include <glib.h>
#include <stddef.h>
#include <string.h>

#include "base/lines.h"

/* In folded form: lower case, single blanks, straight quotes. A phrase must be long enough to mean
 * nothing else. Words that occur in ordinary mail too ("rejected") are left to the rules, which
 * read only what is known to be a notice. */
static const char *const notice[] = {
    "delivery notification", "delivery status notification", "delivery report", "delivery status",
    "mail delivery system",  "mail delivery subsystem",      "message status",  NULL};

static const char *const success[] = {"successfully delivered",
                                      "successful delivery",
                                      "was delivered to",
                                      "has been delivered",
                                      "(success)",
                                      "delivered to the following",
                                      "delivery to these recipients or",
                                      "return receipt",
                                      "was relayed to",
                                      "were relayed to",
                                      "relayed: ",
                                      "delivered: ",
                                      "have been relayed",
                                      "has been relayed",
                                      "erfolgreich zugestellt",
                                      "a été remis avec",
                                      "se ha entregado",
                                      "se entregó",
                                      "foi entregue",
                                      "è stato recapitato",
                                      "успешно доставлено",
                                      "配信されました",
                                      "投递成功",
                                      "发送成功",
                                      NULL};

static const char *const failure[] = {
    "undeliver", "not be delivered", "cannot be delivered", "can't be delivered",
    "couldn't be delivered", "can not be delivered", "was not delivered", "wasn't delivered",
    "not been delivered", "not delivered", "delivery failed", "delivery failure",
    "delivery has failed", "failed delivery", "failed to deliver", "failure notice",
    "failure delivery", "failed permanently", "delivery error", "delivery problem",
    "error during delivery", "error delivering", "returned mail", "returning message to sender",
    "returning to sender", "returned to sender", "unable to deliver", "could not deliver",
    "couldn't deliver", "cannot deliver", "can't deliver", "able to deliver", "did not reach",
    "not reach the following", "could not be reached", "mail failed", "mail error", "failed mail",
    "failed recipient", "mail system error", "permanent error", "permanent fatal", "fatal error",
    "non-deliver", "non deliver", "nondeliver", "not deliverable", "error sending your mail",
    "could not be sent", "couldn't be sent", "can't be sent", "cannot be sent", "wasn't sent",
    "not sent", "address not found", "processing error", "blocked by our", "message blocked",
    "message was rejected", "rejected mail", "following address(es) failed",
    "following addresses failed", "following address failed", "an error was detected",
    "the following error", "final delivery", "could not send", "cannot send message",
    "unable to send", "permanently refused", "no longer valid", "unknown user", "user unknown",
    "no such user", "bounced", "[bounce]",
    /* German, Dutch */
    "unzustellbar", "nicht zugestellt", "zustellung fehlgeschlagen", "nicht zustellbar",
    "nicht erreicht", "zustellungsfehler", "kon niet worden", "niet bezorgd", "onbestelbaar",
    "niet afgeleverd", "niet worden bezorgd", "bezorging is mislukt", "niet bestelbaar",
    "groepen is mislukt", "bezorging mislukt", "aflevering mislukt",
    /* French, Spanish, Portuguese, Italian */
    "non remis", "pas pu être remis", "pas pu etre remis", "pas été distribué",
    "pas pu être distribué", "pas été remis", "pas pu être livré", "pas été livré",
    "échec de la remise", "échec de remise", "non distribu", "n'a pas été remis",
    "impossible de remettre", "utilisateur non recensé", "no se pudo entregar",
    "no se ha podido entregar", "no ha podido ser entregado", "no pudo ser entregado",
    "no entregado", "no se ha entregado", "no ha sido entregado", "no fue entregado",
    "no se entregó", "devuelto al remitente", "no se puede entregar", "error en la entrega",
    "não foi possível entregar", "não pôde ser entregue", "não entregue", "não foi entregue",
    "não pode ser entregue", "não é possível entregar", "impossível entregar", "falha na entrega",
    "impossibile recapitare", "mancato recapito", "non recapitabile", "possibile recapitare",
    "possibile consegnare", "mancata consegna", "non è stato consegnato", "non è stato recapitato",
    /* Nordic */
    "ej levererat", "kunde inte levereras", "kunne ikke leveres", "ei voitu toimittaa",
    "kan inte levereras", "går inte att leverera", "leveransen misslyckades", "kan ikke leveres",
    "levering mislykkedes", "leveringen mislyktes", "ei toimitettavissa", "toimitus epäonnistui",
    "toimittaminen epäonnistui",
    /* Polish, Czech, Hungarian, Romanian, Turkish */
    "nie została dostarczona", "nie mogła zostać dostarczona", "niedostarcz",
    "nie można dostarczyć", "nie można było dostarczyć", "nedoručiteln", "možné doručit",
    "nelze doručit", "doručení selhalo", "doručenie zlyhalo", "nedoručiteľn",
    "dostarczenie nie powiodło", "kézbesítés nem sikerült", "nu se poate livra",
    "imposibil de livrat", "livrarea a eșuat", "neisporučiv", "isporuka nije uspjela",
    "nedostavljiv", "dostava ni uspela", "teslim edilemez", "teslim edilemeyen",
    "gruplara başarısız oldu", "kohaletoimetamatu", "nepiegādājam", "nepristatyt",
    "no s'ha pogut lliurar", "kézbesíthetetlen", "nem kézbesíthető", "nem lehetett kézbesíteni",
    "nu a putut fi livrat", "teslim edilemedi", "iletilemedi",
    /* Russian, Ukrainian, Greek */
    "не доставлено", "недоставленное", "может быть доставлено", "не удалось доставить",
    "не было доставлено", "сообщение не доставлено", "письмо не доставлено", "невозможно доставить",
    "не вдалося доставити", "не удается доставить", "не удаётся доставить", "недоставлено",
    "неможливо доставити", "не може да бъде доставен", "не може да се достави", "δεν παραδόθηκε",
    "η παράδοση απέτυχε", "δεν είναι δυνατή η παράδοση",
    /* Japanese, Chinese, Korean, Vietnamese */
    "配信不能", "配信でき", "お届けでき", "送信でき", "エラーメール", "エラー通知", "届けること",
    "配送でき", "配信に失敗", "配信エラー", "送信エラー", "配達でき", "未配信", "无法投递", "退信",
    "未传递", "未傳遞", "未能向", "无法传递", "無法傳遞", "传递失败", "傳遞失敗", "投递失败",
    "无法发送", "未能送达", "无法送达", "发送失败", "未能投递", "無法投遞", "退回", "無法送達",
    "無法傳送", "無法遞送", "배달할 수 없", "전송 실패", "전송이 실패", "전송하지 못", "반송",
    "전송되지 않", "배달되지 않", "배달 실패", "전달하지 못", "전달할 수 없", "không thể gửi",
    "không gửi được", "تعذر تسلیم", "تعذر التسلیم", "لم یتم تسلیم", "ไม่สามารถส่ง", "tidak terkirim",
    "gagal dikirim", "לא נמסרה", "לא ניתן למסירה", "غیر قابل للتسلیم", "ส่งไม่ได้", "डिलीवर नहीं",
    "वितरित नहीं", NULL};

static const char *const final[] = {"permanent error",
                                    "permanent fatal",
                                    "permanently",
                                    "giving up",
                                    "given up",
                                    "gave up",
                                    "going to try again",
                                    "(failure)",
                                    "returning message to sender",
                                    "returned to sender",
                                    "has been removed from",
                                    "no further attempts",
                                    NULL};

/* "You will be notified if the delivery fails permanently" belongs to a delay. */
static const char *const ended[] = {"giving up",
                                    "given up",
                                    "gave up",
                                    "going to try again",
                                    "not try again",
                                    "not be retried",
                                    "not be tried again",
                                    "no further attempts",
                                    "message discarded",
                                    "removed from the queue",
                                    "deleted from queue",
                                    "deleted from the queue",
                                    NULL};

/* The system itself will try again. "Please try again" is advice, and ends a failure. */
static const char *const promise[] = {
    "still being retried", "still being tried", "still trying", "will be retried",
    "be retried until", "will keep trying", "will continue to try", "will continue to attempt",
    "will continue trying", "continue to be made", "will retry", "will be reattempted",
    "will reattempt", "will be attempted again", "will be tried again", "will try again",
    "will try to deliver it again", "another attempt will be made", "further attempts will be made",
    "attempts will continue", "keep trying to deliver", "will be kept in the queue",
    "remains in the queue", "transient non-fatal errors", "goes on trying", "weiter versuchen",
    "versuchen es weiter", "versuchen es noch", "continuons d'essayer", "nous réessayons",
    "seguiremos intentando", "seguimos intentando", "continueremo a provare",
    "continuiamo a provare", "blijven het nog", "blijven het proberen", "fortsätter försöka",
    "forsøger stadig", "prøver fortsatt", "yritämme edelleen", "będziemy próbować",
    "próbujemy nadal", "budeme se pokoušet", "tovább próbálkozunk", "vom încerca în continuare",
    "продолжаем попытки", "будем пытаться", "продовжуємо спроби", "引き続き配信", "继续尝试",
    "繼續嘗試", "계속 시도", "sẽ tiếp tục thử", "akan terus mencoba", "จะพยายามส่ง", "ממשיכים לנסות",
    "سنواصل", "go on trying", "keeps trying", "will keep on trying", "will be trying again",
    "continues to try", "continuing to try", "continue retrying", "we'll keep trying",
    "we'll try again", "we'll retry", "will make further attempts", "more attempts will be made",
    "delivery will be retried", "delivery attempts continue", "will be made again", "retries until",
    "still be delivered", "will be re-tried", "continues its attempts",
    /* German */
    "wird erneut versucht", "wird weiter versucht", "werden fortgesetzt", "wird es weiter versuch",
    "lang versuchen, die nachricht zuzustellen", "wird weiterhin versucht",
    "weitere versuche folgen", "weitere zustellversuche",
    /* French, Spanish, Portuguese, Italian */
    "effectuera de nouvelles tentatives", "de nouvelles tentatives auront",
    "nouvelles tentatives vont", "tentatives se poursuiv", "nouvelles tentatives seront",
    "nouvelle tentative sera", "nouvelle tentative de remise sera", "réessaiera", "réessayera",
    "reintentará", "se seguirá intentando", "se harán nuevos intentos",
    "nuevos intentos de entrega", "se volverá a intentar", "seguirá intentando",
    "volverá a intentarlo", "tentará novamente", "tentará entregar novamente",
    "novas tentativas serão", "continuará tentando", "continuaremos tentando",
    "serão feitas novas tentativas", "riproverà", "riproveremo", "ritenteremo",
    "continuerà a provare", "si continuerà a tentare", "seguiranno altri tentativi",
    "verrà ritentat", "ulteriori tentativi verranno",
    /* Dutch, Nordic, Turkish, Hungarian */
    "blijven proberen", "zal opnieuw proberen", "wordt opnieuw geprobeerd",
    "nieuwe pogingen volgen", "fortsätter att försöka", "nya försök kommer",
    "fortsætter med at forsøge", "fortsetter å prøve", "yritetään uudelleen", "tekrar denenecek",
    "yeniden denenecek", "denemeye devam", "újra megpróbál",
    /* Polish, Czech, Romanian, Ukrainian, Russian */
    "będą ponawiane", "ponowi próbę", "próby będą kontynuowane", "další pokusy",
    "se va încerca din nou", "спроби буде продовжено", "будет продолжать попытки",
    "opakovat pokusy", "попытки доставки будут продолжены", "будет повторять попытки",
    "повторит попытку",
    /* Japanese, Chinese, Korean */
    "再試行します", "再送を試み", "再送します", "将继续尝试", "会继续尝试", "将重试", "將繼續嘗試",
    "將重試", "다시 시도합니다", "다시 시도할 예정", NULL};

static const char *const delay[] = {
    "not yet been delivered", "not yet been able", "undelivered so far", "not delivered so far",
    "not been delivered so far", "not yet delivered", "could not yet be delivered",
    "only a warning", "merely a warning", "still in the queue", "delayed delivery",
    "delivery is being delayed", "delivery is late", "temporarily undelivered", "has been delayed",
    "delayed mail", "message delayed", "is delayed", "was delayed", "still being retried",
    "still trying", "still undelivered", "will be retried", "be retried until", "will keep trying",
    "will continue to try", "will continue to attempt", "continue to be made", "will retry",
    "attempts will continue", "just a warning", "warning message only", "warning only", "(delay)",
    "(delayed)", "will try again", "keep trying to deliver", "awaiting delivery",
    "delivery delayed", "delivery delay ", "delay warning", "delayed address", "been postponed",
    "delivery incomplete", "temporary problem delivering", "is a temporary error",
    "following address(es) deferred",
    /* Headings */
    "entrega incompleta", "distribution incomplète", "consegna incompleta",
    "zustellung unvollständig", "not need to resend", "delay reason",
    /* German */
    "verzögert", "verzoegert", "verspätet", "verspaetet", "wartet seit", "noch nicht zugestellt",
    "noch nicht zustellen", "noch nicht ausgeliefert", "pas encore été remis",
    "pas encore été distribu", "pas encore été livré", "pas encore pu être",
    "todavía no se ha entregado", "todavía no se ha podido", "aún no se ha entregado",
    "aún no se ha podido", "ainda não foi entregue", "non è ancora stato consegnato",
    "non è stato ancora consegnato", "non è stato ancora recapitato",
    "non è ancora stato recapitato", "nog niet bezorgd", "nog niet worden bezorgd",
    "nog niet afgeleverd", "ännu inte levererats", "ännu inte kunnat", "är försenat",
    "är forsinket", "er forsinket", "on viivästynyt", "endnu ikke leveret", "ennå ikke levert",
    "ei ole vielä toimitettu", "jeszcze nie została dostarczona", "dosud nebyla doručena",
    "zatím nebyla doručena", "nu a fost încă livrat", "henüz teslim", "henüz iletil",
    "еще не доставлен", "ещё не доставлен", "пока не доставлен", "ще не доставлен", "まだ配信",
    "まだ届", "尚未送达", "尚未投递", "尚未送達", "아직 전달되지", "아직 배달되지", "a été retardé",
    "a ete retarde", "retardée", "se ha retrasado", "se retrasó", "foi atrasad", "in ritardo",
    "è stata ritardata", "vertraagd", "opóźnion", "задерж", "отложен", "遅延", "延迟", "延遲",
    "지연", NULL};

static const char *const auto_reply[] = {"out of office",
                                         "out of the office",
                                         "out-of-office",
                                         "automatic reply",
                                         "auto reply",
                                         "auto-reply",
                                         "autoreply",
                                         "autoresponse",
                                         "auto-response",
                                         "auto response",
                                         "automatic response",
                                         "automated response",
                                         "automated reply",
                                         "automatically generated reply",
                                         "vacation",
                                         "away from",
                                         "away until",
                                         "on leave",
                                         "on holiday",
                                         "i am currently away",
                                         "i will be out",
                                         "i'm out of",
                                         "will be traveling",
                                         "will be travelling",
                                         "limited access to email",
                                         "no longer with the company",
                                         "have received your",
                                         "thank you for contacting",
                                         "thank you for your email",
                                         "thank you for your message",
                                         "thanks for contacting",
                                         "your request has been received",
                                         "we received your",
                                         "will be answered",
                                         "bei uns eingegangen",
                                         "haben ihre anfrage",
                                         "bien reçu votre",
                                         "hemos recibido su",
                                         "abbiamo ricevuto",
                                         "recebemos a sua",
                                         "recebemos o seu",
                                         "otrzymaliśmy",
                                         "мы получили ваш",
                                         "受け付けました",
                                         "已收到",
                                         "bedankt voor uw",
                                         "tack för ditt",
                                         "mesajınız bize ulaş",
                                         "접수",
                                         "받았습니다",
                                         "ticket has been",
                                         "abwesend",
                                         "abwesenheit",
                                         "nicht im büro",
                                         "automatische antwort",
                                         "im urlaub",
                                         "réponse automatique",
                                         "absent du bureau",
                                         "absence du bureau",
                                         "je suis absent",
                                         "en congé",
                                         "respuesta automática",
                                         "fuera de la oficina",
                                         "estoy de vacaciones",
                                         "gracias por contactar",
                                         "resposta automática",
                                         "fora do escritório",
                                         "estou de férias",
                                         "risposta automatica",
                                         "fuori sede",
                                         "fuori ufficio",
                                         "sono in ferie",
                                         "automatisch antwoord",
                                         "afwezig",
                                         "autosvar",
                                         "automatisk svar",
                                         "automatiskt svar",
                                         "automatisk besvarelse",
                                         "resposta automàtica",
                                         "răspuns automat",
                                         "automaatne vastus",
                                         "automatinis atsakymas",
                                         "automātiska atbilde",
                                         "samodejni odgovor",
                                         "automatski odgovor",
                                         "automatická odpoveď",
                                         "αυτόματη απάντηση",
                                         "автоматична відповідь",
                                         "автоматичен отговор",
                                         "trả lời tự động",
                                         "ตอบกลับอัตโนมัติ",
                                         "balasan otomatis",
                                         "תשובה אוטומטית",
                                         "رد تلقائي",
                                         "frånvar",
                                         "fravær",
                                         "automaattinen vastaus",
                                         "automatyczna odpowiedź",
                                         "poza biurem",
                                         "nieobecn",
                                         "automatická odpověď",
                                         "automatikus válasz",
                                         "otomatik yanit",
                                         "автоответ",
                                         "автоматический ответ",
                                         "в отпуске",
                                         "自動返信",
                                         "自動応答",
                                         "不在",
                                         "自动回复",
                                         "自動回覆",
                                         "自动答复",
                                         "자동 응답",
                                         "자동응답",
                                         "부재중",
                                         NULL};

static const char *const challenge[] = {
    "confirm that you are", "confirm yourself", "confirm your message", "confirm that this message",
    "click this link once", "list of known senders", "list of allowed senders",
    "added to my whitelist", "add you to my whitelist", "held until you confirm",
    "held until you reply", "reply to this message to confirm",
    /* German */
    "bestätigen sie ihre nachricht", "bestätigen sie bitte, dass sie",
    "um ihre nachricht zuzustellen, klicken",
    /* French, Spanish, Portuguese, Italian */
    "confirmez votre envoi", "confirmer votre message", "confirmer que vous êtes",
    "authentifier votre message", "confirme su mensaje", "confirmar que usted",
    "confirme sua mensagem", "anti-spam solicita a confirmação", "exige a confirmação do remetente",
    "exige la confirmación del remitente", "richiede la conferma del mittente",
    "exige la confirmation de l'expéditeur", "verlangt eine bestätigung des absenders",
    "confermare il messaggio",
    /* Dutch, Russian */
    "bevestig uw bericht", "подтвердите, что вы", "подтвердите отправку",
    /* Products */
    "confirm your email", "confirm you are", "verify that you are", "verify your email",
    "verify you are", "prove that you are", "prove you are", "you are human", "click to be added",
    "waitlist", "waiting list", "challenge/response", "challenge response",
    "to be delivered you must", "click the link below to", "confirm delivery of your",
    "not yet on my guest list", "approved senders list", "requires verification",
    "needs verification", "release your message", "verification required", "not a robot",
    "kein roboter", "pas un robot", "no es un robot", "non è un robot", "non sei un robot",
    "não é um robô", "geen robot", "nie jestem robotem", "nie jesteś robotem", "nejste robot",
    "не робот", "ロボットではない", "不是机器人", "不是機器人", "로봇이 아님", "confirme o envio",
    "confirme el envío", "confermi l'invio", "confirmez l'envoi", "bestätigen sie den versand",
    "remetentes autorizados", "remitentes autorizados", "expéditeurs autorisés",
    "mittenti autorizzati", "zugelassene absender", "toegestane afzenders",
    "белый список отправителей", "link below so i can receive", "link below so that i can receive",
    "sender must confirm", "confirmez-vous comme expéditeur", "confirmez que vous",
    "confirmer votre adresse", "verify yourself", "authenticate yourself", "complete the captcha",
    "solve the captcha", "prove you're", "confirm you're", "you're human", "verify you're",
    "list of approved senders", "authorized senders", "authorised senders",
    "have your address added", "add your address to", "bestätigen sie, dass sie ein mensch",
    "captcha lösen", "als absender bestätigen", "bestätigen sie ihre adresse",
    "confirme que usted es", "confirme su dirección", "confirme que você é",
    "confirme o seu endereço", "confermi di essere", "confermare il suo indirizzo",
    "potwierdź, że jesteś", "bevestig dat u", "подтвердите ваш адрес", "подтвердите свой адрес",
    NULL};

static const char *const sent[] = {
    "your message", "your letter", "your mail ", "your mail:", "your mail,", "your e-mail ",
    "your email ", "your original message", "you sent", "you have sent", "you tried to send",
    "you attempted to send", "sent by you", "from you ", "from you:", "from your address",
    "your post to", "message with subject", "the attached message", "message to the following",
    "mail to the following", "deliver the following message", "following message could not",
    "following mail could not", "message identified by", "message of which the headers",
    "message could not be delivered to", "message was not delivered to",
    "message cannot be delivered to",
    /* German, Dutch */
    "ihre nachricht", "ihre e-mail", "ihre email", "ihre mail ", "ihrer nachricht",
    "deine nachricht", "von ihnen", "die folgende nachricht", "die nachricht konnte nicht",
    "uw bericht", "uw e-mail", "uw mail ", "je bericht", "het bericht",
    /* French, Spanish, Portuguese, Italian, Romanian */
    "votre message", "votre courriel", "votre e-mail", "votre mail ", "le message suivant",
    "vous avez envoyé", "su mensaje", "su correo", "tu mensaje", "el siguiente mensaje",
    "el mensaje que envió", "sua mensagem", "seu e-mail", "seu email", "a mensagem que enviou",
    "seguinte mensagem", "tuo messaggio", "suo messaggio", "vostro messaggio", "il tuo messaggio",
    "messaggio inviato", "il messaggio seguente", "mesajul dvs", "mesajul dumneavoastră",
    "mesajul tău",
    /* Nordic */
    "ditt meddelande", "ditt e-post", "meddelandet", "din meddelelse", "din besked", "din mail ",
    "beskeden", "meldingen din", "e-posten din", "viestisi", "viestiäsi",
    /* Polish, Czech, Slovak, Hungarian, Turkish */
    "twoja wiadomość", "twojej wiadomości", "państwa wiadomość", "wysłana przez", "vaše zpráva",
    "vaši zprávu", "vasa sprava", "vaša správa", "az ön üzenete", "üzenetét", "üzenete", "iletiniz",
    "mesajınız", "gönderdiğiniz", "e-postanız",
    /* Greek, Russian, Ukrainian */
    "μήνυμά σας", "το μήνυμα", "ваше сообщение", "вашего сообщения", "ваше письмо", "вашего письма",
    "отправленное вами", "ваше повідомлення", "ваш лист",
    /* Arabic, Hebrew, Hindi, Thai, Vietnamese, Indonesian */
    "رسالتك", "رسالتکم", "ההודעה שלך", "הודעתך", "आपका संदेश", "ข้อความของคุณ", "thư của bạn",
    "tin nhắn của bạn", "pesan anda", "email anda",
    /* Chinese, Japanese, Korean */
    "您的邮件", "您的郵件", "你的邮件", "您发送", "您發送", "您寄", "您的消息", "您的訊息",
    "送信された", "送信した", "お送り", "あなたのメッセージ", "あなたのメール", "次のメッセージ",
    "以下のメール", "보내신", "귀하의 메시지", "보낸 메일", "메시지를 전달", NULL};

static const char *const mailbox[] = {"your mailbox",       "your inbox",
                                      "your account",       "your storage",
                                      "your quota",         "your e-mail account",
                                      "your email account", "incoming message",
                                      "incoming mail",      "ihr postfach",
                                      "ihrem postfach",     "ihr konto",
                                      "uw mailbox",         "uw postvak",
                                      "uw account",         "votre boîte",
                                      "votre compte",       "su buzón",
                                      "su cuenta",          "tu cuenta",
                                      "sua caixa",          "sua conta",
                                      "sua casella",        "suo account",
                                      "tua casella",        "din inkorg",
                                      "din brevlåda",       "ditt konto",
                                      "din konto",          "din postkasse",
                                      "postilaatikkosi",    "twoja skrzynka",
                                      "twoje konto",        "vaše schránka",
                                      "postafiókja",        "posta kutunuz",
                                      "hesabınız",          "ваш ящик",
                                      "вашего ящика",       "ваш аккаунт",
                                      "ваша поштова",       "您的邮箱",
                                      "您的郵箱",           "您的信箱",
                                      "您的账户",           "お客様のメールボックス",
                                      "メールボックス容量", "귀하의 사서함",
                                      "귀하의 계정",        NULL};

static const char *const goods[] = {
    "parcel",         "your package", "your shipment", "your order", "courier",    "your payment",
    "sendung",        "paket",        "bestellung",    "pakket",     "bestelling", "colis",
    "votre commande", "paquete",      "pedido",        "encomenda",  "pacco",      "ordine",
    "spedizione",     "przesyłk",     "zamówien",      "посылк",     "заказ",      "kargo",
    "siparis",        "sipariş",      "お荷物",        "ご注文",     "快递",       "包裹",
    "订单",           "택배",         "주문",          NULL};

static const char *const *const tables[N_PHRASE_KINDS] = {
    [PHRASE_NOTICE] = notice,       [PHRASE_SUCCESS] = success, [PHRASE_FAILURE] = failure,
    [PHRASE_FINAL] = final,         [PHRASE_DELAY] = delay,     [PHRASE_AUTO_REPLY] = auto_reply,
    [PHRASE_CHALLENGE] = challenge, [PHRASE_ENDED] = ended,     [PHRASE_PROMISE] = promise,
    [PHRASE_SENT] = sent,           [PHRASE_MAILBOX] = mailbox, [PHRASE_GOODS] = goods,
};

bool
phrases_any(const char *folded, const char *const *words)
{
  const LinePairs pairs = line_pairs(folded, SIZE_MAX);
  for (; *words != NULL; words++)
    if (line_may_have(&pairs, *words) && strstr(folded, *words) != NULL)
      return true;
  return false;
}

bool
phrases_find(PhraseKind kind, const char *folded)
{
  return phrases_any(folded, tables[kind]);
}

/* Whether the word that ends right before at negates what follows: "no se ha entregado". */
static bool
is_negated(const char *text, const char *at)
{
  static const char *const words[] = {"not", "no",    "nicht", "non", "não", "nao",
                                      "не",  "niet",  "nie",   "ne",  "pas", "inte",
                                      "nem", "never", "nunca", "nu",  "n'a", "n'est"};
  const char *end = at;
  while (end > text && end[-1] == ' ')
    end--;
  for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
    size_t n = strlen(words[i]);
    if ((size_t)(end - text) >= n && memcmp(end - n, words[i], n) == 0 &&
        ((size_t)(end - text) == n || end[-(ptrdiff_t)n - 1] == ' '))
      return true;
  }
  return false;
}

bool
phrases_affirm(PhraseKind kind, const char *folded)
{
  const LinePairs pairs = line_pairs(folded, SIZE_MAX);
  for (const char *const *phrase = tables[kind]; *phrase != NULL; phrase++) {
    if (!line_may_have(&pairs, *phrase))
      continue;
    for (const char *at = folded; (at = strstr(at, *phrase)) != NULL; at += strlen(*phrase))
      if (!is_negated(folded, at))
        return true;
  }
  return false;
}

bool
phrases_begin(PhraseKind kind, const char *folded)
{
  for (const char *const *phrase = tables[kind]; *phrase != NULL; phrase++)
    if (g_str_has_prefix(folded, *phrase))
      return true;
  return false;
}
