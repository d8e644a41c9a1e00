"""The members service on a real database: which agency holds which auto-join domain."""

from uuid import UUID, uuid4

from contracts.members_agencies import SetDomain
from contracts.vocabulary import RejectionCode, Role, SeatType, member
from tests.services.members.test_invites import Agency, one
from tests.services.members.test_members import application, founded, login, result_of, sign_up, signature
from tests.support.bus import PublishedMessage
from tests.support.one_service import OneService

BASE = SeatType.BASE


async def signed(service: OneService, domain: str = "clinic.example") -> Agency:
    agency = Agency(service, *await founded(service, domain))
    await agency.purchased(base=5)
    await agency.ask(signature())
    return agency


async def admin_at(agency: Agency, email: str) -> UUID:
    """One more Active admin, with that address."""
    invited = await agency.invite(email, role=Role.ADMIN)
    accepted = await agency.accept(invited)
    await agency.seat(invited.data.member_id, accepted.envelope.correlation_id)
    return UUID(str(invited.data.member_id))


async def set_to(agency: Agency, domain: str, actor: UUID) -> PublishedMessage:
    return one(await agency.ask(SetDomain(domain=domain), actor=member(actor)))


async def test_sign_up_follows_the_new_domain_and_pending_rows_of_the_old_one_keep_working(service: OneService) -> None:
    agency = await signed(service)
    bo = (await result_of(service, agency.id, sign_up("bo@clinic.example"))).data.member_id
    noor = await admin_at(agency, "noor@new.example")
    changed = await set_to(agency, " New.example", noor)
    assert (changed.type, changed.data.before, changed.data.domain) == (
        "members.domain_changed.v1",
        "clinic.example",
        "new.example",
    )
    assert (await result_of(service, agency.id, sign_up("cy@new.example"))).type == "members.signed_up.v1"
    refused = await result_of(service, agency.id, sign_up("cy@clinic.example"))
    assert (refused.data.code, refused.data.figures.as_json()) == (
        RejectionCode.DOMAIN_NOT_AUTO_JOIN,
        {"domain": "new.example"},
    )
    assert (await result_of(service, agency.id, login(bo))).type == "members.first_login.v1"


async def test_the_old_domain_is_free_for_another_agency_and_the_new_one_is_taken(service: OneService) -> None:
    agency = await signed(service)
    noor = await admin_at(agency, "noor@new.example")
    await set_to(agency, "new.example", noor)
    taken = await result_of(service, uuid4(), application("new.example"))
    assert taken.data.code == RejectionCode.DOMAIN_TAKEN
    assert (await result_of(service, uuid4(), application("clinic.example"))).type == "members.agency_founded.v1"
    back = await set_to(agency, "clinic.example", agency.ada)
    assert (back.data.code, back.data.figures.as_json()) == (RejectionCode.DOMAIN_TAKEN, {"domain": "clinic.example"})


async def test_an_agency_can_set_the_domain_that_it_already_has(service: OneService) -> None:
    agency = await signed(service)
    same = await set_to(agency, "CLINIC.example", agency.ada)
    assert (same.data.before, same.data.domain) == ("clinic.example", "clinic.example")
    assert (await result_of(service, uuid4(), application("clinic.example"))).data.code == RejectionCode.DOMAIN_TAKEN


async def test_an_admin_proves_only_the_domain_of_their_own_address(service: OneService) -> None:
    agency = await signed(service)
    noor = await admin_at(agency, "noor@new.example")
    unproven = await set_to(agency, "new.example", agency.ada)
    assert (unproven.data.code, unproven.data.figures.as_json()) == (
        RejectionCode.DOMAIN_NOT_PROVEN,
        {"domain": "new.example"},
    )
    assert (await set_to(agency, "mail.new.example", noor)).data.code == RejectionCode.DOMAIN_NOT_PROVEN
    assert (await result_of(service, uuid4(), application("new.example"))).type == "members.agency_founded.v1", (
        "a claim whose command was refused is given back"
    )
    assert (await set_to(agency, "new.example", noor)).data.code == RejectionCode.DOMAIN_TAKEN


async def test_a_public_mail_domain_is_rejected(service: OneService) -> None:
    agency = await signed(service)
    noor = await admin_at(agency, "noor@gmail.example")
    assert (await set_to(agency, "gmail.example", noor)).data.code == RejectionCode.PUBLIC_DOMAIN


async def test_a_domain_cannot_be_set_before_the_baa_is_signed_and_stays_free_for_other_agencies(
    service: OneService,
) -> None:
    agency = Agency(service, *await founded(service, "clinic.example"))
    assert (await set_to(agency, "clinic.example", agency.ada)).data.code == RejectionCode.BAA_UNSIGNED
    assert (await set_to(agency, "new.example", agency.ada)).data.code == RejectionCode.BAA_UNSIGNED
    assert (await result_of(service, uuid4(), application("new.example"))).type == "members.agency_founded.v1"


async def test_only_one_of_two_agencies_gets_a_domain_that_both_set_in_one_batch(service: OneService) -> None:
    agencies = [await signed(service), await signed(service, "other.example")]
    admins = [await admin_at(agency, f"noor{number}@new.example") for number, agency in enumerate(agencies)]
    records = [
        service.sender.record(SetDomain(domain="new.example"), agency.id, actor=member(admin))
        for agency, admin in zip(agencies, admins, strict=True)
    ]
    await service.handle_records(records)
    published = await service.published()
    assert sorted(message.type for message in published) == ["members.command_rejected.v1", "members.domain_changed.v1"]
    (refused,) = [message for message in published if message.type == "members.command_rejected.v1"]
    assert refused.data.code == RejectionCode.DOMAIN_TAKEN


async def test_an_agency_that_cannot_prove_a_domain_leaves_it_to_another_in_the_same_batch(
    service: OneService,
) -> None:
    stranger, newcomer = await signed(service), uuid4()
    records = [
        service.sender.record(SetDomain(domain="new.example"), stranger.id, actor=member(stranger.ada)),
        service.sender.record(application("new.example"), newcomer),
    ]
    await service.handle_records(records)
    assert {message.envelope.agency_id: message.type for message in await service.published()} == {
        stranger.id: "members.command_rejected.v1",
        newcomer: "members.agency_founded.v1",
    }


async def test_a_domain_changed_and_changed_back_in_one_batch_is_the_first_one_again(service: OneService) -> None:
    agency = await signed(service)
    noor = await admin_at(agency, "noor@new.example")
    steps = [("new.example", noor), ("clinic.example", agency.ada)]
    await service.handle_records(
        [service.sender.record(SetDomain(domain=domain), agency.id, actor=member(who)) for domain, who in steps]
    )
    assert [message.data.domain for message in await service.published()] == ["new.example", "clinic.example"]
    assert (await result_of(service, uuid4(), application("new.example"))).type == "members.agency_founded.v1"
    assert (await result_of(service, uuid4(), application("clinic.example"))).data.code == RejectionCode.DOMAIN_TAKEN
