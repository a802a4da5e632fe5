// The driver over libpq.
