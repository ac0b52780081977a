"""Engaging the neighbour locally: who met whom, what was demanded, what was answered (D8)."""
