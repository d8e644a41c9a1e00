"""Each invitation is mailed once, and its link stays sealed until the mail is built."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet

from contracts.members import Activated, PlanTypeChanged, Removed, RoleChanged, SignUpRejected
from contracts.notifier import MailFailed, MailSent
from contracts.vocabulary import OPERATOR, MemberStatus, Role, SeatType, member
from hosting.sealing import Sealing
from services.notifier.domain.after_sending import PermanentFailure, TransientFailure, UnknownOutcome
from tests.services.notifier.world import Clinic, body_of

MIA, ADA = "mia@practice.example", "ada@clinic.example"
INVITED = "Ada Admin invites you to Northside: accept with one click"
AGAIN = "Ada Admin invites you to Northside again: here is the new link"
UNDELIVERED = "Your invitation to Mia could not be delivered"
FREE = "A Voice seat is free for you at Northside: accept with one click"


async def invite(clinic: Clinic, member_id: UUID | None = None, **options: Any) -> UUID:  # noqa: ANN401  as `invitation` takes it
    """Have Ada invite a person; return their id."""
    member_id = member_id or uuid4()
    event = clinic.invitation(member_id, MIA, **options)
    await clinic.service.handle(event, clinic.agency_id, actor=member(clinic.ada))
    return member_id


async def test_an_invited_person_gets_one_mail_with_the_link_in_the_name_of_the_inviter(clinic: Clinic) -> None:
    await clinic.opened()
    mia = await invite(clinic)
    assert await clinic.delivered() == [(MIA, INVITED)]
    text = body_of(clinic.mails.handed_over[0])
    assert "Ada Admin invites you to Northside, as a clinician with a Voice seat." in text
    assert "\nhttps://seats.example/invite/abc\n" in text
    (published,) = await clinic.service.published()
    own_id = str(clinic.mails.handed_over[0]["Message-ID"])
    assert published.data == MailSent(template="invitation", message_id=own_id, member_id=mia)


async def test_an_admin_whom_the_operator_invites_reads_the_products_name(clinic: Clinic) -> None:
    await clinic.opened()
    event = clinic.invitation(uuid4(), MIA, role=Role.ADMIN)
    await clinic.service.handle(event, clinic.agency_id, actor=OPERATOR)
    assert await clinic.delivered() == [(MIA, "Headcount invites you to Northside: accept with one click")]


async def test_an_invitation_at_a_corrected_address_reads_as_the_first_one(clinic: Clinic) -> None:
    await clinic.opened()
    mia = await invite(clinic)
    assert await clinic.delivered() == [(MIA, INVITED)]
    event = clinic.invitation(mia, "mia.chen@practice.example", before=MemberStatus.INVITED)
    await clinic.service.handle(event, clinic.agency_id, actor=member(clinic.ada))
    assert await clinic.delivered() == [("mia.chen@practice.example", INVITED)]


async def test_the_database_holds_an_invitations_link_only_sealed(clinic: Clinic) -> None:
    await clinic.opened()
    await invite(clinic)
    (task,) = await clinic.service.pool.fetch("select payload::text from tasks")
    assert "invite/abc" not in task["payload"]


async def test_an_invitation_with_an_unknown_outcome_is_sent_again_under_the_same_message_id(clinic: Clinic) -> None:
    await clinic.opened()
    clinic.mails.next_deliveries = [TransientFailure("answer_451"), UnknownOutcome("lost_after_data")]
    await invite(clinic)
    assert await clinic.delivered() == []
    assert await clinic.delivered(60) == []
    assert await clinic.delivered(60) == [(MIA, INVITED)]
    assert len({mail["Message-ID"] for mail in clinic.mails.handed_over}) == 1
    assert clinic.mails.counted["invitation", "sent_again_after_unknown"] == 1
    assert [type(event.data) for event in await clinic.service.published()] == [MailSent]


async def test_an_expired_invitation_is_not_mailed_and_its_failure_is_published(clinic: Clinic) -> None:
    await clinic.opened()
    await invite(clinic)
    assert await clinic.delivered(timedelta(days=14).total_seconds()) == [(ADA, UNDELIVERED)]
    assert clinic.mails.counted["invitation", "expired"] == 1
    published, _ = await clinic.service.published()
    assert isinstance(published.data, MailFailed)
    assert published.data.reason == "the invitation expired before it could be sent"


async def test_a_link_that_no_key_opens_is_not_mailed_and_its_failure_is_published(clinic: Clinic) -> None:
    await clinic.opened()
    await invite(clinic, sealing=Sealing([Fernet.generate_key().decode()]))
    assert await clinic.delivered() == [(ADA, UNDELIVERED)]
    assert clinic.mails.counted["invitation", "seal_broken"] == 1
    published, _ = await clinic.service.published()
    assert isinstance(published.data, MailFailed)


async def test_a_permanent_failure_of_an_invitation_is_published_with_the_servers_text(clinic: Clinic) -> None:
    await clinic.opened()
    clinic.mails.next_deliveries = [PermanentFailure("550 no such mailbox")]
    await invite(clinic)
    assert await clinic.delivered() == [(ADA, UNDELIVERED)]
    failed, _ = await clinic.service.published()
    assert (type(failed.data), failed.data.template) == (MailFailed, "invitation")
    assert failed.data.reason == "550 no such mailbox"


async def test_the_inviter_reads_which_invitation_was_lost_why_and_what_to_do(clinic: Clinic) -> None:
    await clinic.opened()
    clinic.mails.next_deliveries = [PermanentFailure("550 no\r\nsuch mailbox, see https://spam.example/x")]
    await invite(clinic)
    assert await clinic.delivered() == [(ADA, UNDELIVERED)]
    text = body_of(clinic.mails.handed_over[1])
    assert f"your invitation of Mia, {MIA}, to Northside could not be delivered" in text
    assert 'What the mail server said: "550 no such mailbox, see …"' in text
    assert "check the address, correct it in Members, and re-invite" in text


async def test_an_import_of_bad_addresses_mails_the_inviter_once_an_hour(clinic: Clinic) -> None:
    await clinic.opened()
    for _ in range(3):
        clinic.mails.next_deliveries = [PermanentFailure("550 no such mailbox")]
        await invite(clinic)
        await clinic.delivered()
    assert _mails_to_ada(clinic) == 1
    await clinic.delivered(3600)
    clinic.mails.next_deliveries = [PermanentFailure("550 no such mailbox")]
    await invite(clinic)
    await clinic.delivered()
    assert _mails_to_ada(clinic) == 2


async def test_a_failed_mail_about_a_failed_invitation_causes_no_further_mail(clinic: Clinic) -> None:
    await clinic.opened()
    clinic.mails.next_deliveries = [PermanentFailure("550 no"), PermanentFailure("550 nor here")]
    await invite(clinic)
    assert await clinic.delivered() == []
    assert len(clinic.mails.handed_over) == 2


async def test_a_lost_invitation_of_the_operator_mails_nobody(clinic: Clinic) -> None:
    await clinic.opened()
    clinic.mails.next_deliveries = [PermanentFailure("550 no such mailbox")]
    await clinic.service.handle(clinic.invitation(uuid4(), MIA, role=Role.ADMIN), clinic.agency_id, actor=OPERATOR)
    assert await clinic.delivered() == []


def _mails_to_ada(clinic: Clinic) -> int:
    return sum(mail["To"] == ADA for mail in clinic.mails.handed_over)


async def test_each_invitation_is_a_mail_of_its_own(clinic: Clinic) -> None:
    await clinic.opened()
    mia = await invite(clinic)
    assert await clinic.delivered() == [(MIA, INVITED)]
    await invite(clinic, mia, before=MemberStatus.INVITED, link="def")
    assert await clinic.delivered() == [(MIA, AGAIN)]
    assert "\nhttps://seats.example/invite/def\n" in body_of(clinic.mails.handed_over[1])
    assert len({mail["Message-ID"] for mail in clinic.mails.handed_over}) == 2


async def test_a_link_that_a_newer_invitation_or_a_removal_replaced_is_never_mailed(clinic: Clinic) -> None:
    await clinic.opened()
    mia = await invite(clinic)
    await invite(clinic, mia, before=MemberStatus.INVITED, link="def")
    assert await clinic.delivered() == [(MIA, AGAIN)]
    await invite(clinic, mia, before=MemberStatus.INVITED, link="ghi")
    await clinic.handle(Removed(member_id=mia, before=MemberStatus.INVITED))
    assert await clinic.delivered() == [(MIA, "Your invitation to Northside was canceled")]
    await invite(clinic, mia, before=MemberStatus.REMOVED, link="jkl")
    await clinic.handle(Activated(member_id=mia, seat_type=SeatType.VOICE, role=Role.CLINICIAN))
    assert await clinic.delivered() == [], (
        "a person who signed in with a code needs no link, and has seen the welcome page"
    )


async def test_a_blocked_person_who_is_invited_again_is_mailed_and_no_digest_names_them(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.logged_in(mia, noah)
    await clinic.blocked(mia, noah)
    await invite(clinic, mia, before=MemberStatus.BLOCKED)
    assert await clinic.delivered() == [(MIA, FREE)]
    assert await clinic.delivered(5) == [(ADA, "Noah is blocked: no free Voice seat")]


async def test_the_digest_names_an_invited_person_who_accepts_and_finds_no_seat(clinic: Clinic) -> None:
    await clinic.opened()
    mia = await invite(clinic)
    await clinic.delivered()
    await clinic.blocked(mia)
    assert await clinic.delivered(5) == [(ADA, "Mia is blocked: no free Voice seat")]


@pytest.mark.parametrize("before", [None, MemberStatus.BLOCKED])
async def test_an_invited_person_who_accepts_and_gets_in_at_once_gets_no_mail(
    clinic: Clinic, before: MemberStatus | None
) -> None:
    await clinic.opened()
    mia = await invite(clinic, before=before)
    await clinic.delivered()
    await clinic.handle(Activated(member_id=mia, seat_type=SeatType.VOICE, role=Role.CLINICIAN))
    assert await clinic.delivered(3600) == []


async def test_a_person_invited_back_is_mailed_at_the_address_of_the_new_invitation(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(Removed(member_id=mia, before=MemberStatus.PENDING_LOGIN))
    await clinic.delivered()
    await invite(clinic, mia, before=MemberStatus.REMOVED)
    await clinic.handle(SignUpRejected(member_id=mia, email=MIA, status=MemberStatus.INVITED))
    assert await clinic.delivered() == sorted(
        [(MIA, INVITED), (MIA, "You are invited to Northside already: accept, or sign in")]
    )


async def test_a_new_admin_reads_that_the_operator_gave_the_role(clinic: Clinic) -> None:
    await clinic.opened()
    mia = await invite(clinic)
    await clinic.delivered()
    role_changed = RoleChanged(member_id=mia, before=Role.CLINICIAN, role=Role.ADMIN)
    await clinic.service.handle(role_changed, clinic.agency_id, actor=OPERATOR)
    assert await clinic.delivered() == [(MIA, "You are an admin at Northside now")]
    assert "Headcount made you an admin of Northside." in body_of(clinic.mails.handed_over[1])


async def test_later_mails_name_the_seat_type_after_a_swap(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(PlanTypeChanged(member_id=mia, before=SeatType.VOICE, plan_type=SeatType.BASE))
    seat_type = await clinic.service.pool.fetchval("select seat_type from people where member_id = $1", mia)
    assert (seat_type, await clinic.delivered()) == ("base", [])


async def test_a_redelivered_invitation_makes_no_second_mail(clinic: Clinic) -> None:
    await clinic.opened()
    event = clinic.invitation(uuid4(), MIA)
    record = clinic.service.sender.record(event, clinic.agency_id, actor=member(clinic.ada))
    await clinic.service.handle_records([record, record])
    assert await clinic.delivered() == [(MIA, INVITED)]
    await clinic.service.handle_records([record])
    assert await clinic.delivered(60) == []
