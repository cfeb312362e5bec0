"""What languages look like: their scripts, their letters, their commonest words and endings.

Only tables; what they prove is decided by `worker.core.post_language`. Words and endings are folded
(`worker.core.text.fold`), ё and all.
"""

from collections.abc import Mapping

#: scripts by the ranges of their letters, and the language where one script is one language, None where words decide
SCRIPTS: tuple[tuple[str, tuple[tuple[int, int], ...], str | None], ...] = (
    ("latin", ((0x41, 0x24F), (0x1E00, 0x1EFF)), None),
    ("cyrillic", ((0x400, 0x52F),), None),
    ("arabic", ((0x600, 0x6FF), (0x750, 0x77F)), None),
    ("han", ((0x3400, 0x9FFF),), "zh"),
    ("kana", ((0x3040, 0x30FF),), "ja"),
    ("hangul", ((0xAC00, 0xD7A3),), "ko"),
    ("greek", ((0x370, 0x3FF), (0x1F00, 0x1FFF)), "el"),
    ("hebrew", ((0x590, 0x5FF),), "he"),
    ("georgian", ((0x10A0, 0x10FF),), "ka"),
    ("armenian", ((0x530, 0x58F),), "hy"),
    ("devanagari", ((0x900, 0x97F),), "hi"),
    ("thai", ((0xE00, 0xE7F),), "th"),
)
#: a sign of these says as much as several letters
SIGN_WEIGHT: Mapping[str, int] = {"han": 5, "kana": 2, "hangul": 2}

#: by language: letters that few others of its script have; each kind that occurs is one mark
OWN_LETTERS: Mapping[str, str] = {
    "uk": "їєґі",
    "be": "ўіы",
    "ru": "ыэъ",
    "sr": "ђћ",
    "bg": "ъ",
    "kk": "ұәғқіы",
    "kyrgyz": "ыөүң",
    "tatar": "ыәөүң",
    "mongolian": "ыэөү",
    "urdu": "ےںٹڈڑ",
    "fr": "çœèêùû",
    "es": "ñ¿¡",
    "de": "ßü",
    "pt": "ãõ",
    "pl": "ąęłńśźż",
    "tr": "ğşı",
    "ar": "ةىأإ",
    "fa": "پچژگی",
}
#: by language: letters of its script that it does not have; each kind that occurs takes two marks
FOREIGN_LETTERS: Mapping[str, str] = {
    "ru": "іїєґўәғқңөұүһђјљњћџѓќѕӯҷҳӣҗ",
    "uk": "ыэъўәғқңөұүһђјљњћџѓќѕӯҷҳӣҗ",
    "be": "ищъїєґәғқңөұүһђјљњћџѓќѕӯҷҳӣҗ",
    "bg": "ыэіїєґўәғқңөұүһђјљњћџѓќѕӯҷҳӣҗ",
    "sr": "йщъыьэюяіїєґўәғқңөұүһѓќѕӯҷҳӣҗ",
    "kk": "їєґўђјљњћџѓќѕӯҷҳӣҗ",
    "en": "ąęłńśźżğşıßäöåøæãõñçœěřůčšžťďăâțșőűđ",
    "fr": "ąęłńśźżğşıßäöåøãõñáíóúěřůčšžťďățșőűđ",
    "es": "ąęłńśźżğşıßäöåøæãõçœàèìòùâêîôûěřůčšžťďățșőűđ",
    "de": "ąęłńśźżğşıåøæãõñçœàèìòùâêîôûáíóúěřůčšžťďățșőűđ",
    "it": "ąęłńśźżğşıßäöüåøæãõñçœâêîôûáíóúěřůčšžťďățșőűđ",
    "pt": "ąęłńśźżğşıßäöüåøæñœèìòùîûěřůčšžťďățșőűđ",
    "pl": "ğşıßäöüåøæãõñçœàèìòùâêîôûáíúěřůčšžťďățșőűđ",
    "tr": "ąęłńśźżßäåøæãõñœàèìòùêôáíóúěřůčšžťďățșőűđ",
    "nl": "ąęłńśźżğşıßåøæãõñçœàìòùâîôûěřůčšžťďățșőűđ",
    "ar": "پچژگکی",
    "fa": "ةىي",
}

