/**
 * Wire layouts and what is done to them: inner headers, checksums, ECN, MSS, ICMP, fragments, the
 * ESP trailer.
 */
package dev.culvert.esp.packet;
