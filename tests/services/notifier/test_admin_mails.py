from uuid import uuid4

from contracts.auto_add_limits import AutoAddLimitNear
from contracts.billing_payments import StripeTimedOut
from contracts.gateway import CodesLimited
from contracts.members import Activated
from contracts.seats_purchases import MOST_NAMED, PurchaseDeclined, PurchaseDelayed
from contracts.vocabulary import AutoAddMeasure, BlockedReason, RejectionCode, Role, SeatType
from tests.services.notifier.world import Clinic, body_of

ADA, BEA = "ada@clinic.example", "bea@clinic.example"


async def test_a_blocked_clinician_is_mailed_to_every_active_admin_after_five_seconds_of_quiet(clinic: Clinic) -> None:
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


async def test_a_burst_of_blocked_clinicians_makes_one_mail(clinic: Clinic) -> None:
    await clinic.opened()
    ids = await clinic.signed_up(*(f"C{n:03}" for n in range(197)))
    await clinic.logged_in(*ids)
    await clinic.blocked(*ids[:100])
    clinic.service.clock.advance(1)
    await clinic.blocked(*ids[100:])
    assert await clinic.delivered(4.5) == []
    assert await clinic.delivered(1) == [(ADA, "197 clinicians of Northside are blocked: no seat for them")]
    text = body_of(clinic.mails.handed_over[0])
    listed = [n for n in range(197) if f"c{n:03}@clinic.example" in text]
    assert (len(listed), max(listed) < 100) == (MOST_NAMED, True), "the first of them"
    assert "- and 147 more, listed in Members: https://seats.example/admin/agency/members?status=blocked\n" in text


async def test_a_steady_trickle_is_mailed_after_sixty_seconds_and_the_rest_in_the_next_digest(clinic: Clinic) -> None:
    await clinic.opened()
    ids = await clinic.signed_up(*(f"C{n:03}" for n in range(16)))
    await clinic.logged_in(*ids)
    for member_id in ids[:15]:
        await clinic.blocked(member_id)
        assert await clinic.delivered(3.99) == []
    await clinic.blocked(ids[15])
    assert await clinic.delivered(0.1) == []
    assert await clinic.delivered(0.1) == [(ADA, "16 clinicians of Northside are blocked: no seat for them")]
    (late,) = await clinic.signed_up("Late")
    await clinic.logged_in(late)
    await clinic.blocked(late)
    assert await clinic.delivered(5) == [(ADA, "Late is blocked: no free Voice seat")]
    first, second = clinic.mails.handed_over
    assert first["Message-ID"] != second["Message-ID"]


async def test_the_digest_does_not_name_a_clinician_who_got_in_before_it(clinic: Clinic) -> None:
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


async def test_an_auto_add_is_one_mail_to_each_admin_naming_everybody_who_got_in(clinic: Clinic) -> None:
    await clinic.opened()
    await clinic.admin("Bea")
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.logged_in(mia, noah)
    operation = await clinic.purchase_started(mia, noah)
    await clinic.purchase_paid(operation, mia, noah)
    subject = "2 clinicians are in: 2 Voice seats added, $62.40 charged today"
    assert await clinic.delivered() == [(ADA, subject), (BEA, subject)]
    text = body_of(clinic.mails.handed_over[0])
    assert "- Mia, mia@clinic.example: Voice\n- Noah, noah@clinic.example: Voice\n" in text
    assert "Invoice: R-0042\nhttps://pay.example/1\nNew total: $189.97/mo\nSeats now: 1 Base and 3 Voice\n" in text


