"""What becomes of an answer: stored once, as typed values, or shown again with what is wrong."""

import datetime as dt

import pytest

from tests.portal.sample import ROW, addressee, nonce_in, site

OBSERVATION = {
    "cluster": "WSH",
    "place": "HT0711",
    "what": "No safe water\r\nsince Saturday",
    "basis": "heard",
    "people": "1 500",
    "households": "",
    "urgency": "days",
    "observed_at": "2021-08-14",
    "sensitivity": "low",
}


def test_answer_is_stored_with_types_and_the_browser_sent_to_the_page_that_shows_it() -> None:
    at = site(addressee(form="observation", languages=["fr"]))
    response = at.answer(**OBSERVATION)
    assert response.status_code == 303
    assert response.headers["location"] == "?done=1&lang=fr"
    (reply,) = at.desk.replies
    assert reply.verdict == "accept"
    assert reply.channel == "link"
    assert reply.at == at.clock.at
    assert reply.data == {
        "cluster": "WSH",
        "place": "HT0711",
        "what": "No safe water\nsince Saturday",
        "basis": "heard",
        "people": 1500,
        "urgency": "days",
        "observed_at": "2021-08-14",
        "sensitivity": "low",
    }
    assert "Merci. Votre réponse est enregistrée." in at.open(query="?done=1")


def test_unknown_fields_are_ignored() -> None:
    at = site()
    at.answer(available_within="2h", verdict_="x", admin="1")
    assert at.desk.replies[0].data == {"available_within": "2h"}


def test_refusal_needs_nothing_filled_in_and_keeps_the_note() -> None:
    at = site()
    assert at.answer(verdict="decline", available_within="nonsense", note="in hospital").status_code == 303
    (reply,) = at.desk.replies
    assert (reply.verdict, reply.data) == ("decline", {"note": "in hospital"})
    assert "You declined on" in at.open()


def test_wrong_person_keeps_nothing_that_was_written() -> None:
    at = site()
    assert at.answer(verdict="wrong_person", note="who are you").status_code == 303
    (reply,) = at.desk.replies
    assert (reply.verdict, reply.data) == ("wrong_person", {})


def test_chosen_outcome_is_kept_under_the_name_that_the_engine_reads() -> None:
    at = site(addressee(form="decision", options=["full", "monitor"]))
    at.answer(answer="monitor", reason="one source only")
    assert at.desk.replies[0].data == {"answer": "monitor", "reason": "one source only"}


def test_outcome_that_was_not_offered_is_refused() -> None:
    at = site(addressee(form="decision", options=["full", "monitor"]))
    response = at.answer(answer="partial")
    assert response.status_code == 422
    assert "Choose one of the answers offered." in response.text
    assert at.desk.replies == []


def test_single_outcome_is_kept_without_being_asked() -> None:
    at = site(addressee(form="confirmation", options=["done"]))
    at.answer()
    assert at.desk.replies[0].data == {"answer": "done"}


def test_form_without_a_refusal_takes_none() -> None:
    at = site(addressee(form=None, options=["done"]))
    assert at.answer(verdict="decline").status_code == 422
    assert at.desk.replies == []


def test_errors_stand_beside_their_fields_and_what_was_written_is_kept() -> None:
    at = site(addressee(form="observation", languages=["es"]))
    response = at.answer(**{**OBSERVATION, "what": "x" * 281, "people": "many", "observed_at": "14/08/2021"})
    assert response.status_code == 422
    assert at.desk.replies == []
    page = response.text
    assert '<a href="#f_what"' in page
    assert "Como máximo 280 caracteres; hay 281." in page
    assert "Escriba un número con cifras" in page
    assert 'aria-invalid="true"' in page
    assert "x" * 281 in page
    assert 'value="many"' in page
    assert '<option value="WSH" selected>' in page
    assert "<title>Error: " in page


def test_same_page_sent_twice_is_one_answer() -> None:
    at = site()
    nonce = at.nonce()
    assert [at.answer(nonce=nonce, available_within="2h").status_code for _ in range(2)] == [303, 303]
    assert len(at.desk.replies) == 1


def test_answer_may_be_changed_while_open() -> None:
    at = site()
    at.answer(available_within="2h")
    at.answer(available_within="24h")
    assert [reply.data["available_within"] for reply in at.desk.replies] == ["2h", "24h"]
    assert "Within 24 hours</dd>" in at.open()


def test_late_answer_is_kept_and_marked() -> None:
    at = site(addressee(state="closed"))
    assert at.answer(available_within="2h").status_code == 303
    assert at.desk.replies[0].late
    assert "is marked as late" in at.open()


def test_answer_to_an_ended_run_is_kept_as_late_and_told_that_it_ended() -> None:
    """The page was open when the run ended: the answer reached us, so it is not lost."""
    at = site()
    nonce = at.nonce()
    at.desk.rows[ROW] = addressee(state="ended")
    response = at.answer(nonce=nonce, available_within="2h")
    assert response.status_code == 410
    assert "This activity has ended." in response.text
    assert "<form" not in response.text
    assert [reply.late for reply in at.desk.replies] == [True]


