"""The secrets of one local world: made once, kept in a file that only its owner can read, never in the repository."""

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from contracts.vocabulary import Service


@dataclass(frozen=True)
class Keys:
    """What the services of one world need to keep to themselves."""

    sealing_key: str
    """Seals what must cross the bus unread."""
    pepper: str
    """Keys the hashes of codes, links and sessions."""
    operator_key: str
    """Who bears it may open agencies."""
    webhook_secret: str
    """Stripe, or its stand-in, signs webhooks with it."""
    stripe_key: str
    """The key that the stand-in expects."""
    passwords: dict[Service, str]
    """Of each service's own role in Postgres."""


_MAKERS: dict[str, Callable[[], str]] = {
    "sealing_key": lambda: Fernet.generate_key().decode(),
    "pepper": lambda: secrets.token_urlsafe(32),
    "operator_key": lambda: f"op_{secrets.token_urlsafe(24)}",
    "webhook_secret": lambda: f"whsec_{secrets.token_urlsafe(24)}",
    "stripe_key": lambda: f"sk_test_{secrets.token_hex(16)}",
} | {f"password_{service}": lambda: secrets.token_urlsafe(24) for service in Service}


def keys_of(folder: Path) -> Keys:
    """The keys kept in `folder`. What is missing is made now, so that a newer version finds what it needs."""
    file = folder / "keys.json"
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    made = {name: make() for name, make in _MAKERS.items() if name not in kept}
    if made:
        kept |= made
        write_private(file, json.dumps(kept, indent=2) + "\n")
    return Keys(
        sealing_key=kept["sealing_key"],
        pepper=kept["pepper"],
        operator_key=kept["operator_key"],
        webhook_secret=kept["webhook_secret"],
        stripe_key=kept["stripe_key"],
        passwords={service: kept[f"password_{service}"] for service in Service},
    )


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text)
    draft.replace(file)
