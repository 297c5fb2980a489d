package dev.culvert.ike.engine;

/** A child of a connection, by its names in the configuration. */
record ChildKey(String connection, String child) {}
