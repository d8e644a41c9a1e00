"""Opens the demo agency, over HTTP alone, as any agency is opened.

Every write of `seed` has a fixed Idempotency-Key, so that seeding again changes nothing.
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
_FIRST_CLINICIAN = {"email": f"sam.okafor@{DOMAIN}", "name": "Sam Okafor", "seatType": "voice"}
_SIGNATURE = {"signerName": "Robin Hale", "signerTitle": "Practice owner"}
_KEY_NAME = "Local world"
_TIMEOUT_SECONDS = 30
_CODE = re.compile(r"(?<!\d)\d{4}(?!\d)")


class SeedError(RuntimeError):
    """A response during seeding is not what the interface promises."""


async def seed(gateway: str, mailbox: str, operator_key: str) -> None:
    """Open the demo agency, and log its first clinician in.

    SeedError if a response is not what the interface promises.
    """
    async with browser(gateway) as client:
        operator = {"Authorization": f"Bearer {operator_key}", "Idempotency-Key": "demo-agency"}
        opened = await client.post("/agencies", json=_AGENCY, headers=operator)
        await finished(client, opened, {"Authorization": operator["Authorization"]})
        key = {"Idempotency-Key": f"demo-{_FIRST_CLINICIAN['email']}"}
        await finished(client, await client.post("/signups", json=_FIRST_CLINICIAN, headers=key))
        await log_in(client, mailbox, _FIRST_CLINICIAN["email"])


async def key_of_admin(gateway: str, mailbox: str) -> str:
    """Sign the demo agency's BAA as its admin, and create an API key; returns the key's secret.

    A repeated call keeps the signature and replaces the key. SeedError as for `seed`.
    """
    async with browser(gateway) as admin:
        await log_in(admin, mailbox, ADMIN_EMAIL)
        version = expect(await admin.get("/baa")).json()["version"]
        await finished(admin, await admin.post("/baa/signature", json=_SIGNATURE | {"version": version}))
        for key in expect(await admin.get("/api-keys")).json()["items"]:
            if key["name"] == _KEY_NAME:
                expect(await admin.delete(f"/api-keys/{key['id']}"))
        new_key = {"name": _KEY_NAME, "scopes": ["admin"]}
        secret: str = expect(await admin.post("/api-keys", json=new_key)).json()["secret"]
        return secret


def browser(gateway: str) -> httpx.AsyncClient:
    """An API client like a person's browser: it keeps cookies and sends the page's origin."""
    return httpx.AsyncClient(base_url=f"{gateway}/api/v1", headers={"Origin": gateway}, trust_env=False, timeout=30)


async def log_in(client: httpx.AsyncClient, mailbox: str, email: str) -> None:
    """Request a code, read it in the mailbox, and sign in with it."""
    known = {mail["id"] for mail in await mails_to(client, mailbox, email)}
    expect(await client.post("/login-codes", json={"email": email}))
    codes: list[str] = []

    async def arrived() -> bool:
        codes.extend(_codes_in(await mails_to(client, mailbox, email), known))
        return bool(codes)

    await until(arrived, still_alive=nothing_to_check, seconds=_TIMEOUT_SECONDS)
    expect(await client.post("/sessions", json={"email": email, "code": codes[0]}))


async def mails_to(client: httpx.AsyncClient, mailbox: str, email: str) -> list[dict[str, Any]]:
    """The mails to this address in the mailbox, oldest first."""
    mails: list[dict[str, Any]] = (await client.get(f"{mailbox}/email")).json()
    return [mail for mail in mails if email in {to["address"] for to in mail["to"]}]


def _codes_in(mails: list[dict[str, Any]], known: set[str]) -> list[str]:
    texts = [f"{mail['subject']} {mail['text']}" for mail in mails if mail["id"] not in known]
    return [code.group() for text in texts if (code := _CODE.search(text))]


async def finished(
    client: httpx.AsyncClient, response: httpx.Response, headers: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Wait for the end of a command that the response only accepted; SeedError if it was rejected."""
    expect(response)
    if response.status_code != httpx.codes.ACCEPTED:
        return

    async def over() -> bool:
        status = await client.get(response.url.join(response.headers["Location"]), headers=headers)
        operation = expect(status).json()
        if operation["state"] == "refused":
            raise SeedError(f"{response.request.method} {response.request.url.path} was refused: {operation}")
        return bool(operation["state"] == "done")

    await until(over, still_alive=nothing_to_check, seconds=_TIMEOUT_SECONDS)


def nothing_to_check() -> None:
    """Do nothing: the supervisor watches the services."""


def expect(response: httpx.Response) -> httpx.Response:
    """The response if it is a success; SeedError otherwise."""
    if not response.is_success:
        raise SeedError(
            f"{response.request.method} {response.request.url.path} answered {response.status_code}: {response.text}"
        )
    return response