#: By language: words that are frequent in it. A word of several languages speaks for each of them. Languages whose code
#: stands in `DECOYS` are only there so that they are not taken for a neighbour.
WORDS: Mapping[str, Mapping[str, str]] = {
    "latin": {
        "en": "the of and to in is that for with was as are by this from has have its be on at which will not it we an"
        " or but their they you he she his her who what when where all can more than after before about over into our"
        " your if there been were would could should says said new near today no here no one two three only some any"
        " between against during until since how may must did do does my me us them then also very out up ahead amid"
        " monday tuesday wednesday thursday friday saturday sunday january february march june july october people"
        " government ministry country countries talks read more watch good morning",
        "fr": "le la les des du et à se dans que qui est une un pour par sur au aux avec ce cette ces sont pas nous il"
        " elle ont de en sa son ses leur leurs plus ne l d qu c n s j a été être fait faire aujourd hui selon après"
        " avant comme mais ou où vous ils elles je tout tous toute toutes entre contre depuis pendant sans sous"
        " chez deux trois très aussi encore notre nos votre vos lundi mardi mercredi jeudi vendredi samedi dimanche"
        " janvier février juin juillet août octobre décembre pays gouvernement ministère déclaration bonjour savoir"
        " suivre si",
        "es": "el los las del y en que una un por con para se su sus fue como más ha de la es al lo no pero este esta"
        " estos sobre entre desde hasta cuando también muy han ser está están hoy según quién qué a o sin gobierno"
        " ministerio país países lunes martes miércoles jueves viernes sábado domingo enero febrero nos buenos días",
        "de": "der die das und den von mit ist im zu des dem nicht ein eine auf für am sich auch wird hat bei sie er"
        " wir ich aus nach oder aber wie um an einer einem einen als dass sind haben über zum zur vor bis durch unsere"
        " wurde werden können mehr heute alle wer was kein keine noch nur montag dienstag mittwoch donnerstag freitag"
        " samstag sonntag januar februar märz regierung danke guten morgen neuer neue in",
        "pt": "os das dos em um uma não com para é ao pela pelo são foi mais e o a da do que na no as às seu sua este"
        " esta mas há está estão hoje também até quando ou por se de governo ministério",
        "it": "il gli della delle di che è una un con per sono nel nella del alla più e la non si al le lo dei degli i"
        " da dal dalla come anche ma ha hanno questo questa tra fra oggi chi ai dai l d in a se governo ministero",
        "pl": "w z na się nie jest do i że o przez dla oraz po od jak to za a są był była było być ale co jego ich tym"
        " który która przed",
        "tr": "ve bir bu da de için ile olarak olan daha çok en ne ama gibi kadar sonra göre değil var",
        "nl": "de het een van en in is dat op te zijn voor met niet aan door om er maar ze wij ook naar bij uit dit die"
        " werd worden hebben heeft meer of als over",
        "nordic": "och att det som en på är av för med den till inte har de i om ett og er af ikke til jeg var fra han"
        " hun ikkje som vil kan så",
        "czech": "a je v na se že s z do o k pro jako by ale po od jsou to ve za byl sa nie ako sú pre i u da su nije"
        " koji za od će",
        "romanian": "și în de la cu pe nu o un că din mai este să sunt pentru care ce al a au sau fi prin",
        "catalan": "i el la els les de que en per amb és un una del no al als va ha són però més com dels",
        "galician": "unha coa dos das só non polo pola xunta e o a os as do da",
        "indonesian": "yang dan di untuk dengan ini itu dari pada tidak dalam akan ke oleh",
        "hungarian": "a az és hogy nem egy is meg van volt csak de ha el mint",
        "finnish": "ja on ei se että oli hän ovat kun mutta ole myös ta ning et oma",
        "uzbek": "va bilan uchun bu bir ham o qildi deb bo lgan",
        "latin": "et in est non ad cum ut sed ex ab qui quae lorem ipsum dolor",
    },
    "cyrillic": {
        "ru": "и в на не что с по из к за от для это как о его при их был были была также будет который которые она он"
        " я мы вы они ты все всё еще же бы ли у со ко до после перед если или но а то так уже только можно нет есть"
        " этом этого этой этот эта эти чтобы где когда кто чем тем наш наше наши сегодня вчера завтра между около"
        " более менее лет года году день стран страны заявил заявила сообщил сообщило сообщила свое своих себя ему им"
        " ее нас вас них него два две три об обо под над без через против ранее однако очень том там тут здесь январе"
        " феврале марте апреле мая мае июне июле августе сентябре октябре ноябре декабре утро доброе спасибо читать",
        "uk": "і в на не що з за до та для це як від про його є при їх був була були також буде який яка які у й але"
        " або чи ми ви вони він вона я після перед якщо коли хто де щоб ще вже так ні сьогодні між цього цей ця ці"
        " під над без через проти року років свої своїх себе нас вас них",
        "be": "і ў на не што з па да для гэта як ад пра яго ёсць пры іх быў была былі таксама які якія якая але ці мы"
        " вы яны ён яна я пасля калі хто дзе каб ужо так сёння гэты за у без праз супраць года гадоў",
        "bg": "и в на не че с по от за да това как са се е който която които беше ще към но или ние вие те той тя до"
        " след преди ако когато кой къде днес между този тази тези из при през без срещу",
        "sr": "и у на не да с од за ово како је се који која које био била било ће са су али или ми ви они он она после"
        " пре ако када ко где данас између из при без против што то до",
        "kk": "және мен бір бұл үшін деп бойынша туралы да де осы ол біз сіз олар бүгін емес бар еді болды қазақстан"
        " жаңа дейін кейін жатыр себебі",
        "macedonian": "и на од во да се за со го ги ќе што не е тој таа тие како дека беше или но денес до по",
        "tajik": "ва дар аз бо ки ба ин он барои аст буд кард",
        "kyrgyz": "жана менен үчүн бул деп бир да эмес бүгүн кыргыз болгон",
        "mongolian": "нь болон байна энэ тэр юм гэж бол өнөөдөр монгол",
        "tatar": "һәм белән өчен бу дип бер ул да турында булган",
        "uzbek": "ва билан учун бу бир ҳам деб бўлган",
    },
    "arabic": {
        "ar": "في من على إلى أن التي الذي هذا هذه عن مع كان قد ما لا بعد وفي أو كل لم بين قبل حتى يوم اليوم وقال إن"
        " إنهم عند وهو وهي",
        "fa": "در از به که این است را با برای آن یک می شد های و بود کرد شده کرده تا بر ما او ها",
        "urdu": "کے کی کا میں ہے اور سے نے کو پر یہ کہ ہیں",
        "pashto": "د په او کې چې دی له ته",
    },
}
#: What stands in `WORDS` under a name of its own gives no answer.
DECOYS = frozenset(name for table in WORDS.values() for name in table if len(name) > 2)

