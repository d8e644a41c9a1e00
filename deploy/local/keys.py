"""The secrets of one local world: generated once, and kept in a file that only its owner can read."""

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
    """The secrets of the services of one world."""

    sealing_key: str
    """Encrypts codes and links that cross the bus."""
    pepper: str
    """The key of the hashes of codes, links and sessions."""
    operator_key: str
    """Authorizes the operator's requests, such as opening an agency."""
    webhook_secret: str
    """Signs the webhooks of Stripe or its stand-in."""
    command_key: str
    """The key of the MACs of commands."""
    operator_command_key: str
    """The key of the MACs of the operator's commands."""
    stripe_key: str
    """The API key for the stand-in."""
    passwords: dict[Service, str]
    """The password of each service's role in Postgres."""


_GENERATORS: dict[str, Callable[[], str]] = {
    "sealing_key": lambda: Fernet.generate_key().decode(),
    "pepper": lambda: secrets.token_urlsafe(32),
    "operator_key": lambda: f"op_{secrets.token_urlsafe(24)}",
    "webhook_secret": lambda: f"whsec_{secrets.token_urlsafe(24)}",
    "command_key": lambda: secrets.token_urlsafe(32),
    "operator_command_key": lambda: secrets.token_urlsafe(32),
    "stripe_key": lambda: f"sk_test_{secrets.token_hex(16)}",
} | {f"password_{service}": lambda: secrets.token_urlsafe(24) for service in Service}


def keys_of(folder: Path) -> Keys:
    """The keys in `folder`. Missing keys are generated, so that a newer version finds the keys that it adds."""
    file = folder / "keys.json"
    stored: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    generated = {name: generate() for name, generate in _GENERATORS.items() if name not in stored}
    if generated:
        stored |= generated
        write_private(file, json.dumps(stored, indent=2) + "\n")
    return Keys(
        sealing_key=stored["sealing_key"],
        pepper=stored["pepper"],
        operator_key=stored["operator_key"],
        webhook_secret=stored["webhook_secret"],
        command_key=stored["command_key"],
        operator_command_key=stored["operator_command_key"],
        stripe_key=stored["stripe_key"],
        passwords={service: stored[f"password_{service}"] for service in Service},
    )


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, entirely or not at all."""
    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        output.write(text)
    draft.replace(file)
