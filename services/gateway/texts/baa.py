"""The BAA: what is locked until it is signed, and the words of its signed copy."""

from __future__ import annotations

UNSIGNED = "Your agency's current BAA is not signed yet."
BANNER_TITLE = "The BAA is not signed yet"
BANNER = "Until it is, you can look around, but inviting, changing seats and switching Auto-Add ON are locked."
NEW_VERSION = "A new version of the BAA is to be signed"
LOCKED_FROM = "If it is not signed by"
WHAT_IS_LOCKED = "inviting, changing seats, and switching Auto-Add ON are locked until it is. Nobody loses a seat."
READ_AND_SIGN = "Read and sign it"
LOCKED = "Locked until the BAA is signed."
AUTO_ADD_GOES_ON = "Auto-Add stays ON without the signature: it keeps adding seats. You can switch it OFF."
SIGNED = "The BAA is signed. Auto-Add can be switched ON now."
TITLE = "Business Associate Agreement"
SIGNATURE = "Signature"
OPEN_COPY = "Open the signed copy"
DOWNLOAD = "Download the PDF"


def document_title(version: str) -> str:
    """The name of the document: the foot of its PDF's pages, and the heading of its page."""
    return f"{TITLE}, version {version}"


def signed_for(agency: str) -> str:
    """The agency for which the BAA was signed."""
    return f"Signed for: {agency}"


def signed_by(name: str, title: str) -> str:
    """The signer, with the name and title that they typed."""
    return f"Signed by: {name}, {title}"


def signed_at(at: str, machine: str) -> str:
    """The moment of the signature, for people and to the second."""
    return f"Signed on: {at} ({machine})"


def signed_version(version: str) -> str:
    """The version of the text that was signed."""
    return f"Version of the text: {version}"
