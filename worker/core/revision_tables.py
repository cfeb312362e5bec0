"""The words by which an edit is graded, in English, French and Russian: plain tables, folded (`worker.core.text.fold`).

In a table ``stem:a,b,c`` stands for the stem with each of the endings; ``:`` alone before an ending is the bare stem. A
word that stands in no table is a word of content. Other languages have no tables: there every new word is content.
"""

from collections.abc import Iterator, Mapping


def _forms(words: str) -> Iterator[str]:
    for word in words.split():
        stem, colon, endings = word.partition(":")
        if colon:
            yield from (stem + ending for ending in endings.split(","))
        else:
            yield word


def _groups(table: Mapping[str, str]) -> dict[str, str]:
    return {form: name for name, words in table.items() for form in _forms(words)}


# --------------------------------------------------------------------------- words that carry little

_ENGLISH = """
a an the this that these those here there and as of to in on at by for from with into onto over about within than its
it he she they we i you his her their our your my him them us who whom which whose what when where while is are was
were be been being am has have had having do does did done s re ve d ll also too however meanwhile moreover very just
so then still thus therefore well indeed furthermore breaking urgent update updated upd one such some each
itself himself themselves according already out if because since through during amid among between
"""
_FRENCH = """
le la les l un une des du de d au aux ce cet cette ces c ça et que qu qui dont où à en dans sur par pour avec chez vers
entre comme il elle ils elles on nous vous je j tu lui leur leurs son sa ses notre nos votre vos mon ma mes se s y m t
est sont était étaient été être a ont avait avaient avoir eu ayant fait aussi également toutefois cependant ainsi donc
alors très bien puis or car si urgent direct déjà même selon pendant durant depuis afin lors parmi
"""
_RUSSIAN = """
в во на с со к ко о об обо от ото до из изо за у по под подо над при про через для между среди из-за и а но же ли ведь
что чтобы как так это этот эта эти этого этой этих этому этим этом тот та те того той тех тому тем то он она оно они его
ее их ему ей им ними ней нем него нее них мы вы я нас вас нам вам наш наша наше наши ваш ваша свой своя свое свои своего
своей своих своему своим своими который которая которое которые которого которой которых которому которым был была было
были есть является являются также тоже однако кроме уже еще очень затем потом там тут здесь вот где когда кто чей срочно
г молния обновлено один одна одно одного одной согласно ну бы во-первых ради во-вторых
"""
#: the words of each language that can come and go without a change of meaning
FUNCTION_WORDS: Mapping[str, frozenset[str]] = {
    "en": frozenset(_forms(_ENGLISH)),
    "fr": frozenset(_forms(_FRENCH)),
    "ru": frozenset(_forms(_RUSSIAN)),
}
#: of these, pairs that turn the meaning where one takes the place of the other
_OPPOSITE_WORDS = """
from/to in/out into/from we/they our/their us/them nous/ils nous/elles notre/leur nos/leurs vers/de pour/de dans/de
в/из во/из на/с к/от за/на до/от мы/они наш/их нас/их и/но
"""
OPPOSITES = frozenset(frozenset(pair.split("/")) for pair in _OPPOSITE_WORDS.split())

#: words of which a line that only leads elsewhere, or says from whom a post is, consists
BOILERPLATE = frozenset(
    _forms(
        """
        read more full story text article here details see also watch listen link via source follow us subscribe join
        channel on our telegram website site photo video press service office the at for and in of to by join learn
        lire la suite plus en savoir article complet ici voir aussi abonnez vous suivez nous notre chaîne canal sur
        détails lien le les à de du photo vidéo service presse site
        подробнее читать читайте далее дальше полностью полный текст здесь тут ссылка ссылке по смотрите смотреть также
        подписаться подпишись подписывайтесь подпишитесь на наш канал в телеграм телеграме источник сайт сайте фото
        видео пресс служба нас мы и
        """
    )
)
#: those with which such a line begins if no link stands in it
LEADS = frozenset(
    _forms(
        """
        read watch see follow subscribe photo video lire voir suivez abonnez vidéo подробнее читать читайте смотрите
        подписаться подпишись подписывайтесь подпишитесь фото видео
        """
    )
)

