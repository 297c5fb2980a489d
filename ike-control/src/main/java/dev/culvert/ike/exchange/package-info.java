/**
 * What messages mean: the two exchanges of the handshake, and one class for each exchange that an
 * established IKE SA knows.
 */
package dev.culvert.ike.exchange;
