"""Tracks of patrols: read what devices write, clean it of what they get wrong, and say in words what was done.

`reading.read` makes positions of a file, `cleaning.clean` a path of positions, `ground` says whether it lies where it
should, `words` words the notes. Nothing here writes; the verb is `units.actions.add_track`.
"""
