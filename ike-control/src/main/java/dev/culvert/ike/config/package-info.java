/**
 * What the engine is configured with: immutable values, already checked. The keys and defaults are
 * those of swanctl.conf; reading the file is the host's work.
 */
package dev.culvert.ike.config;
