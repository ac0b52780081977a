/** Coverage: the map of what patrols have seen, and a place of the list on it. The lists say the same without it. */

const place = document.querySelector("[data-coverage]");

async function show() {
  const { createMap } = await import("./bordermap.js");
  const { box, query, layers } = JSON.parse(document.getElementById(place.dataset.coverage).textContent);
  const made = await createMap(place, {
    layers: layers.map((name) => ({ name, query: name === "sectors" ? "" : query })),
    ...(box ? {} : { fit: "coverage" }),
    small: true,
  });
  if (!made) return;
  if (box) made.map.fitBounds(box, { padding: 24, maxZoom: 13, animate: false });
  for (const button of document.querySelectorAll("[data-go]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const [lon, lat] = button.dataset.go.split(",").map(Number);
      made.setPoint({ lon, lat });
      made.focus(lon, lat, 13);
      place.scrollIntoView({ block: "nearest" });
    });
  }
}

if (place) {
  const seen = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      show();
    },
    { rootMargin: "200px" },
  );
  seen.observe(place);
}
