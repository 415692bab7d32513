"""Programs for developers and for people who script."""
