/**
 * Comforts of the filing page. Everything here only fills in the form's own fields; without it the form works too.
 *
 * The key of the report is made here when a fresh form opens, so that whatever the network does it stays one report.
 * What the server says while one types (`data-preview`) comes as a ready fragment.
 */

const form = document.getElementById("filing");
const field = (name) => form.elements.namedItem(name);
const say = (id, words) => {
  document.getElementById(id).textContent = words;
};

document.documentElement.classList.add("js");

/* --- key and clock -------------------------------------------------------------------------------------------- */

// crypto.randomUUID is missing on plain HTTP outside the own machine; getRandomValues is not.
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// Latin digits whatever the language, in the time of Phnom Penh, like the server writes them.
const clock = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Phnom_Penh",
  day: "2-digit",
  month: "2-digit",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
let sent = false;

function tick() {
  if (sent) return;
  const now = new Date();
  field("now_at").value = `${now.toISOString().slice(0, 19)}Z`;
  say("now-shown", clock.format(now).replace(",", ""));
}

// Going back after sending shows the report as it was sent, with its key: sent again it stays one report. A browser's
// own memory of forms goes by order and would tick another kind, since the kinds filed last have moved to the top.
form.autocomplete = "off";

function remember() {
  const values = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken");
  history.replaceState({ report: values }, "");
}

function recall() {
  for (const [name, value] of history.state?.report ?? []) {
    const control = field(name);
    if (control) control.value = value;
  }
  return Boolean(history.state?.report);
}

// After an error, or going back, the moment of the first sending stays: it is still the same report.
if ("fresh" in form.dataset && !recall()) {
  field("client_key").value = newKey();
  tick();
  setInterval(tick, 15_000);
}

form.addEventListener("submit", () => {
  if (!field("filed_at").value) field("filed_at").value = new Date().toISOString();
  sent = true;
  remember();
  const state = document.getElementById("filing-state");
  state.textContent = state.dataset.sending;
});

/* --- what ----------------------------------------------------------------------------------------------------- */

function showChosen({ close }) {
  const radio = form.querySelector('input[name="what"]:checked');
  const chosen = document.getElementById("chosen-what");
  chosen.hidden = !radio;
  if (!radio) return;
  const category = radio.closest("details");
  const label = Array.from(radio.closest("label").querySelectorAll("strong, small, span:not(:has(*))"), (part) => part.textContent.trim()).join(" · ");
  chosen.textContent = category ? `${category.querySelector("summary").textContent.trim()} · ${label}` : label;
  if (close && category) {
    category.open = false;
    category.querySelector("summary").focus({ preventScroll: true });
    chosen.scrollIntoView({ block: "nearest" });
  }
}

// A finger that picks a kind has finished with the list; arrow keys go through the kinds and must not close it.
form.addEventListener("click", (event) => {
  if (event.target.name === "what" && event.detail > 0) showChosen({ close: true });
});

// All kinds are one group of radio buttons, which Tab enters only once: opening by keyboard leads into the list.
form.addEventListener("click", (event) => {
  const summary = event.target.closest("details.category > summary");
  if (!summary || event.detail > 0) return;
  const category = summary.parentElement;
  category.addEventListener("toggle", () => category.open && category.querySelector("input").focus(), { once: true });
});

/* --- where ---------------------------------------------------------------------------------------------------- */

function setPlace(lat, lon, accuracy) {
  field("lat").value = lat.toFixed(6);
  field("lon").value = lon.toFixed(6);
  field("accuracy_m").value = accuracy ? Math.max(1, Math.round(accuracy)) : "";
  look();
}

function askPosition() {
  const state = document.getElementById("gps-state");
  if (!navigator.geolocation) {
    state.textContent = state.dataset.refused;
    return;
  }
  state.textContent = state.dataset.asking;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      setPlace(coords.latitude, coords.longitude, coords.accuracy);
      const metres = Math.round(coords.accuracy);
      state.textContent =
        `${state.dataset.found.replace("{m}", metres)} ${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)}`;
    },
    () => {
      state.textContent = state.dataset.refused;
    },
    { enableHighAccuracy: true, timeout: 20_000, maximumAge: 30_000 },
  );
}

let map = null;

// The map's module and library are fetched only when somebody opens the map.
async function openMap() {
  if (map) return;
  const { createMap } = await import("./bordermap.js");
  const [lat, lon] = [Number(field("lat").value), Number(field("lon").value)];
  const element = document.getElementById("filing-map");
  const home = element.dataset.home.split(" ").map(Number);
  const at = field("lat").value ? { center: [lon, lat], zoom: 13 } : home.length === 2 ? { center: home, zoom: 10 } : {};
  map = createMap(element, {
    ...at, crosshair: true, layers: ["sectors", "crossings", "markers"],
  });
  const made = await map;
  if (!made && field("source").value === "map") field("position").closest(".way").classList.add("always");
}

function setFromMap() {
  map?.then((made) => {
    if (!made) return;
    const { lat, lng } = made.map.getCenter();
    // As exact as one can point: about ten pixels of this scale.
    const metres = (10 * 40_075_016 * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** made.map.getZoom());
    setPlace(lat, lng, Math.max(20, Math.ceil(metres)));
    made.setPoint({ lon: lng, lat, accuracy_m: Number(field("accuracy_m").value) });
    const state = document.getElementById("map-state");
    state.textContent = state.dataset.set.replace("{place}", `${lat.toFixed(5)}, ${lng.toFixed(5)}`);
  });
}

document.getElementById("gps-again").addEventListener("click", askPosition);
document.getElementById("map-set").addEventListener("click", setFromMap);
document.getElementById("filing-map").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  setFromMap();
});

form.addEventListener("change", (event) => {
  if (event.target.name === "what") showChosen({ close: false });
  if (event.target.name !== "source") return;
  field("lat").value = field("lon").value = field("accuracy_m").value = "";
  if (event.target.value === "gps") askPosition();
  if (event.target.value === "map") openMap();
});

/* --- what the server says while one types --------------------------------------------------------------------- */

let waiting = 0;
let asked = "";
let asking = null;

function look() {
  clearTimeout(waiting);
  waiting = setTimeout(ask, 500);
}

async function ask() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string" || !value) continue;
    if (["csrfmiddlewaretoken", "text", "now_at", "filed_at", "drop_photo", "client_key"].includes(name)) continue;
    query.set(name, value);
  }
  if (query.toString() === asked) return;
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(`${form.dataset.preview}?${query}`, {
      signal: asking.signal,
      headers: { "X-Requested-With": "fetch" },
    });
    if (!answer.ok || answer.redirected) return;
    document.getElementById("foresight").innerHTML = await answer.text();
    asked = query.toString();
  } catch {
    // No line: the form goes on without it.
  }
}

form.addEventListener("input", (event) => {
  if (event.target.name !== "text") look();
});

/* --- start ---------------------------------------------------------------------------------------------------- */

showChosen({ close: false });
if (field("source").value === "map") openMap();
document.getElementById("error-summary")?.focus();
