// A day of a chart, by pointer, finger or arrow keys: the field that spans the drawing says what was true on it.

import { utc_day } from "./moments.js";

const DAY = 86_400_000;

function show(chart) {
  const field = chart.querySelector("input[type=range]");
  const first = Date.parse(chart.dataset.first);
  const at = first + field.value * DAY;
  let mark = null;
  for (const row of chart.querySelectorAll("[data-mark]")) {
    if (Date.parse(row.dataset.mark) <= at) mark = row;
  }
  if (!mark) return;
  const [purchased, active] = [...mark.querySelectorAll("td")].map((cell) => cell.textContent);
  const text = `${utc_day(at)}: ${purchased} purchased, ${active} active`;
  chart.querySelector("output").textContent = text;
  field.setAttribute("aria-valuetext", text);
  const days = Number(field.max) + 1;
  const x = ((Number(field.value) + 0.5) * 900) / days;
  chart.querySelector(".cursor").setAttribute("d", `M${x} 0V120`);
}

export function charts(root) {
  for (const field of root.querySelectorAll("[data-chart] input[type=range]")) {
    field.removeAttribute("hidden");
    show(field.closest("[data-chart]"));
  }
}

document.addEventListener("input", (event) => {
  const chart = event.target.closest?.("[data-chart]");
  if (chart) show(chart);
});

document.addEventListener("pointermove", (event) => {
  const field = event.target.closest?.("[data-chart] input[type=range]");
  if (!field) return;
  const box = field.getBoundingClientRect();
  field.value = Math.floor(((event.clientX - box.left) / box.width) * (Number(field.max) + 1));
  show(field.closest("[data-chart]"));
});
