// A page that waits for a seat becomes the next page by itself: the events say that something changed, /me says what.

const SLOW_LOOK = 20_000;
let shown = document.querySelector("[data-live]").dataset.live;
let events;
let looking = false;

async function look() {
  if (looking) return;
  looking = true;
  try {
    const answer = await fetch("/api/v1/me", { headers: { Accept: "application/json", "Headcount-Background": "1" } });
    if (answer.status === 401) {
      location.assign("/login?next=/welcome");
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
  const live = next.querySelector("[data-live]");
  shown = live?.dataset.live ?? "done";
  document.title = next.title;
  document.getElementById("content").replaceChildren(...next.getElementById("content").children);
  document.querySelector("h1").focus();
  if (!live) {
    events?.close();
    clearInterval(back_stop);
  }
}

function listen() {
  events = new EventSource("/api/v1/events");
  for (const name of ["hello", "member", "agency", "signed_out"]) events.addEventListener(name, look);
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  });
}

const back_stop = setInterval(look, SLOW_LOOK);
listen();

for (const late of document.querySelectorAll("[data-after]")) {
  setTimeout(() => {
    late.hidden = false;
  }, Number(late.dataset.after) * 1000);
}