# --------------------------------------------------------------------------- words that carry much

#: written in several ways, one thing: (the names of the groups are never shown)
SAME_WORDS = _groups(
    {
        "=say": "said says say stated states state declared declares told tells noted notes added adds remarked",
        "=dire": "dit disent déclaré déclare déclarent indiqué indique indiquent ajouté ajoute affirmé affirme précisé "
        "précise",
        "=сказать": "сказал:,а,о,и заявил:,а,о,и сообщил:,а,о,и отметил:,а,о,и добавил:,а,о,и заявля:ет,ют "
        "сообща:ет,ют отмеча:ет,ют",
        "=kyiv": "kiev kyiv",
        "=kharkiv": "kharkov kharkiv",
        "=lviv": "lvov lviv",
        "=odesa": "odessa odesa",
        "=and": "and &",
        "=mr": "mr mister",
    }
)
#: what must not change, each with the ways in which it is written; several words of one group are one and the same
ANCHORS = _groups(
    {
        "not": "not never no without neither nor cannot none nobody nothing pas jamais sans aucun:,e rien ni non "
        "nul:,le не ни нет без никогда никто никого ничего нельзя никак:ой,ая,ое,ие,их,ого",
        "ne": "ne n",
        "will": "will shall",
        "would": "would",
        "may": "may might",
        "must": "must",
        "should": "should ought",
        "can": "can",
        "could": "could",
        "peut": "peut peuvent",
        "pourrait": "pourrait pourraient",
        "doit": "doit doivent",
        "devrait": "devrait devraient",
        "aurait": "aurait auraient serait seraient",
        "может": "может могут",
        "мог": "мог могла могло могли",
        "должен": "долж:ен,на,но,ны",
        "обязан": "обязан:,а,о,ы",
        "будет": "буд:ет,ут",
        "якобы": "якобы",
        "or": "or ou или либо",
        "only": "only seulement только лишь",
        "more": "more plus более больше свыше",
        "less": "less fewer moins менее меньше",
        "%": "% percent процент:,а,ов,ы,у,ам,е,ом",
        "‰": "‰",
        "eur": "€ euro:,s eur евро",
        "usd": "$ dollar:,s usd доллар:,а,ов,ы,у,ам,ах,ом",
        "gbp": "£ gbp фунт:,а,ов,ы",
        "rub": "₽ rouble:,s ruble:,s rub руб рубл:ь,я,ей,и,ю,ям,ях,ем",
        "uah": "₴ uah hryvnia:,s гривн:а,ы,у,е гривен",
        "cny": "yuan:,s cny юан:ь,я,ей,и",
        "yen": "¥ yen:,s иен:а,ы иен",
    }
)
#: of these, the currencies: they stand before or after their number
CURRENCIES = frozenset({"eur", "usd", "gbp", "rub", "uah", "cny", "yen"})
#: as `ANCHORS`, but free to move within a sentence: when something is
MOMENTS = _groups(
    {
        "mon": "monday lundi:,s понедельник:,а,у,и",
        "tue": "tuesday tue mardi:,s вторник:,а,у,и",
        "wed": "wednesday wed mercredi:,s сред:а,у,ы,е",
        "thu": "thursday thu jeudi:,s четверг:,а,у",
        "fri": "friday fri vendredi:,s пятниц:а,у,ы,е",
        "sat": "saturday samedi:,s суббот:а,у,ы,е",
        "sun": "sunday dimanche:,s воскресень:е,я,ю",
        "jan": "january jan janvier январ:ь,я,е,ю",
        "feb": "february feb février феврал:ь,я,е,ю",
        "mar": "march mars март:,а,е,у",
        "apr": "april apr avril апрел:ь,я,е,ю",
        "mai": "mai ма:й,я,е,ю",
        "jun": "june jun juin июн:ь,я,е,ю",
        "jul": "july jul juillet июл:ь,я,е,ю",
        "aug": "august aug août август:,а,е,у",
        "sep": "september sep septembre сентябр:ь,я,е,ю",
        "oct": "october oct octobre октябр:ь,я,е,ю",
        "nov": "november nov novembre ноябр:ь,я,е,ю",
        "dec": "december dec décembre декабр:ь,я,е,ю",
        "today": "today hui сегодня",
        "yesterday": "yesterday hier вчера",
        "tomorrow": "tomorrow demain завтра",
        "tonight": "tonight",
    }
)
#: only after a number
UNITS = _groups(
    {
        "km": "km kilomet:er,ers,re,res kilomètre:,s км километр:,а,ов,ы",
        "m": "m met:er,ers,re,res mètre:,s м метр:,а,ов,ы",
        "cm": "cm centimètre:,s centimet:er,ers,re,res см сантиметр:,а,ов,ы",
        "mm": "mm мм",
        "mile": "mi mile:,s",
        "foot": "ft foot feet",
        "kg": "kg kilo:,s kilogram:,s кг килограмм:,а,ов",
        "g": "g gram:,s gramme:,s грамм:,а,ов",
        "t": "t ton:,s tonne:,s т тонн:,а,ы",
        "l": "l litre:,s liter:,s л литр:,а,ов,ы",
        "ha": "ha hectare:,s га гектар:,а,ов,ы",
        "mw": "mw мвт",
        "gw": "gw гвт",
        "kw": "kw квт",
        "h": "h hour:,s heure:,s час:,а,ов,ы ч",
        "min": "min minute:,s мин минут:,а,ы",
        "year": "год:,а,у,ом,е г лет",
        "pm": "pm",
        "am": "am",
    }
)

