"""The mails to admins, and to the operator, about money and about changes at Stripe."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from cryptography.fernet import Fernet

from chassis.sealing import Sealing
from contracts.billing import SubscriptionChanged, SubscriptionEnded
from contracts.billing_payments import PaymentFailed, Settled
from contracts.message import Invoice, Message, Seats
from contracts.seats import Frozen, Thawed
from contracts.seats_purchases import AutoAddResumed, PurchaseDeclined
from contracts.vocabulary import BillingCycle, BlockedReason, ChangedBy, FrozenReason, RejectionCode, StripeFault
from services.notifier.app import definition
from services.notifier.mails.branding import branding
from tests.services.notifier.world import Clinic, FakeMailServer, body_of
from tests.support.one_service import OneService

ADA, BEA, OPERATOR = "ada@clinic.example", "bea@clinic.example", "ops@headcount.example"
INVOICE = Invoice(id="in_9", number="R-0051", total=18997, amount_paid=0, url="https://pay.example/R-0051")
LOWERED = "Northside has fewer seats than Active members: changed at Stripe"


@pytest.fixture
async def clinic_with_operator(migrated: str) -> AsyncIterator[Clinic]:
    """A clinic whose operator has an address."""
    mails, sealing = FakeMailServer(), Sealing([Fernet.generate_key().decode()])
    mail_branding = branding("Headcount <no-reply@mail.example>", "https://seats.example", OPERATOR)
    service = await OneService.open(definition(mails, sealing, mail_branding, mails.count), migrated)
    yield Clinic(service, mails, sealing)
    await service.close()


def changed(before: tuple[int, int], after: tuple[int, int], whose: ChangedBy = ChangedBy.DASHBOARD) -> Message:
    return SubscriptionChanged(
        whose=whose,
        before=Seats(base=before[0], voice=before[1]),
        after=Seats(base=after[0], voice=after[1]),
        cycle=BillingCycle.MONTHLY,
        total=18997,
    )


def frozen(purchased: int, active: int) -> Message:
    return Frozen(
        reason=FrozenReason.SEATS_REDUCED_ELSEWHERE,
        purchased=Seats(base=2, voice=purchased),
        active=Seats(base=2, voice=active),
    )


async def test_a_failed_renewal_is_mailed_to_every_admin_once(clinic: Clinic) -> None:
    await clinic.opened()
    await clinic.admin("Bea")
    await clinic.handle(PaymentFailed(invoice=INVOICE, decline_code="expired_card"))
    subject = "Payment failed: $189.97 of Northside is unpaid"
    assert await clinic.delivered() == [(ADA, subject), (BEA, subject)]
    assert await clinic.delivered(3600) == []


async def test_the_unpaid_amount_is_the_rest_of_the_invoice(clinic: Clinic) -> None:
    await clinic.opened()
    partly = INVOICE.model_copy(update={"amount_paid": 997})
    await clinic.handle(PaymentFailed(invoice=partly, settling=True))
    assert await clinic.delivered() == [(ADA, "Payment failed: $180.00 of Northside is unpaid")]


async def test_the_end_of_a_pause_names_the_people_who_are_let_in(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.handle(AutoAddResumed(joined=clinic.waiters((mia, noah))))
    assert await clinic.delivered() == [(ADA, "Auto-Add buys again: 2 clinicians of Northside are being let in")]
    text = body_of(clinic.mails.handed_over[0])
    assert "- Mia, mia@clinic.example: Voice\n- Noah, noah@clinic.example: Voice\n" in text


async def test_a_settlement_is_mailed_with_its_cost(clinic: Clinic) -> None:
    await clinic.opened()
    paid = Invoice(id="in_10", number="R-0060", total=21840, amount_paid=21840)
    await clinic.handle(Settled(operation_ids=(UUID(int=7),), seats=Seats(voice=7), charged=21840, invoice=paid))
    assert await clinic.delivered() == [(ADA, "$218.40 charged today for 7 Voice seats added before")]


async def test_a_change_at_stripe_and_its_freeze_make_one_mail(clinic: Clinic) -> None:
    await clinic.opened()
    await clinic.handle(changed((2, 5), (2, 4)), changed((2, 4), (2, 3)))
    assert await clinic.delivered(2) == []
    await clinic.handle(frozen(3, 4))
    assert await clinic.delivered(4.9) == []
    assert await clinic.delivered(0.2) == [(ADA, LOWERED)]
    text = body_of(clinic.mails.handed_over[0])
    assert "Before: 2 Base and 5 Voice\nNow: 2 Base and 3 Voice\nActive members: 2 Base and 4 Voice\n" in text
    assert await clinic.delivered(3600) == []


async def test_a_change_that_freezes_nothing_is_mailed_and_a_later_change_makes_another_mail(clinic: Clinic) -> None:
    await clinic.opened()
    await clinic.handle(changed((2, 5), (2, 9)))
    first = await clinic.delivered(5)
    assert first == [(ADA, "The seats of Northside were changed at Stripe: 2 Base and 9 Voice now")]
    await clinic.handle(changed((2, 9), (2, 5)))
    assert len(await clinic.delivered(5)) == 1
    first_mail, second_mail = clinic.mails.handed_over
    assert first_mail["Message-ID"] != second_mail["Message-ID"]


async def test_seats_raised_again_at_stripe_are_mailed_as_enough_for_everybody(clinic: Clinic) -> None:
    await clinic.opened()
    await clinic.handle(changed((2, 3), (2, 5)), Thawed(purchased=Seats(base=2, voice=5)))
    await clinic.delivered(5)
    assert "there are enough seats for everybody Active again" in body_of(clinic.mails.handed_over[0])


async def test_a_change_that_an_admin_made_here_makes_no_mail(clinic: Clinic) -> None:
    await clinic.opened()
    await clinic.handle(changed((2, 3), (2, 5), ChangedBy.OURS), Thawed(purchased=Seats(base=2, voice=5)))
    assert await clinic.delivered(3600) == []


async def test_edits_that_cancel_each_other_out_make_no_mail(clinic: Clinic) -> None:
    await clinic.opened()
    await clinic.handle(changed((2, 5), (2, 6)), changed((2, 6), (2, 5)))
    assert await clinic.delivered(3600) == []


async def test_a_freeze_that_arrives_late_makes_a_mail_of_its_own(clinic: Clinic) -> None:
    await clinic.opened()
    await clinic.handle(changed((2, 5), (2, 3)))
    await clinic.delivered(5)
    await clinic.handle(frozen(3, 4))
    assert await clinic.delivered(5) == [(ADA, LOWERED)]


async def test_an_ended_subscription_is_mailed_to_the_admins_and_to_the_operator(clinic_with_operator: Clinic) -> None:
    await clinic_with_operator.opened()
    gone = FrozenReason.SUBSCRIPTION_CANCELED
    await clinic_with_operator.handle(
        SubscriptionEnded(reason=gone, whose=ChangedBy.DASHBOARD),
        Frozen(reason=gone, purchased=Seats(), active=Seats(base=1)),
    )
    subject = "The subscription of Northside was canceled at Stripe: no seat can be bought"
    assert await clinic_with_operator.delivered() == [(ADA, subject), (OPERATOR, subject)]
    assert await clinic_with_operator.delivered(3600) == []
    sent = [event for event in await clinic_with_operator.service.published() if event.type == "notifier.mail_sent.v1"]
    assert sorted(str(event.data.member_id) for event in sent) == [str(clinic_with_operator.ada), "None"]


async def test_a_purchase_that_stripe_refuses_is_one_mail_to_each_admin_and_one_to_the_operator(
    clinic_with_operator: Clinic,
) -> None:
    clinic = clinic_with_operator
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.logged_in(mia, noah)
    operation = await clinic.purchase_started(mia, noah)
    refused = PurchaseDeclined(
        operation_id=operation,
        code=RejectionCode.BILLING_UNAVAILABLE,
        waiting=clinic.waiters([mia, noah]),
        fault=StripeFault.TAX_LOCATION,
    )
    await clinic.handle(refused)
    await clinic.blocked(
        mia,
        noah,
        reason=BlockedReason.BILLING_UNAVAILABLE,
        detail=StripeFault.TAX_LOCATION,
        operation_id=operation,
    )
    subject = (
        "Stripe refuses changes: the customer's address is missing for tax: 2 clinicians of Northside could not get in"
    )
    assert await clinic.delivered() == [(ADA, subject), (OPERATOR, subject)]
    assert await clinic.delivered(3600) == [], "the email names them, so no digest does"


async def test_an_operator_without_an_address_gets_no_mail_and_the_drop_is_counted(clinic: Clinic) -> None:
    await clinic.opened()
    await clinic.handle(SubscriptionEnded(reason=FrozenReason.CUSTOMER_DELETED, whose=ChangedBy.DASHBOARD))
    assert await clinic.delivered() == [(ADA, "Northside was deleted at Stripe: no seat can be bought")]
    assert clinic.mails.counted["subscription_ended", "no_operator"] == 1
