"""An admin picks new seat counts."""

from dataclasses import replace
from uuid import UUID

import pytest

from contracts import billing_rejections, seat_rejections
from contracts.payment_vocabulary import Debt
from contracts.vocabulary import FrozenReason, Quantities, RejectionCode, SeatType, member
from services.seats.domain.adjust_seats import Reject, Start, adjust_seats
from services.seats.domain.ledger import Account, AdjustRequest, Ledger, Purchase

OPERATION = UUID(int=9)
REQUEST = AdjustRequest(UUID(int=5), member(UUID(int=6)))
AGENCY = Ledger(
    account=Account.OPEN, purchased=Quantities(2, 5), active=Quantities(2, 4), last_position=7, baa_signed=True
)


def asked_for(base: int, voice: int, ledger: Ledger = AGENCY) -> Start | Reject:
    return adjust_seats(ledger, Quantities(base, voice), OPERATION, REQUEST)


def test_any_mix_of_adds_and_removals_is_one_change_in_absolute_figures() -> None:
    change = Purchase(OPERATION, Quantities(2, 5), Quantities(4, 4), last=7, request=REQUEST)
    assert asked_for(4, 4) == Start(replace(AGENCY, purchase=change), change)


def test_removed_seats_are_held_back_at_once_and_added_seats_count_once_they_are_paid() -> None:
    outcome = asked_for(4, 4)
    assert isinstance(outcome, Start)
    assert (AGENCY.room(SeatType.VOICE), outcome.ledger.room(SeatType.VOICE)) == (1, 0)
    assert (AGENCY.room(SeatType.BASE), outcome.ledger.room(SeatType.BASE)) == (0, 0)


def test_you_cannot_reduce_below_the_active_members_of_a_seat_type() -> None:
    five = replace(AGENCY, active=Quantities(2, 5))
    assert asked_for(2, 4, five) == Reject(
        seat_rejections.BelowActive(seat_type=SeatType.VOICE, purchased=5, active=5, requested=4)
    )
    assert isinstance(asked_for(2, 4), Start), "down to the Active count is no problem"


def test_converting_a_full_type_names_the_steps_in_the_order_that_works() -> None:
    assert asked_for(0, 6) == Reject(
        seat_rejections.BelowActive(
            seat_type=SeatType.BASE, purchased=2, active=2, requested=0, add_seat_type=SeatType.VOICE, add=1, switch=2
        )
    )


def test_no_order_of_steps_works_if_the_growing_type_has_no_room_for_the_members_to_switch() -> None:
    full = replace(AGENCY, active=Quantities(2, 5))
    refused = asked_for(0, 6, full)
    assert isinstance(refused, Reject)
    assert isinstance(refused.rejection, seat_rejections.BelowActive)
    assert refused.rejection.add is None


def test_below_the_active_of_both_types_names_both() -> None:
    refused = asked_for(1, 3)
    assert isinstance(refused, Reject)
    assert refused.rejection.as_json() == {
        "seat_type": "base",
        "purchased": 2,
        "active": 2,
        "requested": 1,
        "other_seat_type": "voice",
        "other_purchased": 5,
        "other_active": 4,
        "other_requested": 3,
    }


def test_seats_lowered_at_stripe_may_be_raised_step_by_step_and_not_lowered_further() -> None:
    lowered = replace(AGENCY, purchased=Quantities(2, 2))
    assert isinstance(asked_for(2, 3, lowered), Start)
    assert isinstance(asked_for(3, 2, lowered), Start), "the other type may be changed meanwhile"
    refused = asked_for(2, 1, lowered)
    assert isinstance(refused, Reject)
    assert refused.rejection.code is RejectionCode.BELOW_ACTIVE


CHANGING = replace(AGENCY, purchase=Purchase(UUID(int=8), Quantities(2, 5), Quantities(3, 5), last=7))


