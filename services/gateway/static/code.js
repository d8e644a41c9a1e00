// The code's input takes any paste that holds four digits, and sends the form at the fourth. The resend waits 30 s.

const form = document.getElementById("code-form");
const input = document.getElementById("code");

// With the length limited, a paste of "Your code: 04 12" would be cut before its digits are looked at.
input.removeAttribute("maxlength");
input.addEventListener("input", () => {
  const digits = input.value.replace(/\D/g, "").slice(0, 4);
  if (input.value !== digits) input.value = digits;
  input.removeAttribute("aria-invalid");
  if (digits.length === 4 && !form.dataset.sent) form.requestSubmit();
});

const resend = document.getElementById("resend");
const button = resend.querySelector("button");
const when = document.getElementById("resend-when");
const mailed = `mailed-${resend.dataset.mail}`;

function begun() {
  // Counted from the mail, not from this showing of the page: a wrong code does not begin the wait anew.
  try {
    const kept = Number(sessionStorage.getItem(mailed)) || Date.now();
    sessionStorage.setItem(mailed, String(kept));
    return kept;
  } catch {
    return Date.now();
  }
}

const ready = begun() + Number(resend.dataset.wait) * 1000;

function count() {
  const left = Math.ceil((ready - Date.now()) / 1000);
  if (left > 0) {
    button.setAttribute("aria-disabled", "true");
    when.textContent = `possible in ${left} s`;
    setTimeout(count, 250);
  } else {
    button.removeAttribute("aria-disabled");
    when.textContent = "";
  }
}
count();
