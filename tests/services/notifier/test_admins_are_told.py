from uuid import uuid4

from contracts.billing import StripeTimedOut
from contracts.gateway import CodesLimited
from contracts.members import Activated
from contracts.seats import PurchaseDeclined
from contracts.vocabulary import BlockedReason, RejectionCode, Role, SeatType
from tests.services.notifier.world import Clinic, body_of, waiters

ADA, BEA = "ada@clinic.example", "bea@clinic.example"


async def test_a_blocked_clinician_is_told_to_every_active_admin_after_five_seconds_of_quiet(clinic: Clinic) -> None:
    await clinic.opened()
    await clinic.admin("Bea")
    (mia,) = await clinic.signed_up("Mia")
    await clinic.logged_in(mia)
    await clinic.blocked(mia)
    assert await clinic.delivered() == []
    assert await clinic.delivered(4.9) == []
    subject = "Mia is blocked: no free Voice seat"
    assert await clinic.delivered(0.2) == [(ADA, subject), (BEA, subject)]
    assert await clinic.delivered(120) == []


async def test_a_burst_of_blocked_clinicians_is_one_mail(clinic: Clinic) -> None:
    await clinic.opened()
    ids = await clinic.signed_up(*(f"C{n:03}" for n in range(197)))
    await clinic.logged_in(*ids)
    await clinic.blocked(*ids[:100])
    clinic.one.clock.advance(1)
    await clinic.blocked(*ids[100:])
    assert await clinic.delivered(4.5) == []
    assert await clinic.delivered(1) == [(ADA, "197 clinicians of Northside are blocked: no seat for them")]
    text = body_of(clinic.tray.handed_over[0])
    assert [f"c{n:03}@clinic.example" in text for n in range(197)] == [True] * 197
    assert text.index("c000@") < text.index("c196@")


async def test_a_steady_trickle_is_told_after_sixty_seconds_and_the_rest_in_the_next_digest(clinic: Clinic) -> None:
    await clinic.opened()
    ids = await clinic.signed_up(*(f"C{n:03}" for n in range(16)))
    await clinic.logged_in(*ids)
    for who in ids[:15]:
        await clinic.blocked(who)
        assert await clinic.delivered(3.99) == []
    await clinic.blocked(ids[15])
    assert await clinic.delivered(0.1) == []
    assert await clinic.delivered(0.1) == [(ADA, "16 clinicians of Northside are blocked: no seat for them")]
    (late,) = await clinic.signed_up("Late")
    await clinic.logged_in(late)
    await clinic.blocked(late)
    assert await clinic.delivered(5) == [(ADA, "Late is blocked: no free Voice seat")]
    first, second = clinic.tray.handed_over
    assert first["Message-ID"] != second["Message-ID"]


