"""The fixed words of the situation report in English, French and Haitian Creole."""

_LANGUAGES = ("en", "fr", "ht")

_TEXTS: dict[str, tuple[str, str, str]] = {
    "exercise": (
        "EXERCISE. This report is part of a drill. Nothing in it has happened.",
        "EXERCISE / EXERCICE. Ce rapport fait partie d'un exercice. Rien de ceci n'a eu lieu.",
        "EXERCISE / EGZÈSIS. Rapò sa a se pou yon egzèsis. Anyen ladan l pa rive tout bon.",
    ),
    "colon": (": ", " : ", ": "),
    "title": (
        "Situation Report No. {number}",
        "Rapport de situation n° {number}",
        "Rapò sitiyasyon nimewo {number}",
    ),
    "as_of": ("As of", "Situation au", "Sitiyasyon nan dat"),
    "period": ("Period covered", "Période couverte", "Peryòd rapò a kouvri"),
    "next_issue": ("Next issue", "Prochain rapport", "Pwochen rapò"),
    "last_issue": ("This is the last issue", "Ceci est le dernier rapport", "Sa a se dènye rapò a"),
    "producer": ("Produced by", "Produit par", "Kiyès ki fè l"),
    "highlights": ("Highlights", "Points saillants", "Pwen enpòtan"),
    "key_figures": ("Key figures", "Chiffres clés", "Chif kle"),
    "affected": ("People affected", "Personnes touchées", "Moun ki afekte"),
    "in_need": ("People in need", "Personnes dans le besoin", "Moun ki nan bezwen"),
    "targeted": ("People targeted", "Personnes ciblées", "Moun yo vize"),
    "reached": ("People reached", "Personnes atteintes", "Moun yo jwenn"),
    "overview": ("Situation overview", "Aperçu de la situation", "Apèsi sou sitiyasyon an"),
    "response_block": ("Humanitarian response", "Réponse humanitaire", "Repons imanitè"),
    "needs": ("Needs", "Besoins", "Bezwen"),
    "response": ("Response", "Réponse", "Repons"),
    "gaps": ("Gaps & constraints", "Lacunes et contraintes", "Mank ak difikilte"),
    "asks": ("Asks", "Demandes", "Demann"),
    "confidence": ("confidence", "fiabilité", "nivo konfyans"),
    "sources": ("sources", "sources", "sous"),
    "official": ("official figure", "chiffre officiel", "chif ofisyèl"),
    "ours": ("our estimate was {ours}", "notre estimation était de {ours}", "estimasyon pa nou te {ours}"),
    "number_unknown": ("number not known", "nombre inconnu", "kantite a pa konnen"),
    "shortfall": (
        "{needed} needed, {allocated} offered, {missing} missing",
        "{needed} nécessaires, {allocated} proposés, {missing} manquants",
        "bezwen {needed}, yo ofri {allocated}, manke {missing}",
    ),
    "withheld": (
        "Rows withheld because they are sensitive: {count}",
        "Lignes retenues car sensibles : {count}",
        "Liy nou pa pibliye paske yo sansib: {count}",
    ),
    "estimate": (
        "Estimates come from people who were called or who wrote; they are not a representative survey.",
        "Les estimations viennent de personnes contactées ; ce n'est pas une enquête représentative.",
        "Estimasyon yo soti nan moun nou kontakte; se pa yon ankèt ki reprezante tout moun.",
    ),
    "coordination": ("General coordination", "Coordination générale", "Kowòdinasyon jeneral"),
    "funding": ("Funding", "Financement", "Finansman"),
    "asked": ("Asked", "Demandé", "Lajan yo mande"),
    "pledged": ("Pledged", "Promis", "Lajan yo pwomèt"),
    "received": ("Received", "Reçu", "Lajan ki resevwa"),
    "spent": ("Spent", "Dépensé", "Lajan ki depanse"),
    "contacts": ("Contacts", "Contacts", "Kontak"),
    "not_reported": ("Not reported", "Non communiqué", "Pa gen rapò"),
    "no_information": ("No information", "Pas d'information", "Pa gen enfòmasyon"),
}


def text(key: str, language: str, **values: object) -> str:
    """The words for `key` in a language, else in English, with `values` filled in."""
    column = _LANGUAGES.index(language) if language in _LANGUAGES else 0
    return _TEXTS[key][column].format(**values)


def number(value: int | None, language: str) -> str:
    """A whole number as the language groups its thousands; None is "no information", never zero."""
    if value is None:
        return text("no_information", language)
    grouped = f"{value:,}"
    return grouped.replace(",", "\u202f") if language in {"fr", "ht"} else grouped
