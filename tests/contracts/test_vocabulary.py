"""The vocabulary that all services share."""

import pytest

from contracts.message import Seats, message_class
from contracts.seats import SetAutoAdd
from contracts.topics import TOPICS
from contracts.vocabulary import Quantities, SeatShortage, SeatType, StripeFault, blocked_detail, domain_of, mailbox_of


@pytest.mark.parametrize(
    "spelling",
    ["nora@lakeside.example", "nora+phone@lakeside.example", "nora+a+b@lakeside.example", "nora+@lakeside.example"],
)
def test_a_plus_tag_makes_no_other_mailbox(spelling: str) -> None:
    assert mailbox_of(spelling) == "nora@lakeside.example"


def test_a_plus_sign_with_nothing_in_front_is_no_tag() -> None:
    assert mailbox_of("+nora@lakeside.example") == "+nora@lakeside.example"


def test_a_dot_or_another_domain_makes_another_mailbox() -> None:
    assert mailbox_of("no.ra@lakeside.example") == "no.ra@lakeside.example"
    assert mailbox_of("nora@mail.lakeside.example") == "nora@mail.lakeside.example"


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("nora@lakeside.example", "lakeside.example"),
        ("nora@mail.lakeside.example", "mail.lakeside.example"),
    ],
)
def test_a_subdomain_is_another_domain(address: str, domain: str) -> None:
    assert domain_of(address) == domain


def test_quantities_count_each_seat_type_by_itself() -> None:
    seats = Quantities(base=2, voice=1).plus(SeatType.VOICE).plus(SeatType.BASE, -1)
    assert (seats.of(SeatType.BASE), seats.of(SeatType.VOICE)) == (1, 2)
    assert list(seats) == [(SeatType.BASE, 1), (SeatType.VOICE, 2)]
    assert Seats.of(seats).quantities() == seats


def test_people_read_a_seat_type_as_a_word() -> None:
    assert [seat_type.label for seat_type in SeatType] == ["Base", "Voice"]


def test_an_unregistered_type_has_no_model() -> None:
    assert message_class("seats.set_auto_add.v1") is SetAutoAdd
    assert message_class("seats.set_auto_add.v9") is None


def test_every_service_has_commands_and_events_and_only_seats_and_billing_reply() -> None:
    assert {topic.name for topic in TOPICS} == {
        *(f"{service}.commands" for service in ("members", "seats", "billing", "notifier", "gateway")),
        *(f"{service}.events" for service in ("members", "seats", "billing", "notifier", "gateway")),
        "seats.replies",
        "billing.replies",
        "stripe.events",
        "headcount.resends",
    }


def test_a_stored_detail_of_a_block_is_read_as_what_it_was() -> None:
    for detail in (*SeatShortage, *StripeFault):
        assert blocked_detail(detail.value) is detail
    assert blocked_detail(None) is None
