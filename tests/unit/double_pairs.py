"""Pairs of posts as an analyst would fold them into one story or not, made up by hand: (double, first, second).

`PAIRS` served to mend the rules; `UNSEEN` were written afterwards, and no rule was made for one of them before it was
counted.
"""

_TIDES = (
    "The BRICS working group on lighthouses has agreed in Port Amity on a common form for tide "
    "tables. The paper will be "
    "signed by the harbour masters of all member states and published in their languages."
)
_FERRY = (
    "Паромное сообщение с Ясногорском восстановлено, сообщили в Министерстве гаваней. Первый рейс "
    "ушёл утром, пассажиров "
    "просят приходить к причалу заранее и иметь при себе документы. Расписание размещено на причалах."
)
_CLOCKS = (
    "À la CEI, les horlogers préparent leur congrès à Valombre. Les ateliers de toute la région y présenteront leurs "
    "pièces, et une seule heure officielle sera proposée aux délégations. L’entrée est libre pour le public."
)
_LONG = (
    "The Ministry of Harbours of Norvania and the Bureau of Maps have completed the survey of the northern strait. "
    "The depth was measured along the whole fairway, and wrecks were marked with buoys. According to the head of the "
    "survey, the old charts were wrong in several places, above all near the island of Skerra, where a sandbank has "
    "moved far to the east. New charts are being printed and will be handed out to captains free of "
    "charge. Ships that "
    "use the fairway are asked to keep to the marked channel and to report every buoy that has gone adrift. The "
    "ministry thanks the crews of the survey ships, who worked through the winter storms."
)

