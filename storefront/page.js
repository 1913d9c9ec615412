for (const b of document.querySelectorAll("[data-fr-copy]")) if (navigator.clipboard) {
  b.hidden = false;
  b.onclick = () => navigator.clipboard.writeText(b.dataset.frCopy).then(() => (b.textContent = b.dataset.frDone));
}
