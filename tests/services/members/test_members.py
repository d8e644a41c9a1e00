"""The members service on a real database: its commands and their outcomes."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.billing import AccountRejected
from contracts.members import ChangeRole, RecordLogin, SignUp
from contracts.members_agencies import FoundAgency, SignBaa
from contracts.message import Message
from contracts.seats import SeatAssigned, SeatDenied
from contracts.vocabulary import (
    BAA_VERSION,
    OPERATOR,
    BillingCycle,
    BlockedReason,
    MemberStatus,
    Proof,
    RejectionCode,
    Role,
    SeatType,
    member,
)
from services.members.app import public_mail_domains
from tests.support.bus import PublishedMessage
from tests.support.one_service import OneService


def application(domain: str = "clinic.example", *, voice: int = 1) -> FoundAgency:
    return FoundAgency(
        name="Clinic",
        domain=domain,
        admin_email="ada@clinic.example",
        admin_name="Ada",
        cycle=BillingCycle.MONTHLY,
        base=2,
        voice=voice,
        admin_seat_type=SeatType.VOICE,
        payment_method="pm_card_visa",
    )


def sign_up(email: str, seat_type: SeatType = SeatType.BASE) -> SignUp:
    return SignUp(email=email, name="Bo", seat_type=seat_type)


def login(member_id: UUID) -> RecordLogin:
    return RecordLogin(member_id=member_id, proof=Proof.CODE)


def signature(title: str = "Director", version: str = BAA_VERSION) -> SignBaa:
    return SignBaa(signer_name="Ada", signer_title=title, version=version)


async def stored(service: OneService, columns: str) -> list[tuple[Any, ...]]:
    """These columns of the stored members, by address."""
    rows = await service.pool.fetch(f"SELECT {columns} FROM members ORDER BY email")
    return [tuple(row) for row in rows]


async def only(service: OneService) -> PublishedMessage:
    (one,) = await service.published()
    return one


async def result_of(service: OneService, agency: UUID, message: Message, **how: Any) -> PublishedMessage:  # noqa: ANN401  as `handle` takes it
    """Handle a message, and return the only message published for it."""
    await service.handle(message, agency, **how)
    return await only(service)


async def founded(service: OneService, domain: str = "clinic.example") -> tuple[UUID, UUID]:
    """An agency whose admin is Active; its id and the admin's."""
    agency = uuid4()
    admin_id = (await result_of(service, agency, application(domain), actor=OPERATOR)).data.admin_id
    await result_of(service, agency, SeatAssigned(member_id=admin_id, seat_type=SeatType.VOICE))
    return agency, admin_id


async def waiting(service: OneService, agency: UUID, email: str = "bo@clinic.example") -> tuple[UUID, UUID]:
    """Somebody whose first login waits for a seat; their id and the login's order."""
    bo = (await result_of(service, agency, sign_up(email))).data.member_id
    command = await service.handle(login(bo), agency, actor=member(bo))
    assert (await only(service)).type == "members.first_login.v1"
    return bo, command


async def test_an_agency_is_founded_and_its_opening_ends_when_its_first_admin_is_active(service: OneService) -> None:
    agency, command = uuid4(), uuid4()
    published = await result_of(service, agency, application(" Clinic.EXAMPLE"), id=command, actor=OPERATOR)
    assert published.type == "members.agency_founded.v1"
    assert (published.data.domain, published.data.base, published.data.voice) == ("clinic.example", 2, 1)
    assert (published.data.payment_method, published.envelope.correlation_id) == ("pm_card_visa", command)
    seat = SeatAssigned(member_id=published.data.admin_id, seat_type=SeatType.VOICE)
    active = await result_of(service, agency, seat, correlation_id=command)
    assert (active.type, active.data.role.value) == ("members.activated.v1", "admin")
    assert active.envelope.correlation_id == command


