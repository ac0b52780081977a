"""Illustrative sectors for the demo world, cut out of an open country outline.

No official polygons of areas of responsibility are public. These functions take a country outline
(TopoJSON, Natural Earth data), find the stretches of border shared with each neighbour, give every half
kilometre of it to the nearest border district, split districts into posts and grow a strip around each
post's stretch. Neighbouring strips share their edges exactly. The result shows how the software works;
it is no claim about any line, and the outline itself is only good to about 1-3 km.

Everything here is pure: data in, data out, the same result every time. Lengths are metres unless a name
says otherwise. Shapely is a development dependency, so only the deriving command may import this module.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

Position = tuple[float, float]

# A plain local projection around the middle of Cambodia: within 1 % of true lengths between 10 and 15
# degrees north, far better than the outline itself, and it needs no projection library.
_MIDDLE_LONGITUDE = 105.0
_MIDDLE_LATITUDE = 12.5
_METRES_PER_DEGREE = 111_195.0
_METRES_PER_DEGREE_EAST = _METRES_PER_DEGREE * math.cos(math.radians(_MIDDLE_LATITUDE))

_KHMER_DIGITS = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")


@dataclass(frozen=True)
class Sample:
    """One point of the border line: projected metres, and the neighbour on the other side."""

    x: float
    y: float
    neighbour: str


@dataclass(frozen=True)
class Post:
    """One border post's run of samples along the line.

    ``number`` counts from 1 within the district; ``frontage_km`` is its share of the district's
    published rough frontage, not a measured length.
    """

    district: str
    neighbour: str
    number: int
    samples: tuple[Sample, ...]
    frontage_km: float

    @property
    def sector_code(self) -> str:
        """The code of the post's sector, such as ``S-1607-2``."""
        return f"S-{self.district}-{self.number}"

    @property
    def unit_code(self) -> str:
        """The code of the post's unit, such as ``post-1607-2``."""
        return f"post-{self.district}-{self.number}"


def decode_arcs(topology: Mapping[str, Any]) -> list[list[Position]]:
    """Turn the delta-coded integer arcs of a quantised TopoJSON file into lists of (lon, lat)."""
    scale_x, scale_y = topology["transform"]["scale"]
    shift_x, shift_y = topology["transform"]["translate"]
    decoded: list[list[Position]] = []
    for arc in topology["arcs"]:
        x = y = 0
        positions: list[Position] = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            positions.append((x * scale_x + shift_x, y * scale_y + shift_y))
        decoded.append(positions)
    return decoded


def country_shape(topology: Mapping[str, Any], country: str) -> MultiPolygon:
    """The outline of a country (ISO 3166-1 numeric id as text) in degrees."""
    arcs = decode_arcs(topology)
    polygons = []
    for rings in _polygon_arcs(topology, country):
        outer, *holes = [_ring(arcs, ring) for ring in rings]
        polygons.append(Polygon(outer, holes))
    return MultiPolygon(polygons)


def land_border(topology: Mapping[str, Any], country: str, neighbours: Mapping[str, str]) -> dict[str, LineString]:
    """The lines a country shares with its neighbours, in degrees, each in the direction of its ring.

    ``neighbours`` maps ISO numeric ids to the names wanted as keys, such as ``{"704": "VN"}``.
    Raises ValueError where a neighbour's border is missing or falls into several lines.
    """
    arcs = decode_arcs(topology)
    own = [index for rings in _polygon_arcs(topology, country) for ring in rings for index in ring]
    borders: dict[str, LineString] = {}
    for identifier, name in neighbours.items():
        theirs = {index for rings in _polygon_arcs(topology, identifier) for ring in rings for index in ring}
        # In TopoJSON two countries share one arc; the second runs it backwards, written as ~index.
        shared = [LineString(_walk(arcs, index)) for index in own if ~index in theirs]
        merged = shapely.line_merge(shapely.MultiLineString(shared), directed=True)
        if merged.geom_type != "LineString" or merged.is_empty:
            raise ValueError(f"The border with {name} is not one line in this outline.")
        borders[name] = merged
    return borders


def to_metres(geometry: BaseGeometry) -> BaseGeometry:
    """Project degrees (lon, lat) to local metres."""
    return shapely.transform(
        geometry,
        lambda c: (c - [_MIDDLE_LONGITUDE, _MIDDLE_LATITUDE]) * [_METRES_PER_DEGREE_EAST, _METRES_PER_DEGREE],
    )


def to_degrees(geometry: BaseGeometry, *, decimals: int = 5) -> BaseGeometry:
    """Project local metres back to degrees, rounded (5 decimals are about one metre).

    Equal corners stay equal, so shared edges stay shared.
    """
    return shapely.transform(
        geometry,
        lambda c: (c / [_METRES_PER_DEGREE_EAST, _METRES_PER_DEGREE] + [_MIDDLE_LONGITUDE, _MIDDLE_LATITUDE]).round(
            decimals
        ),
    )


