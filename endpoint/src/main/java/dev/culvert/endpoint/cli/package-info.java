/** The command line. Commands other than {@code run} are clients of the daemon's control socket. */
package dev.culvert.endpoint.cli;
