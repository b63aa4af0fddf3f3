"""What people look at: so far the summary that `make build` prints."""
