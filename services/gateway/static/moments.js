// Times in the reader's own zone and in few words, with the exact moment and its zone on hover; without scripts they
// stand there in UTC.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const month = new Intl.DateTimeFormat("en", { month: "short" }); // "Sep", as the server writes it; en-GB has "Sept"
const long_month = new Intl.DateTimeFormat("en", { month: "long" });
const utc_month = new Intl.DateTimeFormat("en", { month: "short", timeZone: "UTC" });
const zone = new Intl.DateTimeFormat("en", { timeZoneName: "short" });

// A day of the server's, which counts days in UTC.
export function utc_day(at) {
  const day = new Date(at);
  return `${day.getUTCDate()} ${utc_month.format(day)} ${day.getUTCFullYear()}`;
}

function local_day(at) {
  return `${at.getDate()} ${month.format(at)} ${at.getFullYear()}`;
}

// 21 March 2026, 14:05 GMT+1
function exact(at) {
  const name = zone.formatToParts(at).find(({ type }) => type === "timeZoneName").value;
  return `${at.getDate()} ${long_month.format(at)} ${at.getFullYear()}, ${clock.format(at)} ${name}`;
}

function ago(at, now) {
  const passed = now - at;
  if (passed < 0 || passed >= HOUR) return null;
  return passed < MINUTE ? "just now" : `${Math.floor(passed / MINUTE)} min ago`;
}

function words(at, kind) {
  const now = new Date();
  if (kind === "date") return local_day(at);
  if (kind === "clock") return clock.format(at);
  if (kind === "exact") return exact(at);
  const recent = kind === "ago" ? ago(at, now) : null;
  if (recent) return recent;
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  if (at >= midnight) return `today, ${clock.format(at)}`;
  if (at >= midnight - DAY) return `yesterday, ${clock.format(at)}`;
  const dated = at.getFullYear() === now.getFullYear() ? `${at.getDate()} ${month.format(at)}` : local_day(at);
  return `${dated}, ${clock.format(at)}`;
}

// The activity log's days are the reader's too: its lines are put under the day on which they happened here.
function regroup(log) {
  const lines = [...log.querySelectorAll(".log > li")];
  const heading = log.querySelector(".day");
  if (!heading) return;
  let list = null;
  for (const old of log.querySelectorAll(".day, .log")) old.dataset.old = "";
  for (const line of lines) {
    const day = local_day(new Date(line.querySelector("time").dateTime));
    if (list?.dataset.day !== day) {
      const title = heading.cloneNode(false);
      delete title.dataset.old;
      title.textContent = day;
      list = document.createElement("ul");
      list.className = "log";
      list.dataset.day = day;
      heading.before(title, list);
    }
    list.append(line);
  }
  for (const old of log.querySelectorAll("[data-old]")) old.remove();
}

export function localise(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.getAttribute("datetime"));
    if (Number.isNaN(at.getTime())) continue;
    time.textContent = words(at, time.dataset.as);
    time.title = time.dataset.as === "exact" ? at.toISOString() : exact(at);
  }
  const log = root.querySelector("#log:has([data-utc])");
  if (log) regroup(log);
}
