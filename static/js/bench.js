/**
 * The maps of the register check, the test bench and the trial of a change. The forms and lists work without them.
 *
 * data-pick="id"         the place under the cross goes into that field once a person has moved the map
 * data-place="id"        JSON of the place that was looked up: lon, lat, accuracy_m, around_m
 * data-shapes="id"       GeoJSON in the page;  data-shapes-from="address"  GeoJSON to fetch
 */

import { createMap } from "./bordermap.js";

const element = document.querySelector(".bench-map");
const read = (id) => (id ? JSON.parse(document.getElementById(id).textContent) : null);

// A form that was refused: bring what is wrong before the reader.
document.querySelector("[data-focus]")?.focus();

/* Every kind has its own shape or dash besides its colour. */
const STYLES = [
  { id: "goes", type: "line", paint: { "line-color": "#55606e", "line-width": 1.5, "line-dasharray": [3, 2] } },
  { id: "comes", type: "fill", paint: { "fill-color": "#0b5cad", "fill-opacity": 0.15 } },
  { id: "comes", type: "line", paint: { "line-color": "#0b5cad", "line-width": 1.5 } },
  { id: "overlap", type: "fill", paint: { "fill-color": "#b86e00", "fill-opacity": 0.45 } },
  { id: "overlap", type: "line", paint: { "line-color": "#b86e00", "line-width": 1.5 } },
  { id: "gap", type: "line", paint: { "line-color": "#b3261e", "line-width": 5 } },
  {
    id: "stays",
    type: "circle",
    paint: { "circle-radius": 5, "circle-color": "#ffffff", "circle-stroke-color": "#b86e00", "circle-stroke-width": 2.2 },
  },
  {
    id: "moves",
    type: "circle",
    paint: { "circle-radius": 5, "circle-color": "#b3261e", "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.4 },
  },
];

function drawShapes(bordermap, data) {
  bordermap.map.addSource("bench", { type: "geojson", data });
  for (const style of STYLES) {
    bordermap.map.addLayer({
      ...style,
      id: `bench-${style.id}-${style.type}`,
      source: "bench",
      filter: ["==", ["get", "kind"], style.id],
    });
  }
  bordermap.fit(data.features);
}

async function shapes() {
  if (element.dataset.shapes) return read(element.dataset.shapes);
  if (!element.dataset.shapesFrom) return null;
  const answer = await fetch(element.dataset.shapesFrom, { credentials: "same-origin" });
  return answer.ok ? answer.json() : null;
}

async function begin() {
  const place = read(element.dataset.place);
  const picks = document.getElementById(element.dataset.pick ?? "");
  // At zoom 0 a pixel is some 76 km wide here; the metres around the place are to fit into 200 pixels.
  const zoom = place ? Math.min(13.5, Math.log2((76000 * 200) / place.around_m)) : undefined;
  const bordermap = await createMap(element, {
    ...(place ? { center: [place.lon, place.lat], zoom, point: place } : {}),
    layers: ["sectors"],
    // Shapes of our own are looked at instead, once they are there.
    fit: place ? "" : "sectors",
    crosshair: Boolean(picks),
  });
  if (!bordermap) return;
  const data = await shapes();
  if (data?.features.length) drawShapes(bordermap, data);
  if (picks) {
    element.addEventListener("bordermap:moved", ({ detail }) => {
      if (detail.byPerson) picks.value = `${detail.lat.toFixed(5)}, ${detail.lon.toFixed(5)}`;
    });
  }
}

if (element) begin();
