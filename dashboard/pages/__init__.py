"""One module per page (页面): registers, lays out, wires; what is shown is in `dashboard.views`."""
