/**
 * A change of the register on the map: old and new shapes of its rows, or an outline drawn corner by corner.
 *
 * The table and the list of corners do the same without script.
 */

import { createMap } from "./bordermap.js";

/** Tell the map of one more layer than the site's own. */
function addLayer(name, layer) {
  const script = document.getElementById("map-config");
  const config = JSON.parse(script.textContent);
  config.layers = { ...config.layers, [name]: layer };
  script.textContent = JSON.stringify(config);
}

// --- the dry run -----------------------------------------------------------------------------------------------
const shown = document.querySelector("[data-change]");
if (shown) {
  addLayer("change", JSON.parse(document.getElementById(shown.dataset.change).textContent));
  const map = await createMap(shown, { layers: ["change"], fit: "change", fitZoom: 13 });
  // What stands is dashed, so that colour is never alone.
  const isOld = ["==", ["get", "what"], "old"];
  if (map?.map.getLayer("change-line")) {
    map.map.setFilter("change-fill", ["==", ["geometry-type"], "Polygon"]);
    map.map.setFilter("change-line", ["!", isOld]);
    map.map.setPaintProperty("change-line", "line-width", 2);
    map.map.addLayer({
      id: "change-before",
      type: "line",
      source: "change",
      filter: isOld,
      paint: { "line-color": "#8a5a00", "line-width": 2, "line-dasharray": [3, 2] },
    });
  }
}

// --- one sector by hand -----------------------------------------------------------------------------------------
const canvas = document.querySelector("[data-draw]");
if (canvas) {
  const field = document.getElementById(canvas.dataset.draw);
  const hint = document.querySelector(".change-draw-hint");
  canvas.hidden = false;
  const map = await createMap(canvas, { layers: ["sectors"] });
  if (map) {
    hint.hidden = false;
    prepare(map.map);
    draw(map.map, true);
    field.addEventListener("input", () => draw(map.map, false));
    map.map.on("click", ({ lngLat }) => {
      map.window?.remove();
      const text = field.value.replace(/\s+$/, "");
      const open = /\n\s*\n\s*$/.test(field.value) ? "\n\n" : "\n";
      field.value = `${text}${text ? open : ""}${lngLat.lat.toFixed(6)}, ${lngLat.lng.toFixed(6)}\n`;
      draw(map.map, false);
    });
    hint.querySelector("[data-undo]").addEventListener("click", () => {
      field.value = field.value.replace(/\s*[^\n]*\s*$/, "\n").replace(/^\n$/, "");
      draw(map.map, false);
    });
  }

  /** The parts as the field has them: lists of [lon, lat]. Khmer figures are read too. */
  function parts() {
    const latin = field.value.replace(/[០-៩]/g, (digit) => String("០១២៣៤៥៦៧៨៩".indexOf(digit)));
    return latin.split(/\n\s*\n/).map((part) =>
      part.split("\n").map((line) => line.match(/-?\d+(\.\d+)?/g)?.map(Number) ?? [])
        .filter((pair) => pair.length === 2).map(([lat, lon]) => [lon, lat])
    ).filter((part) => part.length);
  }

  function prepare(map) {
    map.addSource("drawn", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    const areas = ["==", ["geometry-type"], "Polygon"];
    map.addLayer({ id: "drawn-fill", type: "fill", source: "drawn", filter: areas, paint: { "fill-color": "#1b4f9c", "fill-opacity": 0.2 } });
    map.addLayer({ id: "drawn-line", type: "line", source: "drawn", paint: { "line-color": "#1b4f9c", "line-width": 2 } });
    map.addLayer({
      id: "drawn-corner", type: "circle", source: "drawn", filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-radius": 4, "circle-color": "#ffffff", "circle-stroke-color": "#1b4f9c", "circle-stroke-width": 2 },
    });
  }

  function draw(map, look) {
    const features = parts().flatMap((part) => [
      { type: "Feature", properties: {}, geometry: part.length > 2 ? { type: "Polygon", coordinates: [[...part, part[0]]] } : { type: "LineString", coordinates: part.length > 1 ? part : [part[0], part[0]] } },
      ...part.map((coordinates) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates } })),
    ]);
    map.getSource("drawn").setData({ type: "FeatureCollection", features });
    const all = parts().flat();
    if (!look || !all.length) return;
    const [lons, lats] = [all.map(([lon]) => lon), all.map(([, lat]) => lat)];
    map.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], { padding: 30, animate: false });
  }
}
