// A form goes once, and its button says that it went; what is aria-disabled says why beside it and does nothing. The
// answer is put into this page, so that a failure leaves all that was typed; another page is opened as links are.

import { body_of, forget, is_failure, PATIENCE, show_failure } from "./failed.js";

function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("button[data-label]")) {
    button.textContent = button.dataset.label;
    delete button.dataset.label;
    button.removeAttribute("aria-disabled");
  }
}

// In the capture phase, so that a second click reaches no other listener.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.dataset.sent || event.submitter?.getAttribute("aria-disabled") === "true") {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    if (form.target === "_blank" || form.method === "get") return;
    form.dataset.sent = "yes";
    forget(form);
    const button = event.submitter ?? form.querySelector("button[type=submit]");
    if (button?.dataset.busy) {
      button.dataset.label = button.textContent;
      // After the browser has read the form: a disabled-looking button still sends its name and value.
      setTimeout(() => {
        button.textContent = button.dataset.busy;
        button.setAttribute("aria-disabled", "true");
      });
    }
    if (form.hasAttribute("hx-boost") && window.htmx) return;
    event.preventDefault();
    send(form, event.submitter);
  },
  true,
);

async function send(form, submitter) {
  const body = body_of(form, new URLSearchParams(new FormData(form, submitter)));
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  const headers = { Accept: "text/html", "Headcount-In-Place": "1" };
  try {
    const address = submitter?.hasAttribute("formaction") ? submitter.formAction : form.action;
    const answer = await fetch(address, { method: "POST", body, headers, signal: stop.signal });
    const next = answer.headers.get("Headcount-Location");
    // The form stays as it went until the next page is there.
    if (next) return location.assign(next);
    const text = await answer.text();
    if (is_failure(answer, text)) show_failure(form, body, answer, text);
    else show(text);
  } catch {
    show_failure(form, body);
  } finally {
    clearTimeout(timer);
  }
  release(form);
}

// The same page with what is to be put right, or a question in between.
function show(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const content = document.getElementById("content");
  content.replaceChildren(...page.getElementById("content").children);
  document.title = page.title;
  document.dispatchEvent(new Event("shown"));
  const field = content.querySelector("[aria-invalid], [autofocus]");
  (field ?? content.querySelector("[data-reply]") ?? content).focus();
}

// Carried by htmx, the form is still here when its answer is.
document.addEventListener("htmx:finally:request", (event) => {
  const form = event.target.closest?.("form") ?? event.detail.ctx?.sourceElement?.closest?.("form");
  if (form?.dataset.sent) release(form);
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("a[aria-disabled=true]")) event.preventDefault();
});

if (!navigator.cookieEnabled) {
  for (const note of document.querySelectorAll("[data-no-cookies]")) note.hidden = false;
}

// Back from the next page: the browser shows this one as it was left.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
});
