"""The screen (界面): Dash pages over the public API. Data comes through `dashboard.client` alone."""
