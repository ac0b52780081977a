"""Files of the register: read in a process of their own, compared with the register as it stands, worded for people.

limits.py   what a file may be, and where on earth it may lie
child.py    the process that opens the file: archive.py (zip), formats.py (its layers), shapes.py (one geometry)
reading.py  starts that process and takes what it says
rows.py     what a row of each kind of ground needs, and what the register has in its place
compare.py  which rows are added, changed, unchanged, ended, refused
words.py    codes of notes and errors as sentences
job.py      the long computation behind an upload
"""