PAIRS: tuple[tuple[bool, str, str], ...] = (
    # ------------------------------------------------------------------ doubles: English
    (True, _TIDES, _TIDES),
    (True, _TIDES, f"‼️ {_TIDES}"),
    (True, _TIDES, _TIDES.upper()),
    (True, _TIDES, f"🔄 Forwarded from Ministry of Harbours\n{_TIDES}"),
    (True, _TIDES, f"{_TIDES}\n\n#BRICS #lighthouses #PortAmity"),
    (True, _TIDES, f"{_TIDES}\n\n👉 Subscribe to Harbour News: https://t.me/harbournews"),
    (True, f"{_TIDES}\n\n@harbournews", f"{_TIDES}\n\nFollow us on the web | www.example.org"),
    (True, f"{_TIDES}\n\n— Harbour News", f"{_TIDES}\n\nPort Gazette, your morning paper"),
    (True, _TIDES, f"BREAKING: {_TIDES}"),
    (True, _TIDES, f"14:05 | {_TIDES}"),
    (True, _TIDES, f"Lighthouse experts agree in Port Amity\n\n{_TIDES}"),
    (True, _TIDES, _TIDES.replace("published", "publihsed")),
    (True, _TIDES, _TIDES.replace(" ", "\n", 3).replace("Amity", "Amity\u200b")),
    (True, _TIDES, f"{_TIDES}\nhttps://example.org/news/71?utm_source=tg"),
    (True, _TIDES, _TIDES[:160] + "… Read more"),
    (True, _TIDES, " ".join(_TIDES.split()[:24]) + " [...]\nRead the full statement: https://example.org/71"),
    (True, _LONG, _LONG[: len(_LONG) * 2 // 3] + "…"),
    (True, _LONG, f"{_LONG}\n\nPhoto: press office of the ministry\nSubscribe | Website | Chat"),
    (True, _LONG, _LONG.replace("the whole fairway", "the entire fairway").replace("free of charge", "for free")),
    (
        True,
        'The minister said: "We shall keep the strait open to all ships."',
        "The minister said: «We shall keep the strait open to all ships».",
    ),
    (True, "Grain ship berths at pier four", "⚓️ Grain ship berths at pier four! 🌾"),
    (True, "Grain ship berths at pier four", "Grain ship berths at pier four\nhttps://t.me/harbour/71"),
    (
        True,
        "Exports through Selmouth reached 1,200 tonnes of grain in the last week of the season",
        "Exports through Selmouth reached 1 200 tonnes of grain in the last week of the season.",
    ),
    (
        True,
        "The #BRICS summit in #PortAmity has opened with a minute of silence for the lost pilots",
        "The BRICS summit in Port Amity has opened with a minute of silence for the lost pilots",
    ),
    # ------------------------------------------------------------------ doubles: Russian
    (True, _FERRY, f"⚡️⚡️⚡️{_FERRY}"),
    (True, _FERRY, f"Срочно! {_FERRY}"),
    (True, _FERRY, f"Переслано из: Вестник гавани\n{_FERRY}"),
    (True, _FERRY, f"{_FERRY}\n\n📱 Подписаться на «Вестник гавани»"),
    (True, f"{_FERRY}\n\nПодписывайтесь: @gavan", f"{_FERRY}\n\n#паромы #Ясногорск"),
    (True, _FERRY, _FERRY.replace("ё", "е").replace("Министерстве", "министерстве")),
    (True, _FERRY, f"{_FERRY}\n\nИсточник: пресс-служба министерства"),
    (True, _FERRY, _FERRY[:150] + "...\n\nЧитать далее: https://example.org/p/9"),
    (True, _FERRY, _FERRY.replace("причалу", "прчалу")),
    (True, "Совет СНГ по картографии соберётся в Ясногорске", "❗️Совет СНГ по картографии соберется в Ясногорске"),
    (True, f"🇳🇴 {_FERRY}", f"Открыто движение паромов\n{_FERRY}\nВидео: Вестник гавани"),
    # ------------------------------------------------------------------ doubles: French
    (True, _CLOCKS, f"🔴 {_CLOCKS}"),
    (True, _CLOCKS, f"Transféré de La Lanterne du matin\n{_CLOCKS}"),
    (True, _CLOCKS, f"{_CLOCKS}\n\nAbonnez-vous à notre canal !\n#CEI #horlogerie"),
    (True, _CLOCKS, _CLOCKS.replace("’", "'").replace("é", "e\u0301")),
    (True, _CLOCKS, " ".join(_CLOCKS.split()[:25]) + " […] Lire la suite"),
    (True, _CLOCKS, f"{_CLOCKS} Crédit photo : ateliers de Valombre."),
    (True, _CLOCKS, f"Horlogerie : un congrès à Valombre\n\n{_CLOCKS}"),
    (
        True,
        "« Nous serons ponctuels », promet la présidente des horlogers de la CEI",
        '"Nous serons ponctuels", promet la présidente des horlogers de la CEI',
    ),
    # ------------------------------------------------------------------ none: other figures, days, names
    (False, "Briefing of the spokesperson on 12 May", "Briefing of the spokesperson on 19 May"),
    (
        False,
        (
            "The weekly briefing of the spokesperson of the Ministry of Harbours will be held on Monday at "
            "noon in the "
            "press centre."
        ),
        (
            "The weekly briefing of the spokesperson of the Ministry of Harbours will be held on Thursday at "
            "noon in the press centre."
        ),
    ),
    (
        False,
        "Exchange rates for today: crown 71.20, florin 80.15, ducat 9.81",
        "Exchange rates for today: crown 71.55, florin 79.90, ducat 9.84",
    ),
    (
        False,
        "Weather in Port Amity: +4, wind from the north, 7 m/s, waves up to 2 m, pressure falling",
        "Weather in Port Amity: +6, wind from the north, 5 m/s, waves up to 1 m, pressure falling",
    ),
    (
        False,
        "Schedule\n12 May\nThe ministry receives visitors from morning till evening, entrance through the court",
        "Schedule\n14 May\nThe ministry receives visitors from morning till evening, entrance through the court",
    ),
    (
        False,
        "The ambassador of Norvania presented credentials to the president in the hall of the old palace today.",
        "The ambassador of Eastmark presented credentials to the president in the hall of the old palace today.",
    ),
    (False, _LONG, _LONG.replace("Skerra", "Holm").replace("Norvania", "Eastmark")),
    (
        False,
        "Minister Ada Quill met the heads of delegation of the BRICS countries in Port Amity for talks on fees.",
        "Minister Glen Orr met the heads of delegation of the BRICS countries in Port Amity for talks on fees.",
    ),
    (False, _TIDES, _TIDES.replace("will be signed", "will not be signed")),
    (
        False,
        "The harbour was closed to all ships after the storm, three crews are missing off the coast of Skerra",
        "The harbour was closed to all ships after the storm, five crews are missing off the coast of Skerra",
    ),
    (
        False,
        "The council of Selmouth has approved the new fees for pilots",
        "The council of Selmouth has rejected the new fees for pilots",
    ),
    (
        False,
        "Поздравляем с днём рождения посла Глеба Самоцветова! Желаем здоровья и успехов в работе.",
        "Поздравляем с днём рождения посла Анну Ключевскую! Желаем здоровья и успехов в работе.",
    ),
    (
        False,
        "Курс кроны на сегодня: 71,20. Курс флорина на сегодня: 80,15. Подробности на сайте.",
        "Курс кроны на сегодня: 71,95. Курс флорина на сегодня: 79,02. Подробности на сайте.",
    ),
    (
        False,
        "Брифинг представителя министерства состоится 12 мая в 11:00 в пресс-центре",
        "Брифинг представителя министерства состоится 26 мая в 11:00 в пресс-центре",
    ),
    (
        False,
        "Расписание приёма граждан на понедельник: с девяти утра, вход со двора",
        "Расписание приёма граждан на среду: с девяти утра, вход со двора",
    ),
    (False, _FERRY, _FERRY.replace("восстановлено", "не восстановлено")),
    (
        False,
        "Point de presse de la porte-parole, mardi à midi, salle des cartes, en direct sur notre canal",
        "Point de presse de la porte-parole, jeudi à midi, salle des cartes, en direct sur notre canal",
    ),
    (
        False,
        "Météo à Valombre : 12 degrés, vent faible, mer belle, visibilité bonne",
        "Météo à Valombre : 15 degrés, vent faible, mer belle, visibilité bonne",
    ),
    (
        False,
        "La ministre a reçu l’ambassadeur du Norvanie pour un entretien sur les ports francs et les phares",
        "La ministre a reçu l’ambassadeur de Skerra pour un entretien sur les ports francs et les phares",
    ),
    (
        False,
        (
            "The following envoys have presented their credentials to the president in the palace on the "
            "hill:\nJohn Aster"
        ),
        (
            "The following envoys have presented their credentials to the president in the palace on the "
            "hill:\nMaud Birch"
        ),
    ),
    (False, "Grain ship berths at pier four", "Grain ship leaves from pier four"),
    (False, "BRICS: pilot fees rise", "BRICS: pilot fees fall"),
    # ---------------------------------------------------- none: own comments, other words, other languages
    (
        False,
        _TIDES,
        (
            f"{_TIDES}\n\nOur comment: this is the same promise that was made last year and the year before, and "
            "nobody has seen a single common table yet. Readers should ask who will pay for the printing this time."
        ),
    ),
    (
        False,
        _TIDES,
        (
            "So this is what they travelled for? A form! The masters of our own harbours have asked for working "
            f"beacons for years, and what they get is paper and more paper.\n\n{_TIDES}"
        ),
    ),
    (
        False,
        _FERRY,
        (
            f"{_FERRY}\n\nОт редакции: напомним, что движение прерывали уже несколько раз, и каждый раз обещали, "
            "что перерыв последний. Жители островов в эти обещания больше не верят и просят построить мост."
        ),
    ),
    (
        False,
        _TIDES,
        (
            "Harbour masters from the BRICS countries want uniform tables of the tides. That was the outcome of "
            "a meeting of lighthouse specialists held in Port Amity; signatures are expected from each of "
            "the members."
        ),
    ),
    (
        False,
        _FERRY,
        (
            "Паромы в Ясногорск снова ходят. Об этом рассказали в ведомстве, отвечающем за гавани: утром отошло "
            "первое судно. Людей призвали не забывать паспорта и не опаздывать, расписание ищите на пристанях."
        ),
    ),
    (
        False,
        _CLOCKS,
        (
            "Les artisans horlogers des pays de la CEI se retrouveront bientôt à Valombre pour leur grande "
            "réunion. On y verra des montres de partout et l’on y discutera d’une heure commune, devant un "
            "public nombreux."
        ),
    ),
    (
        False,
        _TIDES,
        (
            "Рабочая группа БРИКС по маякам согласовала в Порт-Амити единую форму таблиц приливов. Документ "
            "подпишут капитаны портов всех стран-участниц, он выйдет на их языках."
        ),
    ),
    (
        False,
        _CLOCKS,
        (
            "In the CIS, watchmakers are preparing their congress in Valombre. The workshops of the whole region "
            "will show their pieces there, and one official hour will be proposed to the delegations."
        ),
    ),
    (False, _TIDES, _CLOCKS),
    (False, _LONG, _LONG[: len(_LONG) // 3] + "… Read more"),
    (False, _LONG, _LONG[len(_LONG) // 2 :]),
    (False, "", ""),
    (False, "", _TIDES),
    (False, "https://example.org/1", "https://example.org/2"),
    (False, "New video", "New video from the lighthouse at Skerra"),
    (
        False,
        "Приём граждан в посольстве Норвании временно приостановлен по техническим причинам",
        "Приём граждан в посольстве Норвании возобновлён после технического перерыва",
    ),
    (
        False,
        "The Ministry of Harbours congratulates the pilots on their professional holiday and wishes them calm seas.",
        (
            "The Ministry of Harbours congratulates the mapmakers on their professional holiday and wishes "
            "them calm seas."
        ),
    ),
    (
        False,
        "The joint commission of Norvania and Eastmark on fishing met in Selmouth. The sides discussed quotas.",
        "The joint commission of Norvania and Skerra on fishing met in Selmouth. The sides discussed quotas.",
    ),
    (
        False,
        "Read the interview of the minister with the Port Gazette",
        "Read the interview of the minister with the Harbour News",
    ),
    # ------------------------------------------------------------------ both kinds, the first two told wrongly at first
    (
        True,
        "The Foreign Minister of Norvania met his counterpart in Selmouth on Tuesday to discuss trade",
        "Foreign Minister of Norvania met his counterpart in Selmouth Tuesday to discuss trade",
    ),
    (
        True,
        "Norvania has signed the Selmouth agreement on the free passage of grain ships through the strait",
        "Norvania has finally signed the Selmouth agreement on the free passage of grain ships through the strait",
    ),
    (
        True,
        "Сегодня в Ясногорске открылся форум стран СНГ по вопросам судоходства",
        "🔄 Переслано от Вестник\n\nСегодня в Ясногорске открылся форум стран СНГ по вопросам судоходства 🚢",
    ),
    (
        True,
        "Le conseil de la CEI adopte une déclaration commune sur les phares et balises de la mer intérieure",
        "Le conseil de la CEI adopte une declaration commune sur les phares et balises de la mer intérieure",
    ),
    (
        True,
        "Norvania: ferry line reopened. Passengers are asked to bring documents.",
        "Norvania: ferry line reopened. Passengers are asked to bring documents.\n\nVia Harbour News",
    ),
    (False, "Minister Quill will visit Eastmark", "Minister Quill will visit Norvania"),
    (
        False,
        "The council voted for the treaty by a show of hands in the old hall",
        "The council voted against the treaty by a show of hands in the old hall",
    ),
    (
        False,
        "Situation at the front as of 09:00: no changes along the river, calm at the strait",
        "Situation at the front as of 18:00: no changes along the river, calm at the strait",
    ),
    (
        False,
        "Сводка министерства гаваней на утро понедельника: суда идут по расписанию, происшествий нет",
        "Сводка министерства гаваней на утро вторника: суда идут по расписанию, происшествий нет",
    ),
    (
        False,
        "The trade of Norvania with Eastmark grew in the first quarter, the ministry says",
        "The trade of Norvania with Eastmark fell in the first quarter, the ministry says",
    ),
    (
        True,
        "We strongly condemn the attack on the light vessel and express our condolences to the families.",
        "We strongly condemn the attack on the light vessel and express our condolences to the families. 🕯 #grief",
    ),
    (
        True,
        "Press release\nThe delegations of the BRICS states discussed a joint bank for harbours",
        "The delegations of the BRICS states discussed a joint bank for harbours",
    ),
    (
        False,
        "The ship Petrel arrived in Selmouth with grain from the upper canals",
        "The ship Gannet arrived in Selmouth with grain from the upper canals",
    ),
    (False, "Daily summary: 12 ships, 3 delays", "Daily summary: 14 ships, 2 delays"),
    (False, "Join our webinar on customs rules on 4 June", "Join our webinar on customs rules on 11 June"),
)

UNSEEN: tuple[tuple[bool, str, str], ...] = (
    (
        True,
        (
            "Norvania and Eastmark will open a common customs post on the bridge of Holm. Lorries will be "
            "weighed once "
            "instead of twice, the customs office says."
        ),
        (
            "📰 Norvania and Eastmark will open a common customs post on the bridge of Holm. Lorries will be "
            "weighed once "
            "instead of twice, the customs office says.\n\nPort Gazette. Subscribe"
        ),
    ),
    (
        True,
        (
            "Statement of the Ministry of Harbours on the loss of the light vessel Petrel\n\nWe have "
            "learned with sorrow "
            "that the light vessel Petrel has gone down off Skerra. Our thoughts are with the families of the crew."
        ),
        (
            "We have learned with sorrow that the light vessel Petrel has gone down off Skerra. Our "
            "thoughts are with the "
            "families of the crew."
        ),
    ),
    (
        True,
        (
            "The delegation visited the botanical garden of Selmouth, the rope works and the new signal "
            "school, where "
            "cadets showed them how flags are read at night."
        ),
        (
            "The delegation visited the botanical garden of Selmouth, the rope works and the new signal "
            "school, where cadets "
            "showed them how flags are read at nigth."
        ),
    ),
    (
        True,
        (
            "Ukraine’s orchestra of pilots will play on the pier on Saturday; seats are free, umbrellas are "
            "not provided."
        ),
        (
            "RT @pier: Ukraine's orchestra of pilots will play on the pier on Saturday; seats are free, "
            "umbrellas are not "
            "provided. https://t.me/pier/88"
        ),
    ),
    (
        True,
        (
            "В Ясногорске открылась выставка старинных карт стран СНГ. Посетители увидят атласы из собраний "
            "пяти музеев, "
            "часть листов показывают впервые. Вход свободный."
        ),
        (
            "🗺 В Ясногорске открылась выставка старинных карт стран СНГ. Посетители увидят атласы из "
            "собраний пяти музеев, "
            "часть листов показывают впервые. Вход свободный.\n\n✅ Подпишись на Картографа"
        ),
    ),
    (
        True,
        (
            "Министр ярмарок Глеб Самоцветов рассказал о подготовке осенней ярмарки: мастера из стран БРИКС привезут "
            "кружева, замки и музыкальные шкатулки, а вечером на площади сыграет оркестр смотрителей маяков."
        ),
        (
            "Министр ярмарок Глеб Самоцветов рассказал о подготовке осенней ярмарки: мастера из стран БРИКС "
            "привезут кружева, "
            "замки и музыкальные шк... Читать полностью"
        ),
    ),
    (
        True,
        "Из-за шторма закрыта гавань Скерры. Судам рекомендовано ждать у внешнего рейда.",
        "Внимание! Из-за шторма закрыта гавань Скерры. Судам рекомендовано ждать у внешнего рейда. #шторм",
    ),
    (
        True,
        (
            "La ligne de bac entre Valombre et l’île d’Orme reprendra demain matin, annonce le Bureau des ponts. Les "
            "vélos voyageront gratuitement."
        ),
        (
            "La ligne de bac entre Valombre et l'île d'Orme reprendra demain matin, annonce le Bureau des "
            "ponts. Les vélos "
            "voyageront gratuitement.\n\n➡️ Suivez-nous sur @ponts_valombre"
        ),
    ),
    (
        True,
        (
            "Le phare de l’Orme a été rallumé hier soir après deux ans de travaux. Les gardiens ont reçu "
            "les clés des mains "
            "de la maire, et les enfants de l’école ont chanté."
        ),
        (
            "Le phare de l’Orme a été rallumé hier soir après deux ans de travaux. Les gardiens ont reçu "
            "les clés des mains de "
            "la maire, et … En savoir plus"
        ),
    ),
    (True, "Tide tables for the winter are out", "TIDE TABLES FOR THE WINTER ARE OUT!!!"),
    (
        False,
        "Norvania and Eastmark will open a common customs post on the bridge of Holm, the customs office says.",
        "Norvania and Eastmark will close their common customs post on the bridge of Holm, the customs office says.",
    ),
    (
        False,
        "Traffic through the strait in the past week: 312 ships, of them 41 tankers. Waiting time: 9 hours.",
        "Traffic through the strait in the past week: 298 ships, of them 44 tankers. Waiting time: 11 hours.",
    ),
    (
        False,
        "Deputy minister Otto Brandt took part in the session of the BRICS council of bell founders by video link.",
        "Deputy minister Irma Vale took part in the session of the BRICS council of bell founders by video link.",
    ),
    (
        False,
        "The embassy will be closed from 1 to 8 May. In an emergency call the duty officer.",
        "The embassy will be closed from 1 to 4 November. In an emergency call the duty officer.",
    ),
    (False, "Ремонт дороги к маяку завершён", "Ремонт дороги к причалу завершён"),
    (
        False,
        "Посольство сообщает: в воскресенье консульский отдел работает с десяти до двух, запись не нужна.",
        "Посольство сообщает: в субботу консульский отдел работает с десяти до двух, запись не нужна.",
    ),
    (
        False,
        "Генерал Орлов посетил учения флота у Скерры и наградил отличившихся матросов часами и грамотами.",
        (
            "Генерал Орлов посетил учения флота у Скерры и наградил отличившихся матросов часами и "
            "грамотами. Зачем тратить "
            "топливо на такие прогулки, когда паромы стоят без солярки, в министерстве объяснить не смогли, "
            "хотя мы спрашивали."
        ),
    ),
    (
        False,
        "Le ministre a salué l’ouverture du nouveau port de pêche d’Orme, fruit de dix ans d’efforts.",
        "Ouvert après une décennie de chantier, le port de pêche d’Orme a été inauguré en présence du ministre.",
    ),
    (
        False,
        "Prix du poisson à la criée : bar 14, lieu 6, seiche 8 florins le kilo",
        "Prix du poisson à la criée : bar 16, lieu 6, seiche 7 florins le kilo",
    ),
    (
        False,
        "Watch live: the session of the council of Selmouth on the pilots’ fees",
        "Watch live: the session of the council of Selmouth on the ferry fares",
    ),
)