#: By language: how its words end, in two or three letters; each longer word that ends so is half a mark. Not
#: those that most languages of the script have in common.
ENDINGS: Mapping[str, str] = {
    "en": "ing ed ly ght ess ies ers uld ent hip ugh nce ays age ard ons",
    "fr": "ent ées ée ent eux use eur urs que ues ire tte ais ait oir nce age ons és phe lle uve",
    "es": "ión nes ado dos ada das ndo dad nte res ros",
    "de": "ung gen eit ich hen tet aft ren ert",
    "it": "one oni ato ati ata nte ggi ità tto tti zza ere",
    "pt": "ção ões ado dos ada das ndo ade nte res",
    "nl": "ing gen eid ijk jke hap ren",
    "nordic": "ing nde rna het igt ser",
    "romanian": "lui lor ele ție ții ent",
    "catalan": "ció ons ent ats tat",
    "ru": "ый ые ых ым ыми ой ая ое ее яя ого его ому ему ует ает яет ают еют тся ься лся ась ось ись тво тва ние нию"
    " вал сть сти нии ции щих ких тии ие ию ов ев",
    "uk": "ий ого ому ої ою ими ких ння ття сть сті ції ся ті ів ав ла ли",
    "be": "аў ага аму ымі ых ым ая ыя аць іць цца ння сць цыі лі ла ць",
    "bg": "ът ят ите ето ата ята ват вам ние ния тво ска ва",
    "macedonian": "от та то те ата ите ето ски тво ње",
    "sr": "ог ом им их ски ска тво ње ња ао ла ло ти",
    "kk": "ды ді дың дің тың нің ның лар лер дар дер тар тер ған ген қан кен",
    "kyrgyz": "ды ди дын дин лар лер дор дөр ган ген нын нин",
}