def sample_line(line: LineString, *, neighbour: str, step: float = 500.0) -> list[Sample]:
    """Points along a projected line, evenly spaced by about ``step`` metres, half a step off both ends."""
    count = max(1, round(line.length / step))
    points = [line.interpolate((i + 0.5) / count, normalized=True) for i in range(count)]
    return [Sample(point.x, point.y, neighbour) for point in points]


def assign_districts(samples: Sequence[Sample], anchors: Mapping[str, Mapping[str, Sequence[Position]]]) -> list[str]:
    """The code of the nearest border district for each sample.

    ``anchors`` gives, by district and neighbour, points (lon, lat) on or near that district's part of
    the line; a sample only looks at the anchors of its own neighbour. Raises ValueError where a
    neighbour has no anchors.
    """
    by_neighbour: dict[str, list[tuple[float, float, str]]] = {}
    for district, lines in sorted(anchors.items()):
        for neighbour, positions in lines.items():
            for position in positions:
                point = to_metres(Point(position))
                by_neighbour.setdefault(neighbour, []).append((point.x, point.y, district))
    missing = {sample.neighbour for sample in samples} - by_neighbour.keys()
    if missing:
        raise ValueError(f"No district anchors for the border with {', '.join(sorted(missing))}.")
    return [
        min(by_neighbour[s.neighbour], key=lambda a: (math.hypot(a[0] - s.x, a[1] - s.y), a[2]))[2] for s in samples
    ]


