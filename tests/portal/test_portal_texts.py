"""The texts of the page and of the forms: complete in every language, and in step with the domain."""

import re
from typing import get_args

import pytest

from konbit.definition.base import LANGUAGES
from konbit.definition.content import Form
from konbit.domain import observations, offers
from konbit.portal.words import best_language, local_moment, table, utc_moment
from tests.portal.sample import UNTIL, addressee, bundle, codelists, site

FORMS = sorted(name for name in bundle().forms if name != "refusing")


def texts_of(form: Form) -> list[dict[str, str]]:
    """Every text of a form."""
    found = [form.title, form.submit, form.decline]
    for field in form.fields:
        found += [field.label, field.help, field.unit, *(choice.label for choice in field.of)]
    return [text for text in found if text is not None]


@pytest.mark.parametrize("key", sorted(table()))
def test_every_word_of_the_page_exists_in_every_language(key: str) -> None:
    texts = table()[key]
    assert list(texts) == list(LANGUAGES)
    assert all(isinstance(text, str) and text.strip() for text in texts.values())
    assert len({frozenset(re.findall(r"\{(\w+)\}", text)) for text in texts.values()}) == 1


def test_months_are_twelve() -> None:
    assert all(len(names.split()) == 12 for names in table()["months"].values())


def test_no_text_negates_the_exercise() -> None:
    words = ("exercise", "exercice", "egzèsis", "simulacro", "pagsasanay")
    for texts in table().values():
        for text in texts.values():
            if any(word in text.lower() for word in words):
                assert not re.search(r"\b(not|pas|pa|no|hindi)\b", text.lower())


@pytest.mark.parametrize("name", FORMS)
def test_form_is_complete_in_every_language(name: str) -> None:
    form = bundle().forms[name]
    assert form.submit is not None
    assert form.decline is not None
    assert all(set(text) == set(LANGUAGES) and all(text.values()) for text in texts_of(form))


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_form_can_be_shown_in_every_language(name: str, language: str) -> None:
    page = site(addressee(form=name, languages=[language])).open()
    submit = bundle().forms[name].submit
    assert submit is not None
    assert submit[language].replace("'", "&#39;") in page


@pytest.mark.parametrize("name", FORMS)
def test_fields_do_not_take_names_that_the_engine_uses(name: str) -> None:
    reserved = {"asked", "answered", "declined", "silent", "covered", "uncovered", "outcome"}
    assert not reserved & {field.name for field in bundle().forms[name].fields}


@pytest.mark.parametrize(
    ("form", "field", "values"),
    [
        ("observation", "basis", get_args(observations.Basis)),
        ("observation", "urgency", get_args(observations.Urgency)),
        ("offer", "kind", get_args(offers.Kind)),
        ("offer", "permit", get_args(offers.Clearance)),
        ("offer", "licence", get_args(offers.Clearance)),
        ("cluster_input", "confidence", get_args(observations.Confidence)),
    ],
)
def test_choices_are_those_of_the_domain(form: str, field: str, values: tuple[str, ...]) -> None:
    found = bundle().forms[form].field(field)
    assert found is not None
    assert {choice.value for choice in found.of} == set(values)


def test_who_may_see_an_observation_is_a_sensitivity() -> None:
    found = bundle().forms["observation"].field("sensitivity")
    assert found is not None
    assert {choice.value for choice in found.of} <= set(get_args(observations.Sensitivity))


def test_items_offered_are_those_that_needs_are_counted_in() -> None:
    found = bundle().forms["offer"].field("item")
    assert found is not None
    items = {choice.value for choice in found.of}
    assert items - {"other", "money"} == {item.code for item in codelists().require("relief_items").items}


def test_countries_offered_are_those_in_use() -> None:
    found = bundle().forms["offer"].field("place")
    assert found is not None
    assert {choice.value for choice in found.of} == {
        item.code for item in codelists().require("countries").items
    }


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "14 August 2021, 14:00 (Port-au-Prince time)"),
        ("fr", "14 août 2021, 14:00 (heure de Port-au-Prince)"),
        ("ht", "14 out 2021, 14:00 (lè Port-au-Prince)"),
        ("es", "14 de agosto de 2021, 14:00 (hora de Port-au-Prince)"),
        ("fil", "Agosto 14, 2021, 14:00 (oras sa Port-au-Prince)"),
    ],
)
def test_moment_is_written_as_the_language_does(language: str, expected: str) -> None:
    assert local_moment(UNTIL, "America/Port-au-Prince", language) == expected
    assert utc_moment(UNTIL, language).endswith("18:00 UTC")


def test_language_of_a_region_is_served_by_its_language() -> None:
    assert best_language(["pt-BR", "fr-HT", "en"], LANGUAGES) == "fr"
    assert best_language([], LANGUAGES) == "en"
