"""The sealed evidence bundle: a zip that proves itself on a machine without BorderWatch."""
