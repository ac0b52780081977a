/**
 * Comforts of the register of crossings: the list's map with the list's filters, the map of one crossing, a place and
 * a perimeter set on a map. Forms also work when typed into; the map's library is fetched when a map comes near.
 */

/** Call `make` once, when the element comes near the screen. */
function whenNear(element, make) {
  const seen = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      make(element);
    },
    { rootMargin: "200px" },
  );
  seen.observe(element);
}

/* --- the list's map: always the rows of the list -------------------------------------------------------------- */

const query = () => document.getElementById("rows")?.dataset.query ?? "";

async function showGates(place) {
  const { createMap } = await import("./bordermap.js");
  const made = await createMap(place, {
    layers: [{ name: "perimeters", query: query() }, { name: "crossings", query: query() }],
    fit: "crossings",
    fitZoom: 10,
  });
  if (!made) return;
  document.body.addEventListener("htmx:afterSettle", async () => {
    await made.show("perimeters", query());
    const data = await made.show("crossings", query());
    if (data?.features.length) made.fit(data.features, 10);
  });
}

const gates = document.querySelector("[data-gates]");
if (gates) whenNear(gates, showGates);

/* --- one crossing --------------------------------------------------------------------------------------------- */

function perimeterStyles(map, id, dashes) {
  const line = { "line-color": "#7a4b00", "line-width": 3, ...(dashes ? { "line-dasharray": dashes } : {}) };
  map.addLayer({ id: `${id}-fill`, type: "fill", source: id, paint: { "fill-color": "#d9b45b", "fill-opacity": 0.25 } });
  map.addLayer({ id: `${id}-line`, type: "line", source: id, paint: line });
}

async function showGate(place) {
  const { createMap, ring } = await import("./bordermap.js");
  const { perimeter, at, ...point } = JSON.parse(document.getElementById(place.dataset.gate).textContent);
  // A page of another day shows the sectors and statuses of that day.
  const day = at ? String(new URLSearchParams({ at })) : "";
  const made = await createMap(place, {
    layers: [{ name: "sectors", query: day }, "perimeters", { name: "crossings", query: day }, "markers"],
    small: true,
    point,
  });
  if (!made) return;
  const features = [{ geometry: ring(point.lon, point.lat, Math.max(point.accuracy_m, 300)) }];
  if (perimeter) {
    const shape = { type: "Feature", properties: {}, geometry: perimeter };
    made.map.addSource("perimeter", { type: "geojson", data: shape });
    perimeterStyles(made.map, "perimeter");
    features.push(shape);
  }
  made.fit(features, 15);
}

const gate = document.querySelector("[data-gate]");
if (gate) whenNear(gate, showGate);

/* --- fields of positions: "lat, lon", one to a line ----------------------------------------------------------- */

const KHMER_ZERO = 0x17e0;
const latin = (text) => text.replace(/[\u17e0-\u17e9]/g, (digit) => digit.charCodeAt(0) - KHMER_ZERO);

/** Positions [lon, lat] of a field; lines that cannot be read yet are passed over. */
function positions(field) {
  const pairs = latin(field.value)
    .split("\n")
    .map((line) => line.match(/\d+(?:\.\d+)?/g)?.map(Number) ?? []);
  return pairs
    .filter((pair) => pair.length === 2)
    .map(([first, second]) => (first > second ? [first, second] : [second, first]));
}

const written = ([lon, lat]) => `${lat.toFixed(6)}, ${lon.toFixed(6)}`;

