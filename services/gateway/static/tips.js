// Tooltips show on hover, focus and tap by themselves. Escape hides one until the pointer and the focus have left it.

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const tip of document.querySelectorAll(".tip:hover, .tip:focus-within")) tip.dataset.hushed = "";
});

for (const gone of ["pointerout", "focusout"]) {
  document.addEventListener(gone, (event) => {
    const tip = event.target.closest?.(".tip");
    if (tip && !tip.contains(event.relatedTarget)) delete tip.dataset.hushed;
  });
}
