/**
 * The map, one way for every page: `createMap(element, options)`.
 *
 * Nothing is fetched from outside: the background is our own outline, the library comes from this site, and both are
 * loaded only when a map is really made, so that a page stays light until then. A map is never the only way: when the
 * library or WebGL is missing the element says so and the list or form beside it goes on working.
 *
 * Words, colours and addresses of layers come from the JSON that the template tag `map_config` writes (id
 * "map-config"). Text from data is only ever set as textContent.
 *
 * Events on the element (they bubble):
 *   bordermap:ready   {}
 *   bordermap:moved   {lon, lat, zoom, bbox: [west, south, east, north], byPerson}   after every move
 *   bordermap:loaded  {name, count, shown, truncated}                                after a layer has been read
 *   bordermap:picked  {name, properties, lon, lat}                                   a feature was chosen
 *   bordermap:failed  {reason}
 */

const LIBRARY = new URL("../npm/maplibre/maplibre-gl.mjs", import.meta.url).href;
const WORKER = new URL("../npm/maplibre/maplibre-gl-worker.mjs", import.meta.url).href;
const STYLES = ["../npm/maplibre/maplibre-gl.css", "../css/map.css"].map(
  (path) => new URL(path, import.meta.url).href,
);
const OUTLINE = new URL("../geo/outline.json", import.meta.url).href;

// Cambodia with a little of its neighbours, in degrees: west, south, east, north.
export const COUNTRY = [102.2, 9.8, 107.75, 14.8];

const FALLBACK_WORDS = {
  disclaimer: "Indicative outline and illustrative sectors; no official line",
  unavailable: "The map cannot be shown on this device. Everything on it is also in the list.",
  map: "Map. Arrow keys move it, plus and minus change the scale.",
  open: "Open",
  zoom_in: "Nearer",
  zoom_out: "Farther",
  close: "Close",
};

/** What the page says about words, layers, colours and tiles; an empty frame when it says nothing. */
export function mapConfig() {
  const script = document.getElementById("map-config");
  const given = script ? JSON.parse(script.textContent) : {};
  return {
    language: document.documentElement.lang || "en",
    layers: {},
    tiles: "",
    ...given,
    words: { ...FALLBACK_WORDS, ...(given.words || {}) },
  };
}

/**
 * Make a map inside `element` and give back its handle, or null when this device cannot show one.
 *
 * options:
 *   center: [lon, lat], zoom      where to look first (default: the whole country)
 *   layers: ["sectors", …]        layers to read, bottom first; with {name, query} a layer gets its own query
 *   query: "category=armed…"      filter added to every layer address that has none of its own
 *   fit: "incidents"              look at that layer's features once it is there
 *   fitZoom: 10                   but never nearer than this
 *   crosshair: true               a cross in the middle: the place is what lies under it (see bordermap:moved)
 *   point: {lon, lat, accuracy_m} a marked place with its accuracy ring
 *   small: true                   a picture beside a text: two fingers move it, no buttons
 */
export async function createMap(element, options = {}) {
  const config = mapConfig();
  try {
    await Promise.all(STYLES.map(addStyle));
    if (!document.createElement("canvas").getContext("webgl2")) throw new Error("webgl");
    const library = await import(LIBRARY);
    library.setWorkerUrl(WORKER);
    const bordermap = new BorderMap(library, element, options, config);
    await bordermap.ready;
    return bordermap;
  } catch (error) {
    say(element, config.words.unavailable);
    tell(element, "failed", { reason: String(error.message || error) });
    return null;
  }
}

