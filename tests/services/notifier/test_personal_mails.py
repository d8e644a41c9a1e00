from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.fernet import Fernet

from contracts.gateway import SignedIn
from contracts.member_rejections import DomainTaken
from contracts.members import Activated, Details, DetailsChanged, Removed, RoleChanged, SignUpRejected
from contracts.members_agencies import AgencyRejected, AgencyRenamed
from contracts.notifier import Advise, MailFailed, MailSent
from contracts.vocabulary import BlockedReason, MemberStatus, RejectionCode, Role, SeatType, member
from hosting.sealing import Sealing
from services.notifier.domain.after_sending import PermanentFailure, TransientFailure, UnknownOutcome
from tests.services.notifier.world import Clinic, body_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MIA, ADA = "mia@clinic.example", "ada@clinic.example"
CODE = "0412 is your Headcount sign-in code"
IN = "You're in: your Voice seat at Northside is ready"


async def test_a_login_code_is_mailed_at_once_and_nothing_is_published(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(clinic.code(mia, MIA))
    assert await clinic.delivered() == [(MIA, CODE)]
    text = body_of(clinic.mails.handed_over[0])
    assert "\n0412\n" in text
    assert "valid for 10 minutes" in text
    assert "https://seats.example/login/abc" in text
    assert await clinic.service.published() == []


async def test_the_database_holds_a_login_code_only_sealed(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(clinic.code(mia, MIA))
    tasks = await clinic.service.pool.fetch("select payload::text from tasks")
    assert len(tasks) == 1
    assert "0412" not in tasks[0]["payload"].replace(str(mia), "")
    assert "login/abc" not in tasks[0]["payload"]


async def test_a_code_that_no_key_opens_is_dropped_and_counted(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    other_key = Sealing([Fernet.generate_key().decode()])
    await clinic.handle(clinic.code(mia, MIA, sealing=other_key))
    assert await clinic.delivered() == []
    assert await clinic.delivered(60) == []
    assert clinic.mails.counted["login_code", "seal_broken"] == 1


async def test_an_expired_code_is_not_mailed(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(clinic.code(mia, MIA))
    assert await clinic.delivered(600) == []
    assert clinic.mails.counted["login_code", "expired"] == 1


async def test_a_code_with_a_transient_failure_is_sent_again_until_it_expires(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    clinic.mails.next_deliveries = [TransientFailure("answer_451"), TransientFailure("not_connected")]
    await clinic.handle(clinic.code(mia, MIA))
    assert await clinic.delivered() == []
    assert await clinic.delivered(60) == []
    assert await clinic.delivered(60) == [(MIA, CODE)]


async def test_a_code_with_an_unknown_outcome_is_not_mailed_again(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    clinic.mails.next_deliveries = [UnknownOutcome("lost_after_data")]
    await clinic.handle(clinic.code(mia, MIA))
    assert await clinic.delivered() == []
    assert await clinic.delivered(60) == []
    assert len(clinic.mails.handed_over) == 1
    assert await clinic.service.published() == []


async def test_a_code_with_a_permanent_failure_is_finished_and_nothing_is_published(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    clinic.mails.next_deliveries = [PermanentFailure("550 no such mailbox")]
    await clinic.handle(clinic.code(mia, MIA))
    assert await clinic.delivered(60) == []
    assert len(clinic.mails.handed_over) == 1
    assert await clinic.service.published() == []


async def test_a_code_whose_worker_died_is_not_mailed_again(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(clinic.code(mia, MIA))
    await clinic.service.pool.execute(
        "update tasks set lease = gen_random_uuid(), leased_until = $1",
        clinic.service.clock() + timedelta(seconds=15),
    )
    assert await clinic.delivered(16) == []
    assert clinic.mails.counted["login_code", "may_be_there"] == 1


@pytest.mark.parametrize("status", list(MemberStatus))
async def test_a_member_who_signs_up_again_is_mailed_what_to_do(clinic: Clinic, status: MemberStatus) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(SignUpRejected(member_id=mia, email=MIA, status=status))
    ((to, subject),) = await clinic.delivered()
    assert to == MIA
    assert ("invited to Northside" if status is MemberStatus.INVITED else "account at Northside") in subject


@pytest.mark.parametrize("status", list(MemberStatus))
async def test_a_sign_up_with_another_spelling_is_mailed_the_address_to_use_at_that_spelling(
    clinic: Clinic, status: MemberStatus
) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(SignUpRejected(member_id=mia, email="mia+again@clinic.example", status=status))
    ((to, subject),) = await clinic.delivered()
    assert to == "mia+again@clinic.example"
    if status is MemberStatus.REMOVED:
        assert subject == "Your account at Northside was removed: ask your admin"
    else:
        assert subject == f"Sign in at Northside with {MIA}"


async def test_a_request_for_a_code_at_another_spelling_is_mailed_the_address_to_use_once_an_hour(
    clinic: Clinic,
) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    for spelling in ("mia+a@clinic.example", "mia+b@clinic.example"):
        await clinic.handle(Advise(member_id=mia, email=spelling))
    assert await clinic.delivered() == [("mia+a@clinic.example", f"Sign in at Northside with {MIA}")]
    assert "That spelling gets no codes." in body_of(clinic.mails.handed_over[0])
    clinic.service.clock.advance(3600)
    await clinic.handle(Advise(member_id=mia, email="mia+b@clinic.example"))
    assert [to for to, _ in await clinic.delivered()] == ["mia+b@clinic.example"]


async def test_a_member_who_was_removed_before_the_advice_is_recorded_gets_none(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(Removed(member_id=mia, before=MemberStatus.PENDING_LOGIN))
    await clinic.delivered()
    await clinic.handle(Advise(member_id=mia, email="mia+a@clinic.example"))
    assert await clinic.delivered() == []


async def test_mails_name_and_reach_a_person_by_the_corrected_details(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    before = Details(email=MIA, name="Mia", seat_type=SeatType.VOICE)
    corrected = DetailsChanged(
        member_id=mia, email="mia.chen@clinic.example", name="Mia Chen", seat_type=SeatType.BASE, before=before
    )
    await clinic.handle(corrected)
    await clinic.handle(Removed(member_id=mia, before=MemberStatus.PENDING_LOGIN))
    ((to, _),) = await clinic.delivered()
    assert to == "mia.chen@clinic.example"
    assert "Mia Chen" in body_of(clinic.mails.handed_over[0])


@pytest.mark.parametrize(("seconds", "mails"), [(10, []), (10.1, [(MIA, IN)])])
async def test_a_person_who_waited_more_than_ten_seconds_for_a_purchase_is_mailed_when_active(
    clinic: Clinic, seconds: float, mails: list[tuple[str, str]]
) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.logged_in(mia)
    operation = await clinic.purchase_started(mia)
    clinic.service.clock.advance(seconds)
    await clinic.purchase_paid(operation, mia)
    assert [mail for mail in await clinic.delivered() if mail[0] == MIA] == mails


async def test_a_person_who_got_a_free_seat_gets_no_mail_however_late_the_event(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.logged_in(mia)
    clinic.service.clock.advance(60)
    await clinic.handle(Activated(member_id=mia, seat_type=SeatType.VOICE, role=Role.CLINICIAN))
    assert await clinic.delivered() == []


async def test_a_blocked_person_is_mailed_when_active(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.logged_in(mia)
    await clinic.blocked(mia, reason=BlockedReason.NO_SEAT_AVAILABLE)
    await clinic.delivered(5)
    await clinic.handle(Activated(member_id=mia, seat_type=SeatType.VOICE, role=Role.CLINICIAN))
    assert await clinic.delivered() == [(MIA, IN)]


async def test_somebody_who_signs_up_with_an_address_again_and_again_sends_its_owner_one_mail_an_hour(
    clinic: Clinic,
) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    again = SignUpRejected(member_id=mia, email=MIA, status=MemberStatus.ACTIVE)
    for _ in range(3):
        await clinic.handle(*[again] * 10)
    assert len(await clinic.delivered()) == 1
    clinic.service.clock.advance(3599)
    await clinic.handle(again)
    assert await clinic.delivered() == []
    clinic.service.clock.advance(1)
    await clinic.handle(again)
    assert len(await clinic.delivered()) == 1


async def test_an_accepted_mail_is_published_with_its_message_id(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(SignUpRejected(member_id=mia, email=MIA, status=MemberStatus.ACTIVE))
    await clinic.delivered()
    (published,) = await clinic.service.published()
    own_id = str(clinic.mails.handed_over[0]["Message-ID"])
    assert published.data == MailSent(template="account_exists", message_id=own_id, member_id=mia)


async def test_a_permanent_failure_is_published_with_the_servers_text_and_not_sent_again(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    clinic.mails.next_deliveries = [PermanentFailure("550 no such mailbox")]
    await clinic.handle(SignUpRejected(member_id=mia, email=MIA, status=MemberStatus.ACTIVE))
    assert await clinic.delivered() == []
    (published,) = await clinic.service.published()
    assert isinstance(published.data, MailFailed)
    assert (published.data.template, published.data.reason) == ("account_exists", "550 no such mailbox")
    assert await clinic.delivered(3600) == []


async def test_a_mail_with_an_unknown_outcome_is_sent_again_under_the_same_message_id_and_counted_apart(
    clinic: Clinic,
) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    clinic.mails.next_deliveries = [TransientFailure("answer_451"), UnknownOutcome("lost_after_data")]
    await clinic.handle(SignUpRejected(member_id=mia, email=MIA, status=MemberStatus.ACTIVE))
    assert await clinic.delivered() == []
    assert await clinic.delivered(60) == []
    assert clinic.mails.counted["account_exists", "sent_again_after_unknown"] == 0
    assert len(await clinic.delivered(60)) == 1
    assert len({mail["Message-ID"] for mail in clinic.mails.handed_over}) == 1
    assert clinic.mails.counted["account_exists", "sent_again_after_unknown"] == 1
    assert len(await clinic.service.published()) == 1


async def test_a_mail_that_fails_holds_up_no_other(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    clinic.mails.next_deliveries = [TransientFailure("answer_451")]
    for member_id in (mia, noah):
        await clinic.handle(SignUpRejected(member_id=member_id, email=MIA, status=MemberStatus.ACTIVE))
    assert len(await clinic.delivered()) == 1
    assert len(await clinic.delivered(60)) == 1


async def test_a_redelivered_event_makes_no_second_mail(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    record = clinic.service.sender.record(
        SignUpRejected(member_id=mia, email=MIA, status=MemberStatus.ACTIVE), clinic.agency_id
    )
    await clinic.service.handle_records([record, record])
    assert len(await clinic.delivered()) == 1
    await clinic.service.handle_records([record])
    assert await clinic.delivered() == []


async def test_a_rejected_agency_is_deleted_with_its_people(clinic: Clinic) -> None:
    await clinic.opened()
    await clinic.handle(AgencyRejected(code=RejectionCode.DOMAIN_TAKEN, figures=DomainTaken("clinic.example")))
    assert await clinic.service.pool.fetchval("select count(*) from agencies") == 0
    assert await clinic.service.pool.fetchval("select count(*) from people") == 0


async def test_a_new_role_is_mailed_once_and_decides_who_gets_the_admins_mails(clinic: Clinic) -> None:
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


async def test_mails_about_roles_and_removals_name_the_actor_and_the_earlier_status(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.handle(
        Activated(member_id=mia, seat_type=SeatType.VOICE, role=Role.CLINICIAN),
        RoleChanged(member_id=mia, before=Role.CLINICIAN, role=Role.ADMIN),
    )
    demoted = RoleChanged(member_id=clinic.ada, before=Role.ADMIN, role=Role.CLINICIAN)
    await clinic.service.handle(demoted, clinic.agency_id, actor=member(clinic.ada))
    await clinic.handle(Removed(member_id=mia, before=MemberStatus.ACTIVE, plan_type=SeatType.VOICE))
    await clinic.handle(Removed(member_id=noah, before=MemberStatus.PENDING_LOGIN))
    await clinic.delivered()
    by_subject = {(mail["To"], mail["Subject"]): body_of(mail) for mail in clinic.mails.handed_over}
    assert "You made yourself a clinician" in by_subject[ADA, "You are a clinician at Northside now"]
    assert "API keys that you made" in by_subject[MIA, "You were removed from Northside"]
    assert "before anybody signed in" in by_subject["noah@clinic.example", "You were removed from Northside"]


async def test_a_removed_person_is_mailed_and_no_digest_names_them(clinic: Clinic) -> None:
    await clinic.opened()
    mia, noah = await clinic.signed_up("Mia", "Noah")
    await clinic.logged_in(mia, noah)
    await clinic.blocked(mia, noah)
    await clinic.handle(Removed(member_id=mia, before=MemberStatus.BLOCKED))
    assert await clinic.delivered() == [(MIA, "You were removed from Northside")]
    assert await clinic.delivered(5) == [(ADA, "Noah is blocked: no free Voice seat")]


def signed_in(member_id: UUID, *, new_browser: bool = True) -> SignedIn:
    return SignedIn(
        member_id=member_id, at=NOON, new_browser=new_browser, device="Chrome on Windows", network="203.0.113.9"
    )


async def test_an_admin_is_mailed_a_sign_in_on_a_new_browser_once(clinic: Clinic) -> None:
    await clinic.opened()
    await clinic.handle(signed_in(clinic.ada))
    assert await clinic.delivered() == [(ADA, "New sign-in to Northside")]
    text = body_of(clinic.mails.handed_over[0])
    for part in ("2 March 2026, 12:00 UTC", "Chrome on Windows", "203.0.113.9", "https://seats.example/sessions"):
        assert part in text


async def test_a_known_browser_a_clinician_and_a_former_admin_cause_no_mail_about_a_sign_in(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(Activated(member_id=mia, seat_type=SeatType.VOICE, role=Role.CLINICIAN))
    await clinic.handle(signed_in(clinic.ada, new_browser=False))
    await clinic.handle(signed_in(mia))
    await clinic.handle(SignedIn(member_id=clinic.ada, at=NOON))
    await clinic.handle(RoleChanged(member_id=clinic.ada, before=Role.ADMIN, role=Role.CLINICIAN))
    await clinic.handle(signed_in(clinic.ada))
    assert [subject for _, subject in await clinic.delivered() if "sign-in" in subject] == []


async def test_mails_show_the_agencys_new_name_from_its_renaming_on(clinic: Clinic) -> None:
    await clinic.opened()
    (mia,) = await clinic.signed_up("Mia")
    await clinic.handle(AgencyRenamed(before="Northside", name="Maple Health"), clinic.invitation(mia, MIA))
    ((_, subject),) = await clinic.delivered()
    assert "Maple Health" in subject
