"""Calls of the operator to the running gateway, each with its result as a sentence."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.vocabulary import RejectionCode

_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 1.0
_WITHOUT_A_SEAT = "Somebody who is Active already can be made an admin without a free seat."


class NotDoneError(Exception):
    """The call had no effect; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class NewAdmin:
    """The new admin of an agency; `seat_type` is the seat of their invitation."""

    agency_id: UUID
    email: str
    name: str
    seat_type: str


def add_admin(public_url: str, key: str, admin: NewAdmin, *, patience: float = _PATIENCE_SECONDS) -> str:
    """Give an agency an admin; returns what happened. Raises NotDoneError when nothing did.

    An operation that takes longer than its request is followed for `patience` seconds.
    """
    body = {"email": admin.email, "name": admin.name, "seatType": admin.seat_type}
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": str(uuid4())}
    try:
        with httpx.Client(base_url=public_url.rstrip("/"), headers=headers, timeout=30) as client:
            answer = client.post(f"/api/v1/agencies/{admin.agency_id}/admins", json=body)
            if answer.status_code == httpx.codes.ACCEPTED:
                return _follow(client, answer.headers["Location"], admin, patience)
            return _sentence(answer.status_code, answer.json(), admin)
    except (httpx.HTTPError, httpx.InvalidURL) as away:
        raise NotDoneError(f"{public_url} does not answer ({type(away).__name__}). Try again in a moment.") from away
    except (ValueError, KeyError) as strange:
        raise NotDoneError(f"What answers at {public_url} is not the gateway.") from strange


def erase(public_url: str, key: str, agency_id: UUID, email: str) -> None:
    """Erase a removed member. NotDoneError if nobody was erased."""
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": str(uuid4())}
    try:
        with httpx.Client(base_url=public_url.rstrip("/"), headers=headers, timeout=30) as client:
            answer = client.post(f"/api/v1/agencies/{agency_id}/erasures", json={"email": email})
    except (httpx.HTTPError, httpx.InvalidURL) as away:
        raise NotDoneError(f"{public_url} does not answer ({type(away).__name__}). Try again in a moment.") from away
    if answer.status_code not in {httpx.codes.NO_CONTENT, httpx.codes.ACCEPTED}:
        raise NotDoneError(_why_not(answer))


def export(public_url: str, key: str, agency_id: UUID, file: Path) -> int:
    """Write all of an agency to a file, as it arrives; returns its bytes. NotDoneError, which leaves no file."""
    address, headers = f"/api/v1/agencies/{agency_id}/export.zip", {"Authorization": f"Bearer {key}"}
    part = file.with_name(f"{file.name}.part")
    try:
        with (
            httpx.Client(base_url=public_url.rstrip("/"), headers=headers, timeout=30) as client,
            client.stream("GET", address) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                answer.read()
                raise NotDoneError(_why_not(answer))
            with part.open("xb") as opened:
                for piece in answer.iter_bytes():
                    opened.write(piece)
        part.rename(file)
        return file.stat().st_size
    except FileExistsError as there:
        raise NotDoneError(f"{part} is there already. Remove it, or choose another name.") from there
    except (httpx.HTTPError, httpx.InvalidURL) as away:
        part.unlink(missing_ok=True)
        raise NotDoneError(f"{public_url} does not answer ({type(away).__name__}). Try again in a moment.") from away


def _why_not(answer: httpx.Response) -> str:
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return "The gateway does not take this HEADCOUNT_OPERATOR_KEY."
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError):
        return f"What answers at {answer.url.host} is not the gateway."


def _follow(client: httpx.Client, where: str, admin: NewAdmin, patience: float) -> str:
    until = time.monotonic() + patience
    while True:
        operation = client.get(where).json()
        match operation["state"]:
            case "done":
                return _sentence(httpx.codes.CREATED, operation["result"], admin)
            case "refused":
                return _sentence(operation["problem"]["status"], operation["problem"], admin)
        if time.monotonic() >= until:
            return "It is recorded, and takes longer than usual: it goes on by itself."
        time.sleep(_LOOK_SECONDS)


def _sentence(status: int, body: dict[str, Any], admin: NewAdmin) -> str:
    if status == httpx.codes.UNAUTHORIZED:
        raise NotDoneError("The gateway does not take this HEADCOUNT_OPERATOR_KEY.")
    if errors := body.get("errors"):
        raise NotDoneError(" ".join(f"{field}: {why.removesuffix('.')}." for field, why in errors.items()))
    if body.get("code") == RejectionCode.NO_SEAT_AVAILABLE:
        raise NotDoneError(f"{body['detail']} {_WITHOUT_A_SEAT}")
    if status != httpx.codes.CREATED:
        raise NotDoneError(body["detail"])
    agency = body["agency"]["name"]
    if body["added"] == "promoted":
        return f"{admin.email} is an Active member of {agency}, and an admin from now on."
    return (
        f"{admin.email} is invited to {agency} as an admin. The link in the email is good for 14 days; whoever follows"
        f" it takes a {admin.seat_type.capitalize()} seat."
    )
