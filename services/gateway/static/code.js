// The code's input takes any paste that holds the four digits, in every script's digits, and sends the form at the
// fourth. The server reads what is sent by the same rule (typed_code.py). The resend waits 30 s.

function digits_of(text) {
  const all = text.match(/\p{Nd}/gu) ?? [];
  const lone = text.match(/(?<!\p{Nd})\p{Nd}{4}(?!\p{Nd})/gu) ?? [];
  return all.length > 4 && lone.length === 1 ? [...lone[0]] : all.slice(0, 4);
}

function read(event) {
  const input = event.target;
  // A keyboard that composes (Japanese, Chinese) is in the middle of a digit.
  if (input.id !== "code" || event.isComposing) return;
  const digits = digits_of(input.value);
  if (input.value !== digits.join("")) input.value = digits.join("");
  input.removeAttribute("aria-invalid");
  if (digits.length === 4 && !input.form.dataset.sent) input.form.requestSubmit();
}
document.addEventListener("input", read);
document.addEventListener("compositionend", read);

let ready = 0;
let timer = null;

function begun(mailed) {
  // Counted from the mail, not from this showing of the page: a wrong code does not begin the wait anew.
  try {
    const kept = Number(sessionStorage.getItem(mailed)) || Date.now();
    sessionStorage.setItem(mailed, String(kept));
    return kept;
  } catch {
    return Date.now();
  }
}

function begin() {
  clearTimeout(timer);
  const resend = document.getElementById("resend");
  if (!resend) return;
  ready = begun(`mailed-${resend.dataset.mail}`) + Number(resend.dataset.wait) * 1000;
  count();
}

function count() {
  const button = document.querySelector("#resend button");
  const when = document.getElementById("resend-when");
  const left = Math.ceil((ready - Date.now()) / 1000);
  if (left > 0) {
    button.setAttribute("aria-disabled", "true");
    when.textContent = `possible in ${left} s`;
    timer = setTimeout(count, 250);
  } else {
    button.removeAttribute("aria-disabled");
    when.textContent = "";
  }
}

begin();
document.addEventListener("shown", begin);