class BorderMap {
  constructor(library, element, options, config) {
    this.library = library;
    this.element = element;
    this.config = config;
    this.options = options;
    this.names = new Map(); // layer name → its style layer ids
    element.classList.add("bordermap");
    element.replaceChildren();
    const view = options.center
      ? { center: options.center, zoom: options.zoom ?? 11 }
      : { bounds: COUNTRY, fitBoundsOptions: { padding: 12 } };
    this.map = new library.Map({
      container: element,
      style: background(config),
      ...view,
      minZoom: 4,
      maxZoom: 18,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      cooperativeGestures: Boolean(options.small),
      attributionControl: false,
      locale: {
        "Map.Title": config.words.map,
        "NavigationControl.ZoomIn": config.words.zoom_in,
        "NavigationControl.ZoomOut": config.words.zoom_out,
        "Popup.Close": config.words.close,
        "CooperativeGesturesHandler.MobileHelpText": config.words.two_fingers ?? "",
        "CooperativeGesturesHandler.WindowsHelpText": config.words.ctrl_scroll ?? "",
        "CooperativeGesturesHandler.MacHelpText": config.words.ctrl_scroll ?? "",
      },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.#addControls();
    this.ready = new Promise((resolve, reject) => {
      this.map.once("load", () => resolve());
      this.map.once("webglcontextlost", () => reject(new Error("webgl")));
    }).then(() => this.#start());
  }

  async #start() {
    const { options, map } = this;
    if (options.point) this.setPoint(options.point);
    map.on("moveend", (event) => this.#moved(event));
    map.on("click", (event) => this.#clicked(event));
    map.on("mousemove", (event) => {
      map.getCanvas().classList.toggle("bordermap-over", this.#under(event.point) !== null);
    });
    tell(this.element, "ready", {});
    for (const layer of options.layers ?? []) {
      const { name, query } = typeof layer === "string" ? { name: layer } : layer;
      await this.show(name, query ?? options.query ?? "");
    }
  }

  #addControls() {
    const { words } = this.config;
    if (!this.options.small) {
      this.map.addControl(new this.library.NavigationControl({ showCompass: false }), "top-right");
      this.map.addControl(new this.library.ScaleControl({ maxWidth: 90 }), "top-left");
    }
    // Our own line instead of the library's attribution: always open, plain text.
    const note = document.createElement("p");
    note.className = "bordermap-note";
    note.textContent = words.disclaimer;
    this.element.append(note);
    if (this.options.crosshair) {
      const cross = document.createElement("div");
      cross.className = "bordermap-cross";
      cross.setAttribute("aria-hidden", "true");
      this.element.append(cross);
    }
  }

  /** Read a layer from the server and draw it; again with another query it replaces what was there. */
  async show(name, query = "") {
    const layer = this.config.layers[name];
    if (!layer) return null;
    const response = await fetch(query ? `${layer.url}?${query}` : layer.url, {
      headers: { Accept: "application/geo+json" },
      credentials: "same-origin",
    });
    if (!response.ok) {
      tell(this.element, "failed", { reason: `${name}: ${response.status}` });
      return null;
    }
    const data = await response.json();
    const source = this.map.getSource(name);
    if (source) source.setData(data);
    else this.#draw(name, layer, data);
    const shown = data.features.length;
    tell(this.element, "loaded", { name, shown, count: data.count ?? shown, truncated: Boolean(data.truncated) });
    // Only the first time: later on the person's own view is left as it is.
    if (this.options.fit === name && shown) {
      this.options = { ...this.options, fit: "" };
      this.fit(data.features);
    }
    return data;
  }

  #draw(name, layer, data) {
    this.map.addSource(name, { type: "geojson", data, attribution: "" });
    const styles = STYLES_OF[layer.kind](name, layer);
    for (const style of styles) {
      // Areas and lines stay under every point, whatever order they came in.
      this.map.addLayer(style, layer.kind === "point" ? undefined : this.#lowestPoint());
    }
    this.names.set(name, styles.map((style) => style.id));
  }

  #lowestPoint() {
    const points = Object.entries(this.config.layers)
      .filter(([name, layer]) => layer.kind === "point" && this.names.has(name))
      .flatMap(([name]) => this.names.get(name));
    const found = this.map.getLayersOrder().find((id) => points.includes(id) || id.startsWith("here-"));
    return found;
  }

  /** Show or hide a layer that has been read. */
  toggle(name, visible) {
    for (const id of this.names.get(name) ?? []) {
      this.map.setLayoutProperty(id, "visibility", visible ? "visible" : "none");
    }
  }

  /** Whether a layer has been read. */
  has(name) {
    return this.names.has(name);
  }

  /** Mark one place with its accuracy in metres; null takes the mark away. */
  setPoint(point) {
    const data = { type: "FeatureCollection", features: point ? hereFeatures(point) : [] };
    const source = this.map.getSource("here");
    if (source) {
      source.setData(data);
      return;
    }
    this.map.addSource("here", { type: "geojson", data });
    for (const style of hereStyles()) this.map.addLayer(style);
  }

  /** Look at a place; the scale never gets coarser by it. */
  focus(lon, lat, zoom = 12) {
    this.map.easeTo({ center: [lon, lat], zoom: Math.max(zoom, this.map.getZoom()) });
  }

  /** Look at all of these GeoJSON features. */
  fit(features, maxZoom = this.options.fitZoom ?? 12) {
    const bounds = new this.library.LngLatBounds();
    for (const feature of features) {
      if (feature.geometry) eachPosition(feature.geometry.coordinates, (position) => bounds.extend(position));
    }
    if (!bounds.isEmpty()) this.map.fitBounds(bounds, { padding: 40, maxZoom, animate: false });
  }

  /** What is in view: [west, south, east, north]. */
  bbox() {
    const bounds = this.map.getBounds();
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map(round);
  }

  /** Open the little window of a feature at a place. */
  popup(name, properties, lon, lat) {
    const layer = this.config.layers[name];
    this.window?.remove();
    this.window = new this.library.Popup({ maxWidth: "320px", closeButton: true })
      .setLngLat([lon, lat])
      .setDOMContent(popupContent(layer, properties, this.config))
      .addTo(this.map);
  }

  /** Take the map away and free its memory. */
  remove() {
    this.map.remove();
    this.element.replaceChildren();
  }

  #under(position) {
    const ids = [...this.names.values()].flat();
    if (!ids.length) return null;
    const { x, y } = position;
    const reach = 6; // pixels: a finger is broader than a point
    const found = this.map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers: ids });
    return found.find((feature) => feature.geometry.type === "Point") ?? found[0] ?? null;
  }

