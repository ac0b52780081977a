"""Figures, measured as ratios taken in one run on whatever machine this is. Nothing here is a test."""