async def test_a_domain_belongs_to_one_agency_and_is_free_again_when_the_account_is_rejected(
    service: OneService,
) -> None:
    first, second, third = uuid4(), uuid4(), uuid4()
    command = uuid4()
    await result_of(service, first, application(), id=command)
    taken = await result_of(service, second, application("CLINIC.example "))
    assert (taken.type, taken.data.code) == ("members.agency_rejected.v1", RejectionCode.DOMAIN_TAKEN)
    refused = await result_of(
        service,
        first,
        AccountRejected(code=RejectionCode.PAYMENT_DECLINED, decline_code="lost_card"),
        correlation_id=command,
    )
    assert (refused.data.code, refused.data.figures.as_json()) == (
        RejectionCode.PAYMENT_DECLINED,
        {"decline_code": "lost_card"},
    )
    assert refused.envelope.correlation_id == command
    assert (await result_of(service, third, application())).type == "members.agency_founded.v1"


async def test_two_agencies_that_apply_for_one_domain_in_one_batch_are_decided_and_hold_up_no_other(
    service: OneService,
) -> None:
    agencies = [uuid4() for _ in range(3)]
    domains = ["clinic.example", "clinic.example", "other.example"]
    records = [service.sender.record(application(d), a) for d, a in zip(domains, agencies, strict=True)]
    await service.handle_records(records)
    published = {message.envelope.agency_id: message for message in await service.published()}
    assert published[agencies[2]].type == "members.agency_founded.v1"
    types = sorted(published[agency].type for agency in agencies[:2])
    assert types == ["members.agency_founded.v1", "members.agency_rejected.v1"]
    loser = next(s for s in published.values() if s.type == "members.agency_rejected.v1")
    assert loser.data.code == RejectionCode.DOMAIN_TAKEN


async def test_a_rejected_application_keeps_no_claim_to_its_domain(service: OneService) -> None:
    refused = await result_of(service, uuid4(), application(voice=0))
    assert (refused.type, refused.data.code) == ("members.agency_rejected.v1", RejectionCode.INVALID_REQUEST)
    assert (await result_of(service, uuid4(), application())).type == "members.agency_founded.v1"


async def test_a_public_mail_domain_is_rejected(service: OneService) -> None:
    refused = await result_of(service, uuid4(), application("Gmail.example"))
    assert refused.data.code == RejectionCode.PUBLIC_DOMAIN


def test_the_kept_lists_know_the_providers_that_everybody_uses() -> None:
    assert {"gmail.com", "outlook.com", "icloud.com", "gmx.de", "mailinator.com"} <= public_mail_domains()
    assert "clinic.example" not in public_mail_domains()


async def test_an_application_for_an_agency_that_was_decided_on_is_rejected(service: OneService) -> None:
    agency, _ = await founded(service)
    refused = await result_of(service, agency, application("new.example"))
    assert (refused.type, refused.data.code) == ("members.command_rejected.v1", RejectionCode.WRONG_STATUS)
    assert (await result_of(service, uuid4(), application("new.example"))).type == "members.agency_founded.v1"


async def test_a_sign_up_is_a_pending_login_and_another_one_for_its_mailbox_is_a_claim(service: OneService) -> None:
    agency, _ = await founded(service)
    command = uuid4()
    signed_up = await result_of(service, agency, sign_up("Bo+x@clinic.example", SeatType.VOICE), id=command)
    assert (signed_up.type, signed_up.data.email) == ("members.signed_up.v1", "bo+x@clinic.example")
    assert signed_up.envelope.correlation_id == command
    claim = await result_of(service, agency, sign_up("bo@CLINIC.example"))
    assert (claim.type, claim.data.member_id) == ("members.sign_up_claimed.v1", signed_up.data.member_id)
    assert (claim.data.email, claim.data.seat_type) == ("bo@clinic.example", SeatType.BASE)
    assert await stored(service, "email, seat_type") == [
        ("ada@clinic.example", "voice"),
        ("bo+x@clinic.example", "voice"),
    ]


async def test_the_same_mailbox_twice_in_one_batch_is_one_member(service: OneService) -> None:
    agency, _ = await founded(service)
    emails = ["bo@clinic.example", "BO+a@clinic.example", "cy@clinic.example"]
    await service.handle_records([service.sender.record(sign_up(email), agency) for email in emails])
    assert [message.type.split(".")[1] for message in await service.published()] == [
        "signed_up",
        "sign_up_claimed",
        "signed_up",
    ]


