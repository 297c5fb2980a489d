/**
 * The configuration: swanctl.conf's grammar read into a tree that remembers where everything was
 * written, the tree checked key by key, and typed values for the engine and the daemon.
 *
 * <p>{@link dev.culvert.endpoint.config.ConfigLoader} is the way in. Nothing here throws because of
 * what a file contains: every fault becomes a {@link dev.culvert.endpoint.config.Problem}, and all
 * of them are reported together.
 */
package dev.culvert.endpoint.config;
