"""The message that asks somebody to confirm an address or their entry: it belongs to no run, and asks for nothing else."""

from collections.abc import Mapping, Sequence
from typing import Literal

from konbit.definition.base import LANGUAGES
from konbit.domain.directory import ChannelKind
from konbit.notify.message import Rendered
from konbit.notify.text import clean, one_line, segments

Asked = Literal["address", "entry"]

_SUBJECT: Mapping[Asked, Mapping[str, str]] = {
    "address": {
        "en": "Is this your address?",
        "fr": "Est-ce votre adresse ?",
        "ht": "Èske sa a se adrès ou?",
        "es": "¿Es esta su dirección?",
        "fil": "Sa iyo ba ang address na ito?",
    },
    "entry": {
        "en": "Are your details still right?",
        "fr": "Vos coordonnées sont-elles encore exactes ?",
        "ht": "Èske enfòmasyon ou yo toujou kòrèk?",
        "es": "¿Siguen siendo correctos sus datos?",
        "fil": "Tama pa ba ang iyong mga detalye?",
    },
}
_BODY: Mapping[Asked, Mapping[str, str]] = {
    "address": {
        "en": "{name}, in an emergency the coordination unit will reach you here. Please confirm that this is your address:",
        "fr": "{name}, en cas d'urgence l'unité de coordination vous joindra ici. Merci de confirmer que c'est votre adresse :",
        "ht": "{name}, si gen yon ijans se isit la inite kowòdinasyon an ap jwenn ou. Tanpri konfime sa a se adrès ou:",
        "es": "{name}, en una emergencia la unidad de coordinación le contactará aquí. Confirme que esta es su dirección:",
        "fil": "{name}, sa emerhensiya dito ka kokontakin ng yunit ng koordinasyon. Pakikumpirma na sa iyo ang address na ito:",
    },
    "entry": {
        "en": "{name}, please look whether what the coordination unit has written about you is still right:",
        "fr": "{name}, merci de vérifier si ce que l'unité de coordination a noté sur vous est encore exact :",
        "ht": "{name}, tanpri gade si sa inite kowòdinasyon an ekri sou ou toujou kòrèk:",
        "es": "{name}, compruebe si lo que la unidad de coordinación tiene anotado sobre usted sigue siendo correcto:",
        "fil": "{name}, pakitingnan kung tama pa ang nakasulat tungkol sa iyo sa yunit ng koordinasyon:",
    },
}


def words() -> Mapping[str, Mapping[str, str]]:
    """What is asked, by key and language."""
    subjects = {f"{asked}_subject": said for asked, said in _SUBJECT.items()}
    return subjects | {f"{asked}_body": said for asked, said in _BODY.items()}


def ask(asked: Asked, name: str, link: str, languages: Sequence[str], channel: ChannelKind) -> Rendered:
    """The message in the first language it exists in, else in English; on SMS it has no subject and counts its segments.

    It has no mark of a mode: it is neither an exercise nor an event.
    """
    known = (tag for wanted in languages for tag in (wanted, wanted.partition("-")[0]) if tag in LANGUAGES)
    language = next(known, LANGUAGES[0])
    body = _BODY[asked][language].replace("{name}", one_line(clean(name)))
    text = f"{body} {link}"
    if channel == "sms":
        return Rendered("", text, language, segments(text))
    return Rendered(_SUBJECT[asked][language], text, language, 0)
