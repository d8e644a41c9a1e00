"""API keys with all services: a program has the rights of the admin who made the key, and loses them with the admin."""

from tests.journeys.test_invitations import IDA, signed_agency
from tests.journeys.test_roles import admin_and_clinician, id_of
from tests.support.journey import Browser, Journey


def program(journey: Journey, secret: str) -> Browser:
    """Return a client with an API key, without cookie and Origin."""
    program_browser = journey.browser()
    del program_browser.client.headers["Origin"]
    program_browser.client.headers["Authorization"] = f"Bearer {secret}"
    return program_browser


async def key_of(admin: Browser) -> str:
    response = await admin.post("/api-keys", {"name": "Payroll"})
    assert response.status_code == 201, response.text
    return str(response.json()["secret"])


async def test_a_program_invites_swaps_and_removes_with_the_rights_of_the_admin_who_made_its_key(
    journey: Journey,
) -> None:
    ada = await signed_agency(journey, voice=1)
    payroll = program(journey, await key_of(ada))
    assert (await payroll.invite(IDA, "voice")).status_code == 201
    ida = await journey.browser().accept(journey.letterbox.invitations(IDA)[0])
    member = ida.json()["member"]["id"]
    assert (await payroll.swap(member, "base")).json()["planType"] == "base"
    assert (await payroll.ask("DELETE", f"/members/{member}")).status_code == 204
    events = [event for type_ in ("invited", "removed") for event in journey.published(f"members.{type_}.v1")]
    assert {str(event.envelope.actor) for event in events} == {f"member:{await id_of(ada)}"}


async def test_a_key_ends_when_the_admin_who_made_it_is_demoted_or_removed(journey: Journey) -> None:
    ada, nia = await admin_and_clinician(journey)
    nia_id = await id_of(nia)
    await ada.ask("PATCH", f"/members/{nia_id}", {"role": "admin"})
    nias_key = program(journey, await key_of(nia))
    assert (await nias_key.ask("GET", "/members")).status_code == 200
    await ada.ask("PATCH", f"/members/{nia_id}", {"role": "clinician"})
    assert (await nias_key.ask("GET", "/me")).json()["code"] == "not_signed_in", "on the next request"
    await ada.ask("PATCH", f"/members/{nia_id}", {"role": "admin"})
    assert (await nias_key.ask("GET", "/me")).status_code == 401, "a key that ended stays ended"
    again = program(journey, await key_of(nia))
    await ada.ask("DELETE", f"/members/{nia_id}")
    assert (await again.ask("GET", "/me")).json()["code"] == "not_signed_in"
    assert (await ada.get("/api-keys")) == {"items": []}
    await journey.drain()
    ended = journey.published("gateway.api_key_revoked.v1")
    assert [str(event.envelope.actor) for event in ended] == [f"member:{await id_of(ada)}"] * 2


async def test_no_secret_of_a_key_is_on_the_bus(journey: Journey) -> None:
    ada = await signed_agency(journey)
    secret = await key_of(ada)
    await journey.drain()
    assert journey.published("gateway.api_key_created.v1")
    published = b"".join(bytes(record.value or b"") for log in journey.bus.log.values() for record in log)
    assert secret.encode() not in published
