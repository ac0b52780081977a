"""The part of the world a position of ours can lie in: the country and some way round it, in degrees (EPSG:4326).

The two ranges never meet, so that a pair written the wrong way round is known as such.
"""

WEST, SOUTH, EAST, NORTH = 101.0, 9.0, 109.0, 16.0


def inside(lon: float, lat: float) -> bool:
    """Whether a position lies in this part of the world at all."""
    return WEST <= lon <= EAST and SOUTH <= lat <= NORTH


def swapped(lon: float, lat: float) -> bool:
    """Whether a position would lie there if its two figures were exchanged."""
    return inside(lat, lon)
