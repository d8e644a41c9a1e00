// The steppers: a price that is not the one of these numbers cannot be saved.

import { ask as again } from "./failed.js";

const form = () => document.getElementById("adjust");

function inputs() {
  return form() ? [...form().querySelectorAll("input[data-purchased]")] : [];
}

function moved() {
  return inputs().some((input) => input.value !== input.dataset.purchased);
}

// A live update overwrites nothing that is typed.
function mark() {
  for (const input of inputs()) input.toggleAttribute("data-dirty", input.value !== input.dataset.purchased);
  document.getElementById("preview")?.toggleAttribute("data-dirty", moved());
}

function stale() {
  const buttons = document.querySelectorAll("#preview button[type=submit]");
  for (const button of buttons) button.setAttribute("aria-disabled", "true");
  document.getElementById("preview").setAttribute("aria-busy", "true");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-step]");
  if (!button) return;
  const input = document.getElementById(button.dataset.of);
  const next = (Number.parseInt(input.value, 10) || 0) + Number(button.dataset.step);
  input.value = Math.min(Number(input.max), Math.max(0, next));
  input.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("input", (event) => {
  if (!event.target.matches?.("#adjust input[data-purchased]")) return;
  mark();
  stale();
});

// No price came: once more.
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#preview [data-ask]")) return;
  event.preventDefault();
  again(inputs()[0]);
});

document.addEventListener("htmx:finally:request", () =>
  document.getElementById("preview")?.removeAttribute("aria-busy"),
);

// An answer to "Save" that was a "no", or a link that begins with other numbers: their price is looked up.
export function ask() {
  if (!form() || !moved() || form().querySelector('[name="quote_id"]')) return;
  again(inputs()[0]);
}

// Seats changed elsewhere: the price shown is not the price any more.
document.addEventListener("followed", (event) => {
  mark();
  if (event.detail.seats && moved()) again(inputs()[0]);
});

document.addEventListener("htmx:after:swap", (event) => {
  mark();
  if (event.detail.ctx.sourceElement?.tagName === "FORM") ask();
});

// Not before htmx listens to the numbers.
if (document.querySelector("#counts[data-htmx-powered]")) ask();
else document.addEventListener("htmx:after:process", ask, { once: true });