def test_unusable_answer_to_an_ended_run_is_told_that_it_ended() -> None:
    at = site()
    nonce = at.nonce()
    at.desk.rows[ROW] = addressee(state="ended")
    assert at.answer(nonce=nonce).status_code == 410
    assert at.desk.replies == []


def test_decoy_button_and_decoy_field_store_nothing() -> None:
    at = site()
    token = at.token()
    for trap in ({"spare": "1"}, {"verdict": "accept", "second_reference": "7"}):
        fields = {"nonce": at.nonce(token), "f_available_within": "6h", **trap}
        response = at.browser.request("POST", f"/a/{token}", fields=fields)
        assert response.status_code == 422
        assert "press the button once more" in response.text
        assert 'value="6h" checked' in response.text
    assert at.desk.replies == []


def test_answer_faster_than_a_person_stores_nothing_and_the_second_press_does() -> None:
    at = site()
    token = at.token()
    nonce = nonce_in(at.open(token))
    at.clock.advance(seconds=1.4)
    response = at.answer(token, nonce=nonce, available_within="2h")
    assert response.status_code == 422
    assert at.desk.replies == []
    at.clock.advance(seconds=10)
    assert at.answer(token, nonce=nonce_in(response.text), available_within="2h").status_code == 303


def test_minimum_may_be_lowered_for_scripted_people() -> None:
    at = site(minimum_seconds=0)
    assert at.answer(nonce=nonce_in(at.open()), available_within="2h").status_code == 303


def test_page_that_was_open_for_more_than_a_day_asks_for_another_press() -> None:
    at = site()
    nonce = nonce_in(at.open())
    at.clock.advance(hours=24, seconds=1)
    response = at.answer(nonce=nonce, available_within="2h")
    assert response.status_code == 422
    assert "open for too long" in response.text
    assert at.desk.replies == []


def test_nonce_of_another_link_is_refused() -> None:
    at = site()
    at.desk.rows[ROW + 1] = addressee()
    nonce = at.nonce(at.token(row=ROW + 1))
    assert at.answer(nonce=nonce, available_within="2h").status_code == 403
    assert at.answer(nonce="x", available_within="2h").status_code == 403
    assert at.desk.replies == []


def test_answer_without_a_button_is_asked_for_another_press() -> None:
    at = site()
    fields = {"nonce": at.nonce(), "f_available_within": "2h"}
    assert at.browser.request("POST", f"/a/{at.token()}", fields=fields).status_code == 422
    assert at.desk.replies == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 303),
        ({"sec-fetch-site": "none"}, 303),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://answers.example.org"}, 303),
        ({"origin": "https://elsewhere.example.net"}, 403),
        ({"origin": "null"}, 303),
    ],
)
def test_answer_must_come_from_our_own_page(headers: dict[str, str], status: int) -> None:
    at = site()
    fields = {"nonce": at.nonce(), "verdict": "accept", "f_available_within": "2h"}
    response = at.browser.request("POST", f"/a/{at.token()}", fields=fields, headers=headers)
    assert response.status_code == status
    assert len(at.desk.replies) == (status == 303)


def test_body_over_the_limit_is_refused() -> None:
    at = site()
    response = at.answer(nonce=at.nonce(), available_within="2h", note="x" * 65_536)
    assert response.status_code == 413
    assert at.desk.replies == []


def test_too_many_fields_are_refused() -> None:
    at = site()
    fields = {f"f_{number}": "1" for number in range(300)}
    assert at.browser.request("POST", f"/a/{at.token()}", fields=fields).status_code == 413


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
def test_only_a_form_is_an_answer(kind: str) -> None:
    at = site()
    response = at.browser.request("POST", f"/a/{at.token()}", content=b"{}", headers={"content-type": kind})
    assert response.status_code == 415
    assert at.desk.replies == []


def test_bytes_that_are_no_text_do_no_harm() -> None:
    at = site()
    body = b"nonce=" + at.nonce().encode() + b"&verdict=decline&f_note=%ff%00%c3&\xff=\xfe"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert at.browser.request("POST", f"/a/{at.token()}", content=body, headers=headers).status_code == 303
    assert "\x00" not in str(at.desk.replies[0].data)


def test_choice_that_means_no_makes_the_answer_a_refusal() -> None:
    at = site()
    at.desk.rows[ROW] = addressee(form="refusing")
    assert at.answer(can="no").status_code == 303
    assert at.desk.replies[0].verdict == "decline"


def test_time_of_the_answer_is_run_time() -> None:
    at = site()
    at.answer(available_within="2h")
    assert at.desk.replies[0].at - dt.timedelta(seconds=10) == dt.datetime(2021, 8, 14, 16, tzinfo=dt.UTC)
