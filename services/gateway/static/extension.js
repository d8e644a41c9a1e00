// Headcount in a browser extension, an app, or a page of another origin: sign in with a code, follow one's own seat,
// sign out. Copy this file. The operator lists the origin that it runs on (HEADCOUNT_CORS_ORIGINS).

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;

export class Headcount {
  #address;
  #store;
  #token = null;
  #open = null; // aborts the stream

  // `address`: where Headcount is, like https://seats.example. `store` keeps values, like chrome.storage.local:
  // get(name) and set(name, value), both async. The token is a password: keep it where no other page can read it.
  constructor(address, store) {
    this.#address = `${address}/api/v1`;
    this.#store = store;
  }

  async askForCode(email) {
    const known = await this.#store.get("browserToken");
    const answer = await this.#write("POST", "/login-codes", {
      email,
      tokenType: "bearer",
      ...(known && { browserToken: known }),
    });
    await this.#store.set("browserToken", answer.browserToken);
  }

  // The code from the mail. If the error's code is choose_agency or confirm_details, ask the person and call again,
  // with the same code and `{ agencyId }` or `{ name, seatType }`.
  async signIn(email, code, more = {}) {
    const answer = await this.#write("POST", "/sessions", {
      email,
      code,
      tokenType: "bearer",
      browserToken: await this.#store.get("browserToken"),
      ...more,
    });
    await this.#keep(answer.bearerToken);
    return answer.member;
  }

  // The member, or null when nobody is signed in. `planType` is the seat that the member holds. Call it when the person
  // does something: it keeps the session alive. A program that looks by itself passes false.
  async me(isUsed = true) {
    const response = await this.#fetch("/me", isUsed ? {} : { headers: { "Headcount-Background": "1" } });
    if (response.status === 401) {
      await this.#keep(null);
      return null;
    }
    return (await read(response)).member;
  }

  // Calls `show(member)` now and at each change, and `show(null)` when the session has ended. The stream begins before
  // the member is read, so that no change is missed.
  async follow(show) {
    let wait = FIRST_WAIT;
    for (;;) {
      try {
        this.#open = new AbortController();
        const response = await this.#fetch("/events", { signal: this.#open.signal });
        if (response.status === 401) await this.#keep(null);
        for await (const event of events(response)) {
          wait = FIRST_WAIT;
          const member =
            event.name === "hello" ? await this.me(false) : event.name === "member" && JSON.parse(event.data);
          if (member) show(member);
          if (event.name === "signed_out") await this.#keep(null);
        }
      } catch {
        // The network is away for a moment, or signOut() closed the stream.
      }
      if (!this.#token) return show(null);
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  }

  async signOut() {
    await this.#fetch("/sessions/current", { method: "DELETE" });
    await this.#keep(null);
    this.#open?.abort();
  }

  async #keep(token) {
    this.#token = token;
    await this.#store.set("token", token);
  }

  async #write(method, path, body) {
    const headers = { "Content-Type": "application/json" };
    return read(await fetch(this.#address + path, { method, headers, body: JSON.stringify(body) }));
  }

  async #fetch(path, options = {}) {
    this.#token ??= await this.#store.get("token");
    const headers = { ...options.headers, ...(this.#token && { Authorization: `Bearer ${this.#token}` }) };
    return fetch(this.#address + path, { ...options, headers, cache: "no-store" });
  }
}

// A rejection is an Error with a sentence for people and the problem: its code, and what there is to choose from.
async function read(response) {
  const body = await response.json();
  if (!response.ok) throw Object.assign(new Error(body.detail), { code: body.code, problem: body });
  return body;
}

// Server-Sent Events of a response. EventSource can send no Authorization, and a token must not stand in an address.
async function* events(response) {
  if (!response.ok) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const blocks = (text + part.value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const fields = new Map(block.split("\n").map((line) => line.split(/: ?(.*)/s).slice(0, 2)));
      if (fields.has("event")) yield { name: fields.get("event"), data: fields.get("data") };
    }
  }
}
