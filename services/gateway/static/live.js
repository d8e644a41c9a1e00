// A clinician's page becomes the next page by itself: the events say that something changed, /me says what.

import { listen } from "./stream.js";

const SLOW_LOOK = 20_000;
const SETTLED = "active";
let shown = document.querySelector("[data-live]").dataset.live;
let looking = false;

async function look() {
  if (looking) return;
  looking = true;
  try {
    const answer = await fetch("/api/v1/me", { headers: { Accept: "application/json", "Headcount-Background": "1" } });
    if (answer.status === 401) {
      location.reload();
    } else if (answer.ok && (await answer.json()).member.status !== shown) {
      await follow();
    }
  } catch {
    // Offline for a moment: the next event or the slow look tries again.
  } finally {
    looking = false;
  }
}

async function follow() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html", "Headcount-Background": "1" } });
  if (!answer.ok) return;
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (next.body.dataset.me !== document.body.dataset.me) return location.reload();
  const live = next.querySelector("[data-live]");
  shown = live?.dataset.live ?? SETTLED;
  document.title = next.title;
  document.getElementById("content").replaceChildren(...next.getElementById("content").children);
  document.querySelector("h1").focus();
  if (shown === SETTLED) clearInterval(back_stop);
}

// Somebody who waits sees the outcome even where the stream is kept from them.
const back_stop = shown === SETTLED ? null : setInterval(look, SLOW_LOOK);
listen({ event: look, over: () => location.reload() });

for (const late of document.querySelectorAll("[data-after]")) {
  setTimeout(() => {
    late.hidden = false;
  }, Number(late.dataset.after) * 1000);
}
