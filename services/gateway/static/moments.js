// Times in the reader's own zone and in few words; without scripts they stand there in UTC.

const DAY = 86_400_000;
const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const month = new Intl.DateTimeFormat("en", { month: "short" }); // "Sep", as the server writes it; en-GB has "Sept"

const utc_month = new Intl.DateTimeFormat("en", { month: "short", timeZone: "UTC" });

// A day of the server's, which counts days in UTC.
export function utc_day(at) {
  const day = new Date(at);
  return `${day.getUTCDate()} ${utc_month.format(day)} ${day.getUTCFullYear()}`;
}

function words(at, kind) {
  const now = new Date();
  const day = `${at.getDate()} ${month.format(at)}`;
  const dated = `${day} ${at.getFullYear()}`;
  if (kind === "date") return dated;
  if (kind === "clock") return clock.format(at);
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  if (at >= midnight) return `today, ${clock.format(at)}`;
  if (at >= midnight - DAY) return `yesterday, ${clock.format(at)}`;
  return `${at.getFullYear() === now.getFullYear() ? day : dated}, ${clock.format(at)}`;
}

export function localise(root) {
  for (const time of root.querySelectorAll('time[datetime]:not([data-as="utc"])')) {
    const at = new Date(time.getAttribute("datetime"));
    if (!Number.isNaN(at.getTime())) time.textContent = words(at, time.dataset.as);
  }
}
