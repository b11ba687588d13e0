"""Slices of declared ranges: handed out once, and again only when nobody has them any more."""
