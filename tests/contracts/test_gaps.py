"""The bounds of heads and of requests for missing numbers: a message beyond one of them is no message."""

from uuid import UUID

import pytest
from pydantic import ValidationError

from contracts.gaps import MOST_HEADS, MOST_RANGES, Heads, MissingRange, ResendRequest
from contracts.vocabulary import Service

AGENCY = UUID("019a9f00-0000-7000-8000-00000000a001")
RANGE = MissingRange(agency_id=AGENCY, topic="seats.events", first=3, last=7)


def test_a_page_of_heads_names_an_agency_and_no_more_than_its_bound() -> None:
    assert Heads(sender=Service.SEATS, numbers={AGENCY: 1}).numbers == {AGENCY: 1}
    for count in (0, MOST_HEADS + 1):
        with pytest.raises(ValidationError):
            Heads(sender=Service.SEATS, numbers={UUID(int=number): 1 for number in range(count)})


def test_numbers_begin_at_one() -> None:
    with pytest.raises(ValidationError):
        Heads(sender=Service.SEATS, numbers={AGENCY: 0})
    with pytest.raises(ValidationError):
        MissingRange(agency_id=AGENCY, topic="seats.events", first=0, last=7)


def test_a_request_names_ranges_up_to_its_bound_or_none() -> None:
    assert ResendRequest(sender=Service.SEATS, ranges=(RANGE,)).ranges == (RANGE,)
    assert ResendRequest(sender=Service.SEATS).ranges == ()
    with pytest.raises(ValidationError):
        ResendRequest(sender=Service.SEATS, ranges=(RANGE,) * (MOST_RANGES + 1))
