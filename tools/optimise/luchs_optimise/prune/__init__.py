"""Narrower layers: channels are taken out, the rest learns from the original to do without them."""
