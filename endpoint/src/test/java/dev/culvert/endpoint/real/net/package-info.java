/**
 * The harness of the real-network tests: namespaces, links, address translation, loss, peers that
 * speak IKE, traffic through them, and captures of what was on the wire.
 *
 * <p>Everything here needs root, and undoes itself: namespaces and processes go when the test ends,
 * when it fails, and when the JVM is interrupted.
 */
package dev.culvert.endpoint.real.net;
