"""The demo agency: opened, signed up for and logged in to over HTTP alone, as any agency would be.

Every write of `seed` bears a fixed Idempotency-Key, so that seeding again changes nothing.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import httpx

from deploy.local.ports import until

DOMAIN = "brightside.example"
ADMIN_EMAIL = f"robin.hale@{DOMAIN}"
_AGENCY = {
    "name": "Brightside Clinic",
    "domain": DOMAIN,
    "adminEmail": ADMIN_EMAIL,
    "adminName": "Robin Hale",
    "cycle": "monthly",
    "base": 4,
    "voice": 2,
    "adminSeatType": "base",
    "paymentMethod": "pm_card_visa",
}
_FIRST = {"email": f"sam.okafor@{DOMAIN}", "name": "Sam Okafor", "seatType": "voice"}
_SIGNATURE = {"signerName": "Robin Hale", "signerTitle": "Practice owner"}
_KEY_NAME = "Local world"
_PATIENCE_SECONDS = 30
_CODE = re.compile(r"(?<!\d)\d{4}(?!\d)")


class SeedError(RuntimeError):
    """The system answered the seeding with something else than it should."""


async def seed(gateway: str, mailbox: str, operator_key: str) -> None:
    """Open the demo agency, and let its first clinician in.

    SeedError if an answer is not the one that the interface promises.
    """
    async with browser(gateway) as client:
        operator = {"Authorization": f"Bearer {operator_key}", "Idempotency-Key": "demo-agency"}
        opened = await client.post("/agencies", json=_AGENCY, headers=operator)
        await finished(client, opened, {"Authorization": operator["Authorization"]})
        key = {"Idempotency-Key": f"demo-{_FIRST['email']}"}
        await finished(client, await client.post("/signups", json=_FIRST, headers=key))
        await log_in(client, mailbox, _FIRST["email"])


async def key_of_admin(gateway: str, mailbox: str) -> str:
    """Sign the demo agency's BAA as its admin, and make an API key for programs; answers the secret.

    Done again, the signature stands, and the key takes the place of the one before. SeedError as above.
    """
    async with browser(gateway) as admin:
        await log_in(admin, mailbox, ADMIN_EMAIL)
        version = expect(await admin.get("/baa")).json()["version"]
        await finished(admin, await admin.post("/baa/signature", json=_SIGNATURE | {"version": version}))
        for key in expect(await admin.get("/api-keys")).json()["items"]:
            if key["name"] == _KEY_NAME:
                expect(await admin.delete(f"/api-keys/{key['id']}"))
        secret: str = expect(await admin.post("/api-keys", json={"name": _KEY_NAME})).json()["secret"]
        return secret


def browser(gateway: str) -> httpx.AsyncClient:
    """Somebody's browser, for the API: keeps cookies and sends the page's origin."""
    return httpx.AsyncClient(base_url=f"{gateway}/api/v1", headers={"Origin": gateway}, trust_env=False, timeout=30)


async def log_in(client: httpx.AsyncClient, mailbox: str, email: str) -> None:
    """Ask for a code, read it in the mailbox, and sign in with it."""
    known = {mail["id"] for mail in await mails_to(client, mailbox, email)}
    expect(await client.post("/login-codes", json={"email": email}))
    codes: list[str] = []

    async def arrived() -> bool:
        codes.extend(_codes_in(await mails_to(client, mailbox, email), known))
        return bool(codes)

    await until(arrived, still_alive=nothing_to_check, seconds=_PATIENCE_SECONDS)
    expect(await client.post("/sessions", json={"email": email, "code": codes[0]}))


async def mails_to(client: httpx.AsyncClient, mailbox: str, email: str) -> list[dict[str, Any]]:
    """What lies in the mailbox for this address, oldest first."""
    mails: list[dict[str, Any]] = (await client.get(f"{mailbox}/email")).json()
    return [mail for mail in mails if email in {to["address"] for to in mail["to"]}]


def _codes_in(mails: list[dict[str, Any]], known: set[str]) -> list[str]:
    texts = [f"{mail['subject']} {mail['text']}" for mail in mails if mail["id"] not in known]
    return [code.group() for text in texts if (code := _CODE.search(text))]


async def finished(
    client: httpx.AsyncClient, answer: httpx.Response, headers: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Follow a command that outlasts its request to its end."""
    expect(answer)
    if answer.status_code != httpx.codes.ACCEPTED:
        return

    async def over() -> bool:
        asked = await client.get(answer.url.join(answer.headers["Location"]), headers=headers)
        operation = expect(asked).json()
        if operation["state"] == "refused":
            raise SeedError(f"{answer.request.method} {answer.request.url.path} was refused: {operation}")
        return bool(operation["state"] == "done")

    await until(over, still_alive=nothing_to_check, seconds=_PATIENCE_SECONDS)


def nothing_to_check() -> None:
    """The supervisor watches the services; who seeds only waits."""


def expect(answer: httpx.Response) -> httpx.Response:
    """The answer, if it is a yes; SeedError otherwise."""
    if not answer.is_success:
        raise SeedError(
            f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}: {answer.text}"
        )
    return answer
