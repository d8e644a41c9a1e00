// A request that failed leaves the page as it is, and a note beside its control says why. "Try again" sends exactly
// what was sent, with the same key, so that nothing is done twice. After a rejection, or another word, the key is new.

export const PATIENCE = 20_000; // a form that takes longer got no answer; the server's own limit is far below
const NOTE = "Headcount-Note";
const notes = new Map(); // each note, with the form or the link whose request failed
const repeatable = new WeakSet(); // forms that would repeat what they sent
const repeated = new WeakMap(); // what a form sends again, whatever it shows by now

// The mark of an "input" event that a script makes: nobody has typed.
export const BY_SCRIPT = "by script";

// Whether an answer is a note, or none of our pages at all, as a proxy gives it.
export function is_failure({ status, headers }, text) {
  return headers.has(NOTE) || (status >= 400 && !text.includes('id="content"'));
}

// Without an answer, the line is lost or the time is over.
export function show_failure(source, body, answer, text) {
  const rejected = answer?.headers.get(NOTE) === "rejected";
  const words = document.createElement("div");
  if (answer?.headers.has(NOTE)) {
    words.innerHTML = text; // a page of this site
  } else {
    const why = answer ? "failed" : navigator.onLine ? "no-answer" : "offline";
    const template = document.getElementById("failures");
    words.append(template.content.querySelector(`[data-why="${why}"]`).cloneNode(true));
  }
  put(source, words, rejected ? null : () => again(source, body));
  if (source.tagName !== "FORM") return;
  if (rejected) renew(source);
  else repeatable.add(source);
}

function put(source, words, repeat) {
  forget(source);
  const note = document.createElement("div");
  note.className = "note bad failed";
  note.setAttribute("role", "alert");
  note.append(words);
  if (repeat) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-plain btn-sm";
    button.textContent = document.getElementById("failures").dataset.again;
    button.addEventListener("click", repeat);
    note.append(button);
  }
  notes.set(note, source);
  attach(note, source);
  note.scrollIntoView({ block: "nearest" });
}

// Below the control, and never inside its row of buttons; a menu's note stands in the status of its row.
function attach(note, source) {
  const status = source.closest("td.more")?.parentElement.querySelector("td[id^='s-']");
  if (status) return status.append(note);
  const place = source.tagName === "FORM" ? source : (source.closest("form") ?? source);
  (place.closest(".actions, .head, .top-row, .changes") ?? place).after(note);
}

function again(source, body) {
  if (source.tagName === "A") return source.click();
  if (source.tagName !== "FORM") return ask(source.querySelector("input") ?? source);
  repeated.set(source, body);
  source.requestSubmit();
}

export function ask(field) {
  field.dispatchEvent(new CustomEvent("input", { bubbles: true, detail: BY_SCRIPT }));
}

// What this form sends now: what failed before, or what it holds.
export function body_of(form, body) {
  const before = repeated.get(form);
  repeated.delete(form);
  return before ?? body;
}

export function forget(source) {
  for (const [note, owner] of notes) {
    if (owner !== source && owner.isConnected) continue;
    notes.delete(note);
    note.remove();
  }
}

// What a live update took away with its surroundings.
export function keep_notes() {
  for (const [note, source] of notes) {
    if (!source.isConnected) notes.delete(note);
    else if (!note.isConnected) attach(note, source);
  }
}

export function keeps_key(field) {
  return field.name === "key" && repeatable.has(field.form);
}

function renew(form) {
  repeatable.delete(form);
  const random = crypto.getRandomValues(new Uint8Array(16));
  const key = [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  for (const field of form.querySelectorAll('[name="key"]')) field.value = key;
}

// Not at "change": it comes when the person leaves the field for "Try again".
document.addEventListener("input", ({ target, detail }) => {
  if (detail === BY_SCRIPT || !repeatable.has(target.form)) return;
  renew(target.form);
  forget(target.form);
});