async def test_two_purchases_make_two_mails_with_two_message_ids(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.logged_in(mia, noah)
    for member_id in (mia, noah):
        await clinic.purchase_paid(await clinic.purchase_started(member_id), member_id)
    await clinic.delivered()
    assert len({mail["Message-ID"] for mail in clinic.mails.handed_over}) == 2


async def test_a_declined_purchase_makes_one_mail_and_no_digest_names_its_blocked(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.logged_in(mia, noah)
    operation = await clinic.purchase_started(mia, noah)
    await clinic.handle(declined(operation, mia, noah))
    await clinic.blocked(mia, noah, reason=BlockedReason.PAYMENT_DECLINED, operation_id=operation)
    assert await clinic.delivered(120) == [(ADA, "Payment declined: 2 clinicians of Northside could not get in")]
    text = body_of(clinic.mails.handed_over[0])
    assert "There is not enough money or credit left on the card." in text
    assert "https://seats.example/admin/agency/billing?fix=card" in text


async def test_a_declined_purchase_names_everybody_in_its_line_whichever_event_comes_first(
    clinic: Clinic,
) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.logged_in(mia, noah)
    operation = await clinic.purchase_started(mia)
    await clinic.blocked(noah, reason=BlockedReason.PAYMENT_DECLINED, operation_id=operation)
    await clinic.handle(declined(operation, mia, noah))
    await clinic.blocked(mia, reason=BlockedReason.PAYMENT_DECLINED, operation_id=operation)
    assert await clinic.delivered(120) == [(ADA, "Payment declined: 2 clinicians of Northside could not get in")]


async def test_a_purchase_for_many_names_the_first_and_counts_the_rest(clinic: Clinic) -> None:
    await clinic.opened()
    named = await clinic.signed_up(*(f"Nurse{number}" for number in range(MOST_NAMED)))
    operation = uuid4()
    event = declined(operation, *named).model_copy(update={"waiting_count": 20_000})
    await clinic.handle(event)
    subject = "Payment declined: 20,000 clinicians of Northside could not get in"
    assert await clinic.delivered() == [(ADA, subject)]
    text = body_of(clinic.mails.handed_over[0])
    assert text.count("- Nurse") == MOST_NAMED
    assert "- and 19,950 more, listed in Members: https://seats.example/admin/agency/members?status=blocked\n" in text


async def test_a_stripe_timeout_counts_all_who_wait(clinic: Clinic) -> None:
    await clinic.opened()
    ids = await clinic.signed_up(*(f"Nurse{number}" for number in range(MOST_NAMED + 10)))
    await clinic.logged_in(*ids)
    operation = await clinic.purchase_started(*ids)
    await clinic.handle(StripeTimedOut(operation_id=operation, since=clinic.service.clock()))
    assert await clinic.delivered() == [(ADA, "Stripe does not answer: 60 clinicians of Northside wait for a seat")]
    assert "- and 10 more, listed in Members:" in body_of(clinic.mails.handed_over[0])


async def test_the_digest_gives_the_reason_of_a_clinician_who_logs_in_while_auto_add_is_paused(clinic: Clinic) -> None:
    await clinic.opened()
    mia, late = await clinic.signed_up("Mia", "Late")
    await clinic.logged_in(mia)
    operation = await clinic.purchase_started(mia)
    await clinic.handle(declined(operation, mia))
    await clinic.blocked(mia, reason=BlockedReason.PAYMENT_DECLINED, operation_id=operation)
    await clinic.delivered()
    await clinic.logged_in(late)
    await clinic.blocked(late, reason=BlockedReason.PAYMENT_DECLINED)
    assert await clinic.delivered(5) == [(ADA, "Late is blocked: Auto-Add is paused: the card was declined")]


async def test_a_stripe_timeout_is_mailed_to_the_admins_with_the_people_who_wait(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.logged_in(mia, noah)
    operation = await clinic.purchase_started(mia)
    await clinic.handle(StripeTimedOut(operation_id=operation, since=clinic.service.clock()))
    assert await clinic.delivered() == [(ADA, "Stripe does not answer: 1 clinician of Northside waits for a seat")]
    text = body_of(clinic.mails.handed_over[0])
    assert "- Mia, mia@clinic.example: Voice" in text
    assert "Noah" not in text


async def test_a_long_wait_is_mailed_to_the_admins_with_everyone_in_line(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.logged_in(mia, noah)
    await clinic.handle(PurchaseDelayed(since=clinic.service.clock(), waiting=clinic.waiters([mia, noah])))
    assert await clinic.delivered() == [(ADA, "Stripe does not answer: 2 clinicians of Northside wait for a seat")]
    text = body_of(clinic.mails.handed_over[0])
    assert "- Mia, mia@clinic.example: Voice" in text


async def test_a_limit_of_auto_add_is_mailed_to_every_admin_when_it_is_near_and_when_it_is_reached(
    clinic: Clinic,
) -> None:
    await clinic.opened()
    await clinic.admin("Bea")
    near = AutoAddLimitNear(seat_type=SeatType.VOICE, measure=AutoAddMeasure.MONTH_AMOUNT, used=8_000, limit=10_000)
    await clinic.handle(near, near.model_copy(update={"used": 10_000, "reached": True}))
    subjects = (
        "Auto-Add is at its limit: no more Voice seats for Northside",
        "Auto-Add is near its limit for Voice seats of Northside",
    )
    assert sorted(await clinic.delivered()) == sorted((to, subject) for subject in subjects for to in (ADA, BEA))


async def test_limited_codes_are_mailed_to_the_admins(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(
        CodesLimited(scope="address", member_id=mia),
        CodesLimited(scope="first_logins"),
    )
    assert await clinic.delivered() == [
        (ADA, "Many wrong sign-in codes at Northside today: links still work"),
        (ADA, "Many wrong sign-in codes for Mia: links still work"),
    ]


async def test_admins_are_mailed_of_limited_codes_once_a_day_and_of_first_logins_once(clinic: Clinic) -> None:
    """Somebody who guesses at everybody's address sends the admins two mails a day."""
    await clinic.opened()
    people = await clinic.signed_up("Mia", "Noah", "Zoe")
    for member_id in people:
        await clinic.handle(CodesLimited(scope="address", member_id=member_id), CodesLimited(scope="first_logins"))
    assert len(await clinic.delivered()) == 2
    clinic.service.clock.advance(24 * 3600 - 1)
    await clinic.handle(CodesLimited(scope="first_logins"))
    assert await clinic.delivered() == []
    clinic.service.clock.advance(1)
    await clinic.handle(CodesLimited(scope="first_logins"))
    assert len(await clinic.delivered()) == 1


async def test_an_admin_who_is_not_active_yet_gets_no_mail(clinic: Clinic) -> None:
    await clinic.opened()
    await clinic.handle(CodesLimited(scope="first_logins"))
    assert len(await clinic.delivered()) == 1
    other = Clinic(clinic.service, clinic.mails, clinic.sealing)
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
            "waiting": [{"member_id": member_id, "seat_type": "voice"} for member_id in ids],
        },
    )
