// Times in the reader's own zone and in few words; without scripts they stand there in UTC.

const DAY = 86_400_000;
const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dated = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

function words(at, kind) {
  const now = new Date();
  const day = at.getFullYear() === now.getFullYear() ? date.format(at) : dated.format(at);
  if (kind === "date") return dated.format(at);
  if (kind === "clock") return clock.format(at);
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  if (at >= midnight) return `today, ${clock.format(at)}`;
  if (at >= midnight - DAY) return `yesterday, ${clock.format(at)}`;
  return `${day}, ${clock.format(at)}`;
}

export function localise(root) {
  for (const time of root.querySelectorAll('time[datetime]:not([data-as="utc"])')) {
    const at = new Date(time.getAttribute("datetime"));
    if (!Number.isNaN(at.getTime())) time.textContent = words(at, time.dataset.as);
  }
}
