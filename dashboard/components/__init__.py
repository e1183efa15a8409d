"""The shared parts of every page (公共部件). The living page `/components` shows each in every state."""
