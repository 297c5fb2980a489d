/** The running daemon: what it is made of, and in which order its parts come and go. */
package dev.culvert.endpoint.daemon;
