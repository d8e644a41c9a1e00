from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from chassis.sealing import Sealing
from contracts.members import Activated, AgencyRejected, Removed, RoleChanged, SignUpRejected
from contracts.notifier import MailFailed, MailSent
from contracts.vocabulary import BlockedReason, MemberStatus, RejectionCode, Role, SeatType, member
from services.notifier.domain.after_sending import NotNow, PerhapsTaken, Refused
from tests.services.notifier.world import Clinic, body_of

MIA, ADA = "mia@clinic.example", "ada@clinic.example"
CODE = "0412 is your Headcount sign-in code"
IN = "You're in: your Voice seat at Northside is ready"


async def test_a_login_code_is_mailed_at_once_and_nothing_is_said_of_it(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(clinic.code(mia, MIA))
    assert await clinic.delivered() == [(MIA, CODE)]
    text = body_of(clinic.tray.handed_over[0])
    assert "\n0412\n" in text
    assert "valid for 10 minutes" in text
    assert "https://seats.example/login/abc" in text
    assert await clinic.one.published() == []


async def test_a_login_code_lies_sealed_in_the_database(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(clinic.code(mia, MIA))
    kept = await clinic.one.pool.fetch("select payload::text from tasks")
    assert len(kept) == 1
    assert "0412" not in kept[0]["payload"].replace(str(mia), "")
    assert "login/abc" not in kept[0]["payload"]


async def test_a_code_that_no_key_opens_is_dropped_and_counted(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    stranger = Sealing([Fernet.generate_key().decode()])
    await clinic.handle(clinic.code(mia, MIA, sealing=stranger))
    assert await clinic.delivered() == []
    assert await clinic.delivered(60) == []
    assert clinic.tray.counted["login_code", "seal_broken"] == 1


async def test_an_expired_code_is_not_mailed(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(clinic.code(mia, MIA))
    assert await clinic.delivered(600) == []
    assert clinic.tray.counted["login_code", "expired"] == 1


async def test_a_code_that_the_server_cannot_take_now_is_tried_again_until_it_expires(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    clinic.tray.next_answers = [NotNow("answer_451"), NotNow("not_connected")]
    await clinic.handle(clinic.code(mia, MIA))
    assert await clinic.delivered() == []
    assert await clinic.delivered(60) == []
    assert await clinic.delivered(60) == [(MIA, CODE)]


async def test_a_code_that_was_perhaps_taken_is_not_mailed_again(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    clinic.tray.next_answers = [PerhapsTaken("lost_after_data")]
    await clinic.handle(clinic.code(mia, MIA))
    assert await clinic.delivered() == []
    assert await clinic.delivered(60) == []
    assert len(clinic.tray.handed_over) == 1
    assert await clinic.one.published() == []


async def test_a_refused_code_is_over_and_nothing_is_said_of_it(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    clinic.tray.next_answers = [Refused("550 no such mailbox")]
    await clinic.handle(clinic.code(mia, MIA))
    assert await clinic.delivered(60) == []
    assert len(clinic.tray.handed_over) == 1
    assert await clinic.one.published() == []


async def test_a_code_whose_worker_died_is_not_mailed_again(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(clinic.code(mia, MIA))
    await clinic.one.pool.execute(
        "update tasks set lease = gen_random_uuid(), leased_until = $1",
        clinic.one.clock() + timedelta(seconds=15),
    )
    assert await clinic.delivered(16) == []
    assert clinic.tray.counted["login_code", "may_be_there"] == 1


@pytest.mark.parametrize("status", list(MemberStatus))
async def test_who_signs_up_again_is_told_at_the_known_address(clinic: Clinic, status: MemberStatus) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(SignUpRejected(member_id=mia, email="mia+again@clinic.example", status=status))
    ((to, subject),) = await clinic.delivered()
    assert to == MIA
    assert ("invited to Northside" if status is MemberStatus.INVITED else "account at Northside") in subject


@pytest.mark.parametrize(("seconds", "told"), [(10, []), (10.1, [(MIA, IN)])])
async def test_who_waited_more_than_ten_seconds_for_a_purchase_is_told_when_in(
    clinic: Clinic, seconds: float, told: list[tuple[str, str]]
) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.logged_in(mia)
    operation = await clinic.purchase_started(mia)
    clinic.one.clock.advance(seconds)
    await clinic.purchase_paid(operation, mia)
    assert [mail for mail in await clinic.delivered() if mail[0] == MIA] == told


async def test_who_got_a_free_seat_saw_the_page_and_gets_no_mail_however_late_the_news(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.logged_in(mia)
    clinic.one.clock.advance(60)
    await clinic.handle(Activated(member_id=mia, seat_type=SeatType.VOICE, role=Role.CLINICIAN))
    assert await clinic.delivered() == []


async def test_who_was_blocked_is_told_when_in(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.logged_in(mia)
    await clinic.blocked(mia, reason=BlockedReason.NO_SEAT_AVAILABLE)
    await clinic.delivered(5)
    await clinic.handle(Activated(member_id=mia, seat_type=SeatType.VOICE, role=Role.CLINICIAN))
    assert await clinic.delivered() == [(MIA, IN)]


async def test_a_taken_mail_is_said_with_its_message_id(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(SignUpRejected(member_id=mia, email=MIA, status=MemberStatus.ACTIVE))
    await clinic.delivered()
    (published,) = await clinic.one.published()
    own_id = str(clinic.tray.handed_over[0]["Message-ID"])
    assert published.data == MailSent(template="account_exists", message_id=own_id, member_id=mia)


async def test_a_refused_mail_is_said_with_the_servers_words_and_not_tried_again(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    clinic.tray.next_answers = [Refused("550 no such mailbox")]
    await clinic.handle(SignUpRejected(member_id=mia, email=MIA, status=MemberStatus.ACTIVE))
    assert await clinic.delivered() == []
    (published,) = await clinic.one.published()
    assert isinstance(published.data, MailFailed)
    assert (published.data.template, published.data.reason) == ("account_exists", "550 no such mailbox")
    assert await clinic.delivered(3600) == []


async def test_a_mail_that_was_perhaps_taken_is_sent_again_under_the_same_message_id_and_counted_apart(
    clinic: Clinic,
) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    clinic.tray.next_answers = [NotNow("answer_451"), PerhapsTaken("lost_after_data")]
    await clinic.handle(SignUpRejected(member_id=mia, email=MIA, status=MemberStatus.ACTIVE))
    assert await clinic.delivered() == []
    assert await clinic.delivered(60) == []
    assert clinic.tray.counted["account_exists", "sent_again_after_unknown"] == 0
    assert len(await clinic.delivered(60)) == 1
    assert len({mail["Message-ID"] for mail in clinic.tray.handed_over}) == 1
    assert clinic.tray.counted["account_exists", "sent_again_after_unknown"] == 1
    assert len(await clinic.one.published()) == 1


async def test_an_address_that_no_mail_can_be_sent_to_is_said_to_have_failed(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia,x")
    await clinic.handle(SignUpRejected(member_id=mia, email=MIA, status=MemberStatus.ACTIVE))
    assert await clinic.delivered() == []
    (published,) = await clinic.one.published()
    assert isinstance(published.data, MailFailed)


async def test_a_mail_that_fails_holds_up_no_other(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    clinic.tray.next_answers = [NotNow("answer_451")]
    for who in (mia, noah):
        await clinic.handle(SignUpRejected(member_id=who, email=MIA, status=MemberStatus.ACTIVE))
    assert len(await clinic.delivered()) == 1
    assert len(await clinic.delivered(60)) == 1


async def test_the_same_news_heard_again_mails_nobody_twice(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    record = clinic.one.voice.record(
        SignUpRejected(member_id=mia, email=MIA, status=MemberStatus.ACTIVE), clinic.agency_id
    )
    await clinic.one.handle_records([record, record])
    assert len(await clinic.delivered()) == 1
    await clinic.one.handle_records([record])
    assert await clinic.delivered() == []


async def test_an_agency_that_was_refused_is_forgotten_with_its_people(clinic: Clinic) -> None:
    await clinic.opened()
    await clinic.handle(AgencyRejected(code=RejectionCode.DOMAIN_TAKEN))
    assert await clinic.one.pool.fetchval("select count(*) from agencies") == 0
    assert await clinic.one.pool.fetchval("select count(*) from people") == 0


async def test_a_new_role_is_told_once_to_who_has_it_and_decides_who_gets_the_admins_mails(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(
        Activated(member_id=mia, seat_type=SeatType.VOICE, role=Role.CLINICIAN),
        RoleChanged(member_id=mia, before=Role.CLINICIAN, role=Role.ADMIN),
        RoleChanged(member_id=mia, before=Role.ADMIN, role=Role.ADMIN),
        RoleChanged(member_id=clinic.ada, before=Role.ADMIN, role=Role.CLINICIAN),
    )
    assert sorted(await clinic.delivered()) == [
        (ADA, "You are a clinician at Northside now"),
        (MIA, "You are an admin at Northside now"),
    ]
    (noah,) = await clinic.signed_up("Noah")
    await clinic.logged_in(noah)
    await clinic.blocked(noah)
    assert await clinic.delivered(5) == [(MIA, "Noah is blocked: no free Voice seat")]


async def test_mails_of_roles_and_removals_know_who_did_it_and_where_the_person_stood(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.handle(
        Activated(member_id=mia, seat_type=SeatType.VOICE, role=Role.CLINICIAN),
        RoleChanged(member_id=mia, before=Role.CLINICIAN, role=Role.ADMIN),
    )
    gone = RoleChanged(member_id=clinic.ada, before=Role.ADMIN, role=Role.CLINICIAN)
    await clinic.one.handle(gone, clinic.agency_id, actor=member(clinic.ada))
    await clinic.handle(Removed(member_id=mia, before=MemberStatus.ACTIVE, plan_type=SeatType.VOICE))
    await clinic.handle(Removed(member_id=noah, before=MemberStatus.PENDING_LOGIN))
    await clinic.delivered()
    by_subject = {(mail["To"], mail["Subject"]): body_of(mail) for mail in clinic.tray.handed_over}
    assert "You made yourself a clinician" in by_subject[ADA, "You are a clinician at Northside now"]
    assert "API keys that you made" in by_subject[MIA, "You were removed from Northside"]
    assert "before anybody signed in" in by_subject["noah@clinic.example", "You were removed from Northside"]


async def test_who_is_removed_is_told_and_is_named_in_no_digest(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.logged_in(mia, noah)
    await clinic.blocked(mia, noah)
    await clinic.handle(Removed(member_id=mia, before=MemberStatus.BLOCKED))
    assert await clinic.delivered() == [(MIA, "You were removed from Northside")]
    assert await clinic.delivered(5) == [(ADA, "Noah is blocked: no free Voice seat")]
