"""What each page shows (视图): data in, components out. No call, no clock, no Dash application needed."""
