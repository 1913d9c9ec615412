// What the script right behind a block has left: no page gets the same functions twice. Only the functions that early-entry.js names are here.
export const [$, early, write, on, fill, day, kept, writeLink] = customElements.friends;
