/**
 * Single keys as shortcuts, the careful way: never while typing, never with a modifier, and off for those who say so
 * (local storage "keys" = "off"; the help of a page has the switch).
 */

const KEEP = "keys";
let before = "";

export const keysOn = () => localStorage.getItem(KEEP) !== "off";

export function switchKeys(on) {
  if (on) localStorage.removeItem(KEEP);
  else localStorage.setItem(KEEP, "off");
}

function typing(target) {
  return target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
}

/** Do `action` when the key (or two keys one after the other, "g i") is pressed outside every field. */
export function onKey(keys, action) {
  const wanted = keys.split(" ");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (!keysOn() || typing(event.target)) return;
    const last = wanted.at(-1);
    if (event.key !== last || (wanted.length === 2 && before !== wanted[0])) return;
    event.preventDefault();
    action(event);
  });
}

document.addEventListener("keydown", (event) => {
  // After all others have looked at it.
  setTimeout(() => { before = typing(event.target) ? "" : event.key; });
});
