// The admin's pages: forms and dialogs in place (htmx carries them), and what changes elsewhere appears by itself.

import "./adjust.js";
import { charts } from "./chart.js";
import { body_of, forget, is_failure, keep_notes, keeps_key, PATIENCE, show_failure } from "./failed.js";
import "./following.js";
import { localise } from "./moments.js";
import { keeps_order, order_rows } from "./rows.js";
import "./tips.js";
import { show_toasts } from "./toasts.js";

const content = () => document.getElementById("content");
const dialog = document.getElementById("dialog");
let opener = null;
// An invitation is selected by a press on its own box alone, or in the list of the Invited.
const OF_ALL = '#list [name="ids"]:not([data-apart])';

// A live page must not close a menu that is open, nor overwrite what somebody is about to save.
htmx.config.defaultTimeout = PATIENCE;
htmx.config.morphSkip = "[data-dirty]";
htmx.registerExtension("keep", {
  htmx_before_morph_attr(element, { attrName }) {
    if (attrName === "value" && keeps_key(element)) return false;
    if (attrName === "tabindex" && keeps_order(element)) return false;
    return !(attrName === "open" && element.matches("details, dialog"));
  },
});

document.addEventListener("input", (event) => {
  const field = event.target;
  if (!(field.form && content().contains(field)) || field.form.id === "adjust") return;
  const kept = field.form.classList.contains("commit") ? field.form : field;
  if (changed(field)) kept.dataset.dirty = "";
  else delete kept.dataset.dirty;
});

function changed(field) {
  if (field.tagName === "SELECT")
    return [...field.options].some((option) => option.selected !== option.defaultSelected);
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  return field.value !== field.defaultValue;
}

// Escape, on a select that is not saved yet, puts it back.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form.commit[data-dirty]");
  if (event.key === "Escape" && form && !event.defaultPrevented) {
    form.reset();
    delete form.dataset.dirty;
  }
});

document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  const where = new URL(ctx.response.raw.url);
  // The session is over, or the answer is none of these pages: the browser goes there as it would without us.
  if (!where.pathname.startsWith("/admin/agency")) {
    event.preventDefault();
    location.assign(where);
  }
});

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  const form = ctx.sourceElement;
  if (form?.tagName !== "FORM" || form.method !== "post") return;
  // A question keeps what the form has, for the case of a "cancel"; a dropdown goes back until it is answered.
  if (ctx.target === "#dialog" && !form.classList.contains("commit")) return;
  delete form.dataset.dirty;
  for (const field of form.querySelectorAll("[data-dirty]")) delete field.dataset.dirty;
  form.reset();
});

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  if (document.querySelector('#list [name="ids"]:checked')) count();
  ready();
  show_toasts(ctx.live || ctx.sourceElement?.matches?.("[data-quiet]"));
  // A part that loads by itself moves neither the focus nor the page.
  if (ctx.live || ctx.sourceElement?.matches?.("[data-quiet]")) return;
  const in_dialog = ctx.target === dialog || ctx.target === "#dialog";
  // What was selected is done.
  if (!in_dialog && content().querySelector("[data-selection-done]"))
    for (const box of document.querySelectorAll('#list [name="ids"]:checked')) box.checked = false;
  if (in_dialog && !dialog.open) {
    opener = opened_by(ctx);
    dialog.showModal();
  } else if (!in_dialog && dialog.open) {
    dialog.close();
  }
  if (in_dialog) (dialog.querySelector("[aria-invalid], [autofocus]") ?? dialog.querySelector("h1"))?.focus();
  else if (!dialog.open && lost()) after(ctx.sourceElement)?.focus({ preventScroll: true });
  if (!in_dialog) show_reply(ctx.sourceElement);
});

// What takes the focus when the question is over.
function opened_by(ctx) {
  const source = ctx.sourceElement;
  const menu = source.closest("details.menu");
  const dropdown = source.matches("form.commit") ? source.querySelector("select") : null;
  return (menu?.querySelector("summary") ?? dropdown ?? ctx.sourceEvent?.submitter ?? source).id;
}

// Whether what had the focus is gone or hidden.
function lost() {
  const active = document.activeElement;
  return !active || active === document.body || !active.checkVisibility();
}

