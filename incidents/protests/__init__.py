"""Diplomatic protest: the dossier, its law, its evidence, its pattern (D10)."""
