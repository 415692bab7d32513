"""Declarations of objects, one file each."""