@pytest.mark.parametrize("email", ["bo@other.example", "bo@mail.clinic.example"])
async def test_a_sign_up_off_the_auto_join_domain_is_rejected(service: OneService, email: str) -> None:
    agency, _ = await founded(service)
    refused = await result_of(service, agency, sign_up(email))
    assert refused.data.code == RejectionCode.DOMAIN_NOT_AUTO_JOIN


async def test_commands_for_an_agency_that_does_not_exist_are_rejected(service: OneService) -> None:
    agency = uuid4()
    assert (
        await result_of(service, agency, sign_up("bo@clinic.example"))
    ).data.code == RejectionCode.DOMAIN_NOT_AUTO_JOIN
    assert (await result_of(service, agency, login(uuid4()))).data.code == RejectionCode.UNKNOWN_MEMBER
    assert (
        await result_of(service, agency, signature(), actor=member(uuid4()))
    ).data.code == RejectionCode.NOT_AN_ADMIN


async def test_the_first_login_starts_one_capacity_check_and_ends_active_with_its_own_correlation(
    service: OneService,
) -> None:
    agency, _ = await founded(service)
    bo, command = await waiting(service, agency)
    again = await result_of(service, agency, login(bo))
    assert (again.type, again.data.status.value) == ("members.login_recorded.v1", "pending_login")
    seat = SeatAssigned(member_id=bo, seat_type=SeatType.BASE, operation_id=uuid4())
    active = await result_of(service, agency, seat, correlation_id=command, actor=member(bo))
    assert (active.type, active.data.seat_type) == ("members.activated.v1", SeatType.BASE)
    assert active.data.before is MemberStatus.PENDING_LOGIN
    assert (active.envelope.correlation_id, active.envelope.actor) == (command, member(bo))
    later = await result_of(service, agency, login(bo))
    assert (later.type, later.data.status.value) == ("members.login_recorded.v1", "active")


@pytest.mark.parametrize("reason", BlockedReason)
async def test_no_seat_leaves_a_first_login_blocked_and_a_later_login_checks_nothing(
    service: OneService, reason: BlockedReason
) -> None:
    agency, _ = await founded(service)
    bo, command = await waiting(service, agency)
    denied = SeatDenied(member_id=bo, seat_type=SeatType.BASE, reason=reason)
    blocked = await result_of(service, agency, denied, correlation_id=command)
    assert (blocked.type, blocked.data.reason) == ("members.blocked.v1", reason)
    assert blocked.data.before is MemberStatus.PENDING_LOGIN
    assert blocked.envelope.correlation_id == command
    later = await result_of(service, agency, login(bo))
    assert (later.data.status.value, later.data.blocked_reason) == ("blocked", reason)


async def test_an_event_about_a_strangers_seat_publishes_nothing(service: OneService) -> None:
    agency, _ = await founded(service)
    await service.handle(SeatAssigned(member_id=uuid4(), seat_type=SeatType.BASE), agency)
    denied = SeatDenied(member_id=uuid4(), seat_type=SeatType.BASE, reason=BlockedReason.NO_SEAT_AVAILABLE)
    await service.handle(denied, agency)
    assert await service.published() == []


async def test_a_login_that_waits_for_an_agency_that_is_rejected_ends_without_a_block(service: OneService) -> None:
    agency = uuid4()
    await result_of(service, agency, application())
    bo, command = await waiting(service, agency)
    await result_of(service, agency, AccountRejected(code=RejectionCode.PAYMENT_ACTION_REQUIRED))
    denied = SeatDenied(member_id=bo, seat_type=SeatType.BASE, reason=BlockedReason.PAYMENT_DECLINED)
    ended = await result_of(service, agency, denied, correlation_id=command)
    assert (ended.type, ended.data.status.value) == ("members.login_recorded.v1", "pending_login")
    assert (await result_of(service, agency, login(bo))).data.code == RejectionCode.UNKNOWN_MEMBER


