// What was done is reported where the person looks: the note of a success floats above the bottom of the screen. It
// goes after a while, but never while somebody points at it or is in it, and at once by its button. Without scripts it
// stands on top of the page.

const STAYS = 15_000;
const gone = new Set(); // the texts of notes that were closed: a live update brings them along

const toasts = () => document.querySelectorAll("#replies > .toast");

function close(toast) {
  gone.add(toast.dataset.says);
  const had_focus = toast.contains(document.activeElement);
  toast.remove();
  if (had_focus) document.getElementById("content").focus({ preventScroll: true });
}

function expire(toast) {
  if (!toast.isConnected) return;
  if (toast.matches(":hover, :focus-within")) return setTimeout(expire, STAYS, toast);
  close(toast);
}

function prepare(toast) {
  toast.dataset.says ??= toast.textContent.trim();
  if (toast.querySelector("[data-close-toast]")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-quiet btn-sm";
  button.dataset.closeToast = "";
  button.textContent = document.getElementById("replies").dataset.close;
  button.addEventListener("click", () => close(toast));
  toast.append(button);
  setTimeout(expire, STAYS, toast);
}

// The answer to a form is news, even if its words are the same as before.
export function show_toasts(live) {
  if (!live) gone.clear();
  for (const toast of toasts()) {
    const says = toast.dataset.says ?? toast.textContent.trim();
    if (gone.has(says)) toast.remove();
    else prepare(toast);
  }
}

document.addEventListener("keydown", (event) => {
  const toast = event.target.closest?.("#replies > .toast");
  if (event.key === "Escape" && toast) close(toast);
});
