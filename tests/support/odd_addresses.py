"""Odd addresses from a seed: the grammar of RFC 5321, 5322 and 6531, confusable letters, and international domains."""

# ruff: noqa: RUF001  letters that look like others are what this file is about
from collections.abc import Callable, Iterator
from random import Random
from unicodedata import normalize

ATEXT = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"
QTEXT = ATEXT + "()<>[]:;@,. "
LETTERS = "abcdefghijklmnopqrstuvwxyz"
CONFUSABLES = {
    "a": "аａ𝐚ɑα", "c": "сｃϲ", "e": "еｅ℮", "i": "іｉıİ", "k": "\u212aкｋ", "o": "оοｏ०", "p": "рｐ", "s": "ѕſｓ",
    "x": "хｘ×", ".": "。．｡․", "@": "＠﹫", "+": "＋", "-": "‐–−",
}  # fmt: skip
LABELS = (
    "straße", "STRASSE", "münchen", "ΜΟΥΣΕΊΟ", "βόλος", "日本", "例え", "пример", "مثال", "דוגמה", "उदाहरण", "한국",
    "ไทย", "faß", "İstanbul", "ﬁne", "½", "a\u0308", "xn--strae-oqa", "XN--MNCHEN-3YA", "xn--a", "xn--", "xn--zzzzzzz",
    "نامه\u200cای", "क\u094d\u200dष", "l·l", "·", "カ・タ", "a--b", "ab--c", "-ab", "ab-", "a_b", "", "a" * 63,
    "a" * 64, "a\u200bb", "a\u00adb", "\u202eabc", "😀", "♥", "א1", "1א",
)  # fmt: skip
HOSTS = ("clinic.example", "mail.clinic.example", "Clinic.EXAMPLE", "clinic.co.uk", "a.b.c.d.example")
WRAPS = (
    "{}", " {}", "{}\r\n", "\t{} ", "<{}>", "Nora <{}>", "mailto:{}", "MAILTO:{}", "{},{}", "{};", "group:{};", "{}(x)",
    "(x){}", "{}\x00", "{}\r\nBcc: eve@evil.example", "\ufeff{}", "\u200e{}", "{}\u2028", "'{}'", "{}?subject=x",
    "%3C{}%3E",
)  # fmt: skip


def odd_addresses(count: int, seed: int) -> list[str]:
    """So many addresses; the same seed gives the same ones."""
    rng = Random(seed)
    kinds: tuple[Callable[[Random], str], ...] = (
        _plain,
        _plain,
        _quoted,
        _commented,
        _confusable,
        _international,
        _long,
    )
    return [_wrapped(rng, kinds[number % len(kinds)](rng)) for number in range(count)]


def _wrapped(rng: Random, address: str) -> str:
    wrap = rng.choice(WRAPS) if rng.random() < 0.3 else "{}"
    return wrap.replace("{}", address)


def _text(rng: Random, letters: str, least: int = 1, most: int = 8) -> str:
    return "".join(rng.choice(letters) for _ in range(rng.randint(least, most)))


def _dot_atom(rng: Random) -> str:
    atoms = [_text(rng, ATEXT) for _ in range(rng.choice((1, 1, 2, 3)))]
    if rng.random() < 0.1:
        atoms.insert(rng.randrange(len(atoms) + 1), "")
    return ".".join(atoms)


def _tagged(rng: Random) -> str:
    return f"{_text(rng, LETTERS)}+{_text(rng, ATEXT, 0)}"


def _host(rng: Random) -> str:
    if rng.random() < 0.1:
        return rng.choice(
            ("[192.0.2.1]", "[IPv6:2001:db8::1]", "192.0.2.1", "localhost", "clinic", "clinic.1", "example.")
        )
    return rng.choice(HOSTS)


def _plain(rng: Random) -> str:
    return f"{rng.choice((_dot_atom, _tagged))(rng)}@{_host(rng)}"


def _quoted(rng: Random) -> str:
    """A quoted string as the local part, with quoted pairs, or words of both kinds (RFC 5322's obs-local-part)."""
    pairs = "".join(rng.choice((rng.choice(QTEXT), f"\\{rng.choice(QTEXT)}", '\\"')) for _ in range(rng.randint(0, 6)))
    local = rng.choice((f'"{pairs}"', f'"{_dot_atom(rng)}"', f'{_text(rng, LETTERS)}."{pairs}"', f"\\{_dot_atom(rng)}"))
    return f"{local}@{_host(rng)}"


def _commented(rng: Random) -> str:
    """Comments and folding white space at every place where the grammar allows them."""
    space = rng.choice(("(1)", "(x (y))", " ", "\r\n ", "(\\))", "()"))
    local, host = _dot_atom(rng), _host(rng)
    places = (f"{space}{local}@{host}", f"{local}{space}@{host}", f"{local}@{space}{host}", f"{local}@{host}{space}")
    return rng.choice((*places, f"{local}@{host.replace('.', f'{space}.', 1)}"))


def _confusable(rng: Random) -> str:
    plain = f"{_text(rng, LETTERS)}@{rng.choice(HOSTS)}"
    swapped = [rng.choice(CONFUSABLES[sign]) if sign in CONFUSABLES and rng.random() < 0.3 else sign for sign in plain]
    return "".join(swapped)


def _international(rng: Random) -> str:
    labels = [rng.choice(LABELS) for _ in range(rng.choice((1, 1, 2)))]
    host = ".".join((*labels, rng.choice(("example", "com", "рф", "xn--p1ai", "1"))))
    local = rng.choice((_text(rng, LETTERS), _tagged(rng), rng.choice(LABELS)))
    return normalize(rng.choice(("NFC", "NFD", "NFKC")), f"{local}@{host}")


def _long(rng: Random) -> str:
    local = _text(rng, LETTERS, 60, 68)
    labels = list(_labels(rng))
    return f"{local}@{'.'.join(labels)}.example"


def _labels(rng: Random) -> Iterator[str]:
    for _ in range(rng.randint(1, 4)):
        yield _text(rng, LETTERS, 40, 64)
