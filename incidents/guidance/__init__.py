"""Guidance: an institution instructs, a province or unit answers with proof (D10)."""
