"""Files of traffic: read in a process of their own, understood in both languages, compared with what is on record.

limits.py    what a file may be
child.py     the process that opens the file: spreadsheet.py (XLSX), plain.py (CSV)
reading.py   starts that process and takes what it says
columns.py   which column is which, and what its words mean, in both languages
days.py      rows put together to days, with the mistakes of each row
draft.py     the days read, kept beside the file until they are entered
template.py  the table to fill in, and the list of mistakes
job.py       the two long computations: reading and entering
"""

import os

# openpyxl reads with lxml where that is installed, and then defusedxml guards nothing. Set before anything imports it.
os.environ["OPENPYXL_LXML"] = "False"