async def test_who_got_in_before_the_digest_is_not_named_in_it(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.logged_in(mia, noah)
    await clinic.blocked(mia, noah)
    await clinic.handle(Activated(member_id=mia, seat_type=SeatType.VOICE, role=Role.CLINICIAN))
    assert await clinic.delivered(5) == [
        (ADA, "Noah is blocked: no free Voice seat"),
        ("mia@clinic.example", "You're in: your Voice seat at Northside is ready"),
    ]


async def test_a_digest_of_nobody_is_not_sent(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.blocked(mia)
    await clinic.handle(Activated(member_id=mia, seat_type=SeatType.VOICE, role=Role.CLINICIAN))
    assert ADA not in [to for to, _ in await clinic.delivered(5)]


async def test_an_auto_add_is_one_mail_to_each_admin_with_all_who_got_in(clinic: Clinic) -> None:
    await clinic.opened()
    await clinic.admin("Bea")
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.logged_in(mia, noah)
    operation = await clinic.purchase_started(mia, noah)
    await clinic.purchase_paid(operation, mia, noah)
    subject = "2 clinicians are in: 2 Voice seats added, $62.40 charged today"
    assert await clinic.delivered() == [(ADA, subject), (BEA, subject)]
    text = body_of(clinic.tray.handed_over[0])
    assert "- Mia, mia@clinic.example: Voice\n- Noah, noah@clinic.example: Voice\n" in text
    assert "Invoice: R-0042\nhttps://pay.example/1\nNew total: $189.97/mo\nSeats now: 1 Base and 3 Voice\n" in text


async def test_two_purchases_are_two_mails_with_two_message_ids(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.logged_in(mia, noah)
    for who in (mia, noah):
        await clinic.purchase_paid(await clinic.purchase_started(who), who)
    await clinic.delivered()
    assert len({mail["Message-ID"] for mail in clinic.tray.handed_over}) == 2


async def test_a_declined_purchase_is_one_mail_and_its_blocked_are_in_no_digest(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.logged_in(mia, noah)
    operation = await clinic.purchase_started(mia, noah)
    await clinic.handle(declined(operation, mia, noah))
    await clinic.blocked(mia, noah, reason=BlockedReason.PAYMENT_DECLINED)
    assert await clinic.delivered(120) == [(ADA, "Payment declined: 2 clinicians of Northside could not get in")]
    text = body_of(clinic.tray.handed_over[0])
    assert "There is not enough money or credit left on the card." in text
    assert "https://seats.example/admin/agency/billing?fix=card" in text


async def test_who_joined_the_line_behind_a_declined_purchase_is_in_its_mail_whichever_news_comes_first(
    clinic: Clinic,
) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.logged_in(mia, noah)
    operation = await clinic.purchase_started(mia)
    await clinic.blocked(noah, reason=BlockedReason.PAYMENT_DECLINED)
    await clinic.handle(declined(operation, mia, noah))
    await clinic.blocked(mia, reason=BlockedReason.PAYMENT_DECLINED)
    assert await clinic.delivered(120) == [(ADA, "Payment declined: 2 clinicians of Northside could not get in")]


async def test_who_logs_in_while_auto_add_is_paused_is_in_the_digest_with_that_reason(clinic: Clinic) -> None:
    await clinic.opened()
    mia, late = await clinic.signed_up("Mia", "Late")
    await clinic.logged_in(mia)
    operation = await clinic.purchase_started(mia)
    await clinic.handle(declined(operation, mia))
    await clinic.blocked(mia, reason=BlockedReason.PAYMENT_DECLINED)
    await clinic.delivered()
    await clinic.logged_in(late)
    await clinic.blocked(late, reason=BlockedReason.PAYMENT_DECLINED)
    assert await clinic.delivered(5) == [(ADA, "Late is blocked: Auto-Add is paused: the card was declined")]


async def test_a_silent_stripe_is_told_to_the_admins_with_who_waits_for_it(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.logged_in(mia, noah)
    operation = await clinic.purchase_started(mia)
    await clinic.handle(StripeTimedOut(operation_id=operation, since=clinic.one.clock()))
    assert await clinic.delivered() == [(ADA, "Stripe does not answer: 1 clinician of Northside waits for a seat")]
    text = body_of(clinic.tray.handed_over[0])
    assert "- Mia, mia@clinic.example: Voice" in text
    assert "Noah" not in text


async def test_limited_codes_are_told_to_the_admins(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(
        CodesLimited(scope="address", member_id=mia),
        CodesLimited(scope="first_logins"),
    )
    assert await clinic.delivered() == [
        (ADA, "Many wrong sign-in codes at Northside today: links still work"),
        (ADA, "Many wrong sign-in codes for Mia today: links still work"),
    ]


async def test_an_admin_who_is_not_active_yet_is_told_nothing(clinic: Clinic) -> None:
    await clinic.opened()
    await clinic.handle(CodesLimited(scope="first_logins"))
    assert len(await clinic.delivered()) == 1
    other = Clinic(clinic.one, clinic.tray, clinic.sealing)
    other.ada = uuid4()
    await other.opened()
    await other.handle(CodesLimited(scope="first_logins"))
    assert len(await other.delivered()) == 1


def declined(operation: object, *ids: object) -> PurchaseDeclined:
    return PurchaseDeclined.model_validate(
        {
            "operation_id": operation,
            "code": RejectionCode.PAYMENT_DECLINED,
            "decline_code": "insufficient_funds",
            "waiting": waiters(ids),  # type: ignore[arg-type]
        },
    )
