"""The behaviour library: what each of configs/behaviours must do, running them, tables and pictures of them."""