  #clicked(event) {
    const feature = this.#under(event.point);
    if (!feature) return;
    const isPoint = feature.geometry.type === "Point";
    const [lon, lat] = isPoint ? feature.geometry.coordinates : event.lngLat.toArray();
    if (!this.options.crosshair) this.popup(feature.source, feature.properties, lon, lat);
    tell(this.element, "picked", { name: feature.source, properties: feature.properties, lon, lat });
  }

  #moved(event) {
    const { lng, lat } = this.map.getCenter();
    tell(this.element, "moved", {
      lon: round(lng),
      lat: round(lat),
      zoom: this.map.getZoom(),
      bbox: this.bbox(),
      byPerson: Boolean(event.originalEvent),
    });
  }
}

/* --- what the ground looks like ------------------------------------------------------------------------------- */

function background(config) {
  const sources = { outline: { type: "geojson", data: OUTLINE } };
  const land = ["==", ["get", "kind"], "land"];
  const layers = [
    { id: "sea", type: "background", paint: { "background-color": "#cfdfe6" } },
    {
      id: "land",
      type: "fill",
      source: "outline",
      filter: land,
      paint: { "fill-color": ["match", ["get", "iso"], "KH", "#fbf9f2", "#e6e2d6"], "fill-antialias": true },
    },
    {
      id: "coast",
      type: "line",
      source: "outline",
      filter: land,
      paint: { "line-color": "#b9b2a1", "line-width": 0.6 },
    },
    {
      id: "border",
      type: "line",
      source: "outline",
      filter: ["==", ["get", "kind"], "border_line"],
      paint: { "line-color": "#7b705c", "line-width": 1.6, "line-dasharray": [3, 2] },
    },
  ];
  if (config.tiles) {
    sources.tiles = { type: "raster", tiles: [config.tiles], tileSize: 256 };
    layers.splice(3, 0, { id: "tiles", type: "raster", source: "tiles" });
  }
  return { version: 8, sources, layers };
}

function colourOf(layer, fallback) {
  const pairs = Object.entries(layer.colours ?? {}).flat();
  const own = layer.colour ?? fallback;
  return pairs.length && layer.colour_by ? ["match", ["get", layer.colour_by], ...pairs, own] : own;
}

function areaStyles(name, layer) {
  const colour = colourOf(layer, "#3d6b8e");
  return [
    { id: `${name}-fill`, type: "fill", source: name, paint: { "fill-color": colour, "fill-opacity": 0.12 } },
    {
      id: `${name}-line`,
      type: "line",
      source: name,
      paint: { "line-color": colour, "line-width": 1, "line-opacity": 0.7 },
    },
  ];
}

function pointStyles(name, layer) {
  const size = layer.size ?? 6;
  const hollow = layer.hollow_when;
  const colour = colourOf(layer, "#555555");
  // A closed incident is a ring, an open one a disc: never colour alone.
  const isHollow = hollow ? ["==", ["get", hollow[0]], hollow[1]] : false;
  const ring = layer.ringed_when;
  // An exercise wears a second ring around its own mark.
  const ringed = {
    id: `${name}-ring`,
    type: "circle",
    source: name,
    filter: ring ? ["==", ["get", ring[0]], ring[1]] : false,
    paint: {
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 5, size * 0.55 + 3, 11, size + 5],
      "circle-color": "rgba(0, 0, 0, 0)",
      "circle-stroke-color": "#a3128f",
      "circle-stroke-width": 2.5,
    },
  };
  return [
    ...(ring ? [ringed] : []),
    {
      id: `${name}-point`,
      type: "circle",
      source: name,
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 5, size * 0.55, 11, size],
        "circle-color": hollow ? ["case", isHollow, "#ffffff", colour] : colour,
        "circle-stroke-color": hollow ? ["case", isHollow, colour, "#ffffff"] : "#ffffff",
        "circle-stroke-width": hollow ? ["case", isHollow, 2.2, 1.2] : 1.4,
      },
    },
  ];
}

