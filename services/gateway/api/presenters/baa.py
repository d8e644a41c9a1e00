"""The BAA as a JSON body."""

from __future__ import annotations

from services.gateway.api.schemas.baa import BaaOut, SignatureOut
from services.gateway.application.agreements import Baa


def baa_out(baa: Baa) -> BaaOut:
    """The BAA's text, and its signature if there is one."""
    signatures = [SignatureOut.model_validate(signature) for signature in baa.signatures]
    signature = signatures[0] if signatures else None
    return BaaOut(
        version=baa.version,
        text=baa.text,
        signature=signature,
        signatures=signatures,
        sign_again_by=baa.sign_again_by,
    )
