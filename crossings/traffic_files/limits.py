"""What a file of traffic may be. Everything beyond is refused with a sentence that names the limit."""

# Rows that hold something, columns looked at, characters of a cell.
ROWS_MAX = 200_000
COLUMNS_MAX = 60
CELL_MAX = 2_000
# So many empty rows in a row and the table is taken to have ended.
EMPTY_MAX = 5_000

# Members of a spreadsheet's zip, their bytes when unpacked, and how many times larger than packed (below so many bytes
# the ratio says nothing; rows of figures shrink to a tenth or a twentieth).
MEMBERS_MAX = 500
UNPACKED_MAX = 400 * 1024 * 1024
RATIO_MAX = 120
RATIO_FROM = 4 * 1024 * 1024

# The process that opens the file: bytes of memory, seconds of computing, seconds by the clock.
MEMORY_MAX = 1536 * 1024**2
CPU_MAX_S = 120
WALL_MAX_S = 180


class Place:
    """How far through the file a reader has come, from 0 to 1."""

    share = 0.0


class Unreadable(Exception):
    """The file as a whole cannot be taken; `code` and `params` are worded by count_words.py."""

    def __init__(self, code: str, /, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
