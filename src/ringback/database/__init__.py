"""SQLite files: opened, checked, migrated; what is wrong with one, in words for a person."""