# --------------------------------------------------------------------------- numbers

_NUMERALS = {
    0: "zero zéro нол:ь,я нул:ь,я",
    1: "first premier première 1er перв:ый,ая,ое,ые,ого,ой,ых,ому,ым,ом,ую",
    2: "two second deux deuxième seconde дв:а,е,ух,ум,умя втор:ой,ая,ое,ые,ого,ых,ому,ым,ом,ую двое двоих",
    3: "three third trois troisième тр:и,ех,ем,емя треть:я,е,и,его,ей,ему,им,ем,ю третий трое троих",
    4: "four fourth quatre quatrième четыр:е,ех,ем,ьмя четверт:ый,ая,ое,ые,ого,ой,ых,ому,ым,ом,ую четверо четверых",
    5: "five fifth cinq cinquième пят:ь,и,ью,ый,ая,ое,ые,ого,ой,ых,ому,ым,ом,ую пятеро",
    6: "six sixth sixième шест:ь,и,ью,ой,ая,ое,ые,ого,ых,ому,ым,ом,ую",
    7: "seven seventh sept septième сем:ь,и,ью седьм:ой,ая,ое,ые,ого,ых,ому,ым,ом,ую",
    8: "eight eighth huit huitième восемь восьми восемью восьм:ой,ая,ое,ые,ого,ых,ому,ым,ом,ую",
    9: "nine ninth neuf neuvième девят:ь,и,ью,ый,ая,ое,ые,ого,ой,ых,ому,ым,ом,ую",
    10: "ten tenth dix dixième десят:ь,и,ью,ый,ая,ое,ые,ого,ой,ых,ому,ым,ом,ую",
    11: "eleven eleventh onze onzième одиннадцат:ь,и,ью,ый,ая,ое,ого,ой",
    12: "twelve twelfth douze douzième двенадцат:ь,и,ью,ый,ая,ое,ого,ой",
    13: "thirteen thirteenth treize тринадцат:ь,и,ью,ый,ая,ое,ого,ой",
    14: "fourteen fourteenth quatorze четырнадцат:ь,и,ью,ый,ая,ое,ого,ой",
    15: "fifteen fifteenth quinze пятнадцат:ь,и,ью,ый,ая,ое,ого,ой",
    16: "sixteen sixteenth seize шестнадцат:ь,и,ью,ый,ая,ое,ого,ой",
    17: "seventeen seventeenth семнадцат:ь,и,ью,ый,ая,ое,ого,ой",
    18: "eighteen eighteenth восемнадцат:ь,и,ью,ый,ая,ое,ого,ой",
    19: "nineteen nineteenth девятнадцат:ь,и,ью,ый,ая,ое,ого,ой",
    20: "twenty twentieth vingt vingts vingtième двадцат:ь,и,ью,ый,ая,ое,ого,ой",
    30: "thirty thirtieth trente тридцат:ь,и,ью,ый,ая,ое,ого,ой",
    40: "forty fortieth quarante сорок сорока сороковой",
    50: "fifty fiftieth cinquante пятьдесят пятидесят:и,ый,ая,ое,ого",
    60: "sixty sixtieth soixante шестьдесят шестидесят:и,ый,ая,ое,ого",
    70: "seventy seventieth семьдесят семидесят:и,ый,ая,ое,ого",
    80: "eighty eightieth восемьдесят восьмидесят:и,ый,ая,ое,ого",
    90: "ninety ninetieth девяносто девяноста",
    100: "hundred hundreds cent cents сто ста сот:ня,ни,ен,ый",
    200: "двести двухсот",
    300: "триста трехсот",
    400: "четыреста",
    500: "пятьсот пятисот",
}
#: words for numbers; "one" is left out, because it is an article or a pronoun as often
NUMERALS: Mapping[str, int] = {form: value for value, words in _NUMERALS.items() for form in _forms(words)}
#: what a number before them is multiplied by
MAGNITUDES: Mapping[str, int] = {
    form: value
    for value, words in {
        1_000: "thousand thousands mille тыс тысяч:,а,и,ам,ами,у",
        1_000_000: "million millions mn mln млн миллион:,а,ов,ы,ам,у",
        1_000_000_000: "billion billions bn bln milliard milliards млрд миллиард:,а,ов,ы,ам,у",
        1_000_000_000_000: "trillion trillions tn трлн триллион:,а,ов,ы",
    }.items()
    for form in _forms(words)
}

