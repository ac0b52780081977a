"""Immediate escalations for machines: CAP 1.2 and Atom."""
