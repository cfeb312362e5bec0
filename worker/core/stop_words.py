"""Words that say nothing of what a text is about, in English, French and Russian; folded as texts are."""

from worker.core.text import fold

_ENGLISH = """
about above according after again against all almost also although always among and another any are around because
been before being below between both but can cannot could did does doing done down during each either even ever every
few for from further had has have having her here hers him his how however including into its itself just last later
least less like made make many may might more most much must near never new next nor not now off often one only onto
other others our out over own per rather said same say says several shall she should since some still such than that
the their them then there these they this those three through thus time today together too toward two under until upon
use used very via was way week well were what when where whether which while who whom whose why will with within
without would year years yes yesterday yet you your amp https http www com org
"""
_FRENCH = """
afin ainsi alors après aucun aucune aujourd aussi autre autres aux avait avant avec avoir ayant beaucoup bien car cela
celle celles celui cent cependant ces cet cette ceux chaque chez comme comment contre dans depuis dernier dernière des
deux devant dit doit donc dont du déjà elle elles encore enfin entre est et eux fait faire fois font hier hors huit
ici ils jour jours jusqu la le les leur leurs lors lui mais me mes moins mois mon même mêmes ne nos notre nous on ont
or ou où par parce parmi pas pendant peu peut plus plusieurs pour pourquoi puis quand que quel quelle quelles quels
qui quoi sa sans se selon sera ses si son sont sous sur tandis tant tel telle tels ton tous tout toute toutes toujours
trois trop très un une vers voici voir vos votre vous été était étaient être an ans année
"""
_RUSSIAN = """
без более больше будет будут бы был была были было быть вам вас ведь весь вместе во вот впрочем все всего всегда всем
всех всю вся вчера вы где год года году два для до другие другой его ее ей если есть еще же за здесь из или им иметь
их как какая какой когда который которая которое которые которых которой которым котором кто куда ли лишь между меня
мне много может можно мой мы на над нам нами нас не него нее ней некоторые нет ни них но ну об один одна одной однако
она они оно от очень перед по под после потом потому почти при про просто раз с сам свой свое своего своей своих себе
себя сегодня сейчас со сообщил сообщила сообщили среди так также такая такие такой там твой те тем теперь тех то тогда
того тоже той только том тот три ту ты уже хотя чего чей чем через что чтобы чуть эта эти этих это этого этой этом
этот эту является лет день дня дней время часов часа
"""
#: every one of them
STOP_WORDS = frozenset(fold(_ENGLISH + _FRENCH + _RUSSIAN).text.split())
