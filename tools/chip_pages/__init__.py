"""The pictures of docs/chip_in_ten_minutes.md, one file each; tools/draw_chip_pages.py draws them all."""
