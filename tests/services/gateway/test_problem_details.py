"""Problem details: each code has one HTTP status, and figures are named as JSON names are."""

import pytest

from contracts.vocabulary import RejectionCode
from services.gateway.api.problems import STATUS_OF_CODE, camel, details, status_of
from services.gateway.texts.problems import PROBLEMS


def test_every_code_with_a_text_has_a_status_and_no_other_code_has_one() -> None:
    assert set(STATUS_OF_CODE) == set(PROBLEMS)


def test_an_unknown_code_is_a_fault_on_our_side() -> None:
    assert status_of("no_such_code") == 500
    assert details("no_such_code")["code"] == RejectionCode.INTERNAL_ERROR


@pytest.mark.parametrize(
    ("name", "in_json"),
    [("active", "active"), ("decline_code", "declineCode"), ("other_seat_type", "otherSeatType")],
)
def test_a_figure_is_named_as_json_names_are(name: str, in_json: str) -> None:
    assert camel(name) == in_json
