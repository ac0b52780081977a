/**
 * Comforts of a record and of the inbox: the small map, single keys, and on a wide screen the record beside the list.
 * Everything here also works as plain pages without script.
 */

import { keysOn, onKey, switchKeys } from "./keys.js";

// --- the small map: read only when it comes near the screen ---------------------------------------------------
const place = document.querySelector("[data-map]");
if (place) {
  const seen = new IntersectionObserver(async (entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    const { createMap } = await import("./bordermap.js");
    const data = JSON.parse(document.getElementById(place.dataset.map).textContent);
    const point = data.lon === undefined ? null : data;
    // At zoom 0 a pixel is some 76 km wide here; the metres around the place are to fit into 140 pixels.
    const zoom = point ? Math.min(13.5, Math.log2((76000 * 140) / point.around_m)) : undefined;
    const map = await createMap(place, {
      ...(point ? { center: [point.lon, point.lat], zoom, point } : {}),
      // A record of another time shows the sectors of that time.
      layers: [{ name: "sectors", query: data.at ? String(new URLSearchParams({ at: data.at })) : "" }],
      small: true,
    });
    if (map && data.box) map.map.fitBounds(data.box, { padding: 16, animate: false });
  }, { rootMargin: "200px" });
  seen.observe(place);
}

// A form that was refused: bring what is wrong into view and before the reader.
document.querySelector("[data-focus]")?.focus();

// A link to a folded part unfolds it.
const target = location.hash && document.getElementById(location.hash.slice(1));
if (target instanceof HTMLDetailsElement) target.open = true;

// --- the inbox ------------------------------------------------------------------------------------------------
const wide = matchMedia("(min-width: 62rem)");
const list = document.querySelector("[data-lines]");
const pane = document.getElementById("pane");

async function openBeside(line) {
  for (const other of list.children) other.classList.toggle("line-open", other === line);
  line.scrollIntoView({ block: "nearest" });
  const link = line.querySelector("a.line-ref");
  link.focus({ preventScroll: true });
  const answer = await fetch(`${link.href}?pane=1`, { headers: { "HX-Request": "true" } });
  if (!answer.ok) {
    location.assign(link.href);
    return;
  }
  const fragment = document.createRange().createContextualFragment(await answer.text());
  pane.replaceChildren(fragment);
  window.htmx?.process(pane);
  const address = new URL(location.href);
  address.searchParams.set("open", line.dataset.duty);
  history.replaceState(null, "", address);
}

if (list && pane) {
  list.addEventListener("click", (event) => {
    if (!wide.matches || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey) return;
    const line = event.target.closest("[data-duty]");
    if (!line || !event.target.closest("a")) return;
    event.preventDefault();
    openBeside(line);
  });
}

function move(step) {
  const lines = [...(list?.children ?? [])];
  if (!lines.length) return;
  const at = lines.findIndex((line) => line.contains(document.activeElement));
  const open = lines.findIndex((line) => line.classList.contains("line-open"));
  const from = at >= 0 ? at : open;
  const line = lines[Math.max(0, Math.min(lines.length - 1, from + step))];
  if (wide.matches) openBeside(line);
  else line.querySelector("a.line-ref").focus();
}

onKey("j", () => move(1));
onKey("k", () => move(-1));
onKey("a", () => {
  const first = document.querySelector("#answer input[type=radio]:checked, #answer input[type=radio]");
  if (first) {
    first.closest("form").scrollIntoView({ block: "nearest" });
    first.focus();
    return;
  }
  const open = document.activeElement?.closest?.("[data-duty]")?.querySelector("a.line-ref");
  if (open) open.click();
});
onKey("g i", () => location.assign(document.querySelector("a[href$='/inbox/']")?.href ?? "/inbox/"));

const help = document.querySelector("[data-keys]");
if (help) {
  const box = help.querySelector("[data-keys-on]");
  const show = () => {
    box.checked = keysOn();
    help.showModal();
  };
  box.addEventListener("change", () => switchKeys(box.checked));
  onKey("?", show);
  const button = document.querySelector("[data-keys-help]");
  button.hidden = false;
  button.addEventListener("click", show);
}
