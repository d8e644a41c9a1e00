"""A service cannot handle or publish a message: the operator is mailed, admins see a note, and nothing is lost."""

from dataclasses import replace

import pytest

from contracts.envelope import Envelope
from contracts.vocabulary import Service
from hosting.parking import Parking
from tests.support.journey import OPERATOR_ADDRESS, Browser, Journey, text_of
from tests.support.money import signed_in_admin
from transport.records import StoredRecord

BO = "bo@harbor.example"
NOTE = "Changes take longer than usual"


def newest(journey: Journey, kind: str) -> StoredRecord:
    """The newest record of this type on the bus."""
    log = journey.bus.log[f"{kind.partition('.')[0]}.events"]
    return next(record for record in reversed(log) if Envelope.read(record.key, record.headers).type == kind)


async def published_anew(journey: Journey, kind: str) -> None:
    """Let the system move until one more event of this type is published."""
    await journey.until_published(kind, len(journey.published(kind)) + 1)


async def shows_note(ada: Browser) -> set[bool]:
    """Whether the admin's pages show the note."""
    pages = [await ada.client.get(f"/admin/agency/{tab}") for tab in ("members", "billing", "settings", "activity")]
    assert {page.status_code for page in pages} == {200}
    return {NOTE in page.text for page in pages}


@pytest.mark.parametrize(
    ("service", "after", "kind"),
    [
        (Service.SEATS, None, "members.first_login.v1"),
        (Service.MEMBERS, "members.first_login.v1", "seats.seat_assigned.v1"),
        (Service.NOTIFIER, None, "members.activated.v1"),
        (Service.GATEWAY, None, "members.activated.v1"),
    ],
)
async def test_an_agency_that_a_service_holds_back_is_reported_until_it_goes_on(
    journey: Journey, service: Service, after: str | None, kind: str
) -> None:
    ada = await signed_in_admin(journey, base=2)
    bo = journey.browser()
    await bo.sign_up(BO)
    await bo.post("/login-codes", {"email": BO})
    await journey.drain()
    proof = {"email": BO, "code": journey.letterbox.code(BO)}
    with journey.impatient():
        entering = journey.later(bo.client.post("/api/v1/sessions", json=proof))
        if after is not None:
            await published_anew(journey, after)
        journey.bus.held = {service}
        await published_anew(journey, kind)
        good = newest(journey, kind)
        journey.bus.log[good.topic][good.offset] = replace(good, value=b"{}")
        journey.bus.held = set()
        await journey.during(entering)
    await journey.drain()
    journey.bus.log[good.topic][good.offset] = good

    [told] = journey.letterbox.to(OPERATOR_ADDRESS)
    assert str(told["Subject"]) == f"Harbor Clinic waits: {service} could not handle a message"
    [account] = journey.published("billing.account_opened.v1")
    agency_id = account.envelope.agency_id
    assert f"The service {service} could not handle {kind} of Harbor Clinic" in text_of(told)
    assert f"headcount deferred resume {service} --agency {agency_id}" in text_of(told)
    assert await shows_note(ada) == {True}

    instance = journey.services[service]
    await instance.inbox.take_up(agency_id)
    await journey.drain()
    assert await shows_note(ada) == {True}, "its event still fails"
    assert len(journey.letterbox.to(OPERATOR_ADDRESS)) == 1, "the operator who resumed it knows"

    await instance.pool.execute(
        "UPDATE deferred_messages SET value = $3 WHERE topic = $1 AND kafka_offset = $2",
        *(good.topic, good.offset, good.value),
    )
    await instance.inbox.take_up(agency_id)
    await journey.drain()
    assert await shows_note(ada) == {False}
    assert (await bo.me())["status"] == "active"


@pytest.mark.parametrize(
    ("service", "kind"), [(Service.SEATS, "seats.seat_assigned.v1"), (Service.GATEWAY, "members.record_login.v1")]
)
async def test_an_agency_of_which_the_bus_refuses_a_message_is_reported_until_it_is_published(
    journey: Journey, service: Service, kind: str
) -> None:
    ada = await signed_in_admin(journey, base=2)
    bo = journey.browser()
    await bo.sign_up(BO)
    await bo.post("/login-codes", {"email": BO})
    await journey.drain()
    proof = {"email": BO, "code": journey.letterbox.code(BO)}
    journey.bus.refused = kind.encode()
    with journey.impatient():
        await journey.during(bo.client.post("/api/v1/sessions", json=proof))
    await parked(journey)

    [told] = journey.letterbox.to(OPERATOR_ADDRESS)
    assert str(told["Subject"]) == f"Harbor Clinic waits: Kafka refuses a message of {service}"
    assert f"Kafka refuses {kind} of Harbor Clinic" in text_of(told)
    assert await shows_note(ada) == {True}
    assert not journey.published(kind)[1:], "only the first admin's login came through"
    again = newest(journey, f"{service}.agency_parked.v1")
    journey.bus.log[again.topic].append(again)
    await journey.drain()
    assert len(journey.letterbox.to(OPERATOR_ADDRESS)) == 1, "the relay had published it, and could not note it"

    journey.bus.refused = None
    journey.held.clear()
    await journey.drain()
    await parked(journey)
    assert await shows_note(ada) == {False}
    assert (await bo.me())["status"] == "active"
    assert len(journey.letterbox.to(OPERATOR_ADDRESS)) == 1


async def parked(journey: Journey) -> None:
    """Let each service look which agencies wait for the bus, and the others learn of it."""
    for instance in journey.services.values():
        await Parking(instance.runtime).run_once()
    await journey.drain()
