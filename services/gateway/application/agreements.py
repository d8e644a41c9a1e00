"""The agency's BAA: its current text, every signature with the text of its version, and the signed copy as a PDF."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from contracts.vocabulary import BAA_VERSION, Role
from services.gateway.application.ports import Chassis
from services.gateway.domain.gateway_codes import NOT_FOUND
from services.gateway.model.agency import Principal, Signature
from services.gateway.model.rejected import RejectedError
from services.gateway.store import baa_signatures as store_signatures


@dataclass(frozen=True, slots=True)
class BaaTexts:
    """Where the texts of all versions are, and the version that can be signed now."""

    current: str = BAA_VERSION
    folder: Path = Path(__file__).parent.parent / "legal"


CURRENT_TEXTS = BaaTexts()


@dataclass(frozen=True, slots=True)
class Baa:
    """The text that can be signed now, the newest signature (None while unsigned), and all signatures, newest first.

    `sign_again_by` is set while the newest signature is under an earlier version.
    """

    version: str
    text: str
    signature: Signature | None
    signatures: Sequence[Signature] = ()
    sign_again_by: datetime | None = None

    @property
    def is_to_be_signed(self) -> bool:
        """Whether the text waits for a signature."""
        return self.signature is None or self.sign_again_by is not None


@dataclass(frozen=True, slots=True)
class SignedBaa:
    """A signature, the exact text that was signed, and the agency for which it was signed."""

    agency: str
    signature: Signature
    text: str


class Agreements:
    """Reads the BAA, and makes its PDF."""

    def __init__(self, chassis: Chassis, texts: BaaTexts = CURRENT_TEXTS) -> None:
        self._chassis = chassis
        self.current = texts.current
        # Texts of earlier versions stay beside the current one: their signatures are read with them.
        self._texts = {
            path.stem.removeprefix("baa-"): path.read_text("utf-8") for path in texts.folder.glob("baa-*.md")
        }
        self._making = asyncio.Semaphore(1)

    async def of_agency(self, principal: Principal) -> Baa:
        """The BAA's current text, and the agency's signatures."""
        signatures = await store_signatures.of_agency(self._chassis.pool, principal.agency.id)
        newest = signatures[0] if signatures else None
        by = principal.agency.sign_again_by
        return Baa(self.current, self._texts[self.current], newest, signatures, by)

    async def signed(self, principal: Principal, version: str) -> SignedBaa:
        """The BAA as it was signed in a version, for an admin or its signer. RejectedError `not_found` for others."""
        signatures = await store_signatures.of_agency(self._chassis.pool, principal.agency.id)
        signature = next((signature for signature in signatures if signature.version == version), None)
        if signature is None or not (principal.member.role is Role.ADMIN or principal.member.id == signature.signer_id):
            raise RejectedError(NOT_FOUND)
        return SignedBaa(signature.agency_name or principal.agency.name, signature, self._texts[version])

    async def pdf(self, baa: SignedBaa) -> bytes:
        """The signed BAA as a PDF. One is made at a time, beside the event loop, so that memory stays bounded."""
        async with self._making:
            return await asyncio.to_thread(_made, baa)


def _made(baa: SignedBaa) -> bytes:
    """Import what makes a PDF only when one is made: it takes 30 MB, and half a second."""
    from services.gateway.application.baa_pdf import pdf_of

    return pdf_of(baa)
