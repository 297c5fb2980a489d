/**
 * What the daemon logs: one line for each event, on standard error. Only the daemon loads this; the
 * commands that talk to it print their results themselves.
 */
package dev.culvert.endpoint.logging;
