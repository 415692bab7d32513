"""Ways in: text in, text out."""
