// The list with the keyboard: one row is in the order of Tab, with its controls, and the arrows lead to the others.
// Enter opens the person's own page, the right arrow the row's menu, in which the arrows move too; `/` leads to the
// search.

const CONTROLS = "a, button, input, select, summary";
let current = null; // the id of the row that Tab reaches

const rows = () => [...document.querySelectorAll("#list tr[data-row]")];

// Also after each change of the page: what is new in it is in no order yet.
export function order_rows() {
  const all = rows();
  if (!all.some((row) => row.id === current)) current = all[0]?.id ?? null;
  for (const row of all) {
    const reached = row.id === current;
    row.tabIndex = reached ? 0 : -1;
    for (const control of row.querySelectorAll(CONTROLS)) {
      if (reached) control.removeAttribute("tabindex");
      else control.tabIndex = -1;
    }
  }
}

// A live update keeps the order: what had the focus would lose it.
export function keeps_order(element) {
  return element.closest("#list tr[data-row]") !== null;
}

function reach(row) {
  if (!row || row.id === current) return;
  current = row.id;
  order_rows();
}

function go(list, from, key) {
  const at = list.indexOf(from);
  const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? list.length - 1 : at - 1, Home: 0, End: list.length - 1 }[key];
  return to === undefined ? undefined : list[Math.min(Math.max(to, 0), list.length - 1)];
}

const items = (menu) => [...menu.querySelectorAll(".menu-items :is(a, button)")];

function open(menu, key) {
  menu.open = true;
  go(items(menu), null, key === "ArrowUp" ? "End" : "Home")?.focus();
}

function in_menu(event, menu) {
  const key = event.key;
  if (!menu.open && !(key === "ArrowDown" || key === "ArrowUp")) return;
  if (!menu.open || event.target.tagName === "SUMMARY") {
    if (key !== "ArrowDown" && key !== "ArrowUp") return;
    event.preventDefault();
    return open(menu, key);
  }
  if (key === "Tab") {
    // On from the menu's button: a menu that is left closes.
    menu.querySelector("summary").focus();
    menu.open = false;
  }
  const next = go(items(menu), event.target, key);
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function on_row(event) {
  const row = event.target;
  const shown = rows().filter((other) => other.checkVisibility());
  const next = go(shown, row, event.key);
  if (next) {
    event.preventDefault();
    reach(next);
    next.focus();
  } else if (event.key === "Enter") {
    event.preventDefault();
    row.querySelector("a.person")?.click();
  } else if (event.key === "ArrowRight" || event.key === "ContextMenu") {
    event.preventDefault();
    const menu = row.querySelector("details.menu");
    if (menu) open(menu, "Home");
    else row.querySelector("td.more a")?.focus();
  } else if (event.key === " ") {
    event.preventDefault();
    row.querySelector('[name="ids"]')?.click();
  }
}

document.addEventListener("focusin", (event) => reach(event.target.closest?.("#list tr[data-row]")));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const menu = event.target.closest?.("details.menu");
  if (menu) return in_menu(event, menu);
  if (event.target.matches?.("#list tr[data-row]")) return on_row(event);
  if (event.key === "/" && !event.target.matches?.("input, select, textarea")) {
    const search = document.getElementById("q");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  }
});
