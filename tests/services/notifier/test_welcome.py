from contracts.members import Activated, Removed
from contracts.vocabulary import MemberStatus, Role, SeatType
from tests.services.notifier.world import Clinic, body_of

ADA = "ada@clinic.example"
WELCOME = "Northside is open: sign the BAA, then share your sign-up link"


async def test_the_first_admin_is_welcomed_once_however_often_they_become_active(clinic: Clinic) -> None:
    await clinic.founded()
    clinic.service.clock.advance(59)
    assert await clinic.delivered() == [], "while the admin looks for the code's mail"
    clinic.service.clock.advance(1)
    assert await clinic.delivered() == [(ADA, WELCOME)]
    text = body_of(clinic.mails.handed_over[0])
    assert "your Base seat is ready" in text
    assert "https://seats.example/signup\n" in text
    await clinic.handle(
        Removed(member_id=clinic.ada, before=MemberStatus.ACTIVE),
        Activated(member_id=clinic.ada, seat_type=SeatType.BASE, role=Role.ADMIN),
    )
    assert WELCOME not in [subject for _, subject in await clinic.delivered()]


async def test_a_clinician_and_a_later_admin_are_not_welcomed(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.handle(
        Activated(member_id=mia, seat_type=SeatType.VOICE, role=Role.CLINICIAN),
        clinic.invitation(noah, "noah@clinic.example", role=Role.ADMIN),
        Activated(member_id=noah, seat_type=SeatType.VOICE, role=Role.ADMIN),
    )
    assert WELCOME not in [subject for _, subject in await clinic.delivered()]