const isGeoJSON = (field) => /^\s*[{[]/.test(field.value);

/** What was pasted as GeoJSON, null while it cannot be read. */
function pasted(field) {
  try {
    return JSON.parse(field.value);
  } catch {
    return null;
  }
}

/** A map with a cross in the middle, beside a field; it looks at what is given, else at the sectors. */
async function openMap(box, given) {
  const { createMap } = await import("./bordermap.js");
  const made = await createMap(box.querySelector("[data-draw-map]"), {
    crosshair: true, fit: given.length ? "" : "sectors", fitZoom: 11,
    layers: ["sectors", "perimeters", "markers", "crossings"],
  });
  if (made && given.length) made.fit(given.map((coordinates) => ({ geometry: { coordinates } })), 15);
  return made;
}

/** Let the button open and fold the map; `ready` is told once, when the map is there. */
function opener(box, given, ready) {
  let asked = false;
  box.querySelector("[data-draw-open]").addEventListener("click", async () => {
    const part = box.querySelector("[data-draw-part]");
    part.hidden = !part.hidden;
    if (part.hidden || asked) return;
    asked = true;
    const made = await openMap(box, given());
    if (!made) return;
    ready(made);
    made.map.getCanvas().focus({ preventScroll: true });
  });
}

/* --- a perimeter ---------------------------------------------------------------------------------------------- */

function outline(corners) {
  const points = corners.map((coordinates) => ({
    type: "Feature", properties: {}, geometry: { type: "Point", coordinates },
  }));
  if (corners.length < 2) return points;
  const ringed = [...corners, corners[0]];
  const geometry = corners.length > 2
    ? { type: "Polygon", coordinates: [ringed] }
    : { type: "LineString", coordinates: corners };
  return [{ type: "Feature", properties: {}, geometry }, ...points];
}

function drawing(box) {
  const field = document.getElementById(box.dataset.perimeter);
  const around = document.getElementById(box.dataset.around);
  const state = box.querySelector("[data-draw-state]");
  let map = null;

  const show = () => {
    const geo = isGeoJSON(field);
    const corners = geo ? [] : positions(field);
    state.textContent = geo ? state.dataset.pasted : state.dataset.words.replace("{n}", corners.length);
    const data = geo ? pasted(field) : { type: "FeatureCollection", features: outline(corners) };
    if (!map || !data) return;
    const source = map.getSource("drawn");
    if (source) source.setData(data);
    else {
      map.addSource("drawn", { type: "geojson", data });
      perimeterStyles(map, "drawn", [2.5, 1.8]);
      map.addLayer({
        id: "drawn-points",
        type: "circle",
        source: "drawn",
        filter: ["==", ["geometry-type"], "Point"],
        paint: {
          "circle-radius": 5, "circle-color": "#7a4b00", "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.5,
        },
      });
    }
  };
  const add = () => {
    if (!map || isGeoJSON(field)) return;
    const { lng, lat } = map.getCenter();
    field.value = `${field.value.trimEnd()}\n${written([lng, lat])}`.trimStart();
    show();
  };
  const undo = () => {
    if (isGeoJSON(field)) return;
    field.value = field.value.trimEnd().split("\n").slice(0, -1).join("\n");
    show();
  };

  opener(box, () => (isGeoJSON(field) ? positions(around) : [...positions(field), ...positions(around)]), (made) => {
    map = made.map;
    show();
  });
  box.querySelector("[data-draw-add]").addEventListener("click", add);
  box.querySelector("[data-draw-undo]").addEventListener("click", undo);
  box.querySelector("[data-draw-map]").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Backspace") return;
    event.preventDefault();
    (event.key === "Enter" ? add : undo)();
  });
  field.addEventListener("input", show);
  show();
  box.hidden = false;
}

/* --- a place -------------------------------------------------------------------------------------------------- */

function pointing(box) {
  const field = document.getElementById(box.dataset.point);
  const accuracy = document.getElementById(box.dataset.accuracy);
  const state = box.querySelector("[data-draw-state]");
  let made = null;

  const set = (lon, lat, metres) => {
    field.value = written([lon, lat]);
    accuracy.value = Math.max(1, Math.ceil(metres));
    made?.setPoint({ lon, lat, accuracy_m: Number(accuracy.value) });
  };
  const here = () => {
    if (!navigator.geolocation) {
      state.textContent = state.dataset.refused;
      return;
    }
    state.textContent = state.dataset.asking;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        set(coords.longitude, coords.latitude, coords.accuracy);
        state.textContent = state.dataset.found.replace("{m}", Math.ceil(coords.accuracy));
      },
      () => {
        state.textContent = state.dataset.refused;
      },
      { enableHighAccuracy: true, timeout: 20_000 },
    );
  };
  const fromMap = () => {
    if (!made) return;
    const { lng, lat } = made.map.getCenter();
    // As exact as one can point: about ten pixels of this scale.
    const pixel = (40_075_016 * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** made.map.getZoom());
    set(lng, lat, Math.max(20, 10 * pixel));
    state.textContent = state.dataset.set.replace("{place}", field.value);
  };

  opener(box, () => positions(field), (map) => {
    made = map;
    const [given] = positions(field);
    if (given) made.setPoint({ lon: given[0], lat: given[1], accuracy_m: Number(latin(accuracy.value)) || 0 });
  });
  box.querySelector("[data-point-here]").addEventListener("click", here);
  box.querySelector("[data-draw-add]").addEventListener("click", fromMap);
  box.querySelector("[data-draw-map]").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    fromMap();
  });
  box.hidden = false;
}

for (const box of document.querySelectorAll("[data-perimeter]")) drawing(box);
for (const box of document.querySelectorAll("[data-point]")) pointing(box);

// A form that was refused: bring what is wrong into view and before the reader.
document.querySelector("[data-focus]")?.focus();