# --------------------------------------------------------------------------- what is no slip of the pen

#: prefixes that turn a word into its opposite, or into another deed
TURNING_PREFIXES = ("un", "in", "im", "il", "ir", "dis", "non", "mis", "re", "anti", "counter", "dé", "de", "не", "без",
                    "бес", "анти", "контр", "пере", "рас", "раз", "за", "вы", "от", "при", "у", "под")  # fmt: skip
_CONFUSED = """
adopted/adapted accept/expect raised/razed raise/raze import/export imports/exports inflow/outflow increase/decrease
public/republic county/country war/ward loss/less lost/last lose/loose peace/piece angry/hungry warned/warmed
immigration/emigration moral/morale party/partly force/farce forced/forged east/west united/untied defend/offend
signed/singed dessert/desert rise/raise arms/army hostile/hostel attach/attack dead/deal trail/trial board/broad
casual/causal martial/marital guerre/guère conseil/conseiller adopter/adapter exclu/exclue paix/prix morts/mots
poisson/poison importer/exporter importations/exportations résister/assister départ/départs dessous/dessus
bailed/failed passed/paused started/stated meeting/melting dealing/dearing
"""
#: words that look like slips of each other and are not
CONFUSED = frozenset(frozenset(pair.split("/")) for pair in _CONFUSED.split())
#: places whose names are close to each other's, in English and French; Russian ones are in its dictionary
PLACES = frozenset(
    _forms(
        """
        austria australia iran iraq slovakia slovenia niger nigeria mali malawi malta guinea guyana gambia zambia
        latvia lithuania mauritius mauritania dominica chad chile china cuba syria serbia siberia sudan sweden
        switzerland swaziland korea kosovo kuwait qatar libya lebanon liberia algeria albania armenia georgia germany
        greece granada grenada paraguay uruguay oman jordan india indonesia ireland iceland israel italy japan kenya
        moscow minsk pinsk brest bucharest budapest paris tallinn berlin bern dublin lublin turin tirana tehran
        autriche australie irak slovaquie slovénie nigéria lettonie lituanie maurice mauritanie suède suisse syrie
        serbie sibérie libye liban libéria algérie albanie arménie géorgie grèce guinée guyane gambie zambie inde
        indonésie irlande islande italie japon corée chine chili tchad tallinn pologne bologne roumanie
        """
    )
)
