"""What people read: each sentence has one home, and templates, style sheet and scripts have short lines."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

GATEWAY = Path(__file__).resolve().parents[2] / "services" / "gateway"
LONGEST_LINE = 120
WORDS_OF_A_SENTENCE = 6
"""Shorter ones, like "Try again in a minute", are stock phrases."""


def strings_of(module: Path) -> Iterator[str]:
    """The strings of a Python module, docstrings left out; the fixed parts of an f-string count as strings."""
    tree = ast.parse(module.read_text())
    docstrings = {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield node.value


def texts_of(template: Path) -> Iterator[str]:
    """The text between the tags of a template, comments left out."""
    source = re.sub(r"{#.*?#}", "", template.read_text(), flags=re.DOTALL)
    yield from re.split(r"<[^>]*>|{%.*?%}|{{.*?}}", source, flags=re.DOTALL)


def literals_of(script: Path) -> Iterator[str]:
    """The string literals of a script."""
    yield from re.findall(r'"([^"\n]*)"', script.read_text())


def test_each_sentence_has_one_home() -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    readers = {"*.py": strings_of, "*.html": texts_of, "*.js": literals_of}
    for folder in ("texts", "pages", "api", "application", "templates", "static"):
        for pattern, read in readers.items():
            for path in sorted((GATEWAY / folder).rglob(pattern)):
                if "made" in path.parts:
                    continue
                for text in read(path):
                    for sentence in re.split(r"[.:;?!](?:\s+|$)", " ".join(text.split())):
                        if len(sentence.split()) >= WORDS_OF_A_SENTENCE:
                            homes[sentence.strip(" ,").lower()].append(path.name)
    assert {sentence: paths for sentence, paths in homes.items() if len(paths) > 1} == {}


def test_no_line_of_a_template_style_sheet_or_script_is_too_long() -> None:
    paths = [
        *(GATEWAY / "templates").glob("*.html"),
        *(GATEWAY / "static").glob("*.js"),
        *(GATEWAY / "assets").glob("*.css"),
        *(GATEWAY / "assets").glob("*.mjs"),
    ]
    assert paths
    long_lines = [
        f"{path.name}:{number}"
        for path in sorted(paths)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]
    assert long_lines == []