async def test_a_second_rejection_of_an_account_publishes_nothing(service: OneService) -> None:
    agency = uuid4()
    await result_of(service, agency, application())
    await result_of(service, agency, AccountRejected(code=RejectionCode.PAYMENT_DECLINED))
    await service.handle(AccountRejected(code=RejectionCode.PAYMENT_DECLINED), agency)
    assert await service.published() == []


async def test_an_active_admin_signs_the_baa_and_the_first_signature_stands(service: OneService) -> None:
    agency, ada = await founded(service)
    signed = await result_of(service, agency, signature(), actor=member(ada))
    assert (signed.type, signed.data.signer_id) == ("members.baa_signed.v1", ada)
    assert (signed.data.signer_title, signed.data.signed_at) == ("Director", service.clock.now)
    service.clock.advance(60)
    again = await result_of(service, agency, signature("Owner"), actor=member(ada))
    assert signed.data.agency_name is not None
    assert again.data == signed.data.model_copy(update={"again": True, "agency_name": None})


async def test_only_an_active_admin_signs_the_baa_in_its_current_version(service: OneService) -> None:
    agency, ada = await founded(service)
    bo, _ = await waiting(service, agency)
    for actor in (member(bo), member(uuid4()), OPERATOR):
        assert (await result_of(service, agency, signature(), actor=actor)).data.code == RejectionCode.NOT_AN_ADMIN
    refused = await result_of(service, agency, signature(version="1999-01"), actor=member(ada))
    assert (refused.data.code, refused.data.figures.as_json()["current"]) == (
        RejectionCode.INVALID_REQUEST,
        BAA_VERSION,
    )


async def test_another_admins_signature_is_rejected_with_the_signers_name(service: OneService, migrated: str) -> None:
    agency, ada = await founded(service)
    bo, command = await waiting(service, agency)
    await result_of(service, agency, SeatAssigned(member_id=bo, seat_type=SeatType.BASE), correlation_id=command)
    db = await asyncpg.connect(migrated)
    await db.execute("UPDATE members.members SET role = 'admin' WHERE member_id = $1", bo)
    await db.close()
    await result_of(service, agency, signature(), actor=member(ada))
    refused = await result_of(service, agency, signature(), actor=member(bo))
    assert (refused.data.code, refused.data.figures.as_json()["signer_name"]) == (RejectionCode.WRONG_STATUS, "Ada")


async def test_a_role_is_changed_by_an_admin_and_kept(service: OneService) -> None:
    agency, ada = await founded(service)
    bo, command = await waiting(service, agency)
    await result_of(service, agency, SeatAssigned(member_id=bo, seat_type=SeatType.BASE), correlation_id=command)
    await result_of(service, agency, signature(), actor=member(ada))
    promote, demote = ChangeRole(member_id=bo, role=Role.ADMIN), ChangeRole(member_id=ada, role=Role.CLINICIAN)
    refused = await result_of(service, agency, demote, actor=member(ada))
    assert (refused.type, refused.data.code) == ("members.command_rejected.v1", RejectionCode.LAST_ADMIN)
    changed = await result_of(service, agency, promote, actor=member(ada))
    assert (changed.type, changed.data.before, changed.data.role) == (
        "members.role_changed.v1",
        Role.CLINICIAN,
        Role.ADMIN,
    )
    assert (await result_of(service, agency, demote, actor=member(bo))).data.role is Role.CLINICIAN
    assert (await result_of(service, agency, promote, actor=member(ada))).data.code == RejectionCode.NOT_AN_ADMIN


async def test_one_mailbox_in_two_agencies_is_two_members(service: OneService) -> None:
    first, _ = await founded(service)
    second, _ = await founded(service, "other.example")
    bo, _ = await waiting(service, first)
    assert (await result_of(service, second, login(bo))).data.code == RejectionCode.UNKNOWN_MEMBER
    assert (await result_of(service, second, sign_up("bo@other.example"))).type == "members.signed_up.v1"


async def test_a_message_that_arrives_twice_publishes_once(service: OneService) -> None:
    agency, _ = await founded(service)
    record = service.sender.record(sign_up("bo@clinic.example"), agency)
    await service.handle_records([record, record])
    await service.handle_records([record])
    assert len(await service.published()) == 1
