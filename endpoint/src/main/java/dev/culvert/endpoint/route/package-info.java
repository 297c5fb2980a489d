/**
 * Routes, policy rules and interface addresses: how inner packets find the TUN interface, and how
 * the outer ones keep out of it. The plans are pure values; {@link
 * dev.culvert.endpoint.route.HostRouting} is what changes the host, and undoes it.
 */
package dev.culvert.endpoint.route;
