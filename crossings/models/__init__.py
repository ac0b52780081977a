"""Crossings of the border."""

from crossings.models.crossings import Crossing

__all__ = ("Crossing",)