function lineStyles(name, layer) {
  const width = ["interpolate", ["linear"], ["zoom"], 5, 2, 11, 5];
  return [
    {
      id: `${name}-line`,
      type: "line",
      source: name,
      layout: { "line-cap": "butt", "line-join": "round" },
      paint: { "line-color": colourOf(layer, "#3d6b8e"), "line-width": width },
    },
  ];
}

const STYLES_OF = { area: areaStyles, line: lineStyles, point: pointStyles };

function hereStyles() {
  return [
    {
      id: "here-fill",
      type: "fill",
      source: "here",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": "#0b5cad", "fill-opacity": 0.12 },
    },
    {
      id: "here-line",
      type: "line",
      source: "here",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "line-color": "#0b5cad", "line-width": 1.5 },
    },
    {
      id: "here-point",
      type: "circle",
      source: "here",
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": 7,
        "circle-color": "#0b5cad",
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 2.5,
      },
    },
  ];
}

function hereFeatures({ lon, lat, accuracy_m: accuracy }) {
  const features = [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [lon, lat] } }];
  if (accuracy) features.unshift({ type: "Feature", properties: {}, geometry: ring(lon, lat, accuracy) });
  return features;
}

/** A circle of `metres` around a place, good enough up to tens of kilometres at these latitudes. */
export function ring(lon, lat, metres, corners = 64) {
  const north = metres / 110_574;
  const east = metres / (111_320 * Math.cos((lat * Math.PI) / 180));
  const positions = Array.from({ length: corners + 1 }, (_unused, i) => {
    const angle = (2 * Math.PI * (i % corners)) / corners;
    return [lon + east * Math.cos(angle), lat + north * Math.sin(angle)];
  });
  return { type: "Polygon", coordinates: [positions] };
}

/* --- small windows -------------------------------------------------------------------------------------------- */

function popupContent(layer, properties, config) {
  const box = document.createElement("div");
  box.className = "bordermap-popup";
  const title = document.createElement("strong");
  title.textContent = properties[layer.title] ?? layer.label;
  box.append(title);
  const list = document.createElement("dl");
  for (const field of layer.fields ?? []) {
    const value = wording(field, properties[field.name], config.language);
    if (!value) continue;
    const term = document.createElement("dt");
    term.textContent = field.label;
    const text = document.createElement("dd");
    text.textContent = value;
    list.append(term, text);
  }
  box.append(list);
  if (properties.url) {
    const link = document.createElement("a");
    link.href = new URL(properties.url, location.origin).pathname;
    link.textContent = config.words.open;
    box.append(link);
  }
  return box;
}

function wording(field, value, language) {
  if (value === undefined || value === null || value === "") return "";
  if (field.words) return field.words[value] ?? String(value);
  const locale = language === "km" ? "km-KH-u-nu-khmr" : "en-GB";
  if (field.format === "time") {
    return new Intl.DateTimeFormat(locale, {
      dateStyle: "medium",
      timeStyle: "short",
      hourCycle: "h23",
      timeZone: "Asia/Phnom_Penh",
    }).format(new Date(value));
  }
  if (typeof value === "number") {
    const figure = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(value);
    return field.unit ? `${figure} ${field.unit}` : figure;
  }
  return String(value);
}

/* --- little helpers ------------------------------------------------------------------------------------------- */

function addStyle(href) {
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    link.onload = resolve;
    link.onerror = () => reject(new Error("style"));
    document.head.append(link);
  });
}

function say(element, text) {
  const note = document.createElement("p");
  note.className = "bordermap-unavailable";
  note.setAttribute("role", "status");
  note.textContent = text;
  element.classList.add("is-unavailable");
  element.replaceChildren(note);
}

function tell(element, name, detail) {
  element.dispatchEvent(new CustomEvent(`bordermap:${name}`, { bubbles: true, detail }));
}

function eachPosition(coordinates, visit) {
  if (typeof coordinates[0] === "number") visit(coordinates);
  else for (const inner of coordinates) eachPosition(inner, visit);
}

function round(degrees) {
  return Math.round(degrees * 1e6) / 1e6;
}
