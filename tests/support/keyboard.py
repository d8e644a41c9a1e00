"""Hands that know only the keyboard: all is reached by Tab, and whatever has the focus shows it."""

from playwright.async_api import Locator, Page, expect

_FURTHEST = 90
_SEEN = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return true;
  const style = getComputedStyle(one);
  const drawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return drawn || one.closest(".boxes, .pick") !== null;
}"""


async def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus; whatever has it on the way must show it."""
    await expect(wanted).to_be_visible()
    for _ in range(_FURTHEST):
        if await wanted.evaluate("(one) => one === document.activeElement"):
            return
        await page.keyboard.press("Tab")
        assert await page.evaluate(_SEEN), await page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    raise AssertionError(f"Tab does not reach {wanted}")


async def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    await tab_to(page, wanted)
    await page.keyboard.press(key)


async def write(page: Page, field: Locator, text: str) -> None:
    await tab_to(page, field)
    await page.keyboard.type(text)


async def choose(page: Page, field: Locator, first_letters: str) -> None:
    """Pick a value of a dropdown by its first letters; nothing is sent by that."""
    await tab_to(page, field)
    await page.keyboard.type(first_letters)


async def pick(page: Page, one: Locator) -> None:
    """Check a radio button: Tab leads to the group's first or checked one, arrows from there."""
    group = page.locator(f"input[type=radio][name={await one.get_attribute('name')}]")
    reached = "(all) => all.includes(document.activeElement)"
    for _ in range(_FURTHEST):
        if await group.evaluate_all(reached):
            break
        await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    if not await one.is_checked():
        await page.keyboard.press("ArrowRight")
    await expect(one).to_be_checked()
    await expect(one).to_be_focused()


async def at_what_was_said(page: Page, words: str) -> None:
    """The answer stands there and has the focus, because what had it is gone: Tab goes on from it."""
    said = page.locator("[data-reply]").filter(has_text=words)
    await expect(said).to_be_in_viewport()
    await expect(said).to_be_focused()


async def told(page: Page, words: str, *, still_at: Locator) -> None:
    """The answer stands where it is seen, and is read out; the focus stays where the work is."""
    said = page.locator("[data-reply]").filter(has_text=words)
    await expect(said).to_be_in_viewport()
    assert await said.evaluate("(one) => one.closest('[aria-live], [role=alert], [role=status]') !== null")
    await expect(still_at).to_be_focused()
