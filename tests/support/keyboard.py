"""Keyboard-only input for browser tests. Tab reaches every control, and the focused element must show its focus."""

from playwright.async_api import Locator, Page, expect

_MOST_TABS = 90
_SHOWS_FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return true;
  const style = getComputedStyle(one);
  const drawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return drawn || one.closest(".boxes, .pick") !== null;
}"""


async def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus. Fail if an element on the way does not show that it has the focus.

    Tab reaches one row of the list; the arrows lead from it to the row of the target.
    """
    await expect(target).to_be_visible()
    await _arrow_to_its_row(page, target)
    for _ in range(_MOST_TABS):
        if await target.evaluate("(one) => one === document.activeElement"):
            return
        await page.keyboard.press("Tab")
        assert await page.evaluate(_SHOWS_FOCUS), await page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    raise AssertionError(f"Tab does not reach {target}")


async def _arrow_to_its_row(page: Page, target: Locator) -> None:
    if not await target.evaluate("(one) => one.tabIndex < 0 && one.closest('#list tr[data-row]') !== null"):
        return
    await tab_to(page, page.locator("#list tr[tabindex='0']"))
    for key in ("Home", *["ArrowDown"] * _MOST_TABS):
        await page.keyboard.press(key)
        assert await page.evaluate(_SHOWS_FOCUS)
        if await target.evaluate("(one) => one.tabIndex >= 0"):
            return
    raise AssertionError(f"No row has {target}")


async def press(page: Page, target: Locator, key: str = "Enter") -> None:
    await tab_to(page, target)
    await page.keyboard.press(key)


async def write(page: Page, field: Locator, text: str) -> None:
    await tab_to(page, field)
    await page.keyboard.type(text)


async def choose(page: Page, field: Locator, first_letters: str) -> None:
    """Pick a value of a dropdown by its first letters. The choice alone sends nothing."""
    await tab_to(page, field)
    await page.keyboard.type(first_letters)


async def pick(page: Page, radio: Locator) -> None:
    """Check a radio button. Tab reaches the group's first or checked button; arrow keys move on from there."""
    group = page.locator(f"input[type=radio][name={await radio.get_attribute('name')}]")
    has_focus = "(all) => all.includes(document.activeElement)"
    for _ in range(_MOST_TABS):
        if await group.evaluate_all(has_focus):
            break
        await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    if not await radio.is_checked():
        await page.keyboard.press("ArrowRight")
    await expect(radio).to_be_checked()
    await expect(radio).to_be_focused()


async def expect_focused_notice(page: Page, text: str) -> None:
    """Check that the notice is visible and has the focus, because the control that had the focus is gone."""
    notice = page.locator("[data-reply]").filter(has_text=text)
    await expect(notice).to_be_in_viewport()
    await expect(notice).to_be_focused()


async def expect_notice(page: Page, text: str, *, still_at: Locator) -> None:
    """Check that the notice is visible and read out by screen readers, and that the focus stays on the control."""
    notice = page.locator("[data-reply]").filter(has_text=text)
    await expect(notice).to_be_in_viewport()
    assert await notice.evaluate("(one) => one.closest('[aria-live], [role=alert], [role=status]') !== null")
    await expect(still_at).to_be_focused()
