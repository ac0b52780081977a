/** The map page: filter, map and list move together. Without it the form and the list work by themselves. */

import { createMap } from "./bordermap.js";

const element = document.getElementById("map");
const form = document.getElementById("map-filter");
const list = document.getElementById("map-list");
const told = document.getElementById("map-told");
const truncated = document.getElementById("map-truncated");

const MAP_ONLY = ["show", "chosen"];
let map = null;
let asked = null; // the list request under way

/** What the form says now. */
function filled() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) query.append(name, value);
  return query;
}

/** The filters of incidents alone. */
function filters() {
  const query = filled();
  for (const name of MAP_ONLY) query.delete(name);
  return query;
}

/** Ask for the list of what is in view. An older question still under way is dropped. */
async function renewList() {
  asked?.abort();
  asked = new AbortController();
  const query = filters();
  if (map) query.set("bbox", map.bbox().join(","));
  try {
    const response = await fetch(`${location.pathname}?${query}`, {
      headers: { "HX-Request": "true" },
      signal: asked.signal,
    });
    if (!response.ok || response.redirected) return;
    // Our own server's fragment, made by the same template as the page.
    list.innerHTML = await response.text();
    offerPlaces();
    told.textContent = list.querySelector(".map-count")?.textContent.trim() ?? "";
  } catch (error) {
    if (error.name !== "AbortError") console.warn("list", error);
  }
}

function offerPlaces() {
  if (!map) return;
  for (const button of list.querySelectorAll(".map-go")) button.hidden = false;
}

function later(work, milliseconds) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, milliseconds);
  };
}

const renewListSoon = later(renewList, 250);

async function filterChanged() {
  const query = filled();
  history.replaceState(null, "", `${location.pathname}?${query}`);
  await map?.show("incidents", filters().toString());
  renewListSoon();
}

async function layerChanged(box) {
  history.replaceState(null, "", `${location.pathname}?${filled()}`);
  if (!map) return;
  if (box.checked && !map.has(box.value)) await map.show(box.value);
  map.toggle(box.value, box.checked);
}

form.addEventListener("change", (event) => {
  if (event.target.name === "show") layerChanged(event.target);
  else filterChanged();
});

list.addEventListener("click", (event) => {
  const button = event.target.closest(".map-go");
  if (!button || !map) return;
  map.focus(Number(button.dataset.lon), Number(button.dataset.lat));
  element.scrollIntoView({ block: "nearest" });
});

element.addEventListener("bordermap:loaded", ({ detail }) => {
  if (detail.name !== "incidents") return;
  truncated.hidden = !detail.truncated;
  truncated.textContent = detail.truncated ? element.dataset.truncated : "";
});

const shown = [...form.querySelectorAll("input[name=show]:checked")].map((box) => box.value);
map = await createMap(element, {
  fit: "incidents",
  fitZoom: 10,
  layers: [...shown, "incidents"].map((name) => ({ name, query: name === "incidents" ? filters().toString() : "" })),
});
if (map) {
  offerPlaces();
  element.addEventListener("bordermap:moved", renewListSoon);
}
