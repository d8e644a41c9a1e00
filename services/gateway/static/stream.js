// The one stream of this browser. A browser keeps six connections to a site over HTTP/1.1, and a stream in each open
// tab would use them all up. Of the visible tabs of one person, the one that holds a lock reads the stream and passes
// on what it reads; the next in line takes over when that tab is hidden or closed. What is passed on is the kind and
// the number of an event and no data: each tab reads its own page with its own session. A tab of another person is on
// another lock and another channel.
//
// Without Web Locks (an insecure address) every visible tab reads a stream of its own.

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15_000;
const SESSION_OVER = [401, 403];
const BACKGROUND = { "Headcount-Background": "1" };

// Handlers: `event(kind, number)`, `open()`, `lost()`, and `over()` when the session has ended or is another person's.
// `after` is the number of the newest event that the page shows already.
export function listen({ after = 0, event, open, lost, over }) {
  const name = `headcount-stream-${document.body.dataset.me}`;
  const channel = new BroadcastChannel(name);
  let last = after;
  let reading = false;
  let turn = null;

  // A form on its way leads to its own next page: the page after signing out says so.
  function ended() {
    if (!document.querySelector("form[data-sent]")) over();
  }

  function take({ kind, type, number }) {
    if (kind === "where") {
      if (reading) channel.postMessage({ kind: "event", type: "hello", number: last });
      return;
    }
    if (kind === "event") {
      if (type === "signed_out") return ended();
      last = Math.max(last, number);
      event(type, number);
    }
    if (kind === "open") open?.();
    if (kind === "lost") lost?.();
    if (kind === "over") ended();
  }

  function tell(message) {
    channel.postMessage(message);
    take(message);
  }

  async function lead(signal) {
    let wait = FIRST_WAIT;
    while (!signal.aborted) {
      try {
        const headers = { Accept: "text/event-stream", ...BACKGROUND };
        if (last) headers["Last-Event-ID"] = String(last);
        const answer = await fetch("/api/v1/events", { headers, signal, cache: "no-store" });
        if (SESSION_OVER.includes(answer.status)) return tell({ kind: "over" });
        if (answer.ok) {
          reading = true;
          tell({ kind: "open" });
          await read(answer.body, (type, number) => {
            wait = FIRST_WAIT;
            tell({ kind: "event", type, number });
          });
          // The server ends a stream with its session, and when it stops itself.
          if (await is_over(signal)) return tell({ kind: "over" });
        }
      } catch {
        // Aborted, or the network is away.
      }
      reading = false;
      if (signal.aborted) return;
      tell({ kind: "lost" });
      await new Promise((done) => {
        setTimeout(done, wait);
        signal.addEventListener("abort", done, { once: true });
      });
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  }

  function begin() {
    if (turn || document.hidden) return;
    turn = new AbortController();
    const { signal } = turn;
    // What was passed on while this tab slept is lost to it: a reader of the stream names its place.
    channel.postMessage({ kind: "where" });
    if (navigator.locks) navigator.locks.request(name, { signal }, () => lead(signal)).catch(() => {});
    else lead(signal);
  }

  function end() {
    turn?.abort();
    turn = null;
    reading = false;
  }

  // Back in view, or out of the browser's memory: by now somebody else may be signed in.
  async function resume() {
    begin();
    try {
      if (turn && (await is_over(turn.signal))) tell({ kind: "over" });
    } catch {
      // Hidden again, or the network is away.
    }
  }

  channel.addEventListener("message", ({ data }) => take(data));
  document.addEventListener("visibilitychange", () => (document.hidden ? end() : resume()));
  window.addEventListener("pagehide", end);
  window.addEventListener("pageshow", ({ persisted }) => persisted && resume());
  begin();
}

async function is_over(signal) {
  const answer = await fetch("/api/v1/me", { headers: BACKGROUND, signal, cache: "no-store" });
  if (SESSION_OVER.includes(answer.status)) return true;
  return answer.ok && (await answer.json()).member.id !== document.body.dataset.me;
}

async function read(body, event) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const kind = block.match(/^event: (.+)$/m);
      if (kind) event(kind[1], Number(block.match(/^id: (\d+)$/m)?.[1] ?? 0));
    }
  }
}
