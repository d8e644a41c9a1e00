"""The BAA as a JSON body."""

from __future__ import annotations

from services.gateway.api.schemas.baa import BaaOut, SignatureOut
from services.gateway.application.gateway import Baa


def baa_out(baa: Baa) -> BaaOut:
    """The BAA's text, and its signature if there is one."""
    signature = None if baa.signature is None else SignatureOut.model_validate(baa.signature)
    return BaaOut(version=baa.version, text=baa.text, signature=signature)
