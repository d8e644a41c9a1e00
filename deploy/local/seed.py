"""The demo agency: opened, signed up for and logged in to over HTTP alone, as any agency would be.

Every write of `seed` bears a fixed Idempotency-Key, so that seeding again changes nothing.
"""

import re
from collections.abc import Callable, Mapping
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
    "base": 2,
    "voice": 1,
    "adminSeatType": "base",
    "paymentMethod": "pm_card_visa",
}
# One of them logs in and takes the free Voice seat; the others stay Pending login, for a person to try.
_FIRST = {"email": f"sam.okafor@{DOMAIN}", "name": "Sam Okafor", "seatType": "voice"}
_OTHERS = (
    {"email": f"mira.lindqvist@{DOMAIN}", "name": "Mira Lindqvist", "seatType": "base"},
    {"email": f"tomas.reyes@{DOMAIN}", "name": "Tomas Reyes", "seatType": "voice"},
    {"email": f"june.castellano@{DOMAIN}", "name": "June Castellano", "seatType": "base"},
)
_SIGNATURE = {"signerName": "Robin Hale", "signerTitle": "Practice owner"}
_KEY_NAME = "Local world"
_PATIENCE_SECONDS = 30
_CODE = re.compile(r"(?<!\d)\d{4}(?!\d)")


class SeedError(RuntimeError):
    """The system answered the seeding with something else than it should."""


async def seed(gateway: str, mailbox: str, operator_key: str, reached: Callable[[int, int], None]) -> None:
    """Open the demo agency, sign its clinicians up, and log the first of them in.

    SeedError if an answer is not the one that the interface promises.
    """
    everyone = (_FIRST, *_OTHERS)
    steps = len(everyone) + 2
    async with _browser(gateway) as client:
        operator = {"Authorization": f"Bearer {operator_key}", "Idempotency-Key": "demo-agency"}
        opened = await client.post("/agencies", json=_AGENCY, headers=operator)
        await _finished(client, opened, {"Authorization": operator["Authorization"]})
        reached(1, steps)
        for done, person in enumerate(everyone, start=2):
            key = {"Idempotency-Key": f"demo-{person['email']}"}
            _expect(await client.post("/signups", json=person, headers=key))
            reached(done, steps)
        await _log_in(client, mailbox, _FIRST["email"])
        reached(steps, steps)


async def key_of_admin(gateway: str, mailbox: str) -> str:
    """Sign the demo agency's BAA as its admin, and make an API key for programs; answers the secret.

    Done again, the signature stands, and the key takes the place of the one before. SeedError as above.
    """
    async with _browser(gateway) as admin:
        await _log_in(admin, mailbox, ADMIN_EMAIL)
        version = _expect(await admin.get("/baa")).json()["version"]
        await _finished(admin, await admin.post("/baa/signature", json=_SIGNATURE | {"version": version}))
        for key in _expect(await admin.get("/api-keys")).json()["items"]:
            if key["name"] == _KEY_NAME:
                _expect(await admin.delete(f"/api-keys/{key['id']}"))
        secret: str = _expect(await admin.post("/api-keys", json={"name": _KEY_NAME})).json()["secret"]
        return secret


def _browser(gateway: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"{gateway}/api/v1", headers={"Origin": gateway}, trust_env=False, timeout=30)


async def _log_in(client: httpx.AsyncClient, mailbox: str, email: str) -> None:
    known = {mail["id"] for mail in await _mails_to(client, mailbox, email)}
    _expect(await client.post("/login-codes", json={"email": email}))
    codes: list[str] = []

    async def arrived() -> bool:
        codes.extend(_codes_in(await _mails_to(client, mailbox, email), known))
        return bool(codes)

    await until(arrived, still_alive=_nothing_to_check, seconds=_PATIENCE_SECONDS)
    _expect(await client.post("/sessions", json={"email": email, "code": codes[0]}))


async def _mails_to(client: httpx.AsyncClient, mailbox: str, email: str) -> list[dict[str, Any]]:
    mails: list[dict[str, Any]] = (await client.get(f"{mailbox}/email")).json()
    return [mail for mail in mails if email in {to["address"] for to in mail["to"]}]


def _codes_in(mails: list[dict[str, Any]], known: set[str]) -> list[str]:
    texts = [f"{mail['subject']} {mail['text']}" for mail in mails if mail["id"] not in known]
    return [code.group() for text in texts if (code := _CODE.search(text))]


async def _finished(
    client: httpx.AsyncClient, answer: httpx.Response, headers: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Follow an order that outlasts its request to its end."""
    _expect(answer)
    if answer.status_code != httpx.codes.ACCEPTED:
        return

    async def over() -> bool:
        asked = await client.get(answer.url.join(answer.headers["Location"]), headers=headers)
        operation = _expect(asked).json()
        if operation["state"] == "refused":
            raise SeedError(f"{answer.request.method} {answer.request.url.path} was refused: {operation}")
        return bool(operation["state"] == "done")

    await until(over, still_alive=_nothing_to_check, seconds=_PATIENCE_SECONDS)


def _nothing_to_check() -> None:
    """The supervisor watches the services; who seeds only waits."""


def _expect(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise SeedError(
            f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}: {answer.text}"
        )
    return answer
