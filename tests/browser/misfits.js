// What sticks out of the page, is cut off, lies over something else or is too small to hit, a sentence each. What is
// drawn over something on purpose may lie over it: the code's input over its boxes, an open menu, a tooltip.
() => {
  const told = [];
  const name = (one) => `${one.tagName.toLowerCase()}${one.id ? "#" + one.id : ""} "${one.textContent.trim().slice(0, 30)}"`;
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > wide) told.push(`the page is ${document.documentElement.scrollWidth} wide`);
  const scrolls = (one) => {
    for (let up = one.parentElement; up; up = up.parentElement)
      if (/auto|scroll/.test(getComputedStyle(up).overflowX)) return true;
    return false;
  };
  // An ellipsis cuts on purpose: only what stands in front of it is drawn.
  const seen = (one, box) => {
    for (let up = one; up; up = up.parentElement)
      if (getComputedStyle(up).textOverflow === "ellipsis") {
        const edge = up.getBoundingClientRect();
        const left = Math.max(box.left, edge.left), right = Math.max(left, Math.min(box.right, edge.right));
        return { left, right, top: box.top, bottom: box.bottom, width: right - left };
      }
    return box;
  };
  const top = document.querySelector("dialog[open]") ?? document.body;
  const meant = ".unseen, .boxes, .skip, .menu-items, .tip-text, option, script, svg *, dialog:not([open]) *";
  const above = (one) => one.closest(".menu-items, .tip-text, #replies > .toast") !== null;
  const parts = [...top.querySelectorAll("*")].filter((one) => {
    if (one.matches(meant) || getComputedStyle(one).clipPath !== "none" || one.closest(".unseen, .boxes") || !one.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    return own || one.matches("input:not([type=hidden]), select, button, progress, img, svg");
  });
  const boxes = parts.map((one) => {
    if (one.matches("input, select, button, progress, img, svg, .btn, .badge")) return [one.getBoundingClientRect()];
    const range = document.createRange();
    const found = [];
    for (const node of one.childNodes) {
      if (node.nodeType !== 3 || !node.textContent.trim()) continue;
      range.selectNodeContents(node);
      found.push(...[...range.getClientRects()].map((box) => seen(one, box)));
    }
    return found;
  });
  parts.forEach((one, at) => {
    for (const box of boxes[at]) {
      if (box.width && (box.left < -1 || box.right > wide + 1) && !scrolls(one)) told.push(`${name(one)} sticks out`);
    }
    const style = getComputedStyle(one);
    if (style.overflowX === "hidden" && style.textOverflow !== "ellipsis" && one.scrollWidth > one.clientWidth + 1) told.push(`${name(one)} is cut off`);
  });
  // A table ends where its place ends, and what stands in it ends before its own edge.
  for (const table of top.querySelectorAll("table")) {
    if (!table.checkVisibility() || scrolls(table)) continue;
    const own = table.getBoundingClientRect();
    const place = table.parentElement;
    const edge = place.getBoundingClientRect().right - Number.parseFloat(getComputedStyle(place).paddingRight);
    if (own.right > edge + 1) told.push(`${name(table)} is wider than its place`);
    parts.forEach((one, at) => {
      if (!table.contains(one) || above(one) || scrolls(one)) return;
      if (boxes[at].some((box) => box.width && box.right > own.right + 1)) told.push(`${name(one)} sticks out of its table`);
    });
  }
  // A text wider than its own button is drawn past the button's edge, and nothing scrolls.
  for (const one of top.querySelectorAll("button, .btn, .badge, .chip")) {
    if (!one.checkVisibility() || one.closest(".unseen")) continue;
    const own = one.getBoundingClientRect();
    for (const node of one.childNodes) {
      if (node.nodeType !== 3 || !node.textContent.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) if (box.left < own.left - 1 || box.right > own.right + 1) told.push(`${name(one)} is too narrow for its text`);
    }
  }
  const cross = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
  for (let i = 0; i < parts.length; i++)
    for (let j = i + 1; j < parts.length; j++) {
      if (parts[i].contains(parts[j]) || parts[j].contains(parts[i])) continue;
      if (scrolls(parts[i]) || scrolls(parts[j]) || above(parts[i]) || above(parts[j])) continue;
      if (boxes[i].some((a) => boxes[j].some((b) => cross(a, b)))) told.push(`${name(parts[i])} lies over ${name(parts[j])}`);
    }
  const small = [...top.querySelectorAll("a, button, select, input:not([type=hidden]), summary")].filter((one) => {
    if (one.closest(".unseen, .skip") || !one.checkVisibility() || getComputedStyle(one).display === "inline") return false;
    const box = one.getBoundingClientRect();
    return box.width < 24 || box.height < 24;
  });
  for (const one of small) if (!one.matches("input[type=radio], input[type=checkbox]")) told.push(`${name(one)} is hard to hit`);
  return [...new Set(told)].slice(0, 20);
}
