"""A printed record shows every character that was typed: one that no typeface has is printed as its Unicode number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping


def printable(text: str, has: Callable[[int], bool]) -> str:
    """The text with [U+6F22] in place of a character that no typeface has. `has` takes a code point."""
    return "".join(character if has(ord(character)) else f"[U+{ord(character):04X}]" for character in text)


def files_for(text: str, ranges: Mapping[str, str]) -> tuple[str, ...]:
    """The typeface files that the text needs, one for a character, in order. `ranges` is each file's CSS unicode-range.

    A character that no file has needs none.
    """
    parsed = {name: tuple(_ranges(range_)) for name, range_ in ranges.items()}
    needed = (_file_of(ord(character), parsed) for character in text)
    return tuple(dict.fromkeys(name for name in needed if name is not None))


def _file_of(code: int, parsed: Mapping[str, tuple[range, ...]]) -> str | None:
    return next((name for name, ranges in parsed.items() if any(code in range_ for range_ in ranges)), None)


def _ranges(unicode_range: str) -> Iterable[range]:
    for part in unicode_range.split(","):
        first, _, last = part.strip().removeprefix("U+").partition("-")
        yield range(int(first, 16), int(last or first, 16) + 1)