def cut_posts(
    samples: Sequence[Sample],
    districts: Sequence[str],
    frontages: Mapping[str, Mapping[str, float]],
    *,
    target_km: float = 26.0,
) -> list[Post]:
    """Split each district's run of samples into posts of about ``target_km`` of its stated frontage.

    ``frontages`` gives kilometres by district and neighbour. Raises ValueError where a district comes
    back a second time along the same border: its anchors are then in the wrong order.
    """
    runs: dict[tuple[str, str], list[Sample]] = {}
    previous: tuple[str, str] | None = None
    for sample, district in zip(samples, districts, strict=True):
        key = (district, sample.neighbour)
        if key != previous and key in runs:
            raise ValueError(f"District {district} has two separate runs on the border with {sample.neighbour}.")
        runs.setdefault(key, []).append(sample)
        previous = key
    posts: list[Post] = []
    counted: dict[str, int] = {}
    for (district, neighbour), run in runs.items():
        frontage = frontages[district][neighbour]
        pieces = min(max(1, round(frontage / target_km)), len(run))
        for i in range(pieces):
            part = tuple(run[len(run) * i // pieces : len(run) * (i + 1) // pieces])
            counted[district] = counted.get(district, 0) + 1
            share = round(frontage * len(part) / len(run), 1)
            posts.append(Post(district, neighbour, counted[district], part, share))
    return posts


def stretches(posts: Sequence[Post], borders: Mapping[str, LineString], *, step: float = 500.0) -> list[LineString]:
    """The piece of the projected border each post answers for, in the order of ``posts``.

    ``borders`` and ``step`` are those the samples were taken with; neighbouring pieces share their ends exactly.
    """
    pieces = []
    for post in posts:
        line = borders[post.neighbour]
        half = line.length / max(1, round(line.length / step)) / 2
        first, last = (line.project(Point(sample.x, sample.y)) for sample in (post.samples[0], post.samples[-1]))
        pieces.append(substring(line, max(0.0, first - half), min(line.length, last + half)))
    return pieces


def border_band(
    lines: Iterable[LineString], country: BaseGeometry, *, inside: float = 12_000.0, beyond: float = 3_500.0
) -> BaseGeometry:
    """The strip along projected lines: ``inside`` metres into the country, ``beyond`` metres past the line.

    It reaches past the line because the outline is only good to a few kilometres: a report made on the
    line must still fall into a sector.
    """
    line = shapely.union_all(list(lines))
    inner = shapely.intersection(shapely.buffer(line, inside, quad_segs=8), country)
    return shapely.union(inner, shapely.buffer(line, beyond, quad_segs=8))


def partition(posts: Sequence[Post], band: BaseGeometry, *, tolerance: float = 80.0) -> list[MultiPolygon]:
    """Cut the band into one area per post, each part going to the post of the nearest sample.

    All cuts are made in one arrangement of lines, so neighbours share their edges corner by corner and
    neither overlap nor leave slivers. Simplifying keeps shared edges shared. Order follows ``posts``.
    """
    points = [Point(sample.x, sample.y) for post in posts for sample in post.samples]
    owner = [index for index, post in enumerate(posts) for _ in post.samples]
    cells = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=band, ordered=True)
    grouped: list[list[Polygon]] = [[] for _ in posts]
    for index, cell in zip(owner, cells.geoms, strict=True):
        grouped[index].append(cell)
    cuts = [shapely.boundary(shapely.coverage_union_all(group)) for group in grouped]
    faces = shapely.polygonize([shapely.union_all([*cuts, shapely.boundary(band)])])
    tree = shapely.STRtree(points)
    areas: list[list[Polygon]] = [[] for _ in posts]
    for face in faces.geoms:
        inside = shapely.point_on_surface(face)
        if shapely.covers(band, inside):
            areas[owner[int(tree.nearest(inside))]].append(face)
    unions = [shapely.coverage_union_all(area) for area in areas]
    return [_multi(area) for area in shapely.coverage_simplify(unions, tolerance)]


def overlapped(area: BaseGeometry, neighbour: BaseGeometry, *, width: float) -> MultiPolygon:
    """``area`` grown by ``width`` metres into ``neighbour`` across the edge they share.

    Raises ValueError where the two share no edge.
    """
    edge = shapely.intersection(shapely.boundary(area), shapely.boundary(neighbour))
    if edge.length == 0:
        raise ValueError("The two areas share no edge, so they cannot be made to overlap across it.")
    taken = shapely.intersection(shapely.buffer(edge, width, cap_style="flat"), neighbour)
    return _multi(shapely.union(area, taken))


def sector_features(
    posts: Sequence[Post],
    areas: Sequence[BaseGeometry],
    lines: Sequence[LineString],
    names: Mapping[str, tuple[str, str]],
    planned: Mapping[str, str],
) -> list[dict[str, Any]]:
    """GeoJSON features of the sectors, ordered by district and number; each says its piece of the line in ``border``.

    ``areas`` and ``lines`` are projected; ``names`` gives (English, Khmer) by district code; ``planned`` maps sector
    codes to ``gap`` or ``overlap``. A gap keeps its post but has no geometry: nobody's sector is there.
    """
    features = []
    for post, area, line in zip(posts, areas, lines, strict=True):
        english, khmer = names[post.district]
        plan = planned.get(post.sector_code)
        number_km = str(post.number).translate(_KHMER_DIGITS)
        properties = {
            "unit_code": post.unit_code,
            "sector_code": post.sector_code,
            "district": post.district,
            "province": post.district[:2],
            "neighbour": post.neighbour,
            "number": post.number,
            "name_en": f"Border Police Post {post.number}, {english}",
            "name_km": f"ប៉ុស្តិ៍នគរបាលការពារព្រំដែនគោក លេខ {number_km} {khmer}",
            "frontage_km": post.frontage_km,
            "planned": plan,
            "border": _positions(line),
        }
        geometry = None if plan == "gap" else shapely.geometry.mapping(_multi(to_degrees(area)))
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return sorted(features, key=lambda f: (f["properties"]["district"], f["properties"]["number"]))


def outline_features(
    topology: Mapping[str, Any],
    countries: Mapping[str, str],
    home: str,
    box: tuple[float, float, float, float],
) -> list[dict[str, Any]]:
    """Features of a light background map in degrees: land areas first, then the home country's borders.

    ``countries`` maps ISO numeric ids to two-letter codes and includes ``home`` (a numeric id); ``box``
    is west, south, east, north. Areas carry ``kind: land``, lines ``kind: border_line``.
    """
    features = []
    for identifier, iso in countries.items():
        clipped = shapely.intersection(shapely.make_valid(country_shape(topology, identifier)), shapely.box(*box))
        land = {"kind": "land", "iso": iso}
        features.append({"type": "Feature", "properties": land, "geometry": _rounded(_multi(clipped), 4)})
    neighbours = {identifier: iso for identifier, iso in countries.items() if identifier != home}
    for iso, line in land_border(topology, home, neighbours).items():
        border = {"kind": "border_line", "neighbour": iso, "note": "indicative"}
        features.append({"type": "Feature", "properties": border, "geometry": _rounded(line, 4)})
    return features


def _rounded(geometry: BaseGeometry, decimals: int) -> dict[str, Any]:
    rounded = shapely.transform(geometry, lambda c: c.round(decimals))
    return dict(shapely.geometry.mapping(shapely.remove_repeated_points(rounded)))


def _positions(line: LineString, *, tolerance: float = 25.0) -> list[Position]:
    """A projected line in degrees, thinned; its ends stay where they are."""
    return [(x, y) for x, y in to_degrees(line.simplify(tolerance)).coords]


def _multi(geometry: BaseGeometry) -> MultiPolygon:
    """The polygons of a geometry as one MultiPolygon; stray points and lines fall away."""
    parts = shapely.get_parts(geometry)
    flat = [piece for part in parts for piece in shapely.get_parts(part)]
    return MultiPolygon([piece for piece in flat if piece.geom_type == "Polygon" and not piece.is_empty])


def _polygon_arcs(topology: Mapping[str, Any], country: str) -> list[list[list[int]]]:
    """Arc numbers of a country as polygons of rings. Raises ValueError for an unknown country."""
    for geometry in topology["objects"]["countries"]["geometries"]:
        if geometry.get("id") == country:
            arcs: list[Any] = geometry["arcs"]
            return arcs if geometry["type"] == "MultiPolygon" else [arcs]
    raise ValueError(f"The outline has no country with the id {country}.")


def _walk(arcs: Sequence[list[Position]], index: int) -> list[Position]:
    return arcs[index] if index >= 0 else arcs[~index][::-1]


def _ring(arcs: Sequence[list[Position]], ring: Iterable[int]) -> list[Position]:
    positions: list[Position] = []
    for index in ring:
        piece = _walk(arcs, index)
        positions.extend(piece[1:] if positions else piece)
    return positions
