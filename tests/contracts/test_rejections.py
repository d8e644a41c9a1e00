"""Rejections: one type for each code, readable from what older and newer releases publish."""

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from contracts import billing_rejections, member_rejections, request_rejections, seat_rejections
from contracts.billing import QuantitiesRejected
from contracts.members import MembersCommandRejected
from contracts.message import Owed, read_rejection
from contracts.payment_vocabulary import Debt
from contracts.rejection_base import FIGURES_MAX
from contracts.rejections import REJECTIONS, Unlisted, decline_code_of, fault_of, of_code
from contracts.vocabulary import MemberStatus, RejectionCode, SeatType, StripeFault
from tests.contracts.golden import FOLDER

GOLDEN: dict[str, dict[str, Any]] = json.loads((FOLDER / "rejections.json").read_text())
FULL = seat_rejections.NoSeatAvailable(SeatType.VOICE, purchased=5, active=4, waiting=1)
every_code = pytest.mark.parametrize("code", list(RejectionCode))


def rejected(code: str, figures: object = None) -> str:
    """The JSON of a rejected command, as another release publishes it."""
    data = {"command_id": "0" * 36, "command_type": "members.invite.v1", "code": code}
    return json.dumps(data if figures is None else {**data, "figures": figures})


def test_every_code_has_one_type_and_one_golden_example() -> None:
    assert set(REJECTIONS) == set(RejectionCode) == set(GOLDEN)


@every_code
def test_the_figures_of_a_code_are_read_and_written_as_the_golden_example_shows_them(code: RejectionCode) -> None:
    figures = GOLDEN[code]["data"]
    event = MembersCommandRejected.model_validate_json(rejected(code, figures))
    assert type(event.figures) is REJECTIONS[code]
    assert json.loads(event.model_dump_json())["figures"] == figures
    assert event.rejection is event.figures


@every_code
def test_a_golden_example_shows_every_figure_and_which_of_them_a_sender_may_leave_out(code: RejectionCode) -> None:
    figures = dataclasses.fields(REJECTIONS[code])
    required = {figure.name for figure in figures if figure.default is dataclasses.MISSING}
    assert GOLDEN[code]["data"].keys() == {figure.name for figure in figures}
    assert GOLDEN[code]["least"].keys() == required
    read_rejection(code, GOLDEN[code]["least"])


@every_code
def test_an_older_reader_ignores_a_figure_that_was_added_later(code: RejectionCode) -> None:
    figures = GOLDEN[code]["data"]
    assert read_rejection(code, {**figures, "added_later": {"deep": [1]}}) == read_rejection(code, figures)


def test_a_code_of_a_newer_release_is_read_with_its_figures_and_counts_as_a_fault_of_ours() -> None:
    event = MembersCommandRejected.model_validate_json(rejected("seat_on_fire", {"seat_type": "voice", "flames": 3}))
    assert event.figures == Unlisted("seat_on_fire", {"seat_type": "voice", "flames": 3})
    assert event.figures.as_json() == {"seat_type": "voice", "flames": 3}
    assert event.rejection == request_rejections.InternalError()
    assert MembersCommandRejected.model_validate_json(event.model_dump_json()) == event


def test_a_code_without_figures_needs_none_on_the_bus() -> None:
    assert MembersCommandRejected.model_validate_json(rejected("last_admin")).rejection == member_rejections.LastAdmin()


@pytest.mark.parametrize(
    ("code", "figures"),
    [("below_active", None), ("no_seat_available", {"seat_type": "voice"}), ("seat_on_fire", {"flames": [3]})],
)
def test_figures_that_do_not_fit_their_code_make_the_message_unreadable(code: str, figures: object) -> None:
    with pytest.raises(ValidationError):
        MembersCommandRejected.model_validate_json(rejected(code, figures))


def test_a_message_cannot_be_made_with_the_figures_of_another_code() -> None:
    with pytest.raises(ValidationError):
        QuantitiesRejected(operation_id=UUID(int=1), code=RejectionCode.STALE, figures=FULL)


def test_a_figure_that_is_none_is_left_out_and_the_others_are_json_values() -> None:
    assert FULL.as_json() == {"seat_type": "voice", "purchased": 5, "active": 4, "waiting": 1}
    assert member_rejections.AlreadyMember(MemberStatus.ACTIVE, UUID(int=7)).as_json() == {
        "status": "active",
        "member_id": str(UUID(int=7)),
    }
    at = datetime(2026, 11, 3, 8, tzinfo=UTC)
    assert billing_rejections.InvoiceLimit(at).as_json() == {"available_at": "2026-11-03T08:00:00+00:00"}


def test_only_the_codes_about_the_card_keep_a_decline_code() -> None:
    card = {RejectionCode.PAYMENT_DECLINED, RejectionCode.PAYMENT_ACTION_REQUIRED, RejectionCode.PAST_DUE}
    for code in card:
        assert decline_code_of(of_code(code, "expired_card")) == "expired_card"
    assert of_code(RejectionCode.QUOTE_STALE, "expired_card") == billing_rejections.QuoteStale()
    assert decline_code_of(billing_rejections.QuoteStale()) is None


def test_only_billings_refusal_names_stripes_fault() -> None:
    assert fault_of(billing_rejections.BillingUnavailable(fault=StripeFault.SCHEDULE)) is StripeFault.SCHEDULE
    assert fault_of(billing_rejections.PaymentDeclined(None)) is None


def test_a_rejection_whose_figures_are_required_is_not_made_from_its_code_alone() -> None:
    with pytest.raises(TypeError):
        of_code(RejectionCode.BELOW_ACTIVE)


def test_a_debt_is_published_and_rejected_with_the_same_figures() -> None:
    debt = Debt(2, 12297, "usd", "expired_card")
    assert Owed.of(debt).debt() == debt
    assert billing_rejections.PastDue.of(debt) == billing_rejections.PastDue("expired_card", 12297, "usd", 2)
    assert billing_rejections.PastDue.of(None) == billing_rejections.PastDue()


def test_figures_beyond_their_bounds_are_no_rejection() -> None:
    read_rejection("invalid_request", {"field": "x" * (FIGURES_MAX - 10)})
    with pytest.raises(ValueError, match="figures"):
        read_rejection("invalid_request", {"field": "x" * FIGURES_MAX})
    with pytest.raises(ValueError, match="figures"):
        read_rejection("a_newer_code", {f"figure {number}": number for number in range(1000)})
