/**
 * Comforts of patrols: the map of one patrol, a line drawn point by point, a place set by device or map.
 * Each only fills in a field of a form, which also works when typed into; the map's library is fetched when a map opens.
 */

const PURPLE = "#8a1c7c";
const COLOURS = ["match", ["get", "kind"], "route", "#55606e", PURPLE];
const ROUTE = [1, 2];
const DRAWN = [2.5, 1.8];

/* --- a patrol on its map -------------------------------------------------------------------------------------- */

function lineStyle(id, filter, dashes) {
  return {
    id,
    type: "line",
    source: "patrol",
    filter,
    layout: { "line-cap": dashes ? "butt" : "round", "line-join": "round" },
    paint: { "line-color": COLOURS, "line-width": 3.5, ...(dashes ? { "line-dasharray": dashes } : {}) },
  };
}

function markers(made, features) {
  for (const { geometry, properties } of features) {
    if (properties.kind !== "seen") continue;
    const mark = document.createElement("span");
    mark.className = "key-seen";
    mark.textContent = properties.number;
    mark.title = properties.label;
    new made.library.Marker({ element: mark }).setLngLat(geometry.coordinates).addTo(made.map);
  }
}

async function showPatrol(place) {
  const { createMap } = await import("./bordermap.js");
  const data = JSON.parse(document.getElementById(place.dataset.patrol).textContent);
  const made = await createMap(place, { layers: ["sectors", "markers"], small: true });
  if (!made) return;
  made.map.addSource("patrol", { type: "geojson", data });
  const kind = (name) => ["==", ["get", "kind"], name];
  made.map.addLayer(lineStyle("patrol-route", kind("route"), ROUTE));
  made.map.addLayer(lineStyle("patrol-drawn", kind("drawn"), DRAWN));
  made.map.addLayer(lineStyle("patrol-track", kind("track")));
  markers(made, data.features);
  made.fit(data.features, 15);
}

const place = document.querySelector("[data-patrol]");
if (place) {
  const seen = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      showPatrol(place);
    },
    { rootMargin: "200px" },
  );
  seen.observe(place);
}

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

const written = ([lon, lat]) => `${lat.toFixed(5)}, ${lon.toFixed(5)}`;

/** Kilometres along positions, good enough to tell a slip of the hand. */
function kilometres(line) {
  const radians = Math.PI / 180;
  let sum = 0;
  for (let i = 1; i < line.length; i += 1) {
    const [east, north] = [line[i][0] - line[i - 1][0], line[i][1] - line[i - 1][1]];
    sum += Math.hypot(east * 111.32 * Math.cos(line[i][1] * radians), north * 110.57);
  }
  return sum;
}

function features(line) {
  const points = line.map((coordinates) => ({
    type: "Feature", properties: {}, geometry: { type: "Point", coordinates },
  }));
  const path = { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: line } };
  return line.length > 1 ? [path, ...points] : points;
}

/** A map with a cross in the middle, beside a field: where the field says, else where the patrol went. */
async function openMap(box, field) {
  const { createMap } = await import("./bordermap.js");
  const given = positions(field);
  const shown = place && JSON.parse(document.getElementById(place.dataset.patrol).textContent).features;
  const made = await createMap(box.querySelector("[data-draw-map]"), {
    crosshair: true, fit: "sectors", fitZoom: 11, layers: ["sectors", "markers"],
  });
  if (!made) return null;
  if (given.length) made.fit(features(given), 14);
  else if (shown) made.fit(shown, 14);
  return made;
}

/** Let the button open and fold the map; `ready` is told once, when the map is there. */
function opener(box, field, ready) {
  let asked = false;
  box.querySelector("[data-draw-open]").addEventListener("click", async () => {
    const part = box.querySelector("[data-draw-part]");
    part.hidden = !part.hidden;
    if (part.hidden || asked) return;
    asked = true;
    const made = await openMap(box, field);
    if (!made) return;
    ready(made);
    made.map.getCanvas().focus({ preventScroll: true });
  });
}

/* --- a line --------------------------------------------------------------------------------------------------- */

function drawing(box) {
  const field = document.getElementById(box.dataset.draw);
  const state = box.querySelector("[data-draw-state]");
  let map = null;

  const show = () => {
    const line = positions(field);
    state.textContent = state.dataset.words.replace("{n}", line.length).replace("{km}", kilometres(line).toFixed(1));
    const data = { type: "FeatureCollection", features: features(line) };
    const source = map?.getSource("drawn");
    if (source) source.setData(data);
    else if (map) addDrawn(map, data);
  };
  const add = () => {
    if (!map) return;
    const { lng, lat } = map.getCenter();
    field.value = `${field.value.trimEnd()}\n${written([lng, lat])}`.trimStart();
    show();
  };
  const undo = () => {
    field.value = field.value.trimEnd().split("\n").slice(0, -1).join("\n");
    show();
  };

  opener(box, field, (made) => {
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
  box.hidden = false;
}

function addDrawn(map, data) {
  map.addSource("drawn", { type: "geojson", data });
  map.addLayer({
    id: "drawn-line",
    type: "line",
    source: "drawn",
    paint: { "line-color": PURPLE, "line-width": 3.5, "line-dasharray": DRAWN },
  });
  map.addLayer({
    id: "drawn-points",
    type: "circle",
    source: "drawn",
    filter: ["==", ["geometry-type"], "Point"],
    paint: {
      "circle-radius": 5, "circle-color": PURPLE, "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.5,
    },
  });
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
        state.textContent = state.dataset.found.replace("{m}", Math.round(coords.accuracy));
      },
      () => {
        state.textContent = state.dataset.refused;
      },
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 30_000 },
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

  opener(box, field, (opened) => {
    made = opened;
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

for (const box of document.querySelectorAll("[data-draw]")) drawing(box);
for (const box of document.querySelectorAll("[data-point]")) pointing(box);

/* --- what is to be mended, and links to folded parts ---------------------------------------------------------- */

document.querySelector("[data-focus]")?.focus();

function unfold() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
}
window.addEventListener("hashchange", unfold);
unfold();