// Scroll a reply into view that is above or below the screen, as on a phone; a row that was changed shows it itself.
// htmx names the page's content as the source when the form itself is gone.
function show_reply(source) {
  if (source?.matches("form.commit")) return;
  content().querySelector("[data-reply]")?.scrollIntoView({ block: "nearest" });
}

// Where the work goes on.
function after(source) {
  const dropdown = source?.isConnected && source.matches("form.commit") ? source.querySelector("select") : null;
  return dropdown ?? content().querySelector("[data-reply]") ?? content();
}

// A request that failed: the page stays as it is.
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  if (!is_failure(ctx.response, ctx.text)) return;
  event.preventDefault();
  show_failure(ctx.sourceElement, ctx.request.body, ctx.response, ctx.text);
});

document.addEventListener("htmx:error", (event) => {
  const { ctx } = event.detail;
  if (ctx?.sourceElement) show_failure(ctx.sourceElement, ctx.request.body);
});

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  if (ctx.request.body) ctx.request.body = body_of(ctx.sourceElement, ctx.request.body);
});

document.addEventListener("htmx:before:request", (event) => forget(event.detail.ctx.sourceElement));
document.addEventListener("htmx:after:swap", keep_notes);

dialog.addEventListener("close", () => {
  dialog.replaceChildren();
  (document.getElementById(opener) ?? content().querySelector("[data-reply]") ?? content()).focus({
    preventScroll: true,
  });
});

// Whether somebody has typed or picked something in the question.
function typed() {
  return [...dialog.querySelectorAll("input, select, textarea")].some(changed);
}

// Nor does Escape take it away: it leads to "Cancel", which does.
dialog.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !typed()) return;
  event.preventDefault();
  dialog.querySelector("[data-close]")?.focus();
});
dialog.addEventListener("cancel", (event) => {
  if (typed()) event.preventDefault();
});

document.addEventListener("click", (event) => {
  // A click beside a question closes it, but never takes away what somebody has typed into it.
  const beside = event.target === dialog && !typed();
  if (beside || event.target.closest?.("#dialog [data-close]")) {
    event.preventDefault();
    dialog.close();
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target) || event.target.closest("a, button")) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (event.key === "Escape" && menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("change", (event) => {
  if (event.target.name === "ids") count();
});

// With Shift, a press selects all from the row that was pressed before.
let pressed = null;
document.addEventListener("click", (event) => {
  const box = event.target;
  if (!box.matches?.('#list [name="ids"]')) return;
  const boxes = [...document.querySelectorAll('#list [name="ids"]')];
  const from = boxes.findIndex((other) => other.id === pressed);
  const to = boxes.indexOf(box);
  if (event.shiftKey && from >= 0) {
    for (const other of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) other.checked = box.checked;
    count();
  }
  pressed = box.id;
});

document.addEventListener("click", (event) => {
  if (event.target.id !== "bulk-all") return;
  for (const box of document.querySelectorAll(OF_ALL)) box.checked = true;
  count();
});

function count() {
  const all = document.querySelectorAll(OF_ALL);
  const chosen = document.querySelectorAll('#list [name="ids"]:checked').length;
  const every = [...all].every((box) => box.checked);
  const apart = every && document.querySelector('#list [name="ids"][data-apart]:not(:checked)');
  const place = document.getElementById("bulk-count");
  if (!place) return;
  place.textContent = (apart ? place.dataset.apart : place.dataset.some).replace("{count}", chosen);
  document.getElementById("bulk-all").hidden = every;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Press Ctrl+C";
  }
  setTimeout(() => {
    button.textContent = "Copy";
  }, 3000);
});

// A file is read into the field: the list is looked at before anything is sent.
document.addEventListener("change", async (event) => {
  const into = event.target.dataset?.into;
  const [file] = event.target.files ?? [];
  if (into && file) document.getElementById(into).value = await file.text();
});

function ready() {
  // A page that a script has parsed holds the content of <noscript> as real elements: Enter would press the hidden
  // button in the form of the seats.
  for (const noscript of document.querySelectorAll("noscript")) noscript.replaceChildren();
  localise(document);
  for (const part of document.querySelectorAll("[data-scripted]")) part.removeAttribute("hidden");
  charts(document);
  order_rows();
  for (const button of document.querySelectorAll("[data-copy]")) button.removeAttribute("hidden");
}

ready();
show_toasts(true);
