"""The invited are told, once a link, and the link lies sealed until the mail is built."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet

from chassis.sealing import Sealing
from contracts.members import Activated, PlanTypeChanged, Removed, RoleChanged, SignUpRejected
from contracts.notifier import MailFailed, MailSent
from contracts.vocabulary import OPERATOR, MemberStatus, Role, SeatType, member
from services.notifier.domain.after_sending import NotNow, PerhapsTaken, Refused
from tests.services.notifier.world import Clinic, body_of

MIA, ADA = "mia@elsewhere.example", "ada@clinic.example"
INVITED = "Ada Admin invites you to Northside: accept with one click"
AGAIN = "Ada Admin invites you to Northside again: here is the new link"
FREE = "A Voice seat is free for you at Northside: accept with one click"


async def invite(clinic: Clinic, who: UUID | None = None, **how: Any) -> UUID:  # noqa: ANN401  as `invitation` takes it
    """Ada invites somebody; answers who it is."""
    who = who or uuid4()
    event = clinic.invitation(who, MIA, **how)
    await clinic.one.handle(event, clinic.agency_id, actor=member(clinic.ada))
    return who


async def test_the_invited_get_one_mail_with_the_link_in_the_name_of_who_invites(clinic: Clinic) -> None:
    await clinic.opened()
    mia = await invite(clinic)
    assert await clinic.delivered() == [(MIA, INVITED)]
    text = body_of(clinic.tray.handed_over[0])
    assert "Ada Admin invites you to Northside, as a clinician with a Voice seat." in text
    assert "\nhttps://seats.example/invite/abc\n" in text
    (published,) = await clinic.one.published()
    own_id = str(clinic.tray.handed_over[0]["Message-ID"])
    assert published.data == MailSent(template="invitation", message_id=own_id, member_id=mia)


async def test_an_admin_whom_the_operator_invites_reads_the_products_name(clinic: Clinic) -> None:
    await clinic.opened()
    event = clinic.invitation(uuid4(), MIA, role=Role.ADMIN)
    await clinic.one.handle(event, clinic.agency_id, actor=OPERATOR)
    assert await clinic.delivered() == [(MIA, "Headcount invites you to Northside: accept with one click")]


async def test_a_link_lies_sealed_in_the_database(clinic: Clinic) -> None:
    await clinic.opened()
    await invite(clinic)
    (kept,) = await clinic.one.pool.fetch("select payload::text from tasks")
    assert "invite/abc" not in kept["payload"]


async def test_an_invitation_that_may_be_there_is_sent_again_under_the_same_message_id(clinic: Clinic) -> None:
    await clinic.opened()
    clinic.tray.next_answers = [NotNow("answer_451"), PerhapsTaken("lost_after_data")]
    await invite(clinic)
    assert await clinic.delivered() == []
    assert await clinic.delivered(60) == []
    assert await clinic.delivered(60) == [(MIA, INVITED)]
    assert len({mail["Message-ID"] for mail in clinic.tray.handed_over}) == 1
    assert clinic.tray.counted["invitation", "sent_again_after_unknown"] == 1
    assert [type(spoken.data) for spoken in await clinic.one.published()] == [MailSent]


async def test_an_expired_invitation_is_not_mailed_and_it_is_said_why(clinic: Clinic) -> None:
    await clinic.opened()
    await invite(clinic)
    assert await clinic.delivered(timedelta(days=14).total_seconds()) == []
    assert clinic.tray.counted["invitation", "expired"] == 1
    (published,) = await clinic.one.published()
    assert isinstance(published.data, MailFailed)
    assert published.data.reason == "the invitation expired before it could be sent"


async def test_a_link_that_no_key_opens_is_not_mailed_and_it_is_said_why(clinic: Clinic) -> None:
    await clinic.opened()
    await invite(clinic, sealing=Sealing([Fernet.generate_key().decode()]))
    assert await clinic.delivered() == []
    assert clinic.tray.counted["invitation", "seal_broken"] == 1
    (published,) = await clinic.one.published()
    assert isinstance(published.data, MailFailed)


async def test_a_refused_invitation_is_said_with_the_servers_words(clinic: Clinic) -> None:
    await clinic.opened()
    clinic.tray.next_answers = [Refused("550 no such mailbox")]
    await invite(clinic)
    assert await clinic.delivered() == []
    (published,) = await clinic.one.published()
    assert (type(published.data), published.data.template) == (MailFailed, "invitation")
    assert published.data.reason == "550 no such mailbox"


async def test_an_address_that_no_mail_can_be_sent_to_is_said_to_have_failed(clinic: Clinic) -> None:
    await clinic.opened()
    event = clinic.invitation(uuid4(), "käse@clinic.example")
    await clinic.one.handle(event, clinic.agency_id, actor=member(clinic.ada))
    assert await clinic.delivered() == []
    assert clinic.tray.counted["invitation", "unusable_address"] == 1


async def test_each_invitation_is_a_mail_of_its_own(clinic: Clinic) -> None:
    await clinic.opened()
    mia = await invite(clinic)
    assert await clinic.delivered() == [(MIA, INVITED)]
    await invite(clinic, mia, before=MemberStatus.INVITED, link="def")
    assert await clinic.delivered() == [(MIA, AGAIN)]
    assert "\nhttps://seats.example/invite/def\n" in body_of(clinic.tray.handed_over[1])
    assert len({mail["Message-ID"] for mail in clinic.tray.handed_over}) == 2


async def test_a_link_that_is_dead_before_its_mail_was_sent_is_never_mailed(clinic: Clinic) -> None:
    await clinic.opened()
    mia = await invite(clinic)
    await invite(clinic, mia, before=MemberStatus.INVITED, link="def")
    assert await clinic.delivered() == [(MIA, AGAIN)]
    await invite(clinic, mia, before=MemberStatus.INVITED, link="ghi")
    await clinic.handle(Removed(member_id=mia, before=MemberStatus.INVITED))
    assert await clinic.delivered() == [(MIA, "Your invitation to Northside was withdrawn")]
    await invite(clinic, mia, before=MemberStatus.REMOVED, link="jkl")
    await clinic.handle(Activated(member_id=mia, seat_type=SeatType.VOICE, role=Role.CLINICIAN))
    assert await clinic.delivered() == [], "who signed in with a code needs no link, and saw the welcome page"


async def test_who_is_blocked_and_invited_anew_is_told_and_no_digest_names_them(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.logged_in(mia, noah)
    await clinic.blocked(mia, noah)
    await invite(clinic, mia, before=MemberStatus.BLOCKED)
    assert await clinic.delivered() == [(MIA, FREE)]
    assert await clinic.delivered(5) == [(ADA, "Noah is blocked: no free Voice seat")]


async def test_who_accepts_and_finds_no_seat_is_told_to_the_admins_as_anyone_blocked(clinic: Clinic) -> None:
    await clinic.opened()
    mia = await invite(clinic)
    await clinic.delivered()
    await clinic.blocked(mia)
    assert await clinic.delivered(5) == [(ADA, "Mia is blocked: no free Voice seat")]


@pytest.mark.parametrize("before", [None, MemberStatus.BLOCKED])
async def test_who_accepts_and_gets_in_at_once_saw_the_welcome_page_and_gets_no_mail(
    clinic: Clinic, before: MemberStatus | None
) -> None:
    await clinic.opened()
    mia = await invite(clinic, before=before)
    await clinic.delivered()
    await clinic.handle(Activated(member_id=mia, seat_type=SeatType.VOICE, role=Role.CLINICIAN))
    assert await clinic.delivered(3600) == []


async def test_who_came_back_by_an_invite_is_written_to_at_the_address_given_then(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(Removed(member_id=mia, before=MemberStatus.PENDING_LOGIN))
    await clinic.delivered()
    await invite(clinic, mia, before=MemberStatus.REMOVED)
    await clinic.handle(SignUpRejected(member_id=mia, email="x@clinic.example", status=MemberStatus.INVITED))
    assert await clinic.delivered() == sorted(
        [(MIA, INVITED), (MIA, "You are invited to Northside already: accept, or sign in")]
    )


async def test_an_admin_made_by_the_operator_is_told_by_whom(clinic: Clinic) -> None:
    await clinic.opened()
    mia = await invite(clinic)
    await clinic.delivered()
    news = RoleChanged(member_id=mia, before=Role.CLINICIAN, role=Role.ADMIN)
    await clinic.one.handle(news, clinic.agency_id, actor=OPERATOR)
    assert await clinic.delivered() == [(MIA, "You are an admin at Northside now")]
    assert "Headcount made you an admin of Northside." in body_of(clinic.tray.handed_over[1])


async def test_a_swapped_seat_is_the_one_that_later_mails_speak_of(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(PlanTypeChanged(member_id=mia, before=SeatType.VOICE, plan_type=SeatType.BASE))
    kept = await clinic.one.pool.fetchval("select seat_type from people where member_id = $1", mia)
    assert (kept, await clinic.delivered()) == ("base", [])


async def test_an_invite_heard_again_mails_nobody_again(clinic: Clinic) -> None:
    await clinic.opened()
    event = clinic.invitation(uuid4(), MIA)
    record = clinic.one.voice.record(event, clinic.agency_id, actor=member(clinic.ada))
    await clinic.one.handle_records([record, record])
    assert await clinic.delivered() == [(MIA, INVITED)]
    await clinic.one.handle_records([record])
    assert await clinic.delivered(60) == []
