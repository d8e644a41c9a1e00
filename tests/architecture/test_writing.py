"""The rules of docs/writing.md that a program can check, in all that people read: pages, mails, problems and `--help`.

The help pages are left out: they are true to the letter.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from services.cli.commands import app
from tests.architecture.test_texts import strings_of, texts_of

ROOT = Path(__file__).resolve().parents[2]
GATEWAY, NOTIFIER = ROOT / "services" / "gateway", ROOT / "services" / "notifier"
WORDS_OF_A_SENTENCE = 3
"""A string of fewer words is a code, an address, or a key."""


_NUMBERS = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty"
_COUNTED = (
    "people|persons|seats?|clinicians?|admins?|members?|digits?|minutes?|hours?|days?|months?|invitations?|codes?|"
    "tries|emails?|agencies|invoices?|characters"
)
BREACHES = {
    "email is one word": r"[Ee]-[Mm]ail",
    "what is sent is an email": r"\b(?i:an?|the|this|each|every|no|new|newest|fresh|same|such|few) mails?\b(?! server)",
    "email is the verb too": r"\b(?i:we|you) mail\b|\b[Mm]ailed\b|\bMail me\b",
    "figures from 1 on": rf"\b(?i:{_NUMBERS}) ({_COUNTED})\b",
    "no apology, joke or praise": r"\b(?i:oops|sorry|please|unfortunately|whoops|congratulations|hooray)\b|!$",
    "no riddle": r"\bchosen\b|\bthere is none yet\b|\b[Cc]lick here\b|\bworks no longer\b|^Whoever\b",
    "straight apostrophes": "[\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}]",
    "one sign for what goes on": r"\.\.\.",
    "a blank before that sign": r"[A-Za-z]…",
    "American spelling": r"(?i:cancelled|colour|favour|licence|organis|recognis|whilst|labelled|\bany more\b)",
    "Auto-Add is a name": r"(?<![#/`-])\bauto-add\b|\bAuto-add\b|\bAuto Add\b",
    "ON and OFF of Auto-Add": r"Auto-Add (is|was|stays|(can be|is) switched) (on|off)\b|\bswitch Auto-Add (on|off)\b",
    "a thousand has a comma": r"(?<![\w./:#-])(?!20\d\d)[1-9]\d{3,} (people|seats|members|characters)",
}
"""What docs/writing.md forbids, as patterns."""
MANY = 20
"""A pattern that finds fewer buttons or headings than this finds none of those it should."""
VERBS = (
    "Accept|Add|Ask|Become|Cancel|Check|Close|Confirm|Continue|Copy|Download|Edit|Email|End|Export|Fix|Go|Invite|Let|"
    "Make|Open|Pay|Pick|Put|Re-invite|Read|Remove|Rename|Revoke|Save|Search|See|Select|Send|Set|Show|Sign|Stay|Switch|"
    "Undo|Use"
)
OF_A_LIST = ("Back to", "Previous page", "Next page")
"""Buttons that lead through pages have no verb."""
_BUTTON = re.compile(
    r'<(button|a)\b[^>]*(?:class="[^"]*\bbtn\b[^"]*"|type="submit")[^>]*>(.*?)</\1>|{{ button\("([^"]*)"', re.DOTALL
)
NAMES = (
    "API|Activity|Active|Admin|Agreement|Annual|Associate|Auto-Add|BAA|Base|Billing|Blocked|Business|CSV|Center|Cycle|"
    "Invoices|Invited|Kafka|Members|Monthly|OFF|ON|PDF|Pending|Portal|Re-invite|Removed|Seats|Settings|Stripe|UTC|Voice"
)


def _commands(group: Any, path: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401  the private click of Typer
    """The help of a command and its options, and of the commands in it. Typer has a click of its own."""
    yield path, group.help or ""
    for parameter in group.params:
        yield f"{path} {parameter.opts[0]}", getattr(parameter, "help", None) or ""
    for name, command in getattr(group, "commands", {}).items():
        yield from _commands(command, f"{path} {name}")


def _sentences() -> Iterator[tuple[str, str]]:
    """Each text that people read, with the place where it stands."""
    for folder in (GATEWAY, NOTIFIER):
        for path in sorted((folder / "templates").iterdir()):
            yield from ((path.name, " ".join(text.split())) for text in texts_of(path))
        for path in sorted([*(folder / "texts").rglob("*.py"), *(folder / "pages").glob("*.py")]):
            yield from ((path.name, text) for text in strings_of(path) if len(text.split()) >= WORDS_OF_A_SENTENCE)
    yield from _commands(typer.main.get_command(app), "headcount")


SENTENCES = sorted({(place, text) for place, text in _sentences() if text})


@pytest.mark.parametrize("rule", BREACHES)
def test_what_people_read_keeps(rule: str) -> None:
    pattern = re.compile(BREACHES[rule])
    assert [f"{place}: {text}" for place, text in SENTENCES if pattern.search(text)] == []


def _plain(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]*>|{%.*?%}", " ", markup, flags=re.DOTALL).split())


def _templates() -> Iterator[tuple[str, str]]:
    for folder in (GATEWAY, NOTIFIER):
        for path in sorted((folder / "templates").glob("*.html")):
            yield path.name, re.sub(r"{#.*?#}", "", path.read_text(), flags=re.DOTALL)


def test_a_button_begins_with_a_verb() -> None:
    buttons = [(name, _plain(match[2] or match[3])) for name, text in _templates() for match in _BUTTON.finditer(text)]
    assert len(buttons) > MANY
    others = [
        f"{name}: {button}"
        for name, button in buttons
        if button and not button.startswith(("{{", *OF_A_LIST)) and not re.match(rf"({VERBS})\b", button)
    ]
    assert others == []


def test_headings_are_in_sentence_case() -> None:
    headings = [
        (name, _plain(match[1]))
        for name, text in _templates()
        for match in re.finditer(r"<h[1-3][^>]*>(.*?)</h[1-3]>", text, re.DOTALL)
    ]
    assert len(headings) > MANY
    titled = [
        f"{name}: {heading}"
        for name, heading in headings
        if re.search(r"[a-z&,;] [A-Z]\w", re.sub(rf"\b({NAMES})\b", "name", re.sub("{{.*?}}", "name", heading)))
    ]
    assert titled == []
