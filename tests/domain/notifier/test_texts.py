"""The phrases that several mails share."""

import pytest

from contracts.decline_reasons import NO_REASON, plain_decline_reason
from contracts.vocabulary import BlockedDetail, BlockedReason, Quantities, SeatShortage, SeatType, StripeFault
from contracts.wording import no_seat, stripe_fault
from services.notifier.texts.blocked_reasons import all_need_the_card, plain_blocked_reason
from services.notifier.texts.seats import seats_added, seats_counted


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (Quantities(1, 1), Quantities(1, 2), "1 Voice seat"),
        (Quantities(1, 1), Quantities(3, 1), "2 Base seats"),
        (Quantities(1, 1), Quantities(2, 4), "1 Base seat and 3 Voice seats"),
    ],
)
def test_the_seats_that_a_purchase_added_are_named_by_type(before: Quantities, after: Quantities, words: str) -> None:
    assert seats_added(before, after) == words


def test_seats_are_counted_by_type_and_none_are_just_seats() -> None:
    assert seats_counted(Quantities(1, 0)) == "1 Base seat"
    assert seats_counted(Quantities(2, 1)) == "2 Base seats and 1 Voice seat"
    assert seats_counted(Quantities()) == "seats"


@pytest.mark.parametrize("code", ["lost_card", "stolen_card", "fraudulent", "pickup_card", "new_in_2031", None])
def test_a_decline_code_that_stripe_wants_secret_reads_like_a_decline_without_a_reason(code: str | None) -> None:
    assert plain_decline_reason(code) == NO_REASON


def test_a_decline_code_is_explained_in_plain_words() -> None:
    assert plain_decline_reason("insufficient_funds") == "There is not enough money or credit left on the card."
    assert plain_decline_reason("expired_card") == "The card has expired."


def test_every_blocked_reason_has_words_that_an_admin_can_act_on() -> None:
    assert {reason: plain_blocked_reason(reason, SeatType.VOICE) for reason in BlockedReason} == {
        BlockedReason.NO_SEAT_AVAILABLE: "no free Voice seat",
        BlockedReason.PAYMENT_DECLINED: "Auto-Add is paused: the card was declined",
        BlockedReason.PAYMENT_ACTION_REQUIRED: "Auto-Add is paused: the bank wants the payment confirmed",
        BlockedReason.PAST_DUE: "Auto-Add is paused: an invoice is unpaid",
        BlockedReason.BILLING_UNAVAILABLE: "Stripe did not complete the purchase within 24 hours",
        BlockedReason.SEATS_REDUCED_ELSEWHERE: "Voice seats were lowered at Stripe, below those in use",
        BlockedReason.AUTO_ADD_LIMIT: "no free Voice seat, and Auto-Add is at its limit",
        BlockedReason.AWAITING_APPROVAL: "awaits your approval: you approve each Voice seat",
        BlockedReason.REQUEST_DECLINED: "the request was declined",
    }


@pytest.mark.parametrize("detail", [*StripeFault, *SeatShortage])
def test_every_detail_of_a_block_has_words_of_its_own(detail: BlockedDetail) -> None:
    if isinstance(detail, StripeFault):
        words = plain_blocked_reason(BlockedReason.BILLING_UNAVAILABLE, SeatType.VOICE, detail)
        assert words == stripe_fault(detail)
    else:
        words = plain_blocked_reason(BlockedReason.SEATS_REDUCED_ELSEWHERE, SeatType.VOICE, detail)
        assert words == no_seat(detail, SeatType.VOICE)


def test_a_mail_leads_to_the_card_only_when_a_working_card_helps_every_blocked_clinician() -> None:
    card = [BlockedReason.PAYMENT_DECLINED, BlockedReason.PAYMENT_ACTION_REQUIRED, BlockedReason.PAST_DUE]
    assert all_need_the_card(card)
    assert not all_need_the_card([*card, BlockedReason.NO_SEAT_AVAILABLE])
