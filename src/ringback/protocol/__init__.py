"""The language: words, values, errors and versions as declarations; dispatch and rendering from them."""
