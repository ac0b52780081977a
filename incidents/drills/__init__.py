"""Drills: marked exercises with real people."""
