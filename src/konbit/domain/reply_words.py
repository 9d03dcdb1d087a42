"""The words that people and machines write back, folded as `konbit.domain.replies.fold` does: lower case, no accents.

Written by us for English, French, Haitian Creole, Spanish and Filipino; they need the eye of a native speaker. Only whole
messages are compared, so that a sentence which happens to hold one of these words says nothing.
"""

from collections.abc import Mapping
from typing import Literal

Meaning = Literal["accept", "decline", "call", "wrong_person"]

OPT_OUT = frozenset(
    {
        # Twilio's default keywords, and what carriers add to them.
        *(
            "stop",
            "stopall",
            "stop all",
            "unsubscribe",
            "cancel",
            "end",
            "quit",
            "revoke",
            "optout",
            "opt out",
        ),
        *("arret", "arreter", "desabonner", "desabonnement"),
        *("rete", "kanpe", "dezabone"),
        *("alto", "parar", "baja", "darse de baja", "cancelar"),
        *("itigil", "tigil", "hinto", "ihinto"),
    }
)
OPT_OUT_STEMS = frozenset({"stop", "unsubscribe", "arret", "arretez", "alto", "baja", "itigil"})
OPT_IN: Mapping[str, bool] = {"start": False, "unstop": False, "yes": True}
"""Word → whether people also use it to agree."""

_PHRASES: Mapping[Meaning, tuple[str, ...]] = {
    "accept": (
        *("i can", "i can act", "can act", "available", "im available"),
        *("oui", "je peux", "je peux agir", "je peux intervenir", "disponible"),
        *("wi", "mwen ka", "mwen ka aji", "mwen kapab", "mwen disponib"),
        *("si", "puedo", "puedo actuar", "si puedo"),
        *("oo", "opo", "kaya ko", "makakakilos ako"),
    ),
    "decline": (
        *("no", "i cannot", "i cant", "cannot", "cant", "not available"),
        *("non", "je ne peux pas", "je peux pas", "pas disponible", "indisponible"),
        *("mwen pa ka", "m pa ka", "mwen pa kapab", "m pa kapab", "mwen pa disponib"),
        *("no puedo", "no disponible"),
        *("hindi", "hindi ko kaya", "hindi ako makakakilos"),
    ),
    "call": (
        *("call me", "please call", "please call me", "call"),
        *("appelez moi", "appelez", "rappelez moi"),
        *("rele m", "rele mwen"),
        *("llameme", "llamame"),
        *("tawagan mo ako", "tawagan ako"),
    ),
    "wrong_person": (
        *("wrong number", "wrong person", "not me"),
        *("mauvais numero", "mauvaise personne", "pas moi"),
        *("move nimewo", "move moun", "se pa mwen"),
        *("numero equivocado", "persona equivocada", "no soy yo"),
        *("maling numero", "maling tao", "hindi ako ito"),
    ),
}
MEANINGS: Mapping[str, Meaning] = {
    phrase: meaning for meaning, phrases in _PHRASES.items() for phrase in phrases
}
COURTESIES = (
    "please",
    "thanks",
    "thank you",
    "merci",
    "svp",
    "mesi",
    "tanpri",
    "gracias",
    "por favor",
    "salamat",
)

AUTOMATIC_SUBJECTS = (
    *("automatic reply", "auto reply", "autoreply", "out of office", "out of the office", "ooo "),
    *("reponse automatique", "absence du bureau", "repons otomatik"),
    *("respuesta automatica", "fuera de la oficina", "awtomatikong tugon"),
    *("undeliverable", "delivery status notification", "mail delivery failed", "returned mail"),
)
AUTOMATIC_PHRASES = (
    *("this is an automatic reply", "this is an automated", "auto reply", "out of office", "i am driving"),
    *("im driving with do not disturb", "reponse automatique", "respuesta automatica", "repons otomatik"),
)