@pytest.mark.parametrize(
    ("ledger", "code"),
    [
        (replace(AGENCY, baa_signed=False), RejectionCode.BAA_UNSIGNED),
        (replace(AGENCY, account=Account.AWAITED), RejectionCode.BILLING_UNAVAILABLE),
        (CHANGING, RejectionCode.PURCHASE_UNDER_WAY),
        (replace(AGENCY, purchased=Quantities(4, 4)), RejectionCode.NOTHING_TO_CHANGE),
    ],
)
def test_there_is_no_change_without_baa_or_account_beside_another_one_or_to_the_same_counts(
    ledger: Ledger, code: RejectionCode
) -> None:
    outcome = asked_for(4, 4, ledger)
    assert isinstance(outcome, Reject)
    assert (outcome.rejection.code, outcome.rejection.as_json()) == (code, {})


def test_a_subscription_that_is_gone_cannot_be_changed_and_the_rejection_names_the_reason() -> None:
    gone = replace(AGENCY, gone=FrozenReason.SUBSCRIPTION_CANCELED)
    assert asked_for(4, 4, gone) == Reject(billing_rejections.BillingUnavailable(FrozenReason.SUBSCRIPTION_CANCELED))


def refused_figures(base: int, voice: int, ledger: Ledger) -> dict[str, int | str | None]:
    outcome = asked_for(base, voice, ledger)
    assert isinstance(outcome, Reject)
    assert outcome.rejection.code is RejectionCode.BELOW_ACTIVE
    return outcome.rejection.as_json()


def test_both_types_below_active_are_rejected_with_the_figures_of_each() -> None:
    ledger = replace(AGENCY, purchased=Quantities(4, 9), active=Quantities(3, 8))
    assert refused_figures(2, 7, ledger) == {
        "seat_type": "base", "purchased": 4, "active": 3, "requested": 2,
        "other_seat_type": "voice", "other_purchased": 9, "other_active": 8, "other_requested": 7,
    }  # fmt: skip


def test_converting_names_what_to_add_and_how_many_to_switch_both_ways() -> None:
    ledger = replace(AGENCY, purchased=Quantities(5, 9), active=Quantities(5, 9))
    voice = refused_figures(8, 7, ledger)
    assert (voice["seat_type"], voice["add_seat_type"], voice["add"], voice["switch"]) == ("voice", "base", 3, 2)
    base = refused_figures(4, 10, ledger)
    assert (base["seat_type"], base["add_seat_type"], base["add"], base["switch"]) == ("base", "voice", 1, 1)


def test_too_small_an_increase_or_none_is_no_conversion() -> None:
    ledger = replace(AGENCY, purchased=Quantities(5, 9), active=Quantities(5, 9))
    assert "add" not in refused_figures(6, 7, ledger)
    assert "add" not in refused_figures(5, 7, replace(ledger, active=Quantities(1, 9)))


def test_each_type_lowered_at_stripe_may_be_raised_by_less_than_is_missing() -> None:
    assert isinstance(asked_for(3, 5, replace(AGENCY, purchased=Quantities(2, 5), active=Quantities(9, 5))), Start)
    assert isinstance(asked_for(2, 4, replace(AGENCY, purchased=Quantities(2, 3), active=Quantities(2, 9))), Start)
    assert isinstance(asked_for(2, 8, replace(AGENCY, purchased=Quantities(2, 9), active=Quantities(2, 8))), Start)
    assert isinstance(asked_for(3, 9, replace(AGENCY, purchased=Quantities(4, 9), active=Quantities(4, 2))), Reject)


def test_nothing_is_changed_while_an_invoice_is_owed_and_the_rejection_says_what_is() -> None:
    owing = replace(AGENCY, owed=Debt(2, 12297, "usd", "expired_card"))
    owed = billing_rejections.PastDue("expired_card", 12297, "usd", 2)
    for counts in ((2, 4), (3, 5), (3, 4)):
        assert asked_for(*counts, owing) == Reject(owed)
    assert owed.as_json() == {"decline_code": "expired_card", "amount": 12297, "currency": "usd", "invoices": 2}
