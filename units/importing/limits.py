"""What a file of the register may be. Everything beyond is refused with a sentence that names the limit."""

# Features of a file, vertices of all of them and of one.
FEATURES_MAX = 20_000
VERTICES_MAX = 6_000_000
FEATURE_VERTICES_MAX = 500_000
# Properties of a feature that are looked at, and characters of one.
PROPERTIES_MAX = 40
TEXT_MAX = 300

# Members of a zip, their bytes when unpacked, and how many times larger than packed (a shapefile shrinks to 1/3 or so;
# below so many bytes the ratio says nothing).
MEMBERS_MAX = 40
UNPACKED_MAX = 400 * 1024 * 1024
RATIO_MAX = 60
RATIO_FROM = 4 * 1024 * 1024
# Bytes of the text that declares the coordinate system.
PRJ_MAX = 64 * 1024

# The process that opens the file: bytes of memory, seconds of computing, seconds by the clock.
MEMORY_MAX = 3 * 1024**3
CPU_MAX_S = 240
WALL_MAX_S = 300

# Cambodia with half a degree around it: west, south, east, north. Longitudes and latitudes never overlap here, so
# swapped axes are told for certain.
REGION = (101.8, 9.0, 108.2, 15.3)
# A mended ring may change the area by so many hundredths.
MENDED_MAX_PERCENT = 1.0


class Unreadable(Exception):
    """The file as a whole cannot be taken; `code` and `params` are worded by words.py."""

    def __init__(self, code: str, /, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
