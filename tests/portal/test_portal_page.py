"""What the page of a request shows, and that showing it changes nothing."""

import pytest

from konbit.definition.base import LANGUAGES
from konbit.portal.ports import Given
from tests.portal.sample import NOW, ROW, addressee, site


def test_page_says_who_asks_what_and_until_when_in_both_times() -> None:
    page = site().open()
    assert "HDERU asks you" in page
    assert "Activated: Earthquake, Haiti. Can you act?" in page
    assert "the unit is activated for South, Grande&#39;Anse." in page
    assert "14 August 2021, 14:00 (New York time)" in page
    assert "14 August 2021, 18:00 UTC" in page
    assert "Health lead of the Boston chapter (Cluster lead, Health)" in page
    assert "Activate the response unit" in page


def test_links_and_lines_without_a_value_are_left_out_of_the_question() -> None:
    page = site().open()
    assert "whether you can act." in page
    assert "{link}" not in page
    assert "Ref:" not in page


def test_a_value_that_the_run_lacks_leaves_a_gap_and_not_an_error() -> None:
    assert "Activated: Earthquake, …. Can you act?" in site(addressee(values={"hazard": "EQ"})).open()


def test_braces_in_a_value_stay_braces() -> None:
    page = site(addressee(name="{link} {country}")).open()
    assert "{link} {country}, the unit is activated" in page


def test_text_from_people_is_escaped() -> None:
    page = site(addressee(name="<script>alert(1)</script>")).open()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_drill_is_marked_at_both_ends_in_every_language(language: str) -> None:
    page = site(addressee(languages=[language])).open()
    body = page.partition("<body>")[2]
    first, last = body.find("EXERCISE EXERCISE EXERCISE"), body.rfind("EXERCISE EXERCISE EXERCISE")
    assert 0 < first < body.find("<main>")
    assert last > body.find("</main>")
    assert "[EXERCISE]" in page.partition("<title>")[2].partition("</title>")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_actual_page_says_so_and_bears_no_mark_of_a_drill(language: str) -> None:
    at = site(addressee(mode="actual", languages=[language]))
    page = at.open(at.token("actual"))
    assert "EXERCISE" not in page
    assert page.count('class="real"') == 2
    assert "[ACTUAL]" in page


@pytest.mark.parametrize(
    ("languages", "expected"),
    [(["fr"], "fr"), (["fr-CA", "en"], "fr"), (["so", "ht"], "ht"), (["so"], "en"), ([], "en")],
)
def test_page_is_in_the_first_language_of_the_person_that_there_is(
    languages: list[str], expected: str
) -> None:
    assert f'<html lang="{expected}"' in site(addressee(languages=languages)).open()


def test_language_switch_offers_every_language_of_the_question_and_switches() -> None:
    at = site()
    page = at.open()
    assert all(f'href="?lang={language}"' in page for language in ("fr", "ht", "es", "fil"))
    french = at.open(query="?lang=fr")
    assert '<html lang="fr"' in french
    assert "Dans les 2 heures" in french


def test_unknown_language_in_the_link_is_ignored() -> None:
    assert '<html lang="en"' in site().open(query="?lang=%3Cxx%3E")


def test_form_asks_for_the_offered_outcomes_in_words() -> None:
    page = site(addressee(form="decision", options=["full", "monitor"], languages=["fr"])).open()
    assert "Activation complète" in page
    assert "Surveiller seulement" in page
    assert "Activation partielle" not in page


def test_outcome_without_words_is_made_readable() -> None:
    assert "Call again later" in site(addressee(form=None, options=["call_again_later", "done"])).open()


def test_single_outcome_is_the_button_and_not_a_question() -> None:
    page = site(addressee(form=None, options=["done"])).open()
    assert 'value="accept" lang="en">Done</button>' in page
    assert "f_answer" not in page


def test_places_are_those_of_the_areas_of_the_run_under_their_department() -> None:
    page = site(addressee(form="observation", values={"country": "HTI", "areas": ["HT07"]})).open()
    assert '<optgroup label="South">' in page
    assert 'value="HT0711"' in page
    assert 'value="HT08"' not in page
    assert "PH01" not in page


def test_places_of_the_country_where_the_run_names_no_area() -> None:
    page = site(addressee(form="observation", values={"country": "PHL"})).open()
    assert 'value="PH08"' in page
    assert 'value="HT07"' not in page


def test_cluster_asked_about_is_chosen_already() -> None:
    page = site(addressee(form="observation", values={"country": "HTI", "cluster": "WSH"})).open()
    assert '<option value="WSH" selected>' in page


def test_former_answer_is_shown_and_stands_in_the_form() -> None:
    given = Given(verdict="accept", data={"available_within": "6h", "note": "by phone"}, at=NOW)
    page = site(addressee(given=given)).open()
    assert "You answered on 14 August 2021, 12:00 (New York time)." in page
    assert "You may change it" in page
    assert 'value="6h" checked' in page
    assert 'value="by phone"' in page
    assert "Thank you" not in page


def test_thanks_are_said_only_where_there_is_an_answer() -> None:
    assert "Thank you" not in site().open(query="?done=1")


def test_form_for_many_records_starts_empty_again() -> None:
    given = Given(verdict="accept", data={"what": "no water", "cluster": "WSH"}, at=NOW)
    page = site(addressee(form="observation", given=given)).open()
    assert "You can send another one below." in page
    assert "no water</textarea>" not in page


def test_closed_request_says_that_an_answer_will_be_late() -> None:
    page = site(addressee(state="closed")).open()
    assert "marked as late" in page
    assert 'value="accept"' in page


def test_ended_run_says_so_and_has_no_form() -> None:
    page = site(addressee(state="ended", languages=["fr"])).open()
    assert "Cette activité est terminée." in page
    assert "<form" not in page


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_opening_a_link_changes_nothing(method: str) -> None:
    at = site()
    before = at.desk.rows[ROW]
    for _ in range(3):
        assert at.browser.request(method, f"/a/{at.token()}?done=1").status_code in (200, 204)
    assert at.desk.replies == []
    assert at.desk.rows[ROW] == before


def test_unknown_time_zone_falls_back_to_utc() -> None:
    assert "14 August 2021, 18:00 UTC" in site(addressee(zone="Mars/Olympus")).open()


def test_page_without_deadline_says_so() -> None:
    assert "No deadline" in site(addressee(closes_at=None)).open()


@pytest.mark.parametrize("form", ["availability", "observation", "offer", "cluster_input"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_weighs_less_than_thirty_kilobytes(form: str, language: str) -> None:
    at = site(addressee(form=form, languages=[language], values={"country": "HTI"}))
    assert len(at.open().encode()) < 30_000


def test_enter_in_a_text_field_presses_the_real_button() -> None:
    """The first button of a form is the one that the Enter key presses: the decoy is in a form of its own."""
    form = site().open().split("<form")[2]
    assert form.index('value="accept"') < form.index('value="decline"') < form.index('value="wrong_person"')
    assert 'name="spare"' not in form
