"""Coverage-guided fuzzing of everything that hostile programs reach; `python -m fuzz` is `make fuzz`."""
