/** Closing: the map of the board, the map of one order with where its visitors stood. The lists say the same. */

const NEAREST = 14;

async function showBoard(place) {
  const { createMap } = await import("./bordermap.js");
  const { query } = JSON.parse(document.getElementById(place.dataset.closures).textContent);
  await createMap(place, { layers: ["sectors", { name: "closures", query }], fit: "closures", fitZoom: 11, small: true });
}

async function showOrder(place) {
  const { createMap } = await import("./bordermap.js");
  const { crossing, visits } = JSON.parse(document.getElementById(place.dataset.closure).textContent);
  const centre = [crossing.lon, crossing.lat];
  const made = await createMap(place, { center: centre, zoom: 12, point: crossing, layers: ["sectors"], small: true });
  if (!made) return;
  for (const { geometry, properties } of visits) {
    const mark = document.createElement("span");
    mark.className = "key-seen";
    mark.textContent = properties.number;
    mark.title = properties.label;
    new made.library.Marker({ element: mark }).setLngLat(geometry.coordinates).addTo(made.map);
  }
  const around = { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: centre } };
  if (visits.length) made.fit([around, ...visits], NEAREST);
}

/** Read the map only when it comes near the screen. */
function whenNear(selector, show) {
  const place = document.querySelector(selector);
  if (!place) return;
  const seen = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      show(place);
    },
    { rootMargin: "200px" },
  );
  seen.observe(place);
}

whenNear("[data-closures]", showBoard);
whenNear("[data-closure]", showOrder);
document.querySelector("[data-focus]")?.focus();
