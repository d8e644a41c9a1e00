"""The packages below the services know no word of the product, so that a rule cannot hide in them."""

import re
from pathlib import Path

import pytest

from tests.support.packages import GENERIC

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = [path for package in GENERIC for path in sorted((REPOSITORY / package).rglob("*.py"))]
WORDS = (
    "seat",
    "member",
    "clinician",
    "clinic",
    "dollar",
    "cent",
    "stripe",
    "invoice",
    "billing",
    "subscription",
    "purchase",
    "proration",
    "customer",
    "card",
    "mail",
    "email",
    "gateway",
    "notifier",
    "login",
    "invitation",
)
"""An agency is allowed: it is the key of an actor."""
OTHER_MEANINGS = {
    "assignment.py": {"member", "subscription"},
    "gaps.py": {"subscription"},
    "polling.py": {"subscription"},
    "spans.py": {"subscription"},
    "subscription.py": {"subscription", "member"},  # a Kafka subscription, and a member of a consumer group
    "gauges.py": {"subscription"},
    "health.py": {"subscription"},
    "process.py": {"subscription"},
}


def words_of(text: str) -> set[str]:
    """The words of a text in the singular, also those inside identifiers."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text)
    return {part.lower().removesuffix("s") for part in parts}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_services_stand_on_knows_no_word_of_the_product(path: Path) -> None:
    known = words_of(path.read_text()) & {word.removesuffix("s") for word in WORDS}
    assert known - OTHER_MEANINGS.get(path.name, set()) == set()
