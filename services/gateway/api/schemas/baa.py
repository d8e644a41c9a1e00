"""The JSON bodies of the BAA and its signature."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from services.gateway.api.schemas.base import Wire, Words


class BaaSignatureIn(Wire):
    """The signer, and the version of the text that they read."""

    signer_name: Words = Field(examples=["Noor Haddad"])
    signer_title: Words = Field(examples=["Practice owner"])
    version: Words = Field(examples=["2026-11"])


class SignatureOut(Wire):
    """The signer of the BAA, and when they signed."""

    signer_name: str
    signer_title: str
    version: str
    signed_at: datetime


class BaaOut(Wire):
    """The BAA's text with its version (Markdown), the newest signature, and all signatures, newest first.

    `signAgainBy`: the newest signature is under an earlier version, and admin actions are locked from then on until
    this version is signed; null otherwise.
    """

    version: str
    text: str
    signature: SignatureOut | None
    signatures: list[SignatureOut]
    sign_again_by: datetime | None = None
