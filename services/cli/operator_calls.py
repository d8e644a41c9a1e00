"""What the operator asks of the running gateway, and its answer in a sentence."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.vocabulary import RejectionCode

_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 1.0
_WITHOUT_A_SEAT = "Somebody who is Active already can be made an admin without a free seat."


class NotDoneError(Exception):
    """It was not done; why, in a sentence."""


@dataclass(frozen=True, slots=True)
class NewAdmin:
    """Who is to be an admin of which agency; `seat_type` is the seat they are invited to."""

    agency_id: UUID
    email: str
    name: str
    seat_type: str


def add_admin(public_url: str, key: str, admin: NewAdmin, *, patience: float = _PATIENCE_SECONDS) -> str:
    """Give an agency an admin; answers what happened. NotDoneError says why nothing did.

    A write that takes longer than its request is followed for `patience` seconds.
    """
    body = {"email": admin.email, "name": admin.name, "seatType": admin.seat_type}
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": str(uuid4())}
    try:
        with httpx.Client(base_url=public_url.rstrip("/"), headers=headers, timeout=30) as client:
            answer = client.post(f"/api/v1/agencies/{admin.agency_id}/admins", json=body)
            if answer.status_code == httpx.codes.ACCEPTED:
                return _follow(client, answer.headers["Location"], admin, patience)
            return _said(answer.status_code, answer.json(), admin)
    except (httpx.HTTPError, httpx.InvalidURL) as away:
        raise NotDoneError(f"{public_url} does not answer ({type(away).__name__}). Try again in a moment.") from away
    except (ValueError, KeyError) as strange:
        raise NotDoneError(f"What answers at {public_url} is not the gateway.") from strange


def _follow(client: httpx.Client, where: str, admin: NewAdmin, patience: float) -> str:
    until = time.monotonic() + patience
    while True:
        operation = client.get(where).json()
        match operation["state"]:
            case "done":
                return _said(httpx.codes.CREATED, operation["result"], admin)
            case "refused":
                return _said(operation["problem"]["status"], operation["problem"], admin)
        if time.monotonic() >= until:
            return "It is recorded, and takes longer than usual: it goes on by itself."
        time.sleep(_LOOK_SECONDS)


def _said(status: int, body: dict[str, Any], admin: NewAdmin) -> str:
    if status == httpx.codes.UNAUTHORIZED:
        raise NotDoneError("The gateway does not take this HEADCOUNT_OPERATOR_KEY.")
    if errors := body.get("errors"):
        raise NotDoneError(" ".join(f"{field}: {why}." for field, why in errors.items()))
    if body.get("code") == RejectionCode.NO_SEAT_AVAILABLE:
        raise NotDoneError(f"{body['detail']} {_WITHOUT_A_SEAT}")
    if status != httpx.codes.CREATED:
        raise NotDoneError(body["detail"])
    agency = body["agency"]["name"]
    if body["added"] == "promoted":
        return f"{admin.email} is an Active member of {agency}, and an admin from now on."
    return (
        f"{admin.email} is invited to {agency} as an admin. The link in the mail is good for 14 days; whoever follows"
        f" it takes a {admin.seat_type.capitalize()} seat."
    )
