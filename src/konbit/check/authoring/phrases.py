"""The words that a first draft needs, in every language Konbit ships."""

from collections.abc import Mapping
from typing import Final

PHRASES: Final[Mapping[str, Mapping[str, str]]] = {
    "country": {
        "en": "Country",
        "fr": "Pays",
        "ht": "Peyi",
        "es": "País",
        "fil": "Bansa",
    },
    "hazard": {
        "en": "Hazard",
        "fr": "Aléa",
        "ht": "Danje",
        "es": "Amenaza",
        "fil": "Panganib",
    },
    "areas": {
        "en": "Affected areas",
        "fr": "Zones touchées",
        "ht": "Zòn ki afekte yo",
        "es": "Zonas afectadas",
        "fil": "Mga apektadong lugar",
    },
    "level": {
        "en": "Proposed level",
        "fr": "Niveau proposé",
        "ht": "Nivo yo pwopoze a",
        "es": "Nivel propuesto",
        "fil": "Iminumungkahing antas",
    },
    "call_down": {
        "en": "Call down leads and focal points",
        "fr": "Appeler les responsables et les points focaux",
        "ht": "Rele responsab yo ak pwen fokal yo",
        "es": "Llamar a los responsables y puntos focales",
        "fil": "Tawagan ang mga namumuno at tagapag-ugnay",
    },
    "score": {
        "en": "Score the drill",
        "fr": "Noter l'exercice",
        "ht": "Bay egzèsis la nòt",
        "es": "Calificar el simulacro",
        "fil": "Bigyan ng marka ang pagsasanay",
    },
    "thanks": {
        "en": "Thank everyone",
        "fr": "Remercier tout le monde",
        "ht": "Remèsye tout moun",
        "es": "Agradecer a todos",
        "fil": "Pasalamatan ang lahat",
    },
    "observe": {
        "en": "Ask what is needed",
        "fr": "Demander ce qu'il faut",
        "ht": "Mande sa ki nesesè",
        "es": "Preguntar qué se necesita",
        "fil": "Itanong kung ano ang kailangan",
    },
    "note": {
        "en": "Needs note",
        "fr": "Note sur les besoins",
        "ht": "Nòt sou bezwen yo",
        "es": "Nota sobre las necesidades",
        "fil": "Tala ng mga pangangailangan",
    },
    "decide": {
        "en": "Decide the level",
        "fr": "Décider du niveau",
        "ht": "Deside nivo a",
        "es": "Decidir el nivel",
        "fil": "Pagpasyahan ang antas",
    },
}
"""By what they are for, then by language."""
