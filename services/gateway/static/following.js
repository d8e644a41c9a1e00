// An open page follows what happens: on each event it fetches itself anew and changes in place what has changed.

import { localise } from "./moments.js";
import { listen } from "./stream.js";

const SOON = 80;
const APART = 500;
const LOST = 4000;

const content = () => document.getElementById("content");
const line = () => document.getElementById("line");
let position_shown = 0; // how far the shown page has read the agency's feed
let look_pending = false;
let timer = null;
let last = 0;
let silence = null; // a timer, from when the stream fell silent until that is worth a word
let lost = false;

function position() {
  return Number(content().querySelector("[data-position]")?.dataset.position ?? 0);
}

function on_event(kind, at) {
  // What the page was made with, or what our own form's answer showed, needs no second look.
  if (at && at <= Math.max(position_shown, position())) return;
  if (kind === "hello" && !at) return;
  later();
}

export function later() {
  look_pending = true;
  if (timer !== null || document.hidden) return;
  timer = setTimeout(look, Math.max(SOON, last + APART - Date.now()));
}

async function look() {
  timer = null;
  // Hidden meanwhile: the page is looked at again when it is.
  if (document.hidden) return;
  // A form on its way: its own answer comes first.
  if (document.querySelector("form[data-sent]")) return later();
  look_pending = false;
  last = Date.now();
  try {
    const answer = await fetch(address(), { headers: { Accept: "text/html", "Headcount-Background": "1" } });
    if (!answer.url.includes("/admin/agency") || answer.status === 403) return location.assign(answer.url);
    if (!answer.ok) return trouble();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // Somebody else is signed in by now: nothing of this page is theirs.
    if (page.body.dataset.me !== document.body.dataset.me) return location.reload();
    if (document.querySelector("form[data-sent]")) return later();
    await show(page);
  } catch {
    trouble();
  }
}

function trouble() {
  look_pending = true;
  setTimeout(later, 2000);
}

// Rows stay where they are while somebody points at them or works in them: their order waits behind "refresh".
function busy(list) {
  return (
    list.matches(":hover") ||
    list.contains(document.activeElement) ||
    document.getElementById("dialog").open ||
    list.querySelector("details[open], [data-dirty], input:checked") !== null
  );
}

function address() {
  const url = new URL(location.href);
  url.hash = "";
  const list = document.querySelector("[data-rows]");
  if (list && busy(list)) {
    url.searchParams.set("shown", [...list.querySelectorAll("[data-row]")].map((row) => row.dataset.row).join("."));
  }
  return url;
}

async function show(page) {
  const next = page.getElementById("content");
  if (!next) return location.reload();
  const now = content();
  // What a form was answered stays until the next form.
  for (const reply of now.querySelectorAll("[data-reply]")) {
    const home = next.querySelector(`#${CSS.escape(reply.parentElement.id)}`) ?? next;
    if (!home.querySelector("[data-reply]")) home.prepend(reply.cloneNode(true));
  }
  const strip = next.querySelector("#line");
  if (strip && line()) strip.replaceWith(line().cloneNode(true));
  localise(next);
  for (const button of next.querySelectorAll("[data-copy]")) button.removeAttribute("hidden");
  hold_back(now, next);
  const before = figures();
  const known = new Set([...now.querySelectorAll("[data-row]")].map((row) => row.dataset.row));
  if (known.size) {
    for (const row of next.querySelectorAll("[data-row]")) if (!known.has(row.dataset.row)) row.classList.add("new");
  }
  await htmx.swap({ text: next.outerHTML, target: now, sourceElement: now, swap: "outerMorph", live: true });
  if (page.title) document.title = page.title;
  position_shown = Math.max(position_shown, position());
  const after = figures();
  document.dispatchEvent(new CustomEvent("followed", { detail: { seats: before !== after } }));
}

// Above the rows nothing new pushes them away while somebody works there: it comes with their new order.
function hold_back(now, next) {
  const list = now.querySelector("[data-rows]");
  if (list && busy(list) && !now.querySelector("#blocked")) next.querySelector("#blocked")?.remove();
}

// The seats as the page shows them, to tell a change of theirs from any other.
function figures() {
  return [...document.querySelectorAll(".stepper .hint")].map((hint) => hint.textContent).join();
}

// The browser knows at once that it is offline, also while the stream seems open; a silent stream may be a moment's.
function say() {
  const place = line();
  if (!place) return;
  place.textContent = !navigator.onLine ? place.dataset.offline : lost ? place.dataset.lost : "";
  place.hidden = !place.textContent;
}

function silent() {
  silence ??= setTimeout(() => {
    lost = true;
    say();
  }, LOST);
}

function sound() {
  clearTimeout(silence);
  silence = null;
  lost = false;
  say();
}

window.addEventListener("offline", say);
window.addEventListener("online", () => {
  say();
  later();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && look_pending) later();
});
listen({
  after: position(),
  event: on_event,
  open: sound,
  lost: silent,
  // Signed out or removed: the whole page goes, and the browser asks for the one that stands here now.
  over: () => location.reload(),
});
