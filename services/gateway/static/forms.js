// A form goes once, and its button says that it went; what is aria-disabled says why beside it and does nothing.

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
    const button = event.submitter ?? form.querySelector("button[type=submit]");
    if (button?.dataset.busy) {
      button.dataset.label = button.textContent;
      // After the browser has read the form: a disabled-looking button still sends its name and value.
      setTimeout(() => {
        button.textContent = button.dataset.busy;
        button.setAttribute("aria-disabled", "true");
      });
    }
  },
  true,
);

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
