"""Measurements, as ratios in one run. `make bench` prints them; nothing here is a test."""
